"""Generators in files: saved whole, loaded with their layers."""

import os
from pathlib import Path

import keras

from ganutils.kit import files


def save_generator(path: "str | os.PathLike", generator: keras.Model) -> Path:
    """Write a generator so that plain `keras.models.load_model` reads it anywhere.

    Anywhere means the same Keras or a newer one; older ones refuse arguments of layers
    that they do not know.

    Args:
        path: ends in `.keras`.
        generator: maps z (batch, latent_dim) to samples; built from Keras layers.

    Raises:
        ValueError: `path` does not end in `.keras`.
        OSError: the file cannot be written.
    """
    if Path(path).suffix != ".keras":
        raise ValueError(
            f"Expected a path that ends in .keras; received {str(path)!r}."
        )
    return files.write_atomically(path, generator.save)


def load_generator(path: "str | os.PathLike") -> keras.Model:
    """Load a generator that takes z, shape (batch, latent_dim).

    Code inside the file is refused (`safe_mode=True`).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a Keras model, a truncated one, or a model of something else.
    """
    cure = "Save it anew with save_generator(); older releases cannot read newer files."
    generator = files.read_model(path, "generator", cure)
    if len(generator.inputs) != 1 or len(generator.input_shape) != 2:
        raise ValueError(
            f"Expected a generator of z, input shape (None, latent_dim); "
            f"{os.fspath(path)!r} holds a model of {generator.input_shape}."
        )
    return generator
