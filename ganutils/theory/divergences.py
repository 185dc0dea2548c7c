"""How far apart two distributions are: on shared cells, or as sets of points.

Every function of `p` and `q` takes probabilities of the same cells, each summing to 1.
"""

from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

# f and f′ of f-divergences Σ q f(p/q) (Nowozin et al. 2016,
# https://arxiv.org/abs/1606.00709); the last is 2·JSD, the divergence of the GAN.
GENERATORS = {
    "KL": (lambda u: u * np.log(u), lambda u: np.log(u) + 1),
    "reverse KL": (lambda u: -np.log(u), lambda u: -1 / u),
    "Pearson χ²": (lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1)),
    "2·JSD": (
        lambda u: u * np.log(u) - (u + 1) * np.log((u + 1) / 2),
        lambda u: np.log(2 * u / (u + 1)),
    ),
}


def jsd(p: np.ndarray, q: np.ndarray) -> float:
    """Return the Jensen–Shannon divergence ½KL(p‖m) + ½KL(q‖m), m = (p + q)/2.

    Args:
        p: probabilities ≥ 0, any shape.
        q: likewise, same shape.

    Returns:
        From 0 (equal) to ln 2 (no cell in common), in nats.

    Reference:
        Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661

    Example:
        >>> round(jsd([1.0, 0.0], [0.0, 1.0]), 4)
        0.6931
    """
    p, q = _same_shape(p, q)
    middle = (p + q) / 2
    both = stats.entropy(p, middle, axis=None) + stats.entropy(q, middle, axis=None)
    return float(np.clip(both / 2, 0, np.log(2)))  # rounding can leave −1e-17


def conjugate(f: Callable, t: np.ndarray) -> np.ndarray:
    """Return f*(t) = max over u > 0 of ut − f(u), by trying u from 1e-30 to 1e3.

    Args:
        f: convex function of an array.
        t: (n,), slopes that f has somewhere in that range.

    Example:
        >>> conjugate(GENERATORS["KL"][0], np.array([1.0, 2.0])).round(4)
        array([1.    , 2.7183])
    """
    u = np.geomspace(1e-30, 1e3, 200_001)
    heights = f(u)
    return np.array([np.max(u * slope - heights) for slope in t])


def transport(a: np.ndarray, b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Move n points onto n others with the least work: a linear program.

    Args:
        a: points (n, d), each of mass 1/n; n ≤ 100, since n² variables are solved for.
        b: points (n, d), likewise.

    Returns:
        (W₁, plan, prices): the work; the mass moved from a[i] to b[j], shape (n, n);
        and the dual solution f(a[i]) − f(b[j]) of every pair, shape (n, n), whose
        largest slope is 1: f is a Wasserstein critic.

    Raises:
        ValueError: shapes that differ or are not (n, d).

    Reference:
        Arjovsky, Chintala, Bottou 2017, https://arxiv.org/abs/1701.07875

    Example:
        >>> transport([[0.0], [1.0]], [[4.0], [2.0]])[0]
        2.5
    """
    a, b = _same_shape(a, b)
    if a.ndim != 2:
        raise ValueError(f"Expected points of shape (n, d); received {a.shape}.")
    n = len(a)
    ways = np.linalg.norm(a[:, None] - b[None], axis=-1)
    leaves, arrives = np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))
    result = optimize.linprog(
        ways.ravel(), A_eq=np.vstack([leaves, arrives]), b_eq=np.full(2 * n, 1 / n)
    )
    paid, earned = result.eqlin.marginals[:n, None], result.eqlin.marginals[None, n:]
    return float(result.fun), result.x.reshape(n, n), paid + earned


def _same_shape(p, q):
    p, q = np.asarray(p, "float64"), np.asarray(q, "float64")
    if p.shape != q.shape:
        raise ValueError(f"Expected equal shapes; received {p.shape} and {q.shape}.")
    return p, q
