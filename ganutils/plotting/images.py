"""Figures of images: a grid of samples, and fixed-z samples over training time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ganutils.plotting.style import DPI, new_figure

# In pixels of the screen:
GAP = 4  # between two images
TILE = 64  # an image, at most, where it is enlarged
PAGE = 800  # a row
LEFT, BELOW, ABOVE = 90, 46, 26  # labels and title

MOST_COLUMNS = 12  # of a strip: more would be too small to read
LEVELS = 32  # of a channel: looks like 256 and halves the file


def image_grid(
    images: np.ndarray,
    columns: int = 8,
    title: str | None = None,
    labels: Sequence | None = None,
) -> Figure:
    """Show images as one tiled picture.

    Args:
        images: shape (n, height, width, channels), 1 or 3 channels, in [-1, 1].
        columns: images in a row.
        title: text above.
        labels: a text for each row, shown at its left.

    Returns:
        The figure: one `imshow`, not an axes for each image, which would take minutes
        for a thousand. 64 digits make a PNG of 23 kB; 32 colour photographs of 32×32
        pixels one of 60 kB.

    Raises:
        ValueError: shape or values of `images`, `columns` < 1, or a wrong number of
            `labels`.

    Example:
        >>> image_grid(gan.generate(32, seed=1), columns=8, title="Samples")
    """
    images = _check_images(images)
    if columns < 1:
        raise ValueError(f"Expected `columns` ≥ 1; received {columns!r}.")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    if labels is not None and len(labels) != rows:
        raise ValueError(
            f"Expected a label for each of the {rows} rows; received {len(labels)}."
        )
    return _show_tiles(
        images, rows, columns, title, row_labels=() if labels is None else labels
    )


def strip(
    snapshots: Sequence[tuple], title: str | None = None, xlabel: str = "training step"
) -> Figure:
    """Show the same few z over training time: a row for each z, a column for each step.

    Args:
        snapshots: pairs (step, images) in order of time, as `monitoring.FixedNoise`
            keeps them; images (n, height, width, channels) in [-1, 1]. Of more than 12
            the first, the last and ten evenly chosen ones between are shown.
        title: text above.
        xlabel: what the first value of a pair is.

    Returns:
        The figure.

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
    stacked = np.stack([_check_images(snapshots[i][1]) for i in chosen], axis=1)
    images = stacked.reshape(-1, *stacked.shape[2:])
    figure = _show_tiles(images, len(stacked), columns, title, column_labels=labels)
    figure.axes[0].set_xlabel(xlabel)
    return figure


def tile(images: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return one picture of `rows` × `columns` images, white between them.

    Args:
        images: shape (n, height, width, channels), n ≤ rows · columns, in [-1, 1].
        rows: images from top to bottom.
        columns: images from left to right; the first row is filled first.

    Returns:
        uint8, shape (…, …, 3).
    """
    n, height, width, channels = images.shape
    cells = np.full((rows * columns, height + GAP, width + GAP, channels), 1.0)
    cells[:n, :height, :width] = images
    cells = cells.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
    picture = cells.reshape(rows * (height + GAP), columns * (width + GAP), channels)
    level = np.round((picture[:-GAP, :-GAP] + 1.0) / 2.0 * (LEVELS - 1))
    picture = np.round(level * 255.0 / (LEVELS - 1)).astype("uint8")
    return np.broadcast_to(picture, (*picture.shape[:2], 3))


def _show_tiles(images, rows, columns, title, row_labels=(), column_labels=()):
    zoom = max(1, min(TILE, PAGE // columns) // images.shape[2])
    images = images.repeat(zoom, axis=1).repeat(zoom, axis=2)
    picture = tile(images, rows, columns)
    shrink = min(1.0, PAGE / picture.shape[1])
    left = LEFT if len(row_labels) else 0
    below, above = BELOW if len(column_labels) else 0, ABOVE if title else 0
    across, down = shrink * picture.shape[1], shrink * picture.shape[0]
    size = left + across, below + down + above
    figure, (axes,) = new_figure(size[0] / DPI, size[1] / DPI, layout="none")
    axes.set_position(
        (left / size[0], below / size[1], across / size[0], down / size[1])
    )
    # One pixel of the picture is one of the figure: sharp, and a small file.
    axes.imshow(picture, interpolation="nearest" if shrink == 1 else "antialiased")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    height, width = images.shape[1:3]
    across = (width - 1) / 2 + (width + GAP) * np.arange(len(column_labels))
    down = (height - 1) / 2 + (height + GAP) * np.arange(len(row_labels))
    axes.set_xticks(across, [_text(label) for label in column_labels])
    axes.set_yticks(down, [_text(label) for label in row_labels])
    if title:
        axes.set_title(title, loc="left")
    return figure


def _text(label):
    return f"{label:,}" if isinstance(label, (int, np.integer)) else str(label)


def _check_images(images):
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not len(images):
        raise ValueError(
            "Expected `images` of shape (n, height, width, channels) with 1 or 3 "
            f"channels; received {images.shape}. Grey images need images[..., None]."
        )
    images = images.astype("float64")
    if not np.isfinite(images).all():
        bad = int((~np.isfinite(images)).sum())
        raise ValueError(
            f"Expected finite `images`; received {bad} NaN or infinite values."
        )
    low, high = images.min(), images.max()
    if low < -1.001 or high > 1.001:
        raise ValueError(
            f"Expected `images` in [-1, 1]; received min={low:g}, max={high:g}. "
            "Rescale with datasets.to_unit_range()."
        )
    return images.clip(-1.0, 1.0)
