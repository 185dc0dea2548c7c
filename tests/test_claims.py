"""docs/claims.md against the chapters, and the tool that reruns them."""

import functools
import re
import shutil

import jupytext
import pytest

import chapters
import check_claims

CLAIMS = check_claims.read_claims()
TABLES = chapters.names()
SOURCE = """# %% [markdown]
# # Tiny

# %% tags=["setup"]

# %% tags=["imports"]
from ganutils.kit import exercises

# %%
SEED = 0

# %%
exercises.agree("A seed is less than 3", SEED < 3)
exercises.agree("A seed is not 1", SEED != 1)
display("shown")
exercises.agree("One is one", 1)

# %% [markdown]
# ## Exercises

# %% tags=["shared"]
exercises.agree("Shared", 1)

# %% tags=["check"]
exercises.agree("Nobody asks", False)

# %% [markdown]
# ## Further reading

# %%
runtime.save_summary(1 / 0)
"""


def words(text):
    return " ".join(text.split())


@functools.cache
def words_of(name):
    """Return all that a chapter's cells hold."""
    cells = jupytext.read(chapters.NOTEBOOKS / "src" / f"{name}.py").cells
    return words("\n".join(cell.source for cell in cells))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.sentence[:40])
def test_a_claim_stands_in_its_chapter_and_names_a_file_and_seeds(claim):
    assert words(claim.sentence) in words_of(claim.chapter)
    assert (chapters.ROOT / claim.command.split()[0]).is_file()
    assert re.search(r"\d", claim.numbers)


@pytest.mark.parametrize("name", TABLES)
def test_a_chapter_has_a_table(name):
    assert any(claim.chapter == name for claim in CLAIMS)


def test_rows_are_read(tmp_path):
    rows = "| sentence | command | numbers |\n|---|---|---|\n"
    rows += "| E \\|x\\| is 1. | `benchmarks/a.py --n 2` | 1, 2, 3 (0–2) |\n"
    (tmp_path / "claims.md").write_text(f"| no | row | here |\n\n## 01_a\n\n{rows}")
    assert check_claims.read_claims(tmp_path / "claims.md") == [
        ("01_a", "E |x| is 1.", "benchmarks/a.py --n 2", "1, 2, 3 (0–2)")
    ]


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A course of one chapter, and of ganutils what it needs: no TensorFlow to load."""
    real = chapters.ROOT / "ganutils" / "kit" / "exercises.py"
    for folder in ("ganutils", "ganutils/kit", "src"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    shutil.copy(real, tmp_path / "ganutils" / "kit")
    monkeypatch.setattr(chapters, "ROOT", tmp_path)
    (tmp_path / "src" / "01_tiny.py").write_text(SOURCE, "utf8")
    return ["--folder", str(tmp_path)]


def test_a_claim_that_another_seed_breaks_is_named(tiny, capsys):
    assert check_claims.main([*tiny, "--seeds", "1", "2"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [re.sub(r" \(.*", "", line) for line in lines] == [
        "01_tiny, seed 1: 3 claims hold",
        "01_tiny, seed 1: DOES NOT HOLD: A seed is not 1: False, not True",
        "01_tiny, seed 2: 4 claims hold",
    ]


def test_claims_that_hold_give_exit_code_0(tiny):
    assert check_claims.main([*tiny, "01_tiny", "--seeds", "2"]) == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("SEED = 0", "SEED = 4", "one line `SEED = 0` in 01_tiny.py; received 0"),
        ('display("shown")', "1 / 0", "DOES NOT HOLD: ZeroDivisionError: division"),
    ],
)
def test_a_chapter_that_stops_or_has_no_seed_is_told(
    tiny, tmp_path, capsys, old, new, message
):
    source = tmp_path / "src" / "01_tiny.py"
    source.write_text(SOURCE.replace(old, new), "utf8")
    assert check_claims.main([*tiny, "--seeds", "2"]) == 1
    assert message in capsys.readouterr().out
