"""Nearest neighbours, and the measures that rest on them; `metrics` lists them all.

Distances are Euclidean, in float64, and held in memory a block at a time.
"""

from collections.abc import Iterator

import numpy as np
from sklearn.neighbors import NearestNeighbors

from ganutils.kit.checks import check_pair

BLOCK = 2**22  # distances held in memory at once: 32 MiB


def nearest_neighbours(
    queries: np.ndarray, references: np.ndarray, k: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return, for every query, its k nearest references: did G learn them by heart?

    Both are features, or points, of one width. What comes back is (index, distance),
    each (n, k), nearest first; the distance of a copy is exactly 0.

    Example:
        >>> nearest_neighbours([[0.0], [9.0]], [[1.0], [7.0]])[0].ravel()
        array([0, 1])
    """
    queries, references = check_pair(queries, references, "queries", "references", 1)
    _check_k(k, len(references), "references")
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(references)
    index = search.kneighbors(queries, return_distance=False)
    # The search subtracts squares that nearly cancel; these distances are exact.
    distance = np.linalg.norm(queries[:, None] - references[index], axis=2)
    order = np.argsort(distance, axis=1, kind="stable")
    return np.take_along_axis(index, order, 1), np.take_along_axis(distance, order, 1)


def precision_recall(
    real: np.ndarray, fake: np.ndarray, k: int = 3
) -> tuple[float, float]:
    """Return the share of fakes among the real, and of the real among the fakes.

    A set's region is the union of balls around its samples, each as wide as the way
    to its k-th nearest neighbour. Blur costs precision, lost modes cost recall. There
    must be more than k samples in each set; 3 is the paper's choice.

    Reference:
        Kynkäänniemi et al. 2019, eq. 1–2, https://arxiv.org/abs/1904.06991
    """
    return compare_balls(*check_pair(real, fake), k, k)[:2]


def density_coverage(
    real: np.ndarray, fake: np.ndarray, k: int = 5
) -> tuple[float, float]:
    """Return how many real balls hold a fake, and the share of balls with a fake.

    Only real samples have balls, so that one far-off fake cannot widen a region as it
    does for recall. Density is the mean number of balls around a fake, divided by k; it
    may exceed 1. 5 is the paper's choice of k.

    Reference:
        Naeem et al. 2020, section 3, https://arxiv.org/abs/2002.09797
    """
    return compare_balls(*check_pair(real, fake), 1, k)[2:]


def compare_balls(
    real: np.ndarray, fake: np.ndarray, k: int = 3, wide: int = 5
) -> tuple[float, float, float, float]:
    """Return precision and recall of k, density and coverage of `wide` neighbours.

    They share three tables of distances: within each set, and between. `real` and
    `fake` are as `check_pair` returns them.
    """
    near, far = _squared_radii(real, (k, wide), "real")
    (own,) = _squared_radii(fake, (k,), "fake")
    real_balls, wide_balls = np.zeros((2, len(fake)), int)  # around each fake
    recalled, covered = [], []
    for rows, squared in _squared_distances(real, fake):
        real_balls += (squared <= near[rows, None]).sum(axis=0)
        recalled.append((squared <= own).any(axis=1))
        inside = squared <= far[rows, None]
        wide_balls += inside.sum(axis=0)
        covered.append(inside.any(axis=1))
    recall, coverage = (float(np.concatenate(x).mean()) for x in (recalled, covered))
    precision = float((real_balls > 0).mean())
    return precision, recall, float(wide_balls.mean() / wide), coverage


def blocks(x: np.ndarray, y: np.ndarray) -> list[slice]:
    """Return row slices of `x` whose table against `y` has at most BLOCK entries."""
    size = max(1, BLOCK // len(y))
    return [slice(i, i + size) for i in range(0, len(x), size)]


def _squared_distances(x, y) -> Iterator[tuple[slice, np.ndarray]]:
    x2, y2 = (x * x).sum(axis=1), (y * y).sum(axis=1)
    minus_2y = -2 * y.T
    for rows in blocks(x, y):
        squared = x[rows] @ minus_2y
        squared += x2[rows, None]
        squared += y2
        squared[squared < 2e-14 * x2[rows, None]] = 0.0  # a copy, but for rounding
        yield rows, squared


def _squared_radii(x, ks, name):
    for k in ks:
        _check_k(k, len(x) - 1, name)
    ks = list(ks)  # number 0 is the sample itself
    parts = [np.partition(d, ks, axis=1)[:, ks] for _, d in _squared_distances(x, x)]
    return np.concatenate(parts).T


def _check_k(k, most, name, least=1):
    if not least <= k <= most:
        raise ValueError(
            f"Expected {least} ≤ k ≤ {most}, as `{name}` allows; received k={k!r}."
        )
