"""What chapter 4 defines: recipes, settings, cures; and the script of its bench."""

import importlib

import keras
import numpy as np
import pytest
import tensorflow as tf

import chapters
from ganutils import datasets
from ganutils.metrics import bench
from ganutils.training import losses


@pytest.fixture(scope="module")
def chapter():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANUTILS_SCALE", "smoke")
        return chapters.shared_code("04_stable_training")


def one_step(gan, eagerly=True):
    points = datasets.grid(200, seed=0)
    gan.steps_per_execution, gan.run_eagerly = 1, eagerly
    return gan.fit(points, batch_size=8, steps_per_epoch=1, verbose=0).history


def test_there_are_twelve_recipes_and_thirteen_cures(chapter):
    assert len(chapter["RECIPES"]) == 12
    assert len(chapter["CURES"]) == 13


@pytest.mark.parametrize("number", range(12))
def test_every_recipe_takes_a_finite_step(chapter, number):
    recipe = list(chapter["RECIPES"].values())[number](0.1)
    history = one_step(chapter["make_gan"](10, **recipe))
    assert all(np.isfinite(values).all() for values in history.values())
    assert set(history) >= {p.name for p in recipe.get("penalties", [])}


@pytest.mark.parametrize("number", range(13))
def test_every_cure_takes_a_finite_step_and_draws_points(chapter, number):
    cure = list(chapter["CURES"].values())[number]
    gan = chapter["make_gan"](10, **cure)
    history = one_step(gan, eagerly=False)  # the chapter's own functions can be traced
    assert all(np.isfinite(values).all() for values in history.values())
    assert gan.generate(6).shape == (6, 2)


@pytest.mark.parametrize("data", ["grid", "digits"])
def test_every_recipe_may_try_four_settings(chapter, data):
    for name, recipe in chapter["RECIPES"].items():
        tried = chapter["settings"](name, data)
        weights = {w for _, w in tried}
        assert len(set(tried)) == 4
        assert (weights != {None}) == (str(recipe(0.1)) != str(recipe(0.2)))


def test_the_setting_of_least_error_is_chosen(chapter):
    rows = [
        bench.Result("hinge", f"grid, setting {i}", 100, 9, good, 0.1, np.nan, 1.0, 1.0)
        for i, good in enumerate((50.0, 60.0, 98.0, 70.0))
    ]
    chosen = chapter["tuned"](bench.Results(rows), "hinge")
    assert chosen == chapter["settings"]("hinge")[2]


def test_a_clipped_critic_stays_in_its_box(chapter):
    gan = chapter["make_gan"](10, **chapter["RECIPES"]["WGAN, clipping"](0.1))
    one_step(gan)
    for weight in gan.discriminator.trainable_variables:
        assert np.abs(weight.numpy()).max() <= np.float32(0.1)


def test_spectral_normalisation_bounds_every_matrix(chapter):
    gan = chapter["make_gan"](10, **chapter["RECIPES"]["hinge, spectral"](None))
    x = tf.constant(datasets.grid(64, seed=0))
    for _ in range(30):  # of power iteration
        gan.discriminator(x, training=True)
    kernels = [v for v in gan.discriminator.trainable_variables if v.ndim == 2]
    assert len(kernels) == 4
    for kernel in kernels:
        assert np.linalg.svd(kernel.numpy())[1][0] == pytest.approx(1.0, abs=0.05)


def test_rates_fall_to_zero_within_each_player_s_own_steps(chapter):
    gan = chapter["make_gan"](20, rate=1e-3, **chapter["RECIPES"]["WGAN-GP"](1.0))
    d_rate, g_rate = (
        optimizer._learning_rate for optimizer in (gan.d_optimizer, gan.g_optimizer)
    )
    assert float(d_rate(100)) == float(g_rate(20)) == 0.0
    assert float(d_rate(50)) == pytest.approx(0.6e-3 / 2)


def test_packs_hold_neighbours_side_by_side(chapter):
    gan = chapter["make_gan"](10, **chapter["CURES"]["packs of two"])
    shown = gan.view(tf.reshape(tf.range(8.0), (4, 2)))
    np.testing.assert_array_equal(shown, [[0, 1, 2, 3], [4, 5, 6, 7]])


def test_minibatch_std_appends_the_mean_deviation(chapter):
    x = np.float32([[0.0, 0.0], [2.0, 6.0]])  # deviations 1 and 3: mean 2
    drawn = chapter["MinibatchStd"]()(x)
    np.testing.assert_allclose(drawn, [[0, 0, 2], [2, 6, 2]], atol=1e-4)


def test_smoothed_labels_against_cross_entropy_by_keras(chapter):
    real, fake = tf.constant([[0.3], [-2.0]]), tf.constant([[1.5], [-0.2]])
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    expected = entropy(tf.fill((2, 1), 0.9), real) + entropy(tf.fill((2, 1), 0.1), fake)
    received = chapter["smoothed"](0.9, 0.1).d_loss(real, fake)
    assert float(received) == pytest.approx(float(expected), rel=1e-6)


def test_labels_one_and_zero_are_the_usual_loss(chapter):
    real, fake = tf.constant([[0.3]]), tf.constant([[1.5]])
    usual = losses.cross_entropy_d_loss(real, fake)
    received = chapter["smoothed"]().d_loss(real, fake)
    assert float(received) == pytest.approx(float(usual), rel=1e-6)


def test_noise_has_the_stated_deviation(chapter):
    noise = chapter["noisy"](tf.zeros((20_000, 2)), (0, 1)).numpy()
    assert noise.std() == pytest.approx(0.1, rel=0.02)


def test_the_bench_trains_saves_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(chapters.ROOT / "benchmarks")
    stability = importlib.import_module("stability")
    monkeypatch.setattr(stability, "SEEDS", 1)
    out = tmp_path / "r.npz"
    trained = stability.Bench(out, 0.0, ["R1"])
    trained.cures()
    again = stability.Bench(out, 0.0, ["R1"])
    again.cures()  # nothing is missing
    assert [row.data for row in again.results] == ["cures, averaged", "cures, raw"]
    assert all(row.cpu_s == pytest.approx(0.04 * row.cpu_ms) for row in again.results)
    assert set(again.results.clouds) == {("cures, averaged", "R1")}
