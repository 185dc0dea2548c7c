"""Log-mel spectrograms of clips, and measures of variety on such features."""

import warnings
from functools import lru_cache

import numpy as np
from scipy.cluster.vq import kmeans2, vq
from scipy.special import ndtri

from ganutils.frames import as_lines, by_block, decibels, power_spectra
from ganutils.kit.checks import check_pair, check_rate
from ganutils.neighbours import nearest_neighbours

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


def diversity(features: np.ndarray, train_features: np.ndarray) -> dict[str, float]:
    """Return how far samples are from each other and from the training set.

    Collapse shows in a small `d_self`, learning by heart in a small `d_train`: compare
    both with those of real clips that were not trained on.

    Args:
        features: of n ≥ 2 samples, shape (n, …), such as `log_mel` gives.
        train_features: of the training set, shape (m, …).

    Returns:
        `d_self`: mean distance of a sample to the nearest other sample; `d_train`: to
        the nearest training example. Root mean square over the components, hence dB
        for `log_mel`.

    Raises:
        ValueError: shapes or values of the features.

    Reference:
        Donahue et al. 2019, section 5.2, https://arxiv.org/abs/1802.04208

    Example:
        >>> diversity([[0.0], [1.0]], [[3.0]])
        {'d_self': 1.0, 'd_train': 2.5}
    """
    x, train = check_pair(
        _flat(features), _flat(train_features), "features", "train_features", 1
    )
    _, own = nearest_neighbours(x, x, k=2)  # number 0 is the sample itself
    _, other = nearest_neighbours(x, train)
    root = np.sqrt(x.shape[1])
    return {
        "d_self": float(own[:, 1].mean() / root),
        "d_train": float(other.mean() / root),
    }


def ndb(
    train_features: np.ndarray,
    features: np.ndarray,
    k: int = 50,
    level: float = 0.05,
    seed: int = 0,
) -> float:
    """Return the share of bins that samples fill differently than the training set.

    K-means divides the training set into k bins. A bin counts where the share of the
    samples in it differs from that of the training set, by a test of two proportions.

    Args:
        train_features: shape (m, …), m ≥ k.
        features: of samples, shape (n, …); take n ≥ 10 k, for a sample of 1 differs
            from nothing.
        k: bins.
        level: of significance; the share of bins that differ by chance alone.
        seed: of the bins' first centres.

    Returns:
        NDB/K in [0, 1]: about `level` for the same distribution, larger where classes
        are missing or too frequent.

    Raises:
        ValueError: shapes or values of the features; `k` not from 2 to m; `level`
            outside (0, 1).

    Reference:
        Richardson & Weiss 2018, section 3, https://arxiv.org/abs/1805.12462

    Example:
        >>> points = np.random.default_rng(0).normal(size=(2000, 2))
        >>> ndb(points[:1000], points[1000:] + 1.0) > 0.5
        True
    """
    train, x = check_pair(
        _flat(train_features), _flat(features), "train_features", "features"
    )
    if not 2 <= k <= len(train) or not 0 < level < 1:
        raise ValueError(
            f"Expected 2 ≤ k ≤ {len(train)}, the number of training features, and "
            f"`level` in (0, 1); received k={k!r}, level={level!r}."
        )
    centres = _k_means(train, k, seed)
    shares = [np.bincount(vq(s, centres)[0], minlength=k) / len(s) for s in (train, x)]
    pooled = np.average(shares, axis=0, weights=(len(train), len(x)))
    variance = pooled * (1 - pooled) * (1 / len(train) + 1 / len(x))
    difference = np.abs(shares[0] - shares[1])
    return float((difference > -ndtri(level / 2) * np.sqrt(variance)).mean())


def _k_means(x, k, seed):
    first = np.random.default_rng(seed).choice(len(x), k, replace=False)
    with warnings.catch_warnings():
        # Of equal points all but one bin stay empty; an empty bin differs from nothing.
        warnings.filterwarnings("ignore", message="One of the clusters is empty")
        return kmeans2(x, x[first], iter=20, minit="matrix")[0]


def _flat(features):
    features = np.asarray(features)
    return features.reshape(len(features), -1) if features.ndim > 2 else features
