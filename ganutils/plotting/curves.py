"""Figures of numbers: losses and measures over the steps, and bars for classes."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ganutils.plotting.style import COLOURS, new_figure


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
    figure, (axes,) = new_figure(8.4, 3.3)
    shown = []
    for values, name, number in ((d_loss, "d", 4), (g_loss, "g", 2)):
        colour = COLOURS[name]
        mean = moving_average(values, max(1, len(values) // 50))
        shown.append(mean)
        # Without antialiasing the thin line takes half the bytes.
        axes.plot(
            step, values, color=colour, alpha=0.3, linewidth=0.8, antialiased=False
        )
        axes.plot(step, mean, color=colour, linewidth=2, label=f"{name.upper()} loss")
        if anchors:
            value = math.log(number)
            _mark(axes, value, f"ln {number} = {value:.2f}", colour)
            shown.append([value])
    _frame_curves(axes, np.concatenate(shown), np.concatenate([d_loss, g_loss]))
    _finish(axes, title, "training step", "loss (nats)" if anchors else "loss")
    _legend(axes)
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
        _mark(axes, floor, f"real data: {floor:.3g}", COLOURS["floor"])
    _finish(axes, title, "training step", ylabel)
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
    figure, (axes,) = new_figure(min(8.4, 2.4 + 0.6 * len(values)), 3.0)
    place = np.arange(len(values))
    axes.bar(place, values, color=COLOURS["fake"], width=0.7, label="generated")
    if reference is not None:
        real = np.broadcast_to(np.asarray(reference, "float64"), values.shape)
        ends = place - 0.42, place + 0.42
        axes.hlines(real, *ends, color=COLOURS["black"], linewidth=2, label="real")
        _legend(axes)
    axes.set_xticks(place, [str(name) for name in names])
    axes.set_xlim(-0.6, len(values) - 0.4)
    axes.set_ylabel(ylabel)
    if title:
        axes.set_title(title, loc="left")
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


def _frame_curves(axes, shown, raw):
    shown, raw = shown[np.isfinite(shown)], raw[np.isfinite(raw)]
    if not len(raw):
        return
    # A few outliers must not flatten everything else.
    low, high = np.percentile(raw, (1, 99))
    low, high = min(low, shown.min()), max(high, shown.max())
    margin = 0.08 * (high - low) or 0.1
    axes.set_ylim(low - margin, high + margin)


def _mark(axes, value, text, colour):
    axes.axhline(value, color=colour, linestyle="--", linewidth=1.2)
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


def _finish(axes, title, xlabel, ylabel):
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.margins(x=0.02)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if title:
        axes.set_title(title, loc="left")


def _legend(axes):
    # Above the axes at the right: over no data, beside the title.
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=2,
        frameon=False,
        borderaxespad=0.2,
    )
