"""Differentiable augmentation of sounds: what D hears is changed, G's gradient passes.

As `augmentation` for images. Of a few thousand recordings D soon knows each by heart;
moved and turned up or down at random, real and fake alike, they stay new to it.

    >>> gan.compile(augment=sound_augmentation.make())
"""

from collections.abc import Callable

import tensorflow as tf

from ganutils.training import augmentation


def shift(clips: tf.Tensor, seed: tf.Tensor, most: int, share: float = 1.0):
    """Move each clip in time by its own whole number of samples, silence behind it.

    Args:
        clips: shape (batch, samples, 1), float; samples must be known when traced.
        seed: shape (2,), int; the result is a pure function of `clips` and `seed`.
        most: largest shift in samples, 0 … samples; −most … most are as likely.
        share: probability that a clip is moved at all, in [0, 1].

    Returns:
        Shape and dtype of `clips`.

    Raises:
        ValueError: an argument is not as described above.
    """
    clips, n = _check(clips, share)
    if not 0 <= most <= clips.shape[1] or most != int(most):
        raise ValueError(
            f"Expected `most` as a whole number of samples, 0 to {clips.shape[1]}; "
            f"received {most!r}."
        )
    seeds = tf.unstack(tf.random.split(seed, 2), num=2)
    shifts = tf.random.stateless_uniform([n], seeds[0], -most, most + 1, tf.int32)
    shifts = tf.where(_chosen(n, seeds[1], share), shifts, 0)
    return augmentation.moved(clips, shifts, most, axis=1, fill=0.0)


def gain(clips: tf.Tensor, seed: tf.Tensor, most_db: float, share: float = 1.0):
    """Turn each clip up or down by its own gain; clips may then exceed ±1.

    Args:
        clips, seed, share: of `shift`.
        most_db: largest gain in dB, ≥ 0; uniform in −most_db … most_db.

    Returns:
        Shape and dtype of `clips`.

    Raises:
        ValueError: an argument is not as described above.
    """
    clips, n = _check(clips, share)
    if not 0 <= most_db < float("inf"):
        raise ValueError(f"Expected `most_db` ≥ 0, in dB; received {most_db!r}.")
    seeds = tf.unstack(tf.random.split(seed, 2), num=2)
    decibel = tf.random.stateless_uniform([n], seeds[0], -most_db, most_db)
    decibel = tf.where(_chosen(n, seeds[1], share), decibel, 0.0)
    factor = tf.cast(tf.pow(10.0, decibel / 20), clips.dtype)
    return clips * factor[:, None, None]


def make(
    most: int = 400, most_db: float = 6.0, share: float = 0.6
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Return (clips, seed) → clips that shifts and scales, each with `share`.

    A share below 1 leaves clips as they are, too, so that D can tell an unchanged
    distribution from a changed one; with 1, G may learn to draw changed clips
    (Karras et al. 2020, section 2.2, https://arxiv.org/abs/2006.06676).

    Args:
        most: largest shift in samples.
        most_db: largest gain in dB.
        share: probability of each change for a clip, in [0, 1].

    Returns:
        A function of `clips` and `seed` as in `shift`.

    Raises:
        ValueError: when it is called, for arguments that `shift` or `gain` refuse.

    Example:
        >>> make(share=0.5)(tf.zeros((4, 8192, 1)), seed=(0, 1)).shape
        TensorShape([4, 8192, 1])
    """

    def augment(clips, seed):
        seeds = tf.unstack(tf.random.split(seed, 2), num=2)
        return gain(shift(clips, seeds[0], most, share), seeds[1], most_db, share)

    return augment


def _chosen(n, seed, share):
    return tf.random.stateless_uniform([n], seed) < share


def _check(clips, share):
    clips = tf.convert_to_tensor(clips)
    if clips.shape.rank != 3 or clips.shape[1] is None or clips.shape[2] != 1:
        raise ValueError(
            "Expected `clips` of shape (batch, samples, 1), samples known; received "
            f"{clips.shape}."
        )
    if not clips.dtype.is_floating:
        raise ValueError(f"Expected `clips` as float; received {clips.dtype.name}.")
    if not 0 <= share <= 1:
        raise ValueError(f"Expected `share` in [0, 1]; received {share!r}.")
    return clips, tf.shape(clips)[0]
