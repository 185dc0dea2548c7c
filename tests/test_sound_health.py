"""The callback against a GAN that hums, and once against real, tiny training."""

import keras
import numpy as np
import pytest
import soundfile
from keras import layers
from watched import StillGAN, replay, scalars

from ganutils import monitoring, training
from ganutils.audio import waveforms

TIME = np.arange(4096) / 8000


class HummingGAN(StillGAN):
    """Draws a tone of 200 Hz, the louder the later; `weight` is what it adds."""

    def generate(self, n, seed=0):
        gain = np.random.default_rng(seed).uniform(0.01, 0.02, (n, 1, 1))
        tone = np.sin(2 * np.pi * 200 * TIME)[None, :, None]
        return (gain * (1 + self.step) * tone + self.weight).astype("float32")


def hum(**options):
    return HummingGAN(**{"weight": 0.0} | options)


def test_first_step_due_ones_and_last_are_measured_and_kept():
    watch = monitoring.SoundHealth(every=4, n=6, keep=2)
    replay(watch, hum(), [scalars()] * 10)
    assert [row["step"] for row in watch.rows] == [0, 4, 8, 10]
    assert [step for step, _ in watch.snapshots] == [0, 4, 8, 10]
    (_, first), *_, (_, last) = watch.snapshots
    assert first.shape == (2, 4096, 1)
    np.testing.assert_allclose(last, 11 * first, atol=1e-6)  # the same z


def test_rows_are_the_health_of_what_is_drawn():
    watch = monitoring.SoundHealth(every=1, n=6, seed=3, sample_rate=16_000)
    replay(watch, hum(), [scalars()])
    expected = waveforms.health(HummingGAN(1, weight=0.0).generate(6, 3), 16_000)
    assert watch.rows[-1] == {"step": 1} | expected
    assert expected["voiced_share"] == 1.0


def test_what_is_to_come_is_dropped_on_a_resume():
    watch = replay(monitoring.SoundHealth(every=1, n=2), hum(), [scalars()] * 5)
    replay(watch, hum(step=3), [scalars()])
    assert [row["step"] for row in watch.rows] == [0, 1, 2, 3, 4]
    assert [step for step, _ in watch.snapshots] == [0, 1, 2, 3, 4]


def test_kept_clips_are_written_and_heard_as_they_are(tmp_path):
    watch = monitoring.SoundHealth(every=2, n=3, keep=2, path=tmp_path / "new")
    replay(watch, hum(), [scalars()] * 2)
    names = [f"step_{step:08}_{i}.wav" for step in (0, 2) for i in range(2)]
    assert sorted(file.name for file in watch.path.iterdir()) == names
    found, rate = soundfile.read(watch.path / names[3])
    assert rate == 8000
    np.testing.assert_allclose(found, watch.snapshots[1][1][1, :, 0], atol=2e-5)


def test_clips_beyond_full_scale_are_clipped_as_in_playing(tmp_path):
    watch = monitoring.SoundHealth(every=1, n=2, path=tmp_path)
    replay(watch, hum(weight=2.0), [scalars()])
    assert watch.rows[0]["clipped_share"] == 1.0 and watch.rows[0]["peak"] == 1.0
    assert len(list(tmp_path.iterdir())) == 4 and watch.snapshots[0][1].max() == 1.0


def test_a_gan_that_draws_nan_is_recorded_and_not_written(tmp_path):
    watch = monitoring.SoundHealth(every=1, n=2, path=tmp_path)
    replay(watch, hum(weight=np.nan), [scalars()])
    assert [row.pop("step") for row in watch.rows] == [0, 1]
    assert all(np.isnan(value) for row in watch.rows for value in row.values())
    assert tuple(watch.rows[0]) == waveforms.MEASURES
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_reported_once(tmp_path):
    (tmp_path / "file").write_text("")
    watch = monitoring.SoundHealth(every=1, n=2, path=tmp_path / "file")
    with pytest.warns(UserWarning, match="without new clips") as warned:
        replay(watch, hum(), [scalars()] * 3)
    assert len(warned) == 1 and len(watch.rows) == 4


@pytest.mark.parametrize("verbose", [False, True])
def test_a_line_is_printed_where_it_is_asked_for(capsys, verbose):
    watch = monitoring.SoundHealth(every=1500, n=2, verbose=verbose)
    replay(watch, hum(step=1499), [scalars()])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == (2 if verbose else 0)
    if verbose:
        assert lines[1].startswith("step 1,500: RMS -")
        assert " voiced 1.00, silent 0.00, comb " in lines[1]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"every": 0}, "`every`.*received 0"),
        ({"every": 1, "n": 0}, "received n=0"),
        ({"every": 1, "keep": -1}, "keep=-1"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        monitoring.SoundHealth(**options)


def test_a_gan_of_images_is_refused():
    gan = hum()
    gan.generate = lambda n, seed: np.zeros((n, 28, 28, 1))
    with pytest.raises(ValueError, match=r"received \(2, 28, 28, 1\)"):
        replay(monitoring.SoundHealth(every=1, n=2, keep=1), gan, [scalars()])


def test_a_gan_of_clips_is_watched_while_it_trains():
    generator = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(32),
            layers.Reshape((16, 2)),
            layers.Conv1DTranspose(1, 8, 4, "same", activation="tanh"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((64, 1)),
            layers.Conv1D(2, 8, 4, "same"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    gan = training.GAN(generator, discriminator, latent_dim=3)
    gan.compile()
    clips = np.sin(np.arange(64) * np.linspace(0.1, 1, 8)[:, None])[..., None]
    watch = monitoring.SoundHealth(every=2, n=4, keep=3, seed=5)
    gan.fit(clips, batch_size=4, steps_per_epoch=4, verbose=0, callbacks=[watch])
    assert [row["step"] for row in watch.rows] == [0, 2, 4]
    np.testing.assert_array_equal(watch.snapshots[-1][1], gan.generate(4, seed=5)[:3])
