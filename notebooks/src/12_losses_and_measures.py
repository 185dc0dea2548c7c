# %% [markdown]
# # Theory in depth II: what collapse, losses and measures say
#
# ![Two rows of four panels with the 25 clusters of a grid. Above, without penalties, fakes leave many clusters alone. Below, with penalties, they reach nearly all.](attachment:opening.png)
#
# Two GANs meet the same 25 clusters; the lower one also pays the penalties R1 and R2.

# %% [markdown]
# **You do**: watch modes vanish, compute what losses measure, and fool a measure.
#
# **You learn**: what collapse is, which divergence stands behind a loss, what a score
# hides, and where GANs stand.
#
# **You need**: chapters 1 and 2, and 90 minutes. The cells run for about a minute on two
# CPU cores.

# %% tags=["setup"]

# %% tags=["imports"]
import keras
import numpy as np
import tensorflow as tf
from scipy import ndimage, optimize
from scipy.special import expit, rel_entr

from ganutils import datasets, metrics, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import bench, features
from ganutils.plotting import diagrams
from ganutils.theory import divergences
from ganutils.training import losses

# %% [markdown]
# ## Choose the data and the players
#
# A **mode** is a cluster of the data. A ring has 8 modes of standard deviation 0.01, a
# grid 25 of 0.05.
#
# A **recipe** is a loss with its penalties. Two choices, each on or off, make four
# recipes. **Pairing** means the relativistic loss, which compares a real sample with a
# fake (Part 2). **Penalties** means R1 and R2: D pays for its squared slope at real and at
# fake samples. **β₁** is Adam's momentum.

# %% tags=["shared"]
SEED = 0
QUARTER = runtime.pick(smoke=10, cpu=1_250, gpu=1_250)  # of the steps on the grid
rng, agree = np.random.default_rng(SEED), exercises.agree
angles, line = np.arange(8) * np.pi / 4, np.arange(-4.0, 5.0, 2.0)
RING = np.stack([np.cos(angles), np.sin(angles)], axis=1)
GRID = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
damped = losses.r1(0.2), losses.r2(0.2)
RECIPES = {"neither": ("non_saturating", ()), "pairing": ("relativistic", ())}
RECIPES |= {"penalties": ("non_saturating", damped), "both": ("relativistic", damped)}


def draw(centres, n, std, seed):
    rng = np.random.default_rng(seed)
    noise = std * rng.normal(size=(n, 2))
    return (centres[rng.integers(len(centres), size=n)] + noise).astype("float32")


def mlp(outputs):
    hidden = [keras.layers.Dense(128, activation="relu") for _ in range(2)]
    return keras.Sequential([keras.Input((2,)), *hidden, keras.layers.Dense(outputs)])


def make_gan(recipe, beta_1, seed):
    keras.utils.set_random_seed(seed)
    gan = training.GAN(mlp(2), mlp(1), latent_dim=2, ema_decay=0.0, seed=seed)
    adam = [keras.optimizers.Adam(2e-3, beta_1=beta_1) for _ in "DG"]
    gan.compile(*RECIPES[recipe], *adam, steps_per_execution=10)
    return gan


# %% [markdown]
# ## Part 1: mode collapse
#
# **Question: why does G forget modes, and which choice keeps them?**
#
# G **collapses** when it draws from few of the data's modes. One mechanism is *hopping*.
# Let both players give their **best reply**, the best move against the other's last one.
# Here the data have two modes. As a simplification, G may sit on one of the two centres
# only. Predict: where does G sit after eight rounds?

# %%
x = np.linspace(-9, 9, 2001)


def normal(mean, std):  # probabilities of the cells of x
    weights = np.exp(-(((x - mean) / std) ** 2) / 2)
    return weights / weights.sum()


two, place, visited = (normal(-2, 0.5) + normal(2, 0.5)) / 2, -2, []
for _ in range(8):
    d_best = two / (two + normal(place, 0.5))  # D's best reply
    place = max((-2, 2), key=lambda centre: np.interp(centre, x, d_best))  # G's
    visited.append(place)
agree("G hops to the other mode in every round", visited, [2, -2] * 4)

# %% [markdown]
# G never rests. D distrusts the fakes' place, so the other centre always looks better. Hopping
# is one mechanism of several: G may also lose modes and stay still.
#
# Now networks. Is it the pairing, the penalties or the momentum that keeps modes?
# `benchmarks/ablation.py` trained every combination from three seeds with equal networks,
# rates and batches: 2,000 steps on the ring, 5,000 on the grid. A **hit** is a sample
# within three standard deviations of a mode. A mode counts with one hit. **Reverse KL** is 0
# if the hits are spread evenly over the modes.

# %%
results, modes, hits = bench.load(runtime.bundled("ablation.npz")), {}, {}
for table in ("ring, 0.5", "ring, 0.9", "grid, 0.5"):
    print(f"{table.replace(', ', ', β₁ = ')}    (seeds 0, 1, 2)")
    for recipe, rows in results.of(table).items():
        found = np.array([(r.modes, r.high_quality, r.reverse_kl) for r in rows]).T
        count, hit = found[:2].round().astype(int)
        modes[table, recipe], hits[table, recipe], even = count, hit, found[2].round(2)
        print(f"  {recipe:10} modes {count}  % hits {hit}  reverse KL {even}")
off, on = np.array([modes["grid, 0.5", r] for r in RECIPES]).reshape(2, -1)
calm, hasty = (np.array([hits[f"ring, {b}", r] for r in RECIPES]) for b in (0.5, 0.9))
agree("Grid: 22 modes or more in all 6 runs with penalties", np.min(on) >= 22)
agree("Grid: at most 16 in all 6 without", np.max(off) <= 16)
agree("Ring: all 12 runs with β₁ = 0.9 hit less than 5 %", hasty.max() < 5)
agree("Ring: all 12 runs with β₁ = 0.5 hit more than 10 %", calm.min() > 10)
panels = {f"{r}, β₁ = {t[-3:]}": dots for (t, r), dots in results.clouds.items()}
diagrams.snapshots(panels, RING, 0.01)

# %% [markdown]
# **Figure.** Eight panels with the eight modes of the ring, seed 0. With β₁ = 0.5 (above)
# the fakes lie on or between the modes and hit seven or eight. With β₁ = 0.9 (below) they form
# streaks and clouds beside the modes.
#
# On the grid the penalties separate the runs, on the ring the momentum. With β₁ = 0.9 the
# penalties touch more modes, but nearly every sample misses. Pairing separates nothing:
# with it and without it, the results overlap. The table knows one network and one rate.
# (With other random numbers, pairing alone lost the ring once at β₁ = 0.5.)
#
# Train one pair of the grid yourself.

# %% tags=["nbval-ignore-output", "opening"]
panels, data = {}, draw(GRID, 20_000, 0.05, SEED)
for recipe in ("neither", "penalties"):
    gan = make_gan(recipe, beta_1=0.5, seed=SEED)
    for steps in QUARTER * np.arange(1, 5):
        gan.fit(data, batch_size=256, steps_per_epoch=QUARTER, verbose=0)
        panels[f"{recipe}, step {steps:,}"] = gan.generate(2_500, seed=1)
diagrams.snapshots(panels, GRID, 0.05)

# %% [markdown]
# **Figure.** Two rows of four moments over the 25 modes of the grid. Without penalties
# (above) the fakes leave many modes alone. With penalties (below) they spread over the
# grid, then contract onto the modes. Green dots are hits.
#
# Three published cures. **Unrolling** ([Metz et al. 2017](https://arxiv.org/abs/1611.02163)) lets G look some steps
# of D ahead. **VEEGAN** ([Srivastava et al. 2017](https://arxiv.org/abs/1705.07761)) adds a
# network that recovers z from data. **Packing**
# ([Lin et al. 2018](https://arxiv.org/abs/1712.04086)) shows D several samples at once.
#
# Why can packing help? The **total variation**, TV $=\frac12\sum|p-q|$, says how well the
# best D can tell. Two wrong generators have the same TV. Show D pairs instead.

# %%
even, lost = np.full(10, 0.1), np.repeat([0.0, 0.125], [2, 8])
uneven = np.repeat([0.06, 0.14], 5)
for name, q, pairs in (("two modes lost", lost, 0.36), ("uneven modes", uneven, 0.24)):
    single = np.abs(even - q).sum() / 2
    double = np.abs(np.outer(even, even) - np.outer(q, q)).sum() / 2
    agree(
        f"{name}: TV 0.2 of samples, {pairs} of pairs", [single, double], [0.2, pairs]
    )
batches = np.sort(rng.integers(400, size=(20_000, 24)))  # G knows 400 pictures
chance = 1 - np.prod(1 - np.arange(24) / 400)
agree("400 pictures: half of the batches of 24 hold twins", chance, 0.5, 0.01)
twins = (np.diff(batches) == 0).any(axis=1).mean()
agree("The drawn batches say so, too", twins, chance, 0.02)
agree("The test guesses 400 within 5 %", abs(24**2 / (2 * np.log(2)) - 400) < 20)

# %% [markdown]
# D sees the lost modes more clearly in pairs than the unevenness.
#
# The **birthday test** ([Arora and Zhang 2017](https://arxiv.org/abs/1706.08224)) counts
# G's pictures without knowing the modes. If half of all batches of $n$ samples hold near twins, G knows about
# $n^2/(2\ln2)$ pictures. The test supposes that G draws its pictures equally often.
# Otherwise G may know many more.
#
# ## Part 2: losses and divergences
#
# **Question: which distance between p and q stands behind a loss?**
#
# An **f-divergence** is $D_f(p\Vert q)=\int q\,f(p/q)$ with a convex $f$ and $f(1)=0$.
# [Nowozin et al. 2016](https://arxiv.org/abs/1606.00709) make a GAN of each by the
# **conjugate** $f^*(t)=\max_u\,ut-f(u)$:
#
# $$D_f(p\Vert q)=\max_T\ \mathbb{E}_p T-\mathbb{E}_q f^*(T),\qquad T^*=f'(p/q).$$
#
# Here D's output is T. Find f* by trying many u. Does the divergence come back?

# %%
p, q = normal(1.0, 0.8), normal(-0.5, 1.2)
near, u = p / q > 1e-25, np.geomspace(1e-30, 1e3, 100_001)
ratio, mass = (p / q)[near], q[near]  # all but a tail without mass
for name, (f, slope) in divergences.GENERATORS.items():  # f and f′
    heights, best = f(u), slope(ratio)  # D's best reply, T*
    conjugate = np.array([np.max(u * t - heights) for t in best])
    dual, direct = p[near] @ best - mass @ conjugate, mass @ f(ratio)
    agree(f"{name}: D's best score is the divergence", dual / direct, 1, 1e-4)
twice = (rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)).sum()
agree("The last divergence is twice the JSD of chapter 1", direct, twice, 1e-6)

# %% [markdown]
# The divergences differ when q cannot equal p. Let q be *one* Gaussian and p have *two*
# modes. Fit q by $\mathrm{KL}(p\Vert q)$, which is infinite if q misses a place of p. Fit
# it again by the **reverse KL**, $\mathrm{KL}(q\Vert p)$, which is infinite if q puts samples
# where p has none. Predict both fits.

# %%
two = 0.6 * normal(-2, 0.6) + 0.4 * normal(2, 0.6)


def fit(order):  # 1: KL(p‖q), −1: KL(q‖p)
    def distance(at):  # the mean and the logarithm of the s.d. of q
        return rel_entr(*(two, normal(at[0], np.exp(at[1])))[::order]).sum()

    found = optimize.minimize(distance, (-1, 0.5), method="Nelder-Mead").x
    return found[0], np.exp(found[1])


forward, reverse, mean = fit(1), fit(-1), two @ x
moments = mean, np.sqrt(two @ (x - mean) ** 2)
agree("KL's q has the mean and s.d. of p", forward, moments, 1e-3)
agree("Reverse KL's q is the larger mode", reverse, [-2, 0.6], 0.02)
lines = {"p": (two, "real"), "KL(p‖q)": (normal(*forward), "fake")}
lines["reverse, KL(q‖p)"] = normal(*reverse), "orange"
diagrams.curves(x, lines, xlim=(-6, 6), yticks=[], xlabel="x", ylabel="density")

# %% [markdown]
# **Figure.** The KL fit is a wide hill over both modes, highest between them. The reverse-KL
# fit is a narrow hill on the larger mode.
#
# These are fits of one Gaussian. How GANs fail is another question:
# [Goodfellow 2016, section 3.2.5](https://arxiv.org/abs/1701.00160) argues that the choice
# of divergence does not explain lost modes.
#
# **LSGAN** ([Mao et al. 2017](https://arxiv.org/abs/1611.04076)) uses squares. D aims at $b$
# for real samples and at $a$ for fakes, G at $c$. The paper adds a real-sample term to G's
# loss; with D fixed, G's gradient is the same. The sum is $\int(p+q)(D^*-c)^2$. It is
# Pearson's χ² of $p+q$ and $2q$ if $b-c=1$ and $b-a=2$. The usual targets 0, 1, 1 break this rule.
#
# The **hinge** loss ([Lim and Ye 2017](https://arxiv.org/abs/1705.02894)) stops counting a
# sample of D once its logit is right by 1. Compute both.

# %%
chi2 = ((2 * q - (p + q)) ** 2 / (p + q)).sum()  # Pearson's, of p + q and 2q
for (a, b, c), stated in (((-1, 1, 0), chi2), ((0, 1, 1), 1 / 2 + chi2 / 4)):
    best = (b * p + a * q) / (p + q)  # D's best reply
    both, own = ((part * (best - c) ** 2).sum() for part in (p + q, q))
    agree(f"LSGAN {a, b, c}: {both:.3f} with the real-sample term", both, stated)
    print(f"  G's own term, over q alone: {own:.3f}")
answers = np.linspace(-2, 2, 401)
on_real, on_fake = np.maximum(0, 1 - answers), np.maximum(0, 1 + answers)
lowest = (p[:, None] * on_real + q[:, None] * on_fake).min(axis=1).sum()
agree("D's best hinge loss is 2 − 2·TV", lowest, 2 - np.abs(p - q).sum())

# %% [markdown]
# With the real-sample term, the usual targets give ½ + χ²/4, which rises and falls with χ².
# The hinge game is about TV.
#
# **Relativistic pairing** ([Jolicoeur-Martineau 2019](https://arxiv.org/abs/1807.00734))
# asks whether a real sample scores higher than a fake:
# $\mathbb{E}\ln\sigma(s(x)-s(G(z)))$.
# [Sun, Fang, Schwing 2020](https://arxiv.org/abs/2011.04926) study its landscape. Take two
# real points and two fakes. First both fakes sit on real point 0. Then one leaves for a
# place without data. Then it arrives at real point 1. What is D's best value at each stage?


# %%
def separate(s, fakes):  # s: D's logits at three places; the data are at 0 and 1
    return (np.logaddexp(0, -s[:2]) + np.logaddexp(0, s[fakes])).mean() / 2


def paired(s, fakes):
    return np.logaddexp(0, s[fakes] - s[:2]).mean()


stages, bounds = ([0, 0], [0, 2], [0, 1]), [(-30, 30)] * 3
for loss, first in ((separate, -0.47739), (paired, -np.log(2) / 2)):
    best = [optimize.minimize(loss, [0] * 3, fakes, bounds=bounds) for fakes in stages]
    stated = [first, -np.log(2) / 2, -np.log(2)]
    words = "collapsed {:.3f}, leaving {:.3f}, success {:.3f}".format(*stated)
    agree(f"{loss.__name__} logits: {words}", [-b.fun for b in best], stated, 1e-4)

# %% [markdown]
# G wants a low value. With separate logits G must first climb. With pairs the way out of
# collapse is level, then falls. This holds for an ideal D and need not decide a training: in
# our table, pairing made no clear difference. R3GAN
# ([Huang et al. 2024](https://arxiv.org/abs/2501.05441)) joins pairing with R1 and R2 and
# proves local convergence.
#
# ## Part 3: how measures fail
#
# **Question: what can a score not see?**
#
# The **Fréchet distance** fits a Gaussian to each set of features
# ([Heusel et al. 2017](https://arxiv.org/abs/1706.08500)):
# $\Vert\mu_1-\mu_2\Vert^2+\mathrm{Tr}(\Sigma_1+\Sigma_2-2(\Sigma_1\Sigma_2)^{1/2})$. The name
# FID is for Inception-v3 features.
#
# The **kernel distance** ([Bińkowski et al. 2018](https://arxiv.org/abs/1801.01401), KID)
# uses $k(x,y)=(x\cdot y/d+1)^3$: mean k within the real set, plus within the fake set,
# minus twice the mean between. No sample is paired with itself. Draw *both* sets from one
# Gaussian. Which distance has mean 0?

# %%
exact = rng.normal(size=(500, 3))
exact = np.linalg.qr(exact - exact.mean(axis=0))[0] * np.sqrt(499)  # mean 0, Σ = I
value = metrics.frechet_distance(exact, exact * [1.0, 2.0, 0.5] + [1.0, 0.0, 2.0])
agree("Fréchet, exact moments: 1² + 2² + (2 − 1)² + (½ − 1)²", value, 6.25)


def kernel_distance(x, y, d=8):
    a, b, between = ((s @ t.T / d + 1) ** 3 for s, t in ((x, x), (y, y), (x, y)))
    within = sum((k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (a, b))
    return within - 2 * between.mean()


sizes, found = np.array([50, 100, 200, 400, 800]), []
for n in sizes:
    pairs = rng.normal(size=(30, 2, n, 8))
    found.append([(metrics.frechet_distance(*p), kernel_distance(*p)) for p in pairs])
(frechet, kernel), spread = (np.array(found).mean(1).T, np.array(found).std(1, ddof=1))
agree("Fréchet falls like 1/n", np.polyfit(*np.log([sizes, frechet]), 1)[0], -1, 0.05)
unbiased = np.abs(kernel / spread[:, 1]).max() * np.sqrt(30) < 4
agree("Kernel distance: mean 0 within 4 standard errors", unbiased)
lines = {"Fréchet": (frechet, "fake"), "kernel": (kernel, "real")}
diagrams.curves(sizes, lines, xlabel="samples n in each set", ylabel="mean distance")

# %% [markdown]
# **Figure.** The mean Fréchet distance of two equal distributions falls from about 1
# towards 0 as n grows. The mean kernel distance stays near 0 at every n.
#
# A Fréchet distance says little without its n and its real floor. The bias also differs
# from model to model ([Chong and Forsyth 2020](https://arxiv.org/abs/1911.07023)).
#
# One number cannot separate lost modes from blur. **Precision** and **recall**
# ([Kynkäänniemi et al. 2019](https://arxiv.org/abs/1904.06991)) can. Each real sample gets
# a ball that reaches to its third nearest real neighbour. Precision is the share of
# fakes inside some ball. Recall swaps the two sets.
# **Coverage** ([Naeem et al. 2020](https://arxiv.org/abs/2002.09797)) is the share of real
# balls that hold a fake; Exercise 2 asks you for it.


# %% tags=["shared"]
def ways(a, b):
    return np.linalg.norm(a[:, None] - b[None], axis=-1)


def precision(real, fake, k=3):
    radius = np.sort(ways(real, real), axis=1)[:, k]  # number 0 is the sample itself
    return (ways(real, fake) <= radius[:, None]).any(axis=0).mean()


# %%
real, other = draw(RING, 1_600, 0.05, 1), draw(RING, 1_600, 0.05, 2)
half = other[ways(other, RING).argmin(axis=1) < 4]  # four of eight modes
agree("Half lost: precision 1", precision(real, half), 1, 0.06)
agree("Half lost: recall ½", precision(half, real), 0.5, 0.04)
agree("Half lost: coverage ½", metrics.density_coverage(real, half)[1], 0.5, 0.04)
blur = draw(RING, 1_600, 0.4, 2)
agree("Blur: precision below 0.5", precision(real, blur) < 0.5)
agree("Blur: recall above 0.8", precision(blur, real) > 0.8)
diagrams.balls(draw(RING, 60, 0.12, 1), draw(RING, 60, 0.25, 2), k=3)

# %% [markdown]
# **Figure.** Sixty real points on a ring, each in a pale blue disc to its third neighbour.
# Green fakes lie inside a disc and count for precision; crosses lie outside all discs.
#
# Lost modes lowered recall; blur lowered precision.
#
# Two measures mislead on their own. **SSIM** compares two pictures window by window, place
# for place. **Classifier confidence** is the largest class probability. Predict: how sure is
# a digit classifier of white noise? The **inception score**
# ([Salimans et al. 2016](https://arxiv.org/abs/1606.03498)),
# $\exp\mathbb{E}_x\mathrm{KL}(p(y|x)\Vert p(y))$, adds a demand for variety.

# %%
digits, network = datasets.load("digits"), features.load("digits")
some, labels, ssim, sure = digits.x_test[:100], [], {}, {}
white = np.clip(0.5 * rng.normal(size=(1_000, 28, 28, 1)), -1, 1).astype("float32")
sets = {"real": some, "moved": np.roll(some, 2, 2)}
sets |= {"blurred": ndimage.gaussian_filter(some, (0, 1.5, 1.5, 0)), "noise": white}
for name, part in sets.items():
    ssim[name] = np.mean(tf.image.ssim(some, part[:100], 2.0))
    classes = network.embed(part).probabilities
    sure[name] = classes.max(axis=1).mean()
    labels.append(f"{name}\nSSIM {ssim[name]:.2f}\nsure {sure[name]:.2f}")
agree("SSIM prefers the blur to the move", ssim["blurred"] > ssim["moved"] + 0.3)
agree("Confidence on white noise is above 0.95", sure["noise"] > 0.95)
score = np.exp(rel_entr(classes, classes.mean(axis=0)).sum(axis=1).mean())
agree("The inception score of the noise is below 1.3 of 10", score < 1.3)
stored = network.embed(digits.x_train).features  # of a G that copies
agree("Copies: Fréchet 0", metrics.frechet_distance(stored, stored), 0, 1e-6)
agree("Copies: precision and recall 1", precision(stored, stored), 1)
plotting.image_grid(np.concatenate([a[:10] for a in sets.values()]), 10, labels=labels)

# %% [markdown]
# **Figure.** Four rows of ten pictures with SSIM and confidence at the left: real digits;
# moved by two pixels, with a low SSIM; blurred, with a higher one; white noise, with a
# confidence as high as that of digits.
#
# SSIM needs to know *which* real picture belongs to a fake; a GAN has no such pairs. The
# inception score catches this noise but never looks at data. A G that stores the training
# set gets full marks. Look for copies separately, as chapter 2 does.
#
# ## Part 4: tricks, family, uses, myths
#
# **Question: what is said about GANs, and is it true?**
#
# First three tricks. A transposed convolution whose kernel is no multiple of its
# stride paints some pixels more often, a **checkerboard**
# ([Odena et al. 2016](https://distill.pub/2016/deconv-checkerboard/)). WaveGAN's **phase
# shuffle** ([Donahue et al. 2019](https://arxiv.org/abs/1802.04208)) moves D's features by
# −2 … 2 steps, which weakens such a pattern. **Augmentation** shows D changed pictures,
# for example turned ones, real *and* fake
# ([Karras et al. 2020](https://arxiv.org/abs/2006.06676),
# [Zhao et al. 2020](https://arxiv.org/abs/2006.10738)). Which q fits, if 80 % of the
# pictures get a random quarter turn?

# %%
for kernel, painted in ((5, [3, 2, 3, 2]), (4, [2, 2, 2, 2])):
    layer = keras.layers.Conv1DTranspose(1, kernel, 2, kernel_initializer="ones")
    inner = layer(np.ones((1, 8, 1), "float32")).numpy().ravel()[6:10]
    agree(f"Kernel {kernel}, stride 2: pixels painted {painted} times", inner, painted)
phases = np.exp(2j * np.pi * np.arange(-2, 3) / 4)  # of a pattern with period 4
agree("Phase shuffle leaves a fifth of it on average", np.abs(phases.mean()), 0.2)
upright, turned = np.eye(4)[0], 0.2 * np.eye(4) + 0.8 / 4
agree("Both turned: q is upright", np.linalg.solve(turned, turned @ upright), upright)
agree("Only real turned: q is turned", turned @ upright, [0.4, 0.2, 0.2, 0.2])
agree("Always turned: q is hidden", np.linalg.matrix_rank(np.full((4, 4), 0.25)), 1)

# %% [markdown]
# Turning both is safe here: the matrix can be inverted. If every picture is turned at
# random, D cannot know what was upright.
#
# Who built on whom?

# %%
diagrams.family_tree()

# %% [markdown]
# **Figure.** A time line from 2014 to 2024, its axis broken after 2019. Sixteen boxes are
# coloured by family: conditional GANs above, convolutional ones in the middle, those that
# bound D's slope below. WaveGAN joins DCGAN and WGAN-GP.
#
# First authors and years:
# [GAN](https://arxiv.org/abs/1406.2661) (Goodfellow 2014),
# [conditional GAN](https://arxiv.org/abs/1411.1784) (Mirza 2014),
# [DCGAN](https://arxiv.org/abs/1511.06434) (Radford 2015),
# [InfoGAN](https://arxiv.org/abs/1606.03657) (Chen 2016),
# [AC-GAN](https://arxiv.org/abs/1610.09585) (Odena 2016),
# [pix2pix](https://arxiv.org/abs/1611.07004) (Isola 2016),
# [WGAN](https://arxiv.org/abs/1701.07875) (Arjovsky 2017),
# [CycleGAN](https://arxiv.org/abs/1703.10593) (Zhu 2017),
# [WGAN-GP](https://arxiv.org/abs/1704.00028) (Gulrajani 2017),
# [ProGAN](https://arxiv.org/abs/1710.10196) (Karras 2017),
# [StarGAN](https://arxiv.org/abs/1711.09020) (Choi 2017),
# [SN-GAN](https://arxiv.org/abs/1802.05957) (Miyato 2018),
# [WaveGAN](https://arxiv.org/abs/1802.04208) (Donahue 2018),
# [BigGAN](https://arxiv.org/abs/1809.11096) (Brock 2018),
# [StyleGAN](https://arxiv.org/abs/1812.04948) (Karras 2018),
# [R3GAN](https://arxiv.org/abs/2501.05441) (Huang 2024, NeurIPS).
# SN-GAN took networks from WGAN-GP, not its loss.
#
# ### Uses, and what came after
#
# | task | a GAN | later |
# |---|---|---|
# | pictures | StyleGAN, BigGAN | diffusion ([Dhariwal, Nichol 2021](https://arxiv.org/abs/2105.05233)) |
# | in-painting | [Pathak et al. 2016](https://arxiv.org/abs/1604.07379) | latent diffusion ([Rombach et al. 2022](https://arxiv.org/abs/2112.10752)) |
# | super-resolution | [SRGAN 2017](https://arxiv.org/abs/1609.04802) | diffusion ([SR3 2021](https://arxiv.org/abs/2104.07636)) |
# | style, domain | CycleGAN | text-guided diffusion ([Brooks et al. 2023](https://arxiv.org/abs/2211.09800)) |
# | augmentation | BigGAN | real test data must show the gain ([Ravuri, Vinyals 2019](https://arxiv.org/abs/1905.10887)) |
# | codes | InfoGAN | self-supervision ([SimCLR 2020](https://arxiv.org/abs/2002.05709)) |
# | speech | [HiFi-GAN 2020](https://arxiv.org/abs/2010.05646) | still a GAN: [BigVGAN 2023](https://arxiv.org/abs/2206.04658) |
# | music | WaveGAN | language models on codes of a GAN-trained codec ([Copet et al. 2023](https://arxiv.org/abs/2306.05284)) |
# | anomalies | [AnoGAN 2017](https://arxiv.org/abs/1703.05921) | pretrained features ([PatchCore 2022](https://arxiv.org/abs/2106.08265)) |
# | medicine | CycleGAN | danger: invented detail ([Cohen et al. 2018](https://arxiv.org/abs/1805.08841)) |
# | text | [SeqGAN 2017](https://arxiv.org/abs/1609.05473) | likelihood models ([Caccia et al. 2020](https://arxiv.org/abs/1811.02549)) |
#
# Text is hard for G: choosing a word has no derivative, as the next cell shows.
#
# ### Where GANs stand
#
# | family | learns by | draws in | density |
# |---|---|---|---|
# | GAN | a game | one pass | none |
# | VAE | a likelihood bound | one pass | bound |
# | flow | likelihood | one pass | exact |
# | autoregressive | likelihood by pieces | many passes | exact |
# | diffusion | removing noise | many passes | bound |
#
# A GAN draws fast and needs neither labels nor a likelihood. It can be unstable, lose
# modes, and is hard to evaluate. Adversarial losses also train diffusion models with few
# steps ([Sauer et al. 2023](https://arxiv.org/abs/2311.17042)).
#
# - **Bias.** GANs trained on skewed faces skewed them further in
#   [Jain et al. 2020](https://arxiv.org/abs/2001.09528). Count your classes.
# - **Misuse.** Ask people for consent, and mark samples as synthetic.
# - **Memory.** [Carlini et al. 2023](https://arxiv.org/abs/2301.13188) found diffusion models
#   much less private than GANs. A GAN is not thereby safe: check nearest neighbours.
#
# ### Eight myths
#
# **1. "G minimises the squared error between $x_i$ and $G(z_i)$."** No pairs exist. Form
# them at random, and the best linear G draws the mean picture:

# %%
images = digits.x_train.reshape(len(digits.x_train), -1)
codes = np.column_stack([rng.normal(size=(len(images), 16)), np.ones(len(images))])
drawn = codes @ np.linalg.lstsq(codes, images, rcond=None)[0]
variety = drawn.var(axis=0).sum() / images.var(axis=0).sum()
agree("Squared error leaves 16/n of the variety", variety, 16 / len(images), 5e-3)
scores = tf.Variable([[0.1, 2.0, 0.3]])
with tf.GradientTape(persistent=True) as tape:
    word, share = tf.one_hot(tf.argmax(scores, 1), 3), tf.nn.softmax(scores)[0, 1]
agree("A chosen word passes no gradient", tape.gradient(word, scores) is None)
agree("A word's probability passes one", tape.gradient(share, scores)[0, 1] > 0.1)
plotting.image_grid(drawn[:10].clip(-1, 1).reshape(-1, 28, 28, 1), columns=10)

# %% [markdown]
# **Figure.** Ten samples of this G: ten times nearly the same grey smear, the mean digit.
#
# **2. "Converged when the losses are close."** A constant D makes them equal for a G that
# draws noise. **3. "The whole loss is α·L_G + (1−α)·L_D."** With the minimax losses its
# gradient for G is (2α−1) times that of the game: nothing at α = ½, the wrong
# direction below. **4. "The gradient vanishes when D(G(z)) is near 1."** Harmful is
# the saturating loss near 0. Near 1 the non-saturating one vanishes, without harm.

# %%
per_sample = -(np.log(0.5) + np.log(1 - 0.5)) / 2  # D's loss where D is ½
agree("Constant D: both losses are equal", per_sample, -np.log(0.5))
sets = digits.x_test[::2], digits.x_test[1::2], white
real, *others = (network.embed(part).features for part in sets)
floor, far = (metrics.frechet_distance(real, part) for part in others)
agree("The noise is more than 20 real floors away", far > 20 * floor)
s = tf.Variable(rng.normal(size=64))  # logits of fakes
for alpha in (0.3, 0.5, 0.8):
    with tf.GradientTape() as tape:
        on_fake = tf.reduce_sum(tf.nn.softplus(s))  # −Σ ln(1 − D), in L_D
        total = alpha * -on_fake + (1 - alpha) * on_fake
    claim = f"α = {alpha}: the slope for G is {2 * alpha - 1:+.1f} times the game's"
    agree(claim, tape.gradient(total, s), (1 - 2 * alpha) * expit(s))
agree("Saturating: slope 0 near D = 0, −1 near 1", -expit([-10, 10]), [0, -1], 1e-4)
agree("Non-saturating: −1 near 0, 0 near 1", -expit([10, -10]), [-1, 0], 1e-4)

# %% [markdown]
# **5. "High confidence means good samples."** Part 3: white noise.
#
# **6. "GANs need large amounts of labelled data."** Chapter 2 used no label. With
# augmentation, Karras et al. 2020 report good results from a few thousand pictures.
#
# **7. "WGAN is the GAN with spectral normalisation."** WGAN clips weights. SN-GAN
# normalises them.
#
# **8. "WaveNet is a GAN", "GPT-2 is a GAN."** Both predict the next piece:
# [WaveNet](https://arxiv.org/abs/1609.03499) calls itself autoregressive, and
# [GPT-2](https://github.com/openai/gpt-2) (Radford et al. 2019) is a language model.

# %% [markdown]
# ## What you now know
#
# - Collapse has several mechanisms. In our table penalties kept the grid's modes, low
#   momentum the ring's.
# - An f-divergence is D's best score. LSGAN belongs to χ², hinge to TV.
# - A fit by KL covered two modes, by reverse KL one. GAN training need do neither.
# - Print n, the floor, and a second measure beside a score.
# - Copies get full marks. Check for them separately.

# %% [markdown]
# ## Exercises
#
# Replace each `...`, then run the check. Solutions:
# `solutions/12_losses_and_measures_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: two modes lost
#
# p has eight equal modes. q has six of them, equally often. Return TV(p, q), KL(p‖q) and
# KL(q‖p) as a tuple, in nats. Which of the three hardly notices?

# %% tags=["stub"]
three = ...

# %% tags=["check"]
p, q = np.full(8, 1 / 8), np.repeat([1 / 6, 0.0], [6, 2])
sums = np.abs(p - q).sum() / 2, rel_entr(p, q).sum(), rel_entr(q, p).sum()
exercises.check("Exercise 1 · two modes lost", three, sums)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Write down p/q for a mode that q kept and for one that q
# lost. Which of the sums contain the lost modes at all?</details>

# %% tags=["solution"]
kept_modes = 6 * abs(1 / 8 - 1 / 6) / 2  # 1/8
lost_modes = 2 * (1 / 8) / 2  # 1/8
forward = np.inf  # a lost mode: p > 0 = q
backward = 6 * (1 / 6) * np.log((1 / 6) / (1 / 8))  # ln(4/3): lost modes add nothing
three = kept_modes + lost_modes, forward, backward

# %% [markdown]
# ### Exercise 2: write coverage
#
# Part 3 wrote `precision`. Write `coverage(real, fake, k)`: the share of real samples
# whose ball, up to the k-th nearest *other* real sample, holds at least one fake. Inputs
# are arrays of shape (n, 2) and (m, 2). You may use `ways`.


# %% tags=["stub"]
def coverage(real, fake, k):
    return ...


# %% tags=["check"]
cases = []
for k, n, m in ((1, 12, 9), (2, 30, 30), (5, 40, 25)):
    a, b, holds = draw(RING, n, 0.3, k), draw(RING[:5], m, 0.3, k + 10), 0
    for one in a:
        others = sorted(np.hypot(*(one - other)) for other in a)
        holds += min(np.hypot(*(one - other)) for other in b) <= others[k]
    cases.append(((a, b, k), holds / n))
exercises.check_function("Exercise 2 · coverage", coverage, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Look at the table `ways(real, fake)` in `precision`. What
# does its first axis stand for? Over which axis do you ask "any", and what do you then
# average?</details>


# %% tags=["solution"]
def coverage(real, fake, k):
    radius = np.sort(ways(real, real), axis=1)[:, k]  # [:, 0] is the sample itself
    inside = ways(real, fake) <= radius[:, None]  # a row a real ball, a column a fake
    return inside.any(axis=1).mean()


# %% [markdown]
# ### Exercise 3: let a D be the measure
#
# Train D as a classifier on real points and fixed fakes, then count its right answers on *new*
# ones. Three fakes: **copies** of D's own real training points, **lost** modes (four of
# eight are left), **blur** (ten times the s.d.). Predict, run the check, read the numbers,
# then choose the sentence that they support.
#
# - "a": D tells all three from data, even the copies, as it has seen them.
# - "b": D tells neither copies nor lost modes; each fake lies where data lie.
# - "c": D is at chance on copies, right more often on lost modes, most often on blur.

# %% tags=["stub"]
choice = ...

# %% tags=["check", "nbval-ignore-output"]
keras.utils.set_random_seed(SEED)
train, test = (draw(RING, 2_000, 0.1, SEED + seed) for seed in (10, 20))
kinds = (RING[:4], 2_000, 0.1), (RING, 2_000, 1.0)
lost, blur = ([draw(*of, SEED + i) for i in (30, 40)] for of in kinds)
fakes = {"copies": [rng.choice(train, 2_000) for _ in "12"], "lost": lost, "blur": blur}
right, is_real = {}, np.repeat([1.0, 0.0], 2_000)
for name, (seen, new) in fakes.items():
    judge = mlp(1)
    judge.compile(keras.optimizers.Adam(5e-3), keras.losses.BinaryCrossentropy(True))
    judge.fit(np.concatenate([train, seen]), is_real, 200, epochs=12, verbose=0)
    answers = judge.predict(np.concatenate([test, new]), verbose=0)[:, 0] > 0
    right[name] = np.mean(answers == is_real)
    print(f"{name:7} {right[name]:.2f} of the answers right")
told = right["copies"] > 0.6, right["lost"] > 0.6, right["blur"] > right["lost"]
supported = {(True, True, False): "a", (False, False, True): "b"}.get(told, "c")
exercises.check("Exercise 3 · D as a measure", choice, supported)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Where is D's best answer p/(p + q) above, below and equal
# to ½, for each of the three? How many of the new samples lie there?</details>

# %% [markdown] tags=["solution"]
# Copies have the density of the data: D* = ½ everywhere, chance. With lost modes D is right
# about every real sample of a lost mode (half of the real ones) and about every fake, since
# q = 2p where modes are left: (½ + 1)/2 = ¾, which is (1 + TV)/2. Blur puts most fakes
# where hardly any real sample lies, so its TV is larger.

# %% tags=["solution"]
choice = "c"

# %% [markdown]
# ### Exercise 4: fool a measure
#
# Your own experiment. Return 1,000 or more `fakes`, shape (n, 2), whose Fréchet
# distance to ring data is below 0.02, though fewer than a quarter lie in a real ball.
# Report both numbers.


# %% tags=["stub"]
def fool(n):
    return ...


# %% tags=["check"]
def fooled(make=fool):
    if (yours := make(1_500)) is None or yours is ...:
        return ...
    fakes, real = np.asarray(yours, "float64"), draw(RING, 1_500, 0.05, 3)
    found = metrics.frechet_distance(real, fakes), precision(real, fakes)
    print("Fréchet {:.3f}, precision {:.2f}".format(*found))
    return len(fakes) == 1_500 and bool(found[0] < 0.02 and found[1] < 0.25)


exercises.check_function("Exercise 4 · Fréchet is fooled", fooled, [((), True)])

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which properties of a set does the formula of Fréchet
# read, and which does it ignore? Compute those of the ring.</details>


# %% tags=["solution"]
def fool(n):
    # Fréchet reads mean and covariance alone: 0 and (½ + 0.05²)·I for the ring.
    std = np.sqrt(0.5 + 0.05**2)
    return np.random.default_rng(1).normal(0, std, (n, 2))


# %% [markdown]
# ## Further reading
#
# - [Goodfellow 2016](https://arxiv.org/abs/1701.00160): the inventor's tutorial.
# - [Sun, Fang, Schwing 2020](https://arxiv.org/abs/2011.04926): the landscape of pairing,
#   with proofs.
# - [Lucic et al. 2018](https://arxiv.org/abs/1711.10337): a fair comparison in which most new
#   losses did not beat the old one.

# %%
off = ways(list(panels.values())[-1], GRID)  # of the last training's samples
modes = len(np.unique(off.argmin(axis=1)[off.min(axis=1) <= 0.15]))
result = {"measure": "modes of the grid, with penalties", "value": modes, "floor": 25}
result["checks"] = {"20 modes or more": modes >= 20}
runtime.save_summary("12_losses_and_measures", **result)
