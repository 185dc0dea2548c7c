"""Train a generator that ships with the course and write data/generator_NAME.keras.

    python tools/train_generators.py mnist --minutes 15
    python tools/train_generators.py digits --minutes 10
    python tools/train_generators.py cifar10_automobiles --steps 30000 --folder PATH
    python tools/train_generators.py fsdd --steps 5000 --seed 2

The networks and the recipe are those of chapter 3, with a file below 1 MB; of spoken
digits, those of chapter 5. With `--steps` the rates fall over them, with `--minutes`
they stay. Every minute and at the end the averaged generator is measured on training
data; the best one is kept, of voices the best one that is not hoarse. What is printed
last, on test data, belongs in data/README.md.
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

SIZES = {  # arguments of make_gan: all that differs from the chapter
    "mnist": {"width": 16},
    "digits": {"width": 16, "augment": ("translate",)},
    "cifar10_automobiles": {
        "size": 32,
        "channels": 3,
        "width": 32,
        "gamma": 0.1,
        "augment": ("translate", "cutout"),
    },
}
CLASS = "automobile"  # of CIFAR-10
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
    code = chapters.shared_code("03_dcgan")
    options = dict(SIZES[name])
    if names := options.pop("augment", ()):
        options["augment"] = augmentation.make(*names)
    gan = code["make_gan"](seed=seed, steps=steps, **options)
    return gan, data.x_train, code["BATCH"]


def read_cars(folder: Path) -> datasets.DataSet:
    """Return the automobiles of a folder of CIFAR-10 images."""
    data = read_folder("cifar10", folder)
    number = data.class_names.index(CLASS)
    kept = {
        f"{kind}_{part}": getattr(data, f"{kind}_{part}")[
            getattr(data, f"y_{part}") == number
        ]
        for kind in "xy"
        for part in ("train", "test")
    }
    return dataclasses.replace(data, **kept)


def main():
    """Train, keep the best, load it back and measure it on test images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted([*SIZES, *catalogue.SPOKEN]))
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--steps", type=int, help="instead of --minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="of JPEG files, for the cars")
    parser.add_argument("--out", help="data/generator_NAME.keras by default")
    parser.add_argument("--features", help="of the network; the bundled one by default")
    options = parser.parse_args()
    name, cars = options.name, options.name == "cifar10_automobiles"
    if cars != bool(options.folder):
        parser.error("cifar10_automobiles needs --folder; the others take none.")
    out = Path(options.out or f"data/generator_{name}.keras")
    network = features.load(name.removesuffix("_automobiles"), options.features)
    data = read_cars(options.folder) if cars else datasets.load(name)
    n = min(5_000, len(data.x_train))
    real = network.embed(data.x_train[:n]).features

    def distance(gan):
        samples = gan.generate(n, seed=1, batch_size=500)
        hoarse = name in catalogue.SPOKEN and is_hoarse(samples[:500])
        fake = network.embed(samples).features
        return metrics.frechet_distance(real, fake) + HOARSE * hoarse

    best = Best(distance, np.inf if options.steps else options.minutes, out)
    gan, x, batch_size = make_gan(name, data, options.seed, options.steps)
    if cars:  # a mirrored photograph is a photograph
        x = np.concatenate([x, x[:, :, ::-1]])
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
