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
# plan two hours. Two CPU cores compute for one to two minutes. A GPU is not needed.

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

from ganutils import datasets, metrics, monitoring, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import features
from ganutils.training import augmentation, losses

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
LATENT, BATCH, RATE = 64, 64, 1e-3
STEPS = runtime.pick(smoke=32, cpu=1_600, gpu=8_000)
EVERY, CUT = STEPS // 8, STEPS * 9 // 16  # between checkpoints; where a run dies
COUNT = runtime.pick(smoke=200, cpu=1_000, gpu=1_000)  # pictures in a distance
agree = exercises.agree
print(runtime.banner())

# %% [markdown]
# Part 4 needs two devices. A laptop can pretend to have them: TensorFlow splits the CPU into
# two virtual devices. It can do so only before its first computation, so this cell comes now.
# On a GPU, the variable leaves memory for the second process of Part 1.

# %%
os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
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
# its batch and its noise from `(seed, step)`. So the file needs the step, and no batches.
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
parts = 4 * gan.generator.count_params() + 3 * gan.discriminator.count_params() + 5
agree("A file holds 4 × G, 3 × D, 5 counters", sum(map(np.size, gan.state())), parts)

# %% [markdown]
# G counts four times: its weights, their average, and two running means of Adam. D has no
# average. The counters are three counts of steps and two learning rates. A file with the
# weights alone is no checkpoint: exercise 3 shows what it costs.
#
# Now split the pictures that the GAN never gets. On the **validation set** you choose, for
# example, the best step. The test set judges at the end, once. A choice made on the test set
# would flatter the result. The others give the floor (chapter 2: what real data score).

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("mnist")
train, rng = data.x_train[: 60 * COUNT], np.random.default_rng(SEED)
validation, test, others = np.array_split(rng.permutation(data.x_test)[: 6 * COUNT], 3)
judge, sets = features.load(data.name), {"validation": validation, "test": test}
known = {name: judge.embed(images).features for name, images in sets.items()}
print(data.source, "\ntrain, validation, test:", len(train), len(validation), len(test))


def distance(images, kind="validation"):
    return metrics.frechet_distance(known[kind], judge.embed(images[:COUNT]).features)


# %% [markdown]
# The first run has no break. `Checkpoint` saves every so many steps. `Measure` computes the
# Fréchet distance (chapter 2: 0 is best) and keeps the best GAN in a file. Keras's
# `TensorBoard` and `tf.summary` write **event files**: logs that TensorBoard reads while the
# run goes on.

# %% tags=["nbval-ignore-output"]
folder = runtime.runs_folder("11_in_practice")
logs = folder / "tensorboard" / f"run-{os.getpid()}"  # a folder for each run


def measured(gan):
    drawn, step = gan.generate(COUNT, seed=1), int(gan.step)
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
# the functions of this chapter. At step `CUT` a callback sends SIGKILL to the process. (A signal
# is a message of the operating system.) A program cannot catch this signal, so nothing is
# saved at that moment. Linux kills a process
# in the same way when the memory is full. Windows has no such signal: use WSL.


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
from ganutils import datasets, kit, monitoring, training
runtime, losses = kit.runtime, training.losses
tf.config.experimental.enable_op_determinism()
layers, LATENT, BATCH, RATE = keras.layers, {LATENT}, {BATCH}, {RATE}"""
end = f"""gan, x = make_gan({SEED}), datasets.load_or_stand_in("mnist").x_train
saver = monitoring.Checkpoint({os.fspath(folder / "killed.npz")!r}, {EVERY})
train_to({STEPS}, gan, x[: {len(train)}], saver, send(signal.SIGKILL, gan, {CUT}))"""
program, parts = folder / "train.py", (make_networks, make_gan, send, train_to)
program.write_text("\n".join([header, *map(inspect.getsource, parts), end]), "utf8")
os.environ["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, sys.path))
child = subprocess.run([sys.executable, program], capture_output=True, timeout=1_800)
assert child.returncode < 0, child.stderr.decode("utf8", "replace")  # an error in it
agree("The child process was ended by SIGKILL", child.returncode, -signal.SIGKILL)

# %% [markdown]
# What is left is the last file, and it is whole: `Checkpoint` writes to a second name and then
# renames the file (exercise 2). Resume now, in this process, with networks built anew. On
# the way, the cell also sends SIGINT, the signal of Ctrl-C. Python turns it into a
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
agree("The kill lost steps, Ctrl-C none", starts, [CUT - EVERY // 2, CUT + 2 * EVERY])
same = list(map(np.array_equal, straight.state(), resumed.state()))
agree("All numbers are those of the run without a break, bit for bit", same)

# %% [markdown]
# The equality is no chance. The file holds every number that the next step reads, and the step
# draws its random numbers from `(seed, step)`. Two machines may round
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
# **Figure.** The Fréchet distance to validation images over the steps. The thick curve is the run
# without a break. The thin one starts at the first measurement after the kill, and lies on the
# thick one. The grey band, from the last checkpoint to the kill, is the lost work.
#
# ## Part 2: which step do you keep, and how do you watch?
#
# The last step need not be the best. `Measure` kept the step with the smallest distance to
# the *validation* set. Report the distance to the *test* set, which took no part in the
# choice. Beside both stand the other real pictures: the floor.

# %% tags=["nbval-ignore-output"]
rows, best = {"last step": straight.generate(COUNT, seed=2)}, make_gan(SEED)
kept = best.load_checkpoint(measure.path)
rows |= {f"best step, {kept}": best.generate(COUNT, seed=2), "real (floor)": others}
for name, images in rows.items():
    print(f"{name:15}", *(f"  {k} {distance(images, k):7.1f}" for k in known))
shown = np.concatenate([others[:12], best.generate(12, seed=2)])
plotting.image_grid(shown, 12, labels=["real", "drawn"])

# %% [markdown]
# **Figure.** Twelve real digits above twelve drawn by the best checkpoint of this short run.
# Strokes and loops are there, but many shapes are no digits yet.
#
# While the distance still falls, the best step is the last one. In a run that overfits (Part 6)
# it can lie in the middle.
#
# Start `tensorboard --logdir runs/11_in_practice/tensorboard` in a terminal to watch a run in
# a browser. In Colab use `%load_ext tensorboard`, and the same line with a `%` in front.

# %%
Image(runtime.bundled("tensorboard.png"))

# %% [markdown]
# **Figure.** A screenshot of TensorBoard in a browser, from a run of this chapter. Four cards
# show six digits drawn from fixed noise, the losses of D and G for each epoch, and the Fréchet
# distance over the steps.
#
# ## Part 3: does a step get faster, and does it stay the same step?
#
# **Mixed precision** means to compute the layers in 16 bits and to keep the weights in 32
# bits ([Micikevicius et al. 2018](https://arxiv.org/abs/1710.03740)). Many GPUs multiply
# numbers of 16 bits faster. But float16 holds few numbers: none above 65,504, and near 1 a
# step of about 0.001.
#
# Is it still the same step? The loop computes D's gradient of one batch in three precisions.
# bfloat16, another format of 16 bits, has the range of float32, but fewer digits than float16.

# %%
half = functools.partial(tf.cast, dtype="float16")
agree("Weights: a step of 0.0002 from 1 is lost", half(1) + half(2e-4), 1)
agree("Gradients: 1e-8 becomes 0; 1e-5 does not", [half(1e-8) > 0, half(1e-5) == 0], 0)
agree("Squares, as in R1: 300² is infinite", tf.math.is_inf(half(300) ** 2))
x, pulls = tf.constant(train[:BATCH]), []
for policy in ("mixed_float16", "mixed_bfloat16", "float32"):
    keras.config.set_dtype_policy(policy)
    runtime.set_seed(SEED)
    net = make_networks()[1]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-tf.cast(net(x), "float32")))
    pulls.append(tape.gradient(loss, net.trainable_variables))
for name, pull, limit in zip(("float16", "bfloat16"), pulls, (0.02, 0.1), strict=False):
    gap = tf.linalg.global_norm(tf.nest.map_structure(tf.subtract, pull, pulls[-1]))
    near = gap <= limit * tf.linalg.global_norm(pulls[-1])
    agree(f"{name}: D's gradient is off by at most {limit:.0%}", near)

# %% [markdown]
# So the weights, Adam's means, the losses and R1's sum stay float32. Small gradients need
# **loss scaling**: multiply the loss by a large number, and divide the gradients by it
# (section 3.2 of the paper).
#
# One line switches mixed precision on, before the networks are built:
# `keras.config.set_dtype_policy("mixed_float16")`. `GAN.compile` then adds the loss scaling.
#
# **XLA** is a compiler that joins many small operations of a network into few large ones
# (`jit_compile=True`). Compiling takes time once for each shape. Time D's gradient. Predict: how
# many steps must a run have, so that compiling pays?


# %% tags=["nbval-ignore-output"]
def pull():
    return tf.gradients(net(x) ** 2, net.trainable_variables)


for jit in (False, True):
    step = tf.function(pull, jit_compile=jit)
    first, *rest = timeit.repeat(lambda f=step: f()[0].numpy(), number=20, repeat=4)
    print(f"XLA {jit!s:5} first 20 {first:.2f} s, then {20 / min(rest):5.0f} a second")

# %% [markdown]
# The first twenty calls include the time to compile. Divide
# this extra time by the time that one later call gains: so many steps must a run have. Where
# the rate with XLA is not clearly the higher one, no run is long enough. `GAN.compile` leaves
# XLA off; its argument `fuse_updates=True` compiles only the optimizers.
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
# Try `tf.distribute.MirroredStrategy` on the two virtual devices. Build networks, optimizers
# and GAN inside its `scope()`. They load the last file of the run on one device. Then both
# take the next step. Sums in another order round differently, so compare with a limit: a
# twentieth of the learning rate.

# %%
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    two = make_gan(SEED, run_eagerly=True)  # for one step
two.load_checkpoint(folder / "straight.npz")
for gan in (straight, two):
    train_to(STEPS + 1, gan, train[:1_000])
pairs = zip(straight.generator.weights, two.generator.weights, strict=True)
for mine, theirs in pairs:
    first, second = map(np.asarray, strategy.experimental_local_results(theirs.value))
    alike = np.array_equal(first, second) and np.abs(first - mine).mean() < RATE / 20
    agree(f"weights {mine.shape}: equal replicas, and as on one device", alike)

# %% [markdown]
# Two virtual devices share the same cores, so nothing gets faster here.
# `docs/several_devices.md` of the project tells about several GPUs.
#
# ## Part 5: what does a step cost?
#
# The usual unit is the **FLOP**, one multiplication or one
# addition of two numbers. A convolution (chapter 3) uses each weight of its kernel once for
# each *output* position. A transposed convolution (chapter 3) uses it once for each *input*
# position. A Dense layer uses each weight once.
#
# A backward pass costs two forward passes: one for the gradient of the weights, one for the
# gradient of the inputs. So a step needs 3 passes of G. D needs 3 on real pictures, 3 on
# fakes, and 1 more to carry the gradient to G. (With `one_pass`, G and D learn from the same
# fakes.) R1 is left out. With m the multiplications of one network, and one addition for each
# product:
#
# $$\text{FLOP of a step} = 2\cdot\text{batch}\cdot(3\,m_G + 7\,m_D)$$


# %% tags=["shared"]
def multiplications(network):
    total = 0  # for one sample, without biases
    for layer in (layer for layer in network.layers if hasattr(layer, "kernel")):
        side = layer.input if "transpose" in layer.name else layer.output
        total += int(np.prod(layer.kernel.shape) * np.prod(side.shape[1:-1]))
    return total


for width in (8, 16, 32, 64):
    m_g, m_d = map(multiplications, make_networks(width))
    gflop = 2 * BATCH * (3 * m_g + 7 * m_d) / 1e9
    print(f"width {width:2}: G {m_g:10,}, D {m_d:10,}, a step {gflop:5.2f} GFLOP")
maps = (16, 1024), (64, 512), (256, 256), (1024, 128), (4096, 64), (16384, 1)
m = sum(25 * a * b * n for (n, a), (_, b) in zip(maps, maps[1:], strict=False))
wavegan = 2 * 64 * (5 * (1 + 6 + 6) + 3 + 2) * m  # five D steps, then one of G
print(f"WaveGAN as published: a step {wavegan / 1e9:,.0f} GFLOP; at 100 GFLOP", end=" ")
print(f"a second, its 200,000 steps take {200_000 * wavegan / 1e11 / 86_400:,.0f} days")

# %% [markdown]
# Twice the width costs two to four times as much: four times in a layer between two wide maps.
#
# The last lines count the WaveGAN of chapter 5 ([Donahue et al.
# 2019](https://arxiv.org/abs/1802.04208)): `maps` holds samples and channels, and its D mirrors
# its G. Each of five D steps passes G once and D 12 times, half of it for the gradient penalty
# (chapter 4). The G step passes G three times, D twice. That is why chapter 5 plays a voice.
#
# What do the trainings of this course cost? The minutes are those of the cell that trains, at
# the scale `cpu` on two cores. No GPU was measured.
#
# | chapter | training | steps | minutes |
# |---|---|---|---|
# | 2 | ring, Dense | 3,000 | 0.1 |
# | 2 | MNIST, Dense | 26,000 | 5.1 |
# | 3 | MNIST, convolutions | 3,000 | 1.9 |
# | 4 | 25 modes, two recipes | 20,000 | 0.9 |
# | 5 | spoken digits | 2,400 | 2.1 |
# | 11 | MNIST, this chapter, one run | 1,600 | 0.5 |
#
# ## Part 6: what if you have only 200 pictures?
#
# With few pictures, D can learn to recognise each of them. Then D no longer asks whether a
# picture looks real, but whether it is one of the 200. This is **overfitting**: good on the
# training data, worse on new data.
#
# **Differentiable augmentation** changes real *and* fake pictures at random before
# D sees them ([Zhao et al. 2020](https://arxiv.org/abs/2006.10738)). The change has a
# gradient, so G still learns through it. One change is a shift by some pixels:


# %%
def translate(x, seed, share=1 / 8):
    for axis, own in zip((1, 2), tf.unstack(tf.random.split(seed, 2)), strict=True):
        most, around = round(share * x.shape[axis]), [[0, 0]] * 4
        shifts = tf.random.stateless_uniform((len(x),), own, -most, most + 1, "int32")
        around[axis] = [most, most]  # black comes in from outside
        padded = tf.pad(x, around, constant_values=-1.0)
        source = tf.range(x.shape[axis]) + most - shifts[:, None]
        x = tf.gather(padded, source, axis=axis, batch_dims=1)
    return x


first, second = (translate(x, (SEED, draw)) for draw in (1, 2))
agree("The package does the same", first, augmentation.translate(x, (SEED, 1)))
shown = np.concatenate([x[:12], first[:12], second[:12]])
plotting.image_grid(shown, 12, labels=["real", "D sees", "or"])

# %% [markdown]
# **Figure.** Twelve real digits; below, twice, the same digits as D sees them, each shifted by
# up to four pixels.
#
# In your code it is one argument: `gan.compile(..., augment=augmentation.make("translate"))`.
# Does it help? That depends on the measure. The Fréchet distance is often
# taken to the *training* pictures. Test this measure on a cheat, a G that only draws its 30
# training digits again and again, and on new real digits. Predict: who wins on which set?
#
# `benchmarks/small_data.py` trained on 200 digits of MNIST from three seeds, each with its own
# digits, without augmentation (`none`) and with `translate`. A row shows the distance to test
# digits every 500 steps, then the last step in full. `gap` is D's mean logit of its training
# digits minus that of new digits: how well D tells them apart. Before them stand new real
# digits (`real`) and the 200 digits themselves (`copies`).

# %%
known["few"] = judge.embed(train[:30]).features
copies = train[np.arange(COUNT) % 30]
cheat, new = ([distance(a, k) for k in ("few", "test")] for a in (copies, others))
agree("Measured on its training digits, the cheat beats real digits", cheat[0] < new[0])
agree("Measured on test digits, real digits beat the cheat", new[1] < cheat[1])
stored = json.loads(runtime.bundled("small_data.json").read_text("utf8"))
for kind, runs in stored.items():
    for run in map(np.atleast_1d, runs):
        print(f"{kind:9}", *(f"{row['test']:3.0f}" for row in run), " last:", run[-1])
best = [[min(r["test"] for r in run) for run in stored[k]] for k in list(stored)[2:]]
agree("`translate` more than halves the best distance", 2 * np.array(best[1]) < best[0])

# %% [markdown]
# So the distance to the training pictures rewards the cheat. Judge on pictures that took no part
# in the training.
#
# Now read the rows. In all three seeds, the last step with `translate` is nearer to test digits
# than any step without it. Without it, the best step comes before the last one, and D tells
# its 200 digits from new ones. Both are still far from real digits. And G copies nothing here:
# without `translate`, it stays far from the 200 digits, too.
#
# One change, 200 digits, one network: the table shows no more. What helps on your pictures is a
# question for your held-out pictures.
#
# ## What you now know
#
# - A checkpoint holds weights, averages, both optimizers and the step. With random numbers
#   drawn from (seed, step), a killed run resumes bit for bit.
# - Choose the step on validation pictures; judge on test pictures, once.
# - Mixed precision keeps weights, losses and long sums in float32. XLA pays only after its
#   compile time. Both must be timed on your machine.
# - Several devices average gradients: the same step, except for BatchNorm.
# - A distance to the training pictures rewards copies. Measure a gain on held-out pictures.

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
# Write `save(path, arrays)`, which writes a dictionary of arrays as `.npz` to `path`. Wherever
# `save` is killed, a whole file must stand at `path`: the old one or the new one. Who reads the
# old file must never see it change. (The check stops `save` before each of its operations.)


# %% tags=["stub"]
def save(path, arrays):
    return ...


# %% tags=["check"]
def stopped(last):
    place, seen = runtime.runs_folder("11_in_practice", "exercise"), iter(range(last))
    path, old = place / "state.npz", place / "old.npz"  # two names of one file
    old.unlink(missing_ok=True)
    np.savez(path, step=np.arange(3))
    os.link(path, old)

    def kill(frame, *event):  # Python calls it before each operation of `save`
        frame.f_trace_opcodes = True
        return 1 / 0 if next(seen, None) is None else kill

    try:
        sys.settrace(lambda f, *_: kill if f.f_code is save.__code__ else None)
        made = save(path, {"step": np.arange(9)})
    except ZeroDivisionError:
        made = None
    finally:
        sys.settrace(None)
    sizes = path.exists() and np.load(path)["step"].size, np.load(old)["step"].size
    return made if made is ... else sizes


def tried(kills):
    found = [stopped(last) for last in kills]
    return ... if ... in found else np.unique(found, axis=0)


cases = [([9_999], [[9, 3]], "a save, killed only after operation")]
cases += [(range(300), [[3, 3], [9, 3]], "a save, killed before operation")]
exercises.check_function("Exercise 2 · save", tried, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>When is the old file still needed? Which operation of a file
# system gives a file another name at once, so that no reader ever meets half a file? Look at
# `os.replace`, and mind that `np.savez` adds `.npz` to a name without it.</details>


# %% tags=["solution"]
def save(path, arrays):
    beside = path.with_name("new-" + path.name)
    np.savez(beside, **arrays)  # may stop anywhere: `path` is untouched
    os.replace(beside, path)  # at once; who has opened the old file still reads it


# %% [markdown]
# ### Exercise 3: resume with the weights alone
#
# A friend saves only the weights of G and D and their average. The resumed run has the right
# step, but both Adams start anew. `without_adam` trains 20 steps and then 20 more,
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
letter = "a" if gap == 0 else "b" if gap < RATE / 100 else "c" if gap > RATE else "?"
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
# with overfitting. Each curve has a scale of its own. Your rule must never stop a falling
# curve of 40 values. It must stop a rising one before its last value, but not before its
# lowest true value. Many answers are right.


# %% tags=["stub"]
def stop(values):
    return ...


# %% tags=["check"]
def stopped_at(lowest, seed):
    rng, step = np.random.default_rng([lowest, seed]), np.arange(40)
    values = 0.97 ** np.minimum(step, lowest) * 1.08 ** np.maximum(step - lowest, 0)
    values = 10 ** rng.uniform(-1, 3) * values * rng.uniform(0.9, 1.1, 40)
    answers = [stop(list(map(float, values[: n + 1]))) for n in step]
    first = next((n for n in step if answers[n]), 40)
    when = "too early" if first <= lowest else "too late" if first == 39 else "in time"
    return ... if answers[0] is ... else "never" if first == 40 else when


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
checks = {"resumes bit for bit": all(same)}
runtime.save_summary("11_in_practice", floor=distance(others), checks=checks, **found)
