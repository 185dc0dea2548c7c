"""Chapter 5's own functions, run from its source: sizes, weights, gradients."""

import keras
import numpy as np
import pytest
import tiny

import chapters
from ganutils.datasets import catalogue
from ganutils.training import sound_layers

PUBLISHED = {"generator": 19_065_345, "discriminator": 17_427_969}


@pytest.fixture(scope="module")
def chapter():
    return chapters.shared_code("05_audio_gan")


def sounds(n=8, samples=8_192):
    rng = np.random.default_rng(0)
    return (0.1 * rng.standard_normal((n, samples, 1))).astype("float32")


def test_wavegan_has_the_published_number_of_weights(chapter):
    networks = {
        "generator": chapter["make_wavegan_generator"](16_384, latent_dim=100),
        "discriminator": chapter["make_wavegan_discriminator"](16_384),
    }
    assert {k: n.count_params() for k, n in networks.items()} == PUBLISHED


@pytest.mark.parametrize("clip", [1_024, 4_096, 8_192, 16_384])
def test_depth_follows_the_length_of_the_clip(chapter, clip):
    generator = chapter["make_wavegan_generator"](clip, width=2)
    fake = generator(np.zeros((2, 64)), training=False)
    assert fake.shape == (2, clip, 1)
    assert chapter["make_wavegan_discriminator"](clip, width=2)(fake).shape == (2, 1)


def test_quarters_of_a_clip(chapter):
    found = {clip: chapter["quarters"](clip) for clip in (1_024, 8_192, 16_384, 65_536)}
    assert found == {1_024: (16, 3), 8_192: (8, 5), 16_384: (16, 5), 65_536: (16, 6)}


@pytest.mark.parametrize("clip", [0, 3, 8_191, 8_200])
def test_a_clip_that_cannot_be_quartered_is_refused(chapter, clip):
    with pytest.raises(ValueError, match=f"received {clip}"):
        chapter["make_wavegan_generator"](clip)


def test_phase_shuffle_stands_after_all_convolutions_but_the_last(chapter):
    kinds = [type(k).__name__ for k in chapter["make_wavegan_discriminator"]().layers]
    assert kinds.count("PhaseShuffle") == kinds.count("Conv1D") - 1 == 4
    without = chapter["make_wavegan_discriminator"](radius=0).layers
    assert not any(isinstance(k, sound_layers.PhaseShuffle) for k in without)


DESIGNS = "WaveGAN", "WaveGAN with an ear", "voice", "voice, two judges"


def test_the_designs_are_those_tested_here(chapter):
    assert tuple(chapter["DESIGNS"]) == DESIGNS


@pytest.mark.parametrize("design", DESIGNS)
def test_a_step_moves_every_weight_of_both_networks(chapter, design, monkeypatch):
    monkeypatch.setitem(chapter, "STEPS", 1)  # too few to compile
    gan = chapter["make_gan"](design)
    assert tiny.unmoved(gan, sounds()) == []
    assert gan.generate(2).shape == (2, 8_192, 1)


@pytest.mark.full  # the design "voice" is traced and compiled below
@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_trains_traced_and_compiled(chapter, design):
    gan = chapter["make_gan"](design)
    logs = gan.fit(sounds(), batch_size=4, steps_per_epoch=10, verbose=0).history
    assert np.isfinite([logs["d_loss"], logs["g_loss"]]).all()


def test_a_gan_with_labels_trains_all_weights_and_says_what_it_is_asked(chapter):
    x, digits = sounds(), np.arange(8) % 2
    speakers = np.repeat(["ann", "bob", "eve", "joe"], 2)
    parts = x, digits, x[:0], digits[:0]
    data = catalogue.DataSet(
        "two digits", *parts, ("0", "1"), "", speakers_train=speakers
    )
    told, sizes = chapter["labelled"](data)
    assert sizes == (2, 4) and told[1].shape == (8, 6)
    gan = chapter["make_gan"](sizes=sizes)
    players = gan.generator, gan.discriminator
    before = [[w.numpy() for w in p.trainable_variables] for p in players]
    gan.fit(told, batch_size=4, steps_per_epoch=10, verbose=0)
    for player, old in zip(players, before, strict=True):
        pairs = zip(player.trainable_variables, old, strict=True)
        assert all(not np.array_equal(new.numpy(), kept) for new, kept in pairs)
    z = np.random.default_rng(0).normal(size=(3, 64)).astype("float32")
    said = [
        gan.ema_generator(gan.condition.ask(z, 0, digit), training=False)
        for digit in (0, 1)
    ]
    asked = gan.condition(z).numpy()[:, :2].argmax(1)
    plain = gan.ema_generator(z, training=False).numpy()
    same = [np.allclose(said[d][i], plain[i], atol=1e-6) for i, d in enumerate(asked)]
    other = [
        np.allclose(said[1 - d][i], plain[i], atol=1e-3) for i, d in enumerate(asked)
    ]
    assert all(same) and not any(other)


def test_the_pair_adds_the_logits_of_its_two_judges(chapter):
    pair, clips = chapter["make_pair"](), sounds(3)
    row = chapter["both_views"](clips)
    wave, mel = (pair.get_layer(k) for k in ("discriminator", "on_spectrogram"))
    heard = wave(clips) + mel(chapter["EAR"](clips))
    assert row.shape == (3, 8_192 + 64 * 40)
    assert np.allclose(pair(row), heard, atol=1e-5)


@pytest.mark.parametrize("eagerly", [True, pytest.param(False, marks=pytest.mark.full)])
def test_the_published_gan_moves_d_five_times_and_g_once(chapter, eagerly):
    gan = chapter["make_published"](width=2)
    gan.run_eagerly = eagerly
    options = {"batch_size": 2, "steps_per_epoch": 2, "verbose": 0}
    logs = gan.fit(sounds(samples=16_384), **options).history
    assert np.isfinite([logs["d_loss"], logs["gradient_penalty"]]).all()
    moved = int(gan.d_optimizer.iterations), int(gan.g_optimizer.iterations)
    assert moved == (10, 2) and gan.generate(1).shape == (1, 16_384, 1)


def test_a_saved_generator_comes_back(chapter, tmp_path):
    generator = chapter["make_generator"](sizes=(10, 6))
    generator.save(tmp_path / "generator.keras")
    z = np.random.default_rng(0).normal(size=(3, 64)).astype("float32")
    again = keras.models.load_model(tmp_path / "generator.keras")
    assert np.allclose(again(z), generator(z, training=False), atol=1e-5)
