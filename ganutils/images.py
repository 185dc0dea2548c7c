"""A reader's own folder of image files as one array, with a report of every file."""

import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ganutils import datasets, pixels

# Only formats that Pillow decodes by itself: reading EPS, for one, starts Ghostscript.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
REASONS_SHOWN = 3


@dataclass(frozen=True)
class FileReport:
    """What became of one entry of the folder.

    Attributes:
        path: relative to the folder, with / between its parts.
        action: `used` or `skipped`.
        reason: why it was skipped, or a remark on how it was used; may be empty.
    """

    path: str
    action: str
    reason: str


@dataclass(frozen=True)
class ImageFolder:
    """Images of a folder and a report of every file in it.

    Attributes:
        name: of the folder.
        images: shape (n, height, width, channels), float32 in [-1, 1].
        labels: shape (n,), int64, indices into `class_names`.
        class_names: names of the sub-folders that gave an image; the folder's own
            name where there are none.
        report: a `FileReport` for each entry, in the order of reading.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    report: tuple[FileReport, ...]

    @property
    def skipped(self) -> list[FileReport]:
        """The entries that were not used."""
        return [entry for entry in self.report if entry.action == "skipped"]

    def split(self, test_share: float = 0.1, seed: int = 0) -> datasets.ImageData:
        """Return the images as `ImageData`, as `datasets.load` does for named sets.

        Args:
            test_share: part of the images, drawn at random, that becomes `x_test`, in
                [0, 1). Measures of quality need images that training never saw.
            seed: of the draw.

        Raises:
            ValueError: `test_share` outside [0, 1).

        Example:
            >>> data = load_folder("my_photos", size=(32, 32), channels=3).split()
        """
        if not 0 <= test_share < 1:
            raise ValueError(
                f"Expected `test_share` in [0, 1); received {test_share!r}."
            )
        order = np.random.default_rng(seed).permutation(len(self.images))
        tests = int(test_share * len(order))
        test, train = np.sort(order[:tests]), np.sort(order[tests:])
        source = (
            f"{self.name}: {len(train):,} + {len(test):,} images of a folder, "
            f"{len(self.skipped):,} entries skipped"
        )
        x, y = self.images, self.labels
        return datasets.ImageData(
            self.name, x[train], y[train], x[test], y[test], self.class_names, source
        )


def load_folder(
    path: "str | os.PathLike",
    size: tuple[int, int] = (28, 28),
    channels: int = 1,
    background: int = 255,
    at_least: int = 1,
) -> ImageFolder:
    """Read every image file of a folder, cropped to the middle and resized.

    The folder is flat, or has one sub-folder for each class; where it has both, the
    side with more files counts and the rest is skipped. Files are read in the order of
    their names. A file that cannot be used is skipped and says why in `report`.

    Photos are turned upright (EXIF), 16-bit grey is scaled to 8 bits, the first frame
    of an animation counts, and transparent pixels show `background`.

    Args:
        path: the folder.
        size: (height, width) in pixels, each ≥ 1.
        channels: 1 for grey, 3 for colour.
        background: grey level 0 … 255 behind transparent pixels; 255 is white.
        at_least: smallest number of usable images that is enough.

    Raises:
        OSError: `path` is not a folder or cannot be listed.
        ValueError: too few usable images, with the first reasons; or another argument
            is outside the range given above.

    Example:
        >>> folder = load_folder("my_photos", size=(32, 32), channels=3)
        >>> for entry in folder.skipped:
        ...     print(entry.path, entry.reason)
    """
    root = Path(path)
    _check_arguments(size, channels, background, at_least)
    if not root.is_dir():
        raise NotADirectoryError(
            f"Expected `path` to be a folder of image files; received {str(path)!r} "
            f"({'a file' if root.exists() else 'nothing there'}) in {os.getcwd()!r}."
        )
    files, report = _list_files(root)
    arrays, classes = [], []
    for file in files:
        array, entry = _read(root, file, size, channels, background)
        report.append(entry)
        if array is not None:
            arrays.append(array)
            classes.append(_text(file.parent.name) if file.parent != root else "")
    if len(arrays) < at_least:
        raise ValueError(_too_few(root, len(arrays), at_least, report))
    names, labels = np.unique(classes, return_inverse=True)
    name = _text(root.resolve().name)
    return ImageFolder(
        name,
        pixels.to_unit_range(np.stack(arrays)),
        labels.astype(np.int64),
        tuple(str(n) or name for n in names),
        tuple(report),
    )


def _check_arguments(size, channels, background, at_least):
    expected = {
        "`size` as (height, width), each ≥ 1": (len(size) == 2 and min(size) > 0, size),
        "`channels` to be 1 or 3": (channels in (1, 3), channels),
        "`background` from 0 to 255": (0 <= background <= 255, background),
        "`at_least` ≥ 1": (at_least >= 1, at_least),
    }
    for what, (holds, value) in expected.items():
        if not holds:
            raise ValueError(f"Expected {what}; received {value!r}.")


def _list_files(root):
    files, folders, report = _sort_entries(root, root)
    inside = []
    for folder in folders:
        try:
            found, deeper, notes = _sort_entries(folder, root)
        except OSError as error:
            report.append(_skip(folder, root, f"cannot be listed: {error.strerror}"))
            continue
        report += notes
        report += [_skip(d, root, "a folder inside a class folder") for d in deeper]
        inside += found
    if len(inside) > len(files):
        reason = f"beside class folders, which hold more files ({len(inside)})"
        chosen, rest = inside, files
    else:
        reason = f"in a sub-folder; the folder itself holds more files ({len(files)})"
        chosen, rest = files, inside
    return chosen, report + [_skip(file, root, reason) for file in rest]


def _sort_entries(folder, root):
    files, folders, report = [], [], []
    for path in sorted(folder.iterdir(), key=os.fsencode):
        try:
            mode = path.stat().st_mode
        except OSError as error:
            report.append(_skip(path, root, f"cannot be opened: {error.strerror}"))
            continue
        if path.name.startswith("."):
            report.append(_skip(path, root, "hidden"))
        elif stat.S_ISDIR(mode):
            folders.append(path)
        elif stat.S_ISREG(mode):
            files.append(path)
        else:
            report.append(_skip(path, root, "neither a file nor a folder"))
    return files, folders, report


def _read(root, path, size, channels, background):
    try:
        with warnings.catch_warnings(record=True) as remarks, open(path, "rb") as file:
            warnings.simplefilter("always")  # a remark in the report, not on the screen
            # Pillow only warns where an image has up to twice its limit of pixels.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = _decode(file, background)
        image = ImageOps.fit(image, size[::-1], Image.Resampling.LANCZOS)
        array = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except Image.UnidentifiedImageError:
        return None, _skip(path, root, "not an image of a known format, or damaged")
    # A damaged file may raise nearly anything: SyntaxError, struct.error, EOFError …
    except Exception as error:
        return None, _skip(path, root, f"{type(error).__name__}: {error}")
    remark = str(remarks[0].message).strip() if remarks else ""
    return array.reshape(*size, channels), _entry(path, root, "used", remark)


def _decode(file, background):
    Image.init()  # else Pillow knows the commonest formats only
    with Image.open(file, formats=FORMATS) as image:
        if getattr(image, "is_animated", False):
            warnings.warn("the first of several frames", stacklevel=1)
        image.load()
        upright = ImageOps.exif_transpose(image)
        return _to_eight_bits(upright, image.format, background)


def _to_eight_bits(image, file_format, background):
    if image.mode == "F" or (image.mode == "I" and file_format == "TIFF"):
        raise ValueError(f"pixels of mode {image.mode} have no known range")
    if image.mode.startswith("I"):  # 16 bits: 65535 = 257 · 255
        return Image.fromarray(np.rint(np.asarray(image) / 257.0).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, (background,) * 3 + (255,))
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def _too_few(root, used, at_least, report):
    reasons = [f"{e.path} ({e.reason})" for e in report if e.action == "skipped"]
    shown = "; ".join(reasons[:REASONS_SHOWN]) or "nothing"
    more = len(reasons) - REASONS_SHOWN
    return (
        f"Expected at least {at_least} usable images in {_text(root)}; received "
        f"{used}. Skipped: {shown}{f' and {more} more' if more > 0 else ''}. Files of "
        f"the formats {', '.join(FORMATS)} are read."
    )


def _skip(path, root, reason):
    return _entry(path, root, "skipped", reason)


def _entry(path, root, action, reason):
    return FileReport(_text(path.relative_to(root).as_posix()), action, reason)


def _text(name):
    # A file name is bytes; those that are not UTF-8 shall still be printable.
    return os.fsencode(name).decode("utf-8", "backslashreplace")
