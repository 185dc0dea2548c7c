# %% [markdown]
# # Walk through the latent space of a trained generator
#
# ![Four rows of twelve digits. Each row is a path: the digit at the left end turns step by step into the digit at the right end.](attachment:opening.png)
#
# Every picture comes from one trained generator; between two pictures only the noise changes.

# %% [markdown]
# **You do**: walk between codes on two paths, move codes towards another class, and
# truncate codes and measure what comes out.
#
# **You learn**: where in its space a code z usually lies, what a difference of class means
# can do, and why truncation fails on this generator.
#
# **You need**: chapters 2 and 3; one short session. Nothing is trained here: a generator of
# MNIST digits comes with the course. Two CPU cores compute for less than half a minute.

# %% tags=["setup"]

# %% tags=["imports"]
import numpy as np
from scipy.stats import truncnorm

from ganutils import datasets, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import features
from ganutils.training import latent, pretrained

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
LATENT = 64
CODES = runtime.pick(smoke=300, cpu=2_000, gpu=2_000)
agree = exercises.agree
print(runtime.banner())

# %% tags=["nbval-ignore-output"]
data = datasets.load_or_stand_in("mnist")
generator, judge = pretrained.load(data.name), features.load(data.name)
order = np.random.default_rng(SEED).permutation(len(data.x_test))
test = judge.embed(data.x_test[order[:CODES]])
z = training.sample_z(CODES, LATENT, seed=(SEED, 1)).numpy()
drawn = training.decode(generator, z)
print(data.source)
shown = np.concatenate([data.x_test[order[:12]], drawn[:24]])
plotting.image_grid(shown, 12, labels=["real", "drawn", ""])

# %% [markdown]
# **Figure.** Twelve real digits above twenty-four generated ones, not picked by hand. Most
# generated digits can be read; a few are broken.
#
# ## Part 1: where does a code lie?
#
# The **latent space** is the space of all noise vectors z, here with d = 64 components from
# N(0, 1). One such vector is called a code. The squared length of z is a sum of d squares, each with
# mean 1. So it has mean d, and its standard deviation is only √(2d).
#
# Predict: how often is a code shorter than 6?

# %%
lengths = np.linalg.norm(np.random.default_rng(SEED).normal(size=(100_000, 64)), axis=1)
print(f"mean length {lengths.mean():.1f}, shorter than 6: {np.mean(lengths < 6):.1%}")
agree("The mean squared length is d", np.mean(lengths**2), 64, 0.3)
agree("Its standard deviation is √(2d)", np.std(lengths**2), np.sqrt(128), 0.3)
agree(
    "All of 100,000 codes are longer than 4 and shorter than 12", abs(lengths - 8) < 4
)

# %% [markdown]
# Hardly any code is shorter than 6. Nearly all codes lie close to a sphere of radius √d = 8. So
# G met hardly a code of length 4 in its training, and none near the centre, although the
# density of z is largest there.
#
# ## Part 2: two paths between two codes
#
# An **interpolation** draws samples along a path from one code a to another code b. The straight
# path is (1 − t)·a + t·b. The **spherical interpolation** goes along an arc ([White
# 2016](https://arxiv.org/abs/1609.04468), section 2.1). With ω the angle between a and b,
# the direction of the point at t is
#
# $$\frac{\sin((1-t)\,\omega)}{\sin\omega}\,\frac a{\lVert a\rVert} +
# \frac{\sin(t\,\omega)}{\sin\omega}\,\frac b{\lVert b\rVert},$$
#
# and its length goes from ‖a‖ to ‖b‖.


# %% tags=["shared"]
def straight(a, b, t):
    t = np.asarray(t)[:, None]
    return (1 - t) * a + t * b


def spherical(a, b, t):
    long_a, long_b, t = np.linalg.norm(a), np.linalg.norm(b), np.asarray(t)[:, None]
    angle = np.arccos(np.clip(a @ b / (long_a * long_b), -1, 1))
    arc = np.sin((1 - t) * angle) * a / long_a + np.sin(t * angle) * b / long_b
    return ((1 - t) * long_a + t * long_b) * arc / np.sin(angle)


rng = np.random.default_rng(SEED)
a, b, t = *rng.normal(size=(2, LATENT)), np.linspace(0, 1, 9)
agree("The package's line is the same", straight(a, b, t), latent.linear(a, b, t))
agree("So is its arc", spherical(a, b, t), latent.spherical(a, b, t), 1e-6)

# %% [markdown]
# What is the length in the middle? For two independent codes a·b is small beside ‖a‖‖b‖. So the
# middle of the straight path has about the squared length (‖a‖² + ‖b‖²)/4, or d/2.
#
# Predict: does the straight path give worse digits in its middle?


# %% tags=["nbval-ignore-output"]
def confidence(codes):
    found = judge.embed(training.decode(generator, np.float32(codes)))
    return found.probabilities.max(axis=1).mean()


pairs = list(zip(z[: CODES // 2], z[CODES // 2 :], strict=True))
length = np.linalg.norm(z, axis=1).mean()
print(f"as drawn         : length {length:.2f}, confidence {confidence(z):.3f}")
for walk in (straight, spherical):
    middle = np.concatenate([walk(*pair, [0.5]) for pair in pairs])
    length = np.linalg.norm(middle, axis=1).mean()
    print(f"{walk.__name__:9} middle: length {length:.2f}, {confidence(middle):.3f}")
    agree(
        "It is as sure as the codes as drawn", confidence(middle), confidence(z), 0.03
    )

# %% tags=["opening"]
t = np.linspace(0, 1, 12)
roads = [walk(*pairs[i], t) for i in (0, 1) for walk in (straight, spherical)]
drawn_roads = training.decode(generator, np.float32(np.concatenate(roads)))
plotting.image_grid(drawn_roads, 12, labels=["straight", "arc"] * 2)

# %% [markdown]
# **Figure.** Two pairs of codes. For each pair the straight path stands above the arc; both have
# the same ends. The digit at the left turns step by step into the one at the right.
#
# The printed confidence (chapter 2: the largest probability that the classifier gives) answers
# the question for this generator. Both middles are as sure as the codes as drawn, to 0.03.
# So this measure sees no harm in the straight path, although its middle is shorter.
#
# ## Part 3: calculate with codes
#
# Take the mean code of all drawn sevens and the mean code of all drawn ones. Does the
# difference of the two means turn a one into a seven? Each code goes to another class,
# chosen at random. We count how often the classifier sees the wanted class.


# %% tags=["nbval-ignore-output"]
def classes(codes):
    found = judge.embed(training.decode(generator, np.float32(codes)))
    return found.probabilities.argmax(axis=1)


own = classes(z)
means = np.stack([z[own == digit].mean(axis=0) for digit in range(10)])
wanted = (own + np.random.default_rng(SEED).integers(1, 10, CODES)) % 10
direction = means[wanted] - means[own]
for amount in (0, 0.5, 1, 2, 3):
    moved = z + amount * direction
    length = np.linalg.norm(moved, axis=1).mean()
    hits = (classes(moved) == wanted).mean()
    print(f"{amount:3} × the direction: length {length:.1f}, wanted class {hits:.0%}")
shown = training.decode(generator, np.concatenate([z[:12], (z + 2 * direction)[:12]]))
plotting.image_grid(shown, 12, labels=["before", "after"])

# %% [markdown]
# **Figure.** Twelve digits, above the pictures of the same codes after a move of twice the
# difference of two class means. Most have become another digit.
#
# A difference of two means is a crude tool. Nobody asked G to put the classes into straight,
# parallel regions. The table says how far the tool reaches: it does not hit every time.
#
# ## Part 4: truncation, and why it fails here
#
# **Truncation** draws each component of z anew until it lies in [−limit, limit] ([Brock,
# Donahue, Simonyan 2019](https://arxiv.org/abs/1809.11096), section 3.1). In their large
# generator, smaller limits gave better and less varied pictures. Precision is the share of
# fakes near real samples, recall the share of real samples near fakes (chapter 2).
#
# Predict: what happens to the length of z, to the precision and to the recall?

# %% tags=["nbval-ignore-output"]
print("limit   mean length   confidence   precision   recall   Fréchet distance")
table = {}
for limit in (np.inf, 2.0, 1.0, 0.5, 0.2):
    codes = latent.truncated(CODES, LATENT, limit, seed=SEED)
    pictures = training.decode(generator, codes)
    table[limit] = q = features.quality(judge, pictures, test)
    row = f"{np.linalg.norm(codes, axis=1).mean():11.1f} {q.confidence:12.3f}"
    print(f"{limit:5} {row} {q.precision:11.3f} {q.recall:8.3f} {q.frechet:12.1f}")

# %% [markdown]
# Read the columns one by one. At limit 1 a little precision is gained and more recall is lost.
# At limit ½ less than half of the recall is left, and the confidence is lower. The Fréchet
# distance grows as the limit falls. So truncation fails on this generator: it buys hardly any
# quality. The next cell proves what holds from three seeds, and shows truncated digits.

# %%
whole, half, small = table[np.inf], table[0.5], table[0.2]
agree("At limit ½ recall is lower than without limit", half.recall < whole.recall)
agree("At limit 0.2 less than half of it is left", small.recall < whole.recall / 2)
agree("At limit ½ the confidence is lower, too", half.confidence < whole.confidence)
most = max(row.confidence for row in table.values())
agree("No limit raises the confidence by 0.02", most < whole.confidence + 0.02)
distances = [table[limit].frechet for limit in (2.0, 1.0, 0.5, 0.2)]
agree("The Fréchet distance grows as the limit falls", np.diff(distances) > 0)
codes = latent.truncated(12, LATENT, 0.5, seed=SEED)
shown = np.concatenate([drawn[:12], training.decode(generator, codes)])
plotting.image_grid(shown, 12, labels=["as drawn", "limit ½"])

# %% [markdown]
# **Figure.** Twelve digits drawn from codes as they are, above twelve drawn from codes with all
# components in [−½, ½]. Several digits of the lower row are grey and blurred.
#
# Part 1 says what is special about truncated codes: they are much shorter than √d, so they lie
# where G was hardly trained. Exercise 3 changes only the length. Brock et al. report the same
# trouble: some of their larger generators drew broken pictures from truncated codes. Their
# abstract names what made G "amenable" to truncation: a penalty called orthogonal
# regularization, in the training of G. Our generator was trained without one.
#
# ## What you now know
#
# - Nearly all codes lie near a sphere of radius √d, not near the centre.
# - A straight path leaves this sphere, an arc stays on it. A measure decides whether it matters.
# - A difference of class means moves many codes to the wanted class, but not all.
# - Truncated codes are short and therefore untypical. On this generator truncation fails.
# - BigGAN's generator was trained with a penalty that made it fit for truncation.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/09_latent_space_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: how long is a truncated code?
#
# All 64 components of a code lie in [−0.3, 0.3], drawn by truncation. On such a short interval
# the density of N(0, 1) is nearly constant. Use this to compute on paper, to 3 %, the mean
# squared length of the code.

# %% tags=["stub"]
mean_squared_length = ...

# %% tags=["check"]
right = LATENT * truncnorm.var(-0.3, 0.3)
exercises.check("Exercise 1 · length²", mean_squared_length, right, rtol=0.03)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which distribution has a constant density on an interval? What
# is the mean of its square? How many such squares add up to the squared length?</details>

# %% tags=["solution"]
# Nearly uniform: the mean of x² over [−c, c] is c²/3, and there are 64 components.
mean_squared_length = 64 * 0.3**2 / 3

# %% [markdown]
# ### Exercise 2: truncate
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
exercises.check_function("Exercise 2 · truncated", tried, cases, rtol=0.03)

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
# ### Exercise 3: only the length
#
# Truncated codes are short. Is the length alone to blame? Keep the direction of each code, and
# change its length from 8 to 2. Choose first. The check then draws 300 digits of each length
# and measures the mean confidence of the classifier.
#
# - a: At length 2 the confidence is higher by more than 0.02.
# - b: It differs by at most 0.02: only directions matter to G.
# - c: At length 2 the confidence is lower by more than 0.02.


# %% tags=["shared"]
def confidence_at(length, seed=SEED):
    directions = np.random.default_rng(seed).normal(size=(300, LATENT))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    digits = training.decode(pretrained.load("mnist"), np.float32(length * directions))
    return features.load("mnist").embed(digits).probabilities.max(axis=1).mean()


# %% tags=["stub"]
choice = ...  # "a", "b" or "c"

# %% tags=["check"]
gain = confidence_at(2) - confidence_at(8) if isinstance(choice, str) else 0
letter = "a" if gain > 0.02 else "c" if gain < -0.02 else "b"
exercises.check("Exercise 3 · length", choice, letter)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which lengths did G meet in its training? What do the first
# lines of Part 1 say about length 2?</details>

# %% [markdown] tags=["solution"]
# G was trained on lengths near 8 and met no code of length 2. There its pictures are less
# clear, though the directions are the same. So shortness alone lowers the confidence, as
# truncation does.

# %% tags=["solution"]
choice = "c"

# %% [markdown]
# ### Exercise 4: a path of your own (open)
#
# Write `path(a, b, t)`: points on a path from code a (t = 0) to code b (t = 1), an array with a
# row for each number of t. No point may be shorter than 0.8 times the shorter end, or longer
# than 1.25 times the longer end, and no step may be a jump. Do not copy the formula of
# Part 2: find another path, and look at its pictures.


# %% tags=["stub"]
def path(a, b, t):
    return ...


# %% tags=["check"]
def walked(seed):
    """Return whether ends, lengths and steps of a path are as asked."""
    a, b = np.random.default_rng([SEED, seed]).normal(size=(2, LATENT))
    points = path(a, b, np.linspace(0, 1, 41))
    if points is None or points is ...:
        return None
    points = np.asarray(points, "float64")
    lengths, steps = np.linalg.norm(points, axis=1), np.diff(points, axis=0)
    short, long = sorted(np.linalg.norm([a, b], axis=1))
    ends = np.allclose(points[[0, -1]], [a, b], atol=1e-4) and points.shape == (
        41,
        LATENT,
    )
    kept = lengths.min() >= 0.8 * short and lengths.max() <= 1.25 * long
    return [bool(ends), bool(kept), bool(np.linalg.norm(steps, axis=1).max() < 2)]


cases = [(seed, [True] * 3, "[ends, lengths, no jump], seed") for seed in range(5)]
exercises.check_function("Exercise 4 · path", walked, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>The straight path has the right ends and no jump. What can you do
# to each of its points, so that the length is right, too?</details>


# %% tags=["solution"]
def path(a, b, t):
    # The straight path, each point stretched to the length that lies between the ends'.
    t = np.asarray(t)[:, None]
    line = (1 - t) * a + t * b
    wanted = (1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b)
    return line * wanted / np.linalg.norm(line, axis=1, keepdims=True)


# %% [markdown]
# ## Further reading
#
# - [White 2016](https://arxiv.org/abs/1609.04468): the arc, and other ways to look at a latent
#   space.
# - [Brock, Donahue, Simonyan 2019](https://arxiv.org/abs/1809.11096): BigGAN; section 3.1 is
#   about truncation and what it asks of G.
# - [Radford, Metz, Chintala 2016](https://arxiv.org/abs/1511.06434): section 6 calculates with
#   codes of bedrooms and faces.

# %%
found = {"measure": "Fréchet distance, limit ∞", "value": whole.frechet, "floor": None}
checks = {"recall falls": small.recall < whole.recall}
checks |= {"truncation fails": small.confidence < whole.confidence}
runtime.save_summary("09_latent_space", **found, checks=checks)
