"""Chapter 7's trainings from several seeds: all tables that the chapter prints.

Networks, recipes and sizes are the chapter's own, at the `cpu` scale. Results go into
one file after each run: a benchmark that is broken off goes on where it stopped.

GANUTILS_SCALE=cpu GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python
    benchmarks/conditional.py [PART …] [--seeds 3] [--colour FOLDER] [--out FILE]
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from mlp_gan_seeds import load, save
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans

import chapters
from ganutils import metrics
from ganutils.kit import runtime
from ganutils.metrics import features
from ganutils.training import augmentation, latent, pretrained
from train_generators import CLASSES, read_photographs

WAYS = ("no label", "concatenation", "projection", "auxiliary classifier")
RATES, TUNING_SEED = (1.5e-3, 3e-3, 5e-3, 8e-3), 100
RARE, SHARE = 8, 0.01  # the class that is made rare, and its share of the pictures
FAKES = 20_000


class Chapter:
    """The chapter's code, with what the benchmark asks of it."""

    def __init__(self):
        self.code = chapters.shared_code("07_conditional_gan")
        data = self.code["data"]
        self.x, self.y = data.x_train, data.y_train
        self.told = np.eye(10, dtype="float32")[self.y]

    def train(self, how, steps, seed, rows=None, **options):
        """Return a trained GAN; `rows`: indices of the pictures that it sees."""
        rows = slice(None) if rows is None else rows
        y = self.told[rows]
        if how == "no label":
            y = np.ones_like(y[:, :1])
        options = {"steps": steps, "seed": seed, "k": y.shape[1]} | options
        gan = self.code["make_gan"](how, **options)
        size = self.code["BATCH"]
        gan.fit((self.x[rows], y), batch_size=size, steps_per_epoch=steps, verbose=0)
        return gan

    def draw(self, gan, n, seed=1):
        """Return n samples, evenly of all classes, and what was asked."""
        asked = np.arange(n) % 10
        told = gan.parts()[1].shape[1] > 1
        return gan.generate(n, seed, labels=asked if told else 0), asked

    def score(self, gan):
        """Return the chapter's measures; without labels, those that need none."""
        found = self.code["score"](*self.draw(gan, len(self.code["known"])))
        free = ("distance", "score", "recall")
        told = gan.parts()[1].shape[1] > 1
        return {name: x for name, x in found.items() if told or name in free}

    def hundred(self, seed):
        """Return the indices of ten pictures of each class."""
        order = np.random.default_rng(seed).permutation(len(self.y))
        return np.concatenate([order[self.y[order] == k][:10] for k in range(10)])

    def main(self, seed):
        """The chapter's own training, and a classifier that learns from its fakes."""
        began = time.process_time()
        gan = self.train("projection", self.code["STEPS"], seed)
        seconds = time.process_time() - began
        fakes = self.draw(gan, FAKES, seed=2)
        return self.score(gan) | {"seconds": seconds}, fakes

    def few(self, seed, leaked):
        """Yield accuracies of classifiers; `leaked`: fakes of a GAN of all labels."""
        few, learn, steps = self.hundred(seed), self.code["learn"], self.code["SHORT"]
        mixed = np.random.default_rng(seed).permutation(len(self.x))[:FAKES]
        yield "fakes only", learn(*leaked, seed)
        yield "as many real ones", learn(self.x[mixed], self.y[mixed], seed)
        x, y = self.x[few], self.y[few]
        yield "100 labels", learn(x, y, seed)
        yield "moved", learn(x, y, seed, moved=True)
        move = augmentation.make("translate")
        gan = self.train("projection", steps, seed, few, augment=move)
        own = joined(x, y, *self.draw(gan, FAKES, seed=2))
        yield "own fakes", learn(*own, seed)
        yield "own fakes, moved", learn(*own, seed, moved=True)
        yield "semi-supervised", self.code["semi_supervised"](few, seed)
        yield "leak", learn(*joined(x, y, *leaked), seed)

    def race(self, how, seed, rate):
        """One way of telling D the label, from one seed."""
        began = time.process_time()
        gan = self.train(how, self.code["SHORT"], seed, rate=rate)
        seconds = time.process_time() - began
        return self.score(gan) | {"learning rate": rate, "seconds": seconds}

    def rare(self, how, seed):
        """A training with one class of 1 %, and what was learnt of this class."""
        ours, others = np.flatnonzero(self.y == RARE), np.flatnonzero(self.y != RARE)
        keep = int(SHARE / (1 - SHARE) * len(others))
        ours = np.random.default_rng(seed).permutation(ours)[:keep]
        if how != "as they come":
            ours = np.resize(ours, len(others) // 9)
        augment = augmentation.make("translate") if "moved" in how else None
        rows, steps = np.concatenate([ours, others]), self.code["SHORT"]
        gan = self.train("projection", steps, seed, rows, augment=augment)
        n, judge = 1_000, self.code["judge"]
        seen = judge.embed(gan.generate(n, 1, labels=RARE))
        real, labels = self.code["real"], self.code["labels"]
        shown = features.quality(judge, seen, real.part(labels == RARE))
        whole = self.score(gan)
        return {
            "distance, all": whole["distance"],
            "distance, eights": shown.frechet,
            "recall, eights": shown.recall,
            "asked = seen, eights": float(
                (seen.probabilities.argmax(1) == RARE).mean()
            ),
        }

    def codes(self, how, seed):
        """How well ten groups that nobody labelled are the ten classes."""
        judge = self.code["judge"]
        if how == "InfoGAN":
            gan = self.code["make_infogan"](seed)
            steps = {"steps_per_epoch": self.code["SHORT"], "verbose": 0}
            gan.fit(self.x, batch_size=self.code["BATCH"], **steps)
            z = latent.sample_z(5_000, self.code["LATENT"], (1, 0))
            seen = judge.embed(latent.decode(gan.ema_generator, z)).probabilities
            return best_match(np.argmax(self.code["code_of"](z), 1), seen.argmax(1))
        flat = self.x[:20_000].reshape(20_000, -1)
        found = KMeans(10, n_init=1, random_state=seed).fit_predict(flat)
        return best_match(found, self.y[:20_000])


def joined(x, y, fakes, asked) -> tuple:
    """Return pictures and labels, so often that they are half of all, and fakes."""
    times = len(fakes) // len(x)
    x, y = np.repeat(x, times, axis=0), np.repeat(y, times)
    return np.concatenate([x, fakes]), np.concatenate([y, asked])


def best_match(groups, labels) -> dict:
    """Return the share that is right if each group may stand for one class."""
    table = np.zeros((10, 10))
    np.add.at(table, (groups, labels), 1)
    matched = table[linear_sum_assignment(-table)].sum()
    return {"right": float(matched / len(labels))}


def colour(folder: Path) -> dict:
    """Measure the bundled colour generator, and training photographs, by unseen ones.

    Args:
        folder: with `train` and `test`, each with a folder of photographs a class.
    """
    network, g = features.load("cifar10"), pretrained.load("cifar10_conditional")
    data = read_photographs(folder, CLASSES["cifar10_conditional"])
    kinds, asked = np.unique(data.y_test, return_inverse=True)
    n = len(asked)
    z = latent.sample_z(n, g.inputs[0].shape[1], (1, 0))
    drawn = latent.decode(g, [z, np.eye(4)[asked]], 500)
    unseen = network.embed(data.x_test)
    known = data.x_train[:: len(data.x_train) // n]
    sets = {"unseen": unseen, "trained on": network.embed(known)}
    sets["drawn"] = network.embed(drawn)
    rows = {}
    for name, embedding in sets.items():
        seen = embedding.probabilities.argmax(axis=1)
        row = {
            data.class_names[k]: float((seen[data.y_test == k] == k).mean())
            for k in kinds
        }
        if name != "unseen":
            pair = unseen.features, embedding.features
            row["distance"] = metrics.frechet_distance(*pair)
        rows[name] = [row]
    return rows


def main():
    """Run what is missing, and print each result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = ("race", "main", "rare", "codes")
    parser.add_argument("parts", nargs="*", default=parts, help=f"of {parts}")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--colour", type=Path, help="folder of the colour images")
    parser.add_argument("--out", type=Path, default=Path("data/conditional.json"))
    options = parser.parse_args()
    print(runtime.banner(), flush=True)
    results = load(options.out, {})
    if options.colour:
        results["colour"] = colour(options.colour)
        save(results, options.out)
        print("colour", results["colour"], flush=True)
    chapter = Chapter() if options.parts else None

    def add(part, name, seed, run, *arguments):
        rows = results.setdefault(part, {}).setdefault(name, [])
        if len(rows) <= seed:
            rows.append(run(*arguments))
            save(results, options.out)
            print(part, name, seed, rows[-1], flush=True)

    if "race" in options.parts:
        for how in WAYS:
            for i, rate in enumerate(RATES):
                add("tuning", how, i, chapter.race, how, TUNING_SEED, rate)
            found = [row["distance"] for row in results["tuning"][how]]
            best = RATES[int(np.argmin(found))]
            for seed in range(options.seeds):
                add("race", how, seed, chapter.race, how, seed, best)
    for seed in range(options.seeds):
        if (
            "main" in options.parts
            and len(results.get("few", {}).get("leak", ())) <= seed
        ):
            row, fakes = chapter.main(1 + seed)
            for part in ("main", "few"):
                for rows in results.get(part, {}).values():
                    del rows[seed:]  # of a run that was broken off
            add("main", "stored trainings", seed, dict, row)
            for name, accuracy in chapter.few(1 + seed, fakes):
                add("few", name, seed, dict, {"accuracy": accuracy})
        if "rare" in options.parts:
            for how in ("as they come", "evenly", "evenly, moved"):
                add("rare", how, seed, chapter.rare, how, seed)
        if "codes" in options.parts:
            for how in ("InfoGAN", "k-means"):
                add("codes", how, seed, chapter.codes, how, seed)


if __name__ == "__main__":
    main()
