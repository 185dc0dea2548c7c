"""Failures of the game itself, seen on a ring of eight modes."""

import dataclasses
import functools

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils.datasets import points
from ganutils.failures.lab import BATCH, SEED, Lab, Run, failure, make_gan, variant
from ganutils.metrics import distances, neighbours
from ganutils.training import latent, losses

LATENT, RATE = 8, 2e-3
STD = 0.05  # of a mode of the ring: wide enough to be learnt in a few hundred steps


@functools.cache
def ring() -> np.ndarray:
    """Return 8,000 points around eight centres, (8000, 2)."""
    return points.ring(8_000, seed=SEED, std=STD)


def dense(inputs: int, outputs: int, activation=None) -> keras.Sequential:
    """Return a multilayer perceptron with two hidden layers of 64 units."""
    hidden = [layers.Dense(64, activation="relu") for _ in range(2)]
    end = layers.Dense(outputs, activation=activation)
    return keras.Sequential([keras.Input((inputs,)), *hidden, end])


def players(d_activation=None) -> tuple[keras.Sequential, keras.Sequential]:
    """Return G and D of points in the plane; D should end linear."""
    d = dense(2, 1, d_activation)
    return dense(LATENT, 2), d


def on_ring(lab: Lab, most: int | None = None, **options) -> Run:
    """Train on the ring: non-saturating loss with R1, a rate of 0.002 for both."""
    healthy = {"players": players, "rates": (RATE, RATE), "penalties": [losses.r1(0.1)]}
    return lab.train(make_gan(**healthy | options), ring(), most, share_of_modes)


def share_of_modes(samples: np.ndarray) -> float:
    """Return the share of the eight modes that get at least 1 % of the samples."""
    index, distance = neighbours.nearest_neighbours(samples, points.ring_centres())
    counts = np.bincount(index[distance <= 3 * STD], minlength=8)
    return float((counts >= 0.01 * len(samples)).mean())


def near_a_mode(run: Run) -> float:
    """Return the share of samples within 3σ of a mode."""
    centres = points.ring_centres()
    return distances.mode_coverage(run.samples, centres, STD).high_quality


@failure(
    sign="both losses fall to 0, samples leave the data",
    measure=near_a_mode,
    bounds=((0, 0.02), (0.35, 0.9)),
    detector="swapped",
    cure="real = 1, fake = 0 in D's loss; G aims at 1",
    section="1. Swapped labels",
)
def swapped_labels(lab):
    """D's loss calls fakes 1 and real samples 0, and G aims at 1, too."""

    def swapped(real_logits, fake_logits):
        """Return the loss of a D that aims at 0 for real and at 1 for fake."""
        cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        on_real = cross_entropy(tf.zeros_like(real_logits), real_logits)
        on_fake = cross_entropy(tf.ones_like(fake_logits), fake_logits)
        return on_real + on_fake

    g_loss = losses.non_saturating.g_loss
    return lab.both(on_ring, loss=losses.AdversarialLoss("swapped", swapped, g_loss))


@failure(
    sign="D's loss never leaves ln 4 … 1.0; no logit is negative",
    measure=near_a_mode,
    bounds=((0, 0.2), (0.35, 0.9)),
    detector="bounded_logits",
    cure="let D end linear",
    section="2. A sigmoid too many",
)
def double_sigmoid(lab):
    """D ends in a sigmoid, and the loss has `from_logits=True`."""
    return lab.both(on_ring, players=lambda: players(d_activation="sigmoid"))


@failure(
    sign="samples of the training's z are fine, those of fresh z are not",
    measure=near_a_mode,
    bounds=((0.01, 0.2), (0.35, 0.9)),
    detector="repeated_noise",
    cure="draw z in every step",
    section="3. Noise drawn once",
)
def noise_drawn_once(lab):
    """z is drawn once, before the loop."""
    z = latent.sample_z(BATCH, LATENT, (SEED, 0))
    kind = variant(draw=lambda gan, real, seed: z[: tf.shape(real)[0]])
    return lab.both(on_ring, kind=kind)


def memorised(run: Run) -> float:
    """Return the share within 3σ of a mode, of samples from the z of a step."""
    z = run.gan.draw(ring()[:BATCH], (SEED, 1))
    samples = latent.decode(run.gan.ema_generator, z)
    return near_a_mode(dataclasses.replace(run, samples=samples))


def modes_found(run: Run) -> float:
    """Return the modes found of 8: those that get at least 1 % of the samples."""
    return 8 * share_of_modes(run.samples)


@failure(
    sign="all samples alike, and they run from place to place",
    measure=modes_found,
    bounds=((0, 2), (7, 8)),
    detector="collapse",
    cure="equal rates, R1",
)
def g_far_ahead(lab):
    """G learns 20 times as fast as D."""
    return lab.both(on_ring, rates=(RATE / 20, RATE), penalties=[])


def planar_distance(run: Run) -> float:
    """Return the Fréchet distance of points."""
    return distances.frechet_distance(ring()[:1_000], run.samples)


@failure(
    sign="perfect losses near ln 4 and ln 2, bad samples",
    measure=planar_distance,
    bounds=((0.05, 1), (1e-5, 0.02)),
    detector="missing_modes",
    cure="watch a measure of the samples",
    section="8. Losses read as quality",
)
def losses_as_quality(lab):
    """Losses near ln 4 and ln 2 are read as a perfect draw.

    A penalty of γ = 1000 flattens D: it knows nothing, and its losses look perfect.
    """
    return lab.both(on_ring, penalties=[losses.r1(1000.0)])


def normal_epsilon(discriminator, real, fake, seed):
    """Return a gradient penalty whose ε is drawn from N(0, 1), not U(0, 1)."""
    epsilon = tf.random.stateless_normal([tf.shape(real)[0], 1], seed)
    inside = epsilon * real + (1.0 - epsilon) * fake
    slope = tf.sqrt(losses.squared_gradient_norm(discriminator, inside) + 1e-12)
    return tf.reduce_mean(tf.square(slope - 1.0))


def share_off_segment(run: Run, n: int = 2_000) -> float:
    """Return the share of penalised points off the segments real … fake."""
    seen = []

    def spy(x, training):
        """Keep the points; return a score of slope 1 at each."""
        seen.append(x)
        return tf.reduce_sum(x, axis=1, keepdims=True)

    penalty = run.gan.penalties[0].function
    penalty(spy, tf.ones((n, 1)), tf.zeros((n, 1)), [0, 0])  # there x̂ is ε
    return float(tf.reduce_mean(tf.cast((seen[0] < 0) | (seen[0] > 1), "float32")))


@failure(
    sign="WGAN-GP diverges or ends in NaN",
    measure=share_off_segment,
    bounds=((0.6, 0.72), (0, 0)),
    detector="penalty",
    cure="ε ~ U(0, 1); guard the root; no BatchNorm in D",
    code=(normal_epsilon,),
)
def wrong_penalty(lab):
    """Gradient penalty with ε ~ N(0, 1)."""
    right = losses.gradient_penalty(10.0)
    wrong = losses.Penalty("gradient_penalty", normal_epsilon, 10.0)
    wgan_gp = functools.partial(on_ring, lab, most=0, loss="wasserstein")
    return wgan_gp(penalties=[wrong]), wgan_gp(penalties=[right])
