"""A reader's own folder of files: which of them count, and a report on every entry."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganutils.kit import files

REASONS_SHOWN = 3
# A line break in a name would tear a report; an escape would command the terminal.
CONTROLS = {i: f"\\x{i:02x}" for i in (*range(32), *range(127, 160))}


@dataclass(frozen=True)
class FileReport:
    """What became of one entry of the folder.

    Attributes:
        path: relative to the folder, with / between its parts.
        action: `used` or `skipped`.
        reason: why it was skipped, or a remark on how it was used; may be empty.
    """

    path: str
    action: str
    reason: str


def check_folder(path: "str | os.PathLike", content: str) -> Path:
    """Return the absolute path of an existing folder.

    Args:
        path: the folder.
        content: what should be in it, such as `image files`, for the message.

    Raises:
        NotADirectoryError: `path` is something else, or nothing.
    """
    root = Path(os.path.abspath(files.expand(path)))
    if root.is_dir():
        return root
    raise NotADirectoryError(
        f"Expected `path` to be a folder of {content}; received {str(path)!r} "
        f"({'a file' if root.exists() else 'nothing there'}) in {os.getcwd()!r}."
    )


def list_files(
    root: Path, suffixes: tuple[str, ...] = ()
) -> tuple[list[str], list[FileReport]]:
    """Return the paths of the files that count, in order, and a report on the rest.

    The folder is flat, or has one sub-folder for each class; where it has both, the
    side with more files of `suffixes` counts; where they tie, the one with more files,
    then the flat one. Hidden entries, broken links, pipes, empty folders,
    folders inside a class folder and links to a folder that is read anyway do not.

    Args:
        root: comes from `check_folder`.
        suffixes: in lower case, with the dot; files of other names count, too.

    Raises:
        OSError: `root` cannot be listed.

    Example:
        >>> files, report = list_files(check_folder("my_photos", "image files"))
    """
    files, folders, report = _sort_entries(root, root)
    inside = []
    for folder in _without_repeated(folders, root, report):
        try:
            found, deeper, notes = _sort_entries(folder, root)
        except OSError as error:
            report.append(skip(folder, root, f"cannot be listed: {error.strerror}"))
            continue
        if not (found or deeper or notes):
            report.append(skip(folder, root, "an empty folder"))
        report += notes
        report += [skip(d, root, "a folder inside a class folder") for d in deeper]
        inside += found
    known = [[f.lower().endswith(suffixes) for f in side] for side in (inside, files)]
    n_inside, n_loose = map(sum, known)
    if n_inside == n_loose:
        n_inside, n_loose = map(len, known)
    if n_inside > n_loose:
        reason = f"beside class folders, which hold more files ({n_inside})"
        chosen, rest = inside, files
    else:
        reason = f"in a sub-folder; the folder itself holds more files ({n_loose})"
        chosen, rest = files, inside
    return chosen, report + [skip(file, root, reason) for file in rest]


def class_of(entry: FileReport) -> str:
    """Return the name of the class folder that a file lies in; empty in a flat one."""
    return entry.path.rpartition("/")[0]


def number_classes(
    classes: list[str], folder_name: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return labels, shape (n,), int64, and the sorted names that they index.

    Args:
        classes: what `class_of` says of each file.
        folder_name: stands for the class of a flat folder.
    """
    names, labels = np.unique(classes, return_inverse=True)
    return labels.astype(np.int64), tuple(str(n) or folder_name for n in names)


def draw_split(n: int, test_share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted indices of the training and of the test examples.

    Args:
        n: number of examples.
        test_share: part of them that is drawn for the test, in [0, 1).
        seed: of the draw.

    Raises:
        ValueError: `test_share` outside [0, 1).
    """
    if not 0 <= test_share < 1:
        raise ValueError(f"Expected `test_share` in [0, 1); received {test_share!r}.")
    order = np.random.default_rng(seed).permutation(n)
    tests = int(test_share * n)
    return np.sort(order[tests:]), np.sort(order[:tests])


def too_few(
    root: Path, content: str, used: int, at_least: int, report: list[FileReport]
) -> ValueError:
    """Return the error that says how few examples there are, with the first reasons.

    Args:
        root: the folder.
        content: what is missing, such as `images`.
        used: how many there are.
        at_least: how many there should be.
        report: on every entry of the folder.
    """
    reasons = [f"{e.path} ({e.reason})" for e in report if e.action == "skipped"]
    shown = "; ".join(reasons[:REASONS_SHOWN]) or "nothing"
    more = len(reasons) - REASONS_SHOWN
    return ValueError(
        f"Expected at least {at_least} usable {content} in {to_text(root)}; received "
        f"{used}. Skipped: {shown}{f' and {more} more' if more > 0 else ''}."
    )


def skip(path: "str | os.PathLike", root: Path, reason: str) -> FileReport:
    """Return the report on an entry that is not used."""
    return FileReport(_relative(path, root), "skipped", reason)


def use(path: "str | os.PathLike", root: Path, remark: str = "") -> FileReport:
    """Return the report on a file that is used."""
    return FileReport(_relative(path, root), "used", remark)


def to_text(name: "str | os.PathLike") -> str:
    r"""Return a file name as printable text.

    Bytes that are not UTF-8, and control characters, become \xNN.
    """
    text = os.fsdecode(name)
    if text.isascii() and text.isprintable():  # nearly all: no need to look closer
        return text
    return os.fsencode(text).decode("utf-8", "backslashreplace").translate(CONTROLS)


def _sort_entries(folder, root):
    files, folders, report = [], [], []
    with os.scandir(folder) as listed:
        entries = sorted(listed, key=lambda entry: os.fsencode(entry.name))
    for entry in entries:
        path = entry.path
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
            if not (is_folder or is_file):
                entry.stat()  # says what is wrong with a link
        except OSError as error:
            report.append(skip(path, root, f"cannot be opened: {error.strerror}"))
            continue
        if entry.name.startswith("."):
            report.append(skip(path, root, "hidden"))
        elif is_folder:
            folders.append(path)
        elif is_file:
            files.append(path)
        else:
            report.append(skip(path, root, "neither a file nor a folder"))
    return files, folders, report


def _without_repeated(folders, root, report):
    # A file in two classes would be in the training and in the test split.
    read = {os.path.realpath(root)}
    for folder in folders:
        place = os.path.realpath(folder)
        if place in read:
            report.append(skip(folder, root, "a link to a folder that is read already"))
            continue
        read.add(place)
        yield folder


def _relative(path, root):
    inside = os.fspath(path)[len(os.fspath(root)) :]
    return to_text(inside.replace(os.sep, "/").lstrip("/"))
