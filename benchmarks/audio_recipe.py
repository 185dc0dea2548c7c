"""Chapter 5's GAN with one change at a time, each for the same number of steps.

PYTHONPATH=.:tools python benchmarks/audio_recipe.py [--steps 2000] [--seeds 1]
    [--only "the recipe" "no labels"]
Needs FSDD. Prints Fréchet distance and inception score (n = 1,350, against half of the
training clips) and the share of voiced frames (of 200 clips) after every quarter of the
steps, and the seconds of a run without measuring.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import chapters
from ganutils import audio, datasets, metrics
from ganutils.kit import runtime
from ganutils.metrics import features
from ganutils.monitoring import callbacks
from ganutils.training import conditions

PARTS = 4
FREE = {"pitch_slope": 1.0, "pitch_window": 1}
VARIANTS = {  # arguments of make_gan; the batch, the labels, attributes of the voice
    "the recipe": {},
    "true slope of the pitch": {"voice": {"pitch_slope": 1.0}},
    "true slope, pitch not averaged": {"voice": FREE},
    "pitch not averaged": {"voice": {"pitch_window": 1}},
    "no labels": {"labels": ()},
    "no labels, true slope, not averaged": {"labels": (), "voice": FREE},
    "label: digit": {"labels": ("digit",)},
    "label: speaker": {"labels": ("speaker",)},
    "slope × 0.01": {"voice": {"pitch_slope": 0.01}},
    "clips unchanged": {"share": 0.0},
    "every clip changed": {"share": 1.0},
    "rates constant": {"falling": False},
    "clips unchanged, rates constant": {"share": 0.0, "falling": False},
    "R1 γ 1": {"gamma": 1.0},
    "R1 γ 10": {"gamma": 10.0},
    "half the rates": {"rates": (0.6e-3, 1e-3)},
    "twice the rates": {"rates": (2.4e-3, 4e-3)},
    "rate 2e-3 for both": {"rates": (2e-3, 2e-3)},
    "batch 32": {"batch": 32},
    "two judges, no labels": {"design": "voice, two judges", "labels": ()},
    "WaveGAN with an ear": {"design": "WaveGAN with an ear", "labels": ()},
    "WaveGAN": {"design": "WaveGAN", "labels": ()},
}


class Quarters(callbacks.StepCallback):
    """Measures after every quarter of the steps, off the clock."""

    def __init__(self, steps: int, measure):
        super().__init__()
        self.every, self.measure = max(1, steps // PARTS), measure
        self.rows, self.seconds = [], 0.0

    def begin(self):
        """Start the clock."""
        self.start = time.perf_counter()

    def on_step(self, step, logs):
        """Measure where it is due."""
        if self.is_due(self.every):
            self.seconds += time.perf_counter() - self.start
            self.rows.append(self.measure(self.model))
            self.start = time.perf_counter()


def told(data, labels) -> tuple:
    """Return what to fit, and how many values each of the labels has."""
    columns = {"digit": data.y_train, "speaker": data.speakers_train}
    columns = [columns[name] for name in labels]
    if not columns:
        return data.x_train, ()
    sizes = tuple(len(np.unique(column)) for column in columns)
    return (data.x_train, conditions.one_hot(*columns)), sizes


def run(
    code: dict,
    data,
    seed: int,
    steps: int,
    measure,
    batch=None,
    falling=True,
    labels=("digit", "speaker"),
    voice=(),
    **options,
) -> Quarters:
    """Train one variant; return what watched it."""
    runtime.set_seed(seed)
    x, sizes = told(data, labels)
    options |= {"steps": steps if falling else None, "sizes": sizes, "seed": seed}
    gan, watch = code["make_gan"](**options), Quarters(steps, measure)
    for name, value in dict(voice).items():
        setattr(gan.generator.layers[-1], name, value)
        setattr(gan.ema_generator.layers[-1], name, value)
    plan = {"steps_per_epoch": steps, "callbacks": [watch], "verbose": 0}
    gan.fit(x, batch_size=batch or code["BATCH"], **plan)
    return watch


def main():
    """Print a table, a line a variant and seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=list(VARIANTS), choices=VARIANTS)
    options = parser.parse_args()
    print(runtime.banner())
    data, network = datasets.load("fsdd"), features.load("fsdd")
    x = data.x_train
    code = chapters.shared_code("05_audio_gan")
    order = np.random.default_rng(0).permutation(len(x))
    real = network.embed(x[order[::2]]).features

    def measure(gan):
        clips = gan.generate(len(real), seed=1, batch_size=50)
        fake = network.embed(clips)
        distance = metrics.frechet_distance(real, fake.features)
        score = metrics.inception_score(fake.probabilities)
        return int(gan.step), distance, score, audio.health(clips[:200])["voiced_share"]

    print(
        "| one change | seed | step: Fréchet distance (inception score, voiced)", end=""
    )
    print(" | seconds |")
    print("|---|---|---|---|")
    for seed in range(options.seeds):
        for name in options.only:
            seen = run(code, data, seed, options.steps, measure, **VARIANTS[name])
            cells = ", ".join(
                "{:,}: {:.0f} ({:.1f}, {:.2f})".format(*row) for row in seen.rows
            )
            print(f"| {name} | {seed} | {cells} | {seen.seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
