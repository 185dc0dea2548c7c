"""The beginning of one sound file as mono samples, whatever its format."""

import io
import os
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import soundfile

from ganutils.datasets import sound_headers
from ganutils.kit import files

# Those whose truncated files can be told, or end with an error.
FORMATS = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3")
SUFFIXES = (".wav", ".w64", ".rf64", ".aif", ".aiff", ".aifc") + (
    ".flac", ".ogg", ".oga", ".opus", ".mp3",
)  # fmt: skip
# First bytes of what people record and no decoder here reads.
FOREIGN = {
    "m4a": rb".{4}ftyp",  # MP4, 3GP, QuickTime
    "aac": rb"\xff[\xf0\xf1\xf8\xf9]",
    "wma": rb"0&\xb2u",
    "webm": rb"\x1aE\xdf\xa3",  # Matroska
    "amr": rb"#!AMR",
}
SILENCE = 1e-3  # peak; the quietest of 3,000 spoken digits has 0.010
EIGHT_BIT_SILENCE = 2 / 128  # two steps: noise of rounding
CANCEL_DB = 12  # see `sound_headers.MOST_CHANNELS`
UNRECOGNISED = 1  # libsndfile's SF_ERR_UNRECOGNISED_FORMAT
SAMPLE, STEP = np.dtype("<i2"), np.array(1 / 32_768, np.float32)  # of 16 bits
BLOCK = 65_536  # bytes or frames at a time
READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # Windows would change bytes


class Sound(NamedTuple):
    """What was read of a sound file.

    Attributes:
        samples: shape (n,), float32, at `rate`; full scale is 1.
        rate: in Hz.
        seconds: length of the file.
        is_part: whether sound after `samples` was left out.
        silence: a smaller peak is silence in this format.
        remark: what a listener should know; may be empty.
    """

    samples: np.ndarray
    rate: int
    seconds: float
    is_part: bool
    silence: float
    remark: str


class _Recording(NamedTuple):
    rate: int
    channels: int
    frames: int
    silence: float
    read: Callable[[int], np.ndarray]  # n → the next n frames, (n, channels)


def read_start(path: "str | os.PathLike", seconds: float) -> Sound:
    """Read a sound file; of a longer one, `seconds` from its first sound on.

    Silent blocks at the start of a longer file are passed over, so memory is bounded.
    Several channels become their mean. Where they cancel each other, as a microphone
    wired the wrong way round makes them, the loudest one counts.

    A damaged or truncated file is an error; where only the length in the header of a
    WAV file is wrong or missing, the file is read to the end, with a remark. What
    cannot be told: an MP3 file without a Xing header does not say how long it should
    be, and MP3 has no checksum; and of a longer file only what is read of it is
    decoded.

    Args:
        path: the file.
        seconds: length from which on a file is not read whole, > 0; a longer file is
            read for so long, but for a second and 65,536 frames at least.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it cannot be used, and why; or `seconds` is not positive.

    Example:
        >>> sound = read_start("word.wav", 10.0)
        >>> sound.samples.shape, sound.rate
        ((44100,), 44100)
    """
    if not seconds > 0:
        raise ValueError(f"Expected `seconds` > 0; received {seconds!r}.")
    # Most files are small: one read of the system, without a file object, takes less
    # than half as long.
    path = files.expand(path)
    descriptor = os.open(path, READ_ONLY)
    try:
        start = os.read(descriptor, BLOCK)
        if len(start) == BLOCK:
            size = os.fstat(descriptor).st_size
            with open(descriptor, "rb", closefd=False) as file:
                file.seek(0)
                return _read_open(file, sound_headers.check(file, size), seconds)
    except OSError as error:
        error.filename = os.fspath(path)  # reading does not name it
        raise
    finally:
        os.close(descriptor)
    file = io.BytesIO(start)
    head = sound_headers.check(file, len(start))
    if head.channels == 1 and head.frames <= seconds * head.rate:
        x = _scale(np.frombuffer(start, SAMPLE, head.frames, head.offset))
        whole = head.frames / head.rate
        return Sound(x, head.rate, whole, False, SILENCE, head.remark)
    return _read_open(file, head, seconds)


class _Rebuilt:
    """A file's sound behind another header, for libsndfile."""

    def __init__(self, file, head):
        self.file, self.header = file, head.header
        self.shift, self.at = head.offset - len(head.header), 0
        self.size = file.seek(0, os.SEEK_END) - self.shift

    def tell(self):
        return self.at

    def seek(self, to, whence=os.SEEK_SET):
        self.at = to + (0, self.at, self.size)[whence]
        return self.at

    def read(self, n):
        part = self.header[self.at : self.at + n]
        self.file.seek(self.at + len(part) + self.shift)
        part += self.file.read(n - len(part))
        self.at += len(part)
        return part


def _read_open(file, head, seconds):
    if head.frames:
        return _read(_plain(file, head), seconds, head.remark)
    file = _Rebuilt(file, head) if head.header else file
    file.seek(0)
    try:
        # libsndfile gets the open file: its name may be no text.
        with soundfile.SoundFile(file) as decoder:
            return _read(_decoded(decoder), seconds, head.remark)
    except soundfile.LibsndfileError as error:
        raise ValueError(_explain(error, file)) from error


def _scale(x):
    # Converted first: NumPy multiplies two types in many small blocks.
    x = x.astype(np.float32)
    x *= STEP
    return x


def _plain(file, head):
    file.seek(head.offset)
    frame = 2 * head.channels

    def read(frames):
        x = np.frombuffer(file.read(frame * frames), SAMPLE)
        return _scale(x).reshape(-1, head.channels)

    return _Recording(head.rate, head.channels, head.frames, SILENCE, read)


def _explain(error, file):
    if error.code != UNRECOGNISED:
        return f"damaged: {error.error_string.removeprefix('Error : ').rstrip('.')}"
    file.seek(0)
    first = file.read(16)
    for ending, pattern in FOREIGN.items():
        if re.match(pattern, first, re.DOTALL):
            return _unread(ending)
    return f"no sound file of a known format: it begins with {first!r}"


def _unread(ending):
    return f"the format {ending} is not read; convert it: ffmpeg -i in.{ending} out.wav"


def _decoded(decoder):
    numbers = decoder.samplerate, decoder.channels, decoder.frames
    sound_headers.check_values(*numbers)
    if decoder.format not in FORMATS:
        raise ValueError(_unread(decoder.format.lower()))
    silence = EIGHT_BIT_SILENCE if decoder.subtype in ("PCM_U8", "PCM_S8") else SILENCE

    def read(frames):
        x = decoder.read(frames, dtype="float32", always_2d=True)
        if not np.isfinite(x).all():
            raise ValueError("samples that are no numbers (NaN or infinite)")
        return x

    return _Recording(*numbers, silence, read)


def _read(recording, seconds, remark):
    window = seconds * recording.rate
    whole = recording.frames / recording.rate
    if recording.frames <= window:
        x, left = _read_exactly(recording, recording.frames), 0
    else:
        x, left = _read_window(recording, int(window))
    samples, mixing = _mix(x)
    if mixing:
        remark = "; ".join(filter(None, (remark, mixing)))
    return Sound(samples, recording.rate, whole, left > 0, recording.silence, remark)


def _read_window(recording, window):
    left = recording.frames
    while left:
        x = _read_exactly(recording, min(max(recording.rate, BLOCK), left))
        left -= len(x)
        if np.ptp(x, axis=0).max() >= 2 * recording.silence:
            rest = max(min(window - len(x), left), 0)
            return np.concatenate([x, _read_exactly(recording, rest)]), left - rest
    raise ValueError(f"silent: no peak reaches {recording.silence:.3g} of full scale")


def _read_exactly(recording, frames):
    x = recording.read(frames)
    if len(x) < frames:
        raise ValueError(
            f"truncated or damaged: {frames - len(x):,} of {recording.frames:,} frames "
            "cannot be read"
        )
    return x


def _mix(x):
    channels = x.shape[1]
    if channels == 1:
        return x[:, 0], ""
    x = x - x.mean(axis=0)
    mix = x.mean(axis=1)
    powers = np.einsum("tc,tc->c", x, x)
    if mix @ mix * 10 ** (CANCEL_DB / 10) >= powers.mean():
        return mix, ""
    remark = f"the {channels} channels cancel each other: the loudest one is used"
    return x[:, powers.argmax()], remark
