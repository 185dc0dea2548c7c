"""The optimizers of the two players, and what a Keras callback sees of them."""

import keras
import numpy as np

from ganutils.training import replicas


def make_optimizer(learning_rate: float = 2e-4, beta_1: float = 0.5):
    """Return Adam with β₁ = ½: less momentum, since the target of each player moves.

    Reference:
        Radford, Metz, Chintala 2016, section 4, https://arxiv.org/abs/1511.06434
    """
    return keras.optimizers.Adam(learning_rate, beta_1=beta_1)


def ready(optimizer, network: keras.Model, name: str):
    """Return a player's optimizer, with the variables that it needs.

    Args:
        optimizer: what Keras takes for one (an object, a name, a config); None is
            `make_optimizer()`.
        network: the player; of policy mixed_float16 its loss is scaled.
        name: how an error calls the optimizer.

    Raises:
        ValueError: no optimizer, or one that has trained another network; on several
            devices one made for others, or one that accumulates gradients.
    """
    optimizer = keras.optimizers.get(optimizer or make_optimizer())
    scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    if network.dtype_policy.name == "mixed_float16" and not scales:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    variables = network.trainable_variables
    if optimizer.built and not _serves(optimizer, variables):
        raise ValueError(
            f"Expected a new `{name}`; received {optimizer!r}, which keeps the moments "
            "of another network's weights. Make one for each player."
        )
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if inner.gradient_accumulation_steps and replicas.count() > 1:
        raise ValueError(
            f"Expected no `gradient_accumulation_steps` in `{name}` on several "
            "devices, which sum gradients at every step; received "
            f"{inner.gradient_accumulation_steps!r}. Raise `batch_size` instead."
        )
    try:
        optimizer.build(variables)
    except RuntimeError as error:  # "Mixing different tf.distribute.Strategy objects"
        raise ValueError(
            f"Expected `{name}` made inside the strategy.scope() of its network; "
            f"received {optimizer!r} from outside."
        ) from error
    return optimizer


def _number(rate):
    return float(np.asarray(rate))  # float() knows no variable on several devices


def _serves(optimizer, variables):
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    served = [id(v) for v in inner._trainable_variables]
    return served == [id(v) for v in variables]


class Player:
    """One player's optimizer under a name of its own, for logs.

    Attributes:
        name: "d_optimizer" or "g_optimizer".
        optimizer: the optimizer.
        learning_rate: its rate; assigning sets it.
    """

    def __init__(self, name: str, optimizer: keras.optimizers.Optimizer):
        self.name, self.optimizer = name, optimizer

    @property
    def learning_rate(self):
        """The optimizer's rate."""
        return self.optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate):
        self.optimizer.learning_rate = rate


class Both:
    """Both optimizers as the one that Keras callbacks look for: `gan.optimizer`.

    A callback that knows several optimizers (Keras 3.15) finds D's and G's in
    `optimizers` and changes each rate by itself. Any other sees D's `learning_rate`;
    what it assigns goes to D, and G's rate keeps its ratio to D's.

    Attributes:
        optimizers: two `Player`s, D's first.
        learning_rate: D's rate; assigning moves both.
    """

    def __init__(self, d_optimizer, g_optimizer):
        named = {"d_optimizer": d_optimizer, "g_optimizer": g_optimizer}
        self.optimizers = [Player(*pair) for pair in named.items()]
        self.built = True

    @property
    def learning_rate(self):
        """D's rate."""
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, rate):
        d, g = self.optimizers
        before = _number(d.learning_rate)
        if before == 0:
            raise ValueError(
                f"Expected D's learning rate ≠ 0 before it is set to {rate!r}, since "
                "G's keeps its ratio to it; received 0.0. Set both optimizers' rates."
            )
        d.learning_rate, factor = rate, float(rate) / before
        g.learning_rate = _number(g.learning_rate) * factor

    @property
    def iterations(self):
        """Steps of D."""
        return self.optimizers[0].optimizer.iterations

    @property
    def variables(self):
        """What both optimizers keep."""
        return [v for player in self.optimizers for v in player.optimizer.variables]
