"""Divergences against values computed by hand, SciPy and each other.

W₁ of {0, 1} and {4, 2} is (2 + 3)/2.
"""

import numpy as np
import pytest
from scipy import spatial, stats

from ganutils.theory import divergences

P, Q = np.array([0.5, 0.5]), np.array([0.25, 0.75])
RNG = np.random.default_rng(0)


def test_jsd_is_the_squared_distance_of_scipy():
    p, q = RNG.dirichlet(np.ones(9), 2)
    expected = spatial.distance.jensenshannon(p, q) ** 2
    assert divergences.jsd(p, q) == pytest.approx(expected, abs=1e-12)
    assert divergences.jsd(P, P) == 0
    assert divergences.jsd([1, 0], [0, 1]) == pytest.approx(np.log(2), abs=1e-12)


def test_divergences_stay_within_what_they_promise():
    for p, far in RNG.dirichlet(np.ones(30), (200, 2)):
        near = p * (1 + 1e-9 * RNG.uniform(-1, 1, 30))
        assert divergences.jsd(p, near / near.sum()) >= 0
        apart = np.r_[p, 0 * p], np.r_[0 * far, far]
        assert 0 <= divergences.jsd(*apart) <= np.log(2)


def test_transport_in_one_dimension_is_sorting():
    a, b = RNG.normal(size=(2, 20, 1))
    work, plan, _ = divergences.transport(a, b)
    expected = stats.wasserstein_distance(a[:, 0], b[:, 0])
    assert work == pytest.approx(expected, abs=1e-9)
    assert plan.sum(axis=0) == pytest.approx(np.full(20, 0.05), abs=1e-9)


def test_prices_are_a_critic():
    a, b = RNG.normal(size=(2, 12, 2))
    work, plan, rise = divergences.transport(a, b + 3)
    way = np.linalg.norm(a[:, None] - b[None] - 3, axis=-1)
    assert (plan * rise).sum() == pytest.approx(work, abs=1e-9)
    assert (rise / way).max() == pytest.approx(1.0, abs=1e-9)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match=r"equal shapes; received \(2,\) and \(3,\)"):
        divergences.jsd(P, [0.2, 0.3, 0.5])
    with pytest.raises(ValueError, match=r"\(n, d\); received \(2,\)"):
        divergences.transport(P, Q)


def test_conjugates_by_hand():
    slopes = np.array([-1.5, 0.0, 3.0])  # (u − 1)²: t + t²/4 where t ≥ −2
    f, _ = divergences.GENERATORS["Pearson χ²"]
    expected = slopes + slopes**2 / 4
    assert divergences.conjugate(f, slopes) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", divergences.GENERATORS)
def test_generators_are_zero_at_one_with_the_right_slope(name):
    f, slope = divergences.GENERATORS[name]
    u = np.array([0.2, 1.0, 3.0])
    assert f(1.0) == pytest.approx(0, abs=1e-12)
    numerical = (f(u + 1e-6) - f(u - 1e-6)) / 2e-6
    assert slope(u) == pytest.approx(numerical, abs=1e-6)


def test_the_gan_has_twice_the_jsd():
    f, _ = divergences.GENERATORS["2·JSD"]
    expected = 2 * divergences.jsd(P, Q)
    assert (Q * f(P / Q)).sum() == pytest.approx(expected, abs=1e-12)
