"""Chapter 11's own functions, run from its source."""

import json
import re

import keras
import numpy as np
import pytest
from keras import layers

import chapters


@pytest.fixture(scope="module")
def chapter():
    return chapters.shared_code("11_in_practice")


def test_multiplications_count_every_product(chapter):
    network = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(2 * 2 * 3),  # 6 · 12
            layers.Reshape((2, 2, 3)),
            layers.Conv2DTranspose(5, 4, 2, padding="same"),  # 4 inputs · 4·4·3·5
            layers.BatchNormalization(),
            layers.Conv2D(1, 3, 2, padding="same"),  # 4 outputs · 3·3·5·1
        ]
    )
    counted = chapter["multiplications"](network)
    assert counted == 6 * 12 + 4 * (4 * 4 * 3 * 5) + 4 * (3 * 3 * 5 * 1)


def test_networks_fit_each_other_at_every_width(chapter):
    for width in (2, 8):
        generator, discriminator = chapter["make_networks"](width)
        fake = generator(np.zeros((3, 64)))
        assert fake.shape == (3, 28, 28, 1)
        assert discriminator(fake).shape == (3, 1)


@pytest.mark.full
def test_new_adams_end_elsewhere_from_every_seed(chapter):
    for seed in range(3):
        assert chapter["without_adam"](seed) > chapter["RATE"]


def test_the_table_of_costs_says_what_the_builds_measured():
    source = (chapters.NOTEBOOKS / "src" / "11_in_practice.py").read_text("utf8")
    seconds = json.loads((chapters.NOTEBOOKS / "seconds.json").read_text("utf8"))
    rows = re.findall(r"^# \| (\d+) \| .* \| ([\d.]+) \|$", source, re.M)
    assert len(rows) >= 6
    for number, minutes in rows:
        (name,) = (n for n in chapters.names() if n.startswith(number.zfill(2)))
        measured = np.array([*seconds[name].values()]) / 60
        # The machine builds now faster, now slower, with what else runs on it.
        assert abs(measured - float(minutes)).min() < 0.1 + 0.3 * float(minutes), name
