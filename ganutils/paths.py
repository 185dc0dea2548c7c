"""A path as a reader writes it: text, bytes or an object, with ~ for the home."""

import os
from pathlib import Path


def expand(path: "str | bytes | os.PathLike") -> Path:
    """Return a path with ~ and ~user replaced by the home folder.

    The system does that for nobody but the shell: `open("~/a.wav")` looks for a folder
    named ~. A home that is not known stays as it is, so that the error names it.

    Args:
        path: text, bytes or an `os.PathLike`; relative ones stay relative.

    Raises:
        TypeError: it is none of them.

    Example:
        >>> expand("~/words").is_absolute()
        True
    """
    return Path(os.path.expanduser(os.fsdecode(path)))
