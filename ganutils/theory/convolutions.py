"""The grid that transposed convolutions may leave in pictures."""

import numpy as np
from scipy import ndimage

NEIGHBOURHOOD = 2  # bins of the spectrum to each side that a grid frequency is held to
BLOCK = 512  # images transformed at once: 10,000 colour images would fill 0.5 GB
# Power in a bin below this share of the images' sum of squares is rounding (float64).
ROUNDING = 1e-28


def checkerboard_score(images: np.ndarray, period: int = 2) -> float:
    """Return how far the power at a grid's frequencies stands out of its surroundings.

    A pattern that repeats every `period` pixels has its power at the frequencies
    k/period along x, y or both, k = 1 … period − 1. The score is the mean power there
    over the mean power of the bins at most `NEIGHBOURHOOD` away that are no such
    frequencies themselves.

    Args:
        images: shape (n, height, width, channels), n ≥ 1, finite; both sides multiples
            of `period`, at least 2 · period. Many images make the score less noisy.
        period: of the grid in pixels, ≥ 2; the stride of the layer under suspicion.

    Returns:
        ≥ 0. About 1 where there is no grid, as in white noise; 1 as well where neither
        has power, as in constant images; ∞ where the grid alone has. Photographs score
        above 1, as opposite borders that differ add power along the axes, and heavy
        blur leaves too little power to compare: hold it to the score of real images.

    Raises:
        ValueError: an argument is not as described above.

    Example:
        >>> board = np.indices((8, 8)).sum(axis=0).reshape(1, 8, 8, 1) % 2
        >>> noise = np.random.default_rng(0).normal(size=(2000, 8, 8, 1))
        >>> round(checkerboard_score(noise), 1), checkerboard_score(board)
        (1.0, inf)
    """
    images = _check_images(images, period)
    grid, around = _bins(*images.shape[1:3], period)
    power, rounding = _power(images)
    on_grid, nearby = power[grid].mean(), power[around].mean()
    if nearby > rounding:
        return float(on_grid / nearby)
    return float("inf") if on_grid > rounding else 1.0


def _power(images):
    power, squares = np.zeros(images.shape[1:3]), 0.0
    for first in range(0, len(images), BLOCK):
        block = images[first : first + BLOCK].astype("float64")
        squares += np.square(block).sum()
        spectrum = np.fft.fft2(block, axes=(1, 2))
        power += np.square(np.abs(spectrum)).sum(axis=(0, 3))
    return power, ROUNDING * squares


def _bins(height, width, period):
    lattice = np.zeros((height, width), bool)
    lattice[:: height // period, :: width // period] = True
    grid = lattice.copy()
    grid[0, 0] = False  # each image's mean, which is no pattern
    around = ndimage.maximum_filter(grid, 2 * NEIGHBOURHOOD + 1, mode="wrap")
    return grid, around & ~lattice


def _check_images(images, period):
    images = np.asarray(images)
    _check_whole("period", period, least=2)
    if images.ndim != 4 or images.size == 0 or images.dtype.kind not in "fiu":
        raise ValueError(
            "Expected `images` as numbers of shape (n, height, width, channels); "
            f"received {images.dtype} of shape {images.shape}."
        )
    height, width = images.shape[1:3]
    if height % period or width % period or min(height, width) < 2 * period:
        raise ValueError(
            f"Expected sides of `images` that are multiples of period={period} and at "
            f"least {2 * period}; received {height} × {width}."
        )
    if not np.isfinite(images).all():
        count = int((~np.isfinite(images)).sum())
        raise ValueError(
            f"Expected finite `images`; received {count:,} NaN or infinite values."
        )
    return images


def _check_whole(name, value, least):
    if not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(
            f"Expected `{name}` to be a whole number ≥ {least}; received {value!r}."
        )
