"""Adversarial losses on logits, and gradient penalties with lazy intervals.

Every loss is a pair of pure functions of logits (D ends linear, real = 1, fake = 0);
a penalty is a pure function with a weight and an interval. Variants are arguments:

    >>> gan.compile(loss="hinge", penalties=[losses.r1(gamma=1.0, interval=16)])

Logits are (batch, 1), or (batch, …, 1) of a D that judges patches (Isola et al. 2017,
https://arxiv.org/abs/1611.07004): losses are means over all. An `Extra` adds to G's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tensorflow as tf
from keras import ops

from ganutils.kit import checks

# Keeps d√u/du finite where a gradient is exactly 0 (√0 has an infinite slope).
SMALLEST_SQUARED_NORM = 1e-12


@dataclass(frozen=True)
class AdversarialLoss:
    """Two losses for two players, each a function of both sets of logits.

    Attributes:
        name: how `get` finds the pair.
        d_loss: (real_logits, fake_logits), each (batch, …, 1) → scalar, which D
            minimises.
        g_loss: (real_logits, fake_logits) → scalar that G minimises. A loss that does
            not compare the two ignores `real_logits`, which may then be None.
        pairs: True where `g_loss` reads `real_logits`, so that G's step needs them.
    """

    name: str
    d_loss: Callable
    g_loss: Callable
    pairs: bool = False


def cross_entropy_d_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return −E[ln D(x)] − E[ln(1 − D(G(z)))] with D = σ(logit); 2·ln 2 at D = ½.

    Args:
        real_logits: D(x) before the sigmoid, shape (batch, …, 1).
        fake_logits: D(G(z)) before the sigmoid, shape (batch, …, 1).

    Returns:
        Scalar in nats.

    Reference:
        Goodfellow et al. 2014, eq. 1, https://arxiv.org/abs/1406.2661

    Example:
        >>> float(cross_entropy_d_loss(tf.zeros((4, 1)), tf.zeros((4, 1))))
        1.3862943649291992
    """
    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def _non_saturating_g_loss(_, fake_logits):
    return ops.mean(ops.softplus(-fake_logits))  # −ln σ(s)


def _minimax_g_loss(_, fake_logits):
    return -ops.mean(ops.softplus(fake_logits))  # ln(1 − σ(s))


def _least_squares_d_loss(real_logits, fake_logits):
    return 0.5 * (
        ops.mean(ops.square(real_logits - 1.0)) + ops.mean(ops.square(fake_logits))
    )


def _least_squares_g_loss(_, fake_logits):
    return 0.5 * ops.mean(ops.square(fake_logits - 1.0))


def _hinge_d_loss(real_logits, fake_logits):
    return ops.mean(ops.relu(1.0 - real_logits)) + ops.mean(ops.relu(1.0 + fake_logits))


def _minus_mean_fake(_, fake_logits):
    return -ops.mean(fake_logits)


def _wasserstein_d_loss(real_logits, fake_logits):
    return ops.mean(fake_logits) - ops.mean(real_logits)


def _relativistic_d_loss(real_logits, fake_logits):
    return ops.mean(ops.softplus(fake_logits - real_logits))


def _relativistic_g_loss(real_logits, fake_logits):
    return ops.mean(ops.softplus(real_logits - fake_logits))


# Goodfellow et al. 2014, section 3: G minimises −ln D(G(z)), whose gradient is strong
# where D rejects; and the original game, ln(1 − D(G(z))), whose gradient fades there.
non_saturating = AdversarialLoss(
    "non_saturating", cross_entropy_d_loss, _non_saturating_g_loss
)
minimax = AdversarialLoss("minimax", cross_entropy_d_loss, _minimax_g_loss)
# Mao et al. 2017, eq. 9 (a = 0, b = c = 1), https://arxiv.org/abs/1611.04076
least_squares = AdversarialLoss(
    "least_squares", _least_squares_d_loss, _least_squares_g_loss
)
# Lim & Ye 2017, https://arxiv.org/abs/1705.02894
hinge = AdversarialLoss("hinge", _hinge_d_loss, _minus_mean_fake)
# Arjovsky, Chintala, Bottou 2017, eq. 2, https://arxiv.org/abs/1701.07875
wasserstein = AdversarialLoss("wasserstein", _wasserstein_d_loss, _minus_mean_fake)
# Jolicoeur-Martineau 2019, https://arxiv.org/abs/1807.00734; Huang et al. 2024, eq. 2,
# https://arxiv.org/abs/2501.05441
relativistic = AdversarialLoss(
    "relativistic", _relativistic_d_loss, _relativistic_g_loss, pairs=True
)

LOSSES = {
    loss.name: loss
    for loss in (
        non_saturating,
        minimax,
        least_squares,
        hinge,
        wasserstein,
        relativistic,
    )
}


def get(loss: "str | AdversarialLoss") -> AdversarialLoss:
    """Return the adversarial loss of that name; pass a pair of your own through.

    Raises:
        ValueError: the name is not one of `LOSSES`.

    Example:
        >>> get("hinge").name
        'hinge'
    """
    if isinstance(loss, AdversarialLoss):
        return loss
    if loss not in LOSSES:
        raise ValueError(
            f"Expected `loss` to be one of {sorted(LOSSES)} or an AdversarialLoss; "
            f"received {loss!r}."
        )
    return LOSSES[loss]


@dataclass(frozen=True)
class Penalty:
    """A term added to D's loss: weight · function, every `interval` steps.

    Lazy regularisation: a term that is computed on every 16th step only, with 16 times
    the weight, costs a sixteenth and acts alike (Karras et al. 2020, appendix B,
    https://arxiv.org/abs/1912.04958).

    Attributes:
        name: key of the term among a step's scalars.
        function: (discriminator, real, fake, seed) → scalar.
        weight: factor of the term (γ/2 for R1 and R2, λ for the gradient penalty).
        interval: steps from one evaluation to the next; 1 evaluates on every step.
        networks: what the term brings along, such as a classifier on D's last hidden
            layer (Odena et al. 2017). D's optimizer trains them, checkpoints hold them.
    """

    name: str
    function: Callable
    weight: float
    interval: int = 1
    networks: Sequence = ()

    def __post_init__(self):
        if self.weight < 0:
            raise ValueError(
                f"Expected the weight of `{self.name}` ≥ 0; received {self.weight!r}."
            )
        checks.check_whole(f"interval` of `{self.name}", self.interval, 1)

    def __call__(self, discriminator, real, fake, seed, step) -> tf.Tensor:
        """Return weight · interval · function where `step` is due, else 0 (scalar)."""

        def evaluate():
            value = self.function(discriminator, real, fake, seed)
            return self.weight * self.interval * value

        if self.interval == 1:
            return evaluate()
        return tf.cond(step % self.interval == 0, evaluate, lambda: tf.constant(0.0))


@dataclass(frozen=True)
class Extra:
    """A term added to G's loss: weight · function, on every step.

    Attributes:
        name: key of the term among a step's scalars.
        function: (real, drawn, fake) → scalar; the rows that the step was given, what
            G was called with, and what G drew, as it drew it.
        weight: factor of the term.
        networks: what the term brings along, such as InfoGAN's Q (Chen et al. 2016).
            G's optimizer trains them, checkpoints hold them.

    Example:
        >>> def error(real, drawn, fake):
        ...     return tf.reduce_mean(tf.square(fake - real[0]))
        >>> gan.compile(extras=[losses.Extra("squared_error", error, weight=10.0)])
    """

    name: str
    function: Callable
    weight: float = 1.0
    networks: Sequence = ()

    def __call__(self, real, drawn, fake) -> tf.Tensor:
        """Return weight · function, scalar, float32."""
        return self.weight * tf.cast(self.function(real, drawn, fake), tf.float32)


def squared_gradient_norm(discriminator: Callable, x: tf.Tensor) -> tf.Tensor:
    """Return ‖∇ₓD(x)‖² of every sample.

    Args:
        discriminator: called as `discriminator(x, training=True)`, → (batch, 1), or
            patches (batch, …, 1), of which D(x) is the mean. It must not couple the
            samples of a batch (no BatchNorm): the gradient of the sum is then the
            stack of the samples' own gradients.
        x: samples, shape (batch, …).

    Returns:
        Shape (batch,), float32.

    Example:
        >>> squared_gradient_norm(lambda x, training: 3.0 * x, tf.ones((2, 1))).numpy()
        array([9., 9.], dtype=float32)
    """
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = discriminator(x, training=True)
        if len(logits.shape) > 2:
            logits = tf.reduce_mean(logits, axis=tuple(range(1, len(logits.shape))))
    gradient = tf.cast(tape.gradient(logits, x), tf.float32)
    return tf.reduce_sum(tf.square(gradient), axis=tuple(range(1, len(x.shape))))


def _interpolated_slope(discriminator, real, fake, seed):
    shape = [tf.shape(real)[0]] + [1] * (len(real.shape) - 1)
    epsilon = tf.random.stateless_uniform(shape, seed, dtype=real.dtype)
    inside = epsilon * real + (1.0 - epsilon) * tf.cast(fake, real.dtype)
    squared = squared_gradient_norm(discriminator, inside)
    slope = tf.sqrt(tf.maximum(squared, SMALLEST_SQUARED_NORM))
    return tf.reduce_mean(tf.square(slope - 1.0))


def _mean_squared_slope_at_real(discriminator, real, fake, seed):
    return tf.reduce_mean(squared_gradient_norm(discriminator, real))


def _mean_squared_slope_at_fake(discriminator, real, fake, seed):
    return tf.reduce_mean(squared_gradient_norm(discriminator, fake))


def gradient_penalty(weight: float = 10.0, interval: int = 1) -> Penalty:
    """Return λ·E[(‖∇D(x̂)‖ − 1)²], x̂ = εx + (1 − ε)G(z), ε ~ U(0, 1) a sample.

    Args:
        weight: λ; 10 is the paper's choice for images of any size.
        interval: steps between evaluations.

    Reference:
        Gulrajani et al. 2017, algorithm 1, https://arxiv.org/abs/1704.00028
    """
    return Penalty("gradient_penalty", _interpolated_slope, weight, interval)


def r1(gamma: float = 1.0, interval: int = 1) -> Penalty:
    """Return (γ/2)·E‖∇D(x)‖² on real samples.

    Args:
        gamma: γ, without the ½; larger is smoother and slower. 1 is critical damping
            in the Dirac-GAN.
        interval: steps between evaluations.

    Reference:
        Mescheder, Geiger, Nowozin 2018, eq. 9, https://arxiv.org/abs/1801.04406
    """
    return Penalty("r1", _mean_squared_slope_at_real, gamma / 2, interval)


def r2(gamma: float = 1.0, interval: int = 1) -> Penalty:
    """Return (γ/2)·E‖∇D(G(z))‖² on fake samples; arguments as in `r1`.

    Reference:
        Mescheder, Geiger, Nowozin 2018, eq. 10, https://arxiv.org/abs/1801.04406
    """
    return Penalty("r2", _mean_squared_slope_at_fake, gamma / 2, interval)
