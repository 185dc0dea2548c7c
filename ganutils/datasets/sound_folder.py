"""A reader's own folder of sound files as clips of one length, with a report."""

import os
from dataclasses import dataclass

import numpy as np

from ganutils.datasets import folders, sound_reading
from ganutils.datasets.catalogue import AudioData
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
BATCH = 2**16  # samples that are measured at once, in the processor's cache


@dataclass(frozen=True)
class SoundFolder:
    """Clips of a folder and a report of every file in it, as `images.ImageFolder`.

    Attributes:
        name: of the folder.
        clips: shape (n, clip_length, 1), float32 in [-1, 1].
        labels: shape (n,), int64, indices into `class_names`.
        class_names: names of the sub-folders that gave a clip; the folder's own name
            where there are none.
        sample_rate: of the clips, in Hz.
        report: a `FileReport` for each entry, in the order of reading.
    """

    name: str
    clips: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    sample_rate: int
    report: tuple[FileReport, ...]

    @property
    def skipped(self) -> list[FileReport]:
        """The entries that were not used."""
        return [entry for entry in self.report if entry.action == "skipped"]

    def split(self, test_share: float = 0.1, seed: int = 0) -> AudioData:
        """Return the clips as `AudioData`, as `spoken.load` does for named sets.

        Args:
            test_share: part of the clips, drawn at random, that becomes `x_test`, in
                [0, 1). Measures of quality need clips that training never heard.
            seed: of the draw.

        Raises:
            ValueError: `test_share` outside [0, 1).
        """
        train, test = folders.draw_split(len(self.clips), test_share, seed)
        source = (
            f"{self.name}: {len(train):,} + {len(test):,} clips of a folder, "
            f"{len(self.skipped):,} entries skipped"
        )
        x, y = self.clips, self.labels
        parts = x[train], y[train], x[test], y[test]
        return AudioData(self.name, *parts, self.class_names, source, self.sample_rate)


def load_folder(
    path: "str | os.PathLike",
    sample_rate: int = 8000,
    clip_length: int = 8192,
    at_least: int = 1,
) -> SoundFolder:
    """Read every sound file of a folder as a clip of one rate, length and loudness.

    The folder is flat, or has one sub-folder for each class; where it has both, the
    side with more sound files counts and the rest is skipped. Files are read in the
    order of their names. A file that cannot be used is skipped and says why in
    `report`; `fit_clip` tells what happens to the others. Of a file longer than 10 s
    (and twice the clip), the clip is taken from the first 10 s after silence: cut long
    recordings into words beforehand.

    Args:
        path: the folder.
        sample_rate: of the clips, 1,000 … 384,000 Hz.
        clip_length: samples of a clip, ≥ 0.075 s of them.
        at_least: smallest number of usable files that is enough, ≥ 1.

    Raises:
        OSError: `path` is not a folder or cannot be listed.
        ValueError: too few usable files, with the first reasons; or another argument
            is outside the range given above.

    Example:
        >>> folder = load_folder("my_words")
        >>> for entry in folder.skipped:
        ...     print(entry.path, entry.reason)
    """
    check_sizes(sample_rate, clip_length)
    if at_least < 1:
        raise ValueError(f"Expected `at_least` ≥ 1; received {at_least!r}.")
    root = folders.check_folder(path, "sound files")
    files, report = folders.list_files(root, sound_reading.SUFFIXES)
    clips = np.zeros((len(files), clip_length, 1), np.float32)
    rows = clips[..., 0]
    window = max(WINDOW_SECONDS, 2 * clip_length / sample_rate)
    classes = []
    outcomes = _read_clips(files, rows, sample_rate, window)
    for file, (remark, reason) in zip(files, outcomes, strict=True):
        if reason:
            report.append(folders.skip(file, root, reason))
            continue
        report.append(folders.use(file, root, remark))
        classes.append(folders.class_of(report[-1]))
    if len(classes) < at_least:
        error = folders.too_few(root, "sound files", len(classes), at_least, report)
        formats = ", ".join(sound_reading.FORMATS)
        raise ValueError(f"{error} Files of the formats {formats} are read.")
    name = folders.to_text(root.resolve().name)
    labels, class_names = folders.number_classes(classes, name)
    clips = clips[: len(classes)]
    return SoundFolder(name, clips, labels, class_names, sample_rate, tuple(report))


def _read_clips(files, clips, sample_rate, window):
    # Yields, for each file, a remark and no reason to skip it, or the reverse.
    used = 0
    for batch in _read_batches(files, window):
        samples = [sound.samples for sound, _ in batch if sound]
        measured = iter(measure(samples, sample_rate) if samples else ())
        for outcome in batch:
            sound, _ = outcome
            if sound:
                arguments = clips[used], sound, next(measured), sample_rate
                outcome = _attempt(_fill, *arguments)
                used += outcome[0] is not None
            yield outcome


def _read_batches(files, window):
    batch, size = [], 0
    for file in files:
        sound, reason = _attempt(_read, file, window)
        batch.append((sound, reason))
        size += len(sound.samples) if sound else 0
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _attempt(function, *arguments):
    try:
        return function(*arguments), None
    # A damaged file may raise nearly anything; the error itself would keep its samples.
    except Exception as error:
        return None, _reason(error)


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


def _reason(error):
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be opened: {error.strerror}"
    if type(error) is ValueError:
        return str(error)
    return f"{type(error).__name__}: {error}"
