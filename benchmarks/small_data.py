"""A GAN on 200 digits, with and without augmentation, judged by held-out digits.

Networks and recipe are chapter 11's, wider. Each seed draws its own 200 training digits
of MNIST, on which both kinds train. Every so many steps: the Fréchet distance of 2,000
samples to 5,000 test digits, the same to the 200 training digits, and how much higher
D's logit is for those than for digits it never saw. Beside them: what real digits and
plain copies of the 200 score.

GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python benchmarks/small_data.py
    [--seeds 3] [--steps 5000] [--out data/small_data.json]
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import chapters
from ganutils import datasets, metrics, monitoring
from ganutils.kit import files, runtime
from ganutils.metrics import features
from ganutils.training import augmentation

TRAINED, TESTED, DRAWN, WIDTH = 200, 5_000, 2_000, 16
KINDS = {"none": None, "translate": augmentation.make("translate")}


class Digits:
    """MNIST as one seed parts it: 200 digits to train on, others that nobody sees."""

    def __init__(self, seed: int):
        self.network, data = features.load("mnist"), datasets.load("mnist")
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(data.x_train))
        self.train = data.x_train[order[:TRAINED]]
        self.unseen = data.x_train[order[TRAINED : TRAINED + DRAWN]]
        test = data.x_test[rng.permutation(len(data.x_test))[:TESTED]]
        self.sets = {"test": self.features(test), "train": self.features(self.train)}

    def features(self, images) -> np.ndarray:
        """Return the features of images."""
        return self.network.embed(images).features

    def distances(self, images) -> dict[str, float]:
        """Return the Fréchet distances to test digits and to the training digits."""
        found = self.features(images)
        pairs = self.sets.items()
        return {k: round(metrics.frechet_distance(real, found), 3) for k, real in pairs}

    def measure(self, gan) -> dict[str, float]:
        """Return both distances, and how well D knows its training digits."""
        kinds = self.train, self.unseen
        seen, unseen = (gan.discriminator(x, training=False) for x in kinds)
        gap = round(float(np.mean(seen) - np.mean(unseen)), 3)
        return self.distances(gan.generate(DRAWN, seed=1)) | {"gap": gap}


def main():
    """Train every kind from every seed, print and store what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=5_000)
    parser.add_argument("--every", type=int, default=500)
    parser.add_argument("--out", type=Path, default=Path("data/small_data.json"))
    options = parser.parse_args()
    print(runtime.banner(), flush=True)
    code = chapters.shared_code("11_in_practice")
    results = {kind: [] for kind in ("real", "copies", *KINDS)}
    for seed in range(options.seeds):
        digits = Digits(seed)
        results["real"].append(digits.distances(digits.unseen))
        results["copies"].append(digits.distances(digits.train))
        for kind, augment in KINDS.items():
            gan = code["make_gan"](seed, WIDTH, augment=augment, steps_per_execution=10)
            measure = monitoring.Measure(digits.measure, options.every)
            how = {"steps_per_epoch": options.steps, "callbacks": [measure]}
            gan.fit(digits.train, batch_size=64, verbose=0, **how)
            results[kind].append(measure.rows)
            print(seed, kind, *measure.rows, sep="\n", flush=True)
    print(results["real"], results["copies"])
    rows = [f' "{kind}": {json.dumps(row)}' for kind, row in results.items()]
    text = "{\n" + ",\n".join(rows) + "\n}\n"
    files.write_atomically(options.out, lambda file: file.write_text(text, "utf8"))


if __name__ == "__main__":
    main()
