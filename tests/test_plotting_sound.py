"""Figures of clips: what is drawn stands where the axes say, on fixed scales."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from ganutils import plotting
from ganutils.audio.mel import log_mel
from ganutils.plotting import sound

RNG = np.random.default_rng(0)
TIME = np.arange(8192) / 8000
TONE = np.sin(2 * np.pi * 1000 * TIME)
SETS = {
    "real": np.clip(0.2 * RNG.normal(size=(7, 8192, 1)), -1, 1),
    "generated": np.stack([TONE, 0.1 * TONE, 0 * TONE])[..., None],
}


def png(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    return file.getvalue()


@pytest.mark.parametrize(
    "draw, most",
    [
        (lambda: plotting.contact_sheet(SETS, title="digits"), 60_000),
        (lambda: plotting.contact_sheet(SETS | {"more": SETS["real"]}), 90_000),
        (lambda: plotting.waveform(0.5 * TONE, title="tone"), 30_000),
        (lambda: plotting.spectrogram(SETS["real"][0]), 40_000),
        (lambda: plotting.spectrogram(SETS["real"][:1], mel=False), 60_000),
    ],
)
def test_a_figure_is_small_and_forgotten_by_pyplot(draw, most):
    open_before, style_before = plt.get_fignums(), dict(plt.rcParams)
    data = png(draw())
    assert plt.get_fignums() == open_before and dict(plt.rcParams) == style_before
    width, height = Image.open(io.BytesIO(data)).size
    assert 1_000 < len(data) < most and width <= 760 and height <= 640


def cells(axes, columns=6):
    """The clips' spectrograms, cut out of their row, and what is between them."""
    picture = axes.images[0].get_array().filled(np.nan)
    gap = np.full((len(picture), sound.BETWEEN), np.nan)
    tiles = np.hstack([picture, gap]).reshape(len(picture), columns, -1)
    return tiles[..., : -sound.BETWEEN], tiles[..., -sound.BETWEEN :]


def test_a_sheet_shows_the_first_clips_of_each_set_in_order():
    axes = plotting.contact_sheet(SETS).axes
    assert [a.get_title(loc="left") for a in axes[:4]] == ["real", "", "generated", ""]
    assert [len(a.collections) for a in axes[:4:2]] == [6, 3]
    tiles, between = cells(axes[3])
    assert np.isnan(between).all() and np.isnan(tiles[:, 3:]).all()
    assert tiles[:, 0].max() == pytest.approx(tiles[:, 1].max() + 20, abs=0.1)
    assert (tiles[:, 2] == -80).all()
    assert np.isfinite(cells(axes[1])[0]).all()


def test_spectrograms_are_log_mel():
    tiles, _ = cells(plotting.contact_sheet(SETS).axes[1])
    levels = log_mel(SETS["real"][:1], bands=48, n_fft=256, hop=32)[0]
    np.testing.assert_allclose(tiles[:, 0, [0, -1]], levels[:, [0, -1]], atol=1e-4)


def test_outlines_hold_every_peak():
    clips = np.zeros((1, 8192, 1))
    clips[0, 5000], clips[0, 8191] = 0.9, -0.7
    axes = plotting.contact_sheet({"real": clips}, columns=1).axes[0]
    points = axes.collections[0].get_paths()[0].vertices
    assert points[:, 1].max() == pytest.approx(0.9)
    assert points[:, 1].min() == pytest.approx(-0.7)
    top = points[points[:, 1].argmax(), 0] / points[:, 0].max()
    assert top == pytest.approx(5000 / 8192, abs=0.01)


def test_scales_do_not_depend_on_what_is_drawn():
    for gain in (1.0, 0.01):
        sheet = plotting.contact_sheet({"a": gain * SETS["generated"]})
        single = plotting.spectrogram(gain * TONE)
        for axes in (sheet.axes[1], single.axes[0]):
            assert axes.images[0].get_clim() == (-80, 0)
        assert sheet.axes[0].get_ylim() == (-1.05, 1.05)
        assert plotting.waveform(gain * TONE).axes[0].get_ylim() == (-1.05, 1.05)


@pytest.mark.parametrize("mel", [True, False])
def test_a_tone_stands_at_its_tick(mel):
    axes = plotting.spectrogram(TONE, mel=mel).axes[0]
    row = axes.images[0].get_array()[:, 64].argmax()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert abs(axes.get_yticks()[labels.index("1,000")] - row) <= 1
    assert axes.get_xlim() == (0, 8192 / 8000) and axes.get_xlabel() == "time (s)"


def test_time_is_marked_below_each_clip():
    axes = plotting.contact_sheet(SETS, columns=3).axes
    assert [t.get_text() for t in axes[3].get_xticklabels()] == ["0", "0.5"] * 3
    assert axes[3].get_xlabel() == "time in each clip (s)" and not axes[1].get_xlabel()
    start, half, next_start = axes[3].get_xticks()[:3]
    clip = next_start - start - sound.BETWEEN
    assert (half - start) / clip == pytest.approx(0.5 / 1.024, abs=0.01)


@pytest.mark.parametrize("samples", [300, 1024])
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_short_clips_and_other_rates_are_drawn(samples, rate):
    clips = SETS["real"][:2, :samples]
    assert png(plotting.contact_sheet({"a": clips}, rate, columns=12))
    assert png(plotting.spectrogram(clips[0], rate))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plotting.contact_sheet({}), "at least one set"),
        (lambda: plotting.contact_sheet(SETS, columns=0), "columns=0"),
        (lambda: plotting.contact_sheet(SETS, columns=13), "columns=13"),
        (lambda: plotting.contact_sheet(SETS, 0), "`sample_rate`"),
        (lambda: plotting.contact_sheet({"a": TONE}), r"rows\['a'\].*\(8192,\)"),
        (lambda: plotting.contact_sheet({"a": 2 * SETS["real"]}), "in \\[-1, 1\\]"),
        (
            lambda: plotting.contact_sheet(SETS | {"b": SETS["real"][:, :9]}),
            "one length.*'b': 9",
        ),
        (lambda: plotting.waveform(SETS["real"]), "one `clip`"),
        (lambda: plotting.spectrogram(2 * TONE), "max=2"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
