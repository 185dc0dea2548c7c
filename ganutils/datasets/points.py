"""Mixtures of Gaussians in the plane: data on which mode collapse can be counted.

Reference: Srivastava et al. 2017, section 4.1, https://arxiv.org/abs/1705.07761
"""

import numpy as np

from ganutils.kit.checks import check_whole


def ring_centres() -> np.ndarray:
    """Return the 8 centres of `ring`, on the unit circle from angle 0.

    Returns:
        Shape (8, 2), float32.

    Example:
        >>> ring_centres()[::2].round(3).tolist()
        [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [-0.0, -1.0]]
    """
    angles = 2 * np.pi * np.arange(8) / 8
    return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)


def grid_centres() -> np.ndarray:
    """Return the 25 centres of `grid`, {−4, −2, 0, 2, 4}²: shape (25, 2), float32."""
    line = np.arange(-4, 5, 2, dtype=np.float32)
    return np.stack([np.repeat(line, 5), np.tile(line, 5)], 1)


def ring(n: int, seed: int, std: float = 0.01) -> np.ndarray:
    """Draw points around eight centres on a circle, each mode equally likely.

    Args:
        n: number of points, ≥ 1.
        seed: the same seed gives the same points.
        std: standard deviation of a mode along each axis, ≥ 0.

    Returns:
        Shape (n, 2), float32.

    Raises:
        ValueError: an argument is outside the range given above.

    Example:
        >>> ring(1000, seed=0).shape
        (1000, 2)
    """
    return _around(ring_centres(), n, seed, std)


def grid(n: int, seed: int, std: float = 0.05) -> np.ndarray:
    """Draw points around 5 × 5 centres on a grid, as `ring` does on a circle."""
    return _around(grid_centres(), n, seed, std)


def _around(centres, n, seed, std):
    check_whole("n", n, at_least=1)
    if not 0 <= std < np.inf:
        raise ValueError(f"Expected `std` to be a number ≥ 0; received {std!r}.")
    rng = np.random.default_rng(seed)
    chosen = centres[rng.integers(len(centres), size=n)]
    noise = rng.standard_normal((n, 2), dtype=np.float32)
    return chosen + np.float32(std) * noise
