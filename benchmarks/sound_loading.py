"""How fast is `datasets.load_sounds` beside a loop over `librosa.load`?

All read the same files in turns: librosa alone, the loop that one writes by hand to
get clips of one length and loudness, and ours, which also checks and reports. Before
that, the memory that an hour of sound and 10,000 files take.

python benchmarks/sound_loading.py [--folder fsdd] [--rounds 7]
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import soundfile

from ganutils.datasets import sound_folder
from ganutils.datasets.messy import encode
from ganutils.kit import runtime

RATE = 8000
FILES, CONTENTS = 10_000, 20


def write_hour(folder):
    """Write one file of an hour of noise."""
    minute = 0.1 * np.random.default_rng(0).standard_normal(60 * RATE)
    with soundfile.SoundFile(folder / "hour.wav", "w", RATE, 1) as file:
        for _ in range(60):
            file.write(minute)


def write_words(folder):
    """Write many files of half a second and few distinct contents."""
    words = 0.1 * np.random.default_rng(0).standard_normal((CONTENTS, RATE // 2))
    contents = [encode(word, RATE) for word in words]
    for i in range(FILES):
        (folder / f"{i:05}.wav").write_bytes(contents[i % CONTENTS])


def print_memory():
    """Print the peak of this process after each kind of folder."""
    print("| after | most memory so far, GiB |")
    print("|---|---|")
    print(f"| imports | {runtime.peak_memory():.3f} |")
    for name, write in {
        "an hour in one file": write_hour,
        f"{FILES:,} files": write_words,
    }.items():
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder))
            used = len(sound_folder.load_folder(folder).clips)
        print(f"| {name}: clips {used:,} | {runtime.peak_memory():.3f} |")


def load_only(folder):
    """Return the samples of every file."""
    import librosa  # not before the memory is measured

    return [librosa.load(path, sr=RATE)[0] for path in sorted(folder.iterdir())]


def load_and_fit(folder):
    """Return the samples of every file, trimmed, as loud and as long."""
    import librosa

    clips = []
    for samples in load_only(folder):
        sound, _ = librosa.effects.trim(samples, top_db=40)
        sound = 0.95 * librosa.util.normalize(sound)
        clips.append(librosa.util.fix_length(sound, size=8192))
    return np.stack(clips)


LOADERS = {
    "librosa.load": load_only,
    "librosa.load, trim, normalize, fix_length": load_and_fit,
    "load_folder": sound_folder.load_folder,
}


def compare(folder, rounds):
    """Return {name: files a second in each round}; the order changes every round."""
    files = len(load_and_fit(folder))  # imports and the disk's cache: off the clock
    speeds = {name: [] for name in LOADERS}
    for i in range(rounds):
        for k in range(len(LOADERS)):
            name = list(LOADERS)[(i + k) % len(LOADERS)]
            start = time.perf_counter()
            LOADERS[name](folder)
            speeds[name].append(files / (time.perf_counter() - start))
    return speeds


def spread(values, decimals):
    """Return 'median (lowest–highest)'."""
    numbers = (median(values), min(values), max(values))
    middle, lowest, highest = (f"{number:,.{decimals}f}" for number in numbers)
    return f"{middle} ({lowest}–{highest})"


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("GANUTILS_DATA_DIR", "."))
    parser.add_argument("--folder", type=Path, default=data / "fsdd")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print_memory()
    speeds = compare(arguments.folder, arguments.rounds)
    print("\n| loader | files/s | load_folder's speed over this |")
    print("|---|---|---|")
    for name, values in speeds.items():
        pairs = zip(speeds["load_folder"], values, strict=True)
        ratios = [ours / theirs for ours, theirs in pairs]
        print(f"| {name} | {spread(values, 0)} | {spread(ratios, 2)} |")


if __name__ == "__main__":
    main()
