"""Measures against independent values.

Fréchet distance: SciPy's `sqrtm` in the published formula, and closed forms on point
sets built to have exact moments. Kernel distance: scikit-learn's `polynomial_kernel`.
Precision, recall, density, coverage: `prdc`, the package of Naeem et al. Nearest
neighbours: scikit-learn's `NearestNeighbors`. The rest is worked out by hand.
"""

import numpy as np
import prdc
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestNeighbors

from ganutils import metrics
from ganutils.metrics import neighbours


def normal(n, d=8, mean=0.0, std=1.0, seed=0):
    return mean + std * np.random.default_rng(seed).normal(size=(n, d))


def with_moments(mean, covariance, n=50, seed=0):
    """Points whose sample mean and covariance (n − 1) are exactly the given ones."""
    x = normal(n, len(mean), seed=seed)
    x -= x.mean(axis=0)
    white = x @ np.linalg.inv(scipy.linalg.sqrtm(np.cov(x.T)).real)
    return white @ scipy.linalg.sqrtm(np.array(covariance)).real + mean


def mixed(n, seed, rotation=True):
    """Correlated features: normal ones times a random matrix."""
    x = normal(n, 6, seed=seed)
    return x @ normal(6, 6, seed=seed + 100) if rotation else x


def modes(count, n=400, seed=0):
    """n samples spread evenly over `count` of 8 distant clusters in 8-d."""
    return normal(n, seed=seed) + 20 * np.eye(8)[np.arange(n) % count]


def test_frechet_closed_form_of_commuting_covariances():
    a, b = with_moments([0, 0], np.diag([1, 4])), with_moments([3, 4], np.diag([9, 1]))
    expected = 25 + (1 - 3) ** 2 + (2 - 1) ** 2  # ‖Δμ‖² + Σ (σ₁ − σ₂)²
    assert metrics.frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_frechet_closed_form_of_two_by_two_covariances():
    s1, s2 = np.array([[2, 1], [1, 2]]), np.array([[5, -2], [-2, 1]])
    a, b = with_moments([1, 0], s1), with_moments([0, 0], s2, seed=1)
    product = s1 @ s2  # of a 2×2 matrix: (Tr M^½)² = Tr M + 2 √det M
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    expected = 1 + np.trace(s1 + s2) - 2 * root
    assert metrics.frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_frechet_equals_the_published_formula(seed):
    a, b = mixed(300, seed), mixed(200, seed + 1) + 0.3
    s1, s2 = np.cov(a.T), np.cov(b.T)
    root = scipy.linalg.sqrtm(s1 @ s2).real
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s1 + s2 - 2 * root)
    assert metrics.frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)


def test_frechet_of_singular_covariances():
    a = with_moments([0, 0], np.diag([4, 1])) @ np.eye(2, 9)  # seven silent features
    b = with_moments([0, 0], np.diag([1, 1]), seed=1) @ np.eye(2, 9)
    assert metrics.frechet_distance(a, b) == pytest.approx(1.0, rel=1e-9)
    few = normal(4, 9)  # fewer samples than features
    assert metrics.frechet_distance(few, few + 2) == pytest.approx(9 * 4, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_kernel_distance_equals_scikit_learn(seed):
    a, b = mixed(80, seed), mixed(70, seed + 1)
    options = {"degree": 3, "gamma": 1 / 6, "coef0": 1}
    aa, bb = polynomial_kernel(a, **options), polynomial_kernel(b, **options)
    off_a = aa[~np.eye(80, dtype=bool)].mean()
    off_b = bb[~np.eye(70, dtype=bool)].mean()
    expected = off_a + off_b - 2 * polynomial_kernel(a, b, **options).mean()
    assert metrics.kernel_distance(a, b) == pytest.approx(expected, rel=1e-6)


def test_kernel_distance_is_unbiased():
    x = normal(20_000, 4)
    draws = x.reshape(500, 2, 20, 4)
    values = [metrics.kernel_distance(a, b) for a, b in draws]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 3 * error
    assert 0.3 < np.mean(np.array(values) < 0) < 0.8
    biased = [metrics.frechet_distance(a, b) for a, b in draws[:50]]
    assert np.min(biased) > 0.05


def test_inception_score_by_hand():
    p = np.array([[0.75, 0.25], [0.25, 0.75]])  # marginal (½, ½)
    expected = np.exp(0.75 * np.log(1.5) + 0.25 * np.log(0.5))
    assert metrics.inception_score(p) == pytest.approx(expected, rel=1e-12)
    assert metrics.inception_score(np.eye(10)) == pytest.approx(10, rel=1e-12)
    assert metrics.inception_score(np.full((5, 10), 0.1)) == pytest.approx(1)


def test_scores_stay_within_what_they_promise():
    for classes in range(2, 40):
        sure = np.eye(classes)
        assert 1 <= metrics.inception_score(sure) <= classes
        assert 0 <= metrics.reverse_kl(np.full(classes, 3)) < 1e-12
        assert 0 <= np.log(classes) - metrics.reverse_kl(sure[0]) < 1e-12


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_neighbour_measures_equal_prdc(seed, k):
    real, fake = mixed(300, seed, False), 1.3 * mixed(200, seed + 9, False) + 0.4
    expected = prdc.compute_prdc(real, fake, nearest_k=k)
    precision, recall = metrics.precision_recall(real, fake, k)
    density, coverage = metrics.density_coverage(real, fake, k)
    received = {"precision": precision, "recall": recall}
    received |= {"density": density, "coverage": coverage}
    assert received == pytest.approx(expected, rel=1e-6)


def test_blocks_do_not_change_the_measures(monkeypatch):
    real, fake = normal(60), normal(50, mean=0.5, seed=1)
    names = ("kernel_distance", "precision_recall", "density_coverage")
    whole = [getattr(metrics, name)(real, fake) for name in names]
    monkeypatch.setattr(neighbours, "BLOCK", 7 * 60)
    assert len(neighbours.blocks(fake, real)) == 8
    parts = [getattr(metrics, name)(real, fake) for name in names]
    assert np.hstack(parts) == pytest.approx(np.hstack(whole), rel=1e-9)


def test_nearest_neighbours_equal_scikit_learn():
    queries, references = normal(20), normal(90, seed=1)
    distance, index = (
        NearestNeighbors(n_neighbors=4).fit(references).kneighbors(queries)
    )
    received = metrics.nearest_neighbours(queries, references, k=4)
    np.testing.assert_array_equal(received[0], index)
    np.testing.assert_allclose(received[1], distance, rtol=1e-6)


def test_nearest_neighbour_of_a_copy_is_at_zero():
    references = 100 + normal(50)
    index, distance = metrics.nearest_neighbours(references[[7]], references)
    assert index.tolist() == [[7]] and distance.tolist() == [[0.0]]


def test_identical_sets():
    x = normal(100, std=50.0)
    assert metrics.frechet_distance(x, x) == pytest.approx(0, abs=1e-9)
    assert metrics.precision_recall(x, x) == (1.0, 1.0)
    assert metrics.density_coverage(x, x)[1] == 1.0


def test_copies_count_as_copies_in_spite_of_rounding():
    points = normal(14, 10, mean=100.0, seed=19)
    real, fake = points.repeat(6, axis=0), points.repeat(5, axis=0)[:-1]
    assert metrics.precision_recall(real, fake) == (1.0, 1.0)  # all radii are 0


def test_distances_grow_as_modes_are_dropped():
    real = modes(8)
    fakes = [modes(count, seed=1) for count in (8, 6, 4, 2, 1)]
    for measure in (metrics.frechet_distance, metrics.kernel_distance):
        values = [measure(real, fake) for fake in fakes]
        assert np.all(np.diff(values) > 0), values
    coverage = [metrics.density_coverage(real, fake)[1] for fake in fakes]
    assert coverage[0] > 0.9 and np.all(np.diff(coverage) < 0)


def test_precision_and_recall_tell_blur_from_collapse():
    real = modes(8)
    p, r = metrics.precision_recall(real, modes(2, seed=1))
    assert p > 0.8 and r < 0.3  # collapse: good samples of few modes
    blurred = modes(8, seed=1) + normal(400, std=3.0, seed=2)
    p, r = metrics.precision_recall(real, blurred)
    assert p < 0.1 and r > 0.8


def test_mode_coverage_by_hand():
    centres = [[0, 0], [10, 0], [0, 10], [10, 10]]
    samples = [[0, 0.1], [0, -2.9], [0.1, 0], [10, 0], [3.1, 0], [50, 50]]
    found = metrics.mode_coverage(samples, centres, std=1.0)
    assert (found.modes, found.total) == (2, 4)
    assert found.high_quality == pytest.approx(4 / 6)
    expected = 0.75 * np.log(0.75 / 0.25)  # shares ¾, ¼, 0, 0 against ¼ each
    assert found.reverse_kl == pytest.approx(expected + 0.25 * np.log(0.25 / 0.25))


def test_reverse_kl_to_even_shares():
    assert metrics.reverse_kl([5, 5]) == 0.0
    assert metrics.reverse_kl([0.25, 0.75, 0]) == pytest.approx(
        0.25 * np.log(0.75) + 0.75 * np.log(2.25)
    )
    assert np.isnan(metrics.reverse_kl([0, 0]))


def test_mode_coverage_without_a_good_sample():
    found = metrics.mode_coverage([[5.0], [6.0]], [[0.0], [99.0]], std=1.0)
    assert (found.modes, found.high_quality) == (0, 0.0)
    assert np.isnan(found.reverse_kl)


def test_floor_draws_disjoint_parts():
    real, seen = np.arange(20.0)[:, None], []

    def measure(a, b):
        seen.append(sorted(np.concatenate([a, b]).ravel()))
        return a.mean(), 1.0

    mean, spread = metrics.floor(measure, real, n=10, seeds=[0, 1, 2])
    assert seen == [list(range(20))] * 3
    assert mean.shape == (2,) and spread[0] > 0 and spread[1] == 0


def test_floor_is_mean_and_spread():
    values = iter([1.0, 2.0, 6.0])
    received = metrics.floor(lambda a, b: next(values), normal(9), n=4, seeds=range(3))
    assert received == pytest.approx((3.0, np.sqrt((4 + 1 + 9) / 2)))


def test_floor_falls_with_n():
    real = normal(4000)
    few, spread = metrics.floor(metrics.frechet_distance, real, n=100)
    many, _ = metrics.floor(metrics.frechet_distance, real, n=2000)
    assert 0 < many < few / 10 and 0 < spread < few


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(2, 30), d=st.integers(1, 12))
def test_rotation_and_order_change_nothing(seed, n, d):
    real, fake = normal(n, d, seed=seed), normal(n + 3, d, 0.5, seed=seed + 1)
    rotation = np.linalg.qr(normal(d, d, seed=seed + 2))[0]
    for measure in (metrics.frechet_distance, metrics.kernel_distance):
        turned = measure(real[::-1] @ rotation, fake @ rotation)
        assert turned == pytest.approx(measure(real, fake), rel=1e-7, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), scale=st.floats(0.01, 100), n=st.integers(2, 30))
def test_frechet_scales_as_a_squared_distance(seed, scale, n):
    real, fake = normal(n, 5, seed=seed), normal(n, 5, 1.0, seed=seed + 1)
    value = metrics.frechet_distance(real, fake)
    assert metrics.frechet_distance(fake, real) == pytest.approx(value, rel=1e-9)
    scaled = metrics.frechet_distance(scale * real, scale * fake)
    assert scaled == pytest.approx(scale**2 * value, rel=1e-9)


@pytest.mark.parametrize(
    "bad, message",
    [
        (
            np.zeros(5),
            r"`fake` as numbers of shape .* received float64 of shape \(5,\)",
        ),
        (np.zeros((1, 8)), r"n ≥ 2; received float64 of shape \(1, 8\)"),
        (np.zeros((4, 7)), r"one width; received \(9, 8\) and \(4, 7\)"),
        (np.full((4, 8), np.nan), "finite `fake`; received 32 NaN"),
        (np.full((4, 8), "a"), "`fake` as numbers"),
    ],
)
def test_bad_features(bad, message):
    for name in ("frechet_distance", "kernel_distance", "precision_recall"):
        with pytest.raises(ValueError, match=message):
            getattr(metrics, name)(normal(9), bad)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: metrics.precision_recall(normal(9), normal(9), k=9), "k ≤ 8"),
        (lambda: metrics.density_coverage(normal(9), normal(9), k=0), "k=0"),
        (lambda: metrics.nearest_neighbours(normal(2), normal(3), k=4), "`references`"),
        (lambda: metrics.inception_score(normal(9)), "Apply softmax"),
        (lambda: metrics.inception_score(np.full((9, 2), 0.4)), "sums from 0.8"),
        (lambda: metrics.inception_score([[1.5, -0.5], [0, 1]]), "values from -0.5"),
        (lambda: metrics.mode_coverage(normal(9), normal(9), std=0), "`std` > 0"),
        (lambda: metrics.floor(max, normal(9), n=5), "n ≤ 4"),
        (lambda: metrics.floor(max, normal(9), n=3, seeds=[0]), "1 seeds"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
