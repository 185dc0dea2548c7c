"""Failures of the game itself, on a ring of eight modes.

Each function reproduces one failure of `failures.CATALOGUE`: the broken training and
the healthy one, which differ in the definition shown above the function.
"""

import functools

import keras
import tensorflow as tf

from ganutils import losses, metrics, training
from ganutils.failures import lab


@functools.lru_cache(maxsize=1)
def healthy(steps: int) -> lab.Run:
    """Return the run that every failure of this module is compared with."""
    return _train(lab.planar(), steps)


def _train(gan, steps):
    return lab.train(gan, lab.ring(), steps, coverage=lab.share_of_modes)


def swapped_d_loss(real_logits, fake_logits):
    """Call real samples 0 and fakes 1, while G goes on aiming at 1."""
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    on_real = cross_entropy(tf.zeros_like(real_logits), real_logits)
    on_fake = cross_entropy(tf.ones_like(fake_logits), fake_logits)
    return on_real + on_fake


def swapped_labels(steps: int) -> lab.Outcome:
    """Train with `swapped_d_loss`: both players want the same."""
    loss = losses.AdversarialLoss(
        "swapped", swapped_d_loss, losses.non_saturating.g_loss
    )
    broken, cured = _train(lab.planar(loss=loss), steps), healthy(steps)
    return lab.compare(lab.near_a_mode, broken, cured, **_losses(broken, cured))


def sigmoid_discriminator():
    """Return a D that ends in a sigmoid, for a loss that applies its own."""
    return lab.dense(2, 1, activation="sigmoid")


def double_sigmoid(steps: int) -> lab.Outcome:
    """Train with `sigmoid_discriminator`: logits never leave [0, 1]."""
    broken = _train(lab.planar(discriminator=sigmoid_discriminator()), steps)
    cured = healthy(steps)
    lowest = float(losses.cross_entropy_d_loss(tf.ones((1, 1)), tf.zeros((1, 1))))
    details = _losses(broken, cured) | {"lowest_d_loss": lowest}
    return lab.compare(lab.near_a_mode, broken, cured, **details)


class NoiseDrawnOnce(training.GAN):
    """Use the z of step 0 on every step; real batches go on changing."""

    def step_seeds(self):
        """Return the real batch's seed of this step, and z seeds that never change."""
        z_seeds = tf.random.split([self.seed, 0], 4)[1:]
        return tf.concat([super().step_seeds()[:1], z_seeds], axis=0)


def noise_drawn_once(steps: int) -> lab.Outcome:
    """Train on one batch of z, then draw from fresh z."""
    broken = _train(lab.planar(NoiseDrawnOnce), steps)
    known = training.sample_z(lab.BATCH, lab.LATENT, broken.gan.step_seeds()[1])
    drawn = training.decode(broken.gan.ema_generator, known)
    memorised = lab.coverage(drawn).high_quality
    return lab.compare(lab.near_a_mode, broken, healthy(steps), memorised=memorised)


def g_far_ahead(steps: int) -> lab.Outcome:
    """Let G learn twenty times as fast as D: it runs from place to place as one."""
    rates = lab.optimizers(d_rate=lab.RATE / 20)
    broken, cured = _train(lab.planar(penalties=[], **rates), steps), healthy(steps)
    return lab.compare(modes_found, broken, cured, **_losses(broken, cured))


def modes_found(run: lab.Run) -> float:
    """Return how many of the eight modes get at least 1 % of the samples."""
    return 8 * lab.share_of_modes(run.samples)


def losses_as_quality(steps: int) -> lab.Outcome:
    """Flatten D with a penalty of γ = 1000: its losses look like a perfect draw."""
    broken = _train(lab.planar(penalties=[losses.r1(1000.0)]), steps)
    cured = healthy(steps)
    return lab.compare(planar_distance, broken, cured, **_losses(broken, cured))


def planar_distance(run: lab.Run) -> float:
    """Return the Fréchet distance between the samples and the ring."""
    return metrics.frechet_distance(lab.ring()[:1_000], run.samples)


def _losses(broken, cured):
    return {
        f"{name}_{when}": run.last(name)
        for when, run in (("before", broken), ("after", cured))
        for name in ("d_loss", "g_loss")
    }


def normal_epsilon(discriminator, real, fake, seed):
    """Return a gradient penalty whose ε is drawn from N(0, 1), not U(0, 1)."""
    epsilon = tf.random.stateless_normal([tf.shape(real)[0], 1], seed)
    inside = epsilon * real + (1.0 - epsilon) * fake
    slope = tf.sqrt(losses.squared_gradient_norm(discriminator, inside) + 1e-12)
    return tf.reduce_mean(tf.square(slope - 1.0))


def only_real(discriminator, real, fake, seed):
    """Return a gradient penalty with ε = 1: on real samples and nowhere else."""
    slope = tf.sqrt(losses.squared_gradient_norm(discriminator, real) + 1e-12)
    return tf.reduce_mean(tf.square(slope - 1.0))


def bare_root(discriminator, real, fake, seed):
    """Return a gradient penalty whose √ has no guard: its slope at 0 is infinite."""
    epsilon = tf.random.stateless_uniform([tf.shape(real)[0], 1], seed)
    inside = epsilon * real + (1.0 - epsilon) * fake
    slope = tf.sqrt(losses.squared_gradient_norm(discriminator, inside))
    return tf.reduce_mean(tf.square(slope - 1.0))


def wrong_penalty(steps: int) -> lab.Outcome:
    """Do a few Wasserstein steps with `normal_epsilon`; count where it looks."""
    wrong = losses.Penalty("gradient_penalty", normal_epsilon, 10.0)
    runs = [_wasserstein(penalty) for penalty in (wrong, losses.gradient_penalty())]
    return lab.compare(_off_segment, *runs)


def _wasserstein(penalty):
    return lab.brief(lab.planar(loss="wasserstein", penalties=[penalty]), steps=2)


def _off_segment(run):
    return share_off_segment(run.gan.penalties[0].function)


def share_off_segment(function, n: int = 2_000) -> float:
    """Return the share of a penalty's points that lie outside real … fake.

    Args:
        function: (discriminator, real, fake, seed) → scalar.
        n: points.
    """
    seen = []

    def critic(x, training):
        seen.append(x)
        return tf.reduce_sum(x, axis=1, keepdims=True)

    function(critic, tf.ones((n, 1)), tf.zeros((n, 1)), [0, 0])  # there x̂ is ε
    return float(tf.reduce_mean(tf.cast((seen[0] < 0) | (seen[0] > 1), "float32")))
