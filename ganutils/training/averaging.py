"""The averaged generator: a moving average of weights with statistics of its own.

Averaged weights have activations of their own. With G's BatchNorm statistics the
averaged generator draws worse than G does; so its BatchNorm layers measure their
statistics anew, from a batch of z every STATISTICS_INTERVAL steps.
"""

import keras
import tensorflow as tf

from ganutils.training.latent import sample_z

STATISTICS_INTERVAL, STATISTICS_BATCH, STATISTICS_MOMENTUM = 4, 64, 0.9


def copy(generator: keras.Model, decay: float) -> keras.Model:
    """Return a generator with the same weights, ready to become the average.

    Its name and its variables' paths begin with "average", to be told from G's.

    Args:
        generator: G.
        decay: of the average; at 0 it stays a plain copy, statistics included.

    Raises:
        ValueError: a layer of G cannot be made anew from its `get_config`.
    """
    try:
        with keras.name_scope("average"):
            mean = keras.models.clone_model(generator)
    except (NotImplementedError, TypeError, ValueError) as error:
        reason = " ".join(str(error).strip().split("\n\n")[0].split())
        raise ValueError(
            "Expected a `generator` whose layers can be copied, since its average is a "
            f"copy; received one that cannot: {reason} Give a class of "
            "your own get_config(), and write a Lambda as a layer of its own."
        ) from error
    mean.name = f"average_{generator.name}"
    mean.set_weights(generator.get_weights())
    for layer in _batch_norms(mean) if decay else ():
        layer.momentum = min(layer.momentum, STATISTICS_MOMENTUM)
    return mean


def move(mean: keras.Model, generator: keras.Model, decay: tf.Tensor):
    """Move the average towards G: w ← decay · w + (1 − decay) · G's."""
    weights = mean.trainable_variables, generator.trainable_variables
    for average, weight in zip(*weights, strict=True):
        average.assign(decay * average.value + (1.0 - decay) * weight.value)


def copy_statistics(mean: keras.Model, generator: keras.Model):
    """Give the average G's own BatchNorm statistics and random states."""
    states = mean.non_trainable_weights, generator.non_trainable_weights
    for mine, weight in zip(*states, strict=True):
        mine.assign(weight.value)


def has_statistics(mean: keras.Model, decay: float) -> bool:
    """Tell whether the average has BatchNorm layers that `measure` must serve."""
    return decay > 0 and bool(_batch_norms(mean))


def measure(mean: keras.Model, latent_dim: int, seed: tf.Tensor) -> tf.Tensor:
    """Let BatchNorm see a batch of the average's activations; returns a scalar.

    Args:
        mean: the averaged generator.
        latent_dim: components of z.
        seed: shape (2,), int32.
    """
    z = sample_z(STATISTICS_BATCH, latent_dim, seed)
    return tf.reduce_sum(tf.cast(mean(z, training=True), tf.float32))


def _batch_norms(network):
    layers = network._flatten_layers()
    return [x for x in layers if isinstance(x, keras.layers.BatchNormalization)]
