# %% [markdown]
# # Theory in depth: distances, critics, and players that circle
#
# ![One path bends into a cross, two others circle it.](attachment:opening.png)
#
# You compute which distance can guide G, what keeps a critic honest, why two players
# circle around their goal, and what brings them to rest.

# %% [markdown]
# **You do**: move probability with the least work, write the gradient penalty, play the
# smallest GAN there is, and brake it.
#
# **You learn**: what the Wasserstein distance is for, what a critic may do, and what
# each trick of training does to the game.
#
# **You need**: chapters 1 and 2, derivatives of functions of two variables, matrices. A
# reminder comes with eigenvalues, complex numbers, singular values and linear programs.
# 90 minutes with a teacher, without the last exercise; alone, plan two hours. Two CPU
# cores need about a minute.

# %% tags=["setup"]

# %% tags=["imports"]
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.special import expit, rel_entr

from ganutils import plotting
from ganutils.kit import exercises, runtime
from ganutils.plotting import diagrams
from ganutils.theory import dirac_gan, divergences
from ganutils.training import losses

# %% tags=["shared"]
SEED = 0
runtime.set_seed(SEED)
rng = np.random.default_rng(SEED)
agree = exercises.agree  # stops unless a claim is true

# %% [markdown]
# ## Part 1: which distance tells G where to go?
#
# The **Wasserstein distance** $W_1$ is the least work that moves one distribution onto
# another; work is mass times distance. A **transport plan** says how much mass moves
# from where to where. In general $W_1$ is a **linear program** (minimise a sum under
# linear conditions), and a solver finds the best plan. For numbers, the best plan keeps
# the order: pair the smallest with the smallest, the second with the second, and so on.
# Is the solver's plan cheaper than sorting?

# %%
first, second = rng.normal([[[0.0]], [[2.0]]], 1.0, (2, 40, 1))
by_sorting = np.abs(np.sort(first, axis=0) - np.sort(second, axis=0)).mean()
by_program = divergences.transport(first, second)[0]
agree("sorting costs as little as the best plan", by_sorting, by_program, 1e-6)

# %% [markdown]
# Now a famous example
# ([Arjovsky, Chintala, Bottou 2017](https://arxiv.org/abs/1701.07875), example 1): two
# parallel lines at distance δ. The real line is fixed, G moves the fake one. Compare
# $W_1$ with KL and JSD (chapter 1), and with the **total variation**
# $\mathrm{TV}=\frac12\int|p-q|$, the largest difference in the probability of an event.
# Predict the four curves over δ.


# %%
def parallel_lines(delta, n=9):
    height = np.linspace(0, 1, n)
    real, fake = (np.stack([0 * height + x, height], axis=1) for x in (0.0, delta))
    _, place = np.unique(np.concatenate([real, fake]), axis=0, return_inverse=True)
    p, q = (np.bincount(k, minlength=2 * n) / n for k in place.reshape(2, n))
    tv, jsd = np.abs(p - q).sum() / 2, divergences.jsd(p, q)
    return rel_entr(p, q).sum(), tv, jsd, divergences.transport(real, fake)[0]


deltas = np.linspace(-1, 1, 9)
kl, tv, jsd, w1 = np.array([parallel_lines(delta) for delta in deltas]).T
apart = deltas != 0
agree("KL of two lines that do not touch is infinite", np.isinf(kl[apart]).all())
agree("their TV is 1 and their JSD ln 2", [tv[apart], jsd[apart]], [[1], [np.log(2)]])
agree("their W₁ is the distance |δ|", w1, np.abs(deltas), 1e-6)
agree("all are 0 where the lines meet", [v[4] for v in (kl, tv, jsd, w1)], 0.0, 1e-6)
figure, (axes,) = plotting.new_figure(7.5, 3.4)
for name, height in (("KL = ∞", 1.25), ("TV = 1", 1.0), ("JSD = ln 2", jsd[0])):
    line = "k--" if height > 1 else "k"  # KL is not drawn to scale
    axes.plot(deltas[[0, -1]], [height, height], line)
    axes.plot(0, height, "o", color="black", mfc="white")
    axes.text(1.04, height, name, va="center")
axes.plot(deltas, w1, "o-", color=plotting.COLOURS["green"], linewidth=3)
axes.text(0.3, 0.14, "$W_1 = |δ|$", color=plotting.COLOURS["green"])
axes.set(xlabel="δ, place of the fake line", ylabel="distance", xlim=(-1.05, 1.4))
figure

# %% [markdown]
# **Figure.** Over δ from −1 to 1. TV and JSD are level lines. The dashed line at the
# top stands for KL, which is infinite. The open points at δ = 0 say that all four are 0
# there. The Wasserstein distance is a green V with its tip at 0; its dots are computed.
#
# TV and JSD have slope 0, KL is infinite: none gives G a direction. The slope of $W_1$
# points to the real line.
#
# ## Part 2: how can a network compute a distance?
#
# Every linear program has a **dual**, a second program with the same optimum, if there
# is one. Here the dual looks for a function $C$ that is **1-Lipschitz**: it changes by
# no more than the distance, $|C(x)-C(x')|\le\Vert x-x'\Vert$. This $C$ is the
# **critic** of a **WGAN**: a GAN with a critic in the place of D, so without a sigmoid.
# Kantorovich and Rubinstein proved ([Arjovsky et al. 2017](https://arxiv.org/abs/1701.07875), equation
# 2)
#
# $$W_1(p,q)=\max_{C\ \text{1-Lipschitz}}\ \mathbb{E}_{x\sim p}\,C(x)-
# \mathbb{E}_{x\sim q}\,C(x).$$
#
# The solver returns $C$ at the points. The cell extends $C$ to the plane: $C(x)$ is the
# smallest $C(x')+\Vert x-x'\Vert$ over all fakes $x'$.


# %%
def critic(x):
    ways = np.linalg.norm(x[:, None] - fake, axis=-1)
    return (ways - rise[0]).min(axis=1)  # set C(real[0]) = 0; then C(fake) = −rise[0]


real = rng.normal(size=(30, 2)) * [0.5, 1.0]
fake = rng.normal(size=(30, 2)) * [1.0, 0.4] + [3.0, 0.5]
work, moved, rise = divergences.transport(real, fake)  # rise: C(real) − C(fake), pairs
here, there = rng.uniform(-4, 6, (2, 5_000, 2))
slopes = np.abs(critic(here) - critic(there)) / np.linalg.norm(here - there, axis=1)
agree("C is nowhere steeper than 1", slopes.max() <= 1 + 1e-6)
agree("C scores W₁", critic(real).mean() - critic(fake).mean(), work, 1e-6)
i, j = np.nonzero(moved > 1e-9)
ways = np.linalg.norm(real[i] - fake[j], axis=1)
agree("slope 1 on the plan's lines", critic(real[i]) - critic(fake[j]), ways, 1e-6)
diagrams.plan(real, fake, moved, critic)

# %% [markdown]
# **Figure.** Blue discs (real) at the left, orange squares (fake) at the right. Black
# lines join the pairs of the best plan. The background shows the critic, high at the
# left and low at the right. From real to fake, each line runs straight downhill.
#
# ### Slope 1, but where?
#
# Training knows no best plan: it punishes (slope − 1)² on lines between *random* pairs. Take real points
# 0 and 10, fakes 1 and 9: the plan moves 0 to 1 and 10 to 9. Two critics: $|x-5|$ has
# slope 1, $\max(|x-5|,4)$ is level between the fakes. Are both optimal?


# %%
real, fake = np.array([0.0, 10.0]), np.array([1.0, 9.0])
epsilon = rng.uniform(size=(20_000, 1))
lines = epsilon * real + (1 - epsilon) * rng.choice(fake, (20_000, 2))
for name, floor, price in (("|x − 5|", 0, 0.0), ("max(|x − 5|, 4)", 4, 4 / 9)):
    scores = [np.maximum(np.abs(x - 5), floor).mean() for x in (real, fake)]
    agree(f"{name} is optimal: its score is W₁ = 1", scores[0] - scores[1], 1.0)
    level = (np.abs(lines - 5) < floor).mean()  # slope 0, so (slope − 1)² is 1
    agree(f"{name} pays {price:.2f} on random lines", level, price, 0.02)

# %% [markdown]
# Both are optimal, but only the level one is punished: a penalty chooses among the
# optimal critics. [Petzka, Fischer, Lukovnicov 2018](https://arxiv.org/abs/1709.08894)
# propose to punish only slopes above 1; you write their version in Exercise 2.
#
# ## Part 3: how do you keep a network's slope at 1?
#
# **Weight clipping** (the first WGAN, 2017) keeps each weight between −bound and bound.
# Take a ReLU network with one input and one output, $L$ layers and $n$ numbers in each
# hidden layer. It is steepest when all weights are at the bound: slope
# $n^{L-1}\,\mathrm{bound}^L$. What do you expect for $n=64$, $L=5$ and the bounds
# 0.001, 0.01 and 0.1? (Without biases a network's slope for $x>0$ is its value at 1.)

# %%
for bound in (0.001, 0.01, 0.1):
    values, limit = np.ones((1_000, 1, 1)), 64**4 * bound**5
    for shape in ((64, 1), (64, 64), (64, 64), (64, 64), (1, 64)):
        weights = rng.uniform(-bound, bound, (1_000, *shape))
        values = weights @ np.maximum(values, 0)
    below = np.abs(values).max() <= limit
    agree(f"bound {bound}: 1,000 random networks have slopes below {limit:.2g}", below)

# %% [markdown]
# Ten times the bound makes the limit 100,000 times larger. The **gradient penalty**
# ([Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028), equation 3) asks directly
# for slope 1 at random points between a real and a fake sample:
#
# $$w\,\mathbb{E}\,(\Vert \nabla C(\hat x)\Vert-1)^2,\qquad
# \hat x=\varepsilon x+(1-\varepsilon)G(z),\quad \varepsilon\sim U(0,1),\quad w=10.$$
#
# The root has an infinite derivative at 0. So the code lifts squares to at least
# $10^{-12}$: no NaN.


# %%
def penalty(critic, real, fake, epsilon):
    inside = epsilon * real + (1 - epsilon) * fake
    with tf.GradientTape() as tape:
        tape.watch(inside)
        scores = critic(inside)
    squares = tf.reduce_sum(tape.gradient(scores, inside) ** 2, axis=1)  # per sample
    return tf.reduce_mean((tf.sqrt(tf.maximum(squares, 1e-12)) - 1) ** 2)


real, fake = tf.random.stateless_normal((2, 64, 2), seed=(SEED, 1))
network = keras.Sequential([layers.Dense(32, activation="relu"), layers.Dense(1)])
epsilon = tf.random.stateless_uniform((64, 1), seed=(SEED, 2))  # one per sample
library = losses.gradient_penalty(weight=10.0)(network, real, fake, (SEED, 2), 0)
ours = 10 * penalty(network, real, fake, epsilon)
agree("with w = 10 our penalty is the library's", ours, library, 1e-5)

# %% [markdown]
# Critics of known slope show the price. The penalty counts *each sample's* slope.
# BatchNorm mixes the samples of a batch: one sample then changes another sample's
# score, and a single sample's slope has no meaning. A critic with this penalty must not
# use BatchNorm.

# %%
for steep, price in ((0.0, 1.0), (1.0, 0.0), (3.0, 4.0)):
    v = tf.Variable([[0.6 * steep], [0.8 * steep]])
    with tf.GradientTape() as tape:
        paid = penalty(lambda x, v=v: x @ v, real, fake, epsilon)
    agree(f"a critic of slope {steep:g} pays {price:g}", paid, price, 1e-5)
    agree("the derivative is finite", np.isfinite(tape.gradient(paid, v)).all())
network = keras.Sequential([layers.BatchNormalization(), layers.Dense(1)])
others = tf.concat([real[:1], 3 * real[1:]], axis=0)  # sample 0 stays
change = network(others, training=True)[0] - network(real, training=True)[0]
agree("with BatchNorm, the others change sample 0's score", np.abs(change) > 1e-3)

# %% [markdown]
# A matrix $W$ maps the unit ball to an ellipsoid. Its half axes are the **singular
# values** of $W$; the longest is the **spectral norm** $\Vert W\Vert$, the most that
# $W$ stretches a vector. **Spectral normalisation** ([Miyato et al.
# 2018](https://arxiv.org/abs/1802.05957)) divides each weight matrix by it. **Power
# iteration** finds it: apply $W$ and its transpose in turn, and normalise. Keras does
# so; the cell compares with an exact method (SVD).
#
# The slope of a chain of layers is at most the product of all spectral norms and of the
# steepest slopes of its activations. ReLU and leaky ReLU have slopes of at most 1; GELU
# and SiLU are a little steeper.
#
# A **convolution** slides a small grid of weights, its kernel, over a picture. Keras
# normalises the kernel *reshaped* to a matrix. The layer's **operator norm** is the most
# that it stretches a picture. For 3 × 3 kernels, and pictures whose opposite edges meet, it
# is 1 to 3 times that matrix's norm. [Sedghi et al. 2019](https://arxiv.org/abs/1805.10408)
# compute it with a Fourier transform, one matrix per frequency, and so
# does the cell.


# %%
layer = layers.SpectralNormalization(layers.Dense(64))
for _ in range(200):  # each training step does one power iteration
    layer(tf.zeros((1, 128)), training=True)
agree("Keras's layer has norm 1", np.linalg.norm(layer.layer.kernel, 2), 1.0, 1e-2)
network = keras.Sequential([layers.Dense(64, "relu"), layers.Dense(1)])
here, there = rng.normal(size=(2, 9_999, 2))
rises = np.abs(network(here) - network(there))[:, 0]
limit = np.prod([np.linalg.norm(network.weights[k], 2) for k in (0, 2)])
slopes = rises / np.linalg.norm(here - there, axis=1)
agree("a ReLU network is no steeper than the product", slopes.max() <= limit)
kernel = rng.normal(size=(3, 3, 8, 16))  # for pictures of 16 × 16 pixels
operator = np.linalg.norm(np.fft.fft2(kernel, (16, 16), axes=(0, 1)), 2, (2, 3)).max()
ratio = operator / np.linalg.norm(kernel.reshape(-1, 16), 2)
agree(f"a convolution: operator norm = {ratio:.2f} × reshaped norm", 1 < ratio < 3)

# %% [markdown]
# ## Part 4: why do two players circle?
#
# Nobody trains D to the end. Both players take small steps in turn. The smallest GAN
# shows what follows: in the **Dirac-GAN** ([Mescheder, Geiger, Nowozin
# 2018](https://arxiv.org/abs/1801.04406), definition 2.1) all real samples are 0, all
# fakes are θ, and D's logit is the line ψx. (The paper's ψ has the other sign.) With
# $\varphi(t)=\ln\sigma(t)$, so $\varphi'(t)=\sigma(-t)$, and $1-\sigma(t)=\sigma(-t)$, the
# value is
#
# $$V(\theta,\psi)=\varphi(0)+\varphi(-\psi\theta),\qquad\varphi'(0)=\tfrac12 .$$
#
# The goal is θ = ψ = 0: fakes on the data, and D answers ½. A **field** gives both
# players' directions: G goes down $V$, D goes up. With `sign=-1` G has chapter 1's
# non-saturating loss and goes up $\varphi(\psi\theta)$.


# %%
def field(theta, psi, sign=1):
    g_step = psi * expit(sign * psi * theta)
    d_step = -theta * expit(psi * theta)  # expit: D's probability that the fake is real
    return np.array([g_step, d_step])


agree("the library has the same field", field(0.7, -0.4), dirac_gan.gan(0.7, -0.4))

# %% [markdown]
# Near the goal the field is nearly $J\,(θ,ψ)$. The matrix $J$, the field's slopes at the
# goal, is its **Jacobian**. Here its rows are $(0,\frac12)$ and $(-\frac12,0)$. An
# **eigenvalue** λ of a matrix is a factor by which it stretches a direction. A complex
# λ of $J$ turns the point: its real part says how fast the radius grows, its imaginary
# part how fast it turns. Here λ = ±i/2: turning alone, no force towards the goal.
#
# **Simultaneous steps** move both players at once. A step multiplies by $I+hJ$, with
# eigenvalues $1+hλ$. Their absolute value $|1\pm ih/2|=\sqrt{1+h^2/4}$ multiplies the
# radius. With **alternating steps** D sees the new θ. Which of the two stays on a
# circle?

# %%
h, near = 0.5, (1e-3, 0.0)
J = dirac_gan.jacobian(field)
found = np.sort_complex(np.linalg.eigvals(J))
agree("the eigenvalues are ±i/2", found, [-0.5j, 0.5j], 1e-8)
found = dirac_gan.jacobian(lambda theta, psi: field(theta, psi, sign=-1))
agree("the non-saturating loss has the same Jacobian", found, J, 1e-8)
found = np.exp(dirac_gan.growth(dirac_gan.simulate(field, h, 100, near)))
agree("simultaneous: radius × √(1 + h²/4) a step", found, np.sqrt(1 + h * h / 4), 1e-6)
path = dirac_gan.simulate(field, h, 4_000, near, alternating=True)
agree("alternating: radius × 1 a step", np.exp(dirac_gan.growth(path)), 1.0, 1e-6)
# α = h·φ'(0): new θ = θ + αψ, new ψ = ψ − α·new θ = −αθ + (1 − α²)ψ
steps = [[[1, alpha], [-alpha, 1 - alpha**2]] for alpha in (1.9, 2.1)]
found = np.abs(np.linalg.eigvals(steps)).max(axis=1)
agree("|factor| is 1 for h·φ'(0) = 1.9, and 1.877 for 2.1", found, [1, 1.877], 1e-3)

# %% [markdown]
# The determinant of an alternating step is 1. So its two eigenvalues, if complex, have the
# size 1; they are complex as long as $h\varphi'(0)<2$. So the *linearised* game stays on a
# closed curve for these steps. The real game is linear only near the goal. What happens at radius
# 1, over 20,000 steps, with small and with large steps?


# %%
def radii(h, alternating):
    path = dirac_gan.simulate(field, h, 20_000, (1.0, 0.0), alternating)
    return np.linalg.norm(path, axis=1)


small, large, outside = radii(0.2, True), radii(1.0, True), radii(0.2, False)
agree("alternating, h = 0.2: near 1", 0.9 < small.min() < small.max() < 1.1)
agree("alternating, h = 1: the radius ends above 4", large[-1] > 4)
lines = {"simultaneous, h = 0.2": (outside, "purple")}
lines["alternating, h = 1"] = large, "vermillion"
lines["alternating, h = 0.2"] = small, "blue"
diagrams.curves(np.arange(20_001), lines, xlabel="steps", ylabel="radius", ylim=(0, 6))

# %% [markdown]
# **Figure.** The radius over 20,000 steps, from radius 1. Simultaneous steps leave at
# once. Alternating steps stay near 1 with h = 0.2; with h = 1 their radius passes 4. The
# level stretches are waits: far out, σ(ψθ) is almost 0, and the players hardly move.
#
# Alternating steps do not bring the players to the goal. Small steps keep the radius,
# large ones drift away from the goal.
#
# ## Part 5: what brings the players to rest?
#
# **R1** adds $\frac{\gamma}{2}\,\mathbb{E}_{x\sim p}\Vert \nabla s(x)\Vert^2$ to D's
# loss (Mescheder et al., equation 9). Here it is $\frac\gamma2\psi^2$: a brake on ψ.
# Now $\lambda=-\frac{\gamma}{2}\pm\sqrt{\frac{\gamma^2}{4}-\frac14}$, a decay of γ/2 up
# to γ = 1 (**critical damping**, the fastest decay) and a slower one beyond.
#
# D's slope is D's weight here, so **weight decay**, which shrinks every weight a little
# in each step, is the same brake. In a deep D it is another one. The cells take
# small simultaneous steps, whose push outwards is small, too.


# %%
def r1(gamma):
    return lambda theta, psi: field(theta, psi) - gamma * np.array([0 * psi, psi])


for gamma in (0.2, 0.6, 2.0):
    root = np.sqrt(complex(gamma**2 / 4 - 1 / 4))
    both = np.array([-gamma / 2 - root, -gamma / 2 + root])
    found = np.sort_complex(np.linalg.eigvals(dirac_gan.jacobian(r1(gamma))))
    agree(f"γ = {gamma}: eigenvalues as in the formula", found, both, 1e-4)
    path = dirac_gan.simulate(r1(gamma), 0.01, 4_000, near)
    found, decay = dirac_gan.growth(path, first=500) / -0.01, -both[1].real
    agree(f"γ = {gamma}: the measured decay is {decay:.3f}", found, decay, 5e-3)
agree("γ = 1: λ = −½ twice", np.linalg.eigvals(dirac_gan.jacobian(r1(1.0))), -0.5, 1e-4)
psi = tf.Variable(0.7)
keras.optimizers.SGD(0.1, weight_decay=0.6).apply([-field(0.5, 0.7)[1]], [psi])
agree("weight decay steps as R1 does", psi, 0.7 + 0.1 * r1(0.6)(0.5, 0.7)[1], 1e-6)

# %% [markdown]
# **Instance noise** adds noise $N(0,\tau^2)$ to real and fake samples before D sees
# them ([Sønderby et al. 2017](https://arxiv.org/abs/1610.04490)). Near the goal it
# should act like R1 with $\gamma=\tau^2/2$.
#
# **WGAN-GP** here has $\varphi(t)=t$ and the penalty $\frac12(|\psi|-1)^2$. It pulls
# D's slope towards 1, but the goal is ψ = 0. Can the players come to rest?


# %%
def wgan_gp(theta, psi):
    return np.array([psi, -theta - np.sign(psi) * (np.abs(psi) - 1)])


found = dirac_gan.jacobian(dirac_gan.instance_noise(tau=2.0))
agree("noise with τ = 2 acts like R1 with γ = 2", found, J - np.diag([0, 2.0]), 1e-6)
path = dirac_gan.simulate(wgan_gp, 0.02, 10_000, (0.2, 0.1))
radius = np.linalg.norm(path[-2_000:], axis=1)
agree("WGAN-GP ends in a loop of radius 1 to 2", 1 < radius.min() < radius.max() < 2)

# %% tags=["opening"]
games = {"no brake": field, "R1, γ = ½": r1(0.5), "WGAN-GP": wgan_gp}
paths = [dirac_gan.simulate(game, 0.05, 340, (1.0, 0.0)) for game in games.values()]
diagrams.phase_plane(list(zip(games, games.values(), paths, strict=True)))

# %% [markdown]
# **Figure.** Fakes' place θ to the right, D's slope ψ upwards. Without a brake the path
# circles, and the small simultaneous steps push it out. With R1 it bends into the goal.
# The path of WGAN-GP runs into a loop around the goal and stays in it.
#
# Mescheder et al. prove that WGAN and WGAN-GP with finitely many critic steps need not
# converge. [Nagarajan and Kolter 2017](https://arxiv.org/abs/1706.04156) found the
# cycles of the WGAN.
#
# ## Part 6: what do momentum, two speeds and averaging do?
#
# **Momentum** adds a share of the last step to the next. It speeds up a descent. What
# does it do to a rotation? Test ½ and the *negative* share −0.3 ([Gidel et al.
# 2019](https://arxiv.org/abs/1807.04740)). The state is now the point and its last
# step: four numbers, a 4 × 4 matrix. Soon its largest |eigenvalue| multiplies the radius
# in each step.

# %%
h, one = 0.5, np.eye(2)
for momentum in (0.5, -0.3):
    step = np.block([[one + h * J, momentum * one], [h * J, momentum * one]])
    expected = np.abs(np.linalg.eigvals(step)).max()
    path = dirac_gan.simulate(field, h, 80, (1e-9, 0.0), momentum=momentum)
    found = np.exp(dirac_gan.growth(path, first=20))
    agree(f"momentum {momentum}: radius × {expected:.3f} a step", found, expected, 2e-3)
    path = dirac_gan.simulate(field, h, 2_000, (1.0, 1.0), True, momentum)
    end, word = np.linalg.norm(path[-1]), "pushed out" if momentum > 0 else "arrives"
    agree(f"alternating: {word}", end > 3 if momentum > 0 else end < 1e-6)

# %% [markdown]
# In this game with h = ½ the share ½ pushes out, with both kinds of steps. The share
# −0.3 brings the players to the goal if the steps alternate, and only then.
#
# **Adam** averages its steps with momentum β₁ and divides each step by its usual size.
# Play eighteen games: β₁ = 0.9, 0.5 and 0, without and with R1, from three random
# starts. What brings the players nearer to the goal: less β₁, or R1?

# %% tags=["nbval-ignore-output"]
starts = rng.uniform(-2, 2, (2, 3))
worst = np.zeros((3, 2))
for row, beta in enumerate((0.9, 0.5, 0.0)):
    for column, game in enumerate((field, r1(0.5))):
        path = dirac_gan.simulate_adam(game, 0.01, 20_000, starts, beta)
        worst[row, column] = np.linalg.norm(path[-1_000:], axis=1).max()
print("radius: rows β₁ = .9, .5, 0; columns without, with R1\n", worst.round(2))
agree("β₁ = 0.9 and 0.5: R1 ends nearer", worst[:2, 1] < worst[:2, 0] / 5)
agree("without R1, less β₁ ends nearer the goal", np.diff(worst[:, 0]) < 0)

# %% [markdown]
# Without R1, less β₁ helps. R1 helps for β₁ = 0.9 and 0.5. Many GAN recipes use β₁ = ½
# or 0.
#
# **Two time scales** (**TTUR**, [Heusel et al.
# 2017](https://arxiv.org/abs/1706.08500)): D learns $r$ times faster than G. Without a
# brake the path still does not shrink; it turns $\sqrt r$ times as fast and is
# stretched. With R1 the decay is $r\gamma/2$, if $r\gamma^2<1$.

# %%
for gamma, r, decay in ((0.0, 4, 0.0), (0.2, 1, 0.1), (0.2, 4, 0.4)):
    scaled = np.diag([1, r]) @ dirac_gan.jacobian(r1(gamma))
    found = -np.linalg.eigvals(scaled).real.max()
    agree(f"γ = {gamma}, D {r} times as fast: decay {decay}", found, decay, 1e-5)
found = np.sort(np.linalg.eigvals(np.diag([1, 4]) @ J).imag)
agree("r = 4 without a brake: λ = ±i√r/2", found, [-1.0, 1.0], 1e-6)

# %% [markdown]
# **Averaging**: if G circles around the goal, the mean of its path is near the goal.
# The **exponential moving average** (EMA) of G's weights ([Yazıcı et al.
# 2019](https://arxiv.org/abs/1806.04498)) keeps a share of itself and adds the rest
# from the new weights. If the path turns by ω a step, the average's circle has this
# share of the radius, by a geometric series: $|(1-\mathrm{share})/(1-\mathrm{share}\cdot e^{-i\omega})|$.
# ($e^{-i\omega}$ is the complex number that turns by −ω.)

# %%
share, ema, means = 0.99, np.zeros(2), []
path = dirac_gan.simulate(field, h, 6_000, near, alternating=True)
for point in path:
    ema = share * ema + (1 - share) * point
    means.append(ema)
lengths = np.linalg.norm([path, means], axis=2)
turn = np.linalg.eigvals([[1, h / 2], [-h / 2, 1 - h * h / 4]])[0]  # Part 4, α = h/2
expected = abs((1 - share) / (1 - share / turn))
kept = lengths[1, 3_000:].mean() / lengths[0, 3_000:].mean()
agree(f"the average keeps {expected:.1%} of the radius", kept, expected, 1e-4)

# %% [markdown]
# The average does not change the game. It only reads it: draw your samples from the
# averaged G.
#
# ## What you now know
#
# - Where real and fake do not overlap, TV and JSD are level and KL is infinite; $W_1$
#   has a slope.
# - A critic is the dual of the transport: slope at most 1, and 1 on the plan's lines.
# - Clipping, the gradient penalty and spectral normalisation control the slope differently.
# - The plain game turns; R1 and instance noise brake it. WGAN-GP does not bring it
#   to rest.
# - Momentum ½ pushes out; a faster D can help a brake; averaging shrinks what is left.

# %% [markdown]
# ## Exercises
#
# Replace each `...` and run the check below it. The solutions stand in
# `solutions/10_theory_in_depth_solutions.ipynb`.

# %% [markdown]
# ### Exercise 1: the best brake
#
# Another loss has $\mathrm{slope}=\varphi'(0)>0$. With R1 its Jacobian has the rows
# $(0,\mathrm{slope})$ and $(-\mathrm{slope},-\gamma)$. An eigenvalue's decay
# is $-\mathrm{Re}\,\lambda$. Which γ makes the slower decay as fast as possible? Return
# it.


# %% tags=["stub"]
def best_gamma(slope):
    return ...


# %% tags=["check"]
def by_trial(slope):  # the largest real part of both eigenvalues, for many γ
    tried = np.linspace(0, 8, 8_001)[1:]
    slowest = [np.linalg.eigvals([[0, slope], [-slope, -g]]).real.max() for g in tried]
    return tried[np.argmin(slowest)]


cases = [(slope, by_trial(slope)) for slope in (0.5, 1.0, 1.7, 0.3)]
exercises.check_function("Exercise 1 · the best γ", best_gamma, cases, rtol=0.01)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Write down both eigenvalues. How does the slower one
# change while the root is imaginary, and how once the root is real?</details>


# %% tags=["solution"]
def best_gamma(slope):
    # λ² + γλ + slope² = 0, so λ = −γ/2 ± √(γ²/4 − slope²).
    # Imaginary root: both parts decay at γ/2, and a larger γ is faster.
    # Real root: the slower part decays at γ/2 − √(γ²/4 − slope²) < slope, slower again.
    # The best γ is where the root vanishes, γ²/4 = slope².
    return 2 * slope


# %% [markdown]
# ### Exercise 2: a fairer penalty, for pictures
#
# Petzka et al. punish only slopes *above* 1: $\mathbb{E}\max(0,\Vert \nabla C(\hat
# x)\Vert-1)^2$ with $\hat x=\varepsilon x+(1-\varepsilon)G(z)$. Write this penalty for
# pictures: tensors `real` and `fake` of shape (n, height, width, channels), and one
# `epsilon` a picture, shape (n,). `critic` maps pictures to scores of shape (n,). A
# critic must be able to train with your penalty: its derivative by the critic's weights
# is finite, also for a critic of slope 0.


# %% tags=["stub"]
def one_sided(critic, real, fake, epsilon):
    return ...


# %% tags=["check"]
def bowl(x):
    return 0.5 * tf.reduce_sum(x**2, axis=(1, 2, 3))  # its gradient is x


growing = np.reshape([0.05, 0.2, 0.4, 0.6, 0.8], (5, 1, 1, 1))
real, fake = rng.normal(size=(2, 5, 4, 3, 2)) * growing
shares = rng.uniform(size=5)
inside = fake + np.einsum("n,nhwc->nhwc", shares, real - fake)
slopes = np.linalg.norm(inside.reshape(5, -1), axis=1)
pictures = [tf.constant(v, "float32") for v in (real, fake, shares)]
price = np.mean(np.maximum(slopes - 1, 0) ** 2)
cases = [((bowl, *pictures), price, "flat and steep pictures")]
exercises.check_function("Exercise 2 · one-sided penalty", one_sided, cases)


def trainable(steep):
    weight = tf.Variable(steep)
    with tf.GradientTape() as tape:
        paid = one_sided(lambda x: weight * bowl(x), *pictures)
    if paid is ...:
        return ...
    derivative = tape.gradient(paid, weight)
    return derivative is not None and bool(np.isfinite(derivative))


cases = [(0.0, True, "a critic of slope"), (3.0, True, "a critic with the weight")]
exercises.check_function("Exercise 2 · a critic can train with it", trainable, cases)


# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Which shape must `epsilon` have, so that it multiplies
# whole pictures? How many axes does one picture's gradient have?</details>


# %% tags=["solution"]
def one_sided(critic, real, fake, epsilon):
    epsilon = tf.reshape(epsilon, (-1, 1, 1, 1))  # one number a picture
    inside = epsilon * real + (1 - epsilon) * fake
    with tf.GradientTape() as tape:
        tape.watch(inside)
        scores = critic(inside)
    squares = tf.reduce_sum(tape.gradient(scores, inside) ** 2, axis=(1, 2, 3))
    slopes = tf.sqrt(tf.maximum(squares, 1e-12))
    return tf.reduce_mean(tf.maximum(slopes - 1, 0) ** 2)  # square, then mean


# %% [markdown]
# ### Exercise 3: how fast should D be?
#
# Train the Dirac-GAN with R1, γ = ½, from (1, 0), with small steps. D learns $r$ times
# faster than G. Count the steps until the radius stays below 0.001, for $r$ = 1, 4 and
# 16. Predict first. Which sentence will the numbers support?
#
# - a: The faster D learns, the sooner the players arrive.
# - b: $r=4$ arrives first, then 16, then 1.
# - c: $r=4$ arrives first, then 1, then 16.

# %% tags=["stub"]
choice = ...  # "a", "b" or "c"


# %% tags=["check"]
def steps_needed(r):
    def game(theta, psi):
        return (dirac_gan.gan(theta, psi) - 0.5 * np.array([0 * psi, psi])) * [1, r]

    path = dirac_gan.simulate(game, 0.02, 2_500, (1.0, 0.0))
    return np.nonzero(np.linalg.norm(path, axis=1) > 0.001)[0][-1]


order = tuple(np.argsort([steps_needed(r) for r in (1, 4, 16)]))
supported = {(2, 1, 0): "a", (1, 2, 0): "b", (1, 0, 2): "c"}[order]
exercises.check("Exercise 3 · how fast D should be", choice, supported)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Compare $r\gamma^2$ with 1 for each $r$. What did a γ
# beyond the critical one do in Part 5? Part 6's cell finds the decay for any γ and $r$;
# which matrix does it use?</details>

# %% tags=["solution"]
# With D r times as fast λ² + rγλ + r/4 = 0, so λ = −rγ/2 ± √(r²γ²/4 − r/4).
# r = 1: rγ² = ¼, the decay is rγ/2 = ¼.
# r = 4: rγ² = 1, the root is 0, the decay is 1: critical.
# r = 16: rγ² = 4, the slower part decays at 4 − √12 = 0.54, between the other two.
choice = "b"


# %% [markdown]
# ### Exercise 4: a brake of your own
#
# Invent a brake for the Dirac-GAN that is not R1 (not a constant times ψ). D's
# direction becomes D's old direction minus `brake(theta, psi)`. From three starts the
# players must come nearer than 0.01 to the goal in 3,000 alternating steps with h =
# 0.1. Report in `steps` how many steps the start (1, 0) needs until the radius is below
# 0.01 for the first time. The check answers three questions: does it arrive, is it not
# R1, are the steps right?


# %% tags=["stub"]
def brake(theta, psi):
    return ...


steps = ...


# %% tags=["check"]
yours = brake
probes = (0.3, 1.0), (-0.7, 0.2), (1.1, -0.5), (0.2, 1.7)


def tried(theta, psi):
    def braked(place, slope):
        return dirac_gan.gan(place, slope) - [0 * slope, yours(place, slope)]

    if yours(0.3, 0.4) is ...:
        return ...
    path = dirac_gan.simulate(braked, 0.1, 3_000, (theta, psi), alternating=True)
    inside = np.linalg.norm(path, axis=1) < 0.01
    rates = [yours(place, slope) / slope for place, slope in probes]
    is_r1 = np.allclose(rates, rates[0], rtol=0.01)
    return [bool(inside[-1]), not is_r1, bool(theta != 1 or inside.argmax() == steps)]


begins = (1.0, 0.0), (-1.5, 1.0), (0.5, -2.0)
cases = [(start, [True] * 3, "arrives, is not R1, steps, from") for start in begins]
exercises.check_function("Exercise 4 · arrives, is not R1, steps", tried, cases)

# %% [markdown] tags=["hint"]
# <details><summary>Hint</summary>Near the goal only the brake's slopes at 0 count. Which
# sign must the slope in ψ have? Why does ψ³ fail?</details>


# %% tags=["solution"]
def brake(theta, psi):
    return 0.5 * np.tanh(psi)  # like R1 near the goal, and never stronger than 0.5


def braked_field(theta, psi):
    return dirac_gan.gan(theta, psi) - np.array([0 * psi, brake(theta, psi)])


path = dirac_gan.simulate(braked_field, 0.1, 3_000, (1.0, 0.0), alternating=True)
steps = int(np.argmax(np.linalg.norm(path, axis=1) < 0.01))
print(f"{steps} steps")

# %% [markdown]
# ## Further reading
#
# - [Mescheder, Geiger, Nowozin 2018](https://arxiv.org/abs/1801.04406): Parts 4 and 5 with
#   proofs, and experiments with large networks.
# - [Arjovsky, Chintala, Bottou 2017](https://arxiv.org/abs/1701.07875): the WGAN; its
#   second section is a short introduction to Part 1.
# - [Gidel et al. 2019](https://arxiv.org/abs/1807.04740): games, steps and momentum, for
#   readers who like eigenvalues.

# %%
summary = {"measure": "radius left by averaging", "value": kept, "floor": None}
runtime.save_summary("10_theory_in_depth", **summary, checks={"it shrinks": kept < 1})
