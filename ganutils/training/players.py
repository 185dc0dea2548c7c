"""The two players: what each trains, by which optimizer, and what callbacks see."""

import tensorflow as tf

from ganutils.training import doors, replicas


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
