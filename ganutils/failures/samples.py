"""Failures of images and clips: their range, their shape, what G is asked of them."""

import functools
import io
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure

from ganutils.datasets import download
from ganutils.failures.lab import SEED, Lab, Run, failure, make_gan, variant
from ganutils.kit import checks
from ganutils.monitoring.alarms import mean_distance
from ganutils.monitoring.health_check import VanishingGradient
from ganutils.plotting import images
from ganutils.training import losses
from ganutils.training.gan import GAN

LATENT, RATE = 16, 1e-3


@functools.cache
def digits() -> np.ndarray:
    """Return the bundled digits, (1438, 28, 28, 1) in [-1, 1]."""
    return download.load("digits").x_train


def players(g_activation: str = "tanh") -> tuple[keras.Sequential, keras.Sequential]:
    """Return G: z (batch, 16) → images (batch, 28, 28, 1), and D: images → logits."""
    draw = [layers.Dense(128, "relu"), layers.Dense(28 * 28, g_activation)]
    judge = [layers.Flatten(), layers.Dense(128, "relu"), layers.Dense(1)]
    g = keras.Sequential([keras.Input((LATENT,)), *draw, layers.Reshape((28, 28, 1))])
    return g, keras.Sequential([keras.Input((28, 28, 1)), *judge])


def on_digits(lab: Lab, **options) -> Run:
    """Train on digits, at most 300 steps: R1, a rate of 0.001 for both."""
    healthy = {"players": players, "rates": (RATE, RATE), "penalties": [losses.r1(1.0)]}
    return lab.train(make_gan(**healthy | options, ema_decay=0.9), digits(), most=300)


def d_loss(run: Run) -> float:
    """Return D's loss at the end."""
    return run.last("d_loss")


@failure(
    sign="D's loss near 0 within a few steps; grey samples",
    measure=d_loss,
    bounds=((0, 0.15), (0.4, 1.4)),
    detector="range",
    cure="rescale the data to the range of G's last activation",
    section="4. Data and generator of different range",
)
def wrong_range(lab):
    """G draws in [0, 1], the data lie in [-1, 1].

    The reverse, tanh against data in [0, 1], is milder: after 300 steps D's loss was
    1.09 there, and 27 % of the pixels of the samples were still below 0.
    """
    return lab.both(on_digits, players=lambda: players(g_activation="sigmoid"))


def diversity(run: Run) -> float:
    """Return the distance between samples, as a share of that of real ones."""
    return mean_distance(run.samples[:200]) / mean_distance(digits()[:200])


@failure(
    sign="every sample is the same blur, the mean image",
    measure=diversity,
    bounds=((0.02, 0.2), (0.35, 0.8)),
    detector="collapse",
    cure="let D judge; x_i has nothing to do with z_i",
    section="5. Pairing what is not a pair",
)
def paired_error(lab):
    """G minimises the squared error between x_i and G(z_i)."""

    def g_total(gan, real, drawn, fake, real_logits, fake_logits):
        """Return what G minimises: the error, whatever D says."""
        error = tf.reduce_mean(tf.square(real - fake))
        return error, {"g_loss": error}

    return lab.both(on_digits, kind=variant(g_total=g_total))


def g_gradient(run: Run) -> float:
    """Return the norm of G's gradient."""
    return float(VanishingGradient(digits()).measure(run.gan, (SEED, 2))[0])


@failure(
    sign="D's loss is 0, samples stand still",
    measure=g_gradient,
    bounds=((0, 0.01), (0.1, 5)),
    detector="vanishing_gradient",
    cure="non-saturating loss, equal rates, R1",
    section="7. D far ahead, under the minimax loss",
)
def d_far_ahead(lab):
    """Minimax loss, and D learns 200 times as fast as G."""
    rates = 20 * RATE, RATE / 10
    return lab.both(on_digits, loss="minimax", penalties=[], rates=rates)


def refusal(function: Callable, *arguments, **options) -> str:
    """Return what a function refuses these arguments with; "" where it accepts."""
    try:
        function(*arguments, **options)
    except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


@failure(
    sign="a shape error; or none, and samples of another size",
    measure="height of a drawn image, real: 28",
    bounds=((14, 14), (28, 28)),
    detector="training.GAN",
    cure="compare output shapes before training",
)
def wrong_size(lab):
    """A layer without upsampling; a D that pools takes any size."""
    _, d = players()
    shown = []
    for strides in (1, 2):
        stack = [keras.Input((8,)), layers.Dense(14 * 14), layers.Reshape((14, 14, 1))]
        end = layers.Conv2DTranspose(1, 4, strides, padding="same", activation="tanh")
        g = keras.Sequential([*stack, end])
        shown.append((g.output_shape[1], refusal(GAN, g, d, latent_dim=8)))
    return shown


@failure(
    sign="an error of Conv2D about five axes",
    measure="axes of a batch, expected: 4",
    bounds=((5, 5), (4, 4)),
    detector="datasets.check_images",
    cure="append it to images without channels only",
)
def extra_axis(lab):
    """An axis of channels is appended to colour images."""
    colour = np.zeros((8, 32, 32, 3), "float32")
    batches = colour[..., np.newaxis], colour
    return [(batch.ndim, refusal(checks.check_images, batch)) for batch in batches]


@failure(
    sign="clicks, clipped sound; an array of objects",
    measure="share of the data beyond full scale",
    bounds=((0.05, 0.3), (0, 0)),
    detector="kit.checks.check_clips",
    cure="one length, peak ≤ 1, clip before int16, Conv1D",
)
def unfit_clips(lab):
    """Standardised clips under a tanh generator; clips of several lengths."""
    clips = download.load("spoken_digits_tts").x_test[:200]
    standardised = (clips - clips.mean()) / clips.std()
    ragged = np.array([clips[0, :8000], clips[1]], dtype=object)
    told = [refusal(checks.check_clips, x) for x in (standardised, ragged, clips)]
    beyond = [(np.abs(x) > 1).mean() for x in (standardised, clips)]
    return (beyond[0], told[0] and told[1]), (beyond[1], told[2])


def drawn(draw: Callable, samples: np.ndarray) -> tuple[float, bool]:
    """Return the CPU seconds that 1,000 images would take; true for many axes."""
    start, figure = time.process_time(), draw(samples)
    figure.savefig(io.BytesIO(), format="png")
    seconds = time.process_time() - start
    return 1_000 * seconds / len(samples), len(figure.axes) > 1


@failure(
    sign="a figure takes minutes and gigabytes",
    measure="seconds to draw 1,000 images, as subplots (from 60) and as one grid",
    bounds=((1, 600), (0.0005, 0.9)),  # CPU seconds: 11 and 0.2 here
    detector="figure.axes",
    cure="tile them into one picture: `plotting.image_grid`",
)
def thousand_subplots(lab):
    """1,000 samples are drawn as 1,000 subplots."""

    def subplots(samples):
        """Draw every image into axes of its own."""
        figure = Figure()
        for i, image in enumerate(samples):
            axes = figure.add_subplot(-(-len(samples) // 10), 10, i + 1)
            axes.imshow(image[..., 0], cmap="gray")
            axes.axis("off")
        return figure

    grid = functools.partial(images.image_grid, columns=40)
    few, many = digits()[: min(60, 10 * lab.steps)], digits()[:1_000]
    return drawn(subplots, few), drawn(grid, many)
