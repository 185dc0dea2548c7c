"""The Dirac-GAN: the smallest game with which to see training circle or converge.

All data sit at 0, all fakes at θ, and D's logit is ψx, high for real. A field is a
function (θ, ψ) → directions (θ̇, ψ̇), each of the shape of its arguments; the goal is
(0, 0). Chapter 10 writes the fields of the plain game, of R1 and of WGAN-GP itself.

Reference:
    Mescheder, Geiger, Nowozin 2018, https://arxiv.org/abs/1801.04406 (there ψ has the
    other sign: D is high for fakes)
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit

# Gauss–Hermite nodes and weights: sums over them integrate against N(0, 1).
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def gan(theta, psi) -> np.ndarray:
    """Return the field of V = φ(0) + φ(−ψθ), φ(t) = ln σ(t), φ′(t) = σ(−t).

    D climbs V and G descends it.

    Example:
        >>> gan(1.0, 0.0)
        array([ 0. , -0.5])
    """
    return np.array([psi, np.negative(theta)]) * expit(np.multiply(theta, psi))


def instance_noise(tau: float) -> Callable:
    """Return the field with N(0, τ²) added to real and fake samples, integrated.

    Args:
        tau: τ ≥ 0; 0 is `gan`.

    Example:
        >>> instance_noise(1.0)(1.0, 0.0).round(6)
        array([ 0. , -0.5])
    """
    noise = tau * NODES

    def field(theta, psi):
        """Return the slopes (θ̇, ψ̇), each of the shape of θ and ψ."""
        theta, psi = np.asarray(theta)[..., None], np.asarray(psi)[..., None]
        real, fake = expit(-psi * noise), expit(psi * (theta + noise))
        ascent = noise * real - (theta + noise) * fake
        return np.array([psi * fake @ WEIGHTS, ascent @ WEIGHTS])

    return field


def jacobian(field: Callable, step: float = 1e-5) -> np.ndarray:
    """Return the derivatives of a field at (0, 0), (2, 2), by central differences.

    Example:
        >>> jacobian(gan).round(6)
        array([[ 0. ,  0.5],
               [-0.5,  0. ]])
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
        array([ 1.  , -0.25])
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


def simulate_adam(
    field: Callable, rate: float, steps: int, start: np.ndarray, beta_1: float
) -> np.ndarray:
    """Return paths of alternating steps of Adam, G first, with β₂ = 0.999.

    Args:
        field, rate, steps: as in `simulate`.
        start: (2, …), many games at once.
        beta_1: β₁, Adam's momentum, in [0, 1).

    Returns:
        Shape (steps + 1, 2, …).

    Reference:
        Kingma & Ba 2015, algorithm 1, https://arxiv.org/abs/1412.6980

    Example:
        >>> simulate_adam(gan, 0.1, 1, (1.0, 1.0), 0.5)[1].round(3)
        array([1.1, 0.9])
    """
    point = np.array(start, "float64")
    mean, square, path = np.zeros_like(point), np.zeros_like(point), [point.copy()]
    for step in range(1, steps + 1):
        for player in (0, 1):
            push = field(*point)[player]
            mean[player] = beta_1 * mean[player] + (1 - beta_1) * push
            square[player] = 0.999 * square[player] + 0.001 * push**2
            size = np.sqrt(square[player] / (1 - 0.999**step)) + 1e-7
            point[player] += rate * mean[player] / (1 - beta_1**step) / size
        path.append(point.copy())
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
