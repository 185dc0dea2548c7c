"""What a network is made of, as far as it decides whether a GAN can train."""

import keras
from keras import layers

# Layers that do something else, and need to be told so, while a network is trained.
ACT_IN_TRAINING = (
    layers.BatchNormalization,
    layers.SpectralNormalization,
    layers.Dropout,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
    layers.AlphaDropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
)
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
STATISTICS = ("moving_mean", "moving_variance", "vector_u")
LOWEST = {
    "sigmoid": 0,
    "hard_sigmoid": 0,
    "softmax": 0,
    "relu": 0,
    "relu6": 0,
    "softplus": 0,
    "tanh": -1,
    "softsign": -1,
}


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


def trained_only(network: keras.Model) -> list[str]:
    """Return the classes of the layers that act only when `training=True`."""
    found = {type(x).__name__ for x in flat(network) if isinstance(x, ACT_IN_TRAINING)}
    return sorted(found)


def batch_norms(network: keras.Model) -> list:
    """Return the BatchNorm layers of a network that are not frozen on purpose."""
    norms = [x for x in flat(network) if isinstance(x, layers.BatchNormalization)]
    return [x for x in norms if x.trainable]


def learnt(network: keras.Model) -> list:
    """Return the weights that only a gradient moves, also where they are frozen.

    Left out are statistics, and kernels under SpectralNormalization, which replaces
    them in every call with training=True.
    """
    wrapped = [x for x in flat(network) if isinstance(x, layers.SpectralNormalization)]
    replaced = {id(wrapper.kernel) for wrapper in wrapped}
    weights = [v for v in network.weights if id(v) not in replaced]
    return [v for v in weights if v.path.split("/")[-1] not in STATISTICS]


def flat(network: keras.Model) -> list:
    """Return a network's layers, those of inner networks included."""
    return list(network._flatten_layers(include_self=False))


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
