"""Clips as sound: a player in the notebook, and WAV files.

Every clip is played with the same gain. A generator that is nearly silent sounds nearly
silent, and the level printed beside the player says by how much.
"""

import io
import os
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from ganutils.kit.checks import check_rate, one_clip
from ganutils.kit.files import write_atomically

FULL_SCALE = 2**15  # 16 bits; soundfile reads a value back as value / 32768


def play(clip: np.ndarray, sample_rate: int = 8000, label: str = ""):
    """Print the level of a clip and return a player for the notebook.

    A second at 8 kHz adds 21 kB to the notebook.

    Args:
        clip: shape (samples,), (samples, 1) or (1, samples, 1), float, in [-1, 1].
        sample_rate: Hz.
        label: text in front of the level.

    Returns:
        `IPython.display.Audio`, which a cell shows as its last value.

    Raises:
        ValueError: shape or values of `clip`, or `sample_rate`.

    Example:
        >>> play(gan.generate(1, seed=3), label="step 2,000")
        step 2,000: peak -1.2 dBFS, RMS -18.4 dBFS, 1.02 s
    """
    from IPython.display import Audio  # notebooks have it; scripts do without

    amplitudes = one_clip(clip)
    data = _encode(amplitudes, sample_rate)
    seconds = len(amplitudes) / sample_rate
    print(f"{label}{': ' if label else ''}{level(clip)}, {seconds:.2f} s")
    return Audio(data=data)


def level(clip: np.ndarray) -> str:
    """Return peak and RMS in dB relative to full scale (dBFS), as text.

    Full scale is an amplitude of 1: a sine of that amplitude has an RMS of −3.0 dBFS.

    Args:
        clip: as in `play`.

    Example:
        >>> level(np.sin(np.arange(8000) / 10))
        'peak -0.0 dBFS, RMS -3.0 dBFS'
    """
    x = one_clip(clip).astype("float64")
    if not x.any():
        return "silence"
    peak, rms = np.abs(x).max(), np.sqrt((x * x).mean())
    return f"peak {20 * np.log10(peak):.1f} dBFS, RMS {20 * np.log10(rms):.1f} dBFS"


def save_wav(
    path: "str | os.PathLike", clip: np.ndarray, sample_rate: int = 8000
) -> Path:
    """Write a clip as a 16-bit mono WAV file, atomically.

    A clip that was read from such a file is written back bit for bit.

    Args:
        path: ends in `.wav`; its folder is made where it is missing.
        clip: shape (samples,), (samples, 1) or (1, samples, 1), float, in [-1, 1].
        sample_rate: Hz.

    Returns:
        `path`.

    Raises:
        ValueError: shape or values of `clip`, `sample_rate`, or another ending.
        OSError: the file cannot be written; an older one stays intact.

    Example:
        >>> save_wav("runs/seven.wav", gan.generate(1, seed=7))
    """
    if Path(path).suffix.lower() != ".wav":
        raise ValueError(f"Expected a path in .wav; received {os.fspath(path)!r}.")
    data = _encode(one_clip(clip), sample_rate)
    return write_atomically(path, lambda file: file.write_bytes(data))


def _encode(amplitudes, sample_rate):
    scaled = np.rint(amplitudes.astype("float64") * FULL_SCALE)
    samples = scaled.clip(-FULL_SCALE, FULL_SCALE - 1).astype("int16")
    file = io.BytesIO()
    wavfile.write(file, check_rate(sample_rate), samples)
    return file.getvalue()
