"""A callback that draws the same z again and again while a GAN trains."""

import numpy as np

from ganutils.monitoring.stepping import StepCallback, check_every


class FixedNoise(StepCallback):
    """Draw the same z again and again, to see one set of samples change.

    Args:
        every: steps from one drawing to the next; step 0 and the last are drawn too.
        n: samples.
        seed: fixes z.

    Attributes:
        snapshots: list of (step, samples), samples of shape (n, …), float32, from the
            averaged generator; `plotting.strip` shows them.

    Example:
        >>> strip = FixedNoise(every=500, n=6)
        >>> gan.fit(images, steps_per_epoch=1000, callbacks=[strip])
        >>> [step for step, _ in strip.snapshots]
        [0, 500, 1000]
    """

    def __init__(self, every: int, n: int = 8, seed: int = 0):
        super().__init__()
        self.every, self.n, self.seed = check_every(every), n, seed
        self.snapshots: list[tuple[int, np.ndarray]] = []

    def begin(self):
        """Drop what is still to come; draw what the generator makes before training."""
        self.snapshots[:] = [pair for pair in self.snapshots if pair[0] <= self.step]
        self._draw()

    def on_step(self, step, logs):
        """Draw where a drawing is due."""
        if self.is_due(self.every):
            self._draw()

    def on_train_end(self, logs=None):
        """Draw the last step."""
        self._draw()

    def _draw(self):
        if not self.snapshots or self.snapshots[-1][0] != self.step:
            samples = self.model.generate(self.n, seed=self.seed)
            self.snapshots.append((self.step, samples))
