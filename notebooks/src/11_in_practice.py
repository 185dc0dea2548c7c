# %% [markdown]
# # Long runs in practice: stop, resume, watch, speed up, and know the price
#
# ![A curve.](attachment:opening.png)
#
# Draft.

# %% tags=["setup"]

# %% tags=["imports"]
import inspect
import json
import os
import signal
import subprocess
import sys
import time
from functools import cache

import keras
import numpy as np
import tensorflow as tf
from IPython.display import Image
from keras import layers
from tensorboard.backend.event_processing import event_accumulator

from ganutils import datasets, metrics, monitoring, plotting, training
from ganutils.kit import exercises, runtime
from ganutils.metrics import features
from ganutils.training import augmentation, losses

# %% tags=["shared", "nbval-ignore-output"]
SEED = 0
LATENT, BATCH, RATE = 64, 64, 1e-3


# %% tags=["shared"]
def make_networks(width=8):
    """Return G: z (batch, 64) → digits (batch, 28, 28, 1), and D: digits → logits."""
    z, image = keras.Input((LATENT,)), keras.Input((28, 28, 1))
    x = layers.Dense(7 * 7 * 2 * width, activation="leaky_relu")(z)
    x = layers.Reshape((7, 7, 2 * width))(x)
    x = layers.Conv2DTranspose(width, 4, 2, "same", activation="leaky_relu")(x)
    x = layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh")(x)
    y = layers.Conv2D(width, 3, 2, "same", activation="leaky_relu")(image)
    y = layers.Conv2D(2 * width, 3, 2, "same", activation="leaky_relu")(y)
    y = layers.Dense(64, activation="leaky_relu")(layers.Flatten()(y))
    return keras.Model(z, x), keras.Model(image, layers.Dense(1)(y))


def make_gan(seed, width=8, **options):
    """Return a compiled GAN; the same seed gives the same weights."""
    runtime.set_seed(seed)
    networks = make_networks(width)
    gan = training.GAN(*networks, latent_dim=LATENT, ema_decay=0.995, seed=seed)
    adams = [keras.optimizers.Adam(RATE, beta_1=0.0, beta_2=0.99) for _ in "DG"]
    gan.compile("non_saturating", [losses.r1(1.0, 8)], *adams, one_pass=True, **options)
    return gan
