"""Where a named data set comes from: a folder, the bundle, Keras's cache or download.

The places are asked in this order:

1. the folder in the environment variable GANUTILS_DATA_DIR, for a classroom without a
   network: `<name>.npz` with x_train, y_train, x_test, y_test (CIFAR-10 also as the
   folder cifar-10-batches-py of the original);
2. the files bundled with the course (`digits`);
3. `keras.datasets`, which keeps a cache and downloads once.

A place without the file leads on to the next. A file that is there but wrong is an
error that names it: nothing else is taken in its stead.
"""

import contextlib
import gzip
import hashlib
import http.client
import os
import pickle
import socket
import ssl
import tempfile
import urllib.error
from pathlib import Path

import keras
import numpy as np

from ganutils.datasets import catalogue
from ganutils.kit import files, runtime

SECONDS_WITHOUT_ANSWER = 15.0  # then a connection counts as dead
CIFAR_BATCHES = "cifar-10-batches-py"


class DataUnavailable(OSError):
    """There is no copy of a data set on this machine and no way to download it."""


def fetch(name: str) -> tuple[dict[str, np.ndarray], str]:
    """Return a data set, verified, and where it came from.

    Args:
        name: key of `recipes.RECIPES`.

    Returns:
        The arrays of `recipes.verify`, and a phrase such as "bundled with the course".

    Raises:
        DataUnavailable: no place has it; says which were asked and what to do.
        ValueError: a file is damaged, altered or something else; names it.
        OSError: a file cannot be read, or the download cannot be written.
    """
    bundled, local = catalogue.RECIPES[name].bundled, _offline_copy(name)
    if local is not None:
        source = f"{local.name} in GANUTILS_DATA_DIR"
    elif bundled:
        local, source = runtime.bundled(bundled), "bundled with the course"
    else:
        place = f"the Keras cache {cache_folder()}"
        arrays = catalogue.verify(_through_keras(name), name, place)
        return arrays, f"keras.datasets.{name}"
    arrays = _read_batches(local) if local.is_dir() else _read_npz(local)
    return catalogue.verify(arrays, name, str(local)), source


def keep_copy(name: str, folder: "str | os.PathLike") -> Path:
    """Write a data set to `folder`/`name`.npz, for a machine without a network.

    Args:
        name: as in `datasets.load`.
        folder: what GANUTILS_DATA_DIR will name on that machine.

    Returns:
        The path of the file.

    Raises:
        OSError: as in `fetch`, or the file cannot be written.
    """
    arrays, _ = fetch(name)
    return files.write_atomically(
        Path(folder) / f"{name}.npz", lambda file: np.savez_compressed(file, **arrays)
    )


def data_folder() -> Path | None:
    """Return the folder that GANUTILS_DATA_DIR names, or None."""
    folder = os.environ.get("GANUTILS_DATA_DIR", "").strip()
    return Path(folder).expanduser() if folder else None


def _offline_copy(name):
    folder = data_folder()
    names = [f"{name}.npz", *([CIFAR_BATCHES] if name == "cifar10" else [])]
    found = [folder / n for n in names if folder and (folder / n).exists()]
    return found[0] if found else None


def _read_npz(path):
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in catalogue.KEYS if key in archive}
    except PermissionError:
        raise
    # A broken archive may raise nearly anything: zlib.error, BadZipFile, EOFError …
    except Exception as error:
        raise damaged(path, "an .npz archive of plain arrays", error) from error


class _ArrayUnpickler(pickle.Unpickler):
    """Reads NumPy arrays and plain values only: any other pickle may run code."""

    def find_class(self, module, name):
        if name == "_reconstruct" and module.endswith("multiarray"):
            return np.empty(0).__reduce__()[0]
        if (module, name) in {("numpy", "ndarray"), ("numpy", "dtype")}:
            return getattr(np, name)
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def _read_batches(folder):
    parts = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
    arrays = {}
    for part, names in parts.items():
        batches = [_read_batch(folder / name) for name in names]
        images = np.concatenate([batch[b"data"] for batch in batches])
        arrays[f"x_{part}"] = images.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        arrays[f"y_{part}"] = np.concatenate([batch[b"labels"] for batch in batches])
    return arrays


def _read_batch(path):
    try:
        with open(path, "rb") as file:
            batch = _ArrayUnpickler(file, encoding="bytes").load()
        if batch[b"data"].shape != (10_000, 3072) or len(batch[b"labels"]) != 10_000:
            raise ValueError(f"data of shape {batch[b'data'].shape}")
    except PermissionError:
        raise
    except Exception as error:  # a broken pickle, too, may raise nearly anything
        raise damaged(path, "a batch of the CIFAR-10 folder", error) from error
    return batch


def _through_keras(name):
    for file, sha256 in catalogue.RECIPES[name].cached.items():
        _check_cached(cache_folder() / file, sha256)
    try:
        with _impatient_sockets():
            train, test = getattr(keras.datasets, name).load_data()
    except Exception as error:
        raise _explained(error, name) from error
    return dict(zip(catalogue.KEYS, (*train, *test), strict=True))


def cache_folder() -> Path:
    """Return the folder of downloaded data, by the rule of keras.utils.get_file."""
    folder = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
    if os.path.isdir(folder) and not os.access(folder, os.W_OK):
        folder = os.path.join(tempfile.gettempdir(), ".keras")
    return Path(folder) / "datasets"


def _check_cached(path, sha256):
    # Keras deletes a broken file and downloads anew; without a network that would end
    # in "no network", and hide that a broken file was there.
    if not path.is_file():
        return
    if sha256 is None:
        try:
            with gzip.open(path) as file:
                while file.read(1 << 20):
                    pass
        except Exception as error:
            raise damaged(path, "a complete gzip file", error) from error
        return
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != sha256:
        raise damaged(path, f"sha256 {sha256}", f"sha256 {digest.hexdigest()}")


@contextlib.contextmanager
def _impatient_sockets():
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS_WITHOUT_ANSWER)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _explained(error, name):
    if is_network(error):
        return DataUnavailable(_advice(name, error))
    if isinstance(error, OSError) and error.errno:
        return OSError(
            error.errno,
            f"Cannot store {name} ({error.strerror}). Free some space, or set "
            "KERAS_HOME to a folder you may write to",
            error.filename or str(cache_folder()),
        )
    files = ", ".join(catalogue.RECIPES[name].cached)
    return ValueError(
        f"Keras could not read {name} from {cache_folder()}: {error}. What it "
        f"downloaded is damaged or only half there: delete {files} there and try again."
    )


def is_network(error: Exception) -> bool:
    """Tell whether an error means that there is no way to the data, or none now."""
    kinds = (
        urllib.error.URLError,
        http.client.HTTPException,
        TimeoutError,
        ConnectionError,
        ssl.SSLError,
    )
    while error is not None and not isinstance(error, kinds):
        error = error.__cause__ or error.__context__
    return error is not None


def _advice(name, error):
    folder = data_folder()
    if folder is None:
        looked = "GANUTILS_DATA_DIR is not set"
    else:
        state = "lacks it" if folder.is_dir() else "is not a folder"
        looked = f"GANUTILS_DATA_DIR={folder} {state}"
    return (
        f"No copy of {name} and no way to download it ({error}). Looked for {name}.npz "
        f"({looked}), then in {cache_folder()}. Set GANUTILS_DATA_DIR to a folder "
        f"with {name}.npz, which download.keep_copy({name!r}, folder) writes where "
        'there is a network; or use the bundled datasets.load("digits") instead.'
    )


def damaged(path, expected: str, problem) -> ValueError:
    """Return the error that names a file, what it should be, and what is wrong."""
    return ValueError(
        f"Expected {path} to be {expected}; reading it gave: {problem}. The file is "
        "damaged, altered or only half there: delete it, or copy or download it again."
    )
