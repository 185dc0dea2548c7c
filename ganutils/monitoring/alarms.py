"""Alarms: each watches one sign of a training that goes wrong, and says what to try.

A new one is a subclass of `Alarm` with a `name` and a `sign`. It is a callback by
itself; `HealthCheck` holds all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import distance

from ganutils.kit.checks import check_whole
from ganutils.monitoring.callbacks import StepCallback


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a training."""

    name: str  # of the detector, one of `DETECTORS`
    step: int  # from which it showed; that of the probe where the probe found it
    message: str  # what is seen, what it means, its likely causes, and what to try

    def __str__(self):
        return f"{self.name} at step {self.step:,}: {self.message}"


class Watch(StepCallback):
    """Print what is found, and keep it in `findings`, each name at most once."""

    def __init__(self):
        super().__init__()
        self.findings: list[Finding] = []

    @property
    def names(self) -> set[str]:
        """Names of what was found."""
        return {finding.name for finding in self.findings}

    def begin(self):
        """Drop findings of steps that are still to come, as after a resume."""
        self.findings[:] = [f for f in self.findings if f.step <= self.step]

    def tell(self, finding: Finding):
        """Keep a finding whose name is new, and print it."""
        if finding.name not in self.names:
            self.findings.append(finding)
            print(f"\n{finding}")


class Alarm(Watch):
    """Notice a sign that lasts too long; a subclass says in `sign` what it sees.

    Args:
        patience: steps that the sign must last without a break.
        every: steps from one look to the next.
        start: first step that counts.

    Raises:
        ValueError: `patience` or `every` is no whole number ≥ 1.
    """

    name = ""  # of its findings

    def __init__(self, patience: int = 300, every: int = 1, start: int = 0):
        super().__init__()
        self.patience = check_whole("patience", patience, 1)
        self.every, self.start = check_whole("every", every, 1), start

    def begin(self):
        """Forget an earlier training."""
        super().begin()
        self.since = None  # first step of the sign that lasts now

    def on_step(self, step, logs):
        """Look where it is due, and tell of a sign that has lasted."""
        if step < self.start or not self.is_due(self.every):
            return
        sentence = self.sign(self.model, step, logs)
        if sentence is None:
            self.since = None
            return
        self.since = step if self.since is None else self.since
        if step - self.since >= self.patience:
            self.tell(Finding(self.name, self.since, sentence))

    def sign(self, gan, step: int, logs: dict) -> str | None:
        """Return what the sign means and what to try; None where it does not show."""
        raise NotImplementedError


class DAhead(Alarm):
    """Notice that D tells real from fake without effort, so that G learns little.

    The sign: the mean logit of real samples exceeds that of fakes by `GAP`; 8 is
    σ(4) = 98 % certainty on both sides. A Wasserstein critic, whose logits have no
    scale of their own, is left alone. At the start D is often ahead for a while.
    """

    name = "d_ahead"
    GAP = 8.0

    def sign(self, gan, step, logs):
        """Compare the mean logits."""
        gap = float(logs["real_logits"]) - float(logs["fake_logits"])
        loss = getattr(gan, "adversarial_loss", None)
        if not gap > self.GAP or getattr(loss, "name", "") == "wasserstein":
            return None
        return (
            f"D separates real from fake (mean logits {gap:.1f} apart). Check that "
            "both have the same range; then try a penalty such as losses.r1(), a "
            "smaller learning rate for D, or the non-saturating loss."
        )


class Swapped(Alarm):
    """Notice that D calls fakes real and real samples fake, as with swapped labels.

    The sign: the mean logit of fakes exceeds that of real samples by `MARGIN`. D is
    trained to do the opposite, and noise between two equal players stays below it.
    """

    name = "swapped"
    MARGIN = 0.5

    def sign(self, gan, step, logs):
        """Compare the mean logits."""
        gap = float(logs["fake_logits"]) - float(logs["real_logits"])
        if not gap > self.MARGIN:
            return None
        return (
            f"D rates fakes above real samples (mean logits {gap:.1f} apart). Look for "
            "swapped labels in D's loss: real = 1, fake = 0. If they are right, G is "
            "far ahead: give D a larger learning rate or more steps."
        )


class Collapse(Alarm):
    """Notice that samples of different z become alike.

    The sign: the mean distance between two samples of fixed z falls below `FRACTION` of
    that between two real samples. It finds a G that draws one thing, as an untrained G
    does as well; one that leaves out some classes keeps most of the distance.

    Args:
        real: real samples (n, …), n ≥ 2; 64 of them are used.
        every, start, patience: as in `Alarm`.

    Raises:
        ValueError: fewer than two different real samples.
    """

    name = "collapse"
    FRACTION, SAMPLES = 0.3, 64

    def __init__(self, real: np.ndarray, every=100, start=1000, patience=300):
        super().__init__(patience, every, start)
        self.real_distance = mean_distance(some_of(real, self.SAMPLES))
        if not self.real_distance > 0:
            raise ValueError(
                "Expected real samples that differ; received a mean distance of "
                f"{self.real_distance!r}."
            )

    def sign(self, gan, step, logs):
        """Draw and compare."""
        share = mean_distance(gan.generate(self.SAMPLES)) / self.real_distance
        if not share < self.FRACTION:
            return None
        return (
            f"samples of different z lie {share:.2f} times as far apart as real ones: "
            "G draws much the same for every z. Try a penalty such as losses.r1(), a "
            "smaller learning rate, or the relativistic loss; restart from an "
            "earlier checkpoint, since a collapsed G rarely recovers."
        )


class MissingModes(Alarm):
    """Notice that samples leave out modes or classes: the share covered is small.

    Args:
        coverage: samples (n, …) → share of the modes or classes found, in [0, 1]; else
            training ends with a ValueError.
        every, start, patience: as in `Alarm`.
    """

    name = "missing_modes"
    SMALLEST, SAMPLES = 0.8, 512

    def __init__(self, coverage: Callable, every=100, start=1000, patience=300):
        super().__init__(patience, every, start)
        self.coverage = coverage

    def sign(self, gan, step, logs):
        """Draw and count."""
        share = float(self.coverage(gan.generate(self.SAMPLES)))
        if not 0 <= share <= 1:
            raise ValueError(
                f"Expected `coverage` to return a share in [0, 1]; received {share!r}."
            )
        if share >= self.SMALLEST:
            return None
        return (
            f"{self.SAMPLES} samples cover {share:.0%} of the modes: G has given up "
            "the others, or never found them. Try a larger batch, a penalty such as "
            "losses.r1(), the relativistic loss, or an earlier checkpoint."
        )


def mean_distance(samples: np.ndarray) -> float:
    """Return the mean Euclidean distance between two different samples, (n, …).

    Raises:
        ValueError: fewer than two samples.
    """
    if len(samples) < 2:
        raise ValueError(f"Expected at least 2 samples; received {len(samples)}.")
    return float(distance.pdist(np.reshape(samples, (len(samples), -1))).mean())


def some_of(real: np.ndarray, n: int) -> np.ndarray:
    """Return `n` real samples, drawn without replacement; always the same."""
    return np.asarray(real)[np.random.default_rng(0).permutation(len(real))[:n]]
