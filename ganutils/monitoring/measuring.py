"""A callback that measures a GAN while it trains, and keeps the best of it."""

import json
import math
import os
from collections.abc import Callable

from ganutils.kit import files
from ganutils.monitoring.stepping import (
    StepCallback,
    check_every,
    is_finite,
    report_once,
)


class Measure(StepCallback):
    """Measure the GAN every so many steps, and keep the best.

    Args:
        function: takes the GAN, returns a dict of numbers, for instance
            `lambda gan: {"frechet": distance(gan.generate(1000))}`.
        every: steps from one measurement to the next; the last step is measured too.
        best: the number that decides which step is best; None keeps no best.
        mode: "min" or "max": whether a small or a large value of it is good.
        path: `.npz` file that keeps the best GAN. Its step and value are kept beside
            it, as `.json`, so that a resumed run only replaces it by a better one.

    Attributes:
        rows: a dict a measurement: `step`, then the numbers.
        best_row: the best of them so far; None before the first.

    Raises:
        ValueError: `mode` is something else, or `path` comes without `best`.

    Example:
        >>> measure = Measure(quality, every=500, best="frechet", path="runs/best.npz")
        >>> gan.fit(images, callbacks=[measure])
        >>> measure.best_row
        {'step': 1500, 'frechet': 7.1}
    """

    def __init__(
        self,
        function: Callable,
        every: int,
        *,
        best: str | None = None,
        mode: str = "min",
        path: "str | os.PathLike | None" = None,
    ):
        super().__init__()
        if mode not in ("min", "max"):
            raise ValueError(f"Expected `mode` 'min' or 'max'; received {mode!r}.")
        if path is not None and best is None:
            raise ValueError(
                "Expected `best`, the number that decides, where `path` is given; "
                f"received best=None, path={os.fspath(path)!r}."
            )
        self.function, self.every = function, check_every(every)
        self.best, self.mode = best, mode
        self.path = None if path is None else files.expand(path)
        self.rows: list[dict[str, float]] = []
        self.best_row: dict[str, float] | None = None
        self._reported = False

    def begin(self):
        """Drop what is still to come; read what an interrupted run left as its best."""
        self.rows[:] = [row for row in self.rows if row["step"] <= self.step]
        if self.best_row is not None and self.best_row["step"] > self.step:
            self.best_row = None
        if self.path is None or not self.path.is_file():
            return
        note = self.path.with_suffix(".json")
        row = json.loads(note.read_text("utf-8")) if note.is_file() else {}
        if self.best in row and row["step"] <= self.step:
            self.best_row = row

    def on_step(self, step, logs):
        """Measure where it is due."""
        if self.is_due(self.every):
            self._measure()

    def on_train_end(self, logs=None):
        """Measure the last step."""
        if not self.rows or self.rows[-1]["step"] != self.step:
            self._measure()

    def _measure(self):
        row = {k: float(v) for k, v in self.function(self.model).items()}
        self.rows.append({"step": self.step} | row)
        if self.best is not None and self._is_better(row):
            self.best_row = self.rows[-1]
            if self.path is not None and is_finite(self.model):
                self._keep()

    def _keep(self):
        note = json.dumps(self.best_row)
        try:
            self.model.save_checkpoint(self.path)
            files.write_atomically(
                self.path.with_suffix(".json"), lambda path: path.write_text(note)
            )
        except OSError as error:
            self._reported = report_once(self._reported, "best checkpoints", error)

    def _is_better(self, row):
        if self.best not in row:
            raise ValueError(
                f"Expected {self.best!r} among the measured numbers; received "
                f"{sorted(row)}."
            )
        value = row[self.best]
        if self.best_row is None or not math.isfinite(value):
            return math.isfinite(value)
        sign = 1 if self.mode == "min" else -1
        return sign * value < sign * self.best_row[self.best]
