"""What the callbacks share, the clock of training steps; records, samples, progress."""

import sys
import time

import keras
import numpy as np

from ganutils.kit.checks import check_whole


class StepCallback(keras.callbacks.Callback):
    """Call `on_step(step, logs)` after every execution of the training step.

    Attributes:
        step: steps done since the GAN was built, through resumed runs; read from the
            model once an epoch and counted in between, since reading takes time.
        previous: `step` at the call before; `steps_per_execution` less.
        logs: the scalars of the last step.
    """

    step = previous = 0

    def on_train_begin(self, logs=None):
        """Read the clock, then call `begin`."""
        self.logs = {}
        self._read_clock()
        self.begin()

    def on_epoch_begin(self, epoch, logs=None):
        """Read the clock."""
        self._read_clock()

    def on_train_batch_end(self, batch, logs=None):
        """Advance the clock and pass the step's scalars on."""
        self.previous, self.step = self.step, self._before_epoch + batch + 1
        self.logs = logs or {}
        self.on_step(self.step, self.logs)

    def begin(self):
        """Prepare for training; to be overridden."""

    def on_step(self, step: int, logs: dict[str, float]):
        """Look at the scalars of a step; to be overridden."""

    def is_due(self, every: int) -> bool:
        """Tell whether a multiple of `every` was reached since the last call."""
        return self.step // every > self.previous // every

    def _read_clock(self):
        self.step = self.previous = self._before_epoch = clock(self.model)


def clock(gan) -> int:
    """Return the steps done; reads the variable, also where it has replicas."""
    return int(np.asarray(gan.step))


class Periodic(StepCallback):
    """Call `act()` every so many steps and at the end of training.

    Raises:
        ValueError: `every` is no whole number ≥ 1.
    """

    def __init__(self, every: int):
        super().__init__()
        self.every = check_whole("every", every, 1)

    def on_step(self, step, logs):
        """Act where it is due."""
        if self.is_due(self.every):
            self.act()

    def on_train_end(self, logs=None):
        """Act at the last step, which may have had its turn."""
        self.act()

    def act(self):
        """Do what is due, once a step; to be overridden."""


class Recorder(StepCallback):
    """Keep the scalars of every step.

    Attributes:
        rows: a dict a step, `step` first, then what the step returned, as floats.
            With `steps_per_execution=k` there is a row for every k-th step.
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


class FixedNoise(Periodic):
    """Draw the same z again and again, to see one set of samples change.

    Args:
        every: steps from one drawing to the next; step 0 and the last are drawn too.
        n, seed: number of samples; what fixes their z.

    Attributes:
        snapshots: list of (step, samples), samples of shape (n, …), float32, from the
            averaged generator; `plotting.strip` shows them.
    """

    def __init__(self, every: int, n: int = 8, seed: int = 0):
        super().__init__(every)
        self.n, self.seed = n, seed
        self.snapshots: list[tuple[int, np.ndarray]] = []

    def begin(self):
        """Drop what is still to come; draw what the generator makes before training."""
        self.snapshots[:] = [pair for pair in self.snapshots if pair[0] <= self.step]
        self.act()

    def act(self):
        """Draw."""
        if not self.snapshots or self.snapshots[-1][0] != self.step:
            samples = self.model.generate(self.n, seed=self.seed)
            self.snapshots.append((self.step, samples))


class ProgressLine(StepCallback):
    """Show one line of progress; to be used with `fit(verbose=0)`.

    In a notebook or a terminal the line is written over; in a file or a pipe, such as a
    CI log, a new one is printed now and then, so that nobody takes it for hung.

    Args:
        seconds: from one update to the next; None is 1 where the line is written over
            and 10 where it is not.

    Example:
        >>> gan.fit(images, verbose=0, callbacks=[ProgressLine()])
        step 2,000/4,000  d_loss 1.23  g_loss 0.82  54 steps/s  37 s left
    """

    def __init__(self, seconds: float | None = None):
        super().__init__()
        self.seconds = seconds

    def begin(self):
        """Start the watch."""
        # A notebook's stream denies that it is a terminal, but obeys "\r".
        kernel = type(sys.stdout).__module__.startswith("ipykernel")
        self._overwrites = kernel or sys.stdout.isatty()
        if self.seconds is None:
            self.seconds = 1.0 if self._overwrites else 10.0
        self._started = self._shown = time.monotonic()
        self._first, self._last, self._width = self.step, None, 0

    def on_epoch_begin(self, epoch, logs=None):
        """Work out the last step, once it is known which epoch comes first."""
        super().on_epoch_begin(epoch)
        steps = self.params.get("steps")
        if self._last is None and steps:
            self._last = self.step + (self.params["epochs"] - epoch) * steps

    def on_step(self, step, logs):
        """Show the line where an update is due."""
        if time.monotonic() - self._shown >= self.seconds:
            self._show()

    def on_train_end(self, logs=None):
        """Show the last step and end the line."""
        self._show(end="\n")

    on_interrupt = on_train_end  # `GAN.fit` calls it on Ctrl-C

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
        losses = [f"{k} {v:.2f}" for k, v in self.logs.items() if k.endswith("_loss")]
        speed = (self.step - self._first) / max(seconds, 1e-9)
        rate = f"{speed:.0f} steps/s" if speed >= 10 else f"{speed:.2g} steps/s"
        time_left = f"{seconds:.0f} s"
        if self._last and speed > 0 and self.step < self._last:
            time_left = f"{(self._last - self.step) / speed:.0f} s left"
        return "  ".join([f"step {self.step:,}{last}", *losses, rate, time_left])
