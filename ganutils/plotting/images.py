"""Pictures: grids of samples, samples over training time, GIFs, shapes in networks."""

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from ganutils.kit import files
from ganutils.kit.checks import check_images
from ganutils.plotting.style import COLOURS, DPI, new_figure

# In pixels of the screen:
GAP = 4  # between two images
TILE = 64  # an image, at most, where it is enlarged
PAGE = 800  # a row
LEFT, BELOW, ABOVE = 90, 46, 26  # labels and title
MOST_COLUMNS = 12  # of a strip: more would be too small to read
LEVELS = 32  # of a channel: looks like 256 and halves the file
ATTEMPTS = ((64, 1), (32, 1), (32, 2), (32, 4))  # of a GIF: colours, every k-th frame


def image_grid(
    images: np.ndarray,
    columns: int = 8,
    title: str | None = None,
    labels: Sequence = (),
) -> Figure:
    """Show images as one tiled picture.

    Args:
        images: shape (n, height, width, channels), 1 or 3 channels, in [-1, 1].
        columns: images in a row.
        labels: a text for each row, shown at its left.

    Returns:
        The figure: one `imshow`, as an axes for each of a thousand images would take
        minutes. 64 digits make a PNG of 23 kB, 32 photographs of 32×32 one of 60 kB.

    Raises:
        ValueError: shape or values of `images`, `columns` < 1, or a wrong number of
            `labels`.

    Example:
        >>> image_grid(gan.generate(32, seed=1), columns=8, title="Samples")
    """
    images = np.asarray(check_images(images))
    if columns < 1:
        raise ValueError(f"Expected `columns` ≥ 1; received {columns!r}.")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    if len(labels) not in (0, rows):
        raise ValueError(
            f"Expected a label for each of the {rows} rows; received {len(labels)}."
        )
    return _show_tiles(images, columns, title, row_labels=labels)


def strip(snapshots: Sequence[tuple], xlabel: str = "training step") -> Figure:
    """Show the same few z over training time: a row for each z, a column for each step.

    Args:
        snapshots: pairs (step, images) in order of time, as `monitoring.FixedNoise`
            keeps them; images (n, height, width, channels) in [-1, 1]. Of more than 12
            the first, the last and ten evenly chosen ones between are shown.
        xlabel: what the first value of a pair is.

    Raises:
        ValueError: no snapshot, or images of different shapes or outside [-1, 1].

    Example:
        >>> noise = monitoring.FixedNoise(every=500, n=6)
        >>> gan.fit(images, callbacks=[noise])
        >>> strip(noise.snapshots)
    """
    if not len(snapshots):
        raise ValueError("Expected at least one (step, images) pair; received none.")
    columns = min(len(snapshots), MOST_COLUMNS)
    chosen = np.linspace(0, len(snapshots) - 1, columns).round().astype(int)
    labels = [snapshots[i][0] for i in chosen]
    shapes = {np.shape(snapshots[i][1]) for i in chosen}
    if len(shapes) > 1:
        raise ValueError(f"Expected images of one shape; received {sorted(shapes)}.")
    stacked = np.stack([check_images(snapshots[i][1]) for i in chosen], axis=1)
    images = stacked.reshape(-1, *stacked.shape[2:])
    figure = _show_tiles(images, columns, None, column_labels=labels)
    figure.axes[0].set_xlabel(xlabel)
    return figure


@dataclass(frozen=True)
class Animation:
    """A GIF that a notebook plays where it is a cell's last value.

    Attributes:
        data: the file's bytes.
        frames: number of pictures.
        size: width and height in pixels.
    """

    data: bytes = field(repr=False)
    frames: int
    size: tuple[int, int]

    def _repr_png_(self):
        # Notebook viewers have no rule for GIF, but hand whatever is called PNG to the
        # browser, which looks at the bytes and plays it.
        return self.data


def animation(
    frames: Sequence[Figure],
    path: "str | os.PathLike | None" = None,
    *,
    frames_per_second: float = 8.0,
    max_bytes: int = 500_000,
) -> Animation:
    """Make a GIF that repeats for ever.

    A notebook plays it. All frames share one palette, so that colours do not flicker.
    Where the file would be larger than `max_bytes`, colours, then frames are given up.

    Args:
        frames: figures of one size.
        path: file to write; ends in `.gif`.
        frames_per_second: up to 50; the last frame stays for a second more.
        max_bytes: largest file.

    Raises:
        ValueError: no frames, frames of different size, or a `max_bytes` that even the
            smallest attempt exceeds.
        OSError: the file cannot be written.

    Example:
        >>> animation([scatter_field(x, real) for x in drawings], "runs/ring.gif")
        Animation(frames=30, size=(400, 320))
    """
    kinds = {str(f) if isinstance(f, Figure) else type(f).__name__ for f in frames}
    if len(kinds) != 1 or not isinstance(frames[0], Figure):
        raise ValueError(
            f"Expected `frames`: figures of one size; received {sorted(kinds)}."
        )
    if not 0 < frames_per_second <= 50:
        raise ValueError(
            "Expected `frames_per_second` in (0, 50], the most that browsers play; "
            f"received {frames_per_second!r}."
        )
    pictures = [_draw(frame) for frame in frames]
    for colours, stride in ATTEMPTS:
        # Counted from the end: the last frame is always kept.
        kept = pictures[::-stride][::-1]
        data = _encode(kept, colours, round(1000 * stride / frames_per_second))
        if len(data) <= max_bytes:
            break
    else:
        raise ValueError(
            f"Expected frames that fit {max_bytes:,} bytes; {len(kept)} of "
            f"{len(frames)} take {len(data):,}. Pass fewer or plainer frames."
        )
    if path is not None:
        files.write_atomically(path, lambda file: file.write_bytes(data))
    return Animation(data, len(kept), kept[0].size)


def network_plan(networks: Mapping) -> Figure:
    """Show how the layers of networks change the shape of one sample, left to right.

    It begins with the first input; where others join it is a layer like the rest. Maps
    are a stack of sheets; their number grows with the logarithm of the channels. A
    vector is a bar. Layers that keep the shape are left out.

    Args:
        networks: name → a built Keras model without long branches.
    """
    figure, places = new_figure(9, 2.4 * len(networks), rows=len(networks))
    for axes, (name, network) in zip(places, networks.items(), strict=True):
        before = tuple(network.inputs[0].shape[1:])
        at = _block(axes, 0.0, before)
        for layer in network.layers:
            shape = tuple(layer.output.shape[1:])
            if shape == before or type(layer).__name__ == "InputLayer":
                continue
            step = {"arrowstyle": "-|>", "color": COLOURS["grey"]}
            axes.annotate("", (at + 15, 0), (at + 3, 0), arrowprops=step)
            title = type(layer).__name__.replace("Transpose", "\nTranspose")
            axes.text(at + 9, 2, title, ha="center", va="bottom", size=9)
            at, before = _block(axes, at + 18, shape), shape
        axes.set(xlim=(-6, at + 4), ylim=(-24, 22), aspect="equal", anchor="W")
        axes.set_axis_off()
        axes.set_title(name, loc="left")
    return figure


def _show_tiles(images, columns, title, row_labels=(), column_labels=()):
    zoom = max(1, min(TILE, PAGE // columns) // images.shape[2])
    picture = _tile(images.repeat(zoom, axis=1).repeat(zoom, axis=2), columns)
    shrink = min(1.0, PAGE / picture.shape[1])
    down, across = shrink * picture.shape[0], shrink * picture.shape[1]
    left, below = LEFT if len(row_labels) else 0, BELOW if len(column_labels) else 0
    width, height = left + across, below + down + (ABOVE if title else 0)
    figure, (axes,) = new_figure(width / DPI, height / DPI, layout="none")
    axes.set_position((left / width, below / height, across / width, down / height))
    # One pixel of the picture is one of the figure. The axes count images.
    axes.imshow(
        picture,
        aspect="auto",
        extent=(-0.5, columns - 0.5, -(-len(images) // columns) - 0.5, -0.5),
        interpolation="nearest" if shrink == 1 else "antialiased",
    )
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xticks(range(len(column_labels)), [_text(x) for x in column_labels])
    axes.set_yticks(range(len(row_labels)), [_text(x) for x in row_labels])
    axes.set_title(title, loc="left")
    return figure


def _tile(images, columns):
    """Return one picture (…, …, 3) of all images, uint8, white between them."""
    n, height, width, channels = images.shape
    rows = -(-n // columns)
    margins = (0, rows * columns - n), (0, GAP), (0, GAP), (0, 0)
    cells = np.pad(images, margins, constant_values=1.0)
    cells = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    picture = cells.reshape(rows * (height + GAP), columns * (width + GAP), channels)
    level = np.round((picture[:-GAP, :-GAP].clip(-1, 1) + 1.0) / 2.0 * (LEVELS - 1))
    picture = np.round(level * 255.0 / (LEVELS - 1)).astype("uint8")
    return np.broadcast_to(picture, (*picture.shape[:2], 3))


def _text(label):
    return f"{label:,}" if isinstance(label, (int, np.integer)) else str(label)


def _draw(figure):
    data, size = FigureCanvasAgg(figure).print_to_buffer()
    return Image.frombytes("RGBA", size, data).convert("RGB")


def _encode(pictures, colours, pause):
    # At most 16 frames, the last among them, decide on the colours of all. Maximal
    # coverage keeps the colours of small things, such as points.
    montage = np.concatenate(pictures[:: -max(1, len(pictures) // 16)])
    palette = Image.fromarray(montage).quantize(colours, Image.Quantize.MAXCOVERAGE)
    how = {"palette": palette, "dither": Image.Dither.NONE}
    first, *others = (picture.quantize(**how) for picture in pictures)
    pauses = [pause] * len(others) + [pause + 1000]
    file = io.BytesIO()
    options = {"save_all": True, "append_images": others, "loop": 0, "optimize": True}
    first.save(file, format="GIF", duration=pauses, **options)
    return file.getvalue()


def _block(axes, left, shape):
    """Draw one shape from `left` on; return where it ends."""
    is_map = len(shape) == 3
    width, height = shape[:2] if is_map else (2, 6 + 2 * np.log2(shape[0]))
    sheets = 1 + round(np.log2(shape[-1])) if is_map else 1
    look = {"facecolor": "#E4F0F8", "edgecolor": COLOURS["blue"], "linewidth": 0.8}
    for shift in reversed(range(sheets)):
        corner = (left + shift, (shift - height) / 2)
        axes.add_patch(Rectangle(corner, width, height, **look))
    middle = left + (width + sheets - 1) / 2
    text = "×".join(map(str, shape))
    axes.text(middle, -height / 2 - 1.5, text, ha="center", va="top", size=10)
    return left + width + sheets - 1
