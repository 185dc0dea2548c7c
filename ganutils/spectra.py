"""Largest singular values: how much a linear layer can stretch its input."""

import numpy as np


def largest_singular_value(matrix: np.ndarray) -> float:
    """Return σ(W), by singular value decomposition.

    Args:
        matrix: W, shape (m, n).

    Example:
        >>> largest_singular_value([[3.0, 0.0], [0.0, 1.0]])
        3.0
    """
    return float(np.linalg.norm(np.asarray(matrix), 2))


def power_iteration(matrix: np.ndarray, steps: int, seed: int = 0) -> float:
    """Estimate σ(W) as spectral normalisation does: u ← Wv/‖Wv‖, v ← Wᵀu/‖Wᵀu‖.

    Args:
        matrix: W, shape (m, n).
        steps: iterations ≥ 1; the estimate grows with each towards σ(W).
        seed: of the first u.

    Reference:
        Miyato et al. 2018, https://arxiv.org/abs/1802.05957

    Example:
        >>> round(power_iteration(np.array([[3.0, 0.0], [0.0, 1.0]]), 20), 6)
        3.0
    """
    u = np.random.default_rng(seed).normal(size=len(matrix))
    for _ in range(steps):
        v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
        u = matrix @ v / np.linalg.norm(matrix @ v)
    return float(u @ matrix @ v)


def convolution_norm(kernel: np.ndarray, size: int = 16) -> float:
    """Return the operator norm of a convolution on a size × size torus.

    The convolution is a matrix for each frequency; the largest of their σ is exact.

    Args:
        kernel: (height, width, channels in, channels out), stride 1.
        size: side of the image; ≥ the kernel's.

    Reference:
        Sedghi, Gupta, Long 2019, https://arxiv.org/abs/1805.10408

    Example:
        >>> convolution_norm(np.ones((3, 3, 1, 1)))
        9.0
    """
    spectrum = np.fft.fft2(kernel, (size, size), axes=(0, 1))
    return float(np.linalg.svd(spectrum, compute_uv=False).max())
