"""One callback that looks for every common failure and says in words what it sees.

>>> check = monitoring.HealthCheck(images)
>>> gan.fit(images, callbacks=[check])
>>> print(check.report())
"""

from collections.abc import Callable

import numpy as np

from ganutils.monitoring.alarms import Alarm, Collapse, DAhead, NonFinite, Swapped
from ganutils.monitoring.detectors import DETECTORS, Finding
from ganutils.monitoring.probe import probe
from ganutils.monitoring.slow_alarms import BoundedLogits, VanishingGradient, Vitals
from ganutils.monitoring.stepping import StepCallback, check_every
from ganutils.monitoring.symptoms import FrozenStatistics, MissingModes


class HealthCheck(StepCallback):
    """Look for the failures of `DETECTORS` before and while a GAN trains.

    Before the first step a probe watches two steps on a small batch and undoes them;
    during training the alarms look. Training itself is the same, bit for bit.

    Args:
        real: real samples (n, …), n ≥ 2.
        every: steps from one look into the networks to the next.
        coverage: samples (n, …) → share of the modes or classes found, in [0, 1];
            without it missing modes are not looked for.
        start: first step at which samples are judged; an untrained G draws one thing.
        patience: steps that a sign must last.
        last_checkpoint: as in `NonFinite`.
        seed: fixes z and what is taken from `real`.

    Attributes:
        findings: list of `Finding`, each name at most once; printed when found.
        problems: looks that could not be taken at this GAN, and why.

    Raises:
        ValueError: an argument is out of range; see `Collapse`.
        FloatingPointError: out of `fit`, as `NonFinite` does.

    Example:
        >>> check = HealthCheck(images)
        >>> gan.fit(images, callbacks=[check])
        >>> check.names
        set()
    """

    def __init__(
        self,
        real: np.ndarray,
        every: int = 100,
        coverage: Callable | None = None,
        *,
        start: int = 1000,
        patience: int = 300,
        last_checkpoint=None,
        seed: int = 0,
    ):
        super().__init__()
        self.real, self.every = np.asarray(real), check_every(every)
        self.findings: list[Finding] = []
        self.problems: list[str] = []
        self._vitals, self._probed = Vitals(self.real, seed=seed), None
        self._non_finite, self._active = NonFinite(last_checkpoint), {}
        # Healthy rings of eight (nine variants, 1,500-2,000 steps) stay clear of these
        # thresholds: mean logits at most 1.0 apart (8), fakes ahead by over 0.5 for
        # one step (100), samples 0.72 times as far apart as real ones (0.3). A small
        # DCGAN on digits, 400 steps: 5.7 apart, 0.55 times as far.
        judging = dict(start=start, patience=patience, seed=seed)
        self.alarms: dict[str, Alarm] = {
            "swapped": Swapped(patience=min(100, patience)),
            "d_ahead": DAhead(patience=patience),
            "vanishing_gradient": VanishingGradient(
                self._vitals, every, patience=patience
            ),
            "bounded_logits": BoundedLogits(self._vitals, every, patience),
            "collapse": Collapse(self.real, every, **judging),
            "frozen_statistics": FrozenStatistics(),
        }
        if coverage is not None:
            self.alarms["missing_modes"] = MissingModes(coverage, every, **judging)
        for alarm in self.alarms.values():
            alarm.quiet = True

    @property
    def names(self) -> set[str]:
        """Names of what was found."""
        return {finding.name for finding in self.findings}

    def begin(self):
        """Probe a GAN that is new to this callback; make the alarms ready."""
        self.problems.clear()
        if self._probed is not self.model:
            self.findings.clear()
            self._probed = self.model
            self._try("probe", self._probe)
        self.findings[:] = [f for f in self.findings if f.step <= self.step]
        self._active = {}
        for name, alarm in self.alarms.items():
            alarm.set_model(self.model)
            alarm.step = alarm.previous = self.step
            if self._applies(name) and self._try(name, alarm.begin):
                self._active[name] = alarm

    def on_step(self, step, logs):
        """Let every alarm look."""
        logs = {name: float(value) for name, value in logs.items()}
        self._check_finite(self._non_finite.check_scalars, step, logs)
        if self.is_due(self.every):
            self._check_finite(self._check_weights, step)
        for name, alarm in self._active.items():
            alarm.previous, alarm.step = self.previous, step
            alarm.on_step(step, logs)
            if alarm.messages:
                message = alarm.messages[-1].split(": ", 1)[1]
                alarm.messages.clear()
                self._tell(Finding(name, alarm.since, message))

    def on_epoch_end(self, epoch, logs=None):
        """Look at the weights."""
        self._check_finite(self._check_weights, self.step)

    def on_train_end(self, logs=None):
        """Let go of what was traced for this GAN."""
        self._vitals.release()

    def report(self) -> str:
        """Return a table: every detector, what it looks at, and what it saw."""
        seen = {finding.name: finding for finding in self.findings}
        width = max(map(len, DETECTORS))
        wide = max(map(len, DETECTORS.values()))
        lines = [
            f"{name:<{width}}  {looks:<{wide}}  {self._status(name, seen)}"
            for name, looks in DETECTORS.items()
        ]
        return "\n".join([*lines, *self.problems])

    def _status(self, name, seen):
        if name in seen:
            return f"step {seen[name].step:,}: {seen[name].message}"
        watched = name not in self.alarms or name in self._active
        if name == "missing_modes":
            watched = name in self._active
        return "not seen" if watched else "not looked for"

    def _applies(self, name):
        loss = getattr(self.model, "adversarial_loss", None)
        return name != "d_ahead" or getattr(loss, "name", "") != "wasserstein"

    def _probe(self):
        for finding in probe(self.model, self.real):
            self._tell(finding)

    def _try(self, name, look):
        try:
            look()
        except Exception as error:  # a look must not end a training
            self.problems.append(f"{name} cannot look at this GAN: {error!r}")
            print(f"\n{self.problems[-1]}")
            return False
        return True

    def _tell(self, finding):
        if finding.name not in self.names:
            self.findings.append(finding)
            print(f"\n{finding}")

    def _check_weights(self, step):
        self._non_finite.check_weights(self.model, step)

    def _check_finite(self, check, step, *logs):
        try:
            check(step, *logs)
        except FloatingPointError as error:
            self._tell(Finding("non_finite", step, str(error)))
            raise
