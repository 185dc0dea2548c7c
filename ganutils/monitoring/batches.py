"""What stands in the batches that D gets: real samples, fakes, how many, what shape."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ganutils.monitoring import anatomy

Notes = Iterator[tuple[str, str]]


def faults(gan, seen, batch: np.ndarray) -> Notes:
    """Yield (name, message) of what is wrong with the batches of a watched step.

    Args:
        gan: the GAN that was watched.
        seen: `spying.Record` of its steps.
        batch: the real samples of a step, (d_steps · batch, …).
    """
    real = np.asarray(tf.cast(batch, gan.discriminator.compute_dtype), "float32")
    rows = _rows(real), set().union(*(_rows(call.outputs) for call in seen.of("G")))
    kinds = [(call, _kind(call, *rows)) for call in seen.of("D")]
    yield from _joint(gan, seen, kinds, len(batch) // gan.d_steps)
    yield from _shapes(seen, kinds, batch)


def _rows(samples):
    flat = np.ascontiguousarray(samples.reshape(len(samples), -1))
    return {row.tobytes() for row in flat}


def _kind(call, real, fake):
    rows = _rows(call.inputs)
    kinds = [word for word, known in (("real", real), ("fake", fake)) if rows & known]
    return " and ".join(kinds)


def _joint(gan, seen, kinds, batch_size) -> Notes:
    largest = max([batch_size, *(len(call.outputs) for call in seen.of("G"))])
    joint = [
        call
        for call, kind in kinds
        if kind == "real and fake" or (not kind and len(call.inputs) >= 2 * largest)
    ]
    if joint and anatomy.batch_norms(gan.discriminator):
        yield (
            "joint_batch",
            f"D, which holds BatchNorm, gets real and fake samples in one batch of "
            f"{len(joint[0].inputs)}: the statistics of the mixture tell each sample "
            "what the others are. Call D twice, once with real samples and once with "
            "fakes, or use a D without BatchNorm.",
        )


def _shapes(seen, kinds, batch) -> Notes:
    told = []
    drawn = {call.outputs.shape[1:] for call in seen.of("G")} - {batch.shape[1:]}
    if drawn:
        told.append(
            f"G draws {drawn.pop()} a sample, and real ones are {batch.shape[1:]}"
        )
    handled = {call.inputs.shape[1:] for call, _ in kinds}
    if len(handled) > 1:
        told.append(f"D gets samples of different shapes, {sorted(handled)}")
    for call, _ in kinds:
        if call.outputs.shape != (len(call.inputs), 1):
            told.append(
                f"D returns {call.outputs.shape} for {len(call.inputs)} samples, where "
                "one logit each, (batch, 1), is expected"
            )
            break
    told += _numbers(kinds)
    if told:
        yield (
            "shapes",
            "; ".join(told)
            + ". Broadcasting may hide this: a loss of such a pair is a "
            "number, and a wrong one. Compare the shapes of G(z), x and D(x).",
        )


def _numbers(kinds):
    for phase in ("d_step", "g_step", ""):
        count = {"real": set(), "fake": set()}
        for call, kind in kinds:
            if call.phase == phase and kind in count:
                count[kind].add(len(call.inputs))
        if all(count.values()) and count["real"] != count["fake"]:
            where = f"in {phase}" if phase else "in the step"
            return [
                f"{where} D gets {max(count['real'])} real and {max(count['fake'])} "
                "fake samples: take the number of fakes from the batch, "
                "tf.shape(real)[0], and keep a last partial batch out with "
                "drop_remainder=True"
            ]
    return []
