"""Log-mel spectrograms of clips, and measures of variety on such features."""

from functools import lru_cache

import numpy as np

from ganutils.audio.spectra import as_lines, by_block, decibels, power_spectra
from ganutils.kit.checks import check_rate

FLOOR_DB = -80.0


def hz_to_mel(frequency):
    """Return 2595 log₁₀(1 + f / 700): equal steps of it sound about equally wide."""
    return 2595.0 * np.log10(1.0 + np.asarray(frequency) / 700.0)


def mel_to_hz(mel):
    """Return the frequency in Hz: the inverse of `hz_to_mel`."""
    return 700.0 * (10.0 ** (np.asarray(mel) / 2595.0) - 1.0)


@lru_cache(maxsize=8)
def mel_filters(sample_rate: int, n_fft: int, bands: int) -> np.ndarray:
    """Return triangles of height 1, equally spaced in mel, each half over the next.

    `librosa.filters.mel(htk=True, norm=None)` gives the same.

    Args:
        sample_rate: Hz; the triangles fill 0 Hz to half of it.
        n_fft: samples in a frame.
        bands: number of triangles.

    Returns:
        float32, shape (bands, n_fft // 2 + 1).

    Raises:
        ValueError: `bands` < 1, or a band so narrow that it holds no frequency bin.
    """
    top = hz_to_mel(check_rate(sample_rate) / 2)
    edges = mel_to_hz(np.linspace(0, top, max(bands, 1) + 2))[:, None]
    frequency = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    rising = (frequency - edges[:-2]) / np.diff(edges[:-1], axis=0)
    falling = (edges[2:] - frequency) / np.diff(edges[1:], axis=0)
    filters = np.maximum(0, np.minimum(rising, falling)).astype("float32")
    if bands < 1 or not filters.any(axis=1).all():
        raise ValueError(
            "Expected `bands` ≥ 1, each wide enough for a frequency bin; received "
            f"bands={bands}, n_fft={n_fft}, sample_rate={sample_rate}. Use fewer bands "
            "or a larger n_fft."
        )
    return filters


def log_mel(
    clips: np.ndarray,
    sample_rate: int = 8000,
    bands: int = 40,
    n_fft: int = 512,
    hop: int = 256,
    floor_db: float = FLOOR_DB,
) -> np.ndarray:
    """Return log-mel spectrograms in dB relative to full scale.

    The reference is fixed: a sine of full scale has about 0 dB in its band and silence
    has `floor_db`, whatever else is in the clip or in the set.

    Args:
        clips: shape (n, samples, 1) in [-1, 1].
        sample_rate: Hz.
        bands: mel bands from 0 Hz to half of `sample_rate`.
        n_fft: samples in a frame; 512 are 64 ms at 8 kHz.
        hop: samples from one frame to the next.
        floor_db: smallest value; what is quieter gets it, too.

    Returns:
        float32, shape (n, bands, 1 + samples // hop).

    Raises:
        ValueError: shape or values of `clips`; `sample_rate`; `bands`, see
            `mel_filters`.

    Example:
        >>> log_mel(np.zeros((2, 8192, 1))).shape
        (2, 40, 33)
    """
    filters = mel_filters(sample_rate, n_fft, bands).T

    def features(lines):
        power = power_spectra(lines[..., np.newaxis], n_fft, hop) @ filters
        return decibels(power, floor_db).swapaxes(1, 2)

    return by_block(features, as_lines(clips))
