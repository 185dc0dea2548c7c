"""A table on one page, to be printed and pinned to a wall."""

import textwrap
from collections.abc import Sequence

from matplotlib.figure import Figure

from ganutils.style import COLOURS, new_figure

PAGE = 11.69, 8.27  # A4, landscape, in inches
MARGIN, TITLE, LINE = 0.03, 0.06, 0.0172  # as parts of the page
SIZE, WIDTH = 7.8, 0.0054  # of the type: points, and a letter as part of the page


def poster(
    rows: Sequence[Sequence[str]],
    headings: Sequence[str],
    shares: Sequence[float],
    title: str,
) -> Figure:
    """Set a table of short texts on one A4 page; `savefig` makes a PDF or PNG of it.

    Args:
        rows: of texts, as many as headings; each is broken into lines.
        headings: of the columns.
        shares: relative widths of the columns.
        title: above the table.

    Returns:
        The figure, 11.69 × 8.27 inches.

    Raises:
        ValueError: a row of another length; or the texts do not fit on the page.

    Example:
        >>> page = poster([["noise", "z once", "draw z"]], HEADINGS, [1, 1, 1], "Bugs")
        >>> page.savefig("runs/bugs.pdf")
    """
    wrong = [row for row in (*rows, shares) if len(row) != len(headings)]
    if wrong:
        raise ValueError(
            f"Expected rows and shares of {len(headings)} entries, as many as "
            f"headings; received {wrong[0]!r}."
        )
    widths = [(1 - 2 * MARGIN) * share / sum(shares) for share in shares]
    lefts = [MARGIN + sum(widths[:i]) for i in range(len(widths))]
    wrapped = [_wrap(row, widths) for row in rows]
    needed = TITLE + MARGIN + LINE * (2 + sum(_height(row) for row in wrapped))
    if needed > 1:
        raise ValueError(
            f"Expected texts that fit on one page; received {needed:.2f} pages of them."
        )
    figure, (axes,) = new_figure(*PAGE, layout="none")
    axes.set_position((0, 0, 1, 1))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    axes.text(MARGIN, 1 - TITLE / 2, title, size=13, weight="bold", va="center")
    top = 1 - TITLE
    _write(axes, lefts, headings, top, weight="bold", color=COLOURS["blue"])
    top -= 1.6 * LINE
    for row in wrapped:
        axes.axhline(top, MARGIN, 1 - MARGIN, color="#CCCCCC", linewidth=0.6)
        _write(axes, lefts, row, top - 0.2 * LINE)
        top -= LINE * _height(row)
    return figure


def _wrap(row, widths):
    lines = (textwrap.fill(t, int(w / WIDTH)) for t, w in zip(row, widths, strict=True))
    return list(lines)


def _height(row):
    return max(text.count("\n") + 1 for text in row) + 0.4


def _write(axes, lefts, texts, top, **style):
    for left, text in zip(lefts, texts, strict=True):
        axes.text(left, top, text, size=SIZE, va="top", linespacing=1.15, **style)
