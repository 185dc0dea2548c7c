"""Chapter 2's two trainings from several seeds, beside what real data scores.

Recipes, networks and sizes are the chapter's own, at the `cpu` scale. Results go into one
file after each run, so that a benchmark that is broken off goes on where it stopped.

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

import chapters
from ganutils import datasets, metrics, monitoring
from ganutils.kit import files, runtime
from ganutils.metrics import features, neighbours
from ganutils.training import losses

PERCENTILES = (0.5, 1, 5, 10, 25, 50)  # of the way to the nearest training image
SURE = 0.9  # a sample is clear where the likeliest class has this probability
BLOCKS = 50  # of steps, each with its mean losses
DRAWS = 5  # of real points, for the floor
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
        gan, steps = code["digit_gan"](seed), code["DIGIT_STEPS"]
        recorder = monitoring.Recorder()
        real = self.test.features

        def distance(gan):
            """Return the chapter's distance of 1,000 samples to all test images."""
            drawn = self.network.embed(gan.generate(1_000, seed=1)).features
            return {"frechet": metrics.frechet_distance(real, drawn)}

        measure = monitoring.Measure(distance, every=steps // 10)
        began = time.perf_counter()
        gan.fit(
            self.data.x_train,
            batch_size=code["BATCH"],
            steps_per_epoch=steps,
            callbacks=[recorder, measure],
            verbose=0,
        )
        found = {"seconds": time.perf_counter() - began}
        trained, floor = self.measure(gan.generate(5_000, seed=1))
        for name in ("d_loss", "g_loss"):
            found[name] = in_blocks([row[name] for row in recorder.rows])
        found["curve"] = [row["frechet"] for row in measure.rows]
        return trained | found, floor


def in_blocks(values: list[float]) -> list[float]:
    """Return the means of BLOCKS stretches of one length, in order."""
    return [float(part.mean()) for part in np.array_split(values, BLOCKS)]


def found_modes(points) -> dict:
    """Return how many modes of the ring points hit, and how well."""
    found = metrics.mode_coverage(points, datasets.ring_centres(), std=0.01)
    return {key: float(value) for key, value in found._asdict().items()}


def run_ring(code: dict, seed: int) -> dict:
    """Train on the ring without and with R1; measure G and its average."""
    rows = {}
    ring = datasets.ring(20_000, seed=code["SEED"])
    z = code["training"].sample_z(2_500, code["RING_LATENT"], seed=(1, 0))
    for name, penalties in (("bare", ()), ("R1", [losses.r1(0.02, interval=4)])):
        gan = code["ring_gan"](seed, *penalties)
        steps = code["RING_STEPS"]
        gan.fit(ring, batch_size=code["RING_BATCH"], steps_per_epoch=steps, verbose=0)
        rows[name] = found_modes(np.asarray(gan.generator(z, training=False)))
        rows[f"{name} + EMA"] = found_modes(gan.generate(2_500, seed=1))
    return rows


def save(results: dict, path: Path):
    """Write the results as text that a person can read, too."""
    text = json.dumps(results, indent=1)
    files.write_atomically(path, lambda file: file.write_text(text + "\n", "utf8"))


def main():
    """Run what is missing, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--digits", type=int, default=3, help="seeds")
    parser.add_argument("--ring", type=int, default=5, help="seeds")
    parser.add_argument("--out", type=Path, default=Path("data/mlp_gan_seeds.json"))
    options = parser.parse_args()
    print(runtime.banner(), flush=True)
    code = chapters.shared_code("02_mlp_gan")
    results = {"digits": {}, "ring": {}}
    if options.out.exists():
        results = json.loads(options.out.read_text("utf8"))
    points = [found_modes(datasets.ring(2_500, seed=9 + i)) for i in range(DRAWS)]
    means = {key: np.mean([row[key] for row in points]) for key in points[0]}
    results["ring"]["real"] = means
    digits = Digits()
    for seed in map(str, range(max(options.digits, options.ring))):
        if int(seed) < options.digits and seed not in results["digits"]:
            found, floor = digits.run(code, int(seed))
            results["digits"] |= {"real": floor, seed: found}
            save(results, options.out)
            print("digits", seed, {k: found[k] for k in KEPT}, flush=True)
        if int(seed) < options.ring and seed not in results["ring"]:
            results["ring"][seed] = run_ring(code, int(seed))
            save(results, options.out)
            print("ring", seed, results["ring"][seed], flush=True)
    print(json.dumps(results["digits"]["real"]), json.dumps(results["ring"]["real"]))


if __name__ == "__main__":
    main()
