"""Checks at the door of the training core; every error echoes what it received."""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils.kit import checks
from ganutils.training import replicas

# Layers that arrange values and leave their range alone.
ARRANGING = (layers.Reshape, layers.Flatten, layers.Permute, layers.Identity)
ARRANGING += (layers.Cropping1D, layers.Cropping2D, layers.Dropout)

NOT_NEGATIVE = ("sigmoid", "hard_sigmoid", "softmax", "relu", "relu6", "softplus")
LOWEST = dict.fromkeys(NOT_NEGATIVE, 0) | {"tanh": -1, "softsign": -1}
BOUNDED = ("tanh", "softsign", "sigmoid", "hard_sigmoid", "softmax")
FAR_OUTSIDE = 2.0  # such networks draw within ±1; a real sample may overshoot a little
POLICIES = ("float32", "mixed_float16", "mixed_bfloat16")


class Part(NamedTuple):
    """One of the arrays that `fit` takes: how errors call its rows, a batch's shape.

    The generator is the network that draws such rows; None where none does.
    """

    name: str
    shape: tuple
    generator: keras.Model | None = None


def check_networks(gan):
    """Raise a ValueError unless a GAN's networks take what its methods hand them.

    That is: rows → `gan.draw` → G → samples → `gan.shown` → D → logits (batch, …, 1).
    """
    check_network("generator", gan.generator)
    check_network("discriminator", gan.discriminator)
    rows = replicas.single([tf.zeros((2, *part.shape[1:])) for part in gan.parts()])
    seed = tf.constant([0, 0])
    drawn = gan.draw(rows, seed)
    if _shapes(drawn) != _shapes(gan.generator.inputs):
        raise ValueError(
            f"Expected a generator of {gan.takes}, shape {_shapes(drawn)}; "
            f"received one of {_shapes(gan.generator.inputs)}."
        )
    fake = tf.zeros((2, *gan.generator.output_shape[1:]))
    shown = gan.shown(rows, drawn, fake, seed)
    takes, gives = gan.discriminator.input_shape, gan.discriminator.output_shape
    for whose, rows in zip(("real rows", "what G draws"), shown, strict=True):
        if _shapes(rows) != takes:
            raise ValueError(
                f"Expected a discriminator of what it is shown of {whose}, shape "
                f"{_shapes(rows)}; received one of {takes}."
            )
    if len(gives) < 2 or gives[0] is not None or gives[-1] != 1:
        raise ValueError(
            "Expected a discriminator that returns logits (batch, 1), or a logit a "
            f"patch (batch, …, 1); received {gives}."
        )


def _shapes(tensors):
    """Return the shape of a tensor, or those of several."""
    tensors = keras.tree.flatten(tensors)
    return replicas.single([(None, *tensor.shape[1:]) for tensor in tensors])


def check_network(name: str, network: keras.Model):
    """Raise a ValueError unless a network has shapes, one output and a usable policy.

    A "generator" may have several inputs, a "discriminator" has one.
    """
    if not network.built:
        raise ValueError(
            f"Expected a built `{name}`; received one without shapes. Begin it "
            "with keras.Input(shape=…)."
        )
    inputs, outputs = (getattr(network, x, None) or [] for x in ("inputs", "outputs"))
    if len(outputs) > 1:
        raise ValueError(
            f"Expected a `{name}` with one output; received {len(outputs)}. Give "
            "another head to a penalty or an extra loss, as a network of its own."
        )
    many = len(inputs) > 1 and name == "discriminator"
    if not inputs or not outputs or many:
        raise ValueError(
            f"Expected `{name}` as a Sequential or functional model with one input; "
            f"received {type(network).__name__}. Wrap it: "
            "keras.Model(inputs, network(inputs)) with inputs = keras.Input(shape=…)."
        )
    shapes = [x.shape for x in inputs]
    if any(shape[0] is not None or None in shape[1:] for shape in shapes):
        raise ValueError(
            f"Expected a `{name}` for batches of any size, of rows of one known shape; "
            f"received one of {replicas.single(shapes)}. Give keras.Input that shape, "
            "and no batch_size."
        )
    policy = network.dtype_policy.name
    if policy not in POLICIES:
        raise ValueError(
            f"Expected a `{name}` of one of the policies {POLICIES}; received "
            f"{policy!r}. Set keras.config.set_dtype_policy() before it is built."
        )
    parts = network._flatten_layers()
    heard = [x.name for x in parts if getattr(x, "activity_regularizer", None)]
    if heard:
        raise ValueError(
            f"Expected no `activity_regularizer` in `{name}`; received one in "
            f"{heard}. Give compile(penalties=…), which knows real from fake."
        )


def make_optimizer(learning_rate: float = 2e-4, beta_1: float = 0.5):
    """Return Adam with β₁ = ½: less momentum, since the target of each player moves.

    Reference:
        Radford, Metz, Chintala 2016, section 4, https://arxiv.org/abs/1511.06434
    """
    return keras.optimizers.Adam(learning_rate, beta_1=beta_1)


def ready_optimizer(player, optimizer):
    """Return a player's optimizer, its variables made, scaled under mixed_float16.

    `optimizer` is what Keras takes for one, or None: `make_optimizer()`.

    Raises:
        ValueError: it has trained another network; on several devices it accumulates
            gradients, or was made outside of their scope.
    """
    optimizer, name = keras.optimizers.get(optimizer or make_optimizer()), player.name
    scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    policies = {network.dtype_policy.name for network in player.networks}
    if "mixed_float16" in policies and not scales:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    pair = inner._trainable_variables, player.variables
    served, asked = ([id(v) for v in variables] for variables in pair)
    if optimizer.built and served != asked:
        raise ValueError(
            f"Expected a new `{name}`; received {optimizer!r}, which keeps the moments "
            "of another network's weights. Make one for each player."
        )
    if inner.gradient_accumulation_steps and replicas.count() > 1:
        raise ValueError(
            f"Expected no `gradient_accumulation_steps` in `{name}` on several "
            "devices, which sum gradients at every step; received "
            f"{inner.gradient_accumulation_steps!r}. Raise `batch_size` instead."
        )
    try:
        optimizer.build(player.variables)
    except RuntimeError as error:  # "Mixing different tf.distribute.Strategy objects"
        raise ValueError(
            f"Expected `{name}` made inside the strategy.scope() of its network; "
            f"received {optimizer!r} from outside."
        ) from error
    return optimizer


def check_arrays(x, gan, at_least: int = 2) -> list[np.ndarray]:
    """Return the arrays that a GAN learns from, float32, one for each of its parts.

    Raises:
        ValueError: `x`, which `fit` received, is no such arrays of `at_least` rows.
    """
    parts = gan.parts()
    if len(parts) == 1:
        _check_single(x)
        x = [x]
    _check_tuple(x, parts)
    arrays = [check_rows(*pair, at_least) for pair in zip(x, parts, strict=True)]
    counts = [len(rows) for rows in arrays]
    if gan.paired and len(set(counts)) > 1:
        raise ValueError(
            f"Expected as many rows of each of {[part.name for part in parts]}, which "
            f"belong together; received {counts}."
        )
    return arrays


def check_rows(x, part: Part, at_least: int) -> np.ndarray:
    """Return rows (n, …) of a part, float32, or raise a ValueError that says why."""
    x, (name, shape, generator) = np.asarray(x), part
    if x.dtype.kind != "f":
        cure = "Rescale images with datasets.to_unit_range()."
        if name == "labels":
            cure = "Make rows of numbers with conditions.one_hot(labels)."
        raise ValueError(f"Expected {name} as floats; received {x.dtype}. {cure}")
    if x.shape[1:] != tuple(shape[1:]):
        raise ValueError(
            f"Expected {name} of shape {('n', *shape[1:])}, as the networks take them; "
            f"received {x.shape}."
        )
    if len(x) < at_least:
        raise ValueError(f"Expected at least {at_least} {name}; received {len(x)}.")
    checks.check_finite(x, name)
    end = generator and final_activation(generator)
    if end in BOUNDED and np.abs(x).max() > FAR_OUTSIDE:
        raise ValueError(
            f"Expected {name} that a generator which ends in {end} can draw; received "
            f"values from {x.min():.4g} to {x.max():.4g}. Rescale them to [-1, 1], "
            "bytes with datasets.to_unit_range()."
        )
    return x.astype("float32", copy=False)


def _check_single(x):
    if not isinstance(x, list) and not hasattr(x, "__array__"):
        cure = "Wrap what yields batches: tf.data.Dataset.from_generator(…)."
        if isinstance(x, (tuple, dict)):
            cure = "Give the samples alone; labels need a ConditionalGAN."
        raise ValueError(
            "Expected real samples as an array or a tf.data.Dataset; received "
            f"{type(x).__name__}. {cure}"
        )


def _check_tuple(x, parts):
    if not isinstance(x, (tuple, list)) or len(x) != len(parts):
        raise ValueError(
            f"Expected a tuple ({', '.join(part.name for part in parts)}); received "
            f"{type(x).__name__}{f' of {len(x)}' if isinstance(x, tuple) else ''}."
        )


def check_stream(x: tf.data.Dataset, gan, steps_per_epoch: int | None):
    """Return a data set of float32 batches, or raise a ValueError that says why not.

    Looked at are its element and its first batch, as arrays are; what comes later is
    for `monitoring.NonFinite` to notice. It ends, or `steps_per_epoch` is given.
    """
    spec, parts = x.element_spec, gan.parts()
    if len(parts) == 1 and not isinstance(spec, tf.TensorSpec):
        take = "lambda samples, *rest: samples"
        if isinstance(spec, dict):
            take = f"lambda row: row[{next(iter(spec))!r}]"
        shapes = tf.nest.map_structure(lambda part: str(part.shape), spec)
        raise ValueError(
            "Expected a data set of batches of samples; received elements "
            f"{shapes}. Take the samples out: data.map({take})."
        )
    if steps_per_epoch is None and x.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise ValueError(
            "Expected `steps_per_epoch` with an endless data set; received None."
        )
    first = next(x.take(1).as_numpy_iterator(), None)
    if first is None:
        raise ValueError("Expected a data set with a batch; received an empty one.")
    specs = [spec] if len(parts) == 1 else spec
    _check_tuple(specs, parts)
    for its, part in zip(specs, parts, strict=True):
        _check_batched(its, part.shape, gan)
    check_arrays(first, gan, at_least=1)
    return x.map(lambda *rows: replicas.single([tf.cast(r, tf.float32) for r in rows]))


def _check_batched(spec, shape, gan):
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


def final_activation(network: keras.Model) -> str | None:
    """Return the name of the activation that ends a network, in lower case.

    For instance "tanh"; None where the end is linear or is not recognised.
    """
    for operation in reversed(getattr(network, "operations", network.layers)):
        if isinstance(operation, (layers.InputLayer, *ARRANGING)):
            continue
        if isinstance(operation, keras.Model):
            return final_activation(operation)
        return _activation(operation)
    return None


def _activation(operation):
    operation = getattr(operation, "layer", operation)  # inside a wrapper
    function = getattr(operation, "activation", None)
    if function is None:
        name = type(operation).__name__.lower()
        return name if name in LOWEST else None
    name = getattr(function, "__name__", type(function).__name__).lower()
    return None if name == "linear" else name
