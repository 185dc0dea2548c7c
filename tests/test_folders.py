"""Which entries of a folder count, in what order, and what is said of the rest.

Files are empty: nothing here opens one. What loaders make of names and of links is
tested with them, in test_images.py and test_sound_files.py.
"""

import os
import re
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganutils.datasets import folders
from ganutils.datasets.folders import FileReport


def fill(root, *names):
    """Create empty files; a name that ends in / is an empty folder."""
    for name in names:
        path = root / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()
    return root


def listed(root):
    """Return the relative paths that count, and {path: reason} of the rest."""
    files, report = folders.list_files(root)
    assert {entry.action for entry in report} <= {"skipped"}
    reasons = {entry.path: entry.reason for entry in report}
    return [folders.use(file, root).path for file in files], reasons


def refuse(monkeypatch, refused):
    """Let the system refuse to list one folder; root may read everything."""
    scan = os.scandir

    def scandir(folder):
        if os.fspath(folder) == os.fspath(refused):
            raise PermissionError(13, "Permission denied", os.fspath(folder))
        return scan(folder)

    monkeypatch.setattr(os, "scandir", scandir)


# check_folder


def test_relative_folder_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(fill(tmp_path, "inside/"))
    expected = tmp_path / "inside"
    for path in ("inside", Path("inside"), "./inside/", "inside/../inside"):
        assert folders.check_folder(path, "things") == expected


def test_folder_of_a_link_keeps_its_own_name(tmp_path):
    (fill(tmp_path, "inside/") / "link").symlink_to("inside")
    assert folders.check_folder(tmp_path / "link", "things") == tmp_path / "link"


@pytest.mark.parametrize(
    "name, what",
    [("a.wav", "a file"), ("gone", "nothing there"), ("loop", "nothing there")],
)
def test_what_is_no_folder_is_named_with_the_reason(tmp_path, name, what):
    (fill(tmp_path, "a.wav") / "loop").symlink_to("loop")
    path = tmp_path / name
    with pytest.raises(NotADirectoryError, match="a folder of things") as caught:
        folders.check_folder(path, "things")
    assert f"received {str(path)!r} ({what}) in {os.getcwd()!r}" in str(caught.value)


# list_files


def test_empty_folder_lists_nothing(tmp_path):
    assert folders.list_files(tmp_path) == ([], [])


def test_order_is_that_of_the_bytes_of_the_names(tmp_path):
    names = ["10.wav", "9.wav", "B.wav", "a b.wav", "a.wav", "é.wav", "🎤.wav"]
    found, rest = listed(fill(tmp_path, *reversed(names)))
    assert found == names and rest == {}


def test_names_that_are_no_text_are_listed_and_can_be_opened(tmp_path):
    name = b"\xff\xe9.wav"
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(b"sound")
    files, _ = folders.list_files(tmp_path)
    assert Path(files[0]).read_bytes() == b"sound"
    assert listed(tmp_path) == (["\\xff\\xe9.wav"], {})


@pytest.mark.parametrize(
    "names, expected, reason",
    [
        (["x", "a/1", "b/1"], ["a/1", "b/1"], r"beside .* more files \(2\)"),
        (["x", "y", "a/1"], ["x", "y"], r"in a sub-folder; .* more files \(2\)"),
        (["x", "a/1"], ["x"], r"in a sub-folder; .* more files \(1\)"),
    ],
)
def test_side_with_more_files_counts_and_a_flat_folder_where_equal(
    tmp_path, names, expected, reason
):
    found, rest = listed(fill(tmp_path, *names))
    assert found == expected and sorted(rest) == sorted(set(names) - set(expected))
    for received in rest.values():
        assert re.fullmatch(reason, received)


@pytest.mark.parametrize(
    "names, expected",
    [
        (["t.txt", "u.csv", "a/1.PNG"], ["a/1.PNG"]),
        (["1.png", "a/1.txt", "a/2.txt"], ["1.png"]),
        (["1.png", "t.txt", "a/2.png"], ["1.png", "t.txt"]),
    ],
)
def test_files_of_the_right_endings_decide_first(tmp_path, names, expected):
    files, _ = folders.list_files(fill(tmp_path, *names), (".png",))
    assert [folders.use(file, tmp_path).path for file in files] == expected


def test_class_folders_are_read_one_deep_and_in_order(tmp_path):
    names = ["b/2", "b/1", "a/9", "a/deep/1", "empty/", ".git/config", "a/.hidden"]
    found, rest = listed(fill(tmp_path, *names))
    assert found == ["a/9", "b/1", "b/2"]
    assert rest == {
        ".git": "hidden",
        "a/.hidden": "hidden",
        "a/deep": "a folder inside a class folder",
        "empty": "an empty folder",
    }


def test_folder_of_hidden_files_alone_is_not_called_empty(tmp_path):
    assert listed(fill(tmp_path, "a/.hidden")) == ([], {"a/.hidden": "hidden"})


def test_links_to_files_and_to_folders_are_followed(tmp_path):
    fill(tmp_path, "elsewhere/1", "root/a/0")
    (tmp_path / "root" / "b").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "root" / "a" / "link").symlink_to(tmp_path / "elsewhere" / "1")
    assert listed(tmp_path / "root") == (["a/0", "a/link", "b/1"], {})


def test_links_that_lead_nowhere_are_reported_with_the_reason(tmp_path):
    fill(tmp_path, "x")
    for name, goal in {"gone": "nowhere", "one": "two", "two": "one"}.items():
        (tmp_path / name).symlink_to(goal)
    found, rest = listed(tmp_path)
    assert found == ["x"] and sorted(rest) == ["gone", "one", "two"]
    assert rest["gone"] == "cannot be opened: No such file or directory"
    assert rest["one"].startswith("cannot be opened: Too many levels of symbolic")


@pytest.mark.parametrize("goal", [".", "..", "a"])
@pytest.mark.parametrize("files", [["x"], ["x", "a/1", "a/2"]])
def test_no_file_counts_twice_where_a_link_leads_back(tmp_path, goal, files):
    root = fill(tmp_path / "root", "a/", *files)
    for name in ("link", "link 2"):
        (root / name).symlink_to(goal)
    chosen, report = folders.list_files(root)
    assert len({os.path.realpath(file) for file in chosen}) == len(chosen) > 0
    told = [e.path for e in report if e.reason.endswith("folder that is read already")]
    assert told == (["link 2"] if goal == ".." else ["link", "link 2"])


def test_class_folder_that_cannot_be_listed_is_reported(tmp_path, monkeypatch):
    refuse(monkeypatch, fill(tmp_path, "a/1", "b/1") / "a")
    reasons = {"a": "cannot be listed: Permission denied"}
    assert listed(tmp_path) == (["b/1"], reasons)


def test_folder_that_cannot_be_listed_is_an_error_that_names_it(tmp_path, monkeypatch):
    refuse(monkeypatch, tmp_path)
    with pytest.raises(OSError, match="Permission denied") as caught:
        folders.list_files(tmp_path)
    assert caught.value.filename == str(tmp_path)


def test_pipe_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    assert listed(tmp_path) == ([], {"pipe.wav": "neither a file nor a folder"})


def test_entries_of_the_root_of_the_disk_keep_their_names():
    assert folders.use("/a/b.wav", Path("/")) == FileReport("a/b.wav", "used", "")


# Names


@pytest.mark.parametrize(
    "name, text",
    [
        ("a b.wav", "a b.wav"),
        (Path("é🎤.wav"), "é🎤.wav"),
        (os.fsdecode(b"caf\xe9"), "caf\\xe9"),
        ("two\nlines", "two\\x0alines"),
        ("\x1b[31mred\x7f\x9b", "\\x1b[31mred\\x7f\\x9b"),
    ],
)
def test_name_becomes_text_that_can_be_printed(name, text):
    assert folders.to_text(name) == text


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=20))
def test_any_name_becomes_utf8_without_control_characters(name):
    text = folders.to_text(os.fsdecode(name))
    assert text.encode() and "Cc" not in {unicodedata.category(c) for c in text}


@pytest.mark.parametrize("path, name", [("a/1.wav", "a"), ("1.wav", "")])
def test_class_is_the_folder_that_a_file_lies_in(path, name):
    assert folders.class_of(FileReport(path, "used", "")) == name


# Labels and splits


@pytest.mark.parametrize(
    "classes, labels, names",
    [
        (["b", "a", "b"], [1, 0, 1], ("a", "b")),
        (["", ""], [0, 0], ("mine",)),
        (["10", "9", "🎤"], [0, 1, 2], ("10", "9", "🎤")),
        ([], [], ()),
    ],
)
def test_classes_are_numbered_in_the_order_of_their_names(classes, labels, names):
    found, found_names = folders.number_classes(classes, "mine")
    assert found.tolist() == labels and found.dtype == np.int64
    assert found_names == names and {type(n) for n in found_names} <= {str}


@settings(deadline=None)
@given(st.integers(0, 99), st.floats(0, 1, exclude_max=True), st.integers(0, 9))
def test_split_is_a_sorted_partition_that_keeps_examples_to_train_on(n, share, seed):
    train, test = folders.draw_split(n, share, seed)
    assert sorted([*train, *test]) == list(range(n))
    assert (np.diff(train) > 0).all() and (np.diff(test) > 0).all()
    assert n * share - 1 < len(test) <= n * share and len(train) >= min(n, 1)


def test_split_depends_on_the_seed_alone():
    one, again, other = (folders.draw_split(100, 0.3, seed)[1] for seed in (1, 1, 2))
    assert one.tolist() == again.tolist() != other.tolist()


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_split_refuses_a_share_that_is_none(share):
    with pytest.raises(
        ValueError, match=rf"`test_share` in \[0, 1\); received {share}"
    ):
        folders.draw_split(10, share, 0)


# too_few


@pytest.mark.parametrize(
    "skipped, told",
    [
        (0, "Skipped: nothing."),
        (3, "Skipped: 0 (bad); 1 (bad); 2 (bad)."),
        (5, "Skipped: 0 (bad); 1 (bad); 2 (bad) and 2 more."),
    ],
)
def test_too_few_tells_the_first_reasons(skipped, told):
    root, used = Path("/r"), [folders.use("/r/good", Path("/r"))]
    report = used + [folders.skip(f"/r/{i}", root, "bad") for i in range(skipped)]
    error = folders.too_few(root, "things", 1, 2, report)
    assert str(error) == f"Expected at least 2 usable things in /r; received 1. {told}"
    assert type(error) is ValueError
