"""Tables in Markdown, as a notebook displays them."""

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
    lines = [list(headings), ["---"] * len(headings)]
    for row in rows:
        if len(row) != len(headings):
            raise ValueError(
                f"Expected rows of {len(headings)} cells; received {list(row)!r}."
            )
        lines.append([cell.replace("|", "\\|") for cell in row])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
