# %% [markdown]
# # Train your first GAN: a ring of points, then handwritten digits
#
# You write the GAN algorithm once by hand, watch it learn a ring of eight clusters in
# seconds, and then train a multilayer perceptron (MLP) that draws digits from pure
# noise, with numbers that say how good they are.

# %% [markdown]
# **You do**: write the training step in 20 lines; train it twice; measure it; save it.
#
# **You learn**: what the two networks compete for, how to read their losses, how to
# tell learning from memorising, and where an MLP ends.
#
# **You need**: a little Keras. Two CPU cores take about five minutes; expect an
# inception score of about 8.4 of 10 on MNIST.

# %% tags=["setup"]

# %% tags=["imports"]
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils import datasets, metrics, monitoring, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import features, neighbours
from ganutils.training import losses

# %% [markdown]
# ## Choose the sizes
#
# Everything that depends on your machine stands here. `smoke` only proves that each
# cell runs, `cpu` is for a laptop, `gpu` trains longer. All the rest of the chapter is
# the same at every scale.

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
RING_STEPS = runtime.pick(smoke=40, cpu=3_000, gpu=6_000)
RING_SEEDS = runtime.pick(smoke=1, cpu=5, gpu=5)
DIGIT_STEPS = runtime.pick(smoke=100, cpu=26_000, gpu=100_000)
RING_LATENT, RING_BATCH, RING_RATE = 2, 256, 2e-3
LATENT, BATCH, RATE = 64, 64, 1e-3
runtime.set_seed(SEED)
print(runtime.banner())

# %% [markdown]
# ## Part 1: a GAN you can see whole
#
# The data are points around eight centres on a circle, with standard deviation 0.01. A
# **generator** G turns noise z into a point; a **discriminator** D looks at a point and
# says how real it seems. Both are stacks of `Dense` layers: multilayer perceptrons.


# %% tags=["shared"]
def dense_stack(inputs, units, outputs, activation, name):
    """Return a multilayer perceptron whose last layer is linear."""
    stack = keras.Sequential([keras.Input((inputs,))], name=name)
    for width in units:
        stack.add(layers.Dense(width, activation=activation))
    stack.add(layers.Dense(outputs))
    return stack


def ring_networks():
    """Return a generator and a discriminator of 2-D points."""
    generator = dense_stack(RING_LATENT, [128, 128], 2, "relu", "generator")
    discriminator = dense_stack(2, [128, 128], 1, "relu", "discriminator")
    return generator, discriminator


# %% [markdown]
# Predict before you run: where will an untrained generator put its points, and how sure
# is an untrained discriminator?

# %%
ring = datasets.ring(20_000, seed=SEED)
generator, discriminator = ring_networks()
z = training.sample_z(500, RING_LATENT, seed=(SEED, 1))
fake = generator(z, training=False)
plotting.scatter_field(fake, ring[:500], discriminator, title="before training")

# %% [markdown]
# **Figure.** Eight small blue clusters of real points on a circle; the untrained
# generator's orange crosses lie in a smear near the centre. The background, D's opinion,
# is pale everywhere: close to ½, it knows nothing yet.
#
# ## Know the losses before you meet them
#
# D ends without a sigmoid: it returns a **logit** $s$, and $\sigma(s)=1/(1+e^{-s})$ is
# its probability of "real". With real = 1 and fake = 0 the cross-entropies are
#
# $$L_D = -\mathbb{E}\ln\sigma(D(x)) - \mathbb{E}\ln(1-\sigma(D(G(z)))),\qquad
# L_G = -\mathbb{E}\ln\sigma(D(G(z))).$$
#
# $L_D$ is equation 1 of [Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661) with
# its sign turned; $L_G$ is the *non-saturating* loss of its section 3.

# %%
undecided = tf.zeros((4, 1))  # D(x) = 0: a probability of one half
sure = tf.fill((4, 1), 10.0)
loss = losses.non_saturating
print(f"D undecided:  L_D = {loss.d_loss(undecided, undecided):.4f} (ln 4 = 1.3863)")
print(f"              L_G = {loss.g_loss(undecided, undecided):.4f} (ln 2 = 0.6931)")
print(f"D sure, right: L_D = {loss.d_loss(sure, -sure):.4f}")
print(f"              L_G = {loss.g_loss(sure, -sure):.4f}")

# %% [markdown]
# Remember ln 4 ≈ 1.39 and ln 2 ≈ 0.69: the two losses where D cannot tell real from
# fake at all. When D wins, its loss goes to 0 and the generator's grows: they are two
# losses of two players, never one sum to be minimised.
#
# ## Write the algorithm
#
# This is Algorithm 1 of Goodfellow et al. with one D step per G step. Each comment names
# the line of the algorithm. Every random number is drawn from `(SEED, step)`, so the
# same step always sees the same batch.

# %%
adam = {"learning_rate": RING_RATE, "beta_1": 0.5, "beta_2": 0.99}
d_optimizer, g_optimizer = (keras.optimizers.Adam(**adam) for _ in "DG")
d_weights, g_weights = discriminator.trainable_variables, generator.trainable_variables


@tf.function
def train_step(step):
    batch_seed, g_seed, d_seed, _ = tf.unstack(tf.random.split([SEED, step], 4))
    # "Sample minibatch of m noise samples" and "of m examples" from the data
    z = tf.random.stateless_normal((RING_BATCH, RING_LATENT), d_seed)
    picked = tf.random.stateless_uniform(
        [RING_BATCH], batch_seed, 0, len(ring), "int32"
    )
    real = tf.gather(ring, picked)
    # "Update the discriminator by ascending its stochastic gradient"
    fake = generator(z, training=True)
    with tf.GradientTape() as tape:
        real_logits = discriminator(real, training=True)
        fake_logits = discriminator(fake, training=True)
        d_loss = losses.cross_entropy_d_loss(real_logits, fake_logits)
    d_optimizer.apply(tape.gradient(d_loss, d_weights), d_weights)
    # "Sample minibatch of m noise samples" again, "update the generator"
    z = tf.random.stateless_normal((RING_BATCH, RING_LATENT), g_seed)
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(z, training=True), training=True)
        g_loss = tf.reduce_mean(tf.nn.softplus(-fake_logits))  # −ln σ(s)
    g_optimizer.apply(tape.gradient(g_loss, g_weights), g_weights)
    return d_loss, g_loss


# %% [markdown]
# Three details decide whether this works. Each gradient is taken for one network's
# weights only, so nothing needs to be frozen. Real and fake go through D in separate
# calls. Every call says `training=True`: without it Keras 3 assumes inference.
#
# ## Watch it learn
#
# The loop is plain Python around the compiled step. It keeps the losses for a comparison
# below and draws a frame every now and then.

# %% tags=["nbval-ignore-output"]
history, frames = [], []
frame_steps = set(np.geomspace(1, RING_STEPS, 16).astype(int))
for step in range(RING_STEPS):
    history.append(train_step(tf.constant(step)))
    if step + 1 in frame_steps:
        fake = generator(z, training=False)
        title = f"step {step + 1:,}"
        frames.append(
            plotting.scatter_field(fake, ring[:500], discriminator, title=title)
        )
plotting.animation(frames, frames_per_second=4, max_bytes=180_000)

# %% [markdown]
# **Figure.** Animation: the orange crosses spread from the centre to the circle and
# settle on the eight blue clusters, while the background, D's opinion, flows ahead of
# them: blue where D wants more points, orange where it has seen too many fakes.
#
# ## Meet the same step as a Keras model
#
# `ganutils.training.GAN` is the algorithm you just wrote as a `keras.Model`, so that
# `fit`, callbacks and checkpoints come for free. Is it really the same? From the same
# initial weights, both must report the same losses, bit for bit.

# %%
runtime.set_seed(SEED)
gan = training.GAN(*ring_networks(), latent_dim=RING_LATENT, seed=SEED)
gan.compile(
    d_optimizer=keras.optimizers.Adam(**adam), g_optimizer=keras.optimizers.Adam(**adam)
)
recorder = monitoring.Recorder()
gan.fit(
    ring, batch_size=RING_BATCH, steps_per_epoch=40, callbacks=[recorder], verbose=0
)
by_hand = [(float(d), float(g)) for d, g in history[:40]]
by_class = [(row["d_loss"], row["g_loss"]) for row in recorder.rows]
print(f"40 steps, identical losses: {by_hand == by_class}")

# %% [markdown]
# The class adds two things you will want. A **gradient penalty** such as R1
# ([Mescheder et al. 2018](https://arxiv.org/abs/1801.04406)) keeps D smooth near real
# data. An **exponential moving average** (EMA) of G's weights draws steadier samples
# ([Yazıcı et al. 2019](https://arxiv.org/abs/1806.04498)).
#
# One lucky run proves little, so train from several seeds and count.


# %% tags=["shared"]
def adam(rate):
    """Return one of the optimizers that the whole chapter uses."""
    return keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.99)


def ring_gan(seed, *penalties):
    """Return a GAN for the ring, compiled, whose weights `seed` draws."""
    runtime.set_seed(seed)
    gan = training.GAN(*ring_networks(), latent_dim=RING_LATENT, seed=seed)
    players = adam(RING_RATE), adam(RING_RATE)
    gan.compile("non_saturating", penalties, *players, steps_per_execution=20)
    return gan


# %% tags=["shared"]
def digit_gan(seed):
    """Return a GAN for the digits, compiled, whose weights `seed` draws."""
    runtime.set_seed(seed)
    players = make_generator(LATENT), make_discriminator()
    gan = training.GAN(*players, latent_dim=LATENT, ema_decay=0.9995, seed=seed)
    gan.compile(
        "non_saturating",
        [losses.r1(gamma=0.2, interval=16)],
        *(adam(RATE), adam(RATE)),
        jit_compile="auto",
        steps_per_execution=10,
    )
    return gan


# %% tags=["nbval-ignore-output"]
def train_ring(seed):
    """Train on the ring; return which modes are found and how precisely."""
    runtime.set_seed(seed)
    gan = training.GAN(*ring_networks(), latent_dim=RING_LATENT, seed=seed)
    optimizers = (keras.optimizers.Adam(**adam) for _ in "DG")
    penalty = losses.r1(gamma=0.02, interval=4)
    gan.compile("non_saturating", [penalty], *optimizers, steps_per_execution=20)
    gan.fit(ring, batch_size=RING_BATCH, steps_per_epoch=RING_STEPS, verbose=0)
    samples = gan.generate(2_500, seed=1)
    return metrics.mode_coverage(samples, datasets.ring_centres(), std=0.01)


ring_results = [train_ring(seed) for seed in range(RING_SEEDS)]
for seed, found in enumerate(ring_results):
    print(
        f"seed {seed}: {found.modes} of {found.total} modes, "
        f"{found.high_quality:.1%} within 3σ of one, reverse KL {found.reverse_kl:.4f}"
    )

# %% [markdown]
# A mode counts as found when a sample lies within three standard deviations of it. What
# remains outside are bridges: G is a continuous map of a connected cloud z, so it cannot
# jump from cluster to cluster without passing through the gap.
#
# ## Part 2: handwritten digits
#
# MNIST holds 70,000 digits of 28×28 pixels. Without a network the bundled 1,797
# scikit-learn digits serve instead, and the line below says so. Pixels are scaled to
# [−1, 1], because the generator will end in tanh.

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("mnist")
print(data.source)
plotting.image_grid(data.x_train[:36], columns=12, title="real digits")

# %% [markdown]
# **Figure.** Three rows of twelve real handwritten digits, white strokes on black, all
# different in slant, weight and shape.
#
# ## Build the two networks
#
# G widens from 64 numbers to 784 pixels; D narrows from 784 pixels to one logit. The
# LeakyReLU lets a little gradient through where a unit is off, which D's judgement must
# pass on its way to G.


# %% tags=["shared"]
def make_generator(latent_dim=64, shape=(28, 28, 1)):
    """Return G: z (batch, latent_dim) → images (batch, *shape) in [-1, 1]."""
    stack = dense_stack(
        latent_dim, [256, 512], int(np.prod(shape)), "leaky_relu", "generator"
    )
    stack.add(layers.Activation("tanh"))
    stack.add(layers.Reshape(shape))
    return stack


def make_discriminator(shape=(28, 28, 1)):
    """Return D: images (batch, *shape) → logits (batch, 1)."""
    stack = keras.Sequential(
        [keras.Input(shape), layers.Flatten()], name="discriminator"
    )
    stack.add(dense_stack(int(np.prod(shape)), [512, 256], 1, "leaky_relu", "stack"))
    return stack


# %% [markdown]
# Before any training, check shapes and verdicts: a wrong shape found now saves an hour.

# %%
runtime.set_seed(SEED)
generator, discriminator = make_generator(LATENT), make_discriminator()
untrained = generator(training.sample_z(2_000, LATENT, seed=(SEED, 2)), training=False)
verdict = tf.sigmoid(discriminator(untrained, training=False))
print("G draws", untrained.shape, "with", f"{generator.count_params():,} weights")
print("D returns", verdict.shape, "with", f"{discriminator.count_params():,} weights")
print("untrained D is undecided:", bool(abs(tf.reduce_mean(verdict) - 0.5) < 0.1))

# %% [markdown]
# ## Train
#
# Decide first what to watch. `Recorder` keeps the losses, `FixedNoise` draws the same z
# again and again, `Measure` computes a Fréchet distance (explained below), and
# `NonFinite` stops a run whose numbers break. `Checkpoint` saves everything a resume
# needs, so that Ctrl-C or a power cut costs you little.

# %%
folder = runtime.runs_folder("02_mlp_gan")
network = features.load(data.name)
real_features = network.embed(data.x_test).features


def distance(gan):
    """Return the Fréchet distance of 1,000 samples to the test images."""
    fake_features = network.embed(gan.generate(1_000, seed=1)).features
    return {"frechet": metrics.frechet_distance(real_features, fake_features)}


recorder, noise = monitoring.Recorder(), monitoring.FixedNoise(DIGIT_STEPS // 10, n=5)
measure = monitoring.Measure(distance, every=DIGIT_STEPS // 10)
saver = monitoring.Checkpoint(folder / "checkpoint.npz", every=DIGIT_STEPS // 4)
watch = [recorder, noise, measure, saver, monitoring.NonFinite(saver)]

# %% [markdown]
# The recipe differs from the ring's in size only: a light R1 penalty, computed on every
# sixteenth step, and an EMA. `jit_compile="auto"` lets XLA fuse the many small
# operations of the optimizers, where Keras knows that it can; ten steps in a row without
# a return to Python save the rest.

# %% tags=["nbval-ignore-output"]
gan = training.GAN(
    generator, discriminator, latent_dim=LATENT, ema_decay=0.9995, seed=SEED
)
gan.compile(
    "non_saturating",
    [losses.r1(gamma=0.2, interval=16)],
    *(keras.optimizers.Adam(RATE, beta_1=0.5, beta_2=0.99) for _ in "DG"),
    jit_compile="auto",
    steps_per_execution=10,
)
gan.fit(
    data.x_train,
    batch_size=BATCH,
    steps_per_epoch=DIGIT_STEPS,
    callbacks=[*watch, monitoring.ProgressLine()],
    verbose=0,
)

# %% [markdown]
# ## "Are these losses normal?"
#
# Predict: will the losses fall, as in every other network you have trained?

# %%
plotting.loss_curves(recorder.rows)

# %% [markdown]
# **Figure.** On MNIST, after a turbulent start, D's loss creeps up towards its anchor ln 4 and G's
# loss creeps down towards its anchor ln 2. Both stay noisy, and neither goes to 0.
#
# So yes, this is normal. Near the anchors means that the players are balanced, not that
# the samples are good. Worry when D's loss goes to 0 and stays: then G learns nothing.

# %% tags=["nbval-ignore-output"]
plotting.measure_curve(
    [row["step"] for row in measure.rows],
    [row["frechet"] for row in measure.rows],
    ylabel="Fréchet distance",
    log=True,
)

# %% [markdown]
# **Figure.** Over the same steps the Fréchet distance falls steeply and then ever more
# slowly, while the losses above stayed flat: watch a measure, not the losses.
#
# ## Look at the same noise over time
#
# Each row of the next figure is one fixed z. Nothing but noise in the first column is as
# it should be; strokes appear within the first tenth of the training.

# %%
plotting.strip(noise.snapshots)

# %% [markdown]
# **Figure.** Five rows, one for each z, from grey noise at step 0 through ragged strokes
# to clear digits. Some rows change their mind on the way: nobody told G which z should
# become which digit.
#
# ## Measure
#
# Sixty samples cannot show a missing class. A small classifier, trained on real
# digits, turns each image into 64 **features**; the *Fréchet distance* compares their
# means and covariances ([Heusel et al. 2017](https://arxiv.org/abs/1706.08500)). The
# *inception score* is 10 at best: every class equally often, every digit unmistakable.

# %% tags=["nbval-ignore-output"]
samples = gan.generate(5_000, seed=1)
sets = {"trained": samples, "untrained": untrained}
comparison = features.compare(network, sets, data.x_test)
print(comparison)
plotting.image_grid(samples[:60], columns=12, title="generated digits")

# %% [markdown]
# **Figure.** Five rows of twelve generated digits, not picked by hand. Almost all read
# as a digit at once; a few are broken or between two digits.
#
# Read the table column by column: "real" is what real test images score against other
# real ones at the same n. No generator can be expected to beat that **floor**. The
# numbers are not FID: FID uses another network. And look at the confidence of untrained
# noise: a classifier can be sure of anything, so never trust one measure alone.
#
# ## Is it copying?
#
# A generator that stores the training images would score well, too. So look up, for each
# sample, the training image with the closest features, and compare that distance with
# what real test images have.

# %% tags=["nbval-ignore-output"]
train_features = network.embed(data.x_train).features
nearest, gap = neighbours.nearest_neighbours(
    network.embed(samples[:1_000]).features, train_features
)
_, test_gap = neighbours.nearest_neighbours(real_features[:1_000], train_features)
print(f"median distance to the nearest training image: {np.median(gap):.2f}")
print(f"the same for real test images:                 {np.median(test_gap):.2f}")
pairs = np.concatenate([samples[:12], data.x_train[nearest[:12, 0]]])
plotting.image_grid(pairs, columns=12, labels=["drawn", "nearest"])

# %% [markdown]
# **Figure.** Twelve samples above their nearest training images: the same digits in a
# similar slant, but with other strokes. On MNIST samples keep at least the distance that
# unseen real digits have: G invents, it does not copy.
#
# ## Walk through the latent space
#
# If G has learned a smooth map, a straight path from one z to another passes through
# digits all the way. If it had memorised, the path would jump.

# %%
ends = training.sample_z(12, LATENT, seed=(SEED, 5)).numpy().reshape(6, 2, 1, LATENT)
share = np.linspace(0, 1, 12).reshape(1, 12, 1)
path = (1 - share) * ends[:, 0] + share * ends[:, 1]
between = training.decode(gan.ema_generator, path.reshape(-1, LATENT))
plotting.image_grid(between, columns=12, title="from one z to another")

# %% [markdown]
# **Figure.** Six rows; in each, one digit turns into another in twelve small steps.
# Halfway there are shapes between two digits, as a continuous map must draw them, and
# some are faint or speckled: the middle of a straight path is shorter than any z that G
# has met in training. Exercise 4 takes a better road.
#
# ## Save, reload, draw
#
# The averaged generator goes into one file that plain Keras reads, without this course.
# The checkpoint holds both networks, both optimizers and the step, so a run can go on
# exactly where it stopped.

# %%
path = training.save_generator(folder / "generator.keras", gan.ema_generator)
reloaded = keras.models.load_model(path)
again = reloaded.predict(training.sample_z(64, LATENT, seed=(1, 0)), verbose=0)
print("drawn again:", again.shape, "in [-1, 1]:", bool(np.abs(again).max() <= 1))
print("as before:", bool(np.allclose(again, gan.generate(64, seed=1), atol=1e-5)))
print("steps in the checkpoint:", gan.load_checkpoint(saver.path) == DIGIT_STEPS)

# %% [markdown]
# ## "Only noise comes out": check the door
#
# After a few hundred steps noise is normal; after thousands it is a fault, most often in
# the data. `fit` refuses what cannot work and says how to mend it.

# %%
faults = {
    "pixels as bytes": datasets.from_unit_range(data.x_train[:100]),
    "no channel axis": data.x_train[:100, :, :, 0],
    "a broken pixel": np.where(np.arange(28) == 5, np.nan, data.x_train[:100, ..., 0]),
}
faults["a broken pixel"] = faults["a broken pixel"][..., np.newaxis]
for name, x in faults.items():
    try:
        gan.fit(x, verbose=0)
    except ValueError as error:
        print(f"{name}: {error}\n")

# %% [markdown]
# If the door lets your data in and noise remains, look at three numbers in order:
#
# | what you see | likely cause | what to do |
# |---|---|---|
# | mean fake logit above the real one | labels swapped | real = 1, fake = 0, in both losses |
# | D's loss near 0 | D far ahead | lower D's rate, or add `losses.r1` |
# | D's loss near ln 4, noise | D too weak or frozen | print a weight of D before and after a step |
#
# ## "How do I use my own images?"
#
# Point `datasets.load_images` at them. Sizes and colour modes may be mixed; a file that
# cannot be read is left out and reported, never silently used. Here a folder of four
# digits and one broken file stands in for yours.

# %%
own = runtime.runs_folder("02_mlp_gan", "own_images")
for i, image in enumerate(datasets.from_unit_range(data.x_train[:4])):
    keras.utils.save_img(own / f"digit_{i}.png", image, scale=False)
(own / "not_an_image.png").write_text("oops")
loaded = datasets.load_images(own, size=(28, 28), channels=1)
print("usable:", loaded.images.shape)
for entry in loaded.skipped:
    print("skipped:", entry.path, "·", entry.reason)

# %% [markdown]
# From here on the chapter's code takes `loaded.images` in place of `data.x_train`. Expect
# to need at least a thousand images, of one kind and framed alike.
#
# ## What an MLP cannot do
#
# A `Dense` layer does not know that pixels have neighbours. Shuffle all pixels of all
# images in the same way, shuffle the first layer's rows likewise, and D answers as
# before: to an MLP a picture and its scrambled twin are equally hard.

# %%
order = np.random.default_rng(SEED).permutation(784)
scrambled = data.x_test[:100].reshape(100, 784)[:, order].reshape(100, 28, 28, 1)
twin = make_discriminator()
twin.set_weights(gan.discriminator.get_weights())
twin.layers[-1].layers[0].kernel.assign(twin.layers[-1].layers[0].kernel.numpy()[order])
seen = gan.discriminator(data.x_test[:100], training=False)
blind = twin(scrambled, training=False)
print("same verdicts on scrambled digits:", bool(np.allclose(seen, blind, atol=1e-3)))
for side, channels in ((28, 1), (64, 3), (256, 3)):
    weights = make_generator(LATENT, (side, side, channels)).count_params()
    print(f"G for {side}×{side}×{channels}: {weights:,} weights")

# %% [markdown]
# Ragged strokes and the explosion of weights have this one cause. Convolutions share
# their weights over the picture and see neighbourhoods: chapter 3 builds on them.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/02_mlp_gan_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: count weights by hand
#
# How many weights does the last `Dense` layer of a generator have that goes from 512
# units to a colour picture of 64×64 pixels? Set `weights` to a number or a product.

# %% tags=["stub"]
weights = ...

# %% tags=["check"]
exercises.check("Exercise 1 · weights of the last layer", weights, 513 * 12288)
# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>A Dense layer has inputs × outputs weights and a bias
# for each output. A colour picture has three channels.</details>

# %% tags=["solution"]
weights = 512 * (64 * 64 * 3) + 64 * 64 * 3

# %% [markdown]
# ### Exercise 2: the loss nobody uses
#
# Algorithm 1 as printed lets G minimise $\mathbb{E}\ln(1-\sigma(s))$, the minimax loss.
# Write it as a function of logits, stable for large ones: $\ln(1-\sigma(s))$ equals
# minus a softplus.


# %% tags=["stub"]
def minimax_g_loss(fake_logits):
    return ...


# %% tags=["check"]
cases = [(np.float32([[0.0]]), -np.log(2)), (np.float32([[-9.0], [100.0]]), -50.00006)]
exercises.check_function("Exercise 2 · minimax loss", minimax_g_loss, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>softplus(s) = ln(1 + eˢ), and 1 − σ(s) = 1/(1 + eˢ).
# `tf.nn.softplus` does not overflow.</details>


# %% tags=["solution"]
def minimax_g_loss(fake_logits):
    return -tf.reduce_mean(tf.nn.softplus(fake_logits))


# %% [markdown]
# ### Exercise 3: how often is D right?
#
# Return the share of all samples, real and fake together, that D puts on the right side
# of one half.


# %% tags=["stub"]
def d_accuracy(real_logits, fake_logits):
    return ...


# %% tags=["check"]
right, wrong = np.float32([[2.0], [0.5]]), np.float32([[-1.0], [3.0]])
cases = [((right, -right), 1.0), ((right, wrong), 0.75), ((-right, right), 0.0)]
exercises.check_function("Exercise 3 · D's accuracy", d_accuracy, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>σ(s) > ½ is the same as s > 0. The mean of truth values
# is a share.</details>


# %% tags=["solution"]
def d_accuracy(real_logits, fake_logits):
    right = np.concatenate([np.asarray(real_logits) > 0, np.asarray(fake_logits) < 0])
    return right.mean()


# %% [markdown]
# ### Exercise 4: walk on the sphere
#
# Codes z ~ N(0, I) of many components have nearly the same length, and the middle of a
# straight path is shorter. Write spherical interpolation between `a` and `b` with angle
# $\omega$: $\frac{\sin((1-t)\omega)}{\sin\omega}a+\frac{\sin(t\omega)}{\sin\omega}b$.


# %% tags=["stub"]
def slerp(a, b, t):
    return ...


# %% tags=["check"]
x_axis, y_axis = np.array([1.0, 0.0]), np.array([0.0, 1.0])
half = np.sqrt(0.5) * np.ones(2)
cases = [((x_axis, y_axis, 0.0), x_axis), ((x_axis, y_axis, 0.5), half)]
exercises.check_function("Exercise 4 · slerp", slerp, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>cos ω = a·b / (‖a‖‖b‖); `np.arccos` gives ω.</details>


# %% tags=["solution"]
def slerp(a, b, t):
    omega = np.arccos(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    return (np.sin((1 - t) * omega) * a + np.sin(t * omega) * b) / np.sin(omega)


# %% [markdown]
# ## Further reading
#
# - [Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661): six pages, and the
#   algorithm of this chapter is on the fourth.
# - [Mescheder, Geiger, Nowozin 2018](https://arxiv.org/abs/1801.04406): why the R1
#   penalty makes training converge.
# - [Lucic et al. 2018](https://arxiv.org/abs/1711.10337): a fair comparison in which
#   most new losses did not beat the old one.

# %%
headline, floor = comparison.mean["trained"], comparison.mean["real"]
classes = network.embed(samples).probabilities.argmax(axis=1)
score = 8 if data.stand_in_for is None else 7.4  # the digits' own floor is lower
runtime.save_summary(
    "02_mlp_gan",
    measure="Fréchet distance",
    value=headline.frechet,
    floor=floor.frechet,
    checks={
        "ring: every mode": all(r.modes == r.total for r in ring_results),
        "ring: 90 % precise": min(r.high_quality for r in ring_results) >= 0.9,
        f"inception score ≥ {score}": headline.inception_score >= score,
        "confidence ≥ 0.9": headline.confidence >= 0.9,
        "no class under 3 %": np.bincount(classes, minlength=10).min() >= 150,
        "generator reloads": np.abs(again).max() <= 1,
    },
)
