# %% [markdown]
# # The latent space at work: walk, edit, invert, detect
#
# ![Four rows of twelve digits. Each row is a path: the digit at the left end turns step by step into the digit at the right end, where the next row goes on.](attachment:opening.png)
#
# Every picture comes from one trained generator; between two pictures only the noise
# changes.

# %% [markdown]
# **You do**: walk between codes, make digits lean, find the code of a given picture,
# detect pictures that do not belong, and attack a GAN for its training set.
#
# **You learn**: what a direction keeps and what it spoils, where truncation works, what
# G cannot draw, and what a nearest neighbour or a failed attack proves.
#
# **You need**: chapters 3 and 7; 90 minutes with a teacher, exercise 4 at home; alone
# plan two and a half hours. Two CPU cores compute for less than three minutes; the
# scale `gpu` trains longer.

# %% tags=["setup"]

# %% tags=["imports"]
import importlib
import json

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.spatial.distance import cdist
from scipy.stats import norm
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances_argmin_min, roc_auc_score

from ganutils import datasets, metrics, plotting, training
from ganutils.kit import exercises, runtime

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
LATENT, BATCH, RATE, FEATURES = 64, 64, 5e-3, 4.0  # FEATURES: weight of D's features
WIDTH, STEPS = runtime.pick(smoke=(4, 20), cpu=(16, 1_500), gpu=(16, 6_000))
CODES, DESCENT = runtime.pick(smoke=(300, 10), cpu=(2_000, 200), gpu=(2_000, 200))
data = datasets.load_or_stand_in("mnist")
judge = metrics.features.load(data.name)
stored = json.loads(runtime.bundled("latent_space.json").read_text("utf8"))
generator, told = map(training.pretrained.load, (data.name, "mnist_conditional"))


# %% tags=["shared"]
def draw(z, g=generator):
    return training.decode(g, np.float32(z))


def classes(pictures):  # which digit the judge reads, and how sure it is
    found = judge.embed(pictures).probabilities
    return found.argmax(axis=1), found.max(axis=1)


def show(table):  # {name: rows {measure: value}}: for each measure the rows' mean
    keys = [*[*table.values()][-1][0]]
    print(" " * 24, *(f"{key:>{len(key) + 4}}" for key in keys))
    for name, rows in table.items():
        cells = [(np.mean([row[key] for row in rows]), len(key) + 4) for key in keys]
        print(f"{name:24}", *(f"{mean:{width}.3f}" for mean, width in cells))


# %% [markdown]
# ## Part 1: where do we walk?
#
# The **latent space** is the space of all noise vectors z, here with d = 64 numbers
# from N(0, 1). One such vector is called a code. The squared length of z is a sum of d
# squares, each with mean 1 and variance 2. So it has mean d and standard deviation
# √(2d).

# %%
lengths = np.linalg.norm(np.random.default_rng(SEED).normal(size=(100_000, 64)), axis=1)
exercises.agree("The mean squared length is d", (lengths**2).mean(), 64, 0.3)
exercises.agree("Its standard deviation is √(2d)", (lengths**2).std(), 128**0.5, 0.3)
exercises.agree("99 % have a length of 6 to 10", np.mean(abs(lengths - 8) < 2) > 0.99)

# %% [markdown]
# Nearly all codes lie close to a sphere of radius √d = 8. G met almost no code near the
# centre, although the density of z is largest there.
#
# An **interpolation** draws samples along a path between two codes a and b. The
# straight path has a short middle, of about the squared length d/2. The **spherical
# interpolation** goes along an arc ([White 2016](https://arxiv.org/abs/1609.04468),
# section 2.1). With ω the angle between a and b, its direction at t is the one below;
# its length goes from ‖a‖ to ‖b‖.
#
# $$\frac{\sin((1-t)\,\omega)}{\sin\omega}\,\frac a{\lVert a\rVert} +
# \frac{\sin(t\,\omega)}{\sin\omega}\,\frac b{\lVert b\rVert}$$
#
# Steer the walk: put other numbers into `STOPS`. With `SLIDER = True`, a slider shows
# one picture at a time, in JupyterLab and Colab; JupyterLab first needs `%pip install
# ipywidgets` and a new start.


# %% tags=["shared"]
def spherical(a, b, t):
    long_a, long_b, t = np.linalg.norm(a), np.linalg.norm(b), t[:, None]
    angle = np.arccos(np.clip(a @ b / (long_a * long_b), -1, 1))
    arc = np.sin((1 - t) * angle) * a / long_a + np.sin(t * angle) * b / long_b
    return ((1 - t) * long_a + t * long_b) * arc / np.sin(angle)


# %% tags=["opening"]
STOPS, SLIDER = [0, 1, 2, 3, 0], False  # rows of z, which the walk visits in turn
z = training.sample_z(CODES, LATENT, (SEED, 1)).numpy()
legs = zip(z[STOPS[:-1]], z[STOPS[1:]], strict=True)
t = np.linspace(0, 1, 12)
pictures = draw(np.concatenate([spherical(*leg, t) for leg in legs]))
if SLIDER:
    widgets, last = importlib.import_module("ipywidgets"), len(pictures) - 1
    widgets.interact(lambda i: plotting.image_grid(pictures[[i]]), i=(0, last))
plotting.image_grid(pictures, 12)

# %% [markdown]
# **Figure.** Four rows of twelve digits. Along each row the digit changes step by step;
# the right end of a row is the left end of the next one.
#
# Predict: are the digits in the middle of a straight path worse? *Sure* is the mean
# confidence of the classifier (chapter 2).

# %% tags=["nbval-ignore-output"]
middle = (z[: CODES // 2] + z[CODES // 2 :]) / 2
for name, codes in {"as drawn": z, "straight, middle": middle}.items():
    print(f"{name}: sure {classes(draw(codes))[1].mean():.3f}")

# %% [markdown]
# By this measure, no: on this generator, the middle is as sure as the codes as drawn.
# Geometry alone does not decide.
#
# ## Part 2: which direction makes a digit lean?
#
# An edit should change one thing and keep the others. We measure class, slant and width
# of lines. The slant is how far the ink moves to the right for each row upwards. The
# width is the ink for each pixel of edge.


# %% tags=["shared"]
def outline(x):  # the length of a digit's edge, in pixels
    return sum(np.abs(np.diff(x[..., 0], axis=k)).sum(axis=(1, 2)) for k in (1, 2)) / 2


def measure(x):  # slant and line width of digits, (n, 2)
    ink, (row, column) = (x[..., 0] + 1) / 2 + 1e-6, np.mgrid[:28, :28]
    share = ink / ink.sum(axis=(1, 2), keepdims=True)
    middle = [(share * at).sum(axis=(1, 2), keepdims=True) for at in (-row, column)]
    up, right = -row - middle[0], column - middle[1]
    slant = (share * up * right).sum(axis=(1, 2)) / (share * up**2).sum(axis=(1, 2))
    return np.stack([slant, 4 * ink.sum(axis=(1, 2)) / outline(x)], axis=1)


def edit(g, z, u):  # what z + 2u changes; what is kept once the slant has moved by 1
    start, (seen, _), rows = measure(draw(z, g)), classes(draw(z, g)), []
    for x in (draw(z + amount * u, g) for amount in (0, 0.5, 1, 1.5, 2, 2.5, 3)):
        slant, width = ((measure(x) - start) / start.std(axis=0)).T
        kept = (classes(x)[0] == seen).mean()
        rows.append([slant.mean(), np.abs(width).mean(), kept])
    row = *rows[4], np.interp(1, *np.transpose(rows)[[0, 2]], right=np.nan)
    names = ("slant", "width", "class kept", "kept at slant 1")
    return dict(zip(names, map(float, row), strict=True))


# %% [markdown]
# Two ways to find a direction, with labels and without:
#
# - *Fit*: the linear function of z that predicts the slant best, by least squares.
#   *Fit, classes out* also predicts the ten classes. What the slant's direction shares
#   with theirs is taken off.
# - **Principal component analysis**, PCA, needs no labels: it finds the orthogonal
#   directions in which points vary most. PCA of z is useless: z varies equally in every
#   direction. But G's first layer stretches z where much changes. So [Härkönen et al.
#   2020](https://arxiv.org/abs/2004.02546) take the PCA of its outputs, and fit z to
#   the components. These have no names; we use the slant to choose one of 20, and also
#   try the first.


# %% tags=["shared"]
def directions(g, z):  # {name: direction of length 1} that should make digits lean
    x, centred = draw(z, g), z - z.mean(axis=0)
    slant, kinds = measure(x)[:, 0], np.eye(10)[classes(x)[0]]
    targets = np.c_[slant, kinds] - np.r_[slant.mean(), kinds.mean(axis=0)]
    fit = np.linalg.lstsq(centred, targets, rcond=None)[0]  # (64, 1 + 10)
    own = np.linalg.qr(fit[:, 1:10])[0]  # spans the classes; the tenth follows
    found = {"fit": fit[:, 0]}
    found["fit, classes out"] = fit[:, 0] - own @ (own.T @ fit[:, 0])
    early = keras.Model(g.inputs, g.layers[2].output).predict(z, verbose=0)
    parts = PCA(20, random_state=SEED).fit_transform(early)
    to_z = np.linalg.lstsq(parts, centred, rcond=None)[0]  # (20, 64)
    fits = np.corrcoef(parts.T, slant)[-1, :-1]
    best = np.argmax(np.abs(fits))
    found["PCA, best of 20"] = np.sign(fits[best]) * to_z[best]
    found["PCA, component 1"] = np.sign(fits[0]) * to_z[0]
    found["random"] = np.random.default_rng(SEED).normal(size=LATENT)
    return {name: u / np.linalg.norm(u) for name, u in found.items()}


# %% tags=["nbval-ignore-output"]
found = directions(generator, training.sample_z(2 * CODES, LATENT, (SEED, 2)).numpy())
here = {f"{name}, here": [edit(generator, z[:1_000], u)] for name, u in found.items()}
show(here | stored["edits"])
names = ["fit", "fit, classes out", "PCA, component 1"]
rows = np.concatenate([draw(z[:12]), *(draw(z[:12] + 2 * found[n]) for n in names)])
plotting.image_grid(rows, 12, labels=["before", "fit", "no classes", "PCA 1"])

# %% [markdown]
# **Figure.** Twelve digits, and the same codes moved by 2 in three directions. In rows
# two and three they lean more to the right. In row four many are another digit.
#
# Moves have length 2. *Slant* is the mean change, *width* the mean size of the change,
# both in standard deviations of drawn digits. *Kept at slant 1* moves until the slant
# changed by 1 (nan: not within length 3).
#
# *Here* is the bundled generator; below, means of three shorter trainings. The fit
# leans digits, but changes the class of many. With the classes taken off, slightly more
# digits keep their class at the same slant, from each seed. A PCA component, chosen by
# the slant, also leans digits; at the same slant, fewer keep their class. The first
# component turns digits into others and hardly leans them.
#
# Our one random direction leans digits little. Yet about a quarter to a third change
# class: many codes lie near a border. So compare an edit with random ones of its
# length.
#
# ## Part 3: when does truncation work?
#
# **Truncation** draws each number of z anew until it lies in [−limit, limit] ([Brock et
# al. 2019](https://arxiv.org/abs/1809.11096), section 3.1). Smaller limits gave better,
# less varied pictures, but not in all their generators. Truncated codes are short: they
# lie near the centre. So everything depends on what G draws there.
#
# Try it on a perfect G. In one dimension it is known: G(z) = F⁻¹(Φ(z)), where Φ and F
# are the shares of z and of the data below a point. The data are one, two or three
# clusters. Predict: for which of them do more samples lie near a cluster's centre as
# the limit falls?

# %%
x, limits, near = np.linspace(-12, 12, 24_001), (np.inf, 0.5, 0.1, 0.02), {}
for name, centres in {"one": [0], "two": [-3, 3], "three": [-6, 0, 6]}.items():
    below = norm.cdf(x[:, None], centres).mean(axis=1)  # F
    for limit in limits:
        share = np.linspace(*norm.cdf([-limit, limit]), 10_002)[1:-1]  # Φ(z)
        gaps = np.abs(np.interp(share, below, x)[:, None] - centres).min(axis=1)
        near[name, limit] = (gaps < 2).mean()
    print(f"{name:6}", *(f"{near[name, limit]:.3f}" for limit in limits))
ends = [near[name, limits[-1]] for name in ("one", "three", "two")]
exercises.agree("At the smallest limit: all, all, none is near", ends, [1, 1, 0])

# %% [markdown]
# With one or three clusters, the centre of z becomes the middle of a cluster. With two,
# it becomes the gap between them, though G is perfect. So truncation needs a good
# picture at the centre. A G without labels shares one cloud of z among ten digits; a G
# that is told the digit has one cloud for each. Predict: which of the two can be
# truncated?
#
# Precision is the share of fakes near real samples, recall the share of real samples
# near fakes (chapter 2). Stored: three short trainings of each kind; three draws from
# the bundled G.

# %% tags=["nbval-ignore-output"]
for name in ("no labels", "no labels, bundled", "labels"):
    show({f"{name}, {limit[6:]}": rows for limit, rows in stored[name].items()})
short = training.latent.truncated(24, LATENT, 0.5, seed=SEED).reshape(2, 12, LATENT)
asked = np.eye(10)[np.repeat([2, 4, 7], 4)]
rows = [training.decode(told, [codes, asked]) for codes in (z[:12], short[1])]
rows = np.concatenate([draw(z[:12]), draw(short[0]), *rows])
plotting.image_grid(rows, 12, labels=["no labels", "limit ½", "labels", "limit ½"])

# %% [markdown]
# **Figure.** Digits of two generators, each without limit and with limit ½. Without
# labels, many truncated digits are pale or broken. With labels (2, 4, 7) they are clear
# and alike.
#
# With labels, precision rises and recall falls, from each seed: better pictures, less
# variety. Without labels, recall falls and precision does not rise at limit ½; in the
# short trainings, precision falls to almost nothing. There, *sure* rises and misleads:
# a classifier can be sure of a picture that is like no real one.
#
# ## Part 4: which code belongs to a given picture?
#
# **Inversion** searches a code z for which G draws a given picture x. The error is the
# mean squared difference of pixels. G is differentiable, so we walk down the slope of
# the error from a random code. After each step the code goes back to the sphere, where
# G was trained. Some searches get stuck. So we start eight for each picture, in one
# batch, and keep the best (one start: *best of 1*).


# %% tags=["shared"]
@tf.function(autograph=False)
def invert(g, x, z, steps=DESCENT, rate=0.1):
    # Adam moves each code z so that G(z) becomes like x.
    def step(t, z, mean, square):
        with tf.GradientTape() as tape:
            tape.watch(z)
            error = tf.reduce_mean((g(z, training=False) - x) ** 2, axis=(1, 2, 3))
        slope, t = tape.gradient(error, z), t + 1
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        z -= rate * mean / (1 - 0.9**t) / (tf.sqrt(square / (1 - 0.99**t)) + 1e-8)
        z *= LATENT**0.5 / tf.norm(z, axis=1, keepdims=True)  # back to the sphere
        return t, z, mean, square

    start = 0.0, z, tf.zeros_like(z), tf.zeros_like(z)
    return tf.while_loop(lambda t, *_: t < steps, step, start)[1]


def search(g, x, seed=SEED):  # codes of one start, of the best, and all errors
    every = np.repeat(x, 8, axis=0)
    z = invert(g, tf.constant(every), training.sample_z(len(every), LATENT, (seed, 3)))
    error = ((draw(z, g) - every) ** 2).mean(axis=(1, 2, 3)).reshape(-1, 8)
    z = z.numpy().reshape(-1, 8, LATENT)
    return z[:, 0], z[np.arange(len(x)), error.argmin(axis=1)], error


# %% tags=["nbval-ignore-output"]
digits, mirrored = data.x_test[:12], data.x_test[:12, :, ::-1]
first, best, _ = search(generator, digits)
bundled = {f"{n}, bundled": rows for n, rows in stored["inversion, bundled"].items()}
show(bundled | stored["inversion"])
rows = [digits, draw(first), draw(best), mirrored, draw(search(generator, mirrored)[1])]
names = ["digits", "one start", "best of 8", "mirrored", "best of 8"]
plotting.image_grid(np.concatenate(rows), 12, labels=names)

# %% [markdown]
# **Figure.** Twelve test digits, what one start found, and the best of eight; then the
# same digits mirrored, and the best of eight for them. The best of eight is like each
# digit. Several mirrored ones are broken, but not those that a mirror hardly changes.
#
# For test digits, the bundled generator's best of eight has less than half the error of
# one start, from each seed. On the short trainings, the gap is much smaller. So the
# starts needed depend on G.
#
# What can G not draw? With eight starts, mirrored digits and printed letters have at
# least twice the error of digits. But see the last column, the difference to the
# nearest training picture. Even for letters, the best of eight is much nearer. The
# nearest of 20,000 random codes is not. The descent finds what chance does not.
#
# ## Part 5: which pictures do not belong?
#
# A scanner of digits may get something else, and nobody has examples of it. AnoGAN
# trains a GAN on normal pictures only. A picture is unusual if G cannot draw it.
#
# Part 4 searched each code by itself, and so found ways to draw letters. f-AnoGAN
# ([Schlegl et al. 2019](https://doi.org/10.1016/j.media.2019.01.010)) trains an
# **encoder** instead: a network that reads the code off a picture. It learns from
# normal pictures alone. Its error adds two differences: of the pixels, and of the
# features in D's last hidden layer.


# %% tags=["shared"]
def make_trunk():  # pictures → 256 features
    stack = [keras.Input((28, 28, 1))]
    for filters in (WIDTH, 2 * WIDTH):
        stack.append(layers.Conv2D(filters, 3, 2, "same", activation="leaky_relu"))
    return keras.Sequential([*stack, layers.Flatten(), layers.Dense(256, "leaky_relu")])


def make_gan(seed=SEED, steps=STEPS, **how):  # chapter 7's, without labels
    keras.utils.set_random_seed(seed)
    z = keras.Input((LATENT,))
    x = layers.Concatenate()([z, layers.LeakyReLU(0.2)(layers.Dense(64)(z))])
    x = layers.Reshape((7, 7, -1))(layers.Dense(98 * WIDTH, use_bias=False)(x))
    for filters in (WIDTH, 1):
        x = layers.LeakyReLU(0.2)(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.Conv2DTranspose(filters, 4, 2, "same")(x)
    g = keras.Model(z, layers.Activation("tanh")(x))
    d = keras.Sequential([make_trunk(), layers.Dense(1)])
    gan = training.GAN(g, d, latent_dim=LATENT, ema_decay=0.9995, seed=seed)
    fall = keras.optimizers.schedules.CosineDecay(RATE, 3 * steps // 2)
    adams = [keras.optimizers.Adam(fall, beta_1=0.0, beta_2=0.99) for _ in "DG"]
    how |= {"one_pass": True, "fuse_updates": steps > 100, "steps_per_execution": 10}
    gan.compile("non_saturating", [training.losses.r1(1.0, interval=8)], *adams, **how)
    return gan


# %% tags=["shared"]
def gap(trunk, x, drawn):  # how far drawn pictures are from x
    pixels = tf.reduce_mean((x - drawn) ** 2, axis=(1, 2, 3))
    return pixels + FEATURES * tf.reduce_mean((trunk(x) - trunk(drawn)) ** 2, axis=1)


def learn_encoder(g, trunk, x, seed=SEED, steps=2 * STEPS // 3):
    keras.utils.set_random_seed(seed)
    g.trainable = trunk.trainable = False
    encoder, picture = make_trunk(), keras.Input((28, 28, 1))
    code = layers.Dense(LATENT)(encoder(picture))
    redraw = keras.Model(picture, g(code, training=False))
    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps))
    redraw.compile(adam, lambda *pair: gap(trunk, *pair), steps_per_execution=10)
    rows = tf.data.Dataset.from_tensor_slices((x, x)).shuffle(len(x), seed).repeat()
    redraw.fit(rows.batch(BATCH), steps_per_epoch=steps, shuffle=False, verbose=0)
    return redraw


# %% [markdown]
# To test it, we leave one digit out of the training and then call it unusual. The
# measure is **AUC**: how often an unusual picture scores higher than a normal one; ½ is
# chance. Two simple rivals have no GAN. *Nearest* is the difference to the nearest
# training picture. *PCA* is what 64 principal components cannot draw. All three may
# grow with the ink of a picture; so we also divide by the ink. Predict: which digit is
# hardest to find?


# %% tags=["shared"]
def nearest(x, others):  # mean squared difference to the nearest other picture
    flat, others = x.reshape(len(x), -1), others.reshape(len(others), -1)
    return pairwise_distances_argmin_min(flat, others)[1] ** 2 / flat.shape[1]


def auc(high, low):  # how often is a number of `high` above one of `low`?
    return float(roc_auc_score(np.repeat([1, 0], [len(high), len(low)]), [*high, *low]))


def scores(x, normal, redraw, trunk):  # {method: how unusual each picture is}
    flat, drawn = x.reshape(len(x), -1), redraw.predict(x, verbose=0)
    pca = PCA(LATENT, random_state=0).fit(normal[:10_000].reshape(-1, flat.shape[1]))
    left = pca.inverse_transform(pca.transform(flat)) - flat
    found = {"G": gap(trunk, x, drawn).numpy(), "nearest": nearest(x, normal)}
    found["PCA"] = (left**2).mean(axis=1)
    ink = (x.mean(axis=(1, 2, 3)) + 1) / 2
    return found | {f"{name} / ink": score / ink for name, score in found.items()}


# %% tags=["shared"]
def hold_out(digit, seed=SEED, n=400):  # odd and usual pictures, AUCs, what redraws
    normal, gan = data.x_train[data.y_train != digit], make_gan(seed)
    gan.fit(normal, batch_size=BATCH, steps_per_epoch=STEPS, verbose=0)
    trunk = gan.discriminator.layers[0]
    redraw = learn_encoder(gan.ema_generator, trunk, normal, seed)
    order = np.random.default_rng(seed).permutation(len(data.x_test))
    x, is_odd = data.x_test[order], data.y_test[order] == digit
    odd, usual = x[is_odd][:n], x[~is_odd][: 2 * n]
    found = scores(np.concatenate([odd, usual]), normal, redraw, trunk)
    row = {name: auc(s[: len(odd)], s[len(odd) :]) for name, s in found.items()}
    related = np.corrcoef(found["G"][len(odd) :], outline(usual))[0, 1]
    return odd, usual, row | {"score and outline": float(related)}, redraw


# %% tags=["nbval-ignore-output"]
odd, usual, mine, redraw = hold_out(4)
show({"4, here": [mine]} | {str(k): stored["unusual"][str(k)] for k in range(10)})
rows = np.concatenate([odd[:12], redraw(odd[:12]), usual[:12], redraw(usual[:12])])
plotting.image_grid(rows, 12, labels=["unusual", "redrawn", "normal", "redrawn"])

# %% [markdown]
# **Figure.** Twelve fours, which this G never saw, and what it makes of them: most
# become nines. Below, most normal digits come back as themselves.
#
# A held-out 4 is found better with G than by either rival, from each seed. But the
# table shows all ten digits, from short trainings. For seven digits (not for 2, 4, 7),
# *nearest* is better than G, from each seed; divided by the ink, for all except the
# digit 4. (We also chose `FEATURES` on a held-out 4.)
#
# Hardest is the 1: most normal digits score higher, which is worse than chance. Simple
# pictures are easy to draw, whatever G has learned. The last column tests this on
# normal digits alone: digits with a longer outline tend to score higher. Divided by the
# ink, each method finds the 1 better than chance, *nearest* best. So try every kind of
# unusual picture, and give the simplest rival the same help.
#
# ## Part 6: has G copied, and who can tell?
#
# Compare fakes' distances to the nearest training picture (here of 5,000) with those of
# unseen pictures. If G copies, fakes are nearer. But a mean hides a few copies. We
# plant 1 %: ten training pictures among 1,000 fakes. Predict: what do the mean and the
# percentiles say? (For percentiles, see chapter 2.)

# %% tags=["nbval-ignore-output"]
members, others = data.x_train[:5_000], data.x_test[:1_000]
fakes = draw(training.sample_z(len(others), LATENT, (SEED, 5)))
mixed = np.concatenate([members[: len(fakes) // 100], fakes[len(fakes) // 100 :]])
for name, x in {"unseen": others, "fakes": fakes, "1 % copies": mixed}.items():
    way, parts = nearest(x, members), (0.5, 1, 5, 50)
    low = dict(zip(parts, np.percentile(way, parts).round(3).tolist(), strict=True))
    print(f"{name:11} mean {way.mean():.3f}, percentiles {low}")
exercises.agree("With copies, the lowest half percent are at 0", low[0.5], 0, 1e-4)

# %% [markdown]
# The mean hardly moves, but percentile ½ falls to 0. Copies that are not exact need a
# threshold; see exercise 2.
#
# G is not all that can leak. A **membership attack** asks whether a given picture was
# in the training set ([Hayes et al. 2019](https://arxiv.org/abs/1705.07663)). Its
# easiest clue is D: it was trained to give training pictures high logits. If it knows
# them by heart, unseen real pictures get lower ones. The measure is AUC.
#
# Three kinds of GANs are attacked: trained on all digits, on 500, and on 500 that were
# *moved*, shifted at random in front of D (chapter 11). *D's logits* is the AUC, *p1*
# the first percentile of the distance to attacked training pictures. Predict: which D
# betrays its pictures?


# %% tags=["shared"]
def attack(gan, members, others):
    logits = [gan.discriminator.predict(x, verbose=0)[:, 0] for x in (members, others)]
    return auc(*logits)


# %%
show(stored["attack"])

# %% [markdown]
# With 500 digits as they are, D nearly always ranks them above unseen digits, from each
# seed. Yet G copies few or none: p1 of fakes is somewhat smaller, but not 0. Moved, or
# among 60,000, a picture is almost safe from this attack.
#
# What may you conclude? A successful attack shows a leak: D tells who probably was in
# the training. A failed one proves nothing about other attacks, which may use G, or
# many pictures of one person. So do not publish D. Differential privacy, another way to
# train, bounds every attack; it is not in this course.
#
# ## Part 7: can two codes be mixed?
#
# StyleGAN ([Karras et al. 2019](https://arxiv.org/abs/1812.04948)) hands the code to
# every layer anew. So coarse layers can get one code, and fine layers another: the
# shape of one picture, the colours of another. Our G gets z once, at its first layer.
# We can only take some numbers from code b and the others from code a. Predict: which
# digit comes?


# %% tags=["nbval-ignore-output"]
show(stored["mixing"])
a, b, digits = z[:10], z[10:20], np.eye(10)
both = np.c_[b[:, :32], a[:, 32:]]
style = training.decode(told, [np.repeat(z[:1], 10, axis=0), digits])
rows = np.concatenate([draw(a), draw(both), draw(b), style])
plotting.image_grid(rows, 10, labels=["a", "half of each", "b", "one z, told"])

# %% [markdown]
# **Figure.** Digits of ten codes a, of codes with half of each, and of ten codes b.
# Several in the second row are like neither. Last row: one z and ten labels.
#
# With half of each, a third digit comes more often than that of a or of b, in each of
# three trainings. Neither half of z holds "the digit". A G that is told the label has a
# place for the digit, the label, and leaves the style to z: the last row (chapter 7).
#
# ## What you now know
#
# - Codes lie near a sphere, and walks and searches stay near it.
# - A direction that was found by labels needs a second look: what else does it move?
# - Truncation helps where the centre of z holds a good picture: with labels, not
#   without.
# - Descent finds codes for what G never learned; judge a detector on all kinds of
#   cases.
# - Low percentiles show copies; D can betray training pictures where G hardly copies.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/09_latent_space_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: how long is a truncated code?
#
# All 64 numbers of a code lie in [−0.3, 0.3], drawn by truncation. On such a short
# interval the density of N(0, 1) is nearly constant. Use this to compute on paper, to 3
# %, the mean squared length of the code.

# %% tags=["stub"]
mean_squared_length = ...

# %% tags=["check"]
inside = np.linspace(-0.3, 0.3, 10_001)
right = LATENT * np.average(inside**2, weights=norm.pdf(inside))
exercises.check("Exercise 1 · length²", mean_squared_length, right, rtol=0.03)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which distribution has a constant density on an interval? What
# is the mean of its square? How many such squares add up to the squared length?</details>

# %% tags=["solution"]
# Nearly uniform: the mean of x² over [−c, c] is c²/3, and there are 64 numbers.
mean_squared_length = 64 * 0.3**2 / 3

# %% [markdown]
# ### Exercise 2: who is a copy?
#
# Nobody tells you how near is too near. Let unseen pictures tell. Take the distance
# from each `test` row to the nearest `train` row, and the `q`-quantile of these
# distances (0.01: one in a hundred is nearer; `np.quantile`). Return the indices of the
# `fakes`, in rising order, whose nearest `train` row is nearer than that. All are
# arrays (n, d).


# %% tags=["stub"]
def suspects(fakes, train, test, q):
    return ...


# %% tags=["check"]
cases, rng = [], np.random.default_rng(SEED)
for n, d, q in ((60, 3, 0.05), (200, 5, 0.01), (80, 2, 0.2)):
    train, test, fakes = (rng.normal(size=(m, d)) for m in (3 * n, 2 * n, n))
    fakes[rng.permutation(n)[:4]] = train[rng.permutation(n)[:4]] + 1e-3
    fakes[rng.permutation(n)[:5]] = test[:5]  # near what was never trained on
    way, own = (cdist(x, train).min(axis=1) for x in (test, fakes))
    right = np.flatnonzero(own < np.quantile(way, q))
    cases.append(((fakes, train, test, q), right, f"n = {n}, d = {d}, q = {q}"))
exercises.check_function("Exercise 2 · suspects", suspects, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which two lists of distances do you need, and to which rows do
# both lead? `pairwise_distances_argmin_min(a, b)` gives, for each row of a, its nearest row of b
# and the distance.</details>


# %% tags=["solution"]
def suspects(fakes, train, test, q):
    # The same question to both: how far is it to the training rows?
    of_fakes, of_test = (
        pairwise_distances_argmin_min(rows, train)[1] for rows in (fakes, test)
    )
    return np.flatnonzero(of_fakes < np.quantile(of_test, q))


# %% [markdown]
# ### Exercise 3: only the length
#
# Truncated codes are short. Is the length alone the cause where truncation fails? Keep
# the direction of each code, and divide its length, about 8, by 4. Choose first. The
# check then lets the bundled G without labels draw 300 long and 300 short codes, and
# measures the classifier's mean confidence.
#
# - a: For short codes the confidence is higher by more than 0.02.
# - b: It differs by at most 0.02: only directions matter to G.
# - c: For short codes the confidence is lower by more than 0.02.


# %% tags=["shared"]
mnist, reader = training.pretrained.load("mnist"), metrics.features.load("mnist")


def look(z):  # slant, width, class and confidence of what a bundled G draws
    found = reader.embed(x := draw(z, mnist)).probabilities
    return *measure(x).T, found.argmax(axis=1), found.max(axis=1)


# %% tags=["stub"]
choice = ...  # "a", "b" or "c"

# %% tags=["check"]
codes = np.random.default_rng(SEED).normal(size=(300, LATENT))
gain = (look(codes / 4)[3] - look(codes)[3]).mean() if isinstance(choice, str) else 0
letter = "a" if gain > 0.02 else "c" if gain < -0.02 else "b"
exercises.check("Exercise 3 · length", choice, letter)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which lengths did G meet in its training? What lies between
# ten kinds of digits?</details>

# %% [markdown] tags=["solution"]
# G was trained on lengths near 8 and met no code of length 2. There, between its ten kinds
# of digits, the pictures are less clear, though the directions are the same. So shortness
# alone lowers the confidence.

# %% tags=["solution"]
choice = "c"

# %% [markdown]
# ### Exercise 4: wider lines, and nothing else (open)
#
# Find a direction `wider`, 64 numbers, that makes lines wider. `look(z)` returns slant,
# width, class and confidence of what a bundled generator draws. The check moves 500 new
# codes by 2 along your direction. In standard deviations, the mean width must grow by
# 1.2 or more, and the mean slant may change by at most 0.1. At least 80 % must keep
# their class.

# %% tags=["stub"]
wider = ...


# %% tags=["check"]
def moved(u):  # are width, slant and class as asked after a move of 2 along u?
    u = np.reshape(u, LATENT) / (np.linalg.norm(u) + 1e-9)
    z = np.random.default_rng([SEED, 7]).normal(size=(500, LATENT))
    a, b = look(z), look(z + 2 * u)
    slant, width = ((b[i] - a[i]).mean() / a[i].std() for i in (0, 1))
    return [width >= 1.2, abs(slant) <= 0.1, (a[2] == b[2]).mean() >= 0.8]


cases = [(wider, [True] * 3, "[width, slant, class] of your direction")]
asked = None if wider is None or wider is ... else moved
exercises.check_function("Exercise 4 · wider", asked, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which method of Part 2 kept more of the classes, and what did
# it take off? What else must be taken off here? How many codes does a good fit
# need?</details>

# %% tags=["solution"]
# One fit for the width and all that should stay; then take off what they share.
codes = np.random.default_rng(1).normal(size=(2_000, LATENT))
slant, width, kind, _ = look(codes)
targets = np.c_[width, slant, np.eye(10)[kind]]
targets = (targets - targets.mean(axis=0)) / targets.std(axis=0)
fit = np.linalg.lstsq(codes - codes.mean(axis=0), targets, rcond=None)[0]
others = np.linalg.qr(fit[:, 1:11])[0]  # the slant and nine classes; the tenth follows
wider = fit[:, 0] - others @ (others.T @ fit[:, 0])

# %% [markdown]
# ## Further reading
#
# - [Shen et al. 2020](https://arxiv.org/abs/2005.09635): directions for faces, and one
#   taken off another, as in Part 2.
# - [Creswell & Bharath 2016](https://arxiv.org/abs/1611.05644): inversion by descent,
#   and what it says about a generator.
# - [Schlegl et al. 2017](https://arxiv.org/abs/1703.05921): AnoGAN, unusual pictures by
#   descent, before the encoder.
# - [Hayes et al. 2019](https://arxiv.org/abs/1705.07663): attacks with and without
#   access to D.

# %%
checks = {"a held-out 4 is unusual": mine["G"] >= 0.8}
found = {"measure": "AUC of a held-out 4", "value": mine["G"], "floor": mine["nearest"]}
runtime.save_summary("09_latent_space", **found, checks=checks)
