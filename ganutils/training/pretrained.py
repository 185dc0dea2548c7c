"""Generators that are trained already: to look at, or listen to, before you train.

Each is the averaged generator of one training run; data/README.md says of which.

    >>> generator = pretrained.load("mnist")
    >>> images = generator(tf.random.normal((16, 64)), training=False)
"""

import keras

from ganutils.kit import runtime
from ganutils.training import generators

NAMES = ("mnist", "digits", "cifar10_jpeg", "fsdd", "spoken_digits_tts")


def load(name: str) -> keras.Model:
    """Load a bundled generator, `data/generator_<name>.keras`.

    Its weights are the moving average that `GAN.ema_generator` holds after training;
    data/README.md says on what and for how long.

    Args:
        name: one of `NAMES`. `cifar10_jpeg` was trained on JPEG copies of some CIFAR-10
            images: no number measured on it compares with one of CIFAR-10. `fsdd` and
            `spoken_digits_tts` speak: clips of 8,192 samples at 8 kHz, of the digit
            that `conditions.NoiseLabels((10,))` reads off z.

    Returns:
        z ~ N(0, I), shape (batch, 64) → images (batch, 28, 28, 1), of `cifar10_jpeg`
        (batch, 32, 32, 3), or clips (batch, 8192, 1), in [-1, 1].

    Raises:
        FileNotFoundError: the file is not there; says where it was looked for.
        ValueError: unknown name; or the file is damaged.

    Example:
        >>> load("mnist").output_shape
        (None, 28, 28, 1)
    """
    if name not in NAMES:
        raise ValueError(f"Expected `name` to be one of {NAMES}; received {name!r}.")
    return generators.load_generator(runtime.bundled(f"generator_{name}.keras"))
