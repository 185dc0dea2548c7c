"""The training core: two players, the step that trains both, and what goes with it.

Here: `GAN`, `losses` and penalties, `augmentation`, `conditions`, `latent` codes, the
layers of a voice, and generators in files (`pretrained`, `save_generator`).
Not here: measures (`metrics`), callbacks (`monitoring`).
"""

from ganutils.training import (
    augmentation,
    conditions,
    latent,
    losses,
    pretrained,
    sound_augmentation,
    sound_layers,
)
from ganutils.training.gan import GAN
from ganutils.training.generators import load_generator, save_generator
from ganutils.training.latent import decode, sample_z
from ganutils.training.optimizers import make_optimizer

__all__ = [
    "GAN",
    "augmentation",
    "conditions",
    "decode",
    "latent",
    "load_generator",
    "losses",
    "make_optimizer",
    "pretrained",
    "sample_z",
    "save_generator",
    "sound_augmentation",
    "sound_layers",
]
