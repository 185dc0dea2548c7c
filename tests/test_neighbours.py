"""Distances between sets and bins against numbers worked out by hand."""

import warnings

import numpy as np
import pytest

from ganutils import metrics

RNG = np.random.default_rng(0)


def test_diversity_is_root_mean_square_over_the_components():
    samples = np.array([[[0.0, 0.0]], [[3.0, 3.0]], [[3.0, 4.0]]])
    train = np.array([[[0.0, 1.0]]])
    found = metrics.diversity(samples, train)
    # Nearest others: √18, 1, 1; training example: 1, √13, √18; divided by √2.
    assert found["d_self"] == pytest.approx((18**0.5 + 2) / 3 / 2**0.5)
    assert found["d_train"] == pytest.approx((1 + 13**0.5 + 18**0.5) / 3 / 2**0.5)


def test_collapse_and_learning_by_heart_show():
    train = RNG.normal(size=(50, 4, 5))
    fresh = metrics.diversity(RNG.normal(size=(20, 4, 5)), train)
    assert metrics.diversity(train[:20], train)["d_train"] == 0.0 < fresh["d_train"]
    assert metrics.diversity(train[[0] * 20], train)["d_self"] == 0.0 < fresh["d_self"]


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

    assert metrics.ndb(two_places(0.5), two_places(share), k=2, seed=1) == expected


def test_ndb_of_one_distribution_is_the_level_of_the_test():
    pairs = RNG.normal(size=(8, 2, 2000, 2))
    assert 0.02 < np.mean([metrics.ndb(*pair) for pair in pairs]) < 0.09


def test_ndb_of_one_class_is_large():
    centres = 20 * RNG.normal(size=(10, 3))
    train = centres[np.arange(2000) % 10] + RNG.normal(size=(2000, 3))
    one = centres[0] + RNG.normal(size=(1000, 3))
    assert metrics.ndb(train, one, k=20) > 0.9
    assert metrics.ndb(train[:1000], train[1000:], k=20) < 0.2


def test_ndb_depends_on_the_seed_alone():
    train, x = RNG.normal(size=(2, 300, 2, 3))
    np.random.seed(1)
    first = [metrics.ndb(train, x + 0.3, k=20, seed=seed) for seed in range(6)]
    np.random.seed(2)
    assert first == [metrics.ndb(train, x + 0.3, k=20, seed=seed) for seed in range(6)]
    assert len(set(first)) > 1


def test_equal_points_fill_one_bin_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metrics.ndb(np.zeros((20, 2)), np.zeros((20, 2)), k=5) == 0.0


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x: metrics.ndb(x, x, k=1), "received k=1"),
        (lambda x: metrics.ndb(x, x, k=31), "k ≤ 30.*received k=31"),
        (lambda x: metrics.ndb(x, x[:, :3]), "of one width"),
        (lambda x: metrics.diversity(x[:1], x), "k=2"),
        (lambda x: metrics.diversity(x, x * np.nan), "finite `train_features`"),
    ],
)
def test_bad_features_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(RNG.normal(size=(30, 4)))
