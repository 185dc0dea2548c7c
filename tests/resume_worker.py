"""Train every case of `tiny.CASES`; on request die of SIGKILL on the way.

python tests/resume_worker.py FOLDER straight|killed|resumed CASE …
"""

import contextlib
import os
import signal
import sys
from pathlib import Path

import keras
import tiny

from ganutils import checkpoint, monitoring, runtime

HALF, ALL, CHUNK = 1_000, 2_000, 50


class Abandoned(Exception):
    """Leaves `fit` without any of its clean-up."""


class Die(keras.callbacks.Callback):
    """Stop some steps after the checkpoint; in the last case by SIGKILL."""

    def __init__(self, last):
        super().__init__()
        self.last = last

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) >= HALF + 6 * CHUNK:
            if self.last:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Abandoned


def train(gan, done, callbacks=()):
    gan.fit(
        tiny.real_samples(),
        batch_size=16,
        steps_per_epoch=CHUNK,
        epochs=ALL // CHUNK,
        initial_epoch=done // CHUNK,
        callbacks=list(callbacks),
        verbose=0,
    )


def main(folder, mode, loss):
    path = Path(folder) / f"{loss}.npz"
    gan = tiny.gan(loss, tiny.CASES[loss], steps_per_execution=CHUNK)
    if mode == "killed":
        die = Die(last=loss == list(tiny.CASES)[-1])
        with contextlib.suppress(Abandoned):
            train(gan, 0, [monitoring.Checkpoint(path, every=HALF), die])
        return
    done = gan.load_checkpoint(path) if mode == "resumed" else 0
    train(gan, done)
    print(f"{mode} {loss}: started from step {done}")
    checkpoint.save_variables(Path(folder) / f"{loss}-{mode}.npz", gan.state())


if __name__ == "__main__":
    runtime.set_seed(0, deterministic=True)
    for name in sys.argv[3:]:
        main(sys.argv[1], sys.argv[2], name)
