"""Two alarms that look into the networks: at G's gradient, and at the scores of D."""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from ganutils.alarms import Alarm
from ganutils.stepping import check_every
from ganutils.training.latent import sample_z

STRETCH = 100.0  # a D that ends linear leaves [0, 1] on samples so much enlarged
STRETCHED = 16  # real and fake samples that are


class Reading(NamedTuple):
    """What `Vitals` measures.

    Attributes:
        gradient: norm of G's gradient, over all its weights.
        real_logits, fake_logits: shape (n,).
        stretched_logits: of the first `STRETCHED` of either, times ± `STRETCH`.
    """

    gradient: float
    real_logits: np.ndarray
    fake_logits: np.ndarray
    stretched_logits: np.ndarray

    @property
    def ranked(self) -> float:
        """Share of pairs of a real and a fake sample that D ranks rightly."""
        return float((self.real_logits[:, None] > self.fake_logits).mean())


class Vitals:
    """Measure G's gradient and the scores of D, and change nothing.

    The networks run as in a training step, with statelessly passed variables: moving
    statistics and random states stay as they are.

    Args:
        real: real samples (n, …); the first `n` of a shuffle are used.
        n: real and fake samples in a reading.
        seed: fixes the shuffle, and with the step the z.
    """

    def __init__(self, real: np.ndarray, n: int = 128, seed: int = 0):
        chosen = np.random.default_rng(seed).permutation(len(real))[:n]
        self.real = np.asarray(real)[chosen].astype("float32")
        self.seed, self._gan, self._key = seed, None, None

    def read(self, gan, step: int) -> Reading:
        """Return the reading of this step; it is measured once."""
        if self._gan is not gan:
            self._measure = tf.function(_measurement(gan, self.real))
            self._gan, self._key = gan, None
        if self._key != step:
            seed = tf.constant([self.seed + 7919, step], tf.int32)
            gradient, *logits = self._measure(seed)
            self._reading = Reading(float(gradient), *(x.numpy() for x in logits))
            self._key = step
        return self._reading

    def release(self):
        """Let go of the GAN and of what was traced for it."""
        self._gan = self._key = self._measure = self._reading = None


def _measurement(gan, real):
    if len(gan.parts()) > 1:
        raise ValueError(
            "Expected a GAN of samples alone, which this measurement shows to D; "
            f"received a {type(gan).__name__}."
        )
    view = gan.view or (lambda samples: samples)

    def measure(seed):
        z = sample_z(len(real), gan.latent_dim, seed)
        weights = [v.value for v in gan.generator.trainable_variables]
        with tf.GradientTape() as tape:
            tape.watch(weights)
            samples = view(_pure(gan.generator, z, weights)), view(tf.constant(real))
            fake_logits, real_logits = (_pure(gan.discriminator, x) for x in samples)
            loss = gan.adversarial_loss.g_loss(real_logits, fake_logits)
        gradient = tape.gradient(loss, weights, unconnected_gradients="zero")
        far = [k * x[:STRETCHED] for x in samples for k in (STRETCH, -STRETCH)]
        far_logits = _pure(gan.discriminator, tf.concat(far, 0))
        logits = (x[:, 0] for x in (real_logits, fake_logits, far_logits))
        return tf.linalg.global_norm(gradient), *logits

    return measure


def _pure(network: keras.Model, x, weights=None):
    weights = network.trainable_variables if weights is None else weights
    fixed = network.non_trainable_variables
    outputs, _ = network.stateless_call(weights, fixed, x, training=True)
    return tf.cast(outputs, tf.float32)


class VanishingGradient(Alarm):
    """Notice that G's gradient has faded while D tells real from fake.

    The sign: the norm of G's gradient is below `fraction` of the largest one seen, and
    D ranks at least `ranked` of the pairs (real, fake) rightly. Without the second
    condition an equilibrium, where D is flat, would look the same.

    On the ring of eight, healthy runs of every loss kept 7 % of the largest norm or
    more, 9 % while D ranked that well; minimax with D's rate × 20 and data three
    radii away fell to 0 within 800 steps.

    Args:
        vitals: what measures; alarms may share it.
        every: steps from one reading to the next; the first `every` steps have ten.
        fraction: of the largest norm, in (0, 1).
        ranked: share of pairs; ½ is chance, 1 a perfect D.
        patience: steps that the sign must last.
    """

    def __init__(
        self,
        vitals: Vitals,
        every: int = 100,
        *,
        fraction: float = 0.02,
        ranked: float = 0.9,
        patience: int = 300,
    ):
        super().__init__(patience)
        if not 0 < fraction < 1:
            raise ValueError(f"Expected `fraction` in (0, 1); received {fraction!r}.")
        self.vitals, self.every = vitals, check_every(every)
        self.fraction, self.ranked = fraction, ranked
        self.largest, self.largest_step = 0.0, 0

    def begin(self):
        """Forget an earlier training; read what G gets before the first step."""
        super().begin()
        self.largest, self._first = 0.0, self.step
        self._look()

    def on_step(self, step, logs):
        """Read where it is due."""
        early = step <= self._first + self.every
        if self.is_due(max(1, self.every // 10) if early else self.every):
            self._look()

    def _look(self):
        reading = self.vitals.read(self.model, self.step)
        if reading.gradient > self.largest:
            self.largest, self.largest_step = reading.gradient, self.step
        share = reading.gradient / (self.largest or 1.0)
        self.note(
            share < self.fraction and reading.ranked >= self.ranked,
            f"D rates {reading.ranked:.0%} of real samples above a fake, and G's "
            f"gradient norm fell by {1 - share:.1%} since step {self.largest_step:,}, "
            f"from {self.largest:.2g} to {reading.gradient:.2g}: G learns nothing any "
            "more. D is too far ahead for this loss. Try the non-saturating loss in "
            "place of minimax, a penalty such as losses.r1(), a smaller learning rate "
            "or fewer steps for D; then begin anew.",
        )


class BoundedLogits(Alarm):
    """Notice that D's outputs cannot leave [0, 1], as behind a hidden sigmoid.

    The sign: all outputs lie in [0, 1], on real and fake samples and on the same
    samples enlarged `STRETCH` times with either sign. Real and fake samples alone would
    not do: under the least-squares loss with R1 they stayed in [0, 1] for 9 of 10
    readings of a healthy ring.

    Args:
        vitals: what measures; alarms may share it.
        every: steps from one reading to the next.
        patience: steps that the sign must last.
    """

    def __init__(self, vitals: Vitals, every: int = 100, patience: int = 200):
        super().__init__(patience)
        self.vitals, self.every = vitals, check_every(every)

    def begin(self):
        """Forget an earlier training; see whether this GAN can be read."""
        super().begin()
        self.vitals.read(self.model, self.step)

    def on_step(self, step, logs):
        """Read where it is due."""
        if not self.is_due(self.every):
            return
        scores = np.concatenate(self.vitals.read(self.model, step)[1:])
        low, high = float(scores.min()), float(scores.max())
        self.note(
            0 <= low and high <= 1,
            f"{len(scores)} outputs of D lie from {low:.3f} to {high:.3f}, also those "
            "of samples far out: a sigmoid is hidden in D, and the loss applies its "
            "own. Gradients shrink twice, and D's loss cannot fall. Let D end linear.",
        )
