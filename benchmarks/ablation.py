"""Chapter 12's ablation: pairing x penalties on the ring and the grid, three seeds.

Networks, rates and recipes are the chapter's own. What changes is the loss
(non-saturating, or relativistic: paired), the penalties (none, or R1 and R2 with
γ = 0.2), and, on the ring, Adam's β₁. Results go into one file after each run, so that
a bench that is broken off goes on where it stopped; tables come last.

PYTHONPATH=.:tools python benchmarks/ablation.py [--seeds 3] [--out data/ablation.npz]
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import chapters
from ganutils import metrics
from ganutils.kit import runtime
from ganutils.metrics import bench

CODE = chapters.shared_code("12_losses_and_measures")
PLACES = {  # centres, their standard deviation, steps
    "ring": (CODE["RING"], 0.01, 2_000),
    "grid": (CODE["GRID"], 0.05, 5_000),
}
# By the name of a table: data and Adam's β₁.
TABLES = {
    f"{place}, {b}": (place, b)
    for place, b in (("ring", 0.5), ("ring", 0.9), ("grid", 0.5))
}
POINTS = 2_500  # measured; those of seed 0 on the ring are kept


def train(recipe: str, place: str, beta_1: float, seed: int) -> np.ndarray:
    """Train one GAN from one seed and return points that it draws, (POINTS, 2)."""
    centres, std, steps = PLACES[place]
    gan = CODE["make_gan"](recipe, beta_1, seed)
    x = CODE["draw"](centres, 20_000, std, seed)
    gan.fit(x, batch_size=256, steps_per_epoch=steps, verbose=0)
    return gan.generate(POINTS, seed=1)


def measure(points: np.ndarray, place: str) -> tuple:
    """Return modes, percent of high quality, reverse KL, Fréchet distance."""
    centres, std, _ = PLACES[place]
    found = metrics.mode_coverage(points, centres, std)
    real = CODE["draw"](centres, 20_000, std, 100)
    frechet = metrics.frechet_distance(real, points)
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
        for table, (place, beta_1) in TABLES.items():
            for recipe in (*CODE["RECIPES"], "real data"):
                if (table, recipe, seed) in done:
                    continue
                began = time.process_time()
                if recipe == "real data":
                    centres, std, _ = PLACES[place]
                    points = CODE["draw"](centres, POINTS, std, 200 + seed)
                else:
                    points = train(recipe, place, beta_1, seed)
                spent = time.process_time() - began
                row = (recipe, table, seed, *measure(points, place), np.nan, spent)
                results.append(bench.Result(*row))
                if seed == 0 and place == "ring" and recipe != "real data":
                    results.clouds[table, recipe] = points
                bench.save(results, options.out)
                print(results[-1], flush=True)
    for table, (place, beta_1) in TABLES.items():
        steps = PLACES[place][-1]
        print(f"\n{place}, β₁ = {beta_1}, {steps:,} steps\n")
        print(bench.table(results, table))


if __name__ == "__main__":
    main()
