"""The builder, on the placeholder chapter of tests/fixtures."""

import base64
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

import build_notebooks
import chapters
import run_course

PLACEHOLDER = Path(__file__).parent / "fixtures" / "src" / "00_placeholder.py"


def course(root):
    """A clone with the placeholder as its only chapter."""
    shutil.copytree(PLACEHOLDER.parents[1], root / "notebooks")
    (root / "notebooks" / "solutions").mkdir()
    for folder in ("notebooks", "notebooks/solutions"):  # found before the real one
        (root / folder / "ganutils.py").touch()
    return root / "notebooks" / "src" / "00_placeholder.py"


def changed(source, old, new):
    text = source.read_text("utf8")
    assert old in text
    source.write_text(text.replace(old, new), "utf8")
    return source


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    source = course(tmp_path_factory.mktemp("course"))
    problems = build_notebooks.build(source, None, "cpu")
    notebooks = [nbformat.read(path, 4) for path in chapters.notebooks(source)]
    return source, problems, *notebooks


def sources(notebook, tag):
    return [cell.source for cell in notebook.cells if tag in chapters.tags(cell)]


def outputs(notebook):
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def printed(notebook, tag):
    cells = [cell for cell in notebook.cells if tag in chapters.tags(cell)]
    return [output.text for cell in cells for output in cell.outputs]


def test_chapter_leaves_the_solution_out(built):
    _, _, chapter, _ = built
    assert sources(chapter, "solution") == []
    assert sources(chapter, "stub") == ["answer = ..."]
    assert printed(chapter, "check") == ["not attempted yet \n"]


def test_solutions_replace_the_stub_and_hold_what_it_needs(built):
    _, _, _, solutions = built
    kinds = [sorted(chapters.tags(cell)) for cell in solutions.cells]
    expected = [[], ["setup"], ["imports"], ["shared"], [], []]
    assert kinds == expected + [["solution"], ["solution"], ["check"]]
    assert printed(solutions, "check") == ["True strict\n"]


def test_only_broken_rule_is_the_placeholders_shortness(built):
    _, problems, _, _ = built
    assert len(problems) == 1 and "cells, expected 25 to 60" in problems[0]


def test_nothing_of_one_run_stays(built):
    source, _, chapter, _ = built
    text = chapters.chapter_path(source.stem, source.parents[1]).read_text("utf8")
    assert "<object object at 0x…>" in text
    assert "iopub" not in text and str(source.parents[2]) not in text
    assert chapter.metadata == chapters.METADATA


def test_figure_gets_its_paragraph_as_alternative_text(built):
    _, _, chapter, _ = built
    outputs = [o for cell in chapter.cells for o in cell.get("outputs", [])]
    described = [o.metadata for o in outputs if "image/png" in o.get("data", {})]
    assert described == [
        {"image/png": {"alt": "A straight line from (0, 0) to (3, 3)."}}
    ]


def opening(notebook):
    cell = next(c for c in notebook.cells if "opening" in chapters.tags(c))
    return "".join(cell.outputs[-1].data["image/png"].split())


def test_first_cell_of_the_chapter_alone_holds_the_opening_picture(built):
    _, _, chapter, solutions = built
    nbformat.validate(chapter)
    first = chapter.cells[0]
    assert first.attachments == {"opening.png": {"image/png": opening(chapter)}}
    others = [*chapter.cells[1:], *solutions.cells]
    assert not any("attachments" in cell for cell in others)


def test_page_shows_and_describes_the_opening_picture_and_the_figure(built):
    page = run_course.page(built[2])
    data = f"data:image/png;base64,{opening(built[2])}"
    assert f'<img alt="A rising line." src="{data}"/>' in page
    assert page.count('<img alt="A straight line from (0, 0) to (3, 3)."') == 1
    assert page.count("<img ") == 2


def test_kept_outputs_keep_the_opening_picture(built, executed):
    changed(executed, "# ![A rising line.]", "# ![A line that rises.]")
    build_notebooks.keep_outputs(executed)
    path = chapters.chapter_path(executed.stem, executed.parents[1])
    kept = nbformat.read(path, 4).cells[0]
    assert (
        "that rises" in kept.source
        and kept.attachments == built[2].cells[0].attachments
    )


def test_gif_that_an_output_calls_a_png_is_attached_as_a_gif():
    gif = base64.b64encode(b"GIF89a and more").decode()
    shown = nbformat.v4.new_output("display_data", data={"image/png": gif + "\n"})
    cells = [
        nbformat.v4.new_markdown_cell("![It moves.](attachment:opening.gif)"),
        nbformat.v4.new_code_cell(outputs=[shown], metadata={"tags": ["opening"]}),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    chapters.attach_opening(notebook)
    assert notebook.cells[0].attachments == {"opening.gif": {"image/gif": gif}}


def test_check_passes_on_what_was_built(built):
    assert build_notebooks.differences(built[0]) == []


def test_check_names_the_changed_cell(built, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(built[0].parents[2], root)
    source = root / "notebooks" / "src" / "00_placeholder.py"
    changed(source, "np.arange(4)", "np.arange(5)")
    first, second = build_notebooks.differences(source)
    assert "`points = np.arange(5)`" in first and "`points = np.arange(5)`" in second


@pytest.fixture
def executed(built, tmp_path):
    """A copy of what was built, free to change."""
    shutil.copytree(built[0].parents[2], tmp_path / "copy")
    return tmp_path / "copy" / "notebooks" / "src" / "00_placeholder.py"


def test_new_setup_imports_and_text_keep_the_outputs(built, executed):
    changed(executed, "import os\n", "import os\nimport sys\n")
    changed(executed, "A straight line", "A rising line")
    (line,) = build_notebooks.keep_outputs(executed, "file:///elsewhere")
    assert "cells, expected 25" in line
    assert build_notebooks.differences(executed, "file:///elsewhere") == []
    path = chapters.chapter_path(executed.stem, executed.parents[1])
    text, before = path.read_text("utf8"), nbformat.writes(built[2])
    old = '"alt": "A straight line', '"alt": "A rising line'
    assert outputs(nbformat.reads(text.replace(*old[::-1]), 4)) == outputs(built[2])
    assert old[1] in text and old[1] not in before


def test_changed_code_must_be_executed_before_anything_is_written(executed, capsys):
    changed(executed, "np.arange(4)", "np.arange(5)")
    files = list(chapters.notebooks(executed))
    before = [path.read_bytes() for path in files]
    folder = ["--folder", str(executed.parents[1])]
    assert build_notebooks.main([*folder, "--keep-outputs"]) == 1
    assert "another cell `points = np.arange(5)`. Execute it" in capsys.readouterr().out
    assert [path.read_bytes() for path in files] == before


def test_a_new_summary_in_the_last_cell_keeps_the_outputs(tmp_path):
    old, new, more = (
        nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
        for cells in (["1", "save_summary(1)"], ["1", "save_summary(2)"], ["save()"])
    )
    nbformat.write(old, tmp_path / "a.ipynb")
    build_notebooks._take_outputs(tmp_path / "a.ipynb", new, "a")
    for cells in ([*new.cells, *more.cells], [*more.cells, *new.cells[1:]]):
        with pytest.raises(ValueError, match="another cell"):
            changed_one = nbformat.v4.new_notebook(cells=cells)
            build_notebooks._take_outputs(tmp_path / "a.ipynb", changed_one, "a")


def test_outputs_of_a_missing_notebook_cannot_be_kept(tmp_path):
    with pytest.raises(ValueError, match="00_placeholder.ipynb as it was executed"):
        build_notebooks.keep_outputs(course(tmp_path))


def test_check_misses_no_notebook(tmp_path):
    found = build_notebooks.differences(course(tmp_path))
    assert [line.split()[0] for line in found] == [
        "00_placeholder.ipynb",
        "00_placeholder_solutions.ipynb",
    ]


def test_changed_cell_changes_one_id(tmp_path):
    source = course(tmp_path)
    before = [c.id for c in [*chapters.notebooks(source).values()][0].cells]
    changed(source, "np.arange(4)", "np.arange(5)")
    after = [c.id for c in [*chapters.notebooks(source).values()][0].cells]
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_equal_cells_have_stable_ids_of_their_own(tmp_path):
    twice = "# %%\nprint(points)\n\n# %%\nprint(points)\n\n# %% [markdown]\n# ## Exer"
    source = changed(course(tmp_path), "# %% [markdown]\n# ## Exer", twice)
    built = [[*chapters.notebooks(source).values()][0].cells for _ in range(2)]
    first, second = ([cell.id for cell in cells] for cells in built)
    assert first == second
    assert len(set(first)) == len(first)


def test_failing_cell_keeps_the_old_notebook(tmp_path, monkeypatch):
    monkeypatch.setattr(build_notebooks, "FAILED", tmp_path / "failed")
    source = changed(course(tmp_path), "points.sum())", "points.total())")
    with pytest.raises(CellExecutionError, match="no attribute 'total'"):
        build_notebooks.build(source, None, "cpu")
    assert (tmp_path / "failed" / "00_placeholder.ipynb").is_file()
    assert not chapters.chapter_path(source.stem, source.parents[1]).exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('tags=["shared"]', 'tags=["share"]', "received \\['share'\\]"),
        ('# %% tags=["setup"]\n', "", "one empty cell tagged setup"),
        ('tags=["hint"]', "", "received .*'hint': 0"),
        ("# ## Exercises", "# Exercises", "between `## Exercises` .* outside"),
        ("# # Placeholder", "# Placeholder", "a `# ` title"),
        ('"opening", ', "", "received 1 and 0"),
        ("attachment:", "", "received 0 and 1"),
    ],
)
def test_broken_convention_is_named(tmp_path, old, new, message):
    source = changed(course(tmp_path), old, new)
    with pytest.raises(ValueError, match=f"00_placeholder.py: expected .*{message}"):
        chapters.notebooks(source)


def test_unknown_chapter_is_named(capsys):
    assert build_notebooks.main(["99_none", "--check"]) == 1
    assert "received ['99_none']" in capsys.readouterr().out
