"""Run the course: execute every chapter, keep it and an HTML page, print a table.

    python tools/run_course.py                 every chapter
    python tools/run_course.py 02_mlp_gan      one chapter

The scale is GANUTILS_SCALE, else what the machine offers (`gpu` or `cpu`). Results go
to GANUTILS_RUNS_DIR, else to runs/. A chapter that fails does not stop the others; the
exit code is 1 where one failed.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter

import chapters
import execute
from progress import Progress, clock_text

# nbconvert's page, which leaves the figures' alternative text in the notebook.
PAGE = """{% extends "index.html.j2" %}{% block data_png scoped %}
{%- set alt = output | get_metadata("alt", "image/png") -%}
{{ super() | replace("<img ", '<img alt="' ~ (alt or "") | escape ~ '" ') }}
{%- endblock data_png %}"""


@dataclass(frozen=True)
class Result:
    """What became of one chapter: a row of the table."""

    chapter: str
    seconds: float
    failure: str = ""
    headline: str = "–"
    floor: str = "–"
    checks: str = "–"


def read_summary(path: Path) -> dict:
    """Return the fields of a `Result` that a chapter's summary.json states.

    Args:
        path: {"measure": str, "value": number, "floor": number or null, "scale": str,
            "checks": {what must hold: true or false}}. At the `smoke` scale nothing is
            learned, so a check that does not hold there is no failure.

    Raises:
        OSError: the chapter wrote none.
        ValueError, KeyError, TypeError: it holds something else.
    """
    summary = json.loads(path.read_text("utf8"))
    broken = [name for name, holds in summary["checks"].items() if not holds]
    count = len(summary["checks"])
    floor = summary["floor"]
    judged = summary["scale"] != "smoke"
    return {
        "headline": f"{summary['measure']} {summary['value']:.4g}",
        "floor": "–" if floor is None else f"{floor:.4g}",
        "checks": f"{count - len(broken)}/{count}" if judged else "not judged",
        "failure": f"does not hold: {'; '.join(broken)}" if broken and judged else "",
    }


def runs_place(folder: Path) -> Path:
    """Return, and make, the folder that the chapters of `folder` write results to.

    A chapter makes do with a temporary folder (`kit.runtime.runs_folder`); a course of
    half an hour is not begun for one. To ask ganutils would load TensorFlow here, too.

    Raises:
        SystemExit: it cannot be made or written; names it and the cure.
    """
    chosen = os.environ.get("GANUTILS_RUNS_DIR", "").strip()
    runs = Path(chosen or folder.parent / "runs").expanduser().resolve()
    try:
        runs.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=runs).close()
    except OSError as error:
        raise SystemExit(
            f"Expected a folder for results that can be written; received {runs} "
            f"({error.strerror}). Set GANUTILS_RUNS_DIR to one."
        ) from None
    return runs


def run_chapter(name: str, folder: Path, runs: Path, progress: Progress) -> Result:
    """Execute one chapter and write what came of it, also where it failed."""
    notebook = nbformat.read(chapters.chapter_path(name, folder), as_version=4)
    summary = runs / name / "summary.json"
    place = {"GANUTILS_RUNS_DIR": str(runs)}
    summary.unlink(missing_ok=True)
    start, failure, fields = progress.clock(), "", {}
    try:
        execute.execute(
            notebook, name, folder=folder, progress=progress, environment=place
        )
    except (CellExecutionError, DeadKernelError) as error:
        failure = what_failed(notebook, error)
    seconds = progress.clock() - start
    chapters.describe_figures(notebook)
    chapters.attach_opening(notebook)
    write(notebook, runs / "course" / f"{name}.ipynb")
    try:
        fields = read_summary(summary)
    except (OSError, ValueError, KeyError, TypeError) as error:
        failure = failure or f"no usable runs/{name}/summary.json ({error!r})"
    return Result(
        name, seconds, **{**fields, **({"failure": failure} if failure else {})}
    )


def what_failed(notebook: nbformat.NotebookNode, error: Exception) -> str:
    """Return one line: the cell that raised, and what."""
    for i, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                where = f"cell {i} {chapters.describe(cell)}"
                return f"{where}: {output.ename}: {output.evalue}".splitlines()[0]
    return f"{type(error).__name__}: {error}".splitlines()[0]


def write(notebook: nbformat.NotebookNode, path: Path):
    """Write an executed notebook and its HTML page beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    path.with_suffix(".html").write_text(page(notebook), "utf8")


def page(notebook: nbformat.NotebookNode) -> str:
    """Return the HTML page of a notebook, each figure with its alternative text."""
    return HTMLExporter(raw_template=PAGE).from_notebook_node(notebook)[0]


def table(results: list[Result]) -> str:
    """Return the closing table, and under it what failed."""
    rows = [("chapter", "minutes", "headline", "real-data floor", "checks", "result")]
    for r in results:
        verdict = "FAILED" if r.failure else "passed"
        minutes = f"{r.seconds / 60:.1f}"
        rows.append((r.chapter, minutes, r.headline, r.floor, r.checks, verdict))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines += [f"{r.chapter} FAILED: {r.failure}" for r in results if r.failure]
    return "\n".join(lines)


def main(arguments: "list[str] | None" = None) -> int:
    """Run the chapters; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="*", help="e.g. 02_mlp_gan; default: all")
    parser.add_argument(
        "--folder", type=Path, default=chapters.NOTEBOOKS, help="holds the notebooks"
    )
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    runs_folder = runs_place(folder)
    wanted = chapters.choose(options.chapter, folder)
    runs = {n: nbformat.read(chapters.chapter_path(n, folder), 4) for n in wanted}
    seconds = execute.load_seconds(folder / execute.SECONDS.name)
    progress = Progress(execute.plan(runs, seconds))
    results = []
    try:
        for name in wanted:
            results.append(run_chapter(name, folder, runs_folder, progress))
            verdict = "FAILED" if results[-1].failure else "passed"
            print(f"{name} {verdict} after {clock_text(results[-1].seconds)}")
    except KeyboardInterrupt:
        print("interrupted; the table holds what was finished")
    print(f"\n{table(results)}\n\nNotebooks and HTML pages: {runs_folder / 'course'}")
    finished = len(results) == len(wanted)
    return 0 if finished and not any(result.failure for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
