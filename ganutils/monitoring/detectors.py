"""The names of what `monitoring.HealthCheck` looks for, and what a look may find."""

from dataclasses import dataclass

DETECTORS = {
    "shapes": "shapes and numbers of the samples and logits that D handles",
    "range": "range of the real data against G's last activation",
    "bounded_logits": "D's last activation; in training, outputs confined to [0, 1]",
    "inference_mode": "calls of BatchNorm or Dropout without training=True",
    "joint_batch": "real and fake samples in one BatchNorm batch of D",
    "frozen_d": "weights of D that no step moves",
    "frozen_g": "weights of G that no step moves",
    "leaking_step": "weights of one player that the other player's step moves",
    "repeated_noise": "the same z in two successive steps",
    "penalty": "gradient penalties on critics of known slope",
    "non_finite": "scalars of the step that are NaN or infinite",
    "swapped": "fakes rated above real samples",
    "d_ahead": "real and fake told apart without effort (losses with a scale)",
    "vanishing_gradient": "G's gradient against the largest one seen",
    "collapse": "distance between samples of different z",
    "missing_modes": "share of the modes or classes that samples cover",
    "frozen_statistics": "moving statistics of BatchNorm that do not move",
}


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a training.

    Attributes:
        name: of the detector, a key of `DETECTORS`.
        step: from which it showed; the step of the probe where that found it.
        message: what is seen, what it means, its likely causes, and what to try.
    """

    name: str
    step: int
    message: str

    def __str__(self):
        return f"{self.name} at step {self.step:,}: {self.message}"
