"""Another address: texts and notebooks follow, and no cell is executed."""

from pathlib import Path

import nbformat
import pytest

import address
import build_notebooks
import chapters

OLD, NEW = "https://github.com/any/course", "https://github.com/some-body/gans"
BADGE = "https://colab.research.google.com/github/{}/blob/main/a.ipynb"
SOURCE = Path(__file__).parent / "fixtures" / "src" / "00_placeholder.py"


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture
def clone(tmp_path):
    """A clone of one chapter, whose title has a badge and whose cells have outputs."""
    source = tmp_path / "notebooks" / "src" / SOURCE.name
    source.parent.mkdir(parents=True)
    badge = BADGE.format("any/course")
    text = SOURCE.read_text("utf8")
    source.write_text(
        text.replace("tests build it.", f"tests build it. {badge}"), "utf8"
    )
    for path, notebook in chapters.notebooks(source, f"{OLD}@v1").items():
        path.parent.mkdir(exist_ok=True)
        code(notebook)[-1].outputs = [nbformat.v4.new_output("stream", text="kept")]
        nbformat.write(notebook, path)
    (tmp_path / "README.md").write_text(f"git+{OLD}\n{OLD}-other\n", "utf8")
    (tmp_path / "pyproject.toml").write_text(f'Repository = "{OLD}"\n', "utf8")
    return tmp_path


def test_notebooks_are_those_that_a_build_would_make(clone):
    assert address.main([NEW, "--root", str(clone)]) == 0
    source = clone / "notebooks" / "src" / SOURCE.name
    assert build_notebooks.differences(source, f"{NEW}@v1") == []
    for path in chapters.notebooks(source):
        assert code(nbformat.read(path, 4))[-1].outputs[0].text == "kept"


def test_texts_and_badges_follow_and_a_longer_address_stays(clone):
    address.change(clone, NEW + "/")
    assert chapters.repository(clone / "pyproject.toml") == NEW
    assert (clone / "README.md").read_text("utf8") == f"git+{NEW}\n{OLD}-other\n"
    chapter = (clone / "notebooks" / "00_placeholder.ipynb").read_text("utf8")
    assert BADGE.format("some-body/gans") in chapter
    assert address.change(clone, NEW) == []


@pytest.mark.parametrize(
    "new", ["ssh://git@example.org:22/a/b.git", "file:///srv/gans"]
)
def test_any_address_that_git_clones_will_do(clone, new):
    address.change(clone, new)
    assert chapters.repository(clone / "pyproject.toml") == new


@pytest.mark.parametrize(
    "wrong",
    ["", "gans", "github.com/a/b", "https://", f"{NEW} x", f'{NEW}"', f"{NEW}@v1"],
)
def test_what_is_no_address_is_refused_and_nothing_written(clone, capsys, wrong):
    assert address.main([wrong, "--root", str(clone)]) == 1
    assert f"received {wrong!r}" in capsys.readouterr().out
    assert chapters.repository(clone / "pyproject.toml") == OLD
