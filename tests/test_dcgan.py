"""Chapter 3's own functions, run from its source: every size and knob."""

import keras
import numpy as np
import pytest
import tiny

import chapters
from ganutils.kit import runtime

SIZES = [(28, 1), (32, 3), (64, 3)]


@pytest.fixture(scope="module")
def chapter():
    return chapters.shared_code("03_dcgan")


def pictures(n, size, channels):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (n, size, size, channels)).astype("float32")


@pytest.mark.parametrize(("size", "channels"), SIZES)
def test_one_pair_of_functions_draws_and_judges_every_size(chapter, size, channels):
    generator = chapter["make_generator"](size, channels)
    fake = generator(np.random.default_rng(0).normal(size=(3, 64)), training=False)
    assert fake.shape == (3, size, size, channels)
    assert 0 < np.abs(fake).max() <= 1
    assert chapter["make_discriminator"](size, channels)(fake).shape == (3, 1)


@pytest.mark.parametrize(("size", "channels"), SIZES)
def test_the_recipe_moves_both_networks_at_every_size(chapter, size, channels):
    gan = chapter["make_gan"](width=4, size=size, channels=channels, fuse=False)
    assert tiny.unmoved(gan, pictures(8, size, channels)) == []


def test_the_recipe_trains_traced_and_compiled(chapter):
    options = {"batch_size": 4, "steps_per_epoch": 10, "verbose": 0}
    logs = chapter["make_gan"](width=4).fit(pictures(8, 28, 1), **options).history
    assert np.isfinite([logs["d_loss"], logs["g_loss"]]).all()


def test_the_smallest_map_is_at_most_7_pixels_wide(chapter):
    halved = {size: chapter["halve"](size) for size in (28, 32, 64, 96, 128)}
    assert halved == {28: (7, 2), 32: (4, 3), 64: (4, 4), 96: (6, 4), 128: (4, 5)}


@pytest.mark.parametrize("size", [0, 7, 30, 100])
def test_a_side_that_cannot_be_halved_is_refused(chapter, size):
    with pytest.raises(ValueError, match=f"received {size}"):
        chapter["make_generator"](size)


def test_every_knob_changes_the_networks(chapter):
    def kinds(model):
        return [type(layer).__name__ for layer in model.layers]

    make_g, make_d = chapter["make_generator"], chapter["make_discriminator"]
    assert "BatchNormalization" not in kinds(make_g(norm=False))
    assert "Concatenate" not in kinds(make_g(hidden=0))
    assert kinds(make_g(resize=True)).count("UpSampling2D") == 2
    assert kinds(make_d(pool=True)).count("MaxPooling2D") == 2
    assert kinds(make_d(norm=True)).count("BatchNormalization") == 1
    assert kinds(make_d(hidden=0)).count("Dense") == kinds(make_d()).count("Dense") - 1


def test_scale_chooses_the_width(monkeypatch):
    monkeypatch.setenv("GANUTILS_SCALE", "gpu")
    assert runtime.scale() == "gpu"
    gan = chapters.shared_code("03_dcgan")["make_gan"]()
    first = next(
        k for k in gan.discriminator.layers if isinstance(k, keras.layers.Conv2D)
    )
    assert first.filters == chapters.shared_code("03_dcgan")["GPU_WIDTH"]
