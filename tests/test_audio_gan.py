"""Chapter 5's own functions, run from its source: its GAN, its voice, its file."""

import json

import keras
import numpy as np
import pytest
import tiny

import chapters
from ganutils import audio
from ganutils.kit import runtime
from ganutils.training import conditions


@pytest.fixture(scope="module")
def chapter():
    return chapters.shared_code("05_audio_gan")


def sounds(n=8, samples=8_192):
    time = np.arange(samples) / 8_000
    hertz = np.linspace(110, 220, n)[:, None]
    hum = 0.2 * np.sign(np.sin(2 * np.pi * hertz * time))
    hiss = 0.02 * np.random.default_rng(0).standard_normal((n, samples))
    return (hum + hiss)[..., None].astype("float32")


def told(x):
    words, people = np.arange(len(x)) % 2, np.repeat(["ann", "bob"], len(x) // 2)
    return conditions.with_pitches(audio.pitch(x), [words, people])


def test_a_step_moves_every_weight_of_both_networks(chapter):
    x = sounds()
    rows, reads = told(x)
    gan = chapter["make_gan"](reads, steps=10)
    assert tiny.unmoved(gan, (x, rows)) == []
    assert gan.generate(2).shape == (2, 8_192, 1)


@pytest.mark.full
def test_it_trains_traced_and_compiled_and_says_what_it_is_asked(chapter):
    x = sounds()
    rows, reads = told(x)
    gan = chapter["make_gan"](reads, steps=2_000)
    logs = gan.fit((x, rows), batch_size=4, steps_per_epoch=10, verbose=0).history
    assert np.isfinite([logs["d_loss"], logs["g_loss"]]).all()
    one, other = (gan.generate(3, labels=label) for label in (0, 1))
    assert np.abs(one - other).max() > 1e-3


def test_g_keeps_the_pitch_that_it_is_told(chapter):
    reads = conditions.PitchLabels((2,), [(-0.6, 0.0), (0.6, 0.0)])
    gan = chapter["make_gan"](reads)
    inner = keras.Model(gan.generator.input, gan.generator.layers[-1].input[0])
    z = np.random.default_rng(0).normal(size=(4, 64)).astype("float32")
    for label, pitch in ((0, -0.6), (1, 0.6)):
        drawn = inner(reads.ask(z, 0, label)).numpy()[..., 0]
        assert np.abs(drawn - pitch).max() <= 0.25


@pytest.mark.parametrize(
    ("rate", "hop", "clip"), [(8_000, 128, 4_096), (44_100, 256, 16_384)]
)
def test_other_rates_and_lengths(chapter, rate, hop, clip):
    labels = conditions.NoiseLabels((3,))
    options = {"rate": rate, "hop": hop, "clip": clip, "sung": False, "breath": 0.0}
    gan = chapter["make_gan"](labels, **options)
    x, rows = sounds(4, clip), conditions.one_hot([0, 1, 2, 0])
    assert tiny.unmoved(gan, (x, rows)) == []
    assert gan.generate(3, labels=[0, 1, 2]).shape == (3, clip, 1)


def test_a_saved_generator_takes_z_alone(chapter, tmp_path):
    generator = chapter["make_gan"](told(sounds())[1]).ema_generator
    generator.save(tmp_path / "generator.keras")
    z = np.random.default_rng(0).normal(size=(3, 64)).astype("float32")
    again = keras.models.load_model(tmp_path / "generator.keras")
    assert np.allclose(again(z), generator(z, training=False), atol=1e-5)


def test_the_stored_trainings_are_what_the_chapter_says():
    stored = json.loads(runtime.bundled("audio_seeds.json").read_text("utf8"))
    runs = stored["trainings"]["as trained"]
    assert len(runs) == 3
    for run in runs:
        assert run["frechet"] <= 24 and run["score"] >= 9.1 and run["asked"] >= 0.92
        assert run["clear_share"] >= 0.55 and run["harmonics_db"] >= 4.5
        assert run["voiced_off"] <= 0.1
    for name in ("pitch not told", "no fine bins", "noise in all bands"):
        pairs = zip(runs, stored["trainings"][name], strict=True)
        assert all(ours["clear_share"] > less["clear_share"] for ours, less in pairs)
