"""A reader's own folder of image files as one array, with a report of every file."""

import os
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from ganutils.datasets import catalogue, folders
from ganutils.datasets.folders import FileReport
from ganutils.kit import checks

# Only formats that Pillow decodes by itself: reading EPS, for one, starts Ghostscript.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
BITS, PHOTOMETRIC, WHITE_IS_ZERO = 258, 262, 0  # TIFF tags, and a value of the latter


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

    def split(self, test_share: float = 0.1, seed: int = 0) -> catalogue.ImageData:
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
        train, test = folders.draw_split(len(self.images), test_share, seed)
        source = (
            f"{self.name}: {len(train):,} + {len(test):,} images of a folder, "
            f"{len(self.skipped):,} entries skipped"
        )
        x, y = self.images, self.labels
        return catalogue.ImageData(
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
    side with more image files counts and the rest is skipped. Files are read in the
    order of their names. A file that cannot be used is skipped and says why in
    `report`.

    Photos are turned upright (EXIF), 12- and 16-bit grey is scaled to 8 bits, the first
    frame of an animation counts, and transparent pixels show `background`.

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
    _check_arguments(size, channels, background, at_least)
    root = folders.check_folder(path, "image files")
    files, report = folders.list_files(root, _suffixes())
    arrays, classes = [], []
    for file in files:
        array, entry = _read(root, file, size, channels, background)
        report.append(entry)
        if array is not None:
            arrays.append(array)
            classes.append(folders.class_of(entry))
    if len(arrays) < at_least:
        error = folders.too_few(root, "images", len(arrays), at_least, report)
        raise ValueError(f"{error} Files of the formats {', '.join(FORMATS)} are read.")
    name = folders.to_text(root.resolve().name)
    labels, class_names = folders.number_classes(classes, name)
    array = checks.to_unit_range(np.stack(arrays))
    return ImageFolder(name, array, labels, class_names, tuple(report))


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
        return None, folders.skip(path, root, _what_else(path))
    # A damaged file may raise nearly anything: SyntaxError, struct.error, EOFError …
    except Exception as error:
        return None, folders.skip(path, root, f"{type(error).__name__}: {error}")
    remark = "; ".join(dict.fromkeys(str(r.message).strip() for r in remarks))
    return array.reshape(*size, channels), folders.use(path, root, remark)


def _suffixes():
    Image.init()  # else Pillow knows the commonest formats only
    known = Image.registered_extensions().items()
    return tuple(suffix for suffix, name in known if name in FORMATS)


def _what_else(path):
    with open(path, "rb") as file:
        if file.read(8)[4:] == b"ftyp":
            return "HEIC, AVIF or a film is not read: export it as JPEG or PNG"
    return "not an image of a known format, or damaged"


def _decode(file, background):
    with Image.open(file, formats=FORMATS) as image:
        if getattr(image, "is_animated", False):
            warnings.warn("the first of several frames", stacklevel=1)
        image.load()
        return _to_eight_bits(ImageOps.exif_transpose(image), image, background)


def _to_eight_bits(image, source, background):
    if image.mode == "F" or (image.mode == "I" and source.format == "TIFF"):
        raise ValueError(f"pixels of mode {image.mode} have no known range")
    if image.mode.startswith("I"):
        return _from_sixteen_bits(image, getattr(source, "tag_v2", {}), background)
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, (background,) * 3 + (255,))
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def _from_sixteen_bits(image, tags, background):
    values = np.asarray(image)
    white = 2 ** tags.get(BITS, (16,))[0] - 1  # Pillow leaves 12 bits as they are
    if white == 65_535 and 0 < values.max() < 4096:
        remark = "dark: 16-bit grey without a value above 4,095; multiply 12 bits by 16"
        warnings.warn(remark, stacklevel=1)
    grey = np.rint(values / (white / 255)).astype(np.uint8)  # 65,535 = 257 · 255
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        grey = 255 - grey
    grey[values == image.info.get("transparency", -1)] = background
    return Image.fromarray(grey)
