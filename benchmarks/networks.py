"""What the benchmarks train, and the clock that times it."""

import time
from collections.abc import Callable
from statistics import median

import keras
from keras import layers

import chapters

WARM_UP = 20  # steps off the clock


class Stopwatch(keras.callbacks.Callback):
    """Times all steps of a `fit` but the first ones, which trace and warm up."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter):
        super().__init__()
        self.clock = clock

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 == WARM_UP:  # a multiple of the steps in a row
            self.start = self.clock()

    def on_train_end(self, logs=None):
        self.seconds = self.clock() - self.start


def spread(values: list[float], decimals: int) -> str:
    """Return 'median (lowest–highest)'."""
    numbers = median(values), min(values), max(values)
    middle, lowest, highest = (f"{number:.{decimals}f}" for number in numbers)
    return f"{middle} ({lowest}–{highest})"


def mlp() -> tuple[keras.Model, keras.Model]:
    """Return chapter 2's generator and discriminator, made by the chapter's code."""
    return chapters.shared_code("02_mlp_gan")["digit_networks"]()


def chapter_3(seed: int = 0, **changes):
    """Return chapter 3's compiled GAN, whose rates fall to 0 over the chapter's steps.

    Args:
        seed: of the GAN.
        **changes: arguments of the chapter's `make_gan`.
    """
    return chapters.shared_code("03_dcgan")["make_gan"](seed=seed, **changes)


def small_dcgan(latent_dim: int = 64) -> tuple[keras.Model, keras.Model]:
    """Return a two-layer DCGAN with 64 and 32 channels for 28×28 pictures."""
    up = {"kernel_size": 4, "strides": 2, "padding": "same"}
    generator = keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(7 * 7 * 64, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(32, use_bias=False, **up),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(1, activation="tanh", **up),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, activation="leaky_relu", **up),
            layers.Conv2D(64, activation="leaky_relu", **up),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    return generator, discriminator


def tensorflow_tutorial() -> tuple[keras.Model, keras.Model]:
    """Return the networks of the TensorFlow DCGAN tutorial, for z of 100."""
    generator = keras.Sequential(
        [keras.Input((100,)), layers.Dense(7 * 7 * 256, use_bias=False)]
    )
    _normalise(generator, 0.3)
    generator.add(layers.Reshape((7, 7, 256)))
    for filters, stride in ((128, 1), (64, 2)):
        generator.add(_transposed(filters, 5, stride, use_bias=False))
        _normalise(generator, 0.3)
    generator.add(_transposed(1, 5, 2, use_bias=False, activation="tanh"))
    discriminator = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (64, 128):
        discriminator.add(layers.Conv2D(filters, 5, 2, padding="same"))
        discriminator.add(layers.LeakyReLU(0.3))
        discriminator.add(layers.Dropout(0.3))
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dense(1))
    return generator, discriminator


def keras_example() -> tuple[keras.Model, keras.Model]:
    """Return the Keras DCGAN example's networks, z of 128, for 28×28×1 in [0, 1].

    The example draws 64×64 from 8×8 in three doublings with 128, 256 and 512 channels;
    from 7×7 to 28×28 there are two, of which we keep the first two.
    """
    generator = keras.Sequential(
        [
            keras.Input((128,)),
            layers.Dense(7 * 7 * 128),
            layers.Reshape((7, 7, 128)),
        ]
    )
    for filters in (128, 256):
        generator.add(_transposed(filters, 4, 2))
        generator.add(layers.LeakyReLU(0.2))
    generator.add(layers.Conv2D(1, 5, padding="same", activation="sigmoid"))
    discriminator = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (64, 128, 128):
        discriminator.add(layers.Conv2D(filters, 4, 2, padding="same"))
        discriminator.add(layers.LeakyReLU(0.2))
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dropout(0.2))
    discriminator.add(layers.Dense(1))  # the example ends in a sigmoid: same loss
    return generator, discriminator


def _transposed(filters, kernel, stride, **options):
    return layers.Conv2DTranspose(filters, kernel, stride, padding="same", **options)


def _normalise(network, slope):
    network.add(layers.BatchNormalization())
    network.add(layers.LeakyReLU(slope))
