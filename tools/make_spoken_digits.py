"""Make data/spoken_digits_tts.npz: the ten digits, spoken by a formant synthesiser.

Needs the program espeak-ng (1.51; Debian: `apt install espeak-ng`), which the course
itself does not:

    python tools/make_spoken_digits.py data/spoken_digits_tts.npz

It prints the digests that `ganutils/datasets/catalogue.py` and data/README.md state.
The list of FSDD's recordings is made from `sha256sum *.wav > fsdd.sha256`, run in their
folder:

    python tools/make_spoken_digits.py data/fsdd_manifest.npz --manifest fsdd.sha256
"""

import argparse
import io
import itertools
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from scipy.signal import resample_poly

from ganutils.datasets import catalogue, download
from ganutils.kit import files

PROGRAM = "espeak-ng"
WORDS = "zero one two three four five six seven eight nine".split()
# Accent + variant; the variants move pitch, formants and timbre. Five of each sex.
# Of British English the name is `en`: with `en-gb`, espeak-ng ignores the variant.
VOICES = (
    "en+m1",
    "en-us+m3",
    "en-gb-scotland+m7",
    "en-gb-x-rp+m4",
    "en-us+m2",
    "en+f2",
    "en-us+f4",
    "en-gb-scotland+f1",
    "en-gb-x-rp+f3",
    "en-us+f5",
)
PITCHES = (30, 45, 60, 75)  # espeak-ng's scale, 0 to 99
SPEEDS = (130, 155, 180)  # words a minute
TESTS = 2  # of a voice's twelve pairs of pitch and speed
SPOKEN_RATE = 22_050  # what espeak-ng writes
QUIET = 0.005  # of a clip's peak; less than that at either end is cut off
STEP = 16  # amplitudes are multiples of it: 12 of 16 bits, which halves the file
SEED = 0


class Manner(NamedTuple):
    """How a digit is spoken."""

    voice: str
    pitch: int
    speed: int


def speak(word: str, manner: Manner, folder: Path) -> np.ndarray:
    """Return a word as espeak-ng speaks it: (samples,), int16, at 22,050 Hz.

    Raises:
        OSError: espeak-ng is not installed, or does not know the voice.
    """
    file = folder / "word.wav"
    options = ["-v", manner.voice, "-p", str(manner.pitch), "-s", str(manner.speed)]
    command = [PROGRAM, *options, "-z", "-w", str(file), word]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or not file.exists():
        raise OSError(f"{' '.join(command)} failed: {done.stderr.strip()}")
    samples, rate = soundfile.read(file, dtype="int16")
    file.unlink()
    if rate != SPOKEN_RATE:
        raise OSError(f"Expected {SPOKEN_RATE} Hz of {PROGRAM}; received {rate} Hz.")
    return samples


def finish(samples: np.ndarray) -> np.ndarray:
    """Return speech at 8 kHz, its loudest sample at 0.95, its ends cut: int16."""
    # 22,050 · 160 / 441 = 8,000
    speech = resample_poly(samples.astype(np.float64), 160, 441)
    speech *= 0.95 * 32_767 / np.abs(speech).max()
    (loud,) = np.nonzero(np.abs(speech) > QUIET * np.abs(speech).max())
    kept = speech[loud[0] : loud[-1] + 1]
    return (STEP * np.rint(kept / STEP)).astype(np.int16)


def manners() -> tuple[list[Manner], np.ndarray]:
    """Return every voice, pitch and speed, and which of them are for testing."""
    pairs = list(itertools.product(PITCHES, SPEEDS))
    rng, test = np.random.default_rng(SEED), []
    for _ in VOICES:
        test.append(np.isin(np.arange(len(pairs)), rng.permutation(len(pairs))[:TESTS]))
    found = [Manner(voice, *pair) for voice in VOICES for pair in pairs]
    return found, np.concatenate(test)


def without_repeats(clips: list[list[np.ndarray]], test: np.ndarray) -> np.ndarray:
    """Return which manners speak no digit exactly as another manner does.

    Args:
        clips: for each manner, its ten digits.
        test: which are for testing. Of two that agree, the one for training stays.

    Returns:
        Indices into `clips`, sorted; a manner stays with all ten digits or goes.
    """
    heard, kept = set(), []
    for i in np.argsort(test, kind="stable"):
        digits = {clip.tobytes() for clip in clips[i]}
        if not digits & heard:
            kept.append(i)
        heard |= digits
    return np.sort(kept)


def pack(clips: list[np.ndarray]) -> np.ndarray:
    """Return clips, one after the other, as the bytes of one FLAC file."""
    buffer, samples = io.BytesIO(), np.concatenate(clips)
    how = {"subtype": "PCM_16", "format": "FLAC", "compression_level": 1.0}
    soundfile.write(buffer, samples, download.SAMPLE_RATE, **how)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def digits() -> dict[str, np.ndarray]:
    """Return the arrays of the file: every digit in every manner."""
    every, test = manners()
    with tempfile.TemporaryDirectory() as folder:
        clips = [
            [finish(speak(word, manner, Path(folder))) for word in WORDS]
            for manner in every
        ]
    kept = without_repeats(clips, test)
    print(f"{len(kept)} of {len(every)} manners of speaking, {len(WORDS)} digits each")
    flat = [clip for i in kept for clip in clips[i]]
    names = [" ".join(map(str, every[i])) for i in kept]
    return {
        "flac": pack(flat),
        "lengths": np.array([len(clip) for clip in flat], np.int32),
        "labels": np.tile(np.arange(len(WORDS), dtype=np.uint8), len(kept)),
        "manners": np.repeat(np.array(names, np.bytes_), len(WORDS)),
        "test": np.repeat(test[kept], len(WORDS)),
    }


def manifest(checksums: Path) -> dict[str, np.ndarray]:
    """Return the names and digests that `sha256sum` printed, in the order of names."""
    lines = sorted(
        (line.split()[::-1] for line in checksums.read_text("utf8").splitlines()),
    )
    names = np.array([name.lstrip("*") for name, _ in lines], np.bytes_)
    digests = [np.frombuffer(bytes.fromhex(sha256), np.uint8) for _, sha256 in lines]
    return {"names": names, "digests": np.stack(digests)}


def main(arguments: list[str] | None = None):
    """Write one of the two files; print its size and the digests of its contents."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="the .npz file to write")
    parser.add_argument("--manifest", type=Path, help="what sha256sum printed of FSDD")
    asked = parser.parse_args(arguments)
    arrays = manifest(asked.manifest) if asked.manifest else digits()
    files.write_atomically(asked.path, lambda file: np.savez_compressed(file, **arrays))
    print(f"{asked.path}: {asked.path.stat().st_size:,} bytes")
    if asked.manifest is None:
        for key, array in catalogue.unpack(arrays).items():
            print(f"{key:8} {catalogue.sha256_of(array)}")


if __name__ == "__main__":
    main()
