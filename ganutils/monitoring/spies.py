"""Watch a GAN do a step without a trace, and a penalty on critics of known slope."""

import contextlib
import functools
import inspect
import random
from collections.abc import Callable
from dataclasses import dataclass
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils.training.losses import Penalty

STATISTICS = ("moving_mean", "moving_variance", "vector_u")
BATCH = 32  # samples on which a penalty is tried
# What a penalty of that name makes of the slope k of one sample.
FORMULAS: dict[str, Callable] = {
    "r1": lambda k: k**2,
    "r2": lambda k: k**2,
    "gradient_penalty": lambda k: (k - 1.0) ** 2,
}
# How far from 0 and 1 the smallest and the largest of 32 uniform numbers may lie: each
# does so by more than 0.3 once in 90,000 draws.
SPREAD = 0.3


@dataclass(frozen=True)
class Call:
    """One call of a network.

    Attributes:
        network: "G" or "D".
        step: 0 for the first step watched, 1 for the second.
        phase: "d_step", "g_step" or "" outside both.
        inputs: z or samples, (batch, …).
        outputs: samples or logits, (batch, …).
        training: False where it was called without `training=True`.
    """

    network: str
    step: int
    phase: str
    inputs: np.ndarray
    outputs: np.ndarray
    training: bool


class Watched:
    """Two steps of a GAN on one batch, and what was seen of them.

    Args:
        gan: a compiled `training.GAN`.
        batch: real samples of a step, (d_steps · batch, …).

    Attributes:
        calls: of both networks, in order.
        moved: (phase, network) for each phase, "" for both steps together, in which
            the weights of a network moved.
        steps: that came to their end.
        error: that a step raised, else None.
    """

    def __init__(self, gan, batch: np.ndarray):
        self.networks = {"G": gan.generator, "D": gan.discriminator}
        self.batch, self.calls, self.moved = batch, [], set()
        self.steps, self.error, self._phase = 0, None, ""
        with contextlib.ExitStack() as spies:
            for name, network in self.networks.items():
                spy = functools.partial(self._call, name, network.call)
                spies.enter_context(mock.patch.object(network, "call", spy))
            for name in ("d_step", "g_step"):
                spy = functools.partial(self._run, name, getattr(gan, name))
                spies.enter_context(mock.patch.object(gan, name, spy))
            self._run("", self._two_steps, gan.train_step)

    def of(self, network: str) -> list[Call]:
        """Return the calls of "G" or "D"."""
        return [call for call in self.calls if call.network == network]

    def _two_steps(self, step):
        try:
            for _ in range(2):
                step(tf.constant(self.batch))
                self.steps += 1
        except Exception as error:  # for the probe to tell, once all is put back
            self.error = error

    def _call(self, name, call, *inputs, **options):
        outputs = call(*inputs, **options)
        takes_it = "training" in inspect.signature(call).parameters
        training = bool(options.get("training")) or not takes_it
        arrays = _as_array([*inputs, options]), _as_array(outputs)
        self.calls.append(Call(name, self.steps, self._phase, *arrays, training))
        return outputs

    def _run(self, phase, function, *arguments, **options):
        before = {name: weights(network) for name, network in self.networks.items()}
        self._phase = phase
        try:
            return function(*arguments, **options)
        finally:
            self._phase = ""
            for name, network in self.networks.items():
                pairs = zip(before[name], weights(network), strict=True)
                if not all(np.array_equal(a, b) for a, b in pairs):  # NaN has moved
                    self.moved.add((phase, name))


def _as_array(nested):
    tensors = [x for x in keras.tree.flatten(nested) if hasattr(x, "shape")]
    floats = [x for x in tensors if tf.as_dtype(x.dtype).is_floating]
    return np.asarray(tf.cast((floats or tensors)[0], tf.float32))


@contextlib.contextmanager
def untouched(gan):
    """Run a block eagerly; put every variable and random state back afterwards."""
    kept = {id(variable): value_of(variable) for variable in variables(gan)}
    states = np.random.get_state(), random.getstate()
    eagerly = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(eagerly)
        np.random.set_state(states[0])
        random.setstate(states[1])
        for variable in variables(gan):
            # What an optimizer's first step makes begins with zeros.
            new = np.zeros_like(value_of(variable))
            variable.assign(kept.get(id(variable), new))


def variables(gan) -> list:
    """Return every variable that a GAN, or what hangs on it, holds; each once."""
    held = tf.train.TrackableView(gan).descendants()
    held = [v for v in held if isinstance(v, tf.Variable | keras.Variable)]
    return list({id(v): v for v in (*gan.state(), *gan.variables, *held)}.values())


def value_of(variable) -> np.ndarray:
    """Return a copy of a variable's value."""
    return np.array(variable.numpy())


def weights(network: keras.Model) -> list[np.ndarray]:
    """Return copies of the weights that only a gradient moves, frozen ones included.

    Left out are statistics, and kernels under SpectralNormalization, which replaces
    them in every call with training=True.
    """
    wrapped = [x for x in flat(network) if isinstance(x, layers.SpectralNormalization)]
    replaced = {id(wrapper.kernel) for wrapper in wrapped}
    kept = [v for v in network.weights if id(v) not in replaced]
    return [value_of(v) for v in kept if v.path.split("/")[-1] not in STATISTICS]


def flat(network: keras.Model) -> list:
    """Return a network's layers, those of inner networks included."""
    return list(network._flatten_layers(include_self=False))


def penalty_faults(penalty: Penalty, shape: tuple = (4, 3, 2)) -> list[str]:
    """Return what is wrong with a gradient penalty, a sentence for each fault.

    Four tests: the value on linear critics, that each sample counts by its own slope,
    where it is evaluated, and that value and derivative stay finite at slope 0.
    Penalties under other names than r1, r2, gradient_penalty only need to be finite.

    Args:
        penalty: of `losses`, or your own in the form of `losses.Penalty`.
        shape: of one sample. Wrong axes of a norm show on samples of rank ≥ 2 only.

    Returns:
        Empty where all tests pass.

    Example:
        >>> penalty_faults(losses.r1(gamma=1.0))
        []
    """
    if not penalty.weight:
        return []
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(2, BATCH, *shape)).astype("float32")
    known = penalty.name in FORMULAS
    tests = (_wrong_value, _wrong_place, _not_finite) if known else (_not_finite,)
    try:
        found = [test(penalty, *map(tf.constant, samples)) for test in tests]
    except Exception as error:  # a penalty of one's own may fail in any way
        return [f"it cannot be evaluated on a linear critic: {error!r}"]
    return [sentence for sentence in found if sentence]


def _value(penalty, function, real, fake):
    """Return the penalty without weight and interval, and where it looked."""
    seen = []

    def critic(x, training=None):
        seen.append(np.asarray(x))
        return function(x)

    value = penalty(critic, real, fake, tf.constant([1, 2]), tf.constant(0, tf.int64))
    return value / (penalty.weight * penalty.interval), seen


def _wrong_value(penalty, real, fake):
    w = np.random.default_rng(1).normal(size=real.shape[1:]).astype("float32")
    w, axes = w / np.linalg.norm(w), tuple(range(1, w.ndim + 1))
    critics = {  # name: critic, and its slope at each of the samples x
        f"a linear critic of slope {k}": (
            lambda x, k=k: _score(k * w * x),
            lambda x, k=k: np.full(len(x), k),
        )
        for k in (0.5, 3.0)
    }
    critics["a critic whose slope differs by sample"] = (
        lambda x: _score(x * x) / 2,
        lambda x: np.sqrt((x**2).sum(axes)),
    )
    for name, (critic, slopes_at) in critics.items():
        value, seen = _value(penalty, critic, real, fake)
        expected = [FORMULAS[penalty.name](slopes_at(x)).mean() for x in seen]
        if np.isclose(value, expected, rtol=1e-3).any():
            continue
        hint = "look for a missing square, a norm over the wrong axes"
        if np.isclose(value, BATCH * expected[0], rtol=1e-3):
            hint = "a sum over the batch where the mean belongs"
        return (
            f"on {name} it is {value:.4g} times its weight, and should be "
            f"{expected[0]:.4g} times ({hint})"
        )
    return None


def _wrong_place(penalty, real, fake):
    _, seen = _value(penalty, _score, real, fake)
    faults = [_off(penalty.name, x, real.numpy(), fake.numpy()) for x in seen]
    return None if None in faults else faults[0]


def _off(name, x, real, fake):
    if name in ("r1", "r2"):
        wanted, word = (real, "real") if name == "r1" else (fake, "fake")
        if x.shape == wanted.shape and np.allclose(x, wanted, atol=1e-5):
            return None
        return f"it is not evaluated on the {word} samples"
    if x.shape != real.shape:
        return f"it is evaluated on samples of shape {x.shape}, not {real.shape}"
    axes = tuple(range(1, x.ndim))
    across = real - fake
    epsilon = ((x - fake) * across).sum(axes, keepdims=True)
    epsilon /= (across**2).sum(axes, keepdims=True)
    if np.abs(x - fake - epsilon * across).max() > 1e-3:
        return (
            "its points lie off the lines from real to fake samples: draw one ε a "
            "sample, shape (batch, 1, …), not one a value"
        )
    return _wrong_epsilon(float(epsilon.min()), float(epsilon.max()))


def _wrong_epsilon(low, high):
    if low < -1e-3 or high > 1 + 1e-3:
        return (
            f"its points reach beyond the segments from fake to real, ε from {low:.2f} "
            f"to {high:.2f}: draw ε from U(0, 1), not from a normal distribution"
        )
    if low > SPREAD or high < 1 - SPREAD:
        return (
            f"ε runs from {low:.2f} to {high:.2f} only: draw it from U(0, 1), anew for "
            "each sample; ε = 1 leaves the real samples alone"
        )
    return None


def _not_finite(penalty, real, fake):
    slope = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        value, _ = _value(penalty, lambda x: slope * _score(x), real, fake)
    derivative = tape.gradient(value, slope)
    numbers = [float(value), 0.0 if derivative is None else float(derivative)]
    if np.isfinite(numbers).all():
        return None
    return (
        f"where the critic is flat its value is {numbers[0]:.4g} and its derivative "
        f"{numbers[1]:.4g}: put a small number under the root, √0 has no slope"
    )


def _score(x):
    return tf.reshape(tf.reduce_sum(x, axis=range(1, len(x.shape))), (-1, 1))
