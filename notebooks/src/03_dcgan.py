# %% [markdown]
# # Draw pictures with convolutions: a DCGAN, tested and measured
#
# ![One row of real handwritten digits above four rows of generated ones: nearly all generated digits can be read at once.](attachment:opening.png)
#
# The upper row is real; the generator of this chapter draws the other rows.

# %% [markdown]
# **You do**: build a generator and a discriminator from convolutions, test the rules of
# a famous paper, train on digits, and then train on a folder of your own.
#
# **You learn**: what a transposed convolution paints, where checkerboards come from,
# what each rule is worth, and how to judge a training by several seeds.
#
# **You need**: chapter 2; 90 minutes with a teacher, alone plan two hours. Two CPU cores
# compute for three to five minutes. The scale `smoke` only proves that each cell runs, `cpu`
# is for a laptop, and `gpu` trains longer and with wider networks.

# %% tags=["setup"]

# %% tags=["imports"]
import json
import os
from functools import cache

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from ganutils import datasets, metrics, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.theory import convolutions

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
LATENT, BATCH, RATE, GPU_WIDTH = 64, 64, 2e-3, 64
WIDTH = runtime.pick(smoke=8, cpu=24, gpu=GPU_WIDTH)
STEPS, FALL = runtime.pick(smoke=(100, 160), cpu=(3_000, 5_000), gpu=(20_000, 33_000))
OWN_STEPS = runtime.pick(smoke=2, cpu=1_000, gpu=3_000)  # on a folder of your own
MEASURED = runtime.pick(smoke=200, cpu=2_000, gpu=2_000)  # pictures to measure
digits = np.load(runtime.bundled("digits.npz"))  # 1,797 small digits of scikit-learn

# %% [markdown]
# ## Part 1: how does a small map become a big picture?
#
# A **convolution** is a layer that slides one small grid of weights over a whole picture.
# The grid is its **kernel**. The **stride** is the number of pixels from one position of
# the kernel to the next. A result is called a *map*. A layer has many kernels and makes
# as many maps; each of them is a **channel**.
#
# A **transposed convolution** goes the other way and makes a map larger. The new side
# follows from the side n, the kernel k and the stride s ([Dumoulin & Visin
# 2016](https://arxiv.org/abs/1603.07285)). Padding "same" adds zeros (transposed: cuts
# borders off); "valid" does neither. A convolution gives ⌈n/s⌉ pixels with "same", and
# ⌊(n − k)/s⌋ + 1 with "valid". A transposed one gives n·s, and (n − 1)s + max(k, s). The
# brackets ⌈ ⌉ round up, ⌊ ⌋ down. Predict the four sides for n = 28, k = 5 and s = 2.

# %%
for kind in (layers.Conv2D, layers.Conv2DTranspose):
    for padding in ("same", "valid"):
        side = kind(1, 5, 2, padding)(np.zeros((1, 28, 28, 1))).shape[1]
        print(f"{kind.__name__}, kernel 5, stride 2, {padding!r}: 28 → {side}")

# %% [markdown]
# Remember: with padding "same" and stride 2, a convolution halves the side and a
# transposed one doubles it. So 7 → 14 → 28 needs two layers.
#
# How does a layer paint four pixels from one? A transposed convolution is a rubber stamp.
# Each input pixel presses the whole kernel, times its own value, into the output. Its
# neighbour's stamp lies s pixels further on. Where stamps overlap, they add up.
#
# Kernels of ones on a row of ones count the stamps on each pixel. Predict: with stride 2,
# which of the kernels 5, 4 and 3 treats all inner pixels alike?


# %%
def transposed(values, kernel, stride):
    painted = np.zeros((len(values) - 1) * stride + max(len(kernel), stride))
    for i, value in enumerate(values):
        painted[i * stride : i * stride + len(kernel)] += value * kernel  # a stamp
    return painted


kernel, values = np.array([1.0, 2.0, 3.0, 2.0]), np.array([1.0, 0.0, 2.0])
start = {"kernel_initializer": lambda shape, dtype: kernel.reshape(shape)}
by_keras = np.ravel(layers.Conv1DTranspose(1, 4, 2, **start)(values.reshape(1, 3, 1)))
exercises.agree(
    "stamps by hand are Keras's layer", transposed(values, kernel, 2), by_keras, 1e-5
)
for k in (5, 4, 3):
    print(f"kernel {k}: stamps", transposed(np.ones(7), np.ones(k), 2).astype(int))

# %% [markdown]
# Kernel 4 does: away from the borders, each pixel gets two stamps. With kernels 5 and 3
# the counts alternate. They are equal where the stride divides the kernel.
#
# In two dimensions the counts multiply: kernel 3 paints a pixel once, twice or four
# times. A pattern of light and dark squares from such a layer is called a
# **checkerboard** ([Odena et al. 2016](https://doi.org/10.23915/distill.00003)).
#
# A cure is to resize: double each pixel first, then convolve with stride 1. Four
# untrained layers enlarge noisy grey maps below. A picture is a sum of waves. The **grid
# score** is the power (squared strength) of waves that repeat every two pixels, over that
# of slightly longer ones; about 1 in pure noise. Predict: which patches show a grid?

# %% tags=["nbval-ignore-output"]
maps = np.random.default_rng(SEED).normal(1, 0.2, (256, 16, 16, 16)).astype("float32")
drawn = []
for start in ("ones", keras.initializers.GlorotUniform(SEED)):
    for k, s in ((3, 2), (5, 2), (4, 2), (3, 1)):
        layer = layers.Conv2DTranspose(1, k, s, "same", kernel_initializer=start)
        before = layers.UpSampling2D(2)(maps) if s == 1 else maps  # resize
        x = np.asarray(layer(before))[:, 4:-4, 4:-4]
        print(f"kernel {k}, stride {s}: {convolutions.checkerboard_score(x):10,.1f}")
        drawn.append(np.tanh((x[0, :16, :16] - x.mean()) / x.std()))
plotting.image_grid(np.stack(drawn), 4, labels=["equal weights", "random"])

# %% [markdown]
# **Figure.** Eight grey patches, from left to right kernel 3, kernel 5, kernel 4, and
# resizing. Above, with equal weights, kernels 3 and 5 draw a regular grid; kernel 4 and
# resizing show only the noise of their input. Below, with random
# weights, kernel 4 has a grid, too, and resizing has none.
#
# So kernel 4 is free of the grid where its weights are equal. With random ones, even and
# odd pixels meet different weights. Part 3 looks at trained weights.

# %% [markdown]
# ## Part 2: what do the two networks look like?
#
# [Radford et al. 2016](https://arxiv.org/abs/1511.06434) wrote down rules with which
# their convolutional GANs trained. A GAN built by these rules is called a **DCGAN**, a
# deep convolutional GAN. Each rule is an argument below, so that you can break it:
#
# | rule of the paper | argument | here |
# |---|---|---|
# | strides, no pooling (taking the largest of four pixels) | `pool`, `resize` | as the paper |
# | BatchNorm in G and in D | `norm` | only in G |
# | ReLU in G | `slope` | LeakyReLU |
# | LeakyReLU in D | `slope` | as the paper |
# | tanh at the end of G | `last` | as the paper |
# | weights start normal with standard deviation 0.02 | `init` | Keras's own start |
# | no hidden Dense layers | `hidden` | one in each network |
#
# Four are broken: see Part 3. BatchNorm subtracts each channel's mean over the batch and
# divides by the standard deviation. In D each picture's logit would depend on all the
# others of its batch. R1 (chapter 2: D's squared slope at real pictures) is defined for
# one picture at a time.
#
# `halve` finds the smallest map. From there on, G doubles the side and halves the
# channels.


# %% tags=["shared"]
def halve(size):
    """Return the side of the smallest map, at most 7, and the halvings down to it."""
    times = next(t for t in range(9) if size <= 7 * 2**t)
    return size // 2**times, times


def make_generator(
    size=28, channels=1, latent_dim=64, width=16, hidden=64, kernel=4, norm=True,
    resize=False, slope=0.2, last="tanh", init="glorot_uniform",
):  # fmt: skip
    """Return G: z (batch, latent_dim) → pictures (batch, size, size, channels)."""
    (side, times), start = halve(size), {"kernel_initializer": init}
    filters = width * 2 ** (times - 1)
    z = x = keras.Input((latent_dim,))
    if hidden:
        x = layers.LeakyReLU(slope)(layers.Dense(hidden, **start)(z))
        x = layers.Concatenate()([z, x])
    x = layers.Dense(side**2 * filters, use_bias=not norm, **start)(x)
    x = layers.Reshape((side, side, filters))(x)
    for left in reversed(range(times)):
        x = layers.BatchNormalization(momentum=0.9)(x) if norm else x
        x = layers.LeakyReLU(slope)(x)
        x = layers.UpSampling2D(2)(x) if resize else x
        filters = filters // 2 if left else channels
        how = {"strides": 1 if resize else 2, "padding": "same", **start}
        how["use_bias"] = not (norm and left)  # BatchNorm subtracts a bias again
        x = layers.Conv2DTranspose(filters, kernel, **how)(x)
    return keras.Model(z, layers.Activation(last)(x), name="generator")


# %% [markdown]
# G may draw only a few different pictures. A D that sees them one by one hardly notices.
# **Minibatch standard deviation** shows D the variety of its batch ([Karras et al.
# 2018](https://arxiv.org/abs/1710.10196), section 3). Take the standard deviation of each
# number of D's last maps within a set of 16 pictures. Average all of them, and append the
# number as one more constant map. This couples pictures, too, but by one number only.


# %% tags=["shared"]
class Spread(layers.Layer):
    """Append a map: the mean standard deviation in sets of at most 16 pictures."""

    def call(self, x):
        group = tf.minimum(16, tf.shape(x)[0])
        groups = tf.reshape(x, (-1, group, *x.shape[1:]))
        deviation = tf.sqrt(tf.math.reduce_variance(groups, axis=1) + 1e-8)
        one = tf.repeat(tf.reduce_mean(deviation, axis=(1, 2, 3)), group)
        return tf.concat([x, 0 * x[..., :1] + one[:, None, None, None]], axis=-1)


def make_discriminator(
    size=28, channels=1, width=16, hidden=256, kernel=3, norm=False, slope=0.2,
    pool=False, spread=True, init="glorot_uniform",
):  # fmt: skip
    """Return D: pictures (batch, size, size, channels) → logits (batch, 1)."""
    stack, start = [keras.Input((size, size, channels))], {"kernel_initializer": init}
    for i in range(halve(size)[1]):
        stack.append(layers.Conv2D(width * 2**i, kernel, 2 - pool, "same", **start))
        stack += [layers.MaxPooling2D(2)] if pool else []
        stack += [layers.BatchNormalization(momentum=0.9)] if norm and i else []
        stack.append(layers.LeakyReLU(slope))
    stack += [Spread(), layers.Flatten()] if spread else [layers.Flatten()]
    stack += [layers.Dense(hidden, **start), layers.LeakyReLU(slope)] if hidden else []
    return keras.Sequential([*stack, layers.Dense(1, **start)], name="discriminator")


# %% [markdown]
# How many weights has each layer of D, and what do both networks make of their inputs?

# %%
print(*(f"{x.name} {x.count_params():,}" for x in make_discriminator().layers))
plotting.network_plan({"G": make_generator(), "D": make_discriminator()})

# %% [markdown]
# **Figure.** Two rows of blocks. Above, G joins the 64 numbers z with 64 of its hidden
# layer. The next layers make maps of 7×7, 14×14 and 28×28 pixels, while the channels fall
# from 32 to 1. Below, D goes back to 7×7, gets one more map from `Spread`, and ends in
# one logit.
#
# Nearly all of D's weights sit in its hidden Dense layer; Part 3 measures what its
# absence costs.
#
# New beside chapter 2's recipe is a **schedule**, a plan for the learning rate: it falls
# along half a cosine, from `rate` to 0 over `steps`. Two arguments concern speed. With
# `one_pass`, both players learn from the same fakes, and G answers D as it was before.
# With `fuse_updates`, the optimizers' many small operations are joined.


# %% tags=["shared"]
def make_gan(
    in_g=(), in_d=(), steps=STEPS, seed=SEED, rate=RATE, gamma=1.0, augment=None,
    fuse=True, groups=0, **size,
):  # fmt: skip
    """Return a compiled GAN. Its rates fall to 0 over `steps`; None: they stay."""
    keras.utils.set_random_seed(seed)
    size = {"width": WIDTH} | size
    g = make_generator(latent_dim=LATENT + groups, **{**size, **dict(in_g)})
    d = make_discriminator(**{**size, **dict(in_d)})
    how = {"latent_dim": LATENT, "ema_decay": 0.9995, "seed": seed}
    gan = told(g, d, groups, **how) if groups else training.GAN(g, d, **how)
    falling = keras.optimizers.schedules.CosineDecay(rate, steps) if steps else rate
    adam = [keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99) for _ in "DG"]
    r1 = [training.losses.r1(gamma, interval=8)]  # on every eighth step
    how = {"augment": augment, "steps_per_execution": min(10, steps or 10)}
    how |= {"one_pass": True, "fuse_updates": fuse, "run_eagerly": steps == 2}  # smoke
    gan.compile("non_saturating", r1, *adam, **how)
    return gan


# %% [markdown]
# ## Part 3: which rule is worth how much?
#
# Each variant changes one thing, "resize" also the kernel, and trains on MNIST; one takes
# all the paper's rules for networks. The measure is the Fréchet distance (chapter 2:
# between the features of n drawn and n real pictures; 0 is best). Its floor is the
# distance of n other real pictures. MNIST's test halves have different writers, so
# pictures are drawn at random.

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("mnist")
judge, n = metrics.features.load(data.name), min(MEASURED, len(data.x_test) // 2)
order = np.random.default_rng(0).permutation(len(data.x_test))[: 2 * n]
real, other = np.split(judge.embed(data.x_test[order]).features, 2)
floor = metrics.frechet_distance(real, other)
print(f"{data.source}, floor of {n} pictures: {floor:.2f}")

# %% [markdown]
# The file `dcgan_rules.json` holds trainings of all variants from three seeds, made by
# `benchmarks/recipe.py`. Every variant has width 16, 1,500 steps, and our rates, which
# were chosen with our networks: that favours these.
#
# Predict: which change hurts most? Which kernel leaves a grid after the training?

# %%
rules = json.loads(runtime.bundled("dcgan_rules.json").read_text("utf8"))
print(f"{rules['steps']:,} steps, one number a seed: Fréchet distance | grid score")
print("real pictures:", *(f"{key} {x:.2f}" for key, x in rules["real"].items()))
runs, most = rules["runs"], 2 * rules["real"]["grid"]
for name, row in sorted(runs.items(), key=lambda pair: np.median(pair[1]["frechet"])):
    left = "".join(f"{x:8.1f}" for x in row["frechet"])
    gap = np.subtract.outer(row["frechet"], runs["our networks"]["frechet"])
    word = "worse" if gap.min() > 0 else "better" if gap.max() < 0 else ""
    words = word * (gap.size >= 9), "grid" * (min(row["grid"]) > most)  # 3 seeds by 3
    print(f"{name:25}{left:24} |", *(f"{x:6.2f}" for x in row["grid"]), "", *words)

# %% [markdown]
# "Worse" means that each seed is above each of our networks', "better" that each is
# below. Between equals, three seeds separate from three like this in one of ten
# comparisons. So trust large gaps. The last row hurts most. "Grid" would mean: all scores
# above double the real one. No row has it, whatever the kernel.
#
# All this holds for these few steps. Pooling wins, but each step costs half as much
# again. The paper's networks were far wider.
#
# ## Part 4: can both networks get a hint that nobody wrote?
#
# One cloud of z has to become ten kinds of digits. G is continuous in z: between two
# digits it draws something in between. A separate input can choose the kind. In a
# **conditional GAN**, both players also get, say, the class ([Mirza & Osindero
# 2014](https://arxiv.org/abs/1411.1784)).
#
# Here nobody labels the pictures. **K-means** sorts them into groups: in turns, each
# picture joins the nearest of many centres (300 on MNIST), and each centre moves to the mean
# of its pictures. First, `PCA` turns a picture into 50 weighted sums of pixels that keep most
# variance.


# %% tags=["shared"]
def find_groups(pictures):
    """Return each picture's group as a row of zeros and one 1; about 200 in a group."""
    flat = PCA(50, random_state=SEED).fit_transform(pictures.reshape(len(pictures), -1))
    means = KMeans(len(flat) // 200, n_init=1, max_iter=9, random_state=SEED).fit(flat)
    return np.eye(means.n_clusters, dtype="float32")[means.labels_]


def told(g, d, groups, **how):
    """Return a GAN whose networks are told one of `groups`."""
    z, group = keras.Input((LATENT,)), keras.Input((groups,))
    new_g = keras.Model([z, group], g(ops.concatenate([z, group], axis=1)))
    rows = keras.Input((int(np.prod(d.input_shape[1:])) + groups,))
    pictures, group_of = training.conditions.apart(rows, d.input_shape[1:])
    h = keras.Model(d.inputs, d.layers[-2].output)(pictures)  # D's hidden layer
    fits = ops.sum(h * layers.Dense(h.shape[1], use_bias=False)(group_of), 1, True)
    new_d = keras.Model(rows, d.layers[-1](h) + fits / 4)
    return training.ConditionalGAN(new_g, new_d, **how)


# %% [markdown]
# G gets the group beside z, and D beside the picture. D learns one vector per group, as
# long as its hidden layer h. A quarter of its dot product with h joins the logit: do
# picture and group fit? This is a *projection* ([Miyato & Koyama
# 2018](https://arxiv.org/abs/1802.05637), section 2). Rates would be 0 at `FALL`; we stop
# at `STEPS`, where a third is left: later, trials grew worse.
#
# `look` measures the distance before the training and after each tenth of it, asking for
# random training pictures' groups. Plain Keras saves the averaged generator (chapter 2's
# EMA).


# %% tags=["nbval-ignore-output"]
groups, curve = find_groups(data.x_train), []
gan = make_gan(steps=FALL, groups=groups.shape[1], fuse=STEPS > 1_000)
asked = np.random.default_rng(SEED).choice(groups, 5 * n // 2)


def look(epoch=0, logs=None):
    fake = judge.embed(gan.generate(n, seed=1, labels=asked[:n])).features
    curve.append(metrics.frechet_distance(real, fake))


watch = keras.callbacks.LambdaCallback(on_train_begin=look, on_epoch_end=look)
how = {"batch_size": BATCH, "steps_per_epoch": STEPS // 10, "verbose": 0}
gan.fit((data.x_train, groups), epochs=10, callbacks=[watch], **how)
gan.ema_generator.save(runtime.runs_folder("03_dcgan") / "generator.keras")
plotting.measure_curve(np.linspace(0, STEPS, 11), curve, floor, "distance", log=True)

# %% [markdown]
# **Figure.** On a logarithmic axis the Fréchet distance falls steeply at first, later
# slowly. The dashed floor is the score of as many real pictures.
#
# What is in a group, and what does G draw for it? G and D never see the labels.

# %% tags=["nbval-ignore-output"]
same = sum(np.bincount(data.y_train[row == 1]).max() for row in groups.T)
print(f"{len(groups.T)} groups; {same / len(groups):.0%} show their group's main digit")
rows = [data.x_train[groups[:, k] == 1][:6] for k in range(4)]
rows = [(x, gan.generate(6, seed=2, labels=k)) for k, x in enumerate(rows)]
pictures = np.concatenate([x for row in rows for x in row])
plotting.image_grid(pictures, 12, title="left: real pictures of a group; right: drawn")

# %% [markdown]
# **Figure.** Four rows, one for each group: six real digits, then six drawn ones. When
# this page was built, one group mixed several kinds, and was drawn badly.
#
# How good are the digits? The table measures n drawn pictures beside n real ones, on
# three random draws. Such draws say nothing about another training. The stored rows do,
# made by `benchmarks/dcgan_seeds.py`: three seeds with groups; three without, four times
# as many steps, rates falling to 0.

# %% tags=["opening", "nbval-ignore-output"]
test, samples = judge.embed(data.x_test), gan.generate(5 * n // 2, 1, labels=asked)
drawn = judge.embed(samples)
table = metrics.features.compare(judge, {"drawn": drawn}, test, n=n)
stored = json.loads(runtime.bundled("dcgan_seeds.json").read_text("utf8"))
print(table, "\n\nstored trainings: with groups, without; three seeds each; real")
for key in ("frechet", "inception_score", "precision", "recall", "p0.5", "p1", "p5"):
    rows = [np.round(row[key], 2) for row in stored["digits"].values()]
    print(f"{key:16}", *rows)
pictures = np.concatenate([data.x_test[order[:12]], samples[:48]])
plotting.image_grid(pictures, columns=12, labels=["real", *["drawn"] * 4])

# %% [markdown]
# **Figure.** One row of twelve real digits, then four rows of generated ones, not picked
# by hand. Nearly all read as a digit at once; a few are broken.
#
# Compare the drawn digits with the real row, and the stored seeds with each other. With
# groups the distance is smaller, score and precision are larger, from each seed. Recall
# is lower: some variety is lost. "Rarest class" is the smallest share of a digit.
#
# Does G copy training pictures? The rows p0.5 to p5 are percentiles of the distance to
# the nearest training picture. A few copies would shrink only the lowest rows; in p0.5
# and p1, drawn digits are no nearer than real ones. Typical digits have near neighbours,
# so higher rows may lie below real ones.
#
# ## Part 5: can it draw in colour?
#
# The same two functions with `size=32, channels=3, width=32` draw in red, green and blue.
# This G learned one kind of photograph only: 2,000 automobiles of CIFAR-10, 32×32 pixels,
# in JPEG copies, and their mirror images. D saw them shifted and partly covered, which
# slows learning them by heart.
#
# Where these photographs are not at hand, the figure shows drawn rows only. Stored: n
# drawn pictures (floor: training photographs) against 200 unseen ones, which also chose
# the stop; then distances of 200 pictures (real: the unseen) to the nearest training
# photograph.

# %% tags=["nbval-ignore-output"]
car_file = runtime.bundled("generator_cifar10_automobiles.keras")
z = np.random.default_rng(SEED).normal(size=(12, LATENT)).astype("float32")
fake = keras.models.load_model(car_file)(z, training=False)
folder = os.environ.get("GANUTILS_DATA_DIR", ".") + "/cifar10_jpeg/train/automobile"
rows, labels = [fake], ["drawn"] * 2
if os.path.isdir(folder):
    cars = datasets.load_images(folder, size=(32, 32), channels=3).images
    flat = [np.reshape(x, (len(x), -1)) for x in (cars, fake[6:])]
    near = NearestNeighbors(n_neighbors=1).fit(flat[0]).kneighbors(flat[1])[1]
    rows, labels = [cars[:6], fake, cars[near[:, 0]]], ["real", *labels, "nearest"]
for name, row in stored["colour"].items():
    print(f"{name:6}", *(f"{key} {value:.4g} " for key, value in row.items()))
plotting.image_grid(np.concatenate(rows), columns=6, labels=labels)

# %% [markdown]
# **Figure.** One row of real automobiles, two rows of drawn ones, and under each of the
# last six the nearest training photograph by pixels. Bodies, windows and wheels of cars
# can be seen in most drawn pictures; their details are smeared.
#
# The distance is no FID of CIFAR-10: copies, features and one class make it ours.
#
# ## Part 6: does it learn from your own folder?
#
# A folder of your own is messy: mixed sizes, a palette, transparency, 16 bits, a photo on
# its side, a torn file, a text. `load_images` crops, resizes, and reports each file. The
# cell makes such a folder from 1,438 small digits and prints what needs a remark. For
# your own pictures, give `load_images` the path of your folder, and delete the lines
# above it.

# %%
mine = runtime.runs_folder("03_dcgan", "own")
datasets.messy.write_images(mine, digits["x_train"][:8])
for i, pixels in enumerate(digits["x_train"]):
    keras.utils.save_img(mine / f"{i:04}.png", pixels[..., None], scale=False)
loaded = datasets.load_images(mine, size=(28, 28), channels=1)
noted = [f"{e.path:12} {e.action:8} {e.reason}" for e in loaded.report if e.reason]
print(f"pictures: {loaded.images.shape}", *noted, sep="\n")

# %% [markdown]
# The same recipe trains on the folder. The floor is the distance of
# as many real digits that are not in the folder. The features are
# those of a classifier of digits: for other pictures, judge by a real row.

# %% tags=["nbval-ignore-output"]
own_judge = metrics.features.load("digits")
own = make_gan(width=16, steps=OWN_STEPS, fuse=False)
own.fit(loaded.images, batch_size=BATCH, steps_per_epoch=OWN_STEPS, verbose=0)
unseen = digits["x_test"][..., None] / np.float32(127.5) - 1
mine_drawn = own.generate(len(unseen), seed=1)
for name, x in (("real", unseen), ("drawn", mine_drawn)):
    both = (own_judge.embed(pictures).features for pictures in (loaded.images, x))
    print(f"{name}: n = {len(x)}, distance {metrics.frechet_distance(*both):.1f}")
pictures = np.concatenate([loaded.images[:12], mine_drawn[:24]])
plotting.image_grid(pictures, columns=12, labels=["real", "drawn", "drawn"])

# %% [markdown]
# **Figure.** One row of twelve small real digits, then two rows of drawn ones. In this
# run many read as digits, with rough edges.
#
# D can learn a small folder by heart; chapter 11 shows what that does, and what to try.
#
# ## What you now know
#
# - A transposed convolution stamps its kernel; unequal overlaps can leave a checkerboard.
# - G doubles a map until it has the size of the pictures, and D halves it again.
# - A rule of a famous paper is worth what several seeds measure in your own recipe.
# - A real row, a measure, its floor and other seeds belong beside every drawn picture.
# - Groups that nobody labelled, told to both players, can make digits clearer.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/03_dcgan_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: sizes by hand
#
# Pictures of 100×100 pixels pass three `Conv2D` layers with kernel 5, stride 2 and
# padding "same". Then come two `Conv2DTranspose` layers with kernel 4, stride 2 and
# "valid". Which sides come out after the third and after the fifth layer?

# %% tags=["stub"]
third, fifth = ..., ...

# %% tags=["check"]
down, up = layers.Conv2D(1, 5, 2, "same"), layers.Conv2DTranspose(1, 4, 2, "valid")
maps = down(down(down(np.zeros((1, 100, 100, 1)))))
exercises.check("Exercise 1 · after the third", third, maps.shape[1])
exercises.check("Exercise 1 · after the fifth", fifth, up(up(maps)).shape[1])

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>With padding "same", which pixels does a kernel of
# stride 2 stop at, and does the first one count? Without padding, where does the last
# stamp begin, and how far does it reach?</details>

# %% tags=["solution"]
third = int(np.ceil(np.ceil(np.ceil(100 / 2) / 2) / 2))  # "same": ⌈n/2⌉, 50, 25, 13
fifth = ((third - 1) * 2 + 4 - 1) * 2 + 4  # "valid": (n − 1)·2 + 4, 28, 58

# %% [markdown]
# ### Exercise 2: count the stamps
#
# Look at one row of a transposed convolution's output, away from the borders. Return how
# many stamps fall on its least painted pixel and on its most painted pixel, for any
# kernel and stride. The kernel may be smaller than the stride.


# %% tags=["stub"]
def stamps(kernel, stride):
    return ...


# %% tags=["check"]
def painted(kernel, stride):
    layer = layers.Conv1DTranspose(1, kernel, stride, kernel_initializer="ones")
    row = np.ravel(layer(np.ones((1, 40, 1))))[10 * stride : 30 * stride]
    return int(row.min()), int(row.max())


tried = (4, 2), (5, 2), (6, 4), (3, 4), (7, 3), (11, 4), (1, 1), (8, 8)
cases = [(size, painted(*size)) for size in tried]
exercises.check_function("Exercise 2 · stamps", stamps, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Draw kernel 5, stride 2 on squared paper. Stamps begin
# at multiples of the stride: how many of these beginnings lie within reach of a pixel?
# What differs for its neighbour?</details>


# %% tags=["solution"]
def stamps(kernel, stride):
    # So many multiples of the stride fit into a window as long as the kernel.
    return kernel // stride, -(-kernel // stride)


# %% [markdown]
# ### Exercise 3: can kernel 3 learn to paint evenly?
#
# A single transposed convolution with kernel 3 and stride 2 starts with equal weights, so
# it draws a grid. Train the layer to enlarge digits from 14×14 to 28×28 pixels, by least
# squares. What happens to its grid score? Choose first. The check then calls
# `grid_scores`, which trains for some seconds.
#
# - a: The score stays above half of its first value: uneven stamps always leave a grid.
# - b: The score falls below double the score of the real digits.
# - c: The score falls by more than half, but stays above double that of real digits.


# %% tags=["shared"]
@cache  # trains once, when a check asks for the result
def grid_scores():
    large = digits["x_train"][..., None] / 127.5 - 1
    small = large.reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4))
    ones = {"kernel_initializer": "ones"}
    model = keras.Sequential([layers.Conv2DTranspose(1, 3, 2, "same", **ones)])
    first = model.predict(small, verbose=0)
    model.compile(keras.optimizers.Adam(0.02), "mse")
    model.fit(small, large, batch_size=128, epochs=20, verbose=0)
    last = model.predict(small, verbose=0)
    return [convolutions.checkerboard_score(x) for x in (large, first, last)]


# %% tags=["stub"]
choice = ...  # "a", "b" or "c"

# %% tags=["check"]
of_real, first, last = grid_scores() if isinstance(choice, str) else (1, 1, 1)
letter = "b" if last < 2 * of_real else "c" if last < first / 2 else "a"
exercises.check("Exercise 3 · the grid after training", choice, letter)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Some pixels get one stamp and others two. With which
# part of the kernel is each of them painted? Which of these parts can the training change
# without the other?</details>

# %% [markdown] tags=["solution"]
# Along a row, every second pixel is painted by the middle of the kernel alone, and the
# pixels between by both ends. Equal weights give them one and two stamps. The trained
# middle is about as large as both ends together, so all pixels get the same. Unequal
# counts do not force a grid; weights can even them out.

# %% tags=["solution"]
choice = "b"

# %% [markdown]
# ### Exercise 4: a number for variety (open)
#
# D gets a number for the variety of 16 pictures. Invent another one. Write a function of
# 16 pictures, an array (16, 28, 28, 1) in [−1, 1], that returns one number: more
# different digits, larger number. The check shows 16 digits, of which 1, 3 or 16 are
# different. Each is dimmed by a random factor and gets noise. Every set must score above
# every set with fewer different digits. Report your number for
# `samples[:16]` and for 16 real digits.


# %% tags=["stub"]
def variety(pictures):
    return ...


# %% tags=["check"]
def works(few, many):
    rng, scores = np.random.default_rng(SEED), {few: [], many: []}
    for number in rng.permutation([few, many] * 12):
        x = digits["x_train"][np.resize(rng.permutation(1_438)[:number], 16)] / 127.5
        x = rng.uniform(0.8, 1, (16, 1, 1)) * x - 1 + 0.1 * rng.normal(size=x.shape)
        score = variety(rng.permutation(x.clip(-1, 1))[..., None].astype("float32"))
        if score is None or score is ...:
            return None
        scores[number].append(np.asarray(score, "float64").item())
    return min(scores[many]) > max(scores[few])


cases = [(k, True, "few below many?") for k in ((1, 3), (3, 16), (1, 16))]
exercises.check_function("Exercise 4 · variety", works, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>How far is each of the 16 pictures from each other one?
# What is a small distance, when equal digits differ by noise? Which of the 120 distances
# say how many groups there are?</details>


# %% tags=["solution"]
def variety(pictures):
    # The share of pairs that are no noisy twins. Noise of deviation 0.1 on both makes
    # twins differ by about 0.14 a pixel; other digits differ by far more.
    x = np.reshape(pictures, (len(pictures), -1))
    far = np.sqrt(((x[:, None] - x) ** 2).mean(axis=-1))
    return (far > 0.3).mean()


# %% [markdown]
# ## Further reading
#
# - [Radford et al. 2016](https://arxiv.org/abs/1511.06434): the paper of this chapter;
#   its section 6 calculates with codes of faces.
# - [Odena et al. 2016](https://doi.org/10.23915/distill.00003): checkerboards, with
#   figures that move.
# - [Karras et al. 2018](https://arxiv.org/abs/1710.10196): growing networks, and the
#   minibatch deviation of this chapter.
# - [Liu et al. 2020](https://arxiv.org/abs/2006.10728): such groups on photographs, found
#   in D's own features.

# %%
last, best = table.mean["drawn"], table.mean["real"]
path = runtime.runs_folder("03_dcgan") / "generator.keras"
checks = {
    "plain Keras reloads G": len(keras.models.load_model(path).inputs) == 2,
    "inception score ≥ 7": last.inception_score >= 7,
    "no class under 3 %": last.rarest_class >= 0.03,
    "distance ≤ 5 × floor": last.frechet <= 5 * best.frechet,
}
result = {"value": last.frechet, "floor": best.frechet, "checks": checks}
runtime.save_summary("03_dcgan", measure="Fréchet distance", **result)
