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


def test_a_spread_is_the_deviation_within_groups_of_16(chapter):
    x = np.random.default_rng(0).normal(size=(32, 2, 3, 4)).astype("float32")
    new = chapter["Spread"]()(x).numpy()
    np.testing.assert_array_equal(new[..., :4], x)
    for group in (slice(0, 16), slice(16, 32)):
        expected = x[group].std(axis=0).mean()
        np.testing.assert_allclose(new[group, ..., 4], expected, rtol=1e-4)


def test_a_small_batch_is_one_group_and_an_odd_one_is_refused(chapter):
    spread = chapter["Spread"]()
    assert spread(np.ones((3, 2, 2, 1), "float32")).shape == (3, 2, 2, 2)
    with pytest.raises(Exception, match="reshape"):
        spread(np.ones((17, 2, 2, 1), "float32"))


def test_rates_fall_to_0_over_the_steps_or_stay(chapter):
    falling = chapter["make_gan"](width=4, steps=100).g_optimizer
    falling.iterations.assign(100)
    assert float(falling.learning_rate) == pytest.approx(0, abs=1e-9)
    constant = chapter["make_gan"](width=4, steps=None).g_optimizer
    assert float(constant.learning_rate) == pytest.approx(chapter["RATE"])


def test_every_knob_changes_the_networks(chapter):
    def kinds(model):
        return [type(layer).__name__ for layer in model.layers]

    make_g, make_d = chapter["make_generator"], chapter["make_discriminator"]
    assert "BatchNormalization" not in kinds(make_g(norm=False))
    assert "Concatenate" not in kinds(make_g(hidden=0))
    assert kinds(make_g(resize=True)).count("UpSampling2D") == 2
    assert make_g(last="linear").layers[-1].activation.__name__ == "linear"
    slopes = [
        k.negative_slope
        for k in make_g(slope=0.0).layers
        if isinstance(k, keras.layers.LeakyReLU)
    ]
    assert slopes == [0.0] * 3
    assert "Spread" in kinds(make_d()) and "Spread" not in kinds(make_d(spread=False))
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
