"""One set of rows as Markdown and as plain text."""

import pytest

from ganutils.kit import tables


def test_a_table_has_headings_a_rule_and_rows():
    text = tables.table(("a", "b"), [["1", "‖x‖ | y"], ["", "`z`"]])
    assert text.splitlines() == [
        "| a | b |",
        "| --- | --- |",
        "| 1 | ‖x‖ \\| y |",
        "|  | `z` |",
    ]


def test_texts_are_aligned_and_numbers_to_the_right():
    rows = [("", "minutes"), ("chapter", "1.5")]
    assert tables.text(rows) == "         minutes\nchapter  1.5"
    numbers = tables.text(rows, numbers=True, gap=3)
    assert numbers == "          minutes\nchapter       1.5"


@pytest.mark.parametrize("make", [tables.text, lambda r: tables.table(r[0], r[1:])])
def test_a_row_of_another_length_is_named(make):
    with pytest.raises(ValueError, match=r"rows of 2 cells; received \['1'\]"):
        make([["a", "b"], ["1"]])
