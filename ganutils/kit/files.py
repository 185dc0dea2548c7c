"""Files that are never half-written: atomic writes, and variables as one archive."""

import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np


def expand(path: "str | bytes | os.PathLike") -> Path:
    """Return a path with ~ and ~user replaced by the home folder.

    The system does that for nobody but the shell: `open("~/a.wav")` looks for a folder
    named ~. A home that is not known stays as it is, so that the error names it.

    Example:
        >>> expand("~/words").is_absolute()
        True
    """
    return Path(os.path.expanduser(os.fsdecode(path)))


def is_writer() -> bool:
    """Tell whether this process is the one of its cluster that writes files.

    Workers that train together (`tf.distribute`, `TF_CONFIG`) hold the same weights;
    the first of them writes. A process that trains alone always does.
    """
    config = json.loads(os.environ.get("TF_CONFIG") or "{}")
    cluster, task = config.get("cluster", {}), config.get("task", {})
    first = "chief" if "chief" in cluster else "worker"
    return not cluster or (task["type"], int(task["index"])) == (first, 0)


def write_atomically(path: "str | os.PathLike", write: Callable[[Path], None]) -> Path:
    """Call `write` on a temporary path beside `path`, then rename it into place.

    A reader sees the old file or the new one, never a part; a full disk or a killed
    process leaves the old file as it was. Of several workers one writes (`is_writer`).

    The folder is made where it is missing; the temporary path has the same suffix. An
    OSError names `path`, which is returned otherwise.
    """
    path = expand(path)
    if not is_writer():
        return path
    unfinished = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(unfinished)
        with open(unfinished, "rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise OSError(
            error.errno,
            f"Cannot write the file ({error.strerror or error}). Free some space or "
            "choose a folder you may write to; what stood there is unchanged",
            os.fspath(path),
        ) from error
    finally:
        if path.parent.is_dir():
            unfinished.unlink(missing_ok=True)
    return path


def existing(path: "str | os.PathLike", what: str) -> Path:
    """Return the path of a file that is there, with ~ replaced.

    Else a FileNotFoundError says `what` should be in it, such as "checkpoint".
    """
    path = expand(path)
    if not path.is_file():
        raise FileNotFoundError(f"No {what} at {os.fspath(path)!r}.")
    return path


def save_variables(path: "str | os.PathLike", variables: Sequence) -> Path:
    """Write Keras variables, in order, to one uncompressed archive, `….npz`."""
    if Path(path).suffix != ".npz":
        raise ValueError(f"Expected a path that ends in .npz; received {str(path)!r}.")
    arrays = {_key(i, v): v.numpy() for i, v in enumerate(variables)}
    return write_atomically(path, lambda file: np.savez(file, **arrays))


def checksum(variables: Sequence) -> int:
    """Return a number that differs where the bits of variables do."""
    return zlib.crc32(b"".join(v.numpy().tobytes() for v in variables))


def load_variables(path: "str | os.PathLike", variables: Sequence):
    """Assign what `save_variables` wrote; all of it or, on an error, nothing.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: no such archive, a truncated one, or one of other variables; they
            are the same where number, order, roles and shapes are.
    """
    path = existing(path, "checkpoint")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = dict(archive)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"Expected a checkpoint (.npz archive of arrays); received "
            f"{os.fspath(path)!r}, {path.stat().st_size:,} bytes, which is truncated "
            f"or something else ({error}). Delete it to start anew."
        ) from error
    keys = [_key(i, v) for i, v in enumerate(variables)]
    for theirs, mine in zip_longest(arrays, keys, fillvalue="nothing"):
        if theirs != mine:
            raise ValueError(
                f"Expected a checkpoint of these networks and optimizers; {str(path)!r}"
                f" holds {len(arrays)} variables (here: {len(keys)}), and one is "
                f"{theirs!r} (here: {mine!r}). Build them as they were saved."
            )
    for variable, value in zip(variables, arrays.values(), strict=True):
        variable.assign(value)


def read_model(path: "str | os.PathLike", what: str, cure: str):
    """Return the model in a `.keras` file; only its layers and weights are trusted.

    Raises:
        FileNotFoundError: there is no such file, which should hold `what`.
        ValueError: not a Keras model, a truncated one, or one that brings code; ends
            with the sentence `cure`.
    """
    import keras  # for seconds: not before `runtime.require_tensorflow`

    path = existing(path, what)
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # zipfile, h5py and Keras raise many kinds
        raise ValueError(
            f"Expected a {what} (.keras); received {os.fspath(path)!r}, "
            f"{path.stat().st_size:,} bytes, which Keras cannot load: {error}. {cure}"
        ) from error


def _key(index, variable):
    # Keras numbers unnamed layers in the order a process makes them ("dense_7"): the
    # numbers say nothing about a variable, its position, role and shape do.
    role = re.sub(r"_?\d+", "", variable.path.split("/")[-1])
    return f"{index:04d} {role} {tuple(variable.shape)}"
