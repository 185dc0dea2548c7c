"""Chapter 5's GAN with one change at a time, each for the same seconds.

PYTHONPATH=.:tools python benchmarks/audio_recipe.py [--seconds 200] [--seeds 1]
    [--only "the recipe" "R1 γ 1"]
Needs FSDD. Prints Fréchet distance and inception score (n = 1,350, against half of the
training clips) after every quarter of the time; measuring is off the clock.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import chapters
from ganutils import datasets, features, metrics, runtime

PARTS = 4
VARIANTS = {  # arguments of make_gan, and the batch
    "the recipe": {},
    "R1 γ 1": {"gamma": 1.0},
    "R1 γ 0.3": {"gamma": 0.3},
    "R1 γ 10": {"gamma": 10.0},
    "rate 1e-3": {"rate": 1e-3},
    "batch 32": {"batch": 32},
    "WaveGAN with an ear": {"design": "WaveGAN with an ear"},
    "WaveGAN": {"design": "WaveGAN"},
}


class Quarters(keras.callbacks.Callback):
    """Measures after every quarter of the time, off the clock, then stops."""

    def __init__(self, seconds: float, measure):
        super().__init__()
        self.part, self.measure, self.rows = seconds / PARTS, measure, []

    def on_train_batch_end(self, batch, logs=None):
        """Start after the first steps, which trace; measure where it is due."""
        if not hasattr(self, "start"):
            self.start = time.perf_counter()
        if time.perf_counter() - self.start >= self.part:
            self.rows.append(self.measure(self.model))
            self.model.stop_training = len(self.rows) == PARTS
            self.start = time.perf_counter()


def run(code: dict, x, seed: int, seconds: float, measure, batch=None, **options):
    """Train one variant; return its rows (step, distance, score)."""
    runtime.set_seed(seed)
    gan, watch = code["make_gan"](seed=seed, **options), Quarters(seconds, measure)
    plan = {"steps_per_epoch": 10**7, "callbacks": [watch], "verbose": 0}
    gan.fit(x, batch_size=batch or code["BATCH"], **plan)
    return watch.rows


def main():
    """Print a table, a line a variant and seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=200)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=list(VARIANTS), choices=VARIANTS)
    options = parser.parse_args()
    print(runtime.banner())
    x, network = datasets.load("fsdd").x_train, features.load("fsdd")
    code = chapters.shared_code("05_audio_gan")
    order = np.random.default_rng(0).permutation(len(x))
    real = network.embed(x[order[::2]]).features

    def measure(gan):
        fake = network.embed(gan.generate(len(real), seed=1, batch_size=50))
        distance = metrics.frechet_distance(real, fake.features)
        return int(gan.step), distance, metrics.inception_score(fake.probabilities)

    print("| one change | seed | step: Fréchet distance (inception score) |")
    print("|---|---|---|")
    for seed in range(options.seeds):
        for name in options.only:
            rows = run(code, x, seed, options.seconds, measure, **VARIANTS[name])
            cells = ", ".join(f"{n:,}: {d:.0f} ({s:.1f})" for n, d, s in rows)
            print(f"| {name} | {seed} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
