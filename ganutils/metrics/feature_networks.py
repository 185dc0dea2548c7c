"""Feature networks: small classifiers whose last hidden layer says what is alike.

`features` measures with them; `tools/train_features.py` trains those of images,
`tools/train_sound_features.py` those of sound clips.
"""

import os
from typing import NamedTuple

import keras
import numpy as np

from ganutils.kit import files, runtime
from ganutils.kit.checks import check_clips, check_images

WIDTH = 64  # components of a feature vector
# Of the bundled networks, on the test split; cifar10: on JPEG copies.
ACCURACY = {
    "mnist": 0.9940,
    "digits": 0.9833,
    "cifar10": 0.7995,
    "fsdd": 0.9900,
    "spoken_digits_tts": 1.0000,
}
BATCH_SIZE = 500


class Embedding(NamedTuple):
    """Features (n, 64) and class probabilities (n, classes) of n images, float32."""

    features: np.ndarray
    probabilities: np.ndarray

    def part(self, index: np.ndarray) -> "Embedding":
        """Return the embedding of the images at `index`."""
        return Embedding(self.features[index], self.probabilities[index])


class FeatureNetwork:
    """A classifier whose last hidden layer serves as features.

    Attributes:
        name: of the data set that it was trained on.
        accuracy: on that data set's test images; None for a network of your own
            until you call `measure_accuracy`.
        model: images, of the one shape it was trained on → {"features": …,
            "probabilities": …}.
    """

    def __init__(self, name: str, model: keras.Model, accuracy: float | None = None):
        self.name, self.model, self.accuracy = name, model, accuracy

    def embed(self, images: np.ndarray, name: str = "images") -> Embedding:
        """Return features and class probabilities of images, or of sound clips.

        Args:
            images: (n, *shape), float, finite, in [-1, 1]; the shape is the model's:
                (28, 28, 1) for digits and clothes, (32, 32, 3) for `cifar10`,
                (8192, 1), samples at 8 kHz, for `fsdd` and `spoken_digits_tts`.
            name: how an error calls them.

        Raises:
            ValueError: other shape, type or values.

        Example:
            >>> load("mnist").embed(np.zeros((5, 28, 28, 1), "float32")).features.shape
            (5, 64)
        """
        shape = self.model.input_shape[1:]
        check = check_clips if len(shape) == 2 else check_images
        images = np.asarray(check(images, name))
        if images.shape[1:] != shape:
            raise ValueError(
                f"Expected `{name}` of shape {('n', *shape)}, as the network "
                f"{self.name!r} was trained; received {images.shape}."
            )
        parts = [
            self.model(images[i : i + BATCH_SIZE], training=False)
            for i in range(0, len(images), BATCH_SIZE)
        ]
        return Embedding(
            *(np.concatenate([p[key] for p in parts]) for key in Embedding._fields)
        )

    def measure_accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Return, and keep, the share of images whose likeliest class is the label.

        Args:
            images: as in `embed`; images it was not trained on.
            labels: (n,), int.
        """
        probabilities = self.embed(images).probabilities
        self.accuracy = float((probabilities.argmax(axis=1) == labels).mean())
        return self.accuracy


def load(name: str, path: "str | os.PathLike | None" = None) -> FeatureNetwork:
    """Load a feature network: a bundled one, or one that you trained.

    Args:
        name: `mnist`, `digits`, `cifar10`, `fsdd` or `spoken_digits_tts` are bundled.
            `cifar10` was trained and measured on JPEG copies of some CIFAR-10 images,
            not on the data set of `datasets.load`; data/README.md says what that means.
        path: a file of one of the two tools, of any `name` (`fashion_mnist`, say); the
            bundled network by default.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: unknown name; or the file is truncated or holds something else.
    """
    if path is not None:
        return FeatureNetwork(name, _read(path))
    if name not in ACCURACY:
        raise ValueError(
            f"Expected `name` to be one of {sorted(ACCURACY)}; received {name!r}. Give "
            "the `path` of a network that you trained with tools/train_features.py."
        )
    file = runtime.bundled(f"features_{name}.keras")
    return FeatureNetwork(name, _read(file), ACCURACY[name])


def _read(path):
    cure = "Train it anew with tools/train_features.py or train_sound_features.py."
    model = files.read_model(path, "feature network", cure)
    outputs = getattr(model, "output", None)
    if not isinstance(outputs, dict) or set(outputs) != set(Embedding._fields):
        raise ValueError(
            f"Expected a feature network, with outputs {Embedding._fields}; "
            f"{os.fspath(path)!r} holds the model {model.name!r} without them."
        )
    return model
