"""What each rule of the DCGAN paper, and each kernel, is worth in chapter 3's recipe.

Every variant trains for the same number of steps on MNIST, with rates that fall to 0
over them, from each of the seeds; only the named thing differs; no variant has rates
of its own. Stored are the Fréchet distance of N samples to N test images, the grid
score, and the processor time of a step. Results go into one file after each run: a
benchmark that is broken off goes on where it stopped.

GANUTILS_SCALE=cpu GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python benchmarks/recipe.py
    [--steps 1500] [--seeds 3] [--only NAME …] [--out FILE]
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import networks
import numpy as np
from mlp_gan_seeds import append, load, save

import chapters
from ganutils import datasets, metrics
from ganutils.kit import runtime
from ganutils.metrics import features
from ganutils.theory import convolutions

N, WIDTH = 2_000, 16
NO_HIDDEN = {"hidden": 0}
VARIANTS = {  # what differs in G, what differs in D
    "our networks": ({}, {}),
    "pooling in D": ({}, {"pool": True}),
    "no BatchNorm in G": ({"norm": False}, {}),
    "BatchNorm in D, too": ({}, {"norm": True}),
    "ReLU in G": ({"slope": 0.0}, {}),
    "ReLU in D": ({}, {"slope": 0.0}),
    "no tanh": ({"last": "linear"}, {}),
    "weights from N(0, 0.02)": ({"init": "small"}, {"init": "small"}),
    "no hidden layer in G": (NO_HIDDEN, {}),
    "no hidden layer in D": ({}, NO_HIDDEN),
    "all rules of the paper": (
        {"slope": 0.0, "init": "small", **NO_HIDDEN},
        {"norm": True, "init": "small", **NO_HIDDEN},
    ),
    "no minibatch deviation": ({}, {"spread": False}),
    "kernel 3": ({"kernel": 3}, {}),
    "kernel 5": ({"kernel": 5}, {}),
    "resize, kernel 3": ({"kernel": 3, "resize": True}, {}),
}


class Judge:
    """Real test images, and how far samples are from them."""

    def __init__(self):
        self.data, self.network = datasets.load("mnist"), features.load("mnist")
        order = np.random.default_rng(0).permutation(len(self.data.x_test))
        self.real, self.other = (
            self.data.x_test[order[part : part + N]] for part in (0, N)
        )
        self.features = self.network.embed(self.real).features

    def __call__(self, images) -> dict:
        """Return the Fréchet distance and the grid score of images."""
        images = np.clip(images, -1, 1)  # a G without tanh draws beyond
        seen = self.network.embed(images).features
        return {
            "frechet": metrics.frechet_distance(self.features, seen),
            "grid": convolutions.checkerboard_score(images),
        }


def weights(changes: dict, seed: int) -> dict:
    """Return the changes with an initializer in the place of its name."""
    if changes.get("init") != "small":
        return changes
    draws = keras.random.SeedGenerator(seed)  # other weights for each layer
    return changes | {"init": keras.initializers.RandomNormal(stddev=0.02, seed=draws)}


def run(code: dict, name: str, seed: int, steps: int, judge: Judge) -> dict:
    """Train one variant from one seed; return its numbers."""
    keras.backend.clear_session()
    in_g, in_d = (weights(part, seed) for part in VARIANTS[name])
    options = {"width": WIDTH, "steps": steps, "seed": seed, "fuse": True}
    gan = code["make_gan"](in_g, in_d, **options)
    watch = networks.Stopwatch(time.process_time)
    how = {"batch_size": code["BATCH"], "callbacks": [watch], "verbose": 0}
    gan.fit(judge.data.x_train, steps_per_epoch=steps, **how)
    cost = 1e3 * watch.seconds / (steps - networks.WARM_UP)
    return judge(gan.generate(N, seed=1)) | {"ms_a_step": cost}


def main():
    """Train what is missing, and print each result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1_500)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=VARIANTS)
    parser.add_argument("--out", type=Path, default=Path("data/dcgan_rules.json"))
    options = parser.parse_args()
    print(runtime.banner(), flush=True)
    code, judge = chapters.shared_code("03_dcgan"), Judge()
    empty = {"steps": options.steps, "n": N, "width": WIDTH, "runs": {}}
    results = load(options.out, empty)
    if results["steps"] != options.steps:
        parser.error(f"{options.out} holds runs of {results['steps']} steps.")
    results["real"] = judge(judge.other)
    for seed in range(options.seeds):
        for name in options.only:
            if seed < len(results["runs"].get(name, {}).get("frechet", ())):
                continue
            row = run(code, name, seed, options.steps, judge)
            append(results["runs"], {name: row})
            save(results, options.out)
            print(seed, name, *(f"{k} {v:.2f}" for k, v in row.items()), flush=True)


if __name__ == "__main__":
    main()
