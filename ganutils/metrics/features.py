"""What a feature network says about samples, beside what it says about real data.

A small classifier of the same images stands where FID has Inception-v3. Its numbers
compare sets of samples with each other and with the real floor; set beside a
published FID they mean nothing.

    >>> network = features.load("mnist")
    >>> print(features.compare(network, {"trained": gan.generate(2000)}, data.x_test))
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np

from ganutils.metrics import distances, neighbours
from ganutils.metrics.feature_networks import ACCURACY, Embedding, FeatureNetwork, load

__all__ = [
    "ACCURACY",
    "Comparison",
    "Embedding",
    "FeatureNetwork",
    "Quality",
    "compare",
    "load",
    "quality",
]

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


@dataclass(frozen=True)
class Quality:
    """What a feature network says about fakes beside as many real images.

    Attributes:
        frechet, kernel: distances to the real features; 0 is best.
        inception_score: 1 to the number of classes.
        precision, recall: share of realistic fakes, of reproduced real images (k = 3).
        density, coverage: the same two questions with balls around the real (k = 5).
        confidence: mean of the largest class probability. High for noise, too.
        rarest_class: the smallest of `class_shares`; 0 where a class is never drawn.
        class_shares: (classes,), share of fakes that are likeliest of each class.
        n: images on each side.
    """

    frechet: float
    kernel: float
    inception_score: float
    precision: float
    recall: float
    density: float
    coverage: float
    confidence: float
    rarest_class: float
    class_shares: np.ndarray
    n: int


def quality(
    network: FeatureNetwork,
    fake: "np.ndarray | Embedding",
    real: "np.ndarray | Embedding",
    n: int | None = None,
    seed: int = 0,
) -> Quality:
    """Measure fakes against as many real images.

    Args:
        network: what embeds both.
        fake: images as `FeatureNetwork.embed` takes them, or what it returned.
        real: likewise; embed it once where you measure often.
        n: images drawn from each side without replacement; by default as many as the
            smaller side has.
        seed: decides which.

    Raises:
        ValueError: bad images, or `n` outside 6 … the size of the smaller side.

    Example:
        >>> quality(network, gan.generate(2000), data.x_test).frechet
    """
    fake, real = _embedding(network, fake, "fake"), _embedding(network, real, "real")
    n = _check_n(n, min(len(fake.features), len(real.features)))
    rng = np.random.default_rng(seed)
    return _measure(_draw(fake, n, rng), _draw(real, n, rng))


def _embedding(network, x, name):
    return x if isinstance(x, Embedding) else network.embed(x, name)


def _draw(embedding, n, rng):
    return embedding.part(rng.permutation(len(embedding.features))[:n])


def _measure(fake, real):
    p = fake.probabilities
    shares = np.bincount(p.argmax(axis=1), minlength=p.shape[1]) / len(p)
    return Quality(
        distances.frechet_distance(real.features, fake.features),
        distances.kernel_distance(real.features, fake.features),
        distances.inception_score(p),
        *neighbours.precision_recall(real.features, fake.features),
        *neighbours.density_coverage(real.features, fake.features),
        float(p.max(axis=1).mean()),
        float(shares.min()),
        shares,
        len(p),
    )


@dataclass(frozen=True)
class Comparison:
    """Mean and spread of every measure for each set of samples; made to be printed.

    Attributes:
        mean: {label: Quality}; "real" is the floor.
        spread: {label: Quality}, standard deviations over the seeds (seeds − 1).
        caption: n, the number of seeds, the network and its accuracy.
    """

    mean: dict[str, Quality]
    spread: dict[str, Quality]
    caption: str

    def __str__(self) -> str:
        rows = [["", *self.mean]]
        for name, title in TITLES.items():
            pairs = zip(self.mean.values(), self.spread.values(), strict=True)
            cells = [_cell(getattr(m, name), getattr(s, name)) for m, s in pairs]
            rows.append([title, *cells])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join([*(_line(row, widths) for row in rows), self.caption])


def _cell(mean, spread):
    """Round both to the second digit of the spread."""
    decimals = 3 if spread < 1e-9 else int(np.clip(1 - np.log10(spread) // 1, 0, 6))
    return f"{mean:,.{decimals}f} ± {spread:.{decimals}f}"


def _line(row, widths):
    title, *cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    return "   ".join([row[0].ljust(len(title)), *cells])


def compare(
    network: FeatureNetwork,
    fakes: "Mapping[str, np.ndarray | Embedding]",
    real: "np.ndarray | Embedding",
    n: int | None = None,
    seeds: Iterable[int] = range(3),
) -> Comparison:
    """Measure sets of fakes beside the floor: real images against other real images.

    Each seed cuts two disjoint parts of n out of `real`. The first is measured against
    the second, which is the floor; so is every set of fakes.

    Args:
        network: what embeds all of them.
        fakes: {label: images or embedding}; "real" is the floor's own label.
        real: images or embedding of one split, best one that G never saw; at least 2n.
        n: images on each side; by default as many as every set has, at most 2,000.
            A set of just n is used whole, and its spread comes from `real` alone.
        seeds: at least two.

    Raises:
        ValueError: bad images, or `n`, `seeds` or a label that does not fit.

    Example:
        >>> print(compare(network, {"trained": gan.generate(2000)}, data.x_test))
    """
    seeds = list(seeds)
    if len(seeds) < 2 or "real" in fakes:
        raise ValueError(
            "Expected ≥ 2 `seeds` and no set of `fakes` called 'real'; received "
            f"{len(seeds)} seeds and {list(fakes)}."
        )
    sets = {label: _embedding(network, x, label) for label, x in fakes.items()}
    real = _embedding(network, real, "real")
    most = min([len(real.features) // 2, *(len(x.features) for x in sets.values())])
    n = _check_n(min(most, LARGEST_DEFAULT) if n is None else n, most)
    drawn = [_measure_all(sets, real, n, np.random.default_rng(s)) for s in seeds]
    columns = {label: [one[label] for one in drawn] for label in drawn[0]}
    return Comparison(
        {label: _combine(np.mean, values) for label, values in columns.items()},
        {label: _combine(_spread, values) for label, values in columns.items()},
        _caption(network, n, len(seeds)),
    )


def _measure_all(sets, real, n, rng):
    order = rng.permutation(len(real.features))
    one, other = real.part(order[:n]), real.part(order[n : 2 * n])
    fakes = {label: _draw(x, n, rng) for label, x in sets.items()}
    return {k: _measure(fake, other) for k, fake in ({"real": one} | fakes).items()}


def _combine(function, qualities):
    names = [field.name for field in fields(Quality) if field.name != "n"]
    values = {k: function([getattr(q, k) for q in qualities], axis=0) for k in names}
    scalars = {k: float(v) for k, v in values.items() if v.ndim == 0}
    return Quality(**values | scalars, n=qualities[0].n)


def _spread(values, axis):
    return np.std(values, axis=axis, ddof=1)


def _caption(network, n, seeds):
    accuracy = network.accuracy
    known = "" if accuracy is None else f" ({accuracy:.2%} of its test images right)"
    return (
        f"n = {n:,} on each side, mean ± standard deviation over {seeds} seeds; "
        f"features of the {network.name} network{known}"
    )


def _check_n(n, most):
    n = most if n is None else n
    if not 6 <= n <= most or n != int(n):
        raise ValueError(
            f"Expected a whole number 6 ≤ n ≤ {most}, the most that these sets allow "
            f"(a floor halves the real one); received n={n!r}."
        )
    return int(n)
