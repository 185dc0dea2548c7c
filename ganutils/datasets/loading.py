"""Named data sets as arrays in [-1, 1], whole or streamed."""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from ganutils.datasets import catalogue, download, spoken_digits
from ganutils.datasets.catalogue import AudioData, ImageData
from ganutils.kit.checks import check_images, to_unit_range


def load(name: str) -> ImageData | AudioData:
    """Return a data set by name, verified.

    Looks in the folder GANUTILS_DATA_DIR, then among the bundled files, then asks
    `keras.datasets` (cache or download); `download` has the details.

    Args:
        name: `mnist`, `fashion_mnist`, `cifar10`, or the bundled `digits`: 1,797 real
            handwritten digits redrawn at 28×28, which need no network. Of sound, see
            `spoken.load`: `fsdd`, or the bundled `spoken_digits_tts`.

    Raises:
        ValueError: unknown name; or a file is damaged or altered, and which one.
        OSError: no copy here and no network, and then says which folder to fill; or a
            file cannot be read or written.

    Example:
        >>> load("digits").x_train.shape
        (1438, 28, 28, 1)
    """
    if name in spoken_digits.NAMES:
        return spoken_digits.load(name)
    if name not in catalogue.RECIPES:
        known = sorted([*catalogue.RECIPES, *spoken_digits.NAMES])
        raise ValueError(
            f"Expected `name` to be one of {known}; received {name!r}. For a folder of "
            "your own, see images.load_folder()."
        )
    arrays, source = download.fetch(name)
    images, labels = {}, {}
    for part in ("train", "test"):
        x = arrays[f"x_{part}"]
        images[part] = to_unit_range(x if x.ndim == 4 else x[..., np.newaxis])
        labels[part] = arrays[f"y_{part}"].astype(np.int64)
    return ImageData(
        name,
        images["train"],
        labels["train"],
        images["test"],
        labels["test"],
        catalogue.RECIPES[name].class_names,
        f"{name}: {len(labels['train']):,} + {len(labels['test']):,} images, {source}",
    )


def load_or_stand_in(name: str) -> ImageData | AudioData:
    """Return a data set; without a copy and a network, the bundled digits instead.

    A stand-in is never silent: `stand_in_for` holds the name asked for and `source`
    is the line to print. Only the lack of a network leads to it. A file that is
    damaged or altered raises as in `load`.

    Args:
        name: as in `load`. Sizes may differ from it: take them from `x_train.shape`.

    Example:
        >>> data = load_or_stand_in("mnist")
        >>> print(data.source)
        mnist: 60,000 + 10,000 images, keras.datasets.mnist
    """
    if name in spoken_digits.NAMES:
        return spoken_digits.load_or_stand_in(name)
    try:
        return load(name)
    except download.DataUnavailable:
        digits = load("digits")
        line = (
            f"No network and no copy of {name}: the bundled digits stand in for it "
            f"({digits.source}). To use {name}, fill the folder GANUTILS_DATA_DIR."
        )
        return replace(digits, source=line, stand_in_for=name)


def batches(images: np.ndarray, batch_size: int, seed: int) -> tf.data.Dataset:
    """Stream shuffled batches of images that need not fit into memory.

    `GAN.fit` takes an array directly, and faster. This is for more images than memory
    holds: open them with `np.load(path, mmap_mode="r")`, and only a batch is read at a
    time. The stream has no end (give `fit` its `steps_per_epoch`); each pass over the
    images is shuffled anew from (seed, pass), so `.skip(step)` resumes it exactly.

    Args:
        images: shape (n, height, width, channels), uint8 or float in [-1, 1].
        batch_size: images in a batch, 1 … n. What is left of a pass is left out.
        seed: the same seed gives the same batches.

    Returns:
        Data set of (batch_size, height, width, channels), float32 in [-1, 1].

    Raises:
        ValueError: the shape, or `batch_size` outside 1 … n.
    """
    check_images(_in_unit_range(images[:1]), "images")
    if not 1 <= batch_size <= len(images):
        raise ValueError(
            f"Expected `batch_size` from 1 to {len(images)} (the number of images); "
            f"received {batch_size!r}."
        )

    def shuffled_pass(number):
        order = tf.random.experimental.stateless_shuffle(
            tf.range(len(images)), seed=tf.stack([np.int64(seed), number])
        )
        order = tf.data.Dataset.from_tensor_slices(order)
        return order.batch(batch_size, drop_remainder=True)

    def read(indices):
        batch = tf.numpy_function(
            lambda i: _in_unit_range(images[i]), [indices], "float32"
        )
        return tf.ensure_shape(batch, (batch_size, *images.shape[1:]))

    stream = tf.data.Dataset.counter().flat_map(shuffled_pass)
    return stream.map(read).prefetch(tf.data.AUTOTUNE)


def _in_unit_range(images):
    if images.dtype == np.uint8:
        return to_unit_range(images)
    return np.asarray(images, np.float32)
