"""Chapter 6's alarms from several seeds: who is found, who is missed, who is disturbed.

Part "bugs" runs all twenty failures with the bug and cured. Part "healthy" trains the
recipes of the course under the same `HealthCheck()`, thresholds untouched, and measures
their samples at the end: a run counts as healthy by its samples, not by its recipe. The
file gets each run's row at once: what is broken off goes on where it stopped. One
TensorFlow thread. The steps of a recipe are those of its chapter at the `cpu` scale.

GANUTILS_SCALE=cpu GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python
    benchmarks/failure_lab.py [--parts bugs healthy] [--seeds 3] [--scale 1]
    [--only NAME …] [--out FILE]
"""

import argparse
import json
import os
import re
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TF_NUM_INTEROP_THREADS"] = "1"

import keras
import numpy as np
from keras import layers

import chapters
from ganutils import datasets, failures, metrics, monitoring, training
from ganutils.failures import lab
from ganutils.kit import files, runtime
from ganutils.metrics import features
from ganutils.training import losses

GRID_STEPS = 10_000
GRID = {  # loss, and penalties, on 25 modes
    "relativistic, R1 + R2": ("relativistic", (losses.r1(0.03), losses.r2(0.03))),
    "non-saturating, R1 + R2": ("non_saturating", (losses.r1(0.03), losses.r2(0.03))),
    "hinge, R1": ("hinge", (losses.r1(0.03),)),
}
CLASSES = 0.9  # share of the classes that healthy images must have
MODES = 0.9  # and of the modes, for points


def modes_of(centres, std):
    """Return what `HealthCheck` counts: points → share of the modes that are hit."""
    n = len(centres)
    return lambda points: metrics.mode_coverage(points, centres, std).modes / n


def classes_of(network, n=10):
    """Return the same of pictures or clips: a class needs a sample in a hundred."""

    def share(samples):
        likely = network.embed(samples).probabilities.argmax(axis=1)
        return float((np.bincount(likely, minlength=n) >= 0.01 * len(samples)).mean())

    return share


def grid_gan(seed, loss, penalties, steps):
    """Return chapter 4's players under a loss, rates falling to 0."""

    def dense(inputs, outputs):
        hidden = [layers.Dense(128, "leaky_relu") for _ in range(3)]
        return keras.Sequential(
            [keras.Input((inputs,)), *hidden, layers.Dense(outputs)]
        )

    runtime.set_seed(seed)
    gan = training.GAN(dense(2, 2), dense(2, 1), latent_dim=2, seed=seed)
    falling = keras.optimizers.schedules.CosineDecay
    rates = (falling(rate, max(steps, 1)) for rate in (1.2e-3, 2e-3))
    adams = (keras.optimizers.Adam(rate, 0.0, 0.99) for rate in rates)
    gan.compile(loss, penalties, *adams, steps_per_execution=10)
    return gan


def healthy_runs(scale):
    """Yield (name, () of seed → GAN, data, coverage, batch, steps) of each recipe."""

    def steps(number):
        return max(2, round(scale * number / 20)) * 20

    for name, (loss, penalties) in GRID.items():
        n, coverage = steps(GRID_STEPS), modes_of(datasets.grid_centres(), 0.05)
        make = lambda seed, a=(loss, penalties, n): grid_gan(seed, *a)  # noqa: E731
        yield f"grid, {name}", make, datasets.grid(100_000, 0), coverage, 64, n
    code = chapters.shared_code("02_mlp_gan")
    how = {"steps_per_execution": 20}
    make = lambda seed: code["make_gan"](  # noqa: E731
        code["ring_networks"], seed, **code["RING"] | how
    )
    coverage, n = modes_of(datasets.ring_centres(), 0.01), steps(code["RING_STEPS"])
    points = datasets.ring(20_000, seed=0)
    yield "chapter 2, ring", make, points, coverage, code["RING_BATCH"], n
    data, network = datasets.load("mnist"), features.load("mnist")
    coverage = classes_of(network)
    make = lambda seed: code["make_gan"](  # noqa: E731
        code["digit_networks"], seed, **code["DIGITS"] | how
    )
    n, x = steps(code["DIGIT_STEPS"]), data.x_train
    yield "chapter 2, digits", make, x, coverage, code["BATCH"], n
    dcgan = chapters.shared_code("03_dcgan")
    make = lambda seed: dcgan["make_gan"](seed=seed)  # noqa: E731
    yield "chapter 3, DCGAN", make, x, coverage, dcgan["BATCH"], steps(dcgan["STEPS"])


def watch(gan, real, coverage, batch, steps):
    """Train under the health check as it is; return what it said, and the share."""
    check = monitoring.HealthCheck(real, coverage=coverage)
    began = time.process_time()
    gan.fit(real, batch_size=batch, steps_per_epoch=steps, verbose=0, callbacks=[check])
    rang = {finding.name: finding.told for finding in check.findings}
    share = coverage(gan.generate(2_500, seed=1))
    seconds = round(time.process_time() - began)
    return {
        "alarms": rang,
        "problems": check.problems,
        "share": share,
        "cpu_s": seconds,
    }


def bug(name, seed):
    """Run a failure with the bug and cured; return what the chapter shows of it."""
    (outcome,) = failures.run([name], seed=seed)
    card = outcome.failure
    numbers = outcome.symptom_with_bug, outcome.symptom_cured
    inside = [a <= x <= b for x, (a, b) in zip(numbers, card.bounds, strict=True)]
    runs = outcome.with_bug, outcome.cured
    rang = [{k: v.told for k, v in run.findings.items()} for run in runs]
    advised = bool(re.search(card.advice, outcome.message, re.S))
    return {
        "with the bug": numbers[0],
        "cured": numbers[1],
        "shows": all(inside),
        "rang": outcome.rang,
        "alarms with the bug": rang[0],
        "alarms cured": rang[1],
        "advice is right": advised,
        "message": outcome.message,
    }


def main():
    """Fill the file, then print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", default=["bugs", "healthy"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--out", type=Path, default=Path("data/failure_lab.json"))
    options = parser.parse_args()
    empty = {"bugs": {}, "healthy": {}}
    found = json.loads(options.out.read_text("utf8")) if options.out.exists() else empty

    def keep(part, name, seed, make):
        rows = found[part].setdefault(name, {})
        if str(seed) not in rows and (not options.only or name in options.only):
            rows[str(seed)] = make()
            print(part, name, seed, rows[str(seed)], flush=True)
            text = json.dumps(found, indent=1, ensure_ascii=False)
            files.write_atomically(
                options.out, lambda path: path.write_text(text, "utf8")
            )

    for seed in range(options.seeds):
        for name in failures.CATALOGUE if "bugs" in options.parts else ():
            keep("bugs", name, seed, lambda: bug(name, seed))  # noqa: B023
        lab._lab.cache_clear()
        runs = healthy_runs(options.scale) if "healthy" in options.parts else ()
        for name, make, *how in runs:
            keep("healthy", name, seed, lambda: watch(make(seed), *how))  # noqa: B023
    rows = [row for seeds in found["bugs"].values() for row in seeds.values()]
    runs = [row for seeds in found["healthy"].values() for row in seeds.values()]
    healthy = [row for row in runs if row["share"] >= MODES]
    print(f"found {sum(row['rang'] is not None for row in rows)} of {len(rows)}")
    print(f"advice right {sum(row['advice is right'] for row in rows)}")
    print(f"alarms in cured runs {sum(bool(row['alarms cured']) for row in rows)}")
    print(f"healthy {len(healthy)} of {len(runs)}, of which with an alarm ", end="")
    print(sum(bool(row["alarms"]) for row in healthy))


if __name__ == "__main__":
    main()
