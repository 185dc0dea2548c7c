"""HealthCheck on tiny trainings, and its own alarm on replayed readings."""

import keras
import numpy as np
import pytest
import tiny
from watched import StillGAN, replay, scalars

from ganutils import monitoring
from ganutils.monitoring import alarms, health_check, probe
from ganutils.training import latent, losses

REAL = tiny.real_samples()


def vanishing(monkeypatch, *readings):
    """Return what the alarm says of these readings, one a look, the last one again."""
    left = iter(readings)
    alarm = health_check.VanishingGradient(REAL, every=10, patience=50)
    monkeypatch.setattr(alarm, "read", lambda step: next(left, readings[-1]))
    return replay(alarm, StillGAN(), [scalars()] * 200).findings


def test_a_faded_gradient_under_a_perfect_d_is_noticed_once(monkeypatch):
    (told,) = vanishing(monkeypatch, (2.0, 1.0), (1.0, 1.0), (0.01, 1.0))
    assert (told.name, told.step) == ("vanishing_gradient", 20)
    assert "D rates 100%" in told.message
    assert "fell by 99.5% since step 0, from 2 to 0.01" in told.message


@pytest.mark.parametrize("last", [(0.05, 1.0), (0.001, 0.5)], ids=["97 % down", "flat"])
def test_a_smaller_gradient_or_a_flat_d_is_no_alarm(monkeypatch, last):
    assert vanishing(monkeypatch, (2.0, 1.0), last) == []


def test_a_gradient_that_comes_back_in_time_is_no_alarm(monkeypatch):
    episode = [(2.0, 1.0), *[(0.01, 1.0)] * 5, (1.0, 1.0)]
    assert vanishing(monkeypatch, *episode) == []


def train(options=None, check=None, steps=12):
    gan = tiny.gan(run_eagerly=True, **(options or {}))
    check = check or monitoring.HealthCheck(REAL, every=4)
    gan.fit(REAL, batch_size=16, steps_per_epoch=steps, callbacks=[check], verbose=0)
    return check


def test_training_is_the_same_bit_for_bit():
    states = []
    for watched in (False, True):
        gan = tiny.gan("minimax", steps_per_execution=5)
        check = monitoring.HealthCheck(REAL, every=5, start=5)
        used = [check] if watched else []
        gan.fit(REAL, batch_size=16, steps_per_epoch=20, callbacks=used, verbose=0)
        states.append(tiny.values(gan.state()))
    assert all(tiny.same(*states))
    assert check.findings == check.problems == [] and check.step == 20


def test_a_finding_is_printed_once(capsys):
    gan = tiny.gan(run_eagerly=True)
    check = monitoring.HealthCheck(REAL, every=4)
    gan.discriminator.trainable = False
    for _ in range(2):
        gan.fit(REAL, steps_per_epoch=2, callbacks=[check], verbose=0)
    assert capsys.readouterr().out.count("frozen_d at step 0: two whole steps") == 1
    assert check.names == {"frozen_d"}


def test_another_gan_is_looked_at_anew():
    check = monitoring.HealthCheck(REAL)
    check.findings.append(alarms.Finding("collapse", 0, "of an earlier GAN"))
    assert train(check=check, steps=1).names == set()


def test_what_is_not_finite_is_noted_and_stops_training():
    check = monitoring.HealthCheck(REAL)
    options = dict(d_optimizer=keras.optimizers.SGD(1e38))
    with pytest.raises(FloatingPointError, match="training stopped"):
        train(options, check, steps=5)
    (finding,) = [f for f in check.findings if f.name == "non_finite"]
    assert "training stopped" in finding.message and finding.step >= 1


def test_logs_that_fail_are_told_under_their_names_with_the_first_step(capsys):
    check = monitoring.HealthCheck(REAL, every=10, start=20, patience=50)
    logs = [scalars()] * 9 + [scalars(-9.0, 9.0)] * 80
    replay(check, StillGAN(spread=0.0), logs)
    found = {finding.name: finding.step for finding in check.findings}
    assert found == {"swapped": 10, "collapse": 20}
    assert "swapped at step 10: D rates fakes above real" in capsys.readouterr().out


def test_d_ahead_is_not_asked_of_a_wasserstein_critic():
    for loss, names in (("wasserstein", set()), ("hinge", {"d_ahead"})):
        gan, check = StillGAN(), monitoring.HealthCheck(REAL, patience=50)
        gan.adversarial_loss = losses.get(loss)
        replay(check, gan, [scalars(90.0, -90.0)] * 80)
        assert check.names == names


def test_a_gan_that_cannot_be_probed_trains_and_says_so():
    check = monitoring.HealthCheck(REAL)
    replay(check, StillGAN(), [scalars()] * 3)
    names = ["probe", "vanishing_gradient"]
    assert [problem.split()[0] for problem in check.problems] == names
    assert all("cannot look at this GAN" in problem for problem in check.problems)


def test_every_finding_has_a_name_among_the_detectors():
    check = monitoring.HealthCheck(REAL, coverage=len)
    names = [*probe.CHECKS, *(alarm.name for alarm in check.alarms)]
    assert sorted(monitoring.DETECTORS) == sorted(names)


def test_a_reading_is_that_of_the_step_and_changes_nothing():
    gan = tiny.gan(dropout=0.0, g_optimizer=keras.optimizers.SGD(1.0))
    before, alarm = tiny.values(gan.state()), health_check.VanishingGradient(REAL[:32])
    alarm.set_model(gan)
    alarm.on_train_begin()
    gradient, ranked = alarm.read(7)
    assert all(tiny.same(before, tiny.values(gan.state())))
    fake = gan.generator(latent.sample_z(32, 3, (7919, 7)), training=True)
    scores = [gan.discriminator(x, training=True)[:, 0] for x in (alarm.real, fake)]
    pairs = [real > fake for real in scores[0] for fake in scores[1]]
    assert ranked == pytest.approx(np.mean(pairs), abs=1e-3)
    assert 0 < gradient < 10


def test_a_look_that_fails_later_is_dropped_and_ends_no_training(capsys):
    check = monitoring.HealthCheck(tiny.real_samples(), every=1)
    (swapped,) = (x for x in check.alarms if x.name == "swapped")
    swapped.sign = lambda *_: 1 / 0
    tiny.gan().fit(tiny.real_samples(), steps_per_epoch=3, verbose=0, callbacks=[check])
    (problem,) = check.problems
    assert problem.startswith("swapped cannot look")
