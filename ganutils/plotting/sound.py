"""Figures of clips: waveforms and spectrograms on scales that never move.

Amplitudes run from −1 to 1 and levels from −80 to 0 dB of full scale, so that two
figures, or two rows of one, can be compared: quiet clips look quiet.
"""

from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ganutils.audio.mel import FLOOR_DB, hz_to_mel, log_mel
from ganutils.audio.spectra import decibels, frame_size, power_spectra
from ganutils.kit.checks import check_clips, one_clip
from ganutils.plotting.style import COLOURS, DPI, new_figure

# 5 dB a colour: as readable as 256 colours, in a third of the file.
COLOUR_MAP = matplotlib.colormaps["magma"].resampled(16)
BANDS = 48
FRAME = 0.032  # seconds
TICKS_HZ = np.array([250, 500, 1000, 2000, 4000, 8000, 16_000])

# A contact sheet, in pixels of the screen:
PAGE, LEFT, RIGHT = 720, 62, 72
CELL = 2  # a side of what has one colour
WAVE, SPECTRUM, GAP = 54, CELL * BANDS, 12
ABOVE, BELOW = 24, 44  # a label, the axis of time
BETWEEN = 8  # two clips


def contact_sheet(
    rows: Mapping[str, np.ndarray],
    sample_rate: int = 8000,
    columns: int = 6,
    title: str | None = None,
) -> Figure:
    """Show sets of clips below each other, such as generated below real ones.

    Args:
        rows: label → clips (n, samples, 1) in [-1, 1]. The first `columns` clips of
            each are drawn as waveforms and, below, as mel spectrograms; those called
            "real" in the colour of real data, the others in that of generated ones.
        sample_rate: Hz.
        columns: clips in a row, from 1 to 12.
        title: text above.

    Returns:
        The figure; two sets of six clips make a PNG of about 50 kB.

    Raises:
        ValueError: no sets, `columns` out of range, clips of different lengths, or
            clips that are not as `clips.check_clips` expects them.

    Example:
        >>> contact_sheet({"real": clips[:6], "generated": gan.generate(6, seed=1)})
    """
    chosen = _choose(rows, columns)
    heading, block = (ABOVE if title else 0), ABOVE + WAVE + GAP + SPECTRUM
    height = heading + len(chosen) * block + BELOW
    right = LEFT + columns * (_columns_a_clip(columns) + BETWEEN) - BETWEEN
    count = 2 * len(chosen) + 1
    figure, axes = new_figure(PAGE / DPI, height / DPI, count, layout="none")
    for i, (label, clips) in enumerate(chosen.items()):
        waves, spectra = axes[2 * i : 2 * i + 2]
        top = heading + i * block + ABOVE
        _place(waves, LEFT, right, top, WAVE)
        _place(spectra, LEFT, right, top + WAVE + GAP, SPECTRUM)
        colour = COLOURS["real"] if label == "real" else COLOURS["fake"]
        _draw_waves(waves, clips, columns, colour)
        drawn = _draw_spectra(spectra, clips, columns, sample_rate)
        waves.set_title(label, loc="left")
        _mark_time(spectra, clips.shape[1] / sample_rate, columns, i == len(chosen) - 1)
    _place(axes[-1], right + 10, right + 20, top + WAVE + GAP, SPECTRUM)
    _add_scale(figure, drawn, cax=axes[-1])
    if title:
        figure.text(LEFT / PAGE, 1 - 6 / height, title, va="top", fontsize="large")
    return figure


def waveform(
    clip: np.ndarray, sample_rate: int = 8000, title: str | None = None
) -> Figure:
    """Show one clip as amplitude over time.

    Args:
        clip: shape (samples,), (samples, 1) or (1, samples, 1), in [-1, 1].
        sample_rate: Hz.
        title: text above.

    Raises:
        ValueError: shape or values of `clip`.

    Example:
        >>> waveform(clips[0], title="seven")
    """
    x = one_clip(clip)
    figure, (axes,) = new_figure(8.4, 2.2)
    time = np.arange(len(x)) / sample_rate
    axes.plot(time, x, color=COLOURS["real"], linewidth=0.7)
    axes.set(xlim=(0, len(x) / sample_rate), ylim=(-1.05, 1.05))
    axes.set(xlabel="time (s)", ylabel="amplitude")
    if title:
        axes.set_title(title, loc="left")
    return figure


def spectrogram(
    clip: np.ndarray,
    sample_rate: int = 8000,
    mel: bool = True,
    title: str | None = None,
) -> Figure:
    """Show the level of each frequency of one clip over time.

    Args:
        clip: shape (samples,), (samples, 1) or (1, samples, 1), in [-1, 1].
        sample_rate: Hz.
        mel: frequencies as wide as they sound; False: as wide as they are in Hz, where
            the lines of a comb stand at equal distances.
        title: text above.

    Raises:
        ValueError: shape or values of `clip`.

    Example:
        >>> spectrogram(clips[0], mel=False, title="seven")
    """
    x = one_clip(clip)[np.newaxis, :, np.newaxis]
    size = frame_size(sample_rate, FRAME)
    if mel:
        picture = log_mel(x, sample_rate, BANDS, size, size // 4)[0]
    else:
        power = power_spectra(x, size, size // 4)[0].T
        picture = decibels(power, FLOOR_DB)
    figure, (axes,) = new_figure(8.4, 3.0)
    drawn = _show_levels(axes, picture, x.shape[1] / sample_rate)
    _mark_frequencies(axes, sample_rate, len(picture), mel)
    axes.set_xlabel("time (s)")
    _add_scale(figure, drawn, ax=axes)
    if title:
        axes.set_title(title, loc="left")
    return figure


def _choose(rows, columns):
    if not rows or not 1 <= columns <= 12:
        raise ValueError(
            "Expected at least one set of clips and `columns` from 1 to 12; received "
            f"{list(rows)} and columns={columns!r}."
        )
    for label, clips in rows.items():
        check_clips(clips, f"rows[{label!r}]")
    lengths = {label: np.shape(clips)[1] for label, clips in rows.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"Expected clips of one length; received {lengths}.")
    return {label: np.asarray(clips)[:columns] for label, clips in rows.items()}


def _place(axes, left, right, top, height):
    width, total = axes.figure.get_size_inches() * DPI
    bottom = total - top - height
    axes.set_position(
        (left / width, bottom / total, (right - left) / width, height / total)
    )


def _columns_a_clip(columns):
    wide = (PAGE - RIGHT - LEFT - BETWEEN * (columns - 1)) // columns
    return wide - wide % CELL


def _draw_waves(axes, clips, columns, colour):
    wide = _columns_a_clip(columns)
    edges = np.linspace(0, clips.shape[1], wide + 1).astype(int)[:-1]
    low = np.minimum.reduceat(clips[..., 0], edges, axis=1)
    high = np.maximum.reduceat(clips[..., 0], edges, axis=1)
    for i in range(len(clips)):
        x = i * (wide + BETWEEN) + np.arange(wide)
        axes.fill_between(x, low[i], high[i], color=colour, linewidth=0.6)
    axes.set(xlim=_limits(columns), ylim=(-1.05, 1.05), yticks=[-1, 0, 1])
    axes.set_xticks([])
    axes.set_ylabel("amplitude", fontsize="small")
    axes.spines["bottom"].set_visible(False)


def _draw_spectra(axes, clips, columns, sample_rate):
    wide, size = _columns_a_clip(columns), frame_size(sample_rate, FRAME)
    levels = log_mel(clips, sample_rate, BANDS, size, size // 8)
    shown = np.linspace(0, levels.shape[2] - 1, wide // CELL).round().astype(int)
    picture = np.full((BANDS, columns, wide + BETWEEN), np.nan, "float32")
    cells = levels[..., shown].swapaxes(0, 1).repeat(CELL, axis=2)
    picture[:, : len(clips), :wide] = cells
    drawn = _show_levels(axes, picture.reshape(BANDS, -1)[:, :-BETWEEN], None)
    _mark_frequencies(axes, sample_rate, BANDS, mel=True)
    axes.set_xlim(_limits(columns))
    return drawn


def _limits(columns):
    return -0.5, columns * (_columns_a_clip(columns) + BETWEEN) - BETWEEN - 0.5


def _mark_time(axes, seconds, columns, labelled):
    wide = _columns_a_clip(columns)
    step = max(s for s in (1e-3, 0.01, 0.1, 0.25, 0.5, 1, 2, 5) if s <= 0.6 * seconds)
    starts = (wide + BETWEEN) * np.arange(columns)
    places = np.stack([starts, starts + step / seconds * wide], axis=1).ravel()
    axes.set_xticks(places - 0.5, ["0", f"{step:g}"] * columns if labelled else [])
    if labelled:
        axes.set_xlabel("time in each clip (s)")


def _show_levels(axes, picture, seconds):
    extent = seconds and (0, seconds, -0.5, len(picture) - 0.5)
    return axes.imshow(
        picture,
        cmap=COLOUR_MAP,
        vmin=FLOOR_DB,
        vmax=0,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=extent,
    )


def _mark_frequencies(axes, sample_rate, rows, mel):
    if mel:
        hz = TICKS_HZ[TICKS_HZ <= sample_rate / 2]
        places = hz_to_mel(hz) / hz_to_mel(sample_rate / 2) * (rows + 1) - 1
        places = np.minimum(places, rows - 0.5)
    else:
        hz = np.arange(0, sample_rate // 2 + 1, sample_rate // 8)
        places = hz / (sample_rate / 2) * (rows - 1)
    axes.set_yticks(places, [f"{f:,}" for f in hz])
    axes.set_ylabel("Hz")


def _add_scale(figure, drawn, **where):
    bar = figure.colorbar(drawn, ticks=[-80, -60, -40, -20, 0], **where)
    bar.set_label("dB of full scale")
    bar.outline.set_visible(False)
