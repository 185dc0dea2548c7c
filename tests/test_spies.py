"""Tests of the penalty tests: right penalties, and one for each published mistake."""

import pytest
import tensorflow as tf

from ganutils.monitoring.spies import penalty_faults
from ganutils.training import losses


def penalty(name, function, weight=2.0, interval=1):
    return losses.Penalty(name, function, weight, interval)


def gp(epsilon=None, norm=None, outer=tf.reduce_mean, target=1.0):
    """Return a gradient penalty with one part exchanged."""
    uniform = tf.random.stateless_uniform

    def function(discriminator, real, fake, seed):
        shape = [len(real)] + [1] * (len(real.shape) - 1)
        e = uniform(shape, seed) if epsilon is None else epsilon(real, shape, seed)
        inside = e * real + (1 - e) * fake
        with tf.GradientTape() as tape:
            tape.watch(inside)
            scores = discriminator(inside, training=True)
        gradient = tape.gradient(scores, inside)
        squared = tf.reduce_sum(gradient**2, range(1, len(real.shape)))
        slope = tf.sqrt(squared + 1e-12) if norm is None else norm(gradient)
        return outer((slope - target) ** 2)

    return penalty("gradient_penalty", function)


GOOD = [
    losses.r1(1.0),
    losses.r2(0.5, interval=16),
    losses.gradient_penalty(10.0),
    losses.gradient_penalty(1.0, interval=4),
    losses.gradient_penalty(0.0),
    penalty("mine", lambda d, real, fake, seed: tf.reduce_mean(d(real) ** 2)),
    gp(),
]


@pytest.mark.parametrize("shape", [(2,), (4, 3, 2)])
@pytest.mark.parametrize("good", GOOD)
def test_right_penalties_have_no_faults(good, shape):
    assert penalty_faults(good, shape) == []


def over_all(gradient):
    return tf.norm(gradient)


BAD = {
    "sum over the batch": gp(outer=tf.reduce_sum),
    "linear critic of slope 0.5": gp(target=2.0),
    "linear critic of slope 0.5 ": gp(norm=over_all),
    "√0": gp(norm=lambda g: tf.sqrt(tf.reduce_sum(g**2, (1, 2, 3)))),
    "norm over the wrong axes": gp(norm=lambda g: tf.norm(g + 1e-9, axis=1)),
    "not from a normal": gp(lambda x, n, s: tf.random.stateless_normal(n, s)),
    "off the lines": gp(lambda x, n, s: tf.random.stateless_uniform(x.shape, s)),
    "1.00 to 1.00 only": gp(lambda x, n, s: tf.ones(n)),
    "anew for each sample": gp(lambda x, n, s: tf.random.stateless_uniform([], s)),
    "not evaluated on the real": penalty("r1", losses.r2().function),
    "not evaluated on the fake": penalty("r2", losses.r1().function),
    "cannot be evaluated": penalty("mine", lambda d, real: 0.0),
    "its derivative nan": penalty(
        "mine", lambda d, real, fake, seed: tf.sqrt(tf.reduce_sum(d(real) ** 2))
    ),
}


@pytest.mark.parametrize("words, bad", BAD.items(), ids=BAD)
def test_each_fault_of_a_penalty_is_put_into_words(words, bad):
    told = "; ".join(penalty_faults(bad))
    assert words.strip() in told
