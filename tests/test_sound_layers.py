"""The layers of the audio GAN against NumPy and librosa."""

import keras
import librosa
import numpy as np
import pytest
import tensorflow as tf

from ganutils.training.sound_layers import LogMel, PhaseShuffle, SourceFilter

RATE, FRAMES, HOP = 8_000, 16, 128
RNG = np.random.default_rng(0)
NOISE = RNG.uniform(-1, 1, (4, 2_048, 1)).astype("float32")


def controls(height=0.0, voiced=0.0, noise=-20.0, clips=1):
    """Return constant controls: pitch, gains of the pulses, gains of the noise."""
    row = np.r_[height, np.full(32, voiced), np.full(16, noise)]
    return np.tile(row, (clips, FRAMES, 1)).astype("float32")


def power_at(clip, hertz):
    """Return the power of a clip, Hann-windowed, in the bin of a frequency."""
    spectrum = np.abs(np.fft.rfft(np.hanning(len(clip)) * clip)) ** 2
    return spectrum[np.round(np.asarray(hertz) * len(clip) / RATE).astype(int)]


def reload(layer, sample):
    """Return what a saved and loaded model with that layer makes of a sample."""
    inputs = keras.Input(sample.shape[1:])
    config = keras.Model(inputs, layer(inputs)).get_config()
    return keras.Model.from_config(config)(sample)


# Phase shuffle


def test_phase_shuffle_is_one_of_the_reflected_shifts():
    x = RNG.normal(size=(500, 9, 3)).astype("float32")
    shuffled = PhaseShuffle(2, seed=1)(x, training=True).numpy()
    padded = np.pad(x, ((0, 0), (2, 2), (0, 0)), mode="reflect")
    shifts = np.stack([padded[:, i : i + 9] for i in range(5)])
    matches = (shifts == shuffled).all(axis=(2, 3))
    assert (matches.sum(axis=0) == 1).all()  # channels of a clip move together
    shares = matches.mean(axis=1)
    assert shares.min() > 0.13 and shares.max() < 0.27  # 0.2 each, four sigma


def test_phase_shuffle_draws_anew_and_rests_outside_of_training():
    layer = PhaseShuffle(2, seed=1)
    first, second = (layer(NOISE, training=True).numpy() for _ in range(2))
    assert (first != second).any()
    assert np.array_equal(layer(NOISE, training=False), NOISE)


def test_phase_shuffle_passes_the_gradient_to_every_sample_it_shows():
    x = tf.constant(NOISE[:, :8])
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(PhaseShuffle(1, seed=0)(x, training=True))
    slopes = tape.gradient(total, x).numpy()
    assert slopes.sum() == x.shape[0] * 8 and slopes.max() <= 2


@pytest.mark.parametrize("radius", [0, -1, 1.5])
def test_phase_shuffle_refuses_a_radius(radius):
    with pytest.raises(ValueError, match=f"whole number ≥ 1; received {radius}"):
        PhaseShuffle(radius)


def test_phase_shuffle_refuses_clips_shorter_than_its_shift():
    with pytest.raises(ValueError, match="more than 4 samples"):
        PhaseShuffle(4)(np.zeros((1, 4, 1)), training=True)


# Log-mel spectrograms


def test_log_mel_equals_librosa():
    layer = LogMel(RATE, bands=40, window=512, hop=128)
    around = (512 - 128) // 2
    options = {"n_fft": 512, "hop_length": 128, "center": False, "power": 2.0}
    scale = {"n_mels": 40, "fmin": 50, "htk": True, "norm": None}
    for clip, ours in zip(NOISE[..., 0], layer(NOISE).numpy()[..., 0], strict=True):
        padded = np.pad(clip, around)
        window = np.hanning(513)[:-1]
        power = librosa.feature.melspectrogram(
            y=padded, sr=RATE, window=window, **options, **scale
        )
        decibel = 10 * np.log10((4 / 512) ** 2 * power + 1e-6)
        assert np.abs(ours.T - (1 + decibel / 30)).max() < 1e-4  # 0.003 dB


def test_log_mel_hears_a_full_scale_tone_near_0_db():
    tone = np.sin(2 * np.pi * 1_000 * np.arange(4_096) / RATE)
    picture = LogMel()(tone[None, :, None].astype("float32")).numpy()[0, ..., 0]
    assert picture.shape == (32, 40)
    assert 0.9 < picture[16].max() < 1.1
    assert picture[16].min() < -0.95


def test_log_mel_of_silence_is_the_floor_with_a_finite_gradient():
    silence = tf.zeros((2, 1_024, 1))
    with tf.GradientTape() as tape:
        tape.watch(silence)
        picture = LogMel()(silence)
        total = tf.reduce_sum(picture)
    assert np.allclose(picture, -1, atol=1e-5)
    assert np.array_equal(tape.gradient(total, silence), np.zeros((2, 1_024, 1)))


def test_log_mel_of_a_clip_does_not_depend_on_its_batch():
    quiet = 0.001 * NOISE[:1]
    alone = LogMel()(quiet)
    beside = LogMel()(np.concatenate([quiet, NOISE]))
    assert np.allclose(alone[0], beside[0], atol=1e-5)


def test_log_mel_refuses_part_of_a_hop():
    with pytest.raises(ValueError, match="multiple of 128 samples.*received 1000"):
        LogMel()(np.zeros((1, 1_000, 1)))


# The source–filter voice


def test_fine_bins_are_powers_of_the_fourier_transform():
    tone = 0.1 * np.sin(2 * np.pi * 250 * np.arange(4_096) / RATE)  # the 17th bin
    clips = np.stack([tone, 0 * tone])[..., None].astype("float32")
    plain, fine = LogMel()(clips).numpy(), LogMel(fine=64)(clips).numpy()
    assert fine.shape == (2, 32, 104, 1) and np.array_equal(fine[:, :, :40], plain)
    decibel = 30 * (fine[0, 16, 40:, 0] - 1)
    assert decibel.argmax() == 16 - 3 and abs(decibel.max() + 20) < 0.1
    assert decibel[20:].max() < -55 and np.allclose(fine[1], -1)


@pytest.mark.parametrize("octaves", [-1.0, 0.0, 0.8])
def test_pulses_sound_at_the_pitch(octaves):
    clip = SourceFilter()(controls(octaves, voiced=1.0))[0, :, 0].numpy()
    pitch = 150 * 2 ** (1.1 * np.tanh(octaves / 1.1))
    harmonics = pitch * np.arange(1, 8)
    between = power_at(clip, harmonics + pitch / 2)
    assert (power_at(clip, harmonics) > 30 * between).all()


def test_noise_has_no_pitch_and_the_loudness_of_its_gain():
    layer = SourceFilter(breath=0.0)
    loud, soft = (
        layer(controls(voiced=-20.0, noise=gain))[0, 200:-200, 0].numpy()
        for gain in (1.0, -1.0)
    )
    assert 0.044 < loud.std() < 0.055  # e⁻³ = 0.050
    assert 0.006 < soft.std() < 0.0075  # e⁻⁵ = 0.0067
    correlation = np.correlate(loud, loud, "full")[len(loud) - 1 :] / (loud @ loud)
    assert np.abs(correlation[25:115]).max() < 0.2


def test_breath_is_heard_above_its_frequency_only():
    clip = SourceFilter(breath=750.0)(controls(voiced=-20.0, noise=1.0))[0, :, 0]
    power = np.abs(np.fft.rfft(clip.numpy())) ** 2
    hertz = np.fft.rfftfreq(len(clip), 1 / RATE)
    low, high = (
        power[(hertz > a) & (hertz < b)].mean() for a, b in ((0, 600), (2e3, 4e3))
    )
    assert low < 1e-3 * high


def test_each_z_has_its_own_noise_and_keeps_it():
    layer, x = SourceFilter(), controls(voiced=-20.0, noise=1.0, clips=3)
    z = RNG.normal(size=(3, 5)).astype("float32")
    together, alone = layer(x, z).numpy(), layer(x[1:2], z[1:2]).numpy()
    assert np.allclose(together[1], alone[0], atol=1e-6)
    r = np.corrcoef(together[..., 0])
    assert np.abs(r - np.eye(3)).max() < 0.1


def test_a_gain_curve_shapes_the_spectrum():
    x = controls(voiced=-20.0, noise=1.0)
    x[..., -8:] = -5.0  # the upper half of the mel scale
    clip = SourceFilter(breath=0.0)(x)[0, :, 0].numpy()
    power = np.abs(np.fft.rfft(clip)) ** 2
    low, high = (
        power[50:250].mean(),
        power[700:1_000].mean(),
    )
    assert low > 1_000 * high


def test_every_control_gets_a_finite_gradient():
    x = tf.constant(controls(0.3, 1.0, 0.0, clips=2))
    target = NOISE[:2, : FRAMES * HOP]
    layer = SourceFilter()
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_mean(tf.square(LogMel()(layer(x)) - LogMel()(target)))
    slopes = tape.gradient(loss, x).numpy()
    assert np.isfinite(slopes).all()
    assert (np.abs(slopes).max(axis=(0, 1)) > 0).all()


def test_the_slope_of_the_pitch_is_scaled_and_the_sound_is_not():
    x = tf.constant(controls(0.3, 1.0, 0.0, clips=2))
    sounds, slopes = [], []
    for factor in (1.0, 0.25):
        with tf.GradientTape() as tape:
            tape.watch(x)
            sounds.append(SourceFilter(pitch_slope=factor)(x))
            loss = tf.reduce_mean(tf.square(LogMel()(sounds[-1])))
        slopes.append(tape.gradient(loss, x).numpy())
    assert np.array_equal(*sounds)
    assert np.allclose(slopes[1][..., 0], 0.25 * slopes[0][..., 0], rtol=1e-3)
    assert np.allclose(slopes[1][..., 1:], slopes[0][..., 1:], rtol=1e-3, atol=1e-9)


def test_a_pitch_that_jumps_is_averaged():
    steady, jumping = controls(0.3, 1.0), controls(0.3, 1.0)
    jumping[:, ::2, 0] += 1.0
    jumping[:, 1::2, 0] -= 1.0
    expected = SourceFilter()(steady)
    for window, is_close in ((2, True), (1, False)):
        found = SourceFilter(pitch_window=window)(jumping)
        inside = slice(0, -2 * HOP)  # the last frame has no neighbour to its right
        assert np.allclose(found[:, inside], expected[:, inside], atol=0.02) == is_close


def test_an_empty_window_of_the_pitch_is_refused():
    with pytest.raises(
        ValueError, match="`pitch_window` to be a whole number ≥ 1; received 0"
    ):
        SourceFilter(pitch_window=0)


@pytest.mark.parametrize("extreme", [-1e4, 1e4])
def test_extreme_controls_stay_finite_and_in_range(extreme):
    clips = SourceFilter()(np.full((1, FRAMES, 49), extreme, "float32")).numpy()
    assert clips.shape == (1, FRAMES * HOP, 1)
    assert np.isfinite(clips).all() and np.abs(clips).max() <= 1


def test_the_voice_refuses_another_number_of_controls():
    with pytest.raises(ValueError, match="Expected 49 controls.*received 48"):
        SourceFilter()(np.zeros((1, FRAMES, 48)))


@pytest.mark.parametrize(
    ("layer", "sample"),
    [
        (PhaseShuffle(3, seed=2), NOISE),
        (LogMel(bands=20, hop=64, floor_db=-50.0, fine=8), NOISE),
        (
            SourceFilter(voiced=10, noise=5, octaves=2.0, breath=0.0, pitch_slope=0.5),
            np.zeros((2, 8, 16)),
        ),
    ],
)
def test_a_saved_layer_comes_back(layer, sample):
    sample = sample.astype("float32")
    assert np.allclose(reload(layer, sample), layer(sample), atol=1e-5)


@pytest.mark.parametrize(
    ("make", "sample"),
    [(LogMel, NOISE), (SourceFilter, np.zeros((2, 8, 49)))],
)
def test_a_layer_may_be_called_first_inside_a_traced_function(make, sample):
    sample = sample.astype("float32")
    assert np.allclose(tf.function(make())(sample), make()(sample), atol=1e-5)
