"""Chapter 12's ablation: pairing x penalties on the ring and the grid, three seeds.

Every run has the same networks, rates and batches. What changes is the loss
(non-saturating, or relativistic: paired), the penalties (none, or R1 and R2 with
γ = 0.2), and, on the ring, Adam's β₁. Results go into one file after each run, so that
a bench that is broken off goes on where it stopped; tables come last.

PYTHONPATH=. python benchmarks/ablation.py [--seeds 3] [--out data/ablation.npz]
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from ganutils import datasets, metrics, training
from ganutils.kit import runtime
from ganutils.metrics import bench
from ganutils.training import losses

RECIPES = {
    "neither": ("non_saturating", ()),
    "pairing": ("relativistic", ()),
    "penalties": ("non_saturating", (losses.r1(0.2), losses.r2(0.2))),
    "both": ("relativistic", (losses.r1(0.2), losses.r2(0.2))),
}
PLACES = {
    "ring": (datasets.ring, datasets.ring_centres(), 0.01, 2_000),
    "grid": (datasets.grid, datasets.grid_centres(), 0.05, 5_000),
}
# Name of a table, data, Adam's β₁.
TABLES = (("ring, 0.5", "ring", 0.5), ("ring, 0.9", "ring", 0.9))
TABLES += (("grid, 0.5", "grid", 0.5),)
POINTS, CLOUD = 2_500, 500  # measured, and kept of seed 0


def mlp(outputs: int) -> keras.Model:
    """Return the perceptron that both players are: 2 → 128 → 128 → outputs."""
    hidden = [keras.layers.Dense(128, activation="relu") for _ in range(2)]
    end = keras.layers.Dense(outputs)
    return keras.Sequential([keras.Input((2,)), *hidden, end])


def train(recipe: str, place: str, beta_1: float, seed: int) -> np.ndarray:
    """Train one GAN from one seed and return points that it draws, (POINTS, 2)."""
    loss, penalties = RECIPES[recipe]
    draw, _, _, steps = PLACES[place]
    runtime.set_seed(seed)
    gan = training.GAN(mlp(2), mlp(1), latent_dim=2, ema_decay=0.0, seed=seed)
    adam = [keras.optimizers.Adam(2e-3, beta_1=beta_1) for _ in "DG"]
    gan.compile(loss, penalties, *adam, steps_per_execution=100)
    x = draw(20_000, seed=seed)
    gan.fit(x, batch_size=256, steps_per_epoch=steps, verbose=0)
    return gan.generate(POINTS, seed=1)


def measure(points: np.ndarray, place: str) -> tuple:
    """Return modes, percent of high quality, reverse KL, Fréchet distance."""
    draw, centres, std, _ = PLACES[place]
    found = metrics.mode_coverage(points, centres, std)
    frechet = metrics.frechet_distance(draw(20_000, seed=100), points)
    return found.modes, 100 * found.high_quality, found.reverse_kl, frechet


def main():
    """Run what is missing, then print a table for each data set and momentum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("data/ablation.npz"))
    options = parser.parse_args()
    print(runtime.banner())
    results = bench.load(options.out) if options.out.exists() else bench.Results()
    done = {(row.data, row.recipe, row.seed) for row in results}
    for seed in range(options.seeds):
        for table, place, beta_1 in TABLES:
            for recipe in (*RECIPES, "real data"):
                if (table, recipe, seed) in done:
                    continue
                began = time.process_time()
                if recipe == "real data":
                    points = PLACES[place][0](POINTS, seed=200 + seed)
                else:
                    points = train(recipe, place, beta_1, seed)
                spent = time.process_time() - began
                row = (recipe, table, seed, *measure(points, place), np.nan, spent)
                results.append(bench.Result(*row))
                if seed == 0:
                    results.clouds[table, recipe] = points[:CLOUD]
                bench.save(results, options.out)
                print(results[-1], flush=True)
    for table, place, beta_1 in TABLES:
        steps = PLACES[place][-1]
        print(f"\n{place}, β₁ = {beta_1}, {steps:,} steps\n")
        print(bench.table(results, table))


if __name__ == "__main__":
    main()
