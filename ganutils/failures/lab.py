"""The laboratory: what a failure is, the bench it is shown on, the tables of all."""

import contextlib
import difflib
import functools
import io
import linecache
import types
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.figure import Figure

from ganutils.datasets import download
from ganutils.failures.scripts import changed
from ganutils.kit import runtime
from ganutils.metrics.bench import markdown_table
from ganutils.monitoring import callbacks, health_check, probe
from ganutils.monitoring.alarms import Finding
from ganutils.training import losses
from ganutils.training.gan import GAN

STEPS = 3_000  # of the longest training: its alarm needs this long
TRACED = 12  # fewer steps are done without tracing, which takes seconds
STUDENTS_CODE = "seen in students' code"  # where no published place is known


@dataclass(frozen=True)
class Failure:
    """A bug as people write it, beside its cure, and how this package shows it.

    Attributes:
        name, bug: key of `CATALOGUE`, and the bug in words.
        script, changes: a healthy script, and the (healthy, buggy) texts that break it.
        sign: what a reader meets first.
        symptom, measure: what is measured, in words, and how: `Run` → number.
        bounds: (lowest, highest) of the symptom with the bug, and cured.
        alarm: what notices it: one of `monitoring.DETECTORS`, or what `refusal` asks.
        cure: what to do.
        advice: a regular expression that the alarm's message must match.
        real: () → real samples; None where no GAN is trained.
        steps: how long it is trained, at most; 0 is a probe only.
        refusal: where no GAN is trained: what the script left → message, or "".
        coverage: samples → share of the modes, for `HealthCheck`.
        source: address of the thread in which somebody met the bug.
    """

    name: str
    bug: str
    script: str
    changes: tuple[tuple[str, str], ...]
    sign: str
    symptom: str
    measure: Callable
    bounds: tuple[tuple[float, float], tuple[float, float]]
    alarm: str
    cure: str
    advice: str
    real: Callable | None = None
    steps: int = 2_000
    refusal: Callable | None = None
    coverage: Callable | None = None
    source: str = ""

    @property
    def buggy(self) -> str:
        """The script with the bug."""
        return changed(self.script, *self.changes)

    @property
    def diff(self) -> str:
        """The lines that differ, − with the bug and + cured, with their neighbours."""
        texts = (text.splitlines() for text in (self.buggy, self.script))
        lines = [x for x in difflib.unified_diff(*texts, n=2, lineterm="")][2:]
        return "\n".join(" ..." if x.startswith("@@") else x for x in lines[1:])

    @property
    def where(self) -> str:
        """The source as Markdown: a link named by project and thread, or words."""
        if not self.source:
            return STUDENTS_CODE
        owner, project, _, number = self.source.split("/")[3:7]
        return f"[{owner}/{project} #{number}]({self.source})"


CATALOGUE: dict[str, Failure] = {}


def enter(*failures: Failure):
    """Put failures into `CATALOGUE`."""
    CATALOGUE.update({failure.name: failure for failure in failures})


class ScriptedGAN(GAN):
    """A GAN whose networks, losses and steps are those of an executed script."""

    def __init__(self, script: types.SimpleNamespace, seed: int):
        g, d = script.generator, script.discriminator
        super().__init__(g, d, latent_dim=script.LATENT, ema_decay=0.99, seed=seed)
        self._script, self.stacked = script, getattr(script, "stacked", None)
        names = "d_optimizer", "g_optimizer"
        optimizers = {name: getattr(script, name) for name in names}
        self.compile(_loss(script), _penalties(script), **optimizers)

    def d_step(self, real, z_seed, penalty_seed):
        """Do what the script's `d_step` does."""
        d_loss, real_logits, fake_logits = self._script.d_step(real)
        means = map(tf.reduce_mean, (d_loss, real_logits, fake_logits))
        return dict(zip(("d_loss", "real_logits", "fake_logits"), means, strict=True))

    def g_step(self, real, z_seed):
        """Do what the script's `g_step` does."""
        return {"g_loss": tf.reduce_mean(self._script.g_step(real))}


def _loss(script):
    if not hasattr(script, "loss_of_d"):  # D is compiled by itself
        return losses.non_saturating
    name = "wasserstein" if hasattr(script, "gradient_penalty") else "script"
    d_loss, g_loss = script.loss_of_d, script.loss_of_g
    return losses.AdversarialLoss(name, d_loss, lambda real, fake: g_loss(fake))


def _penalties(script):
    """Return the penalty that the script's D step names, for the probe to look at."""
    weights = {"gradient_penalty": 10.0, "r1": getattr(script, "GAMMA", 0.0) / 2}
    called = [name for name in weights if name in script.d_step.__code__.co_names]
    return [_penalty(name, getattr(script, name), weights[name]) for name in called]


def _penalty(name, function, weight):
    return losses.Penalty(name, lambda d, x, y, seed: function(d, x, y), weight)


def execute(script: str) -> types.SimpleNamespace:
    """Run a script as a student would, after the usual imports; return its names."""
    file = f"<script {abs(hash(script))}>"
    linecache.cache[file] = len(script), None, script.splitlines(True), file
    names = {"keras": keras, "layers": layers, "np": np, "tf": tf, "Figure": Figure}
    names["load_digits"] = lambda: download.load("digits").x_train
    names["load_clips"] = lambda: download.load("spoken_digits_tts").x_test[:200]
    exec(compile(script, file, "exec"), names)
    return types.SimpleNamespace(**names)


@contextlib.contextmanager
def quiet():
    """Keep what a training prints and warns of out of the output."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class Run:
    """What came of a script: a training under a health check, or names alone.

    Samples are what the averaged generator draws from fresh z, (1000, …); rows are
    those of a `monitoring.Recorder`; findings go by the name of their alarm.
    """

    script: types.SimpleNamespace
    findings: dict
    gan: GAN | None = None
    samples: np.ndarray | None = None
    rows: tuple = ()

    def last(self, name: str, rows: int = 50) -> float:
        """Return the mean of a scalar over the last rows."""
        return float(np.mean([row[name] for row in self.rows[-rows:]]))


class Lab:
    """The bench: scripts run from one seed, each text once.

    The longest trainings have `steps` steps, ≥ 1; few only show that all runs.
    """

    def __init__(self, steps: int = STEPS, seed: int = 0):
        if steps < 1:
            raise ValueError(f"Expected `steps` ≥ 1; received {steps!r}.")
        self.steps, self.seed, self._kept = steps, seed, {}

    def run(self, failure: Failure, script: str) -> Run:
        """Run a script of a failure: with the bug, or cured."""
        steps = min(self.steps, failure.steps)
        key = script, steps, failure.coverage
        if key not in self._kept:
            runtime.set_seed(self.seed)
            self._kept[key] = self._watch(failure, execute(script), steps)
        return self._kept[key]

    def _watch(self, failure, names, steps):
        if failure.real is None:
            message = failure.refusal(names)
            found = {failure.alarm: Finding(failure.alarm, 0, message, 0)}
            return Run(names, found if message else {})
        gan, real = ScriptedGAN(names, self.seed), failure.real()
        recorder = callbacks.Recorder()
        check = health_check.HealthCheck(real, coverage=failure.coverage)
        gan.run_eagerly = steps <= TRACED
        gan.steps_per_execution = 1 if gan.run_eagerly else 10
        if steps:
            watched = {"callbacks": [recorder, check], "verbose": 0}
            gan.fit(real, batch_size=names.BATCH, steps_per_epoch=steps, **watched)
        if check.problems:
            raise RuntimeError(f"A look could not be taken: {check.problems}")
        found = check.findings if steps else probe.probe(gan, real)
        found = {x.name: replace(x, told=x.told or x.step) for x in found}
        return Run(names, found, gan, gan.generate(1_000, seed=1), recorder.rows)


@dataclass(frozen=True)
class Outcome:
    """A failure: its runs with the bug and cured, and the symptom in both."""

    failure: Failure
    with_bug: Run
    cured: Run
    symptom_with_bug: float
    symptom_cured: float

    @property
    def noticed(self) -> bool:
        """Tell whether the failure's own alarm rang with the bug."""
        return self.failure.alarm in self.with_bug.findings

    @property
    def rang(self) -> int | None:
        """The step at which it rang; 0 is before the first one, None is never."""
        return self.with_bug.findings[self.failure.alarm].told if self.noticed else None

    @property
    def message(self) -> str:
        """What the alarm says."""
        return (
            self.with_bug.findings[self.failure.alarm].message if self.noticed else ""
        )


def run(names: Iterable | None = None, steps=STEPS, seed=0) -> list[Outcome]:
    """Run failures, each with the bug and cured; None: all of `CATALOGUE`.

    Names may be `Failure`s, too: copies with other changes, say.

    Raises:
        ValueError: an unknown name, or `steps` < 1.

    Example:
        >>> [outcome.noticed for outcome in run(["extra_axis"])]
        [True]
    """
    chosen = [get(name) for name in (CATALOGUE if names is None else names)]
    lab = _lab(steps, seed)
    with quiet():
        return [_outcome(failure, lab) for failure in chosen]


_lab = functools.lru_cache(maxsize=1)(Lab)  # keeps healthy runs from call to call


def get(name: str | Failure) -> Failure:
    """Return a failure of `CATALOGUE`; a ValueError lists the names."""
    if isinstance(name, Failure):
        return name
    if name not in CATALOGUE:
        raise ValueError(f"Expected one of {[*CATALOGUE]}; received {name!r}.")
    return CATALOGUE[name]


def _outcome(failure, lab):
    runs = [lab.run(failure, text) for text in (failure.buggy, failure.script)]
    return Outcome(failure, *runs, *(float(failure.measure(run)) for run in runs))


def wall() -> str:
    """Return a Markdown table for the wall: sign, bug, alarm, cure, source."""
    rows = [
        (f.sign, f.bug, f"`{f.alarm}`", f.cure, f.where) for f in CATALOGUE.values()
    ]
    return markdown_table(("you see", "bug", "alarm", "cure", "met in"), rows)
