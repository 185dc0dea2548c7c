# %% [markdown]
# # Train stably: losses, penalties, and collapse
#
# You compare twelve ways to train the same GAN and see modes vanish and come back.

# %% [markdown]
# **You do**: count modes; put every well-known loss and penalty on one bench; try each
# cure alone.
#
# **You learn**: which recipe to start from, and what each cure is worth. Chapter 6 breaks
# trainings on purpose.
#
# **You need**: chapter 2; chapters 1, 10 and 12 have the theory of the losses. Two CPU cores
# take about six minutes. Expect all 25 modes of a grid, nine samples of ten within one.

# %% tags=["setup"]

# %% tags=["imports"]
import keras
import numpy as np
import tensorflow as tf
from IPython.display import Markdown, display
from keras import layers, ops

from ganutils import (
    datasets,
    metrics,
    plotting,
    training,
)
from ganutils.kit import exercises, runtime
from ganutils.metrics import bench, features
from ganutils.training import losses

# %% [markdown]
# ## Choose the sizes
#
# `smoke` only proves that each cell runs. `cpu` is for a laptop; `gpu` trains the stacked
# digits for long. The bench is so small that it runs alike on both.

# %% tags=["shared"]
SEED, BATCH, GAMMA = 0, 64, 0.03
RATES = 1.2e-3, 2e-3  # of D and of G
BENCH_STEPS = runtime.pick(smoke=20, cpu=10_000, gpu=10_000)
CURE_STEPS = runtime.pick(smoke=20, cpu=1_500, gpu=3_000)
CURES_TRIED = runtime.pick(smoke=1, cpu=3, gpu=13)
TRIED = runtime.pick(smoke=1, cpu=2, gpu=2)  # of two variants
STACK = runtime.pick(smoke=2, cpu=2, gpu=3)  # digits in one picture
STACK_STEPS = runtime.pick(smoke=20, cpu=600, gpu=50_000)
STACK_SAMPLES = runtime.pick(smoke=100, cpu=2_600, gpu=26_000)

# %% tags=["nbval-ignore-output"]
tf.get_logger().setLevel("ERROR")  # many small models: it would warn of retracing
print(runtime.banner())

# %% [markdown]
# ## Why training fails
#
# A loss goes down a hill; a game has none. Chapter 1 computed three ways to get lost: D
# is so sure that its **gradient vanishes**; the players **circle** each other and never
# settle; or G gives one answer to everything, which D cannot forbid: **mode collapse**.
# The losses alone do not tell which of these happens, so the first thing to build is a measure.
#
# ## Part 1: data whose modes can be counted
#
# Twenty-five clusters on a grid, σ = 0.05. A mode is *found* when a sample lies within
# 3σ of it; a sample is of *high quality* when it lies within 3σ of any mode; the *reverse
# KL* compares the modes' shares with even ones, in nats. The protocol is that of
# [Srivastava et al. 2017](https://arxiv.org/abs/1705.07761).

# %%
grid, centres = datasets.grid(100_000, seed=SEED), datasets.grid_centres()


def coverage(points):
    """Return which of the 25 modes are found, and how precisely."""
    return metrics.mode_coverage(points, centres, std=0.05)


def show(name, found):
    """Print one line of coverage."""
    print(f"{name:22} {found.modes:2} modes, {found.high_quality:6.1%} high quality, "
          f"reverse KL {found.reverse_kl:.3f}")  # fmt: skip


show("real points", coverage(grid[:2_500]))
show("two modes, exactly", coverage(centres[np.arange(2_500) % 2]))
show(
    "one broad Gaussian",
    coverage(2.8 * np.random.default_rng(0).normal(size=(2_500, 2))),
)

# %% [markdown]
# Real points score below 100 % because one Gaussian point in ninety lies beyond 3σ, and
# their reverse KL is above 0 because 2,500 points are never spread evenly. No generator
# can be expected to beat these two numbers.

# %% [markdown]
# ## One network, one optimizer, one budget
#
# A fair bench changes one thing. All twelve recipes share these players, Adam with
# rates that fall as a cosine, D's a little below G's, batches of 64, and the same number
# of D steps. What may differ: loss, penalty, bounds on D's weights, D steps for each G
# step.


# %% tags=["shared"]
class Clipped(keras.constraints.Constraint):
    """Keep every weight in [-limit, limit], as the first WGAN does."""

    def __init__(self, limit):
        self.limit = limit

    def __call__(self, weight):
        return ops.clip(weight, -self.limit, self.limit)


def dense(
    inputs, outputs, width=128, clip=None, spectral=False, residual=False, std=False
):
    """Return a multilayer perceptron of three hidden layers; it ends linear."""
    limit = None if clip is None else Clipped(clip)

    def layer(units, activation=None):
        bounds = {"kernel_constraint": limit, "bias_constraint": limit}
        made = layers.Dense(units, activation, **bounds)
        return layers.SpectralNormalization(made) if spectral else made

    x = start = keras.Input((inputs,))
    for i in range(3):
        hidden = layer(width, "relu")(x)
        x = x + hidden if residual and i else hidden
    x = MinibatchStd()(x) if std else x
    return keras.Model(start, layer(outputs)(x))


# %% [markdown]
# **Weight clipping** holds each weight in a box after each update: a Keras constraint.
# **Spectral normalisation** divides a matrix by its largest singular value: a wrapper
# around the layer. Both bound how steep D can be anywhere. The penalties ask for it
# instead, and only where the data are. `residual` and `std` wait for Part 3.

# %% tags=["shared"]
R1, R2 = losses.r1(GAMMA), losses.r2(GAMMA)
CRITIC = {"loss": "wasserstein", "d_steps": 5}
RECIPES = {
    "minimax": {"loss": "minimax"},
    "non-saturating": {},
    "least squares": {"loss": "least_squares"},
    "hinge": {"loss": "hinge"},
    "WGAN, clipping": CRITIC | {"players": {"in_d": {"clip": 0.1}}},
    "WGAN-GP": CRITIC | {"penalties": [losses.gradient_penalty(0.1)]},
    "hinge, spectral": {"loss": "hinge", "players": {"in_d": {"spectral": True}}},
    "non-sat., R1": {"penalties": [R1]},
    "non-sat., R2": {"penalties": [R2]},
    "non-sat., R1 + R2": {"penalties": [R1, R2]},
    "relativistic": {"loss": "relativistic"},
    "relativistic, R1 + R2": {"loss": "relativistic", "penalties": [R1, R2]},
}


# %% tags=["shared"]
def make_players(size=2, latent=2, pack=1, build=dense, in_g=(), in_d=()):
    """Return G: z → samples of `size` numbers, and D: `pack` samples → one logit."""
    g = build(latent, size, **{"width": 256, **dict(in_g)})
    return g, build(size * pack, 1, **dict(in_d))


def make_gan(
    d_batches, seed=SEED, rates=RATES, falling=True, clipnorm=None,
    make=make_players, players=(), **options,
):  # fmt: skip
    """Return a GAN; `rates` are D's and G's, `options` those of `GAN.compile`."""
    runtime.set_seed(seed)
    g, d = make(**dict(players))
    seen = (-1, *d.input_shape[1:])
    view = None if seen[1:] == g.output_shape[1:] else lambda x: tf.reshape(x, seen)
    gan = training.GAN(g, d, latent_dim=g.input_shape[1], seed=seed, view=view)
    lengths = d_batches, d_batches // options.get("d_steps", 1)
    if falling:
        rates = map(keras.optimizers.schedules.CosineDecay, rates, lengths)
    adam = {"beta_1": 0.0, "beta_2": 0.99, "clipnorm": clipnorm}
    options["d_optimizer"], options["g_optimizer"] = (
        keras.optimizers.Adam(rate, **adam) for rate in rates
    )
    long = d_batches > 1_000  # compiling takes seconds
    gan.compile(**{"jit_compile": long, "steps_per_execution": 20, **options})
    return gan


# %% [markdown]
# `pack` shows D several points side by side: one of the cures below. Now train two of
# the twelve from one seed, the original game and today's. Predict: how many of the 25
# modes will each find?

# %% tags=["nbval-ignore-output"]
clouds = {}
for name in ("minimax", "relativistic, R1 + R2"):
    gan = make_gan(BENCH_STEPS, **RECIPES[name])
    gan.fit(grid, batch_size=BATCH, steps_per_epoch=BENCH_STEPS, verbose=0)
    clouds[name] = gan.generate(2_500, seed=1)
    show(name, coverage(clouds[name]))
plotting.clouds({name: points[:500] for name, points in clouds.items()}, centres)

# %% [markdown]
# **Figure.** Two panels with the 25 centres as grey rings and 500 samples each as dots.
# Minimax leaves rings empty and strews dots between them; the relativistic loss with both
# penalties fills every ring, with few dots on the bridges between neighbours.
#
# ## The whole bench
#
# One run from one seed proves little. `benchmarks/stability.py` trains all twelve on this
# grid, on chapter 2's ring and on MNIST digits; `data/stability.npz` holds what it
# measured on two CPU cores. The last column says from how many seeds: trust a gap
# between single seeds only where it is wide.

# %%
results = bench.load()
display(Markdown(bench.table(results, "grid")))
plotting.clouds(
    {name: results.clouds["grid", name][:160] for name in results.of("grid")}, centres
)

# %% [markdown]
# **Figure.** Twelve panels, one for each recipe, of 160 samples over the 25 rings. Minimax
# and the non-saturating loss leave many rings empty. In the rows with R1 or R2 nearly all
# rings are full.
#
# **Bare losses** leave out modes, hinge the fewest. The rows of WGANs had 2,000 steps of G
# where the others had 10,000, and all rows have the rates that were chosen for the last
# one. So this table does not rank losses; it shows that R1 and R2 keep the modes here.

# %%
Markdown(bench.table(results, "ring"))

# %% [markdown]
# On the ring every recipe finds all eight modes: a test that everybody passes cannot
# rank anybody. The same on MNIST, with perceptrons and 2,000 D steps; modes are classes
# that have at least one sample in a hundred. Here γ is 0.2, λ 10, the box 0.01, the rate
# 1e-3 for both, as is usual for pictures; the rest stays as it was on the plane.

# %%
Markdown(bench.table(results, "digits"))

# %% [markdown]
# WGAN-GP alone draws all ten classes and comes nearest. The bare non-saturating row beats
# the winner of the grid, which draws six classes. What wins on points need not win on
# pictures. Each row has one seed: small gaps may be chance.
#
# ## Part 2: a thousand modes of digits
#
# The same count works on pictures. Stack MNIST digits as colour channels: three make
# 10 × 10 × 10 = 1,000 modes
# ([Metz et al. 2017](https://arxiv.org/abs/1611.02163)). A classifier reads each
# channel. Two channels, 100 modes, are enough for a laptop; `gpu` takes three.


# %% tags=["shared"]
def stacked(images, n, rng):
    """Return n pictures of `STACK` random digits, one in each channel."""
    chosen = rng.integers(len(images), size=(STACK, n))
    return np.concatenate([images[row] for row in chosen], axis=-1)


def stack_coverage(network, pictures):
    """Return how many numbers the classifier reads, and their reverse KL in nats."""
    channels = np.moveaxis(pictures, -1, 0)[..., None]
    digits = [network.embed(c).probabilities.argmax(axis=1) for c in channels]
    codes = sum(digit * 10**place for place, digit in enumerate(digits))
    counts = np.bincount(codes, minlength=10**STACK)
    return int((counts > 0).sum()), metrics.reverse_kl(counts)


# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("mnist")
print(data.source)
network, rng = features.load(data.name), np.random.default_rng(SEED)
pictures = stacked(data.x_train, 20_000, rng)
real = stacked(data.x_test, STACK_SAMPLES, rng)
real_modes, real_kl = stack_coverage(network, real)
print(f"real: {real_modes} of {10**STACK} modes, reverse KL {real_kl:.3f}")

# %% [markdown]
# Even real pictures have a reverse KL above 0: some numbers come up more often than
# others by chance. It is the floor for G at this number of samples.
#
# Convolutions now, chapter 3's kind in small and its rates, and the same two recipes.


# %% tags=["shared"]
def make_stack_players(channels=STACK, latent=64):
    """Return G and D of pictures 28×28×channels."""
    g = keras.Sequential([keras.Input((latent,)), layers.Dense(7 * 7 * 64)])
    g.add(layers.Reshape((7, 7, 64)))
    for filters in (32, channels):
        g.add(layers.BatchNormalization(momentum=0.9))
        g.add(layers.LeakyReLU(0.2))
        g.add(layers.Conv2DTranspose(filters, 4, 2, "same"))
    g.add(layers.Activation("tanh"))
    d = keras.Sequential([keras.Input((28, 28, channels))])
    for filters in (32, 64):
        d.add(layers.Conv2D(filters, 3, 2, "same"))
        d.add(layers.LeakyReLU(0.2))
    d.add(layers.Flatten())
    d.add(layers.Dense(256, "leaky_relu"))
    d.add(layers.Dense(1))
    return g, d


# %% tags=["shared"]
LAZY = [losses.r1(1.0, interval=8), losses.r2(1.0, interval=8)]
ON_STACKS = {"make": make_stack_players, "rates": (2e-3, 2e-3), "one_pass": True}
ON_STACKS["jit_compile"] = False  # XLA slows convolutions down on a CPU
STACK_RECIPES = {
    "minimax": ON_STACKS | {"loss": "minimax"},
    "relativistic, R1 + R2": ON_STACKS | {"loss": "relativistic", "penalties": LAZY},
}

# %% tags=["nbval-ignore-output"]
stacks = {}
for name, recipe in list(STACK_RECIPES.items())[:TRIED]:
    gan = make_gan(STACK_STEPS, **recipe)
    gan.fit(pictures, batch_size=BATCH, steps_per_epoch=STACK_STEPS, verbose=0)
    drawn = gan.generate(STACK_SAMPLES, seed=1, batch_size=500)
    stacks[name] = stack_coverage(network, drawn)
    print(f"{name}: {stacks[name][0]} modes, reverse KL {stacks[name][1]:.3f}")
empty = np.full((*drawn[:24].shape[:3], 3 - STACK), -1.0)
plotting.image_grid(np.concatenate([drawn[:24], empty], -1), columns=12)

# %% [markdown]
# **Figure.** Two rows of twelve pictures of the second recipe: a red digit and a green
# one over each other, yellow where they meet; many can be read.
#
# The run is short: samples are rough, and the shares of the modes less even than those of
# real pictures. Balance counts as much as the loss: in a run with D's rate at 1.2e-3,
# minimax kept 98 of the 100 modes, too. Three digits have ten times as many modes to lose; the `gpu` scale counts
# them.

# %% [markdown]
# ## Part 3: cures, one by one
#
# Everybody has a list of tricks. Here each stands alone, added to the same bare GAN:
# non-saturating loss, no penalty, constant rates, samples from G itself. Three need a
# line of code first.


# %% tags=["shared"]
class MinibatchStd(layers.Layer):
    """Append to each sample how much the whole batch varies."""

    def call(self, x):
        deviation = ops.sqrt(ops.var(x, axis=0) + 1e-8)  # √0 has an infinite slope
        same = ops.broadcast_to(ops.mean(deviation), (ops.shape(x)[0], 1))
        return ops.concatenate([x, same], axis=1)


def smoothed(real=1.0, fake=0.0):
    """Return the non-saturating loss whose D aims at these labels, not at 1 and 0."""

    def d_loss(real_logits, fake_logits):
        on_real = ops.softplus(real_logits) - real * real_logits
        return ops.mean(on_real + ops.softplus(fake_logits) - fake * fake_logits)

    g_loss = losses.non_saturating.g_loss
    return losses.AdversarialLoss(f"smoothed {real} {fake}", d_loss, g_loss)


def noisy(points, seed):
    """Return the points with noise of standard deviation 0.1: instance noise."""
    return points + 0.1 * tf.random.stateless_normal(tf.shape(points), seed)


# %% tags=["shared"]
BARE = {"falling": False}
CURES = {
    "nothing": BARE,
    "R1": BARE | {"penalties": [R1]},
    "falling rates": {},
    "EMA": BARE,
    "D four times faster": BARE | {"rates": (4e-3, 1e-3)},
    "G four times faster": BARE | {"rates": (1e-3, 4e-3)},
    "instance noise": BARE | {"augment": noisy},
    "labels 0.9 and 0": BARE | {"loss": smoothed(0.9)},
    "labels 0.9 and 0.1": BARE | {"loss": smoothed(0.9, 0.1)},
    "packs of two": BARE | {"players": {"pack": 2}},
    "minibatch std": BARE | {"players": {"in_d": {"std": True}}},
    "gradient clipping": BARE | {"clipnorm": 0.1},
    "residual blocks": BARE | {"players": {"in_g": {"residual": True}}},
}


def draw(gan, name, n=2_500):
    """Return points of G itself; of the averaged G where EMA is the cure."""
    network = gan.ema_generator if name == "EMA" else gan.generator
    return training.decode(network, training.sample_z(n, gan.latent_dim, (1, 0)))


# %% [markdown]
# Predict before you run: which single cure finds all 25 modes? The first three lines are
# trained here; the table below has all thirteen.

# %% tags=["nbval-ignore-output"]
for name in list(CURES)[:CURES_TRIED]:
    gan = make_gan(CURE_STEPS, **CURES[name])
    gan.fit(grid, batch_size=BATCH, steps_per_epoch=CURE_STEPS, verbose=0)
    show(name, coverage(draw(gan, name)))

# %%
Markdown(bench.table(results, "cures"))

# %% [markdown]
# These had 3,000 steps, the three above 1,500, one seed each: a gap of three modes may be
# chance. Read both columns. "Packs of two" finds 17 modes at a quality that one broad
# Gaussian has, too. R1, falling rates and instance noise find more modes and halve the
# quality. EMA sharpens and finds no more. No cure alone finds all 25 in these 3,000 steps.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/04_stable_training_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: read a penalty
#
# A linear critic $D(x)=w\cdot x$ has the slope $w$ everywhere. What does the R1 term
# $\frac{\gamma}{2}\mathbb{E}\|\nabla D(x)\|^2$ add to its loss?


# %% tags=["stub"]
def r1_of_a_line(w, gamma):
    return ...


# %% tags=["check"]
rng, cases = np.random.default_rng(SEED), []
for length, gamma in ((2, 0.02), (3, 1.0), (7, 4.0), (1, 0.5)):
    w, real = rng.normal(0, 3, length).round(2), tf.random.normal((9, length))
    column = tf.constant(w[:, None], tf.float32)
    term = losses.r1(gamma)(
        lambda x, training, column=column: x @ column, real, None, None, 0
    )
    cases.append(((w, gamma), term.numpy()))
exercises.check_function("Exercise 1 · R1 of a linear critic", r1_of_a_line, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which number squared is the length of w, and does it
# depend on x? What is then left of the mean?</details>


# %% tags=["solution"]
def r1_of_a_line(w, gamma):
    # ‖w‖² = w·w at every x, and the mean of a constant is that constant.
    return gamma / 2 * w @ w


# %% [markdown]
# ### Exercise 2: pack
#
# Write the view that shows D samples in packs: `points` (n, d) → (n/m, m·d), neighbours
# side by side.


# %% tags=["stub"]
def packed(points, m):
    return ...


# %% tags=["check"]
rng, cases = np.random.default_rng(SEED), []
for n, d, m in ((4, 2, 2), (12, 3, 4), (12, 5, 3), (6, 1, 2), (5, 4, 1), (6, 2, 6)):
    points = rng.normal(size=(n, d))
    rows = [[x for point in points[i : i + m] for x in point] for i in range(0, n, m)]
    cases.append(((points, m), np.array(rows), f"n = {n}, d = {d}, m = {m}"))
exercises.check_function("Exercise 2 · packs", packed, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>In which order do the numbers of `points` lie in memory,
# and does a pack change that order? How long is a row afterwards?</details>


# %% tags=["solution"]
def packed(points, m):
    return points.reshape(-1, m * points.shape[1])  # the order stays, rows grow longer


# %% [markdown]
# ### Exercise 3: mend a gradient penalty
#
# A published critic is penalised at `epsilon * real + epsilon * fake`, with `epsilon`
# from a normal distribution. Return the right points and draw the right ε from `seed`:
# uniform, one for each sample, shape (n, 1).


# %% tags=["stub"]
def between(real, fake, seed):
    return ...


# %% tags=["check"]
def looked_at(what, size, points_of=between):
    """Ask for 4,000 points of `size` numbers; measure where they lie."""
    real, fake = tf.random.stateless_normal((2, 4_000, size), (SEED, 1))
    seeds = [tf.constant(seed) for seed in ([0, 1], [0, 1], [7, 2])]
    points, again, other = (points_of(real, fake, seed) for seed in seeds)
    if points is None or points is ... or what == "shape":
        return points if points is None or points is ... else np.shape(points)
    if what in (SAME, OTHER):
        pair = again if what == SAME else other
        return np.mean(np.abs(points - pair) < 1e-6)
    way = real - fake
    share = np.sum((points - fake) * way, 1) / np.sum(way**2, 1)
    if what == DISTANCE:
        return np.abs(points - fake - share[:, None] * way).max()
    return np.histogram(share, np.linspace(0, 1, 11))[0] / 400


SAME, OTHER = "share of points that the same seed repeats", "that another seed repeats"
DISTANCE, TENTHS = "distance from the line real–fake", "points in each tenth of the way"
cases = [(("shape", 2), (4_000, 2)), (("shape", 5), (4_000, 5))]
cases += [((DISTANCE, 3), 0.0), ((TENTHS, 3), np.ones(10))]
cases += [((SAME, 2), 1.0), ((OTHER, 2), 0.0)]
exercises.check_function("Exercise 3", looked_at, cases, atol=0.2)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>What must the weights of the two ends sum to, so that a
# point lies between them? `tf.random` has a stateless function for each distribution,
# which takes a shape and `seed`. How does one column meet d columns?</details>


# %% tags=["solution"]
def between(real, fake, seed):
    # One ε a sample, in a column, which broadcasts over the sample's numbers.
    epsilon = tf.random.stateless_uniform([tf.shape(real)[0], 1], seed)
    return epsilon * real + (1.0 - epsilon) * fake


# %% [markdown]
# ## Further reading
#
# - [Lucic et al. 2018](https://arxiv.org/abs/1711.10337): with equal budgets and many
#   seeds, most losses end alike; what this chapter's bench took as its model.
# - [Mescheder, Geiger, Nowozin 2018](https://arxiv.org/abs/1801.04406): which trainings
#   converge at all, proved on the smallest GAN there is.
# - [Huang et al. 2024](https://arxiv.org/abs/2501.05441): the relativistic loss with R1
#   and R2 makes the list of tricks short.
# - [Salimans et al. 2016](https://arxiv.org/abs/1606.03498): minibatch features and
#   one-sided label smoothing, where many of the cures come from.

# %%
today = coverage(clouds["relativistic, R1 + R2"])
runtime.save_summary(
    "04_stable_training",
    measure="reverse KL on the grid",
    value=today.reverse_kl,
    floor=coverage(grid[:2_500]).reverse_kl,
    checks={
        "all 25 modes": today.modes == 25,
        "reverse KL ≤ 0.05": today.reverse_kl <= 0.05,
        "minimax leaves modes out": coverage(clouds["minimax"]).modes < 25,
    },
)
