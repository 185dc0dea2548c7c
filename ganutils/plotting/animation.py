"""A GIF from figures or pictures, small enough for a notebook."""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ganutils.kit import files

# What is given up, in this order, until the file is small enough:
# (colours, every k-th frame, share of the width).
ATTEMPTS = [(64, 1, 1.0), (32, 1, 1.0), (32, 2, 1.0), (32, 2, 0.75)]
ATTEMPTS += [(16, k, share) for share in (0.75, 0.5, 0.25) for k in (2, 4, 8)]


@dataclass(frozen=True)
class Animation:
    """A GIF that a notebook plays where it is a cell's last value.

    Attributes:
        data: the file's bytes.
        frames: number of pictures.
        size: width and height in pixels.
        path: where it was written; None if it was not.
    """

    data: bytes
    frames: int
    size: tuple[int, int]
    path: Path | None = None

    def __repr__(self):
        width, height = self.size
        kilobytes = len(self.data) / 1000
        return (
            f"<Animation: {self.frames} frames, {width}×{height}, {kilobytes:.0f} kB>"
        )

    def _repr_png_(self):
        # Notebook viewers have no rule for GIF, but hand whatever is called PNG to the
        # browser, which looks at the bytes and plays it.
        return self.data


def animation(
    frames: Sequence,
    path: "str | os.PathLike | None" = None,
    *,
    frames_per_second: float = 8.0,
    max_bytes: int = 500_000,
) -> Animation:
    """Make a GIF that repeats for ever.

    All frames share one palette, so that colours do not flicker. Where the file would
    be larger than `max_bytes`, colours, then frames, then pixels are given up.

    Args:
        frames: figures of one size, or uint8 arrays of shape (height, width, 3).
        path: file to write; ends in `.gif`.
        frames_per_second: up to 50; the last frame stays for a second more.
        max_bytes: largest file.

    Returns:
        The animation; a notebook plays it.

    Raises:
        ValueError: no frames, frames of different shape or type, or a `max_bytes` that
            even the smallest attempt exceeds.
        OSError: the file cannot be written.

    Example:
        >>> animation([scatter_field(x, real) for x in drawings], "runs/ring.gif")
        <Animation: 30 frames, 400×320, 143 kB>
    """
    pictures = _check_frames([_as_array(frame) for frame in frames])
    if not 0 < frames_per_second <= 50:
        raise ValueError(
            "Expected `frames_per_second` in (0, 50], the most that browsers play; "
            f"received {frames_per_second!r}."
        )
    for colours, stride, share in ATTEMPTS:
        # Counted from the end: the last frame is always kept.
        kept = pictures[::-1][::stride][::-1]
        pause = round(1000 * stride / frames_per_second)
        data, size = _encode(kept, colours, share, pause)
        if len(data) <= max_bytes:
            break
    else:
        raise ValueError(
            f"Expected frames that fit {max_bytes:,} bytes; {len(pictures)} frames of "
            f"{pictures[0].shape[1]}×{pictures[0].shape[0]} pixels take {len(data):,} "
            "at the least. Pass fewer or plainer frames."
        )
    if path is not None:
        path = files.write_atomically(path, lambda file: file.write_bytes(data))
    return Animation(data, len(kept), size, path)


def _as_array(frame):
    if not isinstance(frame, Figure):
        return np.asarray(frame)
    canvas = FigureCanvasAgg(frame)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _check_frames(pictures):
    kinds = {(picture.shape, str(picture.dtype)) for picture in pictures}
    (shape, dtype), *others = sorted(kinds) or [((), "nothing")]
    if others or dtype != "uint8" or len(shape) != 3 or shape[-1] != 3:
        raise ValueError(
            "Expected `frames`: figures of one size or uint8 arrays of one shape "
            f"(height, width, 3); received {sorted(kinds) or 'none'}."
        )
    return pictures


def _encode(pictures, colours, share, pause):
    height, width = pictures[0].shape[:2]
    size = max(1, round(width * share)), max(1, round(height * share))
    images = [Image.fromarray(picture) for picture in pictures]
    if share < 1:
        images = [image.resize(size, Image.Resampling.LANCZOS) for image in images]
    palette = _shared_palette(images, colours)
    images = [
        image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images
    ]
    file = io.BytesIO()
    images[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=images[1:],
        duration=[pause] * (len(images) - 1) + [pause + 1000],
        loop=0,
        optimize=True,
    )
    return file.getvalue(), size


def _shared_palette(images, colours):
    # At most 16 frames, the last among them, decide on the colours of all.
    chosen = images[:: -max(1, len(images) // 16)]
    montage = np.concatenate([np.asarray(image) for image in chosen])
    # Maximal coverage keeps the colours of small things, such as points.
    return Image.fromarray(montage).quantize(colours, Image.Quantize.MAXCOVERAGE)
