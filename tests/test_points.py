"""Rings and grids of Gaussians. Centres by hand: cos and sin of multiples of 45°."""

import numpy as np
import pytest

from ganutils import datasets
from ganutils.datasets import points


def nearest(points, centres):
    distances = np.linalg.norm(points[:, None] - centres[None], axis=-1)
    return distances.argmin(1), distances.min(1)


def test_ring_centres():
    h = np.sqrt(0.5)
    expected = [(1, 0), (h, h), (0, 1), (-h, h), (-1, 0), (-h, -h), (0, -1), (h, -h)]
    np.testing.assert_allclose(points.ring_centres(), expected, atol=1e-6)


def test_grid_centres():
    line = (-4.0, -2.0, 0.0, 2.0, 4.0)
    assert points.grid_centres().tolist() == [[x, y] for x in line for y in line]


@pytest.mark.parametrize(
    "draw, centres, std",
    [
        (points.ring, points.ring_centres(), 0.01),
        (points.grid, points.grid_centres(), 0.05),
    ],
)
def test_modes_are_equally_likely_and_of_the_stated_width(draw, centres, std):
    n = 20_000
    modes, distances = nearest(draw(n, seed=1), centres)
    # A count is binomial: 5 standard deviations around n / modes.
    share = 1 / len(centres)
    margin = 5 * np.sqrt(n * share * (1 - share))
    counts = np.bincount(modes, minlength=len(centres))
    assert abs(counts - n * share).max() < margin
    # E r² = 2σ², with a relative error of 1/√n.
    assert abs(np.mean(distances**2) / (2 * std**2) - 1) < 5 / np.sqrt(n)


@pytest.mark.parametrize("draw", [datasets.ring, datasets.grid])
def test_same_seed_same_points_without_global_state(draw):
    np.random.seed(5)
    first = draw(100, seed=3)
    np.random.seed(6)
    np.testing.assert_array_equal(draw(100, seed=3), first)
    assert first.shape == (100, 2) and first.dtype == np.float32
    assert not np.array_equal(draw(100, seed=4), first)


@pytest.mark.parametrize(
    "call, named",
    [
        (lambda: points.ring(0, seed=0), "`n`"),
        (lambda: points.ring(2.5, seed=0), "`n`"),
        (lambda: points.grid(5, seed=0, std=-1.0), "`std`"),
        (lambda: points.grid(5, seed=0, std=float("nan")), "`std`"),
    ],
)
def test_bad_argument_is_named(call, named):
    with pytest.raises(ValueError, match=f"{named}.*received"):
        call()
