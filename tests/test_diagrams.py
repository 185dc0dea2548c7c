"""The theory chapter's figures hold what they were given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ganutils.plotting import diagrams
from ganutils.theory import dirac_gan

PATH = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 0.2]])
POINTS = np.array([[0.0, 0.0], [1.0, 2.0]])


def height(points):
    """Return the second coordinate: a critic."""
    return points[:, 1]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: diagrams.curves([1, 2], {"a": ([3, 4], "real")}, xlabel="x"),
        lambda: diagrams.phase_plane([("t", dirac_gan.gan, PATH)]),
        lambda: diagrams.plan(POINTS, POINTS + 1, np.eye(2), height),
        lambda: diagrams.snapshots(POINTS, [(5, POINTS)], 2),
        diagrams.family_tree,
    ],
)
def test_figures_are_forgotten_by_pyplot(draw):
    assert draw().axes
    assert not plt.get_fignums()


def test_curves_show_values_names_and_labels():
    figure = diagrams.curves([1, 2], {"a": ([3, 4], "real")}, xlabel="x", ylim=(0, 9))
    (axes,) = figure.axes
    assert axes.lines[0].get_ydata() == pytest.approx([3, 4])
    assert axes.get_legend().texts[0].get_text() == "a"
    assert (axes.get_xlabel(), axes.get_ylim()) == ("x", (0.0, 9.0))


def test_phase_plane_has_a_panel_for_each_field_and_holds_the_whole_path():
    panels = [("a", dirac_gan.gan, PATH), ("b", dirac_gan.gan, 5 * PATH)]
    figure = diagrams.phase_plane(panels)
    assert [a.get_title() for a in figure.axes] == ["a", "b"]
    start, end = (line.get_xydata()[0] for line in figure.axes[1].lines[-2:])
    assert np.stack([start, end]) == pytest.approx(5 * PATH[[0, -1]])
    assert all(a.get_xlim()[1] > 5 and a.get_ylim()[1] > 5 for a in figure.axes)
    names = [text.get_text() for text in figure.legends[0].texts]
    assert names == ["goal", "start", "end"]


def test_plan_draws_a_line_for_each_moved_mass_and_colours_by_the_critic():
    moved = np.array([[0.5, 0], [0, 0.5]])
    axes = diagrams.plan(POINTS, POINTS + 1, moved, height).axes[0]
    assert len(axes.lines) == 2
    assert axes.lines[1].get_ydata() == pytest.approx([2, 3])
    *_, real, fake = axes.collections
    assert list(real.get_array()) == [0, 2]
    assert list(fake.get_array()) == [1, 3]


def test_snapshots_have_a_panel_for_each_step():
    axes = diagrams.snapshots(POINTS, [(5, POINTS), (1_000, POINTS)], 2).axes
    assert [a.get_title() for a in axes] == ["step 5", "step 1,000"]


def test_family_tree_joins_children_and_folds_late_years():
    (axes,) = diagrams.family_tree().axes
    assert [t.get_text() for t in axes.texts] == list(diagrams.FAMILY)
    assert len(axes.lines) == len(diagrams.FAMILY) - 1
    assert axes.get_xticklabels()[-1].get_text() == "… 2024"
    assert axes.texts[-1].get_position()[0] == pytest.approx(2019.6)
    (low, high), lanes = axes.get_ylim(), [v[1] for v in diagrams.FAMILY.values()]
    assert low < min(lanes) and max(lanes) < high
