"""Checks at the door of the training core; every error echoes what it received."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils.training import conditions

# Layers that arrange values and leave their range alone.
ARRANGING = (
    layers.Reshape,
    layers.Flatten,
    layers.Permute,
    layers.Identity,
    layers.Cropping1D,
    layers.Cropping2D,
    layers.Dropout,
)


LOWEST = {  # of what an activation may return
    "sigmoid": 0,
    "hard_sigmoid": 0,
    "softmax": 0,
    "relu": 0,
    "relu6": 0,
    "softplus": 0,
    "tanh": -1,
    "softsign": -1,
}

BOUNDED = ("tanh", "softsign", "sigmoid", "hard_sigmoid", "softmax")
FAR_OUTSIDE = 2.0  # such networks draw within ±1; a real sample may overshoot a little
POLICIES = ("float32", "mixed_float16", "mixed_bfloat16")


def check_whole(name: str, value, at_least: int) -> int:
    """Return a whole number, or raise a ValueError that names it.

    Args:
        name: how the error calls it.
        value: what was received.
        at_least: the smallest that makes sense.
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < at_least:
        raise ValueError(
            f"Expected `{name}` to be a whole number ≥ {at_least}; received {value!r}."
        )
    return int(value)


def check_networks(
    generator: keras.Model,
    discriminator: keras.Model,
    latent_dim: int,
    view: Callable | None = None,
    condition: Callable | None = None,
):
    """Raise a ValueError unless z → G → samples → D → logits (batch, 1) fit."""
    check_network("generator", generator)
    check_network("discriminator", discriminator)
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


def check_network(name: str, network: keras.Model):
    """Raise a ValueError unless a network has shapes, one input and a usable policy.

    Args:
        name: "generator" or "discriminator".
        network: a Sequential or functional model.
    """
    if not network.built:
        raise ValueError(
            f"Expected a built `{name}`; received one without shapes. Begin it "
            "with keras.Input(shape=…)."
        )
    if not hasattr(network, "input_shape") or not isinstance(
        network.input_shape, tuple
    ):
        raise ValueError(
            f"Expected `{name}` as a Sequential or functional model with one input; "
            f"received {type(network).__name__}. Wrap it: "
            "keras.Model(inputs, network(inputs)) with inputs = keras.Input(shape=…)."
        )
    if network.input_shape[0] is not None:
        raise ValueError(
            f"Expected a `{name}` for batches of any size; received one of exactly "
            f"{network.input_shape[0]}. Leave out batch_size in its keras.Input."
        )
    policy = network.dtype_policy.name
    if policy not in POLICIES:
        raise ValueError(
            f"Expected a `{name}` of one of the policies {POLICIES}; received "
            f"{policy!r}. Set keras.config.set_dtype_policy() before it is built."
        )
    heard = [x.name for x in network._flatten_layers() if _has_activity_loss(x)]
    if heard:
        raise ValueError(
            f"Expected no `activity_regularizer` in `{name}`; received one in "
            f"{heard}. Give compile(penalties=…), which knows real from fake."
        )


def _has_activity_loss(layer):
    return getattr(layer, "activity_regularizer", None) is not None


def check_parts(x, gan, at_least: int = 2) -> list[np.ndarray]:
    """Return [samples], or [samples, conditions] where `gan` has a condition.

    Args:
        x: what `GAN.fit` received as arrays.
        gan: the GAN.
        at_least: samples that are enough.

    Raises:
        ValueError: these are no such arrays, and why not.
    """
    if gan.condition is None:
        _check_single(x)
        return [_check_samples(x, gan.generator, at_least)]
    check_pair(x)
    samples = _check_samples(x[0], gan.generator, at_least)
    fulfilled = np.asarray(x[1])
    width = gan.condition(tf.zeros((1, gan.latent_dim))).shape[1]
    if fulfilled.shape != (len(samples), width):
        raise ValueError(
            f"Expected conditions of shape {(len(samples), width)}, a row a sample; "
            f"received {fulfilled.shape}."
        )
    return [samples, check_real(fulfilled, (None, width), at_least)]


def check_pair(x):
    """Raise a ValueError unless `x` is what a GAN with a condition is fitted to."""
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(
            "Expected a pair (samples, conditions), since the GAN has a `condition`; "
            f"received {type(x).__name__}."
        )


def _check_samples(x, generator, at_least):
    samples = check_real(x, generator.output_shape, at_least)
    end, low, high = final_activation(generator), samples.min(), samples.max()
    if end in BOUNDED and max(-low, high) > FAR_OUTSIDE:
        raise ValueError(
            f"Expected samples that a generator which ends in {end} can draw; received "
            f"values from {low:.4g} to {high:.4g}. Rescale them to [-1, 1], bytes with "
            "datasets.to_unit_range()."
        )
    return samples


def _check_single(x):
    if not isinstance(x, list) and not hasattr(x, "__array__"):
        cure = "Wrap what yields batches: tf.data.Dataset.from_generator(…)."
        if isinstance(x, (tuple, dict)):
            cure = "Give the samples alone; labels need GAN(…, condition=…)."
        raise ValueError(
            "Expected real samples as an array or a tf.data.Dataset; received "
            f"{type(x).__name__}. {cure}"
        )


def check_real(x, sample_shape: tuple, at_least: int) -> np.ndarray:
    """Return real samples as float32 (n, …), or raise a ValueError that says why not.

    Args:
        x: array-like.
        sample_shape: the generator's output shape, (None, …).
        at_least: samples that are enough.
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
    if len(x) < at_least:
        raise ValueError(f"Expected at least {at_least} samples; received {len(x)}.")
    if not np.isfinite(x).all():
        raise ValueError(
            f"Expected finite samples; received {int((~np.isfinite(x)).sum())} NaN or "
            "infinite values."
        )
    return x.astype("float32", copy=False)


def check_stream(x: tf.data.Dataset, gan, steps_per_epoch: int | None):
    """Return a data set of float32 batches, or raise a ValueError that says why not.

    Looked at are its element and its first batch, as arrays are; what comes later is
    for `monitoring.NonFinite` to notice.

    Args:
        x: what `GAN.fit` received; finite, or `steps_per_epoch` is given.
        gan: a compiled GAN.
        steps_per_epoch: steps in an epoch; None: all of `x`.
    """
    spec = x.element_spec
    if gan.condition is None and not isinstance(spec, tf.TensorSpec):
        raise ValueError(
            "Expected a data set of batches of samples; received elements "
            f"{_structure(spec)}. Take the samples out: "
            f"data.map({_taken(spec)})."
        )
    if steps_per_epoch is None and x.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            "Expected `steps_per_epoch` with an endless data set; received None."
        )
    first = next(x.take(1).as_numpy_iterator(), None)
    if first is None:
        raise ValueError("Expected a data set with a batch; received an empty one.")
    if gan.condition is not None:
        check_pair(spec)
    _check_batched(spec if gan.condition is None else spec[0], gan)
    check_parts(first, gan, at_least=1)
    return x.map(lambda *parts: _as_float(parts))


def _structure(spec):
    return str(tf.nest.map_structure(lambda part: str(part.shape), spec))


def _taken(spec):
    if isinstance(spec, dict):
        return f"lambda row: row[{next(iter(spec))!r}]"
    return "lambda samples, *rest: samples"


def _check_batched(spec, gan):
    shape = gan.generator.output_shape
    if spec.shape.rank == len(shape) - 1:
        raise ValueError(
            f"Expected batches of shape {('batch', *shape[1:])}; received single "
            f"samples of {tuple(spec.shape)}. Call data.batch(n)."
        )
    rows, devices = spec.shape[0], gan.distribute_strategy.num_replicas_in_sync
    parts = gan.d_steps * devices
    if parts > 1 and (rows is None or rows % parts):
        raise ValueError(
            f"Expected batches of a fixed size, a multiple of {parts}, for `d_steps` "
            f"{gan.d_steps} on {devices} devices; received size {rows}. Call "
            "data.batch(n, drop_remainder=True)."
        )


def _as_float(parts):
    cast = tuple(tf.cast(part, tf.float32) for part in parts)
    return cast if len(cast) > 1 else cast[0]


def check_steps(steps: int | None, steps_per_execution: int):
    """Raise a ValueError unless an epoch is a whole number of executions.

    Args:
        steps: of an epoch; None where nobody knows.
        steps_per_execution: of `compile`.
    """
    if steps_per_execution == 1 or (steps and steps % steps_per_execution == 0):
        return
    if not steps:
        raise ValueError(
            "Expected `steps_per_epoch` with steps_per_execution "
            f"{steps_per_execution} and a data set of unknown length; received None."
        )
    divisors = [k for k in range(1, steps + 1) if steps % k == 0]
    raise ValueError(
        f"Expected `steps_per_execution` to divide the {steps} steps of an epoch; "
        f"received {steps_per_execution}. Its divisors are {divisors}."
    )


def final_activation(network: keras.Model) -> str | None:
    """Return the name of the activation that ends a network, in lower case.

    Args:
        network: Sequential, functional, or any with `layers` in the order of calls.

    Returns:
        For instance "tanh"; None where the end is linear or is not recognised.

    Example:
        >>> final_activation(keras.Sequential([keras.Input((2,)), layers.Dense(1)]))
    """
    for operation in reversed(_operations(network)):
        if isinstance(operation, (layers.InputLayer, *ARRANGING)):
            continue
        if isinstance(operation, keras.Model):
            return final_activation(operation)
        return _activation(operation)
    return None


def _operations(network):
    if isinstance(network, keras.Sequential):
        return network.layers
    return getattr(network, "operations", None) or network.layers


def _activation(operation):
    operation = getattr(operation, "layer", operation)  # inside a wrapper
    function = getattr(operation, "activation", None)
    if function is None:
        name = type(operation).__name__.lower()
        return name if name in LOWEST else None
    name = getattr(function, "__name__", type(function).__name__).lower()
    return None if name == "linear" else name
