"""What is taken and what is refused: whole numbers, rates, images, clips, features."""

import numpy as np


def check_whole(name: str, value, at_least: int) -> int:
    """Return a whole number, or raise a ValueError that names it.

    Args:
        name: how the error calls it.
        value: what was received.
        at_least: the smallest that makes sense.

    Example:
        >>> check_whole("n", np.int64(3), at_least=1)
        3
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < at_least:
        raise ValueError(
            f"Expected `{name}` to be a whole number ≥ {at_least}; received {value!r}."
        )
    return int(value)


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
            f"Expected `images` as uint8 (0 to 255); received {_describe(images)}. "
            "Use .astype('uint8') if the values are 0 to 255; "
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
    _check_samples(images, "images", 0, "values")
    return np.clip(np.rint((images + 1.0) * 127.5), 0, 255).astype(np.uint8)


def check_rate(sample_rate: int, name: str = "sample_rate") -> int:
    """Return `sample_rate` if it is a whole number of Hz from 1,000 to 384,000.

    Raises:
        ValueError: it is not; calls it `name`.
    """
    if not 1000 <= sample_rate <= 384_000 or sample_rate != int(sample_rate):
        raise ValueError(
            f"Expected `{name}` as a whole number of Hz from 1,000 to 384,000; "
            f"received {sample_rate!r}."
        )
    return int(sample_rate)


def check_finite(values: np.ndarray, name: str, parts: str = "values") -> np.ndarray:
    """Return numbers of any shape as they came if none is NaN or infinite.

    Args:
        values: any shape.
        name: how an error calls them.
        parts: what an error calls single ones, such as `samples`.

    Raises:
        ValueError: some are not finite; counts them.
    """
    finite = np.isfinite(values)
    if not finite.all():
        raise ValueError(
            f"Expected finite `{name}`; received {int((~finite).sum()):,} {parts} that "
            f"are NaN or infinite, of {finite.size:,}. Find them with np.isfinite()."
        )
    return values


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
            f"channels; received {values.shape}. {_mend_images(values.shape, name)}"
        )
    _check_samples(values, name, at_least, "values")
    return images


def check_clips(
    clips: np.ndarray, name: str = "clips", at_least: int = 1
) -> np.ndarray:
    """Return clips as they came if a GAN of this course can be trained on them.

    Args:
        clips: shape (n, clip_length, 1), float, finite, in [-1, 1].
        name, at_least: as in `check_images`, and so is the error.

    Example:
        >>> check_clips(np.zeros((2, 8192, 1), "float32")).shape
        (2, 8192, 1)
    """
    values = np.asarray(clips)
    if values.ndim != 3 or values.shape[-1] != 1:
        raise ValueError(
            f"Expected `{name}` of shape (n, clip_length, 1); received {values.shape}. "
            f"{_mend_clips(values.shape, name)}"
        )
    _check_samples(values, name, at_least, "samples")
    return clips


def one_clip(clip: np.ndarray) -> np.ndarray:
    """Return a single clip as an array of shape (samples,); a ValueError where not.

    Args:
        clip: shape (samples,), (samples, 1) or (1, samples, 1), float, finite, in
            [-1, 1].

    Example:
        >>> one_clip(np.zeros((8192, 1))).shape
        (8192,)
    """
    values = np.asarray(clip)
    n = values.size
    if n == 0 or values.shape not in ((n,), (n, 1), (1, n, 1)):
        raise ValueError(
            "Expected one `clip` of shape (samples,), (samples, 1) or (1, samples, 1), "
            f"samples ≥ 1; received {values.shape}. Take one of several with clips[i]."
        )
    check_clips(values.reshape(1, -1, 1), "clip")
    return values.reshape(-1)


def check_features(x: np.ndarray, name: str, at_least: int = 2) -> np.ndarray:
    """Return `x` as a finite float64 array (n ≥ at_least, d); ValueError where not."""
    x = np.asarray(x)
    if x.ndim != 2 or len(x) < at_least or not x.shape[1] or x.dtype.kind not in "fiu":
        raise ValueError(
            f"Expected `{name}` as numbers of shape (n, d) with n ≥ {at_least}; "
            f"received {x.dtype} of shape {x.shape}."
        )
    return check_finite(x.astype("float64", copy=False), name)


def check_pair(x, y, name="real", other="fake", at_least: int = 2):
    """Return both as float64 arrays (n, d) of one width; ValueError where not."""
    x, y = check_features(x, name, at_least), check_features(y, other, at_least)
    if x.shape[1] != y.shape[1]:
        raise ValueError(
            f"Expected `{name}` and `{other}` of one width; received {x.shape} and "
            f"{y.shape}. Embed both with the same network."
        )
    return x, y


# What mends another type, and another range.
CURES = {
    "values": ["Rescale bytes with datasets.to_unit_range()."] * 2,
    "samples": [
        "Divide 16-bit samples by 32768.",
        "Divide by np.abs(clips).max(axis=(1, 2), keepdims=True), or clip what "
        "overshoots.",
    ],
}


def _check_samples(values, name, at_least, parts):
    """Refuse too few, and what is not float, finite and in [-1, 1]."""
    if at_least and (len(values) < at_least or values.size == 0):
        raise ValueError(
            f"Expected at least {at_least} `{name}`; received shape {values.shape}."
        )
    if not np.issubdtype(values.dtype, np.floating):
        raise ValueError(
            f"Expected `{name}` as float in [-1, 1]; received {_describe(values)}. "
            f"{CURES[parts][0]}"
        )
    if values.size == 0:
        return
    low, high = float(values.min()), float(values.max())  # NaN survives both
    if not (np.isfinite(low) and np.isfinite(high)):
        check_finite(values, name, parts)
    if low < -1.0001 or high > 1.0001:
        raise ValueError(
            f"Expected `{name}` in [-1, 1]; received min={low}, max={high}. "
            f"{CURES[parts][1]}"
        )


def _describe(values):
    if values.size == 0 or values.dtype.kind not in "iuf":
        return str(values.dtype)
    return f"{values.dtype} with min={values.min()}, max={values.max()}"


def _mend_images(shape, name):
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
    return "datasets.load_images() makes such arrays of image files."


def _mend_clips(shape, name):
    if len(shape) == 1:
        return f"A single clip needs two axes: {name}[np.newaxis, :, np.newaxis]."
    if len(shape) == 2 and shape[-1] == 1:
        return f"A single clip needs the axis n: {name}[np.newaxis]."
    if len(shape) == 2:
        return f"Clips need the axis of channels: {name}[..., np.newaxis]."
    if len(shape) == 3 and shape[1] == 1:
        return f"Put the channel last: np.moveaxis({name}, 1, -1)."
    if len(shape) == 3:
        return f"Mix the channels: {name}.mean(axis=-1, keepdims=True)."
    return "datasets.load('spoken_digits_tts').x_train is such an array."
