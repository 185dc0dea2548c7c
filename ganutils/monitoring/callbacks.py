"""Records of a training, and the line that tells how far it is."""

import sys
import time

from ganutils.monitoring.stepping import StepCallback


class Recorder(StepCallback):
    """Keep the scalars of every step.

    Attributes:
        rows: a dict a step, `step` first, then what the step returned, as floats.
            With `steps_per_execution=k` there is a row for every k-th step.

    Example:
        >>> recorder = Recorder()
        >>> gan.fit(images, steps_per_epoch=2, verbose=0, callbacks=[recorder])
        >>> [row["step"] for row in recorder.rows]
        [1, 2]
    """

    def __init__(self):
        super().__init__()
        self.rows: list[dict[str, float]] = []

    def begin(self):
        """Drop the rows of steps that are still to come, as after a resume."""
        self.rows[:] = [row for row in self.rows if row["step"] <= self.step]

    def on_step(self, step, logs):
        """Keep a row."""
        self.rows.append({"step": step} | {k: float(v) for k, v in logs.items()})


class ProgressLine(StepCallback):
    """Show one line of progress; to be used with `fit(verbose=0)`.

    In a notebook or a terminal the line is written over; in a file or a pipe, such as a
    CI log, a new one is printed every `seconds`, so that nobody takes it for hung.

    Args:
        seconds: time between two updates; 1 where the line is overwritten and 10
            where it is not, if None.

    Example:
        >>> gan.fit(images, verbose=0, callbacks=[ProgressLine()])
        step 2,000/4,000  d_loss 1.23  g_loss 0.82  54 steps/s  37 s left
    """

    def __init__(self, seconds: float | None = None):
        super().__init__()
        self.seconds = seconds

    def begin(self):
        """Start the watch."""
        self._overwrites = _can_overwrite(sys.stdout)
        if self.seconds is None:
            self.seconds = 1.0 if self._overwrites else 10.0
        self._started = self._shown = time.monotonic()
        self._first, self._last, self._logs, self._width = self.step, None, {}, 0

    def on_epoch_begin(self, epoch, logs=None):
        """Work out the last step, once it is known which epoch comes first."""
        super().on_epoch_begin(epoch)
        steps = self.params.get("steps")
        if self._last is None and steps:
            self._last = self.step + (self.params["epochs"] - epoch) * steps

    def on_step(self, step, logs):
        """Show the line where an update is due."""
        self._logs = logs
        if time.monotonic() - self._shown >= self.seconds:
            self._show()

    def on_train_end(self, logs=None):
        """Show the last step and end the line."""
        self._show(end="\n")

    def on_interrupt(self):
        """End the line; `GAN.fit` calls this on Ctrl-C."""
        self._show(end="\n")

    def _show(self, end=""):
        self._shown = time.monotonic()
        text = self._text(self._shown - self._started)
        if self._overwrites:
            self._width = max(self._width, len(text))
            print("\r" + text.ljust(self._width), end=end, flush=True)
        else:
            print(text, flush=True)

    def _text(self, seconds):
        last = f"/{self._last:,}" if self._last else ""
        parts = [f"step {self.step:,}{last}"]
        parts += [
            f"{k} {self._logs[k]:.2f}" for k in ("d_loss", "g_loss") if k in self._logs
        ]
        speed = (self.step - self._first) / max(seconds, 1e-9)
        parts.append(f"{speed:.0f} steps/s" if speed >= 10 else f"{speed:.2g} steps/s")
        if self._last and speed > 0 and self.step < self._last:
            parts.append(f"{(self._last - self.step) / speed:.0f} s left")
        else:
            parts.append(f"{seconds:.0f} s")
        return "  ".join(parts)


def _can_overwrite(stream):
    # A notebook's stream denies that it is a terminal, but obeys "\r".
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")
