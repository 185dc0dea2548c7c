"""The look of every figure: colours, sizes, fonts."""

import sys
from collections.abc import Sequence

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
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
COLOURS |= {"real": COLOURS["blue"], "fake": COLOURS["vermillion"]}
COLOURS |= {"d": COLOURS["real"], "g": COLOURS["fake"], "floor": COLOURS["green"]}

DPI = 80  # 9 inches are 720 of a page's 900 pixels; a figure stays below 60 kB
STYLE = {
    "font.size": 10.5,
    "axes.titlesize": 11.5,
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
    **options,
) -> tuple[Figure, Sequence]:
    """Return a figure that pyplot never knew, and its axes.

    A notebook shows such a figure once, where it is a cell's last value, and not a
    second time because it is still open. It needs neither a screen nor one of pyplot's
    backends.

    Args:
        width, height: in inches.
        columns, rows: of axes.
        layout: "constrained" fits labels in; "none" leaves the axes where they are put.
        **options: of `Figure.subplots`, such as `sharex`.

    Returns:
        The figure, and an array of `rows` · `columns` axes, row by row.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), dpi=DPI, layout=layout)
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, axes.ravel()


def add_scale(figure: Figure, drawn, ticks: Sequence, label: str, **where):
    """Add a colour bar of what was drawn; `where`: as `Figure.colorbar` takes it."""
    bar = figure.colorbar(drawn, ticks=ticks, **where)
    bar.set_label(label)
    bar.outline.set_visible(False)


def show_as_pictures(shell):
    """Let a notebook show figures as PNG pictures, whatever pyplot's backend is.

    IPython does so by itself only where the backend is its own inline one: with
    `MPLBACKEND=agg`, common in images and CI, a cell would show a figure's name.

    Args:
        shell: what `IPython.get_ipython()` returns. Formats that a user has chosen
            (`%config InlineBackend.figure_formats`) stay as they are.
    """
    formatters = shell.display_formatter.formatters if shell else {}
    if "image/png" in formatters and not any(
        Figure in formatter.type_printers for formatter in formatters.values()
    ):
        from IPython.core.pylabtools import select_figure_formats

        select_figure_formats(shell, {"png"})


if "IPython" in sys.modules:
    show_as_pictures(sys.modules["IPython"].get_ipython())
