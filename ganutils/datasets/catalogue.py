"""What each named data set must look like, and the check that it does."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

KEYS = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class Recipe:
    """What a data set must look like.

    Attributes:
        shape: of one image, as stored.
        counts: images for training and for testing.
        class_names: one for each label 0, 1, …
        digests: sha256 of the bytes of each array, as uint8. Empty where none is known
            to us: shapes, types and equal class counts are checked instead.
        cached: files below the Keras cache and their sha256; None where only the
            checksum inside the gzip format is there to check.
        bundled: file name in data/.
    """

    shape: tuple
    counts: tuple[int, int]
    class_names: tuple[str, ...]
    digests: Mapping[str, str]
    cached: Mapping[str, str | None]
    bundled: str | None = None


DIGIT_NAMES = tuple("0123456789")
RECIPES = {
    "mnist": Recipe(
        (28, 28),
        (60_000, 10_000),
        DIGIT_NAMES,
        {
            "x_train": "741c988805d008ac6e4c904b69001ba1"
            "84c24b2c540a4ef403f4c71b676cf757",
            "y_train": "1feba77c54802fa5339a11837ea4b286"
            "6434b83314ec45192930f1df69120c13",
            "x_test": "6d87418db22cc8025d05968bec9bd5c3"
            "932904b23485740db143a061a2c9d161",
            "y_test": "ddeff807876a9661a1110d45c266c862"
            "39a3a1b7d37da0c3716a7a683c852ff5",
        },
        {
            "mnist.npz": "731c5ac602752760c8e48fbffcf8c3b8"
            "50d9dc2a2aedcf2cc48468fc17b673d1"
        },
    ),
    "fashion_mnist": Recipe(
        (28, 28),
        (60_000, 10_000),
        (
            "T-shirt/top",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
        {},
        {
            f"fashion-mnist/{part}-ubyte.gz": None
            for part in (
                "train-images-idx3",
                "train-labels-idx1",
                "t10k-images-idx3",
                "t10k-labels-idx1",
            )
        },
    ),
    "cifar10": Recipe(
        (32, 32, 3),
        (50_000, 10_000),
        (
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ),
        {},
        {
            "cifar-10-batches-py-target_archive": "6d958be074577803d12ecdefd02955f3"
            "9262c83c16fe9348329d7fe0b5c001ce"
        },
    ),
    # Made by tools/make_digits.py, which prints these.
    "digits": Recipe(
        (28, 28),
        (1_438, 359),
        DIGIT_NAMES,
        {
            "x_train": "1a9530fc075dddd5e17e6283e423774e"
            "af1cedc87b0434ef48bf821439f9d9b0",
            "y_train": "ed02d818963e52ea6c9b7bef4fbc579b"
            "8789da8236b657fd126f1e30090cf6e6",
            "x_test": "4df89b716850214b51abc06cc0389413"
            "2b759b5a1441b9a7c0ab9b96e0416a5c",
            "y_test": "bc4cd9a61999f9b9dab9d59f118bf567"
            "f6fe99b6456868e6fe8b3e752b59d864",
        },
        {},
        "digits.npz",
    ),
}


def sha256_of(array: np.ndarray) -> str:
    """Return the sha256 of an array's bytes in C order, as hexadecimal digits."""
    return hashlib.sha256(np.ascontiguousarray(array)).hexdigest()


def verify(arrays: Mapping[str, np.ndarray], name: str, place: str) -> dict:
    """Return the arrays of a data set if they are what its name says.

    Args:
        arrays: `x_train`, `y_train`, `x_test`, `y_test`; images (n, h, w) or
            (n, h, w, c), uint8; labels (n,) or (n, 1), whole numbers.
        name: key of `RECIPES`.
        place: where the arrays came from; errors name it.

    Returns:
        The four arrays: images (n, h, w) or (n, h, w, 3), labels (n,), all uint8.

    Raises:
        ValueError: an array is missing, has another shape or type, or its contents
            are not the data set's; says which, what was expected and what to do.
    """
    recipe = RECIPES[name]
    missing = [key for key in KEYS if key not in arrays]
    if missing:
        _refuse(name, place, f"the arrays {KEYS}", f"{sorted(arrays)}")
    checked = {}
    for key, count in zip(KEYS, np.repeat(recipe.counts, 2), strict=True):
        shape = (int(count), *(recipe.shape if key[0] == "x" else ()))
        checked[key] = _check_array(arrays[key], key, shape, name, place)
        if recipe.digests:
            _check_digest(checked[key], key, name, place)
        elif key[0] == "y":
            _check_balance(checked[key], key, name, place)
    return checked


def _check_array(array, key, shape, name, place):
    # Grey images come with or without a channel axis, CIFAR labels as (n, 1).
    if array.shape not in (shape, (*shape, 1)):
        _refuse(name, place, f"`{key}` of shape {shape}", f"shape {array.shape}")
    whole = np.issubdtype(array.dtype, np.integer)
    if array.dtype != np.uint8 and (key[0] == "x" or not whole):
        kind = "uint8" if key[0] == "x" else "whole numbers"
        _refuse(name, place, f"`{key}` as {kind}", f"{array.dtype}")
    if array.min() < 0 or array.max() > 255:
        received = f"min={array.min()}, max={array.max()}"
        _refuse(name, place, f"`{key}` from 0 to 255", received)
    return array.reshape(shape).astype(np.uint8, copy=False)


def _check_digest(array, key, name, place):
    expected, received = RECIPES[name].digests[key], sha256_of(array)
    if received != expected:
        _refuse(name, place, f"`{key}` with sha256 {expected}", f"sha256 {received}")


def _check_balance(labels, key, name, place):
    # No digest of the decoded arrays is known to us for these sets. Every class
    # counts the same in the original, which a shortened or mixed-up copy breaks; a
    # changed pixel in a well-formed copy passes.
    classes = len(RECIPES[name].class_names)
    expected, received = len(labels) // classes, np.bincount(labels).tolist()
    if received != [expected] * classes:
        wanted = f"{expected} labels in `{key}` for each of the classes 0 to "
        _refuse(name, place, f"{wanted}{classes - 1}", f"counts {received[:12]}")


def _refuse(name, place, expected, received):
    raise ValueError(
        f"Expected {name} in {place}: {expected}; received {received}. The file is "
        "damaged, altered or something else: delete it, or copy it again."
    )


@dataclass(frozen=True)
class AudioData:
    """Clips of one data set, ready for a GAN.

    Attributes:
        name: of the data set that is really here.
        x_train, x_test: clips (n, clip_length, 1), float32 in [-1, 1].
        y_train, y_test: labels (n,), int64, indices into `class_names`.
        class_names: what the labels mean.
        source: one line that says where the clips came from.
        sample_rate: samples a second, in Hz.
        stand_in_for: the name that was asked for, where this is a replacement.
        speakers_train, speakers_test: who speaks each clip, (n,), str; None where
            nobody knows.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    source: str
    sample_rate: int
    stand_in_for: str | None = None
    speakers_train: np.ndarray | None = None
    speakers_test: np.ndarray | None = None


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
