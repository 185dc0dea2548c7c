# %% [markdown]
# # Train stably: losses, penalties, collapse, and a laboratory of failures
#
# You compare twelve ways to train the same GAN, see modes vanish and come back, break
# training in twenty ways on purpose, and leave with a callback that tells you in words
# what is going wrong in yours.

# %% [markdown]
# **You do**: count modes; put every well-known loss and penalty on one bench; try each
# cure alone; reproduce the bugs of published tutorials, and mend them.
#
# **You learn**: which recipe to start from, what each cure is worth, and how to read a
# failing run from its numbers.
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
    failures,
    metrics,
    monitoring,
    plotting,
    training,
)
from ganutils.kit import exercises, runtime
from ganutils.metrics import bench, features
from ganutils.training import augmentation, losses

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
FEW_STEPS = runtime.pick(smoke=20, cpu=400, gpu=5_000)
FAILURE_STEPS = runtime.pick(smoke=1, cpu=500, gpu=600)
HEALTHY_STEPS = runtime.pick(smoke=40, cpu=500, gpu=600)

# %% tags=["nbval-ignore-output"]
tf.get_logger().setLevel("ERROR")  # many small models: it would warn of retracing
print(runtime.banner())

# %% [markdown]
# ## Why training fails
#
# A loss goes down a hill; a game has none. Chapter 1 computed three ways to get lost: D
# is so sure that its **gradient vanishes**; the players **circle** each other and never
# settle; or G gives one answer to everything, which D cannot forbid: **mode collapse**.
# All three are invisible in the losses, so the first thing to build is a measure.
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
# **Figure.** Twelve panels, one for each recipe, of 160 samples over the 25 rings. Bare
# losses (upper row) leave most rings empty. Bounds on all of D fill them and blur. With a
# penalty on the data, rings are full and bridges thin.
#
# Three groups. **Bare losses** drop modes, whatever the loss, and other ones from each
# seed. **Bounds on D's slope everywhere** (clipping, WGAN-GP, spectral) blur: at most a
# fifth of the samples is sharp, for no steep border can be learnt within this budget.
# **R1 where the data are** keeps all modes and nine samples of ten sharp; with R2 and the
# relativistic loss the samples are also shared out most evenly.

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
# WGAN-GP alone draws all ten classes and comes nearest; the rows with R1 or R2 follow;
# four recipes draw a single class. What wins on points need not win on pictures, within
# 2,000 steps least of all: chapter 3 chose its recipe on pictures, and for longer.
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
# chance. **Falling rates**, **instance noise**, **R1** and **packs of two** find 17 or 18
# modes where nothing finds 13. **EMA** sharpens, 64 against 44 %, and finds no more. Other
# rates, one-sided labels, minibatch standard deviation, **gradient clipping** and
# **residual blocks** find no more than nothing does. No cure alone finds all 25: in Part 1
# that took a penalty, falling rates and EMA together.
#
# Why one-sided, if at all: with 0.1 for fakes, D's optimum has G's own density in its
# numerator, and samples far from the data lose their reason to move
# ([Salimans et al. 2016](https://arxiv.org/abs/1606.03498)).

# %% [markdown]
# ## One more cure, for little data
#
# With two hundred pictures D soon knows each by heart, and G learns nothing from a D
# that only recognises. **Differentiable augmentation** shifts real and fake pictures
# alike in front of D ([Zhao et al. 2020](https://arxiv.org/abs/2006.10738)). Measured
# against test digits that neither network has seen:

# %% tags=["nbval-ignore-output"]
variants = {"as they are": None, "shifted": augmentation.make("translate")}
known = network.embed(data.x_test).features
for name, augment in list(variants.items())[:TRIED]:
    gan = make_gan(
        FEW_STEPS, make=make_stack_players, players={"channels": 1}, one_pass=True,
        jit_compile=False, penalties=LAZY[:1], augment=augment,
    )  # fmt: skip
    gan.fit(data.x_train[:200], batch_size=BATCH, steps_per_epoch=FEW_STEPS, verbose=0)
    fake = network.embed(gan.generate(2_000, seed=1)).features
    distance = metrics.frechet_distance(known, fake)
    print(f"200 digits, {name}: Fréchet distance {distance:.1f}")

# %% [markdown]
# ## Part 4: the failure laboratory
#
# Twenty bugs that stand in published tutorials, each in the smallest setting that shows
# it: a number with the bug, the same number without, and what `HealthCheck` says. Eight
# come with code and a figure, the others in a table. The ring has eight modes, σ = 0.05.


# %%
def show_code(name):
    """Return the lines that hold the bug."""
    return Markdown(f"```python\n{failures.source(name)}\n```")


def reproduce(name):
    """Train with the bug and without; print what was measured and noticed."""
    (outcome,) = failures.run([name], FAILURE_STEPS)
    print(outcome)
    return outcome


def both_clouds(outcome):
    """Show points drawn with the bug and without it."""
    samples = {"with the bug": outcome.broken.samples, "cured": outcome.cured.samples}
    return plotting.clouds(samples, datasets.ring_centres())


def both_grids(outcome):
    """Show images drawn with the bug, and without it below."""
    rows = outcome.broken.samples[:8], outcome.cured.samples[:8]
    return plotting.image_grid(np.concatenate(rows), labels=["with the bug", "cured"])


print(len(failures.CATALOGUE), "failures in the catalogue")

# %% [markdown]
# ### 1. Swapped labels
#
# D's loss calls fakes 1 and real samples 0, while G goes on aiming at 1. Nothing
# crashes. Predict: what will the two losses do, and where will the points go?

# %%
show_code("swapped_labels")

# %% tags=["nbval-ignore-output"]
outcome = reproduce("swapped_labels")
for player in ("d_loss", "g_loss"):
    print(f"{player} at the end: {outcome.broken.last(player):.5f}")
both_clouds(outcome)

# %% [markdown]
# **Figure.** With the bug no point is in the frame of the eight rings: G has left for
# wherever D says 1. Cured, points line the circle, thickest at the eight modes.
#
# The players no longer disagree. Both losses fall to 0, the prettiest curves of this
# chapter, and no sample comes near the data. A loss that falls to 0 is no success.

# %% [markdown]
# ### 2. A sigmoid too many
#
# D ends in a sigmoid, and the loss, told `from_logits=True`, applies another one. The
# "logits" then lie in [0, 1]. Predict: how small can D's loss become if D is never wrong?

# %%
show_code("double_sigmoid")

# %%
right, wrong = tf.ones((1, 1)), tf.zeros((1, 1))  # the best that a sigmoid can say
print(f"D's smallest loss: {losses.cross_entropy_d_loss(right, wrong):.4f}")
print(f"undecided:         {losses.cross_entropy_d_loss(wrong, wrong):.4f}")

# %% tags=["nbval-ignore-output"]
both_clouds(reproduce("double_sigmoid"))

# %% [markdown]
# **Figure.** With the bug the points form one long cloud that leaves most of the eight
# rings empty; cured, they line the circle, thickest at the modes.
#
# A D that is always right is still punished, and each sigmoid makes its gradient smaller.
# D's loss stays close to that of an undecided D, which looks like balance.

# %% [markdown]
# ### 3. Noise drawn once
#
# `noise = tf.random.normal(…)` stands above the loop instead of inside. Each step then
# sees the same codes. Predict: how good are the samples of those codes, and of fresh
# ones?

# %%
show_code("noise_drawn_once")

# %% tags=["nbval-ignore-output"]
outcome = reproduce("noise_drawn_once")
memorised = failures.games.memorised(outcome.broken)
print(f"of the codes it was trained on: {memorised:.2f}")
both_clouds(outcome)

# %% [markdown]
# **Figure.** Fresh codes, with the bug: points strewn over the whole frame, few of them
# in a ring. Cured, they line the circle, thickest at the eight modes.
#
# G has memorised one batch. On its own codes it scores better than the healthy
# generator, so whoever looks at the training codes only sees a triumph.

# %% [markdown]
# ### 4. Data and generator of different range
#
# Digits in [−1, 1], as for tanh, and a generator that ends in a sigmoid: it cannot draw
# black. Predict: how many steps does D need?

# %%
show_code("wrong_range")

# %% tags=["nbval-ignore-output"]
outcome = reproduce("wrong_range")
first, cured = (run.rows[0]["d_loss"] for run in (outcome.broken, outcome.cured))
print(f"D's loss within ten steps: {first:.2f}, cured {cured:.2f}")
both_grids(outcome)

# %% [markdown]
# **Figure.** Upper row, with the bug: eight times the same plain grey square. Lower row,
# cured: rough, noisy digits, most of them different.
#
# D wins by the range alone, within a few steps, and G never recovers. The reverse, tanh
# against data in [0, 1], is milder: G can reach such data, it only has to unlearn one
# half of its range.

# %% [markdown]
# ### 5. Pairing what is not a pair
#
# "G should come close to the data", so its loss becomes the squared error between the
# batch's $x_i$ and $G(z_i)$. Predict: which single image minimises that error?

# %%
show_code("paired_error")

# %% tags=["nbval-ignore-output"]
outcome = reproduce("paired_error")
gap = (outcome.broken.samples - failures.samples.digits().mean(axis=0)).mean(axis=0)
print(f"mean |mean sample − mean digit|: {np.abs(gap).mean():.3f}, of a range of 2")
both_grids(outcome)

# %% [markdown]
# **Figure.** Upper row, with the bug: eight times nearly the same blurred eight, the mean
# of all digits. Lower row, cured: rough, noisy digits, most of them different.
#
# Nothing ties $z_i$ to $x_i$, so the best answer to every code is the mean image. D, which
# is trained as ever, sees through it at once; nobody listens.

# %% [markdown]
# ### 6. No `training=True`
#
# D holds BatchNorm and is called without `training=True`. In Keras 3 an omitted flag, for
# which `None` stands below, means inference. No error, no warning. Predict: how far do the
# moving statistics get in 40 steps?

# %%
show_code("no_training_flag")

# %% tags=["nbval-ignore-output"]
outcome = reproduce("no_training_flag")

# %% [markdown]
# They stay at 0 and 1, where they began: BatchNorm only scales and shifts, and Dropout
# would be off. The layer stands in the summary of the model and normalises nothing.

# %% [markdown]
# ### 7. D far ahead, under the minimax loss
#
# D learns two hundred times as fast as G, and nothing holds it back. Chapter 1 computed
# the gradient of ln(1 − σ(s)): it fades where D is sure. Predict the norm of G's gradient.

# %%
show_code("d_far_ahead")

# %% tags=["nbval-ignore-output"]
both_grids(reproduce("d_far_ahead"))

# %% [markdown]
# **Figure.** Upper row, with the bug: grey noise without a trace of a stroke. Lower row,
# cured: rough, noisy digits, most of them different.
#
# From some step on G does not move any more, and more training does not help: the
# gradient is too small by four orders of magnitude. Begin anew with another loss.

# %% [markdown]
# ### 8. Losses read as quality
#
# "Both losses are at ln 4 and ln 2, so it has converged." Here a far too strong penalty
# (R1 with γ = 1000) flattens D. Predict: what are the losses of a D that knows nothing?

# %%
show_code("losses_as_quality")

# %% tags=["nbval-ignore-output"]
outcome = reproduce("losses_as_quality")
for player in ("d_loss", "g_loss"):
    last = [run.last(player) for run in (outcome.broken, outcome.cured)]
    print(f"{player}: {last[0]:.3f} with the bug, {last[1]:.3f} without")
both_clouds(outcome)

# %% [markdown]
# **Figure.** With the bug the points fill a broad band across the middle and heed no
# ring. Cured, they line the circle. The losses of both runs are nearly equal.
#
# Near the anchors means that D is undecided: because the samples are perfect, or because
# D is blind. Only a measure of the samples tells which.

# %% [markdown]
# ### The other twelve
#
# The same protocol, a row each: the number with the bug, without, and what notices it.
# A name in `monitoring.DETECTORS` is a detector of `HealthCheck`; the others are functions
# that refuse the input, or numbers to look at.

# %% tags=["nbval-ignore-output"]
catalogue = failures.CATALOGUE.items()
others = [name for name, row in catalogue if row.section == "The other twelve"]
others_shown = failures.run(others, FAILURE_STEPS)
Markdown(failures.table(others_shown))

# %% [markdown]
# Eleven of these twelve need no long training to be noticed: a look at two steps, or a
# check at the door, is enough. Only a generator that runs far ahead shows in time alone.

# %%
late = {"g_far_ahead"}
print(
    "noticed at once:",
    sum(r.noticed for r in others_shown if r.failure.name not in late),
)
for order, change in failures.steps.freezing_orders().items():
    print(f"{order}: D's own step moves D: {change > 0}")

# %% [markdown]
# The last lines are why two rows concern the stacked model, `Sequential([G, D])`. On
# Keras 3 `trainable` counts when a step is traced, not when a model is compiled: freezing
# D before its first batch freezes it for good; afterwards its old step goes on by luck.

# %% [markdown]
# ## Healthy runs stay silent
#
# A detector that cries wolf is switched off by the next evening. So the same callback
# watches a sound run, with the same thresholds. It must find nothing, and it must not
# change the training: both runs below end with the same weights, bit for bit.


# %%
def healthy_weights(callbacks):
    """Return G's weights after a short sound training."""
    gan = make_gan(HEALTHY_STEPS, **RECIPES["non-sat., R1"])
    gan.fit(
        grid, batch_size=BATCH, steps_per_epoch=HEALTHY_STEPS, verbose=0,
        callbacks=callbacks,
    )  # fmt: skip
    return gan.generator.get_weights()


check = monitoring.HealthCheck(grid, every=100)
watched, alone = healthy_weights([check]), healthy_weights([])
print("found:", check.names or "nothing")
print("same weights:", all((a == b).all() for a, b in zip(watched, alone, strict=True)))

# %% [markdown]
# ## Four tests for every gradient penalty
#
# A wrong penalty trains, somehow. `HealthCheck` therefore tries each penalty on critics
# whose slope is known: the value on a line, the place where it looks, a finite slope
# where the gradient is 0, and each sample's own norm.

# %%
for penalty in (losses.r1(1.0), losses.r2(1.0), losses.gradient_penalty(10.0)):
    print(f"{penalty.name}: {monitoring.penalty_faults(penalty) or 'no fault'}")
wrong = losses.Penalty("gradient_penalty", failures.games.normal_epsilon, 10.0)
print("ε ~ N(0, 1):", "; ".join(monitoring.penalty_faults(wrong, shape=(2,))))

# %% [markdown]
# ## For the wall
#
# Look for what you see in the first column; the link leads to the cell that shows it.

# %%
Markdown(failures.wall())

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
# ### Exercise 4: write a detector
#
# `rows` are a run's scalars, one dict a step. Return True where D was ahead *without a
# break* during the last `patience` steps: mean real logit more than `gap` above the fake
# one. A run with fewer steps has not been ahead for long enough.


# %% tags=["stub"]
def d_is_ahead(rows, gap=8.0, patience=3):
    return ...


# %% tags=["check"]
def case(gaps, right, what, fake=-5.0, options=()):
    """Return a case: a run with these gaps between its logits, and what is right."""
    rows = [{"real_logits": fake + gap, "fake_logits": fake} for gap in gaps]
    return (rows, *options), right, what


cases = [
    case([12] * 5, True, "ahead all the time"),
    case([12, 12, 1, 12], False, "a break among the last steps"),
    case([12] * 3, True, "exactly `patience` steps"),
    case([12] * 2, False, "fewer steps than `patience`"),
    case([], False, "no step at all"),
    case([12] * 9 + [1] * 3, False, "ahead long ago"),
    case([1] * 3 + [12] * 3, True, "ahead at the end only"),
    case([12] * 6 + [1], False, "lost in the last step"),
    case([1] * 3 + [12] * 2, False, "not yet for long enough"),
    case([60, 60, 1], False, "far above the gap on average"),
    case([8] * 4, False, "exactly the gap"),
    case([9] * 4, True, "both logits below 0", fake=-20.0),
    case([5] * 4, False, "both logits above 0", fake=10.0),
    case([-12] * 4, False, "fakes above real samples", fake=6.0),
    case([3] * 5, True, "another gap", options=(2.0,)),
    case([12] * 4, False, "a longer patience", options=(8.0, 5)),
    case([1, 12], True, "patience 1", options=(8.0, 1)),
]
exercises.check_function("Exercise 4 · D ahead", d_is_ahead, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>What does `rows[-patience:]` hold where the run is shorter
# than `patience`? What does `all` say of an empty list?</details>


# %% tags=["solution"]
def d_is_ahead(rows, gap=8.0, patience=3):
    apart = [row["real_logits"] - row["fake_logits"] > gap for row in rows[-patience:]]
    return len(apart) == patience and all(apart)  # a short run has a short slice


# %% [markdown]
# ### Exercise 5: diagnose three broken scripts
#
# Each of the three runs below has one bug. Read the curves and the mean logits, and name
# the cause: `"swapped_labels"`, `"double_sigmoid"` or `"d_far_ahead"`.


# %% tags=["shared"]
def suspects():
    """Return the cause of each run by its letter."""
    causes = ["d_far_ahead", "swapped_labels", "double_sigmoid"]
    shuffled = np.random.default_rng(4).permutation(causes)
    return dict(zip("ABC", shuffled.tolist(), strict=True))


def run_suspects():
    """Train the three, and show their curves."""
    runs = failures.run(suspects().values(), FAILURE_STEPS)
    for letter, run in zip("ABC", runs, strict=True):
        rows = run.broken.rows
        last = {k: round(rows[-1][k], 2) for k in ("real_logits", "fake_logits")}
        print(letter, "mean logits at the end:", last)
        display(plotting.loss_curves(rows, title=f"run {letter}"))


# %% tags=["stub", "nbval-ignore-output"]
run_suspects()
diagnosis = {"A": ..., "B": ..., "C": ...}

# %% [markdown]
# **Figure.** Three figures, one for each run: D's loss and G's loss over the steps, with
# the anchors ln 4 and ln 2 as dashed lines.

# %% tags=["check"]
exercises.check("Exercise 5 · causes", diagnosis, suspects())

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Whose mean logit is higher, and can either become
# negative? Which loss has left its anchor for 0?</details>

# %% tags=["solution", "nbval-ignore-output"]
run_suspects()
# A: real logits far above fake ones, D's loss is 0. B: fake logits above real ones.
# C: no logit is negative, since a sigmoid lies between D's last layer and the loss.
diagnosis = {"A": "d_far_ahead", "B": "swapped_labels", "C": "double_sigmoid"}

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
        "healthy run silent": not check.names,
        "every failure noticed": all(result.noticed for result in others_shown),
    },
)
