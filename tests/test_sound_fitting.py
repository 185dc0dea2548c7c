"""Samples as clips: where sound lies, how loud it is, what is cut or refused.

At 1,000 Hz a frame has 10 samples, the silence in front 25, the fade 10 and the
shortest sound 50: small enough to write clips down. Words and other rates are tested
in test_sound_files.py.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganutils.datasets import sound_fitting
from ganutils.datasets.sound_fitting import fit_clip

RATE, LENGTH = 1000, 200
LEAD, FADE, ROOM = 25, 10, 175
PEAK = pytest.approx(0.95)
SQUARE = np.tile([1.0, -1.0], 50)  # 100 samples without an offset


def fit(samples, silence=1e-3, **options):
    """Return the clip, shape (LENGTH,), and the remark."""
    clip, remark = fit_clip(samples, RATE, RATE, LENGTH, silence, **options)
    assert clip.shape == (LENGTH, 1) and clip.dtype == np.float32
    return clip[:, 0], remark


def placed(sound):
    """Return the clip that begins with `sound`, after the silence."""
    return np.pad(sound, (LEAD, LENGTH - LEAD - len(sound)))


# Place and loudness


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("gain", [0.01, 0.5, 1.0])
def test_sound_stands_after_the_silence_with_a_fixed_peak(kind, gain):
    clip, remark = fit((gain * SQUARE).astype(kind))
    np.testing.assert_allclose(clip, placed(0.95 * SQUARE), rtol=1e-3)
    assert remark == ""


def test_what_is_given_stays_as_it_was():
    samples = SQUARE + 0.25
    samples.flags.writeable = False
    fit(samples)
    assert (samples == SQUARE + 0.25).all()


def test_any_sequence_of_floats_and_any_stride_will_do():
    for samples in (SQUARE.tolist(), np.repeat(SQUARE, 2)[::2], SQUARE[::-1][::-1]):
        np.testing.assert_allclose(fit(samples)[0], placed(0.95 * SQUARE), rtol=1e-6)


@pytest.mark.parametrize("offset", [-0.5, 0.5])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_offset_is_taken_off_however_long_the_sound(kind, offset):
    samples = np.tile(SQUARE, 2000) / 4 + offset  # their sum is beyond float16
    clip, remark = fit(samples.astype(kind))
    np.testing.assert_allclose(np.abs(clip[LEAD:-FADE]), 0.95, rtol=1e-3)
    assert remark == "cut from 200 s to 0.175 s"


@pytest.mark.parametrize("before, after", [(0, 0), (10, 0), (0, 990), (500, 37)])
def test_silence_at_both_ends_is_cut_off(before, after):
    clip, _ = fit(np.pad(SQUARE, (before, after)))
    np.testing.assert_allclose(clip, placed(0.95 * SQUARE), rtol=1e-5)


# Frames whose energy is 40 dB lower, amplitudes below 1/100, are silence.
@pytest.mark.parametrize("level, length", [(0.009, 100), (0.011, 110)])
def test_forty_decibels_tell_silence(level, length):
    samples = np.concatenate([SQUARE, level * SQUARE[:10], np.zeros(50)])
    clip, _ = fit(samples)
    assert np.count_nonzero(clip) == length


def test_pause_inside_the_sound_stays():
    samples = np.concatenate([SQUARE[:50], np.zeros(40), SQUARE[:50]])
    np.testing.assert_allclose(fit(samples)[0], placed(0.95 * samples), rtol=1e-6)


# What is cut


@pytest.mark.parametrize("n, remark", [(170, ""), (180, "cut from 0.180 s to 0.175 s")])
def test_only_what_does_not_fit_is_cut(n, remark):
    clip, received = fit(np.tile([1.0, -1.0], n // 2))
    assert received == remark and np.abs(clip).max() == PEAK


def test_cut_ends_in_a_straight_fade():
    clip, _ = fit(np.tile(SQUARE, 3))
    heights = np.concatenate([np.ones(ROOM - FADE), np.linspace(1, 0, FADE)])
    np.testing.assert_allclose(np.abs(clip[LEAD:]), 0.95 * heights, atol=1e-6)


@pytest.mark.parametrize("early, told", [(0.095, True), (0.105, False)])
def test_loudest_part_beyond_the_clip_is_told(early, told):
    clip, remark = fit(np.concatenate([early * np.tile(SQUARE, 2), SQUARE]))
    assert remark.startswith("cut from 0.300 s to 0.175 s")
    assert remark.endswith("; its loudest part was cut off") == told
    assert np.abs(clip).max() == PEAK


@pytest.mark.parametrize(
    "seconds, shown", [(12.5, "12.500 s"), (99.9, "99.900 s"), (3600.0, "3,600 s")]
)
def test_remark_tells_the_length_of_the_whole_recording(seconds, shown):
    assert fit(SQUARE, seconds=seconds)[1] == f"cut from {shown} to 0.100 s"


def test_remarks_stand_in_the_order_of_the_work():
    _, remark = fit_clip(np.tile(3 * SQUARE, 3), RATE, 2000, 400)
    assert remark == (
        "peak of 3, scaled down; recorded at 1,000 Hz: nothing above 500 Hz; "
        "cut from 0.300 s to 0.175 s"
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_peak_of_either_sign_is_told(sign):
    assert fit(sign * np.where(SQUARE > 0, 3.0, -1.0))[1] == "peak of 3, scaled down"


# What is refused


@pytest.mark.parametrize(
    "samples, reason",
    [
        (np.zeros(0), "too short: 0.000 s of sound; 0.05 s are the least"),
        (np.ones(1), "too short: 0.001 s"),
        (SQUARE[:49], "too short: 0.049 s"),
        (np.pad(SQUARE[:40], 50), "too short: 0.040 s"),
        (np.zeros(100), "silent: no peak reaches 0.001 of full scale"),
        (np.full(100, 0.7), "silent"),
        (np.where(np.arange(100) == 7, np.nan, SQUARE), "no numbers, or beyond 1e"),
        (np.where(np.arange(100) == 7, -np.inf, SQUARE), "no numbers"),
        (1.1e15 * SQUARE, r"beyond 1e\+15"),
        (np.ones(100, int), r"shape \(n,\) and a floating type; received \(100,\), in"),
        (np.ones(100, complex), r"received \(100,\), complex128"),
        (np.ones((100, 1)), r"received \(100, 1\), float64"),
        (1.0, r"received \(\), float64"),
    ],
)
def test_samples_that_give_no_clip_say_why(samples, reason):
    with pytest.raises(ValueError, match=reason):
        fit(samples)


def test_shortest_and_loudest_samples_give_a_clip():
    for samples in (SQUARE[:50], 0.9e15 * SQUARE, np.pad(SQUARE[:50], 50)):
        assert np.abs(fit(samples)[0]).max() == PEAK


def test_smaller_peak_than_the_given_one_is_silence():
    assert np.abs(fit(0.0101 * SQUARE, silence=0.01)[0]).max() == PEAK
    with pytest.raises(ValueError, match="silent: no peak reaches 0.01 of full scale"):
        fit(0.0099 * SQUARE, silence=0.01)


@pytest.mark.parametrize("peak", [0.0, 1e-30])
def test_digital_silence_is_silent_even_where_nothing_shall_be(peak):
    with pytest.raises(ValueError, match="silent"):
        fit(peak * SQUARE, silence=0.0)
    assert np.abs(fit(1e-12 * SQUARE, silence=0.0)[0]).max() == PEAK


@pytest.mark.parametrize("rate", [0, -8000, 999, 384_001, float("nan")])
@pytest.mark.parametrize("name", ["rate", "sample_rate"])
def test_rate_that_makes_no_sense_is_named(name, rate):
    rates = {"rate": RATE, "sample_rate": RATE} | {name: rate}
    message = f"Expected `{name}` from 1,000 to 384,000 Hz; received {rate}"
    with pytest.raises(ValueError, match=message):
        fit_clip(SQUARE, clip_length=LENGTH, **rates)


@pytest.mark.parametrize("rate, least", [(1000, 75), (8000, 600), (384_000, 28_800)])
def test_clip_must_have_room_for_the_shortest_sound(rate, least):
    assert sound_fitting.check_sizes(rate, least) is None
    message = f"`clip_length` ≥ {least} at {rate:,} Hz; received {least - 1}"
    with pytest.raises(ValueError, match=message):
        sound_fitting.check_sizes(rate, least - 1)


# Any sound


@settings(deadline=None)
@given(
    n=st.integers(0, 500),
    seed=st.integers(0, 99),
    scale=st.floats(1e-30, 1e30),
    offset=st.floats(-1, 1),
)
def test_any_samples_give_a_clip_or_a_reason(n, seed, scale, offset):
    noise = np.random.default_rng(seed).standard_normal(n)
    try:
        clip, _ = fit(scale * (noise + offset))
    except ValueError as error:
        assert n < 60 or scale < 1e-2 or scale > 1e13, error
        return
    assert np.abs(clip).max() == PEAK and (clip[:LEAD] == 0).all()
