# %% [markdown]
# # Long runs in practice: stop, resume, watch, speed up, and count the cost
#
# ![A curve that falls. A second, thin curve begins behind a grey band in the middle and lies exactly on the first. The band marks the steps that were lost when the run was killed.](attachment:opening.png)
#
# A run was killed in the middle; the resumed run ends exactly where the run without a break ends.

# %% [markdown]
# **You do**: kill a training with a signal and resume it bit for bit, keep the best
# step, watch a run in TensorBoard, and train on two devices.
#
# **You learn**: what a checkpoint must hold, what must stay float32, what XLA and a second
# device change, and what a step costs. You also learn how to judge a GAN with few images.
#
# **You need**: chapters 2 and 3; 90 minutes with a teacher, without the open exercise; alone,
# plan two hours. Two CPU cores compute for about one minute. A GPU is not needed.

# %% tags=["setup"]

# %% tags=["imports"]
import functools
import inspect
import json
import os
import signal
import subprocess
import sys
import timeit

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
STEPS = runtime.pick(smoke=32, cpu=1_600, gpu=8_000)
EVERY, CUT = STEPS // 8, STEPS * 9 // 16  # between checkpoints; where a run dies
agree = exercises.agree
print(runtime.banner())

# %% [markdown]
# Part 4 needs two devices. A laptop can pretend to have them: TensorFlow splits the CPU into
# two virtual devices. It can do so only before its first computation, so this cell comes now.

# %%
halves = [tf.config.LogicalDeviceConfiguration() for _ in range(2)]
tf.config.set_logical_device_configuration(tf.config.list_physical_devices()[0], halves)
tf.config.experimental.enable_op_determinism()  # equal inputs, equal bits
tf.get_logger().setLevel("ERROR")

# %% [markdown]
# ## Part 1: what must survive when a run is killed?
#
# The networks are a small version of the convolutional pair of chapter 3. G doubles 7 × 7 maps
# twice, D halves 28 × 28 pictures twice.
#
# What changes during a training? The weights do, and so do the averaged weights and the
# numbers of both optimizers. Adam keeps two running means for each weight. Each step draws
# its batch and its noise from `(seed, step)`, so the step alone stands for all of them.
#
# Predict: how many times does a checkpoint hold G's weights, and how many times D's?


# %% tags=["shared"]
def make_networks(width=8):
    small, leaky = {"strides": 2, "padding": "same"}, {"activation": "leaky_relu"}
    z, image = keras.Input((LATENT,)), keras.Input((28, 28, 1))
    x = layers.Reshape((7, 7, -1))(layers.Dense(7 * 7 * 2 * width, **leaky)(z))
    x = layers.Conv2DTranspose(width, 4, **small, **leaky)(x)
    x = layers.Conv2DTranspose(1, 4, **small, activation="tanh")(x)
    y = layers.Conv2D(width, 3, **small, **leaky)(image)
    y = layers.Flatten()(layers.Conv2D(2 * width, 3, **small, **leaky)(y))
    y = layers.Dense(1)(layers.Dense(64, **leaky)(y))
    return keras.Model(z, x), keras.Model(image, y)


def make_gan(seed, width=8, **options):
    runtime.set_seed(seed)
    how = {"latent_dim": LATENT, "ema_decay": 0.995, "seed": seed}
    gan = training.GAN(*make_networks(width), **how)
    adams = [keras.optimizers.Adam(RATE, beta_1=0.0, beta_2=0.99) for _ in "DG"]
    gan.compile("non_saturating", [losses.r1(1.0, 8)], *adams, one_pass=True, **options)
    return gan


gan = make_gan(SEED)
weights_g, weights_d = gan.generator.count_params(), gan.discriminator.count_params()
parts = 4 * weights_g + 3 * weights_d + 5  # five counters: steps, learning rates
agree("A file holds 4 × G, 3 × D, 5 counters", sum(map(np.size, gan.state())), parts)

# %% [markdown]
# G counts four times: its weights, their average, and two running means of Adam. D has no
# average. A file with the weights alone is no checkpoint: exercise 3 shows what it costs.
#
# Now split the pictures in three sets. The GAN trains on the first. The second is the
# **validation set**: pictures that the GAN never gets, on which you choose. The test set
# judges at the end, once. A choice made on the test set would flatter the result.

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("mnist")
rng, held = np.random.default_rng(SEED), min(2_000, len(data.x_train) // 5)
train, validation = np.split(rng.permutation(data.x_train), [-held])
test, others = np.array_split(rng.permutation(data.x_test), 2)
judge, sets = features.load(data.name), {"validation": validation, "test": test}
known = {name: judge.embed(images).features for name, images in sets.items()}
print(data.source, "\ntrain, validation, test:", len(train), len(validation), len(test))


def distance(images, kind="validation"):
    return metrics.frechet_distance(known[kind], judge.embed(images[:1_000]).features)


# %% [markdown]
# The first run has no break. `Checkpoint` saves every so many steps. `Measure` computes the
# Fréchet distance (chapter 2: 0 is best) and keeps the best GAN in a file. Keras's
# `TensorBoard` and `tf.summary` write **event files**: logs that TensorBoard reads while the
# run goes on.

# %% tags=["nbval-ignore-output"]
folder = runtime.runs_folder("11_in_practice")
logs = folder / "tensorboard" / f"run-{os.getpid()}"  # a folder for each run


def measured(gan):
    drawn, step = gan.generate(1_000, seed=1), int(gan.step)
    value = distance(drawn)
    tf.summary.scalar("frechet", value, step)  # does nothing without a writer
    tf.summary.image("digits", (np.hstack(drawn[:6])[None] + 1) / 2, step)
    return {"frechet": value}


measure = monitoring.Measure(measured, EVERY, best="frechet", path=folder / "best.npz")
board = keras.callbacks.TensorBoard(logs, write_graph=False)
watch = [measure, monitoring.Checkpoint(folder / "straight.npz", EVERY), board]
plan = {"steps_per_epoch": EVERY, "epochs": 8, "callbacks": watch, "verbose": 0}
straight = make_gan(SEED)
with tf.summary.create_file_writer(str(logs / "measures")).as_default():
    straight.fit(train, batch_size=BATCH, **plan)

# %% [markdown]
# ## A real kill
#
# A long run is a script, not a notebook. The next cell writes one: `inspect.getsource` copies
# the functions of this chapter. At step `CUT` a callback sends the process SIGKILL. A
# program cannot catch this signal, so nothing is saved at that moment. A computer that
# runs out of memory kills a process in the same way.


# %% tags=["shared"]
def send(number, gan, at):
    def look(batch, logs):
        return int(gan.step) == at and os.kill(os.getpid(), number)

    return keras.callbacks.LambdaCallback(on_train_batch_end=look)


def train_to(last, gan, pictures, *watch):
    how = {"batch_size": BATCH, "callbacks": [*watch], "verbose": 0}
    gan.fit(pictures, steps_per_epoch=last - int(np.asarray(gan.step)), **how)


# %%
header = f"""import os, signal, keras, numpy as np, tensorflow as tf
from ganutils import kit, monitoring, training
runtime, losses = kit.runtime, training.losses
tf.config.experimental.enable_op_determinism()
layers, LATENT, BATCH, RATE = keras.layers, {LATENT}, {BATCH}, {RATE}"""
copied = map(inspect.getsource, (make_networks, make_gan, send, train_to))
end = f"""gan, saver = make_gan({SEED}), monitoring.Checkpoint("killed.npz", {EVERY})
train_to({STEPS}, gan, np.load("train.npy"), saver, send(signal.SIGKILL, gan, {CUT}))"""
(folder / "train.py").write_text("\n".join([header, *copied, end]), "utf8")
np.save(folder / "train.npy", train)
child = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True)
agree("The child process was ended by SIGKILL", child.returncode, -signal.SIGKILL)

# %% [markdown]
# What is left is the last file, and it is whole: `Checkpoint` writes to a second name and then
# renames the file (exercise 2). Resume now, in another process, with networks built anew. On
# the way, press Ctrl-C as well: its signal is SIGINT. Python turns it into a
# `KeyboardInterrupt`, so this time `Checkpoint` can save the very step.

# %%
resumed, starts = make_gan(SEED), []
measure_again = monitoring.Measure(measured, EVERY)
watch = [monitoring.Checkpoint(folder / "killed.npz", EVERY), measure_again]
for at in (CUT + 2 * EVERY, 0):  # Ctrl-C comes once
    starts.append(resumed.load_checkpoint(folder / "killed.npz"))
    try:
        train_to(STEPS, resumed, train, *watch, send(signal.SIGINT, resumed, at))
    except KeyboardInterrupt:
        print("Ctrl-C")
lost = starts, [CUT - EVERY // 2, CUT + 2 * EVERY]
agree("The kill lost the steps since the last file, Ctrl-C lost none", *lost)
same = list(map(np.array_equal, straight.state(), resumed.state()))
agree("All numbers are those of the run without a break, bit for bit", same)

# %% [markdown]
# The resumed process did not need luck. The file holds every number that the next step
# reads, and the step draws its random numbers from `(seed, step)`. Two machines may round
# differently, so bit-for-bit equality holds on one machine.

# %% tags=["opening"]
figure, (axes,) = plotting.new_figure(8.4, 3.2)
for run, label, lw in ((measure, "no break", 7), (measure_again, "resumed", 1.5)):
    axes.plot(*zip(*map(dict.values, run.rows), strict=True), lw=lw, label=label)
axes.axvspan(starts[0], CUT, color="0.85", label="lost in the kill at its right edge")
axes.set(xlabel="training step", ylabel="Fréchet distance")
axes.legend()
figure

# %% [markdown]
# **Figure.** The Fréchet distance to validation images over the steps.
# The thick curve is the run without a break. The thin one starts behind the checkpoint at the
# left edge of the grey band, and lies on the thick one. The band is the work that the kill
# cost.
#
# ## Part 2: which step do you keep, and how do you watch?
#
# The last step need not be the best. `Measure` kept the step with the smallest distance to
# the *validation* set. Report the distance to the *test* set, which took no part in the
# choice. The floor (chapter 2: what real data score) is real test pictures against the other
# ones.

# %% tags=["nbval-ignore-output"]
rows, best = {"last step": straight.generate(1_000, seed=2)}, make_gan(SEED)
kept = best.load_checkpoint(measure.path)
rows |= {f"best step, {kept}": best.generate(1_000, seed=2), "real (floor)": others}
for name, images in rows.items():
    print(f"{name:15}", *(f"  {k} {distance(images, k):7.1f}" for k in known))
shown = np.concatenate([others[:12], best.generate(12, seed=2)])
plotting.image_grid(shown, 12, labels=["real", "drawn"])

# %% [markdown]
# **Figure.** Twelve real digits above twelve drawn by the best checkpoint of this short run.
# Strokes and loops are there, but many shapes are no digits yet.
#
# Compare the two steps. While the distance still falls, the best step is the last one. In a run
# that overfits (Part 6), a step in the middle can be the best one.
#
# Start `tensorboard --logdir runs/11_in_practice/tensorboard` in a terminal to watch a run in
# a browser. What does it read? Open the event files with its own reader.

# %%
reader = event_accumulator.EventAccumulator(str(logs / "measures")).Reload()
points = [(p.step, tf.make_ndarray(p.tensor_proto)) for p in reader.Tensors("frechet")]
rows = [(row["step"], row["frechet"]) for row in measure.rows]
agree("The event file holds every measurement", np.divide(points, rows), 1, 1e-6)

# %%
Image(runtime.bundled("tensorboard.png"))

# %% [markdown]
# **Figure.** A screenshot of TensorBoard in a browser, from a run of this chapter. Four cards
# show six digits drawn from fixed noise, the losses of D and G for each epoch, and the Fréchet
# distance over the steps.
#
# ## Stop at NaN
#
# A NaN spreads: once a weight is NaN, every later number is. Break a run on purpose with an
# absurd learning rate. `NonFinite` looks at the losses in every step and at the weights, and
# stops the run. Then go back to the last good file.

# %% tags=["nbval-ignore-output"]
straight.d_optimizer.learning_rate = 1e30
try:
    train_to(STEPS + EVERY, straight, train, monitoring.NonFinite(every=1))
except FloatingPointError:
    agree("The run stopped within four steps", int(straight.step) <= STEPS + 4)
straight.load_checkpoint(folder / "straight.npz")
finite = [np.isfinite(np.asarray(v)).all() for v in straight.state()]
agree("After loading, every number is finite again", finite)

# %% [markdown]
# ## Part 3: does a step get faster, and does it stay the same step?
#
# **Mixed precision** means to compute the layers in 16 bits and to keep the weights in 32
# bits ([Micikevicius et al. 2018](https://arxiv.org/abs/1710.03740)). Many GPUs multiply
# numbers of 16 bits faster. But float16 holds few numbers: none above 65,504, and near 1 a
# step of about 0.001. Four small experiments show what must stay float32.
#
# Is it still the same step? The second half of the cell compares D's gradient of one batch in
# three precisions. bfloat16, another format of 16 bits, has the range of float32 and fewer
# digits.

# %%
half = functools.partial(tf.cast, dtype="float16")
agree("Weights: a step of 0.0002 from 1 is lost", half(1) + half(2e-4), 1)
agree("Gradients: 1e-8 becomes 0; 1e-5 does not", [half(1e-8) > 0, half(1e-5) == 0], 0)
agree("Squares, as in R1: 300² is infinite", tf.math.is_inf(half(300) ** 2))
x, pulls = tf.constant(train[:BATCH]), []
for policy, limit in (("float32", 0), ("mixed_float16", 0.02), ("mixed_bfloat16", 0.3)):
    keras.config.set_dtype_policy(policy)
    runtime.set_seed(SEED)
    net = make_networks()[1]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-tf.cast(net(x), "float32")))
    parts = tape.gradient(loss, net.trainable_variables)
    pulls.append(np.concatenate([np.ravel(part) for part in parts]))
    off = np.linalg.norm(pulls[-1] - pulls[0]) / np.linalg.norm(pulls[0])
    agree(f"{policy}: D's gradient is off by at most {limit:.0%}", off <= limit)
keras.config.set_dtype_policy("float32")

# %% [markdown]
# So the weights, Adam's means, the losses and R1's sum stay float32. Small gradients need
# **loss scaling**: multiply the loss by a large number, and divide the gradients by it
# (section 3.2 of the paper).
#
# In Keras one line switches mixed precision on, before the networks are built:
# `keras.config.set_dtype_policy("mixed_float16")`. Time your own step before
# you use it: a CPU may even become slower.
#
# **XLA** is a compiler that joins many small operations of a network into few large ones
# (`jit_compile=True`). Compiling takes time once for each shape. Does it pay? Time the gradient
# of both networks. Predict: which of them gains?


# %% tags=["nbval-ignore-output"]
def pull(net, inputs):
    return tf.gradients(net(inputs) ** 2, net.trainable_variables)[0]


z, ask = np.ones((BATCH, LATENT), "float32"), timeit.timeit
for name, net, inputs in zip("GD", make_networks(), (z, x), strict=True):
    for jit in (False, True):
        step = tf.function(functools.partial(pull, net, inputs), jit_compile=jit)
        first, rest = (ask(lambda f=step: f().numpy(), number=n) for n in (1, 50))
        print(f"{name} XLA {jit!s:5} first {first:.2f} s, {50 / rest:5.0f} a second")

# %% [markdown]
# Your table answers for your machine: a network gains where its rate with XLA is the higher one.
# The first call with XLA takes longer: it compiles. A gain must first pay that time back. `GAN.compile` leaves XLA off by default. Its
# argument `fuse_updates=True` compiles the optimizers and leaves the networks as they are.
#
# ## Part 4: what do two devices compute?
#
# Each device keeps a copy of all weights, a **replica**, and gets its rows of the batch. Then
# the gradients are averaged, and every replica takes the same step. Why is this the step of
# one device? A loss that is a mean over rows has a gradient that is a mean over rows:
#
# $$\nabla\,\frac1{64}\sum_{i=1}^{64} L_i = \frac12\Big(\nabla\frac1{32}\sum_{i\le32}L_i +
# \nabla\frac1{32}\sum_{i>32}L_i\Big).$$
#
# The proof fails for BatchNorm, whose mean over the rows of one device is another number than
# the mean over all rows. Our networks have no BatchNorm.
#
# Try `tf.distribute.MirroredStrategy` on the two virtual devices. Build networks,
# optimizers and GAN inside its `scope()`; `fit` stays the same.

# %%
strategy, one = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]), make_gan(SEED)
with strategy.scope():
    two = make_gan(SEED)
for gan in (one, two):
    train_to(1, gan, train)
for mine, theirs in zip(one.generator.weights, two.generator.weights, strict=True):
    first, second = map(np.asarray, strategy.experimental_local_results(theirs.value))
    alike = np.array_equal(first, second) and np.abs(first - mine.numpy()).mean() < 1e-5
    agree(f"weights {mine.shape}: equal replicas, and as on one device", alike)

# %% [markdown]
# Two virtual devices share the same cores, so nothing gets faster here. On several real GPUs
# the same lines divide the work. `docs/several_devices.md` of the project tells the rest.
#
# ## Part 5: what does a step cost?
#
# Count before you rent a machine. The usual unit is the **FLOP**, one multiplication or one
# addition of two numbers. A convolution (chapter 3) uses each weight of its kernel once for
# each *output* position. A transposed convolution (chapter 3) uses it once for each *input*
# position. A Dense layer uses each weight once.
#
# A backward pass costs two forward passes: one for the gradient of the weights, one for the
# gradient of the inputs. So one step needs 3 passes of G. D needs 3 on real pictures, 3 on
# fakes, and 1 more to carry the gradient to G. R1 is left out. With m the multiplications of one
# network, and one addition for each product:
#
# $$\text{FLOP of a step} = 2\cdot\text{batch}\cdot(3\,m_G + 7\,m_D)$$


# %% tags=["shared"]
def multiplications(network):
    total = 0  # for one sample, without biases
    for layer in (layer for layer in network.layers if hasattr(layer, "kernel")):
        transposed = isinstance(layer, layers.Conv2DTranspose)
        positions = (layer.input if transposed else layer.output).shape[1:-1]
        total += int(np.prod(layer.kernel.shape) * np.prod(positions))
    return total


for width in (8, 16, 32, 64):
    m_g, m_d = map(multiplications, make_networks(width))
    gflop = 2 * BATCH * (3 * m_g + 7 * m_d) / 1e9
    print(f"width {width:2}: G {m_g:10,}, D {m_d:10,}, a step {gflop:5.2f} GFLOP")

# %% [markdown]
# Twice the width costs between two and four times as much: a layer between two wide maps costs
# four times as much, any other layer twice as much.
#
# What do the trainings of this course cost? The minutes are measured on two CPU cores, for
# the whole training cell. No GPU was measured, so the last column is empty on purpose.
#
# | chapter | training | scale | steps | minutes, two cores | minutes, GPU |
# |---|---|---|---|---|---|
# | 2 | ring, Dense | cpu | 3,000 | 0.2 | not measured |
# | 2 | MNIST, Dense | cpu | 26,000 | 5.1 | not measured |
# | 3 | MNIST, convolutions | cpu | 12,000 | MIN3 | not measured |
# | 4 | 25 modes, two recipes | cpu | 20,000 | 1.0 | not measured |
# | 5 | spoken digits | cpu | 1,600 | 1.4 | not measured |
# | 11 | MNIST, this chapter, one run | cpu | 1,600 | 0.4 | not measured |
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
        shifts = tf.random.stateless_uniform([len(x)], own, -most, most + 1, "int32")
        around[axis] = [most, most]  # black comes in from outside
        padded = tf.pad(images, around, constant_values=-1.0)
        source = tf.range(side) + most - shifts[:, None]
        images = tf.gather(padded, source, axis=axis, batch_dims=1)
    return images


first, second = (translate(x, (SEED, draw)) for draw in (1, 2))
agree("The package does the same", first, augmentation.translate(x, (SEED, 1)))
shown = np.concatenate([x[:12], first[:12], second[:12]])
plotting.image_grid(shown, 12, labels=["real", "D sees", "or"])

# %% [markdown]
# **Figure.** Twelve real digits; below, twice, the same digits as D sees them, each shifted by
# up to four pixels.
#
# In your code it is one argument: `gan.compile(..., augment=augmentation.make("translate"))`.
# Does it help? That depends on what you measure with. The Fréchet distance is often
# taken to the *training* pictures. Test this measure on a cheat that copies its few
# training pictures, and on new real digits. Predict: who wins on which set?
#
# The file `small_data.json` holds trainings by `benchmarks/small_data.py`: 200 digits of MNIST,
# three seeds, each with its own digits, without augmentation and with `translate`. "Gap" is
# D's mean logit of its training digits minus that of new digits: how well D knows them by
# heart.

# %%
known["few"] = judge.embed(train[:30]).features
copies, new = ([distance(a, k) for k in ("few", "test")] for a in (train[:30], others))
agree("Measured on the training pictures, copies beat real digits", copies[0] < new[0])
agree("Measured on test pictures, real digits beat copies", new[1] < copies[1])
stored = json.loads(runtime.bundled("small_data.json").read_text("utf8"))
print("best step, test, training, gap; last step, test, training, gap")
for name in ("none", "translate"):
    for run in stored[name]:
        rows = min(run, key=lambda row: row["test"]), run[-1]
        print(f"{name:9}", *(f"{v:8,.2f}" for row in rows for v in row.values()))
print("real, copies:", stored["real"], stored["copies"])

# %% [markdown]
# So the distance to the training pictures rewards the cheat. Only held-out pictures can show
# overfitting.
#
# Now read the columns of test digits. In all three seeds, the last step with `translate` is
# nearer to them than any step without it. Without it, the best step comes before the last one,
# and D tells its 200 digits from new ones. Both are still far from real digits.
#
# One change, 200 digits, one network: the table shows no more. What helps on your pictures is
# a question for your held-out pictures.
#
# ## What you now know
#
# - A checkpoint holds weights, averages, both optimizers and the step. With random numbers
#   drawn from (seed, step), a killed run resumes bit for bit.
# - Choose the step on validation pictures; judge on test pictures, once.
# - Mixed precision keeps weights, losses and long sums in float32. XLA pays only after its
#   compile time. Both must be timed on your machine.
# - Several devices average gradients: the same step, except for BatchNorm.
# - With few pictures, only held-out pictures show overfitting. A gain without them is no
#   gain.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/11_in_practice_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: what does a bigger picture cost?
#
# D gets colour pictures of 64 × 64 pixels. It has a `Conv2D(32, 5, 2, "same")`, then a
# `Conv2D(64, 5, 2, "same")`, `Flatten` and `Dense(1)`. Compute on paper: how many
# multiplications does one forward pass of one picture cost (`forward`)? And how many GFLOP
# does D's part of one step cost, with a batch of 64 and the count of Part 5 (`gflop`)?

# %% tags=["stub"]
forward, gflop = ..., ...

# %% tags=["check"]
stack = [layers.Conv2D(units, 5, 2, "same") for units in (32, 64)]
stack = [keras.Input((64, 64, 3)), *stack, layers.Flatten(), layers.Dense(1)]
right = multiplications(keras.Sequential(stack))
exercises.check("Exercise 1 · forward", forward, right)
exercises.check("Exercise 1 · GFLOP", gflop, 14 * 64 * right / 1e9)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>How large are the maps after each stride of 2? At how many
# places does a kernel stand, and how many numbers does it multiply at each place? How many
# passes of D does a step need, and what is the 2 in front of the formula?</details>

# %% tags=["solution"]
first = 5 * 5 * 3 * 32 * 32**2  # at 32 × 32 output positions
second = 5 * 5 * 32 * 64 * 16**2  # at 16 × 16
forward = first + second + 16**2 * 64  # and a Dense layer on the flattened maps
gflop = 2 * 64 * 7 * forward / 1e9

# %% [markdown]
# ### Exercise 2: save so that a kill cannot hurt
#
# Write `save(path, arrays)`, which writes a dictionary of arrays as `.npz` to `path`. If
# writing stops in the middle, the old file at `path` must stay there, whole. Readers of the old
# file must never see it change.


# %% tags=["stub"]
def save(path, arrays):
    return ...


# %% tags=["check"]
def tried(weights):
    place = runtime.runs_folder("11_in_practice", "exercise")
    path, old = place / "state.npz", place / "old.npz"  # two names of one file
    old.unlink(missing_ok=True)
    np.savez(path, step=np.arange(3))
    os.link(path, old)
    try:
        made = save(path, {"step": np.arange(9), "weights": weights})
    except ZeroDivisionError:
        made = None
    return made if made is ... else [np.load(p)["step"].size for p in (path, old)]


kill = type("Kill", (), {"__array__": lambda self, dtype=None, copy=None: 1 / 0})()
cases = [(1.0, [9, 3], "a save"), (kill, [3, 3], "a save that is killed in the middle")]
exercises.check_function("Exercise 2 · save", tried, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>When is the old file still needed? Which operation of a file
# system swaps two names at once, so that no reader ever meets half a file? Look at
# `os.replace`, and mind that `np.savez` adds `.npz` to a name without it.</details>


# %% tags=["solution"]
def save(path, arrays):
    beside = path.with_name("new-" + path.name)
    np.savez(beside, **arrays)  # may stop anywhere: `path` is untouched
    os.replace(
        beside, path
    )  # one step of the file system; old readers keep the old file


# %% [markdown]
# ### Exercise 3: resume with the weights alone
#
# A friend saves only the weights of G and D and their average. The resumed run has the right
# step, but both Adams start anew. `without_adam` trains 20 steps, saves, and trains 20 more,
# once with all numbers and once with new Adams. It returns the largest difference of a
# weight of G. Choose first:
#
# - a: The weights are equal, bit for bit, because Adam only stores what it can compute anew.
# - b: They differ by rounding: by less than a hundredth of the learning rate.
# - c: Some weight differs by more than the learning rate.


# %% tags=["shared"]
@functools.cache  # trains once, when a check asks for the result
def without_adam(seed=SEED):
    pictures, ends = np.random.default_rng(seed).uniform(-1, 1, (64, 28, 28, 1)), []
    for anew in (False, True):
        gan = make_gan(seed, width=2)
        train_to(20, gan, pictures.astype("float32"))
        for variable in gan.state():
            if anew and "adam" in variable.path and "rate" not in variable.path:
                variable.assign(tf.zeros_like(variable))
        train_to(40, gan, pictures.astype("float32"))
        ends.append(gan.generator.get_weights())
    return max(np.abs(a - b).max() for a, b in zip(*ends, strict=True))


# %% tags=["stub"]
choice = ...  # "a", "b" or "c"

# %% tags=["check"]
gap = without_adam() if isinstance(choice, str) else 0
letter = "c" if gap > RATE else "b" if 0 < gap < RATE / 100 else "a"
exercises.check("Exercise 3 · new Adams", choice, letter)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Adam divides each gradient by the root of a running mean of
# its squares. What is this mean after 20 steps, and what is it after a start from zero? How
# far does Adam's very first step move each weight?</details>

# %% [markdown] tags=["solution"]
# Adam's running means are a memory of past gradients; nothing in the weights tells them. Anew,
# the first step divides each gradient by its own size, so every weight moves by about the
# learning rate, also where the old Adam would have hardly moved it. The runs part at
# once. Save the optimizers, too.

# %% tags=["solution"]
choice = "c"

# %% [markdown]
# ### Exercise 4: when do you stop? (open)
#
# Write `stop(values)`. It gets the list of all measured distances so far, oldest first, and
# returns True when the run should stop. Measured values jump up and down by about a tenth.
# The check draws 20 curves that fall to the end, and 20 that fall first and then rise, as
# with overfitting. Your rule must never stop a falling curve of 40 values. It must stop a
# rising one before its end, but not before its lowest true value. Many answers are right.


# %% tags=["stub"]
def stop(values):
    return ...


# %% tags=["check"]
def stopped_at(lowest, seed):
    rng, step = np.random.default_rng([lowest, seed]), np.arange(40)
    values = 50 * 0.9 ** np.minimum(step, lowest) * 1.08 ** np.maximum(step - lowest, 0)
    values = list(map(float, values * rng.uniform(0.9, 1.1, 40)))
    answers = [stop(values[: n + 1]) for n in step]
    if answers[-1] is None or answers[-1] is ...:
        return None
    first = min(np.flatnonzero(answers), default=99)
    return "never" if first == 99 else "too early" if first <= lowest else "in time"


cases = [((40, seed), "never", "a falling curve") for seed in range(20)]
cases += [((8 + s % 8, s), "in time", "a rising curve") for s in range(20)]
exercises.check_function("Exercise 4 · stop", stopped_at, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>One value above the last one is chance. What would chance
# hardly do several times in a row? Compare with the best value so far, and ask how long ago it
# was measured.</details>


# %% tags=["solution"]
def stop(values):
    # No new best value for eight measurements: Keras calls this number `patience`.
    return len(values) - 1 - int(np.argmin(values)) >= 8


# %% [markdown]
# ## Further reading
#
# - [Micikevicius et al. 2018](https://arxiv.org/abs/1710.03740): mixed precision, with the
#   experiments that say what must stay float32.
# - [Zhao et al. 2020](https://arxiv.org/abs/2006.10738): differentiable augmentation, and why
#   both real and fake pictures must change.
# - [Karras et al. 2020](https://arxiv.org/abs/2006.06676): augmentation with a probability
#   that adapts; section 2.2 says when a change leaks into the samples.
# - [TensorFlow's guide to distributed training](https://www.tensorflow.org/guide/distributed_training):
#   all strategies, with code.

# %%
found = {"measure": "Fréchet distance", "value": measure.best_row["frechet"]}
checks = {"resumes bit for bit": all(same), "finite after a NaN": all(finite)}
runtime.save_summary("11_in_practice", floor=distance(others), checks=checks, **found)
