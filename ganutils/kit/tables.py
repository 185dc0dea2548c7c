"""Tables from rows of texts: in Markdown for a notebook, or aligned to be printed."""

from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, one line a row; its cells may hold Markdown.

    Args:
        headings: of the columns.
        rows: texts, as many as headings; a `|` within one is escaped.

    Raises:
        ValueError: a row of another length.

    Example:
        >>> print(table(["x", "x²"], [["2", "4"]]))
        | x | x² |
        | --- | --- |
        | 2 | 4 |
    """
    rows = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = _same_length([list(headings), ["---"] * len(headings), *rows])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def text(rows: Iterable[Sequence[str]], numbers: bool = False, gap: int = 2) -> str:
    """Return a table to be printed, its columns as wide as their longest text.

    Args:
        rows: texts, the headings first where there are some.
        numbers: align all columns but the first to the right.
        gap: blanks between two columns.

    Raises:
        ValueError: a row of another length than the first.

    Example:
        >>> print(text([["", "score"], ["real", "9.8"]], numbers=True))
              score
        real    9.8
    """
    columns = []
    for column in zip(*_same_length(rows), strict=True):
        width = max(map(len, column))
        right = numbers and columns
        columns.append([t.rjust(width) if right else t.ljust(width) for t in column])
    lines = zip(*columns, strict=True)
    return "\n".join((gap * " ").join(line).rstrip() for line in lines)


def _same_length(rows):
    first, *others = (list(row) for row in rows)
    for row in others:
        if len(row) != len(first):
            raise ValueError(f"Expected rows of {len(first)} cells; received {row!r}.")
    return [first, *others]
