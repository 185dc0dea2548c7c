"""A reader's own folder of sound files as clips of one length, with a report."""

import os
from dataclasses import dataclass

import numpy as np

from ganutils.datasets import folders, sound_reading
from ganutils.datasets.folders import FileReport
from ganutils.datasets.sound_fitting import (
    PEAK,
    check_length,
    check_sizes,
    fill_clip,
    fit_clip,
    measure,
)

__all__ = ["PEAK", "FileReport", "SoundFolder", "fit_clip", "load_folder"]

WINDOW_SECONDS = 10.0  # as much of a long file is read


@dataclass(frozen=True)
class SoundFolder(folders.Folder):
    """Clips of a folder and a report of every file in it.

    Attributes:
        clips: shape (n, clip_length, 1), float32 in [-1, 1].
        sample_rate: of the clips, in Hz.
    """

    clips: np.ndarray
    sample_rate: int


def load_folder(
    path: "str | os.PathLike",
    sample_rate: int = 8000,
    clip_length: int = 8192,
) -> SoundFolder:
    """Read every sound file of a folder as a clip of one rate, length and loudness.

    Sub-folders are classes. A file that cannot be used is skipped and says why in
    `report`; `fit_clip` tells what happens to the others. Of a file longer than 10 s
    (and twice the clip), the clip is taken from the first 10 s after silence: cut long
    recordings into words beforehand.

    Args:
        path: the folder.
        sample_rate: of the clips, 1,000 … 384,000 Hz.
        clip_length: samples of a clip, ≥ 0.075 s of them.

    Raises:
        OSError: `path` is not a folder or cannot be listed.
        ValueError: no file is usable, with the first reasons; or another argument
            is outside the range given above.

    Example:
        >>> folder = load_folder("my_words")
        >>> for entry in folder.skipped:
        ...     print(entry.path, entry.reason)
    """
    check_sizes(sample_rate, clip_length)
    window = max(WINDOW_SECONDS, 2 * clip_length / sample_rate)

    def read(file):
        sound = _read(file, window)
        clip = np.zeros((clip_length, 1), np.float32)
        (measured,) = measure([sound.samples], sample_rate)
        return clip, _fill(clip[:, 0], sound, measured, sample_rate)

    content = f"sound files ({', '.join(sound_reading.FORMATS)})"
    clips, folder = folders.read_files(path, content, read)
    return SoundFolder(**vars(folder), clips=clips, sample_rate=sample_rate)


def _read(path, window):
    sound = sound_reading.read_start(path, window)
    check_length(len(sound.samples) / sound.rate)
    return sound


def _fill(clip, sound, measured, sample_rate):
    whole = sound.seconds if sound.is_part else None
    remark = fill_clip(clip, measured, sound.rate, sample_rate, sound.silence, whole)
    if sound.remark:
        remark = "; ".join(filter(None, (sound.remark, remark)))
    return remark
