"""The laboratory: what a failure is, the bench it is shown on, the tables of all."""

import contextlib
import functools
import inspect
import io
import math
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import keras
import numpy as np

from ganutils.kit import runtime
from ganutils.metrics.bench import markdown_table
from ganutils.monitoring import callbacks, health_check, probe
from ganutils.training.gan import GAN

SEED, BATCH = 0, 128
STEPS = 600  # of the longest trainings: enough for every symptom to show
EVERY = 50  # steps from one look of the health check to the next
EAGER = 12  # up to so many steps are done without tracing, which takes seconds


@dataclass(frozen=True)
class Failure:
    """A bug that stands in published code, and how this package shows it.

    Attributes:
        name, bug: the name of its function, and how that one's docstring begins.
        reproduce: lab → two `Run`s, with the bug and without; or, where no GAN is
            trained, two pairs (symptom, true if noticed).
        sign: what a reader meets first.
        measure: `Run` → number, the symptom, which its docstring names; the name alone
            where `reproduce` returns the number.
        bounds: (lowest, highest) of the symptom with the bug, and without it.
        detector: what notices it: one of `monitoring.DETECTORS`, else the name of a
            function that refuses the input or of a number to look at.
        cure: what to do.
        section: heading of the chapter that shows it.
        code: the definitions that hold the bug; its function if empty.
    """

    name: str
    bug: str
    reproduce: Callable
    sign: str
    measure: Callable | str
    bounds: tuple[tuple[float, float], tuple[float, float]]
    detector: str
    cure: str
    section: str = "The other twelve"
    code: tuple = ()

    @property
    def symptom(self) -> str:
        """What is measured, in words."""
        return self.measure if isinstance(self.measure, str) else _said(self.measure)


def _said(function):
    line = inspect.getdoc(function).splitlines()[0]
    return re.sub(r"^Return (the )?|\.$", "", line)


CATALOGUE: dict[str, Failure] = {}


def failure(**card) -> Callable:
    """Enter the function below into `CATALOGUE`; cards hold a `Failure` from `sign`."""

    def _enter(reproduce):
        name = reproduce.__name__
        CATALOGUE[name] = Failure(name, _said(reproduce), reproduce, **card)
        return reproduce

    return _enter


@dataclass(frozen=True)
class Run:
    """A training that was watched.

    Samples are what the averaged generator draws from fresh z, (1000, …); rows are
    those of a `monitoring.Recorder`; messages go by the name of their detector.
    """

    gan: GAN
    samples: np.ndarray
    rows: list[dict]
    messages: dict[str, str]

    def last(self, name: str, rows: int = 5) -> float:
        """Return the mean of a scalar over the last rows."""
        return float(np.mean([row[name] for row in self.rows[-rows:]]))


class Lab:
    """The bench: trainings under one health check, of which healthy ones are kept.

    The longest have `steps` steps, ≥ 1; few only show that everything runs.
    """

    def __init__(self, steps: int = STEPS):
        if steps < 1:
            raise ValueError(f"Expected `steps` ≥ 1; received {steps!r}.")
        self.steps, self._healthy = steps, {}

    def both(self, setup: Callable, **bug) -> tuple[Run, Run]:
        """Return two runs of a setup, (lab, **options) → `Run`, with a bug and without.

        Without options it is healthy; `bug` are those that break it.
        """
        if setup not in self._healthy:
            self._healthy[setup] = setup(self)
        return setup(self, **bug), self._healthy[setup]

    def train(self, gan, real, most: int | None = None, coverage=None) -> Run:
        """Train a compiled GAN on samples under a health check; keep what came of it.

        Steps are the lab's, at most `most`; 0: a probe, and no step. `coverage` is that
        of `monitoring.HealthCheck`.
        """
        check = health_check.HealthCheck(real, EVERY, coverage, start=200, patience=100)
        recorder = callbacks.Recorder()
        steps = self.steps if most is None else min(self.steps, most)
        gan.run_eagerly = steps <= EAGER
        gan.steps_per_execution = 1 if gan.run_eagerly else math.gcd(steps, 10)
        watched = {"callbacks": [recorder, check], "verbose": 0}
        if steps:
            gan.fit(real, batch_size=BATCH, steps_per_epoch=steps, **watched)
        findings = check.findings if steps else probe.probe(gan, real)
        messages = {finding.name: finding.message for finding in findings}
        return Run(gan, gan.generate(1_000, seed=1), recorder.rows, messages)


def make_gan(players, rates, kind=GAN, ema_decay=0.99, **compiled):
    """Return a compiled GAN, or one of a broken `kind`, started from `SEED`.

    Args:
        players: () → (generator, discriminator).
        rates: learning rates of D and of G.
        **compiled: further arguments of `compile`.
    """
    runtime.set_seed(SEED)
    g, d = players()
    gan = kind(g, d, latent_dim=g.input_shape[-1], ema_decay=ema_decay, seed=SEED)
    d_adam, g_adam = (keras.optimizers.Adam(rate, 0.5, 0.99) for rate in rates)
    gan.compile(d_optimizer=d_adam, g_optimizer=g_adam, **compiled)
    return gan


def variant(kind: type = GAN, **members) -> type:
    """Return a subclass with these methods or attributes in place of its own."""
    return type("Broken", (kind,), members)


@contextlib.contextmanager
def quiet():
    """Keep what a training prints and warns of out of the output."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class Outcome:
    """A failure, measured with the bug (`before`) and without it (`after`).

    Findings are the names of the detectors that fired; `broken` and `cured` are the two
    trainings, where there were any.
    """

    failure: Failure
    before: float
    after: float
    findings_before: frozenset[str]
    findings_after: frozenset[str]
    broken: Run | None = None
    cured: Run | None = None

    @property
    def noticed(self) -> bool:
        """Tell whether the failure's own detector fired with the bug."""
        return self.failure.detector in self.findings_before

    def __str__(self):
        found = self.findings_before, self.findings_after
        fired, silence = (", ".join(sorted(names)) or "nothing" for names in found)
        said = self.broken.messages if self.broken else {}
        return (
            f"{self.failure.symptom}: {self.before:.3g} with the bug, "
            f"{self.after:.3g} without\n"
            f"noticed with the bug: {fired}\nnoticed without it: {silence}\n"
            f"{said.get(self.failure.detector, '')}"
        ).strip()


_lab = functools.lru_cache(maxsize=1)(Lab)  # keeps healthy runs from call to call


def run(names: Iterable[str] | None = None, steps: int = STEPS) -> list[Outcome]:
    """Reproduce failures, each with the bug and without; None: all of `CATALOGUE`.

    Raises:
        ValueError: an unknown name, or `steps` < 1.

    Example:
        >>> [outcome.noticed for outcome in run(["extra_axis"])]
        [True]
    """
    chosen = [_get(name) for name in (CATALOGUE if names is None else names)]
    lab = _lab(steps)
    with quiet():
        return [_outcome(failure, lab) for failure in chosen]


def _get(name):
    if name in CATALOGUE:
        return CATALOGUE[name]
    raise ValueError(f"Expected a failure among {list(CATALOGUE)}; received {name!r}.")


def _outcome(failure, lab):
    shown = failure.reproduce(lab)
    if isinstance(failure.measure, str):
        numbers, noticed = zip(*shown, strict=True)
        found, runs = [[failure.detector] if told else [] for told in noticed], ()
    else:
        numbers, runs = [failure.measure(run) for run in shown], shown
        found = [run.messages for run in runs]
    return Outcome(failure, *map(float, numbers), *map(frozenset, found), *runs)


def source(name: str) -> str:
    """Return the code that holds the bug called `name`, a key of `CATALOGUE`."""
    failure = _get(name)
    texts = [inspect.getsource(x) for x in failure.code or [failure.reproduce]]
    return "\n\n".join(re.search(r"^(def|class) .*", t, re.M | re.S)[0] for t in texts)


def table(outcomes: Iterable[Outcome]) -> str:
    """Return a Markdown table: bug, symptom, before, after, detector, cure."""
    rows = []
    for outcome in outcomes:
        failure = outcome.failure
        numbers = f"{outcome.before:.3g}", f"{outcome.after:.3g}"
        by = f"`{failure.detector}`" + ("" if outcome.noticed else " (not yet)")
        rows.append([failure.bug, failure.symptom, *numbers, by, failure.cure])
    headings = "bug", "symptom", "with", "without", "noticed by", "cure"
    return markdown_table(headings, rows)


def wall() -> str:
    """Return a Markdown table: sign (a link to its section), bug, detector, cure."""
    rows = []
    for failure in CATALOGUE.values():
        anchor = failure.section.replace("`", "").replace(" ", "-")
        sign = f"[{failure.sign}](#{anchor})"
        rows.append([sign, failure.bug, f"`{failure.detector}`", failure.cure])
    return markdown_table(("you see", "likely cause", "noticed by", "cure"), rows)
