"""Numbers for how close samples are to the data, from features or from 2-D points.

Every function takes arrays (n, d), n ≥ 2, and computes in float64; what does not fit or
is not finite is a ValueError. None of the numbers means much alone: it depends on n and
on the features, so print n beside it, and the floor: what real data scores against
other real data.
Called on features other than Inception-v3's, none of them is FID or KID.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import rel_entr

from ganutils.kit.checks import check_features, check_pair
from ganutils.metrics.neighbours import blocks, nearest_neighbours


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Return ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), Σ with n − 1 as NumPy's `cov`.

    With Σ = RᵀR the last trace is the sum of the singular values of R₁R₂ᵀ, the square
    roots of the eigenvalues of Σ₁Σ₂. No matrix root is taken, so that singular
    covariances (n ≤ d, a feature that never fires) do no harm. Two parts of one data
    set score above 0, the less the larger n.

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

    Reference:
        Bińkowski et al. 2018, section 4, https://arxiv.org/abs/1801.01401; Gretton et
        al. 2012, eq. 3. The paper averages over subsets, this uses every sample.

    Example:
        >>> kernel_distance([[0.0], [2.0]], [[3.0], [5.0]])
        3259.0
    """
    real, fake = check_pair(real, fake)
    within = _mean_kernel(real, real, own=True) + _mean_kernel(fake, fake, own=True)
    return within - 2 * _mean_kernel(real, fake)


def _mean_kernel(x, y, own=False):
    """Return the mean of k; of a set with its `own`, but for each one with itself."""
    bases = (x[rows] @ (y.T / x.shape[1]) + 1 for rows in blocks(x, y))
    total = sum(float(np.vdot(base, base * base)) for base in bases)
    if not own:
        return total / (len(x) * len(y))
    with_itself = (((x * x).sum(axis=1) / x.shape[1] + 1) ** 3).sum()
    return float(total - with_itself) / (len(x) * (len(x) - 1))


def inception_score(probabilities: np.ndarray) -> float:
    """Return exp E KL(p(y|x) ‖ p(y)): sure of each sample, and of all classes alike.

    `probabilities` are a classifier's p(y|x), shape (n, classes). The score goes from 1
    (every sample alike, or the classifier knows nothing) to the number of classes. It
    never sees the data: one perfect sample a class gets the maximum.

    Reference:
        Salimans et al. 2016, section 4, https://arxiv.org/abs/1606.03498; here over
        all samples at once, not averaged over ten splits.

    Example:
        >>> round(inception_score([[1.0, 0.0], [0.0, 1.0]]), 6)
        2.0
    """
    p = check_features(probabilities, "probabilities")
    if (p < 0).any() or np.abs(p.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError(
            "Expected `probabilities` ≥ 0 with rows that sum to 1; received values "
            f"from {p.min():.4g} and sums from {p.sum(axis=1).min():.4g} to "
            f"{p.sum(axis=1).max():.4g}. Apply softmax to logits first."
        )
    score = np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean())
    return float(np.clip(score, 1, p.shape[1]))  # rounding can leave 10.000000000000002


class ModeCoverage(NamedTuple):
    """Modes found of `total`, share of high-quality samples, and reverse KL (nats)."""

    modes: int
    total: int
    high_quality: float
    reverse_kl: float


def mode_coverage(samples: np.ndarray, centres: np.ndarray, std: float) -> ModeCoverage:
    """Compare samples with a mixture of equally likely round Gaussians.

    A sample is of high quality within 3σ (`std`) of its nearest of `centres`, shape
    (total, d). A mode counts when it has one. The last number is the `reverse_kl` of
    the modes' shares of the high-quality samples.

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
    found, share = int((counts > 0).sum()), len(good) / len(index)
    return ModeCoverage(found, len(centres), share, reverse_kl(counts))


def reverse_kl(counts: np.ndarray) -> float:
    """Return Σ q ln(q/u) in nats, q the shares of counts, u = 1/len(counts).

    0 when every mode or class has as many samples, ln(modes) when one has all, NaN when
    none has any.

    Example:
        >>> reverse_kl([3, 0])
        0.6931471805599453
    """
    counts = np.asarray(counts, float)
    if not counts.any():
        return float("nan")
    divergence = rel_entr(counts / counts.sum(), 1 / len(counts)).sum()
    return float(np.clip(divergence, 0, np.log(len(counts))))
