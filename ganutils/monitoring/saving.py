"""Callbacks that keep what is good: checkpoints, the best of all, a stop at NaN.

All work on anything with a `step` and a `save_checkpoint`, such as two GANs in one.
"""

import json
import math
import os
import warnings
from collections.abc import Callable

import numpy as np

from ganutils.kit import files
from ganutils.monitoring.alarms import Alarm, Finding
from ganutils.monitoring.callbacks import Periodic, clock


def first_non_finite(logs: dict) -> str | None:
    """Return the name of the first scalar that is NaN or infinite, else None."""
    return next((k for k, v in logs.items() if not math.isfinite(float(v))), None)


def first_non_finite_weight(gan) -> str | None:
    """Return the first weight, average or moment that is not finite, else None."""
    for variable in gan.state() if hasattr(gan, "state") else gan.variables:
        if not np.isfinite(np.asarray(variable)).all():
            return getattr(variable, "path", "a weight")
    return None


class Checkpoint(Periodic):
    """Save the GAN every so many steps, at the end of training and on Ctrl-C.

    Weights that are NaN or infinite are never saved, wherever this callback stands in
    the list. That is reported once, as is a disk that is full or read-only; training
    goes on with the older file, and the next due step tries again.

    Args:
        path: ends in `.npz`; replaced atomically.
        every: steps from one checkpoint to the next, the most that a kill can cost.

    Attributes:
        saved_step: step of the file as this callback wrote it; None before that.

    Raises:
        ValueError: `path` does not end in `.npz`; `every` is no whole number ≥ 1.

    Example:
        >>> gan.fit(images, callbacks=[monitoring.Checkpoint("runs/gan.npz", 500)])
        >>> gan.load_checkpoint("runs/gan.npz")
        2000
    """

    def __init__(self, path: "str | os.PathLike", every: int = 1000):
        super().__init__(every)
        self.path = files.expand(path)
        if self.path.suffix != ".npz":
            raise ValueError(f"Expected a path in .npz; received {os.fspath(path)!r}.")
        self.saved_step, self._warned = None, set()

    def begin(self):
        """Forget the file of an earlier training."""
        self.saved_step = None

    on_interrupt = Periodic.on_train_end  # `GAN.fit` calls it on Ctrl-C

    def act(self, note: str = ""):
        """Write the file if the state is finite and new, and a note beside it."""
        step = clock(self.model)
        if step == self.saved_step:
            return
        spoilt = first_non_finite(self.logs) or first_non_finite_weight(self.model)
        if spoilt:
            self._warn("NaN", f"{spoilt} is NaN or infinite at step {step:,}")
            return
        try:
            self.model.save_checkpoint(self.path)
            if note:
                beside = self.path.with_suffix(".json")
                files.write_atomically(beside, lambda path: path.write_text(note))
            self.saved_step = step
        except OSError as error:
            self._warn("disk", error)

    def _warn(self, kind, reason):
        if kind not in self._warned:
            self._warned.add(kind)
            warnings.warn(
                f"Training goes on without new checkpoints: {reason}. What stood there "
                "before is unchanged; later attempts that fail are not reported.",
                stacklevel=2,
            )


class Measure(Periodic):
    """Measure the GAN every so many steps, and keep the best.

    Args:
        function: GAN → dict of numbers.
        every: steps from one measurement to the next; the last step is measured too.
        best: name of the number whose smallest value is best; None keeps no best.
        path: `.npz` file that keeps the best GAN. Its row is kept beside it, as
            `.json`, so that a resumed run only replaces it by a better one.

    Attributes:
        rows: a dict a measurement: `step`, then the numbers.
        best_row: the best of them so far; None before the first.

    Raises:
        ValueError: `path` comes without `best`, or does not end in `.npz`; in
            training, where `function` does not return `best`.

    Example:
        >>> distance = lambda gan: {"frechet": distance_to_real(gan.generate(1000))}
        >>> measure = Measure(distance, every=500, best="frechet", path="best.npz")
        >>> gan.fit(images, callbacks=[measure])
        >>> measure.best_row
        {'step': 1500, 'frechet': 7.1}
    """

    def __init__(self, function: Callable, every: int, *, best=None, path=None):
        super().__init__(every)
        if path is not None and best is None:
            raise ValueError(
                "Expected `best`, the number that decides, where `path` is given; "
                f"received best=None, path={os.fspath(path)!r}."
            )
        self.function, self.best = function, best
        self._saver = None if path is None else Checkpoint(path)
        self.path = self._saver and self._saver.path
        self.rows: list[dict[str, float]] = []
        self.best_row: dict[str, float] | None = None

    def begin(self):
        """Drop what is still to come; read what an interrupted run left as its best."""
        self.rows[:] = [row for row in self.rows if row["step"] <= self.step]
        if self.best_row and self.best_row["step"] > self.step:
            self.best_row = None
        if self._saver is None:
            return
        self._saver.set_model(self.model)
        self._saver.on_train_begin()
        note = self.path.with_suffix(".json")
        row = json.loads(note.read_text("utf-8")) if note.is_file() else {}
        if self.path.is_file() and self.best in row and row["step"] <= self.step:
            self.best_row = row

    def act(self):
        """Measure; save the GAN where it is the best so far."""
        if self.rows and self.rows[-1]["step"] == self.step:
            return
        row = {k: float(v) for k, v in self.function(self.model).items()}
        self.rows.append({"step": self.step} | row)
        if self.best is None or not self._is_better(row):
            return
        self.best_row = self.rows[-1]
        if self._saver is not None:
            self._saver.act(json.dumps(self.best_row))

    def _is_better(self, row):
        if self.best not in row:
            raise ValueError(
                f"Expected {self.best!r} among the measured numbers; received "
                f"{sorted(row)}."
            )
        best = math.inf if self.best_row is None else self.best_row[self.best]
        return -math.inf < row[self.best] < best


class NonFinite(Alarm):
    """Stop training as soon as a scalar of the step is NaN or infinite, or a weight.

    Weights are looked at every so many steps and after each epoch: behind a ReLU a NaN
    weight leaves the losses finite.

    Args:
        last_checkpoint: the `Checkpoint` callback of the same training, anywhere in the
            list, or a path.
        every: steps from one look at the weights to the next.

    Raises:
        FloatingPointError: out of `fit`; names step, scalar or weight, and checkpoint.
    """

    name = "non_finite"

    def __init__(self, last_checkpoint=None, every: int = 50):
        super().__init__(patience=1, every=every)
        self.last_checkpoint = last_checkpoint

    def on_step(self, step, logs):
        """Look at every scalar, and at the weights where that is due."""
        name = first_non_finite(logs)
        if name is not None:
            self._stop(
                f"{name} is {float(logs[name])} at step {step:,}",
                "try a smaller learning rate, or look for a logarithm, a division or a "
                "square root of 0 in a loss of your own.",
            )
        if self.is_due(self.every):
            self._look_at_weights()

    def on_epoch_end(self, epoch, logs=None):
        """Look at every weight, average and optimizer moment."""
        self._look_at_weights()

    def _look_at_weights(self):
        name = first_non_finite_weight(self.model)
        if name is not None:
            self._stop(
                f"the weight {name} is NaN or infinite by step {self.step:,}",
                "look for NaN in the data, of which a stream is checked in its first "
                "batch only, or try a smaller learning rate.",
            )

    def _stop(self, what, cure):
        message = f"{what}; training stopped. {self._what_is_left()} Then {cure}"
        self.tell(Finding(self.name, self.step, message))
        raise FloatingPointError(message)

    def _what_is_left(self):
        kept, age = self.last_checkpoint, "of an earlier run"
        if kept is None:
            return "Load a checkpoint, or build the GAN anew."
        if isinstance(kept, Checkpoint):
            age = age if kept.saved_step is None else f"of step {kept.saved_step:,}"
            kept = kept.path
        if not files.expand(kept).is_file():
            return "There is no checkpoint: build the GAN anew."
        return (
            f"Last good checkpoint: {os.fspath(kept)!r}, {age}; restore it with "
            "gan.load_checkpoint()."
        )
