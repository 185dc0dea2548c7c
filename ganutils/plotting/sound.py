"""Figures of clips: waveforms and spectrograms on scales that never move.

Amplitudes run from −1 to 1 and levels from −80 to 0 dB of full scale, so that two
figures, or two rows of one, can be compared: quiet clips look quiet.
"""

from collections.abc import Mapping

import librosa
import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ganutils.audio.spectra import FLOOR_DB, frame_size, log_mel
from ganutils.kit.checks import check_clips
from ganutils.plotting.style import COLOURS, add_scale, new_figure

# 5 dB a colour: as readable as 256 colours, in a third of the file.
COLOUR_MAP = matplotlib.colormaps["magma"].resampled(16)
BANDS, COLUMNS = 48, 6  # of a spectrogram; of a contact sheet
FRAME = 0.032  # seconds
FRAMES = 48  # across a clip of a full contact sheet: two pixels each
TICKS_DB = [-80, -60, -40, -20, 0]
TICKS_HZ = np.array([250, 500, 1000, 2000, 4000, 8000, 16_000])


def contact_sheet(rows: Mapping[str, np.ndarray], sample_rate: int = 8000) -> Figure:
    """Show sets of clips below each other, such as generated below real ones.

    Args:
        rows: label → clips (n, samples, 1) in [-1, 1]. The first six of each are drawn
            as waveforms and, below, as mel spectrograms; those called "real" in the
            colour of real data, the others in that of generated ones.
        sample_rate: Hz.

    Raises:
        ValueError: no sets, clips of different lengths, or clips that are not as
            `checks.check_clips` expects them.

    Example:
        >>> contact_sheet({"real": clips[:6], "generated": gan.generate(6, seed=1)})
    """
    chosen = _choose(rows)
    grid = {"rows": 2 * len(chosen), "height_ratios": [1, 2] * len(chosen)}
    columns = max(len(clips) for clips in chosen.values())
    frames = FRAMES * COLUMNS // columns
    size = 9, 0.6 + 2.3 * len(chosen), columns
    figure, axes = new_figure(*size, sharex=True, sharey="row", **grid)
    places = axes.reshape(len(chosen), 2, columns)
    for (label, clips), (waves, spectra) in zip(chosen.items(), places, strict=True):
        colour = COLOURS["real"] if label == "real" else COLOURS["fake"]
        drawn = _draw_levels(spectra, clips, sample_rate, clips.shape[1] // frames)
        _draw_waves(waves, clips[..., 0], sample_rate, colour)
        waves[0].set_title(label, loc="left")
        for unused in (*waves[len(clips) :], *spectra[len(clips) :]):
            unused.set_axis_off()
    seconds = clips.shape[1] / sample_rate
    steps = [s for s in (1e-3, 0.01, 0.1, 0.25, 0.5, 1, 2, 5) if s <= 0.6 * seconds]
    step = max(steps, default=seconds)
    axes[0].set_xticks([0, step], ["0", f"{step:g}"])
    figure.supxlabel("time in each clip (s)", fontsize="medium")
    where = {"ax": axes.tolist(), "shrink": 0.4, "anchor": (0, 0)}
    add_scale(figure, drawn, TICKS_DB, "dB of full scale", **where)
    return figure


def _choose(rows):
    if not rows:
        raise ValueError("Expected at least one set of clips; received none.")
    for label, clips in rows.items():
        check_clips(clips, f"rows[{label!r}]")
    lengths = {label: np.shape(clips)[1] for label, clips in rows.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"Expected clips of one length; received {lengths}.")
    return {label: np.asarray(clips)[:COLUMNS] for label, clips in rows.items()}


def _draw_waves(places, lines, sample_rate, colour):
    time = np.arange(lines.shape[1]) / sample_rate
    # Without antialiasing the lines take half the bytes.
    for axes, line in zip(places, lines, strict=False):
        axes.plot(time, line, color=colour, linewidth=0.6, antialiased=False)
    places[0].set(ylim=(-1.05, 1.05), yticks=[-1, 0, 1])
    places[0].set_ylabel("amplitude", fontsize="small")


def _draw_levels(places, clips, sample_rate, hop):
    size, top = frame_size(sample_rate, FRAME), sample_rate / 2
    levels = log_mel(clips, sample_rate, BANDS, size, max(1, hop))
    extent = 0, clips.shape[1] / sample_rate, 0, librosa.hz_to_mel(top, htk=True)
    options = {"vmin": FLOOR_DB, "vmax": 0, "origin": "lower", "aspect": "auto"}
    options |= {"cmap": COLOUR_MAP, "interpolation": "nearest", "extent": extent}
    for axes, level in zip(places, levels, strict=False):
        drawn = axes.imshow(level, **options)
    shown = TICKS_HZ[TICKS_HZ <= top]
    labels = [f"{hz:,}" for hz in shown]
    places[0].set_yticks(librosa.hz_to_mel(shown, htk=True), labels)
    places[0].set_ylabel("Hz")
    return drawn
