"""The shape rules of a finished notebook, each a function that lists what breaks it.

`make notebooks` prints them after a build, tests/test_notebooks.py asserts them.
"""

import ast
import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from chapters import ATTACHMENT, describe, picture_kind, tags

LINES_A_CELL, COLUMNS = 30, 88
NOTEBOOK_KB, AUDIO_NOTEBOOK_KB, FIGURE_KB, OPENING_KB = 500, 1500, 60, 200


class Length(NamedTuple):
    """What a reader meets in a chapter: at most SESSION in 90 minutes."""

    cells: int
    lines_of_code: int  # without the blank ones
    words: int  # of text, without formulas and HTML
    names_of_ganutils: int


SESSION = Length(cells=60, lines_of_code=260, words=2600, names_of_ganutils=20)
FEWEST_CELLS = 25
# A path below one of the usual roots: it names the machine that built the notebook.
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/~-])/(?:home|root|tmp|usr|opt|var|work|mnt|srv|content|Users)/\S+"
    r"|\b[A-Z]:\\\w+"
)

FORMULA_OR_TAG = re.compile(r"<[^>]*>|\$[^$]*\$")
FIGURE_NAME = re.compile(r"<Figure size [^>]*>")
CAPTION = r"^\*\*Figure\.\*\*"
NO_PICTURE = "draw it last in its cell, with ganutils.plotting.new_figure"


def length(notebook: NotebookNode) -> Length:
    """Count what a reader of the chapter meets."""
    code = [cell.source for _, cell in _code(notebook) if "setup" not in tags(cell)]
    setup = [cell.source for _, cell in _code(notebook) if "setup" in tags(cell)]
    lines = [line for source in code + setup for line in source.splitlines()]
    text = [cell.source for cell in notebook.cells if _is_text(cell)]
    words = [word for t in text for word in FORMULA_OR_TAG.sub(" ", t).split()]
    nodes = [node for source in code for node in ast.walk(ast.parse(source))]
    modules = {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        and f"{node.module}.".startswith("ganutils.")
        for alias in node.names
    }
    used = {
        f"{node.value.id}.{node.attr}"
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id in modules
    }
    filled = sum(bool(line.strip()) for line in lines)
    return Length(len(notebook.cells), filled, len(words), len(used))


def session(notebook: NotebookNode, most: Length = SESSION) -> Iterator[str]:
    """A chapter is one session long, and not a fragment of one."""
    counted = length(notebook)
    if counted.cells < FEWEST_CELLS:
        yield f"{counted.cells} cells, expected {FEWEST_CELLS} to {most.cells}"
    for kind, count, limit in zip(Length._fields, counted, most, strict=True):
        if count > limit:
            yield f"{count} {kind.replace('_', ' ')}, expected at most {limit}"


def compared_cells(notebook: NotebookNode) -> Iterator[str]:
    """nbval compares the output of at least half of the code cells."""
    cells = [cell for _, cell in _code(notebook)]
    compared = sum("nbval-ignore-output" not in tags(cell) for cell in cells)
    if 2 * compared < len(cells):
        yield f"{compared} of {len(cells)} code cells compared, expected half or more"


def code_cells(notebook: NotebookNode) -> Iterator[str]:
    """A code cell is not empty, has at most 30 lines, each of at most 88 columns."""
    for where, cell in _code(notebook):
        lines = cell.source.splitlines()
        if not lines:
            yield f"{where} is empty"
        if len(lines) > LINES_A_CELL:
            yield f"{where} has {len(lines)} lines, expected at most {LINES_A_CELL}"
        wide = any(len(line) > COLUMNS for line in lines)
        if wide and "setup" not in tags(cell):  # an address is as long as it is
            yield f"{where} has lines of more than {COLUMNS} columns"


def imports(notebook: NotebookNode) -> Iterator[str]:
    """Import only in the cells tagged `setup` and `imports`."""
    for where, cell in _code(notebook):
        if tags(cell) & {"setup", "imports"}:  # the setup cell is not plain Python
            continue
        nodes = ast.walk(ast.parse(cell.source))
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes):
            yield f"{where} imports; move it to the cell tagged imports"


def execution_counts(notebook: NotebookNode) -> Iterator[str]:
    """Cells were executed once, in order: counts 1 … n."""
    counts = [cell.execution_count for _, cell in _code(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts {counts}, expected 1 … {len(counts)}; rebuild it"


def quiet(notebook: NotebookNode) -> Iterator[str]:
    """No cell raises or writes to stderr: a reader would take it for a fault."""
    for where, output in _outputs(notebook):
        if output.output_type == "error":
            yield f"{where} raised {output.ename}: {output.evalue}"
        if output.output_type == "stream" and output.name == "stderr":
            yield f"{where} writes to stderr: {output.text.strip()[:300]!r}"


def absolute_paths(notebook: NotebookNode) -> Iterator[str]:
    """Neither a source nor an output names a path of the machine that built it."""
    texts = [(f"{where} (source)", cell.source) for where, cell in _cells(notebook)]
    texts += [(f"{w} (output)", t) for w, o in _outputs(notebook) for t in _texts(o)]
    for where, text in texts:
        if found := ABSOLUTE_PATH.search(text):
            yield f"{where} holds the absolute path {found[0]!r}"


def alternative_text(notebook: NotebookNode) -> Iterator[str]:
    """Every image has a description for readers who do not see it."""
    for where, cell in _cells(notebook):
        if _is_text(cell) and re.search(r"!\[\s*\]\(", cell.source):
            yield f"{where} has an image without alternative text"
    for where, output in _outputs(notebook):
        for kind in _images(output):
            if not output.metadata.get(kind, {}).get("alt"):
                yield (
                    f"{where} draws a figure without description; begin a paragraph of "
                    "the markdown cell below or above it with **Figure.**"
                )


def opening(notebook: NotebookNode) -> Iterator[str]:
    """A picture that a text cell names as attached is there, of its kind, ≤ 200 kB."""
    for where, cell in _cells(notebook):
        named = set(ATTACHMENT.findall(cell.source)) if _is_text(cell) else set()
        attached = cell.get("attachments", {})
        if named != set(attached):
            yield (
                f"{where} names the pictures {sorted(named)} and holds "
                f"{sorted(attached)}; let the cell tagged opening show one, rebuild"
            )
        for name, kinds in attached.items():
            for kind, picture in kinds.items():
                size = len(base64.b64decode(picture)) / 1024
                if size > OPENING_KB:
                    yield f"{where}: {name} has {size:.0f} kB, expected ≤ {OPENING_KB}"
                if kind != picture_kind(picture) or kind[6:] != name.split(".")[-1]:
                    yield f"{where} calls {name} what is {picture_kind(picture)}"


def figures_shown(notebook: NotebookNode) -> Iterator[str]:
    """What a cell draws is a picture in the file, not the figure's name in words.

    A **Figure.** paragraph promises a picture in the cell above or below it.
    """
    for where, output in _outputs(notebook):
        named = FIGURE_NAME.search(output.get("data", {}).get("text/plain", ""))
        if named and not _images(output):
            yield f"{where} shows {named[0]} instead of a picture; {NO_PICTURE}"
    cells = notebook.cells
    drawn = [any(map(_images, cell.get("outputs", []))) for cell in cells]
    for i, (where, cell) in enumerate(_cells(notebook)):
        if _is_text(cell) and re.search(CAPTION, cell.source, re.M):
            if not any(drawn[max(i - 1, 0) : i + 2]):
                yield f"{where} describes a figure beside no picture; {NO_PICTURE}"


def figure_sizes(notebook: NotebookNode) -> Iterator[str]:
    """A still figure takes at most 60 kB."""
    for where, output in _outputs(notebook):
        picture = base64.b64decode(output.get("data", {}).get("image/png", ""))
        size = len(picture) / 1024
        if size > FIGURE_KB and not picture.startswith(b"GIF8"):
            yield f"{where} draws a figure of {size:.0f} kB, expected ≤ {FIGURE_KB}"


def metadata(notebook: NotebookNode) -> Iterator[str]:
    """No timings, widget states or other traces of one run."""
    if extra := set(notebook.metadata) - {"kernelspec", "language_info"}:
        yield f"notebook metadata {sorted(extra)}, expected none; rebuild it"
    for where, cell in _cells(notebook):
        if extra := set(cell.metadata) - {"tags"}:
            yield f"{where} has metadata {sorted(extra)}, expected tags only; rebuild"


EVERY_NOTEBOOK = (
    code_cells,
    imports,
    execution_counts,
    quiet,
    absolute_paths,
    alternative_text,
    figures_shown,
    figure_sizes,
    opening,
    metadata,
)


def file_size(path: Path) -> Iterator[str]:
    """A notebook takes at most 500 kB, 1.5 MB where it holds sound."""
    limit = AUDIO_NOTEBOOK_KB if "audio" in path.name else NOTEBOOK_KB
    if (size := path.stat().st_size / 1024) > limit:
        yield f"{size:.0f} kB, expected at most {limit}"


def problems(path: Path) -> list[str]:
    """Return every broken rule of a notebook file as one readable line."""
    notebook = nbformat.read(path, as_version=4)
    found = [line for rule in EVERY_NOTEBOOK for line in rule(notebook)]
    if path.parent.name != "solutions":
        found += session(notebook)
        found += compared_cells(notebook)
    return [f"{path.name}: {line}" for line in (*found, *file_size(path))]


def _is_text(cell):
    return cell.cell_type == "markdown"


def _cells(notebook):
    for i, cell in enumerate(notebook.cells):
        yield f"cell {i} {describe(cell)}", cell


def _code(notebook):
    return ((w, cell) for w, cell in _cells(notebook) if cell.cell_type == "code")


def _outputs(notebook):
    return ((w, output) for w, cell in _code(notebook) for output in cell.outputs)


def _texts(output):
    yield output.get("text", "")
    for kind, text in output.get("data", {}).items():
        if kind.startswith("text/") or kind == "application/json":
            yield str(text)


def _images(output):
    return [kind for kind in output.get("data", {}) if kind.startswith("image/")]
