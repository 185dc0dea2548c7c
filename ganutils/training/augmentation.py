"""Differentiable augmentation: what D sees is changed, what G learns passes through.

D of a small data set learns it by heart. Here real and fake samples alike are changed
at random in front of D; every change is differentiable, so that G's gradient arrives:

    >>> gan.compile(augment=augmentation.make("translate", "cutout"))  # images
    >>> gan.compile(augment=augmentation.make_for_clips())  # sounds

A change takes samples, float, of sides that are known when it is traced, and a seed,
shape (2,), int. It returns samples of that shape and dtype, a pure function of both;
XLA draws other numbers from the same seed, as does another dtype of it. What does not
fit is refused with a ValueError that names it.
"""

import functools
from collections.abc import Callable

import tensorflow as tf

Change = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
AXES = {"images": "(batch, height, width, channels)", "clips": "(batch, samples, 1)"}


def translate(images: tf.Tensor, seed: tf.Tensor, share: float = 0.125) -> tf.Tensor:
    """Shift every image by its own whole number of pixels along both axes.

    A shift is drawn from −s … s, each equally likely, s = share · side rounded; what
    comes in from outside is −1, the black of images in [-1, 1]. The gradient with
    respect to `images` is shifted back; what has left the frame gets 0.

    Args:
        images: shape (batch, height, width, channels).
        seed: as of every change.
        share: largest shift as a part of the side, in [0, 1]; ⅛ as in the paper.

    Reference:
        Zhao et al. 2020, section 3, https://arxiv.org/abs/2006.10738
    """
    images, seeds = _check("images", images, share), _seeds(seed, 2)
    for axis, axis_seed in zip((1, 2), seeds, strict=True):
        largest = int(share * images.shape[axis] + 0.5)
        shifts = _whole(images, axis_seed, -largest, largest)
        images = _moved(images, shifts, largest, axis, -1.0)
    return images


def cutout(images: tf.Tensor, seed: tf.Tensor, share: float = 0.5) -> tf.Tensor:
    """Cover a rectangle of every image with 0, mid-grey; the gradient there is 0.

    Its centre lies anywhere in the image, so a part of it may fall outside.

    Args:
        images, seed: of `translate`.
        share: sides of the rectangle as parts of the image's, in [0, 1]; ½ as in the
            paper.

    Reference:
        Zhao et al. 2020, section 3, https://arxiv.org/abs/2006.10738; DeVries &
        Taylor 2017, https://arxiv.org/abs/1708.04552
    """
    images, seeds = _check("images", images, share), _seeds(seed, 2)
    rows = _covered(images, seeds[0], share, 1)[:, :, None, None]
    columns = _covered(images, seeds[1], share, 2)[:, None, :, None]
    return tf.where(rows & columns, tf.cast(0.0, images.dtype), images)


AUGMENTATIONS = {"translate": translate, "cutout": cutout}


def make(*names: str) -> Change:
    """Return (images, seed) → images that applies the named changes one by one.

    Args:
        names: of `AUGMENTATIONS`, each with its defaults and draws of its own.

    Raises:
        ValueError: no name, or one that is not in `AUGMENTATIONS`.

    Example:
        >>> augment = make("translate", "cutout")
        >>> augment(tf.zeros((4, 28, 28, 1)), seed=(0, 1)).shape
        TensorShape([4, 28, 28, 1])
    """
    if not names or any(name not in AUGMENTATIONS for name in names):
        raise ValueError(
            f"Expected `names` among {list(AUGMENTATIONS)}, at least one; received "
            f"{names!r}."
        )
    return _one_by_one([AUGMENTATIONS[name] for name in names])


def shift(clips: tf.Tensor, seed: tf.Tensor, most: int, share: float = 1.0):
    """Move each clip in time by its own whole number of samples, silence behind it.

    Args:
        clips: shape (batch, samples, 1).
        seed: as of every change.
        most: largest shift in samples, 0 … samples; −most … most are as likely.
        share: probability that a clip is moved at all, in [0, 1].
    """
    clips, seeds = _check("clips", clips, share), _seeds(seed, 2)
    if not 0 <= most <= clips.shape[1] or most != int(most):
        raise ValueError(
            f"Expected `most` as a whole number of samples, 0 to {clips.shape[1]}; "
            f"received {most!r}."
        )
    shifts = _whole(clips, seeds[0], -most, most)
    shifts = tf.where(_chosen(clips, seeds[1], share), shifts, 0)
    return _moved(clips, shifts, most, 1, 0.0)


def gain(clips: tf.Tensor, seed: tf.Tensor, most_db: float, share: float = 1.0):
    """Turn each clip up or down by its own gain; clips may then exceed ±1.

    Args:
        clips, seed, share: of `shift`.
        most_db: largest gain in dB, ≥ 0; uniform in −most_db … most_db.
    """
    clips, seeds = _check("clips", clips, share), _seeds(seed, 2)
    if not 0 <= most_db < float("inf"):
        raise ValueError(f"Expected `most_db` ≥ 0, in dB; received {most_db!r}.")
    n = tf.shape(clips)[:1]
    decibel = tf.random.stateless_uniform(n, seeds[0], -most_db, most_db)
    decibel = tf.where(_chosen(clips, seeds[1], share), decibel, 0.0)
    factor = tf.cast(tf.pow(10.0, decibel / 20), clips.dtype)
    return clips * factor[:, None, None]


def make_for_clips(most: int = 400, most_db: float = 6.0, share: float = 0.6) -> Change:
    """Return (clips, seed) → clips that does `shift` and `gain`, each with `share`.

    A share below 1 leaves clips as they are, too, so that D can tell an unchanged
    distribution from a changed one; with 1, G may learn to draw changed clips
    (Karras et al. 2020, section 2.2, https://arxiv.org/abs/2006.06676).

    Example:
        >>> make_for_clips(share=0.5)(tf.zeros((4, 8192, 1)), seed=(0, 1)).shape
        TensorShape([4, 8192, 1])
    """
    moved = functools.partial(shift, most=most, share=share)
    return _one_by_one([moved, functools.partial(gain, most_db=most_db, share=share)])


def _one_by_one(changes):
    def augment(samples, seed):
        """Return the samples after all changes, each with a seed of its own."""
        for change, own in zip(changes, _seeds(seed, len(changes)), strict=True):
            samples = change(samples, own)
        return samples

    return augment


def _covered(images, seed, share, axis):
    side = images.shape[axis]
    covered = int(share * side + 0.5)
    first = _whole(images, seed, -(covered // 2), side - (covered + 1) // 2)[:, None]
    place = tf.range(side)
    return (place >= first) & (place < first + covered)


def _whole(samples, seed, low, high):
    n = tf.shape(samples)[:1]
    return tf.random.stateless_uniform(n, seed, low, high + 1, dtype=tf.int32)


def _chosen(samples, seed, share):
    return tf.random.stateless_uniform(tf.shape(samples)[:1], seed) < share


def _moved(x, shifts, largest, axis, fill):
    """Move every sample along an axis by its own shift, (batch,); `fill` comes in."""
    around = [[0, 0]] * x.shape.rank
    around[axis] = [largest, largest]
    padded = tf.pad(x, around, constant_values=tf.cast(fill, x.dtype))
    source = tf.range(x.shape[axis]) + largest - shifts[:, None]
    return tf.gather(padded, source, axis=axis, batch_dims=1)


def _seeds(seed, n):
    """Return n seeds made of one."""
    seed = tf.convert_to_tensor(seed)
    if seed.shape != (2,) or not seed.dtype.is_integer:
        raise ValueError(
            "Expected `seed` as two whole numbers; received "
            f"{seed.dtype.name} of shape {seed.shape}."
        )
    return tf.unstack(tf.random.split(seed, n), num=n)


def _check(name, samples, share):
    samples = tf.convert_to_tensor(samples)
    shape, axes = samples.shape, AXES[name]
    if shape.rank != axes.count(",") + 1 or (name == "clips" and shape[2] != 1):
        raise ValueError(f"Expected `{name}` of shape {axes}; received {shape}.")
    if None in shape[1:] or not samples.dtype.is_floating:
        raise ValueError(
            f"Expected `{name}` as float, of known size; received "
            f"{samples.dtype.name} of shape {shape}."
        )
    if not 0 <= share <= 1:
        raise ValueError(f"Expected `share` in [0, 1]; received {share!r}.")
    return samples
