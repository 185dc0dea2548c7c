"""Figures show as pictures in a notebook, whatever backend pyplot has."""

from types import SimpleNamespace

import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure

import execute
from ganutils.plotting import style
from progress import Progress

DRAW = "from ganutils.plotting import style\nstyle.new_figure(2, 1)[0]"


@pytest.mark.parametrize("backend", ["agg", "TkAgg", ""])
def test_a_cell_shows_a_picture_under_every_backend(tmp_path, backend):
    cells = [nbformat.v4.new_code_cell(DRAW)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    variables = {"MPLBACKEND": backend, "PYTHONPATH": str(execute.NOTEBOOKS.parent)}
    options = {"folder": tmp_path, "environment": variables}
    progress = Progress(execute.plan({"a": notebook}, {}))
    execute.execute(notebook, "a", progress=progress, **options)
    (output,) = notebook.cells[0].outputs
    assert sorted(output.data) == ["image/png", "text/plain"]


def test_a_figure_needs_no_backend():
    figure, axes = style.new_figure(3, 2, columns=3, rows=2)
    assert len(axes) == 6 and figure.canvas.manager is None
    figure.canvas.draw()
    assert figure.canvas.buffer_rgba().shape == (160, 240, 4)


def test_chosen_formats_stay():
    shell = SimpleNamespace(display_formatter=DisplayFormatter())
    formatters = shell.display_formatter.formatters
    formatters["image/svg+xml"].for_type(Figure, lambda figure: "<svg/>")
    style.show_as_pictures(shell)
    assert Figure not in formatters["image/png"].type_printers
    del formatters["image/svg+xml"].type_printers[Figure]
    style.show_as_pictures(shell)
    assert Figure in formatters["image/png"].type_printers


def test_outside_a_notebook_nothing_is_asked():
    assert style.show_as_pictures(None) is None
