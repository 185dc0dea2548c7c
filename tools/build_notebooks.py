"""Build the notebooks: notebooks/src/NN_name.py → chapter and solutions, executed.

    python tools/build_notebooks.py                    every chapter
    python tools/build_notebooks.py 02_mlp_gan         one chapter
    python tools/build_notebooks.py --check            compare only, execute nothing
    python tools/build_notebooks.py --keep-outputs     execute nothing: new text, setup,
                                                       imports, summary; old outputs

One-way: a notebook is never edited, its source is. What changes from run to run for no
reason (cell ids, timings, versions, memory addresses) does not reach the files.
"""

import argparse
import re
import sys
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, DeadKernelError

import chapters
import execute
import notebook_rules
from progress import Progress, clock_text

MEMORY_ADDRESS = re.compile(r"\b0x[0-9a-f]{8,}")
FAILED = chapters.ROOT / "runs" / "failed"


def differences(source: Path, address: "str | None" = None) -> list[str]:
    """Return where a source and its notebooks disagree in cells, outputs aside."""
    found = []
    for path, expected in chapters.notebooks(source, address).items():
        if not path.is_file():
            found.append(f"{path.name} is missing; run make notebooks")
            continue
        received = nbformat.read(path, as_version=4)
        mine, theirs = (_shape(notebook) for notebook in (expected, received))
        for i in range(max(len(mine), len(theirs))):
            if mine[i : i + 1] != theirs[i : i + 1]:
                cell = (expected.cells + received.cells[len(mine) :])[i]
                found.append(
                    f"{path.name}: cell {i} differs from {source.name}, at "
                    f"{chapters.describe(cell)}; run make notebooks "
                    f"CHAPTER={source.stem}"
                )
                break
    return found


def build(source: Path, address: "str | None", scale: str) -> list[str]:
    """Execute both notebooks of a source and write them; return the broken rules.

    Args:
        source: path of `…/src/NN_name.py`.
        address: git address for the setup cell, None for the project's own.
        scale: `smoke`, `cpu` or `gpu`.

    Raises:
        CellExecutionError, DeadKernelError: a cell failed. The notebook with its
            outputs until then stands in runs/failed/, the old one is untouched.
    """
    built = chapters.notebooks(source, address)
    runs = {path.stem: notebook for path, notebook in built.items()}
    progress = Progress(execute.plan(runs, execute.load_seconds()))
    for path, notebook in built.items():
        _execute_for(path, notebook, progress, scale)
        tidy(notebook)
    for path, notebook in built.items():
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        seconds = progress.seconds[path.stem]
        if scale == "cpu":
            execute.save_seconds(path.stem, seconds, source.parents[1] / "seconds.json")
        print(f"wrote {path.name} after {clock_text(sum(seconds.values()))}")
    return [line for path in built for line in notebook_rules.problems(path)]


def keep_outputs(source: Path, address: "str | None" = None) -> list[str]:
    """Write both notebooks of a source anew with the outputs that they have.

    So a change of text, of what the `setup` and `imports` cells say, or of the summary
    in the last cell costs no hour of training.

    Args:
        source: path of `…/src/NN_name.py`.
        address: as in `build`.

    Returns:
        The broken rules.

    Raises:
        ValueError: another code cell is new or changed, or a notebook is missing.
            Nothing is written then.
    """
    built = chapters.notebooks(source, address)
    for path, notebook in built.items():
        _take_outputs(path, notebook, source.stem)
        tidy(notebook)
    for path, notebook in built.items():
        nbformat.write(notebook, path)
    return [line for path in built for line in notebook_rules.problems(path)]


def tidy(notebook: nbformat.NotebookNode):
    """Remove what differs from run to run; describe the figures, attach the opening."""
    notebook.metadata = nbformat.from_dict(chapters.METADATA)
    chapters.describe_figures(notebook)
    chapters.attach_opening(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for holder in (output, output.get("data", {})):
                for kind in ("text", "text/plain", "text/html"):
                    if kind in holder:
                        holder[kind] = MEMORY_ADDRESS.sub("0x…", holder[kind])


def _execute_for(path, notebook, progress, scale):
    folder = path.parent
    folder.mkdir(exist_ok=True)
    variables = {"GANUTILS_SCALE": scale}
    if folder.name == "solutions":
        variables["GANUTILS_EXERCISES"] = "strict"
    try:
        execute.execute(
            notebook, path.stem, folder=folder, progress=progress, environment=variables
        )
    except (CellExecutionError, DeadKernelError):
        FAILED.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, FAILED / path.name)
        print(f"{path.name} failed; its outputs stand in runs/failed/{path.name}")
        raise


def _take_outputs(path, notebook, name):
    before = nbformat.read(path, as_version=4).cells if path.is_file() else []
    before = [cell for cell in before if cell.cell_type == "code"]
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for old, new in zip_longest(before, cells):
        is_summary = new and old and "save_summary(" in new.source and not old.outputs
        may_differ = new and old and chapters.tags(new) & {"setup", "imports"}
        may_differ = may_differ or (is_summary and new is cells[-1])
        if not may_differ and (not old or not new or old.source != new.source):
            raise ValueError(
                f"Expected the code of {path.name} as it was executed; received "
                f"another cell {chapters.describe(new or old)}. Execute it: "
                f"make notebooks CHAPTER={name}"
            )
        new.outputs, new.execution_count = old.outputs, old.execution_count


def _shape(notebook):
    return [(c.cell_type, c.source, c.id, c.metadata) for c in notebook.cells]


def main(arguments: "list[str] | None" = None) -> int:
    """Build or check; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="*", help="e.g. 02_mlp_gan; default: all")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="compare, execute nothing")
    how.add_argument("--keep-outputs", action="store_true", help="execute nothing")
    parser.add_argument(
        "--repository", metavar="ADDRESS", help="git address to install"
    )
    parser.add_argument("--scale", default="cpu", choices=("smoke", "cpu", "gpu"))
    parser.add_argument(
        "--folder", type=Path, default=chapters.NOTEBOOKS, help="holds src/"
    )
    options = parser.parse_args(arguments)
    problems = []
    try:
        for name in chapters.choose(options.chapter, options.folder):
            source = options.folder.resolve() / "src" / f"{name}.py"
            if options.check:
                problems += differences(source, options.repository)
            elif options.keep_outputs:
                problems += keep_outputs(source, options.repository)
            else:
                problems += build(source, options.repository, options.scale)
    except (ValueError, CellExecutionError, DeadKernelError) as error:
        problems.append(str(error))
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
