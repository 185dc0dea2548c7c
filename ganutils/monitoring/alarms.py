"""Alarms: each watches one sign of a training that goes wrong, and says what to try.

A new one is a subclass of `Alarm` with a `name` and a `sign`. It is a callback by
itself; `HealthCheck` holds all of them.
"""

import dataclasses
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from scipy.spatial import distance

from ganutils.kit.checks import check_whole
from ganutils.monitoring.callbacks import StepCallback

STRONG = 50.0  # weight of a penalty from which it may flatten D
FLAT = 0.05  # gap of the mean logits below which D sees no difference
UNEQUAL = 4.0  # ratio of the learning rates that is worth a word


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a training."""

    name: str  # of the detector, one of `DETECTORS`
    step: int  # from which it showed; that of the probe where the probe found it
    message: str  # what is seen, what it means, its likely causes, and what to try
    told: int | None = None  # the step at which it was told

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
            finding = dataclasses.replace(finding, told=self.step)
            self.findings.append(finding)
            print(textwrap.fill(f"{finding}", 88, initial_indent="\n"))


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
            f"both have the same range. {cures(gan, 'D')}"
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
            f"G draws much the same for every z. {cures(gan, 'G', logs)} Begin anew, "
            "or from an earlier checkpoint."
        )


class MissingModes(Alarm):
    """Notice that samples leave out modes or classes, and that no more are found.

    The sign: the share covered is below `SMALLEST` and no higher than before. A healthy
    run that is still finding modes, one after the other, is left alone.

    Args:
        coverage: samples (n, …) → share of the modes or classes found, in [0, 1]; else
            training ends with a ValueError.
        every, start, patience: as in `Alarm`.
    """

    name = "missing_modes"
    SMALLEST, SAMPLES = 0.8, 512

    def __init__(self, coverage: Callable, every=100, start=1000, patience=1500):
        super().__init__(patience, every, start)
        self.coverage = coverage

    def begin(self):
        """Forget an earlier training."""
        super().begin()
        self.best = 0.0

    def sign(self, gan, step, logs):
        """Draw and count."""
        share = float(self.coverage(gan.generate(self.SAMPLES)))
        if not 0 <= share <= 1:
            raise ValueError(
                f"Expected `coverage` to return a share in [0, 1]; received {share!r}."
            )
        found_more, self.best = share > self.best, max(share, self.best)
        if share >= self.SMALLEST or found_more:
            return None
        return (
            f"{self.SAMPLES} samples cover {share:.0%} of the modes: G has given up "
            f"the others, or never found them. {cures(gan, 'G', logs)}"
        )


def cures(gan, ahead: str, logs: dict | None = None) -> str:
    """Return what to try, from what the GAN's own settings show.

    Args:
        gan: looked at are its rates, its penalties and G's loss, where it has them.
        ahead: the player that wins, "D" or "G".
        logs: scalars of the step; equal mean logits show a D that sees no difference.
    """
    told, penalties = [], getattr(gan, "penalties", ())
    if ahead == "D" and saturates(gan):
        told.append("Take the non-saturating loss: G's loss has no slope here.")
    strong = [p for p in penalties if p.weight >= STRONG]
    gap = (logs or {}).get("real_logits", 1.0) - (logs or {}).get("fake_logits", 0.0)
    if strong and abs(gap) < FLAT:
        told.append(
            f"The penalty {strong[0].name}, of weight {strong[0].weight:g}, is too "
            "strong: D is flat and shows G no way. Try a thousandth of it."
        )
    rates = [rate_of(gan, player) for player in (ahead, "DG".replace(ahead, ""))]
    if all(rates) and rates[0] >= UNEQUAL * rates[1]:
        ratio = f"{ahead}'s learning rate is {rates[0] / rates[1]:.3g} times the other"
        told.append(f"{ratio} one's: try equal rates.")
    if not penalties:
        told.append("Add a penalty such as losses.r1().")
    elif not told:
        names = " and ".join(p.name for p in penalties)
        told.append(f"{names} is set: try another weight, or a smaller learning rate.")
    return " ".join(told)


def rate_of(gan, player: str) -> float:
    """Return the learning rate of "D" or "G"; 0 where none can be read."""
    optimizer = getattr(gan, f"{player.lower()}_optimizer", None)
    return float(np.asarray(getattr(optimizer, "learning_rate", 0.0)))


def saturates(gan) -> bool:
    """Tell whether G's loss has no slope where D rejects the fake, as minimax has."""
    loss = getattr(gan, "adversarial_loss", None)
    if loss is None:
        return False
    rejected = tf.constant([[-10.0]])
    with tf.GradientTape() as tape:
        tape.watch(rejected)
        value = loss.g_loss(tf.zeros((1, 1)), rejected)
    slope = tape.gradient(value, rejected)
    return slope is not None and abs(slope.numpy().item()) < 0.01


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
