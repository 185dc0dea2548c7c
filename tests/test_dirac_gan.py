"""The Dirac-GAN against the eigenvalues of Mescheder et al. 2018.

f(t) = ln σ(t): f′(0) = ½, f″(0) = −¼. R1: λ = −γ/2 ± √(γ²/4 − ¼). Instance noise:
λ = f″(0)σ² ± √(f″(0)²σ⁴ − f′(0)²), the same with γ = σ²/2.
"""

import numpy as np
import pytest

from ganutils.theory import dirac_gan

START = (1e-3, 0.0)


@pytest.mark.parametrize("gamma", [0.0, 0.4, 1.0, 3.0])
def test_r1_has_the_eigenvalues_of_the_paper(gamma):
    root = np.sqrt(complex(gamma**2 / 4 - 1 / 4))
    expected = np.sort_complex([-gamma / 2 + root, -gamma / 2 - root])
    found = np.linalg.eigvals(dirac_gan.jacobian(dirac_gan.r1(gamma)))
    assert np.sort_complex(found) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("sigma", [0.0, 0.5, 1.2])
def test_instance_noise_acts_like_r1_at_the_goal(sigma):
    noisy = dirac_gan.jacobian(dirac_gan.instance_noise(sigma))
    assert noisy == pytest.approx(
        dirac_gan.jacobian(dirac_gan.r1(sigma**2 / 2)), abs=1e-6
    )


def test_fields_take_arrays():
    grid = np.meshgrid([-1.0, 2.0, 0.5], [0.3, -0.7])
    for field in (dirac_gan.gan, dirac_gan.r1(0.5), dirac_gan.wgan_gp):
        assert field(*grid)[:, 1, 2] == pytest.approx(field(0.5, -0.7))
    field = dirac_gan.instance_noise(1.0)
    assert field(*grid)[:, 1, 2] == pytest.approx(field(0.5, -0.7))


def test_simultaneous_steps_spiral_out_and_alternating_ones_do_not():
    out = dirac_gan.growth(dirac_gan.simulate(dirac_gan.gan, 0.5, 100, START))
    assert out == pytest.approx(np.log(1 + 0.5**2 / 4) / 2, abs=1e-6)
    path = dirac_gan.simulate(dirac_gan.gan, 0.5, 4_000, START, alternating=True)
    assert dirac_gan.growth(path) == pytest.approx(0, abs=1e-6)


def test_momentum_adds_a_share_of_the_last_step():
    def constant(theta, psi):
        return np.array([1.0, -2.0])

    path = dirac_gan.simulate(constant, 0.1, 2, (0.0, 0.0), momentum=0.5)
    assert path[2] == pytest.approx([0.25, -0.5])


def test_growth_leaves_out_the_beginning():
    path = np.array([[9.0, 0.0], [1.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
    assert dirac_gan.growth(path, first=1) == pytest.approx(np.log(2))


def test_wgan_gp_never_comes_to_rest():
    path = dirac_gan.simulate(dirac_gan.wgan_gp, 0.02, 8_000, (0.2, 0.1))
    assert np.linalg.norm(path[-2_000:], axis=1).min() > 1


def test_average_shrinks_a_rotation():
    turn = np.exp(0.25j * np.arange(3_000))
    path = np.stack([turn.real, turn.imag], axis=1)
    radius = np.linalg.norm(dirac_gan.average(path, 0.99)[-1])
    expected = abs(0.01 / (1 - 0.99 * np.exp(-0.25j)))
    assert radius == pytest.approx(expected, abs=1e-9)
