"""Losses and penalties against values derived by hand.

Logits real = [2, −1], fake = [0.5, −3]; softplus(s) = ln(1 + eˢ), computed with
`math`. Penalties: D(x) = w·x has the gradient w everywhere, so its slope is ‖w‖.
"""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ganutils.training import losses

REAL, FAKE = [2.0, -1.0], [0.5, -3.0]


def softplus(s):
    return math.log1p(math.exp(s))


def mean(values):
    return sum(values) / len(values)


CROSS_ENTROPY = mean([softplus(-r) for r in REAL]) + mean([softplus(f) for f in FAKE])
EXPECTED = {
    "non_saturating": (CROSS_ENTROPY, mean([softplus(-f) for f in FAKE])),
    "minimax": (CROSS_ENTROPY, -mean([softplus(f) for f in FAKE])),
    # ½·mean(1², 2²) + ½·mean(0.5², 3²) and ½·mean(0.5², 4²)
    "least_squares": (1.25 + 2.3125, 4.0625),
    # mean(0, 2) + mean(1.5, 0) and −mean(0.5, −3)
    "hinge": (1.75, 1.25),
    "wasserstein": (-1.25 - 0.5, 1.25),
    # pairs real − fake: 1.5, 2
    "relativistic": (
        mean([softplus(-1.5), softplus(-2.0)]),
        mean([softplus(1.5), softplus(2.0)]),
    ),
}
# dL_G/df by hand at the same logits, divided by the batch of 2
G_GRADIENTS = {
    "non_saturating": [-1 / (1 + math.exp(f)) / 2 for f in FAKE],
    "minimax": [-1 / (1 + math.exp(-f)) / 2 for f in FAKE],
    "least_squares": [(f - 1) / 2 for f in FAKE],
    "hinge": [-0.5, -0.5],
    "wasserstein": [-0.5, -0.5],
    "relativistic": [-1 / (1 + math.exp(-m)) / 2 for m in (1.5, 2.0)],
}


def column(values):
    return tf.constant(values, shape=(len(values), 1))


def linear(weights):
    w = tf.constant(weights, shape=(len(weights), 1))
    return lambda x, training: tf.matmul(x, w)


def evaluate(penalty, discriminator, real, fake=None, step=0):
    fake = real if fake is None else fake
    value = penalty(discriminator, real, fake, tf.constant([1, 2]), tf.constant(step))
    return float(value)


def test_every_loss_has_hand_computed_values():
    assert set(EXPECTED) == set(losses.LOSSES)


@pytest.mark.parametrize("name", EXPECTED)
def test_values(name):
    loss, (d_value, g_value) = losses.get(name), EXPECTED[name]
    assert float(loss.d_loss(column(REAL), column(FAKE))) == pytest.approx(
        d_value, rel=1e-6
    )
    assert float(loss.g_loss(column(REAL), column(FAKE))) == pytest.approx(
        g_value, rel=1e-6
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_generator_gradients(name):
    fake = column(FAKE)
    with tf.GradientTape() as tape:
        tape.watch(fake)
        g_loss = losses.get(name).g_loss(column(REAL), fake)
    gradient = tape.gradient(g_loss, fake).numpy().ravel()
    np.testing.assert_allclose(gradient, G_GRADIENTS[name], rtol=1e-5)


@pytest.mark.parametrize("name", EXPECTED)
def test_discriminator_gradients_equal_central_differences(name):
    real, h = np.float64(REAL), 1e-5
    d_loss = losses.get(name).d_loss
    x = tf.constant(real.reshape(-1, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = d_loss(x, tf.cast(column(FAKE), tf.float64))
    for i, slope in enumerate(tape.gradient(value, x).numpy().ravel()):
        up, down = (real + s * h * np.eye(2)[i] for s in (1, -1))
        ends = [float(d_loss(v.reshape(-1, 1), np.c_[FAKE])) for v in (up, down)]
        assert slope == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-6)


def test_anchors_at_logit_zero():
    zero = tf.zeros((8, 1))
    assert float(losses.minimax.d_loss(zero, zero)) == pytest.approx(math.log(4))
    assert float(losses.non_saturating.g_loss(None, zero)) == pytest.approx(math.log(2))


@pytest.mark.parametrize("logit", [-1e4, 1e4])
@pytest.mark.parametrize("name", EXPECTED)
def test_losses_are_finite_at_extreme_logits(name, logit):
    loss, extreme = losses.get(name), tf.constant([[logit]])
    assert math.isfinite(loss.d_loss(-extreme, extreme))
    assert math.isfinite(loss.g_loss(-extreme, extreme))


def test_get_passes_a_pair_through_and_names_an_unknown_one():
    assert losses.get(losses.hinge) is losses.hinge
    with pytest.raises(ValueError, match="hinge.*received 'bce'"):
        losses.get("bce")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-3, 3, width=32), min_size=2, max_size=4))
def test_r1_and_r2_of_a_linear_critic(weights):
    x = tf.ones((5, len(weights)))
    expected = 0.5 * 0.7 * sum(w * w for w in weights)
    for penalty in (losses.r1(gamma=0.7), losses.r2(gamma=0.7)):
        value = evaluate(penalty, linear(weights), x)
        assert value == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [([0.6, 0.8], 0.0), ([3.0, 4.0], 10 * 16.0), ([0.0, 0.0], 10 * 1.0)],
)
def test_gradient_penalty_of_a_linear_critic(weights, expected):
    value = evaluate(losses.gradient_penalty(10.0), linear(weights), tf.ones((6, 2)))
    assert value == pytest.approx(expected, rel=1e-5, abs=1e-4)


def test_r1_looks_at_real_and_r2_at_fake():
    def square(x, training):
        return tf.reduce_sum(x**2, axis=1, keepdims=True)  # gradient 2x

    real, fake = tf.ones((4, 3)), 2 * tf.ones((4, 3))
    assert evaluate(losses.r1(2.0), square, real, fake) == pytest.approx(12.0)
    assert evaluate(losses.r2(2.0), square, real, fake) == pytest.approx(48.0)


def test_gradient_penalty_interpolates_uniformly_one_epsilon_a_sample():
    seen = []

    def spy(x, training):
        seen.append(x)
        return tf.reduce_sum(x, axis=1, keepdims=True)

    real, fake = tf.zeros((4000, 2)), tf.ones((4000, 2))
    evaluate(losses.gradient_penalty(), spy, real, fake)
    epsilon = 1 - seen[0].numpy()
    assert (epsilon[:, 0] == epsilon[:, 1]).all()  # on the segment
    deciles = np.histogram(epsilon[:, 0], bins=10, range=(0, 1))[0] / 4000
    np.testing.assert_allclose(deciles, 0.1, atol=0.025)


def test_penalty_gradients_reach_weights_and_stay_finite_at_slope_zero():
    w = tf.Variable([[0.0], [0.0]])
    with tf.GradientTape() as tape:
        value = losses.gradient_penalty()(
            lambda x, training: x @ w, tf.ones((3, 2)), tf.zeros((3, 2)), [1, 2], 0
        )
    assert np.isfinite(tape.gradient(value, w).numpy()).all()


def test_r1_gradient_with_respect_to_weights():
    w = tf.Variable([[3.0], [4.0]])
    with tf.GradientTape() as tape:  # (γ/2)‖w‖² has the gradient γ·w
        x = tf.ones((3, 2))
        value = losses.r1(0.1)(lambda x, training: x @ w, x, x, [1, 2], 0)
    np.testing.assert_allclose(tape.gradient(value, w), [[0.3], [0.4]], rtol=1e-5)


def test_lazy_interval_keeps_the_mean():
    penalty, x = losses.r1(gamma=2.0, interval=4), tf.ones((2, 2))
    values = [evaluate(penalty, linear([3.0, 4.0]), x, step=s) for s in range(8)]
    assert values == pytest.approx([100, 0, 0, 0, 100, 0, 0, 0])


@pytest.mark.parametrize("arguments", [{"gamma": -1.0}, {"interval": 0}])
def test_a_senseless_penalty_is_refused(arguments):
    with pytest.raises(ValueError, match="`r1`.*received (-0.5|0)"):
        losses.r1(**arguments)
