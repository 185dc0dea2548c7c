"""Numbers for how close samples are to the data, from features or from 2-D points.

Every function takes arrays (n, d) and computes in float64. None of the numbers means
much alone: it depends on n and on the features, so print n and the `floor` beside it.
Called on features other than Inception-v3's, none of them is FID or KID.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr

from ganutils.kit.checks import check, check_pair
from ganutils.metrics.neighbours import blocks, nearest_neighbours


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Return ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), Σ with n − 1 as NumPy's `cov`.

    With Σ = RᵀR the last trace is the sum of the singular values of R₁R₂ᵀ, the square
    roots of the eigenvalues of Σ₁Σ₂. No matrix root is taken, so that singular
    covariances (n ≤ d, a feature that never fires) do no harm.

    Args:
        real: features (n, d), n ≥ 2, finite.
        fake: features (m, d), m ≥ 2, finite.

    Returns:
        ≥ 0; two parts of one data set score above 0, the less the larger n.

    Raises:
        ValueError: rank, width, number or values do not fit (so in every function).

    Reference:
        Heusel et al. 2017, eq. 6, https://arxiv.org/abs/1706.08500

    Example:
        >>> frechet_distance([[0.0], [2.0]], [[3.0], [5.0]])
        9.0
    """
    real, fake = check_pair(real, fake)
    r1, r2 = _covariance_factor(real), _covariance_factor(fake)
    shift = real.mean(axis=0) - fake.mean(axis=0)
    root_trace = np.linalg.svd(r1 @ r2.T, compute_uv=False).sum()
    value = shift @ shift + (r1**2).sum() + (r2**2).sum() - 2 * root_trace
    return float(np.maximum(value, 0.0))  # rounding can leave −1e-15 · Tr Σ


def _covariance_factor(x):
    return np.linalg.qr(x - x.mean(axis=0), mode="r") / np.sqrt(len(x) - 1)


def kernel_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Return the unbiased MMD² under k(x, y) = (x·y/d + 1)³.

    mean k(x, x′) + mean k(y, y′) − 2 mean k(x, y), over all pairs but those of a
    sample with itself. Its mean does not depend on n, hence it is negative about as
    often as positive where both sets come from one distribution.

    Args:
        real: features (n, d), n ≥ 2.
        fake: features (m, d), m ≥ 2.

    Returns:
        A number near 0 or above.

    Reference:
        Bińkowski et al. 2018, section 4, https://arxiv.org/abs/1801.01401; Gretton et
        al. 2012, eq. 3. The paper averages over subsets, this uses every sample.

    Example:
        >>> kernel_distance([[0.0], [2.0]], [[3.0], [5.0]])
        3259.0
    """
    real, fake = check_pair(real, fake)
    n, m = len(real), len(fake)
    within_real = (_kernel_sum(real, real) - _kernel_diagonal(real)) / (n * (n - 1))
    within_fake = (_kernel_sum(fake, fake) - _kernel_diagonal(fake)) / (m * (m - 1))
    return float(within_real + within_fake - 2 * _kernel_sum(real, fake) / (n * m))


def _kernel_sum(x, y):
    bases = (x[rows] @ (y.T / x.shape[1]) + 1 for rows in blocks(x, y))
    return sum(float(np.vdot(base, base * base)) for base in bases)


def _kernel_diagonal(x):
    return float((((x * x).sum(axis=1) / x.shape[1] + 1) ** 3).sum())


def inception_score(probabilities: np.ndarray) -> float:
    """Return exp E KL(p(y|x) ‖ p(y)): sure of each sample, and of all classes alike.

    Args:
        probabilities: a classifier's p(y|x), shape (n, classes); rows sum to 1.

    Returns:
        From 1 (every sample alike, or the classifier knows nothing) to the number of
        classes. It never sees the data: one perfect sample a class gets the maximum.

    Reference:
        Salimans et al. 2016, section 4, https://arxiv.org/abs/1606.03498; here over
        all samples at once, not averaged over ten splits.

    Example:
        >>> round(inception_score([[1.0, 0.0], [0.0, 1.0]]), 6)
        2.0
    """
    p = check(probabilities, "probabilities")
    if (p < 0).any() or np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError(
            "Expected `probabilities` ≥ 0 with rows that sum to 1; received values "
            f"from {p.min():.4g} and sums from {p.sum(axis=1).min():.4g} to "
            f"{p.sum(axis=1).max():.4g}. Apply softmax to logits first."
        )
    score = np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean())
    return float(np.clip(score, 1, p.shape[1]))  # rounding can leave 10.000000000000002


@dataclass(frozen=True)
class ModeCoverage:
    """Modes found of `total`, share of high-quality samples, and reverse KL (nats)."""

    modes: int
    total: int
    high_quality: float
    reverse_kl: float


def mode_coverage(samples: np.ndarray, centres: np.ndarray, std: float) -> ModeCoverage:
    """Compare samples with a mixture of equally likely round Gaussians.

    A sample is of high quality within 3σ of its nearest centre. A mode counts when it
    has one. The reverse KL is Σ q ln(q/u), q the modes' shares of the high-quality
    samples, u = 1/total: 0 when even, ln(total) when all sit on one mode, and NaN
    without any high-quality sample.

    Args:
        samples: (n, d).
        centres: (total, d), total ≥ 2.
        std: σ of each Gaussian.

    Reference:
        Srivastava et al. 2017 (VEEGAN), section 4.1, https://arxiv.org/abs/1705.07761;
        Lin et al. 2018 (PacGAN), section 4.1, https://arxiv.org/abs/1712.04086

    Example:
        >>> mode_coverage([[0.0], [0.1], [0.2], [5.0]], [[0.0], [9.0]], std=0.5)
        ModeCoverage(modes=1, total=2, high_quality=0.75, reverse_kl=0.6931471805599453)
    """
    if not std > 0:
        raise ValueError(f"Expected `std` > 0; received {std!r}.")
    index, distance = nearest_neighbours(samples, centres)
    good = index[distance <= 3 * std]
    counts = np.bincount(good, minlength=len(centres))
    return ModeCoverage(
        int((counts > 0).sum()),
        len(centres),
        len(good) / len(index),
        reverse_kl(counts),
    )


def reverse_kl(counts: np.ndarray) -> float:
    """Return Σ q ln(q/u) in nats, q the shares of counts, u = 1/len(counts).

    Args:
        counts: (modes,), ≥ 0, samples of each mode or class.

    Returns:
        0 when even, ln(modes) when one has all; NaN when all counts are 0.

    Example:
        >>> reverse_kl([3, 0])
        0.6931471805599453
    """
    counts = np.asarray(counts, float)
    if not counts.any():
        return float("nan")
    divergence = rel_entr(counts / counts.sum(), 1 / len(counts)).sum()
    return float(np.clip(divergence, 0, np.log(len(counts))))


def floor(
    measure: Callable, real: np.ndarray, n: int, seeds: Iterable[int] = range(5)
) -> tuple[np.ndarray, np.ndarray]:
    """Return what real data scores against real data: mean and spread over seeds.

    Args:
        measure: (real, fake) → a number or a tuple of numbers.
        real: features (at least 2n, d).
        n: samples on each side; use the n of the number that stands beside the floor.
        seeds: each draws two disjoint random parts of `real`; at least two seeds.

    Returns:
        (mean, standard deviation with seeds − 1), of the shape `measure` returns.

    Example:
        >>> mean, spread = floor(frechet_distance, real, n=1000)
    """
    real, seeds = check(real, "real"), list(seeds)
    if not 2 <= n <= len(real) // 2 or len(seeds) < 2:
        raise ValueError(
            f"Expected 2 ≤ n ≤ {len(real) // 2} (two disjoint parts of {len(real):,} "
            f"real samples) and ≥ 2 seeds; received n={n!r} and {len(seeds)} seeds."
        )
    values = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(real))
        values.append(measure(real[order[:n]], real[order[n : 2 * n]]))
    return np.mean(values, axis=0), np.std(values, axis=0, ddof=1)
