# %% [markdown]
# # The failure lab: twenty bugs, how they look, and their cures
#
# ![Eight panels of samples: in the upper row one healthy ring and three broken ones, in the lower row healthy digits, then a grey square, a blur and noise.](attachment:opening.png)
#
# You break a GAN in twenty ways, watch six of the bugs, read every cure, and diagnose five
# runs whose bug nobody tells you.

# %% [markdown]
# **You do**: read buggy lines, predict what a run of them does, look, and cure them.
#
# **You learn**: to read a failing run from its losses, its logits and its samples, and
# to let a program watch for you.
#
# **You need**: chapters 1, 2 and 4. 90 minutes with a teacher; alone, plan two hours. Two
# CPU cores need about two minutes.

# %% tags=["setup"]

# %% tags=["imports"]
import dataclasses
import functools
import hashlib
import json
import warnings

import keras
import numpy as np
import tensorflow as tf
from IPython.display import Markdown, display

from ganutils import datasets, failures, monitoring, plotting
from ganutils.kit import exercises, runtime
from ganutils.training import losses

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
STEPS = runtime.pick(smoke=2, cpu=3_000, gpu=3_000)  # of the longest training
PATIENT_STEPS = runtime.pick(smoke=2, cpu=400, gpu=400)
stored = json.loads(runtime.bundled("failure_lab.json").read_text("utf8"))
agree = exercises.agree  # stops unless a claim is true
tf.get_logger().setLevel("ERROR")  # no warnings of retracing
print(runtime.banner())

# %% [markdown]
# ## Part 1: what does a healthy run look like?
#
# Below stands a whole script, as a student writes it after chapter 2. The data are eight
# clusters of points on a ring, the **modes** of the data. The loss is the non-saturating
# one, with the gradient penalty R1. Many bugs of this chapter change a line or a few of
# this script, or of one like it. Which lines could go wrong without an error message?

# %%
Markdown(f"```python\n{failures.RING}```")

# %% [markdown]
# A callback, `monitoring.HealthCheck`, watches the script in two ways. A **probe** watches
# two steps before the training, and then undoes them. An **alarm** is a rule that looks at
# the run again and again. It rings when its sign lasts for long enough. The signs are:
#
# - `swapped`: the mean logit of fakes exceeds that of real samples by `margin`.
# - `d_ahead`: the mean logit of real samples exceeds that of fakes by `gap`.
# - `vanishing_gradient`: G's gradient has less than the share `fraction` of its largest
#   norm, and D ranks the share `ranked` of all pairs (real, fake) rightly.
# - `collapse`: the mean distance between fakes is below the share `fraction` of that
#   between real samples.
# - `missing_modes`: fakes cover less than the share `smallest` of the modes, and no more
#   than before.
#
# One more, `non_finite`, stops a training at the first NaN. The cell prints each threshold,
# how many `samples` are looked at, the first step that counts, and how many steps the sign
# must last. The chapter changes none of them.
#
# Helpers follow. Two draw a run. Dotted lines in the panel of the losses are **anchors**:
# an anchor is the loss at a perfect draw, where D answers ½ everywhere. It is ln 4 for D
# and ln 2 for G, or −ln 2 for G's minimax loss. `cure` returns a **diff**, a list of
# changed lines: a line with − belongs to the bug, a line with + to the cure. `break_it`
# trains a script with the bug, and cured.

# %%
check = monitoring.HealthCheck(failures.games.ring(), coverage=len)
for alarm in check.alarms[1:]:
    limits = [f"{k.lower()} {v:g}" for k, v in vars(type(alarm)).items() if k.isupper()]
    step = f"from step {max(alarm.start, alarm.every):5,}, lasts {alarm.patience:5,}"
    print(f"{alarm.name:19}{', '.join(limits):40}{step}")
probed = [n for n in monitoring.DETECTORS if n not in {a.name for a in check.alarms}]
print("the probe looks for:", *probed[:6], "\n   ", *probed[6:])


# %% tags=["shared"]
def draw_curves(panels, rows, g_anchor=True):
    """Draw losses, D's dashed on top of G's, and both mean logits."""
    steps, (left, right) = [row["step"] for row in rows], panels
    real, fake = (plotting.COLOURS[name] for name in ("real", "fake"))
    curves = {"g_loss": ("G", fake, "-", left), "d_loss": ("D", real, "--", left)}
    curves |= {"fake_logits": ("fake", fake, "-", right)}
    curves |= {"real_logits": ("real", real, "--", right)}
    for key, (label, colour, style, panel) in curves.items():
        values = [row[key] for row in rows]
        panel.plot(steps, values, style, color=colour, label=label, linewidth=1)
    for panel in panels:
        panel.legend(frameon=False, fontsize=7)
    left.axhline(np.log(4), color=real, linestyle=":")
    if g_anchor:  # below 0 for the minimax loss
        left.axhline(np.log(2) * np.sign(rows[-1]["g_loss"]), color=fake, linestyle=":")
    left.set(xlabel="step", ylabel="loss")
    right.set(xlabel="step", ylabel="mean logit")


# %% tags=["shared"]
def draw_samples(panel, samples, title):
    """Draw points over the eight modes, or four images as one picture."""
    panel.set_title(title, fontsize=9)
    if samples.ndim == 2:
        panel.scatter(*datasets.ring_centres().T, s=80, fc="none", ec="grey")
        panel.scatter(*samples[:120].T, s=3, color=plotting.COLOURS["fake"])
        panel.set(xlim=(-1.7, 1.7), ylim=(-1.7, 1.7), aspect="equal")
    else:
        tiled = samples[:4, ..., 0].reshape(2, 2, 28, 28).swapaxes(1, 2)
        panel.imshow(
            tiled.reshape(56, 56), "gray", vmin=-1, vmax=1, interpolation="nearest"
        )
    panel.set(xticks=[], yticks=[])


# %%
def buggy_lines(name):
    """Return the lines with the bug, and some around them."""
    lines = failures.CATALOGUE[name].diff.splitlines()
    text = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    return f"```python\n{text}\n```"


def cure(name):
    """Return a diff from the bug to its cure, and what was measured over seeds."""
    card, rows = failures.CATALOGUE[name], [*stored["bugs"][name].values()]
    numbers = [
        ", ".join(f"{r[k]:.2g}" for r in rows) for k in ("with the bug", "cured")
    ]
    rang = ", ".join(f"{row['rang']:,}" for row in rows)
    said = rows[0]["message"].splitlines()[0]
    return f"""```diff\n{card.diff}\n```\n
- **{card.symptom}**, seeds 0, 1, 2: {numbers[0]} with the bug; {numbers[1]} cured
- **alarm** `{card.alarm}`, rings at step {rang}: *{said}*
- **cure**: {card.cure} · **thread**: {card.where}
"""


# %%
outcomes = {}


def break_it(name):
    """Show buggy lines and, folded, the cure; train both scripts; draw the runs."""
    folded = f"<details><summary><b>The cure</b></summary>\n\n{cure(name)}\n</details>"
    display(Markdown(f"{buggy_lines(name)}\n\n{folded}"))
    (outcome,) = failures.run([name], STEPS, SEED)
    outcomes[name] = outcome
    figure, panels = plotting.new_figure(8, 2.1, 4)
    draw_curves(panels[:2], outcome.with_bug.rows, name != "paired_error")
    draw_samples(panels[2], outcome.with_bug.samples, "with the bug")
    draw_samples(panels[3], outcome.cured.samples, "cured")
    return figure


# %% [markdown]
# ## Part 2: six bugs, one after the other
#
# Each bug comes with its story, the buggy lines, the cure, a run, and what was seen. The
# cure is folded: open it when you have predicted, and cover the figure until then.
#
# ### 1. Swapped labels
#
# A student confuses the two labels in D's loss. G goes on aiming at 1. Predict: what
# will the two losses do, and where will the points go?

# %% tags=["nbval-ignore-output"]
break_it("swapped_labels")

# %% [markdown]
# **Figure.** Four panels. Both losses fall to 0. The fake logit rises, the real one falls.
# With the bug the frame of the samples holds no point near the modes; cured, points fill
# the eight modes.
#
# The two players no longer disagree: D calls fakes 1, and G wants just this. Both losses
# fall to 0, and the samples stay away from the data. Clues: both losses at 0, and a fake
# logit above the real one.
#
# ### 2. Noise drawn once
#
# The line that draws the noise stands above the loop, not inside. Every step sees the
# same 64 codes. Predict: how good are the samples of these codes, and of fresh codes?

# %% tags=["nbval-ignore-output"]
break_it("noise_drawn_once")

# %% [markdown]
# **Figure.** Four panels. The curves look quiet. With the bug the samples of fresh noise
# are scattered between the modes; cured, they fill the modes.
#
# G learns the 64 codes by heart. The curves show no sign of trouble. Nor do the samples of
# the training's own noise: most of them lie near a mode, as the next cell counts. Clue:
# only samples of fresh noise are bad.

# %% tags=["nbval-ignore-output"]
run = outcomes["noise_drawn_once"].with_bug
own, centres = run.gan.ema_generator(run.script.noise), datasets.ring_centres()
for name, points in {"its own 64 codes": own, "fresh codes": run.samples}.items():
    gap = np.linalg.norm(np.asarray(points)[:, None] - centres, axis=2).min(axis=1)
    print(f"{name}: {(gap < 0.15).mean():.0%} of the samples lie near a mode")

# %% [markdown]
# ### 3. Data and generator of different range
#
# The digits lie in [−1, 1], where −1 is black. G ends in a sigmoid and draws in [0, 1]: it
# cannot draw black. Predict: how long does D need to see the difference?

# %% tags=["nbval-ignore-output"]
break_it("wrong_range")

# %% [markdown]
# **Figure.** Four panels. D's loss lies near 0 from the start, and G's far above it; the
# logits stay apart. With the bug every sample is the same grey square; cured, rough digits
# of different kinds.
#
# The range alone gives every fake away. D is sure before the first point of the curves, at
# step 10. Clues: a D that is sure so early, and samples in one grey. The thread that the
# cure links met the mirror image, a tanh with data in [0, 1].
#
# ### 4. Pairing what is not a pair
#
# "G should come close to the data." So the student takes the squared error between the
# batch's $x$ and $G(z)$ as G's loss. Predict: which single image has the least error?

# %% tags=["nbval-ignore-output"]
break_it("paired_error")

# %% [markdown]
# **Figure.** Four panels. G's loss falls and stays; D's loss falls far below its anchor.
# With the bug all samples are nearly the same blur; cured, rough digits of different kinds.
#
# Nothing ties a code to a picture, so the best answer to every code is the mean image. D
# tells the blur from real digits, but G never asks D. Clue: a calm G loss beside a D that
# wins.
#
# ### 5. D far ahead, under the minimax loss
#
# G minimises $\ln(1-D(G(z)))$, the loss of the first paper, and D learns 200 times as
# fast. Chapter 1 computed the slope of this loss: almost 0 where D rejects the fake.
# Predict the norm of G's gradient.

# %% tags=["nbval-ignore-output"]
break_it("d_far_ahead")

# %% [markdown]
# **Figure.** Four panels. Both losses stand at 0, far from the dotted lines at
# ln 4 for D and −ln 2 for G. With the bug the samples are grey noise; cured, rough
# digits.
#
# The norm of G's gradient is almost 0; the cure has its value for three seeds. So G hardly
# learns from more steps. Clues: D's loss at 0, logits far apart, and samples of noise.
#
# ### 6. Losses read as quality
#
# "Both losses stand at their anchors, so the training has converged." In this script the
# weight γ of R1 is 1000 instead of 0.1. Such a penalty flattens D. Predict: what are the
# losses of a D that cannot tell anything apart?

# %% tags=["nbval-ignore-output"]
break_it("losses_as_quality")

# %% [markdown]
# **Figure.** Four panels. After a short start both losses lie on their dotted anchors, and
# both logits at 0. With the bug the points form a broad cloud; cured, they fill the modes.
#
# D answers ½ for everything. It does so after a perfect draw, and it does so when it is
# blind. The losses cannot tell the two cases apart. A measure of the samples can: the alarm
# counts modes. Clue: logits that stay at 0 and hardly move.
#
# Some of the six bugs show in the losses, others do not. The next figure has the samples
# of all six beside two healthy runs.

# %% tags=["opening", "nbval-ignore-output"]
figure, panels = plotting.new_figure(5.4, 3, 4, rows=2)
rows = ("swapped_labels", "noise_drawn_once", "losses_as_quality")
rows += ("wrong_range", "paired_error", "d_far_ahead")
titles = "swapped labels", "noise drawn once", "γ = 1000"
titles += "wrong range", "paired error", "D far ahead"
for i, (name, title) in enumerate(zip(rows, titles, strict=True)):
    outcome = outcomes[name]
    draw_samples(panels[i + 1 + i // 3], outcome.with_bug.samples, title)
    if i % 3 == 0:
        draw_samples(panels[i + i // 3], outcome.cured.samples, "healthy")
figure

# %% [markdown]
# **Figure.** Two rows of four panels. Upper row: a healthy ring of eight clusters; an
# empty frame; scattered points; a cloud. Lower row: healthy digits; a grey square; a
# blur; grey noise.
#
# ## Part 3: what else goes wrong?
#
# The same facts for fourteen more bugs. A link leads to a thread in which somebody met the
# bug or its sign; the cause may have been another one there. Read each diff and say what
# the − lines do before you read on.
#
# One of them, the double sigmoid, needs a loss written by hand. With TensorFlow, the loss
# of Keras itself sees a sigmoid in front of it. It takes the logits before the sigmoid, and
# only warns. By hand, two sigmoids never fall below ½, so D cannot reject a fake. The next
# cell shows both, and the harm that the loss by hand did. It differs from run to run.
#
# The probe looks only at D's last layer. So it also complains of a right pair: a sigmoid
# with a loss that expects probabilities.
#
# The third cell runs the ten bugs that need no training. A tick is a bug that was noticed,
# and whose cure is silent. The last cell prints a table for the wall: look for what you
# see in its first column.

# %%
s, ones = tf.constant([[-2.0], [3.0]]), tf.ones((2, 1))
loss = keras.losses.BinaryCrossentropy(from_logits=True)
with warnings.catch_warnings(record=True):
    seen = loss(ones, keras.activations.sigmoid(s))
agree("Keras' loss takes the logits before the sigmoid", seen, loss(ones, s), 1e-6)
agree("two sigmoids do not fall below ½", np.min(tf.sigmoid(tf.sigmoid(s))) >= 0.5)
for row in stored["bugs"]["double_sigmoid"].values():
    print("share near a mode, with the bug and cured:", *row["near a mode"])

# %%
others = [name for name in failures.CATALOGUE if name not in outcomes]
Markdown("\n".join(f"#### {failures.CATALOGUE[n].bug}\n\n{cure(n)}" for n in others))

# %%
quick = [n for n in others if not failures.CATALOGUE[n].steps]
for outcome in failures.run(quick, STEPS, SEED):
    told = outcome.noticed and not outcome.cured.findings
    agree(f"{outcome.failure.name}: noticed with the bug, silent when cured", told)

# %%
Markdown(failures.wall())

# %% [markdown]
# ## Part 4: does the alarm ring too often?
#
# An alarm that rings in healthy runs gets switched off. So both sides count: how many bugs
# were found, and how often an alarm rang falsely, in a run without a bug. In some runs
# another alarm rings before the one that names the cure: read all of them.
#
# All numbers come from three seeds. Read "found" with care: the people who chose the bugs
# also wrote the alarms. Some bugs even have a test of their own, which looks for nothing
# else. So the count shows that the alarms work, not how many bugs of yours they will find.
#
# A cured script is a small GAN. What about longer trainings? Three recipes on a grid of 25
# modes had 10,000 steps under the same callback. Chapter 2's ring and digits, and chapter 3's
# networks without groups, had the steps of their chapters. A run counts as healthy only if
# its samples say so: nine tenths of the modes or classes are there at the end.

# %%
cards, rings = failures.CATALOGUE, {alarm.name for alarm in check.alarms}
bugs = [(cards[n], r) for n, seeds in stored["bugs"].items() for r in seeds.values()]
kinds = "its own test", "the probe", "an alarm"  # no GAN; a GAN; an alarm watches it
found = [kinds[bool(c.real) + (c.alarm in rings)] for c, r in bugs if r["message"]]
print(f"runs with a bug: {len(bugs)}, found by", {k: found.count(k) for k in kinds})
first = sum(min(r["alarms with the bug"].values()) < r["rang"] for _, r in bugs)
print("runs in which another alarm rang first:", first)
cured = 3 * len({(c.script, c.steps, c.coverage) for c, _ in bugs if c.steps > 40})
false = sum(bool(r["alarms cured"]) for _, r in bugs)
print(f"cured trainings of 600 steps or more: {cured}, false alarms: {false}")
agree("a message names what its card names", all(r["advice is right"] for _, r in bugs))

# %%
lines = ["| recipe | runs | healthy at the end | healthy, with an alarm | alarms |"]
silent, lines = 0, [*lines, "|---|---|---|---|---|"]
for name, rows in stored["healthy"].items():
    good = [row for row in rows.values() if row["share"] >= 0.9]
    loud = sum(bool(row["alarms"]) for row in good)
    silent += len(good) - loud
    rang = {alarm for row in rows.values() for alarm in row["alarms"]}
    names = ", ".join(sorted(rang)) or "none"
    lines += [f"| {name} | {len(rows)} | {len(good)} | {loud} | {names} |"]
rate = 1 - 0.05 ** (1 / silent)  # (1 − rate) ** silent is 5 %
lines += [f"\nAn alarm that rings falsely in {rate:.0%} of all healthy runs"]
lines += [f"would stay silent in all {silent} of these once in 20 times."]
Markdown("\n".join(lines))

# %% [markdown]
# No alarm rang in a healthy run. The runs of the third row lost more than two of the 25 modes,
# so they are no healthy runs. The alarm "missing_modes" rang in those that lost the most.
#
# The table is short. Its last line says how often an alarm that is not good could look good
# here. Its images are MNIST's; colour, conditions and sound were not among these runs.

# %% [markdown]
# ## What you now know
#
# - A healthy loss can hide bad samples, and a loss of 0 is no success.
# - Look at three things together: losses, mean logits of both kinds, samples of fresh z.
# - Many bugs are visible in two watched steps, before the training begins.
# - An alarm needs a sign, a patience, and a count of its false rings.
# - A cure is often one line; the diff says which.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions stand in
# `solutions/06_failure_lab_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: a gradient penalty that passes five tests
#
# Chapter 10 explains WGAN-GP and its critic $C$, a D whose output is a score. The penalty is
# $\frac1n\sum_i(\|\nabla C(\hat x_i)\| - 1)^2$ at
# $\hat x_i = ε_i x_i + (1 - ε_i)\,G(z_i)$
# ([Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028), eq. 3). Write it. Five tests:
#
# - ε is uniform and drawn from `seed`, one number for each sample;
# - the slope is each sample's own norm, for samples of any shape;
# - the result is a mean over the samples;
# - value and gradient stay finite where the slope is 0;
# - the weights of $C$ get a gradient from it.


# %% tags=["stub"]
def penalty(critic, real, fake, seed):
    return ...


# %% tags=["check"]
def tested(shape):
    """Return what `penalty_faults` says of the reader's penalty; None: nothing yet."""
    real, fake = tf.ones((4_000, *shape)), tf.zeros((4_000, *shape))
    seen = []

    def spy(x, training=None):
        seen.append(np.reshape(x, (len(x), -1))[:, 0])
        return tf.reduce_sum(x, range(1, len(x.shape)))[:, None]

    values = [penalty(spy, real, fake, tf.constant([n, 1])) for n in (0, 0, 7)]
    if values[0] is None or values[0] is ...:
        return None
    if [len(epsilon) for epsilon in seen] != [4_000] * 3:
        return "the critic is not asked once, with a point for each sample"
    tenths = np.histogram(seen[0], np.linspace(0, 1, 11))[0] / 400
    repeats = np.array_equal(seen[0], seen[1]) and not np.array_equal(seen[0], seen[2])
    if np.abs(tenths - 1).max() > 0.2 or not repeats:
        return "ε is not uniform, or not drawn from the seed"
    with tf.GradientTape() as tape:
        w = tf.Variable(3.0)
        last = penalty(lambda x, *_, **__: w * spy(x), real, fake, tf.constant([0, 1]))
    if tape.gradient(tf.convert_to_tensor(last), w) is None:
        return "no gradient reaches the critic's weights"
    yours = losses.Penalty("gradient_penalty", penalty, 1.0)
    return "; ".join(monitoring.penalty_faults(yours, shape)) or "passed"


cases = [((shape,), "passed") for shape in ((2,), (4, 3, 2), (5, 1))]
exercises.check_function("Exercise 1 · a penalty", tested, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which shape must ε have, so that it meets samples of any
# rank? What is the slope of a root at 0, and what could stand under the root beside the
# sum?</details>


# %% tags=["solution"]
def penalty(critic, real, fake, seed):
    # One ε a sample, with as many axes of length 1 as a sample has axes.
    shape = [tf.shape(real)[0]] + [1] * (len(real.shape) - 1)
    epsilon = tf.random.stateless_uniform(shape, seed)
    between = epsilon * real + (1 - epsilon) * fake
    with tf.GradientTape() as tape:
        tape.watch(between)
        scores = critic(between, training=True)
    slope = tape.gradient(scores, between)
    squares = tf.reduce_sum(slope**2, axis=range(1, len(real.shape)))
    return tf.reduce_mean((tf.sqrt(squares + 1e-12) - 1) ** 2)  # √0 has no slope


# %% [markdown]
# ### Exercise 2: write an alarm
#
# `rows` are a run's scalars, one dict a step. Return True where D was ahead *without a
# break* during the last `patience` steps: mean real logit more than `gap` above the fake
# one. A run with fewer steps has not been ahead for long enough.


# %% tags=["stub"]
def d_is_ahead(rows, gap=8.0, patience=3):
    return ...


# %% tags=["check"]
def case(gaps, right, what, fake=-5.0, options=()):
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
exercises.check_function("Exercise 2 · D ahead", d_is_ahead, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>What does `rows[-patience:]` hold where the run is shorter
# than `patience`? What does `all` say of an empty list?</details>


# %% tags=["solution"]
def d_is_ahead(rows, gap=8.0, patience=3):
    apart = [row["real_logits"] - row["fake_logits"] > gap for row in rows[-patience:]]
    return len(apart) == patience and all(apart)  # a short run has a short slice


# %% [markdown]
# ### Exercise 3: you are the doctor
#
# Five patients, each trained for 400 steps. One is healthy. The others have
# `"swapped_labels"`, `"double_sigmoid"` (D ends in a sigmoid, and the loss applies another
# one), `"g_far_ahead"` (G learns 20 times as fast as D) or `"losses_as_quality"`
# (γ = 1000). Name the disease of each, or `"healthy"`.


# %% tags=["shared"]
@functools.cache
def patients():
    """Return the disease and run of five patients by letter, in a mixed order."""
    names = "swapped_labels", "double_sigmoid", "g_far_ahead", "losses_as_quality"
    cards = [dataclasses.replace(failures.CATALOGUE[n], coverage=None) for n in names]
    seen = failures.run(cards, PATIENT_STEPS, SEED)
    runs = {o.failure.name: o.with_bug for o in seen} | {"healthy": seen[0].cured}
    order = sorted(runs, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    pairs = [(name, runs[name]) for name in order]
    return dict(zip("ABCDE", pairs, strict=True))


def waiting_room():
    """Draw losses, mean logits and samples of each patient."""
    figure, panels = plotting.new_figure(4.8, 5, 3, rows=5)
    for i, (letter, (_, run)) in enumerate(patients().items()):
        draw_curves(panels[3 * i : 3 * i + 2], run.rows[::2])
        draw_samples(panels[3 * i + 2], run.samples, f"patient {letter}")
    for panel in [p for i, p in enumerate(panels[3:]) if i % 3 < 2]:
        panel.get_legend().remove()
    for panel in panels:
        panel.set(xlabel="step" if panel in panels[-3:-1] else "", ylabel="")
    panels[0].set_title("losses", fontsize=9)
    panels[1].set_title("mean logits", fontsize=9)
    return figure


# %% tags=["stub", "nbval-ignore-output"]
diagnosis = {"A": ..., "B": ..., "C": ..., "D": ..., "E": ...}
waiting_room()

# %% [markdown]
# **Figure.** Five rows, one for each patient, A to E: losses, with dotted anchors; mean
# logits of real and fake samples; samples over the eight modes.

# %% tags=["check"]
right = {letter: name for letter, (name, _) in patients().items()}
exercises.check("Exercise 3 · five diagnoses", diagnosis, right)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Begin with the logits. Whose is higher? Can they become
# negative? Do they move at all? Then ask of the samples whether they are alike.</details>

# %% [markdown] tags=["solution"]
# Fake logits above real ones, and both losses at 0: swapped labels. No negative logit, and
# both sink from about ½ to 0: a second sigmoid. Logits that swing around 0 and then stay
# there: γ = 1000. Samples at one place: G far ahead. The rest is healthy: noisy curves, a
# small gap between the logits, logits of both signs, and samples that begin to reach every
# mode.

# %% tags=["solution", "nbval-ignore-output"]
diagnosis = {letter: name for letter, (name, _) in patients().items()}
waiting_room()

# %% [markdown]
# ### Exercise 4: break a GAN yourself (open)
#
# Find a change of one line of the healthy script that looks harmless and hurts. Give it as
# a pair of texts, old and new. The check only asks whether the broken script runs for ten
# steps and draws other samples. Then call `failures.run` for 3,000 steps, with a card as
# the check makes it. Which alarm rings, and which would you write? Report the change, the
# symptom as a number, and the cure.

# %% tags=["stub"]
change = ...  # ("text of failures.RING", "the text in its place")


# %% tags=["check"]
def other_samples(pair):
    """Tell whether a broken script runs and draws other samples; None: nothing yet."""
    if pair is None or pair is ...:
        return None
    card = failures.CATALOGUE["losses_as_quality"]  # its check counts modes
    card = dataclasses.replace(card, changes=(pair,))
    (outcome,) = failures.run([card], 10, SEED)
    print(
        "the probe and the alarms say:", sorted(outcome.with_bug.findings) or "nothing"
    )
    samples = outcome.with_bug.samples, outcome.cured.samples
    return bool(
        np.isfinite(samples).all() and np.abs(np.subtract(*samples)).max() > 1e-6
    )


exercises.check_function(
    "Exercise 4 · a bug", lambda: other_samples(change), [((), True)]
)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which numbers of the script were chosen with care? What
# happens to G if D sees a fake only after something was done to it?</details>

# %% tags=["solution"]
# An ε of Adam that is far too large makes every step tiny, and nothing complains. After
# 3,000 steps at most 4 % of the samples lay near a mode, for seeds 0, 1 and 2. The
# alarm `missing_modes` rang in all three runs, `collapse` in one. The cure: leave ε at
# its default, 1e-7.
change = ("Adam(2e-3, 0.5, 0.99)", "Adam(2e-3, 0.5, 0.99, epsilon=10.0)")

# %% [markdown]
# ## Further reading
#
# - [Salimans et al. 2016](https://arxiv.org/abs/1606.03498): what their authors tried
#   against failing runs, with reasons.
# - [Mescheder, Geiger, Nowozin 2018](https://arxiv.org/abs/1801.04406): why a training
#   without a penalty may circle for ever.
# - [Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028): the gradient penalty of
#   Exercise 1, Algorithm 1.
# - [ganhacks](https://github.com/soumith/ganhacks): a list of tricks; its discussions
#   describe many failures.

# %%
six = [*outcomes.values()]
runtime.save_summary(
    "06_failure_lab",
    measure="bugs noticed of 6 trained here",
    value=sum(outcome.noticed for outcome in six),
    floor=6,
    checks={
        "all six noticed": all(outcome.noticed for outcome in six),
        "all six cured in silence": not any(o.cured.findings for o in six),
    },
)
