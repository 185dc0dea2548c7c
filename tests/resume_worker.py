"""Train cases of `tiny.CASES` for 2 · HALF steps; on request die of SIGKILL on the way.

python tests/resume_worker.py FOLDER straight|killed|resumed[+straight] HALF CASE …
"""

import contextlib
import os
import signal
import sys
from pathlib import Path

import keras
import tensorflow as tf
import tiny

from ganutils import monitoring
from ganutils.kit import files

CHUNK = 50


class Abandoned(Exception):
    """Leaves `fit` without any of its clean-up."""


class Die(keras.callbacks.Callback):
    """Stop some steps after the checkpoint; in the last case by SIGKILL."""

    def __init__(self, step, last):
        super().__init__()
        self.step, self.last = step, last

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.step) >= self.step:
            if self.last:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Abandoned


def train(gan, done, steps, callbacks=()):
    gan.fit(
        tiny.real_samples(),
        batch_size=16,
        steps_per_epoch=CHUNK,
        epochs=steps // CHUNK,
        initial_epoch=done // CHUNK,
        callbacks=list(callbacks),
        verbose=0,
    )


def main(folder, mode, half, loss, last):
    path = Path(folder) / f"{loss}.npz"
    gan = tiny.gan(loss, tiny.CASES[loss], steps_per_execution=CHUNK)
    if mode == "killed":
        callbacks = monitoring.Checkpoint(path, every=half), Die(half + CHUNK, last)
        with contextlib.suppress(Abandoned):
            train(gan, 0, 2 * half, callbacks)
        return
    done = gan.load_checkpoint(path) if mode == "resumed" else 0
    train(gan, done, 2 * half)
    print(f"{mode} {loss}: started from step {done}")
    files.save_variables(Path(folder) / f"{loss}-{mode}.npz", gan.state())


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    folder, modes, half, *names = sys.argv[1:]
    for mode in modes.split("+"):
        for name in names:
            main(folder, mode, int(half), name, last=name == names[-1])
