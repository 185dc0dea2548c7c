# %% [markdown]
# # Train your first GAN: a ring of points, then handwritten digits
#
# ![One row of real handwritten digits above four rows of generated ones: most generated digits can be read, some are broken.](attachment:opening.png)
#
# The upper row is real; you train the generator that draws the other rows.

# %% [markdown]
# **You do**: write one training step of a GAN, train it on points and on handwritten
# digits, measure what it draws, and look for copies of training pictures.
#
# **You learn**: what one step does to the two networks, how to read their losses, and
# what each measure counts.
#
# **You need**: chapter 1 and a little Keras; 90 minutes with a teacher, without the
# open exercise; alone, plan two hours. Two CPU cores compute for about five of them. The cell with `SEED` holds all
# sizes. The scale `smoke` only proves that each cell runs, `cpu` is for a laptop, and
# `gpu` trains longer.

# %% tags=["setup"]

# %% tags=["imports"]
import json
from functools import cache

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.spatial.distance import cdist
from scipy.special import rel_entr

from ganutils import datasets, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import features
from ganutils.training import losses

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
RING_STEPS = runtime.pick(smoke=40, cpu=3_000, gpu=6_000)
DIGIT_STEPS = runtime.pick(smoke=100, cpu=26_000, gpu=100_000)
MEASURED = runtime.pick(smoke=200, cpu=2_000, gpu=2_000)
RING_BATCH, BATCH = 256, 64
RING = {"latent_dim": 2, "rate": 2e-3, "gamma": 0.02, "interval": 4}
DIGITS = {"latent_dim": 64, "rate": 1e-3, "gamma": 0.2, "interval": 16}
DIGITS |= {"ema_decay": 0.9995, "jit_compile": "auto", "steps_per_execution": 10}
mean, softplus, agree = tf.reduce_mean, tf.nn.softplus, exercises.agree
print(runtime.banner())

# %% [markdown]
# ## Part 1: what do the two networks do in one step?
#
# The data are points in the plane. They lie around eight centres on a circle, with
# standard deviation 0.01. The generator G turns noise z into a point, and the
# discriminator D says how real a point seems. Here both are **multilayer perceptrons**
# (MLPs): stacks of `Dense` layers.


# %% tags=["shared"]
def mlp(shape, units, outputs, activation, *last):
    dense = [layers.Dense(width, activation=activation) for width in units]
    first = keras.Input(shape), layers.Flatten()
    return keras.Sequential([*first, *dense, layers.Dense(outputs), *last])


def ring_networks(latent_dim=2):
    return mlp((latent_dim,), [128, 128], 2, "relu"), mlp((2,), [128, 128], 1, "relu")


def adam(rate):
    return keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.99)


# %% [markdown]
# What does each network minimise? D returns a logit s, and $\sigma(s)$ is its
# probability of "real". The losses are the cross-entropies of chapter 1:
#
# $$L_D = -\mathbb{E}\ln\sigma(s(x)) - \mathbb{E}\ln(1-\sigma(s(G(z)))),\qquad
# L_G = -\mathbb{E}\ln\sigma(s(G(z))).$$
#
# A computer can overflow in eˢ. The function softplus(s) = ln(1 + eˢ) avoids the
# problem and gives both logarithms: ln σ(s) = −softplus(−s), and ln(1 − σ(s)) =
# −softplus(s).
#
# Predict both losses of a D that answers ½ to everything.


# %%
def loss_of_d(s_real, s_fake):
    return mean(softplus(-s_real)) + mean(softplus(s_fake))


def loss_of_g(s_fake):
    return mean(softplus(-s_fake))


half, sure = tf.zeros((4, 1)), tf.fill((4, 1), 10.0)
agree("D answers ½: G's loss is ln 2", loss_of_g(half), np.log(2), 1e-6)
print(f"D sure and right: L_D {loss_of_d(sure, -sure):.4f}, L_G {loss_of_g(-sure):.4f}")

# %% [markdown]
# When D is sure and right, its loss goes to 0 and G's loss grows. Two players have two
# losses. Nobody minimises their sum.
#
# Which step trains them? The next cell follows Algorithm 1 of [Goodfellow et al.
# 2014](https://arxiv.org/abs/1406.2661), with one step of D per step of G. The comments
# in quotation marks are words of that algorithm. Three things differ from it. The
# optimizer is Adam. G has the non-saturating loss of the paper's section 3. Every
# random number comes from `(SEED, step)`, so that you can repeat a run.

# %%
runtime.set_seed(SEED)
ring = datasets.ring(20_000, seed=SEED)
generator, discriminator = ring_networks()
g_adam, d_adam = adam(RING["rate"]), adam(RING["rate"])
g_weights, d_weights = generator.trainable_variables, discriminator.trainable_variables


@tf.function
def train_step(step):
    pick_seed, g_seed, d_seed, _ = tf.unstack(tf.random.split([SEED, step], 4))
    # "Sample minibatch of m noise samples" and "of m examples" from the data
    z = tf.random.stateless_normal((RING_BATCH, 2), d_seed)
    rows = tf.random.stateless_uniform([RING_BATCH], pick_seed, 0, len(ring), "int32")
    real, fake = tf.gather(ring, rows), generator(z, training=True)
    # "Update the discriminator by ascending its stochastic gradient": descend L_D
    with tf.GradientTape() as tape:
        s_real = discriminator(real, training=True)
        d_loss = loss_of_d(s_real, discriminator(fake, training=True))
    d_adam.apply(tape.gradient(d_loss, d_weights), d_weights)
    # "Sample minibatch of m noise samples" again, "update the generator"
    z = tf.random.stateless_normal((RING_BATCH, 2), g_seed)
    with tf.GradientTape() as tape:
        g_loss = loss_of_g(discriminator(generator(z, training=True), training=True))
    g_adam.apply(tape.gradient(g_loss, g_weights), g_weights)
    return d_loss, g_loss


# %% [markdown]
# Look at the two gradients. Each is taken for the weights of *one* network. G's loss
# runs through D, but only G's weights move.
#
# Two habits change nothing here, but matter for networks with BatchNorm or Dropout.
# Real samples and fakes go through D in separate calls, and every call says
# `training=True`.
#
# Now watch a training. Predict: where does an untrained generator put its points?


# %% tags=["nbval-ignore-output"]
def frame(title):
    fake = generator(z, training=False)
    with tf.GradientTape() as tape:
        tape.watch(fake)
        loss = loss_of_g(discriminator(fake, training=False))
    pull = -tape.gradient(loss, fake)[:40]
    net = tf.reshape(generator(grid, training=False), (17, 17, 2))
    return plotting.scatter_field(fake, ring[:500], discriminator, title, pull, net)


z = tf.random.stateless_normal((300, 2), (SEED, 1))
grid = np.float32(np.mgrid[-2:2:17j, -2:2:17j].reshape(2, -1).T)
history, frames = [], [frame("before training")]
shown = np.geomspace(8, RING_STEPS, min(13, RING_STEPS // 10)).astype(int)
for step in range(RING_STEPS):
    history.append(train_step(tf.constant(step)))
    if step + 1 in shown:
        frames.append(frame(f"step {step + 1:,}"))
plotting.animation(frames, frames_per_second=3, max_bytes=180_000)

# %% [markdown]
# **Figure.** Animation. Eight blue clusters of real points lie on a circle. The orange
# fakes start in a small smear near the centre, spread beyond the circle, and settle on
# the clusters. Brown arrows show where G's loss pulls single fakes. The grey net is G's
# image of a square grid of z. At the end it lies along the sides of an octagon, and a
# few lines cross the middle. The background is D's opinion, blue for real and orange
# for fake.
#
# The class `training.GAN`, the `keras.Model` of this course, does the same steps and
# adds two things. A **gradient penalty** is a term of D's loss that grows with D's
# slope. The penalty **R1** takes the slope of the logit at real samples ([Mescheder et
# al. 2018](https://arxiv.org/abs/1801.04406), equation 9):
#
# $$R_1 = \tfrac{\gamma}{2}\,\mathbb{E}\,\lVert\nabla_x s(x)\rVert^2.$$
#
# The **exponential moving average** (EMA) of G's weights is a second generator that
# follows G slowly ([Yazıcı et al. 2019](https://arxiv.org/abs/1806.04498)). After each
# step: average ← decay · average + (1 − decay) · G. The class draws its samples with
# the average. `interval=4` computes R1 on every fourth step, with four times the
# weight.


# %% tags=["shared"]
def slope_at_real(discriminator, real, fake=None, seed=None):
    with tf.GradientTape() as tape:
        tape.watch(real)
        s = discriminator(real, training=True)
    squares = tape.gradient(s, real) ** 2
    return tf.reduce_mean(tf.reduce_sum(squares, axis=range(1, len(real.shape))))


def make_gan(networks, seed, latent_dim, rate, gamma, interval, ema_decay=0.999, **how):
    runtime.set_seed(seed)
    identity = {"latent_dim": latent_dim, "ema_decay": ema_decay, "seed": seed}
    gan = training.GAN(*networks(latent_dim), **identity)
    penalties = [losses.Penalty("r1", slope_at_real, gamma / 2, interval)] * (gamma > 0)
    gan.compile("non_saturating", penalties, adam(rate), adam(rate), **how)
    return gan


slope = slope_at_real(lambda x, training: x @ [[3.0], [4.0]], tf.ones((5, 2)))
agree("the squared slope of a plane 3x₁ + 4x₂ is 3² + 4²", slope, 25)

# %% [markdown]
# Is the class without R1 the algorithm that we wrote? From the same weights, both must
# report the same losses, up to rounding.

# %%
gan = make_gan(ring_networks, SEED, **RING | {"gamma": 0})
logs = gan.fit(ring, batch_size=RING_BATCH, epochs=40, steps_per_epoch=1, verbose=0)
by_class = np.transpose([logs.history["d_loss"], logs.history["g_loss"]])
agree("40 steps by hand and by the class: equal losses", by_class, history[:40], 1e-3)

# %% [markdown]
# How good is a cloud of points? A sample is of **high quality** when it lies within
# three standard deviations of a centre. Each of the eight clusters is a **mode**. A
# mode is found when it has a sample of high quality. The **reverse KL** asks whether
# all modes get equal shares. With q the shares and u = ⅛ each, it is 0 when all are
# equal, and ln 8 when one mode has all:
#
# $$\mathrm{KL}(q\,\|\,u) = \sum_i q_i \ln\frac{q_i}{1/8}.$$
#
# The **floor** of a measure is what fresh real data score. It says which value is good; a
# score beyond it is no proof of better samples.
#
# One training can be luck. The file `mlp_gan_seeds.json` holds trainings from five
# seeds (digits: three), made by `benchmarks/mlp_gan_seeds.py` with 3,000 steps on the ring. "Bare"
# means without R1, "averaged" means that the EMA draws.


# %% tags=["nbval-ignore-output"]
def ring_quality(points):
    distance = cdist(points, datasets.ring_centres())
    good = distance.min(axis=1) <= 3 * 0.01
    q = np.bincount(distance.argmin(axis=1)[good], minlength=8) / max(good.sum(), 1)
    return (q > 0).sum(), good.mean(), rel_entr(q, 1 / 8).sum()


gan = make_gan(ring_networks, SEED, steps_per_execution=20, **RING)
gan.fit(ring, batch_size=RING_BATCH, steps_per_epoch=RING_STEPS, verbose=0)
mine = ring_quality(gan.generate(2_500, seed=1))
print("this run: modes, high quality, reverse KL", *np.round(mine, 3), end="\n\n")
print("stored: fewest modes, high quality of each, largest reverse KL")
stored = json.loads(runtime.bundled("mlp_gan_seeds.json").read_text("utf8"))
for name, run in stored["ring"].items():
    print(f"{name:15}", min(run["modes"]), run["high_quality"], max(run["reverse_kl"]))

# %% [markdown]
# Every stored training finds all eight modes. In each, the averaged generator has more
# samples of high quality than G itself. For every stored seed, G itself has fewer of them
# with R1 than without. With R1, the averaged generator gives the modes more equal shares
# than without. This table does not say why. Chapter 10 shows what R1 does near the goal.
#
# The row "real points" is the floor (for a share, a ceiling). No training reaches its share
# of high quality. One
# reason: G is continuous, so some fakes lie between two modes. They are called a **bridge**.
#
# ## Part 2: can the same step learn pictures?
#
# MNIST holds 70,000 handwritten digits of 28×28 pixels. Without a network connection,
# 1,797 digits of scikit-learn serve instead, and the line below says so. Pixels are
# scaled to [−1, 1], because the generator ends in tanh, which has the same range.

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("mnist")
print(data.source)
plotting.image_grid(data.x_train[:36], columns=12, title="real digits")

# %% [markdown]
# **Figure.** Three rows of twelve real handwritten digits, white strokes on black, all
# different in slant, weight and shape.
#
# G widens from 64 numbers to 784 pixels. D narrows from 784 pixels to one logit.
# LeakyReLU keeps a small slope for negative inputs, so that D's gradient reaches G
# through every unit.
#
# Predict: what does an untrained D answer, on average?


# %% tags=["shared"]
def digit_networks(latent_dim=64, shape=(28, 28, 1)):
    pixels = int(np.prod(shape))
    last = layers.Activation("tanh"), layers.Reshape(shape)
    generator = mlp((latent_dim,), [256, 512], pixels, "leaky_relu", *last)
    return generator, mlp(shape, [512, 256], 1, "leaky_relu")


runtime.set_seed(SEED)
players = digit_networks()
drawn = players[0](tf.random.stateless_normal((1_000, 64), (0, 1)))
s = players[1](drawn)
print("shapes:", drawn.shape, "→", s.shape)
agree("an untrained D's mean answer is about ½", mean(tf.sigmoid(s)), 0.5, 0.1)

# %% [markdown]
# How far is a set of pictures from the data? A small classifier of real digits turns
# each picture into 64 **features**, the numbers of its last hidden layer. The **Fréchet
# distance** compares the mean μ and the covariance Σ of the features of both sets
# ([Heusel et al. 2017](https://arxiv.org/abs/1706.08500), equation 6):
#
# $$d^2 = \lVert\mu_1-\mu_2\rVert^2 + \mathrm{Tr}\,(\Sigma_1+\Sigma_2-2(\Sigma_1\Sigma_2)^{1/2}).$$
#
# Tr is the sum of a diagonal; `frechet` finds the Tr of the root with `eigvals`. People call
# $d^2$ the distance, and so do we. The well-known **FID** is this distance on the features of one large network,
# Inception-v3. Our features are others, so our numbers are no FID.
#
# Compute by hand first: N(0, 1) against N(3, 4), a variance of 4, is (0 − 3)² + 1 + 4 − 2·√(1·4).


# %% tags=["shared"]
def frechet(mean_1, cov_1, mean_2, cov_2):
    shift = np.asarray(mean_1) - mean_2
    roots = np.sqrt(np.linalg.eigvals(np.asarray(cov_1) @ cov_2).real.clip(0))
    return shift @ shift + np.trace(cov_1) + np.trace(cov_2) - 2 * roots.sum()


def distance(fake, real):
    return frechet(fake.mean(0), np.cov(fake.T), real.mean(0), np.cov(real.T))


agree("N(0, 1) and N(3, 4) have distance 10", frechet([0], [[1]], [3], [[4]]), 10)
one, two = np.random.default_rng(SEED).normal(size=(2, 8_000, 64))
found = [distance(one[:n], two[:n]) for n in (100, 500, 2_000, 8_000)]
agree("one distribution: above 0, smaller with more samples", np.diff([*found, 0]) < 0)

# %% [markdown]
# Two samples of one distribution have a distance above 0, and the distance depends on
# the number n of samples. Therefore every distance needs a floor at the same n.
#
# Are the digits clear and varied? The classifier also gives probabilities p(y|x). The
# **confidence** of one picture is the largest of them. The **inception score** uses all
# of them ([Salimans et al. 2016](https://arxiv.org/abs/1606.03498)):
#
# $$\mathrm{IS} = \exp \mathbb{E}_x\,\mathrm{KL}(p(y|x)\,\|\,p(y)).$$
#
# IS is the number of classes at best, and 1 at worst.
#
# **Precision** is the share of fakes near real samples. **Recall** is the share of real
# samples near fakes. Each sample of a set has a ball that reaches to its third neighbour in
# that set. "Near" means inside a ball of the other set ([Kynkäänniemi et al.
# 2019](https://arxiv.org/abs/1904.06991)).


# %%
def inception_score(p):
    return np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean())


def share_near(points, others, k=3):
    radius = np.sort(cdist(others, others), axis=1)[:, k]  # number 0 is itself
    return (cdist(points, others) <= radius).any(axis=1).mean()


agree("sure, two classes: the score is 2", inception_score(np.eye(2)), 2)
agree("sure, always one class: 1", inception_score(np.eye(2)[[0, 0]]), 1)
wide, narrow = np.random.default_rng(SEED).normal(size=(2, 300, 2)) * [[[1]], [[0.1]]]
agree("narrow fakes have a precision above 0.95", share_near(narrow, wide) > 0.95)
agree("narrow fakes have a recall below 0.2", share_near(wide, narrow) < 0.2)

# %% [markdown]
# Now train. `Watch` keeps every tenth loss. Before training and after each tenth of it,
# `Watch` measures the Fréchet distance and draws **fixed noise**: the same five z each
# time. The recipe has the ring's names and three more: compare `RING` and `DIGITS` above.
# `jit_compile` and ten steps in one call only save time.
#
# Predict: will both losses fall, as the loss of a classifier does?


# %% tags=["nbval-ignore-output"]
class Watch(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.losses, self.distances, self.pictures = [], [], []
        self.on_epoch_end(0)

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append({"step": 10 * len(self.losses) + 10, **logs})

    def on_epoch_end(self, epoch, logs=None):
        fake = judge.embed(self.model.generate(n, seed=1)).features
        self.distances.append(distance(fake, real.features))
        self.pictures.append(self.model.generate(5, seed=2))


judge = features.load(data.name)
n = min(MEASURED, len(data.x_test) // 2)
order = np.random.default_rng(0).permutation(len(data.x_test))
real, other = (judge.embed(data.x_test[i]) for i in (order[:n], order[n : 2 * n]))
gan, watch = make_gan(digit_networks, SEED, **DIGITS), Watch()
how = {"batch_size": BATCH, "steps_per_epoch": DIGIT_STEPS // 10, "verbose": 0}
gan.fit(data.x_train, epochs=10, callbacks=[watch], **how)

# %%
runs = [run for name, run in stored["digits"].items() if name != "real"]
after = [run[key][1] - run[key][-1] for run in runs for key in ("g_loss", "d_loss")]
agree("after the start, G's loss fell in each stored training", min(after[::2]) > 0)
agree("after the start, D's loss rose in each stored training", max(after[1::2]) < 0)
plotting.loss_curves(watch.losses)

# %% [markdown]
# **Figure.** At the `cpu` scale, after a turbulent start, D's loss rises slowly towards
# ln 4 and G's loss falls slowly towards ln 2. Both are noisy, and neither arrives. The
# ticks say that the stored trainings did the same.
#
# So no: they do not both fall. A loss of D near 0 would mean that D tells all fakes from
# real samples. Losses near ln 4 and ln 2 mean that D hardly tells them. D may just be weak:
# they do not mean that the samples are good. Does the Fréchet distance show more?


# %%
floor = distance(other.features, real.features)
steps = np.arange(11) * DIGIT_STEPS // 10
plotting.measure_curve(steps, watch.distances, floor, "Fréchet distance", log=True)

# %% [markdown]
# **Figure.** Over the same steps the Fréchet distance falls steeply and then slowly. It
# stays above the floor of real data, the dashed line. In the later steps the losses
# hardly move, while the distance goes on falling in this run: watch a measure, too.
#
# What do the five fixed z become? The next figure has one row for each z, one column for
# step 0 and one for each tenth of the training.

# %%
strip = np.stack(watch.pictures, axis=1).reshape(-1, 28, 28, 1)
plotting.image_grid(strip, columns=11, title="left: step 0; right: the last step")

# %% [markdown]
# **Figure.** Five rows, one for each z. The first column is grey noise. The second
# column shows strokes, and many shapes already read as digits. Some rows change from
# one digit to another: nobody told G which z should become which digit.
#
# How good are the samples? Each row of the table measures n pictures against n real
# test pictures. The first row is the floor: other real test pictures. The stored rows
# are whole trainings, one for each seed, of 26,000 steps. Their floor is the row
# "stored, real"; their n is 2,000.


# %% tags=["opening", "nbval-ignore-output"]
def measures(fakes, reals):
    p, fake, real = fakes.probabilities, fakes.features, reals.features
    return {
        "frechet": distance(fake, real),
        "inception_score": inception_score(p),
        "precision": share_near(fake, real),
        "recall": share_near(real, fake),
        "clear": (p.max(axis=1) >= 0.9).mean(),
        "rarest_class": np.bincount(p.argmax(axis=1), minlength=10).min() / len(p),
    }


samples = gan.generate(n, seed=1)
noise = np.random.default_rng(SEED).uniform(-1, 1, samples.shape).astype("float32")
sets = {"real": other, "noise": judge.embed(noise), "trained": judge.embed(samples)}
scores = {name: measures(x, real) for name, x in sets.items()}
print(f"{'n = ' + str(n):16}" + "".join(f"{key:>16}" for key in scores["real"]))
scores |= {f"stored, {name}": row for name, row in stored["digits"].items()}
for name, row in scores.items():
    print(f"{name:16}" + "".join(f"{row[key]:16.3f}" for key in scores["real"]))
pictures = np.concatenate([data.x_test[:12], samples[:48]])
plotting.image_grid(pictures, columns=12, labels=["real", *["drawn"] * 4])

# %% [markdown]
# **Figure.** One row of twelve real digits, then four rows of generated ones, not
# picked by hand. Most read as a digit at once; some are broken or stand between two
# digits.
#
# The column `clear` is the share of pictures with a confidence of at least 0.9. Look at
# the row of noise: this classifier is sure of noise, too. Never trust one measure alone.
#
# Does G copy training pictures? Drawing copies of training samples is called
# **memorising**. For each generated picture, find the training picture with the closest
# features. A copy has distance 0. The median cannot show a few copies. The 5th
# **percentile** is the number below which 5 % of the distances lie: look at low ones. The
# row "10 % copies" sets every tenth distance to 0, to show what copies do.


# %% tags=["nbval-ignore-output"]
def nearest(x):
    parts = np.array_split(x[:1_000], 20)  # a table of all pairs would fill the memory
    return np.concatenate([cdist(part, train).min(axis=1) for part in parts])


train = judge.embed(data.x_train[: 30 * MEASURED]).features
gap = nearest(sets["trained"].features)
cheat = np.where(np.arange(len(gap)) % 10 == 0, 0, gap)
found = {"real": nearest(real.features), "trained": gap, "10 % copies": cheat}
low = 0.5, 1, 5, 10, 25, 50
table = {name: np.percentile(gaps, low) for name, gaps in found.items()}
for name, row in stored["digits"].items():
    table[f"stored, {name}"] = [row[f"p{percent}"] for percent in low]
for name, row in ({"percentile": low} | table).items():
    print(f"{name:16}" + "".join(f"{value:8.2f}" for value in row))
closest = gap.argsort()[:12]
index = cdist(sets["trained"].features[closest], train).argmin(axis=1)
pairs = np.concatenate([samples[closest], data.x_train[index]])
plotting.image_grid(pairs, columns=12, labels=["drawn", "nearest"])

# %% [markdown]
# **Figure.** The twelve samples with the closest training pictures, each above its
# nearest one. In this run all twelve are ones, and the two of a pair look alike. A one
# is a single stroke, so a one that is no copy can also be close to a training picture.
# Compare the distances with those of real test pictures.
#
# In the row "10 % copies" the percentiles below 10 are 0, while the median hardly changes.
# In the stored rows no low percentile is below that of real test pictures: these
# features show no sign that 1 sample in 100 is a copy. Other features could.
#
# ## What you now know
#
# - One step of a GAN is a gradient step for D and one for G, each on its own weights.
# - Each loss depends on both players. The losses alone do not show progress.
# - A measure needs its formula, its n, its floor, and several trainings.
# - No single measure is enough: noise can have a high confidence, and copies hide from
#   all but the distances.
# - An MLP can draw digits that mostly read. Chapter 3 replaces `Dense` by layers for
#   pictures.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/02_mlp_gan_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: what costs as much as half the spread?
#
# The features of real pictures are N(0, I) in 64 dimensions. Generator A has the right
# mean, but half of the right standard deviation in every feature. Generator B has the
# right covariance, but its mean is off by m > 0 in every feature. For which m do A and
# B have the same Fréchet distance to the real pictures? Compute m on paper.

# %% tags=["stub"]
m = ...

# %% tags=["check"]
of_a = frechet(np.zeros(64), np.eye(64), np.zeros(64), np.eye(64) * 0.5**2)
tried = np.linspace(0, 10, 2_001)  # brute force, on a grid
misfit = [abs(64 * frechet([0], [[1]], [shift], [[1]]) - of_a) for shift in tried]
exercises.check("Exercise 1 · the shift m", m, tried[np.argmin(misfit)])

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Both covariances are diagonal, so the distance is a sum
# over 64 equal features. Write one feature of A and one of B. Which number is the
# covariance of A: the standard deviation, or its square?</details>

# %% [markdown] tags=["solution"]
# One feature of A: the means agree, the variances are 1 and ¼. It costs
# 1 + ¼ − 2·√(1·¼) = (1 − ½)². One feature of B: m². Both are equal for m = 1 − ½.

# %% tags=["solution"]
std_of_a = 0.5
m = np.sqrt((1 - std_of_a) ** 2)

# %% [markdown]
# ### Exercise 2: a D that never says "certainly"
#
# One-sided label smoothing ([Salimans et al. 2016](https://arxiv.org/abs/1606.03498),
# section 3.4) tells D that a real sample is real with probability `target` = 0.9, and
# fake otherwise. The logits are float32 arrays (n, 1). Fakes keep the target 0. Write D's loss as the mean over the real
# logits plus the mean over the fake logits. It must be finite for logits of ±1,000.


# %% tags=["stub"]
def smooth_d_loss(s_real, s_fake, target=0.9):
    return ...


# %% tags=["check"]
def pay(s, wanted):  # −ln of a probability is ln(1 + e^…), which logaddexp computes
    return wanted * np.logaddexp(0, -s) + (1 - wanted) * np.logaddexp(0, s)


column = np.float32([[0], [2], [-1], [600], [-1_000]])
trials = [(column[:3], column[1:3], 0.9), (column[2:], column[2:], 0.7)]
cases = [((r, f, t), pay(r, t).mean() + pay(f, 0).mean()) for r, f, t in trials]
exercises.check_function("Exercise 2 · smoothed loss", smooth_d_loss, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>A real sample now has two outcomes. What would D pay if
# the sample counted as real, what if it counted as fake, and how often does each
# happen? Which function of this chapter stays finite for large logits?</details>


# %% tags=["solution"]
def smooth_d_loss(s_real, s_fake, target=0.9):
    # −ln σ(s) = softplus(−s) if it counts as real, −ln(1 − σ(s)) = softplus(s) if not
    as_real, as_fake = tf.nn.softplus(-s_real), tf.nn.softplus(s_real)
    on_real = tf.reduce_mean(target * as_real + (1 - target) * as_fake)
    return on_real + tf.reduce_mean(tf.nn.softplus(s_fake))  # fakes: target 0


# %% [markdown]
# ### Exercise 3: D alone
#
# Train both players on the ring for 200 steps, without R1. Then give G the learning rate 0, and let
# D train for 300 steps more. G's points stay exactly where they are. What happens to
# G's loss? Choose first. The check then calls `losses_of_g`, which trains for some
# seconds and returns G's loss after both stages.
#
# - a: G's loss stays, because its points stay.
# - b: G's loss rises by more than a tenth.
# - c: G's loss falls by more than a tenth.


# %% tags=["shared"]
@cache  # trains once, when a check asks for the result
def losses_of_g(seed=SEED):
    gan = make_gan(ring_networks, seed, steps_per_execution=20, **RING | {"gamma": 0})
    points, found = datasets.ring(5_000, seed=seed), []
    z = tf.random.stateless_normal((1_000, 2), (seed, 3))
    for steps, rate in ((200, RING["rate"]), (300, 0.0)):
        gan.g_optimizer.learning_rate = rate
        gan.fit(points, batch_size=RING_BATCH, steps_per_epoch=steps, verbose=0)
        found.append(float(mean(softplus(-gan.discriminator(gan.generator(z))))))
    return found


# %% tags=["stub"]
choice = ...  # "a", "b" or "c"

# %% tags=["check"]
before, after = losses_of_g() if isinstance(choice, str) else (1, 1)
letter = "b" if after > 1.1 * before else "c" if after < 0.9 * before else "a"
exercises.check("Exercise 3 · D alone", choice, letter)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Write down L_G. Which networks does it depend on? What
# does D learn about points that do not move?</details>

# %% [markdown] tags=["solution"]
# L_G = −E ln σ(s(G(z))) holds D's logit s. D learns to tell the resting points from real
# ones, s falls there, and G's loss rises. No sample got worse. A rising loss of G can
# mean a better D.

# %% tags=["solution"]
choice = "b"

# %% [markdown]
# ### Exercise 4: your own alarm for copies (open)
#
# Write a function of the features of samples and of training data, arrays with a row for
# each picture. It returns one number: more copies, larger number. Copies may be changed a
# little, so that no distance is exactly 0. The check draws 12 sets each with 0, 3 %, 50 %
# and 100 % of copies. Every set must score above every set with fewer copies. Many answers
# are right. Report what your alarm says about `sets["trained"].features` and `train` of
# this chapter, and about `real.features`. `train` has 60,000 rows: a table of all its pairs
# does not fit into the memory.


# %% tags=["stub"]
def alarm(samples, training):
    return ...


# %% tags=["check"]
def works(fewer, more):
    rng, scores = np.random.default_rng(SEED), ([], [])
    for place, copies in [(0, fewer), (1, more)] * 12:
        training, x = rng.normal(size=(500, 8)), rng.normal(size=(200, 8))
        x[:copies] = training[:copies] + 1e-3 * rng.normal(size=(copies, 8))
        score = alarm(rng.permutation(x), training)
        if score is None or score is ...:
            return None
        scores[place].append(np.asarray(score, "float64").item())
    return min(scores[1]) > max(scores[0])


cases = [((0, 6), True), ((6, 100), True), ((100, 200), True)]
exercises.check_function("Exercise 4 · copies", works, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>How far is a copy from its nearest training sample, and
# how far is an honest sample? Which numbers of a list of distances notice when only one
# of thirty is tiny, and does chance move them, too?</details>


# %% tags=["solution"]
def alarm(samples, training):
    # The share of samples much closer to a training sample than training samples are
    # to each other. The factor is a choice: smaller finds closer copies only.
    gap = cdist(samples, training).min(axis=1)
    usual = np.median(np.sort(cdist(training[:1_000], training), axis=1)[:, 1])
    return (gap < 0.05 * usual).mean()


# %% [markdown]
# ## Further reading
#
# - [Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661): the first GAN; Algorithm 1
#   is the step of this chapter.
# - [Mescheder, Geiger, Nowozin 2018](https://arxiv.org/abs/1801.04406): why R1 makes
#   training converge near the goal; chapter 10 computes it.
# - [Lucic et al. 2018](https://arxiv.org/abs/1711.10337): a fair comparison, in which no
#   newer loss was consistently better than the first one.

# %%
last, score = scores["trained"], 8 if data.stand_in_for is None else 7
checks = {
    "ring: every mode, 90 % precise": mine[0] == 8 and mine[1] >= 0.9,
    f"inception score ≥ {score}": last["inception_score"] >= score,
    "no class under 3 %": last["rarest_class"] >= 0.03,
}
result = {"value": last["frechet"], "floor": floor, "checks": checks}
runtime.save_summary("02_mlp_gan", measure="Fréchet distance", **result)
