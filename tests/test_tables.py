"""Markdown tables."""

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


def test_a_row_of_another_length_is_named():
    with pytest.raises(ValueError, match=r"rows of 2 cells; received \['1'\]"):
        tables.table(("a", "b"), [["1"]])
