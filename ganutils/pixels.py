"""Shape and range of images: what a GAN of this course takes, and how to get there."""

import numpy as np


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


def _check_values(values, name):
    rescale = "Rescale bytes with datasets.to_unit_range()."
    # A float array may be large: its range is looked up once, by the check.
    kind = f"{values.dtype}{'' if values.dtype.kind == 'f' else _range_of(values)}"
    check_unit_range(values, name, "values", f"{kind}. {rescale}", rescale)


def check_unit_range(
    values: np.ndarray, name: str, parts: str, other_type: str, other_range: str
):
    """Refuse what is not float, finite and in [-1, 1].

    Args:
        values: any shape.
        name: how an error calls them.
        parts: what an error calls single ones, such as `values`.
        other_type: end of the sentence on another type: what came, and the cure.
        other_range: the cure for another range.

    Raises:
        ValueError: one of the three does not hold; says which.
    """
    if not np.issubdtype(values.dtype, np.floating):
        raise ValueError(
            f"Expected `{name}` as float in [-1, 1]; received {other_type}"
        )
    if values.size == 0:
        return
    low, high = float(values.min()), float(values.max())  # NaN survives both
    if not (np.isfinite(low) and np.isfinite(high)):
        count = int((~np.isfinite(values)).sum())
        raise ValueError(
            f"Expected `{name}` to be finite; received {count:,} {parts} that are NaN "
            f"or infinite, of {values.size:,}. Find them with np.isfinite()."
        )
    if low < -1.0001 or high > 1.0001:
        raise ValueError(
            f"Expected `{name}` in [-1, 1]; received min={low}, max={high}. "
            f"{other_range}"
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
