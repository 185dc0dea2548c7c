"""How good is a generator after so many seconds on this machine?

Chapter 3's recipe beside two official tutorials' and chapter 2's MLP: same MNIST, same
cores, in turns, over several seeds. The tutorials' networks and settings are written
anew from their published description; each keeps its own batch size, rates and data
range. The clock counts training, and before it what a recipe makes of its data, such as
groups: not the first call, which traces the step, nor the measuring. Measurements and
generators stay in runs/time_to_quality/.

GANUTILS_DATA_DIR=… PYTHONPATH=.:tools python benchmarks/time_to_quality.py
    [--seconds 300] [--seeds 3] [--only NAME …] [--once NAME …]
"""

import argparse
import csv
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import networks
import numpy as np
import tensorflow as tf

import chapters
from ganutils import datasets, metrics, training
from ganutils.kit import runtime
from ganutils.metrics import bench, features
from ganutils.training import losses

MARKS = (5, 6, 8, 10, 30, 60, 120, 300)  # seconds of training
SAMPLES = 5_000


@dataclass(frozen=True)
class Recipe:
    """How one of the candidates trains.

    Attributes:
        make: seed → a compiled GAN.
        batch_size: samples in a step.
        fit_range: images in [-1, 1] → what this recipe trains on.
        view: samples, in the recipe's own range → images in [-1, 1].
        asks: what it trains on → options of `generate`.
    """

    make: Callable
    batch_size: int
    fit_range: Callable = lambda x: x
    view: Callable = lambda x: x
    asks: Callable = lambda x: {}


def ours(seed: int) -> training.GAN:
    """Return chapter 3's recipe, told groups that nobody labelled."""
    fall = chapters.shared_code("03_dcgan")["FALL"]
    return networks.chapter_3(seed, groups=60_000 // 200, steps=fall)


def grouped(x) -> tuple:
    """Return images and their groups, as chapter 3 finds them."""
    return x, chapters.shared_code("03_dcgan")["find_groups"](x)


def chapter_2(seed: int) -> training.GAN:
    """Return chapter 2's recipe: an MLP."""
    gan = training.GAN(*networks.mlp(), latent_dim=64, ema_decay=0.9995, seed=seed)
    adam = (keras.optimizers.Adam(1e-3, beta_1=0.5, beta_2=0.99) for _ in "DG")
    penalty = losses.r1(gamma=0.2, interval=16)
    options = {"jit_compile": "auto", "steps_per_execution": 10}
    gan.compile("non_saturating", [penalty], *adam, **options)
    return gan


def tensorflow_tutorial(seed: int) -> training.GAN:
    """Return the TensorFlow DCGAN tutorial's recipe: both updates from one pass."""
    nets = networks.tensorflow_tutorial()
    gan = training.GAN(*nets, latent_dim=100, ema_decay=0.0, seed=seed)
    adam = (keras.optimizers.Adam(1e-4) for _ in "DG")
    gan.compile("non_saturating", (), *adam, one_pass=True)
    return gan


def keras_example(seed: int) -> training.GAN:
    """Return the Keras DCGAN example's recipe, one upsampling less for 28×28."""
    nets = networks.keras_example()
    gan = training.GAN(*nets, latent_dim=128, ema_decay=0.0, seed=seed)
    adam = (keras.optimizers.Adam(1e-4) for _ in "DG")
    g_loss = losses.non_saturating.g_loss
    loss = losses.AdversarialLoss("noisy_labels", noisy_d_loss, g_loss)
    gan.compile(loss, (), *adam)
    return gan


def noisy_d_loss(real_logits, fake_logits):
    """Return the cross-entropy with labels moved by 0.05·U(0, 1), as the example does.

    It calls fakes 1 and real images 0 and adds the noise to both; here real is 1, so
    the noise is subtracted. The mean is taken over real and fake samples together.
    """
    logits = tf.concat([real_logits, fake_logits], axis=0)
    labels = tf.concat([tf.ones_like(real_logits), tf.zeros_like(fake_logits)], axis=0)
    labels -= 0.05 * tf.random.uniform(tf.shape(labels))
    return tf.reduce_mean(tf.nn.softplus(logits) - labels * logits)


RECIPES = {
    "ours": Recipe(
        ours,
        64,
        grouped,
        asks=lambda x: {"labels": np.random.default_rng(1).choice(x[1], SAMPLES)},
    ),
    "TensorFlow tutorial": Recipe(tensorflow_tutorial, 256),
    "Keras example": Recipe(
        keras_example, 32, lambda x: (x + 1) / 2, lambda x: 2 * x - 1
    ),
    "chapter 2's MLP": Recipe(chapter_2, 64),
}


class Stopwatch(keras.callbacks.Callback):
    """Stops `fit` after so many seconds and measures at the marks, off the clock."""

    def __init__(self, seconds: float, measure: Callable, spent: float):
        super().__init__()
        self.marks = [m for m in MARKS if spent < m < seconds] + [seconds]
        self.measure, self.rows, self.spent, self.start = measure, [], spent, None

    def on_train_batch_end(self, batch, logs=None):
        """Start after the first call; measure where a mark has been passed."""
        if self.start is None:
            self.start = time.perf_counter()
            return
        now = self.spent + time.perf_counter() - self.start
        if now >= self.marks[0]:
            while self.marks and now >= self.marks[0]:
                del self.marks[0]
            steps = int(self.model.step)
            self.rows.append({"seconds": now, "steps": steps} | self.measure())
            self.model.stop_training = not self.marks
            self.spent, self.start = now, time.perf_counter()


def run(name: str, seed: int, seconds: float, x, out: Path, judge) -> list[dict]:
    """Train one recipe once; return its rows: seconds, steps, Fréchet, score."""
    recipe = RECIPES[name]
    runtime.set_seed(seed)
    began = time.perf_counter()
    x = recipe.fit_range(x)
    spent, gan = time.perf_counter() - began, recipe.make(seed)
    how = {"seed": 1, "batch_size": 500} | recipe.asks(x)
    watch = Stopwatch(
        seconds, lambda: judge(recipe.view(gan.generate(SAMPLES, **how))), spent
    )
    options = {"steps_per_epoch": 10**6, "verbose": 0, "callbacks": [watch]}
    gan.fit(x, batch_size=recipe.batch_size, **options)
    training.save_generator(out / f"{name} {seed}.keras", gan.ema_generator)
    rows = [{"recipe": name, "seed": seed} | row for row in watch.rows]
    for row in rows:
        print(" ".join(f"{k}={_short(v)}" for k, v in row.items()), flush=True)
    return rows


def _short(value):
    return f"{value:.4g}" if isinstance(value, float) else value


def table(rows: list[dict], floor: float) -> str:
    """Return a Markdown table: a row for each mark, mean ± deviation over the seeds."""
    recipes = list(dict.fromkeys(row["recipe"] for row in rows))
    lines = []
    for mark in sorted({_mark(row) for row in rows}):
        cells = [_cell([r for r in rows if _at(r, k, mark)]) for k in recipes]
        lines.append([str(mark), *cells])
    text = bench.markdown_table(["seconds", *recipes], lines)
    return f"{text}\n\nReal images against real images, same n: {floor:.3f}."


def _mark(row):
    return max(m for m in (0, *MARKS) if m <= row["seconds"])


def _at(row, recipe, mark):
    return row["recipe"] == recipe and _mark(row) == mark


def _cell(rows):
    if not rows:
        return ""
    cells = []
    for key in ("frechet", "score"):
        values = [row[key] for row in rows]
        cells.append(f"{mean(values):.2f} ± {stdev(values) if values[1:] else 0:.2f}")
    return f"{cells[0]} (IS {cells[1]}; step {mean(r['steps'] for r in rows):,.0f})"


def main():
    """Run every recipe with every seed, in turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(RECIPES), default=RECIPES)
    parser.add_argument("--once", nargs="+", choices=list(RECIPES), default=())
    options = parser.parse_args()
    print(runtime.banner())
    out = runtime.runs_folder("time_to_quality")
    data, network = datasets.load("mnist"), features.load("mnist")
    real = network.embed(data.x_test).features
    real = np.random.default_rng(0).permutation(real)  # its halves have other writers
    floor = metrics.frechet_distance(real[SAMPLES:], real[:SAMPLES])

    def judge(samples):
        fake = network.embed(samples)
        distance = metrics.frechet_distance(real[:SAMPLES], fake.features)
        score = float(metrics.inception_score(fake.probabilities))
        return {"frechet": distance, "score": score}

    rows = []
    for seed in range(options.seeds):
        names = list(options.only) + (list(options.once) if seed == 0 else [])
        for name in np.roll(names, -seed).tolist():
            rows += run(name, seed, options.seconds, data.x_train, out, judge)
    with open(out / "rows.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    print(table(rows, floor))


if __name__ == "__main__":
    main()
