"""Alarms: each watches one sign of a training that goes wrong, and says what to try.

`look` returns what an alarm has found. An alarm in the list of callbacks prints that
once and keeps it in `findings`; `HealthCheck` asks all of them. A new alarm is a
subclass of `Alarm` with a `name` and a `sign`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ganutils.monitoring.callbacks import StepCallback
from ganutils.training.doors import check_whole


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a training.

    Attributes:
        name: of the detector, one of `DETECTORS`.
        step: from which it showed; the step of the probe where that found it.
        message: what is seen, what it means, its likely causes, and what to try.
        stops: training cannot go on.
    """

    name: str
    step: int
    message: str
    stops: bool = False

    def __str__(self):
        return f"{self.name} at step {self.step:,}: {self.message}"


class Watch(StepCallback):
    """Print what is found, and keep it.

    Attributes:
        findings: list of `Finding`, each name at most once.
    """

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

    def tell(self, finding: Finding | None):
        """Keep a finding whose name is new, and print it.

        Raises:
            FloatingPointError: the finding stops training.
        """
        if finding is None:
            return
        if finding.name not in self.names:
            self.findings.append(finding)
            print(f"\n{finding}")
        if finding.stops:
            raise FloatingPointError(finding.message)


class Alarm(Watch):
    """Notice a sign that lasts too long; a subclass says in `sign` what it sees.

    Args:
        patience: steps that the sign must last without a break.
        every: steps from one look to the next.
        start: first step that counts.

    Attributes:
        name: of its findings.
        since: first step of the sign that lasts now; None where there is none.

    Raises:
        ValueError: `patience` or `every` is no whole number ≥ 1.
    """

    name = ""

    def __init__(self, patience: int = 300, every: int = 1, start: int = 0):
        super().__init__()
        self.patience = check_whole("patience", patience, 1)
        self.every, self.start = check_whole("every", every, 1), start

    def begin(self):
        """Make ready for a training."""
        super().begin()
        self.reset(self.model, self.step)

    def on_step(self, step, logs):
        """Look, and tell."""
        self.tell(self.look(self.model, step, logs))

    def reset(self, gan, step: int):
        """Forget an earlier training; this one begins at `step`."""
        self.since, self._looked = None, step

    def look(self, gan, step: int, logs: dict) -> Finding | None:
        """Return what is found at a step, if anything.

        Args:
            gan: in training.
            step: steps done.
            logs: the scalars of this step.
        """
        if not self.takes_turn(step):
            return None
        sentence = self.sign(gan, step, logs)
        if sentence is None:
            self.since = None
            return None
        self.since = step if self.since is None else self.since
        lasts = step - self.since >= self.patience
        return Finding(self.name, self.since, sentence) if lasts else None

    def takes_turn(self, step: int) -> bool:
        """Tell whether a look is due that was not before; asked once a step."""
        last, self._looked = self._looked, step
        return step >= self.start and step // self.every > last // self.every

    def sign(self, gan, step: int, logs: dict) -> str | None:
        """Return what the sign means and what to try; None where it does not show."""
        raise NotImplementedError


class DAhead(Alarm):
    """Notice that D tells real from fake without effort, so that G learns little.

    The sign: the mean logit of real samples exceeds that of fakes by `GAP`. A gap of 8
    is σ(4) = 98 % certainty on both sides. It fits losses whose logits are log-odds or
    have a margin (cross-entropy, hinge, least squares); a Wasserstein critic has no
    scale of its own, and is left alone. At the start D is often ahead for a while.
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
    that between two real samples. It finds a G that draws one thing; a G that leaves
    out some classes keeps most of the distance, and needs a measure of coverage.

    Args:
        real: real samples (n, …), n ≥ 2; 64 of them are used.
        every, start, patience: as in `Alarm`; an untrained G draws one thing as well.

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
        drawn = mean_distance(gan.generate(self.SAMPLES))
        share = drawn / self.real_distance
        if not share < self.FRACTION:
            return None
        return (
            f"samples of different z lie {share:.2f} times as far apart as real ones: "
            "G draws much the same for every z. Try a penalty such as losses.r1(), a "
            "smaller learning rate, or the relativistic loss; restart from an "
            "earlier checkpoint, since a collapsed G rarely recovers."
        )


class MissingModes(Alarm):
    """Notice that samples leave out modes or classes.

    The sign: the share covered is below `SMALLEST`.

    Args:
        coverage: samples (n, …) → share of the modes or classes found, in [0, 1].
        every, start, patience: as in `Alarm`.

    Raises:
        ValueError: in training, where `coverage` returns something outside [0, 1].
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
    """Return the mean Euclidean distance between two different samples.

    Args:
        samples: shape (n, …), n ≥ 2.

    Raises:
        ValueError: fewer than two samples.

    Example:
        >>> mean_distance(np.array([[0.0, 0.0], [3.0, 4.0]]))
        5.0
    """
    if len(samples) < 2:
        raise ValueError(f"Expected at least 2 samples; received {len(samples)}.")
    flat = np.asarray(samples, "float64").reshape(len(samples), -1)
    first, second = np.triu_indices(len(flat), 1)
    return float(np.linalg.norm(flat[first] - flat[second], axis=1).mean())


def some_of(real: np.ndarray, n: int) -> np.ndarray:
    """Return `n` real samples, drawn without replacement; always the same."""
    return np.asarray(real)[np.random.default_rng(0).permutation(len(real))[:n]]
