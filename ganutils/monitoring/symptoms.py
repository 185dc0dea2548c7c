"""Two alarms: modes that samples leave out, and statistics that stand still."""

from collections.abc import Callable

import numpy as np

from ganutils.monitoring import anatomy
from ganutils.monitoring.alarms import Alarm
from ganutils.monitoring.stepping import check_every


class MissingModes(Alarm):
    """Notice that samples leave out modes or classes.

    The sign: the share covered is below `smallest`, or `drop` below the best one seen.

    Args:
        coverage: samples (n, …) → share of the modes or classes found, in [0, 1].
        every: steps from one drawing to the next.
        smallest: share below which modes count as missing.
        drop: fall from the best share that counts.
        start: first step that counts.
        patience: steps that the sign must last.
        n: samples drawn.
        seed: fixes z.

    Raises:
        ValueError: in training, where `coverage` returns something outside [0, 1].
    """

    def __init__(
        self,
        coverage: Callable,
        every: int = 100,
        *,
        smallest: float = 0.8,
        drop: float = 0.2,
        start: int = 1000,
        patience: int = 300,
        n: int = 512,
        seed: int = 0,
    ):
        super().__init__(patience)
        self.coverage, self.every, self.start = coverage, check_every(every), start
        self.smallest, self.drop, self.n, self.seed = smallest, drop, n, seed
        self.best = 0.0

    def begin(self):
        """Forget an earlier training."""
        super().begin()
        self.best = 0.0

    def on_step(self, step, logs):
        """Draw and count where it is due."""
        if step < self.start or not self.is_due(self.every):
            return
        share = float(self.coverage(self.model.generate(self.n, seed=self.seed)))
        if not 0 <= share <= 1:
            raise ValueError(
                f"Expected `coverage` to return a share in [0, 1]; received {share!r}."
            )
        self.best = max(self.best, share)
        self.note(
            share < self.smallest or share <= self.best - self.drop + 1e-9,
            f"{self.n} samples cover {share:.0%} of the modes (best so far "
            f"{self.best:.0%}): G has given up the others, or never found them. Try a "
            "larger batch, a penalty such as losses.r1(), the relativistic loss, or an "
            "earlier checkpoint.",
        )


class FrozenStatistics(Alarm):
    """Notice that BatchNorm's moving statistics stand still.

    The sign: in the `after` first steps no moving mean or variance of a network that
    holds BatchNorm has changed. What is drawn in inference mode then uses those that
    BatchNorm began with.

    Args:
        after: steps before the look.
    """

    def __init__(self, after: int = 100):
        super().__init__(patience=1)
        self.after = check_every(after)

    def begin(self):
        """Keep the statistics of the beginning."""
        super().begin()
        self._kept, self._due = self._statistics(), self.step + self.after

    def on_step(self, step, logs):
        """Compare, once."""
        if self._due is None or step < self._due:
            return
        self._due, now = None, self._statistics()
        still = [
            name
            for name, values in self._kept.items()
            if values and all(map(np.array_equal, values, now[name]))
        ]
        self.since = step - self.after + 1
        self.note(
            bool(still),
            f"the moving statistics of {' and '.join(still)} did not change in "
            f"{self.after} steps: the networks are called without training=True. "
            "Pass it in every call of the step.",
        )

    def _statistics(self):
        networks = {"G": self.model.generator, "D": self.model.discriminator}
        return {
            name: [
                statistic.numpy()
                for norm in anatomy.batch_norms(network)
                for statistic in (norm.moving_mean, norm.moving_variance)
            ]
            for name, network in networks.items()
        }
