"""Differentiable augmentation: what D sees is changed, what G learns passes through.

D of a small data set learns it by heart. Here real and fake images alike are changed at
random in front of D; every change is differentiable, so that G's gradient arrives:

    >>> gan.compile(augment=augmentation.make("colour", "translate", "cutout"))
"""

from collections.abc import Callable

import tensorflow as tf


def translate(
    images: tf.Tensor, seed: tf.Tensor, share: float = 0.125, fill: float = -1.0
) -> tf.Tensor:
    """Shift every image by its own whole number of pixels along both axes.

    A shift is drawn from −s … s, each equally likely, s = share · side rounded. The
    gradient with respect to `images` is shifted back; what has left the frame gets 0.

    Args:
        images: shape (batch, height, width, channels) with 1 or 3 channels, float.
            Height and width must be known when the function is traced.
        seed: shape (2,), int; the result is a pure function of `images` and `seed`.
            XLA draws other numbers from the same seed, as does another dtype of it.
        share: largest shift as a part of the side, in [0, 1]; ⅛ as in the paper.
        fill: value of the pixels that come in from outside; -1 is the black
            background of images in [-1, 1].

    Returns:
        Shape and dtype of `images`.

    Raises:
        ValueError: an argument is not as described above.

    Reference:
        Zhao et al. 2020, section 3, https://arxiv.org/abs/2006.10738
    """
    images, seed = _check(images, seed, share)
    seeds = tf.unstack(tf.random.split(seed, 2), num=2)
    for axis, axis_seed in zip((1, 2), seeds, strict=True):
        largest = _part(share, images.shape[axis])
        shifts = _whole(images, axis_seed, -largest, largest)
        images = moved(images, shifts, largest, axis, fill)
    return images


def cutout(
    images: tf.Tensor, seed: tf.Tensor, share: float = 0.5, fill: float = 0.0
) -> tf.Tensor:
    """Cover a rectangle of every image, at its own place; the gradient there is 0.

    Its centre lies anywhere in the image, so a part of it may fall outside.

    Args:
        images, seed: of `translate`.
        share: sides of the rectangle as parts of the image's, in [0, 1]; ½ as in the
            paper.
        fill: value of the covered pixels; 0 is mid-grey for images in [-1, 1].

    Returns:
        Shape and dtype of `images`.

    Raises:
        ValueError: an argument is not as described above.

    Reference:
        Zhao et al. 2020, section 3, https://arxiv.org/abs/2006.10738; DeVries &
        Taylor 2017, https://arxiv.org/abs/1708.04552
    """
    images, seed = _check(images, seed, share)
    seeds = tf.unstack(tf.random.split(seed, 2), num=2)
    rows, columns = (
        _covered(images, s, share, axis) for axis, s in zip((1, 2), seeds, strict=True)
    )
    inside = rows[:, :, None, None] & columns[:, None, :, None]
    return tf.where(inside, tf.cast(fill, images.dtype), images)


def colour(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Change brightness, saturation and contrast, in this order, of every image.

    x ← x + U(−½, ½); x ← m + U(0, 2)·(x − m), m the mean of a pixel's channels;
    x ← M + U(½, 1½)·(x − M), M the mean of the image. With one channel x = m, and the
    saturation does nothing. Values may leave [-1, 1]: clipping would stop gradients.

    Args:
        images, seed: of `translate`.

    Returns:
        Shape and dtype of `images`.

    Raises:
        ValueError: `images` or `seed` are not as in `translate`.

    Reference:
        Zhao et al. 2020, section 3, https://arxiv.org/abs/2006.10738, for the ranges;
        the order is that of the authors' code.
    """
    images, seed = _check(images, seed)
    seeds = tf.unstack(tf.random.split(seed, 3), num=3)
    images += _uniform(images, seeds[0], -0.5, 0.5)
    images = _stretch(images, _uniform(images, seeds[1], 0.0, 2.0), [3])
    return _stretch(images, _uniform(images, seeds[2], 0.5, 1.5), [1, 2, 3])


AUGMENTATIONS = {"translate": translate, "cutout": cutout, "colour": colour}


def make(*names: str) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Return (images, seed) → images that applies the named changes one by one.

    Args:
        names: at least one of `AUGMENTATIONS`, each with its defaults, in the order of
            application. The paper's is colour, translate, cutout; in it the filled
            pixels keep their value.

    Returns:
        A function of `images` and `seed` as in `translate`. Every change draws from a
        seed of its own.

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

    def augment(images, seed):
        images, seed = _check(images, seed)
        seeds = tf.unstack(tf.random.split(seed, len(names)), num=len(names))
        for name, its_seed in zip(names, seeds, strict=True):
            images = AUGMENTATIONS[name](images, its_seed)
        return images

    return augment


def moved(
    x: tf.Tensor, shifts: tf.Tensor, largest: int, axis: int, fill: float
) -> tf.Tensor:
    """Move every sample along one axis by its own shift; `fill` comes in from outside.

    Args:
        x: shape (batch, …), float; the length of `axis` must be known when traced.
        shifts: shape (batch,), int, each in −largest … largest.
        largest: ≥ 0.
        axis: ≥ 1.
        fill: value of what comes in.

    Returns:
        Shape and dtype of `x`.
    """
    around = [[0, 0]] * x.shape.rank
    around[axis] = [largest, largest]
    padded = tf.pad(x, around, constant_values=tf.cast(fill, x.dtype))
    source = tf.range(x.shape[axis]) + largest - shifts[:, None]
    return tf.gather(padded, source, axis=axis, batch_dims=1)


def _covered(images, seed, share, axis):
    side = images.shape[axis]
    covered = _part(share, side)
    first = _whole(images, seed, -(covered // 2), side - (covered + 1) // 2)[:, None]
    place = tf.range(side)
    return (place >= first) & (place < first + covered)


def _stretch(images, factor, axes):
    mean = tf.reduce_mean(images, axis=axes, keepdims=True)
    return mean + factor * (images - mean)


def _part(share, side):
    return int(share * side + 0.5)


def _whole(images, seed, low, high):
    shape = [tf.shape(images)[0]]
    return tf.random.stateless_uniform(shape, seed, low, high + 1, dtype=tf.int32)


def _uniform(images, seed, low, high):
    shape = [tf.shape(images)[0], 1, 1, 1]
    return tf.random.stateless_uniform(shape, seed, low, high, dtype=images.dtype)


def _check(images, seed, share=0.0):
    images, seed = tf.convert_to_tensor(images), tf.convert_to_tensor(seed)
    if images.shape.rank != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(
            "Expected `images` of shape (batch, height, width, channels) with 1 or 3 "
            f"channels; received {images.shape}."
        )
    if None in images.shape[1:] or not images.dtype.is_floating:
        raise ValueError(
            "Expected `images` as float, of known height and width; received "
            f"{images.dtype.name} of shape {images.shape}."
        )
    if seed.shape != (2,) or not seed.dtype.is_integer:
        raise ValueError(
            "Expected `seed` as two whole numbers; received "
            f"{seed.dtype.name} of shape {seed.shape}."
        )
    if not 0 <= share <= 1:
        raise ValueError(f"Expected `share` in [0, 1]; received {share!r}.")
    return images, seed
