"""Failures of the game itself, on a ring of eight modes and on small digits."""

import functools

import numpy as np
import tensorflow as tf

from ganutils.datasets import download, points
from ganutils.failures import scripts
from ganutils.failures.lab import Failure, Run, enter
from ganutils.metrics import distances, neighbours
from ganutils.monitoring.alarms import mean_distance
from ganutils.monitoring.health_check import VanishingGradient

GITHUB = "https://github.com/"
STD = 0.05  # of a mode of the ring: wide enough to be learnt in a few hundred steps
DIGIT_STEPS = 600


@functools.cache
def ring() -> np.ndarray:
    """Return 8,000 points around eight centres, (8000, 2)."""
    return points.ring(8_000, seed=0, std=STD)


@functools.cache
def digits() -> np.ndarray:
    """Return the bundled digits, (1438, 28, 28, 1) in [-1, 1]."""
    return download.load("digits").x_train


def share_of_modes(samples: np.ndarray) -> float:
    """Return the share of the eight modes that get half of an even share, or more.

    That is a sixteenth of the samples: a broad cloud puts a little into every mode.
    """
    index, distance = neighbours.nearest_neighbours(samples, points.ring_centres())
    counts = np.bincount(index[distance <= 3 * STD], minlength=8)
    return float((counts >= len(samples) / 16).mean())


def near_a_mode(run: Run) -> float:
    """Return the share of samples within three standard deviations of a mode."""
    centres = points.ring_centres()
    return distances.mode_coverage(run.samples, centres, STD).high_quality


def diversity(run: Run) -> float:
    """Return the distance between samples, as a share of that of real ones."""
    return mean_distance(run.samples[:200]) / mean_distance(digits()[:200])


def g_gradient(run: Run) -> float:
    """Return the norm of G's gradient."""
    return float(VanishingGradient(digits()).measure(run.gan, (0, 2))[0])


def share_off_segment(run: Run, n: int = 2_000) -> float:
    """Return the share of penalised points off the segments real … fake."""
    seen = []

    def spy(x, training):
        """Keep the points; return a score of slope 1 at each."""
        seen.append(x)
        return tf.reduce_sum(x, axis=1, keepdims=True)

    run.script.gradient_penalty(spy, tf.ones((n, 1)), tf.zeros((n, 1)))  # x̂ is ε
    return float(tf.reduce_mean(tf.cast((seen[0] < 0) | (seen[0] > 1), "float32")))


on_ring = functools.partial(Failure, script=scripts.RING, real=ring)
on_digits = functools.partial(
    Failure, script=scripts.DIGITS, real=digits, steps=DIGIT_STEPS
)
NEAR = dict(symptom="share of samples near a mode", measure=near_a_mode)
ON_REAL, ON_FAKE = (
    f"    on_{x} = cross_entropy(tf.{y}_like({x}_logits), {x}_logits)\n"
    for x, y in (("real", "ones"), ("fake", "zeros"))
)
SWAPPED = ON_REAL.replace("ones", "zeros"), ON_FAKE.replace("zeros", "ones")
DRAW = "    noise = tf.random.normal((tf.shape(real)[0], LATENT))\n"

enter(
    on_ring(
        "swapped_labels",
        "D's loss calls real samples 0 and fakes 1, and G aims at 1, too",
        changes=((ON_REAL + ON_FAKE, "".join(SWAPPED)),),
        sign="both losses fall to 0, samples leave the data",
        **NEAR,
        bounds=((0, 0.05), (0.35, 1)),
        alarm="swapped",
        cure="real = 1, fake = 0 in D's loss; G aims at 1",
        advice=r"swapped labels.*real = 1",
        source=GITHUB + "https-deeplearning-ai/GANs-Public/issues/1",
    ),
    on_ring(
        "double_sigmoid",
        "D ends in a sigmoid, and the loss applies another one",
        changes=(
            ("    layers.Dense(1),\n", '    layers.Dense(1, activation="sigmoid"),\n'),
        ),
        sign="no logit is negative; D's loss never falls below 1.0",
        symptom="lowest mean logit of fakes",
        measure=lambda run: min(row["fake_logits"] for row in run.rows),
        bounds=((0, 1), (-20, -0.1)),
        alarm="bounded_logits",
        cure="let D end linear",
        advice=r"Remove the last activation of D",
        source=GITHUB + "jeffheaton/t81_558_deep_learning/pull/81",
    ),
    on_ring(
        "noise_drawn_once",
        "noise is drawn once, above the loop",
        changes=(
            (DRAW, ""),
            (
                "\n\ndef d_step",
                "\nnoise = tf.random.normal((BATCH, LATENT))\n\n\ndef d_step",
            ),
        ),
        sign="samples of the training's noise are fine, those of fresh noise are not",
        **NEAR,
        bounds=((0, 0.3), (0.35, 1)),
        alarm="repeated_noise",
        cure="draw noise in every step",
        advice=r"Draw z inside the step",
        source=GITHUB + "keras-team/keras/issues/14197",
    ),
    on_digits(
        "wrong_range",
        "the data lie in [-1, 1], and G draws in [0, 1]",
        changes=(('activation="tanh"', 'activation="sigmoid"'),),
        sign="D's loss is near 0 within a few steps; grey samples",
        symptom="D's loss at the end",
        measure=lambda run: run.last("d_loss"),
        bounds=((0, 0.2), (0.4, 1.4)),
        alarm="range",
        cure="give G's last activation the range of the data",
        advice=r"change G's last activation",
        source=GITHUB + "fchollet/deep-learning-with-python-notebooks/issues/7",
    ),
    on_digits(
        "paired_error",
        "G minimises the squared error between the batch's x and its G(z)",
        changes=(
            (
                "        fake_logits = discriminator(fake, training=True)\n"
                "        g_loss = loss_of_g(fake_logits)\n",
                "        g_loss = tf.reduce_mean((real - fake) ** 2)\n",
            ),
        ),
        sign="every sample is the same blur, the mean image",
        symptom="distance between samples, as a share of real ones'",
        measure=diversity,
        bounds=((0, 0.25), (0.35, 1.2)),
        alarm="deaf_g",
        cure="take G's loss from D's answers",
        advice=r"Take G's loss from D's logits",
    ),
    on_digits(
        "d_far_ahead",
        "minimax loss, and D learns 200 times as fast as G",
        changes=(
            (
                "    return cross_entropy(tf.ones_like(fake_logits), fake_logits)",
                "    return -cross_entropy(tf.zeros_like(fake_logits), fake_logits)",
            ),
            (
                "d_optimizer = keras.optimizers.Adam(1e-3",
                "d_optimizer = keras.optimizers.Adam(2e-2",
            ),
            (
                "g_optimizer = keras.optimizers.Adam(1e-3",
                "g_optimizer = keras.optimizers.Adam(1e-4",
            ),
            scripts.NO_PENALTY,
        ),
        sign="D's loss is 0, samples stand still",
        symptom="norm of G's gradient",
        measure=g_gradient,
        bounds=((0, 0.03), (0.05, 20)),
        alarm="vanishing_gradient",
        cure="non-saturating loss, equal rates, R1",
        advice=r"non-saturating loss.*200 times",
        source=GITHUB + "osh/KerasGAN/issues/14",
    ),
    on_ring(
        "g_far_ahead",
        "G learns 20 times as fast as D, and D has no penalty",
        changes=(
            (
                "d_optimizer = keras.optimizers.Adam(2e-3",
                "d_optimizer = keras.optimizers.Adam(1e-4",
            ),
            scripts.NO_PENALTY,
        ),
        sign="all samples alike, and they run from place to place",
        symptom="modes found, of 8",
        measure=lambda run: 8 * share_of_modes(run.samples),
        bounds=((0, 3), (7, 8)),
        alarm="collapse",
        cure="equal rates, R1",
        advice=r"20 times.*equal rates",
        source=GITHUB + "wiseodd/generative-models/issues/14",
    ),
    on_ring(
        "losses_as_quality",
        "losses near ln 4 and ln 2 are read as a perfect draw; γ = 1000 flattens D",
        changes=(("GAMMA = 8, 64, 0.1", "GAMMA = 8, 64, 1000.0"),),
        sign="perfect losses near ln 4 and ln 2, bad samples",
        **NEAR,
        bounds=((0, 0.35), (0.5, 1)),
        alarm="missing_modes",
        cure="a weaker penalty; watch a measure of the samples",
        advice=r"r1.*too strong",
        coverage=share_of_modes,
        steps=3_000,
        source=GITHUB + "SHI-Labs/StyleNAT/issues/11",
    ),
    Failure(
        "wrong_penalty",
        "the ε of the gradient penalty is normal, not uniform",
        script=scripts.WGAN_GP,
        real=ring,
        changes=(("tf.random.uniform(", "tf.random.normal("),),
        sign="the penalty looks at points that lie between nothing",
        symptom="share of points off the segments",
        measure=share_off_segment,
        bounds=((0.6, 0.75), (0, 0)),
        alarm="penalty",
        cure="ε ~ U(0, 1), one for each sample",
        advice=r"draw it from U\(0, 1\)",
        steps=0,
        source=GITHUB + "keras-team/keras-io/issues/143",
    ),
)
