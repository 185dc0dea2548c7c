"""The optimizers of the two players, and what a Keras callback sees of them."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from ganutils.training import replicas


def make_optimizer(learning_rate: float = 2e-4, beta_1: float = 0.5):
    """Return Adam with β₁ = ½: less momentum, since the target of each player moves.

    Reference:
        Radford, Metz, Chintala 2016, section 4, https://arxiv.org/abs/1511.06434
    """
    return keras.optimizers.Adam(learning_rate, beta_1=beta_1)


class Player:
    """One player: the networks that it trains, and the optimizer that moves them.

    Args:
        name: of the optimizer in logs and errors, such as "d_optimizer".
        optimizer: what Keras takes for one (an object, a name, a config); None is
            `make_optimizer()`. It is built for all of the networks' weights.
        networks: at least one; where one has the policy mixed_float16, losses are
            scaled.
        fuse: let XLA compile the update.

    Attributes:
        optimizer: the optimizer.
        learning_rate: its rate; assigning sets it.

    Raises:
        ValueError: no optimizer, or one that has trained another network; on several
            devices one made for others, or one that accumulates gradients.
    """

    def __init__(self, name: str, optimizer, networks: Sequence, fuse: bool = False):
        self.name, self.networks = name, networks
        self.optimizer = _ready(optimizer, self, name)
        self._moved = tf.function(self._move, jit_compile=True) if fuse else self._move

    @property
    def variables(self) -> list:
        """What the player trains now, each once; nothing of a frozen network."""
        found = [v for network in self.networks for v in network.trainable_variables]
        return list({id(v): v for v in found}.values())

    @property
    def learning_rate(self):
        """The optimizer's rate."""
        return self.optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate):
        self.optimizer.learning_rate = rate

    def total(self, loss: tf.Tensor) -> tf.Tensor:
        """Return what the optimizer minimises: scaled, weight regularizers included."""
        regularizers = [x for network in self.networks for x in network.losses]
        if regularizers:
            loss += sum(regularizers)
        if replicas.count() > 1:  # the optimizer sums what the replicas find
            loss /= replicas.count()
        return self.optimizer.scale_loss(loss)

    def descend(self, tape: tf.GradientTape, total: tf.Tensor):
        """Do a step of the optimizer down `total`, which `tape` has watched."""
        self._moved(tape.gradient(total, self.variables))

    def _move(self, gradients):
        self.optimizer.apply(gradients, self.variables)


class Players:
    """All optimizers as the one that Keras callbacks look for: `gan.optimizer`.

    A callback that knows several optimizers (Keras 3.15) finds them in `optimizers` and
    changes each rate by itself. Any other sees the first one's `learning_rate`; what it
    assigns goes there, and the rates of the others keep their ratio to it.

    Attributes:
        optimizers: the `Player`s, D first.
        learning_rate: D's rate; assigning moves all.
    """

    def __init__(self, *players: Player):
        self.optimizers, self.built = list(players), True

    @property
    def learning_rate(self):
        """D's rate."""
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, rate):
        first, *others = self.optimizers
        before = _number(first.learning_rate)
        if before == 0:
            raise ValueError(
                f"Expected D's learning rate ≠ 0 before it is set to {rate!r}, since "
                "G's keeps its ratio to it; received 0.0. Set both optimizers' rates."
            )
        first.learning_rate, factor = rate, float(rate) / before
        for player in others:
            player.learning_rate = _number(player.learning_rate) * factor

    @property
    def iterations(self):
        """Steps of D."""
        return self.optimizers[0].optimizer.iterations

    @property
    def variables(self) -> list:
        """What all optimizers keep."""
        return [v for player in self.optimizers for v in player.optimizer.variables]


def players(gan, d_optimizer, g_optimizer, fuse: bool) -> Players:
    """Return D and G as players, made in the scope of a GAN's strategy.

    Args:
        gan: the GAN.
        d_optimizer, g_optimizer, fuse: of `GAN.compile`.
    """
    of_d, of_g = (
        [network, *(n for term in terms for n in term.networks)]
        for network, terms in (
            (gan.discriminator, gan.penalties),
            (gan.generator, gan.extras),
        )
    )
    with gan.distribute_strategy.scope():
        d = Player("d_optimizer", d_optimizer, of_d, fuse)
        return Players(d, Player("g_optimizer", g_optimizer, of_g, fuse))


def _ready(optimizer, player, name):
    """Return a player's optimizer, scaled where it must be, with its variables."""
    optimizer = keras.optimizers.get(optimizer or make_optimizer())
    scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    policies = {network.dtype_policy.name for network in player.networks}
    if "mixed_float16" in policies and not scales:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    served, variables = map(_ids, (inner._trainable_variables, player.variables))
    if optimizer.built and served != variables:
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


def _ids(variables):
    return [id(v) for v in variables]


def _number(rate):
    return float(np.asarray(rate))  # float() knows no variable on several devices
