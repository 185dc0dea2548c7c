"""Named data sets as arrays in [-1, 1]: where each comes from, and its stand-in.

The places are asked in this order:

1. the folder in the environment variable GANUTILS_DATA_DIR, for a classroom without a
   network: `<name>.npz` with x_train, y_train, x_test, y_test; for FSDD the folder
   `fsdd` with its recordings;
2. the files bundled with the course;
3. Keras's cache, which a download fills once.

A place without the file leads on to the next. A file that is there but wrong is an
error that names it: nothing else is taken in its stead.
"""

import os
import socket
from dataclasses import replace
from functools import partial
from http.client import HTTPException
from pathlib import Path
from ssl import SSLError
from urllib.error import URLError

import keras
import numpy as np

from ganutils.datasets import catalogue
from ganutils.datasets.catalogue import DataSet
from ganutils.datasets.sound_folder import fit_clip
from ganutils.kit import files, runtime
from ganutils.kit.checks import to_unit_range

SECONDS_WITHOUT_ANSWER = 15.0  # then a connection counts as dead
SAMPLE_RATE = 8_000  # Hz; 8,192 samples hold 99.4 % of FSDD's recordings whole
FSDD = "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/"
FSDD += "v1.0.10.tar.gz"
STAND_INS = {"fsdd": "spoken_digits_tts"}  # the bundled digits for all others
NO_NETWORK = (URLError, HTTPException, SSLError, TimeoutError, ConnectionError)


class DataUnavailable(OSError):
    """There is no copy of a data set on this machine and no way to download it."""


def load(name: str) -> DataSet:
    """Return a data set by name, verified.

    Args:
        name: `mnist`, `fashion_mnist`, `cifar10`, or the bundled `digits`: 1,797 real
            handwritten digits redrawn at 28×28, which need no network. Of sound
            `fsdd`, 3,000 recordings of six people; or the bundled, synthetic
            `spoken_digits_tts`. `sound_folder.fit_clip` makes clips of them.

    Raises:
        ValueError: unknown name; or a file is damaged or altered, and which one.
        OSError: no copy here and no network, and then says which folder to fill; or a
            file cannot be read or written.

    Example:
        >>> load("digits").x_train.shape
        (1438, 28, 28, 1)
    """
    if name in catalogue.RECIPES:
        return _load_images(name)
    if name in catalogue.SPOKEN:
        return _load_clips(name)
    known = sorted([*catalogue.RECIPES, *catalogue.SPOKEN])
    raise ValueError(
        f"Expected `name` to be one of {known}; received {name!r}. For a folder of "
        "your own, see datasets.load_images() and datasets.load_sounds()."
    )


def load_or_stand_in(name: str) -> DataSet:
    """Return a data set; without a copy and a network, bundled digits instead.

    A stand-in is never silent: `stand_in_for` holds the name asked for and `source`
    is the line to print. Only the lack of a network leads to it. A file that is
    damaged or altered raises as in `load`.

    Args:
        name: as in `load`. Sizes may differ from it: take them from `x_train.shape`.

    Example:
        >>> data = load_or_stand_in("mnist")
        >>> print(data.source)
        mnist: 60,000 + 10,000 images, keras.datasets.mnist
    """
    try:
        return load(name)
    except DataUnavailable:
        bundled = load(STAND_INS.get(name, "digits"))
        line = (
            f"No network and no copy of {name}: the bundled {bundled.name} stand in "
            f"for it ({bundled.source}). To use {name}, fill the folder "
            "GANUTILS_DATA_DIR."
        )
        return replace(bundled, source=line, stand_in_for=name)


def _fetch(name, file, read, download=None):
    # → what `read` makes of the file in the first place that has it, and that place
    folder = _data_folder()
    if folder and (folder / file).exists():
        return read(folder / file), f"{file} in GANUTILS_DATA_DIR"
    if name in catalogue.BUNDLED:
        return read(runtime.bundled(file)), "bundled with the course"
    if download is None:
        raise DataUnavailable(_advice(name, file, "Keras has no such data set"))
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS_WITHOUT_ANSWER)
    try:
        found, source = download()
    except Exception as error:
        raise _explained(error, name, file) from error
    finally:
        socket.setdefaulttimeout(before)
    return read(found), source


def _data_folder():
    folder = os.environ.get("GANUTILS_DATA_DIR", "").strip()
    return files.expand(folder) if folder else None


def _cache_folder():
    return files.expand(os.environ.get("KERAS_HOME") or "~/.keras") / "datasets"


def _load_images(name):
    read = partial(catalogue.read_images, name=name)
    published = getattr(keras.datasets, name, None)
    ask = published and partial(_ask_keras, name, published)
    arrays, source = _fetch(name, f"{name}.npz", read, ask)
    x, y, x_test, y_test = arrays
    return DataSet(
        name,
        *(to_unit_range(x), y.astype(np.int64)),
        *(to_unit_range(x_test), y_test.astype(np.int64)),
        catalogue.RECIPES[name].class_names,
        f"{name}: {len(y):,} + {len(y_test):,} images, {source}",
    )


def _ask_keras(name, published):
    train, test = published.load_data()
    arrays = dict(zip(catalogue.KEYS, (*train, *test), strict=True))
    return arrays, f"keras.datasets.{name}"


def _load_clips(name):
    if name == "fsdd":
        found = _fetch(name, "fsdd", catalogue.read_fsdd, _ask_github)
    else:
        found = _fetch(name, f"{name}.npz", catalogue.read_synthetic)
    (recordings, labels, speakers, test), source = found
    # FSDD's recordings differ in level by 40 dB, mostly by who speaks, and a GAN would
    # learn the loudness first: in every clip the loudest sample is at 0.95.
    clips = [fit_clip(r / np.float32(32_768), SAMPLE_RATE)[0] for r in recordings]
    x, y = np.reshape(clips, (len(clips), -1, 1)), labels.astype(np.int64)
    return DataSet(
        name,
        *(x[~test], y[~test], x[test], y[test]),
        catalogue.DIGIT_NAMES,
        f"{name}: {(~test).sum():,} + {test.sum():,} clips, {source}",
        sample_rate=SAMPLE_RATE,
        speakers_train=speakers[~test],
        speakers_test=speakers[test],
    )


def _ask_github():
    home = _cache_folder().parent
    path = keras.utils.get_file("fsdd-v1.0.10.tar.gz", FSDD, cache_dir=home)
    return Path(path), "Free Spoken Digit Dataset v1.0.10"


def _explained(error, name, file):
    cause = error
    while cause is not None and not isinstance(cause, NO_NETWORK):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        return DataUnavailable(_advice(name, file, error))
    if isinstance(error, OSError) and error.errno:
        return OSError(
            error.errno,
            f"Cannot store {name} ({error.strerror}). Free some space, or set "
            "KERAS_HOME to a folder you may write to",
            error.filename or str(_cache_folder()),
        )
    return catalogue.damaged(_cache_folder(), f"the files of {name}", error)


def _advice(name, file, error):
    folder, state = _data_folder(), "lacks it"
    if folder and not folder.is_dir():
        state = "is not a folder"
    looked = f"={folder} {state}" if folder else " is not set"
    content = f"recordings/*.wav of {FSDD}"
    if name != "fsdd":
        content = f"the arrays {', '.join(catalogue.KEYS)} of keras.datasets.{name}"
    return (
        f"No copy of {name} and no way to download it ({error}). Looked for {file} "
        f"(GANUTILS_DATA_DIR{looked}), then in {_cache_folder()}. Set "
        f"GANUTILS_DATA_DIR to a folder with {file}, which holds {content}; or use the "
        f'bundled datasets.load("{STAND_INS.get(name, "digits")}") instead.'
    )
