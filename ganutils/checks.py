"""Checks at the door of the training core; every error echoes what it received."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from ganutils import conditions


def check_networks(
    generator: keras.Model,
    discriminator: keras.Model,
    latent_dim: int,
    view: Callable | None = None,
    condition: Callable | None = None,
):
    """Raise a ValueError unless z → G → samples → D → logits (batch, 1) fit."""
    for name, network in {
        "generator": generator,
        "discriminator": discriminator,
    }.items():
        if not network.built:
            raise ValueError(
                f"Expected a built `{name}`; received one without shapes. Begin it "
                "with keras.Input(shape=…)."
            )
    if generator.input_shape != (None, latent_dim):
        raise ValueError(
            f"Expected a generator of z with shape (batch, {latent_dim}); received one "
            f"of {generator.input_shape}."
        )
    shown, what = generator.output_shape, "what the generator draws"
    if view is not None:
        shown = (None, *view(tf.zeros((2, *shown[1:]))).shape[1:])
        what = "the `view` of what the generator draws"
    if condition is not None:
        asked = condition(tf.zeros((2, latent_dim)))
        shown = (None, conditions.beside(tf.zeros((2, *shown[1:])), asked).shape[1])
        what += " beside its `condition`"
    if shown != discriminator.input_shape:
        raise ValueError(
            f"Expected a discriminator of {what}, shape {shown}; received one of "
            f"{discriminator.input_shape}."
        )
    if discriminator.output_shape != (None, 1):
        raise ValueError(
            "Expected a discriminator that returns logits (batch, 1); received "
            f"{discriminator.output_shape}."
        )


def check_parts(x, gan, batch_size: int) -> list[np.ndarray]:
    """Return [samples], or [samples, conditions] where `gan` has a condition.

    Args:
        x: what `GAN.fit` received as arrays.
        gan: the GAN.
        batch_size: samples in a batch, ≥ 1.

    Raises:
        ValueError: these are no such arrays, and why not.
    """
    if gan.condition is None:
        return [check_real(x, gan.generator.output_shape, batch_size)]
    check_pair(x)
    samples = check_real(x[0], gan.generator.output_shape, batch_size)
    fulfilled = np.asarray(x[1])
    width = gan.condition(tf.zeros((1, gan.latent_dim))).shape[1]
    if fulfilled.shape != (len(samples), width):
        raise ValueError(
            f"Expected conditions of shape {(len(samples), width)}, a row a sample; "
            f"received {fulfilled.shape}."
        )
    return [samples, check_real(fulfilled, (None, width), batch_size)]


def check_pair(x):
    """Raise a ValueError unless `x` is what a GAN with a condition is fitted to."""
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            "Expected a pair (samples, conditions), since the GAN has a `condition`; "
            f"received {type(x).__name__}."
        )


def check_real(x, sample_shape: tuple, batch_size: int) -> np.ndarray:
    """Return real samples as float32 (n, …), or raise a ValueError that says why not.

    Args:
        x: array-like.
        sample_shape: the generator's output shape, (None, …).
        batch_size: samples in a batch, ≥ 1.
    """
    x = np.asarray(x)
    if x.dtype.kind != "f":
        raise ValueError(
            f"Expected real samples as floats; received {x.dtype}. Rescale images with "
            "datasets.to_unit_range()."
        )
    if x.shape[1:] != tuple(sample_shape[1:]):
        raise ValueError(
            f"Expected real samples of shape {('n', *sample_shape[1:])}, as the "
            f"generator draws them; received {x.shape}."
        )
    if batch_size < 1 or len(x) < 2:
        raise ValueError(
            f"Expected at least 2 samples and `batch_size` ≥ 1; received {len(x)} "
            f"samples and batch_size={batch_size!r}."
        )
    if not np.isfinite(x).all():
        raise ValueError(
            f"Expected finite samples; received {int((~np.isfinite(x)).sum())} NaN or "
            "infinite values."
        )
    return x.astype("float32", copy=False)
