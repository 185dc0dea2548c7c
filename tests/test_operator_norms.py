"""Singular values against NumPy's SVD and against a convolution written as a matrix."""

import numpy as np
import pytest
from scipy import ndimage

from ganutils.theory import convolutions

RNG = np.random.default_rng(0)


def test_largest_singular_value():
    matrix = RNG.normal(size=(5, 3))
    sigma = np.linalg.svd(matrix)[1][0]
    assert convolutions.largest_singular_value(matrix) == pytest.approx(
        sigma, rel=1e-12
    )


def test_power_iteration_approaches_it_from_below():
    matrix = RNG.normal(size=(20, 10))
    sigma = np.linalg.svd(matrix)[1][0]
    assert convolutions.power_iteration(matrix, 1) < 0.99 * sigma
    assert convolutions.power_iteration(matrix, 300) == pytest.approx(sigma, rel=1e-6)


def test_convolution_norm_is_that_of_the_matrix():
    kernel = RNG.normal(size=(3, 3))
    pixels = np.eye(36).reshape(36, 6, 6)
    rows = [ndimage.correlate(p, kernel, mode="wrap").ravel() for p in pixels]
    sigma = np.linalg.svd(np.array(rows))[1][0]
    found = convolutions.convolution_norm(kernel[..., None, None], size=6)
    assert found == pytest.approx(sigma, rel=1e-9)


def test_reshaped_kernel_is_a_lower_bound_up_to_three():
    kernel = RNG.normal(size=(3, 3, 4, 6))
    reshaped = convolutions.largest_singular_value(kernel.reshape(-1, 6))
    assert reshaped < convolutions.convolution_norm(kernel) <= 3 * reshaped
