"""Walks against closed forms in the plane; truncation against SciPy's moments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, truncnorm

from ganutils.training import latent

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 64))
T = np.linspace(0, 1, 9)
WALKS = pytest.mark.parametrize("walk", [latent.linear, latent.spherical])


@WALKS
def test_a_walk_begins_at_a_and_ends_at_b(walk):
    np.testing.assert_allclose(walk(A, B, [0, 1]), [A, B], atol=1e-12)


@WALKS
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_shape_and_dtype(walk, steps):
    points = walk(A.astype("float32"), B.astype("float32"), np.linspace(0, 1, steps))
    assert points.shape == (steps, 64) and points.dtype == np.float32
    assert walk(A, B, T).dtype == walk([1, 0], [0, 1], T).dtype == np.float64


def test_linear_is_a_straight_line():
    points = latent.linear([1.0, 2.0], [5.0, -2.0], [0.25, 0.5])
    np.testing.assert_allclose(points, [[2, 1], [3, 0]], atol=1e-12)


def test_spherical_at_ninety_degrees():
    points = latent.spherical([1.0, 0.0], [0.0, 1.0], T)
    expected = np.stack([np.cos(T * np.pi / 2), np.sin(T * np.pi / 2)], axis=1)
    np.testing.assert_allclose(points, expected, atol=1e-12)


def test_spherical_interpolates_the_length_too():
    points = latent.spherical([1.0, 0.0], [0.0, 3.0], T)
    lengths, angles = np.hypot(*points.T), np.arctan2(*points.T[::-1])
    np.testing.assert_allclose(lengths, 1 + 2 * T, atol=1e-12)
    np.testing.assert_allclose(angles, T * np.pi / 2, atol=1e-12)


@pytest.mark.parametrize("degrees", [1e-9, 1e-4, 1, 60, 120, 179, 179.999])
def test_spherical_keeps_unit_length_and_even_angles(degrees):
    angle = np.radians(degrees)
    points = latent.spherical([1.0, 0.0], [np.cos(angle), np.sin(angle)], T)
    np.testing.assert_allclose(np.hypot(*points.T), 1, atol=1e-9)
    angles = np.arctan2(*points.T[::-1])
    np.testing.assert_allclose(angles, T * angle, rtol=1e-6, atol=1e-15)


@given(st.integers(0, 10_000), st.integers(2, 100), st.floats(0, 1))
def test_spherical_is_never_shorter_than_the_shorter_end(seed, latent_dim, t):
    a, b = np.random.default_rng(seed).normal(size=(2, latent_dim))
    ends = np.linalg.norm([a, b], axis=1)
    length = np.linalg.norm(latent.spherical(a, b, [t])[0])
    assert ends.min() - 1e-9 <= length <= ends.max() + 1e-9


def test_the_middle_of_a_line_is_shorter_than_draws_are():
    pairs = RNG.normal(size=(2000, 2, 100))
    middles = np.concatenate([latent.linear(a, b, [0.5]) for a, b in pairs])
    shares = (middles**2).sum(axis=1).mean() / (pairs**2).sum(axis=2).mean()
    assert shares == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_spherical_is_linear_between_parallel_vectors(factor):
    for a in (A, A.astype("float32")):
        points = latent.spherical(a, a * np.asarray(factor, a.dtype), T)
        expected = (1 - T + factor * T)[:, None] * A
        np.testing.assert_allclose(points, expected, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("factor", [1.0, 0.3])
def test_opposite_vectors_have_no_arc(dtype, factor):
    a = A.astype(dtype)
    with pytest.raises(ValueError, match="less than 180° apart; received opposite"):
        latent.spherical(a, (-factor * a).astype(dtype), T)
    assert abs(latent.linear(a, -a, [0.5])).max() == 0


@pytest.mark.parametrize("zero", ["a", "b"])
def test_a_zero_vector_has_no_direction(zero):
    ends = {"a": A, "b": B} | {zero: np.zeros(64)}
    with pytest.raises(ValueError, match=f"`{zero}` to have a direction.*64"):
        latent.spherical(**ends, t=T)


@WALKS
@pytest.mark.parametrize(
    "a, b, t, message",
    [
        (A, B[:3], T, r"one shape .*\(64,\), \(3,\) and \(9,\)"),
        (A[None], B[None], T, r"one shape .*\(1, 64\)"),
        (A[:0], B[:0], T, r"one shape .*\(0,\)"),
        (A, B, 0.5, r"`t` of shape \(k,\); .*\(64,\) and \(\)"),
        (A * np.nan, B, T, "finite `a`; received 64 values that are NaN"),
        (A, B * np.inf, T, "finite `b`; received 64 values .* infinite"),
        (A, B, [0, 1.5], r"`t` in \[0, 1\]; received .*1.5"),
        (A, B, [-0.1], r"`t` in \[0, 1\]; received .*-0.1"),
        (A, B, [np.nan], r"`t` in \[0, 1\]; received .*nan"),
    ],
)
def test_errors_of_walks(walk, a, b, t, message):
    with pytest.raises(ValueError, match=message):
        walk(a, b, t)


@pytest.mark.parametrize("limit", [0.04, 0.5, 1.0, 2.0, np.inf])
def test_truncated_has_the_moments_of_scipy(limit):
    z = latent.truncated(2000, 50, limit, seed=0)
    mean, variance = truncnorm.stats(-limit, limit)
    deviation = variance**0.5
    assert z.mean(dtype="float64") == pytest.approx(mean, abs=0.015 * deviation)
    assert z.var(dtype="float64") == pytest.approx(variance, rel=0.02)
    assert kstest(z.ravel(), truncnorm(-limit, limit).cdf).pvalue > 0.001


@pytest.mark.parametrize("limit", [0.04, 0.7, 2.0])
def test_truncated_fills_its_bounds_and_no_more(limit):
    largest = abs(latent.truncated(2000, 50, limit, seed=1)).max()
    assert 0.99 * limit < largest <= np.float32(limit)


def test_truncated_is_a_function_of_the_seed():
    first, again, other = (latent.truncated(3, 4, 1.0, seed) for seed in (0, 0, 1))
    assert first.shape == (3, 4) and first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, other).any()


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"n": 0}, "`n` to be a whole number ≥ 1; received 0"),
        ({"latent_dim": 2.5}, "`latent_dim` to be a whole number ≥ 1; received 2.5"),
        ({"limit": 0.0}, "`limit` > 0; received 0.0"),
        ({"limit": -1}, "`limit` > 0; received -1"),
        ({"limit": np.nan}, "`limit` > 0; received nan"),
    ],
)
def test_errors_of_truncated(changed, message):
    with pytest.raises(ValueError, match=message):
        latent.truncated(**(dict(n=2, latent_dim=3, limit=1.0, seed=0) | changed))
