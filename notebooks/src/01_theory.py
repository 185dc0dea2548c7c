# %% [markdown]
# # The theory of GANs, every result computed
#
# Two networks play a game; one of them ends up drawing samples that look like your data.
# This chapter shows why that works and why it fails. No result is only stated: each is
# computed in a cell, and a cell whose claim is false stops with an error.

# %% [markdown]
# **You do**: compute what an ideal discriminator answers, watch gradients vanish, measure
# distances between distributions, and follow the smallest GAN there is.
#
# **You learn**: what the losses mean, why training circles or collapses, what cures it,
# and how far each quality measure can be trusted.
#
# **You need**: derivatives, densities, a little Keras. Two CPU cores take about a
# minute. Other chapters link to the notation and the glossary at the end.

# %% tags=["setup"]

# %% tags=["imports"]
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy import ndimage, optimize
from scipy.special import expit, rel_entr

from ganutils import datasets, metrics, monitoring, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import features
from ganutils.plotting import diagrams
from ganutils.theory import dirac_gan, divergences
from ganutils.training import losses

# %% [markdown]
# ## Choose the sizes
#
# Only the GANs of the section on mode collapse depend on your machine. All else is so small
# that it is the same at every scale.
#
# One helper carries the whole chapter: `agree` stops unless a value is what theory says. A
# tick is therefore a passed test, and a chapter that runs to its end is a proved one, as far
# as numbers can prove.

# %% tags=["nbval-ignore-output"]
SEED = 0
STEPS = runtime.pick(smoke=(20, 20), cpu=(2_000, 5_000), gpu=(4_000, 20_000))
runtime.set_seed(SEED)
rng = np.random.default_rng(SEED)
print(runtime.banner())
CHECKED = []


def agree(claim, value, expected=True, within=1e-9):
    """Stop unless |value − expected| ≤ within everywhere; print the claim."""
    found, wanted = (np.asarray(v, "complex128") for v in (value, expected))
    assert np.abs(found - wanted).max() <= within, f"{claim}: {value}, not {expected}"
    CHECKED.append(claim)
    print(f"✓ {claim}" + f" (± {within:g})" * (within > 1e-9))


# %% [markdown]
# ## Part 1: the game
#
# A **generator** G turns noise $z$ into a sample; its samples have some density $q$. A
# **discriminator** D sees real samples of density $p$ and fakes of density $q$, and
# returns the probability that a sample is real. D wants to be right, G wants D to be
# wrong. Both play for one number, the **value**
#
# $$V(D,G)=\mathbb{E}_{x\sim p}\ln D(x)+\mathbb{E}_{x\sim q}\ln(1-D(x)),$$
#
# which D raises and G lowers
# ([Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661)). Nobody needs a label: which
# samples are real is known because you put them there.
#
# Their **Algorithm 1** repeats: draw noise and real samples; take a gradient step up $V$
# with D; draw noise again; take a step with G. Chapter 2 writes it in twenty lines. Here
# we ask what it does, in one dimension, where everything can be drawn.
#
# ### The best discriminator, in five lines
#
# 1. $V=\int p(x)\ln D(x)+q(x)\ln(1-D(x))\,dx$, so D can choose its answer for each $x$
#    alone.
# 2. With $a=p(x)$, $b=q(x)$ it must maximise $a\ln y+b\ln(1-y)$ over $0<y<1$.
# 3. The derivative $a/y-b/(1-y)$ is zero at $y=a/(a+b)$.
# 4. The second derivative is negative, so this is the maximum.
# 5. Hence $D^*(x)=\dfrac{p(x)}{p(x)+q(x)}$, and its logit is
#    $\ln\dfrac{D^*}{1-D^*}=\ln\dfrac{p(x)}{q(x)}$.
#
# Try every answer instead of trusting line 3.

# %%
x = np.linspace(-9, 9, 2001)


def normal(mean, std):
    """Return the probabilities of the cells of x under N(mean, std²)."""
    weights = np.exp(-(((x - mean) / std) ** 2) / 2)
    return weights / weights.sum()


p, q = normal(1.0, 0.8), normal(-0.5, 1.2)
answers = np.linspace(0.001, 0.999, 999)
payoff = p[:, None] * np.log(answers) + q[:, None] * np.log(1 - answers)
best = answers[payoff.argmax(axis=1)]
agree("the best answer is p/(p + q) at every x", best, p / (p + q), 1e-3)

# %% [markdown]
# ### What the value measures
#
# Put $D^*$ into $V$. With the average $m=(p+q)/2$ and the Kullback–Leibler divergence
# $\mathrm{KL}(p\Vert q)=\int p\ln(p/q)$ you get
#
# $$V(D^*,G)=-\ln 4+2\,\mathrm{JSD}(p\Vert q),\qquad
# \mathrm{JSD}(p\Vert q)=\tfrac12\mathrm{KL}(p\Vert m)+\tfrac12\mathrm{KL}(q\Vert m).$$
#
# Against an ideal D, then, G minimises the **Jensen–Shannon divergence**. It is 0 when
# $q=p$ and at most $\ln 2$.
#
# Mind the constant: at the goal $q=p$ the *value* is $-\ln 4$, while the JSD is 0.

# %%
jsd, loss = divergences.jsd, losses.non_saturating
value = (p * np.log(p / (p + q)) + q * np.log(q / (p + q))).sum()
agree("V(D*, G) = −ln 4 + 2·JSD", value, -np.log(4) + 2 * jsd(p, q))
agree("JSD of densities far apart is ln 2", jsd(normal(-6, 0.2), p), np.log(2), 1e-6)
zero = tf.zeros((8, 1))  # the logit of D = ½
agree("at p = q D's loss is ln 4", loss.d_loss(zero, zero), np.log(4), 1e-6)
agree("at p = q G's loss is ln 2", loss.g_loss(None, zero), np.log(2), 1e-6)

# %% [markdown]
# Now let G move its density until it lies on the real one. Before you run the cell: what
# becomes of the black curve, $D^*$, in the end?

# %% tags=["nbval-ignore-output"]
frames, height = [], 1 / (x[1] - x[0])  # from a cell's probability to a density
for share in np.linspace(0, 1, 16):
    moving = normal(-3 + 4 * share, 0.5 + 0.3 * share)
    d_loss = np.log(4) - 2 * jsd(p, moving)
    lines = {"real $p$": (height * p, "real"), "fake $q$": (height * moving, "fake")}
    lines["$D^*$"] = p / (p + moving), "black"
    title = f"JSD = {jsd(p, moving):.2f}     D's loss = {d_loss:.2f}"
    view = {"xlim": (-5, 4), "ylim": (0, 1.05), "xlabel": "x"}
    frames.append(diagrams.curves(x, lines, title=title, **view))
plotting.animation(frames, frames_per_second=4, max_bytes=80_000)


# %% [markdown]
# **Figure.** Animation: the orange fake density slides from the left onto the blue real
# one. The black curve, D*, is first a steep step between them, then ever flatter, and
# ends as a level line at one half, while D's loss rises from 0 to ln 4 = 1.39.
#
# That is the whole story of your loss curves: D's loss is **small when G is bad**.
#
# | in your curves | what it says |
# |---|---|
# | D's loss near 1.39, G's near 0.69 | D cannot tell; either G is perfect or D is too weak |
# | D's loss near 0, G's rising | D tells with ease; G gets little help |
# | both noisy between | the normal state: a balance, no proof of quality |
# | losses equal | nothing at all, see the myths below |
#
# ### A trained D finds the same logit
#
# D is an ordinary classifier. Train one on 20,000 samples of each kind and lay its logit
# on $\ln(p/q)$.


# %%
def mlp(inputs, units, outputs):
    """Return a perceptron with two hidden layers and a linear end."""
    hidden = [layers.Dense(units, activation="relu") for _ in range(2)]
    return keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(outputs)])


def classifier(inputs, units, rate):
    """Return a discriminator that `fit` trains against fixed fakes."""
    network, loss = mlp(inputs, units, 1), keras.losses.BinaryCrossentropy(True)
    network.compile(keras.optimizers.Adam(rate), loss)
    return network


samples = rng.normal([[1.0], [-0.5]], [[0.8], [1.2]], (2, 20_000)).reshape(-1, 1)
is_real = np.repeat([1.0, 0.0], 20_000)
discriminator = classifier(1, 64, 0.01)
discriminator.fit(samples, is_real, batch_size=1000, epochs=10, verbose=0)
logit = discriminator.predict(x[:, None], verbose=0)[:, 0]
seen = height * np.minimum(p, q) > 0.01  # where both densities have samples
gap = np.abs(logit - np.log(p / q))[seen].mean()
agree("trained logit = ln(p/q), on average", gap, 0.0, 0.2)
lines = {"trained logit": (logit, "d"), "$\\ln(p/q)$": (np.log(p / q), "orange")}
view = {"xlim": (-3.5, 3.5), "ylim": (-7, 4), "xlabel": "x", "ylabel": "logit of D"}
diagrams.curves(x, lines, **view)

# %% [markdown]
# **Figure.** Over x from −3.5 to 3.5 the trained network's logit lies on the curve
# ln(p/q), except at the rims, where almost no samples told it what to answer.
#
# ## Part 2: the gradient that reaches G
#
# G never sees data; all it learns comes through D's logit $s$ of a fake. In the game as
# written G minimises $\ln(1-\sigma(s))$, the **saturating** (minimax) loss. In practice
# it minimises $-\ln\sigma(s)$, the **non-saturating** one. Their slopes are $-\sigma(s)$
# and $-(1-\sigma(s))$. Which is larger for a fake that D sees through, at $s=-10$?

# %%
s = tf.constant(np.linspace(-10, 10, 201))
with tf.GradientTape(persistent=True) as tape:
    tape.watch(s)
    saturating = 201 * losses.minimax.g_loss(None, s)  # a loss is the mean of 201
    non_saturating = 201 * losses.non_saturating.g_loss(None, s)
weak, strong = tape.gradient(saturating, s), tape.gradient(non_saturating, s)
agree("slope of ln(1 − σ(s)) is −σ(s)", weak, -expit(s))
agree("slope of −ln σ(s) is −(1 − σ(s))", strong, -(1 - expit(s)))
agree("their ratio at s = −10 is 4.54e-5", weak[0] / strong[0], 4.54e-5, 1e-8)
lines = {"saturating": (weak, "purple"), "non-saturating": (strong, "green")}
diagrams.curves(s, lines, xlabel="logit $s$ of a fake", ylabel="slope of G's loss")


# %% [markdown]
# **Figure.** For negative logits, where D rejects fakes, the saturating slope is 0 and
# the non-saturating one is −1; for positive logits it is the other way round.
#
# Everyone swaps the loss because at the start D rejects all fakes: G needs its strongest
# gradient exactly where the saturating loss has none.
#
# ### Measured on a real generator
#
# Data on a ring of eight clusters, fakes of an untrained G in the middle: their
# **supports** (where they put samples) are disjoint, so a perfect D exists. Let D train
# for longer and longer while G waits, and measure the gradient that G would get.


# %%
def gradient_size(loss):
    """Return the norm of the gradient that reaches G's weights."""
    with tf.GradientTape() as tape:
        logits = discriminator(generator(z, training=True), training=True)
        g_loss = losses.get(loss).g_loss(None, logits)
    return tf.linalg.global_norm(tape.gradient(g_loss, generator.weights))


runtime.set_seed(SEED)
ring, kind = datasets.ring(20_000, seed=SEED), np.repeat([1.0, 0.0], 4_000)
generator, discriminator = mlp(2, 64, 2), classifier(2, 64, 0.004)
z = tf.random.stateless_normal((4_000, 2), seed=(SEED, 1))
points = np.concatenate([ring[:4_000], generator(z, training=True)])

epochs, sizes = 2 ** np.arange(9), []
for more in np.diff(epochs, prepend=0):
    discriminator.fit(points, kind, batch_size=500, epochs=more, verbose=0)
    sizes.append([gradient_size("minimax"), gradient_size("non_saturating")])
fading, growing = np.array(sizes).T
agree("saturating: it falls more than 30-fold", fading.max() > 30 * fading[-1])
agree("non-saturating: it grows", growing[-1] > 3 * growing[0])
lines = {"saturating": (fading, "purple"), "non-saturating": (growing, "green")}
view = {"xscale": "log", "yscale": "log", "ylabel": "size of G's gradient"}
diagrams.curves(16 * epochs, lines, xlabel="D's training steps", **view)

# %% [markdown]
# **Figure.** Both axes are logarithmic. As D trains from 16 to 4,096 steps, the purple
# saturating gradient falls by orders of magnitude, the green non-saturating one climbs.
#
# [Arjovsky and Bottou 2017](https://arxiv.org/abs/1701.04862) prove the first for
# disjoint supports, and warn of the second: what does not vanish becomes large and
# erratic. So a better D is not a better teacher. Is there a distance without this fault?
#
# ## Part 3: distances between distributions
#
# Four ways to say how far $q$ is from $p$: KL, JSD, the **total variation**
# $\mathrm{TV}=\tfrac12\int|p-q|$, and the **Wasserstein distance** $W_1$: the least work
# to move one heap of sand onto the other, mass times way. In one dimension the cheapest
# plan keeps the order, so sorting finds it; in general it is a linear program.
#
# Now the example that made the Wasserstein distance famous, from
# [Arjovsky, Chintala, Bottou 2017](https://arxiv.org/abs/1701.07875): two parallel lines
# at distance θ, the real one fixed, the fake one G's to move. Predict the four curves.


# %%
def parallel_lines(
    theta, n=9
):  # n points from (0, 0) to (0, 1), n from (θ, 0) to (θ, 1)
    height = np.linspace(0, 1, n)
    real, fake = (np.stack([0 * height + x, height], axis=1) for x in (0.0, theta))
    p = np.repeat([1 / n, 0.0], n)  # the probabilities of all 2n points
    q = p if theta == 0 else p[::-1]
    kl, tv = rel_entr(p, q).sum(), divergences.total_variation(p, q)
    return kl, tv, divergences.jsd(p, q), divergences.transport(real, fake)[0]


a, b = rng.normal([[0.0], [2.0]], 1.0, (2, 40))[..., None]
by_sorting = np.abs(np.sort(a, 0) - np.sort(b, 0)).mean()
agree("sorting = linear program", divergences.transport(a, b)[0], by_sorting)
thetas = np.array([-1.0, -0.5, -1e-6, 0.0, 1e-6, 0.5, 1.0])
kl, tv, js, w1 = np.array([parallel_lines(theta) for theta in thetas]).T
apart = thetas != 0
agree("KL of parallel lines is infinite", np.isinf(kl[apart]).all())
agree("their TV is 1, their JSD ln 2", [tv[apart], js[apart]], [[1], [np.log(2)]])
agree("their W₁ is the distance |θ|", w1, np.abs(thetas))
lines = {"KL = ∞": (np.where(apart, 1.15, 0.0), "black"), "TV": (tv, "orange")}
lines |= {"JSD": (js, "purple"), "$W_1$": (w1, "green")}
diagrams.curves(thetas, lines, xlabel="θ, place of the fake line", ylabel="distance")

# %% [markdown]
# **Figure.** Over θ from −1 to 1: KL (drawn at the top, truly infinite), TV = 1 and
# JSD = ln 2 are flat and drop to 0 only in one point, θ = 0. The Wasserstein distance is
# a V with its tip there: only it tells G which way to go.
#
# ### The critic
#
# Every transport problem has a dual: find prices $f$ that differ by at most the way,
# $|f(a)-f(b)|\le\Vert a-b\Vert$ (a **1-Lipschitz** function), with the largest profit
#
# $$W_1(p,q)=\max_{f\ \text{1-Lipschitz}}\ \mathbb{E}_p f-\mathbb{E}_q f.$$
#
# This $f$ is WGAN's **critic**: a D without a sigmoid, whose best score *is* the distance.
# Read it off the linear program: its prices rise with slope 1 along every line of the
# plan.

# %%
real = rng.normal(size=(30, 2)) * [0.5, 1.0]
fake = rng.normal(size=(30, 2)) * [1.0, 0.4] + [3.0, 0.5]
work, moved, rise = divergences.transport(real, fake)  # rise: f(x) − f(G(z)), all pairs
slope = rise / np.linalg.norm(real[:, None] - fake, axis=-1)
agree("best score of a critic = W₁", (moved * rise).sum(), work)
agree("its slope along the plan's lines is 1", slope[moved > 1e-9], 1.0)
diagrams.plan(real, fake, moved)

# %% [markdown]
# **Figure.** Thirty blue real points, thirty orange fakes to their right, and a grey line
# for each pair of the plan. On every grey line the critic falls by exactly its length.
#
# ### How to make a network 1-Lipschitz: three answers
#
# **Clipping** (the original WGAN) keeps each weight in $[-c,c]$. The slope of a deep network
# is then at most a product of many factors, tiny or huge but hardly ever near 1: with
# width $n$ and $L$ layers it is $n^{L-1}c^L$.

# %%
for c, steepest in ((0.001, 1.7e-8), (0.01, 1.7e-3), (0.1, 170)):
    shapes = [(1, 64), (64, 64), (64, 64), (64, 64), (64, 1)]
    slope = np.linalg.multi_dot([np.full(shape, c) for shape in shapes]).item()
    agree(f"slope with weights up to {c}: {steepest}", slope / steepest, 1.0, 0.02)

# %% [markdown]
# The **gradient penalty** ([Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028))
# asks directly for slope 1 on the lines between real and fake samples,
#
# $$\lambda\,\mathbb{E}\,(\Vert \nabla f(\hat x)\Vert-1)^2,\qquad
# \hat x=\varepsilon x+(1-\varepsilon)G(z),\quad \varepsilon\sim U(0,1),\quad\lambda=10.$$
#
# Three hand-made critics, with λ = 1, show what it costs; where the slope is 0, the
# derivative of the norm must not become NaN.
#
# The penalty speaks of *one* sample's gradient. BatchNorm mixes the samples of a batch, so a
# critic must not use it: does sample 0's score depend on sample 1?

# %%
penalty = losses.gradient_penalty(weight=1.0)
real, fake = tf.random.stateless_normal((2, 64, 2), seed=(0, 1))
for slope, cost in ((0.0, 1.0), (1.0, 0.0), (3.0, 4.0)):
    w = tf.Variable([[0.6 * slope], [0.8 * slope]])
    with tf.GradientTape() as tape:
        paid = penalty(lambda x, training, w=w: x @ w, real, fake, (0, 2), 0)
    agree(f"penalty of slope {slope:g} is {cost:g}", paid, cost, 1e-5)
    agree("  and its derivative finite", np.isfinite(tape.gradient(paid, w)).all())
for mixes, norm in ((False, layers.Identity()), (True, layers.BatchNormalization())):
    critic = keras.Sequential([layers.Dense(8), norm, layers.Dense(1)])
    with tf.GradientTape() as tape:
        tape.watch(real)
        score = critic(real, training=True)[0]
    influence = np.abs(tape.gradient(score, real))[1].max() > 1e-3
    agree(f"BatchNorm: {mixes}, sample 1 changes score 0: {mixes}", influence == mixes)

# %% [markdown]
# **Spectral normalisation** ([Miyato et al. 2018](https://arxiv.org/abs/1802.05957))
# divides each weight matrix by its largest singular value $\sigma(W)$, found by power
# iteration. A network's slope is at most the product of its $\sigma(W)$, times the
# slopes of its activations, which are at most 1.
#
# For a convolution the kernel is *reshaped* to a matrix first. That σ is not the operator
# norm of the convolution: patches overlap, so each pixel counts up to $3\cdot3$ times and
# the true norm may be up to $\sqrt{9}=3$ times larger. On a ring-shaped image it is found
# exactly, frequency by frequency
# ([Sedghi, Gupta, Long 2019](https://arxiv.org/abs/1805.10408)).


# %%
def sigma(weights):
    return np.linalg.norm(weights, 2)  # the largest singular value


def convolution_norm(kernel):  # on a ring of 16 × 16 pixels: a matrix a frequency
    return np.linalg.norm(np.fft.fft2(kernel, (16, 16), axes=(0, 1)), 2, (2, 3)).max()


matrix, u = rng.normal(size=(128, 64)), np.ones(128)
for _ in range(200):  # power iteration
    v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
    u = matrix @ v / np.linalg.norm(matrix @ v)
agree("power iteration = SVD", u @ matrix @ v, sigma(matrix), 1e-6)
layer = layers.SpectralNormalization(layers.Dense(64))
for _ in range(200):  # each training step does one power iteration
    layer(tf.zeros((1, 128)), training=True)
agree("σ of Keras's normalised layer is 1", sigma(layer.layer.kernel), 1.0, 1e-2)
places = tf.random.stateless_normal((2_000, 2), seed=(0, 3))
steepest = losses.squared_gradient_norm(discriminator, places).numpy().max() ** 0.5
bound = np.prod([sigma(weight) for weight in discriminator.get_weights()[::2]])
agree("slope of D ≤ product of its σ(W)", 0.01 * bound < steepest <= bound)
ones, noisy = np.ones((3, 3, 1, 1)), rng.normal(size=(3, 3, 8, 16))
agree("kernel of ones: reshaped σ = 3", sigma(ones.reshape(-1, 1)), 3.0)
agree("  but the convolution's norm is 9", convolution_norm(ones), 9.0)
excess = convolution_norm(noisy) / sigma(noisy.reshape(-1, 16))
agree("random kernel: norm 1 to 3 times σ", 1 < excess < 3)

# %% [markdown]
# ## Part 4: two players circle
#
# Put aside distances: nobody trains D to the end. What do *alternating small steps* do?
# The smallest GAN answers: the **Dirac-GAN** of
# [Mescheder, Geiger, Nowozin 2018](https://arxiv.org/abs/1801.04406). All data sit at 0,
# all fakes at θ, and D is a line with slope ψ. In the paper's sign convention D's output
# $\psi x$ is high for fakes; D climbs and G descends
#
# $$L(\theta,\psi)=f(\psi\theta)+f(0),\qquad f(t)=\ln\sigma(t),\qquad f'(0)=\tfrac12 .$$
#
# So θ moves along $-\psi f'(\psi\theta)$ and ψ along $\theta f'(\psi\theta)$: G flees
# where D rises, D turns towards the fakes. The goal is (0, 0).
#
# `theory.dirac_gan` holds this field and its variants. Its Jacobian in the goal has the
# eigenvalues $\pm i f'(0)$. Imaginary eigenvalues mean pure rotation: no force points to
# the goal, and small steps decide. **Simultaneous** steps of size $h$ leave the circle, since
# $|1\pm ih/2|=\sqrt{1+h^2/4}$: they spiral out for every $h$. **Alternating** steps, G
# first and D on the new θ, stay on a closed curve as long as $h f'(0)\le 2$... do they?

# %%
gan, simulate, growth = dirac_gan.gan, dirac_gan.simulate, dirac_gan.growth
h, start = 0.5, (1e-3, 0.0)
found = np.sort_complex(np.linalg.eigvals(dirac_gan.jacobian(gan)))
agree("eigenvalues ±i/2", found, [-0.5j, 0.5j], 1e-8)
out = np.exp(growth(simulate(gan, h, 100, start)))
agree("simultaneous: radius × √(1 + h²/4) a step", out, np.sqrt(1 + h * h / 4), 1e-6)
stay = np.exp(growth(simulate(gan, h, 4_000, start, alternating=True)))
agree("alternating: radius × 1 a step", stay, 1.0, 1e-6)
for a, largest in ((1.9, 1.0), (2.1, 1.8773)):  # a = h·f′(0)
    found = np.abs(np.linalg.eigvals([[1, -a], [a, 1 - a * a]])).max()
    agree(f"alternating: |λ| = {largest} at h·f′(0) = {a}", found, largest, 1e-4)

# %% [markdown]
# ### What helps: damping
#
# **R1** adds $\frac{\gamma}{2}\,\mathbb{E}_p\Vert \nabla D\Vert^2$ to D's loss, here
# $\frac{\gamma}{2}\psi^2$, a brake on ψ. Now the eigenvalues are
# $\lambda=-\frac{\gamma}{2}\pm\sqrt{\frac{\gamma^2}{4}-\frac14}$: decay at rate γ/2 up to
# the critical γ = 1, slower decay beyond. (D's slope *is* its weight here, so weight
# decay on D would do the same; in a real network it does not.)

# %%
for gamma in (0.2, 0.6, 1.0, 2.0):
    root = np.sqrt(complex(gamma**2 / 4 - 1 / 4))
    expected = np.sort_complex([-gamma / 2 + root, -gamma / 2 - root])
    found = np.linalg.eigvals(dirac_gan.jacobian(dirac_gan.r1(gamma)))
    agree(f"γ = {gamma}: eigenvalues", np.sort_complex(found), expected, 1e-4)
for gamma, rate in ((0.2, 0.1), (0.6, 0.3), (2.0, 1 - np.sqrt(3) / 2)):
    decay = growth(simulate(dirac_gan.r1(gamma), 0.01, 4_000, start), 500) / -0.01
    agree(f"γ = {gamma}: fitted decay {rate:.3f}", decay, rate, 5e-3)

# %% [markdown]
# **Instance noise** blurs real and fake samples with $N(0,\sigma^2)$
# ([Sønderby et al. 2017](https://arxiv.org/abs/1610.04490)). The supports overlap then,
# and the field can be integrated exactly: near the goal it acts like R1 with
# $\gamma=\sigma^2/2$. **WGAN-GP** pulls the slope towards 1 instead of 0, away from the
# goal ψ = 0.

# %%
noise = dirac_gan.instance_noise(1.0)
braked, wgan_gp = dirac_gan.r1(0.5), dirac_gan.wgan_gp
same = dirac_gan.jacobian(noise) - dirac_gan.jacobian(braked)
agree("noise with σ = 1 acts like R1 with γ = ½", same, 0.0, 1e-6)
decay = growth(simulate(noise, 0.01, 3_000, start)) / -0.01
agree("its fitted decay is ¼", decay, 0.25, 5e-3)
for name, field, low, high in (("R1", braked, 0, 1e-9), ("WGAN-GP", wgan_gp, 1, 2)):
    radius = np.linalg.norm(simulate(field, 0.02, 10_000, (0.2, 0.1)), axis=1)[-2_000:]
    ends = low <= radius.min() < radius.max() < high
    agree(f"{name}: in the end the radius is from {low} to {high}", ends)

# %% [markdown]
# That WGAN and WGAN-GP with finitely many critic steps need not converge is proved in the
# same paper; the WGAN cycles were found by
# [Nagarajan and Kolter 2017](https://arxiv.org/abs/1706.04156). See all six:

# %%
begin = 1.0, 0.0
swing, turns = (simulate(gan, 0.2, 170, begin, alternating) for alternating in (0, 1))
pushed = simulate(gan, 0.2, 90, begin, momentum=0.5)
panels = [("simultaneous", gan, swing), ("alternating", gan, turns)]
diagrams.phase_plane([*panels, ("momentum ½", gan, pushed)])

# %% [markdown]
# **Figure.** Three phase planes, fakes' place θ to the right, D's slope ψ upwards, the
# goal a blue cross in the centre. Simultaneous steps spiral outwards, alternating ones go
# round a closed curve, and momentum throws the path out in fewer than ninety steps.

# %%
panels = [("R1, γ = ½", braked, simulate(braked, 0.1, 400, begin))]
panels += [("instance noise, σ = 1", noise, simulate(noise, 0.1, 400, begin))]
panels += [("WGAN-GP", wgan_gp, simulate(wgan_gp, 0.02, 2_000, begin))]
diagrams.phase_plane(panels)

# %% [markdown]
# **Figure.** R1 and instance noise bend the arrows inwards, and both paths end in the
# goal. The path of WGAN-GP runs into a cycle around it and never leaves that cycle.

# %% tags=["nbval-ignore-output"]
wound = simulate(braked, 0.2, 100, begin, alternating=True)
paths = {
    "simultaneous": (swing[:101], "purple"),
    "alternating": (turns[:101], "orange"),
}
frames = diagrams.chase(paths | {"R1": (wound, "green")}, every=5, limits=(-2, 2))
plotting.animation(frames, frames_per_second=5, max_bytes=80_000)

# %% [markdown]
# **Figure.** Animation of a hundred steps: three dots start together. The purple one
# (simultaneous) drifts outwards, the orange one (alternating) keeps its circle, the green
# one (R1) winds into the centre.
#
# ### Momentum, two time scales, averaging
#
# Positive momentum adds to the rotation; with alternating steps a *negative* one damps it
# ([Gidel et al. 2019](https://arxiv.org/abs/1807.04740)). GAN recipes therefore lower
# Adam's β₁ to ½ or 0. The growth again equals an eigenvalue:
#
# **Two time scales** ([Heusel et al. 2017](https://arxiv.org/abs/1706.08500)): let D learn
# $r$ times faster than G. That alone only turns the circle faster; together with a brake
# it brakes $r$ times harder, as long as $r\gamma^2<1$.

# %%
for beta in (0.5, -0.3):
    push, one = h * dirac_gan.jacobian(gan), np.eye(2)
    step = np.block([[one + push, beta * one], [push, beta * one]])
    expected = np.abs(np.linalg.eigvals(step)).max()
    found = np.exp(growth(simulate(gan, h, 80, (1e-9, 0.0), momentum=beta), 20))
    agree(f"momentum {beta}: radius × {expected:.4f}", found, expected, 2e-3)
path = simulate(gan, h, 2_000, (1.0, 1.0), alternating=True, momentum=-0.3)
agree("alternating with momentum −0.3 arrives", path[-1], 0.0, 1e-6)
for gamma, faster, decay in ((0.2, 1, 0.1), (0.2, 4, 0.4), (0.0, 4, 0.0)):
    scaled = np.diag([1, faster]) @ dirac_gan.jacobian(dirac_gan.r1(gamma))
    found = -np.linalg.eigvals(scaled).real.max()
    agree(f"γ = {gamma}, D {faster} times as fast: decay {decay}", found, decay, 1e-6)

# %% [markdown]
# **Averaging**: if G circles around the goal, the mean of its weights is near the goal.
# The exponential moving average, EMA
# ([Yazıcı et al. 2019](https://arxiv.org/abs/1806.04498)), shrinks a rotation by ω a step
# to $|(1-\beta)/(1-\beta e^{-i\omega})|$ of its radius. Samples should come from the
# averaged G.

# %%
turns = simulate(gan, h, 6_000, start, alternating=True)
paths = np.stack([turns, dirac_gan.average(turns, decay=0.99)])[:, 3_000:]
radius, averaged = np.linalg.norm(paths, axis=2).mean(axis=1)
turn = np.linalg.eigvals([[1, -h / 2], [h / 2, 1 - h * h / 4]])[0]  # of modulus 1
expected = abs(0.01 / (1 - 0.99 / turn))
agree(f"averaging leaves {expected:.1%}", averaged / radius, expected, 1e-4)

# %% [markdown]
# The other means of the trade, and what they do to the game:
#
# | means | effect |
# |---|---|
# | Adam | steps of one length near the goal: a small cycle, smaller with less β₁ and a brake |
# | weight decay | on D: the same as R1 here, see above |
# | initialisation | decides where you start on the circle, not whether you arrive |
# | gradient clipping | bounds a single step; it adds no damping |
# | balancing D and G | keeps D near its optimum but not saturated: 1 to 5 D steps |
# | BatchNorm | eases G's training; in D it couples samples, see Part 3 |
# | residual blocks | let deep players train at all |
# | noise injection | on D's input: instance noise, see above; in G: fine detail |
#
# ## Part 5: mode collapse
#
# G **collapses** when it draws only a few of the data's modes. The game itself invites
# it: against a *fixed* D the best reply of G is a single point, the one that D likes
# most. Let both reply in turn: the data have two modes, and G sits on either. D answers, G
# answers, …

# %%
two, centres = (normal(-2, 0.5) + normal(2, 0.5)) / 2, np.array([-2.0, 2.0])
place, visited = -2.0, []
for _ in range(8):
    fakes = normal(place, 0.5)
    believed = np.interp(centres, x, two / (two + fakes))  # D's best reply
    place = centres[believed.argmax()]  # G's best reply
    visited.append(place)
agree("G hops from mode to mode", visited, [2, -2] * 4)

# %% [markdown]
# No step improves on the one before: collapse is a *cycle*, the circle of Part 4 in data
# space. Now with networks, on two benchmarks: a ring of 8 modes and a grid of 25. The bare
# GAN has the non-saturating loss and nothing else, once with momentum β₁ = 0.9. The
# **paired** GAN has the relativistic loss with R1 and R2, explained in Part 6. One seed each.

# %% tags=["nbval-ignore-output"]
grid, damped = datasets.grid(20_000, seed=SEED), [losses.r1(0.2), losses.r2(0.2)]
on_ring = ring, datasets.ring_centres(), 0.01, STEPS[0]
on_grid = grid, datasets.grid_centres(), 0.05, STEPS[1]
settings = {
    "ring, bare": (on_ring, "non_saturating", [], 0.9),
    "ring, paired": (on_ring, "relativistic", damped, 0.5),
    "grid, bare": (on_grid, "non_saturating", [], 0.5),
    "grid, paired": (on_grid, "relativistic", damped, 0.5),
}
drawn, modes, LEAST = {}, {}, {"ring": 8, "grid": 23}
for name, ((data, centres, std, steps), loss, penalties, beta) in settings.items():
    runtime.set_seed(SEED)
    gan = training.GAN(mlp(2, 128, 2), mlp(2, 128, 1), latent_dim=2, ema_decay=0.0)
    adam = [keras.optimizers.Adam(2e-3, beta_1=beta) for _ in "DG"]
    gan.compile(loss, penalties, *adam, steps_per_execution=steps // 5)
    watch = monitoring.FixedNoise(steps // 5, n=2_500)
    gan.fit(data, batch_size=256, steps_per_epoch=steps, callbacks=[watch], verbose=0)
    found = metrics.mode_coverage(watch.snapshots[-1][1], centres, std)
    drawn[name], modes[name] = watch.snapshots[1:], found.modes
    print(f"{name}: {found}")
if runtime.scale() != "smoke":  # where nothing is learned
    for name, least in LEAST.items():
        agree(
            f"{name}, paired: {least} modes or more", modes[f"{name}, paired"] >= least
        )
        agree(f"{name}: the bare GAN finds fewer", modes[f"{name}, bare"] < least)

# %% [markdown]
# First the bare GAN with much momentum, on the ring. Watch the orange dots over the
# training.

# %%
diagrams.snapshots(ring, drawn["ring, bare"], reach=1.6)

# %% [markdown]
# **Figure.** Five moments of the bare GAN with β₁ = 0.9, over the eight blue clusters of
# the ring: all orange fakes sit together in one heap or streak, which is somewhere else each
# time and touches one or two clusters at most. (With β₁ = ½ the bare GAN, too, finds all
# eight; it is the grid that tells the losses apart.)
#
# Now the grid, bare above and paired below.

# %%
diagrams.snapshots(grid, drawn["grid, bare"], reach=6)

# %% [markdown]
# **Figure.** The bare GAN on the grid: the fakes first form a hollow square, then rays
# through some of the 25 clusters; others, mostly in the middle, are left alone.

# %%
diagrams.snapshots(grid, drawn["grid, paired"], reach=6)

# %% [markdown]
# **Figure.** With pairing and penalties: the fakes spread over the whole grid early and then
# contract onto its clusters.
#
# Published counts for comparison (Lin et al. 2018, ten runs each): a plain GAN finds 6.3
# of 8 and 17.3 of 25 modes, ALI 6.6 and 24.1, PacGAN with packs of four 7.8 and 24.8.
# Their networks differ from ours. Three cures of that time:
#
# - **unrolling** ([Metz et al. 2017](https://arxiv.org/abs/1611.02163)): G looks a few
#   steps of D ahead, so that hopping no longer pays;
# - **VEEGAN** ([Srivastava et al. 2017](https://arxiv.org/abs/1705.07761)): a third
#   network must recover $z$ from data, also from modes that G has left;
# - **packing** ([Lin et al. 2018](https://arxiv.org/abs/1712.04086)): D judges several
#   samples at once, so that a lack of variety shows.
#
# Why packing works fits into a cell. Two wrong generators have the *same* TV from the
# data; one has lost a fifth of them, the other is a bit uneven. Show D pairs:
#
# D sees the lost modes 1.5 times as clearly as the unevenness. And how do you *detect*
# collapse without knowing the modes? The **birthday test** of
# [Arora and Zhang 2017](https://arxiv.org/abs/1706.08224) (with Risteski at ICLR 2018): if
# half of all batches of $n$ samples hold two that are nearly the same, G draws from only
# about $n^2/(2\ln 2)$ pictures.

# %%
uniform, packed = np.full(10, 0.1), lambda p: np.outer(p, p)
lost, uneven = np.repeat([0.0, 0.125], [2, 8]), np.repeat([0.06, 0.14], 5)
for name, other, pair in (("lost", lost, 0.36), ("uneven", uneven, 0.24)):
    single = divergences.total_variation(uniform, other)
    double = divergences.total_variation(packed(uniform), packed(other))
    agree(f"{name}: TV of samples 0.2, of pairs {pair}", [single, double], [0.2, pair])
batches = np.sort(rng.integers(400, size=(20_000, 24)))  # G knows 400 pictures
pairs = (np.diff(batches) == 0).any(axis=1).mean()
chance = 1 - np.prod(1 - np.arange(24) / 400)
agree(f"{chance:.1%} of the batches hold a pair", pairs, chance, 0.012)
agree("24²/(2 ln 2) = 415.5 pictures", 24**2 / (2 * np.log(2)), 415.5, 0.01)

# %% [markdown]
# ## Part 6: other losses, other distances
#
# The JSD is one of many **f-divergences** $D_f(p\Vert q)=\int q\,f(p/q)$, with $f$ convex and
# $f(1)=0$. [Nowozin et al. 2016](https://arxiv.org/abs/1606.00709) turn each into a GAN
# through the **conjugate** $f^*(t)=\max_u ut-f(u)$:
#
# $$D_f(p\Vert q)=\max_T\ \mathbb{E}_p T-\mathbb{E}_q f^*(T),\qquad T^*=f'(p/q).$$
#
# Compute the conjugate by brute force and see the divergence come back.

# %%
near = p / q > 1e-25  # all but a tail without mass
ratio, mass = (p / q)[near], q[near]
for name, (f, slope) in divergences.GENERATORS.items():
    best = slope(ratio)  # D's best reply, T*
    dual = p[near] @ best - mass @ divergences.conjugate(f, best)
    direct = mass @ f(ratio)
    agree(f"{name}: the dual gives the divergence", dual / direct, 1.0, 1e-4)
agree("the last one is 2·JSD", direct, 2 * jsd(p, q), 1e-6)

# %% [markdown]
# Which one you choose decides how G fails: KL punishes missing modes, reverse KL punishes
# samples where there is no data. With an imperfect G the first blurs, the second drops
# modes.
#
# **LSGAN** ([Mao et al. 2017](https://arxiv.org/abs/1611.04076)) replaces the logarithms by
# squares: D aims at $a$ for fakes and $b$ for real samples, G at $c$. If $b-c=1$ and
# $b-a=2$, the game's $\int(p+q)(D^*-c)^2$ is the Pearson $\chi^2$ between $p+q$ and $2q$.
# The usual coding $a=0$, $b=c=1$ breaks these conditions; compute what it gives.
#
# **Hinge** ([Lim and Ye 2017](https://arxiv.org/abs/1705.02894)): D stops caring once a
# sample is on its right side by a margin of 1. Its best reply is $\pm1$, and its loss
# $2\int\min(p,q)=2-2\,\mathrm{TV}$: the game is about the total variation.

# %%
chi2 = ((2 * q - (p + q)) ** 2 / (p + q)).sum()  # Pearson's, of p + q and 2q
for (a, b, c), expected in (((-1, 1, 0), chi2), ((0, 1, 1), 1 / 2 + chi2 / 4)):
    best = (b * p + a * q) / (p + q)  # D's best reply
    agree(
        f"LSGAN {a, b, c}: {expected:.4f}", ((p + q) * (best - c) ** 2).sum(), expected
    )
answers = np.linspace(-2, 2, 401)
on_real, on_fake = np.maximum(0, 1 - answers), np.maximum(0, 1 + answers)
lowest = (p[:, None] * on_real + q[:, None] * on_fake).min(axis=1).sum()
tv = divergences.total_variation(p, q)
agree("D's best hinge loss is 2 − 2·TV", lowest, 2 - 2 * tv)


# %% [markdown]
# So the usual coding still falls and rises with χ².
#
# **Relativistic pairing** ([Jolicoeur-Martineau 2019](https://arxiv.org/abs/1807.00734))
# asks only whether a real sample scores higher than a fake one:
# $\mathbb{E}\ln\sigma(D(x)-D(G(z)))$.
# [Sun, Fang, Schwing 2020](https://arxiv.org/abs/2011.04926) show why that covers modes.
# Two data points, two fakes; how high is D's best value as the fakes go from collapse
# (both on point 0) through "one leaves" to success?


# %%
def separate(d, fakes):  # d: D's logits on three points; the data are on 0 and 1
    return (np.logaddexp(0, -d[:2]) + np.logaddexp(0, d[fakes])).mean() / 2


def paired(d, fakes):
    return np.logaddexp(0, d[fakes] - d[:2]).mean()


for loss, middle in ((separate, -0.47739), (paired, -np.log(2) / 2)):
    values = []
    for fakes in ([0, 0], [0, 2], [0, 1]):  # collapsed, one leaves, success
        best = optimize.minimize(loss, np.zeros(3), fakes, bounds=[(-30, 30)] * 3)
        values.append(-best.fun)
    expected = [middle, -np.log(2) / 2, -np.log(2)]
    agree(f"{loss.__name__}: {np.round(expected, 3)}", values, expected, 1e-4)

# %% [markdown]
# With separate losses G must first climb from −0.48 to −0.35: collapse is a valley. With
# pairing the way is level, then down. R1 and R2 add the damping of Part 4: together they
# are locally convergent and cover modes, the recipe of R3GAN
# ([Huang et al. 2024](https://arxiv.org/abs/2501.05441)).
#
# ## Part 7: how good is a generator?
#
# There is no likelihood to compute, so one compares *sets* of samples, by features. The
# **Fréchet distance** fits a Gaussian to each set (Heusel et al. 2017):
#
# $$\Vert \mu_1-\mu_2\Vert^2+\mathrm{Tr}\bigl(\Sigma_1+\Sigma_2-2(\Sigma_1\Sigma_2)^{1/2}\bigr).$$
#
# It is called FID only on Inception-v3 features.
#
# Make two sets whose moments are known exactly. Then draw *both* sets from one Gaussian: the
# distance should be 0. Is it? The **kernel distance**
# ([Bińkowski et al. 2018](https://arxiv.org/abs/1801.01401), KID) claims to be unbiased, so
# its mean should be 0 at any n.

# %%
exact = rng.normal(size=(500, 3))
exact = np.linalg.qr(exact - exact.mean(axis=0))[0] * np.sqrt(499)  # mean 0, Σ = I
other = exact * [1.0, 2.0, 0.5] + [1.0, 0.0, 2.0]
distance = metrics.frechet_distance(exact, other)
agree("Fréchet: 1² + 2² + (2 − 1)² + (½ − 1)²", distance, 6.25)
sizes, frechet, kernel = np.array([50, 100, 200, 400, 800]), [], []
for n in sizes:
    draws = rng.normal(size=(30, 2, n, 8))
    frechet.append(np.mean([metrics.frechet_distance(*pair) for pair in draws]))
    kernel.append([metrics.kernel_distance(*pair) for pair in draws])
errors = np.mean(kernel, axis=1) / np.std(kernel, axis=1) * np.sqrt(30)
agree("Fréchet of equals falls with n", (np.diff(frechet) < 0).all())
power = np.polyfit(np.log(sizes), np.log(frechet), 1)[0]
agree("  like 1/n", power, -1.0, 0.05)
agree("kernel distance: 0 within standard errors", errors, 0.0, 3.5)
lines = {"Fréchet": (frechet, "fake"), "kernel": (np.mean(kernel, axis=1), "real")}
diagrams.curves(sizes, lines, xlabel="samples $n$ in each set", ylabel="mean distance")

# %% [markdown]
# **Figure.** Two sets from one Gaussian, mean of thirty draws: the Fréchet distance falls
# from about 1 at n = 50 towards 0, the kernel distance stays near 0 for every n.
#
# So a Fréchet distance means nothing without n and without what real data score at that
# n. Worse, its bias differs from model to model
# ([Chong and Forsyth 2020](https://arxiv.org/abs/1911.07023)).
#
# ### Two failures, two numbers
#
# One number cannot tell collapse from blur. **Precision** asks which share of the fakes
# lies among real samples, **recall** which share of the real among fakes
# ([Kynkäänniemi et al. 2019](https://arxiv.org/abs/1904.06991)); **coverage** is a robust
# sister of recall ([Naeem et al. 2020](https://arxiv.org/abs/2002.09797)). Build both
# failures on purpose.

# %%
real, other = (datasets.ring(1_600, seed=seed, std=0.05) for seed in (1, 2))
kept = metrics.nearest_neighbours(other, datasets.ring_centres())[0][:, 0] < 4
precision, recall = metrics.precision_recall(real, other[kept])
_, coverage = metrics.density_coverage(real, other[kept])
agree("four of eight modes: precision 1", precision, 1.0, 0.06)
agree("  recall and coverage one half", [recall, coverage], 0.5, 0.04)
blurred = datasets.ring(1_600, seed=2, std=0.4)
precision, recall = metrics.precision_recall(real, blurred)
agree("blur: recall over 0.8, precision under 0.5", recall > 0.8 and precision < 0.5)

# %% [markdown]
# ### Two measures that mislead
#
# **SSIM** compares two pictures window by window, place for place. A digit moved by two pixels is as good as
# before, a blurred one is not. **Classifier confidence** asks how sure a classifier is.
# Predict: how sure is a digit classifier of white noise?

# %%
digits, network = datasets.load("digits"), features.load("digits")
some = digits.x_test[:100]
moved, blurred = np.roll(some, 2, 2), ndimage.gaussian_filter(some, (0, 1.5, 1.5, 0))
move, blur = (np.mean(tf.image.ssim(some, fake, 2.0)) for fake in (moved, blurred))
agree("SSIM prefers the blur to the move", blur > move + 0.3)
white = np.clip(0.5 * rng.normal(size=(1_000, 28, 28, 1)), -1, 1).astype("float32")
sure = network.embed(white).probabilities
agree("confidence on white noise over 0.95", sure.max(axis=1).mean() > 0.95)
agree("the inception score sees that", metrics.inception_score(sure) < 1.3)
stored = network.embed(digits.x_train).features  # of a G that copies
agree("a copy: Fréchet 0", metrics.frechet_distance(stored, stored), 0.0, 1e-6)
agree("a copy: precision, recall 1", metrics.precision_recall(stored, stored), 1.0)
rows = np.concatenate([part[:10] for part in (some, moved, blurred, white)])
plotting.image_grid(rows, columns=10, labels=["real", "moved", "blurred", "noise"])

# %% [markdown]
# **Figure.** Ten digits in four rows: real; moved by two pixels, which SSIM calls bad;
# blurred, which SSIM prefers; and white noise, of which the classifier is as sure as of
# digits.
#
# SSIM also needs to know *which* real picture a fake should be compared with, and a GAN has
# no such pairs. The inception score (10 at best here) at least demands variety, but it never
# looks at the data. And measured against the training set, a generator that **stores it**
# gets full marks: look for memorisation separately, by nearest neighbours, as chapter 2
# does.
#
# ## Part 8: three tricks in miniature
#
# Later chapters use each of them. First **checkerboards**
# ([Odena et al. 2016](https://distill.pub/2016/deconv-checkerboard/)): a transposed
# convolution whose kernel is not a multiple of its stride paints some pixels more often
# than others. WaveGAN's **phase shuffle**
# ([Donahue et al. 2019](https://arxiv.org/abs/1802.04208)) moves D's features by a random
# −2 … 2 steps, so that D cannot recognise fakes by the *phase* of that pattern.
#
# **Augmenting for D**: with little data, show D rotated or shifted pictures, real *and*
# fake ([Karras et al. 2020](https://arxiv.org/abs/2006.06676),
# [Zhao et al. 2020](https://arxiv.org/abs/2006.10738)). G then learns to match augmented
# $q$ with augmented $p$. That is safe if the augmentation can be undone as a map of
# distributions. Take random quarter turns of pictures that come upright, with chance
# $\alpha$ of being turned at random.

# %%
for kernel, painted in ((5, [3, 2, 3, 2]), (4, [2, 2, 2, 2])):
    layer = layers.Conv1DTranspose(1, kernel, 2, kernel_initializer="ones")
    inner = layer(np.ones((1, 8, 1), "float32")).numpy().ravel()[6:10]
    agree(f"kernel {kernel}, stride 2 paints {painted} times", inner, painted)
phases = np.exp(2j * np.pi * np.arange(-2, 3) / 4)  # of a pattern with period 4
agree("shuffled by −2 … 2 a fifth of it is left", np.abs(phases.mean()), 0.2)
upright, turn = np.eye(4)[0], 0.2 * np.eye(4) + 0.8 / 4  # α = 0.8; first α = 1:
agree("α = 1 cannot be undone", np.linalg.matrix_rank(np.full((4, 4), 1 / 4)), 1)
agree("both turned: G learns upright", np.linalg.solve(turn, turn @ upright), upright)
agree("only real turned: G learns turned", turn @ upright, [0.4, 0.2, 0.2, 0.2])

# %% [markdown]
# ## The family tree
#
# Ten years in one figure: what each paper built on. Names, authors and years
# follow in the table.

# %%
diagrams.family_tree()

# %% [markdown]
# **Figure.** A time line from 2014 to 2024 with sixteen named boxes, joined to what they
# built on. From GAN four branches leave: conditional ones (top), convolutional ones to
# StyleGAN and R3GAN (middle), and Wasserstein ones with their normalisations (below).
#
# | year | name | authors | what it added |
# |---|---|---|---|
# | 2014 | [GAN](https://arxiv.org/abs/1406.2661) | Goodfellow et al. | the game |
# | 2014 | [conditional GAN](https://arxiv.org/abs/1411.1784) | Mirza, Osindero | a label for both players |
# | 2015 | [DCGAN](https://arxiv.org/abs/1511.06434) | Radford, Metz, Chintala | a convolutional recipe that trains |
# | 2016 | [InfoGAN](https://arxiv.org/abs/1606.03657) | Chen et al. | codes with a meaning, without labels |
# | 2016 | [pix2pix](https://arxiv.org/abs/1611.07004) | Isola et al. | picture to picture, from pairs |
# | 2016 (ICML 2017) | [AC-GAN](https://arxiv.org/abs/1610.09585) | Odena, Olah, Shlens | D also names the class |
# | 2017 | [WGAN](https://arxiv.org/abs/1701.07875) | Arjovsky, Chintala, Bottou | Wasserstein distance, by clipping weights |
# | 2017 | [CycleGAN](https://arxiv.org/abs/1703.10593) | Zhu et al. | picture to picture, without pairs |
# | 2017 | [WGAN-GP](https://arxiv.org/abs/1704.00028) | Gulrajani et al. | the gradient penalty |
# | 2017 | [progressive growing](https://arxiv.org/abs/1710.10196) | Karras et al. | 1024² pixels, layer by layer |
# | 2017 (CVPR 2018) | [StarGAN](https://arxiv.org/abs/1711.09020) | Choi et al. | many domains, one generator |
# | 2018 | [SN-GAN](https://arxiv.org/abs/1802.05957) | Miyato et al. | spectral normalisation |
# | 2018 | [WaveGAN](https://arxiv.org/abs/1802.04208) | Donahue, McAuley, Puckette | raw audio |
# | 2018 | [BigGAN](https://arxiv.org/abs/1809.11096) | Brock, Donahue, Simonyan | scale, and the truncation trick |
# | 2018 | [StyleGAN](https://arxiv.org/abs/1812.04948) | Karras, Laine, Aila | control at every scale |
# | 2024 | [R3GAN](https://arxiv.org/abs/2501.05441) | Huang et al. | a modern baseline without tricks |

# %% [markdown]
# ## What GANs are used for, and what replaced them
#
# | task | a GAN for it | today |
# |---|---|---|
# | pictures from noise or text | StyleGAN, BigGAN | mostly diffusion models ([Dhariwal, Nichol 2021](https://arxiv.org/abs/2105.05233)); GANs where one fast step counts |
# | in-painting | adversarial losses since 2016 | latent diffusion claims the state of the art ([Rombach et al. 2022](https://arxiv.org/abs/2112.10752)) |
# | super-resolution | SRGAN ([Ledig et al. 2017](https://arxiv.org/abs/1609.04802)) | GAN losses remain in fast upscalers; diffusion for the best detail |
# | style and domain transfer | pix2pix, CycleGAN | text-guided diffusion; unpaired GANs where data are few and special |
# | data augmentation | any conditional GAN | in use; gains must be shown on real test data |
# | low-dimensional codes | InfoGAN, StyleGAN | self-supervised encoders for features, StyleGAN codes for editing |
# | speech | HiFi-GAN ([Kong et al. 2020](https://arxiv.org/abs/2010.05646)) | not replaced: GAN vocoders are a standard last stage |
# | music and sound effects | WaveGAN | autoregressive and diffusion models, often on codes of GAN-trained codecs |
# | anomaly detection | AnoGAN ([Schlegl et al. 2017](https://arxiv.org/abs/1703.05921)) | methods on pretrained features |
# | medical pictures | CycleGAN-like translation | in research use; diffusion is taking over, and invented detail is a danger |
# | text | SeqGAN | never competitive: autoregressive language models |
#
# **Why text is hard**: words are discrete. G must *pick* one, and picking has no
# derivative; [Yu et al. 2017](https://arxiv.org/abs/1609.05473) had to use reinforcement
# learning.

# %%
scores = tf.constant([[0.1, 2.0, 0.3]])
with tf.GradientTape(persistent=True) as tape:
    tape.watch(scores)
    word, share = tf.one_hot(tf.argmax(scores, 1), 3), tf.nn.softmax(scores)[0, 1]
agree("no gradient through a choice", tape.gradient(word, scores) is None)
agree("but one through a probability", tape.gradient(share, scores)[0, 1] > 0.1)

# %% [markdown]
# ## Where GANs stand
#
# | family | learns by | samples in | density | typical fault |
# |---|---|---|---|---|
# | GAN | a game | one pass | none | instability, lost modes |
# | VAE | a bound on the likelihood | one pass | a bound | blur |
# | flow | the likelihood, invertible layers | one pass | exact | heavy networks |
# | autoregressive | the likelihood, piece by piece | many passes, in order | exact | slow |
# | diffusion | removing noise | tens of passes | a bound | slow |
#
# Diffusion and autoregressive models are easier to train and cover modes better, and took
# over large-scale generation. GANs remain where one fast pass counts, and as a *loss*: in
# vocoders, codecs, and in the distillation of diffusion models to few steps
# ([Sauer et al. 2023](https://arxiv.org/abs/2311.17042)). Strengths: sharp, fast, no
# labels, no likelihood. Limits: unstable, may collapse, costly to tune, hard to evaluate,
# hard to interpret.
#
# ### Bias, misuse, memory
#
# - **Bias.** G can at best reproduce its data, with their imbalances; collapse makes rare
#   groups rarer. [Jain et al. 2020](https://arxiv.org/abs/2001.09528) measured that GANs
#   trained on skewed face pictures skew gender and skin tone further. Count classes, as
#   `rarest_class` does in chapter 2.
# - **Misuse.** Faces and voices of real people can be forged. Ask for consent, say that a
#   sample is synthetic, and do not publish models of identifiable people without it.
# - **Memory.** Samples can reveal training data. Diffusion models were found to be much
#   less private than GANs ([Carlini et al. 2023](https://arxiv.org/abs/2301.13188)), which
#   does not make GANs safe: check nearest neighbours before you release anything trained
#   on private data.

# %% [markdown]
# ## Myths
#
# Sentences that circulate, and what a cell or a source says to them.
#
# **"G minimises the mean squared error between $x_i$ and $G(z_i)$."** There are no pairs:
# $z_i$ is drawn at random. Do it nevertheless, with the best linear G:

# %%
images = digits.x_train.reshape(len(digits.x_train), -1)
codes = np.column_stack([rng.normal(size=(len(images), 16)), np.ones(len(images))])
best_g = np.linalg.lstsq(codes, images, rcond=None)[0]
drawn = codes @ best_g
variety = drawn.var(axis=0).sum() / images.var(axis=0).sum()
agree("variety left: 16/n, next to nothing", variety, 16 / len(images), 4e-3)
plotting.image_grid(drawn[:10].clip(-1, 1).reshape(-1, 28, 28, 1), columns=10)

# %% [markdown]
# **Figure.** Ten samples of this G: the same grey smear ten times, the mean of all digits.
#
# **"Training has converged when the two losses are close."** A constant D and a G that
# draws noise have equal losses (D's counted per sample):
#
# **"The whole loss is α·L_G + (1−α)·L_D."** One sum for both players is no game. In the
# minimax case the halves cancel all that G could learn from.
#
# **"The gradient for G vanishes when D(G(z)) is near 1."** It is near 0, and only with the
# saturating loss.
#
# **"GANs need large amounts of labelled data."** A training step of this course's `GAN`
# takes real samples, and nothing else.

# %%
loss, zero = losses.non_saturating, tf.zeros((100, 1))
halved = loss.d_loss(zero, zero) / 2  # the mean over real and fake
agree("D constant: equal losses", halved, loss.g_loss(None, zero), 1e-6)
real, noise = (network.embed(part).features for part in (digits.x_test, white))
floor = metrics.frechet_distance(real[::2], real[1::2])
agree("but 20 real floors apart", metrics.frechet_distance(real, noise) > 20 * floor)
real_logits, fake_logits = tf.constant(rng.normal(size=(2, 64, 1)))
with tf.GradientTape() as tape:
    tape.watch(fake_logits)
    total = losses.minimax.d_loss(real_logits, fake_logits)
    total += losses.minimax.g_loss(None, fake_logits)
agree("the sum teaches G nothing", tape.gradient(total, fake_logits), 0.0)
agree("saturating slope −1 at D ≈ 1, 0 at D ≈ 0", [weak[-1], weak[0]], [-1, 0], 1e-4)
taken = training.GAN.train_step.__code__.co_varnames[:2]
agree("a training step takes real samples alone", taken == ("self", "real"))

# %% [markdown]
# And three more:
#
# - **"High classifier confidence means good samples."** White noise, Part 7.
# - **"WGAN is the GAN with spectral normalisation."** WGAN clips weights (Arjovsky et al.
#   2017); spectral normalisation is SN-GAN (Miyato et al. 2018).
# - **"WaveNet is a GAN", "GPT-2 is a GAN".** Both predict the next piece and maximise a
#   likelihood: [WaveNet](https://arxiv.org/abs/1609.03499) calls itself
#   *autoregressive* in its abstract, and GPT-2 (Radford et al. 2019) is a language model.

# %% [markdown]
# ## Exercises
#
# From pencil to code. Replace each `...` and run the check below it. Solutions stand in
# `solutions/01_theory_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: the extremes
#
# Real and fake supports are disjoint, D is ideal. What are D's loss and the JSD? Answer
# without running anything: a pair of numbers.

# %% tags=["stub"]
extremes = ...

# %% tags=["check"]
exercises.check("Exercise 1 · D's loss and the JSD", extremes, (0.0, np.log(2)))

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>D's loss is ln 4 − 2·JSD, and D is never wrong.</details>

# %% tags=["solution"]
extremes = (0.0, np.log(2))  # ln 4 − 2 ln 2 = 0


# %% [markdown]
# ### Exercise 2: more real than fake
#
# A share π of what D sees is real, and 1 − π fake. Redo the five lines: which probability
# does the best D answer where the densities are `p` and `q`?


# %% tags=["stub"]
def best_d(p, q, share):
    return ...


# %% tags=["check"]
cases = [((1.0, 1.0, 0.5), 0.5), ((1.0, 1.0, 0.75), 0.75), ((0.2, 0.6, 0.5), 0.25)]
exercises.check_function("Exercise 2 · unequal shares", best_d, cases)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Put a = πp and b = (1 − π)q into line 3.</details>


# %% tags=["solution"]
def best_d(p, q, share):
    return share * p / (share * p + (1 - share) * q)


# %% [markdown]
# ### Exercise 3: the earth mover sorts
#
# Return $W_1$ of two arrays of equally many numbers.


# %% tags=["stub"]
def w1(a, b):
    return ...


# %% tags=["check"]
cases = [(([0.0, 1.0], [1.0, 0.0]), 0.0), (([0.0, 3.0], [5.0, 1.0]), 1.5)]
exercises.check_function("Exercise 3 · W₁", w1, cases)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Smallest to smallest, second to second: `np.sort`, then
# the mean way.</details>


# %% tags=["solution"]
def w1(a, b):
    return np.abs(np.sort(a) - np.sort(b)).mean()


# %% [markdown]
# ### Exercise 4: the best brake
#
# For a Dirac-GAN with any loss, $c=f'(0)$, R1 gives a Jacobian with the rows $(0,-c)$ and
# $(c,-\gamma)$. Return the γ with the fastest decay.


# %% tags=["stub"]
def critical_gamma(c):
    return ...


# %% tags=["check"]
cases = [(0.5, 1.0), (1.0, 2.0)]
exercises.check_function("Exercise 4 · critical γ", critical_gamma, cases)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>λ² + γλ + c² = 0. Decay is fastest where the root
# vanishes.</details>


# %% tags=["solution"]
def critical_gamma(c):
    return 2 * c  # γ²/4 = c²


# %% [markdown]
# ### Exercise 5: a gradient penalty by hand
#
# The critic is $f(x)=x^2/2$ in one dimension. Return $(|f'(\hat x)|-1)^2$ at
# $\hat x=\varepsilon x+(1-\varepsilon)y$ for a real `x`, a fake `y` and `epsilon`.


# %% tags=["stub"]
def penalty_of_square(x, y, epsilon):
    return ...


# %% tags=["check"]
cases = [((0.0, 2.0, 0.5), 0.0), ((1.0, 1.0, 0.3), 0.0), ((-4.0, 0.0, 0.5), 1.0)]
exercises.check_function("Exercise 5 · gradient penalty", penalty_of_square, cases)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>f′(x̂) = x̂. Mind the absolute value.</details>


# %% tags=["solution"]
def penalty_of_square(x, y, epsilon):
    return (abs(epsilon * x + (1 - epsilon) * y) - 1) ** 2


# %% [markdown]
# ## Notation
#
# | symbol | code | meaning |
# |---|---|---|
# | $x$, $G(z)$ | `real`, `fake` | a real and a generated sample |
# | $z$ | `z`, `latent_dim` | noise, usually $N(0,I)$, and its length |
# | $p$, $q$ | | densities of real and generated samples |
# | $D(x)$ | | D's probability of "real" |
# | $s$ | `real_logits`, `fake_logits` | D before the sigmoid, $D=\sigma(s)$ |
# | $\sigma(s)$ | `expit`, `tf.sigmoid` | $1/(1+e^{-s})$ |
# | $L_D$, $L_G$ | `d_loss`, `g_loss` | what each player minimises |
# | $f$ | `critic` | a Wasserstein critic |
# | $\lambda$ | `losses.gradient_penalty(weight)` | weight of the gradient penalty |
# | $\gamma$ | `losses.r1(gamma)` | weight of R1, which is $\frac\gamma2\mathbb{E}\Vert \nabla D\Vert^2$ |
# | $\theta$, $\psi$ | | parameters of G and of D |
# | $\mu$, $\Sigma$ | | mean and covariance of features |
#
# ## Glossary
#
# - **autoregressive**: predicts the next piece from those before
# - **collapse**: G draws only a few of the data's modes
# - **coverage**: share of real samples with a fake nearby
# - **critic**: a D that scores instead of classifying; 1-Lipschitz in WGAN
# - **discriminator, D**: tells real from fake
# - **EMA**: exponential moving average of G's weights
# - **feature**: a number that a classifier's last hidden layer gives to a picture
# - **FID, KID**: Fréchet and kernel distance on Inception-v3 features, and only there
# - **floor**: what real data score against other real data
# - **generator, G**: turns noise into samples
# - **JSD**: Jensen–Shannon divergence, 0 … ln 2
# - **latent space**: where $z$ lives
# - **Lipschitz**: a function with bounded slope
# - **logit**: D's output before the sigmoid
# - **minimax, saturating**: G minimises $\ln(1-D(G(z)))$
# - **mode**: a cluster of data
# - **non-saturating**: G minimises $-\ln D(G(z))$
# - **precision, recall**: share of fakes among the real, of the real among fakes
# - **R1, R2**: squared slope of D at real, at fake samples
# - **spectral norm**: the largest singular value of a matrix
# - **support**: where a distribution can put samples
# - **TTUR**: two time scales, D learns faster than G
# - **value**: the number that D raises and G lowers
# - **Wasserstein distance**: the least work to move one distribution onto another
#
# ## Further reading
#
# - [Goodfellow 2016](https://arxiv.org/abs/1701.00160): the inventor's tutorial, and the
#   best next thing to read.
# - [Mescheder, Geiger, Nowozin 2018](https://arxiv.org/abs/1801.04406): Part 4 with
#   proofs, for real networks.
# - [Lucic et al. 2018](https://arxiv.org/abs/1711.10337): a fair comparison in which most
#   new losses did not beat the old one.

# %%
covered = {name: modes[f"{name}, paired"] >= least for name, least in LEAST.items()}
summary = {"measure": "statements checked", "value": len(CHECKED), "floor": None}
runtime.save_summary("01_theory", **summary, checks=covered)
