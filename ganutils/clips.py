"""Sound clips: a data set of them, and the shape and range that a GAN here takes."""

from dataclasses import dataclass

import numpy as np

from ganutils.pixels import check_unit_range


@dataclass(frozen=True)
class AudioData:
    """Clips of one data set, ready for a GAN.

    Attributes:
        name: of the data set that is really here.
        x_train, x_test: clips (n, clip_length, 1), float32 in [-1, 1].
        y_train, y_test: labels (n,), int64, indices into `class_names`.
        class_names: what the labels mean.
        source: one line that says where the clips came from.
        sample_rate: samples a second, in Hz.
        stand_in_for: the name that was asked for, where this is a replacement.
        speakers_train, speakers_test: who speaks each clip, (n,), str; None where
            nobody knows.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    source: str
    sample_rate: int
    stand_in_for: str | None = None
    speakers_train: np.ndarray | None = None
    speakers_test: np.ndarray | None = None


def check_clips(
    clips: np.ndarray, name: str = "clips", at_least: int = 1
) -> np.ndarray:
    """Return clips as they came if a GAN of this course can be trained on them.

    Args:
        clips: shape (n, clip_length, 1), float, finite, in [-1, 1].
        name: how an error calls them.
        at_least: smallest n that is enough.

    Raises:
        ValueError: anything else; says what was received and how to mend it.

    Example:
        >>> check_clips(np.zeros((2, 8192, 1), "float32")).shape
        (2, 8192, 1)
    """
    values = np.asarray(clips)
    if values.ndim != 3 or values.shape[-1] != 1:
        raise ValueError(
            f"Expected `{name}` of shape (n, clip_length, 1); received {values.shape}. "
            f"{_mend_shape(values.shape, name)}"
        )
    if len(values) < at_least or values.size == 0:
        raise ValueError(
            f"Expected at least {at_least} `{name}`; received shape {values.shape}."
        )
    check_unit_range(
        values,
        name,
        "samples",
        f"{values.dtype}. Divide 16-bit samples by 32768.",
        "Divide by np.abs(clips).max(axis=(1, 2), keepdims=True), or clip what "
        "overshoots.",
    )
    return clips


def _mend_shape(shape, name):
    if len(shape) == 1:
        return f"A single clip needs two axes: {name}[np.newaxis, :, np.newaxis]."
    if len(shape) == 2 and shape[-1] == 1:
        return f"A single clip needs the axis n: {name}[np.newaxis]."
    if len(shape) == 2:
        return f"Clips need the axis of channels: {name}[..., np.newaxis]."
    if len(shape) == 3 and shape[1] == 1:
        return f"Put the channel last: np.moveaxis({name}, 1, -1)."
    if len(shape) == 3:
        return f"Mix the channels: {name}.mean(axis=-1, keepdims=True)."
    return "datasets.load('spoken_digits_tts').x_train is such an array."
