"""Train a feature network of the measures and write it as data/features_NAME.keras.

    python tools/train_features.py mnist
    python tools/train_features.py digits
    python tools/train_features.py mnist --seed 7 --out runs/judge.keras

Another --seed gives another network: a judge that the bundled one cannot flatter.
What is printed last, the accuracy on the test split, belongs in `embedding.ACCURACY`.
"""

import argparse

import keras
import numpy as np
from keras import layers

from ganutils import checkpoint, datasets, embedding, features, runtime

EPOCHS = {"mnist": 8, "digits": 40}
BATCH_SIZE = 128
LARGEST_SHIFT = 2  # pixels; a digit's label survives it


def build(classes: int) -> keras.Model:
    """Return images (batch, 28, 28, 1) → {features (batch, 64), probabilities}.

    Flatten keeps where a stroke is; global average pooling would forget it, and with
    it what tells a well-placed stroke from a misplaced one.
    """
    x = images = keras.Input((28, 28, 1), name="images")
    for filters, stride in ((16, 1), (32, 2), (32, 2), (32, 2)):
        x = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Dense(embedding.WIDTH, activation="relu", name="features")(
        layers.Flatten()(x)
    )
    outputs = layers.Dense(classes, activation="softmax", name="probabilities")(x)
    return keras.Model(images, {"features": x, "probabilities": outputs})


def shifted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return each image moved by up to LARGEST_SHIFT pixels, filled with black."""
    edge = (LARGEST_SHIFT, LARGEST_SHIFT)
    padded = np.pad(images[..., 0], ((0, 0), edge, edge), constant_values=-1.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (28, 28), axis=(1, 2))
    down, right = rng.integers(0, 2 * LARGEST_SHIFT + 1, (2, len(images)))
    return windows[np.arange(len(images)), down, right][..., None]


def train(data: datasets.ImageData, seed: int) -> keras.Model:
    """Return the network, trained on the training split alone."""
    runtime.set_seed(seed)
    network = build(len(data.class_names))
    classifier = keras.Model(network.input, network.output["probabilities"])
    epochs = EPOCHS[data.name]
    steps = epochs * -(-len(data.x_train) // BATCH_SIZE)
    classifier.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        images = shifted(data.x_train, rng)
        classifier.fit(
            images,
            data.y_train,
            batch_size=BATCH_SIZE,
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=2,
        )
    return network


def main():
    """Train, write, load back what was written, and print its accuracy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(EPOCHS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", help="data/features_NAME.keras by default")
    options = parser.parse_args()
    out = options.out or f"data/features_{options.name}.keras"
    data = datasets.load(options.name)
    network = train(data, options.seed)
    checkpoint.write_atomically(out, network.save)
    network = features.load(options.name, out)
    accuracy = network.measure_accuracy(data.x_test, data.y_test)
    print(f"{out}: accuracy {accuracy:.4f} on {len(data.x_test):,} test images")


if __name__ == "__main__":
    main()
