"""Each alarm against a run that fails its way, and all of them against healthy ones."""

import re

import keras
import numpy as np
import pytest
import tiny
from watched import StillGAN, replay, scalars

from ganutils import monitoring, training
from ganutils.datasets import points
from ganutils.monitoring import alarms
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


@pytest.mark.parametrize(
    "value, kept, told",
    [
        (float("inf"), None, "Load a checkpoint, or build the GAN anew"),
        (-float("inf"), "no.npz", "There is no checkpoint"),
        (float("nan"), monitoring.Checkpoint("no.npz"), "There is no checkpoint"),
    ],
)
def test_non_finite_without_a_checkpoint_says_so(value, kept, told):
    alarm = monitoring.NonFinite(kept)
    with pytest.raises(FloatingPointError, match=told):
        replay(alarm, StillGAN(), [scalars() | {"r1": value}])
    assert alarm.findings[0].message.startswith(f"r1 is {value} at step 1;")


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


def test_two_gans_in_one_need_no_more_than_a_step_and_a_way_to_be_saved(tmp_path):
    class Pair:
        step, variables = 0, [np.ones(3)]

        def save_checkpoint(self, path):
            path.write_text(str(self.step))

    saver = monitoring.Checkpoint(tmp_path / "pair.npz", every=2)
    replay(saver, Pair(), [{"a_loss": 1.0}] * 4)
    assert saver.path.read_text() == "4"
    with pytest.raises(FloatingPointError, match="b_d_loss is inf at step 2"):
        logs = [{"a_loss": 1.0}, {"a_loss": 1.0, "b_d_loss": float("inf")}]
        replay(monitoring.NonFinite(saver), Pair(), logs)


def test_d_ahead_speaks_once_and_names_the_first_step(capsys):
    logs = [scalars()] * 20 + [scalars(real=6.0, fake=-6.0)] * 200
    alarm = replay(alarms.DAhead(patience=50), StillGAN(), logs)
    (finding,) = alarm.findings
    assert (finding.name, finding.step, finding.told) == ("d_ahead", 21, 71)
    assert finding.message.startswith("D separates") and "12.0 apart" in str(finding)
    assert capsys.readouterr().out.count("d_ahead at step 21: D separates") == 1


def test_d_ahead_for_a_while_is_no_alarm():
    logs = ([scalars(6.0, -6.0)] * 50 + [scalars()]) * 3
    assert replay(alarms.DAhead(patience=50), StillGAN(), logs).findings == []


def test_patience_counts_steps_not_calls():
    logs = [scalars(6.0, -6.0)] * 7
    assert replay(alarms.DAhead(patience=50), StillGAN(), logs, k=10).findings


def test_a_second_episode_is_not_told_again(capsys):
    logs = ([scalars(-1.0, 1.0)] * 20 + [scalars()]) * 2
    alarm = replay(alarms.Swapped(patience=10), StillGAN(), logs)
    assert [finding.step for finding in alarm.findings] == [1]
    assert capsys.readouterr().out.count("swapped at step") == 1


def test_findings_of_steps_to_come_are_dropped_on_a_resume():
    logs = [scalars()] * 9 + [scalars(-1.0, 1.0)] * 20
    alarm = replay(alarms.Swapped(patience=10), StillGAN(), logs)
    assert alarm.names == {"swapped"}
    assert replay(alarm, StillGAN(step=5), [scalars()]).names == set()


@pytest.mark.parametrize("spread, steps", [(0.01, [100]), (1.0, [])])
def test_collapse_is_noticed_after_the_start(spread, steps):
    alarm = alarms.Collapse(REAL, every=10, start=100, patience=50)
    replay(alarm, StillGAN(spread=spread), [scalars()] * 200)
    assert [finding.step for finding in alarm.findings] == steps
    assert 1.5 < alarm.real_distance < 2.0


@pytest.mark.parametrize("share, steps", [(0.75, [60]), (0.875, [])])
def test_missing_modes_are_noticed(share, steps):
    options = dict(every=10, start=50, patience=50)
    alarm = alarms.MissingModes(lambda samples: share, **options)
    replay(alarm, StillGAN(), [scalars()] * 200)
    assert [finding.step for finding in alarm.findings] == steps
    assert all("512 samples cover 75%" in str(told) for told in alarm.findings)


def test_modes_that_are_still_being_found_are_no_alarm():
    found = iter(np.linspace(0.1, 0.7, 40))
    options = dict(every=10, start=50, patience=50)
    alarm = alarms.MissingModes(lambda samples: next(found), **options)
    assert replay(alarm, StillGAN(), [scalars()] * 200).findings == []


class Settings:
    """What `alarms.cures` reads of a GAN."""

    def __init__(self, loss="non_saturating", d=1e-3, g=1e-3, penalties=()):
        self.adversarial_loss, self.penalties = losses.get(loss), penalties
        self.d_optimizer, self.g_optimizer = map(keras.optimizers.Adam, (d, g))


@pytest.mark.parametrize(
    "options, ahead, logs, words",
    [
        ({}, "D", {}, "Add a penalty such as losses.r1()."),
        ({"loss": "minimax"}, "D", {}, "Take the non-saturating loss"),
        ({"d": 0.2}, "D", {}, "D's learning rate is 200 times"),
        ({"g": 0.02}, "G", {}, "G's learning rate is 20 times"),
        ({"penalties": [losses.r1(1000.0)]}, "G", scalars(0, 0), "r1.*too strong"),
        ({"penalties": [losses.r1(1.0)]}, "G", scalars(0, 0), "r1 is set: try another"),
    ],
)
def test_advice_looks_at_the_settings(options, ahead, logs, words):
    told = alarms.cures(Settings(**options), ahead, logs)
    assert re.search(words, told)
    assert ("Add a penalty" in told) == ("penalties" not in options)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_only_minimax_saturates(name):
    assert alarms.saturates(Settings(name)) == (name == "minimax")


def test_coverage_outside_its_range_is_refused():
    alarm = alarms.MissingModes(lambda samples: 8, every=1, start=0)
    with pytest.raises(ValueError, match=r"share in \[0, 1\]; received 8.0"):
        replay(alarm, StillGAN(), [scalars()])


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: alarms.Collapse(REAL[:1]), "at least 2 samples; received 1"),
        (lambda: alarms.Collapse(np.ones((9, 2))), "that differ; received .* 0.0"),
        (lambda: alarms.Swapped(patience=0), "`patience` .* received 0"),
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
    used = [
        monitoring.NonFinite(),
        alarms.DAhead(patience=200),
        alarms.Swapped(patience=100),
        alarms.Collapse(real, every=50, start=400, patience=200),
    ]
    gan.fit(real, batch_size=64, steps_per_epoch=steps, callbacks=used, verbose=0)
    return set().union(*(alarm.names for alarm in used))


def test_a_healthy_ring_raises_no_alarm():
    assert watch(ring_gan(), points.ring(2000, seed=0)) == set()


def test_swapped_labels_are_noticed_in_real_training():
    right = losses.get("non_saturating")
    swapped = losses.AdversarialLoss(
        "swapped", lambda real, fake: right.d_loss(fake, real), right.g_loss
    )
    assert "swapped" in watch(ring_gan(swapped), points.ring(2000, seed=0))


def test_data_in_another_range_puts_d_ahead():
    gan = ring_gan("minimax", d_rate=2e-2)
    assert "d_ahead" in watch(gan, 10.0 + points.ring(2000, seed=0))
