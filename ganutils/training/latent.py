"""Codes z: drawn, truncated, walked between, decoded, and read for labels."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from scipy.stats import truncnorm

from ganutils.kit import checks

# Angles in radians (from 0 and from π) that rounding in float32 can bring about.
SMALLEST_ANGLE = 1e-6


def linear(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return (1 − t)·a + t·b, the points on the straight line from a to b.

    Between two draws of N(0, I) the middle is shorter than nearly all draws: its
    expected squared length is half of theirs.

    Args:
        a, b: ends, each shape (latent_dim,), finite.
        t: shares of the way, shape (k,), in [0, 1].

    Returns:
        Shape (k, latent_dim); float32 where `a` and `b` are, else float64.

    Example:
        >>> linear([1.0, 0.0], [0.0, 1.0], [0.0, 0.5, 1.0]).tolist()
        [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
    """
    a, b, t, dtype = _check_walk(a, b, t)
    return _mix(a, b, t).astype(dtype)


def spherical(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the points on the arc from a to b, evenly spaced in angle.

    With ω the angle between a and b, the direction is
    [sin((1 − t)ω)·a/‖a‖ + sin(tω)·b/‖b‖] / sin ω; the length goes from ‖a‖ to ‖b‖
    linearly in t. So no point is shorter than both ends, as it is on a line. Arguments
    and result are those of `linear`, and no end is zero.

    Raises:
        ValueError: as `linear`; or a and b point in opposite directions, where every
            half circle is as short as any other.

    Reference:
        White 2016, section 2.1, https://arxiv.org/abs/1609.04468

    Example:
        >>> spherical([1.0, 0.0], [0.0, 1.0], [0.5]).round(3).tolist()
        [[0.707, 0.707]]
    """
    a, b, t, dtype = _check_walk(a, b, t)
    lengths = np.linalg.norm([a, b], axis=1)
    if not lengths.all():
        name = "a" if lengths[0] == 0 else "b"
        raise ValueError(
            f"Expected `{name}` to have a direction; received a vector of zeros, of "
            f"shape {a.shape}."
        )
    direction = _arc(a / lengths[0], b / lengths[1], t)
    return (_mix(*lengths, t) * direction).astype(dtype)


def _mix(a, b, t):
    return (1 - t) * a + t * b


def _arc(a, b, t):
    # Twice the angle to the bisector: arccos would lose half the digits near 0 and π.
    angle = 2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))
    if angle > np.pi - SMALLEST_ANGLE:
        raise ValueError(
            "Expected `a` and `b` less than 180° apart; received opposite directions, "
            "which no single shortest arc joins. Draw one of the two anew."
        )
    if angle < SMALLEST_ANGLE:
        return _mix(a, b, t)
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def _check_walk(a, b, t):
    a, b, t = np.asarray(a), np.asarray(b), np.asarray(t)
    if a.ndim != 1 or a.shape != b.shape or a.size == 0 or t.ndim != 1:
        raise ValueError(
            "Expected `a` and `b` of one shape (latent_dim,) and `t` of shape (k,); "
            f"received {a.shape}, {b.shape} and {t.shape}."
        )
    for name, values in {"a": a, "b": b}.items():
        checks.check_finite(values, name)
    if not ((t >= 0) & (t <= 1)).all():  # NaN too
        raise ValueError(f"Expected `t` in [0, 1]; received {t!r}.")
    dtype = np.result_type(a, b, np.float32)
    return a.astype("float64"), b.astype("float64"), t[:, None].astype("float64"), dtype


def truncated(n: int, latent_dim: int, limit: float, seed: int) -> np.ndarray:
    """Draw z ~ N(0, I) under the condition that every component has |zᵢ| ≤ limit.

    The smaller the limit, the shorter and the more alike are the codes; only of a
    generator made fit for it are the images better. Components outside are drawn anew,
    not clipped: none piles up at ±limit.

    Args:
        n, latent_dim: rows and columns of the result, float32; each ≥ 1.
        limit: > 0; ∞ truncates nothing.
        seed: the same seed gives the same z.

    Reference:
        Brock, Donahue, Simonyan 2019, section 3.1, https://arxiv.org/abs/1809.11096

    Example:
        >>> bool(abs(truncated(1000, 64, limit=0.5, seed=0)).max() <= 0.5)
        True
    """
    checks.check_whole("n", n, 1)
    checks.check_whole("latent_dim", latent_dim, 1)
    if not limit > 0:  # NaN too
        raise ValueError(f"Expected `limit` > 0; received {limit!r}.")
    rng = np.random.default_rng(seed)
    z = truncnorm.rvs(-limit, limit, size=(n, latent_dim), random_state=rng)
    return z.astype(np.float32)


def sample_z(n, latent_dim: int, seed) -> tf.Tensor:
    """Return z ~ N(0, I), shape (n, latent_dim), a pure function of `seed`.

    The seed is two whole numbers; XLA draws other z from the same ones.

    Example:
        >>> sample_z(1, 3, seed=(1, 2)).numpy().round(3)
        array([[0.544, 0.207, 0.074]], dtype=float32)
    """
    return tf.random.stateless_normal((n, latent_dim), seed)


def codes(n: int, latent_dim: int, seed: int) -> tf.Tensor:
    """Return the z from which `generate` draws; refuse an `n` < 1 or a `seed` < 0."""
    checks.check_whole("n", n, 1)
    return sample_z(n, latent_dim, (checks.check_whole("seed", seed, 0), 0))


def decode(generator: keras.Model, z, batch_size: int = 1024) -> np.ndarray:
    """Return G(z) in inference mode, shape (n, …), float32, computed in batches.

    Args:
        generator: maps (batch, latent_dim) to (batch, …).
        z: shape (n, latent_dim); of a G with several inputs a list of arrays (n, …).
        batch_size: samples in one call, ≥ 1; bounds memory.
    """
    checks.check_whole("batch_size", batch_size, 1)
    several = len(generator.inputs) > 1
    inputs = [tf.cast(part, tf.float32) for part in (z if several else [z])]
    parts = []
    for i in range(0, len(inputs[0]), batch_size):
        batch = [part[i : i + batch_size] for part in inputs]
        drawn = generator(batch if several else batch[0], training=False)
        parts.append(np.asarray(drawn, "float32"))
    return np.concatenate(parts)


def one_hot(*columns: Sequence) -> np.ndarray:
    """Return labels as one-hot rows, float32, as `NoiseLabels` reads them.

    Args:
        columns: for each label its values, (n,), numbers or text, which are numbered
            in their sorted order; each distinct value gets a column.

    Example:
        >>> one_hot([0, 1, 1], ["ann", "bob", "ann"])
        array([[1., 0., 1., 0.],
               [0., 1., 0., 1.],
               [0., 1., 1., 0.]], dtype=float32)
    """
    parts = [np.asarray(column)[:, None] == np.unique(column) for column in columns]
    return np.concatenate(parts, axis=1).astype("float32")


@keras.saving.register_keras_serializable("ganutils")
class NoiseLabels(keras.layers.Layer):
    """Reads labels off z: each is the place of the largest of its own numbers.

    Input z (batch, latent_dim), output one-hot labels (batch, sum(sizes)). A label of
    k values owns the next k numbers of z, all alike, so each value is as likely.

    Args:
        sizes: how many values each label has, each ≥ 1; a shorter z than `width`, the
            numbers in a row of labels, is refused.
    """

    def __init__(self, sizes: Sequence[int], **options):
        super().__init__(**options)
        self.sizes = tuple(int(size) for size in sizes)
        if not self.sizes or min(self.sizes) < 1:
            raise ValueError(f"Expected `sizes`, each ≥ 1; received {sizes!r}.")
        self.width = sum(self.sizes)

    def build(self, input_shape):
        """Check that z is long enough."""
        if input_shape[-1] < self.width:
            raise ValueError(
                f"Expected z of at least {self.width} numbers for labels of "
                f"{self.sizes} values; received {input_shape[-1]}."
            )
        super().build(input_shape)

    def call(self, z):
        """Return the labels."""
        parts = tf.split(z[:, : sum(self.sizes)], self.sizes, axis=1)
        labels = [tf.one_hot(tf.argmax(part, 1), part.shape[1]) for part in parts]
        return tf.cast(tf.concat(labels, 1), self.compute_dtype)

    def ask(self, z, label: int, value) -> tf.Tensor:
        """Return z, (batch, latent_dim), that asks for a value of one label.

        The largest of the label's numbers changes places with that of `value`: so a z
        that was drawn from N(0, I) becomes a draw of those that ask for `value`.

        Args:
            label: index into `sizes`.
            value: 0 … sizes[label] − 1; one for all, or shape (batch,).
        """
        known, values = 0 <= label < len(self.sizes), np.asarray(value)
        if not known or values.min() < 0 or values.max() >= self.sizes[label]:
            raise ValueError(
                f"Expected a label and a value of {self.sizes}; received "
                f"label={label!r}, value={value!r}."
            )
        asking, start = np.array(z), sum(self.sizes[:label])
        largest = start + asking[:, start : start + self.sizes[label]].argmax(1)
        rows, wanted = np.arange(len(asking)), start + values
        swapped = asking[rows, wanted], asking[rows, largest]
        asking[rows, largest], asking[rows, wanted] = swapped
        return tf.constant(asking)

    def get_config(self):
        """Return the arguments."""
        return super().get_config() | {"sizes": self.sizes}


@keras.saving.register_keras_serializable("ganutils")
class PitchLabels(NoiseLabels):
    """Reads labels off z, and the pitch of a voice: a normal number around its middle.

    Input z (batch, latent_dim), output (batch, sum(sizes) + 1): one-hot labels, then
    the pitch in octaves above 150 Hz, as `sound_layers.SourceFilter` takes it. It is
    read off the number of z that follows those of the labels.

    Args:
        sizes: how many values each label has; the last label is whose voice it is.
        pitches: (middle, standard deviation) in octaves for each value of that label.
    """

    def __init__(self, sizes: Sequence[int], pitches, **options):
        super().__init__(sizes, **options)
        self.pitches = [[float(number) for number in pair] for pair in pitches]
        if np.shape(self.pitches) != (self.sizes[-1], 2):
            raise ValueError(
                f"Expected `pitches` as {self.sizes[-1]} pairs, for the last of the "
                f"`sizes` {self.sizes}; received shape {np.shape(self.pitches)}."
            )
        self.width = sum(self.sizes) + 1

    def call(self, z):
        """Return the labels and the pitch."""
        labels, size = super().call(z), self.width - 1
        pairs = tf.matmul(labels[:, -self.sizes[-1] :], self.pitches)
        own = tf.clip_by_value(z[:, size : size + 1], -2, 2)
        pitch = pairs[:, :1] + pairs[:, 1:] * tf.cast(own, pairs.dtype)
        return tf.concat([labels, pitch], 1)

    def get_config(self):
        """Return the arguments."""
        return super().get_config() | {"pitches": self.pitches}
