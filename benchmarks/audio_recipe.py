"""Chapter 5's GAN with one change at a time, each for the same number of steps.

PYTHONPATH=.:tools python benchmarks/audio_recipe.py [--steps 2000] [--seeds 1]
    [--only "the recipe" "R1 γ 1"]
Needs FSDD. Prints Fréchet distance and inception score (n = 1,350, against half of the
training clips) after every quarter of the steps, and the seconds of a run without
measuring.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import chapters
from ganutils import datasets, features, metrics, monitoring, runtime

PARTS = 4
VARIANTS = {  # arguments of make_gan, and the batch
    "the recipe": {},
    "clips unchanged": {"share": 0.0},
    "every clip changed": {"share": 1.0},
    "rates constant": {"falling": False},
    "clips unchanged, rates constant": {"share": 0.0, "falling": False},
    "R1 γ 1": {"gamma": 1.0},
    "R1 γ 10": {"gamma": 10.0},
    "half the rates": {"rates": (0.6e-3, 1e-3)},
    "twice the rates": {"rates": (2.4e-3, 4e-3)},
    "rate 2e-3 for both": {"rates": (2e-3, 2e-3)},
    "batch 32": {"batch": 32},
    "two judges": {"design": "voice, two judges"},
    "WaveGAN with an ear": {"design": "WaveGAN with an ear"},
    "WaveGAN": {"design": "WaveGAN"},
}


class Quarters(monitoring.StepCallback):
    """Measures after every quarter of the steps, off the clock."""

    def __init__(self, steps: int, measure):
        super().__init__()
        self.every, self.measure = max(1, steps // PARTS), measure
        self.rows, self.seconds = [], 0.0

    def begin(self):
        """Start the clock."""
        self.start = time.perf_counter()

    def on_step(self, step, logs):
        """Measure where it is due."""
        if self.is_due(self.every):
            self.seconds += time.perf_counter() - self.start
            self.rows.append(self.measure(self.model))
            self.start = time.perf_counter()


def run(
    code: dict, x, seed: int, steps: int, measure, batch=None, falling=True, **options
) -> Quarters:
    """Train one variant; return what watched it."""
    runtime.set_seed(seed)
    options["steps"] = steps if falling else None
    gan, watch = code["make_gan"](seed=seed, **options), Quarters(steps, measure)
    plan = {"steps_per_epoch": steps, "callbacks": [watch], "verbose": 0}
    gan.fit(x, batch_size=batch or code["BATCH"], **plan)
    return watch


def main():
    """Print a table, a line a variant and seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2_000)
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

    print("| one change | seed | step: Fréchet distance (inception score) | seconds |")
    print("|---|---|---|---|")
    for seed in range(options.seeds):
        for name in options.only:
            seen = run(code, x, seed, options.steps, measure, **VARIANTS[name])
            cells = ", ".join(f"{n:,}: {d:.0f} ({s:.1f})" for n, d, s in seen.rows)
            print(f"| {name} | {seed} | {cells} | {seen.seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
