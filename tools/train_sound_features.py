"""Train a feature network of spoken digits and write data/features_NAME.keras.

    python tools/train_sound_features.py fsdd
    python tools/train_sound_features.py spoken_digits_tts
    python tools/train_sound_features.py fsdd --seed 7 --out runs/judge.keras

Another --seed gives another network: a judge that the bundled one cannot flatter.
What is printed last, the accuracy on the test split, belongs in `features.ACCURACY`.
"""

import argparse

import keras
import numpy as np
from keras import layers

import train_features
from ganutils import datasets
from ganutils.datasets import catalogue
from ganutils.kit import files, runtime
from ganutils.metrics import features

EPOCHS = {"fsdd": 40, "spoken_digits_tts": 30}
BATCH_SIZE = 64
# Of the log-mel front end.
WINDOW, HOP, BANDS = 512, 256, 40  # samples, samples, bands from 20 Hz to 4 kHz
FULL_SCALE = (WINDOW / 4) ** 2  # power of a sine of full scale in its bin: 0 dB
# Below it lies what rounding to 12 bits adds to a band: digital silence and an
# inaudible residue look the same, and log 0 never occurs.
QUIETEST = -80.0  # dB
# The layer clamps everything to so much below the loudest band of a whole batch. No
# band reaches +10 dB, so that 200 never acts: a clip's features do not depend on the
# clips beside it.
RANGE = 200.0  # dB
FILTERS = (16, 32, 64)
# Augmentation: what a clip may undergo and keep its label.
LATEST, EARLIEST = 600, 150  # samples that it moves to the right, to the left
LOWEST_GAIN = 0.25  # 12 dB
LOUDEST_NOISE = 0.003  # standard deviation


def build(clip_length: int, classes: int, sample_rate: int) -> keras.Model:
    """Return clips (batch, clip_length, 1) → {features (batch, 64), probabilities}.

    Plain Keras layers throughout: the file loads without this course. The spectrogram
    is flattened before the Dense layer, since an average over all places would forget
    which sound comes first.
    """
    sound = keras.Input((clip_length, 1), name="clips")
    x = layers.Reshape((clip_length,))(sound)
    x = log_mel(sample_rate)(x)
    x = layers.Rescaling(1 / 40, 1.0, name="to_unit_range")(x)  # −80 … 0 dB to −1 … 1
    x = layers.Reshape((BANDS, clip_length // HOP + 1, 1))(x)
    for filters in FILTERS:
        x = layers.Conv2D(filters, 3, 2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Dense(features.WIDTH, activation="relu", name="features")(
        layers.Flatten()(x)
    )
    outputs = layers.Dense(classes, activation="softmax", name="probabilities")(x)
    return keras.Model(sound, {"features": x, "probabilities": outputs})


def log_mel(sample_rate: int) -> layers.MelSpectrogram:
    """Return the front end: clips (batch, samples) → dB, (batch, BANDS, frames).

    0 dB is a sine of full scale, as in `audio.log_mel`, whose bands begin at 0 Hz.
    """
    return layers.MelSpectrogram(
        fft_length=WINDOW,
        sequence_stride=HOP,
        sampling_rate=sample_rate,
        num_mel_bins=BANDS,
        ref_power=FULL_SCALE,
        min_power=FULL_SCALE * 10 ** (QUIETEST / 10),
        top_db=RANGE,
        name="log_mel",
    )


def augmented(sounds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return clips moved in time, softer, and every second one with a little noise.

    Args:
        sounds: (n, clip_length, 1), float32 in [-1, 1]. What moves out is lost, what
            moves in is silence.
        rng: draws for each clip anew.
    """
    n, length, _ = sounds.shape
    padded = np.pad(sounds, ((0, 0), (LATEST, EARLIEST), (0, 0)))
    starts = rng.integers(0, LATEST + EARLIEST + 1, n)
    moved = np.stack([p[s : s + length] for p, s in zip(padded, starts, strict=True)])
    gain = LOWEST_GAIN ** rng.uniform(0, 1, (n, 1, 1))
    level = LOUDEST_NOISE * rng.uniform(-1, 1, (n, 1, 1)).clip(0)
    noise = rng.standard_normal(sounds.shape, np.float32)
    return np.clip(gain * moved + level * noise, -1, 1).astype(np.float32)


def train(data: datasets.DataSet, seed: int, epochs: int | None = None) -> keras.Model:
    """Return the network, trained on the training split alone."""
    runtime.set_seed(seed)
    network = build(data.x_train.shape[1], len(data.class_names), data.sample_rate)
    epochs = epochs or EPOCHS[data.name]
    train_features.fit(network, data, epochs, BATCH_SIZE, augmented, seed)
    return network


def options(arguments: list[str] | None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=catalogue.SPOKEN)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="passes over the training clips")
    parser.add_argument("--out", help="data/features_NAME.keras by default")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None):
    """Train, write, load back what was written, and print its accuracy."""
    asked = options(arguments)
    name, out = asked.name, asked.out or f"data/features_{asked.name}.keras"
    data = datasets.load(name)
    print(data.source)
    network = train(data, asked.seed, asked.epochs)
    files.write_atomically(out, network.save)
    network = features.load(name, out)
    accuracy = network.embed(data.x_test).accuracy(data.y_test)
    print(f"{out}: accuracy {accuracy:.4f} on {len(data.x_test):,} test clips")


if __name__ == "__main__":
    main()
