"""Watch a GAN do a step, and leave no trace of having done so."""

import contextlib
import inspect
import random
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from ganutils.monitoring.anatomy import learnt


@dataclass
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


@dataclass
class Record:
    """What was seen.

    Attributes:
        calls: of both networks, in order.
        leaks: (phase, network) for each phase in which the wrong network moved.
        moved: names of the networks that moved at all.
        steps: steps done.
    """

    calls: list[Call] = field(default_factory=list)
    leaks: list[tuple[str, str]] = field(default_factory=list)
    moved: set[str] = field(default_factory=set)
    steps: int = 0
    phase: str = ""

    def of(self, network: str) -> list[Call]:
        """Return the calls of "G" or "D"."""
        return [call for call in self.calls if call.network == network]


@contextlib.contextmanager
def untouched(gan):
    """Run a block eagerly; put every variable and random state back afterwards.

    Args:
        gan: a compiled `training.GAN`; batches are passed to its steps in the block.
    """
    kept = [(variable, value_of(variable)) for variable in variables(gan)]
    states = np.random.get_state(), random.getstate()
    eagerly = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(eagerly)
        np.random.set_state(states[0])
        random.setstate(states[1])
        _put_back(gan, kept)


def variables(gan) -> list:
    """Return every variable that a GAN, or what hangs on it, holds; each once."""
    found = [*gan.state(), *gan.variables]
    for value in vars(gan).values():
        if isinstance(value, tf.Variable | keras.Variable):
            found.append(value)
        elif isinstance(value, tf.random.Generator):
            found.append(value.state)
        elif isinstance(value, keras.optimizers.Optimizer | keras.Layer):
            found += value.variables
        if isinstance(value, keras.Model) and getattr(value, "optimizer", None):
            found += value.optimizer.variables
    return list({id(variable): variable for variable in found}.values())


def _put_back(gan, kept):
    for variable, value in kept:
        variable.assign(value)
    known = {id(variable) for variable, _ in kept}
    for variable in variables(gan):
        if id(variable) not in known:  # an optimizer's, made by its first step
            variable.assign(np.zeros_like(value_of(variable)))


@contextlib.contextmanager
def spies(gan):
    """Record what happens to both networks inside the block; yields a `Record`."""
    record, networks = Record(), {"G": gan.generator, "D": gan.discriminator}
    before = {name: weights(network) for name, network in networks.items()}
    with contextlib.ExitStack() as stack:
        for name, network in networks.items():
            spy = _call_spy(record, name, network.call)
            stack.enter_context(_replaced(network, "call", spy))
        for phase, other in (("d_step", "G"), ("g_step", "D")):
            spy = _phase_spy(record, phase, getattr(gan, phase), other, networks[other])
            stack.enter_context(_replaced(gan, phase, spy))
        yield record
        for name, network in networks.items():
            if moved(before[name], weights(network)):
                record.moved.add(name)


def weights(network) -> list[np.ndarray]:
    """Return copies of the weights that a gradient should move."""
    return [value_of(variable) for variable in learnt(network)]


def value_of(variable) -> np.ndarray:
    """Return a copy of a variable's value."""
    return np.array(variable.numpy())


def moved(before: list, after: list) -> bool:
    """Tell whether any weight differs; NaN counts as moved."""
    return any(not np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@contextlib.contextmanager
def _replaced(owner, name, function):
    # Past Keras, which would track the attribute.
    vars(owner)[name] = function
    try:
        yield
    finally:
        del vars(owner)[name]


def _call_spy(record, name, call):
    signature = inspect.signature(call)
    is_told = "training" in signature.parameters

    def spy(*inputs, **options):
        outputs = call(*inputs, **options)
        given = signature.bind(*inputs, **options).arguments
        training = not is_told or bool(given.get("training"))
        seen = _as_array([*inputs, options]), _as_array(outputs)
        record.calls.append(Call(name, record.steps, record.phase, *seen, training))
        return outputs

    return spy


def _phase_spy(record, phase, function, other, network):
    def spy(*arguments, **options):
        before, record.phase = weights(network), phase
        try:
            return function(*arguments, **options)
        finally:
            record.phase = ""
            if moved(before, weights(network)):
                record.leaks.append((phase, other))

    return spy


def _as_array(nested):
    tensors = [x for x in keras.tree.flatten(nested) if hasattr(x, "shape")]
    floats = [x for x in tensors if tf.as_dtype(x.dtype).is_floating]
    return np.asarray(tf.cast((floats or tensors)[0], tf.float32))
