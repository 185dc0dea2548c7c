"""The look of every figure: colours, sizes, fonts."""

from collections.abc import Sequence

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart with any colour vision:
# https://jfly.uni-koeln.de/color/
COLOURS = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
    "grey": "#6E6E6E",
}
# What a colour stands for in every chapter.
COLOURS |= {
    "real": COLOURS["blue"],
    "fake": COLOURS["vermillion"],
    "d": COLOURS["blue"],
    "g": COLOURS["vermillion"],
    "floor": COLOURS["green"],
}

DPI = 80  # 9 inches are 720 of a page's 900 pixels; a figure stays below 60 kB
STYLE = {
    "font.size": 10.5,
    "axes.titlesize": 11.5,
    "axes.labelsize": 10.5,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#6E6E6E",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
}


def new_figure(
    width: float,
    height: float,
    columns: int = 1,
    layout: str = "constrained",
    rows: int = 1,
) -> tuple[Figure, Sequence]:
    """Return a figure that pyplot has forgotten, and its axes.

    A notebook shows such a figure once, where it is a cell's last value, and not a
    second time because it is still open.

    Args:
        width: inches.
        height: inches.
        columns: axes side by side.
        layout: "constrained" fits labels in; "none" leaves the axes where they are put.
        rows: of axes below each other.

    Returns:
        The figure, and an array of `rows` · `columns` axes, row by row.
    """
    with matplotlib.rc_context(STYLE):
        figure, axes = plt.subplots(
            rows,
            columns,
            figsize=(width, height),
            dpi=DPI,
            layout=layout,
            squeeze=False,
        )
    plt.close(figure)
    return figure, axes.ravel()
