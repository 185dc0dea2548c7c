"""The Dirac-GAN: the smallest game with which to see training circle or converge.

All data sit at 0, all fakes at θ, and D(x) = ψx. A field is a function (θ, ψ) →
directions (θ̇, ψ̇), each of the shape of its arguments; the goal is (0, 0).

Reference:
    Mescheder, Geiger, Nowozin 2018, https://arxiv.org/abs/1801.04406
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit

# Gauss–Hermite nodes and weights: sums over them integrate against N(0, 1).
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def gan(theta, psi) -> np.ndarray:
    """Return the field of L = f(ψθ) + f(0), f(t) = ln σ(t), f′(t) = σ(−t).

    D climbs L and G descends it; in this convention D is high for fakes.

    Example:
        >>> gan(1.0, 0.0)
        array([-0. ,  0.5])
    """
    return np.array([-psi, theta]) * expit(-np.multiply(theta, psi))


def r1(gamma: float) -> Callable:
    """Return the field with R1, (γ/2)ψ² added to D's loss.

    Args:
        gamma: γ ≥ 0; 1 is critical damping.

    Example:
        >>> r1(2.0)(0.0, 1.0)
        array([-0.5, -2. ])
    """
    return lambda theta, psi: gan(theta, psi) - gamma * np.array([0 * psi, psi])


def instance_noise(sigma: float) -> Callable:
    """Return the field with N(0, σ²) added to real and fake samples, integrated.

    Args:
        sigma: σ ≥ 0; 0 is `gan`.

    Example:
        >>> instance_noise(1.0)(1.0, 0.0).round(6)
        array([0. , 0.5])
    """
    noise = sigma * NODES

    def field(theta, psi):
        """Return the slopes (θ̇, ψ̇), each of the shape of θ and ψ."""
        theta, psi = np.asarray(theta)[..., None], np.asarray(psi)[..., None]
        fake, real = expit(-psi * (theta + noise)), expit(psi * noise)
        ascent = (theta + noise) * fake - noise * real
        return np.array([-psi * fake @ WEIGHTS, ascent @ WEIGHTS])

    return field


def wgan_gp(theta, psi) -> np.ndarray:
    """Return the field for f(t) = t with the penalty (|ψ| − 1)²/2 in D's loss.

    Example:
        >>> wgan_gp(0.0, 0.5)
        array([-0.5,  0.5])
    """
    return np.array([-psi, theta - np.sign(psi) * (np.abs(psi) - 1)])


def jacobian(field: Callable, step: float = 1e-5) -> np.ndarray:
    """Return the derivatives of a field at (0, 0), (2, 2), by central differences.

    Example:
        >>> jacobian(gan).round(6)
        array([[ 0. , -0.5],
               [ 0.5,  0. ]])
    """
    columns = [(field(*d) - field(*-d)) / (2 * step) for d in step * np.eye(2)]
    return np.stack(columns, axis=1) + 0.0  # no −0.0


def simulate(
    field: Callable,
    rate: float,
    steps: int,
    start: tuple[float, float],
    alternating: bool = False,
    momentum: float = 0.0,
) -> np.ndarray:
    """Return the path of gradient steps through the (θ, ψ) plane.

    Args:
        field: (θ, ψ) → directions.
        rate: step size h.
        steps: how many.
        start: (θ, ψ) at step 0.
        alternating: G first, then D on the new θ; both at once by default.
        momentum: share of the last step that is added to the next.

    Returns:
        Shape (steps + 1, 2).

    Example:
        >>> simulate(gan, 0.5, 1, (1.0, 0.0))[1]
        array([1.  , 0.25])
    """
    path, velocity = [np.array(start, "float64")], np.zeros(2)
    for _ in range(steps):
        point = path[-1].copy()
        for player in ([0], [1]) if alternating else ([0, 1],):
            push = rate * field(*point)[player]
            velocity[player] = momentum * velocity[player] + push
            point[player] += velocity[player]
        path.append(point)
    return np.array(path)


def growth(path: np.ndarray, first: int = 0) -> float:
    """Return the fitted change of ln(distance from the goal) per step.

    Args:
        path: (steps, 2), as `simulate` returns it.
        first: steps to leave out at the beginning.

    Example:
        >>> round(growth(simulate(gan, 0.5, 100, (1e-3, 0.0))), 4)
        0.0303
    """
    radius = np.linalg.norm(path[first:], axis=1)
    return float(np.polyfit(np.arange(len(radius)), np.log(radius), 1)[0])


def average(path: np.ndarray, decay: float) -> np.ndarray:
    """Return the exponential moving average of a path that starts at the goal.

    A rotation by ω a step keeps |(1 − β)/(1 − βe^(−iω))| of its radius, β the decay.

    Args:
        path: (steps, 2).
        decay: β in [0, 1); 0 returns the path.

    Example:
        >>> average(np.ones((2, 2)), 0.5)[:, 0]
        array([0.5 , 0.75])
    """
    mean, means = np.zeros(2), []
    for point in path:
        mean = decay * mean + (1 - decay) * point
        means.append(mean)
    return np.array(means)
