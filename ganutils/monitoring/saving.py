"""Callbacks that write files: a log of JSON lines, and checkpoints."""

import json
import math
import os

from ganutils.kit import files
from ganutils.monitoring.stepping import (
    StepCallback,
    check_every,
    clock,
    first_non_finite,
    first_non_finite_weight,
    report_once,
)


class JsonLines(StepCallback):
    """Append the scalars of a step to a file, one JSON object a line.

    A line is written and closed at once, so that Ctrl-C or a killed process leaves
    every line before it. Where training begins, lines of later steps than the GAN's own
    are dropped: after a resume the file has each step once. JSON knows no NaN and no
    infinity; they become null. A file that cannot be written is reported once, and
    training goes on.

    Args:
        path: the file; it is made, with its folder, where it is missing.
        every: steps from one line to the next.

    Raises:
        ValueError: the file exists and holds something else (when training begins).
        OSError: it exists and cannot be read or rewritten (when training begins).

    Example:
        >>> gan.fit(images, callbacks=[monitoring.JsonLines("runs/log.jsonl")])
        >>> open("runs/log.jsonl").readline()
        '{"step": 50, "d_loss": 1.2034, …}'
    """

    def __init__(self, path: "str | os.PathLike", every: int = 50):
        super().__init__()
        self.path, self.every = files.expand(path), check_every(every)
        self._reported = False

    def begin(self):
        """Drop the lines of steps that are still to come."""
        if files.is_writer() and self.path.is_file():
            text = self.path.read_text("utf-8", errors="replace")
            kept = [r for r in _rows(self.path, text) if r["step"] <= self.step]
            new = "".join(json.dumps(row) + "\n" for row in kept)
            if new != text:
                files.write_atomically(self.path, lambda p: p.write_text(new))

    def on_step(self, step, logs):
        """Append a line where one is due."""
        if not self.is_due(self.every):
            return
        row = {k: _json_number(float(v)) for k, v in logs.items()}
        try:
            _append(self.path, json.dumps({"step": step} | row) + "\n")
        except OSError as error:
            self._reported = report_once(self._reported, "log lines", error)


class Checkpoint(StepCallback):
    """Save the GAN every so many steps, at the end of training and on Ctrl-C.

    The file is replaced atomically. Weights that are NaN or infinite are never saved,
    wherever this callback stands in the list: the older, good file stays. That is
    reported once, as is a disk that is full or read-only; training goes on with the
    older file, and the next due step tries again.

    Args:
        path: ends in `.npz`; written by `GAN.save_checkpoint`.
        every: steps from one checkpoint to the next, the most that a kill can cost.

    Attributes:
        saved_step: step of the file as this callback wrote it; None before that.

    Raises:
        ValueError: `path` does not end in `.npz`.

    Example:
        >>> gan.fit(images, callbacks=[monitoring.Checkpoint("runs/gan.npz", 500)])
        >>> gan.load_checkpoint("runs/gan.npz")
        2000
    """

    def __init__(self, path: "str | os.PathLike", every: int = 1000):
        super().__init__()
        self.path, self.every = files.expand(path), check_every(every)
        if self.path.suffix != ".npz":
            raise ValueError(f"Expected a path in .npz; received {os.fspath(path)!r}.")
        self.saved_step, self._logs = None, {}
        self._reported, self._refused = False, False

    def begin(self):
        """Forget the file of an earlier training."""
        self.saved_step, self._logs = None, {}

    def on_step(self, step, logs):
        """Save where a checkpoint is due."""
        self._logs = logs
        if self.is_due(self.every):
            self.save()

    def on_train_end(self, logs=None):
        """Save the last step."""
        self.save()

    def on_interrupt(self):
        """Save what is there; `GAN.fit` calls this on Ctrl-C."""
        self.save()

    def save(self) -> bool:
        """Write the file if the state is finite; tell whether it stands."""
        step = clock(self.model)
        if step == self.saved_step:
            return True
        spoilt = first_non_finite(self._logs) or first_non_finite_weight(self.model)
        if spoilt:
            reason = f"{spoilt} is NaN or infinite at step {step:,}"
            self._refused = report_once(self._refused, "checkpoints", reason)
            return False
        try:
            self.model.save_checkpoint(self.path)
        except OSError as error:
            self._reported = report_once(self._reported, "checkpoints", error)
            return False
        self.saved_step = step
        return True


def _append(path, line):
    if not files.is_writer():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    size = path.stat().st_size if path.exists() else 0
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(line)
    except OSError:
        if path.exists():
            os.truncate(path, size)  # a full disk may have taken half of the line
        raise


def _json_number(value):
    return value if math.isfinite(value) else None


def _rows(path, text):
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            row["step"] + 0
        except (ValueError, TypeError, KeyError) as error:
            if number == len(lines) and not line.endswith("\n"):
                return  # a kill cut the last line
            raise ValueError(
                f'Expected JSON lines with a "step"; received {os.fspath(path)!r}, '
                f"line {number}: {line[:60]!r}. Choose another path or delete the file."
            ) from error
        yield row
