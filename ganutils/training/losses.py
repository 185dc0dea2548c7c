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
from keras.ops import mean, relu, softplus, square

from ganutils.kit import checks

# Keeps d√u/du finite where a gradient is exactly 0 (√0 has an infinite slope).
SMALLEST_SQUARED_NORM = 1e-12


@dataclass(frozen=True)
class AdversarialLoss:
    """Two losses for two players, each a function of both sets of logits.

    Attributes:
        name: how `get` finds the pair.
        d_loss: (real_logits, fake_logits), each (batch, …, 1) → what D minimises.
        g_loss: (real_logits, fake_logits) → what G minimises.
        pairs: True where `g_loss` compares the two; else its `real_logits` may be None.
    """

    name: str
    d_loss: Callable
    g_loss: Callable
    pairs: bool = False


def cross_entropy_d_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return −E[ln D(x)] − E[ln(1 − D(G(z)))] with D = σ(logit), a scalar in nats.

    Reference:
        Goodfellow et al. 2014, eq. 1, https://arxiv.org/abs/1406.2661

    Example:
        >>> float(cross_entropy_d_loss(tf.zeros((4, 1)), tf.zeros((4, 1))))  # 2·ln 2
        1.3862943649291992
    """
    return mean(softplus(-real_logits)) + mean(softplus(fake_logits))


# Goodfellow et al. 2014, section 3: G minimises −ln D(G(z)), whose gradient is strong
# where D rejects; and the original game, ln(1 − D(G(z))), whose gradient fades there.
non_saturating = AdversarialLoss(
    "non_saturating", cross_entropy_d_loss, lambda real, fake: mean(softplus(-fake))
)
minimax = AdversarialLoss(
    "minimax", cross_entropy_d_loss, lambda real, fake: -mean(softplus(fake))
)
# Mao et al. 2017, eq. 9 (a = 0, b = c = 1), https://arxiv.org/abs/1611.04076
least_squares = AdversarialLoss(
    "least_squares",
    lambda real, fake: 0.5 * (mean(square(real - 1.0)) + mean(square(fake))),
    lambda real, fake: 0.5 * mean(square(fake - 1.0)),
)
# Lim & Ye 2017, https://arxiv.org/abs/1705.02894
hinge = AdversarialLoss(
    "hinge",
    lambda real, fake: mean(relu(1.0 - real)) + mean(relu(1.0 + fake)),
    lambda real, fake: -mean(fake),
)
# Arjovsky, Chintala, Bottou 2017, eq. 2, https://arxiv.org/abs/1701.07875
wasserstein = AdversarialLoss(
    "wasserstein",
    lambda real, fake: mean(fake) - mean(real),
    lambda real, fake: -mean(fake),
)
# Jolicoeur-Martineau 2019, https://arxiv.org/abs/1807.00734; Huang et al. 2024, eq. 2,
# https://arxiv.org/abs/2501.05441
relativistic = AdversarialLoss(
    "relativistic",
    lambda real, fake: mean(softplus(fake - real)),
    lambda real, fake: mean(softplus(real - fake)),
    pairs=True,
)

_ALL = non_saturating, minimax, least_squares, hinge, wasserstein, relativistic
LOSSES = {loss.name: loss for loss in _ALL}


def get(loss: "str | AdversarialLoss") -> AdversarialLoss:
    """Return the adversarial loss of that name; pass a pair of your own through.

    Raises:
        ValueError: the name is not one of `LOSSES`.
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
        weight: factor of the term, ≥ 0.
        interval: steps from one evaluation to the next, ≥ 1.
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
        scale = self.weight * self.interval

        def evaluate():
            """Return the term, weighted."""
            return scale * self.function(discriminator, real, fake, seed)

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
    """Return ‖∇ₓD(x)‖² of every sample x, (batch, …), as float32 of shape (batch,).

    D is called with `training=True`; of patches, D(x) is the mean. It must not couple
    the samples of a batch (no BatchNorm): the gradient of the sum is then the stack of
    the samples' own gradients.

    Example:
        >>> squared_gradient_norm(lambda x, training: 3.0 * x, tf.ones((2, 1))).numpy()
        array([9., 9.], dtype=float32)
    """
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = discriminator(x, training=True)
        if len(logits.shape) > 2:
            logits = tf.reduce_mean(logits, axis=range(1, len(logits.shape)))
    gradient = tf.cast(tape.gradient(logits, x), tf.float32)
    return tf.reduce_sum(tf.square(gradient), axis=range(1, len(x.shape)))


def _interpolated_slope(discriminator, real, fake, seed):
    shape = [tf.shape(real)[0]] + [1] * (len(real.shape) - 1)
    epsilon = tf.random.stateless_uniform(shape, seed, dtype=real.dtype)
    inside = epsilon * real + (1.0 - epsilon) * tf.cast(fake, real.dtype)
    squared = squared_gradient_norm(discriminator, inside)
    slope = tf.sqrt(tf.maximum(squared, SMALLEST_SQUARED_NORM))
    return tf.reduce_mean(tf.square(slope - 1.0))


def _squared_slope_at_real(discriminator, real, fake, seed):
    return tf.reduce_mean(squared_gradient_norm(discriminator, real))


def _squared_slope_at_fake(discriminator, real, fake, seed):
    return tf.reduce_mean(squared_gradient_norm(discriminator, fake))


def gradient_penalty(weight: float = 10.0, interval: int = 1) -> Penalty:
    """Return λ·E[(‖∇D(x̂)‖ − 1)²], x̂ = εx + (1 − ε)G(z), ε ~ U(0, 1) a sample.

    The `weight` λ = 10 is the paper's choice for images of any size.

    Reference:
        Gulrajani et al. 2017, algorithm 1, https://arxiv.org/abs/1704.00028
    """
    return Penalty("gradient_penalty", _interpolated_slope, weight, interval)


def r1(gamma: float = 1.0, interval: int = 1) -> Penalty:
    """Return (γ/2)·E‖∇D(x)‖² on real samples.

    A larger γ is smoother and slower; 1 is critical damping in the Dirac-GAN.

    Reference:
        Mescheder, Geiger, Nowozin 2018, eq. 9, https://arxiv.org/abs/1801.04406
    """
    return Penalty("r1", _squared_slope_at_real, gamma / 2, interval)


def r2(gamma: float = 1.0, interval: int = 1) -> Penalty:
    """Return (γ/2)·E‖∇D(G(z))‖² on fake samples: eq. 10 of the same paper as `r1`."""
    return Penalty("r2", _squared_slope_at_fake, gamma / 2, interval)
