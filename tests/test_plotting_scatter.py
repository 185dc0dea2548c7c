"""Panels of points over the modes they should cover."""

import numpy as np
import pytest

from ganutils import datasets
from ganutils.plotting import scatter

CENTRES = datasets.grid_centres()
POINTS = np.random.default_rng(0).normal(size=(50, 2))


def test_a_panel_for_each_set_with_its_points_and_all_centres():
    figure = scatter.clouds({"a": POINTS, "b": POINTS[:7]}, CENTRES)
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
    rings, dots = figure.axes[1].collections
    assert len(rings.get_offsets()) == 25
    np.testing.assert_allclose(dots.get_offsets(), POINTS[:7])


def test_six_sets_take_two_rows_of_four():
    figure = scatter.clouds({str(i): POINTS for i in range(6)}, CENTRES)
    assert len(figure.axes) == 8
    assert sum(bool(axes.collections) for axes in figure.axes) == 6


def test_every_centre_lies_in_the_frame():
    (axes,) = scatter.clouds({"a": POINTS}, CENTRES).axes
    for low, high in (axes.get_xlim(), axes.get_ylim()):
        assert low < -4 and high > 4


@pytest.mark.parametrize("samples", [{}, {"flat": np.zeros(4)}])
def test_anything_else_is_refused(samples):
    with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
        scatter.clouds(samples, CENTRES)
