"""What each named data set is: its shapes, its digests, and the check that it is it."""

import contextlib
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

import numpy as np
import soundfile

from ganutils.kit import runtime

KEYS = ("x_train", "y_train", "x_test", "y_test")
BUNDLED = ("digits", "spoken_digits_tts")
SPOKEN = ("fsdd", "spoken_digits_tts")
DIGIT_NAMES = tuple("0123456789")
FSDD_TESTS = 5  # recordings 0 … 4 of each digit and speaker are the test part


@dataclass(frozen=True)
class DataSet:
    """Examples of one data set, ready for a GAN.

    Attributes:
        name: of the data set that is really here.
        x_train, x_test: images (n, height, width, channels) or clips
            (n, clip_length, 1), float32 in [-1, 1].
        y_train, y_test: labels (n,), int64, indices into `class_names`.
        class_names: what the labels mean.
        source: one line that says where the examples came from.
        stand_in_for: the name that was asked for, where this is a replacement.
        sample_rate: of clips, samples a second.
        speakers_train, speakers_test: who speaks each clip, (n,), str; None of images.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    source: str
    _: KW_ONLY
    stand_in_for: str | None = None
    sample_rate: int | None = None
    speakers_train: np.ndarray | None = None
    speakers_test: np.ndarray | None = None


@dataclass(frozen=True)
class Recipe:
    """What a data set of images must look like.

    Attributes:
        shape: of one image, (height, width, channels).
        counts: images for training and for testing.
        class_names: one for each label 0, 1, …
        digests: sha256 of each array, as uint8; where none is known to us, it is the
            shapes, types and equal class counts that are checked.
    """

    shape: tuple
    counts: tuple[int, int]
    class_names: tuple[str, ...]
    digests: Mapping[str, str]


MNIST = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
DIGITS = {  # made by tools/make_digits.py, which prints these
    "x_train": "1a9530fc075dddd5e17e6283e423774eaf1cedc87b0434ef48bf821439f9d9b0",
    "y_train": "ed02d818963e52ea6c9b7bef4fbc579b8789da8236b657fd126f1e30090cf6e6",
    "x_test": "4df89b716850214b51abc06cc03894132b759b5a1441b9a7c0ab9b96e0416a5c",
    "y_test": "bc4cd9a61999f9b9dab9d59f118bf567f6fe99b6456868e6fe8b3e752b59d864",
}
SYNTHETIC = {  # made by tools/make_spoken_digits.py, which prints these
    "samples": "a90cb10609a8a9c3fb00d098196094b5220745a32042ce95b6a63bdde2780bfd",
    "lengths": "bc0a3d125f2f8807017cf6da52d610b673085b70eeeb24907036b1adb427be8d",
    "labels": "d30cc0aa719a7be9f8fac2d6737e5e35b550df7490da7eec1d4e51c0c711e0ba",
    "manners": "01942304e3f0dedd58f1ec65832649471ace0e3f2d7d93d1df6cd882f26433c7",
    "test": "4276df542e74ee3300a397a625f534c0e23c9614e8b95411cd20750e82f51fb1",
}
CLOTHES = "T-shirt/top,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot"
THINGS = "airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck"
GREY, SIXTY_THOUSAND = (28, 28, 1), (60_000, 10_000)
RECIPES = {
    "mnist": Recipe(GREY, SIXTY_THOUSAND, DIGIT_NAMES, MNIST),
    "fashion_mnist": Recipe(GREY, SIXTY_THOUSAND, tuple(CLOTHES.split(",")), {}),
    "cifar10": Recipe((32, 32, 3), (50_000, 10_000), tuple(THINGS.split(",")), {}),
    "digits": Recipe(GREY, (1_438, 359), DIGIT_NAMES, DIGITS),
}


def sha256_of(content: "bytes | np.ndarray") -> str:
    """Return the sha256 of bytes, or of an array's in C order, in hexadecimal."""
    return hashlib.sha256(memoryview(content).tobytes()).hexdigest()


def read_images(found: Path | Mapping[str, np.ndarray], name: str) -> list[np.ndarray]:
    """Return the arrays of a data set of images if they are what its name says.

    Args:
        found: an .npz file of the arrays `KEYS`, or these as Keras gives them: images
            (n, h, w) or (n, h, w, c), uint8; labels (n,) or (n, 1), whole numbers.
        name: key of `RECIPES`.

    Returns:
        The four arrays: images (n, h, w, c), labels (n,), all uint8.

    Raises:
        ValueError: the file is broken, or an array is not the data set's; names it.
        OSError: the file cannot be opened.
    """
    recipe, checked = RECIPES[name], {}
    arrays = found if isinstance(found, Mapping) else _read_npz(found)
    place = f"keras.datasets.{name}" if arrays is found else found
    for key, count in zip(KEYS, np.repeat(recipe.counts, 2), strict=True):
        shape = (int(count), *(recipe.shape if key[0] == "x" else ()))
        checked[key] = _check_array(arrays.get(key), key, shape, place)
    if recipe.digests:
        _check_digests(checked, recipe.digests, place)
    else:
        _check_balance(checked, len(recipe.class_names), place)
    return list(checked.values())


def read_synthetic(path: Path) -> tuple:
    """Return the bundled synthetic digits, and raise, as `read_fsdd` does."""
    arrays = _read_npz(path)
    with _reading(path, "the bundled spoken digits"):
        arrays = unpack(arrays)
    _check_digests(arrays, SYNTHETIC, path)
    words = np.split(arrays["samples"], np.cumsum(arrays["lengths"])[:-1])
    voices = np.array([m.split()[0] for m in arrays["manners"].astype(str)])
    return words, arrays["labels"], voices, arrays["test"]


def unpack(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays of the bundled spoken digits, `samples` in place of `flac`."""
    unpacked = {"samples": decode(arrays["flac"])} | dict(arrays)
    del unpacked["flac"]
    return unpacked


def decode(content: "bytes | np.ndarray") -> np.ndarray:
    """Return the samples of a mono sound file, shape (n,), int16."""
    return soundfile.read(io.BytesIO(content), dtype="int16")[0]


def read_fsdd(path: Path) -> tuple:
    """Return FSDD if each of the 3,000 recordings is the one that its name says.

    Every recording is verified, by the sha256 in data/fsdd_manifest.npz: the bytes of
    an archive change with the program that packs it.

    Args:
        path: a folder of `{digit}_{speaker}_{index}.wav`, or the project's archive,
            of which nothing is written to the disk.

    Returns:
        n recordings at 8 kHz, each (length,), int16; their digits; their speakers; and
        which of them are the test part, each (n,).

    Raises:
        ValueError: a recording is damaged, missing or too many; names it.
        OSError: a file cannot be read.

    Reference:
        Z. Jackson et al., Free Spoken Digit Dataset, v1.0.10, 2020, CC BY-SA 4.0,
        https://github.com/Jakobovski/free-spoken-digit-dataset
    """
    digests = manifest()
    contents = _read_folder(path) if path.is_dir() else _read_archive(path, digests)
    _check_digests(contents, digests, path)
    names = sorted(contents)
    parts = np.array([name.removesuffix(".wav").split("_") for name in names])
    test = parts[:, 2].astype(int) < FSDD_TESTS
    return [decode(contents[n]) for n in names], *parts.T[:2], test


def manifest() -> dict[str, str]:
    """Return {name of a recording of FSDD: its sha256, hexadecimal}."""
    with np.load(runtime.bundled("fsdd_manifest.npz"), allow_pickle=False) as archive:
        names, digests = archive["names"].astype(str), archive["digests"]
    return {str(n): d.tobytes().hex() for n, d in zip(names, digests, strict=True)}


def damaged(place, expected: str, received) -> ValueError:
    """Return the error that names a file, what should be in it, and what is."""
    return ValueError(
        f"Expected {expected} in {place}; received {received}. What is there is "
        "damaged, altered or only half there: delete it, or copy or download it again."
    )


@contextlib.contextmanager
def _reading(path, expected):
    try:
        yield
    except PermissionError:
        raise
    # A broken file may raise nearly anything: zlib.error, BadZipFile, EOFError …
    except Exception as error:
        raise damaged(path, expected, error) from error


def _read_npz(path):
    with _reading(path, "an .npz archive of plain arrays"):
        with np.load(path, allow_pickle=False) as archive:
            return dict(archive)


def _read_folder(folder):
    found = [path for path in folder.glob("*.wav") if not path.name.startswith(".")]
    return {path.name: path.read_bytes() for path in found}


def _read_archive(path, names):
    with (
        _reading(path, "a .tar.gz archive of recordings"),
        tarfile.open(path, "r:gz") as tar,
    ):
        found = [(Path(m.name).name, m) for m in tar if m.isfile()]
        return {n: tar.extractfile(m).read() for n, m in found if n in names}


def _check_array(array, key, shape, place):
    if array is None:
        raise damaged(place, f"the arrays {KEYS}", f"no `{key}`")
    kind, wanted = ("uint8", np.uint8) if key[0] == "x" else ("integers", np.integer)
    # Grey images come with or without a channel axis, CIFAR labels as (n, 1).
    fits = array.shape in (shape, (*shape, 1)) or (*array.shape, 1) == shape
    if not fits or not np.issubdtype(array.dtype, wanted):
        received = f"{array.dtype}, shape {array.shape}"
        raise damaged(place, f"`{key}` as {kind}, shape {shape}", received)
    return array.reshape(shape).astype(np.uint8, copy=False)


def _check_balance(arrays, classes, place):
    # Each class counts the same in the original, which a shortened or mixed-up copy
    # breaks; a changed pixel in a well-formed copy passes.
    for key in ("y_train", "y_test"):
        share, counts = len(arrays[key]) // classes, np.bincount(arrays[key]).tolist()
        if counts != [share] * classes:
            each = f"each of the classes 0 to {classes - 1}"
            wanted = f"{share} labels in `{key}` for {each}"
            raise damaged(place, wanted, f"counts {counts[:12]}")


def _check_digests(contents, expected, place):
    received = {name: sha256_of(content) for name, content in contents.items()}
    wrong = sorted(dict(expected.items() ^ received.items()))
    if wrong:
        wanted, found = (d.get(wrong[0], "none") for d in (expected, received))
        more = f", and {len(wrong) - 1:,} more differ" if len(wrong) > 1 else ""
        raise damaged(place, f"`{wrong[0]}` with sha256 {wanted}", f"{found}{more}")
