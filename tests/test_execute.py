"""Execution from a clean kernel: outputs, variables, Ctrl-C, remembered seconds."""

import os
import signal
import subprocess
import sys

import nbformat
import pytest
from nbclient.exceptions import DeadKernelError

import chapters
import execute
from progress import Progress

SLEEPER = """
import sys; sys.path.insert(0, {tools!r})
import nbformat, execute
from progress import Progress
cell = nbformat.v4.new_code_cell("import time; time.sleep(60)")
notebook = nbformat.v4.new_notebook(cells=[cell])
progress = Progress(execute.plan({{"a": notebook}}, {{}}))
execute.execute(notebook, "a", folder=".", progress=progress)
"""


def run(folder, *sources, **variables):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    progress = Progress(execute.plan({"a": notebook}, {}))
    execute.execute(
        notebook, "a", folder=folder, progress=progress, environment=variables
    )
    return notebook, progress


def test_kernel_is_this_python_in_the_given_folder(tmp_path):
    code = "import os, sys\nprint(sys.prefix, os.getcwd(), os.environ['X'], sep='|')"
    notebook, progress = run(tmp_path, code, X="y")
    assert notebook.cells[0].outputs[0].text == f"{sys.prefix}|{tmp_path}|y\n"
    assert list(progress.seconds["a"]) == [notebook.cells[0].id]


def test_another_python_can_run_the_kernel(tmp_path):
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nOTHER=yes exec {sys.executable} "$@"\n', "utf8")
    other.chmod(0o755)
    cells = [nbformat.v4.new_code_cell("import os; print(os.environ['OTHER'])")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    progress = Progress(execute.plan({"a": notebook}, {}))
    execute.execute(notebook, "a", folder=tmp_path, progress=progress, python=other)
    assert notebook.cells[0].outputs[0].text == "yes\n"


def test_dead_kernel_is_an_error(tmp_path):
    with pytest.raises(DeadKernelError):
        run(tmp_path, "import os; os._exit(1)")


def test_interrupt_ends_the_run_and_the_kernel(tmp_path):
    code = SLEEPER.format(tools=str(chapters.ROOT / "tools"))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, **pipes)
    assert "cell 1/1" in process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode != 0


def test_seconds_are_kept_until_they_are_off_by_half(tmp_path):
    path = tmp_path / "seconds.json"
    execute.save_seconds("a", {"x": 10.2, "y": 4.0, "z": 1.9}, path)
    assert execute.load_seconds(path) == {"x": 10, "y": 4}
    execute.save_seconds("a", {"x": 14.9, "y": 6.1, "z": 2.0}, path)
    assert execute.load_seconds(path) == {"x": 10, "y": 6, "z": 2}


def test_plan_expects_a_moment_of_an_unknown_cell():
    cells = [nbformat.v4.new_code_cell("1", id=name) for name in ("x", "new")]
    cells.append(nbformat.v4.new_markdown_cell("text"))
    notebook = nbformat.v4.new_notebook(cells=cells)
    planned = execute.plan({"a": notebook}, {"x": 10})
    assert planned == {"a": [("x", 10), ("new", 0.2)]}


def test_no_seconds_before_the_first_build(tmp_path):
    assert execute.load_seconds(tmp_path / "seconds.json") == {}
