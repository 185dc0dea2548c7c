"""Train a generator that ships with the course and write data/generator_NAME.keras.

    python tools/train_generators.py mnist --minutes 15
    python tools/train_generators.py digits --minutes 10
    python tools/train_generators.py cifar10_automobiles --steps 30000 --folder PATH
    python tools/train_generators.py fsdd --steps 5000 --seed 2
    python tools/train_generators.py mnist_conditional --steps 12000
    python tools/train_generators.py cifar10_conditional --steps 30000 --folder PATH

The networks and the recipe are those of chapter 3, with a file below 1 MB; of spoken
digits, those of chapter 5; of generators that are told a class, those of chapter 7.
With `--steps` the rates fall over them, with `--minutes` they stay, but in chapter 7.
Every minute and at the end the averaged generator is measured on training data; the
best one is kept, of voices the best one that is not hoarse. What is printed last, on
test data, belongs in data/README.md.
"""

import argparse
import dataclasses
import time
from pathlib import Path

import keras
import numpy as np

import chapters
from ganutils import audio, datasets, metrics, training
from ganutils.datasets import catalogue
from ganutils.kit import runtime
from ganutils.metrics import features
from ganutils.training import augmentation, conditions
from train_features import read_folder

PHOTOGRAPHS = {"gamma": 0.1, "augment": ("translate", "cutout")}
SIZES = {  # arguments of make_gan: all that differs from the chapter
    "mnist": {"width": 16},
    "digits": {"width": 16, "augment": ("translate",)},
    "cifar10_automobiles": {
        "size": 32,
        "channels": 3,
        "width": 32,
    }
    | PHOTOGRAPHS,
}
TOLD = {  # of chapter 7, in the same way
    "mnist_conditional": {},
    "cifar10_conditional": PHOTOGRAPHS | {"size": (32, 3, 32), "rate": 2e-3},
}
CLASSES = {  # of CIFAR-10
    "cifar10_automobiles": ("automobile",),
    "cifar10_conditional": ("automobile", "frog", "horse", "ship"),
}
# A voice below these counts as hoarse: it is kept only where no clear one was found.
CLEAR_SHARE, HARMONICS_DB, HOARSE = 0.5, 4.5, 1_000.0


class Best(keras.callbacks.Callback):
    """Measures every so many seconds, keeps the best generator, stops in time."""

    def __init__(self, distance, minutes: float, path: Path, every: float = 60.0):
        super().__init__()
        self.distance, self.every, self.path = distance, every, path
        self.best, self.start = float("inf"), time.monotonic()
        self.due, self.end = self.start + every, self.start + 60 * minutes

    def on_train_batch_end(self, batch, logs=None):
        """Measure where a minute has passed; stop in time."""
        now = time.monotonic()
        self.model.stop_training = now >= self.end
        if now >= self.due and now < self.end:
            self.due = now + self.every
            self.keep_best(logs)

    def on_train_end(self, logs=None):
        """Measure what training ended with."""
        self.keep_best(logs)

    def keep_best(self, logs):
        """Save the averaged generator where it is the best so far; print a line."""
        value = self.distance(self.model)
        if value < self.best:
            self.best = value
            training.save_generator(self.path, self.model.ema_generator)
        spent = (time.monotonic() - self.start) / 60
        logits = " ".join(f"{k}={logs[k]:.2f}" for k in ("real_logits", "fake_logits"))
        print(f"{spent:5.1f} min, step {int(self.model.step):,}: {value:.2f}", end=" ")
        print(f"(best {self.best:.2f}) {logits}", flush=True)


def is_hoarse(clips: np.ndarray) -> bool:
    """Tell whether a voice is worse than CLEAR_SHARE or HARMONICS_DB."""
    health = audio.health(clips)
    found = health["clear_share"], health["harmonics_db"]
    print("clear share {:.3f}, {:.2f} dB,".format(*found), end=" ")
    return found[0] < CLEAR_SHARE or found[1] < HARMONICS_DB


def make_gan(name: str, data, seed: int, steps: int | None = None):
    """Return the compiled GAN of a data set, what to fit, and the size of its batches.

    Args:
        name: of the generator.
        data: the data set.
        seed: of the GAN.
        steps: over which the rates fall; None: they are constant.
    """
    runtime.set_seed(seed)
    if name in catalogue.SPOKEN:
        code = chapters.shared_code("05_audio_gan")
        columns = data.y_train, data.speakers_train
        hertz = audio.pitch(data.x_train, code["RATE"])
        rows, reads = conditions.with_pitches(hertz, columns)
        gan = code["make_gan"](reads, seed=seed, steps=steps or code["STEPS"])
        return gan, (data.x_train, rows), code["BATCH"]
    options = dict((SIZES | TOLD)[name])
    if names := options.pop("augment", ()):
        options["augment"] = augmentation.make(*names)
    x, y = data.x_train, conditions.one_hot(data.y_train)
    if name in CLASSES:  # a mirrored photograph is a photograph
        x, y = np.concatenate([x, x[:, :, ::-1]]), np.concatenate([y, y])
    if name in TOLD:
        code = chapters.shared_code("07_conditional_gan")
        options |= {"k": y.shape[1], "steps": steps or code["STEPS"]}
        return code["make_gan"](seed=seed, **options), (x, y), code["BATCH"]
    code = chapters.shared_code("03_dcgan")
    return code["make_gan"](seed=seed, steps=steps, **options), x, code["BATCH"]


def read_photographs(folder: Path, names: tuple[str, ...]) -> datasets.DataSet:
    """Return some classes of a folder of CIFAR-10 images."""
    data = read_folder("cifar10", folder)
    numbers = [data.class_names.index(name) for name in names]
    kept = {}
    for part in ("train", "test"):
        labels = getattr(data, f"y_{part}")
        chosen = np.isin(labels, numbers)
        kept |= {f"x_{part}": getattr(data, f"x_{part}")[chosen]}
        kept |= {f"y_{part}": labels[chosen]}
    return dataclasses.replace(data, **kept)


def main():
    """Train, keep the best, load it back and measure it on test images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted([*SIZES, *TOLD, *catalogue.SPOKEN]))
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--steps", type=int, help="instead of --minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="of JPEG files, for photographs")
    parser.add_argument("--out", help="data/generator_NAME.keras by default")
    parser.add_argument("--features", help="of the network; the bundled one by default")
    options = parser.parse_args()
    name, classes = options.name, CLASSES.get(options.name)
    if bool(classes) != bool(options.folder):
        parser.error(f"{' and '.join(CLASSES)} need --folder; the others take none.")
    out = Path(options.out or f"data/generator_{name}.keras")
    of = "cifar10" if classes else name.removesuffix("_conditional")
    network = features.load(of, options.features)
    folder = options.folder
    data = read_photographs(folder, classes) if classes else datasets.load(of)
    n = min(5_000, len(data.x_train))
    order = np.random.default_rng(0).permutation(len(data.x_train))[:n]
    real = network.embed(data.x_train[order]).features

    def distance(gan):
        samples = gan.generate(n, seed=1, batch_size=500)
        hoarse = name in catalogue.SPOKEN and is_hoarse(samples[:500])
        fake = network.embed(samples).features
        return metrics.frechet_distance(real, fake) + HOARSE * hoarse

    best = Best(distance, np.inf if options.steps else options.minutes, out)
    gan, x, batch_size = make_gan(name, data, options.seed, options.steps)
    steps = options.steps or 10**7
    plan = {"steps_per_epoch": steps, "verbose": 0, "callbacks": [best]}
    gan.fit(x, batch_size=batch_size, **plan)
    gan.ema_generator = training.load_generator(out)
    n = min(2_000, len(data.x_test) // 2)
    sets = {"trained": gan.generate(5_000, seed=2, batch_size=500)}
    print(features.compare(network, sets, data.x_test, n=n))
    print(f"{out}: {out.stat().st_size:,} bytes, {int(gan.step):,} steps")


if __name__ == "__main__":
    main()
