"""Generators in files: saved whole, loaded with their layers; seven come along.

>>> generator = pretrained.load("mnist")
>>> images = generator(tf.random.normal((16, 64)), training=False)

Without code, `python -m ganutils.sample mnist --out FOLDER` writes files.
"""

import os
from pathlib import Path

import keras

from ganutils.kit import files, runtime
from ganutils.training import latent, sound_layers  # noqa: F401, register layers

NAMES = ("mnist", "digits", "cifar10_automobiles", "fsdd", "spoken_digits_tts")
NAMES += ("mnist_conditional", "cifar10_conditional")


def load(name: str) -> keras.Model:
    """Load a bundled generator, `data/generator_<name>.keras`.

    Its weights are the moving average that `GAN.ema_generator` holds after training;
    data/README.md says on what and for how long.

    Args:
        name: one of `NAMES`. Those of `cifar10` were trained on JPEG copies of a few
            classes: no number measured on them compares with one of CIFAR-10. `fsdd`
            and `spoken_digits_tts` say the digit that `conditions.NoiseLabels((10,))`
            reads off z, at 8 kHz.

    Returns:
        z ~ N(0, I), shape (batch, 64) → images (batch, 28, 28, 1), of photographs
        (batch, 32, 32, 3), or clips (batch, 8192, 1), in [-1, 1]. `…_conditional` map
        [z, y], with y one-hot rows: ten digits; automobile, frog, horse, ship.

    Raises:
        FileNotFoundError, ValueError: no such file or name, or the file is damaged.

    Example:
        >>> load("mnist").output_shape
        (None, 28, 28, 1)
    """
    if name not in NAMES:
        raise ValueError(f"Expected `name` to be one of {NAMES}; received {name!r}.")
    return load_generator(runtime.bundled(f"generator_{name}.keras"))


def save_generator(path: "str | os.PathLike", generator: keras.Model) -> Path:
    """Write a generator so that plain `keras.models.load_model` reads it anywhere.

    Anywhere means the same Keras or a newer one; older ones refuse arguments of layers
    that they do not know.

    Raises:
        ValueError: `path` does not end in `.keras`.
    """
    if Path(path).suffix != ".keras":
        raise ValueError(
            f"Expected a path that ends in .keras; received {str(path)!r}."
        )
    return files.write_atomically(path, generator.save)


def load_generator(path: "str | os.PathLike") -> keras.Model:
    """Load a generator that takes z, shape (batch, latent_dim), or [z, labels].

    Code inside the file is refused (`safe_mode=True`).

    Raises:
        FileNotFoundError, ValueError: no such file, or one of something else.
    """
    cure = (
        "Save it anew with training.save_generator(); older releases cannot read newer "
        "files."
    )
    generator = files.read_model(path, "generator", cure)
    ends = (getattr(generator, end, None) or () for end in ("inputs", "outputs"))
    shapes, drawn = ([tuple(x.shape) for x in end] for end in ends)
    if len(shapes) not in (1, 2) or {*map(len, shapes)} != {2} or len(drawn) != 1:
        raise ValueError(
            "Expected a generator of z, input shape (None, latent_dim), or of z and "
            f"labels; {os.fspath(path)!r} holds a model of {shapes} → {drawn}."
        )
    return generator
