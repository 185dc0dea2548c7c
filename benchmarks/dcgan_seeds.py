"""Chapter 3's training on MNIST from several seeds, and its colour generator, measured.

Recipe, networks and sizes are the chapter's own, at the `cpu` scale. Results go into
one file after each run: a benchmark that is broken off goes on where it stopped.

GANUTILS_SCALE=cpu GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python
    benchmarks/dcgan_seeds.py [--seeds 3] [--colour FOLDER] [--out FILE]
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from mlp_gan_seeds import PERCENTILES, Digits, append, save

import chapters
from ganutils import datasets, metrics
from ganutils.kit import runtime
from ganutils.metrics import features, neighbours
from ganutils.training import latent, pretrained

SAMPLES = 5_000
CLASS = "automobile"  # that the bundled colour generator draws


class Seeds(Digits):
    """Chapter 3's training, measured as chapter 2's was."""

    def run(self, code: dict, seed: int) -> tuple[dict, dict]:
        """Train from one seed; return its numbers and the real ones."""
        gan, began = code["make_gan"](seed=seed), time.perf_counter()
        how = {"batch_size": code["BATCH"], "verbose": 0}
        gan.fit(self.data.x_train, steps_per_epoch=code["STEPS"], **how)
        seconds = time.perf_counter() - began
        samples = gan.generate(SAMPLES, seed=1, batch_size=500)
        trained, floor = self.measure(samples)
        sets = {"trained": self.network.embed(samples).features}
        sets["real"] = self.test.features[:: len(self.test.features) // SAMPLES]
        to_train = {
            name: metrics.frechet_distance(self.train_features[:SAMPLES], x)
            for name, x in sets.items()
        }
        trained |= {"frechet_to_train": to_train["trained"], "seconds": seconds}
        return trained, floor | {"frechet_to_train": to_train["real"]}


def colour(folder: Path) -> dict:
    """Measure the colour generator beside real photographs of its class.

    Args:
        folder: with `train` and `test`, each with a folder of the class.
    """
    network, generator = (
        features.load("cifar10"),
        pretrained.load("cifar10_automobiles"),
    )
    known, unseen = (
        network.embed(datasets.load_images(folder / part / CLASS, (32, 32), 3).images)
        for part in ("train", "test")
    )
    n = min(len(known.features), 2_000)
    z = latent.sample_z(n, generator.input_shape[1], (1, 0))
    drawn = network.embed(latent.decode(generator, z))
    rows = {}
    for name, x in (("real", known.part(np.arange(n))), ("drawn", drawn)):
        seen = unseen if name == "real" else drawn
        part = seen.features[: len(unseen.features)]
        _, gap = neighbours.nearest_neighbours(part, known.features)
        rows[name] = {
            "n": n,
            "frechet": metrics.frechet_distance(unseen.features, x.features),
        }
        rows[name] |= {f"p{p:g}": float(np.percentile(gap, p)) for p in PERCENTILES}
    return rows


def main():
    """Run what is missing, and print each result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--colour", type=Path, help="folder of the colour images")
    parser.add_argument("--out", type=Path, default=Path("data/dcgan_seeds.json"))
    options = parser.parse_args()
    print(runtime.banner(), flush=True)
    results = {"digits": {}, "colour": {}}
    if options.out.exists():
        results = json.loads(options.out.read_text("utf8"))
    if options.colour:
        results["colour"] = colour(options.colour)
        save(results, options.out)
        print("colour", results["colour"], flush=True)
    code, judge = chapters.shared_code("03_dcgan"), None
    done = len(results["digits"].get("trained", {}).get("frechet", ()))
    for seed in range(done, options.seeds):
        judge = judge or Seeds()
        trained, floor = judge.run(code, seed)
        append(results["digits"], {"trained": trained, "real": floor})
        save(results, options.out)
        print("digits", seed, trained, floor, flush=True)


if __name__ == "__main__":
    main()
