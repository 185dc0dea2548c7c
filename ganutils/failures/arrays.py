"""Failures that need no training: shapes, clips, Python in a traced step, figures."""

import io
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure

from ganutils import audio, datasets, plotting, training
from ganutils.failures import lab
from ganutils.failures.images import digits, make_discriminator

COLOURED = (8, 32, 32, 3)  # a batch of small photographs


def refusal(function: Callable, *arguments, **options) -> str:
    """Return what a call refuses with; an empty text where it accepts.

    Args:
        function: called with the arguments that follow.
        *arguments, **options: passed on.
    """
    try:
        function(*arguments, **options)
    except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _outcome(symptom, door, broken, cured, **details):
    """Measure two things and ask the door, (name, function), about each of them."""
    name, check = door
    found = [
        frozenset({name}) if refusal(check, thing) else frozenset()
        for thing in (broken, cured)
    ]
    return lab.Outcome(symptom(broken), symptom(cured), *found, details=details)


def upsampling_generator(strides: int = 2):
    """Return G of digits; without the upsampling, at stride 1, its images are small."""
    stack = [keras.Input((8,)), layers.Dense(14 * 14), layers.Reshape((14, 14, 1))]
    end = layers.Conv2DTranspose(1, 4, strides, padding="same", activation="tanh")
    return keras.Sequential([*stack, end])


def any_size_discriminator():
    """Return D that takes images of any size, so that it hides a wrong one."""
    stack = [keras.Input((None, None, 1)), layers.Conv2D(8, 4, 2)]
    return keras.Sequential([*stack, layers.GlobalAveragePooling2D(), layers.Dense(1)])


def wrong_size(steps: int) -> lab.Outcome:
    """Leave out the upsampling of G; a D with pooling takes its images all the same."""
    generators = upsampling_generator(strides=1), upsampling_generator()
    d = make_discriminator()
    door = "training.GAN", lambda g: training.GAN(g, d, latent_dim=8)
    small, wide, full = (tf.zeros((8, *shape)) for shape in _SHAPES)
    return _outcome(
        lambda generator: float(generator.output_shape[1]),
        door,
        *generators,
        said_by_pooling=refusal(any_size_discriminator(), small),
        said_by_14_against_28=refusal(lambda: tf.repeat(small, 3, -1) - full),
        shape_of_3_against_1=tuple((wide - full).shape),
    )


_SHAPES = (14, 14, 1), (28, 28, 3), (28, 28, 1)


def extra_axis(steps: int) -> lab.Outcome:
    """Append an axis to colour images, as one does to MNIST, which has none."""
    colour = np.zeros(COLOURED, "float32")
    door = "datasets.check_images", datasets.check_images
    wrong = colour[..., np.newaxis]
    said = refusal(layers.Conv2D(8, 3), wrong)
    return _outcome(lambda x: float(x.ndim), door, wrong, colour, said_by_conv=said)


def normalised(batch_size: int) -> np.ndarray:
    """Return 64 numbers, different ones, passed through BatchNorm batch by batch."""
    x = tf.random.stateless_normal((64, 1), (lab.SEED, 0))
    norm = layers.BatchNormalization()
    parts = [norm(part, training=True) for part in tf.split(x, 64 // batch_size)]
    return np.concatenate(parts)


def class_for_instance(steps: int) -> lab.Outcome:
    """Pass an activation's class; then feed BatchNorm one sample at a time."""

    def untrained_sample(activation):
        stack = [layers.Dense(4, activation=activation), layers.Dense(1)]
        keras.Sequential([keras.Input((2,)), *stack])(tf.ones((3, 2)))

    said = [refusal(untrained_sample, a) for a in (layers.LeakyReLU, "leaky_relu")]
    found = [frozenset({"an untrained sample"} if text else ()) for text in said]
    spreads = [float(normalised(size).std()) for size in (1, 64)]
    return lab.Outcome(*spreads, *found, details={"said": said[0]})


def counted_in_python(steps: int, traced: bool, count: int = 20) -> tuple[int, int]:
    """Append to a list on each of `count` steps; return (entries, times traced).

    Args:
        steps: ignored, as in every failure without training.
        traced: append inside the `tf.function`, the bug; else to what it returns.
        count: calls of the step.
    """
    kept = []

    @tf.function
    def step(number):
        if traced:
            kept.append(number)
        return tf.square(tf.cast(number, tf.float32))

    for i in range(count):
        value = step(tf.constant(i))
        if not traced:
            kept.append(float(value))
    return len(kept), step.experimental_get_tracing_count()


def python_side_effects(steps: int) -> lab.Outcome:
    """Count what Python does inside a traced step, and what it does outside."""
    (inside, traces), (outside, _) = (counted_in_python(0, t) for t in (True, False))
    door = "experimental_get_tracing_count"
    found = [frozenset({door} if n == traces else ()) for n in (inside, outside)]
    return lab.Outcome(float(inside), float(outside), *found)


def clips_at_the_door(steps: int) -> lab.Outcome:
    """Standardise clips by their deviation; a generator that ends in tanh draws ≤ 1."""
    clips = datasets.load("spoken_digits_tts").x_test[:200]
    standardised = (clips - clips.mean()) / clips.std()
    door = "audio.check_clips", audio.check_clips
    loud = 1.2 * np.sin(2 * np.pi * 200 * np.arange(8_000) / 8_000)  # 200 Hz, 20 % over
    ragged = [clips[0, :8000], clips[1]]
    return _outcome(
        lambda x: float((np.abs(x) > 1).mean()),
        door,
        standardised,
        clips,
        jump_before=_largest_jump((loud * 32767).astype("int32").astype("int16")),
        jump_after=_largest_jump((np.clip(loud, -1, 1) * 32767).astype("int16")),
        said_by_array=refusal(np.array, ragged),
        said_by_conv2d=refusal(layers.Conv2D(8, 3), clips),
        said_by_door=refusal(audio.check_clips, np.array(ragged, dtype=object)),
    )


def _largest_jump(samples):
    """Return the largest step between neighbours, in units of full scale."""
    return float(np.abs(np.diff(samples.astype("float64"))).max() / 32768)


def as_subplots(images: np.ndarray) -> Figure:
    """Draw every image into axes of its own."""
    figure = Figure()
    for i, image in enumerate(images):
        axes = figure.add_subplot(-(-len(images) // 10), 10, i + 1)
        axes.imshow(image[..., 0], cmap="gray")
        axes.axis("off")
    return figure


def thousand_subplots(steps: int) -> lab.Outcome:
    """Draw up to 60 images as subplots, and 1,000 as one picture; time both."""
    n = min(60, 10 * steps)
    many, bytes_many = _timed(as_subplots, digits()[:n])
    one, bytes_one = _timed(plotting.image_grid, digits()[:1_000], columns=40)
    found = [
        frozenset({"figure.axes"} if len(make(digits()[:n]).axes) > 1 else ())
        for make in (as_subplots, plotting.image_grid)
    ]
    details = {"kB_a_subplot": bytes_many / n / 1e3, "kB_of_grid": bytes_one / 1e3}
    return lab.Outcome(many * 1_000 / n, one, *found, details=details)


def _timed(draw, images, **options):
    start, file = time.process_time(), io.BytesIO()
    draw(images, **options).savefig(file, format="png")
    return time.process_time() - start, file.tell()
