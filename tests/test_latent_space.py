"""Chapter 9's own functions, run from its source, and what its stored trainings say."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.distance import cdist

import chapters
from ganutils.kit import runtime
from ganutils.training import latent


@pytest.fixture(scope="module")
def chapter():
    return chapters.shared_code("09_latent_space")


@pytest.fixture(scope="module")
def stored():
    return json.loads(runtime.bundled("latent_space.json").read_text("utf8"))


@pytest.fixture(scope="module")
def linear():
    """A G whose pictures are a linear function of z."""
    keras.utils.set_random_seed(0)
    z = keras.Input((64,))
    x = keras.layers.Dense(784, use_bias=False)(z)
    return keras.Model(z, keras.layers.Reshape((28, 28, 1))(x))


def pictures(n):
    x = np.random.default_rng(0).uniform(-1, 1, (n, 28, 28, 1))
    return x.astype("float32")


def bar(width, lean=0.0):
    """A picture of a bar 20 pixels high that leans to the right by `lean` a row."""
    x = np.full((1, 28, 28, 1), -1.0, "float32")
    for row in range(4, 24):
        left = round(14 - width / 2 + lean * (13.5 - row))
        x[0, row, left : left + width] = 1
    return x


def test_the_arc_is_that_of_the_package(chapter):
    a, b = np.random.default_rng(0).normal(size=(2, 64))
    t = np.linspace(0, 1, 5)
    found = chapter["spherical"](a, b, t)
    np.testing.assert_allclose(found, latent.spherical(a, b, t), atol=1e-6)


def test_slant_and_width_of_bars(chapter):
    bars = [bar(2), bar(4), bar(2, 0.5), bar(2, 0.5)[:, :, ::-1]]
    slant, width = chapter["measure"](np.concatenate(bars)).T
    np.testing.assert_allclose(slant[:3], [0, 0, 0.5], atol=0.02)
    assert slant[3] == pytest.approx(-slant[2], abs=1e-3)
    assert width[1] > 1.5 * width[0]


def test_a_direction_that_does_nothing_changes_nothing(chapter):
    z = latent.sample_z(20, 64, (0, 0)).numpy()
    row = chapter["edit"](chapter["generator"], z, np.zeros(64))
    assert row["slant"] == row["width"] == 0 and row["class kept"] == 1
    assert np.isnan(row["kept at slant 1"])


def test_directions_have_length_1_and_the_fit_leans_digits(chapter):
    g, z = chapter["generator"], latent.sample_z(600, 64, (0, 0)).numpy()
    found = chapter["directions"](g, z)
    assert all(np.linalg.norm(u) == pytest.approx(1) for u in found.values())
    rows = {k: chapter["edit"](g, z[:100], found[k]) for k in ("fit", "random")}
    assert rows["fit"]["slant"] > 3 * abs(rows["random"]["slant"])


def test_descent_finds_the_code_of_a_linear_g_and_stays_on_the_sphere(chapter, linear):
    z = latent.sample_z(3, 64, (0, 0))
    z = 8 * z / tf.norm(z, axis=1, keepdims=True)
    start = latent.sample_z(3, 64, (0, 1))
    found = chapter["invert"](linear, linear(z), start, 150.0)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 8, atol=1e-3)
    np.testing.assert_allclose(found, z, atol=0.1)


def test_a_search_keeps_the_best_start_of_each_picture(chapter, linear):
    x = pictures(5)
    first, best, error = chapter["search"](linear, x)
    assert error.shape == (5, 8)
    for z, wanted in ((first, error[:, 0]), (best, error.min(axis=1))):
        again = ((linear(z).numpy() - x) ** 2).mean(axis=(1, 2, 3))
        np.testing.assert_allclose(again, wanted, rtol=1e-3)


def test_an_encoder_trains_itself_alone(chapter):
    gan, x = chapter["make_gan"](steps=10), pictures(64)
    g, trunk = gan.ema_generator, gan.discriminator.layers[0]
    before = [w.copy() for w in (*g.get_weights(), *trunk.get_weights())]
    redraw = chapter["learn_encoder"](g, trunk, x, steps=10)
    for old, new in zip(before, (*g.get_weights(), *trunk.get_weights()), strict=True):
        np.testing.assert_array_equal(old, new)
    found = chapter["scores"](x[:8], np.repeat(x, 2, axis=0), redraw, trunk)
    assert all(score.shape == (8,) for score in found.values())
    assert found["nearest"].max() < 1e-4  # they are among the normal ones
    assert 0 <= chapter["attack"](gan, x[:8], pictures(8)) <= 1


def test_nearest_and_auc_are_counts_by_hand(chapter):
    x, others = pictures(6)[:3], pictures(6)[3:]
    flat = x.reshape(3, -1), others.reshape(3, -1)
    wanted = cdist(*flat).min(axis=1) ** 2 / 784
    np.testing.assert_allclose(chapter["nearest"](x, others), wanted, rtol=1e-4)
    high, low = [3.0, 1.0, 2.0], [1.0, 0.0]
    pairs = [(a > b) + (a == b) / 2 for a in high for b in low]
    assert chapter["auc"](high, low) == pytest.approx(np.mean(pairs))


def column(rows, key):
    assert len(rows) == 3  # training seeds
    return np.array([row[key] for row in rows])


@pytest.mark.parametrize("part", ["edits", "edits, bundled"])
def test_what_edits_move_and_what_they_keep(stored, part):
    rows = stored[part]
    slant = {name: column(found, "slant") for name, found in rows.items()}
    kept = {name: column(found, "class kept") for name, found in rows.items()}
    there = {name: column(found, "kept at slant 1") for name, found in rows.items()}
    assert np.all(slant["fit"] >= 1.3) and np.all(abs(slant["random"]) <= 0.5)
    assert np.all(there["fit, classes out"] > there["fit"])
    assert np.all(kept["PCA, component 1"] < kept["random"])
    assert np.all(kept["PCA, best of 20"] < kept["fit, classes out"])
    assert np.all(abs(slant["PCA, component 1"]) <= 0.3)


def test_truncation_helps_with_labels_only(stored):
    def measure(part, limit, key):
        return column(stored[part][f"limit {limit}"], key)

    for part in ("labels", "labels, bundled"):
        gain = measure(part, "0.5", "precision") - measure(part, "inf", "precision")
        assert np.all(gain >= 0.08)
    gain = measure("no labels", "0.5", "precision")
    assert np.all(gain <= measure("no labels", "inf", "precision") - 0.3)
    gain = measure("no labels, bundled", "0.5", "precision")
    assert np.all(gain < measure("no labels, bundled", "inf", "precision"))
    for part in ("labels", "labels, bundled", "no labels", "no labels, bundled"):
        lost = measure(part, "inf", "recall") - measure(part, "0.5", "recall")
        assert np.all(lost >= 0.25)


def test_eight_starts_halve_the_error_of_the_bundled_generator(stored):
    for part, most in (("inversion, bundled", 0.5), ("inversion", 0.9)):
        rows = stored[part]
        best = {name: column(found, "best of 8") for name, found in rows.items()}
        digits = rows["test digits"]
        assert np.all(best["test digits"] <= most * column(digits, "best of 1"))
        assert np.all(column(digits, "class kept, 8") >= 0.9)
        for name in ("mirrored digits", "letters"):
            assert np.all(best[name] >= 1.5 * best["test digits"])
            assert np.all(best[name] < column(rows[name], "nearest real") / 2)


def test_a_held_out_4_is_found_and_a_held_out_1_is_not(stored):
    rows = stored["unusual"]
    assert set(rows) == set("0123456789")
    four = {key: column(rows["4"], key) for key in rows["4"][0]}
    assert np.all(four["G"] >= 0.85)
    assert np.all(four["G"] > np.maximum(four["nearest"], four["PCA"]))
    assert np.all(column(rows["1"], "G") < 0.5)
    assert np.all(column(rows["1"], "G / ink") > 0.5)
    for digit in "0135689":
        assert np.all(column(rows[digit], "nearest") > column(rows[digit], "G"))
    for digit in "012356789":  # the 4 is the exception
        better = column(rows[digit], "nearest / ink") > column(rows[digit], "G / ink")
        assert np.all(better)
    for digit in rows:
        assert np.all(column(rows[digit], "score and outline") >= 0.2)


def test_augmentation_or_many_pictures_foil_the_attack(stored):
    found = {k: column(rows, "D's logits") for k, rows in stored["attack"].items()}
    assert np.all(found["500 digits"] >= 0.95)
    assert np.all(found["500 digits, moved"] <= 0.65)
    assert np.all(found["60,000 digits"] <= 0.65)


def test_half_of_each_code_is_often_a_third_digit(stored):
    assert np.all(column(stored["mixing"]["50% of b"], "neither") >= 0.4)
