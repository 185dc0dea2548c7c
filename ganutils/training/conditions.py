"""Conditional GANs: what G is asked for is read off z, and D is told of it.

G stays a function of z ~ N(0, I) alone, so that all that draws samples works as before.

    >>> condition = NoiseLabels((10, 6))  # which of ten digits, which of six people
    >>> gan = training.GAN(g, d, latent_dim=64, condition=condition)
    >>> gan.fit((clips, one_hot(digits, people)))
    >>> sevens = gan.ema_generator(condition.ask(z, 0, 7))

Reference:
    Mirza, Osindero 2014, https://arxiv.org/abs/1411.1784
"""

import math
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable("ganutils")
class NoiseLabels(keras.layers.Layer):
    """Reads labels off z: each is the place of the largest of its own numbers.

    Input z (batch, latent_dim), output one-hot labels (batch, sum(sizes)). A label of
    k values owns the next k numbers of z, all alike, so each value is as likely.

    Args:
        sizes: how many values each label has, each ≥ 2.

    Raises:
        ValueError: a label with fewer than two values; or, when it is built, z with
            fewer numbers than the labels need.
    """

    def __init__(self, sizes: Sequence[int], **options):
        super().__init__(**options)
        self.sizes = tuple(int(size) for size in sizes)
        if not self.sizes or min(self.sizes) < 2:
            raise ValueError(f"Expected `sizes`, each ≥ 2; received {sizes!r}.")

    def build(self, input_shape):
        """Check that z is long enough."""
        if input_shape[-1] < sum(self.sizes):
            raise ValueError(
                f"Expected z of at least {sum(self.sizes)} numbers for labels of "
                f"{self.sizes} values; received {input_shape[-1]}."
            )
        super().build(input_shape)

    def call(self, z):
        """Return the labels."""
        parts = tf.split(z[:, : sum(self.sizes)], self.sizes, axis=1)
        labels = [tf.one_hot(tf.argmax(part, 1), part.shape[1]) for part in parts]
        return tf.cast(tf.concat(labels, 1), self.compute_dtype)

    def ask(self, z, label: int, value: int) -> tf.Tensor:
        """Return z that asks for a value of one label; all else stays.

        The largest of the label's numbers changes places with that of `value`: so a z
        that was drawn from N(0, I) becomes a draw of those that ask for `value`.

        Args:
            z: shape (batch, latent_dim).
            label: index into `sizes`.
            value: 0 … sizes[label] − 1.

        Raises:
            ValueError: there is no such label or value.
        """
        if not 0 <= label < len(self.sizes) or not 0 <= value < self.sizes[label]:
            raise ValueError(
                f"Expected a label and a value of {self.sizes}; received "
                f"label={label!r}, value={value!r}."
            )
        start = sum(self.sizes[:label])
        asking = np.array(z)
        rows = np.arange(len(asking))
        largest = start + asking[:, start : start + self.sizes[label]].argmax(1)
        asking[rows, largest] = asking[:, start + value]
        asking[:, start + value] = np.asarray(z)[rows, largest]
        return tf.constant(asking)

    def compute_output_shape(self, input_shape):
        """Return (batch, sum(sizes))."""
        return (input_shape[0], sum(self.sizes))

    def get_config(self):
        """Return the arguments."""
        return super().get_config() | {"sizes": self.sizes}


def one_hot(*columns: Sequence) -> np.ndarray:
    """Return labels as one-hot rows, as `NoiseLabels` reads them.

    Args:
        columns: for each label its values, (n,), numbers or text, which are numbered
            in their sorted order.

    Returns:
        float32, shape (n, number of distinct values of all columns together).

    Example:
        >>> one_hot([0, 1, 1], ["ann", "bob", "ann"])
        array([[1., 0., 1., 0.],
               [0., 1., 0., 1.],
               [0., 1., 1., 0.]], dtype=float32)
    """
    parts = []
    for column in columns:
        values, index = np.unique(np.asarray(column), return_inverse=True)
        parts.append(np.eye(len(values), dtype="float32")[index])
    return np.concatenate(parts, axis=1)


def beside(samples, condition) -> tf.Tensor:
    """Return each sample, flattened, followed by its condition.

    Args:
        samples: shape (batch, …).
        condition: shape (batch, k).

    Returns:
        Shape (batch, numbers in a sample + k), in the type of the samples.
    """
    samples = tf.convert_to_tensor(samples)
    flat = tf.reshape(samples, (tf.shape(samples)[0], math.prod(samples.shape[1:])))
    return tf.concat([flat, tf.cast(condition, flat.dtype)], 1)


def apart(rows, shape: Sequence[int]) -> tuple:
    """Return samples and conditions of rows that `beside` made: the start of a D.

    No gradient flows into the condition: a penalty on D's slope is one on samples.

    Args:
        rows: shape (batch, numbers in a sample + k), or a `keras.Input` of that shape.
        shape: of a sample, without the batch.

    Returns:
        Samples (batch, *shape) and conditions (batch, k).
    """
    size = math.prod(shape)
    samples = keras.ops.reshape(rows[:, :size], (-1, *shape))
    return samples, keras.ops.stop_gradient(rows[:, size:])
