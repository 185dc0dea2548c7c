"""The networks that the benchmarks train: chapter 2's MLP and a small DCGAN."""

import keras
from keras import layers


def mlp(latent_dim: int = 64) -> tuple[keras.Model, keras.Model]:
    """Return chapter 2's generator and discriminator of 28×28 pictures."""
    generator = keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(256, activation="leaky_relu"),
            layers.Dense(512, activation="leaky_relu"),
            layers.Dense(784, activation="tanh"),
            layers.Reshape((28, 28, 1)),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(512, activation="leaky_relu"),
            layers.Dense(256, activation="leaky_relu"),
            layers.Dense(1),
        ]
    )
    return generator, discriminator


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
