"""Chapter 2's two trainings from several seeds, beside what real data scores.

Recipes, networks and sizes are the chapter's own, at the `cpu` scale. Results go into
one file after each run: a benchmark that is broken off goes on where it stopped.

GANUTILS_SCALE=cpu GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python
    benchmarks/mlp_gan_seeds.py [--digits 3] [--ring 5] [--out FILE]
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

import chapters
from ganutils import datasets, metrics, monitoring
from ganutils.kit import files, runtime
from ganutils.metrics import features, neighbours

PERCENTILES = (0.5, 1, 5, 10, 25, 50)  # of the way to the nearest training image
SURE = 0.9  # a sample is clear where the likeliest class has this probability
BLOCKS = 50  # of steps, each with its mean losses
ON_RING = ("modes", "high_quality", "reverse_kl")
MEASURES = ("frechet", "inception_score", "precision", "recall", "confidence")
KEPT = (*MEASURES, "rarest_class")


class Digits:
    """MNIST, its features, and what they say about drawn digits."""

    def __init__(self):
        self.data, self.network = datasets.load("mnist"), features.load("mnist")
        self.test = self.network.embed(self.data.x_test)
        self.train_features = self.network.embed(self.data.x_train).features

    def gaps(self, embedding) -> dict[str, float]:
        """Return low percentiles of the distance to the nearest training image."""
        part = embedding.features[:1_000]
        _, gap = neighbours.nearest_neighbours(part, self.train_features)
        return {f"p{p:g}": float(np.percentile(gap, p)) for p in PERCENTILES}

    def measure(self, samples) -> tuple[dict, dict]:
        """Return what the chapter measures of samples, and of real digits."""
        seen = self.network.embed(samples)
        table = features.compare(self.network, {"trained": seen}, self.test)
        rows = []
        for name, embedding in (("trained", seen), ("real", self.test)):
            clear = embedding.probabilities.max(axis=1) >= SURE
            row = {m: float(getattr(table.mean[name], m)) for m in KEPT}
            rows.append(row | {"clear": float(clear.mean())} | self.gaps(embedding))
        return tuple(rows)

    def run(self, code: dict, seed: int) -> tuple[dict, dict]:
        """Train on the digits from one seed; return its numbers and the real ones."""
        gan = code["make_gan"](code["digit_networks"], seed, **code["DIGITS"])
        steps = code["DIGIT_STEPS"]
        recorder = monitoring.Recorder()
        began = time.perf_counter()
        gan.fit(
            self.data.x_train,
            batch_size=code["BATCH"],
            steps_per_epoch=steps,
            callbacks=[recorder],
            verbose=0,
        )
        found = {"seconds": time.perf_counter() - began}
        trained, floor = self.measure(gan.generate(5_000, seed=1))
        for name in ("d_loss", "g_loss"):
            found[name] = in_blocks([row[name] for row in recorder.rows])
        return trained | found, floor


def in_blocks(values: list[float]) -> list[float]:
    """Return the means of BLOCKS stretches of one length, in order."""
    return [float(part.mean()) for part in np.array_split(values, BLOCKS)]


def found_modes(points) -> dict:
    """Return how many modes of the ring points hit, and how well."""
    found = metrics.mode_coverage(points, datasets.ring_centres(), std=0.01)
    return {name: getattr(found, name) for name in ON_RING}


def run_ring(code: dict, seed: int) -> dict:
    """Train on the ring without and with R1; measure G and its average."""
    rows = {"real points": found_modes(datasets.ring(2_500, seed=9 + seed))}
    ring = datasets.ring(20_000, seed=code["SEED"])
    z = tf.random.stateless_normal((2_500, 2), (1, 0))
    how = {"batch_size": code["RING_BATCH"], "steps_per_epoch": code["RING_STEPS"]}
    for name, change in (("bare", {"gamma": 0}), ("R1", {})):
        recipe = code["RING"] | change | {"steps_per_execution": 20}
        gan = code["make_gan"](code["ring_networks"], seed, **recipe)
        gan.fit(ring, verbose=0, **how)
        rows[name] = found_modes(np.asarray(gan.generator(z, training=False)))
        rows[f"{name}, averaged"] = found_modes(gan.generate(2_500, seed=1))
    return rows


def append(columns: dict, rows: dict):
    """Add a seed's rows {name: {measure: value}} to lists of all seeds."""
    for name, row in rows.items():
        for key, value in row.items():
            columns.setdefault(name, {}).setdefault(key, []).append(value)


def load(path: Path, empty: dict) -> dict:
    """Return the results in a file that `save` wrote; where there is none, `empty`."""
    return json.loads(path.read_text("utf8")) if path.exists() else empty


def save(results: dict, path: Path):
    """Write the results as text that a person can read, too."""
    text = json.dumps(results, indent=1) + "\n"
    files.write_atomically(path, lambda file: file.write_text(text, "utf8"))


def main():
    """Run what is missing, and print each result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--digits", type=int, default=3, help="seeds")
    parser.add_argument("--ring", type=int, default=5, help="seeds")
    parser.add_argument("--out", type=Path, default=Path("data/mlp_gan_seeds.json"))
    options = parser.parse_args()
    print(runtime.banner(), flush=True)
    code = chapters.shared_code("02_mlp_gan")
    results = load(options.out, {"digits": {}, "ring": {}})
    done = len(results["ring"]["bare"]["modes"]) if results["ring"] else 0
    for seed in range(done, options.ring):
        append(results["ring"], rows := run_ring(code, seed))
        save(results, options.out)
        print("ring", seed, rows, flush=True)
    for seed in range(options.digits):
        print("Exercise 3, seed", seed, code["losses_of_g"](seed), flush=True)
    digits = Digits()
    for seed in range(options.digits):
        if f"seed {seed}" in results["digits"]:
            continue
        found, floor = digits.run(code, seed)
        results["digits"] |= {"real": floor, f"seed {seed}": found}
        save(results, options.out)
        print("digits", seed, {name: found[name] for name in KEPT}, flush=True)
    print("real digits", results["digits"]["real"])


if __name__ == "__main__":
    main()
