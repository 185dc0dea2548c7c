# %% [markdown]
# # Draw images with convolutions: a DCGAN, measured
#
# You build a generator and a discriminator from convolutions, test every design rule
# with a number, train them on digits with all that a long training needs, and then do
# the same with colour pictures and with a folder of your own.
#
# **You do**: compute sizes before you build; train, interrupt and resume; pick the best
# checkpoint; walk through the latent space; clean a folder of images.
#
# **You learn**: what a transposed convolution paints, where checkerboards come from,
# which guideline matters how much, and what a step costs.
#
# **You need**: chapter 2. Two CPU cores take about six minutes, less than three of which
# train the final network; expect an inception score of about 8.5 of 10 on MNIST.

# %% tags=["setup"]

# %% tags=["imports"]
import time

import keras
import numpy as np
from keras import layers
from tensorboard.backend.event_processing import event_accumulator

from ganutils import datasets, metrics, monitoring, plotting, training
from ganutils.datasets import messy
from ganutils.kit import exercises, runtime
from ganutils.metrics import features, neighbours
from ganutils.theory import convolutions
from ganutils.training import augmentation, latent, losses, pretrained

# %% [markdown]
# ## Choose the sizes
#
# What depends on your machine stands here, once. `smoke` proves that each cell runs,
# `cpu` is for a laptop, `gpu` trains longer with wider networks.

# %% tags=["shared"]
SEED, LATENT, BATCH, RATE, EPOCHS = 0, 64, 64, 2e-3, 10
GPU_STEPS, GPU_WIDTH = 50_000, 64
STEPS = runtime.pick(smoke=100, cpu=6_000, gpu=GPU_STEPS)
WIDTH = runtime.pick(smoke=8, cpu=16, gpu=GPU_WIDTH)
KNOWN = runtime.pick(smoke=6_000, cpu=60_000, gpu=60_000)  # images to look for copies
SHORT_STEPS = runtime.pick(smoke=10, cpu=200, gpu=2_000)
VARIANTS_TRIED = runtime.pick(smoke=2, cpu=11, gpu=11)

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("mnist")
print(runtime.banner(), data.source, sep="\n")

# %% [markdown]
# ## Part 1: from a small map to a big picture
#
# A **convolution** slides a kernel of side $k$ over a map of side $n$ in strides of $s$.
# With padding "same" it returns $\lceil n/s\rceil$ pixels a side, with "valid"
# $\lfloor (n-k)/s\rfloor+1$
# ([Dumoulin & Visin 2016](https://arxiv.org/abs/1603.07285)). A **transposed** one goes
# the other way: $n\cdot s$ pixels, or $(n-1)s+\max(k,s)$. Does Keras agree?

# %%
kinds = (layers.Conv2D, layers.Conv2DTranspose)
print(" n  (kernel, stride, padding)   Keras: down, up   computed: down, up")
for n, *rule in ((28, 5, 2, "same"), (28, 5, 2, "valid"), (7, 4, 2, "same")):
    by_keras = [kind(1, *rule)(np.zeros((1, n, n, 1))).shape[1] for kind in kinds]
    rules = (convolutions.output_size, convolutions.transposed_output_size)
    print(f"{n:2}  {rule!s:25} {by_keras!s:>17} {[f(n, *rule) for f in rules]!s:>20}")

# %% [markdown]
# Remember one row: "same" with stride 2 halves and doubles, whatever the kernel. So
# 7 → 14 → 28 needs two layers.
#
# ## Stamp a kernel
#
# A transposed convolution is a rubber stamp: each input pixel presses the whole kernel,
# times its own value, into the output, $s$ pixels further on than its neighbour did.
# Where stamps overlap they add up. Below, this is written out in one dimension; then the
# stamps on every pixel are counted. Predict: with stride 2, which of the kernels 5, 4
# and 3 treats all pixels alike?

# %%
kernel, values = np.array([1.0, 2.0, 3.0, 2.0]), np.array([1.0, 0.0, 2.0])
stamped = np.zeros(8)
for i, value in enumerate(values):
    stamped[2 * i : 2 * i + 4] += value * kernel
layer = layers.Conv1DTranspose(1, 4, 2, "valid", use_bias=False)
layer.build((None, 3, 1))
layer.kernel.assign(kernel.reshape(4, 1, 1))
print("by hand ", stamped, "\nby Keras", np.ravel(layer(values.reshape(1, 3, 1))))
for k in (5, 4, 3):
    print(f"kernel {k}, stride 2: stamps on each pixel", convolutions.overlap(7, k, 2))

# %% [markdown]
# Only where the stride divides the kernel do all inner pixels get equally many stamps.
# In two dimensions the counts multiply: kernel 3 paints some pixels four times and some
# once. That is the **checkerboard**
# ([Odena et al. 2016](https://doi.org/10.23915/distill.00003)).
#
# A grid of period 2 has its power at the frequency ½. `checkerboard_score` divides the
# power there by the power of nearby frequencies: about 1 without a grid. Try four
# untrained ways to enlarge noisy grey maps, with all weights equal and with random
# ones. "Resize" doubles the map first and then convolves with stride 1.


# %% tags=["shared"]
def enlarge(filters, kernel, resize=False, **options):
    """Return the layers that double the side of a map."""
    options = {"padding": "same"} | options
    if resize:
        return [layers.UpSampling2D(2), layers.Conv2D(filters, kernel, **options)]
    return [layers.Conv2DTranspose(filters, kernel, 2, **options)]


# %% tags=["nbval-ignore-output"]
maps = np.random.default_rng(SEED).normal(1, 0.2, (256, 16, 16, 16)).astype("float32")
starts, shown = ("ones", keras.initializers.GlorotUniform(SEED)), []
for kernel, resize in ((3, False), (4, False), (5, False), (3, True)):
    ways = [enlarge(1, kernel, resize, kernel_initializer=start) for start in starts]
    drawn = np.stack([keras.Sequential(way)(maps)[:, 4:-4, 4:-4] for way in ways])
    equal, random = (convolutions.checkerboard_score(d) for d in drawn)
    name = "resize" if resize else f"kernel {kernel}"
    print(f"{name}: equal weights {equal:9,.1f}   random weights {random:7,.1f}")
    drawn -= drawn.mean(axis=(1, 2, 3), keepdims=True)
    drawn /= drawn.std(axis=(1, 2, 3), keepdims=True)
    shown.append((name, np.tanh(drawn[:, 0, :16, :16])))
print(f"real images: {convolutions.checkerboard_score(data.x_test[:2_000]):.1f}")
plotting.strip(shown, xlabel="untrained; above: equal weights, below: random")

# %% [markdown]
# **Figure.** Eight grey patches, contrast stretched. Above, with equal weights, kernels 3
# and 5 draw a regular grid of bright and dark pixels; kernel 4 and resize only show the
# noise of their input. Below, with random weights, kernel 4 has a grid as well.
#
# A divisible kernel *can* be free of the grid, but random weights are not: even and odd
# pixels meet other weights. Resizing cannot draw it from a flat map. Whether it matters
# after training is a question for the numbers of Part 2.
#
# ## Part 2: the networks, one guideline at a time
#
# [Radford et al. 2016](https://arxiv.org/abs/1511.06434) made convolutional GANs train
# with a few rules. Each is an argument below, so that you can break it:
#
# | rule of the paper | why | argument |
# |---|---|---|
# | strides, no pooling | the network learns how to shrink and grow | `pool` |
# | BatchNorm in G | every layer sees inputs of one scale | `norm` |
# | LeakyReLU in D | no unit goes dead, so G always gets a gradient | `slope` |
# | tanh at the end of G | pixels stay in [−1, 1], like the data | |
# | weights from N(0, 0.02) | activations start small | `init` |
# | no hidden Dense layers | fewer weights | `hidden` |
#
# Three rules are broken on purpose. BatchNorm in D would couple the images of a batch,
# and the R1 penalty needs each image's own gradient. Weights start as Keras starts them
# (Glorot). And both networks have **one hidden Dense layer**: D's looks at the whole
# picture at once, G's bends z before the first map, which z reaches directly, too. For
# narrow networks on a CPU that is the cheapest capacity we found; the chapter ends with
# its price.
#
# `halve` finds how often a side can be halved until it is 7 or less. D mirrors G: each
# layer halves the side and doubles the channels. In front of a BatchNorm a bias is
# useless, since the mean is subtracted.


# %% tags=["shared"]
def halve(size):
    """Return the side of the smallest map, at most 7, and the halvings down to it."""
    for times in range(1, 8):
        if size % 2**times == 0 and 0 < size <= 7 * 2**times:
            return size // 2**times, times
    raise ValueError(f"Expected `size` = 2ⁿ · (at most 7), n ≥ 1; received {size!r}.")


def make_generator(
    size=28, channels=1, latent_dim=64, width=16, hidden=64, kernel=4, norm=True,
    resize=False, init="glorot_uniform",
):  # fmt: skip
    """Return G: z (batch, latent_dim) → images (batch, size, size, channels)."""
    side, times = halve(size)
    filters = width * 2 ** (times - 1)
    options = {"kernel_initializer": init, "use_bias": not norm}
    z = x = keras.Input((latent_dim,))
    if hidden:
        x = layers.LeakyReLU(0.2)(layers.Dense(hidden, kernel_initializer=init)(z))
        x = layers.Concatenate()([z, x])
    x = layers.Dense(side**2 * filters, **options)(x)
    x = layers.Reshape((side, side, filters))(x)
    for is_last in [False] * (times - 1) + [True]:
        x = layers.BatchNormalization(momentum=0.9)(x) if norm else x
        x = layers.LeakyReLU(0.2)(x)
        filters = channels if is_last else filters // 2
        options["use_bias"] = is_last or not norm
        for layer in enlarge(filters, kernel, resize, **options):
            x = layer(x)
    return keras.Model(z, layers.Activation("tanh")(x), name="generator")


# %% tags=["shared"]
def make_discriminator(
    size=28, channels=1, width=16, hidden=256, kernel=3, norm=False, slope=0.2,
    pool=False, init="glorot_uniform",
):  # fmt: skip
    """Return D: images (batch, size, size, channels) → logits (batch, 1)."""
    stack, stride = [keras.Input((size, size, channels))], 1 if pool else 2
    options = {"padding": "same", "kernel_initializer": init}
    for i in range(halve(size)[1]):
        stack.append(layers.Conv2D(width * 2**i, kernel, stride, **options))
        stack += [layers.MaxPooling2D(2)] if pool else []
        stack += [layers.BatchNormalization(momentum=0.9)] if norm and i else []
        stack.append(layers.LeakyReLU(slope))
    stack.append(layers.Flatten())
    if hidden:
        stack += [
            layers.Dense(hidden, kernel_initializer=init),
            layers.LeakyReLU(slope),
        ]
    stack.append(layers.Dense(1, kernel_initializer=init))
    return keras.Sequential(stack, name="discriminator")


# %% [markdown]
# One pair of functions takes all sizes. Chapter 2's `Dense` generator had 6,451,968
# weights for 64×64 colour pictures; how many has this one?

# %%
for size, channels in ((28, 1), (32, 3), (64, 3)):
    g, d = make_generator(size, channels), make_discriminator(size, channels)
    fake = g(training.sample_z(2, LATENT, seed=(SEED, 1)), training=False)
    verdict = d(fake, training=False)
    print(f"G: {g.count_params():,} weights, draws {fake.shape}", end="; ")
    print(f"D: {d.count_params():,} weights, returns {verdict.shape}")

# %% [markdown]
# ## Break the rules, one at a time
#
# Each variant trains for the same few hundred steps from the same seed; only the named
# thing differs. The **Fréchet distance** is chapter 2's: 0 is best, and images are
# compared by the features of a small classifier. Predict: which change hurts most?


# %% tags=["shared"]
def make_gan(
    in_g=(), in_d=(), width=WIDTH, augment=None, seed=SEED, rate=RATE, fuse=None, **size
):
    """Return a compiled GAN with this chapter's recipe."""
    size = {"width": width, **size}
    generator = make_generator(latent_dim=LATENT, **{**size, **dict(in_g)})
    discriminator = make_discriminator(**{**size, **dict(in_d)})
    gan = training.GAN(
        generator, discriminator, latent_dim=LATENT, ema_decay=0.9995, seed=seed
    )
    gan.compile(
        "non_saturating",
        [losses.r1(gamma=1.0, interval=8)],
        *(keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99) for _ in "DG"),
        augment=augment,
        one_pass=True,
        # Compiling takes seconds: for long runs.
        fuse_updates=STEPS > 1_000 if fuse is None else fuse,
        steps_per_execution=10,
    )
    return gan


# %%
draws = keras.random.SeedGenerator(SEED)  # other weights for each layer
small = {"init": keras.initializers.RandomNormal(stddev=0.02, seed=draws)}
VARIANTS = {  # what differs in G, what differs in D
    "base": ({}, {}),
    "D hidden 0": ({}, {"hidden": 0}),
    "G hidden 0": ({"hidden": 0}, {}),
    "G no BN": ({"norm": False}, {}),
    "D with BN": ({}, {"norm": True}),
    "D ReLU": ({}, {"slope": 0.0}),
    "pooling": ({}, {"pool": True}),
    "N(0, 0.02)": (small, small),
    "kernel 3": ({"kernel": 3}, {}),
    "kernel 5": ({"kernel": 5}, {}),
    "resize": ({"kernel": 3, "resize": True}, {}),
}

# %% tags=["nbval-ignore-output"]
network = features.load(data.name)
train_features = network.embed(data.x_train[:KNOWN]).features


def measured(gan):
    """Return the Fréchet distance of 1,000 samples to 2,000 training images."""
    fake = network.embed(gan.generate(1_000, seed=1)).features
    return {"frechet": metrics.frechet_distance(train_features[:2_000], fake)}


short = {}
print(f"{SHORT_STEPS} steps    Fréchet distance   grid score   seconds")
for name in list(VARIANTS)[:VARIANTS_TRIED]:
    runtime.set_seed(SEED)
    began, gan = time.perf_counter(), make_gan(*VARIANTS[name], fuse=False)
    gan.fit(data.x_train[:10_000], steps_per_epoch=SHORT_STEPS, verbose=0)
    short[name], seconds = measured(gan)["frechet"], time.perf_counter() - began
    grid = convolutions.checkerboard_score(gan.generate(1_000, seed=1))
    print(f"{name:10} {short[name]:18.1f} {grid:12.2f} {seconds:9.1f}")
labels = [name.replace(" ", "\n") for name in short]
plotting.bars(list(short.values()), labels, ylabel="Fréchet distance")

# %% [markdown]
# **Figure.** A bar for each variant: its Fréchet distance after the same few hundred
# steps; lower is better.
#
# One short run a variant, from one seed: small gaps between bars mean nothing, and a
# variant that starts slowly may end well. The grid score says whether the trained
# kernels 3, 4 and 5 still draw a checkerboard; compare it with that of real images
# above. The end of the chapter ranks longer runs; of these changes they test three, the
# hidden layers and BatchNorm in G.
#
# ## Part 3: train for real
#
# Decide first what to watch. Two choices are new. `Measure` keeps the **best**
# checkpoint, chosen on *training* images, so that the test images stay unseen until the
# end. TensorBoard gets a log that `tensorboard --logdir runs/03_dcgan` shows live.

# %%
folder, every = runtime.runs_folder("03_dcgan"), STEPS // EPOCHS
logs = runtime.runs_folder("03_dcgan", "tensorboard")
for old in logs.rglob("events*"):
    old.unlink()
noise = monitoring.FixedNoise(every, n=16)
measure = monitoring.Measure(measured, every, best="frechet", path=folder / "best.npz")
saver = monitoring.Checkpoint(folder / "checkpoint.npz", every)
board = keras.callbacks.TensorBoard(logs, write_graph=False)
watch = [noise, measure, saver, board, monitoring.NonFinite(saver)]
watch += [monitoring.ProgressLine()]

# %% [markdown]
# ## Press Ctrl-C
#
# You will interrupt a training some day, so do it now, on purpose: after the second of
# ten epochs a small callback raises what Ctrl-C raises. `Checkpoint` saves at that very
# step. Networks built anew then take over what the file holds (weights, averages, both
# optimizers, the step), and the rest of the training goes on as if nothing had happened.


# %% tags=["nbval-ignore-output"]
def press_ctrl_c(epoch, logs):
    if epoch == 1:
        raise KeyboardInterrupt


watch += [keras.callbacks.LambdaCallback(on_epoch_end=press_ctrl_c)]
plan = {"steps_per_epoch": every, "epochs": EPOCHS, "callbacks": watch, "verbose": 0}
runtime.set_seed(SEED)
gan = make_gan()
try:
    gan.fit(data.x_train, batch_size=BATCH, **plan)
except KeyboardInterrupt:
    print("interrupted; saved at step", saver.saved_step)

gan = make_gan()
done = gan.load_checkpoint(saver.path)
began = time.perf_counter()
gan.fit(data.x_train, batch_size=BATCH, initial_epoch=done // every, **plan)
seconds_a_step = (time.perf_counter() - began) / (STEPS - done)

# %% [markdown]
# Is all there? Count the steps, and read the event files back with TensorBoard's own
# reader: it must find each epoch's losses once, those before and after the interruption.

# %%
reader = event_accumulator.EventAccumulator(str(logs / "train")).Reload()
print("steps done, of those planned:", f"{int(gan.step) / STEPS:.0%}", end=", ")
print("before the interruption:", f"{done / STEPS:.0%}")
print("epochs in the log:", [point.step for point in reader.Tensors("epoch_g_loss")])

# %% [markdown]
# ## Watch the measure, and look at the same noise
#
# **Figure.** On a logarithmic axis the Fréchet distance falls steeply at first and ever
# more slowly later, and ends near the dashed line of real test images.
#
# The dashed line is what unseen real images score, as many, drawn at random: no G can be
# expected to pass far below it. (Not the first 1,000 test images of MNIST: other people
# wrote them, and they score 5.7.) The strip after it follows four fixed z.

# %%
test = network.embed(data.x_test)
drawn = np.random.default_rng(SEED).permutation(test.features)[:1_000]
unseen = metrics.frechet_distance(train_features[:2_000], drawn)
curve = ([row[key] for row in measure.rows] for key in ("step", "frechet"))
plotting.measure_curve(*curve, unseen, ylabel="Fréchet distance", log=True)

# %%
plotting.strip([(step, drawn[:4]) for step, drawn in noise.snapshots])

# %% [markdown]
# **Figure.** Four rows, one for each fixed z, from grey noise at step 0 to clear digits.
# Coarse shapes come first, clean edges last.

# %% tags=["nbval-ignore-output"]
frames = [plotting.image_grid(x, 8, title=f"step {n:,}") for n, x in noise.snapshots]
plotting.animation(frames, folder / "training.gif", max_bytes=60_000)

# %% [markdown]
# **Figure.** Animation: 16 fixed z in two rows turn from noise into digits; late in the
# training they keep their shape and only sharpen.
#
# ## Keep the best, average, and measure
#
# A run's last step need not be its best: load the best checkpoint. Three generators then
# draw the same z: the averaged one (EMA), the raw one, and `pretrained`, this course's
# generator of the same kind that was trained for longer, loaded in one line. "real" is
# the floor, real test images against other real ones; the measures are chapter 2's.

# %% tags=["nbval-ignore-output"]
gan.load_checkpoint(measure.path)
print("best:", measure.best_row, "last:", measure.rows[-1])
finished = pretrained.load(data.name)
players = {"EMA": gan.ema_generator, "raw": gan.generator, "pretrained": finished}
z = training.sample_z(5_000, LATENT, seed=(1, 0)).numpy()
sets = {name: training.decode(player, z) for name, player in players.items()}
embeddings = {name: network.embed(drawn) for name, drawn in sets.items()}
comparison = features.compare(network, embeddings, test)
print(comparison)
grid = np.concatenate([drawn[:24] for drawn in sets.values()])
plotting.image_grid(grid, 12, labels=["EMA", "", "raw", "", "pretrained", ""])

# %% [markdown]
# **Figure.** Two rows of twelve digits from the averaged generator, not picked by hand;
# the same z from the raw one, mostly the same digits with rougher strokes; and two rows
# of the pretrained one with fewer broken strokes.
#
# Does it draw every class, and does it copy? Compare the shares of the ten classes, and
# the distance to the nearest training image, with those of unseen real images.

# %% tags=["nbval-ignore-output"]
for name, embedding in {**embeddings, "real": test}.items():
    queries = embedding.features[:1_000]
    _, gap = neighbours.nearest_neighbours(queries, train_features)
    print(f"{name:10}: median distance to a training image {np.median(gap):.2f}")
shares = np.bincount(embeddings["EMA"].probabilities.argmax(1), minlength=10) / 5_000
plotting.bars(shares, data.class_names, comparison.mean["real"].class_shares)

# %% [markdown]
# **Figure.** Ten bars, the share of each digit among the generated ones, each close to
# the black line of the real images.
#
# A generator that copies would come closer to the training images than real test images
# do.
#
# ## Explore the latent space
#
# From here on you look at the finished generator; put `gan.ema_generator` in its place
# to compare. The code z has $d=64$ components from N(0, 1), so its squared length has
# mean $d$: nearly all z lie close to a sphere of radius $\sqrt d=8$. Predict: how long
# is the point halfway between two of them, and does G mind? The arc of
# [White 2016](https://arxiv.org/abs/1609.04468) keeps the length.


# %% tags=["nbval-ignore-output"]
def classify(codes):
    """Return the class probabilities of what the finished generator draws."""
    return network.embed(training.decode(finished, codes)).probabilities


ends = np.stack([z[:500], z[500:1_000]], axis=1)
walks = {"linear": latent.linear, "spherical": latent.spherical}
codes = {name: [walk(*pair, [0.5])[0] for pair in ends] for name, walk in walks.items()}
for name, points in {"ends": z[:500], **codes}.items():
    length, sure = np.linalg.norm(points, axis=1), classify(points).max(axis=1)
    print(f"{name:9}: length {length.mean():.2f}, confidence {sure.mean():.3f}")
t = np.linspace(0, 1, 12)
roads = np.concatenate([walk(*ends[i], t) for i in (0, 1) for walk in walks.values()])
plotting.image_grid(training.decode(finished, roads), 12, labels=[*walks] * 2)

# %% [markdown]
# **Figure.** Two walks from one digit to another, each first along the straight line and
# then along the arc; the images differ most in the middle columns.
#
# The middle of the line has length $\sqrt{d/2}\approx5.7$, shorter than nearly all z that
# G met. The confidences are the judge, not the eye: where they are alike, G is indifferent
# to length, and the arc buys little.
#
# ## Trade variety for quality, and calculate with codes
#
# **Truncation** ([Brock et al. 2019](https://arxiv.org/abs/1809.11096)) draws every
# component of z anew until it lies in [−limit, limit]. Typical codes give typical
# images. Predict: what happens to precision, and what to recall?
#
# **Arithmetic** adds to z the mean code of another class and subtracts that of its own.
# Each of 2,000 codes is sent to another class at random; what counts is the share that
# the classifier then calls by the wanted name.

# %% tags=["nbval-ignore-output"]
print("limit   confidence   precision   recall   Fréchet distance")
for limit in (np.inf, 2.0, 1.0, 0.5, 0.2):
    points = latent.truncated(1_000, LATENT, limit, seed=SEED)
    q = features.quality(network, training.decode(finished, points), test)
    row = f"{q.confidence:10.3f} {q.precision:11.3f} {q.recall:8.3f} {q.frechet:12.1f}"
    print(f"{limit:5} {row}")

# %% tags=["nbval-ignore-output"]
codes = z[:2_000]
own = classify(codes).argmax(axis=1)
means = np.stack([codes[own == digit].mean(axis=0) for digit in range(10)])
wanted = (own + np.random.default_rng(SEED).integers(1, 10, len(codes))) % 10
for amount in (0, 0.5, 1, 2, 3):
    edited = codes + amount * (means[wanted] - means[own])
    hits = (classify(edited).argmax(axis=1) == wanted).mean()
    print(f"{amount:3} × the difference: {hits:.0%} are called by the wanted name")
both = np.concatenate([codes[:12], (codes + 2 * (means[wanted] - means[own]))[:12]])
plotting.image_grid(training.decode(finished, both), 12, labels=["before", "after"])

# %% [markdown]
# **Figure.** Twelve digits above the same codes moved by twice the difference of two
# class means; most have become another digit.
#
# Recall falls with the limit: variety is what truncation pays with, and the Fréchet
# distance punishes it. Read the last shares for what they are, too: a class mean is a
# crude tool, for nobody asked G to put classes into flat, parallel regions.
#
# ## When you have few images
#
# With 1,438 training images D soon knows them by heart. **Differentiable augmentation**
# ([Zhao et al. 2020](https://arxiv.org/abs/2006.10738)) changes real *and* fake images
# at random in front of D; since the change is differentiable, G still gets its gradient,
# and since fakes are changed alike, G need not imitate it.

# %%
digits = datasets.load("digits").x_train[:12]
augment = augmentation.make("translate", "cutout")
seen = np.concatenate([digits, *(augment(digits, (SEED, draw)) for draw in (1, 2))])
plotting.image_grid(seen, columns=12, labels=["as it is", "D sees", "or"])

# %% [markdown]
# **Figure.** Twelve digits; below, twice, the same digits as D sees them: shifted by a
# few pixels and with a grey square laid over a part.
#
# In your code it is one argument, `gan.compile(..., augment=…)`. Trained on the bundled
# digits, the distance to the training images stood at 2.0 after one minute without it
# and then rose to 2.3–2.5, while D's logits for real and fake drifted apart. With
# `"translate"` it was still falling after three minutes, at 2.0; with cutout as well it
# never came below 4.7. So shift small pictures, and add more only if a measure agrees.
#
# ## In colour
#
# The same two functions with `size=32, channels=3` train on JPEG copies of CIFAR-10
# images. Photographs of ten kinds of things are far harder than digits: what you see
# took 30 minutes on one CPU core.

# %%
colour = pretrained.load("cifar10_jpeg")
plotting.image_grid(training.decode(colour, z[:24]), columns=8)

# %% [markdown]
# **Figure.** Three rows of eight generated pictures of 32×32 pixels: skies, meadows and
# animal or vehicle shapes, plausible in colour and layout, without clear detail.
#
# ## "How do I use my own images?"
#
# A real folder is messy. This helper makes one: mixed sizes, a palette, transparency, 16
# bits, CMYK, a photo on its side, an animation, a torn file and a text. What cannot be
# read is left out and says why. What remains has one shape and one range, and everything
# above takes it as it is.

# %%
own = runtime.runs_folder("03_dcgan", "own_images")
messy.write_images(own, datasets.from_unit_range(digits[..., 0]))
loaded = datasets.load_images(own, size=(32, 32), channels=3)
for entry in loaded.report[:9]:
    print(f"{entry.path:15} {entry.action:8} {entry.reason}")
mine = make_gan(width=8, size=32, channels=3, augment=augment, fuse=False)
mine.fit(loaded.images, batch_size=16, steps_per_epoch=20, verbose=0)
print("all:", loaded.images.shape, "→ drawn:", mine.generate(16).shape)

# %% [markdown]
# Twenty steps teach nothing, of course. Expect to need a thousand images or more, of one
# kind and framed alike; below ten thousand, keep `augment`.
#
# ## Know what it costs
#
# A convolution multiplies its whole kernel at each output position, a transposed one at
# each *input* position. A step costs 3 passes through G (forward, and backward at twice
# the price) and 7 through D (real and fake at three each; one to carry the gradient to
# G); the penalty, on every eighth step, is left out. Counted below at the `gpu` width.
# The estimate of that scale's minutes takes 5 TFLOP/s and at least 2 ms a step, since
# some hundred small operations must be launched; it is not a measurement.

# %%
for size, channels in ((64, 3), (28, 1)):
    g = convolutions.multiplications(make_generator(size, channels, width=GPU_WIDTH))
    d = convolutions.multiplications(
        make_discriminator(size, channels, width=GPU_WIDTH)
    )
    gigaflop = 2 * BATCH * (3 * g + 7 * d) / 1e9  # a multiplication and an addition
    print(f"{size}×{size}×{channels}: G {g:,}, D {d:,}, a step {gigaflop:.1f} GFLOP")

# %% tags=["nbval-ignore-output"]
estimate = GPU_STEPS * max(gigaflop / 5_000, 2e-3) / 60
print(f"measured: {1e3 * seconds_a_step:.0f} ms a step, pauses to measure included")
print(f"ESTIMATE for the gpu scale: {estimate:.0f} minutes")
print(f"peak memory of this notebook: {runtime.peak_memory():.2f} GiB")

# %% [markdown]
# ## The recipe, ranked
#
# One choice undone at a time, 1,500 steps on MNIST, one seed. The recipe itself has the
# Fréchet distance **6.0** (from another seed 6.9) and takes **40 ms** of one core a step;
# gaps below a third, or 5 ms, mean nothing. On the right: longer trials of earlier
# versions. `benchmarks/README.md` says how each number was measured.
#
# | rank | choice | distance when undone | CPU ms a step | longer trials: without → with |
# |---|---|---|---|---|
# | 1 | Adam with rate 2e-3, not 2e-4 · 1e-3 | 58 · 12 | 38 · 42 | 12 → 7 for 1e-3, 2,000 steps |
# | 2 | a hidden Dense layer in D | 36 | 31 | 26 → 12, 4,000 steps |
# | 3 | Adam with β₁ 0, not 0.5 | 17 | 42 | 24 → 17, 2,000 steps |
# | 4 | one of 64 in G, not none · 512 | 11 · 11 | 39 · 48 | 6.8, 16,000 steps → 3.6, 6,000 steps, with other R1 and β₁ |
# | 5 | an EMA with BatchNorm statistics of its own | 9.7 | 43 | 7.7 → 4.4, 2,000 steps |
# | 6 | BatchNorm in G | 9.1 | 39 | |
# | 7 | XLA for the optimizers, not for all of the step | 5.4 | 55 | 50 → 71 steps a second |
# | – | one forward pass for both players, not two | 4.9 | 51 | 24 → 29 steps a second |
#
# Row 4 has a warning: where z was not led past the hidden layer, G drew nearly the same
# image for every z in four of five trials.

# %% [markdown]
# **A better step can be a worse second.** Two passes, kernel 4 in D and twice the width
# score 4.9, 5.2 and 4.8, but take 51, 53 and 78 ms. In the same CPU time the recipe makes
# about 1,950, 1,950 and 2,930 steps and has 4.6, 4.6 and 3.1: the first two gain nothing,
# the width loses. Batches of 32 have 8.1 for 30 ms, and 6.0 after 2,000 steps, which take
# as long as the recipe's 1,500: level.

# %% [markdown]
# **No difference shown**: hinge loss (6.2), R1 with γ 0.2 every 16 steps (6.6), no R1
# (7.3 for 35 ms), optimizers without XLA (5.8 for 41 ms). Rate 4e-3 leads with both seeds
# tried, by little: 4.9 to 6.0 and 6.1 to 6.9. Whether R1 pays in longer runs, this table
# cannot say. Relativistic pairing with R1 and R2 has 17 for 46 ms, and after 4,000 steps
# of an earlier version no gain.

# %% [markdown]
# ## Save, reload, draw
#
# The file needs neither this course nor this notebook: plain Keras reads it, takes
# standard normal z and returns images in [−1, 1].

# %%
training.save_generator(folder / "generator.keras", gan.ema_generator)
again = keras.models.load_model(folder / "generator.keras")(
    z[:64], training=False
).numpy()
print("drawn again:", again.shape, "in [-1, 1]:", bool(np.abs(again).max() <= 1))
print("as before:", bool(np.allclose(again, sets["EMA"][:64], atol=1e-4)))

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/03_dcgan_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: sizes by hand
#
# Pictures of 100×100 pixels pass three `Conv2D` layers with kernel 5, stride 2 and padding
# "same", then two `Conv2DTranspose` layers with kernel 4, stride 2 and "valid". Which
# sides come out after the third and after the fifth layer?

# %% tags=["stub"]
third, fifth = ..., ...

# %% tags=["check"]
down, up = layers.Conv2D(1, 5, 2, "same"), layers.Conv2DTranspose(1, 4, 2, "valid")
maps = down(down(down(np.zeros((1, 100, 100, 1)))))
exercises.check("Exercise 1 · after the third", third, maps.shape[1])
exercises.check("Exercise 1 · after the fifth", fifth, up(up(maps)).shape[1])

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Put a stamp on every second of 25 pixels, the first one
# included: how many are that? Without padding, the last stamp begins at twice the
# distance, and sticks out with its whole length.</details>

# %% tags=["solution"]
third = int(np.ceil(np.ceil(np.ceil(100 / 2) / 2) / 2))  # "same": ⌈n/2⌉, 50, 25, 13
fifth = ((third - 1) * 2 + 4 - 1) * 2 + 4  # "valid": (n − 1)·2 + 4, 28, 58

# %% [markdown]
# ### Exercise 2: weights of a stamp
#
# How many weights has `Conv2DTranspose(32, 4, strides=2)` on a map with 64 channels, its
# bias included? And without bias, as in front of a BatchNorm?

# %% tags=["stub"]
with_bias, without_bias = ..., ...

# %% tags=["check"]
for name, yours in (("with bias", with_bias), ("without bias", without_bias)):
    layer = layers.Conv2DTranspose(32, 4, strides=2, use_bias=name == "with bias")
    layer.build((None, 7, 7, 64))
    exercises.check(f"Exercise 2 · {name}", yours, layer.count_params())

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>How large is the stamp that one input channel has for one
# output channel, and how many such pairs are there? Does the stride change a stamp? Which
# of the two kinds of channel gets a bias?</details>

# %% tags=["solution"]
without_bias = 4 * 4 * 64 * 32  # a 4×4 stamp for each pair of channels
with_bias = without_bias + 32  # and a number for each output channel

# %% [markdown]
# ### Exercise 3: count the stamps
#
# Return how many stamps of a transposed convolution fall on the least and on the most
# painted pixel of one row, away from the borders, for any kernel and stride.


# %% tags=["stub"]
def stamps(kernel, stride):
    return ...


# %% tags=["check"]
def painted(kernel, stride):
    """Let Keras paint 40 pixels with a stamp of ones; look at the middle."""
    layer = layers.Conv1DTranspose(1, kernel, stride, kernel_initializer="ones")
    row = np.ravel(layer(np.ones((1, 40, 1))))[10 * stride : 30 * stride]
    return int(row.min()), int(row.max())


sizes = [(4, 2), (5, 2), (6, 4), (3, 4), (7, 3), (11, 4), (1, 1), (8, 8)]
cases = [(size, painted(*size)) for size in sizes]
exercises.check_function("Exercise 3 · stamps", stamps, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Draw kernel 5, stride 2 on squared paper. Stamps begin at
# multiples of the stride: how many of these beginnings lie within reach of a pixel? What
# differs for its neighbour?</details>


# %% tags=["solution"]
def stamps(kernel, stride):
    # So many multiples of the stride fit into a window as long as the kernel.
    return kernel // stride, -(-kernel // stride)


# %% [markdown]
# ### Exercise 4: truncate
#
# Draw `n` numbers from N(0, 1) with the generator `rng`, then draw those outside
# [−limit, limit] anew until all lie inside. Return the numbers. (The check calls your
# function with two rngs of one seed, which must draw alike, and with one of another.)


# %% tags=["stub"]
def truncated(n, limit, rng):
    return ...


# %% tags=["check"]
def tried(limit, draw=truncated):
    """Draw with three rngs, two of them alike; return what `what` lists."""
    z, again, other = (draw(20_000, limit, np.random.default_rng(s)) for s in (0, 0, 1))
    if z is None or z is ...:
        return z
    outside, shared = np.mean(np.abs(z) > limit), np.mean(np.isin(z, other))
    alike = float(np.array_equal(z, again))
    return np.unique(z).size, outside, np.std(z), np.mean(np.abs(z)), alike, shared


what, cases = "[different numbers, share outside, std, mean of |z|, alike, shared]", []
for limit in (1.0, 3.0, 0.5):  # what it must be, by an integral over the density
    grid = np.linspace(-limit, limit, 10_001)
    p = np.exp(-(grid**2) / 2) / np.exp(-(grid**2) / 2).sum()
    right = 20_000, 0.0, np.sqrt(p @ grid**2), p @ np.abs(grid), 1.0, 0.0
    cases.append((limit, right, f"{what} for limit"))
exercises.check_function("Exercise 4", tried, cases, rtol=0.03)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>`outside = np.abs(z) > limit` is an array of truth
# values. What does `z[outside] = …` replace? Are all inside after one such round?
# </details>


# %% tags=["solution"]
def truncated(n, limit, rng):
    z = rng.normal(size=n)
    while (outside := np.abs(z) > limit).any():  # those drawn anew may lie outside, too
        z[outside] = rng.normal(size=outside.sum())
    return z


# %% [markdown]
# ### Exercise 5: show D the variety of a batch
#
# A collapsed G draws alike images, which D cannot notice as long as it sees them one by
# one. [Karras et al. 2018](https://arxiv.org/abs/1710.10196) (section 3) append a channel
# to the features (batch, h, w, c): the standard deviation over the batch (the root of the
# mean squared deviation), averaged over h, w and c, as one constant. Write it.


# %% tags=["stub"]
def add_batch_spread(x):
    return ...


# %% tags=["check"]
rng, cases = np.random.default_rng(SEED), []
for shape in ((6, 3, 2, 5), (2, 4, 4, 1), (4, 1, 1, 2)):
    x = rng.normal(rng.normal(size=shape[1:]), rng.uniform(0, 4, shape[1:]), shape)
    pixels = x.reshape(len(x), -1).T
    pairs = [np.mean((p[:, None] - p) ** 2) / 2 for p in pixels]  # of pairs of images
    constant = np.full((*shape[:3], 1), np.mean(np.sqrt(pairs)))
    cases.append((x, np.concatenate([x, constant], -1), f"features of shape {shape}"))
alike = np.tile(rng.normal(size=(1, 2, 3, 2)), (5, 1, 1, 1))
cases.append((alike, np.pad(alike, [(0, 0)] * 3 + [(0, 1)]), "five times one image"))
exercises.check_function("Exercise 5", add_batch_spread, cases, atol=1e-3)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Along which axis do images differ from one another? How
# many numbers are left when that axis is gone? And which shape must the new channel have to
# be joined to `x`?</details>


# %% tags=["solution"]
def add_batch_spread(x):
    spread = np.std(x, axis=0)  # of each feature: (h, w, c)
    channel = np.full_like(x[..., :1], spread.mean())  # one number, everywhere
    return np.concatenate([x, channel], axis=-1)


# %% [markdown]
# ## Further reading
#
# - [Radford et al. 2016](https://arxiv.org/abs/1511.06434): the paper of this chapter;
#   its section 6 calculates with codes of faces.
# - [Odena et al. 2016](https://doi.org/10.23915/distill.00003): checkerboards, with
#   figures that move.
# - [Zhao et al. 2020](https://arxiv.org/abs/2006.10738): what a GAN can learn from a
#   hundred images.

# %%
headline, floor = comparison.mean["EMA"], comparison.mean["real"]
goal = 8 if data.stand_in_for is None else 7  # the digits' own floor is lower
runtime.save_summary(
    "03_dcgan",
    measure="Fréchet distance",
    value=headline.frechet,
    floor=floor.frechet,
    checks={
        f"inception score ≥ {goal}": headline.inception_score >= goal,
        "no class under 3 %": shares.min() >= 0.03,
        "distance ≤ 5 × floor": headline.frechet <= 5 * floor.frechet,
        "generator reloads": np.abs(again).max() <= 1,
    },
)
