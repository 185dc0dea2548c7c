"""A reader's own folder of image files as one array, with a report of every file."""

import os
import warnings
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image, ImageOps

from ganutils.datasets import folders
from ganutils.kit import checks

# Only formats that Pillow decodes by itself: reading EPS, for one, starts Ghostscript.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
UNKNOWN = "not an image of a known format: export it as JPEG or PNG; or damaged"
BITS, PHOTOMETRIC, WHITE_IS_ZERO = 258, 262, 0  # TIFF tags, and a value of the latter


@dataclass(frozen=True)
class ImageFolder(folders.Folder):
    """What a folder gave: images (n, height, width, channels), float32 in [-1, 1]."""

    images: np.ndarray
    unit = "images"


def load_folder(
    path: "str | os.PathLike", size: tuple[int, int] = (28, 28), channels: int = 1
) -> ImageFolder:
    """Read every image file of a folder, cropped to the middle and resized.

    Sub-folders are classes. A file that cannot be used is skipped and says why in
    `report`. Photos are turned upright (EXIF), 12- and 16-bit grey is scaled to 8 bits,
    the first frame of an animation counts, transparent pixels become white.

    Args:
        path: the folder.
        size: (height, width) in pixels, each ≥ 1.
        channels: 1 for grey, 3 for colour.

    Raises:
        OSError: `path` is not a folder or cannot be listed.
        ValueError: no image is usable, and why; or another argument is out of range.

    Example:
        >>> folder = load_folder("my_photos", size=(32, 32), channels=3)
        >>> for entry in folder.skipped:
        ...     print(entry.path, entry.reason)
    """
    if len(size) != 2 or min(size) < 1:
        wanted = "`size` as (height, width), each ≥ 1"
        raise ValueError(f"Expected {wanted}; received {size!r}.")
    if channels not in (1, 3):
        raise ValueError(f"Expected `channels` to be 1 or 3; received {channels!r}.")
    content = f"image files ({', '.join(FORMATS)})"
    read = partial(_read, size=size, channels=channels)
    images, folder = folders.read_files(path, content, read)
    return ImageFolder(**vars(folder), images=checks.to_unit_range(images))


def _read(path, size, channels):
    try:
        with warnings.catch_warnings(record=True) as remarks, open(path, "rb") as file:
            warnings.simplefilter("always")  # a remark in the report, not on the screen
            # Pillow only warns where an image has up to twice its limit of pixels.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = _decode(file)
    except Image.UnidentifiedImageError as error:
        raise ValueError(UNKNOWN) from error
    image = ImageOps.fit(image, size[::-1], Image.Resampling.LANCZOS)
    array = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    remark = "; ".join(dict.fromkeys(str(r.message).strip() for r in remarks))
    return array.reshape(1, *size, channels), remark


def _decode(file):
    with Image.open(file, formats=FORMATS) as image:
        if getattr(image, "is_animated", False):
            warnings.warn("the first of several frames", stacklevel=1)
        image.load()
        return _to_eight_bits(ImageOps.exif_transpose(image), image)


def _to_eight_bits(image, source):
    if image.mode == "F" or (image.mode == "I" and source.format == "TIFF"):
        raise ValueError(f"pixels of mode {image.mode} have no known range")
    if image.mode.startswith("I"):
        return _from_sixteen_bits(image, getattr(source, "tag_v2", {}))
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def _from_sixteen_bits(image, tags):
    values = np.asarray(image)
    white = 2 ** tags.get(BITS, (16,))[0] - 1  # Pillow leaves 12 bits as they are
    if white == 65_535 and 0 < values.max() < 4096:
        remark = "dark: 16-bit grey without a value above 4,095; multiply 12 bits by 16"
        warnings.warn(remark, stacklevel=1)
    grey = np.rint(values / (white / 255)).astype(np.uint8)  # 65,535 = 257 · 255
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        grey = 255 - grey
    grey[values == image.info.get("transparency", -1)] = 255
    return Image.fromarray(grey)
