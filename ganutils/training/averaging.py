"""The averaged generator: a moving average of weights with statistics of its own.

Averaged weights have activations of their own. With G's BatchNorm statistics the
averaged generator draws worse than G does; so its BatchNorm layers measure their
statistics anew, from what G's step draws, every STATISTICS_INTERVAL steps.
"""

from collections.abc import Callable

import keras
import tensorflow as tf

STATISTICS_INTERVAL, STATISTICS_BATCH, STATISTICS_MOMENTUM = 4, 64, 0.9


class Average:
    """A copy of G that follows it: w ← decay · w + (1 − decay) · G's.

    The decay warms up as (1 + step) / (10 + step), so that early samples are not those
    of the initial weights. `generator` is the average; its name and its variables'
    paths begin with "average".

    Args:
        source: G, of layers that can be made anew from their `get_config`.
        decay: of the average, in [0, 1); at 0 it stays a plain copy, statistics
            included.
    """

    def __init__(self, source: keras.Model, decay: float):
        if not 0 <= decay < 1:
            raise ValueError(f"Expected `ema_decay` in [0, 1); received {decay!r}.")
        self.source, self.decay = source, float(decay)
        self.generator = _copy(source)
        self.measures, learnt = False, set()
        for layer in self.generator._flatten_layers():
            learnt |= {id(v) for v in layer._trainable_variables}  # frozen or not
            if decay and isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = min(layer.momentum, STATISTICS_MOMENTUM)
                self.measures = True
        pairs = list(zip(self.generator.weights, source.weights, strict=True))
        self._learnt = [pair for pair in pairs if id(pair[0]) in learnt]
        self._states = [pair for pair in pairs if id(pair[0]) not in learnt]
        self.fuse(False)

    def fuse(self, fuse: bool):
        """Let XLA compile the move, or leave it to TensorFlow."""
        self._moved = tf.function(self.move, jit_compile=True) if fuse else self.move

    def update(self, step: tf.Tensor, draw: Callable):
        """Follow G's weights after `step` steps; where it is due, measure anew.

        What G is called with in this step, (batch, …), is `draw()`.
        """
        self._moved(tf.cast(step, tf.float32))
        if self.measures:
            due = step % STATISTICS_INTERVAL == 0
            tf.cond(due, lambda: self.measure(draw()), lambda: tf.constant(0.0))

    def move(self, done: tf.Tensor):
        """Move the weights; `done`: steps, scalar, float32."""
        decay = tf.minimum(self.decay, (1.0 + done) / (10.0 + done))
        for average, weight in self._learnt:
            average.assign(decay * average.value + (1.0 - decay) * weight.value)
        for average, state in () if self.measures else self._states:
            average.assign(state.value)

    def measure(self, drawn) -> tf.Tensor:
        """Let BatchNorm see the average's activations; returns a scalar, unused."""
        rows = keras.tree.map_structure(lambda part: part[:STATISTICS_BATCH], drawn)
        return tf.reduce_sum(tf.cast(self.generator(rows, training=True), tf.float32))


def _copy(generator):
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
    return mean
