"""How varied samples are: distances to each other, and bins they fill."""

import warnings

import numpy as np
from scipy.cluster.vq import kmeans2, vq
from scipy.special import ndtri

from ganutils.kit.checks import check_pair
from ganutils.metrics.neighbours import nearest_neighbours


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
