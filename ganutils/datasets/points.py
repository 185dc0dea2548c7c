"""Mixtures of Gaussians in the plane: data on which mode collapse can be counted.

The defaults are the usual benchmark: 8 modes on a ring of radius 1, σ 0.01; and 25
modes on a grid, 2 apart, σ 0.05.

Reference: Srivastava et al. 2017, section 4.1, https://arxiv.org/abs/1705.07761
"""

import numpy as np


def ring_centres(modes: int = 8, radius: float = 1.0) -> np.ndarray:
    """Return the centres of `ring`, evenly spaced on a circle from angle 0.

    Args:
        modes: how many, ≥ 1.
        radius: of the circle, > 0.

    Returns:
        Shape (modes, 2), float32.

    Example:
        >>> ring_centres(4).round(3).tolist()
        [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [-0.0, -1.0]]
    """
    _check_whole("modes", modes)
    _check_positive("radius", radius)
    angles = 2 * np.pi * np.arange(modes) / modes
    return (radius * np.stack([np.cos(angles), np.sin(angles)], 1)).astype(np.float32)


def grid_centres(side: int = 5, spacing: float = 2.0) -> np.ndarray:
    """Return the centres of `grid`, side × side of them around the origin.

    Args:
        side: centres along one side, ≥ 1.
        spacing: distance between neighbours, > 0.

    Returns:
        Shape (side², 2), float32; {−4, −2, 0, 2, 4}² by default.

    Example:
        >>> grid_centres(2).tolist()
        [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    _check_whole("side", side)
    _check_positive("spacing", spacing)
    line = spacing * (np.arange(side) - (side - 1) / 2)
    rows, columns = np.repeat(line, side), np.tile(line, side)
    return np.stack([rows, columns], 1).astype(np.float32)


def ring(
    n: int, seed: int, modes: int = 8, radius: float = 1.0, std: float = 0.01
) -> np.ndarray:
    """Draw points around `modes` centres on a circle, each mode equally likely.

    Args:
        n: number of points, ≥ 1.
        seed: the same seed gives the same points.
        modes, radius: of `ring_centres`.
        std: standard deviation of a mode along each axis, ≥ 0.

    Returns:
        Shape (n, 2), float32.

    Raises:
        ValueError: an argument is outside the range given above.

    Example:
        >>> ring(1000, seed=0).shape
        (1000, 2)
    """
    return _around(ring_centres(modes, radius), n, seed, std)


def grid(
    n: int, seed: int, side: int = 5, spacing: float = 2.0, std: float = 0.05
) -> np.ndarray:
    """Draw points around side × side centres on a grid, as `ring` does on a circle.

    Args:
        n, seed, std: as for `ring`.
        side, spacing: of `grid_centres`.

    Returns:
        Shape (n, 2), float32.

    Raises:
        ValueError: an argument is outside its range.
    """
    return _around(grid_centres(side, spacing), n, seed, std)


def _around(centres, n, seed, std):
    _check_whole("n", n)
    if not 0 <= std < np.inf:
        raise ValueError(f"Expected `std` to be a number ≥ 0; received {std!r}.")
    rng = np.random.default_rng(seed)
    chosen = centres[rng.integers(len(centres), size=n)]
    noise = rng.standard_normal((n, 2), dtype=np.float32)
    return chosen + np.float32(std) * noise


def _check_whole(name, value):
    if not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(
            f"Expected `{name}` to be a whole number ≥ 1; received {value!r}."
        )


def _check_positive(name, value):
    if not 0 < value < np.inf:
        raise ValueError(f"Expected `{name}` to be a number > 0; received {value!r}.")
