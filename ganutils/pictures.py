"""Figures of images: a grid of samples, and fixed-z samples over training time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ganutils.style import new_figure

GAP = 2  # pixels of an image between two images
MOST_COLUMNS = 12  # of a strip: more would be too small to read


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
        The figure. A thousand images take one `imshow`, not a thousand axes.

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
    return _show_tiles(images, rows, columns, title, row_labels=labels)


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
    picture = np.round((picture[:-GAP, :-GAP] + 1.0) * 127.5).astype("uint8")
    return np.broadcast_to(picture, (*picture.shape[:2], 3))


def _show_tiles(images, rows, columns, title, row_labels=None, column_labels=None):
    height, width = images.shape[1:3]
    picture = tile(images, rows, columns)
    # A tile of 0.75 inch (60 pixels), smaller where a row would not fit the page.
    inch = min(0.75, 8.6 / columns)
    figure, (axes,) = new_figure(
        inch * columns + (0.9 if row_labels is not None else 0.15),
        inch * rows * height / width
        + 0.1
        + 0.3 * bool(title)
        + 0.5 * bool(column_labels),
    )
    axes.imshow(picture)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    if title:
        axes.set_title(title)
    centre = (width - 1) / 2, (height - 1) / 2
    axes.set_xticks(
        centre[0] + (width + GAP) * np.arange(columns) if column_labels else [],
        [_text(label) for label in column_labels or []],
    )
    axes.set_yticks(
        centre[1] + (height + GAP) * np.arange(rows) if row_labels is not None else [],
        [_text(label) for label in (row_labels if row_labels is not None else [])],
    )
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
