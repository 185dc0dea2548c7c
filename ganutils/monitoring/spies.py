"""Watch a GAN do a step without a trace, and a penalty on critics of known slope."""

import contextlib
import functools
import inspect
import random
from dataclasses import dataclass
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils.training.losses import Penalty

STATISTICS = ("moving_mean", "moving_variance", "vector_u")
BATCH = 32  # samples on which a penalty is tried
# How far from 0 and 1 the smallest and the largest of 32 uniform numbers may lie: each
# does so by more than 0.3 once in 90,000 draws.
SPREAD = 0.3
FORMULAS = {  # what a penalty of that name makes of the slope of one sample
    "r1": lambda slope: slope**2,
    "r2": lambda slope: slope**2,
    "gradient_penalty": lambda slope: (slope - 1.0) ** 2,
}
CRITICS = {  # k and c of D(x) = k w·x + c x·x / 2, whose slope at x is |k w + c x|
    "a linear critic of slope 0.5": (0.5, 0.0),
    "a linear critic of slope 3.0": (3.0, 0.0),
    "a critic whose slope differs by sample": (0.0, 1.0),
}


@dataclass(frozen=True)
class Call:
    """One call of a network: what went in and what came out, arrays (batch, …)."""

    network: str  # G or D
    step: int  # 0 or 1
    phase: str  # d_step, g_step; empty outside both
    kind: str  # of samples that D got: real, fake, "real and fake"; empty: unknown
    inputs: np.ndarray
    outputs: np.ndarray
    training: bool  # False where it was called without `training=True`


class Watched:
    """Two steps of a GAN on real samples, (d_steps · batch, …), and what was seen.

    Attributes:
        networks: both, as "G" and "D"; `calls` of them are kept in order.
        moved: (phase, network) wherever weights moved; "" is both steps together.
        steps: that came to their end.
        error: that a step raised, else None.
    """

    def __init__(self, gan, batch: np.ndarray):
        self.networks = {"G": gan.generator, "D": gan.discriminator}
        self.batch, self.calls, self.moved = batch, [], set()
        self.steps, self.error, self._phase = 0, None, ""
        shown = tf.cast(batch, gan.discriminator.compute_dtype)
        self._known = {"real": _rows(_as_array(shown)), "fake": set()}
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
        given, made = _as_array([*inputs, options]), _as_array(outputs)
        if name == "G":
            self._known["fake"] |= _rows(made)
        rows = _rows(given)
        kind = " and ".join(word for word, known in self._known.items() if rows & known)
        seen = Call(name, self.steps, self._phase, kind, given, made, training)
        self.calls.append(seen)
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


def _rows(samples):
    flat = np.ascontiguousarray(samples.reshape(len(samples), -1))
    return {row.tobytes() for row in flat}


def _as_array(nested):
    tensors = [x for x in keras.tree.flatten(nested) if hasattr(x, "shape")]
    floats = [x for x in tensors if tf.as_dtype(x.dtype).is_floating]
    return np.asarray(tf.cast((floats or tensors)[0], tf.float32))


@contextlib.contextmanager
def untouched(gan):
    """Run a block eagerly; put every variable and random state back afterwards."""
    kept = {id(variable): np.array(variable.numpy()) for variable in variables(gan)}
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
            new = np.zeros_like(variable.numpy())
            variable.assign(kept.get(id(variable), new))


def variables(gan) -> list:
    """Return every variable that a GAN, or what hangs on it, holds; each once."""
    held = tf.train.TrackableView(gan).descendants()
    held = [v for v in held if isinstance(v, tf.Variable | keras.Variable)]
    return list({id(v): v for v in (*gan.state(), *gan.variables, *held)}.values())


def weights(network: keras.Model) -> list[np.ndarray]:
    """Return copies of the weights that only a gradient moves, frozen ones included.

    Left out are statistics, and kernels that SpectralNormalization replaces.
    """
    replaced = {id(x.kernel) for x in layers_of(network, layers.SpectralNormalization)}
    kept = [v for v in network.weights if id(v) not in replaced]
    return [
        np.array(v.numpy()) for v in kept if v.path.split("/")[-1] not in STATISTICS
    ]


def layers_of(network: keras.Model, kinds) -> list:
    """Return a network's layers of these classes, those of inner networks included."""
    flat = network._flatten_layers(include_self=False)
    return [layer for layer in flat if isinstance(layer, kinds)]


def penalty_faults(penalty: Penalty, shape: tuple = (4, 3, 2)) -> list[str]:
    """Return what is wrong with a gradient penalty, a sentence for each fault.

    Four tests: the value on linear critics, that each sample counts by its own slope,
    where it is evaluated, and that value and derivative stay finite at slope 0.
    Penalties under other names than r1, r2, gradient_penalty only need to be finite.

    Args:
        penalty: of `losses`, or your own in the form of `losses.Penalty`.
        shape: of one sample. Wrong axes of a norm show on samples of rank ≥ 2 only.
    """
    if not penalty.weight:
        return []
    samples = np.random.default_rng(0).normal(size=(2, BATCH, *shape))
    real, fake = tf.constant(samples, tf.float32)
    known = penalty.name in FORMULAS
    tests = (_wrong_value, _wrong_place, _not_finite) if known else (_not_finite,)
    try:
        found = [test(penalty, real, fake) for test in tests]
    except Exception as error:  # a penalty of one's own may fail in any way
        return [f"it cannot be evaluated on a linear critic: {error!r}"]
    return [sentence for sentence in found if sentence]


def _value(penalty, function, real, fake):
    """Return the penalty without weight and interval, and where it looked."""
    seen = []

    def critic(x, training=None):
        """Note where D is asked, and answer."""
        seen.append(np.asarray(x))
        return function(x)

    value = penalty(critic, real, fake, tf.constant([1, 2]), tf.constant(0, tf.int64))
    return value / (penalty.weight * penalty.interval), seen


def _wrong_value(penalty, real, fake):
    w = np.random.default_rng(1).normal(size=real.shape[1:]).astype("float32")
    w, axes = w / np.linalg.norm(w), tuple(range(1, w.ndim + 1))
    for name, (k, c) in CRITICS.items():
        critic = functools.partial(_parabola, k * w, c)
        value, seen = _value(penalty, critic, real, fake)
        slopes = [np.sqrt(((k * w + c * x) ** 2).sum(axes)) for x in seen]
        expected = [FORMULAS[penalty.name](slope).mean() for slope in slopes]
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


def _parabola(w, c, x):
    return tf.reduce_sum(w * x + c * x * x / 2, range(1, len(x.shape)))[:, None]


def _wrong_place(penalty, real, fake):
    _, seen = _value(penalty, functools.partial(_parabola, 1.0, 0.0), real, fake)
    faults = [_off(penalty.name, x, real.numpy(), fake.numpy()) for x in seen]
    return None if None in faults else faults[0]


def _off(name, x, real, fake):
    if name != "gradient_penalty":
        word, wanted = ("real", real) if name == "r1" else ("fake", fake)
        right = x.shape == wanted.shape and np.allclose(x, wanted, atol=1e-5)
        return None if right else f"it is not evaluated on the {word} samples"
    if x.shape != real.shape:
        return f"it is evaluated on samples of shape {x.shape}, not {real.shape}"
    x, across = (y.reshape(BATCH, -1) for y in (x - fake, real - fake))
    epsilon = (x * across).sum(1) / (across**2).sum(1)
    low, high = epsilon.min(), epsilon.max()
    if np.abs(x - epsilon[:, None] * across).max() > 1e-3:
        return (
            "its points lie off the lines from real to fake samples: draw one ε a "
            "sample, shape (batch, 1, …), not one a value"
        )
    runs = f"ε runs from {low:.2f} to {high:.2f}"
    if low < -1e-3 or high > 1 + 1e-3:
        return f"{runs}, beyond both samples: draw it from U(0, 1), not from a normal"
    if low > SPREAD or high < 1 - SPREAD:
        return f"{runs} only: draw it from U(0, 1), anew for each sample"
    return None


def _not_finite(penalty, real, fake):
    slope = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        value, _ = _value(penalty, lambda x: _parabola(slope, 0.0, x), real, fake)
    derivative = tape.gradient(value, slope, unconnected_gradients="zero")
    numbers = float(value), float(derivative)
    if np.isfinite(numbers).all():
        return None
    return (
        f"where the critic is flat its value is {numbers[0]:.4g} and its derivative "
        f"{numbers[1]:.4g}: put a small number under the root, √0 has no slope"
    )
