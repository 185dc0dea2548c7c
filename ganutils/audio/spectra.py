"""Clips cut into overlapping frames, and their power spectra."""

from collections.abc import Callable

import numpy as np
import scipy.fft
from scipy.signal import get_window

from ganutils.kit.checks import check_clips, check_rate

BLOCK = 64  # clips whose frames are held in memory at once


def frame_size(sample_rate: int, seconds: float = 0.064) -> int:
    """Return the power of two that is nearest to `seconds`, in samples.

    Example:
        >>> frame_size(8000)
        512
    """
    return 2 ** round(np.log2(seconds * check_rate(sample_rate)))


def as_lines(clips: np.ndarray) -> np.ndarray:
    """Return clips, once `clips.check_clips` has passed them, as float32 (n, samples).

    Example:
        >>> as_lines(np.zeros((2, 8192, 1))).shape
        (2, 8192)
    """
    return np.asarray(check_clips(clips), "float32")[..., 0]


def by_block(function: Callable, lines: np.ndarray) -> np.ndarray:
    """Return `function(lines)`, computed for a few clips at a time to save memory.

    Args:
        function: maps (m, samples) to an array of m entries.
        lines: shape (n, samples).
    """
    blocks = range(0, len(lines), BLOCK)
    return np.concatenate([function(lines[i : i + BLOCK]) for i in blocks])


def cut_frames(lines: np.ndarray, size: int, hop: int) -> np.ndarray:
    """Return overlapping frames, the first of them centred on sample 0.

    Args:
        lines: shape (n, samples).
        size: samples in a frame, even; what is missing at either end of a clip is 0.
        hop: samples from one frame to the next.

    Returns:
        A view of shape (n, 1 + samples // hop, size).
    """
    padded = np.pad(lines, ((0, 0), (size // 2, size // 2)))
    views = np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)
    return views[:, ::hop]


def decibels(power: np.ndarray, floor_db: float) -> np.ndarray:
    """Return 10 log₁₀(power), nowhere below the floor.

    A logarithm in float32 rounds as the processor does: without the second maximum
    some say −60.000004 where −60 is promised.

    Args:
        power: of any shape, ≥ 0; 1 is full scale.
        floor_db: smallest value; what is quieter gets it, too.

    Returns:
        dB, of the shape and type of `power`.

    Example:
        >>> decibels(np.array([1.0, 0.1, 0.0]), floor_db=-60).tolist()
        [0.0, -10.0, -60.0]
    """
    audible = np.maximum(power, 10 ** (floor_db / 10))
    return np.maximum(10 * np.log10(audible), floor_db)


def power_spectra(clips: np.ndarray, size: int = 512, hop: int = 256) -> np.ndarray:
    """Return power spectra of Hann-windowed frames; a sine of full scale has power 1.

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        size: samples in a frame; the first frame is centred on sample 0, and what is
            missing on either side of a clip is 0.
        hop: samples from one frame to the next.

    Returns:
        float32, shape (n, 1 + samples // hop, size // 2 + 1).

    Example:
        >>> power_spectra(np.zeros((1, 8192, 1))).shape
        (1, 33, 257)
    """
    window = get_window("hann", size).astype("float32")
    scale = (window.sum() / 2) ** 2

    def spectra(lines):
        spectrum = scipy.fft.rfft(cut_frames(lines, size, hop) * window)
        return (spectrum.real**2 + spectrum.imag**2) / scale

    return by_block(spectra, as_lines(clips))
