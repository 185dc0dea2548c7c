"""Who moves: two players, each by its optimizer, and the average that follows G."""

from collections.abc import Callable

import keras
import tensorflow as tf

from ganutils.training import doors, replicas

STATISTICS_INTERVAL, STATISTICS_BATCH, STATISTICS_MOMENTUM = 4, 64, 0.9


class Player:
    """One player: the networks that it trains, and the optimizer that moves them.

    Args:
        name, optimizer: as `doors.ready_optimizer` takes them.
        network, terms: D or G, and terms of its loss, whose networks it trains, too.
        rival: the other one of D and G; no term's network trains what it holds.
        fuse: let XLA compile the update.
    """

    def __init__(self, name: str, optimizer, network, terms, rival, fuse: bool):
        self.name, brought = name, [n for term in terms for n in term.networks]
        self.networks, self.rival = [network, *brought], rival
        self.optimizer = doors.ready_optimizer(self, optimizer)
        self._moved = tf.function(self._move, jit_compile=True) if fuse else self._move

    @property
    def brought(self) -> list:
        """What the terms' networks add, each once; nothing that G or D owns."""
        own, *brought = self.networks
        owned = {id(v) for v in (*own.variables, *self.rival.variables)}
        found = [v for network in brought for v in network.trainable_variables]
        return list({id(v): v for v in found if id(v) not in owned}.values())

    @property
    def variables(self) -> list:
        """What the player trains now; nothing of a frozen network."""
        return [*self.networks[0].trainable_variables, *self.brought]

    learning_rate = property(
        lambda self: self.optimizer.learning_rate,
        lambda self, rate: setattr(self.optimizer, "learning_rate", rate),
        doc="The optimizer's rate; assigning sets it.",
    )

    def total(self, loss: tf.Tensor) -> tf.Tensor:
        """Return what the optimizer minimises: scaled, weight regularizers included."""
        terms = [v.regularizer(v) for v in self.brought if v.regularizer]
        terms += self.networks[0].losses
        loss = sum(terms, loss) / replicas.count()  # whose gradients are summed
        return self.optimizer.scale_loss(loss)

    def descend(self, tape: tf.GradientTape, total: tf.Tensor):
        """Do a step of the optimizer down `total`, which `tape` has watched."""
        variables = self.variables
        self._moved(tape.gradient(total, variables), tuple(map(id, variables)))

    def _move(self, gradients, moved):  # other variables are `moved`: another trace
        self.optimizer.apply(gradients, self.variables)


class Players:
    """All optimizers as the one that Keras callbacks look for: `gan.optimizer`.

    A callback that knows several optimizers (Keras 3.15) finds the players, D first, in
    `optimizers` and changes each rate by itself. Any other sees D's `learning_rate`;
    what it assigns goes there, and the rates of the others keep their ratio to it.
    """

    def __init__(self, *players):
        self.optimizers, self.built = list(players), True

    @property
    def learning_rate(self):
        """D's rate; assigning moves all."""
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, rate):
        """Set D's rate, and the others' by the same factor."""
        first, *others = self.optimizers
        before = float(first.learning_rate.numpy())
        if before == 0:
            raise ValueError(
                f"Expected D's learning rate ≠ 0 before it is set to {rate!r}, since "
                "G's keeps its ratio to it; received 0.0. Set both optimizers' rates."
            )
        first.learning_rate, factor = rate, float(rate) / before
        for player in others:
            player.learning_rate = float(player.learning_rate.numpy()) * factor

    @property
    def iterations(self):
        """Steps of D."""
        return self.optimizers[0].optimizer.iterations

    @property
    def variables(self) -> list:
        """What all optimizers keep."""
        return [v for player in self.optimizers for v in player.optimizer.variables]


class Average:
    """A copy of G that follows it: w ← decay · w + (1 − decay) · G's.

    Averaged weights have activations of their own. With G's BatchNorm statistics the
    averaged generator draws worse than G does; so its BatchNorm layers measure their
    statistics anew, from what G's step draws, every STATISTICS_INTERVAL steps.

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
