"""A folder with every kind of trouble that a reader's own sounds bring."""

import io
from pathlib import Path

import numpy as np
import soundfile

from ganutils.kit import files

LONG_SECONDS = 20  # more than one block of what is read
FORMATS = {
    "8_bit.wav": ("WAV", "PCM_U8"),
    "24_bit.wav": ("WAV", "PCM_24"),
    "32_bit.wav": ("WAV", "PCM_32"),
    "float.wav": ("WAV", "FLOAT"),
    "mu_law.wav": ("WAV", "ULAW"),
    "a_law.wav": ("WAV", "ALAW"),
    "extensible.wav": ("WAVEX", "PCM_16"),
    "rf64.wav": ("RF64", "PCM_16"),
    "aiff.aiff": ("AIFF", "PCM_16"),
    "flac.flac": ("FLAC", "PCM_16"),
    "vorbis.ogg": ("OGG", "VORBIS"),
    "mp3.mp3": ("MP3", "MPEG_LAYER_III"),
}
COMPRESSED = ("flac.flac", "vorbis.ogg", "mp3.mp3")
PAGE = b"<!DOCTYPE html><title>404 Not Found</title>"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 16044\n"
RATE_AT, HEADER = 24, 44  # bytes of a plain WAV file


def write_sounds(folder: Path, clips: np.ndarray, sample_rate: int) -> dict[str, str]:
    """Write clips as plain files, and one file of every kind of trouble.

    Args:
        folder: an existing folder.
        clips: shape (n, samples) or (n, samples, 1), float in [-1, 1]; n ≥ 1. The first
            one, ≥ 0.25 s of sound, is also the one in trouble.
        sample_rate: of the clips, in Hz.

    Returns:
        {file name: `used` or `skipped`, what `load_sounds` makes of it}.

    Example:
        >>> expected = write_sounds(folder, data.x_test[:3], data.sample_rate)
        >>> loaded = datasets.load_sounds(folder)
        >>> expected == {entry.path: entry.action for entry in loaded.report}
        True
    """
    folder = files.expand(folder)
    clips = np.reshape(clips, (len(clips), -1))
    plain = {f"word_{i:02}.wav": encode(x, sample_rate) for i, x in enumerate(clips)}
    used = plain | _usable(clips[0], sample_rate)
    skipped = _useless(clips[0], sample_rate)
    for name, content in (used | skipped).items():
        (folder / name).write_bytes(content)
    return dict.fromkeys(used, "used") | dict.fromkeys(skipped, "skipped")


def encode(
    samples: np.ndarray, rate: int, file_format: str = "WAV", subtype: str = "PCM_16"
) -> bytes:
    """Return the bytes of a sound file of samples (n,) or (n, channels), float."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=file_format, subtype=subtype)
    return buffer.getvalue()


def _usable(x, rate):
    silence = np.zeros(LONG_SECONDS * rate)
    files = {name: encode(x, rate, *kind) for name, kind in FORMATS.items()}
    return files | {
        "stereo.wav": encode(np.stack([x, x / 2], axis=1), rate),
        "opposite_channels.wav": encode(np.stack([x, -x], axis=1), rate),
        "other_rate.wav": encode(np.repeat(x, 2), 2 * rate),
        "too_loud.wav": encode(4 * x, rate, subtype="FLOAT"),
        "too_quiet.wav": encode(x / 50, rate),
        "offset.wav": encode(x / 2 + 0.4, rate),
        "too_long.flac": encode(np.concatenate([silence, x, silence]), rate, "FLAC"),
        "streamed.wav": _patch(encode(x, rate), HEADER - 4, b"\xff" * 4),
        "my voice 🎤.wav": encode(x, rate),
    }


def _useless(x, rate):
    wav = encode(x, rate)
    flac, ogg, mp3 = (encode(x, rate, *FORMATS[name]) for name in COMPRESSED)
    hole = np.where(np.arange(len(x)) == len(x) // 2, np.nan, x)
    return {
        "0_bytes.wav": b"",
        "web_page.wav": PAGE,
        "pointer.wav": POINTER,
        "notes.txt": b"no sound",
        "header_only.wav": _patch(wav[:HEADER], HEADER - 4, bytes(4)),
        "torn.wav": wav[: len(wav) // 2],
        "torn.mp3": mp3[: len(mp3) // 2],
        "torn.ogg": ogg[: len(ogg) // 2],
        "torn.flac": flac[: len(flac) // 2],
        "damaged.flac": _patch(flac, len(flac) // 2, bytes(99)),
        "rate_of_0.wav": _patch(wav, RATE_AT, bytes(4)),
        "rate_of_4_GHz.wav": _patch(wav, RATE_AT, b"\xff" * 4),
        "not_a_number.wav": encode(hole, rate, subtype="FLOAT"),
        "silence.wav": encode(np.zeros(len(x)), rate),
        "click.wav": encode(np.eye(1, len(x), len(x) // 2)[0], rate),
    }


def _patch(content, at, new):
    return content[:at] + new + content[at + len(new) :]
