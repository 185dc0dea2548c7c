"""How far apart two distributions are: on shared cells, or as sets of points.

Every function of `p` and `q` takes probabilities of the same cells, each summing to 1.
"""

from collections.abc import Callable

import numpy as np
from scipy import optimize
from scipy.special import rel_entr

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


def kl(p: np.ndarray, q: np.ndarray) -> float:
    """Return the Kullback–Leibler divergence Σ p ln(p/q) in nats.

    Args:
        p: probabilities ≥ 0, any shape.
        q: likewise, same shape.

    Returns:
        ≥ 0; infinite where q = 0 < p.

    Example:
        >>> round(kl([0.5, 0.5], [0.25, 0.75]), 4)
        0.1438
    """
    p, q = _same_shape(p, q)
    return float(np.maximum(rel_entr(p, q).sum(), 0))  # rounding can leave −1e-17


def jsd(p: np.ndarray, q: np.ndarray) -> float:
    """Return the Jensen–Shannon divergence ½KL(p‖m) + ½KL(q‖m), m = (p + q)/2.

    Args:
        p, q: as in `kl`.

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
    return float(np.clip((kl(p, middle) + kl(q, middle)) / 2, 0, np.log(2)))


def total_variation(p: np.ndarray, q: np.ndarray) -> float:
    """Return ½ Σ |p − q|, the largest difference in probability of any event.

    Args:
        p, q: as in `kl`.

    Returns:
        From 0 (equal) to 1 (no cell in common).

    Example:
        >>> total_variation([1.0, 0.0], [0.5, 0.5])
        0.5
    """
    p, q = _same_shape(p, q)
    return float(np.minimum(np.abs(p - q).sum() / 2, 1))


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


def parallel_lines(theta: float, n: int = 9) -> tuple[float, float, float, float]:
    """Compare two lines of n points, from (0, 0) to (0, 1) and from (θ, 0) to (θ, 1).

    Args:
        theta: distance of the lines, with sign.
        n: points on each.

    Returns:
        (KL, total variation, JSD, W₁).

    Reference:
        Arjovsky, Chintala, Bottou 2017, https://arxiv.org/abs/1701.07875

    Example:
        >>> [round(float(distance), 4) for distance in parallel_lines(0.5)]
        [inf, 1.0, 0.6931, 0.5]
    """
    height = np.linspace(0, 1, n)
    real, fake = (np.stack([0 * height + c, height], axis=1) for c in (0.0, theta))
    p = np.repeat([1 / n, 0.0], n)  # of the points of both lines
    q = p if theta == 0 else p[::-1]
    return kl(p, q), total_variation(p, q), jsd(p, q), transport(real, fake)[0]


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
