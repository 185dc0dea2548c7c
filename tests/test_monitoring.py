"""Callbacks against replayed scalars, and once against real, tiny training."""

import errno

import numpy as np
import pytest
import tiny
from watched import StillGAN, replay, scalars

from ganutils import monitoring


def test_recorder_keeps_what_each_step_returned():
    gan, recorder = tiny.gan(), monitoring.Recorder()
    gan.fit(tiny.real_samples(), steps_per_epoch=3, epochs=2, callbacks=[recorder])
    assert [row["step"] for row in recorder.rows] == [1, 2, 3, 4, 5, 6]
    keys = {"step", "d_loss", "g_loss", "real_logits", "fake_logits"}
    assert set(recorder.rows[0]) == keys
    assert 0.5 < recorder.rows[0]["d_loss"] < 5.0


def test_recorder_counts_steps_that_are_executed_together():
    gan, recorder = tiny.gan(steps_per_execution=4), monitoring.Recorder()
    gan.fit(tiny.real_samples(), steps_per_epoch=8, epochs=2, callbacks=[recorder])
    assert [row["step"] for row in recorder.rows] == [4, 8, 12, 16]
    assert int(gan.step) == 16


def test_rows_of_steps_to_come_are_dropped_on_a_resume():
    recorder = replay(monitoring.Recorder(), StillGAN(), [scalars()] * 5)
    replay(recorder, StillGAN(step=3), [scalars()])
    assert [row["step"] for row in recorder.rows] == [1, 2, 3, 4]


def test_fixed_noise_draws_the_first_step_the_due_ones_and_the_last():
    noise = monitoring.FixedNoise(every=4, n=5, seed=7)
    replay(noise, StillGAN(), [scalars()] * 10)
    assert [step for step, _ in noise.snapshots] == [0, 4, 8, 10]
    first, last = noise.snapshots[0][1], noise.snapshots[-1][1]
    assert first.shape == (5, 2) and (first == last).all()


@pytest.mark.parametrize("k, steps", [(1, [4, 8, 12]), (3, [6, 9, 12]), (8, [8, 16])])
def test_every_is_met_at_the_first_step_that_reaches_it(k, steps):
    measure = monitoring.Measure(lambda gan: {"value": 1.0}, every=4)
    replay(measure, StillGAN(), [scalars()] * (steps[-1] // k), k)
    assert [row["step"] for row in measure.rows] == steps


def test_measure_keeps_the_best_and_its_checkpoint(tmp_path):
    values = iter([5.0, float("nan"), 2.0, 3.0])
    measure = monitoring.Measure(
        lambda gan: {"f": next(values)}, 1, best="f", path=tmp_path / "best.npz"
    )
    replay(measure, StillGAN(), [scalars()] * 4)
    assert measure.best_row == {"step": 3, "f": 2.0} and len(measure.rows) == 4
    assert (tmp_path / "best.npz").read_text() == "3"


@pytest.mark.parametrize("slope, kept", [(1, "1"), (-1, "3")])
def test_a_resumed_run_replaces_the_best_by_a_better_one_only(tmp_path, slope, kept):
    options = dict(every=1, best="f", path=tmp_path / "best.npz")
    replay(monitoring.Measure(lambda g: {"f": 5.0}, **options), StillGAN(), [{}])
    later = monitoring.Measure(lambda g: {"f": 5.0 + slope * g.step}, **options)
    replay(later, StillGAN(step=1), [{}] * 2)
    assert (tmp_path / "best.npz").read_text() == kept


def test_a_measure_without_values_that_count_keeps_no_best(tmp_path):
    options = dict(every=1, best="f", path=tmp_path / "best.npz")
    measure = monitoring.Measure(lambda gan: {"f": float("inf")}, **options)
    assert replay(measure, StillGAN(), [{}]).best_row is None
    spoilt = monitoring.Measure(lambda gan: {"f": 1.0}, **options)
    with pytest.warns(UserWarning, match="without new checkpoints: a weight is NaN"):
        replay(spoilt, StillGAN(weight=float("nan")), [{}])
    assert not measure.path.exists()


def test_a_measure_keeps_the_best_of_another_gan_as_well(tmp_path):
    options = dict(every=1, best="f", path=tmp_path / "best.npz")
    measure = monitoring.Measure(lambda gan: {"f": 1.0}, **options)
    replay(measure, StillGAN(), [{}])
    measure.path.unlink()
    replay(measure, StillGAN(), [{}])
    assert measure.path.read_text() == "1"


def test_a_measure_without_its_best_number_says_what_it_has():
    measure = monitoring.Measure(lambda gan: {"f": 1.0}, 1, best="frechet")
    with pytest.raises(ValueError, match=r"'frechet'.*received \['f'\]"):
        replay(measure, StillGAN(), [{}])


def test_checkpoint_saves_due_steps_and_the_last(tmp_path):
    saver, seen = monitoring.Checkpoint(tmp_path / "gan.npz", every=2), []
    gan = StillGAN()
    gan.save_checkpoint = lambda path: seen.append(gan.step)
    replay(saver, gan, [scalars()] * 5)
    assert seen == [2, 4, 5] and saver.saved_step == 5


def test_checkpoint_saves_on_ctrl_c_in_real_training(tmp_path):
    gan, saver = tiny.gan(), monitoring.Checkpoint(tmp_path / "gan.npz", every=100)
    recorder = monitoring.Recorder()
    recorder.on_step = lambda step, logs: _interrupt_at(3, step)
    with pytest.raises(KeyboardInterrupt):
        gan.fit(tiny.real_samples(), callbacks=[saver, recorder], verbose=0)
    restored = tiny.gan(seed=1)
    assert restored.load_checkpoint(saver.path) == 3
    pairs = tiny.same(tiny.values(gan.state()), tiny.values(restored.state()))
    assert all(pairs)


@pytest.mark.parametrize("logs, weight", [(float("inf"), 1.0), (1.0, float("nan"))])
def test_checkpoint_keeps_the_good_file_when_numbers_are_not(tmp_path, logs, weight):
    saver = monitoring.Checkpoint(tmp_path / "gan.npz", every=1)
    replay(saver, StillGAN(), [scalars()])
    replay(saver, StillGAN(step=1, weight=weight), [scalars(d_loss=logs)])
    assert saver.path.read_text() == "1" and saver.saved_step is None


def test_a_full_disk_is_reported_once_and_training_goes_on(tmp_path):
    saver, gan = monitoring.Checkpoint(tmp_path / "gan.npz", every=1), StillGAN()

    def fails(path):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    gan.save_checkpoint = fails
    with pytest.warns(UserWarning, match="without new checkpoints.*No space") as warned:
        replay(saver, gan, [scalars()] * 3)
    assert len(warned) == 1 and gan.step == 3 and saver.saved_step is None


@pytest.mark.parametrize("every", [0, -1, 1.5, True])
def test_every_must_be_a_whole_number_of_steps(every):
    with pytest.raises(ValueError, match=f"`every`.*received {every}"):
        monitoring.FixedNoise(every)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"path": "best.npz"}, "best=None"),
        ({"path": "best.h5", "best": "f"}, "received 'best.h5'"),
    ],
)
def test_measure_says_which_option_is_wrong(options, message):
    with pytest.raises(ValueError, match=message):
        monitoring.Measure(dict, 1, **options)


def test_checkpoint_wants_an_npz():
    with pytest.raises(ValueError, match="received 'gan.h5'"):
        monitoring.Checkpoint("gan.h5")


def test_progress_in_a_pipe_is_lines_with_step_losses_and_speed(capsys):
    replay(monitoring.ProgressLine(seconds=0), StillGAN(), [scalars()] * 2)
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("step 1/2  d_loss 1.20  g_loss 0.80  ")
    assert first.endswith(" s left") and "steps/s" in first
    assert last.startswith("step 2/2  ") and not last.endswith("left")


def test_progress_in_a_terminal_overwrites_one_line(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    replay(monitoring.ProgressLine(seconds=0), StillGAN(), [scalars()] * 2)
    text = capsys.readouterr().out
    assert text.count("\r") == 3 and text.count("\n") == 1 and text.endswith("\n")


def test_progress_counts_from_a_resumed_step(capsys):
    gan, line = StillGAN(step=1000), monitoring.ProgressLine(seconds=0)
    replay(line, gan, [scalars()] * 2)
    assert capsys.readouterr().out.startswith("step 1,001/1,002  ")


def _interrupt_at(last, step):
    if step == last:
        raise KeyboardInterrupt


def test_fixed_noise_comes_from_the_averaged_generator():
    gan, noise = tiny.gan(), monitoring.FixedNoise(every=5, n=4, seed=3)
    gan.fit(tiny.real_samples(), steps_per_epoch=5, callbacks=[noise], verbose=0)
    assert [step for step, _ in noise.snapshots] == [0, 5]
    assert np.array_equal(noise.snapshots[-1][1], gan.generate(4, seed=3))
    assert not np.array_equal(noise.snapshots[0][1], noise.snapshots[1][1])
