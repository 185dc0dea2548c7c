"""Chapter 4's two recipes on stacked digits: how many of 10, 100 or 1,000 modes?

GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python benchmarks/stacked.py
    [--digits 3] [--steps 3000] [--samples 26000] [--seeds 1]
Needs MNIST. Networks, recipes and measure are the chapter's own; three digits are its
`gpu` scale, here with fewer steps.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import chapters
from ganutils import datasets
from ganutils.kit import runtime
from ganutils.metrics import features

PICTURES = 50_000


def main():
    """Print a line for real pictures, then one for each recipe and seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--digits", type=int, choices=(1, 2, 3), default=3)
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--samples", type=int, default=26_000)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    print(runtime.banner())
    data, network = datasets.load("mnist"), features.load("mnist")
    code = chapters.shared_code("04_stable_training")
    code["STACK"] = options.digits
    rng = np.random.default_rng(0)
    pictures = code["stacked"](data.x_train, PICTURES, rng)
    real = code["stacked"](data.x_test, options.samples, rng)
    print("| pictures | seed | modes | reverse KL | minutes |\n|---|---|---|---|---|")
    modes, kl = code["stack_coverage"](network, real)
    print(f"| real | | {modes} | {kl:.3f} | |", flush=True)
    for seed in range(options.seeds):
        for name, recipe in code["STACK_RECIPES"].items():
            players = {"channels": options.digits}
            gan = code["make_gan"](options.steps, seed=seed, players=players, **recipe)
            plan = {"steps_per_epoch": options.steps, "verbose": 0}
            start = time.perf_counter()
            gan.fit(pictures, batch_size=code["BATCH"], **plan)
            minutes = (time.perf_counter() - start) / 60
            drawn = gan.generate(options.samples, seed=1, batch_size=500)
            modes, kl = code["stack_coverage"](network, drawn)
            print(
                f"| {name} | {seed} | {modes} | {kl:.3f} | {minutes:.1f} |", flush=True
            )


if __name__ == "__main__":
    main()
