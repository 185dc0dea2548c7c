"""Points in 2-D: clouds over their modes, and the field that D makes of them."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ganutils.plotting.style import COLOURS, new_figure

COLUMNS, SIDE = 4, 2.05  # panels in a row, inches


def clouds(
    samples: Mapping[str, np.ndarray], centres: np.ndarray, columns: int = COLUMNS
) -> Figure:
    """Show sets of 2-D samples in panels, each over the same modes.

    Args:
        samples: title of the panel → points (n, 2).
        centres: of the modes, shape (m, 2); drawn as grey rings.
        columns: panels in a row.

    Returns:
        The figure. Points far outside are left out of the frame.

    Raises:
        ValueError: no samples, or points that are not of shape (n, 2).

    Example:
        >>> clouds({"minimax": gan.generate(500)}, datasets.grid_centres())
    """
    centres = np.asarray(centres)
    wrong = {k: np.shape(v) for k, v in samples.items() if np.ndim(v) != 2}
    if not samples or wrong or centres.shape[1:] != (2,):
        raise ValueError(
            "Expected samples and centres of shape (n, 2); received "
            f"{wrong or len(samples)} and centres {centres.shape}."
        )
    columns = min(columns, len(samples))
    rows = -(-len(samples) // columns)
    size = SIDE * columns, (SIDE + 0.25) * rows
    figure, panels = new_figure(*size, columns, rows=rows)
    middle = (centres.max(0) + centres.min(0)) / 2
    reach = 0.65 * np.ptp(centres, axis=0).max()
    for axes in panels:
        axes.set_axis_off()
    for axes, (name, points) in zip(panels, samples.items(), strict=False):
        axes.scatter(*centres.T, s=60, facecolors="none", edgecolors=COLOURS["grey"])
        axes.scatter(*np.asarray(points).T, s=3, color=COLOURS["fake"], linewidths=0)
        axes.set(xlim=middle[0] + np.array([-reach, reach]), aspect="equal")
        axes.set_ylim(middle[1] - reach, middle[1] + reach)
        axes.set_title(name, fontsize=10)
    return figure


# What D takes for fake is tinted like fakes, what it takes for real like real samples.
FIELD = LinearSegmentedColormap.from_list("field", ["#F4B183", "#FFFFFF", "#8CBFE0"])


def scatter_field(
    samples: np.ndarray,
    real: np.ndarray,
    discriminator: Callable | None = None,
    limits: tuple[float, float] | None = None,
    title: str | None = None,
) -> Figure:
    """Show 2-D samples over D's opinion of every point.

    Args:
        samples: fake points, shape (n, 2).
        real: real points, shape (m, 2); at most 2,000 of either are drawn.
        discriminator: called as `discriminator(points, training=False)`, (k, 2) →
            logits (k, 1); σ(logit) becomes the background. None: no background.
        limits: lowest and highest coordinate of both axes; from the real points, with
            a margin, if None. An animation needs them fixed, which they then are.
        title: text above.

    Returns:
        The figure.

    Raises:
        ValueError: points that are not of shape (n, 2).

    Example:
        >>> scatter_field(gan.generate(500), ring, gan.discriminator, title="step 500")
    """
    samples, real = _points(samples, "samples"), _points(real, "real")
    low, high = limits or _limits(real)
    # Axes at fixed places: frames of an animation agree and take half the time.
    figure, (axes,) = new_figure(5.6 if discriminator else 4.6, 4.4, layout="none")
    right = 0.97 if discriminator is None else 0.88  # the colour bar has a label
    figure.subplots_adjust(left=0.13, right=right, bottom=0.12, top=0.92)
    if discriminator is not None:
        _draw_field(figure, axes, discriminator, low, high)
    _draw_points(axes, real, "real", marker="o", s=26, linewidths=0)
    _draw_points(axes, samples, "fake", marker="x", s=14, linewidths=1)
    axes.set(xlim=(low, high), ylim=(low, high), xlabel="$x_1$", ylabel="$x_2$")
    axes.set_aspect("equal")
    axes.legend(loc="upper right", framealpha=0.9, edgecolor="none")
    if title:
        axes.set_title(title, loc="left")
    return figure


def _draw_points(axes, points, name, **style):
    axes.scatter(*points[:2000].T, color=COLOURS[name], label=name, alpha=0.7, **style)


def _points(points, name):
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"Expected `{name}` of shape (n, 2); received {points.shape}.")
    return points


def _limits(real):
    centre = (real.min() + real.max()) / 2
    reach = 0.75 * (real.max() - real.min()) or 1.0
    return centre - reach, centre + reach


def _draw_field(figure, axes, discriminator, low, high):
    line = np.linspace(low, high, 81, dtype="float32")
    points = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    logits = np.asarray(discriminator(points, training=False), "float64")
    opinion = 0.5 * (1.0 + np.tanh(0.5 * logits.reshape(81, 81)))  # σ, without overflow
    drawn = axes.contourf(
        line, line, opinion, levels=np.linspace(0, 1, 21), cmap=FIELD, zorder=0
    )
    bar = figure.colorbar(drawn, ax=axes, ticks=[0, 0.5, 1], fraction=0.05)
    bar.set_label("D: probability of real")
    bar.outline.set_visible(False)
