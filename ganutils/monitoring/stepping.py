"""What the callbacks of this package share: the clock of training steps."""

import math
import warnings

import keras
import numpy as np


def clock(gan) -> int:
    """Return the steps done; reads the variable, also where it has replicas."""
    return int(np.asarray(gan.step))


class StepCallback(keras.callbacks.Callback):
    """Call `on_step(step, logs)` after every execution of the training step.

    `step` counts the steps done since the GAN was built, through resumed runs. It is
    read from the model once an epoch and counted in between, since reading a variable
    on every step costs time.

    Attributes:
        step: steps done.
        previous: steps done at the call before; `steps_per_execution` behind `step`.
    """

    step = previous = 0

    def on_train_begin(self, logs=None):
        """Read the clock, then call `begin`."""
        self._read_clock()
        self.begin()

    def on_epoch_begin(self, epoch, logs=None):
        """Read the clock."""
        self._read_clock()

    def on_train_batch_end(self, batch, logs=None):
        """Advance the clock and pass the step's scalars on."""
        self.previous, self.step = self.step, self._before_epoch + batch + 1
        self.on_step(self.step, logs or {})

    def begin(self):
        """Prepare for training; to be overridden."""

    def on_step(self, step: int, logs: dict[str, float]):
        """Look at the scalars of a step; to be overridden."""

    def is_due(self, every: int) -> bool:
        """Tell whether a multiple of `every` was reached since the last call."""
        return self.step // every > self.previous // every

    def _read_clock(self):
        self.step = self.previous = self._before_epoch = clock(self.model)


def check_every(every: int) -> int:
    """Return `every` if it is a whole number of steps ≥ 1.

    Raises:
        ValueError: it is not.
    """
    if isinstance(every, bool) or every != int(every) or every < 1:
        raise ValueError(
            f"Expected `every` to be a whole number of steps ≥ 1; received {every!r}."
        )
    return int(every)


def first_non_finite(logs: dict) -> str | None:
    """Return the name of the first scalar that is NaN or infinite, else None."""
    return next((k for k, v in logs.items() if not math.isfinite(float(v))), None)


def first_non_finite_weight(gan) -> str | None:
    """Return the first weight, average or moment that is not finite, else None."""
    for variable in gan.state():
        if not np.isfinite(np.asarray(variable)).all():
            return getattr(variable, "path", "a weight")
    return None


def is_finite(gan) -> bool:
    """Tell whether every weight, average and optimizer moment is finite."""
    return first_non_finite_weight(gan) is None


def report_once(reported: bool, what: str, reason: "OSError | str") -> bool:
    """Warn that `what` cannot be written, unless that was reported; return True."""
    if not reported:
        warnings.warn(
            f"Training goes on without new {what}: {reason}. What stood there before "
            "is unchanged; later attempts that fail are not reported.",
            stacklevel=2,
        )
    return True
