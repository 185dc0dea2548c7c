"""What each choice of chapter 3's recipe is worth: one change at a time.

Every variant trains for the same number of steps from the same seed on MNIST. Printed
are the Fréchet distance at a third of the steps and at the end, and the CPU time of a
step, which other work on the machine disturbs least.

GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python benchmarks/recipe.py
    [--steps 1500] [--seeds 1] [--only NAME …]
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import networks
import numpy as np

import chapters
from ganutils import datasets, metrics, training
from ganutils.kit import runtime
from ganutils.metrics import features
from ganutils.training import losses

SAMPLES = 5_000
BASE = {
    "g": {},
    "d": {},
    "rate": 2e-3,
    "beta_1": 0.0,
    "loss": "non_saturating",
    "penalties": (losses.r1(1.0, interval=8),),
    "ema_decay": 0.9995,
    "batch": 64,
    "options": {"one_pass": True, "fuse_updates": True},
}
VARIANTS = {
    "the recipe": {},
    "no hidden layer in D": {"d": {"hidden": 0}},
    "no hidden layer in G": {"g": {"hidden": 0}},
    "hidden layer of 512 in G": {"g": {"hidden": 512}},
    "no BatchNorm in G": {"g": {"norm": False}},
    "twice the width": {"g": {"width": 32}, "d": {"width": 32}},
    "kernel 4 in D": {"d": {"kernel": 4}},
    "Adam β₁ 0.5": {"beta_1": 0.5},
    "rate 2e-4": {"rate": 2e-4},
    "rate 1e-3": {"rate": 1e-3},
    "rate 4e-3": {"rate": 4e-3},
    "batch 32": {"batch": 32},
    "no penalty": {"penalties": ()},
    "R1 with γ 0.2 every 16 steps": {"penalties": (losses.r1(0.2, interval=16),)},
    "relativistic, R1 and R2": {
        "loss": "relativistic",
        "penalties": (losses.r1(1.0, interval=8), losses.r2(1.0, interval=8)),
    },
    "hinge": {"loss": "hinge"},
    "no EMA": {"ema_decay": 0.0},
    "two passes": {"options": {"fuse_updates": True}},
    "updates not fused": {"options": {"one_pass": True}},
    "XLA for all of the step": {"options": {"one_pass": True, "jit_compile": True}},
}


def build(code: dict, seed: int, setting: dict) -> training.GAN:
    """Return a compiled GAN from the chapter's network functions."""
    runtime.set_seed(seed)
    nets = (
        code["make_generator"](**setting["g"]),
        code["make_discriminator"](**setting["d"]),
    )
    gan = training.GAN(*nets, latent_dim=64, ema_decay=setting["ema_decay"], seed=seed)
    adam = {"beta_1": setting["beta_1"], "beta_2": 0.99}
    players = (keras.optimizers.Adam(setting["rate"], **adam) for _ in "DG")
    options = {"steps_per_execution": 10} | setting["options"]
    gan.compile(setting["loss"], setting["penalties"], *players, **options)
    return gan


def run(gan, x, steps: int, batch: int, judge) -> tuple[float, float, float]:
    """Return the distance at a third, the distance at the end, CPU ms a step."""
    watch, distances = networks.Stopwatch(time.process_time), []
    for part in (third(steps), steps - third(steps)):
        options = {"batch_size": batch, "steps_per_epoch": part, "verbose": 0}
        gan.fit(x, callbacks=[watch], **options)
        distances.append(judge(gan))
    return *distances, 1e3 * watch.seconds / (part - networks.WARM_UP)


def third(steps: int) -> int:
    """Return a third of the steps, in tens, as they are executed."""
    return steps // 3 // 10 * 10


def main():
    """Print a row for each variant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1_500)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=VARIANTS)
    options = parser.parse_args()
    print(runtime.banner())
    code = chapters.shared_code("03_dcgan")
    x, network = datasets.load("mnist").x_train, features.load("mnist")
    real = network.embed(datasets.load("mnist").x_test).features
    real = np.random.default_rng(0).permutation(real)[:SAMPLES]

    def judge(gan):
        fake = network.embed(gan.generate(SAMPLES, seed=1, batch_size=500)).features
        return metrics.frechet_distance(real, fake)

    steps = options.steps
    print(f"| one change | step {third(steps)} | step {steps} | CPU ms a step |")
    print("|---|---|---|---|")
    for name in options.only:
        setting = BASE | VARIANTS[name]
        runs = [
            run(build(code, s, setting), x, steps, setting["batch"], judge)
            for s in range(options.seeds)
        ]
        early, late, cost = np.median(runs, axis=0)
        print(f"| {name} | {early:.1f} | {late:.1f} | {cost:.0f} |", flush=True)


if __name__ == "__main__":
    main()
