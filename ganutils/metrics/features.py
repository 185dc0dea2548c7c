"""What a feature network says about samples, beside what it says about real data.

A small classifier of the same images (or sounds) stands where FID has Inception-v3: its
last hidden layer says what is alike. Its numbers compare sets of samples with each
other and with the real floor; set beside a published FID they mean nothing.

    >>> network = features.load("mnist")
    >>> print(features.compare(network, {"trained": gan.generate(2000)}, data.x_test))
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import keras
import numpy as np

from ganutils.kit import files, runtime
from ganutils.kit.checks import check_clips, check_images
from ganutils.metrics import distances, neighbours

WIDTH = 64  # components of a feature vector
# Of the bundled networks, on the test split; cifar10: on JPEG copies.
ACCURACY = {"mnist": 0.9940, "digits": 0.9833, "cifar10": 0.7995}
ACCURACY |= {"fsdd": 0.9900, "spoken_digits_tts": 1.0000}
BATCH_SIZE = 500
LARGEST_DEFAULT = 2_000  # images on a side; the time grows with the square
TITLES = {
    "frechet": "Fréchet distance ↓",
    "kernel": "kernel distance ↓",
    "inception_score": "inception score ↑",
    "precision": "precision ↑",
    "recall": "recall ↑",
    "density": "density ↑",
    "coverage": "coverage ↑",
    "confidence": "confidence",
    "rarest_class": "rarest class",
}


class Embedding(NamedTuple):
    """Features (n, 64) and class probabilities (n, classes) of n images, float32."""

    features: np.ndarray
    probabilities: np.ndarray

    def part(self, index: np.ndarray) -> "Embedding":
        """Return the embedding of the images at `index`."""
        return Embedding(self.features[index], self.probabilities[index])

    def accuracy(self, labels: np.ndarray) -> float:
        """Return the share of images whose likeliest class is the label: (n,), int."""
        return float((self.probabilities.argmax(axis=1) == labels).mean())


@dataclass(eq=False)
class FeatureNetwork:
    """A classifier whose last hidden layer serves as features."""

    name: str  # of the data set that it was trained on
    model: keras.Model  # images of one shape → {"features": …, "probabilities": …}
    accuracy: float | None = None  # on the test split; None for a network of your own

    def embed(self, images: np.ndarray | Embedding, name: str = "images") -> Embedding:
        """Return features and class probabilities of images, or of sound clips.

        They are floats in [-1, 1] in the model's shape: (n, 28, 28, 1) for digits and
        clothes, (n, 32, 32, 3) for `cifar10`, (n, 8192, 1), samples at 8 kHz, for
        `fsdd` and `spoken_digits_tts`. A ValueError about others calls them `name`. An
        `Embedding` comes back as it is.

        Example:
            >>> load("mnist").embed(np.zeros((5, 28, 28, 1), "float32")).features.shape
            (5, 64)
        """
        if isinstance(images, Embedding):
            return images
        shape = self.model.input_shape[1:]
        check = check_clips if len(shape) == 2 else check_images
        images = np.asarray(check(images, name))
        if images.shape[1:] != shape:
            raise ValueError(
                f"Expected `{name}` of shape {('n', *shape)}, as the network "
                f"{self.name!r} was trained; received {images.shape}."
            )
        batches = np.split(images, range(BATCH_SIZE, len(images), BATCH_SIZE))
        parts = [self.model(batch, training=False) for batch in batches]
        keys = Embedding._fields
        return Embedding(*(np.concatenate([p[key] for p in parts]) for key in keys))


def load(name: str, path: "str | os.PathLike | None" = None) -> FeatureNetwork:
    """Load a feature network: a bundled one, or one that you trained.

    Args:
        name: `mnist`, `digits`, `cifar10`, `fsdd` or `spoken_digits_tts` are bundled.
            `cifar10` was trained and measured on JPEG copies of some CIFAR-10 images,
            not on the data set of `datasets.load`; data/README.md says what that means.
        path: a file of `tools/train_features.py` or `tools/train_sound_features.py`, of
            any `name` (`fashion_mnist`, say).
    """
    if path is None and name not in ACCURACY:
        raise ValueError(
            f"Expected `name` to be one of {sorted(ACCURACY)}; received {name!r}. Give "
            "the `path` of a network that you trained with tools/train_features.py."
        )
    accuracy = ACCURACY[name] if path is None else None
    path = runtime.bundled(f"features_{name}.keras") if path is None else path
    cure = "Train it anew with tools/train_features.py or train_sound_features.py."
    model = files.read_model(path, "feature network", cure)
    outputs = getattr(model, "output", None)
    if not isinstance(outputs, dict) or set(outputs) != set(Embedding._fields):
        raise ValueError(
            f"Expected a feature network, with outputs {Embedding._fields}; "
            f"{os.fspath(path)!r} holds the model {model.name!r} without them."
        )
    return FeatureNetwork(name, model, accuracy)


class Quality(NamedTuple):
    """What a feature network says about fakes beside as many real images."""

    frechet: float  # these two: distances to the real features; 0 is best
    kernel: float
    inception_score: float  # 1 to the number of classes
    precision: float  # share of realistic fakes, k = 3
    recall: float  # share of reproduced real images, k = 3
    density: float  # these two ask the same with balls around the real alone, k = 5
    coverage: float
    confidence: float  # mean of the largest class probability; high for noise, too
    rarest_class: float  # smallest of the shares; 0 where a class is never drawn
    class_shares: np.ndarray  # (classes,), of fakes that are likeliest of each class
    n: int  # images on each side


@dataclass(frozen=True)
class Comparison:
    """Mean and spread of every measure for each set of samples; made to be printed."""

    mean: dict[str, Quality]  # by label; "real" is the floor
    spread: dict[str, Quality]  # standard deviations over the seeds (seeds − 1)
    caption: str  # n, the number of seeds, the network and its accuracy

    def __str__(self) -> str:
        rows = [["", *self.mean]]
        for name, title in TITLES.items():
            pairs = zip(self.mean.values(), self.spread.values(), strict=True)
            cells = [_cell(getattr(m, name), getattr(s, name)) for m, s in pairs]
            rows.append([title, *cells])
        first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
        lines = [[t.ljust(first), *map(str.rjust, cells, others)] for t, *cells in rows]
        return "\n".join([*map("   ".join, lines), self.caption])


def quality(
    network: FeatureNetwork,
    fake: "np.ndarray | Embedding",
    real: "np.ndarray | Embedding",
    n: int | None = None,
    seed: int = 0,
) -> Quality:
    """Measure fakes against as many real images.

    Args:
        fake, real: images as `FeatureNetwork.embed` takes them, or what it returned;
            embed the real ones once where you measure often.
        n: images that `seed` draws from each side, ≥ 6; by default as many as the
            smaller side has.
    """
    fake, real = network.embed(fake, "fake"), network.embed(real, "real")
    n = _check_n(n, min(len(fake.features), len(real.features)))
    rng = np.random.default_rng(seed)
    return _measure(_draw(fake, n, rng), _draw(real, n, rng))


def compare(
    network: FeatureNetwork,
    fakes: "Mapping[str, np.ndarray | Embedding]",
    real: "np.ndarray | Embedding",
    n: int | None = None,
    seeds: Iterable[int] = range(3),
) -> Comparison:
    """Measure sets of fakes beside the floor: real images against other real images.

    Each of two or more seeds cuts two disjoint parts of n out of `real`. The first is
    measured against the second, which is the floor; so is every set of fakes.

    Args:
        fakes: {label: images or embedding}; "real" is the floor's own label.
        real: images or embedding of one split, best one that G never saw; at least 2n.
        n: images on each side; by default as many as every set has, at most 2,000.
            A set of just n is used whole, and its spread comes from `real` alone.
    """
    seeds = list(seeds)
    if len(seeds) < 2 or "real" in fakes:
        raise ValueError(
            "Expected ≥ 2 `seeds` and no set of `fakes` called 'real'; received "
            f"{len(seeds)} seeds and {list(fakes)}."
        )
    sets = {label: network.embed(x, label) for label, x in fakes.items()}
    real = network.embed(real, "real")
    most = min([len(real.features) // 2, *(len(x.features) for x in sets.values())])
    n = _check_n(min(most, LARGEST_DEFAULT) if n is None else n, most)
    drawn = [_measure_all(sets, real, n, np.random.default_rng(s)) for s in seeds]
    mean, spread = {}, {}
    for label in drawn[0]:
        columns = [np.array(c) for c in zip(*(d[label] for d in drawn), strict=True)]
        mean[label] = Quality(*(c.mean(axis=0) for c in columns))._replace(n=n)
        spread[label] = Quality(*(c.std(axis=0, ddof=1) for c in columns))._replace(n=n)
    known = network.accuracy
    known = "" if known is None else f" ({known:.2%} of its test images right)"
    caption = (
        f"n = {n:,} on each side, mean ± standard deviation over {len(seeds)} seeds; "
        f"features of the {network.name} network{known}"
    )
    return Comparison(mean, spread, caption)


def _draw(embedding, n, rng):
    return embedding.part(rng.permutation(len(embedding.features))[:n])


def _measure(fake, real):
    p = fake.probabilities
    x, y = real.features.astype("float64"), fake.features.astype("float64")
    shares = np.bincount(p.argmax(axis=1), minlength=p.shape[1]) / len(p)
    return Quality(
        distances.frechet_distance(x, y),
        distances.kernel_distance(x, y),
        distances.inception_score(p),
        *neighbours.compare_balls(x, y),
        float(p.max(axis=1).mean()),
        float(shares.min()),
        shares,
        len(p),
    )


def _measure_all(sets, real, n, rng):
    order = rng.permutation(len(real.features))
    one, other = real.part(order[:n]), real.part(order[n : 2 * n])
    fakes = {label: _draw(x, n, rng) for label, x in sets.items()}
    return {k: _measure(fake, other) for k, fake in ({"real": one} | fakes).items()}


def _cell(mean, spread):
    """Round both to the second digit of the spread."""
    decimals = 3 if spread < 1e-9 else int(np.clip(1 - np.log10(spread) // 1, 0, 6))
    return f"{mean:,.{decimals}f} ± {spread:.{decimals}f}"


def _check_n(n, most):
    n = most if n is None else n
    if not 6 <= n <= most or n != int(n):
        raise ValueError(
            f"Expected a whole number 6 ≤ n ≤ {most}, the most that these sets allow "
            f"(a floor halves the real one); received n={n!r}."
        )
    return int(n)
