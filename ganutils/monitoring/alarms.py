"""Callbacks that notice when training goes wrong, and say what to try.

An alarm watches one sign. It prints one sentence, once, and collects all it has to say
in `messages`; only `NonFinite` stops training. Alarms are independent of each other and
of their place in the list of callbacks.
"""

import os

import numpy as np

from ganutils.kit import files
from ganutils.monitoring.saving import Checkpoint
from ganutils.monitoring.stepping import (
    StepCallback,
    check_every,
    first_non_finite,
    first_non_finite_weight,
)


class NonFinite(StepCallback):
    """Stop training as soon as a scalar of the step is NaN or infinite, or a weight.

    Weights are looked at every so many steps and after each epoch: behind a ReLU a NaN
    weight leaves the losses finite.

    Args:
        last_checkpoint: the `Checkpoint` callback of the same training, or a path; the
            error names it. `Checkpoint` never saves such weights by itself, so the
            order of the two does not matter.
        every: steps from one look at the weights to the next.

    Raises:
        FloatingPointError: out of `fit`; names the step, the scalar or the weight, and
            the checkpoint.

    Example:
        >>> saver = Checkpoint("runs/gan.npz", every=100)
        >>> gan.fit(images, callbacks=[saver, NonFinite(saver)])
        FloatingPointError: d_loss is nan at step 123; training stopped. Last good …
    """

    def __init__(
        self,
        last_checkpoint: "Checkpoint | str | os.PathLike | None" = None,
        every: int = 50,
    ):
        super().__init__()
        self.last_checkpoint, self.messages = last_checkpoint, []
        self.every = check_every(every)

    def on_step(self, step, logs):
        """Look at every scalar, and at the weights where that is due."""
        self.check_scalars(step, logs)
        if self.is_due(self.every):
            self.check_weights(self.model, step)

    def on_epoch_end(self, epoch, logs=None):
        """Look at the weights."""
        self.check_weights(self.model, self.step)

    def check_scalars(self, step: int, logs: dict):
        """Raise a FloatingPointError if a scalar of this step is not finite."""
        name = first_non_finite(logs)
        if name is not None:
            self._stop(
                f"{name} is {float(logs[name])} at step {step:,}",
                "try a smaller learning rate, or look for a logarithm, a division or a "
                "square root of 0 in a loss of your own.",
            )

    def check_weights(self, gan, step: int):
        """Raise a FloatingPointError if a weight of the GAN is not finite."""
        name = first_non_finite_weight(gan)
        if name is not None:
            self._stop(
                f"the weight {name} is NaN or infinite by step {step:,}",
                "look for NaN in the data, of which a stream is checked in its first "
                "batch only, or try a smaller learning rate.",
            )

    def _stop(self, what, cure):
        message = f"{what}; training stopped. {self._what_is_left()} Then {cure}"
        self.messages.append(message)
        raise FloatingPointError(message)

    def _what_is_left(self):
        if isinstance(self.last_checkpoint, Checkpoint):
            path, step = self.last_checkpoint.path, self.last_checkpoint.saved_step
        else:
            path, step = self.last_checkpoint, None
        if path is None or not files.expand(path).is_file():
            return "There is no checkpoint: build the GAN anew."
        age = "of an earlier run" if step is None else f"of step {step:,}"
        return (
            f"Last good checkpoint: {os.fspath(path)!r}, {age}; restore it with "
            "gan.load_checkpoint()."
        )


class Alarm(StepCallback):
    """Count for how long a sign has lasted; speak up when it lasts too long.

    Args:
        patience: steps that the sign must last without a break.

    Attributes:
        messages: a sentence for each time the sign outlasted `patience`. The first of
            them is printed.
        since: first step of the sign that lasts now; None where there is none.
        quiet: print nothing, for whoever reads `messages` themselves.
    """

    quiet = False

    def __init__(self, patience: int):
        super().__init__()
        self.patience, self.messages = check_every(patience), []
        self.since, self._spoke = None, False

    def begin(self):
        """Forget a sign of an earlier training."""
        self.since, self._spoke = None, False

    def note(self, is_bad: bool, sentence: str):
        """Take down whether the sign shows at this step.

        Args:
            is_bad: it does.
            sentence: what it means and what to try.
        """
        if not is_bad:
            self.since, self._spoke = None, False
            return
        self.since = self.step if self.since is None else self.since
        if self._spoke or self.step - self.since < self.patience:
            return
        self._spoke = True
        message = f"{type(self).__name__} since step {self.since:,}: {sentence}"
        if not self.messages and not self.quiet:
            print(f"\n{message}")
        self.messages.append(message)


class DAhead(Alarm):
    """Notice that D tells real from fake without effort, so that G learns little.

    The sign: the mean logit of real samples exceeds that of fakes by `gap`. A gap of 8
    is σ(4) = 98 % certainty on both sides. It fits losses whose logits are log-odds or
    have a margin (cross-entropy, hinge, least squares); a Wasserstein critic has no
    scale of its own.

    Args:
        gap: smallest difference of the mean logits that counts.
        patience: steps that it must last; at the start D is often ahead for a while.
    """

    def __init__(self, gap: float = 8.0, patience: int = 300):
        super().__init__(patience)
        if not gap > 0:
            raise ValueError(f"Expected `gap` > 0; received {gap!r}.")
        self.gap = gap

    def on_step(self, step, logs):
        """Compare the mean logits."""
        gap = float(logs["real_logits"]) - float(logs["fake_logits"])
        self.note(
            gap > self.gap,
            f"D separates real from fake (mean logits {gap:.1f} apart). Check that "
            "both have the same range; then try a penalty such as losses.r1(), a "
            "smaller learning rate for D, or the non-saturating loss.",
        )


class Swapped(Alarm):
    """Notice that D calls fakes real and real samples fake, as with swapped labels.

    The sign: the mean logit of fakes exceeds that of real samples by `margin`. D is
    trained to do the opposite, and noise between two equal players stays below it.

    Args:
        margin: smallest difference of the mean logits that counts.
        patience: steps that it must last.
    """

    def __init__(self, margin: float = 0.5, patience: int = 100):
        super().__init__(patience)
        if not margin > 0:
            raise ValueError(f"Expected `margin` > 0; received {margin!r}.")
        self.margin = margin

    def on_step(self, step, logs):
        """Compare the mean logits."""
        gap = float(logs["fake_logits"]) - float(logs["real_logits"])
        self.note(
            gap > self.margin,
            f"D rates fakes above real samples (mean logits {gap:.1f} apart). Look for "
            "swapped labels in D's loss: real = 1, fake = 0. If they are right, G is "
            "far ahead: give D a larger learning rate or more steps.",
        )


class Collapse(Alarm):
    """Notice that samples of different z become alike.

    The sign: the mean distance between two samples of fixed z falls below `fraction` of
    that between two real samples. It finds a G that draws one thing; a G that leaves
    out some classes keeps most of the distance, and needs a measure of coverage.

    Args:
        real: real samples (n, …), n ≥ 2; the first `n` of a shuffle are used.
        every: steps from one drawing to the next.
        fraction: of the real distance, in (0, 1).
        start: first step that counts; an untrained G draws one thing as well.
        patience: steps that the sign must last.
        n: samples drawn.
        seed: fixes z and the shuffle.

    Raises:
        ValueError: `fraction` out of range, or fewer than two different real samples.
    """

    def __init__(
        self,
        real: np.ndarray,
        every: int = 100,
        *,
        fraction: float = 0.3,
        start: int = 1000,
        patience: int = 300,
        n: int = 64,
        seed: int = 0,
    ):
        super().__init__(patience)
        if not 0 < fraction < 1:
            raise ValueError(f"Expected `fraction` in (0, 1); received {fraction!r}.")
        self.every, self.fraction, self.start = check_every(every), fraction, start
        self.n, self.seed = n, seed
        chosen = np.random.default_rng(seed).permutation(len(real))[:n]
        self.real_distance = mean_distance(np.asarray(real)[chosen])
        if not self.real_distance > 0:
            raise ValueError(
                "Expected real samples that differ; received a mean distance of "
                f"{self.real_distance!r}."
            )

    def on_step(self, step, logs):
        """Draw and compare where it is due."""
        if step < self.start or not self.is_due(self.every):
            return
        drawn = mean_distance(self.model.generate(self.n, seed=self.seed))
        share = drawn / self.real_distance
        self.note(
            share < self.fraction,
            f"samples of different z lie {share:.2f} times as far apart as real ones: "
            "G draws much the same for every z. Try a penalty such as losses.r1(), a "
            "smaller learning rate, or the relativistic loss; restart from an "
            "earlier checkpoint, since a collapsed G rarely recovers.",
        )


def mean_distance(samples: np.ndarray) -> float:
    """Return the mean Euclidean distance between two different samples.

    Args:
        samples: shape (n, …), n ≥ 2.

    Raises:
        ValueError: fewer than two samples.

    Example:
        >>> mean_distance(np.array([[0.0, 0.0], [3.0, 4.0]]))
        5.0
    """
    if len(samples) < 2:
        raise ValueError(f"Expected at least 2 samples; received {len(samples)}.")
    flat = np.asarray(samples, "float64").reshape(len(samples), -1)
    first, second = np.triu_indices(len(flat), 1)
    return float(np.linalg.norm(flat[first] - flat[second], axis=1).mean())
