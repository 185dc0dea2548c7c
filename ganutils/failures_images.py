"""Failures that are best seen in images, on the bundled digits."""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils import datasets
from ganutils import failures_runs as lab
from ganutils.alarms import mean_distance
from ganutils.training import gan, losses
from ganutils.training.latent import sample_z

LATENT, RATE = 16, 1e-3
MOST_STEPS = 300


@functools.cache
def digits() -> np.ndarray:
    """Return the bundled digits, (1438, 28, 28, 1) in [-1, 1]."""
    return datasets.load("digits").x_train


def make_generator(activation: str = "tanh"):
    """Return G: z (batch, 16) → images (batch, 28, 28, 1)."""
    hidden = layers.Dense(128, activation="relu")
    pixels = layers.Dense(28 * 28, activation=activation)
    stack = [keras.Input((LATENT,)), hidden, pixels, layers.Reshape((28, 28, 1))]
    return keras.Sequential(stack)


def make_discriminator():
    """Return D: images (batch, 28, 28, 1) → logits (batch, 1)."""
    hidden = layers.Dense(128, activation="relu")
    stack = [keras.Input((28, 28, 1)), layers.Flatten(), hidden, layers.Dense(1)]
    return keras.Sequential(stack)


def _train(steps, kind=gan.GAN, activation="tanh", **compiled):
    lab.seed()
    networks = make_generator(activation), make_discriminator()
    gan = kind(*networks, latent_dim=LATENT, ema_decay=0.9, seed=lab.SEED)
    healthy = {"penalties": [losses.r1(1.0)], "steps_per_execution": 10}
    gan.compile(**healthy | lab.optimizers(RATE, RATE) | compiled)
    return lab.train(gan, digits(), min(steps, MOST_STEPS))


@functools.lru_cache(maxsize=1)
def healthy(steps: int) -> lab.Run:
    """Return the run that every failure of this module is compared with."""
    return _train(steps)


def wrong_range(steps: int) -> lab.Outcome:
    """Let G draw in [0, 1], with a sigmoid, where the data lie in [-1, 1].

    The reverse, tanh against data in [0, 1], is milder: after 300 steps D's loss was
    1.09 there, and 27 % of the pixels of the samples were still below 0.
    """
    broken, cured = _train(steps, activation="sigmoid"), healthy(steps)
    early = {name: run.rows[0]["d_loss"] for name, run in _both(broken, cured)}
    return lab.compare(d_loss, broken, cured, first_d_loss=early)


def d_loss(run: lab.Run) -> float:
    """Return D's loss at the end; 1.39 where it cannot tell real from fake."""
    return run.last("d_loss")


class PairedError(gan.GAN):
    """Let G minimise the squared error between x_i and G(z_i)."""

    def g_step(self, real, z_seed):
        """Move G towards real samples that have nothing to do with its z."""
        z = sample_z(tf.shape(real)[0], self.latent_dim, z_seed)
        with tf.GradientTape() as tape:
            error = tf.square(real - self.generator(z, training=True))
            g_loss = tf.reduce_mean(error)
        self.g_player.descend(tape, g_loss)
        return {"g_loss": g_loss}


def paired_error(steps: int) -> lab.Outcome:
    """Train with `PairedError`: the best answer is one image, the mean."""
    broken, cured = _train(steps, PairedError), healthy(steps)
    mean = digits().mean(axis=0)
    gaps = {
        name: float(np.abs(run.samples.mean(axis=0) - mean).mean())
        for name, run in _both(broken, cured)
    }
    return lab.compare(diversity, broken, cured, distance_to_mean_image=gaps)


def diversity(run: lab.Run) -> float:
    """Return the mean distance of two samples, as a share of that of real ones."""
    return mean_distance(run.samples[:200]) / mean_distance(digits()[:200])


def d_far_ahead(steps: int) -> lab.Outcome:
    """Let D learn 200 times as fast as G, under the minimax loss, without penalty."""
    rates = lab.optimizers(d_rate=20 * RATE, g_rate=RATE / 10)
    broken = _train(steps, loss="minimax", penalties=[], **rates)
    return lab.compare(g_gradient, broken, healthy(steps))


def g_gradient(run: lab.Run) -> float:
    """Return the norm of the gradient of G's loss over its weights, from fresh z."""
    gan = run.gan
    z = sample_z(256, gan.latent_dim, (lab.SEED, 2))
    with tf.GradientTape() as tape:
        fake_logits = gan.logits(gan.generator(z, training=True))
        g_loss = gan.adversarial_loss.g_loss(None, fake_logits)
    gradients = tape.gradient(g_loss, gan.generator.trainable_variables)
    return float(tf.linalg.global_norm(gradients))


def _both(broken, cured):
    return ("before", broken), ("after", cured)
