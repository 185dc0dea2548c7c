"""Failures of a step and of what surrounds it: calls, shapes, batches, drawings."""

import functools
import io
import time

import numpy as np
import tensorflow as tf

from ganutils.failures import scripts
from ganutils.failures.games import DRAW, GITHUB, ring
from ganutils.failures.lab import Failure, Run, enter
from ganutils.kit import checks
from ganutils.training.gan import GAN

REST = 96  # samples of a last batch, where the others hold 256


def statistics_moved(run: Run) -> float:
    """Return the largest move of a moving statistic."""
    norm = run.gan.discriminator.layers[1]
    mean, variance = map(np.asarray, (norm.moving_mean, norm.moving_variance))
    return float(max(np.abs(mean).max(), np.abs(variance - 1).max()))


def two_verdicts(run: Run, n: int = 2_000) -> float:
    """Return the gap between D's mean logits of fakes alone, and in its own step."""
    fake = run.script.generator(tf.random.normal((n, 8)), training=True)
    alone = run.script.discriminator(fake, training=True)
    _, _, in_step = run.script.d_step(tf.constant(ring()[:n], tf.float32))
    return abs(float(tf.reduce_mean(alone) - tf.reduce_mean(in_step)))


def fakes_a_real(run: Run) -> float:
    """Return the fakes for each real sample in the last batch."""
    real = tf.constant(ring()[:REST], tf.float32)
    return len(run.script.d_step(real)[2]) / REST


def moved(run: Run, step: str) -> float:
    """Return the largest change of D's weights in a step of this name."""
    d, real = run.gan.discriminator, tf.constant(ring()[:128], tf.float32)
    before = d.get_weights()
    getattr(run.script, step)(real)
    pairs = zip(before, d.get_weights(), strict=True)
    return max(float(np.abs(b - a).max()) for b, a in pairs)


def refused(function, *arguments, **options) -> str:
    """Return what a function refuses these arguments with; "" where it accepts."""
    try:
        function(*arguments, **options)
    except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def size_refused(script) -> str:
    """Return why `training.GAN` refuses the two networks."""
    return refused(GAN, script.generator, script.discriminator, latent_dim=8)


def clips_refused(script) -> str:
    """Return why the door for clips refuses them."""
    return refused(checks.check_clips, script.clips)


def many_axes(script) -> str:
    """Return a sentence where a figure holds an axes for each image."""
    n = len(script.figure.axes)
    if n == 1:
        return ""
    return f"the figure holds {n} axes for {n} images: draw one picture of all"


def seconds_to_draw(run: Run) -> float:
    """Return the CPU seconds that a thousand images take."""
    start = time.process_time()
    run.script.figure.savefig(io.BytesIO(), format="png")
    return 1_000 * (time.process_time() - start) / run.script.n


def one_trace(script) -> str:
    """Return a sentence where a list grew once a trace, not once a step."""
    traces = script.step.experimental_get_tracing_count()
    if len(script.losses) > traces:
        return ""
    return (
        f"the list has {len(script.losses)} entries and the function {traces} trace: "
        "Python ran once; return the loss and append outside"
    )


def class_given(script) -> str:
    """Return a sentence where a layer's activation is a class."""
    given = script.layer.activation
    if not isinstance(given, type):
        return ""
    error = refused(script.layer, tf.ones((3, 2))).splitlines()[0]
    return f"{error} The activation is the class {given.__name__}: add ()"


normed = functools.partial(Failure, script=scripts.WITH_BATCH_NORM, real=ring, steps=40)
stacked = functools.partial(Failure, script=scripts.STACKED, real=ring, steps=0)
alone = functools.partial(Failure, real=None, steps=0)

enter(
    normed(
        "no_training_flag",
        "D, with BatchNorm, is called without `training=True`",
        changes=(
            ("discriminator(real, training=True)", "discriminator(real)"),
            ("discriminator(fake, training=True)", "discriminator(fake)"),
        ),
        sign="moving statistics stay at 0 and 1; Dropout does nothing",
        symptom="largest move of a statistic in 40 steps",
        measure=statistics_moved,
        bounds=((0, 0), (0.2, 3)),
        alarm="inference_mode",
        cure="`training=True` in every call of the step",
        advice=r"Pass training=True in every call",
    ),
    normed(
        "joint_batch",
        "D, with BatchNorm, gets real and fake in one batch",
        changes=((scripts.APART, scripts.JOINT),),
        sign="D's verdict on fakes differs between its own step and G's",
        symptom="gap between two mean logits of fakes",
        measure=two_verdicts,
        bounds=((0.1, 9), (0, 0.08)),
        alarm="joint_batch",
        cure="call D twice, once with real samples and once with fakes",
        advice=r"Call D twice",
        source=GITHUB + "soumith/ganhacks/issues/52",
    ),
    Failure(
        "partial_batch",
        "256 fakes for every batch, also for the last one, of 96",
        script=scripts.RING,
        real=ring,
        steps=0,
        changes=((DRAW, "    noise = tf.random.normal((256, LATENT))\n"),),
        sign="an error, or a new trace, at the end of each epoch",
        symptom="fakes for each real sample in the last batch",
        measure=fakes_a_real,
        bounds=((2.6, 2.7), (1, 1)),
        alarm="shapes",
        cure="as many fakes as the batch has rows",
        advice=r"number of fakes from the batch",
        source=GITHUB + "cs231n/cs231n.github.io/issues/206",
    ),
    stacked(
        "stacked_not_frozen",
        "stacked model: nobody freezes D while G trains",
        changes=(
            (scripts.COMPILED, scripts.COMPILED + scripts.STACK),
            (scripts.BY_HAND, scripts.BY_STACK),
        ),
        sign="D changes while G trains; D's verdicts drift to ½",
        symptom="largest change of D's weights in a G step",
        measure=lambda run: moved(run, "g_step"),
        bounds=((1e-5, 1e-1), (0, 0)),
        alarm="leaking_step",
        cure="take G's gradient for G's weights alone",
        advice=r"trainable variables of one network only",
        source=GITHUB + "osh/KerasGAN/issues/10",
    ),
    stacked(
        "stacked_frozen_for_good",
        "stacked model on Keras 3: `trainable = False` before D's first step",
        changes=(
            (
                scripts.COMPILED,
                scripts.COMPILED + "discriminator.trainable = False\n" + scripts.STACK,
            ),
            (scripts.BY_HAND, scripts.BY_STACK),
        ),
        sign="D's weights never change; G fools it at once",
        symptom="largest change of D's weights in a D step",
        measure=lambda run: moved(run, "d_step"),
        bounds=((0, 0), (1e-5, 1e-1)),
        alarm="frozen_d",
        cure="freeze nothing; take each gradient for one network's weights",
        advice=r"trainable=False.*each optimizer the variables of its own",
        source=GITHUB + "eriklindernoren/Keras-GAN/issues/22",
    ),
    alone(
        "wrong_size",
        "one layer without upsampling, and a D that takes any size",
        script=scripts.UPSAMPLING,
        changes=(("strides=2, padding", "strides=1, padding"),),
        sign="a shape error; or none, and samples of another size",
        symptom="height of a drawn image, real: 28",
        measure=lambda run: run.script.generator.output_shape[1],
        bounds=((14, 14), (28, 28)),
        refusal=size_refused,
        alarm="training.GAN",
        cure="compare output shapes before training",
        advice=r"28, 28.*14, 14|14, 14.*28, 28",
        source=GITHUB + "jeffheaton/t81_558_deep_learning/issues/30",
    ),
    alone(
        "extra_axis",
        "an axis of channels is appended to colour images",
        script="""\
images = np.zeros((8, 32, 32, 3), "float32")
if images.ndim == 3:
    images = np.expand_dims(images, -1)
""",
        changes=(("if images.ndim == 3:\n    images", "images"),),
        sign="an error of Conv2D about five axes",
        symptom="axes of a batch, expected: 4",
        measure=lambda run: run.script.images.ndim,
        bounds=((5, 5), (4, 4)),
        refusal=lambda script: refused(checks.check_images, script.images),
        alarm="kit.checks.check_images",
        cure="append it to images without channels only",
        advice=r"\(n, height, width, channels\)|4",
        source=GITHUB + "diegoalejogm/gans/issues/15",
    ),
    alone(
        "unfit_clips",
        "standardised clips for a generator that ends in tanh",
        script="""\
clips = load_clips()
clips = clips / np.abs(clips).max()
""",
        changes=(
            ("clips / np.abs(clips).max()", "(clips - clips.mean()) / clips.std()"),
        ),
        sign="clipped sound with clicks",
        symptom="share of the data beyond full scale",
        measure=lambda run: (np.abs(run.script.clips) > 1).mean(),
        bounds=((0.05, 0.3), (0, 0)),
        refusal=clips_refused,
        alarm="kit.checks.check_clips",
        cure="scale by the peak, to [−1, 1]",
        advice=r"\[-1, 1\]|\[−1, 1\]",
    ),
    alone(
        "thousand_subplots",
        "every sample is drawn into axes of its own",
        script="""\
images, figure, n = load_digits(), Figure(), 60
tiled = images[:n].reshape(6, 10, 28, 28).swapaxes(1, 2).reshape(6 * 28, 10 * 28)
figure.add_subplot().imshow(tiled, cmap="gray")
""",
        changes=(
            (
                "tiled = images[:n].reshape(6, 10, 28, 28).swapaxes(1, 2)"
                ".reshape(6 * 28, 10 * 28)\n"
                'figure.add_subplot().imshow(tiled, cmap="gray")\n',
                "for i in range(n):\n"
                '    figure.add_subplot(6, 10, i + 1).imshow(images[i], cmap="gray")\n',
            ),
        ),
        sign="a figure takes minutes and gigabytes",
        symptom="CPU seconds to draw 1,000 images (from 60)",
        measure=seconds_to_draw,
        bounds=((3, 900), (0, 2.9)),
        refusal=many_axes,
        alarm="figure.axes",
        cure="tile the images into one picture",
        advice=r"one picture of all",
        source=GITHUB + "matplotlib/matplotlib/issues/867",
    ),
    alone(
        "class_for_instance",
        "an activation's class where its name or an instance belongs",
        script='layer = layers.Dense(4, activation="leaky_relu")\n',
        changes=(('"leaky_relu"', "layers.LeakyReLU"),),
        sign="an error about a type that comes only when the layer is called",
        symptom="the layer draws (1) or raises (0)",
        measure=lambda run: float(not refused(run.script.layer, tf.ones((3, 2)))),
        bounds=((0, 0), (1, 1)),
        refusal=class_given,
        alarm="a first call",
        cure='pass `"leaky_relu"` or `layers.LeakyReLU()`',
        advice=r"LeakyReLU: add \(\)",
    ),
    alone(
        "python_side_effects",
        "appending to a list inside a `tf.function`",
        script=scripts.TRACED_STEP,
        changes=(
            ("    return loss\n", "    losses.append(loss)\n    return loss\n"),
            ("    losses.append(step(number))\n", "    step(number)\n"),
        ),
        sign="a line printed once, a list with one entry",
        symptom="entries of a list after 20 steps",
        measure=lambda run: len(run.script.losses),
        bounds=((1, 1), (20, 20)),
        refusal=one_trace,
        alarm="tracing count",
        cure="return the loss from the step; append outside",
        advice=r"return the loss and append outside",
        source=GITHUB + "tensorflow/tensorflow/issues/31362",
    ),
)
