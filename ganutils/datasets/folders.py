"""A reader's own folder: every file is tried, and a report says what became of it."""

import os
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganutils.kit import files

# First bytes of what telephones and browsers record, and no loader here reads.
FOREIGN = {b"ftypM4": "M4A", b"ftyp3g": "3GP", b"ftyp": "MP4", b"#!AMR": "AMR"}
FOREIGN |= {b"\x1aE\xdf\xa3": "WebM", b"\xff\xf1": "AAC", b"\xff\xf9": "AAC"}
SHOWN = 3, 12  # entries of a kind, and classes, that a summary names


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


@dataclass(frozen=True)
class Folder:
    """What is known of a folder that was read.

    Attributes:
        name: of the folder.
        labels: of the n examples, shape (n,), int64, indices into `class_names`.
        class_names: the sub-folders that gave an example, sorted; the folder's own
            name for what lies in none.
        report: a `FileReport` for each file, and for each folder that was not read.
        sources: of the n examples: the path in `report` that each came from.
    """

    name: str
    labels: np.ndarray
    class_names: tuple[str, ...]
    report: tuple[FileReport, ...]
    sources: tuple[str, ...]
    unit = "examples"

    @property
    def skipped(self) -> list[FileReport]:
        """The entries that were not used."""
        return [entry for entry in self.report if entry.action == "skipped"]

    @property
    def summary(self) -> str:
        """What was read, refused and cut into several examples, as lines to print."""
        unit, counts = self.unit, Counter(self.sources)
        used = [entry for entry in self.report if entry.action == "used"]
        several = [entry for entry in used if counts[entry.path] > 1]
        other = [entry for entry in used if entry.reason and entry not in several]
        pieces = sum(counts[entry.path] for entry in several)
        sizes = np.bincount(self.labels, minlength=len(self.class_names))
        classes = [f"{c} {n:,}" for c, n in zip(self.class_names, sizes, strict=True)]
        lines = [
            f"{len(used)} of {len(self.report)} files used, {counts.total():,} {unit}",
            *_first(f"{len(self.skipped)} refused", self.skipped),
            *_first(f"{len(several)} cut into {pieces:,} {unit}", several),
            *_first(f"{len(other)} used with a remark", other),
            f"{unit} per class: {', '.join(_some(classes, SHOWN[1]))}",
        ]
        return "\n".join(lines)


def read_files(
    path: "str | os.PathLike",
    content: str,
    read: Callable[[str], tuple[np.ndarray, str]],
) -> tuple[np.ndarray, Folder]:
    """Read the files of a folder and of its sub-folders; a bad one stops nothing.

    Files come in the order of their names, those of sub-folders last. The class of a
    file is the sub-folder it lies in. Hidden entries and links to folders are skipped.

    Args:
        path: the folder.
        content: what an error says should be in it, such as `image files`.
        read: takes the path of a file, returns an array of its examples, at least
            one, and a remark, mostly empty; raises what says why it cannot be used.

    Returns:
        The examples of the usable files, one after another, and the rest.

    Raises:
        OSError: `path` is not a folder or cannot be listed.
        ValueError: no file is usable; gives the first reasons.
    """
    root = _check_folder(path, content)
    arrays, sources, report = [], [], []
    for file, obstacle in _list_files(root):
        name = _to_text(os.path.relpath(file, root).replace(os.sep, "/"))
        try:
            if obstacle:
                raise ValueError(obstacle)
            array, remark = read(file)
        except Exception as error:  # a damaged file may raise nearly anything
            report.append(FileReport(name, "skipped", _reason(error)))
        else:
            report.append(FileReport(name, "used", remark))
            sources.extend([name] * len(array))
            arrays.append(array)
    if not arrays:
        raise _none_usable(root, content, report)
    classes = [source.rpartition("/")[0] for source in sources]
    names, labels = np.unique(classes, return_inverse=True)
    name, labels = _to_text(root.resolve().name), labels.astype(np.int64)
    names = tuple(str(n) or name for n in names)
    folder = Folder(name, labels, names, tuple(report), tuple(sources))
    return np.concatenate(arrays), folder


def refuse_format(first: bytes, known: tuple[bytes, ...], content: str, cure: str):
    """Raise what a file is, where its first bytes are none of a known format's.

    Args:
        first: bytes of the file, 12 or more where it has them.
        known: how a file that can be read begins.
        content, cure: what was expected, as `sound file`; and what can be done.

    Raises:
        ValueError: names a format of telephones or browsers, or gives the first bytes.
    """
    brand = first[4:] if first[4:8] == b"ftyp" else first
    kind = next((FOREIGN[mark] for mark in FOREIGN if brand.startswith(mark)), "")
    if kind:
        raise ValueError(f"{kind} is a format that is not read here. {cure}")
    if not first.startswith(known):
        begin = f"it begins with {first[:16]!r}"
        raise ValueError(f"no {content} of a known format: {begin}. {cure}")


def _check_folder(path, content):
    root = Path(os.path.abspath(files.expand(path)))
    if root.is_dir():
        return root
    raise NotADirectoryError(
        f"Expected `path` to be a folder of {content}; received {str(path)!r} "
        f"({'a file' if root.exists() else 'nothing there'}) in {os.getcwd()!r}."
    )


def _list_files(root):
    """Yield the path of each entry below a folder, and why it is skipped, or ''."""
    refused = []
    for folder, folders, names in os.walk(root, onerror=refused.append):
        links = {d for d in folders if os.path.islink(os.path.join(folder, d))}
        closed = {d for d in folders if d.startswith(".")} | links
        folders[:] = sorted(set(folders) - closed)
        for name in sorted([*names, *closed]):
            path = os.path.join(folder, name)
            yield path, "hidden" if name.startswith(".") else _obstacle(path)
    for error in refused:
        if error.filename == os.fspath(root):
            raise error
        yield error.filename, f"cannot be listed: {error.strerror}"


def _obstacle(path):
    try:
        mode = os.stat(path).st_mode
    except OSError as error:  # a link that leads nowhere
        return _reason(error)
    if stat.S_ISDIR(mode):
        return "a link to a folder, which is not followed"
    return "" if stat.S_ISREG(mode) else "neither a file nor a folder"


def _reason(error):
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be opened: {error.strerror}"
    if type(error) is ValueError and error.args:
        return str(error)
    return f"{type(error).__name__}: {error}"


def _some(texts, count):
    more = len(texts) - count
    return [*texts[:count], f"and {more:,} more"] if more > 0 else texts


def _first(title, entries):
    lines = _some([f"{entry.path}: {entry.reason}" for entry in entries], SHOWN[0])
    return [f"{title}:", *(f"  {line}" for line in lines)] if entries else []


def _none_usable(root, content, report):
    reasons = [f"{entry.path} ({entry.reason})" for entry in report]
    more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return ValueError(
        f"Expected at least 1 usable {content} in {_to_text(root)}; received 0. "
        f"Skipped: {'; '.join(reasons[:3]) or 'nothing'}{more}."
    )


def _to_text(name):
    # A name that is no UTF-8 could not be printed.
    return os.fsencode(name).decode("utf-8", "backslashreplace")
