"""Points in 2-D: clouds over their modes, and the field that D makes of them."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from scipy.special import expit

from ganutils.plotting.style import COLOURS, add_scale, new_figure

COLUMNS, WIDTH = 4, 8.2  # panels in a row, inches of a row
# What D takes for fake is tinted like fakes, what it takes for real like real samples.
FIELD = LinearSegmentedColormap.from_list("field", ["#F4B183", "#FFFFFF", "#8CBFE0"])


def clouds(samples: Mapping[str, np.ndarray], centres: np.ndarray) -> Figure:
    """Show sets of 2-D samples in panels, four in a row, each over the same modes.

    Points far outside are left out of the frame.

    Args:
        samples: title of the panel → points (n, 2).
        centres: of the modes, shape (m, 2); drawn as grey rings.

    Raises:
        ValueError: no samples, or points that are not of shape (n, 2).

    Example:
        >>> clouds({"minimax": gan.generate(500)}, datasets.grid_centres())
    """
    if not samples:
        raise ValueError("Expected samples of shape (n, 2); received none.")
    centres = _points(centres, "centres")
    columns = min(COLUMNS, len(samples))
    rows = -(-len(samples) // columns)
    side = min(WIDTH / columns, 3.8)
    figure, panels = new_figure(side * columns, (side + 0.3) * rows, columns, rows=rows)
    middle = (centres.max(0) + centres.min(0)) / 2
    reach = 0.65 * np.ptp(centres, axis=0).max()
    few = rows == 1  # smooth rings of a dozen panels take 60 kB
    for axes in panels[len(samples) :]:
        axes.set_axis_off()
    for axes, (name, points) in zip(panels, samples.items(), strict=False):
        points = _points(points, name)
        rings = {"facecolors": "none", "edgecolors": COLOURS["grey"]}
        axes.scatter(*centres.T, s=70, linewidths=0.8, antialiased=few, **rings)
        dots = {"color": COLOURS["fake"], "linewidths": 0, "antialiased": False}
        axes.scatter(*points.T, s=4, **dots)
        axes.set(xlim=middle[0] + np.array([-reach, reach]), aspect="equal")
        axes.set_ylim(middle[1] - reach, middle[1] + reach)
        ends = centres.min(axis=0), middle, centres.max(axis=0)
        axes.set(**dict(zip(("xticks", "yticks"), np.transpose(ends), strict=True)))
        axes.tick_params(labelsize=8)
        axes.set_title(name, fontsize=10)
    for axes in panels[-columns:]:
        axes.set_xlabel("$x_1$")
    for axes in panels[::columns]:
        axes.set_ylabel("$x_2$")
    return figure


def scatter_field(
    samples: np.ndarray,
    real: np.ndarray,
    discriminator: Callable,
    title: str = "",
    arrows: "np.ndarray | None" = None,
    grid: "np.ndarray | None" = None,
) -> Figure:
    """Show 2-D samples over D's opinion of every point.

    Args:
        samples: fake points, shape (n, 2).
        real: real points, shape (m, 2); at most 2,000 of either are drawn. They set
            the limits of the axes.
        discriminator: called as `discriminator(points, training=False)`, (k, 2) →
            logits (k, 1); σ(logit) becomes the background.
        arrows: where each of the first samples is to move, shape (k, 2), k ≤ n; drawn
            longest a tenth of the axes.
        grid: where a generator puts a square grid of z, shape (rows, columns, 2).

    Raises:
        ValueError: points that are not of shape (n, 2).

    Example:
        >>> scatter_field(gan.generate(500), ring, gan.discriminator, title="step 500")
    """
    samples, real = _points(samples, "samples"), _points(real, "real")
    reach = 0.75 * np.ptp(real) or 1.0
    limits = (real.min() + real.max()) / 2 + np.array([-reach, reach])
    # Axes at fixed places: frames of an animation agree and take half the time.
    figure, (axes,) = new_figure(5.6, 4.4, layout="none")
    figure.subplots_adjust(left=0.13, right=0.88, bottom=0.12, top=0.92)
    _draw_field(axes, discriminator, limits)
    _draw_points(axes, real, "real", marker="o", s=26, linewidths=0)
    _draw_points(axes, samples, "fake", marker="x", s=14, linewidths=1)
    if grid is not None:
        for lines in (np.asarray(grid), np.swapaxes(grid, 0, 1)):
            thin = {"linewidth": 0.5, "alpha": 0.35, "antialiased": False}
            axes.plot(lines[..., 0].T, lines[..., 1].T, COLOURS["grey"], **thin)
    if arrows is not None:
        arrows = _points(arrows, "arrows")
        longest = np.linalg.norm(arrows, axis=1).max() or 1.0
        moves = arrows * (0.2 * reach / longest)
        units = {"units": "xy", "angles": "xy", "scale": 1, "width": 0.01 * reach}
        axes.quiver(
            *samples[: len(moves)].T, *moves.T, color="#7A3E00", zorder=3, **units
        )
    axes.set(xlim=limits, ylim=limits, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    axes.legend(loc="lower center", ncols=2, framealpha=0.9, edgecolor="none")
    axes.set_title(title, loc="left")
    return figure


def _points(points, name):
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"Expected `{name}` of shape (n, 2); received {points.shape}.")
    return points


def _draw_points(axes, points, name, **style):
    axes.scatter(*points[:2000].T, color=COLOURS[name], label=name, alpha=0.7, **style)


def _draw_field(axes, discriminator, limits):
    line = np.linspace(*limits, 81, dtype="float32")
    points = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    logits = np.asarray(discriminator(points, training=False), "float64")
    opinion = expit(logits.reshape(81, 81))
    levels = np.linspace(0, 1, 21)
    drawn = axes.contourf(line, line, opinion, levels=levels, cmap=FIELD, zorder=0)
    where = {"ax": axes, "fraction": 0.05}
    add_scale(axes.figure, drawn, [0, 0.5, 1], "D: probability of real", **where)
