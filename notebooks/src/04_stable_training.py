# %% [markdown]
# # Train stably

# %% tags=["setup"]

# %% tags=["imports"]
import keras
import numpy as np
import tensorflow as tf
from IPython.display import Markdown, display
from keras import layers, ops

from ganutils import datasets, metrics, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import bench
from ganutils.training import losses

# %% tags=["shared", "nbval-ignore-output"]
SEED, BATCH, BENCH_STEPS = 0, 64, 10_000
LIVE_STEPS = runtime.pick(smoke=20, cpu=BENCH_STEPS, gpu=BENCH_STEPS)
tf.get_logger().setLevel("ERROR")  # many small models: it would warn of retracing
print(runtime.banner())


# %% tags=["shared"]
class Box(keras.constraints.Constraint):
    """Hold every weight in [−bound, bound] after each step."""

    def __init__(self, bound):
        self.bound = bound

    def __call__(self, weight):
        return ops.clip(weight, -self.bound, self.bound)


# %% tags=["shared"]
def dense(
    inputs, outputs, width=128, last=None, bound=None, spectral=False, residual=False,
    std=False,
):  # fmt: skip
    """Return a multilayer perceptron of three hidden layers."""
    box = None if bound is None else Box(bound)

    def layer(units, activation=None):
        boxes = {"kernel_constraint": box, "bias_constraint": box}
        made = layers.Dense(units, activation, **boxes)
        return layers.SpectralNormalization(made) if spectral else made

    x = start = keras.Input((inputs,))
    for i in range(3):
        hidden = layer(width, "relu")(x)
        x = x + hidden if residual and i else hidden
    x = MinibatchStd()(x) if std else x
    return keras.Model(start, layer(outputs, last)(x))


# %% tags=["shared"]
def make_gan(
    steps, seed=SEED, rate=2e-3, share=0.6, falling=True, clipnorm=None,
    size=2, latent=2, pack=1, in_g=(), in_d=(), **options,
):  # fmt: skip
    """Return a GAN for `steps` steps of G; D's learning rate is `share` · `rate`."""
    runtime.set_seed(seed)
    g = dense(latent, size, **{"width": 256, **dict(in_g)})
    d = dense(size * pack, 1, **dict(in_d))
    view = None if pack == 1 else lambda x: tf.reshape(x, (-1, size * pack))
    gan = training.GAN(g, d, latent_dim=latent, seed=seed, view=view)
    adam = {"beta_1": 0.0, "beta_2": 0.99, "clipnorm": clipnorm}
    for player, r in (("d_optimizer", share * rate), ("g_optimizer", rate)):
        length = steps * (options.get("d_steps", 1) if player[0] == "d" else 1)
        r = keras.optimizers.schedules.CosineDecay(r, length) if falling else r
        options[player] = keras.optimizers.Adam(r, **adam)
    options = {"jit_compile": steps > 500, "steps_per_execution": 20} | options
    gan.compile(**options)
    return gan


# %% tags=["shared"]
R1, R2 = losses.r1, losses.r2
CRITIC = {"loss": "wasserstein", "d_steps": 5}
RECIPES = {  # name → options of make_gan; w is the weight that is tuned, if any
    "minimax": lambda w: {"loss": "minimax"},
    "non-saturating": lambda w: {},
    "least squares": lambda w: {"loss": "least_squares"},
    "hinge": lambda w: {"loss": "hinge"},
    "relativistic": lambda w: {"loss": "relativistic"},
    "WGAN, clipping": lambda w: CRITIC | {"in_d": {"bound": w}},
    "WGAN-GP": lambda w: CRITIC | {"penalties": [losses.gradient_penalty(w)]},
    "hinge, spectral": lambda w: {"loss": "hinge", "in_d": {"spectral": True}},
    "non-sat., R1": lambda w: {"penalties": [R1(w)]},
    "non-sat., R2": lambda w: {"penalties": [R2(w)]},
    "non-sat., R1 + R2": lambda w: {"penalties": [R1(w), R2(w)]},
    "relativistic, R1 + R2": lambda w: {
        "loss": "relativistic", "penalties": [R1(w), R2(w)]
    },
}  # fmt: skip

# %% tags=["shared"]
RATES = {"grid": (5e-4, 1e-3, 2e-3, 4e-3), "digits": (2e-4, 5e-4, 1e-3, 2e-3)}
WEIGHTS = {  # pairs to try: of γ, w and the bound
    "grid": {"R": (0.03, 0.3), "GP": (0.1, 1.0), "clipping": (0.03, 0.1)},
    "digits": {"R": (0.2, 2.0), "GP": (1.0, 10.0), "clipping": (0.01, 0.03)},
}


def settings(name, data="grid"):
    """Return the four (rate, weight) that a recipe may try."""
    pairs = [pair for key, pair in WEIGHTS[data].items() if key in name]
    if not pairs:  # nothing to weigh: four rates
        return [(rate, None) for rate in RATES[data]]
    return [(rate, w) for rate in RATES[data][1:3] for w in pairs[0]]


def tuned(results, name, data="grid"):
    """Return the setting of least error (digits: Fréchet distance) in short runs."""
    tried = [results.of(f"{data}, setting {i}")[name][0] for i in range(4)]
    wrong = [row.frechet if data == "digits" else row.error for row in tried]
    return settings(name, data)[int(np.argmin(wrong))]


# %% tags=["shared"]
class MinibatchStd(layers.Layer):
    """Append to each sample how much the whole batch varies."""

    def call(self, x):
        deviation = ops.sqrt(ops.var(x, axis=0) + 1e-8)  # √0 has an infinite slope
        same = ops.broadcast_to(ops.mean(deviation), (ops.shape(x)[0], 1))
        return ops.concatenate([x, same], axis=1)


def smoothed(real=1.0, fake=0.0):
    """Return the non-saturating loss whose D aims at these labels, not at 1 and 0."""

    def d_loss(s_real, s_fake):
        on_real = ops.softplus(s_real) - real * s_real
        return ops.mean(on_real + ops.softplus(s_fake) - fake * s_fake)

    g_loss = losses.non_saturating.g_loss
    return losses.AdversarialLoss(f"smoothed {real} {fake}", d_loss, g_loss)


def noisy(points, seed):
    """Return the points with noise of standard deviation 0.1: instance noise."""
    return points + 0.1 * tf.random.stateless_normal(tf.shape(points), seed)


# %% tags=["shared"]
BARE = {"rate": 2e-3, "falling": False}
CURES = {
    "nothing": BARE,
    "R1": BARE | {"penalties": [R1(0.03)]},
    "falling rates": BARE | {"falling": True},
    "R1 + falling rates": BARE | {"penalties": [R1(0.03)], "falling": True},
    "labels 0.9 and 0": BARE | {"loss": smoothed(0.9)},
    "labels 0.9 and 0.1": BARE | {"loss": smoothed(0.9, 0.1)},
    "instance noise": BARE | {"augment": noisy},
    "packs of two": BARE | {"pack": 2},
    "minibatch std": BARE | {"in_d": {"std": True}},
    "D's rate × 4": BARE | {"share": 2.4},
    "G's rate × 4": BARE | {"rate": 8e-3, "share": 0.15},
    "clipped gradients": BARE | {"clipnorm": 0.1},
    "residual blocks": BARE | {"in_g": {"residual": True}},
}
