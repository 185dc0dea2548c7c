"""The Free Spoken Digit Dataset: where its 3,000 recordings come from, each verified.

The places are asked in this order:

1. the folder `fsdd` inside GANUTILS_DATA_DIR, with the recordings themselves;
2. a folder in the Keras cache;
3. the project's archive of the tag v1.0.10, which fills that folder once.

The bytes of such an archive change with the program that packs it. What is verified is
every recording, by the sha256 in data/fsdd_manifest.npz.

Reference: Z. Jackson et al., Free Spoken Digit Dataset, v1.0.10, 2020,
https://github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0.
"""

import hashlib
import io
import shutil
import tarfile
import tempfile
import urllib.request
import zlib
from pathlib import Path, PurePosixPath

import numpy as np
import soundfile

from ganutils.datasets import download
from ganutils.kit import files, runtime

TAG = "v1.0.10"
URL = (
    "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/"
    f"{TAG}.tar.gz"
)
CACHED = f"free-spoken-digit-dataset-{TAG}"  # folder in the Keras cache
SAMPLE_RATE = 8_000  # Hz, of every recording


def fetch() -> tuple[dict[str, np.ndarray], str]:
    """Return the recordings, verified, and where they came from.

    Returns:
        {file name, `{digit}_{speaker}_{index}.wav`: samples (n,), int16, 8 kHz},
        sorted by name; and a phrase such as "fsdd in GANUTILS_DATA_DIR".

    Raises:
        DataUnavailable: no place has them; says which were asked and what to do.
        ValueError: a recording is damaged, missing or too many; names it.
        OSError: a file cannot be read, or the download cannot be written.
    """
    folder = _offline_folder()
    if folder is not None:
        return read(folder), "fsdd in GANUTILS_DATA_DIR"
    folder = download.cache_folder() / CACHED
    if not folder.is_dir():
        _download(folder)
    return read(folder), f"Free Spoken Digit Dataset {TAG}"


def manifest() -> dict[str, bytes]:
    """Return {name of a recording: its sha256, 32 bytes}, sorted by name."""
    with np.load(runtime.bundled("fsdd_manifest.npz"), allow_pickle=False) as archive:
        names, digests = archive["names"].astype(str), archive["digests"]
    return {str(n): d.tobytes() for n, d in zip(names, digests, strict=True)}


def read(folder: Path) -> dict[str, np.ndarray]:
    """Return the recordings of a folder, as `fetch` does.

    Raises:
        ValueError: one is damaged, missing or too many; names it.
        OSError: a file cannot be read.
    """
    folder = files.expand(folder)
    contents = {
        path.name: path.read_bytes()
        for path in folder.glob("*.wav")
        if not path.name.startswith(".")
    }
    _verify(contents, folder)
    return {name: _samples(contents[name]) for name in sorted(contents)}


def _samples(content):
    return soundfile.read(io.BytesIO(content), dtype="int16")[0]


def _verify(contents, folder):
    expected = manifest()
    received = {n: hashlib.sha256(c).digest() for n, c in contents.items()}
    wrong = sorted(
        name
        for name in expected.keys() | received.keys()
        if expected.get(name) != received.get(name)
    )
    if not wrong:
        return
    name = wrong[0]
    more = f", and {len(wrong) - 1:,} more differ" if len(wrong) > 1 else ""
    raise ValueError(
        f"Expected in {folder} the {len(expected):,} recordings of fsdd {TAG} and no "
        f"other .wav: {name} with {_hash(expected.get(name))}; received "
        f"{_hash(received.get(name))}{more}. What was received is damaged, missing or "
        "something else: copy the recordings again, or delete the folder, and they "
        "are downloaded."
    )


def _hash(digest):
    return "no such file" if digest is None else f"sha256 {digest.hex()}"


def _offline_folder():
    data = download.data_folder()
    folder = data / "fsdd" if data else None
    return folder if folder and any(folder.glob("*.wav")) else None


def _download(target):
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fsdd-", dir=target.parent) as part:
            archive, recordings = Path(part, "fsdd.tar.gz"), Path(part, "recordings")
            _store(archive)
            _unpack(archive, recordings)
            read(recordings)  # nothing unverified gets a place in the cache
            _place(recordings, target)
    except ValueError as error:
        raise ValueError(f"{URL} gave something else. {error}") from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise _damaged(error) from error
    except Exception as error:
        if download.is_network(error):
            raise download.DataUnavailable(_advice(error)) from error
        if isinstance(error, OSError) and error.errno:
            raise _cannot_store(error, target) from error
        raise _damaged(error) from error


def _store(path):
    answer = urllib.request.urlopen(URL, timeout=download.SECONDS_WITHOUT_ANSWER)
    with answer, open(path, "wb") as file:
        shutil.copyfileobj(answer, file)


def _unpack(archive, folder):
    folder.mkdir()
    wanted = manifest()
    with tarfile.open(archive, "r:gz") as members:
        for member in members:
            path = PurePosixPath(member.name)
            if member.isreg() and path.name in wanted:
                with open(folder / path.name, "wb") as file:
                    shutil.copyfileobj(members.extractfile(member), file)


def _place(folder, target):
    try:
        folder.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was faster
            raise


def _damaged(error):
    return ValueError(
        f"Expected {URL} to be a .tar.gz archive; reading it gave: {error}. What was "
        "downloaded is damaged or only half there: try again."
    )


def _cannot_store(error, target):
    return OSError(
        error.errno,
        f"Cannot store fsdd ({error.strerror}). Free some space, or set KERAS_HOME to "
        "a folder you may write to",
        error.filename or str(target),
    )


def _advice(error):
    folder = download.data_folder()
    looked = f"GANUTILS_DATA_DIR={folder}" if folder else "GANUTILS_DATA_DIR is not set"
    return (
        f"No copy of fsdd and no way to download it ({error}). Looked for fsdd/*.wav "
        f"({looked}), then for {download.cache_folder() / CACHED}. Where there is a "
        f"network, unpack {URL}; then set GANUTILS_DATA_DIR to a folder whose "
        "sub-folder fsdd holds its recordings/*.wav. Or use the bundled "
        'datasets.load("spoken_digits_tts") instead.'
    )
