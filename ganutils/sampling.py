"""Codes z and what a generator draws from them."""

import keras
import numpy as np
import tensorflow as tf


def sample_z(n, latent_dim: int, seed) -> tf.Tensor:
    """Return z ~ N(0, I), shape (n, latent_dim), a pure function of `seed`.

    Args:
        n: number of codes.
        latent_dim: components of a code.
        seed: two whole numbers. XLA draws other numbers from the same seed.

    Example:
        >>> sample_z(1, 3, seed=(1, 2)).numpy().round(3)
        array([[0.544, 0.207, 0.074]], dtype=float32)
    """
    return tf.random.stateless_normal((n, latent_dim), seed)


def decode(generator: keras.Model, z, batch_size: int = 1024) -> np.ndarray:
    """Return G(z) in inference mode, computed in batches.

    Args:
        generator: maps (batch, latent_dim) to (batch, …).
        z: shape (n, latent_dim).
        batch_size: samples in one call.

    Returns:
        Array (n, …), float32.
    """
    z = tf.cast(z, tf.float32)
    parts = [
        generator(z[i : i + batch_size], training=False)
        for i in range(0, len(z), batch_size)
    ]
    return np.concatenate([np.asarray(part, "float32") for part in parts])
