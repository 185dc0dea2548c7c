"""The training core: two players, the step that trains both, and what goes with it.

Here: `GAN` and its kinds (`ConditionalGAN`, `TranslationGAN`, a `Pair` of two),
`losses` and penalties, `augmentation`, `conditions`, `latent` codes, the layers of a
voice, and generators in files (`pretrained`, `save_generator`).
Not here: measures (`metrics`), callbacks (`monitoring`).
"""

from ganutils.training import (
    augmentation,
    conditions,
    latent,
    losses,
    pretrained,
    sound_layers,
)
from ganutils.training.conditions import ConditionalGAN, Pair, TranslationGAN
from ganutils.training.doors import make_optimizer
from ganutils.training.gan import GAN
from ganutils.training.latent import decode, sample_z
from ganutils.training.pretrained import load_generator, save_generator

__all__ = [
    "GAN",
    "ConditionalGAN",
    "Pair",
    "TranslationGAN",
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
    "sound_layers",
]
