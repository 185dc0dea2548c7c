"""Look at a GAN before its first step: two steps on a small batch, watched, undone.

    >>> for finding in probing.probe(gan, images):
    ...     print(finding)

`probe` finds what is wrong by construction and shows at once; what develops in the
course of training is for the alarms of `monitoring.HealthCheck`.
"""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from ganutils.monitoring import anatomy, batches, spies
from ganutils.monitoring.detectors import DETECTORS, Finding
from ganutils.monitoring.penalty_tests import penalty_faults
from ganutils.monitoring.stepping import clock
from ganutils.training import doors

__all__ = ["penalty_faults", "probe"]

Notes = Iterator[tuple[str, str]]
TOLERANCE = 1e-3  # by which data may leave the range of an activation


def probe(gan, real: np.ndarray, batch_size: int = 64) -> list[Finding]:
    """Do two steps of a GAN's own, look at them, and undo them.

    Every variable (weights, optimizers, average, step, random states) has its old bits
    again when this returns. Any subclass of `training.GAN` will do, as long as its
    `train_step` takes a batch of samples.

    Args:
        gan: a compiled `training.GAN`.
        real: real samples (n, …).
        batch_size: samples in a D step.

    Returns:
        What was found, in the order of `DETECTORS`; each name at most once.

    Raises:
        Exception: whatever a step raises, unless a wrong shape explains it.
    """
    real = np.asarray(real, "float32")
    batch = real[np.arange(batch_size * gan.d_steps) % len(real)]
    with spies.untouched(gan):
        error = None
        with spies.spies(gan) as seen:
            try:
                for seen.steps in range(2):
                    gan.train_step(tf.constant(batch))
            except Exception as raised:  # told below, once all is put back
                error = raised
        notes = dict(_construction(gan, real))
        notes |= dict(_calls(gan, seen, batch))
        if error is None:
            notes |= dict(_moves(gan, seen))
    if error is not None and "shapes" not in notes:
        raise error
    step = clock(gan)
    return [Finding(name, step, notes[name]) for name in DETECTORS if name in notes]


def _construction(gan, real) -> Notes:
    """Yield what shows without a step."""
    end = doors.final_activation(gan.generator)
    yield from _range(end, float(real.min()), float(real.max()))
    end = doors.final_activation(gan.discriminator)
    if end in doors.LOWEST:
        yield (
            "bounded_logits",
            f"D ends in {end}, and the losses expect logits, any number from −∞ to ∞: "
            "the loss applies its own sigmoid, so gradients shrink twice. Remove the "
            "last activation of D.",
        )
    yield from _penalties(gan)


def _range(end, low, high) -> Notes:
    if end not in ("tanh", "sigmoid"):
        return
    lowest = doors.LOWEST[end]
    if low < lowest - TOLERANCE or high > 1 + TOLERANCE:
        what = f"G, which ends in {end}, never leaves [{lowest}, 1]"
    elif end == "tanh" and low >= 0:
        what = "G ends in tanh and draws from -1 to 1"
    else:
        return
    yield (
        "range",
        f"the real data run from {low:.3g} to {high:.3g}, and {what}: D needs nothing "
        "but the range to tell them apart. Rescale the data to the range of G, "
        "datasets.to_unit_range() for tanh, or change G's last activation.",
    )


def _penalties(gan) -> Notes:
    shape = tuple(gan.discriminator.input_shape[1:])
    faults = [
        f"{penalty.name}: {fault}"
        for penalty in gan.penalties
        for fault in penalty_faults(penalty, shape)
    ]
    if gan.penalties and anatomy.batch_norms(gan.discriminator):
        faults.append(
            "D holds BatchNorm, so that each score depends on the whole batch, and the "
            "slope at one sample is not its own: leave normalisation in D out, or use "
            "GroupNormalization"
        )
    if faults:
        yield "penalty", "; ".join(faults) + "."


def _calls(gan, seen, batch) -> Notes:
    """Yield what the calls of both networks show."""
    yield from _inference(gan, seen)
    yield from _repeated(seen)
    yield from batches.faults(gan, seen, batch)


def _inference(gan, seen) -> Notes:
    told = []
    for name, network in (("G", gan.generator), ("D", gan.discriminator)):
        held = anatomy.trained_only(network)
        calls = [call for call in seen.of(name) if not call.training]
        if held and calls:
            told.append(
                f"{len(calls)} of {len(seen.of(name))} calls of {name}, which holds "
                f"{' and '.join(held)}, came without training=True"
            )
    if told:
        yield (
            "inference_mode",
            "; ".join(told) + ". In Keras 3 an omitted flag means inference: BatchNorm "
            "never measures its statistics and Dropout is off. Pass training=True in "
            "every call of the step.",
        )


def _repeated(seen) -> Notes:
    first, second = (
        [call.inputs for call in seen.of("G") if call.step == i] for i in (0, 1)
    )
    if any(np.array_equal(a, b) for a in first for b in second):
        yield (
            "repeated_noise",
            "G got the same z in two successive steps, so it learns to draw these few "
            "samples and nothing in between. Draw z inside the step, from a seed that "
            "changes with the step; NumPy or Python draw only once in a tf.function.",
        )


def _moves(gan, seen) -> Notes:
    """Yield which weights moved that should not, and the reverse."""
    players = (
        ("D", gan.discriminator, gan.d_optimizer),
        ("G", gan.generator, gan.g_optimizer),
    )
    for name, network, optimizer in players:
        # While it looks for its scale, it leaves out steps whose gradients overflow.
        skips = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if anatomy.learnt(network) and name not in seen.moved and not skips:
            yield f"frozen_{name.lower()}", _frozen(name, network)
    if seen.leaks:
        phase, name = seen.leaks[0]
        yield (
            "leaking_step",
            f"{phase} moves the weights of {name}: a player that is moved by the other "
            "one's loss is taught the opposite of its own task. Give the optimizer of "
            f"{phase} the trainable variables of one network only.",
        )


def _frozen(name, network):
    cause = (
        f"{name}.trainable is False"
        if not network.trainable_variables
        else "its gradient is zero or is applied to other variables"
    )
    return (
        f"two whole steps moved no weight of {name}: {cause}. On Keras 3 setting "
        "trainable=False for a stacked model freezes the network itself, for good. Set "
        f"it back, and give each optimizer the variables of its own network."
    )
