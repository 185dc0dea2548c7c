"""What the failure laboratory shares: networks, a watched training, its result."""

import contextlib
import functools
import io
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ganutils import datasets, losses, metrics, monitoring, probing, runtime, training

SEED = 0
LATENT, BATCH, RATE = 8, 128, 2e-3
STD = 0.05  # of a mode of the ring: wide enough to be learnt in a few hundred steps
EVERY = 50  # steps from one look of the health check to the next
EAGER = 5  # fewer steps than this are done without tracing, which takes seconds


@dataclass(frozen=True)
class Run:
    """A training that was watched.

    Attributes:
        gan: the trained `training.GAN`.
        samples: what its averaged generator draws from fresh z, (1000, …).
        rows: the scalars of every step, as `monitoring.Recorder` keeps them.
        messages: what the health check said, by the name of the detector.
    """

    gan: training.GAN
    samples: np.ndarray
    rows: list[dict]
    messages: dict[str, str]

    @property
    def found(self) -> frozenset[str]:
        """Names of the detectors that fired."""
        return frozenset(self.messages)

    def last(self, name: str, rows: int = 5) -> float:
        """Return the mean of a scalar over the last rows."""
        return float(np.mean([row[name] for row in self.rows[-rows:]]))


@dataclass(frozen=True)
class Outcome:
    """A failure, measured with the bug and without it.

    Attributes:
        before, after: the symptom with the bug, and once it is cured.
        findings_before, findings_after: names of the detectors that fired.
        broken, cured: the two trainings, where there were any.
        details: further numbers, by name.
    """

    before: float
    after: float
    findings_before: frozenset[str]
    findings_after: frozenset[str]
    broken: Run | None = None
    cured: Run | None = None
    details: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """A bug that stands in published code, and how this package shows it.

    Attributes:
        name: how `run` and `source` find it.
        bug: what is done wrong.
        symptom: what `reproduce` measures.
        reproduce: steps → `Outcome`, measured with the bug and without.
        detector: what notices it: a key of `monitoring.DETECTORS`, else the name of a
            function that refuses the input or of a number to look at.
        cure: what to do.
        code: the definitions that hold the bug.
    """

    name: str
    bug: str
    symptom: str
    reproduce: Callable[[int], Outcome]
    detector: str
    cure: str
    code: tuple


def compare(symptom: Callable, broken: Run, cured: Run, **details) -> Outcome:
    """Measure the same symptom on two runs.

    Args:
        symptom: `Run` → number.
        broken, cured: the two runs.
        **details: further numbers worth keeping.
    """
    before, after = symptom(broken), symptom(cured)
    return Outcome(before, after, broken.found, cured.found, broken, cured, details)


def dense(inputs: int, outputs: int, width: int = 64, activation=None):
    """Return a multilayer perceptron with two hidden layers of `width` units."""
    hidden = [layers.Dense(width, activation="relu") for _ in range(2)]
    end = layers.Dense(outputs, activation=activation)
    return keras.Sequential([keras.Input((inputs,)), *hidden, end])


def planar(kind=training.GAN, discriminator=None, **compiled):
    """Return a compiled GAN of points in the plane, started from `SEED`.

    Args:
        kind: `training.GAN` or a broken subclass of it.
        discriminator: D, in place of the usual multilayer perceptron.
        **compiled: arguments of `compile` that differ from the healthy ones: the
            non-saturating loss with R1 and a learning rate of 0.002 for both.
    """
    seed()
    d = discriminator or dense(2, 1)
    gan = kind(dense(LATENT, 2), d, latent_dim=LATENT, ema_decay=0.99, seed=SEED)
    healthy = {"penalties": [losses.r1(0.1)], "steps_per_execution": 10}
    gan.compile(**healthy | optimizers() | compiled)
    return gan


def seed():
    """Let every network of the laboratory start from the same weights."""
    runtime.set_seed(SEED)


def optimizers(d_rate: float = RATE, g_rate: float = RATE) -> dict:
    """Return both optimizers as arguments of `compile`."""
    adam = functools.partial(keras.optimizers.Adam, beta_1=0.5, beta_2=0.99)
    return {"d_optimizer": adam(d_rate), "g_optimizer": adam(g_rate)}


@functools.cache
def ring() -> np.ndarray:
    """Return 8,000 points around eight centres, (8000, 2)."""
    return datasets.ring(8_000, seed=SEED, std=STD)


def coverage(samples: np.ndarray) -> metrics.ModeCoverage:
    """Compare points with the eight modes of `ring`."""
    return metrics.mode_coverage(samples, datasets.ring_centres(), STD)


def share_of_modes(samples: np.ndarray) -> float:
    """Return the share of the eight modes that get at least 1 % of the samples."""
    index, distance = metrics.nearest_neighbours(samples, datasets.ring_centres())
    counts = np.bincount(index[distance <= 3 * STD], minlength=8)
    return float((counts >= 0.01 * len(samples)).mean())


def near_a_mode(run: Run) -> float:
    """Return the share of samples within 3σ of a mode."""
    return coverage(run.samples).high_quality


@contextlib.contextmanager
def quiet():
    """Keep what a training says, of health or of retracing, out of the output."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # many small models in one process: TensorFlow warns
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)


def train(gan: training.GAN, real, steps: int, **options) -> Run:
    """Train under a health check, silently, and return what came of it.

    Args:
        gan: compiled.
        real: samples (n, …).
        steps: training steps.
        **options: `coverage`, `start`, `patience` of `monitoring.HealthCheck`.
    """
    judging = {"start": 200, "patience": 100} | options
    check = monitoring.HealthCheck(real, every=EVERY, **judging)
    recorder = monitoring.Recorder()
    fitting = {"batch_size": BATCH, "steps_per_epoch": steps, "verbose": 0}
    if steps < EAGER:
        gan.run_eagerly, gan.steps_per_execution = True, 1
    with quiet():
        gan.fit(real, callbacks=[recorder, check], **fitting)
    messages = {finding.name: finding.message for finding in check.findings}
    return Run(gan, gan.generate(1_000, seed=1), recorder.rows, messages)


def brief(gan: training.GAN, steps: int = 2, traced: bool = False) -> Run:
    """Probe a GAN of points, then do a few of its steps in a plain loop.

    Args:
        gan: compiled.
        steps: training steps, at most 60.
        traced: as a `tf.function`, which pays for more than a dozen steps.
    """
    step = tf.function(gan.train_step) if traced else gan.train_step
    rows = []
    with quiet():
        findings = probing.probe(gan, ring())
        for i in range(steps):
            logs = step(tf.constant(ring()[i * BATCH : (i + 1) * BATCH]))
            rows.append({"step": i + 1} | {k: float(v) for k, v in logs.items()})
    messages = {finding.name: finding.message for finding in findings}
    return Run(gan, gan.generate(1_000, seed=1), rows, messages)


@functools.cache
def healthy_brief() -> Run:
    """Return a brief run of the plain class."""
    return brief(planar())
