"""Named data sets as arrays in [-1, 1], and the checks of images at the door."""

from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from ganutils import download, recipes
from ganutils.mixtures import grid, grid_centres, ring, ring_centres

__all__ = [
    "ImageData",
    "batches",
    "check_images",
    "from_unit_range",
    "grid",
    "grid_centres",
    "load",
    "load_or_stand_in",
    "ring",
    "ring_centres",
    "to_unit_range",
]


@dataclass(frozen=True)
class ImageData:
    """Images of one data set, ready for a GAN.

    Attributes:
        name: of the data set that is really here.
        x_train, x_test: images (n, height, width, channels), float32 in [-1, 1].
        y_train, y_test: labels (n,), int64, indices into `class_names`.
        class_names: what the labels mean.
        source: one line that says where the images came from.
        stand_in_for: the name that was asked for, where this is a replacement.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    source: str
    stand_in_for: str | None = None


def load(name: str) -> ImageData:
    """Return a data set by name, verified.

    Looks in the folder GANUTILS_DATA_DIR, then among the bundled files, then asks
    `keras.datasets` (cache or download); `download` has the details.

    Args:
        name: `mnist`, `fashion_mnist`, `cifar10`, or the bundled `digits`: 1,797 real
            handwritten digits redrawn at 28×28, which need no network.

    Raises:
        ValueError: unknown name; or a file is damaged or altered, and which one.
        OSError: no copy here and no network, and then says which folder to fill; or a
            file cannot be read or written.

    Example:
        >>> load("digits").x_train.shape
        (1438, 28, 28, 1)
    """
    if name not in recipes.RECIPES:
        raise ValueError(
            f"Expected `name` to be one of {sorted(recipes.RECIPES)}; received "
            f"{name!r}. For a folder of your own, see images.load_folder()."
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
        recipes.RECIPES[name].class_names,
        f"{name}: {len(labels['train']):,} + {len(labels['test']):,} images, {source}",
    )


def load_or_stand_in(name: str) -> ImageData:
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
    try:
        return load(name)
    except download.DataUnavailable:
        digits = load("digits")
        line = (
            f"No network and no copy of {name}: the bundled digits stand in for it "
            f"({digits.source}). To use {name}, fill the folder GANUTILS_DATA_DIR."
        )
        return replace(digits, source=line, stand_in_for=name)


def to_unit_range(images: np.ndarray) -> np.ndarray:
    """Map bytes 0 … 255 to [-1, 1], the range of a generator that ends in tanh.

    Args:
        images: any shape, uint8.

    Returns:
        images / 127.5 − 1, same shape, float32.

    Raises:
        ValueError: not uint8.

    Example:
        >>> to_unit_range(np.array([0, 255], np.uint8)).tolist()
        [-1.0, 1.0]
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise ValueError(
            f"Expected `images` as uint8 (0 to 255); received {images.dtype}"
            f"{_range_of(images)}. Use .astype('uint8') if the values are 0 to 255; "
            "values in [0, 1] map to [-1, 1] by 2 * images - 1."
        )
    mapped = images.astype(np.float32)
    mapped /= 127.5  # in place: the data sets of this course are up to 600 MB
    mapped -= 1.0
    return mapped


def from_unit_range(images: np.ndarray) -> np.ndarray:
    """Map [-1, 1] to bytes 0 … 255, rounded: the inverse of `to_unit_range`.

    Args:
        images: any shape, float, finite, in [-1, 1].

    Returns:
        Same shape, uint8.

    Raises:
        ValueError: not float, not finite, or outside [-1, 1].

    Example:
        >>> from_unit_range(np.array([-1.0, 0.0, 1.0])).tolist()
        [0, 128, 255]
    """
    images = np.asarray(images)
    _check_values(images, "images")
    return np.clip(np.rint((images + 1.0) * 127.5), 0, 255).astype(np.uint8)


def check_images(
    images: np.ndarray, name: str = "images", at_least: int = 1
) -> np.ndarray:
    """Return images as they came if a GAN of this course can be trained on them.

    Args:
        images: shape (n, height, width, channels) with 1 or 3 channels, float, finite,
            in [-1, 1].
        name: how an error calls them.
        at_least: smallest n that is enough.

    Raises:
        ValueError: anything else; says what was received and how to mend it.

    Example:
        >>> check_images(np.zeros((2, 28, 28, 1), "float32")).shape
        (2, 28, 28, 1)
    """
    values = np.asarray(images)
    if values.ndim != 4 or values.shape[-1] not in (1, 3):
        raise ValueError(
            f"Expected `{name}` of shape (n, height, width, channels) with 1 or 3 "
            f"channels; received {values.shape}. {_mend_shape(values.shape, name)}"
        )
    if len(values) < at_least or values.size == 0:
        raise ValueError(
            f"Expected at least {at_least} `{name}`; received shape {values.shape}."
        )
    _check_values(values, name)
    return images


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
    check_images(_some(images), "images")
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


def _some(images):
    return _in_unit_range(images[:1])


def _in_unit_range(images):
    if images.dtype == np.uint8:
        return to_unit_range(images)
    return np.asarray(images, np.float32)


def _check_values(values, name):
    if not np.issubdtype(values.dtype, np.floating):
        raise ValueError(
            f"Expected `{name}` as float in [-1, 1]; received {values.dtype}"
            f"{_range_of(values)}. Rescale bytes with datasets.to_unit_range()."
        )
    if values.size == 0:
        return
    low, high = float(values.min()), float(values.max())  # NaN survives both
    if not (np.isfinite(low) and np.isfinite(high)):
        count = int((~np.isfinite(values)).sum())
        raise ValueError(
            f"Expected `{name}` to be finite; received {count:,} values that are NaN "
            f"or infinite, of {values.size:,}. Find them with np.isfinite()."
        )
    if low < -1.0001 or high > 1.0001:
        raise ValueError(
            f"Expected `{name}` in [-1, 1]; received min={low}, max={high}. Rescale "
            "bytes with datasets.to_unit_range()."
        )


def _range_of(values):
    if values.size == 0 or values.dtype.kind not in "iuf":
        return ""
    return f" with min={values.min()}, max={values.max()}"


def _mend_shape(shape, name):
    if len(shape) == 5 and shape[-1] == 1:
        return f"Remove the extra last axis: {name}[..., 0]."
    if len(shape) == 3 and shape[-1] in (1, 3):
        return f"A single image needs the axis n: {name}[np.newaxis]."
    if len(shape) == 3:
        return f"Grey images need the axis of channels: {name}[..., np.newaxis]."
    if len(shape) == 4 and shape[1] in (1, 3):
        return f"Put the channels last: np.moveaxis({name}, 1, -1)."
    if len(shape) == 4 and shape[-1] == 4:
        return f"Drop the alpha channel: {name}[..., :3]."
    return "images.load_folder() makes such arrays of image files."
