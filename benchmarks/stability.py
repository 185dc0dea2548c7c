"""Chapter 4's bench: twelve recipes, tuned alike, and thirteen cures, over seeds.

Recipes, settings, networks and cures are the chapter's own. The parts, in the order of
their worth: "grid" tunes every recipe on the grid (four short runs from seed 100), then
trains it for equal G steps; "cpu" trains it for equal processor seconds; "cures";
"digits" tunes and trains on MNIST. Each run's row is saved at once, and a bench that is
broken off goes on where it stopped. Two parts may run side by side with `--out` of
their own; `--merge` joins the files. One TensorFlow thread; compiling is not counted.

GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python benchmarks/stability.py [--scale 1]
    [--parts grid cpu cures digits] [--only NAME …] [--out FILE] [--merge FILE …]
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"

import networks
import numpy as np

import chapters
from ganutils import datasets, metrics, training
from ganutils.kit import runtime
from ganutils.metrics import bench, features

STEPS = {
    "grid": 10_000, "grid, tuning": 2_000, "digits": 2_000, "digits, tuning": 600
}  # fmt: skip
CPU_S = 25.0  # for each run of the part "cpu"
SEEDS, MORE_SEEDS, TUNING_SEED = 3, 5, 100
FAVOURITE = "relativistic, R1 + R2"
CLOUD, PICTURES = 500, 10  # samples kept of seed 0
ON_DIGITS = {"size": 784, "latent": 64, "in_g": {"last": "tanh"}}


def on_grid():
    """Return the points, and a measure of drawn ones: modes, quality, KL, Fréchet."""
    points, centres = datasets.grid(100_000, 0), datasets.grid_centres()

    def measure(drawn):
        found = metrics.mode_coverage(drawn, centres, 0.05)
        kl = np.nan_to_num(found.reverse_kl, nan=np.log(25))  # no good sample: worst
        return found.modes, 100 * found.high_quality, kl, np.nan

    return points, measure


def on_digits(tuning=False):
    """Return flat MNIST images, and a measure of drawn ones, on 2,500 real images.

    They are of the test set; where settings are chosen, of the training set.
    """
    data, network = datasets.load("mnist"), features.load("mnist")
    images = data.x_train if tuning else data.x_test
    chosen = np.random.default_rng(0).permutation(len(images))[:2_500]
    real = network.embed(images[chosen]).features

    def measure(drawn):
        seen = network.embed(drawn.reshape(-1, 28, 28, 1))
        shares = np.bincount(seen.probabilities.argmax(1), minlength=10) / len(drawn)
        frechet = metrics.frechet_distance(real, seen.features)
        return (shares >= 0.01).sum(), np.nan, metrics.reverse_kl(shares), frechet

    return data.x_train.reshape(-1, 784), measure


class Bench:
    """Trains what a file of results lacks.

    Args:
        out: the file.
        scale: of the steps; 1 but in trials.
        only: names of recipes and cures; none: all.
    """

    def __init__(self, out: Path, scale: float, only: list[str]):
        self.out, self.scale = out, scale
        self.code = chapters.shared_code("04_stable_training")
        for group in (self.code["RECIPES"], self.code["CURES"]) if only else ():
            for name in set(group) - set(only):
                del group[name]
        self.results = bench.load(out) if out.exists() else bench.Results()

    def steps(self, number: float) -> int:
        """Return a number of G steps, scaled, a multiple of those in a row."""
        return max(2, round(self.scale * number / networks.WARM_UP)) * networks.WARM_UP

    def run(self, parts, name, seed, steps, world, options):
        """Train once and keep a row for each of the `parts`; two: raw and averaged."""
        if (parts[0], name, seed) in {(r.data, r.recipe, r.seed) for r in self.results}:
            return
        x, measure = world
        gan = self.code["make_gan"](steps, seed=seed, **options)
        watch = networks.Stopwatch(time.process_time)
        gan.fit(
            x, batch_size=self.code["BATCH"], steps_per_epoch=steps, verbose=0,
            callbacks=[watch],
        )  # fmt: skip
        cpu_ms = 1e3 * watch.seconds / (steps - networks.WARM_UP)
        z = training.sample_z(2_500, gan.latent_dim, (1, 0))
        for part, network in zip(
            reversed(parts), (gan.ema_generator, gan.generator), strict=False
        ):
            drawn = training.decode(network, z)
            cost = cpu_ms, cpu_ms * steps / 1e3
            row = bench.Result(name, part, seed, *map(float, measure(drawn)), *cost)
            self.results.append(row._replace(modes=int(row.modes)))
            if seed == 0 and "setting" not in part and "raw" not in part:
                self.results.clouds[part, name] = kept(drawn)
            print(f"{steps} steps", self.results[-1], flush=True)
        bench.save(self.results, self.out)

    def tune(self, data, world):
        """Try every setting of every recipe in a short run."""
        steps, settings = self.steps(STEPS[f"{data}, tuning"]), self.code["settings"]
        for name in self.code["RECIPES"]:
            for i, setting in enumerate(settings(name, data)):
                part = f"{data}, setting {i}"
                options = self.options(name, data, setting)
                self.run([part], name, TUNING_SEED, steps, world, options)

    def options(self, name, data, setting=None):
        """Return a recipe's options of `make_gan`, tuned if none is given."""
        rate, weight = setting or self.code["tuned"](self.results, name, data)
        size = ON_DIGITS if data == "digits" else {}
        recipe = self.code["RECIPES"][name](weight) | {"rate": rate} | size
        if data == "digits":
            recipe["in_d"] = {"width": 256} | recipe.get("in_d", {})
        return recipe

    def grid(self):
        """Tune on the grid, then train for equal G steps."""
        world = on_grid()
        self.tune("grid", world)
        for seed in range(MORE_SEEDS):
            for name in self.code["RECIPES"]:
                if seed < SEEDS or name == FAVOURITE:
                    steps, options = (
                        self.steps(STEPS["grid"]),
                        self.options(name, "grid"),
                    )
                    self.run(["grid, equal steps"], name, seed, steps, world, options)

    def cpu(self):
        """Train on the grid for equal processor seconds; what `grid` tuned."""
        world = on_grid()
        for seed in range(SEEDS):
            for name in self.code["RECIPES"]:
                rows = [self.results.of(f"grid, setting {i}")[name] for i in range(4)]
                cpu_ms = np.median([row.cpu_ms for row in sum(rows, [])])
                steps, options = (
                    self.steps(1e3 * CPU_S / cpu_ms),
                    self.options(name, "grid"),
                )
                self.run(["grid, equal CPU"], name, seed, steps, world, options)

    def cures(self):
        """Train the bare GAN with each cure; measure raw and averaged G."""
        world, parts = on_grid(), ["cures, raw", "cures, averaged"]
        for seed in range(SEEDS):
            for name, options in self.code["CURES"].items():
                steps = self.steps(STEPS["grid"])
                self.run(parts, name, seed, steps, world, options)

    def digits(self):
        """Tune on training digits, then train for equal G steps."""
        self.tune("digits", on_digits(tuning=True))
        world = on_digits()
        for seed in range(SEEDS):
            for name in self.code["RECIPES"]:
                steps, options = (
                    self.steps(STEPS["digits"]),
                    self.options(name, "digits"),
                )
                self.run(["digits, equal steps"], name, seed, steps, world, options)


def kept(drawn: np.ndarray) -> np.ndarray:
    """Return some of the samples: points as float16, pictures as bytes."""
    if drawn.shape[1] == 2:
        return drawn[:CLOUD].astype("float16")
    return np.uint8(np.round(127.5 * (drawn[:PICTURES] + 1)))


def main():
    """Run what is missing, or merge files; then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = ["grid", "cpu", "cures", "digits"]
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts)
    parser.add_argument("--scale", type=float, default=1.0, help="of the steps")
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--out", type=Path, default=Path("data/stability.npz"))
    parser.add_argument("--merge", type=Path, nargs="+", default=[])
    options = parser.parse_args()
    print(runtime.banner())
    if options.merge:
        files = [bench.load(path) for path in options.merge]
        clouds = {key: cloud for file in files for key, cloud in file.clouds.items()}
        results = bench.Results(dict.fromkeys(sum(files, [])), clouds)
        bench.save(results, options.out)
    else:
        trained = Bench(options.out, options.scale, options.only)
        for part in options.parts:
            getattr(trained, part)()
        results = trained.results
    for data in dict.fromkeys(row.data for row in results):
        print(f"\n{data}\n\n{bench.table(results, data)}")


if __name__ == "__main__":
    main()
