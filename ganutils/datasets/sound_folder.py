"""A reader's own folder of sound files as clips of one length, with a report."""

import contextlib
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
READ_SECONDS, BLOCK_SECONDS = 600, 10  # of a long file, and of it at once
SILENCE = 1e-3  # peak; the quietest of 3,000 spoken digits has 0.010
CANCEL_DB = 12  # a sound in one of 8 channels is 9 dB quieter in their mean
PEAK = 0.95  # below 1, so that a filter or another rate does not clip it at once
FRAME, LEAD, FADE, SHORTEST, LEAST = 0.01, 0.025, 0.01, 0.05, 0.075  # seconds
GAP = 0.15  # seconds; the closure of a plosive, not a pause
QUIET_DB, NOISE_DB, PAUSE_DB = 40, 6, 20  # see _trim and _find_sound


@dataclass(frozen=True)
class SoundFolder(folders.Folder):
    """What a folder gave: clips (n, clip_length, 1), float32 in [-1, 1]; rate in Hz."""

    clips: np.ndarray
    sample_rate: int
    unit = "clips"


def load_folder(
    path: "str | os.PathLike", sample_rate: int = 8000, clip_length: int = 8192
) -> SoundFolder:
    """Read the sound files of a folder as clips of one rate, length and loudness.

    Sub-folders are classes. A file that cannot be used is skipped and says why in
    `report`; the others become clips by `fit_clip`. A sound longer than two clips is
    cut at its pauses, a piece longer than a clip every clip length; a rest of less
    than half a clip is dropped. At most 10 minutes after silence are read of a file.
    What was cut or lost is told in `report`, and in short in `summary`.

    Raises:
        OSError: `path` is not a folder or cannot be listed.
        ValueError: no file is usable, and why; or another argument is out of range.

    Example:
        >>> print(load_folder("my_words").summary)
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
    x = np.asarray(samples)
    if x.ndim != 1 or x.dtype.kind != "f":
        raise ValueError(f"Expected floats, shape (n,); received {x.dtype} {x.shape}.")
    x, remarks = _convert(x, rate, sample_rate)
    clip, lost = _place(_trim(x, sample_rate), sample_rate, clip_length)
    return clip[0], "; ".join(filter(None, [*remarks, lost]))


def _convert(x, rate, sample_rate):
    # → samples (n,) without an offset, at the rate of the clips, and remarks
    loudest = float(np.abs(x).max(initial=0))
    if not loudest < 1e15:
        raise ValueError("samples that are no numbers, or beyond 1e15")
    remarks = [f"peak of {loudest:.3g}, scaled down"] if loudest > 1 else []
    x = (x - float(x.sum(dtype=float) / max(len(x), 1))).astype(np.float32, copy=False)
    if rate != sample_rate:
        x = librosa.resample(x, orig_sr=rate, target_sr=sample_rate)
    if rate < sample_rate:
        remarks.append(f"recorded at {rate:,} Hz: nothing above {rate / 2:,.0f} Hz")
    return x, remarks


def _trim(x, rate):
    if np.abs(x).max(initial=0) < SILENCE:
        raise ValueError(f"silent: no peak of {SILENCE} below {rate // 2:,} Hz")
    frame = round(FRAME * rate)
    frames = librosa.util.fix_length(x, size=-(-len(x) // frame) * frame)
    energy = np.square(frames).reshape(-1, frame).sum(axis=1)
    loud = np.flatnonzero(energy > 10 ** (-QUIET_DB / 10) * energy.max())
    x = x[loud[0] * frame : (loud[-1] + 1) * frame]
    if len(x) < SHORTEST * rate:
        raise ValueError(f"too short: {len(x) / rate:.3f} s of sound, not {SHORTEST} s")
    return x


def _place(x, rate, clip_length):
    # → the clip (1, clip_length, 1) of a trimmed sound, and what it lost
    lead, fade = round(LEAD * rate), round(FADE * rate)
    clip, remark = librosa.util.fix_length(np.pad(x, (lead, 0)), size=clip_length), ""
    if lead + len(x) > clip_length:
        kept = (clip_length - lead) / rate
        remark = f"cut from {len(x) / rate:.3f} s to {kept:.3f} s"
        clip[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return PEAK / np.abs(clip).max() * clip[np.newaxis, :, np.newaxis], remark


def _cut(x, rate, clip_length):
    # → clips (m, clip_length, 1) of samples at their rate, and what became of them
    x, clips, kept = _trim(x, rate), [], 0
    if len(x) <= 2 * clip_length:
        return _place(x, rate, clip_length)
    room = clip_length - round(LEAD * rate)
    spans = _join(_find_sound(x, rate), round(GAP * rate), room)
    for piece in _divide(x, spans, room, round(FADE * rate)):
        with contextlib.suppress(ValueError):  # too short, or silent
            clips.append(_place(_trim(piece, rate), rate, clip_length)[0])
            kept += len(piece)
    if not clips:
        raise ValueError(f"too short: no {SHORTEST} s of sound between its pauses")
    told = _tell(len(clips), len(x) / rate, spans, kept, room, rate)
    return np.concatenate(clips), told


def _find_sound(x, rate):
    # → (start, end) of what is no pause. A pause is QUIET_DB below the loudest frame,
    # or in a noisy room within NOISE_DB of the quietest ones: frames of a hiss differ
    # by less. Where these are not PAUSE_DB below the loudest, nothing is a pause.
    frame = round(FRAME * rate)
    frames = {"frame_length": 2 * frame, "hop_length": frame}
    levels = np.percentile(librosa.feature.rms(y=x, **frames), [5, 100])
    height = np.ptp(librosa.amplitude_to_db(levels, top_db=None))
    if height < PAUSE_DB:
        return [(0, len(x))]
    return librosa.effects.split(x, top_db=min(QUIET_DB, height - NOISE_DB), **frames)


def _join(spans, gap, room):
    joined = []
    for start, end in spans:
        if joined and start - joined[-1][1] < gap and end - joined[-1][0] <= room:
            start, _ = joined.pop()
        joined.append((start, end))
    return joined


def _divide(x, spans, room, fade):
    # Yield the pieces; a sample more than a clip holds makes `_place` fade it out.
    for start, end in spans:
        for at in range(start, max(end - room // 2, start) + 1, room):
            piece = x[at : min(at + room + 1, end)].copy()
            if at > start:
                piece[:fade] *= np.linspace(0, 1, fade)
            yield piece


def _tell(count, seconds, spans, kept, room, rate):
    sound, clips = sum(b - a for a, b in spans), f"{count} clip{'s' * (count > 1)}"
    told = f"{clips}, cut at pauses ({seconds - sound / rate:.0f} s in all)"
    if any(end - start > room for start, end in spans):
        told += f", and every {room / rate:.2f} s where there are none"
        if len(spans) == 1:
            told = f"{clips} of equal length: no pauses found"
    lost = (sound - kept) / rate
    return told + (f"; {lost:.1f} s of short rests are dropped" if lost > 1 else "")


def _read(path, sample_rate, clip_length):
    # → the clips of the file from its first second with sound on, and remarks
    with open(path, "rb") as file:
        first = file.read(4096)
        try:
            with _open(file, first) as sound:
                state = _check_header(sound, first)
                x, *told = _read_loud(sound, 2 * clip_length / sample_rate)
        except soundfile.LibsndfileError as error:
            reason = f"cannot be decoded: {error.error_string} {CONVERT}"
            raise ValueError(reason) from error
    x, remarks = _convert(x, sound.samplerate, sample_rate)
    clips, cutting = _cut(x, sample_rate, clip_length)
    return clips, "; ".join(filter(None, (state, *told, *remarks, cutting)))


def _open(file, first):
    folders.refuse_format(first, KNOWN, "sound file", CONVERT)
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


def _read_loud(sound, least):
    # → mono samples from the first second that is not silent on, and two remarks
    first = _skip_silence(sound)
    most = int(max(READ_SECONDS, least) * sound.samplerate)
    frames = min(most, len(first) + sound.frames - sound.tell())
    x, mixing = _mix(sound, first, frames)
    left = sound.frames - sound.tell()
    if len(x) < frames:
        raise ValueError(f"damaged: {left:,} of {sound.frames:,} frames are missing")
    read, whole = (n / sound.samplerate for n in (frames, sound.frames))
    return x, f"{read:.0f} s of {whole:,.0f} s are read" if left else "", mixing


def _skip_silence(sound):
    # Two steps of 8 bits are noise of rounding.
    silence = 2 / 128 if sound.subtype in ("PCM_U8", "PCM_S8") else SILENCE
    for start in range(0, sound.frames, sound.samplerate):
        x = sound.read(sound.samplerate, "float32", always_2d=True)
        is_whole = len(x) == min(sound.samplerate, sound.frames - start)
        if not (is_whole and np.ptp(x, axis=0).max() < 2 * silence):
            return x  # at NaN, too
    raise ValueError(f"silent: no peak reaches {silence:.3g} of full scale")


def _mix(sound, block, frames):
    # → the mean of the channels; the loudest one where they cancel each other
    x = np.empty((min(sound.channels, 2), frames), np.float32)
    loudest, n, totals, products = block.var(axis=0).argmax(), 0, 0, 0
    while len(block):
        here, n = slice(n, n + len(block)), n + len(block)
        x[-1, here], x[0, here] = block[:, loudest], block.mean(axis=1)
        block = block.astype(float)
        totals, products = totals + block.sum(axis=0), products + block.T @ block
        size = min(frames - n, BLOCK_SECONDS * sound.samplerate)
        block = sound.read(size, "float32", always_2d=True)
    covariance = products / n - np.outer(totals, totals) / n**2
    powers, mix = covariance.diagonal(), covariance.mean()
    if not mix * 10 ** (CANCEL_DB / 10) < powers.mean():  # NaN is refused later
        return x[0, :n], ""
    remark = f"the {len(powers)} channels cancel each other: the loudest one is used"
    return x[1, :n], remark
