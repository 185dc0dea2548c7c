"""Monitors on signals whose numbers are known."""

import numpy as np
import pytest
from scipy import signal

from ganutils.audio import spectra, waveforms

RNG = np.random.default_rng(0)
TIME = np.arange(8192) / 8000
NOISE = np.clip(0.1 * RNG.normal(size=(64, 8192, 1)), -1, 1)


def tone(frequency, gain=0.5, rate=8000, samples=8192):
    return gain * np.sin(2 * np.pi * frequency * np.arange(samples) / rate)


def clips(*lines):
    return np.stack(lines)[..., None]


def voice(pitch, rate=8000):
    return 0.4 * signal.sawtooth(2 * np.pi * pitch * np.arange(8192) / rate)


@pytest.mark.parametrize(
    "name, line, value",
    [
        ("rms_db", np.sign(tone(7.3)), 0.0),
        ("rms_db", tone(1000, gain=0.1), -23.01),
        ("rms_db", 0 * TIME, -120.0),
        ("peak", -tone(1000), 0.5),
        ("clipped_share", np.clip(2 * tone(7.8125, gain=1.0), -1, 1), 2 / 3),
        ("silent_share", tone(1000, gain=0.003), 1.0),  # RMS −53.5 dB
        ("silent_share", tone(1000, gain=0.006), 0.0),  # RMS −47.4 dB
        ("active_seconds", np.where((TIME >= 0.2) & (TIME < 0.5), 0.01, 0), 0.3),
        ("active_seconds", np.where(TIME < 0.5, 0.9, 0.008), 0.5),
        ("active_seconds", 0 * TIME, 0.0),
        ("spectral_centroid", tone(1000), 1000),
        ("spectral_centroid", np.where(TIME < 0.5, tone(2000), 0), 2000),
        ("voiced_share", tone(200), 1.0),
        ("voiced_share", np.where(TIME < 0.5, voice(120), 0), 1.0),
        ("voiced_share", np.where(TIME < 0.512, voice(120), NOISE[0, :, 0]), 17 / 33),
        ("clear_share", voice(120), 1.0),
        ("clear_share", NOISE[0, :, 0], 0.0),
    ],
)
def test_health_of_a_known_signal(name, line, value):
    found = waveforms.health(clips(line, line))
    assert found[name] == pytest.approx(value, rel=0.03, abs=0.01)


def test_health_has_every_measure_and_silence_has_no_pitch():
    found = waveforms.health(np.zeros((2, 8192, 1), "float32"))
    assert tuple(found) == waveforms.MEASURES
    unknown = {name for name, value in found.items() if np.isnan(value)}
    names = {"spectral_centroid", "voiced_share", "comb_score"}
    assert unknown == names | {"clear_share", "harmonics_db"}


@pytest.mark.parametrize("ratio_db", [0.0, 6.0, 12.0])
def test_harmonics_to_noise_of_a_known_mixture(ratio_db):
    hum = signal.sosfilt(signal.butter(2, 1_000, fs=8_000, output="sos"), voice(125))
    noise = np.random.default_rng(1).normal(size=8192)
    noise *= hum.std() / noise.std() / 10 ** (ratio_db / 20)
    found = waveforms.health(clips(0.3 * (hum + noise)))["harmonics_db"]
    assert abs(found - ratio_db) < 1.5


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_the_pitch_of_a_clip(rate):
    samples = np.arange(rate) / rate
    low = signal.sawtooth(2 * np.pi * 90 * samples)
    lines = 0.4 * low, tone(310, rate=rate, samples=rate), 0 * samples
    found = waveforms.pitch(clips(*lines), rate)
    assert np.allclose(found[:2], [90, 310], rtol=0.02) and np.isnan(found[2])


def test_shares_count_clips():
    found = waveforms.health(clips(0 * TIME, tone(200), 0 * TIME, 0 * TIME))
    assert found["silent_share"] == 0.75 and found["voiced_share"] == 1.0


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize(
    "line, share",
    [
        (lambda rate: tone(200, rate=rate), 1),
        (lambda rate: tone(390, rate=rate), 1),
        (lambda rate: voice(70, rate), 1),
        (lambda rate: voice(350, rate), 1),
        (lambda rate: 0.8 * voice(120, rate) + 0.5 * NOISE[0, :, 0], 1),
        (lambda rate: tone(30, rate=rate), 0),
        (lambda rate: tone(500, rate=rate), 0),
        (lambda rate: tone(rate / 4, rate=rate), 0),
        (lambda rate: tone(500, 0.1, rate) + NOISE[0, :, 0], 0),
        (lambda rate: NOISE[0, :, 0], 0),
        (lambda rate: np.cumsum(NOISE[0, :, 0]) / 50, 0),
        (lambda rate: 0 * TIME, 0),
    ],
)
def test_a_pitch_is_heard_where_a_voice_can_have_one(line, share, rate):
    found = waveforms.voiced(clips(line(rate)), rate)
    assert abs(found[0, 1:-1].mean() - share) <= 0.2


def test_autocorrelation_is_that_of_its_definition():
    x = RNG.normal(size=50)
    x -= x.mean()
    found = waveforms._autocorrelation(x[None])[0]
    parts = [(x[: 50 - lag], x[lag:]) for lag in range(50)]
    expected = [a @ b / np.sqrt(a @ a * (b @ b)) for a, b in parts]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda f: f(np.zeros((2, 100))), r"`clips`.*received \(2, 100\)"),
        (lambda f: f(np.full((1, 100, 1), np.nan)), "NaN"),
        (lambda f: f(np.full((1, 100, 1), 1.5)), "max=1.5"),
        (lambda f: f(NOISE[:1], 0), "`sample_rate`.*received 0"),
    ],
)
def test_bad_clips_and_rates_are_named(call, message):
    for function in (waveforms.health, waveforms.voiced, spectra.comb_score):
        with pytest.raises(ValueError, match=message):
            call(function)


@pytest.mark.parametrize("samples", [1, 30, 700])
def test_short_clips_are_measured_too(samples):
    found = waveforms.health(NOISE[:3, :samples])
    assert np.isfinite(found["rms_db"]) and found["peak"] > 0
