"""Figures of clips: what is drawn stands where the axes say, on fixed scales."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from ganutils import plotting
from ganutils.audio.spectra import log_mel

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
        (lambda: plotting.contact_sheet(SETS), 60_000),
        (lambda: plotting.contact_sheet(SETS | {"more": SETS["real"]}), 90_000),
    ],
)
def test_a_figure_is_small_and_forgotten_by_pyplot(draw, most):
    open_before, style_before = plt.get_fignums(), dict(plt.rcParams)
    data = png(draw())
    assert plt.get_fignums() == open_before and dict(plt.rcParams) == style_before
    width, height = Image.open(io.BytesIO(data)).size
    assert 1_000 < len(data) < most and width <= 760 and height <= 640


def drawn(figure):
    """The axes of the clips of a sheet: a row of waves, a row of spectra, and again."""
    return np.array(figure.axes[:-1]).reshape(-1, 6)  # the last is the scale


def test_a_sheet_shows_the_first_clips_of_each_set_in_order():
    axes = drawn(plotting.contact_sheet(SETS))
    assert [a[0].get_title(loc="left") for a in axes] == ["real", "", "generated", ""]
    assert [sum(len(a.lines) for a in row) for row in axes[::2]] == [6, 3]
    assert [sum(len(a.images) for a in row) for row in axes[1::2]] == [6, 3]
    loud, quiet, silent = (a.images[0].get_array() for a in axes[3, :3])
    assert loud.max() == pytest.approx(quiet.max() + 20, abs=0.1)
    assert (silent == -80).all()
    assert [a.axison for a in axes[3]] == [True] * 3 + [False] * 3


def test_spectrograms_are_log_mel():
    axes = drawn(plotting.contact_sheet(SETS))[1, 0]
    levels = log_mel(SETS["real"][:1], bands=48, n_fft=256, hop=8192 // 48)[0]
    np.testing.assert_allclose(axes.images[0].get_array(), levels, atol=1e-3)


def test_waves_are_drawn_over_their_seconds():
    x, y = drawn(plotting.contact_sheet(SETS))[2, 0].lines[0].get_data()
    np.testing.assert_allclose(y, TONE)
    np.testing.assert_allclose(x, TIME)


def test_scales_do_not_depend_on_what_is_drawn():
    for gain in (1.0, 0.01):
        axes = plotting.contact_sheet({"a": gain * SETS["generated"]}).axes
        assert axes[3].images[0].get_clim() == (-80, 0)
        assert axes[2].get_ylim() == (-1.05, 1.05)


def test_a_tone_stands_at_its_tick():
    axes = plotting.contact_sheet({"a": TONE[None, :, None]}).axes[1]
    picture = axes.images[0].get_array()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    share = axes.get_yticks()[labels.index("1,000")] / axes.get_ylim()[1]
    assert abs(share * len(picture) - 0.5 - picture[:, 144].argmax()) <= 1


def test_time_is_marked_below_each_clip():
    figure = plotting.contact_sheet(SETS)
    for axes in drawn(figure)[3, :3]:
        assert axes.get_xticks().tolist() == [0, 0.5]
        assert axes.get_xlim() == pytest.approx((0, 8192 / 8000), abs=1e-3)
    assert figure.get_supxlabel() == "time in each clip (s)"


@pytest.mark.parametrize("samples", [8, 300, 1024])
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_short_clips_and_other_rates_are_drawn(samples, rate):
    clips = SETS["real"][:2, :samples]
    assert png(plotting.contact_sheet({"a": clips}, rate))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plotting.contact_sheet({}), "at least one set"),
        (lambda: plotting.contact_sheet(SETS, 0), "`sample_rate`"),
        (lambda: plotting.contact_sheet({"a": TONE}), r"rows\['a'\].*\(8192,\)"),
        (lambda: plotting.contact_sheet({"a": 2 * SETS["real"]}), "in \\[-1, 1\\]"),
        (
            lambda: plotting.contact_sheet(SETS | {"b": SETS["real"][:, :9]}),
            "one length.*'b': 9",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
