"""The Dirac-GAN against the eigenvalues of Mescheder et al. 2018.

φ(t) = ln σ(t): φ′(0) = ½, φ″(0) = −¼. Instance noise: λ = φ″(0)τ² ±
√(φ″(0)²τ⁴ − φ′(0)²), the eigenvalues of R1, −γ/2 ± √(γ²/4 − ¼), with γ = τ²/2.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganutils.theory import dirac_gan

START = (1e-3, 0.0)


def test_fakes_move_to_where_d_is_high_and_d_turns_away_from_them():
    theta, psi = dirac_gan.gan(1.0, -2.0)
    assert theta == pytest.approx(-2 / (1 + np.exp(2)))
    assert psi == pytest.approx(-1 / (1 + np.exp(2)))


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.2])
def test_instance_noise_brakes_d_by_half_its_variance(tau):
    expected = [[0, 0.5], [-0.5, -(tau**2) / 2]]
    found = dirac_gan.jacobian(dirac_gan.instance_noise(tau))
    assert found == pytest.approx(np.array(expected), abs=1e-6)


def test_no_noise_is_the_plain_game_and_fields_take_arrays():
    grid = np.meshgrid([-1.0, 2.0, 0.5], [0.3, -0.7])
    field = dirac_gan.instance_noise(0.0)
    assert field(*grid) == pytest.approx(dirac_gan.gan(*grid))
    assert field(*grid)[:, 1, 2] == pytest.approx(dirac_gan.gan(0.5, -0.7))


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


def test_adam_takes_the_steps_of_keras():
    path = dirac_gan.simulate_adam(dirac_gan.gan, 0.1, 30, (1.0, -0.5), 0.5)
    players = [tf.Variable(1.0), tf.Variable(-0.5)]
    adams = [keras.optimizers.Adam(0.1, beta_1=0.5) for _ in players]
    for _ in range(30):
        for player, (adam, variable) in enumerate(zip(adams, players, strict=True)):
            push = dirac_gan.gan(*(float(v) for v in players))[player]
            adam.apply([tf.constant(-push, "float32")], [variable])
    assert path[-1] == pytest.approx([float(v) for v in players], abs=1e-4)
    many = dirac_gan.simulate_adam(dirac_gan.gan, 0.1, 30, [[0, 1], [1, -0.5]], 0.5)
    assert many[:, :, 1] == pytest.approx(path)


def test_growth_leaves_out_the_beginning():
    path = np.array([[9.0, 0.0], [1.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
    assert dirac_gan.growth(path, first=1) == pytest.approx(np.log(2))
