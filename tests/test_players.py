"""Both players' optimizers: what `compile` takes, and what a callback sees."""

import keras
import pytest
import tiny

from ganutils.training.players import Player, Players


def names(gan):
    return [type(o).__name__ for o in (gan.d_optimizer, gan.g_optimizer)]


@pytest.mark.parametrize("given", ["rmsprop", {"class_name": "RMSprop", "config": {}}])
def test_each_player_takes_what_keras_takes_for_an_optimizer(given):
    assert names(tiny.gan(d_optimizer=given, g_optimizer=given)) == ["RMSprop"] * 2
    assert names(tiny.gan(d_optimizer=given)) == ["RMSprop", "Adam"]


def test_an_optimizer_of_another_network_is_refused():
    adam = keras.optimizers.Adam()
    tiny.gan(d_optimizer=adam)
    with pytest.raises(ValueError, match="new `g_optimizer`.*moments of another"):
        tiny.gan(g_optimizer=adam)


def test_a_schedule_counts_each_players_own_steps():
    rates = {p: keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5) for p in "dg"}
    sgd = {f"{p}_optimizer": keras.optimizers.SGD(rate) for p, rate in rates.items()}
    gan = tiny.gan(d_steps=2, run_eagerly=True, **sgd)
    gan.fit(tiny.real_samples(64), steps_per_epoch=1, batch_size=16, verbose=0)
    assert float(gan.d_optimizer.learning_rate) == pytest.approx(0.025)
    assert float(gan.g_optimizer.learning_rate) == pytest.approx(0.05)


def test_a_rate_set_on_both_keeps_their_ratio():
    d, g = keras.optimizers.SGD(0.2), keras.optimizers.SGD(0.1)
    named = {"d_optimizer": d, "g_optimizer": g}
    players = [
        Player(n, o, tiny.discriminator(), (), tiny.generator(), False)
        for n, o in named.items()
    ]
    both = Players(*players)
    both.learning_rate = 0.02
    assert (float(d.learning_rate), float(g.learning_rate)) == pytest.approx(
        (0.02, 0.01)
    )
    assert [player.name for player in both.optimizers] == ["d_optimizer", "g_optimizer"]
    d.learning_rate = 0.0
    with pytest.raises(ValueError, match="D's learning rate ≠ 0"):
        both.learning_rate = 0.1


def test_under_mixed_precision_each_player_scales_its_loss():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        gan = tiny.gan()
    finally:
        keras.config.set_dtype_policy("float32")
    assert names(gan) == ["LossScaleOptimizer"] * 2
    assert names(tiny.gan()) == ["Adam"] * 2


def test_a_layer_that_g_and_d_share_is_trained_by_both():
    x, shared = keras.Input((2,)), keras.layers.Dense(2)
    g = keras.Model(x, shared(x))
    d = keras.Model(x, keras.layers.Dense(1)(shared(x)))
    for network, rival in ((g, d), (d, g)):
        player = Player("optimizer", None, network, (), rival, False)
        assert {id(v) for v in shared.variables} <= {id(v) for v in player.variables}
