"""Train a feature network of the measures and write it as data/features_NAME.keras.

    python tools/train_features.py mnist
    python tools/train_features.py digits
    python tools/train_features.py cifar10 --folder ../datasets/cifar10_jpeg
    python tools/train_features.py mnist --seed 7 --out runs/judge.keras

Another --seed gives another network: a judge that the bundled one cannot flatter.
A --folder holds train/ and test/, each with a folder of image files for each class.
What is printed last, the accuracy on the test split, belongs in `features.ACCURACY`.
"""

import argparse
import dataclasses
from pathlib import Path

import keras
import numpy as np
from keras import layers

from ganutils import datasets
from ganutils.datasets import catalogue
from ganutils.datasets.image_folder import load_folder
from ganutils.kit import files, runtime
from ganutils.metrics import features

EPOCHS = {"mnist": 8, "fashion_mnist": 12, "cifar10": 24, "digits": 40}
FLIPS = ("fashion_mnist", "cifar10")  # a mirrored shoe is a shoe, a mirrored 2 no 2
BATCH_SIZE = 128
LARGEST_SHIFT = 2  # pixels; an image's label survives it
# 3×3 convolutions, (filters, stride), for images of so many channels.
STAGES = {
    1: ((16, 1), (32, 2), (32, 2), (32, 2)),
    3: ((32, 1), (48, 2), (48, 1), (64, 2), (64, 1), (64, 2)),
}


def build(shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Return images (batch, *shape) → {features (batch, 64), probabilities}.

    Grey images are flattened, which keeps where a stroke is; an average over all places
    would forget it, and with it what tells a well-placed stroke from a misplaced one.
    Colour photographs are averaged: their object may stand anywhere, and a Dense layer
    on all places would take nearly the weights of two convolutions. What stands beside
    what still counts: at 32×32, each of the last 4×4 places sees 29×29 pixels.
    """
    x = images = keras.Input(shape, name="images")
    for filters, stride in STAGES[shape[-1]]:
        x = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    pool = layers.Flatten() if shape[-1] == 1 else layers.GlobalAveragePooling2D()
    x = layers.Dense(features.WIDTH, activation="relu", name="features")(pool(x))
    outputs = layers.Dense(classes, activation="softmax", name="probabilities")(x)
    return keras.Model(images, {"features": x, "probabilities": outputs})


def shifted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return each image moved by up to LARGEST_SHIFT pixels.

    Grey images are filled with black, their background; colour ones with a reflection.
    """
    edge, none = (LARGEST_SHIFT, LARGEST_SHIFT), (0, 0)
    grey = images.shape[-1] == 1
    fill = {"constant_values": -1.0} if grey else {"mode": "reflect"}
    padded = np.pad(images, (none, edge, edge, none), **fill)
    windows = np.lib.stride_tricks.sliding_window_view(
        padded, images.shape[1:3], axis=(1, 2)
    )
    down, right = rng.integers(0, 2 * LARGEST_SHIFT + 1, (2, len(images)))
    return np.moveaxis(windows[np.arange(len(images)), down, right], 1, -1)


def flipped(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the images, a random half of them mirrored left to right."""
    mirrored = rng.random(len(images)) < 0.5
    return np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)


def train(data: datasets.DataSet, seed: int, epochs: int | None = None) -> keras.Model:
    """Return the network, trained on the training split alone."""
    runtime.set_seed(seed)
    network = build(data.x_train.shape[1:], len(data.class_names))
    flips = data.name in FLIPS

    def changed(images, rng):
        moved = shifted(images, rng)
        return flipped(moved, rng) if flips else moved

    fit(network, data, epochs or EPOCHS[data.name], BATCH_SIZE, changed, seed)
    return network


def fit(network, data, epochs: int, batch_size: int, changed, seed: int):
    """Train the classifier in a feature network, its rate falling as a cosine.

    Args:
        network: a model as `build` returns it; trained in place.
        data: images or clips; only the training split is used.
        epochs: passes over it.
        batch_size: examples in a step.
        changed: (examples, random generator) → what this pass sees of them.
        seed: of the changes.
    """
    classifier = keras.Model(network.input, network.output["probabilities"])
    steps = epochs * -(-len(data.x_train) // batch_size)
    classifier.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,  # with XLA the colour network takes 1.3 times as long
    )
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        classifier.fit(
            changed(data.x_train, rng),
            data.y_train,
            batch_size=batch_size,
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=2,
        )


def read_folder(name: str, folder: Path) -> datasets.DataSet:
    """Return the images of `folder`/train and `folder`/test as the data set `name`.

    Raises:
        OSError: one of the two is missing.
        ValueError: their classes are not those of the data set, in its order.
    """
    recipe = catalogue.RECIPES[name]
    (*size, channels) = recipe.shape
    parts = [load_folder(folder / part, size, channels) for part in ("train", "test")]
    for part, found in zip(("train", "test"), parts, strict=True):
        if found.class_names != recipe.class_names:
            raise ValueError(
                f"Expected {str(folder / part)!r} to hold the classes of {name}, "
                f"{recipe.class_names}; received {found.class_names}."
            )
    arrays = [array for found in parts for array in (found.images, found.labels)]
    skipped = sum(len(found.skipped) for found in parts)
    source = f"{name}: images of {folder.name}, {skipped:,} entries skipped"
    return datasets.DataSet(name, *arrays, recipe.class_names, source)


def some(data: datasets.DataSet, limit: int, seed: int) -> datasets.DataSet:
    """Return the data with `limit` of its training images, drawn at random."""
    kept = np.random.default_rng(seed).permutation(len(data.x_train))[:limit]
    return dataclasses.replace(
        data, x_train=data.x_train[kept], y_train=data.y_train[kept]
    )


def options(arguments: list[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(EPOCHS))
    parser.add_argument("--folder", type=Path, help="images, not datasets.load(NAME)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="passes over the training images")
    parser.add_argument("--limit", type=int, help="use so many training images, to try")
    parser.add_argument("--out", help="data/features_NAME.keras by default")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None):
    """Train, write, load back what was written, and print its accuracy."""
    asked = options(arguments)
    name, out = asked.name, asked.out or f"data/features_{asked.name}.keras"
    data = read_folder(name, asked.folder) if asked.folder else datasets.load(name)
    print(data.source)
    data = data if asked.limit is None else some(data, asked.limit, asked.seed)
    network = train(data, asked.seed, asked.epochs)
    files.write_atomically(out, network.save)
    network = features.load(name, out)
    accuracy = network.embed(data.x_test).accuracy(data.y_test)
    print(f"{out}: accuracy {accuracy:.4f} on {len(data.x_test):,} test images")


if __name__ == "__main__":
    main()
