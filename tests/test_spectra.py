"""Frames and power spectra against librosa; doors for one clip and its rate."""

import librosa
import numpy as np
import pytest

from ganutils.audio import spectra
from ganutils.kit import checks

RNG = np.random.default_rng(0)
NOISE = RNG.uniform(-1, 1, (3, 1000, 1)).astype("float32")


def test_power_spectra_are_those_of_librosa():
    spectrum = librosa.stft(NOISE[..., 0], n_fft=64, hop_length=16, pad_mode="constant")
    expected = np.abs(spectrum.swapaxes(1, 2)) ** 2 / 16**2  # a sine: (size / 4)²
    found = spectra.power_spectra(NOISE, 64, 16)
    assert found.shape == (3, 1 + 1000 // 16, 33) and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)


def test_a_sine_of_full_scale_has_power_one():
    sine = np.sin(2 * np.pi * 8 / 64 * np.arange(1000))[None, :, None]
    assert spectra.power_spectra(sine, 64, 16)[0, 30, 8] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_level_is_below_any_floor(dtype):
    for floor_db in np.linspace(-120, 0, 500).tolist():
        levels = spectra.decibels(np.zeros(20, dtype), floor_db)
        assert levels.dtype == dtype
        assert levels.min() >= np.dtype(dtype).type(floor_db)
    levels = spectra.decibels(np.array([1, 0.1, 1e-7], dtype), -60)
    np.testing.assert_allclose(levels, [0, -10, -60], atol=1e-5)


def test_frames_are_centred_and_padded_with_silence():
    cut = spectra.cut_frames(np.arange(1.0, 9.0)[None], size=4, hop=4)
    assert cut.tolist() == [[[0, 0, 1, 2], [3, 4, 5, 6], [7, 8, 0, 0]]]


def test_blocks_change_nothing(monkeypatch):
    whole = spectra.power_spectra(NOISE, 64, 16)
    monkeypatch.setattr(spectra, "BLOCK", 2)
    # As many frames at once as a processor's vectors hold; the rest one by one.
    parts = spectra.power_spectra(NOISE, 64, 16)
    np.testing.assert_allclose(parts, whole, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("shape", [(1000,), (1000, 1), (1, 1000, 1)])
def test_one_clip_may_have_any_of_three_shapes(shape):
    found = checks.one_clip(NOISE[0].reshape(shape))
    np.testing.assert_array_equal(found, NOISE[0, :, 0])


@pytest.mark.parametrize(
    "clip, message",
    [
        (NOISE, r"received \(3, 1000, 1\).*clips\[i\]"),
        (NOISE[0].T, r"received \(1, 1000\)"),
        (np.zeros((1000, 2)), r"received \(1000, 2\)"),
        (np.zeros(0), r"received \(0,\)"),
        (np.float32(0.5), r"received \(\)"),
        (np.array([0.0, np.nan]), "1 samples that are NaN"),
        (np.array([0.0, 1.2]), "max=1.2"),
        (np.zeros(9, "int16"), "received int16"),
    ],
)
def test_what_is_not_one_clip_is_named(clip, message):
    with pytest.raises(ValueError, match=message):
        checks.one_clip(clip)


@pytest.mark.parametrize("rate", [0, 999, 384_001, 8000.5])
def test_a_rate_that_is_none_is_named(rate):
    with pytest.raises(ValueError, match=f"`sample_rate`.*received {rate}"):
        checks.check_rate(rate)


@pytest.mark.parametrize("rate, size", [(8000, 512), (16_000, 1024), (44_100, 2048)])
def test_a_frame_lasts_about_64_ms_at_any_rate(rate, size):
    assert spectra.frame_size(rate) == size
