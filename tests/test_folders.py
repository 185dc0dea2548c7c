"""Which entries of a folder are read, in what order, and what is said of the rest."""

import os
from pathlib import Path

import numpy as np
import pytest

from ganutils.datasets import folders


def fill(root, *names):
    """Create files that hold their own number."""
    for i, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(str(i))
    return root


def read(path):
    """Read a number as one example (1,); the third one is remarkable."""
    number = int(Path(path).read_text())
    return np.array([[number]]), "the third" if number == 2 else ""


def used(root):
    """Return the paths that are used, and {path: reason} of the rest."""
    arrays, folder = folders.read_files(root, "numbers", read)
    found = [entry.path for entry in folder.report if entry.action == "used"]
    assert len(found) == len(arrays) == len(folder.labels)
    return found, {entry.path: entry.reason for entry in folder.skipped}


def refuse(monkeypatch, refused):
    """Let the system refuse to list one folder; root may read everything."""
    scan = os.scandir

    def scandir(folder):
        if os.fspath(folder) == os.fspath(refused):
            raise PermissionError(13, "Permission denied", os.fspath(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", scandir)


def test_files_come_in_the_order_of_their_names(tmp_path):
    names = ["10.txt", "9.txt", "B.txt", "a b.txt", "a.txt", "é.txt", "🎤.txt"]
    arrays, folder = folders.read_files(fill(tmp_path, *names), "numbers", read)
    assert arrays.tolist() == [[i] for i in range(7)]
    assert [entry.path for entry in folder.report] == names
    remarks = {entry.path: entry.reason for entry in folder.report if entry.reason}
    assert remarks == {"B.txt": "the third"}


def test_flat_folder_is_one_class_of_its_name(tmp_path):
    _, folder = folders.read_files(fill(tmp_path / "mine", "a", "b"), "numbers", read)
    assert (folder.name, folder.class_names) == ("mine", ("mine",))
    assert folder.labels.tolist() == [0, 0] and folder.labels.dtype == np.int64


def test_sub_folders_are_classes_however_deep(tmp_path):
    fill(tmp_path / "mine", "x", "dog/1", "cat/1", "dog/2", "dog/small/3")
    _, folder = folders.read_files(tmp_path / "mine", "numbers", read)
    paths = ["x", "cat/1", "dog/1", "dog/2", "dog/small/3"]
    assert [entry.path for entry in folder.report] == paths
    assert folder.class_names == ("mine", "cat", "dog", "dog/small")
    assert folder.labels.tolist() == [0, 1, 2, 2, 3]


def test_class_without_a_usable_file_is_left_out_and_reported(tmp_path):
    fill(tmp_path, "b/1", "b/2", "a/notes")
    (tmp_path / "a" / "notes").write_text("no number")
    arrays, folder = folders.read_files(tmp_path, "numbers", read)
    assert folder.class_names == ("b",) and len(arrays) == 2
    assert [entry.path for entry in folder.skipped] == ["a/notes"]


@pytest.mark.parametrize(
    "error, reason",
    [
        (ValueError("no number"), "no number"),
        (ValueError(), "ValueError: "),
        (PermissionError(13, "Permission denied"), "cannot be opened: Permission"),
        (SyntaxError("broken"), "SyntaxError: broken"),
        (MemoryError(), "MemoryError: "),
    ],
)
def test_any_error_of_one_file_is_a_reason_to_skip_it(tmp_path, error, reason):
    def read_or_fail(path):
        if path.endswith("b"):
            raise error
        return read(path)

    fill(tmp_path, "a", "b", "c")
    arrays, folder = folders.read_files(tmp_path, "numbers", read_or_fail)
    assert arrays.tolist() == [[0], [2]]
    (entry,) = folder.skipped
    assert entry.path == "b" and entry.reason.startswith(reason)


def test_hidden_entries_and_pipes_are_not_opened(tmp_path):
    fill(tmp_path, "a", ".DS_Store", ".git/config", "b/.hidden", "b/c")
    os.mkfifo(tmp_path / "pipe")
    found, rest = used(tmp_path)
    assert found == ["a", "b/c"]
    assert rest.pop("pipe") == "neither a file nor a folder"
    assert rest == dict.fromkeys([".DS_Store", ".git", "b/.hidden"], "hidden")


def test_links_to_files_are_followed_and_others_reported(tmp_path):
    fill(tmp_path, "elsewhere/1", "root/a")
    for name, goal in {"b": "../elsewhere/1", "gone": "nowhere", "loop": "."}.items():
        (tmp_path / "root" / name).symlink_to(goal)
    found, rest = used(tmp_path / "root")
    assert found == ["a", "b"]
    assert rest["gone"] == "cannot be opened: No such file or directory"
    assert rest["loop"] == "a link to a folder, which is not followed"


def test_folder_itself_may_be_a_link(tmp_path):
    (fill(tmp_path, "inside/a") / "link").symlink_to("inside")
    assert used(tmp_path / "link") == (["a"], {})


def test_names_that_are_not_utf8_can_be_printed(tmp_path):
    os.mkdir(os.fsencode(tmp_path) + b"/caf\xe9")
    with open(os.fsencode(tmp_path) + b"/caf\xe9/\xff.png", "wb") as file:
        file.write(b"7")
    arrays, folder = folders.read_files(tmp_path, "numbers", read)
    assert arrays.tolist() == [[7]] and folder.class_names == ("caf\\xe9",)
    assert folder.report[0].path.encode("utf-8") == b"caf\\xe9/\\xff.png"


def test_relative_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(fill(tmp_path, "inside/a"))
    for path in ("inside", Path("inside"), "./inside/", "inside/../inside"):
        assert used(path) == (["a"], {})


@pytest.mark.parametrize("name, what", [("a", "a file"), ("gone", "nothing there")])
def test_what_is_no_folder_is_named_with_the_reason(tmp_path, name, what):
    path = fill(tmp_path, "a") / name
    with pytest.raises(NotADirectoryError, match="a folder of numbers") as caught:
        folders.read_files(path, "numbers", read)
    assert f"received {str(path)!r} ({what}) in {os.getcwd()!r}" in str(caught.value)


def test_class_folder_that_cannot_be_listed_is_reported(tmp_path, monkeypatch):
    refuse(monkeypatch, fill(tmp_path, "a/1", "b/1") / "a")
    assert used(tmp_path) == (["b/1"], {"a": "cannot be listed: Permission denied"})


def test_folder_that_cannot_be_listed_is_an_error_that_names_it(tmp_path, monkeypatch):
    refuse(monkeypatch, tmp_path)
    with pytest.raises(PermissionError, match="Permission denied") as caught:
        folders.read_files(tmp_path, "numbers", read)
    assert caught.value.filename == str(tmp_path)


@pytest.mark.parametrize(
    "count, told",
    [(0, "nothing."), (1, "0 (bad)."), (5, "0 (bad); 1 (bad); 2 (bad) and 2 more.")],
)
def test_nothing_usable_tells_the_first_reasons(tmp_path, count, told):
    def bad(path):
        raise ValueError("bad")

    fill(tmp_path, *map(str, range(count)))
    with pytest.raises(ValueError) as caught:
        folders.read_files(tmp_path, "numbers", bad)
    expected = (
        f"Expected at least 1 usable numbers in {tmp_path}; received 0. Skipped: {told}"
    )
    assert str(caught.value) == expected


def read_several(path):
    """Read a number above 0 as so many examples."""
    number = int(Path(path).read_text())
    if not number:
        raise ValueError("0")
    return np.full((number, 1), number), f"{number} of them"


def test_a_file_may_give_several_examples(tmp_path):
    fill(tmp_path, "none", "a/one", "b/two", "b/x/three")
    arrays, folder = folders.read_files(tmp_path, "numbers", read_several)
    assert arrays.tolist() == [[1], [2], [2], [3], [3], [3]]
    assert folder.labels.tolist() == [0, 1, 1, 2, 2, 2]
    assert folder.sources == ("a/one", *["b/two"] * 2, *["b/x/three"] * 3)
    assert folder.summary.splitlines() == [
        "3 of 4 files used, 6 examples",
        "1 refused:",
        "  none: 0",
        "2 cut into 5 examples:",
        "  b/two: 2 of them",
        "  b/x/three: 3 of them",
        "1 used with a remark:",
        "  a/one: 1 of them",
        "examples per class: a 1, b 2, b/x 3",
    ]


def test_summary_stays_short(tmp_path):
    fill(tmp_path, *(f"{i:02}/a" for i in range(20)))
    for i in range(20):
        (tmp_path / f"{i:02}" / "b").write_text("no number")
    _, folder = folders.read_files(tmp_path, "numbers", read)
    first, refused, *rest, classes = folder.summary.splitlines()
    assert (first, refused) == ("20 of 40 files used, 20 examples", "20 refused:")
    assert rest[3:] == ["  and 17 more", "1 used with a remark:", "  02/a: the third"]
    assert classes.endswith("10 1, 11 1, and 8 more") and len(rest) == 6
