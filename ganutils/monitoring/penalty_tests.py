"""Tests of a gradient penalty on critics whose slope is known."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from ganutils.training.losses import Penalty

BATCH = 32
# What a penalty of that name makes of the slope k of one sample.
FORMULAS: dict[str, Callable] = {
    "r1": lambda k: k**2,
    "r2": lambda k: k**2,
    "gradient_penalty": lambda k: (k - 1.0) ** 2,
}
# How far from 0 and 1 the smallest and the largest of 32 uniform numbers may lie: each
# does so by more than 0.3 once in 90,000 draws.
SPREAD = 0.3


class Critic:
    """A critic that keeps what it was called with.

    Args:
        function: samples (batch, …) → scores (batch, 1).
    """

    def __init__(self, function: Callable):
        self.function, self.seen = function, []

    def __call__(self, x, training=None):
        """Return the scores of `x`."""
        self.seen.append(np.asarray(x))
        return self.function(x)


def penalty_faults(penalty: Penalty, shape: tuple = (4, 3, 2)) -> list[str]:
    """Return what is wrong with a gradient penalty, a sentence for each fault.

    Four tests: the value on a linear critic, where it is evaluated, whether value and
    derivative stay finite at slope 0, and whether each sample counts by its own slope.
    Penalties under other names than r1, r2, gradient_penalty only need to be finite.

    Args:
        penalty: of `losses`, or your own in the form of `losses.Penalty`.
        shape: of one sample. Wrong axes of a norm show on samples of rank ≥ 2 only.

    Returns:
        Empty where all tests pass.

    Example:
        >>> penalty_faults(losses.r1(gamma=1.0))
        []
    """
    if not penalty.weight:
        return []
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(2, BATCH, *shape)).astype("float32")
    tests = [_finite]
    if penalty.name in FORMULAS:
        tests = [_linear, _place, _finite, _own_slopes]
    try:
        found = [test(penalty, tf.constant(real), tf.constant(fake)) for test in tests]
    except Exception as error:  # a penalty of one's own may fail in any way
        return [f"it cannot be evaluated on a linear critic: {error!r}"]
    return [sentence for sentence in found if sentence]


def _value(penalty, function, real, fake):
    """Return the penalty without weight and interval, and the critic it saw."""
    critic = Critic(function)
    value = penalty(critic, real, fake, tf.constant([1, 2]), tf.constant(0, tf.int64))
    return float(value) / (penalty.weight * penalty.interval), critic


def _linear(penalty, real, fake):
    direction = np.random.default_rng(1).normal(size=real.shape[1:])
    for slope in (0.5, 3.0):
        w = (slope * direction / np.linalg.norm(direction)).astype("float32")
        value, _ = _value(penalty, lambda x, w=w: _score(x * w), real, fake)
        expected = FORMULAS[penalty.name](slope)
        if not np.isclose(value, expected, rtol=1e-3):
            return (
                f"on a linear critic of slope {slope} it is {value:.4g} times its "
                f"weight, and should be {expected:.4g} times{_hint(value, expected)}"
            )
    return None


def _hint(value, expected):
    if np.isclose(value, BATCH * expected, rtol=1e-3):
        return " (a sum over the batch where the mean belongs)"
    return " (look for a missing square, a norm over the wrong axes)"


def _place(penalty, real, fake):
    w = tf.ones(real.shape[1:])
    _, critic = _value(penalty, lambda x: _score(x * w), real, fake)
    real, fake = np.asarray(real), np.asarray(fake)
    wrong = [_wrong_place(penalty.name, x, real, fake) for x in critic.seen]
    return None if None in wrong else wrong[0]


def _wrong_place(name, x, real, fake):
    if name in ("r1", "r2"):
        wanted, word = (real, "real") if name == "r1" else (fake, "fake")
        if x.shape == wanted.shape and np.allclose(x, wanted, atol=1e-5):
            return None
        return f"it is not evaluated on the {word} samples"
    if x.shape != real.shape:
        return f"it is evaluated on samples of shape {x.shape}, not {real.shape}"
    axes = tuple(range(1, x.ndim))
    across = real - fake
    epsilon = ((x - fake) * across).sum(axes) / (across**2).sum(axes)
    ideal = fake + epsilon.reshape(-1, *[1] * len(axes)) * across
    return _wrong_epsilon(epsilon, np.abs(x - ideal).max())


def _wrong_epsilon(epsilon, distance):
    if distance > 1e-3:
        return (
            "its points lie off the lines from real to fake samples: draw one ε a "
            "sample, shape (batch, 1, …), not one a value"
        )
    low, high = float(epsilon.min()), float(epsilon.max())
    if low < -1e-3 or high > 1 + 1e-3:
        return (
            f"its points reach beyond the segments from fake to real, ε from {low:.2f} "
            f"to {high:.2f}: draw ε from U(0, 1), not from a normal distribution"
        )
    if low > SPREAD or high < 1 - SPREAD:
        return (
            f"ε runs from {low:.2f} to {high:.2f} only: draw it from U(0, 1), anew for "
            "each sample; ε = 1 leaves the real samples alone"
        )
    return None


def _finite(penalty, real, fake):
    slope, w = tf.Variable(0.0), tf.ones(real.shape[1:])
    critic = Critic(lambda x: slope * _score(x * w))
    with tf.GradientTape() as tape:
        value = penalty(critic, real, fake, tf.constant([1, 2]), tf.constant(0))
    derivative = tape.gradient(value, slope)
    numbers = [float(value), 0.0 if derivative is None else float(derivative)]
    if np.isfinite(numbers).all():
        return None
    return (
        f"where the critic is flat its value is {numbers[0]:.4g} and its derivative "
        f"{numbers[1]:.4g}: put a small number under the root, √0 has no slope"
    )


def _own_slopes(penalty, real, fake):
    value, critic = _value(penalty, lambda x: _score(x * x) / 2, real, fake)
    formula = FORMULAS[penalty.name]
    axes = tuple(range(1, len(real.shape)))
    slopes = [np.sqrt((x**2).sum(axes)) for x in critic.seen]  # ∇(‖x‖²/2) = x
    expected = [float(formula(k).mean()) for k in slopes]
    if any(np.isclose(value, e, rtol=1e-3) for e in expected):
        return None
    return (
        f"on a critic whose slope differs by sample it is {value:.4g} times its "
        f"weight, and the mean over samples is {expected[0]:.4g}: take the norm of "
        "each sample's gradient, then the mean"
    )


def _score(x):
    return tf.reshape(tf.reduce_sum(x, axis=range(1, len(x.shape))), (-1, 1))
