"""Each alarm against a run that fails its way, and all of them against healthy ones."""

import keras
import numpy as np
import pytest
import tiny
from watched import StillGAN, replay, scalars

from ganutils import monitoring, training
from ganutils.datasets import points
from ganutils.training import losses

REAL = np.random.default_rng(1).normal(size=(200, 2))  # mean distance √π = 1.77


def test_non_finite_names_step_scalar_and_checkpoint(tmp_path):
    saver = monitoring.Checkpoint(tmp_path / "gan.npz", every=1)
    replay(saver, StillGAN(), [scalars()] * 4)
    logs = [scalars(), scalars(g_loss=float("nan"))]
    with pytest.raises(
        FloatingPointError, match=r"g_loss is nan at step 6.*gan.npz', of step 4"
    ):
        replay(monitoring.NonFinite(saver), StillGAN(step=4), logs)


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), float("nan")])
def test_non_finite_without_a_checkpoint_says_so(value):
    alarm = monitoring.NonFinite()
    with pytest.raises(FloatingPointError, match="There is no checkpoint"):
        replay(alarm, StillGAN(), [scalars() | {"r1": value}])
    assert alarm.messages[0].startswith(f"r1 is {value} at step 1;")


def test_non_finite_stops_real_training_and_no_bad_weight_is_saved(tmp_path):
    gan = tiny.gan(d_optimizer=keras.optimizers.SGD(1e38))
    saver = monitoring.Checkpoint(tmp_path / "gan.npz", every=1)
    alarm = monitoring.NonFinite(saver)
    saver_first = [saver, alarm]
    with pytest.raises(FloatingPointError):
        gan.fit(tiny.real_samples(), callbacks=saver_first, epochs=3, verbose=0)
    if saver.path.exists():
        gan.load_checkpoint(saver.path)
        assert all(np.isfinite(v).all() for v in tiny.values(gan.state()))


def test_d_ahead_speaks_once_and_names_the_first_step(capsys):
    alarm = monitoring.DAhead(gap=8.0, patience=50)
    logs = [scalars()] * 20 + [scalars(real=6.0, fake=-6.0)] * 200
    replay(alarm, StillGAN(), logs)
    assert len(alarm.messages) == 1
    assert alarm.messages[0].startswith("DAhead since step 21: D separates")
    assert "12.0 apart" in alarm.messages[0]
    assert capsys.readouterr().out.count("DAhead") == 1


def test_d_ahead_for_a_while_is_no_alarm():
    alarm = monitoring.DAhead(gap=8.0, patience=50)
    replay(alarm, StillGAN(), ([scalars(6.0, -6.0)] * 50 + [scalars()]) * 3)
    assert alarm.messages == []


def test_patience_counts_steps_not_calls():
    alarm = monitoring.DAhead(gap=8.0, patience=50)
    replay(alarm, StillGAN(), [scalars(6.0, -6.0)] * 7, k=10)
    assert len(alarm.messages) == 1


def test_a_second_episode_is_collected_but_not_printed(capsys):
    alarm = monitoring.Swapped(patience=10)
    replay(alarm, StillGAN(), ([scalars(-1.0, 1.0)] * 20 + [scalars()]) * 2)
    assert [m.split(":")[0] for m in alarm.messages] == [
        "Swapped since step 1",
        "Swapped since step 22",
    ]
    assert capsys.readouterr().out.count("Swapped") == 1


def test_collapse_is_noticed_after_the_start():
    alarm = monitoring.Collapse(REAL, every=10, start=100, patience=50)
    replay(alarm, StillGAN(spread=0.01), [scalars()] * 200)
    assert len(alarm.messages) == 1
    assert alarm.messages[0].startswith("Collapse since step 100: samples of")


def test_a_generator_that_spreads_as_far_as_the_data_is_no_collapse():
    alarm = monitoring.Collapse(REAL, every=10, start=100, patience=50)
    replay(alarm, StillGAN(spread=1.0), [scalars()] * 200)
    assert alarm.messages == []
    assert 1.5 < alarm.real_distance < 2.0


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: monitoring.DAhead(gap=0), "`gap` > 0; received 0"),
        (lambda: monitoring.Swapped(margin=-1), "`margin` > 0; received -1"),
        (lambda: monitoring.Collapse(REAL, fraction=1.5), "received 1.5"),
        (lambda: monitoring.Collapse(REAL[:1]), "at least 2 samples; received 1"),
        (lambda: monitoring.Collapse(np.ones((9, 2))), "that differ; received .* 0.0"),
        (lambda: monitoring.Swapped(patience=0), "received 0"),
    ],
)
def test_alarms_say_which_argument_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def ring_gan(loss="non_saturating", d_rate=1e-3):
    keras.utils.set_random_seed(0)
    stack = [keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")]
    more = [keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu")]
    gan = training.GAN(
        keras.Sequential([keras.Input((4,)), *stack, keras.layers.Dense(2)]),
        keras.Sequential([keras.Input((2,)), *more, keras.layers.Dense(1)]),
        latent_dim=4,
    )
    rates = dict(d_optimizer=d_rate, g_optimizer=1e-3)
    rates = {k: training.make_optimizer(v) for k, v in rates.items()}
    gan.compile(loss=loss, steps_per_execution=5, **rates)
    return gan


def watch(gan, real, steps=1000):
    alarms = [
        monitoring.NonFinite(),
        monitoring.DAhead(patience=200),
        monitoring.Swapped(),
        monitoring.Collapse(real, every=50, start=400, patience=200),
    ]
    gan.fit(real, batch_size=64, steps_per_epoch=steps, callbacks=alarms, verbose=0)
    return {type(alarm).__name__ for alarm in alarms if alarm.messages}


def test_a_healthy_ring_raises_no_alarm():
    assert watch(ring_gan(), points.ring(2000, seed=0)) == set()


def test_swapped_labels_are_noticed_in_real_training():
    right = losses.get("non_saturating")
    swapped = losses.AdversarialLoss(
        "swapped", lambda real, fake: right.d_loss(fake, real), right.g_loss
    )
    assert "Swapped" in watch(ring_gan(swapped), points.ring(2000, seed=0))


def test_data_in_another_range_puts_d_ahead():
    gan = ring_gan("minimax", d_rate=2e-2)
    assert "DAhead" in watch(gan, 10.0 + points.ring(2000, seed=0))
