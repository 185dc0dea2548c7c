"""HealthCheck on tiny trainings, and its own alarms on replayed readings."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tiny
from keras import layers
from watched import StillGAN, replay, scalars

from ganutils import monitoring, training
from ganutils.monitoring import slow_alarms, symptoms
from ganutils.training import losses

REAL = tiny.real_samples()


class Readings:
    """Gives an alarm the readings of a list, one a look; the last one again."""

    def __init__(self, *readings):
        self.readings = list(readings)

    def read(self, gan, step):
        return self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]


def reading(gradient=1.0, real=1.0, fake=-1.0, stretched=(-50.0, 50.0)):
    scores = np.full(8, real), np.full(8, fake), np.array(stretched)
    return slow_alarms.Reading(gradient, *scores)


def vanishing(*readings, steps=200):
    alarm = slow_alarms.VanishingGradient(Readings(*readings), every=10, patience=50)
    return replay(alarm, StillGAN(), [scalars()] * steps)


def test_a_faded_gradient_under_a_perfect_d_is_noticed_once():
    alarm = vanishing(reading(2.0), reading(1.0), reading(0.01))
    assert len(alarm.messages) == 1
    told = alarm.messages[0]
    assert told.startswith("VanishingGradient since step 2: D rates 100%")
    assert "fell by 99.5% since step 0, from 2 to 0.01" in told


@pytest.mark.parametrize(
    "last",
    [reading(0.05), reading(0.001, real=0.0, fake=0.0)],
    ids=["97.5 % down", "flat D"],
)
def test_a_smaller_gradient_or_a_flat_d_is_no_alarm(last):
    assert vanishing(reading(2.0), last).messages == []


def test_a_gradient_that_comes_back_in_time_is_no_alarm():
    episode = [reading(2.0), *[reading(0.01)] * 12, reading(1.0)]
    assert vanishing(*episode).messages == []


@pytest.mark.parametrize(
    "seen, noticed",
    [
        (reading(real=0.9, fake=0.1, stretched=(0.0, 1.0)), True),
        (reading(real=0.9, fake=0.1, stretched=(-3.0, 9.0)), False),
        (reading(real=0.9, fake=0.1, stretched=(0.0, 9.0)), False),
        (reading(real=0.9, fake=-0.1, stretched=(0.0, 1.0)), False),
    ],
)
def test_outputs_that_cannot_leave_the_unit_interval_are_noticed(seen, noticed):
    alarm = slow_alarms.BoundedLogits(Readings(seen), every=10, patience=50)
    assert bool(replay(alarm, StillGAN(), [scalars()] * 200).messages) is noticed


@pytest.mark.parametrize(
    "shares, words",
    [([0.75], "cover 75%"), ([1.0, 0.8], "cover 80%"), ([1.0, 0.9], None)],
)
def test_missing_modes_are_noticed_by_share_and_by_fall(shares, words):
    given = iter(shares + shares[-1:] * 100)
    options = dict(every=10, start=50, patience=50)
    alarm = symptoms.MissingModes(lambda samples: next(given), **options)
    told = replay(alarm, StillGAN(), [scalars()] * 200).messages
    assert (words in told[0]) if words else told == []


def test_coverage_outside_its_range_is_refused():
    alarm = symptoms.MissingModes(lambda samples: 8, every=1, start=0)
    with pytest.raises(ValueError, match=r"share in \[0, 1\]; received 8.0"):
        replay(alarm, StillGAN(), [scalars()])


@pytest.mark.parametrize("moves", [False, True])
def test_statistics_that_stand_still_are_noticed(moves):
    g, d = tiny.generator(), tiny.discriminator()
    alarm = symptoms.FrozenStatistics(after=100)
    alarm.set_model(SimpleNamespace(generator=g, discriminator=d))
    alarm.begin()
    if moves:
        g(np.ones((4, 3)), training=True)
    for alarm.step in range(1, 121):
        alarm.on_step(alarm.step, {})
    told = "the moving statistics of G did not change in 100 steps"
    assert [told in message for message in alarm.messages] == ([] if moves else [True])


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


def test_the_report_has_a_line_for_every_detector():
    check = train(dict(loss="wasserstein"), steps=2)
    lines = dict(line.split(maxsplit=1) for line in check.report().splitlines())
    assert list(lines) == list(monitoring.DETECTORS)
    status = {name: line.rsplit("  ", 1)[1] for name, line in lines.items()}
    assert status.pop("d_ahead") == status.pop("missing_modes") == "not looked for"
    assert set(status.values()) == {"not seen"}


def test_a_finding_is_printed_once_and_stands_in_the_report(capsys):
    gan = tiny.gan(run_eagerly=True)
    check = monitoring.HealthCheck(REAL, every=4)
    gan.discriminator.trainable = False
    for _ in range(2):
        gan.fit(REAL, steps_per_epoch=2, callbacks=[check], verbose=0)
    assert capsys.readouterr().out.count("frozen_d at step 0: two whole steps") == 1
    assert check.names == {"frozen_d"}
    assert "  step 0: two whole steps moved no weight of D" in check.report()


def test_another_gan_is_looked_at_anew():
    check = monitoring.HealthCheck(REAL)
    check.findings.append(monitoring.Finding("collapse", 0, "of an earlier GAN"))
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
    names = ["probe", "vanishing_gradient", "bounded_logits", "frozen_statistics"]
    assert [problem.split()[0] for problem in check.problems] == names
    assert check.report().count("cannot look at this GAN") == 4


def test_a_sigmoid_hidden_in_d_is_seen_in_training():
    x = layers.Input((2,))
    logits = layers.Dense(1)(layers.Dense(8, "relu")(x))
    hidden = layers.Rescaling(1.0)(keras.ops.sigmoid(logits))
    gan = training.GAN(tiny.generator(), keras.Model(x, hidden), latent_dim=3)
    gan.compile(run_eagerly=True)
    check = monitoring.HealthCheck(REAL, every=4, patience=8)
    gan.fit(REAL, batch_size=16, steps_per_epoch=16, callbacks=[check], verbose=0)
    assert check.names == {"bounded_logits"}
    assert check.findings[0].step == 4


def test_readings_are_those_of_the_step_and_change_nothing():
    gan = tiny.gan(dropout=0.0, g_optimizer=keras.optimizers.SGD(1.0))
    before = tiny.values(gan.state())
    vitals = slow_alarms.Vitals(REAL, n=32)
    seen = vitals.read(gan, 7)
    assert all(tiny.same(before, tiny.values(gan.state())))
    assert vitals.read(gan, 7) is seen and vitals.read(gan, 8) is not seen
    fake = gan.generator(slow_alarms.sample_z(32, 3, (7919, 7)), training=True)
    expected = gan.discriminator(fake, training=True)[:, 0]
    assert seen.fake_logits == pytest.approx(expected.numpy(), abs=1e-5)
    assert 0 < seen.gradient < 10


def test_ranked_is_the_share_of_pairs_in_the_right_order():
    scores = np.array([1.0, 3.0]), np.array([0.0, 2.0]), np.zeros(1)
    assert slow_alarms.Reading(1.0, *scores).ranked == 0.75
