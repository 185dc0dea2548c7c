"""Spoken digits as clips in [-1, 1]: FSDD, and the bundled synthetic ones."""

import io
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import soundfile

from ganutils.datasets import catalogue, download, fsdd, sound_folder
from ganutils.datasets.catalogue import AudioData
from ganutils.kit import runtime
from ganutils.kit.checks import check_clips

__all__ = ["AudioData", "NAMES", "check_clips", "load", "load_or_stand_in"]

NAMES = ("fsdd", "spoken_digits_tts")
SAMPLE_RATE = 8_000  # Hz
CLIP_LENGTH = 8_192  # samples: 1.024 s hold 99.4 % of FSDD's recordings whole
TESTS = 5  # FSDD: recordings 0 … 4 of each digit and speaker are the test part
BUNDLED = "spoken_digits_tts.npz"
# Of the bundled arrays; tools/make_spoken_digits.py prints these.
DIGESTS: Mapping[str, str] = {
    "samples": "a90cb10609a8a9c3fb00d098196094b5220745a32042ce95b6a63bdde2780bfd",
    "lengths": "bc0a3d125f2f8807017cf6da52d610b673085b70eeeb24907036b1adb427be8d",
    "labels": "d30cc0aa719a7be9f8fac2d6737e5e35b550df7490da7eec1d4e51c0c711e0ba",
    "manners": "01942304e3f0dedd58f1ec65832649471ace0e3f2d7d93d1df6cd882f26433c7",
    "test": "4276df542e74ee3300a397a625f534c0e23c9614e8b95411cd20750e82f51fb1",
}


def load(name: str, clip_length: int = CLIP_LENGTH) -> AudioData:
    """Return a data set of spoken digits, verified.

    Every clip starts 200 samples before its word, ends in silence, and has its
    loudest sample at 0.95: FSDD's recordings differ in level by 40 dB, mostly by who
    speaks, and a GAN would learn the loudness first.

    Args:
        name: `fsdd`, 3,000 recordings of six people; or `spoken_digits_tts`, bundled
            and synthetic, which need no network.
        clip_length: samples of a clip at 8 kHz. Shorter ones cut more words: 75 % of
            FSDD fit in 4,096 samples, 99.4 % in 8,192.

    Raises:
        ValueError: unknown name; or a file is damaged or altered, and which one.
        OSError: no copy here and no network, and then says which folder to fill; or a
            file cannot be read or written.

    Example:
        >>> load("spoken_digits_tts").x_train.shape
        (1000, 8192, 1)
    """
    if name not in NAMES:
        raise ValueError(f"Expected `name` to be one of {NAMES}; received {name!r}.")
    read = _read_fsdd if name == "fsdd" else _read_bundled
    recordings, labels, speakers, test, source = read()
    x = np.stack([_fit(samples, clip_length) for samples in recordings])
    y = np.asarray(labels, np.int64)
    return AudioData(
        name,
        x[~test],
        y[~test],
        x[test],
        y[test],
        catalogue.DIGIT_NAMES,
        f"{name}: {(~test).sum():,} + {test.sum():,} clips, {source}",
        SAMPLE_RATE,
        speakers_train=speakers[~test],
        speakers_test=speakers[test],
    )


def load_or_stand_in(name: str, clip_length: int = CLIP_LENGTH) -> AudioData:
    """Return a data set; without a copy and a network, the bundled digits instead.

    As `datasets.load_or_stand_in`: never silent, `source` is the line to print, and a
    file that is damaged or altered raises.

    Args:
        name, clip_length: as in `load`.

    Example:
        >>> data = load_or_stand_in("fsdd")
        >>> print(data.source)
        fsdd: 2,700 + 300 clips, Free Spoken Digit Dataset v1.0.10
    """
    try:
        return load(name, clip_length)
    except download.DataUnavailable:
        bundled = load("spoken_digits_tts", clip_length)
        line = (
            f"No network and no copy of {name}: the bundled synthetic digits stand in "
            f"for it ({bundled.source}). To use {name}, fill the folder "
            "GANUTILS_DATA_DIR."
        )
        return replace(bundled, source=line, stand_in_for=name)


def digests_of(arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Return the sha256 of the bundled arrays, of the sound as it is decoded.

    Args:
        arrays: `flac`, `lengths`, `labels`, `manners`, `test` of the .npz file.
    """
    decoded = {"samples": _decode(arrays["flac"])}
    decoded |= {key: array for key, array in arrays.items() if key != "flac"}
    return {key: catalogue.sha256_of(array) for key, array in decoded.items()}


def _fit(samples, clip_length):
    clip, _ = sound_folder.fit_clip(
        samples / np.float32(32_768), SAMPLE_RATE, SAMPLE_RATE, clip_length
    )
    return np.reshape(clip, (clip_length, 1))


def _read_fsdd():
    recordings, source = fsdd.fetch()
    parts = np.array([name.removesuffix(".wav").split("_") for name in recordings])
    test = parts[:, 2].astype(int) < TESTS
    return list(recordings.values()), parts[:, 0], parts[:, 1], test, source


def _read_bundled():
    path = runtime.bundled(BUNDLED)
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = dict(archive)
        received = digests_of(arrays)
    # A broken archive may raise nearly anything: zlib.error, BadZipFile, KeyError …
    except Exception as error:
        raise download.damaged(path, "the bundled digits", error) from error
    for key, digest in DIGESTS.items():
        if received.get(key) != digest:
            expected, found = f"`{key}` with sha256 {digest}", received.get(key)
            raise download.damaged(path, expected, f"sha256 {found}")
    starts = np.cumsum(arrays["lengths"])[:-1]
    recordings = np.split(_decode(arrays["flac"]), starts)
    voices = np.array([m.split()[0] for m in arrays["manners"].astype(str)])
    source = "synthetic, bundled with the course"
    return recordings, arrays["labels"], voices, arrays["test"], source


def _decode(flac):
    return soundfile.read(io.BytesIO(flac.tobytes()), dtype="int16")[0]
