"""Chapter 7's own functions, run from its source, and what its stored trainings say."""

import json

import numpy as np
import pytest

import chapters
from ganutils.kit import runtime

WAYS = "concatenation", "projection", "auxiliary classifier"


@pytest.fixture(scope="module")
def chapter():
    return chapters.shared_code("07_conditional_gan")


@pytest.fixture(scope="module")
def stored():
    return json.loads(runtime.bundled("conditional.json").read_text("utf8"))


def pictures(n, side=28, channels=1):
    x = np.random.default_rng(0).uniform(-1, 1, (n, side, side, channels))
    return x.astype("float32")


def rows(x, label):
    y = np.repeat(np.eye(10, dtype="float32")[[label]], len(x), axis=0)
    return np.concatenate([x.reshape(len(x), -1), y], axis=1)


@pytest.mark.parametrize("way", WAYS)
def test_d_is_told_the_label_but_an_auxiliary_classifier_is_not(chapter, way):
    d, trunk = chapter["make_discriminator"](way)
    x = pictures(4)
    one, other = (d(rows(x, label)).numpy() for label in (3, 8))
    assert one.shape == (4, 1)
    assert np.allclose(one, other) == (way == "auxiliary classifier")
    assert trunk.output_shape == (None, 256)


def test_a_projection_adds_a_vector_of_the_label(chapter):
    d, trunk = chapter["make_discriminator"]("projection")
    x, y = pictures(5), np.eye(10, dtype="float32")[[3, 1, 4, 1, 5]]
    told = np.concatenate([x.reshape(5, -1), y], axis=1)
    u = next(v.numpy() for v in d.variables if v.shape == (256, 1))
    vectors = next(v.numpy() for v in d.variables if v.shape == (10, 256))
    v = trunk(x).numpy()
    wanted = v @ u[:, 0] + (v * (y @ vectors)).sum(axis=1) / 16
    np.testing.assert_allclose(d(told).numpy()[:, 0], wanted, atol=1e-4)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_trains_both_players(chapter, way):
    gan = chapter["make_gan"](way, steps=20)
    before = [[v.numpy() for v in n.trainable_variables] for n in gan.networks]
    told = np.eye(10, dtype="float32")[np.arange(128) % 10]
    logs = gan.fit((pictures(128), told), batch_size=64, steps_per_epoch=10, verbose=0)
    assert ("guess" in logs.history) == (way == "auxiliary classifier")
    for network, old in zip(gan.networks, before, strict=True):
        moved = [
            np.any(v != w)
            for v, w in zip(network.trainable_variables, old, strict=True)
        ]
        assert all(moved), (network.name, moved)


@pytest.mark.parametrize("size", [(28, 1, 8), (32, 3, 8), (14, 1, 8)])
def test_networks_of_other_sizes(chapter, size):
    g = chapter["make_generator"](4, *size)
    x = g([np.zeros((2, 64), "float32"), np.eye(4, dtype="float32")[:2]])
    assert x.shape == (2, size[0], size[0], size[1])


def test_the_training_reaches_what_the_chapter_says(stored):
    runs = stored["main"]["stored trainings"]
    assert len(runs) == 3
    for run in runs:
        assert run["distance"] <= 1.3 and run["score"] >= 9.5 and run["recall"] >= 0.75
        assert run["asked = seen"] >= 0.97 and run["worst class"] >= 0.94


def test_labels_cut_the_distance_and_the_classifier_obeys_and_varies_less(stored):
    race = stored["race"]
    assert all(len(rows) == 3 for rows in race.values())
    untold = min(run["distance"] for run in race["no label"])
    for run in race["projection"]:
        assert run["distance"] <= untold / 2
        assert run["score"] >= 9.5 and run["seconds"] <= 60  # of the processor
    for ours, aux in zip(race["projection"], race["auxiliary classifier"], strict=True):
        assert aux["asked = seen"] > ours["asked = seen"]
        assert aux["recall within a class"] < ours["recall within a class"]


def test_what_fakes_are_worth(stored):
    few = {
        name: [row["accuracy"] for row in rows] for name, rows in stored["few"].items()
    }
    assert all(len(values) == 3 for values in few.values())
    assert min(few["fakes only"]) >= 0.95
    assert min(few["semi-supervised"]) >= 0.93
    assert np.all(np.array(few["semi-supervised"]) > few["moved"])
