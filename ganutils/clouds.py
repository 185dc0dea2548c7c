"""Clouds of points side by side, each over the modes it should cover."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ganutils.style import COLOURS, new_figure

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
