# %% [markdown]
# # Theory in depth II: what collapse, losses and measures say
#
# ![Two rows of four square panels with the 25 clusters of a grid. Above, without penalties, the fakes leave many clusters alone until the end. Below, with penalties, they spread early and then reach all clusters.](attachment:opening.png)
#
# Two GANs meet the same 25 clusters; the lower one also pays the penalties R1 and R2.

# %% [markdown]
# **You do**: watch modes vanish, vary one choice at a time, compute what each loss
# measures, and build samples that fool a measure.
#
# **You learn**: what collapse is, which divergence stands behind a loss, what a score
# hides, and where GANs stand today.
#
# **You need**: chapters 1 and 2. The cells run for about a minute on two CPU cores.
# The whole session takes 90 minutes.

# %% tags=["setup"]

# %% tags=["imports"]
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy import ndimage, optimize
from scipy.special import expit, rel_entr

from ganutils import datasets, metrics, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import bench, features
from ganutils.plotting import diagrams
from ganutils.training import losses

# %% [markdown]
# ## Choose the data and the players
#
# A **mode** is a cluster of the data. Two data sets have modes that you can count: a ring
# of 8 and a grid of 25. Their standard deviations are 0.01 and 0.05.
#
# A **recipe** is a loss with its penalties. Two choices, each on or off, make four
# recipes. **Pairing** means the relativistic loss, which compares a real sample with a
# fake (Part 2). **Penalties** means R1 and R2: D pays for its squared slope at real and at
# fake samples. **β₁** is Adam's momentum.

# %% tags=["shared"]
SEED = 0
GRID_STEPS = runtime.pick(smoke=40, cpu=5_000, gpu=5_000)
rng = np.random.default_rng(SEED)
angles, line = np.arange(8) * np.pi / 4, np.arange(-4.0, 5.0, 2.0)
RING = np.stack([np.cos(angles), np.sin(angles)], axis=1)
GRID = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
damped = losses.r1(0.2), losses.r2(0.2)
RECIPES = {"neither": ("non_saturating", ()), "pairing": ("relativistic", ())}
RECIPES["penalties"] = "non_saturating", damped
RECIPES["both"] = "relativistic", damped


def draw(centres, n, std, seed):
    """Return n points around centres that are equally likely."""
    rng = np.random.default_rng(seed)
    noise = std * rng.normal(size=(n, 2))
    return (centres[rng.integers(len(centres), size=n)] + noise).astype("float32")


def mlp(outputs):
    hidden = [layers.Dense(128, activation="relu") for _ in range(2)]
    return keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(outputs)])


def make_gan(recipe, beta_1, seed):
    runtime.set_seed(seed)
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


def normal(mean, std):
    """Return the probabilities of the cells of x under N(mean, std²)."""
    weights = np.exp(-(((x - mean) / std) ** 2) / 2)
    return weights / weights.sum()


two, centres = (normal(-2, 0.5) + normal(2, 0.5)) / 2, np.array([-2.0, 2.0])
place, visited = -2.0, []
for _ in range(8):
    fakes = normal(place, 0.5)
    believed = np.interp(centres, x, two / (two + fakes))  # D's best reply
    place = centres[believed.argmax()]  # G's best reply
    visited.append(place)
exercises.agree("G hops to the other mode in every round", visited, [2, -2] * 4)

# %% [markdown]
# G never rests. D distrusts the place where the fakes are, so the other centre always
# looks better. Hopping is one mechanism of several: G may also lose modes and stay still.
#
# Now networks. Is it the pairing, the penalties or the momentum that keeps modes?
# `benchmarks/ablation.py` trained every combination from three seeds with equal networks,
# rates and batches: 2,000 steps on the ring, 5,000 on the grid. A **hit** is a sample
# within three standard deviations of a mode. A mode counts with one hit. **Reverse KL** is 0
# if the hits are spread evenly over the modes.

# %%
results = bench.load(runtime.bundled("ablation.npz"))


def column(table, recipe, name):
    return np.array([getattr(row, name) for row in results.of(table)[recipe]])


for table in ("ring, 0.5", "ring, 0.9", "grid, 0.5"):
    print(f"{table.replace(',', ', β₁ =')}    (three seeds each)")
    for recipe in (*RECIPES, "real data"):
        modes, hits = (
            column(table, recipe, name) for name in ("modes", "high_quality")
        )
        even = [f"{kl:.2f}" for kl in column(table, recipe, "reverse_kl")]
        print(f"  {recipe:10} modes {modes}  % hits {hits.round()}  reverse KL {even}")
grid = {recipe: column("grid, 0.5", recipe, "modes") for recipe in RECIPES}
calm, hasty = (
    np.stack([column(f"ring, {beta}", recipe, "high_quality") for recipe in RECIPES])
    for beta in (0.5, 0.9)
)
with_penalties = np.concatenate([grid["penalties"], grid["both"]])
without = np.concatenate([grid["neither"], grid["pairing"]])
exercises.agree("Grid: 25 modes in all 6 runs with penalties", with_penalties, 25)
exercises.agree("Grid: at most 16 in all 6 without", without.max() <= 16)
exercises.agree("Ring: every run with β₁ = 0.9 hits less than 10 %", hasty.max() < 10)
exercises.agree("Ring: 11 of 12 runs with β₁ = ½ hit more", (calm > 20).sum() == 11)
clouds = {
    f"{recipe}, β₁ = {beta}": np.float32(results.clouds[f"ring, {beta}", recipe])
    for beta in (0.5, 0.9)
    for recipe in RECIPES
}
diagrams.snapshots(clouds, RING, 0.01)

# %% [markdown]
# **Figure.** Eight panels with the eight modes of the ring, seed 0. With β₁ = 0.5 (above)
# three recipes of four lay their fakes on all modes. With β₁ = 0.9 (below) the fakes form
# streaks and clouds between the modes.
#
# On the grid the penalties separate the runs. On the ring the momentum does. Pairing
# separates neither: alone it finds no more modes than the bare GAN on the grid, and once
# none on the ring. This table knows one network and one rate, no more.
#
# Train one pair of the grid yourself.

# %% tags=["nbval-ignore-output", "opening"]
panels, data = {}, draw(GRID, 20_000, 0.05, SEED)
for recipe in ("neither", "penalties"):
    gan = make_gan(recipe, beta_1=0.5, seed=SEED)
    for quarter in range(1, 5):
        steps = GRID_STEPS // 4
        gan.fit(data, batch_size=256, steps_per_epoch=steps, verbose=0)
        name = f"{recipe}, step {quarter * steps:,}"
        panels[name] = gan.generate(2_500, seed=1)
diagrams.snapshots(panels, GRID, 0.05)

# %% [markdown]
# **Figure.** Two rows of four moments over the 25 modes of the grid. Without penalties
# (above) the fakes leave many modes alone. With penalties (below) they spread over the
# grid and then contract onto the modes; green dots are hits.
#
# Other networks lose modes, too. In [Lin et al. 2018](https://arxiv.org/abs/1712.04086)
# a plain GAN finds 17.3 of 25 modes on average. Three cures of that time:
# **unrolling** ([Metz et al. 2017](https://arxiv.org/abs/1611.02163)) lets G look some steps
# of D ahead; **VEEGAN** ([Srivastava et al. 2017](https://arxiv.org/abs/1705.07761)) adds a
# network that recovers z from data; **packing** (Lin et al.) shows D several samples at
# once.
#
# Why can packing help? The **total variation**, TV $=\frac12\sum|p-q|$, says how well the
# best D can tell. Two wrong generators have the same TV. Show D pairs instead.

# %%
even, lost = np.full(10, 0.1), np.repeat([0.0, 0.125], [2, 8])
uneven = np.repeat([0.06, 0.14], 5)
for name, q, pairs in (("two modes lost", lost, 0.36), ("uneven modes", uneven, 0.24)):
    single = np.abs(even - q).sum() / 2
    double = np.abs(np.outer(even, even) - np.outer(q, q)).sum() / 2
    found = [single, double]
    exercises.agree(f"{name}: TV 0.2 of samples, {pairs} of pairs", found, [0.2, pairs])
batches = np.sort(rng.integers(400, size=(20_000, 24)))  # G knows 400 pictures
twins = (np.diff(batches) == 0).any(axis=1).mean()
chance = 1 - np.prod(1 - np.arange(24) / 400)
exercises.agree("400 pictures: half of the batches of 24 hold twins", chance, 0.5, 0.01)
exercises.agree("The drawn batches say so, too", twins, chance, 0.02)
guess = 24**2 / (2 * np.log(2))
exercises.agree("The birthday test guesses 400 within 5 %", guess / 400, 1, 0.05)

# %% [markdown]
# D sees the lost modes more clearly in pairs than the unevenness: 0.36 against 0.24.
#
# The second half of the cell is the **birthday test**
# ([Arora and Zhang 2017](https://arxiv.org/abs/1706.08224)). It counts G's pictures without
# knowing the modes. If half of all batches of $n$ samples hold near twins, G knows about
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
F = {  # f and its slope f′
    "KL": (lambda u: u * np.log(u), lambda u: np.log(u) + 1),
    "reverse KL": (lambda u: -np.log(u), lambda u: -1 / u),
    "Pearson χ²": (lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1)),
    "2·JSD": (
        lambda u: u * np.log(u) - (u + 1) * np.log((u + 1) / 2),
        lambda u: np.log(2 * u / (u + 1)),
    ),
}
p, q = normal(1.0, 0.8), normal(-0.5, 1.2)
near, u = p / q > 1e-25, np.geomspace(1e-30, 1e3, 100_001)
ratio, mass = (p / q)[near], q[near]  # all but a tail without mass
for name, (f, slope) in F.items():
    heights, best = f(u), slope(ratio)  # D's best reply, T*
    conjugate = np.array([np.max(u * t - heights) for t in best])
    dual, direct = p[near] @ best - mass @ conjugate, mass @ f(ratio)
    exercises.agree(f"{name}: D's best score is the divergence", dual / direct, 1, 1e-4)
m = (p + q) / 2
jsd = (rel_entr(p, m) + rel_entr(q, m)).sum() / 2
exercises.agree(
    "The last divergence is twice the JSD of chapter 1", direct, 2 * jsd, 1e-6
)

# %% [markdown]
# The divergences differ when q cannot equal p. Let q be *one* Gaussian and p have *two*
# modes. Fit q by $\mathrm{KL}(p\Vert q)$, which is infinite if q misses a place of p. Fit
# it again by the **reverse KL**, $\mathrm{KL}(q\Vert p)$, which is infinite if q puts samples
# where p has none. Predict both fits.

# %%
two = 0.6 * normal(-2, 0.6) + 0.4 * normal(2, 0.6)
fits = {}
for name, order in (("KL(p‖q)", 1), ("reverse KL(q‖p)", -1)):

    def distance(place, order=order):
        q = normal(place[0], np.exp(place[1]))
        return rel_entr(*(two, q)[::order]).sum()

    starts = [(mean, 0.0) for mean in (-2.0, 0.0, 2.0)]
    runs = [
        optimize.minimize(distance, start, method="Nelder-Mead") for start in starts
    ]
    best = min(runs, key=lambda run: run.fun)
    fits[name] = best.x[0], np.exp(best.x[1])
mean = two @ x
std = np.sqrt(two @ (x - mean) ** 2)
exercises.agree("KL's q has the mean and s.d. of p", fits["KL(p‖q)"], [mean, std], 1e-3)
exercises.agree(
    "Reverse KL's q is the larger mode", fits["reverse KL(q‖p)"], [-2, 0.6], 0.02
)
figure, (axes,) = plotting.new_figure(8, 2.6)
axes.fill_between(
    x, two, color=plotting.COLOURS["real"], alpha=0.3, label="p: two modes"
)
for (name, place), style in zip(fits.items(), "-:", strict=True):
    colour = plotting.COLOURS["fake"]
    axes.plot(x, normal(*place), style, color=colour, linewidth=2, label=f"q by {name}")
axes.set(xlim=(-6, 6), ylim=(0, None), yticks=[], xlabel="x", ylabel="density")
axes.legend(loc="upper right", frameon=False)
figure

# %% [markdown]
# **Figure.** The KL fit is a wide hill over both modes, highest between them. The reverse-KL
# fit is a narrow hill on the larger mode.
#
# These are fits of one Gaussian. They do not explain how GANs fail:
# [Goodfellow 2016, section 3.2.5](https://arxiv.org/abs/1701.00160) argues that the choice
# of divergence does not explain lost modes.
#
# **LSGAN** ([Mao et al. 2017](https://arxiv.org/abs/1611.04076)) uses squares. D aims at $b$
# for real samples and at $a$ for fakes, G at $c$. The paper adds a real-sample term to G's
# loss; with D fixed, G's gradient is the same. The sum is $\int(p+q)(D^*-c)^2$. Pearson's χ²
# follows if $b-c=1$ and $b-a=2$. The usual targets 0, 1, 1 break this rule.
#
# The **hinge** loss ([Lim and Ye 2017](https://arxiv.org/abs/1705.02894)) stops counting a
# sample of D once its logit is right by 1. Compute both.

# %%
chi2 = ((2 * q - (p + q)) ** 2 / (p + q)).sum()  # Pearson's, of p + q and 2q
for (a, b, c), expected in (((-1, 1, 0), chi2), ((0, 1, 1), 1 / 2 + chi2 / 4)):
    best = (b * p + a * q) / (p + q)  # D's best reply
    paper = ((p + q) * (best - c) ** 2).sum()
    exercises.agree(
        f"LSGAN {a, b, c}: with the real-sample term {expected:.3f}", paper, expected
    )
    print(f"  G's own term, over q alone: {(q * (best - c) ** 2).sum():.3f}")
answers = np.linspace(-2, 2, 401)
on_real, on_fake = np.maximum(0, 1 - answers), np.maximum(0, 1 + answers)
lowest = (p[:, None] * on_real + q[:, None] * on_fake).min(axis=1).sum()
tv = np.abs(p - q).sum() / 2
exercises.agree("D's best hinge loss is 2 − 2·TV", lowest, 2 - 2 * tv)

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


for loss, first in ((separate, -0.47739), (paired, -np.log(2) / 2)):
    values = []
    for fakes in ([0, 0], [0, 2], [0, 1]):  # collapsed, one leaves, success
        best = optimize.minimize(loss, np.zeros(3), fakes, bounds=[(-30, 30)] * 3)
        values.append(-best.fun)
    stages = [first, -np.log(2) / 2, -np.log(2)]
    words = "collapsed {:.3f}, leaving {:.3f}, success {:.3f}".format(*stages)
    exercises.agree(f"{loss.__name__}: {words}", values, stages, 1e-4)

# %% [markdown]
# G wants a low value. With separate logits G must first climb, from −0.48 to −0.35. With
# pairs the way out of collapse is level and then falls. This is a statement about an
# ideal D. Our table shows that it need not decide a training: there, pairing alone kept
# no more modes. R3GAN ([Huang et al. 2024](https://arxiv.org/abs/2501.05441)) joins
# pairing with R1 and R2 and proves local convergence for them.
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
moved = exact * [1.0, 2.0, 0.5] + [1.0, 0.0, 2.0]
value = metrics.frechet_distance(exact, moved)
exercises.agree("Fréchet, exact moments: 1² + 2² + (2 − 1)² + (½ − 1)²", value, 6.25)


def kernel_distance(x, y):
    n = len(x)
    a, b, between = (
        (s @ t.T / s.shape[1] + 1) ** 3 for s, t in ((x, x), (y, y), (x, y))
    )
    within = a.sum() - np.trace(a) + b.sum() - np.trace(b)
    return within / (n * (n - 1)) - 2 * between.mean()


sizes, frechet, kernel = np.array([50, 100, 200, 400, 800]), [], []
for n in sizes:
    draws = rng.normal(size=(30, 2, n, 8))
    frechet.append(np.mean([metrics.frechet_distance(*pair) for pair in draws]))
    kernel.append([kernel_distance(*pair) for pair in draws])
power = np.polyfit(np.log(sizes), np.log(frechet), 1)[0]
exercises.agree("Fréchet of equal distributions falls like 1/n", power, -1, 0.05)
kernel = np.array(kernel)
errors = kernel.mean(1) / kernel.std(1, ddof=1) * np.sqrt(30)
exercises.agree("Kernel distance: mean 0 within 4 standard errors", errors, 0, 4)
figure, (axes,) = plotting.new_figure(7, 2.6)
axes.plot(sizes, frechet, "o-", color=plotting.COLOURS["fake"], label="Fréchet")
axes.plot(sizes, kernel.mean(1), "s-", color=plotting.COLOURS["real"], label="kernel")
axes.set(xlabel="samples n in each set", ylabel="mean of 30 distances")
axes.legend(frameon=False)
figure

# %% [markdown]
# **Figure.** The mean Fréchet distance of two equal distributions falls from about 1
# towards 0 as n grows. The mean kernel distance stays near 0 at every n.
#
# A Fréchet distance without its n and its real floor says little. The bias also differs
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
    """Return the distance of each of a from each of b."""
    return np.linalg.norm(a[:, None] - b[None], axis=-1)


def precision(real, fake, k=3):
    radius = np.sort(ways(real, real), axis=1)[:, k]  # number 0 is the sample itself
    return (ways(real, fake) <= radius[:, None]).any(axis=0).mean()


# %%
real, other = draw(RING, 1_600, 0.05, 1), draw(RING, 1_600, 0.05, 2)
half = other[ways(other, RING).argmin(axis=1) < 4]  # four of eight modes
blur = draw(RING, 1_600, 0.4, 2)
found = {
    name: [precision(real, fake), precision(fake, real)]
    for name, fake in (("half", half), ("blur", blur))
}
package = metrics.precision_recall(real, half)
exercises.agree("The package's precision and recall agree", package, found["half"])
exercises.agree("Half of the modes lost: precision 1", found["half"][0], 1, 0.06)
exercises.agree("Half of the modes lost: recall ½", found["half"][1], 0.5, 0.04)
clear = found["blur"][0] < 0.5 and found["blur"][1] > 0.8
exercises.agree("Blur: precision below 0.5, recall above 0.8", clear)
some, fakes = draw(RING, 60, 0.12, 1), draw(RING, 60, 0.25, 2)
radius = np.sort(ways(some, some), axis=1)[:, 3]
inside = (ways(some, fakes) <= radius[:, None]).any(axis=0)
figure, (axes,) = plotting.new_figure(5, 4)
axes.scatter(*some.T, s=12, color=plotting.COLOURS["real"], label="real, with its ball")
for centre, reach in zip(some, radius, strict=True):
    around = centre + reach * np.stack([np.cos(x), np.sin(x)], axis=1)
    axes.fill(*around.T, color=plotting.COLOURS["real"], alpha=0.1, linewidth=0)
for name, kind, mark in (("inside", inside, "o"), ("outside", ~inside, "x")):
    colour = plotting.COLOURS["floor" if name == "inside" else "fake"]
    axes.scatter(*fakes[kind].T, s=22, marker=mark, color=colour, label=f"fake {name}")
axes.set(
    title=f"precision {inside.mean():.2f}",
    aspect="equal",
    xlabel="$x_1$",
    ylabel="$x_2$",
)
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
figure

# %% [markdown]
# **Figure.** Sixty real points on a ring, each in a pale blue disc to its third neighbour.
# Green fakes lie inside a disc and count for precision; crosses lie outside all discs.
#
# Lost modes lower recall; blur lowers precision.
#
# Two measures mislead on their own. **SSIM** compares two pictures window by window, place
# for place. **Classifier confidence** is the largest class probability. Predict: how sure is
# a digit classifier of white noise? The **inception score**
# ([Salimans et al. 2016](https://arxiv.org/abs/1606.03498)),
# $\exp\mathbb{E}_x\mathrm{KL}(p(y|x)\Vert p(y))$, adds a demand for variety.

# %%
digits, network = datasets.load("digits"), features.load("digits")
some = digits.x_test[:100]
white = np.clip(0.5 * rng.normal(size=(1_000, 28, 28, 1)), -1, 1).astype("float32")
sets = {"real": some, "moved": np.roll(some, 2, 2)}
sets["blurred"] = ndimage.gaussian_filter(some, (0, 1.5, 1.5, 0))
sets["noise"] = white
ssim, sure, labels = {}, {}, []
for name, part in sets.items():
    ssim[name] = np.mean(tf.image.ssim(some, part[:100], 2.0))
    classes = network.embed(part).probabilities
    sure[name] = classes.max(axis=1).mean()
    labels.append(f"{name}\nSSIM {ssim[name]:.2f}\nsure {sure[name]:.2f}")
better = ssim["blurred"] > ssim["moved"] + 0.3
exercises.agree("SSIM prefers the blurred digits to the moved ones", better)
exercises.agree("Confidence on white noise is above 0.95", sure["noise"] > 0.95)
score = np.exp(rel_entr(classes, classes.mean(axis=0)).sum(axis=1).mean())
exercises.agree("The inception score of the noise is below 1.3 of 10", score < 1.3)
stored = network.embed(digits.x_train).features  # of a G that copies
copied = metrics.frechet_distance(stored, stored)
exercises.agree("Copies of the training set: Fréchet 0", copied, 0, 1e-6)
exercises.agree("Copies: precision and recall 1", precision(stored, stored), 1)
rows = np.concatenate([part[:10] for part in sets.values()])
plotting.image_grid(rows, columns=10, labels=labels)

# %% [markdown]
# **Figure.** Four rows of ten pictures with SSIM and confidence at the left: real digits;
# moved by two pixels, with a low SSIM; blurred, with a higher one; white noise, with a
# confidence as high as that of digits.
#
# SSIM needs to know *which* real picture belongs to a fake, and a GAN has no such pairs.
# The inception score catches this noise, but it never looks at data. A G that stores the
# training set gets full marks from Fréchet, precision and recall. Look for copies
# separately, as chapter 2 does.
#
# ## Part 4: tricks, family, uses, myths
#
# **Question: what do you meet in practice, and is it true?**
#
# First three tricks in small. A transposed convolution whose kernel is no multiple of its
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
    layer = layers.Conv1DTranspose(1, kernel, 2, kernel_initializer="ones")
    inner = layer(np.ones((1, 8, 1), "float32")).numpy().ravel()[6:10]
    exercises.agree(f"Kernel {kernel}, stride 2 paints {painted} times", inner, painted)
phases = np.exp(2j * np.pi * np.arange(-2, 3) / 4)  # of a pattern with period 4
exercises.agree(
    "Phase shuffle leaves a fifth of it on average", np.abs(phases.mean()), 0.2
)
upright, turned = np.eye(4)[0], 0.2 * np.eye(4) + 0.8 / 4
learned = np.linalg.solve(turned, turned @ upright)
exercises.agree("Real and fake turned: the fitting q is upright", learned, upright)
only_real = turned @ upright
exercises.agree("Only real turned: q is turned", only_real, [0.4, 0.2, 0.2, 0.2])
rank = np.linalg.matrix_rank(np.full((4, 4), 1 / 4))
exercises.agree("Always turned: all q look alike, none is singled out", rank, 1)

# %% [markdown]
# Turning both is safe here, because the matrix can be inverted. If every picture is turned
# at random, D cannot know what was upright.
#
# Next, who built on whom:

# %%
diagrams.family_tree()

# %% [markdown]
# **Figure.** A time line from 2014 to 2024, its axis broken after 2019. Sixteen boxes are
# coloured by family: conditional GANs above, convolutional ones in the middle, those that
# bound D's slope below. WaveGAN joins DCGAN and WGAN-GP.
#
# [GAN](https://arxiv.org/abs/1406.2661) Goodfellow et al. 2014 ·
# [conditional GAN](https://arxiv.org/abs/1411.1784) Mirza, Osindero 2014 ·
# [DCGAN](https://arxiv.org/abs/1511.06434) Radford et al. 2015 ·
# [InfoGAN](https://arxiv.org/abs/1606.03657) Chen et al. 2016 ·
# [AC-GAN](https://arxiv.org/abs/1610.09585) Odena et al. 2016 (ICML 2017) ·
# [pix2pix](https://arxiv.org/abs/1611.07004) Isola et al. 2016 ·
# [WGAN](https://arxiv.org/abs/1701.07875) Arjovsky et al. 2017 ·
# [CycleGAN](https://arxiv.org/abs/1703.10593) Zhu et al. 2017 ·
# [WGAN-GP](https://arxiv.org/abs/1704.00028) Gulrajani et al. 2017 ·
# [progressive growing](https://arxiv.org/abs/1710.10196) Karras et al. 2017 ·
# [StarGAN](https://arxiv.org/abs/1711.09020) Choi et al. 2017 (CVPR 2018) ·
# [SN-GAN](https://arxiv.org/abs/1802.05957) Miyato et al. 2018 ·
# [WaveGAN](https://arxiv.org/abs/1802.04208) Donahue et al. 2018 ·
# [BigGAN](https://arxiv.org/abs/1809.11096) Brock et al. 2018 ·
# [StyleGAN](https://arxiv.org/abs/1812.04948) Karras et al. 2018 ·
# [R3GAN](https://arxiv.org/abs/2501.05441) Huang et al. (NeurIPS 2024). SN-GAN took networks
# from WGAN-GP, not its loss.
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
# Text is hard for G: choosing a word has no derivative. The next cell shows it.
#
# ### Where GANs stand
#
# | family | learns by | draws in | density |
# |---|---|---|---|
# | GAN | a game | one pass | none |
# | VAE | a likelihood bound | one pass | a bound |
# | flow | the likelihood | one pass | exact |
# | autoregressive | the likelihood, piece by piece | a pass a piece | exact |
# | diffusion | removing noise | many passes | a bound |
#
# A GAN is fast and needs neither labels nor a likelihood. It can be unstable, can lose
# modes, and is hard to evaluate and interpret. Adversarial losses also train diffusion
# models with few steps ([Sauer et al. 2023](https://arxiv.org/abs/2311.17042)).
#
# - **Bias.** GANs trained on skewed faces skewed them further in
#   [Jain et al. 2020](https://arxiv.org/abs/2001.09528). Count your classes.
# - **Misuse.** Ask people for consent, and mark synthetic samples as synthetic.
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
exercises.agree(
    "Squared error leaves 16/n of the variety", variety, 16 / len(images), 5e-3
)
scores = tf.constant([[0.1, 2.0, 0.3]])
with tf.GradientTape(persistent=True) as tape:
    tape.watch(scores)
    word, share = tf.one_hot(tf.argmax(scores, 1), 3), tf.nn.softmax(scores)[0, 1]
exercises.agree("A chosen word passes no gradient", tape.gradient(word, scores) is None)
through = tape.gradient(share, scores)[0, 1] > 0.1
exercises.agree("A probability of a word passes one", through)
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
logit = np.zeros(100)  # a constant D answers ½
per_sample = (np.logaddexp(0, -logit).mean() + np.logaddexp(0, logit).mean()) / 2
g_loss = np.logaddexp(0, -logit).mean()
exercises.agree("Constant D: both losses are ln 2", [per_sample, g_loss], np.log(2))
real, test, noise = (
    network.embed(part).features
    for part in (digits.x_test[::2], digits.x_test[1::2], white)
)
floor, far = metrics.frechet_distance(real, test), metrics.frechet_distance(real, noise)
exercises.agree("The noise is more than 20 real floors away", far > 20 * floor)
fake_logits = tf.constant(rng.normal(size=64))
for alpha in (0.3, 0.5, 0.8):
    with tf.GradientTape() as tape:
        tape.watch(fake_logits)
        on_fake = tf.nn.softplus(fake_logits)  # −ln(1 − D), what fakes add to L_D
        total = tf.reduce_sum(alpha * -on_fake + (1 - alpha) * on_fake)
    game = -expit(fake_logits)
    slope = tape.gradient(total, fake_logits)
    exercises.agree(
        f"α = {alpha}: {2 * alpha - 1:+.1f} times the game",
        slope,
        (2 * alpha - 1) * game,
    )
ends = np.array([-10.0, 10.0])
saturating, non_saturating = -expit(ends), -expit(-ends)
exercises.agree("Saturating: slope 0 near D = 0, −1 near 1", saturating, [0, -1], 1e-4)
exercises.agree("Non-saturating: −1 near 0, 0 near 1", non_saturating, [-1, 0], 1e-4)

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
# - Collapse has several mechanisms. In our table penalties kept the grid, low momentum the ring.
# - f-divergences are D's best scores; LSGAN belongs to χ², hinge to TV.
# - A fit by KL covers, a fit by reverse KL selects. GAN training need not do either.
# - Every measure is blind somewhere: print n, the floor, and a second measure.
# - Copies get full marks. Check for them separately.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/12_losses_and_measures_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: two modes lost
#
# p has eight equal modes. q has six of them, equally often. Return TV(p, q), KL(p‖q) and
# KL(q‖p) as a tuple, in nats. Which of the three hardly notices?

# %% tags=["stub"]
three = ...

# %% tags=["check"]
every, kept = np.full(8, 1 / 8), np.repeat([1 / 6, 0.0], [6, 2])
sums = np.abs(every - kept) / 2, rel_entr(every, kept), rel_entr(kept, every)
exercises.check("Exercise 1 · two modes lost", three, tuple(s.sum() for s in sums))

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
    a, b = draw(RING, n, 0.3, k), draw(RING[:5], m, 0.3, k + 10)
    holds = 0
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
# Train D as a classifier on real points and on fixed fakes, then count its right answers on
# *new* real points and new fakes. Three fakes: **copies** of D's own real training points,
# **lost** modes (four of eight are left), **blur** (five times the s.d.). Predict, run the
# check, read the numbers, then choose the sentence that they support.
#
# - "a": D tells all three from data; the copies most surely, as it has seen them.
# - "b": D tells neither copies nor lost modes; each fake lies where data lie.
# - "c": D is at chance on copies, gets about three of four right on lost modes, and more
#   on blur.

# %% tags=["stub"]
choice = ...

# %% tags=["check"]
runtime.set_seed(SEED)
train, test = (draw(RING, 2_000, 0.1, SEED + seed) for seed in (10, 20))
sources = {"copies": (RING, 0.1), "lost": (RING[:4], 0.1), "blur": (RING, 0.5)}
right = {}
for name, (centres, std) in sources.items():
    fakes = [draw(centres, 2_000, std, SEED + seed) for seed in (30, 40)]
    if name == "copies":
        fakes = [train[rng.integers(2_000, size=2_000)] for _ in range(2)]
    points = [np.concatenate(pair) for pair in zip((train, test), fakes, strict=True)]
    is_real, judge = np.repeat([1.0, 0.0], 2_000), mlp(1)
    judge.compile(keras.optimizers.Adam(5e-3), keras.losses.BinaryCrossentropy(True))
    judge.fit(points[0], is_real, batch_size=200, epochs=20, verbose=0)
    logits = judge.predict(points[1], verbose=0)[:, 0]
    right[name] = np.mean((logits > 0) == is_real)
    print(f"{name:7} right: {round(10 * right[name]) / 10:.1f}")
told = [
    right["copies"] > 0.6,
    right["lost"] > 0.6,
    right["blur"] > right["lost"] + 0.03,
]
supported = {(True, True, False): "a", (False, False, True): "b"}.get(tuple(told), "c")
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
# An experiment of your own. Return 1,000 or more `fakes`, shape (n, 2), whose Fréchet
# distance to ring data is below 0.02, though fewer than a quarter lie in a real ball.
# Report both numbers.


# %% tags=["stub"]
def fool(n):
    return ...


# %% tags=["check"]
def fooled(make=fool):
    fakes = make(1_500)
    if fakes is None or fakes is ...:
        return ...
    fakes, real = np.asarray(fakes, "float64"), draw(RING, 1_500, 0.05, 3)
    found = metrics.frechet_distance(real, fakes), precision(real, fakes)
    print("Fréchet {:.3f}, precision {:.2f}".format(*found))
    return fakes.shape == (1_500, 2) and found[0] < 0.02 and bool(found[1] < 0.25)


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
# - [Goodfellow 2016](https://arxiv.org/abs/1701.00160): the inventor's tutorial, with the
#   argument about divergences.
# - [Sun, Fang, Schwing 2020](https://arxiv.org/abs/2011.04926): the landscape of pairing,
#   with proofs.
# - [Lucic et al. 2018](https://arxiv.org/abs/1711.10337): a fair comparison in which most new
#   losses did not beat the old one.

# %%
off = ways(list(panels.values())[-1], GRID)  # of the last training's samples
modes = len(np.unique(off.argmin(axis=1)[off.min(axis=1) <= 0.15]))
runtime.save_summary(
    "12_losses_and_measures",
    measure="modes of the grid, with penalties",
    value=modes,
    floor=len(GRID),
    checks={"20 modes or more": modes >= 20},
)
