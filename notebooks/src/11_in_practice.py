# %% [markdown]
# # Long runs in practice: stop, resume, watch, speed up, and count the cost
#
# ![A curve that falls on a logarithmic axis. A second curve begins at a checkpoint in the middle and lies exactly on the first. A grey band marks the steps that were lost when the run was killed.](attachment:opening.png)
#
# A run was killed in the middle; the resumed run ends exactly where the run without a break ends.

# %% [markdown]
# **You do**: kill a training with a signal and resume it bit for bit, keep the best
# checkpoint, watch a run in TensorBoard, stop at NaN, and train on two devices.
#
# **You learn**: what a checkpoint must hold, what must stay float32, what XLA and a second
# device change, what a step costs, and how to judge a GAN with few images.
#
# **You need**: chapters 2 and 3; 90 minutes with a teacher, without the open exercise; alone,
# plan two hours. Two CPU cores compute for about one minute. A GPU is not needed.

# %% tags=["setup"]

# %% tags=["imports"]
import inspect
import json
import os
import signal
import subprocess
import sys
import time
from functools import cache

import keras
import numpy as np
import tensorflow as tf
from IPython.display import Image
from keras import layers
from tensorboard.backend.event_processing import event_accumulator

from ganutils import datasets, metrics, monitoring, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import features
from ganutils.training import augmentation, losses

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
LATENT, BATCH, RATE = 64, 64, 1e-3
STEPS = runtime.pick(smoke=32, cpu=800, gpu=8_000)
EVERY = STEPS // 8  # steps from one checkpoint to the next
CUT = STEPS // 2 + EVERY // 2  # the step at which a run dies
agree = exercises.agree
print(runtime.banner())

# %% [markdown]
# Part 4 needs two devices. A laptop can pretend to have them: TensorFlow splits the CPU into
# two virtual devices. It can do so only before its first computation, so this cell comes now.

# %%
cpu = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, halves)
tf.config.experimental.enable_op_determinism()  # equal inputs, equal bits
print(len(tf.config.list_logical_devices("CPU")), "virtual CPU devices")

# %% [markdown]
# ## Part 1: what must survive when a run is killed?
#
# The networks are a small version of the convolutional pair of chapter 3: G doubles 7 × 7 maps
# twice, D halves 28 × 28 pictures twice. `make_gan` gives the same weights for the same
# seed.


# %% tags=["shared"]
def make_networks(width=8):
    """Return G: z (batch, 64) → digits (batch, 28, 28, 1), and D: digits → logits."""
    z, image = keras.Input((LATENT,)), keras.Input((28, 28, 1))
    x = layers.Dense(7 * 7 * 2 * width, activation="leaky_relu")(z)
    x = layers.Reshape((7, 7, 2 * width))(x)
    x = layers.Conv2DTranspose(width, 4, 2, "same", activation="leaky_relu")(x)
    x = layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh")(x)
    y = layers.Conv2D(width, 3, 2, "same", activation="leaky_relu")(image)
    y = layers.Conv2D(2 * width, 3, 2, "same", activation="leaky_relu")(y)
    y = layers.Dense(64, activation="leaky_relu")(layers.Flatten()(y))
    return keras.Model(z, x), keras.Model(image, layers.Dense(1)(y))


def make_gan(seed, width=8, **options):
    """Return a compiled GAN; the same seed gives the same weights."""
    runtime.set_seed(seed)
    networks = make_networks(width)
    gan = training.GAN(*networks, latent_dim=LATENT, ema_decay=0.995, seed=seed)
    adams = [keras.optimizers.Adam(RATE, beta_1=0.0, beta_2=0.99) for _ in "DG"]
    gan.compile("non_saturating", [losses.r1(1.0, 8)], *adams, one_pass=True, **options)
    return gan


# %% [markdown]
# What changes during a training? The weights do, and so do the averaged weights and the
# numbers of both optimizers. Adam keeps two running means for each weight. The random
# numbers change as well: each step draws its batch and its noise from `(seed, step)`, so
# the step is all that must be kept of them.
#
# Predict: how many times the weights of G and D does a checkpoint hold?

# %%
gan = make_gan(SEED)
weights_g, weights_d = gan.generator.count_params(), gan.discriminator.count_params()
numbers = sum(int(np.prod(v.shape)) for v in gan.state())
print(f"weights: G {weights_g:,}, D {weights_d:,}; in a checkpoint {numbers:,}")
counters = 1 + 2 * 2  # the step; of each optimizer its own step and its rate
expected = 4 * weights_g + 3 * weights_d + counters
agree(
    "A checkpoint holds G four times, D three times, five counters", numbers, expected
)

# %% [markdown]
# G counts four times: its weights, their average, and two running means of Adam. D has no
# average. A file with the weights alone is no checkpoint: exercise 3 shows what it costs.
#
# Now split the pictures in three sets. The GAN trains on the first. The second is the
# **validation set**: pictures that the GAN never gets, on which you choose. The test set
# judges at the end, once. A choice made on the test set would flatter the result.

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("mnist")
held = min(2_000, len(data.x_train) // 5)
train, validation = np.split(data.x_train, [-held])
order = np.random.default_rng(SEED).permutation(len(data.x_test))
test, others = np.split(data.x_test[order], [min(held, len(order) // 2)])
judge = features.load(data.name)
known = {"validation": judge.embed(validation).features}
known |= {"test": judge.embed(test).features}
folder = runtime.runs_folder("11_in_practice")
np.save(folder / "train.npy", train)
print(data.source, "\ntrain, validation, test:", len(train), len(validation), len(test))


def distance(images, kind="validation"):
    """Return the Fréchet distance of at most 1,000 images to a set of real ones."""
    return metrics.frechet_distance(known[kind], judge.embed(images[:1_000]).features)


def measured(gan):
    return {"frechet": distance(gan.generate(1_000, seed=1))}


# %% [markdown]
# The first run has no break. It is watched by four callbacks. `Checkpoint` saves every so many
# steps. `Measure` computes the Fréchet distance (chapter 2: 0 is best) and keeps the best
# GAN in a file. Keras's `TensorBoard` and a small callback of our own write **event files**:
# logs that TensorBoard reads while the run goes on.

# %% tags=["nbval-ignore-output"]
logs = folder / "tensorboard"
for old in logs.rglob("events*"):
    old.unlink()
board = keras.callbacks.TensorBoard(logs, write_graph=False)
writer = tf.summary.create_file_writer(str(logs / "measures"))
measure = monitoring.Measure(measured, EVERY, best="frechet", path=folder / "best.npz")


class Board(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        row, drawn = measure.rows[-1], self.model.generate(8, seed=0)
        with writer.as_default():
            tf.summary.scalar("frechet", row["frechet"], row["step"])
            tf.summary.image("digits", (drawn + 1) / 2, row["step"], max_outputs=8)
        writer.flush()


saver = monitoring.Checkpoint(folder / "straight.npz", EVERY)
straight, began = make_gan(SEED), time.perf_counter()
plan = {
    "steps_per_epoch": EVERY,
    "epochs": 8,
    "callbacks": [measure, saver, board, Board()],
}
straight.fit(train, batch_size=BATCH, verbose=0, **plan)
seconds_a_step = (time.perf_counter() - began) / STEPS
print(f"{STEPS:,} steps, {1e3 * seconds_a_step:.0f} ms each, measuring included")

# %% [markdown]
# ## A real kill
#
# A long run is a script, not a notebook. The next cell writes one: the code of the two cells
# above, copied by `inspect.getsource`, and a function that trains and dies. At step `CUT` the
# process sends itself SIGKILL. A program cannot catch this signal, so nothing is saved at
# that moment. A computer that runs out of memory kills a process in the same way.


# %%
def train_until_killed(every, cut):
    class Power(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.step) == cut:
                os.kill(os.getpid(), signal.SIGKILL)

    watch = [monitoring.Checkpoint("killed.npz", every), Power()]
    how = {"steps_per_epoch": 2 * cut, "callbacks": watch, "verbose": 0}
    make_gan(SEED).fit(np.load("train.npy"), batch_size=BATCH, **how)


parts = [
    "import os, signal, keras, numpy as np, tensorflow as tf",
    "from keras import layers",
    "from ganutils import monitoring, training",
    "from ganutils.kit import runtime",
    "from ganutils.training import losses",
    "tf.config.experimental.enable_op_determinism()",
    f"SEED, LATENT, BATCH, RATE = {SEED}, {LATENT}, {BATCH}, {RATE}",
    *map(inspect.getsource, (make_networks, make_gan, train_until_killed)),
    f"train_until_killed({EVERY}, {CUT})",
]
(folder / "train.py").write_text("\n".join(parts), "utf8")
(folder / "killed.npz").unlink(missing_ok=True)
child = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True)
agree("The child process was ended by SIGKILL", child.returncode, -signal.SIGKILL)

# %% [markdown]
# What is left is the last file, and it is whole: `Checkpoint` writes to a second name and then
# renames the file. Resume now, in another process, with networks built anew. On the way,
# press Ctrl-C as well: a callback sends the signal of Ctrl-C, SIGINT. Python turns it into a
# `KeyboardInterrupt`, so this time `Checkpoint` can save the very step.


# %%
class CtrlC(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) == CUT + 2 * EVERY:
            signal.raise_signal(signal.SIGINT)


again = monitoring.Checkpoint(folder / "killed.npz", EVERY)
measure_again = monitoring.Measure(measured, EVERY)
resumed, starts, interrupted = make_gan(SEED), [], 0
while not starts or starts[-1] < STEPS:
    starts.append(resumed.load_checkpoint(folder / "killed.npz"))
    left = {"steps_per_epoch": STEPS - starts[-1], "callbacks": [again, measure_again]}
    if len(starts) == 1:
        left["callbacks"].append(CtrlC())
    try:
        if starts[-1] < STEPS:
            resumed.fit(train, batch_size=BATCH, verbose=0, **left)
    except KeyboardInterrupt:
        interrupted += 1
agree("The kill lost the steps since the last checkpoint", starts[0], CUT - EVERY // 2)
agree(
    "One Ctrl-C came, and it lost no step",
    [interrupted, starts[1]],
    [1, CUT + 2 * EVERY],
)
same = [
    np.array_equal(a, b) for a, b in zip(straight.state(), resumed.state(), strict=True)
]
agree(
    "After a kill and a Ctrl-C, all numbers are those of the run without a break", same
)

# %% [markdown]
# The resumed process did not need luck. The file holds every number that the next step
# reads, and the step draws its random numbers from `(seed, step)`. Two machines may round
# differently, so bit-for-bit equality holds on one machine.

# %% tags=["opening"]
figure, (axes,) = plotting.new_figure(8.4, 3.2)
curve = [[row[key] for row in measure.rows] for key in ("step", "frechet")]
curve_again = [[row[key] for row in measure_again.rows] for key in ("step", "frechet")]
axes.semilogy(
    *curve, "o-", color="tab:orange", linewidth=6, alpha=0.4, label="no break"
)
axes.semilogy(*curve_again, ".--", color="black", label="resumed")
axes.axvspan(starts[0], CUT, color="0.85", label="steps lost in the kill")
axes.axvline(CUT, color="tab:red", label="SIGKILL")
axes.axvline(starts[1], color="tab:blue", linestyle=":", label="Ctrl-C")
axes.set(xlabel="training step", ylabel="Fréchet distance")
axes.legend(ncols=2)
figure

# %% [markdown]
# **Figure.** The Fréchet distance to validation images over the steps, on a logarithmic axis.
# The thick orange curve is the run without a break. The dashed black one starts at the
# checkpoint before the kill and lies on it. The grey band is the work that the kill cost.
#
# ## Part 2: which step do you keep, and how do you watch?
#
# The last step need not be the best. `Measure` kept the step with the smallest distance to
# the *validation* set. Report the distance to the *test* set, which took no part in the
# choice. The floor (chapter 2: what real data score) is real test pictures against the other
# ones.

# %% tags=["nbval-ignore-output"]
rows = {"last step": straight.generate(1_000, seed=2)}
best = make_gan(SEED)
best.load_checkpoint(measure.path)
rows[f"best step, {measure.best_row['step']}"] = best.generate(1_000, seed=2)
rows["real (the floor)"] = others
print("Fréchet distance to          validation    test")
for name, images in rows.items():
    found = [distance(images, kind) for kind in known]
    print(f"{name:26} {found[0]:12.1f} {found[1]:7.1f}")
shown = np.concatenate([others[:12], best.generate(12, seed=2)])
plotting.image_grid(shown, 12, labels=["real", "drawn"])

# %% [markdown]
# **Figure.** Twelve real digits above twelve drawn by the best checkpoint of this short run.
# The strokes are there, but most shapes are no digits yet.
#
# In this run the distance was still falling, so the best step is a late one. Part 6 shows
# runs whose best step came early.
#
# Start `tensorboard --logdir runs/11_in_practice/tensorboard` in a terminal to watch a run in
# a browser. What does it read? Open the event files with its own reader.

# %%
reader = event_accumulator.EventAccumulator(str(logs / "measures")).Reload()
points = reader.Tensors("frechet")
values = [float(tf.make_ndarray(point.tensor_proto)) for point in points]
agree(
    "The event file holds the steps that were measured",
    [p.step for p in points],
    curve[0],
)
agree(
    "It holds the measured distances, as float32", np.divide(values, curve[1]), 1, 1e-6
)
epochs = event_accumulator.EventAccumulator(str(logs / "train")).Reload()
print("Keras wrote:", *(tag for tag in epochs.Tags()["tensors"] if "loss" in tag))
agree(
    "Each epoch stands in the log once",
    [p.step for p in epochs.Tensors("epoch_d_loss")],
    range(8),
)

# %%
Image(runtime.bundled("tensorboard.png"))

# %% [markdown]
# **Figure.** A screenshot of TensorBoard in a browser, made from a run of this chapter. Three
# charts show D's loss, G's loss and the Fréchet distance over the steps; a row of pictures
# shows digits drawn from fixed noise.
#
# ## Stop at NaN
#
# A NaN spreads: once a weight is NaN, every later number is. Break a run on purpose with an
# absurd learning rate. `NonFinite` looks at the losses in every step and at the weights, and
# stops the run. Then go back to the last good file.

# %%
straight.d_optimizer.learning_rate = 1e30
watch = [monitoring.NonFinite(folder / "straight.npz", every=1)]
how = {"steps_per_epoch": EVERY, "callbacks": watch, "verbose": 0}
stopped = False
try:
    straight.fit(train, batch_size=BATCH, **how)
except FloatingPointError:
    stopped = True
broken = int(straight.step) - STEPS
agree("The run stopped by itself, within four steps", stopped and broken <= 4)
straight.load_checkpoint(folder / "straight.npz")
finite = [np.isfinite(np.asarray(v)).all() for v in straight.state()]
agree("After loading, every number is finite again", finite)
agree(
    "The old learning rate is back, too", straight.d_optimizer.learning_rate, RATE, 1e-9
)

# %% [markdown]
# ## Part 3: does a step get faster, and does it stay the same step?
#
# **Mixed precision** means to compute the layers in 16 bits and to keep the weights in 32
# bits ([Micikevicius et al. 2018](https://arxiv.org/abs/1710.03740)). Many GPUs multiply
# numbers of 16 bits faster. But float16 holds few numbers: none above 65,504, and near 1 a
# step of about 0.001. Four small experiments show what must stay float32.


# %%
def half(value):
    return tf.cast(value, tf.float16)


agree("Weights: a step of 0.0002 from 1 is lost in float16", half(1) + half(2e-4), 1)
agree("Gradients: 1e-8 becomes 0", half(1e-8), 0)
agree("1,024 times as large, it survives", half(1e-8 * 1024) / 1024 > 0)
agree("Squares, as in R1: 300² is infinite", tf.math.is_inf(half(300) ** 2))
agree("Long sums: 2,048 ones and one more are 2,048", half(2048) + half(1), 2048)

# %% [markdown]
# So the weights, Adam's means, the losses and R1's sum stay float32. Small gradients need
# **loss scaling**: multiply the loss by a large number, and divide the gradients by it
# (section 3.2 of the paper). bfloat16, another format of 16 bits, has the range of float32
# and fewer digits.
#
# Is it still the same step? Compare D's gradient of one batch in three precisions.

# %%
x = tf.constant(train[:BATCH])
gradients, policies = {}, ("float32", "mixed_float16", "mixed_bfloat16")
for policy in policies:
    keras.config.set_dtype_policy(policy)
    runtime.set_seed(SEED)
    net = make_networks()[1]
    with tf.GradientTape() as tape:
        s = tf.cast(net(x), tf.float32)  # the loss in float32
        loss = tf.reduce_mean(tf.nn.softplus(-s))
    found = tape.gradient(loss, net.trainable_variables)
    agree(f"{policy}: weights are float32", net.weights[0].dtype == "float32")
    gradients[policy] = np.concatenate([np.ravel(part) for part in found])
keras.config.set_dtype_policy("float32")
exact = gradients["float32"]
for policy, limit in zip(policies[1:], (0.02, 0.3), strict=True):
    error = np.linalg.norm(gradients[policy] - exact) / np.linalg.norm(exact)
    agree(f"{policy}: D's gradient is off by less than {limit:.0%}", error < limit)

# %% [markdown]
# In Keras one line switches mixed precision on, before the networks are built:
# `keras.config.set_dtype_policy("mixed_float16")`. A CPU without arithmetic in 16 bits gains
# nothing. Time your own step before you use it.
#
# **XLA** is a compiler that joins many small operations of a network into few large ones
# (`jit_compile=True`). Compiling takes time once for each shape. Does it pay? Time the gradient
# of three networks. Predict: which of them gains?


# %% tags=["nbval-ignore-output"]
def timed(net, inputs, jit):
    """Return the seconds of the first call, and calls a second after it."""

    def pull(inputs):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(net(inputs) ** 2)
        return tape.gradient(loss, net.trainable_variables)

    calls, pull = (
        runtime.pick(smoke=5, cpu=150, gpu=500),
        tf.function(pull, jit_compile=jit),
    )
    times = [time.perf_counter()]
    for count in (1, calls):
        for _ in range(count):
            pull(inputs)[0].numpy()  # waits for the result
        times.append(time.perf_counter())
    return times[1] - times[0], calls / (times[2] - times[1])


generator, discriminator = make_networks()
z = tf.random.stateless_normal((BATCH, LATENT), (SEED, 1))
dense = [layers.Dense(units, activation="leaky_relu") for units in (256, 512, 784)]
trials = {"G": (generator, z), "D": (discriminator, x)}
trials["Dense, as in chapter 2"] = keras.Sequential([keras.Input((LATENT,)), *dense]), z
print("network                  first call: plain, XLA   calls a second: plain, XLA")
for name, (net, inputs) in trials.items():
    (first, rate), (first_xla, rate_xla) = (
        timed(net, inputs, jit) for jit in (None, True)
    )
    seconds = f"{first:11.2f} s {first_xla:5.2f} s"
    print(f"{name:24} {seconds} {rate:18.0f} {rate_xla:6.0f}")

# %% [markdown]
# Read the table for your machine. The first call with XLA takes longer: it compiles. A gain
# afterwards must first pay that time back. On some CPUs XLA slows convolutions
# down, so `GAN.compile` leaves it off by default. Its argument `fuse_updates=True` compiles
# only the optimizers.
#
# ## Part 4: what do two devices compute?
#
# Each device keeps a copy of all weights, a **replica**, and gets its rows of the batch. Then
# the gradients are averaged, and every replica takes the same step. Why is this the step of
# one device? A loss that is a mean over rows has a gradient that is a mean over rows:
#
# $$\nabla\,\frac1{64}\sum_{i=1}^{64} L_i = \frac12\Big(\nabla\frac1{32}\sum_{i\le32}L_i +
# \nabla\frac1{32}\sum_{i>32}L_i\Big).$$


# %%
def gradient_of_d(rows):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-discriminator(rows, training=True)))
    parts = tape.gradient(loss, discriminator.trainable_variables)
    return np.concatenate([np.ravel(part) for part in parts])


mean_of_halves = (gradient_of_d(x[:32]) + gradient_of_d(x[32:])) / 2
agree("The mean of both halves' gradients", mean_of_halves, gradient_of_d(x), 1e-5)

# %% [markdown]
# The proof fails for BatchNorm, whose mean over the rows of one device is another number than
# the mean over all rows. Our networks have no BatchNorm.
#
# Now the real thing: `tf.distribute.MirroredStrategy` on the two virtual devices. Build
# networks, optimizers and GAN inside its `scope()`; `fit` stays the same.

# %%
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    two = make_gan(SEED)
one, step = make_gan(SEED), {"batch_size": BATCH, "steps_per_epoch": 1, "verbose": 0}
logs_two, logs_one = two.fit(train, **step).history, one.fit(train, **step).history
for name in ("d_loss", "g_loss", "real_logits", "r1"):
    agree(f"One device and two: the same {name}", logs_two[name], logs_one[name], 1e-4)
pairs = []
for mine, theirs in zip(one.generator.weights, two.generator.weights, strict=True):
    copies = strategy.experimental_local_results(theirs.value)
    first, second = (np.asarray(copy) for copy in copies)
    pairs.append((np.array_equal(first, second), np.abs(first - mine.numpy()).mean()))
agree("After the step both replicas of G are equal, bit for bit", [p[0] for p in pairs])
agree("They are G on one device, up to rounding", [p[1] for p in pairs], 0, 1e-5)

# %% [markdown]
# Two virtual devices share the same cores, so nothing gets faster here. On several real GPUs
# the same lines divide the work. `docs/several_devices.md` of the project tells the rest.
#
# ## Part 5: what does a step cost?
#
# Count before you rent a machine. The usual unit is the **FLOP**, one multiplication or one
# addition of two numbers. A convolution uses each weight of its kernel once for each *output*
# position. A transposed convolution uses it once for each *input* position. A Dense layer
# uses each weight once.


# %% tags=["shared"]
def multiplications(network):
    """Count the products of one forward pass of one sample; biases are left out."""
    total = 0
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            transposed = isinstance(layer, layers.Conv2DTranspose)
            positions = (layer.input if transposed else layer.output).shape[1:-1]
            total += int(np.prod(layer.kernel.shape) * np.prod(positions))
    return total


# %% [markdown]
# A backward pass costs two forward passes: one for the gradient of the weights, one for the
# gradient of the inputs. So one step needs 3 passes of G. D needs 3 on real pictures, 3 on
# fakes, and 1 more to carry the gradient to G. R1 is left out.
#
# $$\text{FLOP of a step} = 2\cdot\text{batch}\cdot(3\,m_G + 7\,m_D)$$
#
# with m the multiplications of one network, and 2 for one addition per product.


# %%
def flop_of_a_step(networks, batch=BATCH):
    m_g, m_d = map(multiplications, networks)
    return 2 * batch * (3 * m_g + 7 * m_d)


# By hand, for width 8: kernel sizes, channels, positions
m_g = 64 * 784 + 4 * 4 * 16 * 8 * 7**2 + 4 * 4 * 8 * 1 * 14**2
m_d = 3 * 3 * 1 * 8 * 14**2 + 3 * 3 * 8 * 16 * 7**2 + 784 * 64 + 64
counted = [multiplications(network) for network in (generator, discriminator)]
agree("Counted by hand and by the function", counted, [m_g, m_d])
for width in (8, 16, 32, 64):
    print(
        f"width {width:2}: {flop_of_a_step(make_networks(width)) / 1e9:6.2f} GFLOP a step"
    )

# %% tags=["nbval-ignore-output"]
reached = flop_of_a_step((generator, discriminator)) / seconds_a_step / 1e9
print(
    f"this machine, width 8: {1e3 * seconds_a_step:.0f} ms a step, {reached:.1f} GFLOP/s"
)

# %% [markdown]
# Twice the width costs between two and four times as much. The convolutions between two wide
# maps grow with the square of the width, the others with the width. The speed that this
# machine reaches is far below its peak: small layers spend their time on other things than
# products.
#
# What do the trainings of this course cost? The minutes are measured on two CPU cores, for
# the whole training cell. No GPU was measured, so the last column is empty on purpose.
#
# | chapter | training | scale | steps | minutes, two cores | minutes, GPU |
# |---|---|---|---|---|---|
# | 2 | ring, Dense | cpu | 3,000 | 0.2 | not measured |
# | 2 | MNIST, Dense | cpu | 26,000 | 5.1 | not measured |
# | 11 | MNIST, this chapter | cpu | 800 | 0.3 | not measured |
#
# ## Part 6: what if you have only 200 pictures?
#
# With few pictures D learns them by heart. Then D no longer asks whether a picture looks real,
# but whether it is one of the 200. This is **overfitting**: good on the training data, worse on
# new data. **Differentiable augmentation** changes real *and* fake pictures at random before
# D sees them ([Zhao et al. 2020](https://arxiv.org/abs/2006.10738)). The change has a
# gradient, so G still learns through it. One change is a shift by some pixels:


# %%
def translate(images, seed, share=1 / 8):
    for axis, own in zip((1, 2), tf.unstack(tf.random.split(seed, 2)), strict=True):
        side, around = images.shape[axis], [[0, 0]] * 4
        most = round(share * side)
        shifts = tf.random.stateless_uniform(
            [len(images)], own, -most, most + 1, "int32"
        )
        around[axis] = [most, most]  # black comes in from outside
        padded = tf.pad(images, around, constant_values=-1.0)
        source = tf.range(side) + most - shifts[:, None]
        images = tf.gather(padded, source, axis=axis, batch_dims=1)
    return images


shifted = [translate(x, (SEED, draw)) for draw in (1, 2)]
by_package = augmentation.translate(x, (SEED, 1))
agree("The package's translate gives the same pictures", shifted[0], by_package)
plotting.image_grid(
    np.concatenate([x[:12], *(s[:12] for s in shifted)]),
    12,
    labels=["real", "D sees", "or"],
)
