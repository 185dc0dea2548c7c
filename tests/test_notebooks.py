"""The committed notebooks: they agree with their sources and keep the house's shape."""

import pytest

import build_notebooks
import chapters
import notebook_rules

NAMES = chapters.names()
PATHS = [chapters.chapter_path(name) for name in NAMES]
PATHS += [chapters.solutions_path(name) for name in NAMES]


def test_there_is_a_chapter():
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_source_and_notebooks_agree(name):
    source = chapters.NOTEBOOKS / "src" / f"{name}.py"
    assert build_notebooks.differences(source) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_notebook_keeps_the_rules(path):
    assert notebook_rules.problems(path) == []


def test_every_notebook_has_a_source():
    found = set(chapters.NOTEBOOKS.rglob("*.ipynb"))
    found = {path for path in found if ".ipynb_checkpoints" not in path.parts}
    assert found == set(PATHS)
