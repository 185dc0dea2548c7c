"""Feature networks of spoken digits: their files, their front end, their training.

The front end is compared with librosa: the same windows and HTK mel bands with a peak
of 1, in dB.
"""

import dataclasses

import keras
import librosa
import numpy as np
import pytest

import train_sound_features as tool
from ganutils import datasets
from ganutils.kit import checks, runtime
from ganutils.metrics import features

NAMES = ("fsdd", "spoken_digits_tts")


@pytest.fixture(scope="module")
def data():
    return datasets.load("spoken_digits_tts")


@pytest.fixture(scope="module")
def network():
    return features.load("spoken_digits_tts")


def test_stated_accuracy_is_the_measured_one(data, network):
    measured = network.measure_accuracy(data.x_test, data.y_test)
    stated = features.ACCURACY["spoken_digits_tts"]
    assert measured == pytest.approx(stated, abs=0.5 / 200)
    assert measured >= 0.98


@pytest.mark.parametrize("name", NAMES)
def test_networks_take_clips(name):
    loaded = features.load(name)
    clips = np.random.default_rng(0).uniform(-1, 1, (3, 8192, 1)).astype("float32")
    embedding = loaded.embed(clips)
    assert loaded.accuracy == features.ACCURACY[name] >= 0.98
    assert embedding.features.shape == (3, 64)
    assert embedding.probabilities.shape == (3, 10)
    np.testing.assert_allclose(embedding.probabilities.sum(axis=1), 1, atol=1e-5)
    assert runtime.bundled(f"features_{name}.keras").stat().st_size <= 700_000


def test_network_of_other_speakers_hears_the_digits(data):
    # Real speakers taught it, not synthetic ones: better than chance, not perfect.
    fsdd = features.load("fsdd")
    assert 0.3 < fsdd.measure_accuracy(data.x_test, data.y_test) < 1


@pytest.mark.parametrize("name", NAMES)
def test_silence_has_finite_features(name):
    embedding = features.load(name).embed(np.zeros((2, 8192, 1), "float32"))
    assert np.isfinite(embedding.features).all()
    assert np.isfinite(embedding.probabilities).all()
    np.testing.assert_allclose(*embedding.features, rtol=1e-4, atol=1e-4)


def test_features_do_not_depend_on_the_neighbours(network, data):
    quiet, loud = 0.003 * data.x_test[:2], np.sign(data.x_test[2:4])
    alone = network.embed(quiet).features
    beside = network.embed(np.concatenate([loud, quiet])).features[2:]
    np.testing.assert_allclose(beside, alone, rtol=1e-4, atol=1e-4)
    assert np.abs(alone - network.embed(data.x_test[:2]).features).max() > 0.1


def test_batches_keep_order_and_rest(network, data):
    n = 500 + 3
    embedding = network.embed(data.x_train[:n])
    last = network.embed(data.x_train[n - 1 : n]).features
    assert len(embedding.features) == n
    np.testing.assert_allclose(embedding.features[-1:], last, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "bad, message",
    [
        (np.zeros((3, 8192), "float32"), r"clips need.*newaxis\]|newaxis\]"),
        (np.zeros((3, 4096, 1), "float32"), r"\('n', 8192, 1\).*\(3, 4096, 1\)"),
        (np.zeros((3, 28, 28, 1), "float32"), r"\(n, clip_length, 1\)"),
        (np.zeros((3, 8192, 1), "int16"), "int16"),
        (np.full((3, 8192, 1), 2.0), "max=2.0"),
        (np.full((3, 8192, 1), np.nan), "NaN"),
    ],
)
def test_bad_clips(network, bad, message):
    with pytest.raises(ValueError, match=message) as error:
        network.embed(bad, "from step 9")
    assert "`from step 9`" in str(error.value)


def test_measures_take_clips(network, data):
    noise = np.random.default_rng(0).uniform(-1, 1, (100, 8192, 1))
    result = features.compare(network, {"noise": noise}, data.x_test, seeds=(0, 1))
    real, fake = result.mean["real"], result.mean["noise"]
    assert real.frechet < 0.2 * fake.frechet and fake.recall < 0.05 < real.recall
    assert real.inception_score > 8 > 4 > fake.inception_score


# The front end


def librosa_log_mel(sounds):
    power = librosa.feature.melspectrogram(
        y=sounds.astype(np.float64),
        sr=8_000,
        n_fft=tool.WINDOW,
        hop_length=tool.HOP,
        n_mels=tool.BANDS,
        fmin=20.0,
        fmax=4_000.0,
        htk=True,
        norm=None,
        pad_mode="reflect",
    )
    return np.maximum(10 * np.log10(power / 128**2 + 1e-30), -80)


def test_front_end_is_librosas(data):
    sounds = data.x_test[::20, :, 0]
    ours = tool.log_mel(8_000)(sounds).numpy()
    theirs = librosa_log_mel(sounds)
    assert ours.shape == theirs.shape == (10, 40, 33)
    # The sides of a band are straight in mel here and straight in Hz there, which
    # moves no weight by more than 0.006.
    assert np.median(np.abs(ours - theirs)) < 0.005
    np.testing.assert_allclose(ours, theirs, atol=0.15)


def test_front_end_hears_a_tone_in_its_band():
    tone = np.sin(2 * np.pi * 1_000 * np.arange(8_192) / 8_000).astype("float32")
    edges = librosa.mel_frequencies(tool.BANDS + 2, fmin=20, fmax=4_000, htk=True)
    spectrum = tool.log_mel(8_000)(tone[None]).numpy()[0, :, 16]
    loudest = spectrum.argmax()
    assert edges[loudest] < 1_000 < edges[loudest + 2]
    assert -4 < spectrum.max() < 3  # a sine of full scale


@pytest.mark.parametrize("level", [0.0, 1e-4])
def test_front_end_has_a_floor(level):
    # What rounding to a few more than 12 bits leaves is silence, too.
    noise = level * np.random.default_rng(0).uniform(-1, 1, (2, 8_192))
    spectrum = tool.log_mel(8_000)(noise.astype("float32")).numpy()
    np.testing.assert_allclose(spectrum, tool.QUIETEST, atol=1e-3)


def test_front_end_never_clamps_a_quiet_clip():
    loudest = np.sign(np.sin(2 * np.pi * 500 * np.arange(8_192) / 8_000))
    sounds = np.stack([loudest, np.zeros(8_192)]).astype("float32")
    spectrum = tool.log_mel(8_000)(sounds).numpy()
    assert spectrum[0].max() - tool.QUIETEST < tool.RANGE
    np.testing.assert_allclose(spectrum[1], tool.QUIETEST, atol=1e-3)


def test_bundled_networks_have_this_front_end():
    expected = tool.log_mel(8_000).get_config()
    for name in NAMES:
        front = features.load(name).model.get_layer("log_mel").get_config()
        assert {key: front[key] for key in expected if key != "dtype"} == {
            key: value for key, value in expected.items() if key != "dtype"
        }


# tools/train_sound_features.py


def test_network_is_small():
    network = tool.build(8_192, 10, 8_000)
    assert network.count_params() == 126_746
    assert network.input_shape == (None, 8_192, 1)
    shapes = {name: output.shape for name, output in network.output.items()}
    assert shapes == {"features": (None, 64), "probabilities": (None, 10)}


def test_network_needs_nothing_of_this_course():
    for layer in tool.build(8_192, 10, 8_000).layers:
        assert type(layer).__module__.startswith("keras.")


def test_augmentation_moves_softens_and_adds_noise():
    clips = np.zeros((400, 2_000, 1), "float32")
    clips[:, 1_000] = 1.0
    result = tool.augmented(clips, np.random.default_rng(0))
    assert result.shape == clips.shape and result.dtype == np.float32
    where, height = result[..., 0].argmax(axis=1), result.max(axis=(1, 2))
    assert 1_000 - 150 <= where.min() < 900 < 1_500 < where.max() <= 1_000 + 600
    assert 0.24 < height.min() < 0.3 and 0.9 < height.max() <= 1
    noise = result[:, :500].std(axis=(1, 2))
    assert 150 < (noise == 0).sum() < 250 and 0.002 < noise.max() < 0.0032


def test_augmented_clips_stay_in_range(data):
    result = tool.augmented(data.x_train[:20], np.random.default_rng(1))
    assert checks.check_clips(result) is result


def test_training_writes_what_load_reads(tmp_path, monkeypatch, data, capsys):
    small = dataclasses.replace(
        data, x_train=data.x_train[:128], y_train=data.y_train[:128]
    )
    monkeypatch.setattr(tool.datasets, "load", lambda name: small)
    out = str(tmp_path / "mine.keras")
    tool.main(["spoken_digits_tts", "--epochs", "1", "--seed", "3", "--out", out])
    network = features.load("spoken_digits_tts", out)
    assert network.accuracy is None
    accuracy = network.measure_accuracy(data.x_test, data.y_test)
    assert f"accuracy {accuracy:.4f} on 200 test clips" in capsys.readouterr().out
    assert isinstance(network.model, keras.Model) and accuracy < 1
