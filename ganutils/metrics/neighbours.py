"""Nearest neighbours, and the measures that rest on them; `metrics` lists them all.

Distances are Euclidean, in float64, and held in memory a block at a time.
"""

from collections.abc import Iterator

import numpy as np

from ganutils.kit.checks import check_pair

BLOCK = 2**22  # distances held in memory at once: 32 MiB


def nearest_neighbours(
    queries: np.ndarray, references: np.ndarray, k: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return, for every query, its k nearest references: did G learn them by heart?

    Args:
        queries: (n, d), such as features of samples.
        references: (m, d), m ≥ k, such as features of the training set.
        k: neighbours a query.

    Returns:
        (index, distance), each (n, k), nearest first; Euclidean, 0 for a copy.

    Example:
        >>> nearest_neighbours([[0.0], [9.0]], [[1.0], [7.0]])[0].ravel()
        array([0, 1])
    """
    queries, references = check_pair(queries, references, "queries", "references", 1)
    _check_k(k, len(references), "references")
    parts = [
        np.argpartition(d, k - 1, axis=1)[:, :k]
        for _, d in _squared_distances(queries, references)
    ]
    index = np.concatenate(parts)
    distance = np.stack(
        [np.linalg.norm(queries - references[i], axis=1) for i in index.T], axis=1
    )
    order = np.argsort(distance, axis=1, kind="stable")
    return np.take_along_axis(index, order, 1), np.take_along_axis(distance, order, 1)


def precision_recall(
    real: np.ndarray, fake: np.ndarray, k: int = 3
) -> tuple[float, float]:
    """Return the share of fakes among the real, and of the real among the fakes.

    A set's region is the union of balls around its samples, each as wide as the way
    to its k-th nearest neighbour. Blur costs precision, lost modes cost recall.

    Args:
        real: features (n, d), n > k.
        fake: features (m, d), m > k.
        k: 3 is the paper's choice.

    Returns:
        (precision, recall), each in [0, 1].

    Reference:
        Kynkäänniemi et al. 2019, eq. 1–2, https://arxiv.org/abs/1904.06991
    """
    real, fake = check_pair(real, fake)
    inside_real = _inside(fake, real, _radii(real, k, "real"))
    inside_fake = _inside(real, fake, _radii(fake, k, "fake"))
    return float((inside_real > 0).mean()), float((inside_fake > 0).mean())


def density_coverage(
    real: np.ndarray, fake: np.ndarray, k: int = 5
) -> tuple[float, float]:
    """Return how many real balls hold a fake, and the share of balls with a fake.

    Only real samples have balls, so that one far-off fake cannot widen a region as it
    does for recall.

    Args:
        real: features (n, d), n > k.
        fake: features (m, d).
        k: neighbour that sets a ball's radius; 5 is the paper's choice.

    Returns:
        (density, coverage): balls around a fake, divided by k, on average (may exceed
        1); and the share, in [0, 1], of real samples with a fake in their ball.

    Reference:
        Naeem et al. 2020, section 3, https://arxiv.org/abs/2002.09797
    """
    real, fake = check_pair(real, fake)
    radii = _radii(real, k, "real")
    balls, covered = np.zeros(len(fake)), []
    for rows, squared in _squared_distances(real, fake):
        inside = squared <= radii[rows, None]
        balls += inside.sum(axis=0)
        covered.append(inside.any(axis=1))
    return float(balls.mean() / k), float(np.concatenate(covered).mean())


def _squared_distances(x, y) -> Iterator[tuple[slice, np.ndarray]]:
    x2, y2 = (x * x).sum(axis=1), (y * y).sum(axis=1)
    minus_2y = -2 * y.T
    for rows in blocks(x, y):
        squared = x[rows] @ minus_2y
        squared += x2[rows, None]
        squared += y2
        squared[squared < 2e-14 * x2[rows, None]] = 0.0  # a copy, but for rounding
        yield rows, squared


def blocks(x, y) -> list[slice]:
    """Return row slices of `x` whose table against `y` has at most BLOCK entries."""
    size = max(1, BLOCK // len(y))
    return [slice(i, i + size) for i in range(0, len(x), size)]


def _radii(x, k, name):
    _check_k(k, len(x) - 1, name)
    parts = [np.partition(d, k, axis=1)[:, k] for _, d in _squared_distances(x, x)]
    return np.concatenate(parts)  # squared; number 0 is the sample itself


def _inside(x, centres, squared_radii):
    parts = [
        (d <= squared_radii).sum(axis=1) for _, d in _squared_distances(x, centres)
    ]
    return np.concatenate(parts)


def _check_k(k, largest, name):
    if not 1 <= k <= largest:
        raise ValueError(
            f"Expected 1 ≤ k ≤ {largest}, as `{name}` allows; received k={k!r}."
        )
