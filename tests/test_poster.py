"""The page of a table: everything is on it, and what does not fit is refused."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ganutils.failures import poster

HEADINGS = ["you see", "cause", "cure"]
ROW = ["losses near 0", "labels swapped in D's loss " * 3, "real = 1"]


def texts(figure):
    return {text.get_text().replace("\n", " ") for text in figure.axes[0].texts}


def extents(figure):
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [text.get_window_extent(renderer) for text in figure.axes[0].texts]


def test_every_text_is_on_the_page():
    page = poster.poster([ROW] * 3, HEADINGS, [1, 2, 1], "On one page")
    assert {"On one page", *HEADINGS, ROW[0], ROW[1].strip()} <= texts(page)
    assert tuple(page.get_size_inches()) == poster.PAGE


def test_no_text_leaves_its_column_or_the_page():
    page = poster.poster([ROW] * 12, HEADINGS, [1, 2, 1], "t")
    boxes = extents(page)
    width, height = page.canvas.get_width_height()
    assert min(b.y0 for b in boxes) >= 0 and max(b.x1 for b in boxes) <= width
    body = boxes[4:]
    for first, second in zip(body[::3], body[1::3], strict=True):
        assert first.x1 <= second.x0
    assert max(b.y1 for b in boxes) <= height


def test_rows_that_follow_each_other_do_not_touch():
    page = poster.poster([ROW] * 6, HEADINGS, [1, 1, 1], "t")
    boxes = extents(page)
    second_column = boxes[5::3]
    pairs = zip(second_column, second_column[1:], strict=False)
    assert all(above.y0 >= below.y1 for above, below in pairs)


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"3 entries.*received \['one'\]"):
        poster.poster([["one"]], HEADINGS, [1, 1, 1], "t")


def test_a_text_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"one page; received [2-9]\.\d+ pages"):
        poster.poster([ROW] * 60, HEADINGS, [1, 1, 1], "t")
