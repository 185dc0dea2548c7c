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
        lambda: diagrams.snapshots({"a": POINTS}, POINTS, 0.1),
        lambda: diagrams.balls(POINTS, POINTS, 1),
        diagrams.players,
        lambda: diagrams.contests([("V", np.multiply, {"a": (PATH, "g")})]),
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
    start, end = (line.get_xydata()[0] for line in figure.axes[1].lines[1:3])
    assert np.stack([start, end]) == pytest.approx(5 * PATH[[0, -1]])
    assert all(a.get_xlim()[1] > 5 and a.get_ylim()[1] > 5 for a in figure.axes)
    names = [text.get_text() for text in figure.legends[0].texts]
    assert names == ["start", "end", "goal"]


def test_plan_draws_a_line_for_each_moved_mass_and_all_points():
    moved = np.array([[0.5, 0], [0, 0.5]])
    axes = diagrams.plan(POINTS, POINTS + 1, moved, height).axes[0]
    assert len(axes.lines) == 2
    assert axes.lines[1].get_ydata() == pytest.approx([2, 3])
    *_, real, fake = axes.collections
    assert (real.get_offsets() == POINTS).all()
    assert (fake.get_offsets() == POINTS + 1).all()


def test_snapshots_count_the_clusters_with_a_hit():
    near = np.array([[0.2, 0.0], [0.1, 0.0], [0.4, 0.0]])  # 3 s.d. are 0.3
    figure = diagrams.snapshots({"a": near, "b": POINTS}, POINTS, 0.1, columns=2)
    a, b = figure.axes
    assert (a.get_title(), b.get_title()) == ("a\n1 of 2 modes", "b\n2 of 2 modes")
    misses, hits = (len(dots.get_offsets()) for dots in a.collections)
    assert (misses, hits, a.get_aspect(), a.get_xlabel()) == (1, 2, 1.0, "$x_1$")


def test_dots_of_snapshots_are_smaller_than_a_cluster_of_the_ring():
    angles = np.arange(8) * np.pi / 4
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    panels = {str(i): ring for i in range(4)}
    figure = diagrams.snapshots(panels, ring, 0.01)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    cluster = axes.patches[0].get_window_extent().width * 72 / figure.dpi  # in points
    assert np.sqrt(axes.collections[1].get_sizes()[0]) < cluster


def test_balls_reach_to_the_kth_neighbour_and_count_fakes_inside():
    real = np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]])  # radii 1, 1, 4
    fake = np.array([[0.0, 0.9], [-2.0, 0.0]])
    (axes,) = diagrams.balls(real, fake, k=1).axes
    assert [patch.radius for patch in axes.patches] == [1.0, 1.0, 4.0]
    assert axes.get_title() == "precision 1 of 2"


def test_family_tree_joins_children_and_folds_late_years():
    (axes,) = diagrams.family_tree().axes
    names = [t.get_text() for t in axes.texts]
    assert names == [*diagrams.FAMILY, "//"]
    parents = [row[3] for row in diagrams.FAMILY.values()]
    assert len(axes.lines) == sum(map(len, parents))
    assert {p for some in parents for p in some} <= set(diagrams.FAMILY)
    assert axes.get_xticklabels()[-1].get_text() == "2024"
    assert axes.texts[-2].get_position()[0] == pytest.approx(2019.6)
    (low, high), lanes = axes.get_ylim(), [v[1] for v in diagrams.FAMILY.values()]
    assert low < min(lanes) and max(lanes) < high
