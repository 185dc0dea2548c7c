"""Figures of numbers: losses and measures over the steps, and bars for classes."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ganutils.plotting.style import COLOURS, new_figure


def loss_curves(
    rows: Sequence[Mapping], anchors: bool = True, title: str | None = None
) -> Figure:
    """Show both losses over the steps, with their values at a perfect draw.

    Where D cannot tell real from fake, D(x) = ½ everywhere: its cross-entropy is
    2·ln 2 = ln 4 and the non-saturating loss of G is ln 2. The thin lines are single
    steps, the thick ones moving averages.

    Args:
        rows: `monitoring.Recorder.rows`: dicts with `step`, `d_loss`, `g_loss`.
        anchors: draw ln 4 and ln 2; False for a loss that is no cross-entropy.

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
        mean = _moving_average(values, max(1, len(values) // 50))
        shown.append(mean)
        # Without antialiasing the thin line takes half the bytes.
        axes.plot(step, values, colour, alpha=0.3, linewidth=0.8, antialiased=False)
        axes.plot(step, mean, color=colour, linewidth=2, label=f"{name.upper()} loss")
        if anchors:
            value = math.log(number)
            _mark(axes, value, f"ln {number} = {value:.2f}", colour)
            shown.append([value])
    _frame_curves(axes, np.concatenate(shown), np.concatenate([d_loss, g_loss]))
    _label_steps(axes, "loss (nats)" if anchors else "loss")
    axes.set_title(title, loc="left")
    _legend(axes)
    return figure


def measure_curve(
    steps: Sequence[int],
    values: Sequence[float],
    floor: float | None = None,
    ylabel: str = "measure",
    log: bool = False,
) -> Figure:
    """Show a measure over the steps, beside what real data scores on it.

    Args:
        steps: training steps.
        values: the measure at each of them.
        floor: the measure between two sets of real data; the best that can be hoped.
        ylabel: name of the measure, with its unit.
        log: logarithmic axis; for positive measures that fall by more than tenfold.

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
    axes.plot(steps, values, "o-", color=COLOURS["fake"], markersize=4)
    axes.set_yscale("log" if log else "linear")
    if floor is not None:
        _mark(axes, floor, f"real data: {floor:.3g}", COLOURS["floor"])
    _label_steps(axes, ylabel)
    return figure


def bars(
    values: Sequence[float],
    names: Sequence,
    reference: "Sequence[float] | float | None" = None,
    ylabel: str = "share of samples",
) -> Figure:
    """Show a number for each class, such as its share among the samples.

    Args:
        values: one number a class.
        names: of the classes.
        reference: what real data has: a number a class, or one for all; drawn as lines.
        ylabel: what the numbers are.

    Raises:
        ValueError: `names` or `reference` of another length than `values`.

    Example:
        >>> bars([0.5, 0.3, 0.2], ["cat", "dog", "owl"], reference=1 / 3)
    """
    if len(names) != len(values) or np.size(reference) not in (1, len(values)):
        raise ValueError(
            f"Expected {len(values)} names and references, as many as values; received "
            f"{len(names)} and {np.size(reference)}."
        )
    figure, (axes,) = new_figure(min(8.4, 2.4 + 0.6 * len(values)), 3.0)
    place = np.arange(len(values))
    axes.bar(place, values, color=COLOURS["fake"], width=0.7, label="generated")
    if reference is not None:
        real = np.broadcast_to(reference, len(values))
        ends = place - 0.42, place + 0.42
        axes.hlines(real, *ends, color="black", linewidth=2, label="real")
        _legend(axes)
    axes.set_xticks(place, [str(name) for name in names])
    axes.set_xlim(-0.6, len(values) - 0.4)
    axes.set_ylabel(ylabel)
    return figure


def _moving_average(values, window):
    # Over fewer values at the beginning, and where some are not finite.
    good = np.isfinite(values)
    sums = np.cumsum([np.where(good, values, 0.0), good], axis=1)
    sums = np.pad(sums, ((0, 0), (window, 0)))
    total, count = sums[:, window:] - sums[:, :-window]
    return np.divide(total, count, out=np.full_like(values, np.nan), where=count > 0)


def _columns(rows, keys):
    missing = [key for key in keys if not len(rows) or key not in rows[0]]
    if missing:
        raise ValueError(
            f"Expected rows with {', '.join(keys)}, as monitoring.Recorder keeps them; "
            f"received none with {', '.join(missing)}."
        )
    return [np.array([row[key] for row in rows], "float64") for key in keys]


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
    place = axes.get_yaxis_transform()
    axes.text(1.01, value, text, transform=place, va="center", color=colour)


def _label_steps(axes, ylabel):
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.margins(x=0.02)
    axes.set(xlabel="training step", ylabel=ylabel)


def _legend(axes):
    # Above the axes at the right: over no data, beside the title.
    place = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0)}
    axes.legend(**place, ncols=2, frameon=False, borderaxespad=0.2)
