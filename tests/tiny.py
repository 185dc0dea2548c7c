"""Networks small enough to train inside a unit test, with every kind of state."""

import keras
import numpy as np
from keras import layers

from ganutils import training
from ganutils.training import losses

CASES = {
    "non_saturating": [losses.r1(1.0, interval=4)],
    "minimax": [],
    "least_squares": [losses.r2(0.5)],
    "hinge": [losses.gradient_penalty(1.0)],
    "wasserstein": [losses.gradient_penalty(10.0, interval=3)],
    "relativistic": [losses.r1(1.0, interval=2), losses.r2(1.0, interval=2)],
}


def real_samples(n=256):
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype("float32")


def generator():
    return keras.Sequential(
        [
            keras.Input((3,)),
            # A bias before BatchNorm would get rounding noise for a gradient.
            layers.Dense(8, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Dense(2),
        ]
    )


def discriminator(dropout=0.2):
    return keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(8),
            layers.LeakyReLU(),
            layers.Dropout(dropout),
            layers.Dense(1),
        ]
    )


def gan(loss="non_saturating", penalties=(), seed=0, dropout=0.2, **options):
    keras.utils.set_random_seed(seed)
    model = training.GAN(
        generator(), discriminator(dropout), latent_dim=3, ema_decay=0.9, seed=seed
    )
    model.compile(loss=loss, penalties=penalties, **options)
    return model


def unmoved(gan, x, steps=1):
    """Train without tracing, which takes longer than a step; name idle weights."""
    gan.run_eagerly, gan.steps_per_execution = True, 1
    weights = [*gan.generator.trainable_variables]
    weights += gan.discriminator.trainable_variables
    before = values(weights)
    logs = gan.fit(x, batch_size=4, steps_per_epoch=steps, verbose=0).history
    assert all(np.isfinite(numbers).all() for numbers in logs.values())
    kept = same(before, values(weights))
    return [w.path for w, idle in zip(weights, kept, strict=True) if idle]


def values(variables):
    return [v.numpy() for v in variables]


def same(before, after):
    return [bool((a == b).all()) for a, b in zip(before, after, strict=True)]
