"""Failures of what a batch holds: BatchNorm without its flag or mixed, odd batches."""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils import failures_runs as lab
from ganutils.training import gan
from ganutils.training.latent import sample_z

BATCH, REST = 256, 96  # of the data set whose last batch is a part of one
STEPS = 40  # enough to see statistics move, or not


def normalised_discriminator(width: int = 64):
    """Return a D of points with BatchNorm."""
    stack = [layers.Dense(width), layers.BatchNormalization(), layers.ReLU()]
    stack += [layers.Dense(width, activation="relu"), layers.Dense(1)]
    return keras.Sequential([keras.Input((2,)), *stack])


@functools.lru_cache(maxsize=1)
def healthy(steps: int) -> lab.Run:
    """Return a short run of the plain class with BatchNorm in D."""
    return _brief(gan.GAN, steps)


def _brief(kind, steps):
    d = normalised_discriminator()
    return lab.brief(
        lab.planar(kind, d, penalties=[]), min(steps, STEPS), steps >= STEPS
    )


class NoTrainingFlag(gan.GAN):
    """Call D without `training=True`."""

    def logits(self, x):
        return self.discriminator(x)


def no_training_flag(steps: int) -> lab.Outcome:
    """Measure how far D's moving statistics come."""
    broken, cured = _brief(NoTrainingFlag, steps), healthy(steps)
    return lab.compare(statistics_moved, broken, cured)


def statistics_moved(run: lab.Run) -> float:
    """Return the largest distance of a moving mean from 0, or variance from 1."""
    norm = run.gan.discriminator.layers[1]
    moving = norm.moving_mean, norm.moving_variance
    mean, variance = map(keras.ops.convert_to_numpy, moving)
    return float(max(np.abs(mean).max(), np.abs(variance - 1).max()))


class JointBatch(gan.GAN):
    """Show D real and fake samples in one batch."""

    def d_step(self, real, z_seed, penalty_seed):
        """Move D one step down its loss on the joint batch."""
        z = sample_z(tf.shape(real)[0], self.latent_dim, z_seed)
        fake = self.generator(z, training=True)
        with tf.GradientTape() as tape:
            both = self.logits(tf.concat([real, fake], axis=0))
            parts = tf.split(both, 2)
            total, logs = self.d_total(real, fake, *parts, penalty_seed)
        self.d_player.descend(tape, total)
        return logs


def joint_batch(steps: int) -> lab.Outcome:
    """Train with real and fake in one batch of D, and apart.

    On this ring it is no catastrophe: after 600 steps 21 % of the samples lay near a
    mode, and 11 % without the bug, from one seed. But D is trained to answer one kind
    of batch, and G is trained on its answers to another.
    """
    return lab.compare(two_verdicts, _brief(JointBatch, steps), healthy(steps))


def two_verdicts(run: lab.Run) -> float:
    """Return how far D's logits of the same fakes differ between both players' steps.

    G's step always shows D a batch of fakes alone; D's step may not.
    """
    _, fake_alone, logits = _looks(run.gan, lab.ring()[: lab.BATCH])[-1]
    return float(tf.reduce_mean(tf.abs(fake_alone - logits[-lab.BATCH :])))


class FixedFakes(gan.GAN):
    """Draw as many fakes as a full batch has, whatever the batch at hand."""

    def d_step(self, real, z_seed, penalty_seed):
        """Move D one step down its loss on `real` and `BATCH` fakes."""
        fake = self.generator(sample_z(BATCH, self.latent_dim, z_seed), training=True)
        with tf.GradientTape() as tape:
            logits = self.logits(real), self.logits(fake)
            total, logs = self.d_total(real, fake, *logits, penalty_seed)
        self.d_player.descend(tape, total)
        return logs


def partial_batch(steps: int) -> lab.Outcome:
    """Show D the last batch of a data set, which is smaller than the others."""
    broken = lab.brief(lab.planar(FixedFakes))
    return lab.compare(fakes_a_real, broken, lab.healthy_brief())


def fakes_a_real(run: lab.Run) -> float:
    """Return how many fakes D gets for each real sample of the last batch."""
    (real, *_), (fake, *_) = _looks(run.gan, lab.ring()[:REST])
    return len(fake) / len(real)


def _looks(gan, real):
    """Do a D step; return what D is shown, its verdict on the end of that, and all."""
    looks, logits = [], gan.logits

    def spy(x):
        looks.append((x, logits(x[-len(real) :]), logits(x)))
        return looks[-1][-1]

    vars(gan)["logits"] = spy
    try:
        seed = tf.constant([lab.SEED, 1])
        gan.d_step(tf.constant(real), seed, seed)
    finally:
        del vars(gan)["logits"]
    return looks
