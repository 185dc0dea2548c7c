"""A reader's own folder of sound files as clips of one length, with a report."""

import io
import os
import re
from dataclasses import dataclass
from functools import partial

import librosa
import numpy as np
import soundfile

from ganutils.datasets import folders
from ganutils.kit.checks import check_rate, check_whole

# First bytes of the formats whose torn files can be told.
KNOWN = b"RIFF", b"RIFX", b"RF64", b"riff", b"FORM", b"fLaC", b"OggS", b"ID3", b"\xff"
CONVERT = "If it plays elsewhere, convert it: ffmpeg -i FILE out.wav"
# libsndfile reads what is left of a torn file; only its log tells of the rest.
LENGTHS = re.compile(r"(?:RIFF|riff|size|FORM|data|SSND) : (\d+) \(should be (\d+)\)")
XING = re.compile(rb"(?:Xing|Info)\0\0\0[\3\7\x0b\x0f].{4}(.{4})", re.DOTALL)
READ_SECONDS = 10  # of a long file
SILENCE = 1e-3  # peak; the quietest of 3,000 spoken digits has 0.010
CANCEL_DB = 12  # a sound in one of 8 channels is 9 dB quieter in their mean
PEAK = 0.95  # below 1, so that a filter or another rate does not clip it at once
FRAME, LEAD, FADE, SHORTEST, LEAST = 0.01, 0.025, 0.01, 0.05, 0.075  # seconds


@dataclass(frozen=True)
class SoundFolder(folders.Folder):
    """What a folder gave: clips (n, clip_length, 1), float32 in [-1, 1]; rate in Hz."""

    clips: np.ndarray
    sample_rate: int


def load_folder(
    path: "str | os.PathLike", sample_rate: int = 8000, clip_length: int = 8192
) -> SoundFolder:
    """Read every sound file of a folder as a clip of one rate, length and loudness.

    Sub-folders are classes. A file that cannot be used is skipped and says why in
    `report`; the others become clips by `fit_clip`. Of a file longer than 10 s, and
    twice the clip, the first 10 s after silence are read: cut it into words beforehand.

    Raises:
        OSError: `path` is not a folder or cannot be listed.
        ValueError: no file is usable, and why; or another argument is out of range.

    Example:
        >>> for entry in load_folder("my_words").skipped:
        ...     print(entry.path, entry.reason)
    """
    check_whole("clip_length", clip_length, round(LEAST * check_rate(sample_rate)))
    content = "sound files (WAV, AIFF, FLAC, OGG, MP3)"
    read = partial(_read, sample_rate=sample_rate, clip_length=clip_length)
    clips, folder = folders.read_files(path, content, read)
    return SoundFolder(**vars(folder), clips=clips, sample_rate=sample_rate)


def fit_clip(
    samples: np.ndarray, rate: int, sample_rate: int = 8000, clip_length: int = 8192
) -> tuple[np.ndarray, str]:
    """Return samples as a clip of one rate, length and loudness.

    A constant offset is taken off, the rate changed, and silence cut off at both ends:
    10-ms frames with 40 dB less energy than the loudest. The sound begins after 25 ms
    of zeros, ends in a short fade where it is too long, and has a peak of 0.95: place
    and loudness would tell the speaker, and a GAN would learn them first.

    Args:
        samples: shape (n,), float; full scale is 1.
        rate, sample_rate: of `samples` and of the clip, 1,000 … 384,000 Hz.
        clip_length: samples of the clip, ≥ 0.075 s of them.

    Returns:
        The clip (clip_length, 1), float32; and a remark, mostly empty: what it lost.

    Raises:
        ValueError: samples that are not finite, are silent (no peak of 0.001) or hold
            less than 0.05 s of sound; or another argument is out of its range.
    """
    check_rate(rate, "rate")
    check_whole("clip_length", clip_length, round(LEAST * check_rate(sample_rate)))
    x, loudest = np.asarray(samples), float(np.abs(samples).max(initial=0))
    if x.ndim != 1 or x.dtype.kind != "f":
        raise ValueError(f"Expected floats, shape (n,); received {x.dtype} {x.shape}.")
    if not loudest < 1e15:
        raise ValueError("samples that are no numbers, or beyond 1e15")
    remarks = [f"peak of {loudest:.3g}, scaled down"] if loudest > 1 else []
    x = (x - x.sum(dtype=float) / max(len(x), 1)).astype(np.float32)
    if rate != sample_rate:
        x = librosa.resample(x, orig_sr=rate, target_sr=sample_rate)
    if rate < sample_rate:
        remarks.append(f"recorded at {rate:,} Hz: nothing above {rate / 2:,.0f} Hz")
    x = _trim(x, sample_rate)
    lead, fade = round(LEAD * sample_rate), round(FADE * sample_rate)
    clip = librosa.util.fix_length(np.pad(x, (lead, 0)), size=clip_length)
    if lead + len(x) > clip_length:
        whole, kept = len(x) / sample_rate, (clip_length - lead) / sample_rate
        remarks.append(f"cut from {whole:.3f} s to {kept:.3f} s")
        clip[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return PEAK / np.abs(clip).max() * clip[:, np.newaxis], "; ".join(remarks)


def _trim(x, rate):
    if np.abs(x).max(initial=0) < SILENCE:
        raise ValueError(f"silent: no peak of {SILENCE} below {rate // 2:,} Hz")
    frame = round(FRAME * rate)
    frames = librosa.util.fix_length(x, size=-(-len(x) // frame) * frame)
    energy = np.square(frames).reshape(-1, frame).sum(axis=1)
    loud = np.flatnonzero(energy > 1e-4 * energy.max())  # 40 dB
    x = x[loud[0] * frame : (loud[-1] + 1) * frame]
    if len(x) < SHORTEST * rate:
        found = f"{len(x) / rate:.3f} s of sound"
        raise ValueError(f"too short: {found}; {SHORTEST} s are the least")
    return x


def _read(path, sample_rate, clip_length):
    # → a clip of the file from its first second with sound on, and remarks
    seconds = max(READ_SECONDS, 2 * clip_length / sample_rate)
    with open(path, "rb") as file:
        first = file.read(4096)
        try:
            with _open(file, first) as sound:
                state = _check_header(sound, first)
                x, cut = _read_loud(sound, int(seconds * sound.samplerate))
        except soundfile.LibsndfileError as error:
            reason = f"cannot be decoded: {error.error_string} {CONVERT}"
            raise ValueError(reason) from error
    x, mixing = _mix(x)
    clip, fitting = fit_clip(x, sound.samplerate, sample_rate, clip_length)
    return clip, "; ".join(filter(None, (state, cut, mixing, fitting)))


def _open(file, first):
    if not first.startswith(KNOWN):
        raise ValueError(
            f"no sound file of a known format: it begins with {first[:16]!r}. {CONVERT}"
        )
    size = file.seek(0, os.SEEK_END)
    if first.startswith(b"OggS"):
        _check_last_page(file, size)
    # A recorder that stopped too early never filled in the length.
    head, name, rest = first.partition(b"data\0\0\0\0")
    if name and not rest[:3].isalnum():  # else another chunk follows
        file.seek(len(head + name))
        file = io.BytesIO(head + b"data\xff\xff\xff\xff" + file.read())
    xing = XING.search(first) if first.startswith((b"ID3", b"\xff")) else None
    stated = int.from_bytes(xing[1], "big") if xing else 0
    if stated > 1.02 * size:  # encoders count a tag in, or not
        raise ValueError(f"truncated: {size:,} of {stated:,} bytes are there")
    file.seek(0)
    return soundfile.SoundFile(file)


def _check_last_page(file, size):
    # libsndfile reads a torn Ogg stream as a shorter one.
    file.seek(max(size - 65_307, 0))  # the largest page
    page = file.read().rpartition(b"OggS")[2]
    is_last = len(page) > 22 and page[1] & 4
    if not is_last or len(page) < 23 + page[22] + sum(page[23 : 23 + page[22]]):
        raise ValueError("truncated: the last page of the stream is missing")


def _check_header(sound, first):
    check_rate(sound.samplerate, "rate")
    if sound.channels > 8:  # see CANCEL_DB
        raise ValueError(f"Expected 1 ≤ `channels` ≤ 8; received {sound.channels}.")
    found = LENGTHS.findall(sound.extra_info)
    stated, there = map(int, found[-1]) if found else (1, 1)
    is_open = stated == 0 or stated >= 0x7FFF0000  # as much as a program dared to write
    missing = 0 if is_open else stated - there
    if missing > stated // 20:
        raise ValueError(f"truncated: {there:,} of {stated:,} bytes are there")
    if not 0 < sound.frames < 2**40:
        raise ValueError(f"no sound, or no length in the header. {CONVERT}")
    if is_open:
        return "the header gives no length: read to the end"
    if sound.format == "MP3" and not re.search(b"^ID3|Xing|Info|VBRI", first):
        return "the header gives no length: the end may be missing"
    more = f"the header counts {missing:,} bytes more than there are: read to the end"
    return more if missing > 0 else ""


def _read_loud(sound, frames):
    # → as many frames from the first second that is not silent on, a remark
    # Two steps of 8 bits are noise of rounding.
    silence = 2 / 128 if sound.subtype in ("PCM_U8", "PCM_S8") else SILENCE
    for start in range(0, sound.frames, sound.samplerate):
        x = sound.read(sound.samplerate, always_2d=True)
        is_whole = len(x) == min(sound.samplerate, sound.frames - start)
        if not (is_whole and np.ptp(x, axis=0).max() < 2 * silence):
            break  # at NaN, too
    else:
        raise ValueError(f"silent: no peak reaches {silence:.3g} of full scale")
    x = np.concatenate([x, sound.read(frames - len(x), always_2d=True)])
    left = sound.frames - sound.tell()
    if left and len(x) < frames:
        raise ValueError(f"damaged: {left:,} of {sound.frames:,} frames are missing")
    read, whole = (n / sound.samplerate for n in (len(x), sound.frames))
    return x, f"{read:.0f} s of {whole:,.0f} s are read" if left else ""


def _mix(x):
    x = x - x.mean(axis=0)
    mix, powers = x.mean(axis=1), np.square(x).mean(axis=0)
    if np.square(mix).mean() * 10 ** (CANCEL_DB / 10) >= powers.mean():
        return mix, ""
    remark = f"the {x.shape[1]} channels cancel each other: the loudest one is used"
    return x[:, powers.argmax()], remark
