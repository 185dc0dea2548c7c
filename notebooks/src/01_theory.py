# %% [markdown]
# # The game: two players, and why one of them learns to draw
#
# ![Animation: an orange curve of fake samples walks from the left onto a blue curve of real samples; a black curve, the discriminator's answer, follows it and ends level at one half.](attachment:opening.gif)
#
# The orange player never sees the blue data. It only learns in which direction the black
# player's answer rises. That is enough to find the data, and this chapter shows why.
#
# **You do**: write both players in plain TensorFlow, let them play, and compute where the
# game leads.
#
# **You learn**: what the best discriminator answers, why the game has one goal, which loss
# the generator should use, and why images are hard.
#
# **You need**: Python, derivatives, and probability densities. 90 minutes with a teacher;
# alone, plan two hours. Two CPU cores compute all of it in about one minute.

# %% tags=["setup"]

# %% tags=["imports"]
import functools

import keras
import numpy as np
import tensorflow as tf
from scipy.special import expit, rel_entr

from ganutils import datasets, plotting
from ganutils.kit import exercises, runtime
from ganutils.plotting import diagrams

# %% [markdown]
# ## Choose the sizes
#
# `exercises.agree` compares a computed value with
# what theory says: it prints a tick, or stops with an error.

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
BATCH, STEPS = 512, 300
D_STEPS, D_RATE, G_RATE = 5, 0.3, 0.03
runtime.set_seed(SEED)
noise = tf.random.Generator.from_seed(SEED)
rng, agree = np.random.default_rng(SEED), exercises.agree
print(runtime.banner())

# %% [markdown]
# ## Part 1: why generate at all?
#
# Some questions have one right answer: which digit is this? Others have many: draw a
# seven. To answer these, a program must know how *all* sevens are spread, and pick one.
# This spread is a **distribution**: it says how often each value occurs. For numbers it is
# described by a **density**, a curve that is high where values are frequent.
#
# Nobody can write down the density of photographs by hand. A **GAN**, a generative adversarial
# network, does not try to. It learns to *draw samples*, and nothing else.
#
# Two networks, the **players**, share the work
# ([Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661)).
#
# - The **generator** G turns **noise** $z$, random numbers, into a sample $G(z)$, called
#   a **fake**.
# - The **discriminator** D sees real samples and fakes, mixed. It answers how real each
#   of them looks.
#
# D wants to be right. G wants D to be wrong. No labels are needed: you know which samples
# are real.

# %%
diagrams.players()

# %% [markdown]
# **Figure.** Noise z enters G, which returns a fake. Fakes and real samples enter D. Both
# losses are computed from its answer s. The slope of D's loss changes D's weights. The
# slope of G's loss passes through D and changes G's weights.
#
# ## Part 2: write the two players
#
# How little code is a GAN? Take the simplest data: numbers around 1, with a **standard
# deviation** (typical distance from the mean) of 0.8. Noise comes from $N(0,1)$, the normal
# distribution.
#
# G has two parameters $\theta$, a shift and a width: $G(z)=\theta_0+\theta_1z$.
#
# D has three parameters $\psi$. It returns a **logit** $s(x)=\psi_0+\psi_1x+\psi_2x^2$,
# any real number: positive means "real", negative means "fake". The **sigmoid**
# $\sigma(s)=1/(1+e^{-s})$ turns a logit into a probability, $D(x)=\sigma(s(x))$.

# %% tags=["shared"]
theta, psi = tf.Variable([0.0, 0.0]), tf.Variable([0.0, 0.0, 0.0])


def generator(z):
    return theta[0] + theta[1] * z


def discriminator(x):
    return psi[0] + psi[1] * x + psi[2] * x**2


# %% [markdown]
# Each player has a **loss**, a number that it makes smaller. D pays $-\ln D(x)$ for a
# real sample and $-\ln(1-D(G(z)))$ for a fake: little if it is right, much if it is sure
# and wrong. G pays $-\ln D(G(z))$: little if D believes the fake.
#
# With logits, all these losses are one function, $\mathrm{softplus}(s)=\ln(1+e^s)$:
# $-\ln\sigma(s)=\mathrm{softplus}(-s)$ and $-\ln(1-\sigma(s))=\mathrm{softplus}(s)$.
# Test both.

# %%
s = np.linspace(-8, 8, 161)
agree("−ln σ(s) is softplus(−s)", tf.nn.softplus(-s), -np.log(expit(s)))
agree("−ln(1 − σ(s)) is softplus(s)", tf.nn.softplus(s), -np.log(1 - expit(s)))
agree("At s = 0, undecided, D pays ln 4", 2 * tf.nn.softplus(0.0), np.log(4), 1e-6)

# %% [markdown]
# Now one move of each player. A `GradientTape` records a computation and returns the
# **gradient**: the slope of the loss along each parameter. A player steps against the
# gradient of *its own* loss, and changes *its own* parameters. The other player's are
# constants for it.


# %% tags=["shared"]
@tf.function  # compiles the step: it runs faster
def d_step(rate):
    real = 1.0 + 0.8 * noise.normal([BATCH])
    fake = generator(noise.normal([BATCH]))
    with tf.GradientTape() as tape:
        on_real = tf.nn.softplus(-discriminator(real))  # −ln D(x)
        on_fake = tf.nn.softplus(discriminator(fake))  # −ln(1 − D(G(z)))
        d_loss = tf.reduce_mean(on_real) + tf.reduce_mean(on_fake)
    psi.assign_sub(rate * tape.gradient(d_loss, psi))
    return d_loss


@tf.function
def g_step(rate):
    z = noise.normal([BATCH])
    with tf.GradientTape() as tape:
        g_loss = tf.reduce_mean(tf.nn.softplus(-discriminator(generator(z))))
    theta.assign_sub(rate * tape.gradient(g_loss, theta))
    return g_loss


# %% [markdown]
# That is a whole GAN. To play, repeat: a few moves of D, one move of G. G starts at the
# wrong place, $-2$, and too wide, 1.2. Predict: will G find 1 and 0.8?


# %% tags=["shared"]
@functools.cache  # a game that was played is remembered
def play(steps, d_steps=D_STEPS, d_rate=D_RATE, g_rate=G_RATE, seed=SEED):
    """Return θ, ψ and both losses after each step of a game, (steps, 7)."""
    noise.reset_from_seed(seed)
    theta.assign([-2.0, 1.2])
    psi.assign([0.0, 0.0, 0.0])
    path = []
    for _ in range(steps):
        for _ in range(d_steps):
            d_loss = d_step(tf.constant(d_rate))
        g_loss = g_step(tf.constant(g_rate))
        path.append([*theta.numpy(), *psi.numpy(), float(d_loss), float(g_loss)])
    return np.array(path)


path = play(STEPS)
shift, width = path[-1, :2]
agree("G's shift and width are the data's, 1 and 0.8", path[-1, :2], [1, 0.8], 0.05)

# %% [markdown]
# Watch the density $p$ of real samples, the density $q$ of fakes, and D's answer
# $D(x)$. A fake $x=\theta_0+\theta_1z$ has mean $\theta_0$ and standard deviation
# $|\theta_1|$, so $q$ is known.

# %% tags=["opening", "nbval-ignore-output"]
x = np.linspace(-9, 9, 3601)
dx = x[1] - x[0]


def density(mean, std):
    return np.exp(-(((x - mean) / std) ** 2) / 2) / (abs(std) * np.sqrt(2 * np.pi))


def pull(step, side):  # of G's loss, on the fake of z = side
    a, b, c = path[step, 2:5]
    x = path[step, :2] @ [1, side]
    return (1 - expit(a + b * x + c * x**2)) * (b + 2 * c * x)


p, frames = density(1.0, 0.8), []
for step in np.unique(np.geomspace(1, STEPS, 18).astype(int)):
    *moved, a, b, c, d_pays, g_pays = path[step - 1]
    lines = {"real $p$": (p, "real"), "fake $q$": (density(*moved), "fake")}
    lines["$D(x)$"] = expit(a + b * x + c * x**2), "black"
    title = f"step {step}     D's loss {d_pays:.2f}     G's loss {g_pays:.2f}"
    view = {"xlim": (-5, 4), "ylim": (0, 1.2), "xlabel": "x", "ylabel": "density; D"}
    frames.append(diagrams.curves(x, lines, title=title, **view))
agree("At step 10 left fakes are pulled right harder", pull(9, -1) > pull(9, 1))
agree("At step 60 right fakes are pulled right harder", pull(59, 1) > pull(59, -1))
plotting.animation(frames, frames_per_second=3, max_bytes=120_000)

# %% [markdown]
# **Figure.** Animation: the orange fakes start at the left. They move towards the blue
# real density, become narrow on the way, and widen again until both curves agree. The
# black curve D ends level at one half. In the end D's loss is about ln 4 = 1.39 and G's
# about ln 2 = 0.69.
#
# Did you notice the narrow moment? First, D rejects the fakes at the left most, and they are
# pulled hardest: G gets narrow. Then D's logit bends up. Now the fakes at the right are
# pulled further right than those at the left, and G spreads. Nobody told G about a width.
#
# And did you expect D's loss to *rise* in the end? A loss says who is ahead, not how good
# the fakes are. D's loss is small when the fakes are bad, or when D is strong. It is
# $2\ln2=\ln4$ when D always answers ½: the fakes are perfect, or D knows nothing.
#
# ## Part 3: what does the best discriminator answer?
#
# Both players fight over one number, the **value**
#
# $$V(D,G)=\mathbb{E}_{x\sim p}\ln D(x)+\mathbb{E}_{x\sim q}\ln(1-D(x)).$$
#
# $\mathbb{E}_{x\sim p}$ is the mean over real samples, $\mathbb{E}_{x\sim q}$ the mean
# over fakes $x=G(z)$. D's loss is $-V$, so D raises $V$; G lowers it. (Our G used another
# loss. Part 6 says why.) How large can D make $V$?
#
# 1. Write both means as one integral: $V=\int p(x)\ln D(x)+q(x)\ln(1-D(x))\,dx$.
# 2. D may choose its answer $y=D(x)$ at each $x$ separately. So maximise
#    $p\ln y+q\ln(1-y)$ at one $x$.
# 3. The derivative is $\frac py-\frac q{1-y}$. It is 0 where $p(1-y)=qy$, so at
#    $y=\frac p{p+q}$.
# 4. The second derivative, $-\frac p{y^2}-\frac q{(1-y)^2}$, is negative. So this is a
#    maximum.

# %%
q = density(-0.5, 1.2)  # some other fakes
optimal = p / (p + q)
answers = np.linspace(0.001, 0.999, 999)
payoff = p[:, None] * np.log(answers) + q[:, None] * np.log(1 - answers)
best = answers[payoff.argmax(axis=1)]
agree("Of 999 answers the best is p/(p + q), at every x", best, optimal, 1e-3)
curvature = -p / optimal**2 - q / (1 - optimal) ** 2
agree("The second derivative is negative at every x", curvature < 0)

# %% [markdown]
# So the **optimal discriminator** is
#
# $$D^*(x)=\frac{p(x)}{p(x)+q(x)},\qquad s^*(x)=\ln\frac{D^*(x)}{1-D^*(x)}=\ln\frac{p(x)}{q(x)}.$$
#
# Our D never computes a density. Does it find this logit? The logarithm
# of a normal density is a parabola in $x$. So $\ln p-\ln q$ is one, and our D is one, too. Fix G and let D learn.

# %%
theta.assign([-0.5, 1.2])
psi.assign([0.0, 0.0, 0.0])
for _ in range(1_500):
    d_step(tf.constant(0.2))
logit = psi[0] + psi[1] * x + psi[2] * x**2
both = (p > 0.02) & (q > 0.02)  # where real and fake samples occur
gap = np.abs(logit - np.log(p / q))[both].max()
agree("The trained logit is ln(p/q) where samples occur", gap, 0.0, 0.3)
lines = {"$\\ln(p/q)$": (np.log(p / q), "yellow"), "trained logit": (logit, "black")}
lines |= {"$10\\,p$": (10 * p, "real"), "$10\\,q$": (10 * q, "fake")}
diagrams.curves(x, lines, xlim=(-3.5, 4), ylim=(-8, 6), xlabel="x", ylabel="logit")

# %% [markdown]
# **Figure.** The trained logit lies on the curve ln(p/q). Below stand both densities, ten
# times enlarged.
#
# ## Part 4: what does G minimise?
#
# Suppose that D always answers with $D^*$. Then $V$ depends on G alone. Put $D^*$ in, and
# call the middle density $m=\frac12(p+q)$:
#
# 1. $V(D^*,G)=\int p\ln\frac{p}{p+q}+q\ln\frac{q}{p+q}\,dx$.
# 2. $\frac{p}{p+q}=\frac12\cdot\frac pm$, so each logarithm is $-\ln2$ plus
#    $\ln\frac pm$ or $\ln\frac qm$.
# 3. $p$ and $q$ each integrate to 1, so the constants give $-2\ln2=-\ln4$:
#    $V(D^*,G)=-\ln4+\int p\ln\frac pm\,dx+\int q\ln\frac qm\,dx$.
#
# A **divergence** says how far one density is from another: 0 if both are equal, else
# more. The **Kullback–Leibler divergence**
# is $\mathrm{KL}(p\Vert m)=\int p\ln\frac pm\,dx$. Half the sum of both is the
# **Jensen–Shannon divergence**, JSD for short:
#
# $$\mathrm{JSD}(p,q)=\tfrac12\mathrm{KL}(p\Vert m)+\tfrac12\mathrm{KL}(q\Vert m),\qquad
# V(D^*,G)=-\ln 4+2\,\mathrm{JSD}(p,q).$$


# %%
def kl(p, q):
    return rel_entr(p, q).sum() * dx  # p·ln(p/q), and 0 where p is 0


def jsd(p, q):
    return kl(p, (p + q) / 2) / 2 + kl(q, (p + q) / 2) / 2


m = (p + q) / 2
value = (p * np.log(optimal) + q * np.log(1 - optimal)).sum() * dx
agree("Step 2: ln D* is −ln 2 + ln(p/m)", np.log(optimal), -np.log(2) + np.log(p / m))
agree("V(D*, G) is −ln 4 + 2·JSD", value, -np.log(4) + 2 * jsd(p, q))
agree("Far apart the JSD is ln 2", jsd(density(-6, 0.3), p), np.log(2), 1e-6)

# %% [markdown]
# ### One goal only
#
# Equal densities have a JSD of 0. Can others have it, too? No: KL is never negative, and
# it is 0 *only when* both densities are equal. The reason is one inequality. For every
# number $t>0$, $\ln t\le t-1$, with equality only at $t=1$. Put $t=m/p$ in:
#
# $$-\mathrm{KL}(p\Vert m)=\int p\ln\frac mp\,dx\le\int p\left(\frac mp-1\right)dx
# =\int m-p\,dx\le1-1=0.$$
#
# All integrals run where $p>0$. Equality needs $m=p$ at all of them, and so
# $q=p$. There $q$ already integrates to 1, so elsewhere $q=0$. So, against
# an optimal D, the value has one lowest point: $q=p$, with $D^*=\frac12$. This is the first
# GAN paper's theorem.

# %%
t = np.linspace(0.01, 5, 500)
agree("ln t ≤ t − 1", np.log(t) <= t - 1)
agree("with equality only at t = 1", t[np.isclose(np.log(t), t - 1)], 1.0)
tried = [(a, b) for a in np.linspace(0, 2, 21) for b in np.linspace(0.4, 1.2, 17)]
table = np.array([jsd(p, density(*fake)) for fake in tried])
lowest = tried[table.argmin()]
agree("Of 357 fakes the lowest JSD has mean 1, width 0.8", lowest, [1.0, 0.8])
agree("All the others have more than 0", np.sort(table)[1] > 1e-4)

# %% [markdown]
# ## Part 5: is the goal a place where both stay?
#
# A pair of players is at a **Nash equilibrium** if neither gains by changing alone. Try
# $q=p$ and $D=\frac12$. If $q=p$, no D gets more than $-\ln4$: Part 4 with JSD = 0. If
# $D=\frac12$, then $V=\ln\frac12+\ln\frac12=-\ln4$ for every G. So nobody gains.
#
# The equilibrium of a game is not the lowest point of one loss. It is a **saddle**: nowhere
# lower along G's direction, nowhere higher along D's. The smallest game with a saddle has two numbers:
# G chooses $g$, D chooses $d$, and $V=g\,d$. G lowers $V$, D raises it.

# %% [markdown]
# Does it matter who chooses first? In **minimax**, $\min_G\max_DV$, the outer player G
# chooses, then D answers: the order of Part 4. In **maximin**, $\max_D\min_GV$, D chooses and stands
# still, then G answers. Compare both for $V=gd$ and $V=(g-d)^2$, with numbers from −1 to 1.
# Training follows neither order. It takes small steps, both players at once ("together")
# or one after the other ("in turns"). Where do they lead?


# %%
def walk(rate, in_turns, steps=60):
    path = [(1.0, 0.0)]  # (g, d)
    for _ in range(steps):
        g, d = path[-1]
        new_g = g - rate * d  # the slope of V along g is d
        path.append((new_g, d + rate * (new_g if in_turns else g)))
    return np.array(path)


g, d = np.meshgrid(np.linspace(-1, 1, 201), np.linspace(-1, 1, 201), indexing="ij")
for name, V in {"g·d": g * d, "(g − d)²": (g - d) ** 2}.items():  # rows: g, columns: d
    print(name, "minimax, maximin:", np.abs([V.max(1).min(), V.min(0).max()]).round(2))
together, turns = walk(0.1, in_turns=False), walk(0.1, in_turns=True)
radius = np.linalg.norm(together, axis=1)
agree("Together: the radius grows by √(1 + rate²) a step", radius[60], 1.01**30)
far = np.linalg.norm(walk(0.1, in_turns=True, steps=10_000), axis=1)
agree("In turns: 10,000 steps stay between 0.9 and 1.1", (far > 0.9) & (far < 1.1))
paths = {"together": (together, "purple"), "in turns": (turns, "green")}
panels = [("$V=gd$", lambda g, d: g * d, paths)]
diagrams.contests([*panels, ("$V=(g-d)^2$", lambda g, d: (g - d) ** 2, {})])

# %% [markdown]
# **Figure.** Left: the value gd, a saddle in the centre. Players who step together spiral
# away from it; players who step in turns circle around it. Right: (g − d)².
#
# For $V=gd$ both orders give 0. For $V=(g-d)^2$ they differ: the last player gets its best. And
# on $gd$ each player steps in its own best direction, yet neither arrives. So following
# the slopes may never reach the equilibrium. Chapter 10 finds out when it does.
#
# Our 1-D players did arrive. What if D learns once and then never moves again? Predict
# where the fakes go, then run.

# %%
theta.assign([-0.5, 1.2])
psi.assign([0.0, 0.0, 0.0])
for _ in range(1_000):  # D alone; G is frozen
    d_step(tf.constant(0.2))
for _ in range(2_000):  # G alone; D is frozen
    g_step(tf.constant(0.2))
far, narrow = theta.numpy()
peak = -psi[1] / (2 * psi[2])  # where the frozen parabola is highest
agree("Every fake ends where the frozen D is highest", far, peak, 0.05)
agree("The fakes' width goes to 0", narrow, 0.0, 0.02)
agree("That is over one standard deviation beyond the data's mean", peak > 1.8)

# %% [markdown]
# G draws one single number, again and again: this is **collapse**. Against a D that stands
# still, the best G puts everything where D is highest. Only a D that keeps learning makes G spread.
#
# ## Part 6: which loss should G minimise?
#
# In the game as written, G lowers $V$. Only the second part of $V$ contains G, so G
# minimises $\ln(1-\sigma(s))$: the **minimax** or **saturating** loss. We used another
# one, $-\ln\sigma(s)$: the **non-saturating** loss. Both fall as $s$ rises. What differs
# is the slope.

# %%
s = tf.constant(np.linspace(-10, 10, 201))
with tf.GradientTape(persistent=True) as tape:  # persistent: asked twice
    tape.watch(s)
    saturating = -tf.nn.softplus(s)  # ln(1 − σ(s))
    non_saturating = tf.nn.softplus(-s)  # −ln σ(s)
weak, strong = tape.gradient(saturating, s), tape.gradient(non_saturating, s)
agree("The slope of ln(1 − σ(s)) is −σ(s)", weak, -expit(s))
agree("The slope of −ln σ(s) is −(1 − σ(s))", strong, -(1 - expit(s)))
agree("At s = −10 the first is 4.54e-5 times it", weak[0] / strong[0], 4.54e-5, 1e-8)
lines = {"saturating": (saturating, "purple"), "slope": (weak, "sky")}
lines |= {"non-saturating": (non_saturating, "green"), "its slope": (strong, "orange")}
diagrams.curves(s, lines, ylim=(-4, 4), xlabel="logit $s$ of a fake", ylabel="loss")

# %% [markdown]
# **Figure.** Both losses fall as the logit s rises. For rejected fakes, at negative s, the
# saturating slope (light blue) goes to 0 and the non-saturating slope (orange) to −1. For
# fakes that fool D the opposite holds.
#
# A bad fake has a very negative $s$, and needs a slope. The saturating loss has none for
# it; the non-saturating loss keeps nearly its full slope.
#
# ### What the non-saturating loss really follows
#
# Let D be $D^*$, and hold it fixed while G takes a step. With the saturating loss, G then
# follows the slope of $2\,\mathrm{JSD}$, as if D answered at once: at $D^*$ the value is
# highest, so a small change of D hardly changes it. With the non-saturating loss, G follows
# the slope of $\mathrm{KL}(q\Vert p)-2\,\mathrm{JSD}$
# ([Arjovsky and Bottou 2017](https://arxiv.org/abs/1701.04862), Theorem 2.5). Write out
# the logarithms: $\ln q$ cancels, and $\int(p+q)\ln\frac mp\,dx=2\,\mathrm{KL}(m\Vert p)$ is
# left. By Part 4 it is 0 only when $m=p$, so only when $q=p$. The goal is the same; the way
# there is not.
#
# Check it with fakes of the right width whose mean we move: every fake moves alike. By the
# chain rule, `found` is the mean over fakes of (slope of the loss) · (slope of $s^*$). `wanted` is the slope of the divergence.


# %%
def goals(place):
    q = density(place, 0.8)
    return np.array([2 * jsd(p, q), kl(q, p) - 2 * jsd(p, q), 2 * kl((p + q) / 2, p)])


places, h, found = np.linspace(-3, 5, 41), 1e-4, []
for place in places:
    q, optimal = density(place, 0.8), p / (p + density(place, 0.8))
    uphill = (1.0 - place) / 0.8**2  # slope of s* = ln p − ln q: the x² cancel
    slopes = np.array([-optimal, -(1 - optimal)])  # −σ(s*) and −(1 − σ(s*))
    found.append((slopes * q).sum(axis=1) * dx * uphill)
wanted = [(goals(a + h) - goals(a - h))[:2] / (2 * h) for a in places]
agree("G follows 2·JSD, or KL(q‖p) − 2·JSD", found, wanted, 1e-4)
first, second, third = np.transpose([goals(a) for a in places])
agree("KL(q‖p) − 2·JSD is 2·KL(m‖p)", second, third)
lines = {"2·JSD": (first, "purple"), "2·KL(m‖p)": (second, "green")}
diagrams.curves(places, lines, xlabel="mean of the fakes (data: 1)", ylabel="G's goal")

# %% [markdown]
# **Figure.** What G follows, over the mean of its fakes. The purple curve, 2·JSD, is flat
# far from the data. The green curve, 2·KL(m‖p), is steep there. Both are lowest where the
# fakes are the data, at 1.
#
# ## Part 7: why are images hard?
#
# Our densities overlapped: each number could have come from either side. For images this
# is not so. Take a real digit and make two steps of *the same length*: move the whole
# picture by one pixel, or move all pixels at random towards grey. Which one still looks real?

# %%
digits = datasets.load("digits").x_test[:12]
moved = np.roll(digits, 1, axis=2)
length = np.linalg.norm((moved - digits).reshape(12, -1), axis=1)
random = -np.sign(digits) * np.abs(rng.normal(size=digits.shape))  # towards grey
random *= (length / np.linalg.norm(random.reshape(12, -1), axis=1))[:, None, None, None]
noisy = (digits + random).clip(-1, 1)
rows = np.concatenate([digits, moved, noisy])
plotting.image_grid(rows, columns=12, labels=["real", "moved", "random"])

# %% [markdown]
# **Figure.** Twelve digits in three rows: real, moved by one pixel, and changed at random.
# The moved ones are clean digits; the random ones are covered with grain.
#
# So a few directions lead from digit to digit, and most lead away from all digits. Real
# pictures seem to fill a thin sheet, a **manifold**, in the space of all pictures. Where a
# distribution can put samples is its **support**.
#
# The support of G's fakes is a thin sheet, too. $z$ has fewer numbers than $x$:
# if $z$ has 2 numbers, a fake can move in 2 directions only. Two thin sheets hardly meet,
# like two curves in the plane. Then a *perfect* D may exist, one that is always right.
#
# What does it teach G? See two curves that do not meet at all: real points on a circle,
# fakes of a network with *one* number $z$. Let D learn for longer and longer, and measure
# the gradient that G would get.

# %%
runtime.set_seed(SEED)
dense = keras.layers.Dense
drawer = keras.Sequential([keras.Input((1,)), dense(64, "tanh"), dense(2)])
judge = keras.Sequential([keras.Input((2,)), dense(256, "relu"), dense(1)])
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)  # D's loss, halved
judge.compile(keras.optimizers.Adam(0.004), cross_entropy, steps_per_execution=16)
angle = rng.uniform(0, 2 * np.pi, 2_000)
circle = 4 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
z = 4 * tf.random.stateless_normal((2_000, 1), seed=(SEED, 2))
fakes = drawer(z, training=False)
points = np.concatenate([circle, fakes]).astype("float32")
is_real, epochs, sizes = np.repeat([1.0, 0.0], 2_000), [1, 1, 2, 4, 8, 16, 32, 64], []
for more in epochs:  # once through all points is an epoch: 16 steps
    judge.fit(points, is_real, batch_size=250, epochs=more, verbose=0)
    with tf.GradientTape(persistent=True) as tape:
        s = judge(drawer(z, training=True), training=True)
        costs = tf.reduce_mean(-tf.nn.softplus(s)), tf.reduce_mean(tf.nn.softplus(-s))
    slopes = [tape.gradient(cost, drawer.trainable_variables) for cost in costs]
    sizes.append([tf.linalg.global_norm(slope) for slope in slopes])
right = (judge(points, training=False)[:, 0] > 0) == (is_real > 0)
agree("D is right about all 4,000 points", right)
plotting.scatter_field(fakes, circle, judge, "a perfect D")

# %% [markdown]
# **Figure.** Blue real points on a circle, orange fakes on a curve inside, and D's answer
# as background: D separates the two without an error.

# %%
fading, growing = np.transpose(sizes)
agree("The saturating gradient falls more than tenfold", fading.max() > 10 * fading[-1])
agree("The non-saturating gradient grows", growing[-1] > 1.5 * growing[0])
lines = {"saturating": (fading, "purple"), "non-saturating": (growing, "green")}
view = {"xscale": "log", "yscale": "log", "ylabel": "size of G's gradient"}
diagrams.curves(16 * np.cumsum(epochs), lines, xlabel="D's training steps", **view)

# %% [markdown]
# **Figure.** Both axes are logarithmic. As D trains from 16 to 2,048 steps, the saturating
# gradient falls by orders of magnitude, and the non-saturating gradient grows.
#
# Arjovsky and Bottou 2017 prove the first for supports that hardly meet. They warn of the
# second: the non-saturating gradient can become large and erratic. So D must be good, but
# not perfect. Three answers follow: chapter 2 lets both learn in turns, chapter 4 keeps D
# smooth, chapter 10 uses another distance than the JSD.
#
# ## What you now know
#
# 1. G turns noise into samples; D tells real from fake; each minimises its own loss.
# 2. The best D answers $p/(p+q)$; its logit is $\ln(p/q)$.
# 3. Against it, G minimises the JSD or, with the non-saturating loss, $2\,\mathrm{KL}(m\Vert
#    p)$. Both are 0 only when $q=p$.
# 4. The goal is a saddle. Small steps may circle around it, and a D that stands still
#    makes G collapse.
# 5. The non-saturating loss keeps a slope for bad fakes. Images lie on thin sheets, so a
#    perfect D may exist, and its gradients vanish or grow large.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. Solutions:
# `solutions/01_theory_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: three places, by hand
#
# Samples can only be at three places. Real ones have the probabilities
# $p=(\frac12,\frac12,0)$, fakes $q=(0,\frac12,\frac12)$. Use pencil and paper. Set
# `optimal_d` to the three answers of the best D, `jensen_shannon` to the JSD, and
# `d_pays` to the loss of this D. Sums replace integrals, and $0\ln0$ is 0.

# %% tags=["stub"]
optimal_d = ...
jensen_shannon = ...
d_pays = ...

# %% tags=["check"]
real_share, fake_share = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])
tried = np.linspace(0, 1, 100_001)[1:-1, None]  # brute force: every answer
cost = -real_share * np.log(tried) - fake_share * np.log(1 - tried)
exercises.check("Exercise 1 · D*", optimal_d, tried[cost.argmin(0), 0], atol=2e-3)
lowest = cost.min(0).sum()
exercises.check("Exercise 1 · JSD", jensen_shannon, np.log(2) - lowest / 2, atol=4e-3)
exercises.check("Exercise 1 · D's loss", d_pays, lowest, atol=5e-3)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Where is D certain, and where must it guess? What does
# it pay at each place, and how often? Which equation of Part 4 joins D's loss and the
# JSD?</details>

# %% [markdown] tags=["solution"]
# At the first place only real samples occur: D answers 1 and pays nothing. At the third
# place only fakes occur: D answers 0 and pays nothing. In the middle both are equally
# frequent: D answers ½. There it pays ½·ln 2 for the real ones and ½·ln 2 for the fakes:
# ln 2 in all. From $-\ln 2=-\ln4+2\,\mathrm{JSD}$ follows JSD = ½ ln 2.

# %% tags=["solution"]
optimal_d = [1.0, 0.5, 0.0]
d_pays = 0.5 * np.log(2) + 0.5 * np.log(2)
jensen_shannon = (np.log(4) - d_pays) / 2


# %% [markdown]
# ### Exercise 2: more real than fake
#
# A share of what D sees is real, for example 0.75, and the rest is fake. Redo the steps of
# Part 3: what does the best D answer where the densities are `p` and `q` (arrays)?


# %% tags=["stub"]
def best_d(p, q, share):
    return ...


# %% tags=["check"]
def met_by_d(p, q, share):  # let D meet a billion samples: which share is real?
    chance, n = np.random.default_rng(0), round(1e9 * share)
    real, fake = chance.multinomial(n, p), chance.multinomial(10**9 - n, q)
    return real / (real + fake)


some_p, some_q = np.array([0.5, 0.1, 0.4]), np.array([0.2, 0.6, 0.2])
cases = [(some_p, some_q, share) for share in (0.5, 0.75, 0.1)]
cases = [(given, met_by_d(*given)) for given in cases]
exercises.check_function("Exercise 2 · unequal shares", best_d, cases)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>How often does D meet a real sample at this x, and how
# often a fake? Which two numbers take the places of p and q in step 2?</details>


# %% tags=["solution"]
def best_d(p, q, share):
    # V = ∫ share·p·ln y + (1 − share)·q·ln(1 − y) dx. Its derivative in y,
    # share·p/y − (1 − share)·q/(1 − y), is 0 where share·p·(1 − y) = (1 − share)·q·y.
    real, fake = share * p, (1 - share) * q
    return real / (real + fake)


# %% [markdown]
# ### Exercise 3: a weaker D
#
# The check plays with one step of D and with five, both at the rate 0.1, and with one step
# at the rate 0.5. G's rate is 0.1. It prints when G's shift stays within
# 0.1 of the goal, for three seeds. Set `choice` to your guess; the check prints the numbers;
# then set the letter that they support. "Early": in less than half the first game's steps.
#
# - "a": Five steps of D bring G to the goal early, one fast step does not.
# - "b": Five steps of D, or one fast step, bring G to the goal early.
# - "c": Neither does: a better D leaves G less to learn from.

# %% tags=["stub"]
choice = ...


# %% tags=["check"]
def arrival(seed, steps, d_steps, d_rate):
    shift = play(steps, d_steps, d_rate, 0.1, seed)[:, 0]
    return int(np.flatnonzero(np.abs(shift - 1) > 0.1).max()) + 1


games = {"1 step": (600, 1, 0.1), "5 steps": (200, 5, 0.1), "1 fast": (200, 1, 0.5)}
found = {}
for name, how in games.items() if isinstance(choice, str) else ():
    found[name] = [arrival(seed, *how) for seed in (0, 1, 2)]
    print(f"{name} of D: G arrives after {found[name]} steps")
first, *others = [np.mean(steps) for steps in found.values()] or [0]
answer = "cab"[sum(steps < first / 2 for steps in others)]
exercises.check("Exercise 3 · what the numbers say", choice, answer)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Part 4 supposes D = D*. In which of the three games is D
# close to it when G moves? What did
# the players of Part 5 do when they stepped in turns?</details>

# %% [markdown] tags=["solution"]
# Five steps, or one fast step, bring D near its answer before G moves: the order of the
# theorem, and G arrives. With one slow step D lags behind, as in $V=gd$: G overshoots,
# swings and settles late. Part 7 shows the limit: a perfect D may teach nothing.

# %% tags=["solution"]
choice = "b"


# %% [markdown]
# ### Exercise 4: draw two heaps (open)
#
# Half of the data lie around $-2$, half around 2, both with standard deviation 0.5. Our G
# can only shift and stretch. Invent a better `my_generator(z)`: any function of an array
# of noise $z\sim N(0,1)$ that returns a fake for each $z$, without other random numbers.
# The check prints the mean distance between sorted fakes and sorted data; below 0.05
# passes. What happens to neighbours $z$ near 0?


# %% tags=["stub"]
def my_generator(z):
    return ...


# %% tags=["check"]
def close_to_heaps(z):
    both = [my_generator(a) for a in (z.copy(), z[::-1].copy())]
    if any(a is None or a is ... for a in both):
        return ...
    fakes, turned = (np.reshape(a, z.shape) for a in both)
    data = np.random.default_rng(1).normal(np.repeat([-2.0, 2.0], 10_000), 0.5)
    far = np.abs(np.sort(fakes) - np.sort(data)).mean()
    own = np.allclose(fakes[::-1], turned, atol=1e-3)
    print(f"mean distance {far:.3f}; each z decides its own fake: {own}")
    return bool(far < 0.05 and own)


cases = [(np.random.default_rng(seed).normal(size=20_000), True) for seed in (2, 3)]
exercises.check_function("Exercise 4 · two heaps", close_to_heaps, cases)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Half of all z are below 0. Where should they go, and how
# wide is one half of N(0, 1)? In `scipy.stats.norm`, `cdf(z)` is the share of noise below
# z, and `ppf(share)` is its inverse.</details>


# %% tags=["solution"]
def my_generator(z):
    # |z| says how far out a point is in its half of N(0, 1). Its share of that half is
    # uniform between 0 and 1; erfinv makes a normal number of it again.
    share = tf.math.erf(np.abs(z) / np.sqrt(2.0)).numpy().clip(1e-7, 1 - 1e-7)
    inner = np.sqrt(2.0) * tf.math.erfinv(2 * share - 1).numpy()
    return np.where(z < 0, -1, 1) * (2 + 0.5 * inner)


# %% [markdown] tags=["solution"]
# The mean distance is about 0.02, as between two draws of the data. This G tears: z = −0.001 and z = 0.001 land 0.8 apart.
# A network is continuous and cannot tear, so it leaves a thin bridge of samples between
# two heaps: chapter 2 shows one.

# %% [markdown]
# ## Further reading
#
# - [Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661): its section 4 is this
#   chapter's theorem.
# - [Goodfellow 2016](https://arxiv.org/abs/1701.00160): a tutorial.
# - [Arjovsky and Bottou 2017](https://arxiv.org/abs/1701.04862): Part 7 with proofs.
#
# `docs/glossary.md` holds the course's words and symbols.

# %%
fakes = shift + width * rng.normal(size=20_000)
data = 1.0 + 0.8 * rng.normal(size=(2, 20_000))
far, floor = (np.abs(np.sort(a) - np.sort(data[0])).mean() for a in (fakes, data[1]))
summary = {"measure": "distance of sorted samples", "value": far, "floor": floor}
runtime.save_summary("01_theory", **summary, checks={"G found the data": far < 0.1})
