"""Chapter 4's bench: every recipe on the ring, the grid and digits, over seeds.

Recipes, networks and cures are the chapter's own. Results go into one file after each
run, so that a bench that is broken off goes on where it stopped; tables come last.

GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python benchmarks/stability.py
    [--data ring grid digits cures] [--seeds 5] [--only NAME …] [--out FILE]
"""

import argparse
import dataclasses
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import networks
import numpy as np

import chapters
from ganutils import datasets, metrics
from ganutils.kit import runtime
from ganutils.metrics import bench, features

STEPS = {"ring": 3_000, "grid": 10_000, "cures": 3_000, "digits": 2_000}
CLOUD = 500  # points kept of a run
ALL_SEEDS = {"minimax", "relativistic, R1 + R2"}
FEW = 2  # seeds of every other recipe
DIGITS = {"size": 784, "latent": 64}
# What pictures need: weights of penalties (γ/2, λ), a box for weights, a rate.
ON_DIGITS = {"r1": 0.1, "r2": 0.1, "gradient_penalty": 10.0}
CLIP, RATE = 0.01, 1e-3


def points_on(name: str):
    """Return the points and what measures drawn ones: → modes, quality, KL, Fréchet."""
    if name == "ring":
        points, centres, std = datasets.ring(100_000, 0), datasets.ring_centres(), 0.01
    else:
        points, centres, std = datasets.grid(100_000, 0), datasets.grid_centres(), 0.05

    def measure(drawn):
        found = metrics.mode_coverage(drawn, centres, std)
        frechet = metrics.frechet_distance(points[:20_000], drawn)
        return found.modes, 100 * found.high_quality, found.reverse_kl, frechet

    return points, measure


def digits():
    """Return flat MNIST images and what measures drawn ones."""
    data, network = datasets.load("mnist"), features.load("mnist")
    real = np.random.default_rng(0).permutation(network.embed(data.x_test).features)

    def measure(drawn):
        seen = network.embed(drawn.reshape(-1, 28, 28, 1))
        shares = np.bincount(seen.probabilities.argmax(1), minlength=10) / len(drawn)
        kl = metrics.reverse_kl(shares)
        frechet = metrics.frechet_distance(real[: len(drawn)], seen.features)
        return int((shares >= 0.01).sum()), np.nan, kl, frechet

    return data.x_train.reshape(-1, 784), measure


def run(gan, x, steps: int, batch: int, d_steps: int) -> tuple[float, float]:
    """Train; return the processor's ms a D step without compiling, and all seconds."""
    watch, began = networks.Stopwatch(time.process_time), time.process_time()
    calls = steps // d_steps
    gan.fit(x, batch_size=batch, steps_per_epoch=calls, verbose=0, callbacks=[watch])
    spent = time.process_time() - began
    return 1e3 * watch.seconds / (calls - networks.WARM_UP) / d_steps, spent


def measure_recipe(
    code, name, data, seed, x, measure
) -> tuple[bench.Result, np.ndarray]:
    """Return the result of one recipe from one seed, and some of its points."""
    recipe = code["CURES" if data == "cures" else "RECIPES"][name]
    if data == "digits":
        recipe = fit_for_images(recipe, code)
    gan = code["make_gan"](STEPS[data], seed=seed, **recipe)
    d_steps = recipe.get("d_steps", 1)
    cost = run(gan, x, STEPS[data], code["BATCH"], d_steps)
    drawn = code["draw"](gan, name) if data == "cures" else gan.generate(2_500, seed=1)
    result = bench.Result(name, data, seed, *measure(drawn), *cost)
    return result, drawn[:CLOUD]


def fit_for_images(recipe: dict, code: dict) -> dict:
    """Return the recipe for flat images: wider networks, penalties of their scale."""

    def build(inputs, outputs, **options):
        network = code["dense"](inputs, outputs, **options)
        if outputs == 1:
            return network
        return keras.Model(network.input, keras.ops.tanh(network.output))

    players = recipe.get("players", {}) | DIGITS | {"build": build}
    in_d = {"width": 256} | players.get("in_d", {})
    in_d |= {"clip": CLIP} if "clip" in in_d else {}
    penalties = [
        dataclasses.replace(p, weight=ON_DIGITS[p.name])
        for p in recipe.get("penalties", ())
    ]
    changed = {"players": players | {"in_d": in_d}, "penalties": penalties}
    return recipe | changed | {"rates": (RATE, RATE)}


def main():
    """Run what is missing, then print a table for each data set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=list(STEPS), default=list(STEPS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--out", type=Path, default=Path("data/stability.npz"))
    options = parser.parse_args()
    print(runtime.banner())
    code = chapters.shared_code("04_stable_training")
    results = bench.load(options.out) if options.out.exists() else bench.Results()
    done = {(row.data, row.recipe, row.seed) for row in results}
    for data in options.data:
        x, measure = digits() if data == "digits" else points_on(data)
        known = code["CURES" if data == "cures" else "RECIPES"]
        for name in options.only or known:
            most = options.seeds if name in ALL_SEEDS and data == "grid" else FEW
            for seed in range(min(most, options.seeds)):
                if (data, name, seed) in done:
                    continue
                row, cloud = measure_recipe(code, name, data, seed, x, measure)
                results.append(row)
                if seed == 0 and data != "digits":
                    results.clouds[data, name] = cloud
                bench.save(results, options.out)
                print(row, flush=True)
    for data in options.data:
        print(f"\n{data}, {STEPS[data]:,} D steps\n\n{bench.table(results, data)}")


if __name__ == "__main__":
    main()
