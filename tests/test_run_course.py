"""`make course` on a course of tiny chapters: rows, table, files, exit code."""

import json

import nbformat
import pytest

import run_course
from run_course import Result

SUMMARY = {
    "measure": "Fréchet distance",
    "value": 12.3456,
    "floor": 1.5,
    "scale": "cpu",
    "checks": {"8 of 8 modes": True, "score ≥ 8.3": True},
}
WRITE = """import json, os
os.makedirs("../runs/{name}", exist_ok=True)
with open("../runs/{name}/summary.json", "w") as file:
    json.dump({summary!r}, file)"""


def write_chapter(root, name, *sources):
    (root / "notebooks" / "src").mkdir(parents=True, exist_ok=True)
    (root / "notebooks" / "src" / f"{name}.py").touch()
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbformat.write(notebook, root / "notebooks" / f"{name}.ipynb")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    write_chapter(root, "01_raises", "print('before')", "raise OSError('no disk')")
    write_chapter(root, "02_works", WRITE.format(name="02_works", summary=SUMMARY))
    code = run_course.main(["--folder", str(root / "notebooks")])
    return root, code


@pytest.fixture
def summary(tmp_path):
    def write(**changes):
        path = tmp_path / "summary.json"
        path.write_text(json.dumps(SUMMARY | changes), "utf8")
        return path

    return write


def test_one_failure_stops_no_other_but_shows_in_the_exit_code(ran):
    root, code = ran
    assert code == 1
    assert (root / "runs" / "02_works" / "summary.json").is_file()


def test_notebooks_and_pages_are_kept_also_of_a_failure(ran):
    output = ran[0] / "runs" / "course"
    assert sorted(path.name for path in output.iterdir()) == [
        *("01_raises.html", "01_raises.ipynb"),
        *("02_works.html", "02_works.ipynb"),
    ]
    failed = nbformat.read(output / "01_raises.ipynb", 4)
    assert failed.cells[0].outputs[0].text == "before\n"


def test_only_working_chapters_give_exit_code_0(tmp_path, capsys):
    write_chapter(tmp_path, "02_works", WRITE.format(name="02_works", summary=SUMMARY))
    assert run_course.main(["--folder", str(tmp_path / "notebooks")]) == 0
    printed = capsys.readouterr().out
    assert "02_works · cell 1/1" in printed
    assert "Fréchet distance 12.35" in printed


def test_old_summary_does_not_pass_for_a_new_one(tmp_path, capsys):
    write_chapter(tmp_path, "02_silent", "x = 1")
    stale = tmp_path / "runs" / "02_silent" / "summary.json"
    stale.parent.mkdir(parents=True)
    stale.write_text(json.dumps(SUMMARY), "utf8")
    assert run_course.main(["--folder", str(tmp_path / "notebooks")]) == 1
    assert "no usable runs/02_silent/summary.json" in capsys.readouterr().out


def test_results_go_where_the_variable_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # not the kernel's folder
    monkeypatch.setenv("GANUTILS_RUNS_DIR", "mine")
    code = WRITE.format(name="02_x", summary=SUMMARY)
    code = code.replace('"../runs', 'os.environ["GANUTILS_RUNS_DIR"] + "')
    write_chapter(tmp_path, "02_x", code)
    assert run_course.main(["--folder", str(tmp_path / "notebooks")]) == 0
    assert (tmp_path / "mine" / "course" / "02_x.html").is_file()
    assert not (tmp_path / "runs").exists()


def test_folder_that_cannot_be_written_is_named_with_the_cure(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GANUTILS_RUNS_DIR", str(tmp_path / "file" / "a"))
    with pytest.raises(SystemExit, match="file/a .Not a directory.. Set GANUTILS_RUNS"):
        run_course.runs_place(tmp_path)


def test_failure_names_the_cell(ran):
    notebook = nbformat.read(ran[0] / "runs" / "course" / "01_raises.ipynb", 4)
    line = run_course.what_failed(notebook, RuntimeError())
    assert line == "cell 1 `raise OSError('no disk')`: OSError: no disk"


def test_dead_kernel_is_told():
    notebook = nbformat.v4.new_notebook()
    line = run_course.what_failed(notebook, RuntimeError("Kernel died"))
    assert line == "RuntimeError: Kernel died"


def test_summary_becomes_a_row(summary):
    assert run_course.read_summary(summary()) == {
        "headline": "Fréchet distance 12.35",
        "floor": "1.5",
        "checks": "2/2",
        "failure": "",
    }


def test_broken_check_fails_the_chapter_and_is_named(summary):
    row = run_course.read_summary(summary(checks={"a": True, "b ≥ 2": False}))
    assert (row["checks"], row["failure"]) == ("1/2", "does not hold: b ≥ 2")


def test_smoke_scale_judges_nothing(summary):
    row = run_course.read_summary(summary(checks={"a": False}, scale="smoke"))
    assert (row["checks"], row["failure"]) == ("not judged", "")


def test_measure_without_floor_shows_a_dash(summary):
    assert run_course.read_summary(summary(floor=None))["floor"] == "–"


def test_table_aligns_and_tells_failures():
    rows = [Result("01_a", 90, "", "score 8.9", "9.8", "3/3"), Result("02_b", 6, "bad")]
    assert run_course.table(rows).splitlines() == [
        "chapter  minutes  headline   real-data floor  checks  result",
        "01_a     1.5      score 8.9  9.8              3/3     passed",
        "02_b     0.1      –          –                –       FAILED",
        "02_b FAILED: bad",
    ]
