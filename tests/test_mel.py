"""Log-mel against librosa; distances and bins against numbers worked out by hand."""

import warnings

import librosa
import numpy as np
import pytest

from ganutils.audio import mel
from ganutils.metrics import variety

RNG = np.random.default_rng(0)
NOISE = RNG.uniform(-1, 1, (3, 8192, 1)).astype("float32")
TIME = np.arange(8192) / 8000


@pytest.mark.parametrize(
    "rate, n_fft, bands", [(8000, 512, 40), (8000, 256, 48), (16_000, 1024, 80)]
)
def test_filters_are_those_of_librosa(rate, n_fft, bands):
    expected = librosa.filters.mel(
        sr=rate, n_fft=n_fft, n_mels=bands, htk=True, norm=None
    )
    found = mel.mel_filters(rate, n_fft, bands)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_log_mel_is_that_of_librosa():
    x = NOISE * np.geomspace(1e-6, 1, 8192, dtype="float32")[:, None]
    options = dict(sr=8000, n_fft=512, hop_length=256, n_mels=40, htk=True, norm=None)
    power = librosa.feature.melspectrogram(y=x[..., 0], pad_mode="constant", **options)
    expected = librosa.power_to_db(power, ref=128**2, amin=1e-9, top_db=None)
    found = mel.log_mel(x)
    assert found.shape == (3, 40, 33) and found.dtype == np.float32
    np.testing.assert_allclose(found, np.maximum(expected, -80), atol=0.01)


@pytest.mark.parametrize("frequency", [200, 440, 1000, 3000])
def test_a_sine_of_full_scale_is_at_zero_decibels_in_its_band(frequency):
    level = mel.log_mel(np.sin(2 * np.pi * frequency * TIME)[None, :, None])[0, :, 16]
    centres = mel.mel_to_hz(np.linspace(0, mel.hz_to_mel(4000), 42))[1:-1]
    assert abs(level.argmax() - np.abs(centres - frequency).argmin()) <= 1
    assert -1.8 < level.max() < 1.8


def test_the_scale_is_fixed_whatever_else_there_is():
    loud = mel.log_mel(NOISE)
    quiet = mel.log_mel(0.1 * NOISE[:1])
    np.testing.assert_allclose(quiet, np.maximum(loud[:1] - 20, -80), atol=1e-3)
    assert (mel.log_mel(0 * NOISE, floor_db=-60) == -60).all()


@pytest.mark.parametrize("options", [{"bands": 0}, {"bands": 200}, {"sample_rate": 0}])
def test_filters_without_a_bin_are_refused(options):
    with pytest.raises(ValueError, match=f"`{next(iter(options))}`"):
        mel.log_mel(NOISE, **options)


def test_log_mel_wants_clips():
    with pytest.raises(ValueError, match=r"`clips`.*received \(3, 8192\)"):
        mel.log_mel(NOISE[..., 0])


def test_diversity_is_root_mean_square_over_the_components():
    samples = np.array([[[0.0, 0.0]], [[3.0, 3.0]], [[3.0, 4.0]]])
    train = np.array([[[0.0, 1.0]]])
    found = variety.diversity(samples, train)
    # Nearest others: √18, 1, 1; training example: 1, √13, √18; divided by √2.
    assert found["d_self"] == pytest.approx((18**0.5 + 2) / 3 / 2**0.5)
    assert found["d_train"] == pytest.approx((1 + 13**0.5 + 18**0.5) / 3 / 2**0.5)


def test_collapse_and_learning_by_heart_show():
    train = RNG.normal(size=(50, 4, 5))
    fresh = variety.diversity(RNG.normal(size=(20, 4, 5)), train)
    assert variety.diversity(train[:20], train)["d_train"] == 0.0 < fresh["d_train"]
    assert variety.diversity(train[[0] * 20], train)["d_self"] == 0.0 < fresh["d_self"]


@pytest.mark.parametrize(
    "n, share, expected",
    [
        (100, 0.6, 0.0),  # z = 0.1 / √(0.55 · 0.45 · 2 / 100) = 1.42
        (1000, 0.6, 1.0),  # z = 4.49
        (1000, 0.5, 0.0),
    ],
)
def test_ndb_is_a_test_of_two_proportions(n, share, expected):
    def two_places(share):
        return np.where(np.arange(n) < share * n, 0.0, 9.0)[:, None]

    assert variety.ndb(two_places(0.5), two_places(share), k=2, seed=1) == expected


def test_ndb_of_one_distribution_is_the_level_of_the_test():
    pairs = RNG.normal(size=(8, 2, 2000, 2))
    assert 0.02 < np.mean([variety.ndb(*pair) for pair in pairs]) < 0.09
    assert 0.2 < np.mean([variety.ndb(*pair, level=0.3) for pair in pairs]) < 0.4


def test_ndb_of_one_class_is_large():
    centres = 20 * RNG.normal(size=(10, 3))
    train = centres[np.arange(2000) % 10] + RNG.normal(size=(2000, 3))
    one = centres[0] + RNG.normal(size=(1000, 3))
    assert variety.ndb(train, one, k=20) > 0.9
    assert variety.ndb(train[:1000], train[1000:], k=20) < 0.2


def test_ndb_depends_on_the_seed_alone():
    train, x = RNG.normal(size=(2, 300, 2, 3))
    np.random.seed(1)
    first = [variety.ndb(train, x + 0.3, k=20, seed=seed) for seed in range(6)]
    np.random.seed(2)
    assert first == [variety.ndb(train, x + 0.3, k=20, seed=seed) for seed in range(6)]
    assert len(set(first)) > 1


def test_equal_points_fill_one_bin_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert variety.ndb(np.zeros((20, 2)), np.zeros((20, 2)), k=5) == 0.0


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x: variety.ndb(x, x, k=1), "received k=1"),
        (lambda x: variety.ndb(x, x, k=31), "k ≤ 30.*received k=31"),
        (lambda x: variety.ndb(x, x, k=5, level=1.0), "level=1.0"),
        (lambda x: variety.ndb(x, x[:, :3]), "of one width"),
        (lambda x: variety.diversity(x[:1], x), "k=2"),
        (lambda x: variety.diversity(x, x * np.nan), "finite `train_features`"),
    ],
)
def test_bad_features_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(RNG.normal(size=(30, 4)))
