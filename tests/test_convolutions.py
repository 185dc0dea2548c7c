"""The score against power put in by hand."""

import numpy as np
import pytest

from ganutils.theory import convolutions

NOISE = np.random.default_rng(0).normal(size=(400, 16, 16, 3))


def smooth(noise):
    """Divide the amplitudes by the frequency, as in photographs; still periodic."""
    y, x = np.fft.fftfreq(16)[:, None], np.fft.fftfreq(16)
    frequency = np.maximum(np.hypot(y, x), 1 / 16)[..., None]
    spectrum = np.fft.fft2(noise, axes=(1, 2)) / frequency
    return np.fft.ifft2(spectrum, axes=(1, 2)).real


def comb(period=2, along="x"):
    y, x = np.indices((16, 16)) % period == 0
    pattern = {"x": x, "y": y, "both": x == y}[along]
    return pattern[..., None] - pattern.mean()


@pytest.mark.parametrize("period", [2, 4, 8])
def test_white_noise_scores_one(period):
    # At period 2, three bins of 400 · 3 transforms: the noise of the score is 1/√3600.
    assert convolutions.checkerboard_score(NOISE, period) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("period", [2, 4])
def test_smooth_noise_scores_about_one(period):
    # Less than 1: its spectrum is steep and convex, so the surroundings hold more.
    score = convolutions.checkerboard_score(smooth(NOISE), period)
    assert score == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("along", ["x", "y", "both"])
def test_score_of_a_comb_in_white_noise(along):
    # A comb of ±½·a puts (256·a/2)² into one of three bins; noise has 256 in every bin.
    a = 0.3
    expected = 1 + (256 * a / 2) ** 2 / 256 / 3
    score = convolutions.checkerboard_score(NOISE + a * comb(along=along))
    assert score == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("period", [2, 4])
def test_score_grows_with_the_amplitude(period):
    images = smooth(NOISE)
    images /= images.std()
    scores = [
        convolutions.checkerboard_score(images + a * comb(period), period)
        for a in (0, 0.2, 0.5, 1.0)
    ]
    assert np.all(np.diff(scores) > 0) and scores[-1] > 5 * scores[0]


def test_a_comb_of_another_period_is_not_found():
    # Period 4 has power at ¼ and ½, period 2 at ½ only.
    images = NOISE + 0.5 * np.cos(np.pi * np.arange(16) / 2)[:, None]
    assert convolutions.checkerboard_score(images, 2) == pytest.approx(1, abs=0.06)
    assert convolutions.checkerboard_score(images, 4) > 1.5


def test_score_on_sides_that_differ_and_in_bytes():
    images = NOISE[:, :8]
    assert convolutions.checkerboard_score(images) == pytest.approx(1, abs=0.06)
    in_bytes = np.clip(images * 40 + 128, 0, 255).astype("uint8")
    assert convolutions.checkerboard_score(in_bytes) == pytest.approx(1, abs=0.06)


def test_score_depends_neither_on_brightness_nor_on_contrast():
    images = NOISE[:20] + 0.2 * comb()
    expected = convolutions.checkerboard_score(images)
    changed = 0.1 * images + np.arange(20).reshape(20, 1, 1, 1)
    assert convolutions.checkerboard_score(changed) == pytest.approx(expected, 1e-9)


def test_score_averages_the_power_over_all_blocks(monkeypatch):
    images = NOISE[:50] * np.linspace(0, 1, 50).reshape(50, 1, 1, 1)
    expected = convolutions.checkerboard_score(images)
    monkeypatch.setattr(convolutions, "BLOCK", 7)
    assert convolutions.checkerboard_score(images) == pytest.approx(expected, 1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("value", [0.0, 0.1, -1.0])
def test_constant_images_score_one(value, dtype):
    images = np.full((3, 16, 16, 1), value, dtype)
    assert convolutions.checkerboard_score(images) == 1.0


@pytest.mark.parametrize("period, score", [(2, np.inf), (3, np.inf), (12, 1.0)])
def test_a_wave_alone_scores_infinity_on_the_grid_and_one_far_from_it(period, score):
    # A wave at 1/12 and the grid at 1/2 leave nothing but rounding to compare.
    wave = 0.3 + 0.1 * np.cos(2 * np.pi * np.arange(24) / period + 0.1)
    images = np.broadcast_to(wave[:, None], (3, 24, 24, 1))
    grid = 3 if period == 3 else 2
    assert convolutions.checkerboard_score(images, grid) == score


@pytest.mark.parametrize(
    "images, period, message",
    [
        (NOISE[0], 2, r"`images` as numbers of shape .*\(16, 16, 3\)"),
        (NOISE[:0], 2, r"`images` as numbers of shape .*\(0, 16, 16, 3\)"),
        (NOISE.astype(str), 2, "`images` as numbers of shape .*<U"),
        (NOISE, 3, "multiples of period=3 .*16 × 16"),
        (NOISE[:, :15], 2, "multiples of period=2 .*15 × 16"),
        (NOISE, 16, "at least 32; received 16 × 16"),
        (NOISE, 1, "`period` to be a whole number ≥ 2; received 1"),
        (NOISE, 2.0, "`period` to be a whole number ≥ 2; received 2.0"),
        (np.full((1, 4, 4, 1), np.nan), 2, "finite `images`; received 16"),
    ],
)
def test_score_errors(images, period, message):
    with pytest.raises(ValueError, match=message):
        convolutions.checkerboard_score(images, period)
