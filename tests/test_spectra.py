"""Spectra against librosa and known tones; doors for one clip and its rate."""

import librosa
import numpy as np
import pytest
from scipy import signal

from ganutils.audio import spectra
from ganutils.kit import checks

RNG = np.random.default_rng(0)
NOISE = RNG.uniform(-1, 1, (3, 1000, 1)).astype("float32")


def test_power_spectra_are_those_of_librosa():
    spectrum = librosa.stft(NOISE[..., 0], n_fft=64, hop_length=16, pad_mode="constant")
    expected = np.abs(spectrum) ** 2 / 16**2  # a sine: (size / 4)²
    found = spectra.power_spectra(NOISE, 64, 16)
    assert found.shape == (3, 33, 1 + 1000 // 16) and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)


def test_a_sine_of_full_scale_has_power_one():
    sine = np.sin(2 * np.pi * 8 / 64 * np.arange(1000))[None, :, None]
    assert spectra.power_spectra(sine, 64, 16)[0, 8, 30] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_level_is_below_any_floor(dtype):
    for floor_db in np.linspace(-120, 0, 500).tolist():
        levels = spectra.decibels(np.zeros(20, dtype), floor_db)
        assert levels.dtype == dtype
        assert levels.min() >= np.dtype(dtype).type(floor_db)
    levels = spectra.decibels(np.array([1, 0.1, 1e-7], dtype), -60)
    np.testing.assert_allclose(levels, [0, -10, -60], atol=1e-5)


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


LOUD = RNG.uniform(-1, 1, (3, 8192, 1)).astype("float32")
TIME = np.arange(8192) / 8000


@pytest.mark.parametrize(
    "rate, n_fft, bands", [(8000, 512, 40), (8000, 256, 48), (16_000, 1024, 80)]
)
def test_log_mel_is_that_of_librosa(rate, n_fft, bands):
    x = LOUD * np.geomspace(1e-6, 1, 8192, dtype="float32")[:, None]
    options = dict(sr=rate, n_fft=n_fft, hop_length=256, n_mels=bands, htk=True)
    power = librosa.feature.melspectrogram(
        y=x[..., 0], pad_mode="constant", norm=None, **options
    )
    expected = librosa.power_to_db(power, ref=(n_fft / 4) ** 2, amin=1e-9, top_db=None)
    found = spectra.log_mel(x, rate, bands, n_fft)
    assert found.shape == (3, bands, 33) and found.dtype == np.float32
    np.testing.assert_allclose(found, np.maximum(expected, -80), atol=0.01)


@pytest.mark.parametrize("frequency", [200, 440, 1000, 3000])
def test_a_sine_of_full_scale_is_at_zero_decibels_in_its_band(frequency):
    sine = np.sin(2 * np.pi * frequency * TIME)[None, :, None]
    level = spectra.log_mel(sine)[0, :, 16]
    centres = librosa.mel_frequencies(42, fmin=0, fmax=4000, htk=True)[1:-1]
    assert abs(level.argmax() - np.abs(centres - frequency).argmin()) <= 1
    assert -1.8 < level.max() < 1.8


def test_the_scale_is_fixed_whatever_else_there_is():
    loud = spectra.log_mel(LOUD)
    quiet = spectra.log_mel(0.1 * LOUD[:1])
    np.testing.assert_allclose(quiet, np.maximum(loud[:1] - 20, -80), atol=1e-3)
    assert (spectra.log_mel(0 * LOUD, floor_db=-60) == -60).all()


@pytest.mark.filterwarnings("ignore:Empty filters")
@pytest.mark.parametrize("options", [{"bands": 0}, {"bands": 200}, {"sample_rate": 0}])
def test_bands_without_a_bin_are_refused(options):
    with pytest.raises(ValueError, match=f"`{next(iter(options))}`"):
        spectra.log_mel(LOUD, **options)


def test_log_mel_wants_clips():
    with pytest.raises(ValueError, match=r"`clips`.*received \(3, 8192\)"):
        spectra.log_mel(LOUD[..., 0])


HISS = np.clip(0.1 * RNG.normal(size=(64, 8192, 1)), -1, 1)


@pytest.mark.parametrize("frequency", [500, 1500, 2000, 3500, 4000])
def test_a_steady_tone_on_the_comb_is_found(frequency):
    quiet = 0.01 * np.cos(2 * np.pi * frequency * TIME)[:, None]
    assert spectra.comb_score(0.3 * HISS) == pytest.approx(1.0, abs=0.15)
    assert spectra.comb_score(0.3 * HISS + quiet) > 5


@pytest.mark.parametrize("period, high", [(16, True), (4, False), (10, False)])
def test_the_comb_has_the_period_that_is_asked_for(period, high):
    x = HISS + 0.05 * np.sin(2 * np.pi * 500 * TIME)[:, None]
    assert (spectra.comb_score(x, period=period) > 5) == high


@pytest.mark.parametrize("frequency", [470, 530, 700])
def test_a_tone_beside_the_comb_is_none(frequency):
    x = HISS + 0.05 * np.sin(2 * np.pi * frequency * TIME)[:, None]
    assert spectra.comb_score(x) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_noise_has_no_comb_at_any_rate(rate):
    assert spectra.comb_score(HISS, rate) == pytest.approx(1.0, abs=0.15)


def test_strided_convolutions_are_heard_and_repetition_with_smoothing_is_not():
    kernels = RNG.normal(size=(2, 25)) / 5
    x = RNG.normal(size=(64, 512))
    for kernel in kernels:
        x = signal.upfirdn(kernel, np.maximum(x, 0), up=4, axis=1)
    x = x[:, :8192] / np.abs(x).max()
    assert spectra.comb_score(x[..., None]) > 5
    smooth = signal.resample_poly(RNG.normal(size=(64, 512)), 16, 1, axis=1)
    smooth /= np.abs(smooth).max()
    assert spectra.comb_score(smooth[..., None]) < 2


@pytest.mark.parametrize("period", [1, 65])
def test_a_period_that_cannot_be_resolved_is_named(period):
    with pytest.raises(ValueError, match=f"`period`.*received {period}"):
        spectra.comb_score(HISS, period=period)
