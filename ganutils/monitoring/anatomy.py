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
STATISTICS = ("moving_mean", "moving_variance", "vector_u")


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
