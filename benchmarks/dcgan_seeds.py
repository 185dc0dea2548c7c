"""Chapter 3's training on MNIST from several seeds, and its colour generator, measured.

Recipe, networks and sizes are the chapter's own, at the `cpu` scale: "groups" as the
chapter trains, "none" without groups, for UNTOLD_STEPS. Results go into one file after
each run: a benchmark that is broken off goes on where it stopped.

GANUTILS_SCALE=cpu GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python
    benchmarks/dcgan_seeds.py [--seeds 3] [--colour FOLDER] [--out FILE]
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from mlp_gan_seeds import PERCENTILES, Digits, append, load, save

import chapters
from ganutils import datasets, metrics
from ganutils.kit import runtime
from ganutils.metrics import features, neighbours
from ganutils.training import latent, pretrained

SAMPLES, UNTOLD_STEPS = 5_000, 12_000
CLASS = "automobile"  # that the bundled colour generator draws


class Seeds(Digits):
    """Chapter 3's training, measured as chapter 2's was."""

    def run(self, code: dict, seed: int, told: bool) -> tuple[dict, dict]:
        """Train from one seed, with groups or without; return its numbers, and real."""
        began, x, asks = time.perf_counter(), self.data.x_train, {}
        steps = code["STEPS"] if told else UNTOLD_STEPS
        changes = {"steps": steps}
        if told:
            rows = code["find_groups"](x)
            x, changes = (x, rows), {"steps": code["FALL"], "groups": rows.shape[1]}
            asks["labels"] = np.random.default_rng(1).choice(rows, SAMPLES)
        gan = code["make_gan"](seed=seed, **changes)
        gan.fit(x, batch_size=code["BATCH"], steps_per_epoch=steps, verbose=0)
        seconds = time.perf_counter() - began
        samples = gan.generate(SAMPLES, seed=1, batch_size=500, **asks)
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
    results = load(options.out, {"digits": {}, "colour": {}})
    if options.colour:
        results["colour"] = colour(options.colour)
        save(results, options.out)
        print("colour", results["colour"], flush=True)
    code, judge = chapters.shared_code("03_dcgan"), None
    for name in ("groups", "none"):
        done = len(results["digits"].get(name, {}).get("frechet", ()))
        for seed in range(done, options.seeds):
            judge = judge or Seeds()
            trained, results["digits"]["real"] = judge.run(code, seed, name == "groups")
            append(results["digits"], {name: trained})
            save(results, options.out)
            print(name, seed, trained, flush=True)
    print("real", results["digits"]["real"])


if __name__ == "__main__":
    main()
