"""Look at a GAN before its first step: two steps on a small batch, watched, undone.

What is found is wrong by construction; what develops in training is for the alarms.
"""

import collections
import functools

import keras
import numpy as np
from keras import layers

from ganutils.monitoring import spies
from ganutils.monitoring.alarms import Finding
from ganutils.monitoring.callbacks import clock
from ganutils.monitoring.spies import Watched
from ganutils.training import doors

TOLERANCE = 1e-3  # by which data may leave the range of an activation
# Layers that do something else, and need to be told so, while a network is trained.
ACT_IN_TRAINING = (
    layers.BatchNormalization,
    layers.SpectralNormalization,
    layers.Dropout,
    layers.AlphaDropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
)


def probe(gan, real: np.ndarray, batch_size: int = 64) -> list[Finding]:
    """Do two steps of a GAN's own, look at them with `CHECKS`, and undo them.

    Every variable (weights, optimizers, average, step, random states) has its old bits
    again when this returns.

    Args:
        gan: compiled; any `training.GAN` whose `train_step` takes a batch of samples.
        real: real samples (n, …).
        batch_size: samples in a D step.

    Raises:
        Exception: whatever a step raises, unless a wrong shape explains it.
    """
    real = np.asarray(real, "float32")
    batch = real[np.arange(batch_size * gan.d_steps) % len(real)]
    with spies.untouched(gan):
        seen = Watched(gan, batch)
        told = {name: check(gan, seen, real) for name, check in CHECKS.items()}
    if seen.error is not None and told["shapes"] is None:
        raise seen.error
    step = clock(gan)
    return [Finding(name, step, words) for name, words in told.items() if words]


def check_shapes(gan, seen: Watched, real: np.ndarray) -> str | None:
    """Compare the shapes of G(z), x and D(x), and the numbers of both in a step."""
    told, sample = _unequal_numbers(seen), real.shape[1:]
    drawn = {call.outputs.shape[1:] for call in seen.of("G")} - {sample}
    if drawn:
        told.append(f"G draws {drawn.pop()} a sample, and real ones are {sample}")
    handled = {call.inputs.shape[1:] for call in seen.of("D")}
    if len(handled) > 1:
        told.append(f"D gets samples of different shapes, {sorted(handled)}")
    pairs = {(len(call.inputs), call.outputs.shape) for call in seen.of("D")}
    odd = [(n, x) for n, x in pairs if len(x) < 2 or (x[0], x[-1]) != (n, 1)]
    if odd:
        n, shape = min(odd)
        told.append(
            f"D returns {shape} for {n} samples, not one logit each, (batch, 1)"
        )
    if not told:
        return None
    return (
        f"{'; '.join(told)}. Broadcasting may hide this: a loss of such a pair is a "
        "number, and a wrong one. Compare the shapes of G(z), x and D(x)."
    )


def _unequal_numbers(seen):
    numbers = collections.defaultdict(set)
    for call in seen.of("D"):
        numbers[call.phase, call.kind].add(len(call.inputs))
    for phase in ("d_step", "g_step", ""):
        real, fake = numbers[phase, "real"], numbers[phase, "fake"]
        if real and fake and real != fake:
            return [
                f"in {phase or 'the step'} D gets {max(real)} real and {max(fake)} "
                "fake samples: take the number of fakes from the batch, "
                "tf.shape(real)[0]; drop_remainder=True leaves a last, partial one out"
            ]
    return []


def check_range(gan, seen: Watched, real: np.ndarray) -> str | None:
    """Compare the range of the real data with G's last activation."""
    end = doors.final_activation(gan.generator)
    if end not in ("tanh", "sigmoid"):
        return None
    lowest, low, high = doors.LOWEST[end], float(real.min()), float(real.max())
    outside = low < lowest - TOLERANCE or high > 1 + TOLERANCE
    if not outside and not (end == "tanh" and low >= 0):
        return None
    return (
        f"the real data run from {low:.3g} to {high:.3g}, and G, which ends in {end}, "
        f"draws from {lowest} to 1: D needs nothing but the range to tell them apart. "
        "Rescale the data to the range of G, datasets.to_unit_range() for tanh, or "
        "change G's last activation."
    )


def check_bounded_logits(gan, seen: Watched, real: np.ndarray) -> str | None:
    """Look at D's last activation."""
    end = doors.final_activation(gan.discriminator)
    if end not in doors.LOWEST:
        return None
    return (
        f"D ends in {end}, and the losses expect logits, any number from −∞ to ∞: "
        "the loss applies its own sigmoid, so gradients shrink twice. Remove the "
        "last activation of D."
    )


def check_inference_mode(gan, seen: Watched, real: np.ndarray) -> str | None:
    """Look for calls of BatchNorm or Dropout without training=True."""
    told = []
    for name, network in seen.networks.items():
        acting = spies.layers_of(network, ACT_IN_TRAINING)
        held = " and ".join(sorted({type(layer).__name__ for layer in acting}))
        calls = seen.of(name)
        wrong = sum(not call.training for call in calls)
        if held and wrong:
            told.append(f"{wrong} of {len(calls)} calls of {name}, which holds {held},")
    if not told:
        return None
    return (
        f"{' and '.join(told)} came without training=True. In Keras 3 an omitted flag "
        "means inference: BatchNorm never measures its statistics and Dropout is off. "
        "Pass training=True in every call of the step."
    )


def check_joint_batch(gan, seen: Watched, real: np.ndarray) -> str | None:
    """Look for real and fake samples in one BatchNorm batch of D."""
    sizes = [len(call.outputs) for call in seen.of("G")]
    twice = 2 * max([len(seen.batch) // gan.d_steps, *sizes])
    calls = [(len(call.inputs), call.kind) for call in seen.of("D")]
    joint = [n for n, kind in calls if kind == "real and fake"]
    joint += [n for n, kind in calls if not kind and n >= twice]
    if not joint or not _batch_norms(gan.discriminator):
        return None
    return (
        f"D, which holds BatchNorm, gets real and fake samples in one batch of "
        f"{joint[0]}: the statistics of the mixture tell each sample what the others "
        "are. Call D twice, with real samples and with fakes, or leave BatchNorm out."
    )


def _batch_norms(network):
    norms = spies.layers_of(network, layers.BatchNormalization)
    return [norm for norm in norms if norm.trainable]  # others are frozen on purpose


def check_frozen(name: str, gan, seen: Watched, real: np.ndarray) -> str | None:
    """Look whether two steps moved the network `name`, G or D."""
    network, optimizer = seen.networks[name], getattr(gan, f"{name.lower()}_optimizer")
    # While it looks for its scale, it leaves out steps whose gradients overflow.
    skips = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    moved = ("", name) in seen.moved or not spies.weights(network)
    if skips or moved or seen.steps < 2:
        return None
    cause = "its gradient is zero or is applied to other variables"
    if not network.trainable_variables:
        cause = f"{name}.trainable is False"
    return (
        f"two whole steps moved no weight of {name}: {cause}. On Keras 3 setting "
        "trainable=False for a stacked model freezes the network itself, for good. Set "
        "it back, and give each optimizer the variables of its own network."
    )


def check_leaking_step(gan, seen: Watched, real: np.ndarray) -> str | None:
    """Look for weights of one player that the other player's step moves."""
    for phase, name in (("d_step", "G"), ("g_step", "D")):
        if (phase, name) in seen.moved:
            return (
                f"{phase} moves the weights of {name}: a player that is moved by the "
                "other one's loss is taught the opposite of its own task. Give the "
                f"optimizer of {phase} the trainable variables of one network only."
            )
    return None


def check_deaf_g(gan, seen: Watched, real: np.ndarray) -> str | None:
    """Look for a step of G in which D is never asked."""
    asked = [call.phase for call in seen.of("D")]
    stepped = any(call.phase == "g_step" for call in seen.of("G"))
    if not stepped or "g_step" in asked or "" in asked:
        return None
    return (
        "G's step never asks D, so that nothing tells G what looks real. Take G's loss "
        "from D's logits of G(z). A distance from G(z) to the batch's x is no "
        "substitute: x and z are no pairs, and the best answer is the mean sample."
    )


def check_repeated_noise(gan, seen: Watched, real: np.ndarray) -> str | None:
    """Look for the same z in two successive steps."""
    first, second = (
        [call.inputs for call in seen.of("G") if call.step == i] for i in (0, 1)
    )
    if not any(np.array_equal(a, b) for a in first for b in second):
        return None
    return (
        "G got the same z in two successive steps, so it learns to draw these few "
        "samples and nothing in between. Draw z inside the step, from a seed that "
        "changes with the step; NumPy or Python draw only once in a tf.function."
    )


def check_penalties(gan, seen: Watched, real: np.ndarray) -> str | None:
    """Try gradient penalties on critics of known slope."""
    shape = tuple(gan.discriminator.input_shape[1:])
    penalties = [p for p in gan.penalties if not p.networks]  # the rest has no slope
    faults = [
        f"{penalty.name}: {fault}"
        for penalty in penalties
        for fault in spies.penalty_faults(penalty, shape)
    ]
    if penalties and _batch_norms(gan.discriminator):
        faults.append(
            "D holds BatchNorm, so that each score depends on the whole batch, and the "
            "slope at one sample is not its own: use none, or GroupNormalization"
        )
    return "; ".join(faults) + "." if faults else None


CHECKS = {  # (gan, what was seen of two steps, all real samples) → message or None
    "shapes": check_shapes,
    "range": check_range,
    "bounded_logits": check_bounded_logits,
    "inference_mode": check_inference_mode,
    "joint_batch": check_joint_batch,
    "frozen_d": functools.partial(check_frozen, "D"),
    "frozen_g": functools.partial(check_frozen, "G"),
    "leaking_step": check_leaking_step,
    "deaf_g": check_deaf_g,
    "repeated_noise": check_repeated_noise,
    "penalty": check_penalties,
}
