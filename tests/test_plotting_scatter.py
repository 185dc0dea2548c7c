"""Panels of points over the modes they should cover."""

import numpy as np
import pytest

from ganutils import datasets
from ganutils.plotting import scatter

CENTRES = datasets.grid_centres()
POINTS = np.random.default_rng(0).normal(size=(50, 2))


RING = datasets.ring(200, seed=0)


def opinion(points, training):
    return points[:, :1]


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


def test_arrows_start_at_the_first_samples_and_the_longest_is_a_tenth_of_the_axes():
    arrows = np.array([[0.0, 3.0], [4.0, 0.0]])
    axes = scatter.scatter_field(POINTS, RING, opinion, arrows=arrows).axes[0]
    (quiver,) = (c for c in axes.collections if hasattr(c, "U"))
    np.testing.assert_allclose(quiver.XY, POINTS[:2])
    tenth = np.ptp(axes.get_xlim()) / 10
    np.testing.assert_allclose([quiver.U, quiver.V], tenth * arrows.T / 4)


def test_arrows_of_length_zero_and_of_another_shape():
    scatter.scatter_field(POINTS, RING, opinion, arrows=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="`arrows`"):
        scatter.scatter_field(POINTS, RING, opinion, arrows=np.zeros(2))


def test_a_net_has_a_line_for_each_row_and_each_column():
    x, y = np.meshgrid([0.0, 1.0, 2.0], [0.0, 5.0])
    net = np.stack([x, y], axis=-1)
    axes = scatter.scatter_field(POINTS, RING, opinion, grid=net).axes[0]
    lines = [line.get_xydata().tolist() for line in axes.lines]
    assert lines[:2] == net.tolist() and lines[2:] == net.swapaxes(0, 1).tolist()


def test_without_arrows_and_net_there_are_points_alone():
    axes = scatter.scatter_field(POINTS, RING, opinion).axes[0]
    assert not axes.lines and not any(hasattr(c, "U") for c in axes.collections)
