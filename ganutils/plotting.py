"""Functions that return a matplotlib Figure; a notebook shows what its cell ends with.

Nothing is shown or set globally. Pictures of images live in `pictures`, GIFs in
`animation`; all of them are reached as `plotting.<name>`.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ganutils.animation import Animation, animation
from ganutils.pictures import image_grid, strip
from ganutils.style import COLOURS, new_figure

__all__ = [
    "COLOURS",
    "Animation",
    "animation",
    "bars",
    "image_grid",
    "loss_curves",
    "measure_curve",
    "new_figure",
    "scatter_field",
    "strip",
]

# What D takes for fake is tinted like fakes, what it takes for real like real samples.
FIELD = LinearSegmentedColormap.from_list("field", ["#F4B183", "#FFFFFF", "#8CBFE0"])


def loss_curves(
    rows: "Sequence[Mapping] | Mapping[str, Sequence]",
    anchors: bool = True,
    title: str | None = None,
) -> Figure:
    """Show both losses over the steps, with their values at a perfect draw.

    Where D cannot tell real from fake, D(x) = ½ everywhere: its cross-entropy is
    2·ln 2 = ln 4 and the non-saturating loss of G is ln 2.

    Args:
        rows: `monitoring.Recorder.rows`, or a dict of lists with the same keys:
            `step`, `d_loss`, `g_loss`.
        anchors: draw ln 4 and ln 2; False for a loss that is no cross-entropy.
        title: text above.

    Returns:
        The figure: every step as a thin line, and its moving average.

    Raises:
        ValueError: a key is missing, or there are no rows.

    Example:
        >>> loss_curves(recorder.rows)
    """
    step, d_loss, g_loss = _columns(rows, ("step", "d_loss", "g_loss"))
    figure, (axes,) = new_figure(8.4, 3.4)
    smooth = []
    for values, name, anchor in ((d_loss, "d", "ln 4"), (g_loss, "g", "ln 2")):
        axes.plot(step, values, color=COLOURS[name], alpha=0.25, linewidth=0.7)
        smooth.append(moving_average(values, max(1, len(values) // 50)))
        axes.plot(
            step,
            smooth[-1],
            color=COLOURS[name],
            linewidth=2,
            label=f"{name.upper()} loss",
        )
        if anchors:
            value = math.log(int(anchor[-1]))
            axes.axhline(value, color=COLOURS[name], linestyle="--", linewidth=1)
            _label_line(axes, value, f"{anchor} = {value:.2f}", COLOURS[name])
            smooth.append([value])
    _frame_curves(axes, np.concatenate(smooth), np.concatenate([d_loss, g_loss]))
    _thousands(axes)
    axes.set(xlabel="training step", ylabel="loss (nats)" if anchors else "loss")
    axes.legend(loc="upper center", ncols=2)
    if title:
        axes.set_title(title)
    return figure


def measure_curve(
    steps: Sequence[int],
    values: Sequence[float],
    floor: float | None = None,
    ylabel: str = "measure",
    log: bool = False,
    title: str | None = None,
) -> Figure:
    """Show a measure over the steps, beside what real data scores on it.

    Args:
        steps: training steps.
        values: the measure at each of them.
        floor: the measure between two sets of real data; the best that can be hoped.
        ylabel: name of the measure, with its unit.
        log: logarithmic axis; for positive measures that fall by more than tenfold.
        title: text above.

    Returns:
        The figure.

    Raises:
        ValueError: `steps` and `values` differ in length, or there are none.

    Example:
        >>> measure_curve([0, 500, 1000], [90.0, 12.0, 7.5], 1.2, "Fréchet distance")
    """
    if len(steps) != len(values) or not len(steps):
        raise ValueError(
            "Expected as many `values` as `steps`, at least one; received "
            f"{len(values)} and {len(steps)}."
        )
    figure, (axes,) = new_figure(8.4, 3.2)
    axes.plot(
        steps, values, "o-", color=COLOURS["fake"], markersize=4, label="generated"
    )
    if log:
        axes.set_yscale("log")
    if floor is not None:
        axes.axhline(floor, color=COLOURS["floor"], linestyle="--", linewidth=1.5)
        _label_line(axes, floor, f"real data: {floor:.3g}", COLOURS["floor"])
    _thousands(axes)
    axes.set(xlabel="training step", ylabel=ylabel)
    if title:
        axes.set_title(title)
    return figure


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
    figure, (axes,) = new_figure(5.4 if discriminator else 4.4, 4.4)
    if discriminator is not None:
        _draw_field(figure, axes, discriminator, low, high)
    for points, name, marker in ((real, "real", "o"), (samples, "fake", "x")):
        axes.scatter(
            *points[:2000].T,
            s=14,
            marker=marker,
            color=COLOURS[name],
            label=name,
            alpha=0.7,
            linewidths=1.0 if marker == "x" else 0.0,
        )
    axes.set(xlim=(low, high), ylim=(low, high), xlabel="$x_1$", ylabel="$x_2$")
    axes.set_aspect("equal")
    axes.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")
    if title:
        axes.set_title(title)
    return figure


def bars(
    values: Sequence[float],
    names: Sequence | None = None,
    reference: "Sequence[float] | float | None" = None,
    ylabel: str = "share of samples",
    title: str | None = None,
) -> Figure:
    """Show a number for each class, such as its share among the samples.

    Args:
        values: one number a class.
        names: of the classes; 0, 1, … if None.
        reference: what real data has: a number a class, or one for all; drawn as lines.
        ylabel: what the numbers are.
        title: text above.

    Returns:
        The figure.

    Raises:
        ValueError: `names` or `reference` of another length than `values`.

    Example:
        >>> bars([0.5, 0.3, 0.2], ["cat", "dog", "owl"], reference=1 / 3)
    """
    values = np.asarray(values, "float64")
    names = range(len(values)) if names is None else names
    if len(names) != len(values) or np.size(reference) not in (1, len(values)):
        raise ValueError(
            f"Expected {len(values)} names and references, as many as values; received "
            f"{len(names)} and {np.size(reference)}."
        )
    figure, (axes,) = new_figure(min(8.4, 2.0 + 0.6 * len(values)), 3.0)
    axes.bar(
        np.arange(len(values)),
        values,
        color=COLOURS["fake"],
        width=0.7,
        label="generated",
    )
    if reference is not None:
        real = np.broadcast_to(np.asarray(reference, "float64"), values.shape)
        axes.hlines(
            real,
            np.arange(len(values)) - 0.42,
            np.arange(len(values)) + 0.42,
            color=COLOURS["black"],
            linewidth=2,
            label="real",
        )
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2)
    axes.set_xticks(np.arange(len(values)), [str(name) for name in names])
    axes.set_ylabel(ylabel)
    if title:
        axes.set_title(title)
    return figure


def moving_average(values: Sequence[float], window: int) -> np.ndarray:
    """Return the mean over the last `window` values; over fewer at the beginning.

    Values that are not finite are left out; where none is left the mean is NaN.

    Example:
        >>> moving_average([1.0, 3.0, 5.0], 2)
        array([1., 2., 4.])
    """
    values = np.asarray(values, "float64")
    good = np.isfinite(values)
    sums, counts = (
        np.concatenate([[0.0] * window, np.cumsum(part)])
        for part in (np.where(good, values, 0.0), good.astype("float64"))
    )
    total, count = (part[window:] - part[:-window] for part in (sums, counts))
    return np.divide(total, count, out=np.full_like(values, np.nan), where=count > 0)


def _columns(rows, keys):
    table = rows if isinstance(rows, Mapping) else {}
    if not isinstance(rows, Mapping) and len(rows):
        table = {k: [row[k] for row in rows] for k in keys if k in rows[0]}
    missing = [key for key in keys if not len(table.get(key, ()))]
    if missing:
        raise ValueError(
            f"Expected rows with {', '.join(keys)}, as monitoring.Recorder keeps them; "
            f"received none with {', '.join(missing)}."
        )
    return [np.asarray(table[key], "float64") for key in keys]


def _frame_curves(axes, smooth, raw):
    raw = raw[np.isfinite(raw)]
    smooth = smooth[np.isfinite(smooth)]
    if not len(raw):
        return
    # A few outliers must not flatten everything else.
    low, high = np.percentile(raw, (1, 99))
    low, high = min(low, smooth.min()), max(high, smooth.max())
    margin = 0.08 * (high - low) or 0.1
    axes.set_ylim(low - margin, high + 2.5 * margin)


def _label_line(axes, value, text, colour):
    axes.annotate(
        text,
        (1.0, value),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        color=colour,
        annotation_clip=False,
    )


def _thousands(axes):
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


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
    bar = figure.colorbar(drawn, ax=axes, ticks=[0, 0.5, 1], shrink=0.8)
    bar.set_label("D: probability of real")
    bar.outline.set_visible(False)
