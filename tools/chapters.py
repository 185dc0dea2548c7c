"""Chapter sources, and the two notebooks that each becomes. Nothing is executed here.

A source is a jupytext percent script `notebooks/src/NN_name.py`; CONTRIBUTING.md states
its conventions. It becomes a chapter (every cell but the solutions) and a notebook of
solutions (setup, imports, `shared` cells, and the exercises with their stubs replaced).
"""

import base64
import hashlib
import re
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SETUP_CELL = """\
try:
    import ganutils
except ImportError:
    %pip install -q "ganutils @ git+{address}\""""
ATTACHMENT = re.compile(r"\]\(attachment:([\w.-]+)\)")
EXERCISE_TAGS = ("stub", "check", "hint", "solution")
TAGS = {"setup", "imports", "shared", "opening", "nbval-ignore-output", *EXERCISE_TAGS}
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def names(folder: Path = NOTEBOOKS) -> list[str]:
    """Return the chapters that have a source, in order: ["01_theory", …]."""
    return sorted(path.stem for path in folder.glob("src/[0-9][0-9]_*.py"))


def choose(wanted: list[str], folder: Path = NOTEBOOKS) -> list[str]:
    """Return the wanted chapters in order, every chapter where none is named.

    Raises:
        ValueError: a wanted chapter has no source, or there is no chapter at all.
    """
    known = names(folder)
    unknown = sorted(set(wanted) - set(known))
    if unknown or not known:
        raise ValueError(
            f"Expected chapters among {known} (sources in {folder.name}/src/); "
            f"received {unknown or wanted}."
        )
    return [name for name in known if not wanted or name in wanted]


def chapter_path(name: str, folder: Path = NOTEBOOKS) -> Path:
    """Return where the chapter's notebook stands."""
    return folder / f"{name}.ipynb"


def solutions_path(name: str, folder: Path = NOTEBOOKS) -> Path:
    """Return where the notebook of the chapter's solutions stands."""
    return folder / "solutions" / f"{name}_solutions.ipynb"


def repository(pyproject: Path = ROOT / "pyproject.toml") -> str:
    """Return the project's address, whose only home is pyproject.toml."""
    return re.search(r'^Repository = "(.+)"$', pyproject.read_text("utf8"), re.M)[1]


def tagged_address() -> str:
    """Return the address with the tag of this very version: `https://…@v0.1.0`.

    A notebook installs the helpers that it was written with, whatever the branch's
    head holds by then.
    """
    text = (ROOT / "ganutils" / "__init__.py").read_text("utf8")
    version = re.search(r'^__version__ = "(.+)"$', text, re.M)[1]
    return f"{repository()}@v{version}"


def setup_source(address: "str | None" = None) -> str:
    """Return the code of every notebook's setup cell.

    Args:
        address: git address from which a notebook that stands alone installs
            ganutils, `@` and a tag or branch included; `tagged_address()` by default.
    """
    return SETUP_CELL.format(address=address or tagged_address())


def notebooks(source: Path, address: "str | None" = None) -> dict[Path, NotebookNode]:
    """Return both notebooks of a source, without outputs, by where they stand.

    Args:
        source: path of a percent script, `…/src/NN_name.py`.
        address: as in `setup_source`.

    Raises:
        ValueError: the source breaks a convention; names the file and the cell.
    """
    name, folder = source.stem, source.parents[1]
    text = source.read_text("utf8")
    cells = jupytext.reads(text, fmt="py:percent").cells
    _check_tags(source.name, cells)
    setup = next(cell for cell in cells if "setup" in tags(cell))
    setup.source = setup_source(address)
    start, end = exercise_section(cells)
    if lost := [c for c in cells[:start] + cells[end:] if tags(c) & {*EXERCISE_TAGS}]:
        raise ValueError(
            f"{source.name}: expected the parts of an exercise between `## Exercises` "
            f"and the next `## `; received {describe(lost[0])} outside."
        )
    exercises = split_exercises(source.name, cells[start:end])
    chapter = [cell for cell in cells if "solution" not in tags(cell)]
    solutions = [_solutions_title(name, cells[0])]
    solutions += [c for c in cells[1:start] if tags(c) & {"setup", "imports", "shared"}]
    solutions += [cell for exercise in exercises for cell in _solved(exercise)]
    return {
        chapter_path(name, folder): _notebook(chapter),
        solutions_path(name, folder): _notebook(solutions),
    }


def shared_code(name: str, folder: Path = NOTEBOOKS) -> dict:
    """Run a chapter's imports and `shared` cells; return the names that they define.

    So benchmarks and tools train the very networks that the chapter shows.

    Example:
        >>> shared_code("03_dcgan")["make_generator"](size=32, channels=3)
    """
    notebook = jupytext.read(folder / "src" / f"{name}.py")
    namespace = {"__name__": name}
    for cell in notebook.cells:
        if cell.cell_type == "code" and tags(cell) & {"imports", "shared"}:
            exec(compile(cell.source, f"{name}.py", "exec"), namespace)
    return namespace


def tags(cell: NotebookNode) -> set[str]:
    """Return the cell's tags."""
    return set(cell.metadata.get("tags", []))


def ids(cells: list[NotebookNode]) -> list[str]:
    """Return the cells' ids, which derive from their text: a rebuild keeps them."""
    keys = [f"{cell.cell_type}:{cell.source}" for cell in cells]
    counted = [f"{key}:{keys[: i + 1].count(key)}" for i, key in enumerate(keys)]
    return [hashlib.sha256(key.encode()).hexdigest()[:12] for key in counted]


def describe(cell: NotebookNode) -> str:
    """Return a cell's first line, by which an author finds it in the source."""
    return (
        f"`{cell.source.strip().splitlines()[0][:60] if cell.source.strip() else ''}`"
    )


def describe_figures(notebook: NotebookNode):
    """Give every figure its **Figure.** paragraph as alternative text."""
    for i, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            for kind in output.get("data", {}):
                if kind.startswith("image/") and (text := caption(notebook.cells, i)):
                    output.metadata.setdefault(kind, {})["alt"] = text


def caption(cells: list[NotebookNode], index: int) -> "str | None":
    """Return the **Figure.** paragraph of the markdown cell below or above a cell."""
    for neighbour in (index + 1, index - 1):
        if 0 <= neighbour < len(cells) and cells[neighbour].cell_type == "markdown":
            for paragraph in cells[neighbour].source.split("\n\n"):
                if paragraph.startswith("**Figure.**"):
                    words = paragraph.removeprefix("**Figure.**").split()
                    return re.sub(r"[*`$]", "", " ".join(words))
    return None


def attach_opening(notebook: NotebookNode):
    """Put the picture of the cell tagged `opening` into the first cell, as it names it.

    A viewer goes by the kind under which a picture is attached, so a GIF, which the
    outputs call a PNG, is attached as a GIF. Without a picture nothing changes.
    """
    named = ATTACHMENT.search(notebook.cells[0].source) if notebook.cells else None
    drawn = [cell for cell in notebook.cells if "opening" in tags(cell)]
    pictures = [
        "".join(output.data[kind].split())
        for cell in drawn
        for output in cell.get("outputs", [])
        for kind in ("image/gif", "image/png")
        if kind in output.get("data", {})
    ]
    if named and pictures:
        kind = picture_kind(pictures[-1])
        notebook.cells[0]["attachments"] = {named[1]: {kind: pictures[-1]}}


def picture_kind(picture: str) -> str:
    """Return the MIME type of a picture in base64, from its first bytes."""
    is_gif = base64.b64decode(picture[:8]).startswith(b"GIF8")
    return "image/gif" if is_gif else "image/png"


def exercise_section(cells: list[NotebookNode]) -> tuple[int, int]:
    """Return where the exercises begin ("## Exercises") and end (the next "## ")."""
    titles = [
        (i, cell.source)
        for i, cell in enumerate(cells)
        if cell.cell_type == "markdown" and cell.source.startswith("## ")
    ]
    start = next((i for i, s in titles if s.startswith("## Exercises")), len(cells))
    end = next((i for i, _ in titles if i > start), len(cells))
    return start, end


def split_exercises(name: str, section: list[NotebookNode]) -> list[list[NotebookNode]]:
    """Return the section's cells: its introduction, then one list an exercise.

    Raises:
        ValueError: an exercise has not one stub, or lacks a check, hint or solution.
    """
    groups = [[]]
    for cell in section:
        if cell.cell_type == "markdown" and cell.source.startswith("### "):
            groups.append([])
        groups[-1].append(cell)
    for group in groups[1:]:
        counts = {tag: sum(tag in tags(c) for c in group) for tag in EXERCISE_TAGS}
        if counts["stub"] != 1 or not all(counts.values()):
            raise ValueError(
                f"{name}: expected one cell tagged stub and at least one tagged check, "
                f"hint and solution in {describe(group[0])}; received {counts}."
            )
    return groups


def _solved(exercise):
    """Put the solution where the stub stands; leave out the hint."""
    for cell in exercise:
        if "stub" in tags(cell):
            yield from (c for c in exercise if "solution" in tags(c))
        elif not tags(cell) & {"hint", "solution"}:
            yield cell


def _solutions_title(name, title_cell):
    title = title_cell.source.splitlines()[0].lstrip("# ")
    return nbformat.v4.new_markdown_cell(
        f"# Solutions: {title}\n\nOne worked solution of every exercise of "
        f"[the chapter](../{name}.ipynb), and the cells they need. Try each yourself "
        "first: the check under it tells you how far you are."
    )


def _notebook(cells):
    fresh = []
    for cell, name in zip(cells, ids(cells), strict=True):
        new = nbformat.v4.new_code_cell if cell.cell_type == "code" else None
        new = new or nbformat.v4.new_markdown_cell
        metadata = {"tags": sorted(tags(cell))} if tags(cell) else {}
        fresh.append(new(cell.source, id=name, metadata=metadata))
    return nbformat.v4.new_notebook(cells=fresh, metadata=METADATA)


def _check_tags(name, cells):
    if not cells or not cells[0].source.startswith("# "):
        raise ValueError(f"{name}: expected a first markdown cell with a `# ` title.")
    for cell in cells:
        if unknown := tags(cell) - TAGS:
            raise ValueError(
                f"{name}: expected tags among {sorted(TAGS)} in {describe(cell)}; "
                f"received {sorted(unknown)}."
            )
    named = ATTACHMENT.findall(cells[0].source)
    drawn = [c for c in cells if c.cell_type == "code" and "opening" in tags(c)]
    if len(named) != len(drawn) or len(named) > 1:
        raise ValueError(
            f"{name}: expected one picture `attachment:…` in the first cell and one "
            "code cell tagged opening that draws it, or neither; received "
            f"{len(named)} and {len(drawn)}."
        )
    setups = [cell for cell in cells if "setup" in tags(cell)]
    first_code = next((cell for cell in cells if cell.cell_type == "code"), None)
    if len(setups) != 1 or setups[0] is not first_code or setups[0].source.strip():
        raise ValueError(
            f"{name}: expected one empty cell tagged setup before all other code (the "
            f"build fills it from chapters.SETUP_CELL); received {len(setups)}, "
            f"first code cell {describe(first_code or cells[0])}."
        )
