"""Each way to spoil a clip does what its name says, and only that.

Levels in dB are computed here with NumPy's Fourier transform of sums of sines.
"""

import numpy as np
import pytest

from ganutils.audio.waveforms import health, low_passed, random_phase, revoiced, spoil

RATE, LENGTH = 8_000, 4_096
ROWS = (
    "8-bit",
    "noise σ 0.01",
    "whispered",
    "buzzed",
    "low-pass 1 kHz",
    "reversed",
    "one digit",
    "random phase",
    "silence",
    "white noise",
)


def tone(frequency, start=200, stop=3_000, level=0.9):
    """A sine between silences; whole periods of LENGTH where it fills the clip."""
    clip = np.zeros((LENGTH, 1), np.float32)
    time = np.arange(start, stop) / RATE
    clip[start:stop, 0] = level * np.sin(2 * np.pi * frequency * time + 0.1)
    return clip


@pytest.fixture(scope="module")
def clips():
    return np.stack([tone(200 + 40 * i, stop=2_000 + 50 * i) for i in range(12)])


@pytest.fixture(scope="module")
def labels():
    return np.array([0, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9])


@pytest.fixture(scope="module")
def spoilt(clips, labels):
    return spoil(clips, labels, RATE, seed=0)


def test_rows_are_clips_as_they_came(spoilt, clips):
    assert tuple(spoilt) == ROWS
    for row in spoilt.values():
        assert row.shape == clips.shape and row.dtype == np.float32
        assert np.isfinite(row).all() and np.abs(row).max() <= 1


def test_same_seed_same_rows(clips, labels, spoilt):
    again, other = (spoil(clips, labels, RATE, seed) for seed in (0, 1))
    for name in ROWS:
        np.testing.assert_array_equal(again[name], spoilt[name])
    for name in ("noise σ 0.01", "one digit", "random phase", "white noise"):
        assert (other[name] != spoilt[name]).any()


def test_clips_themselves_are_left_alone(clips, labels):
    before = clips.copy()
    spoil(clips, labels, RATE, seed=0)
    np.testing.assert_array_equal(clips, before)


def test_eight_bits_have_255_levels(spoilt, clips):
    assert 100 < len(np.unique(spoilt["8-bit"])) <= 255
    assert np.abs(spoilt["8-bit"] - clips).max() <= 0.5 / 127 + 1e-6


def test_noise_has_the_stated_level(spoilt, clips):
    # 12 · 4,096 draws: the standard deviation is known to 0.3 %.
    assert (spoilt["noise σ 0.01"] - clips).std() == pytest.approx(0.01, rel=0.02)


@pytest.mark.parametrize(
    "frequency, low, high", [(250, -0.1, 0.1), (1000, -6.2, -5.8), (1500, -67, -66)]
)
def test_low_pass(frequency, low, high):
    sound = tone(frequency, 0, LENGTH)
    middle = slice(1_000, 3_096)  # away from the filter's ends
    kept = low_passed(sound[None], RATE)[0, middle].std() / sound[middle].std()
    assert low <= 20 * np.log10(kept) <= high


def test_reversed_stays_where_the_word_was(spoilt, clips):
    for turned, clip in zip(spoilt["reversed"], clips, strict=True):
        (where,) = np.nonzero(clip[:, 0])
        span = slice(where[0], where[-1] + 1)
        np.testing.assert_array_equal(turned[span], clip[span][::-1])
        assert not turned[: span.start].any() and not turned[span.stop :].any()


def test_reversing_silence_is_silence(labels):
    silent = np.zeros((12, LENGTH, 1), np.float32)
    rows = spoil(silent, labels, RATE, seed=0)
    assert not rows["reversed"].any() and not rows["random phase"].any()


def test_one_digit_draws_clips_of_the_commonest(spoilt, clips):
    drawn = {clip.tobytes() for clip in spoilt["one digit"]}
    assert drawn == {clip.tobytes() for clip in clips[2:5]}


def test_random_phase_keeps_magnitudes_and_peak(clips):
    mixed = random_phase(clips, np.random.default_rng(0))
    np.testing.assert_allclose(np.abs(mixed).max(1), np.abs(clips).max(1), rtol=1e-5)
    before, after = (np.abs(np.fft.rfft(x, axis=1))[:, 1:-1] for x in (clips, mixed))
    ratio = after / after.sum(1, keepdims=True) * before.sum(1, keepdims=True)
    np.testing.assert_allclose(ratio, before, atol=1e-3 * before.max())
    assert np.abs(mixed[:, 3_500:]).mean() > 0.05  # where there was silence


def test_silence_and_white_noise(spoilt):
    assert not spoilt["silence"].any()
    noise = spoilt["white noise"][..., 0]
    assert noise.std() == pytest.approx(1 / np.sqrt(3), rel=0.02)
    power = (np.abs(np.fft.rfft(noise, axis=1)) ** 2).mean(0)
    assert power[1:1024].mean() == pytest.approx(power[1024:-1].mean(), rel=0.1)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"clips": np.zeros((12, LENGTH))}, r"`clips` of shape.*\(12, 4096\)"),
        ({"labels": np.zeros(5, int)}, r"`labels` of shape \(12,\).*\(5,\)"),
        ({"sample_rate": 2_000}, "above 2000 Hz.*received 2000"),
    ],
)
def test_bad_arguments(clips, labels, change, message):
    given = {"clips": clips, "labels": labels, "sample_rate": RATE, "seed": 0}
    with pytest.raises(ValueError, match=message):
        spoil(**given | change)


def test_another_source_keeps_the_filter_and_changes_the_pitch():
    time = np.arange(LENGTH)
    resonance = np.exp(-time / 40) * np.sin(2 * np.pi * 700 * time / RATE)
    pulses = np.convolve(time % 50 == 0, resonance)[:LENGTH]  # 160 Hz, 700 Hz
    clip = (0.2 * pulses / np.abs(pulses).max()).reshape(1, -1, 1)
    noise = np.random.default_rng(0).standard_normal(LENGTH)
    hissed, buzzed = (revoiced(clip, x, RATE) for x in (noise, time % 40 < 1))
    for heard in (hissed, buzzed):
        spectrum = np.abs(np.fft.rfft(heard[0, :, 0])) ** 2
        hertz = np.fft.rfftfreq(LENGTH, 1 / RATE)
        assert spectrum[(hertz > 500) & (hertz < 900)].sum() > 0.5 * spectrum.sum()
        assert np.isclose(heard.std(), clip.std(), rtol=0.05)
    shares = [health(x, RATE)["clear_share"] for x in (clip, hissed, buzzed)]
    assert shares[0] == shares[2] == 1 and shares[1] < 0.4
