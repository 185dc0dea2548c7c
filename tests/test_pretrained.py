"""Bundled generators: each file is the described one and draws, or speaks."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from keras import Input, Sequential, layers

from ganutils import audio, datasets, sample, training
from ganutils.kit import runtime
from ganutils.metrics import features
from ganutils.training import conditions, pretrained

SHAPES = {
    "mnist": (28, 28, 1),
    "digits": (28, 28, 1),
    "cifar10_automobiles": (32, 32, 3),
}
SOUNDS = ("fsdd", "spoken_digits_tts")
# What draws what it is asked for: shape, classes among those of its features, and the
# share that these must see of each.
ASKED = {
    "mnist_conditional": ((28, 28, 1), range(10), 0.94),
    "cifar10_conditional": ((32, 32, 3), (1, 6, 7, 8), 0.7),
}


def test_names():
    assert sorted(pretrained.NAMES) == sorted([*SHAPES, *SOUNDS, *ASKED])


@pytest.mark.parametrize("name", pretrained.NAMES)
def test_file_is_small_and_the_described_one(name):
    path = runtime.bundled(f"generator_{name}.keras")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest in runtime.bundled("README.md").read_text(encoding="utf-8")
    assert path.stat().st_size <= 2_000_000


@pytest.mark.parametrize("name", SHAPES)
def test_generator_draws_images_that_differ(name):
    generator = pretrained.load(name)
    z = np.random.default_rng(0).normal(size=(32, 64)).astype("float32")
    images = generator(z, training=False).numpy()
    assert generator.input_shape == (None, 64)
    assert images.shape == (32, *SHAPES[name]) and images.dtype == np.float32
    assert datasets.check_images(images) is images  # finite, in [-1, 1]
    assert images.min() < -0.9 and images.max() > 0.9  # black and white, not grey
    assert images.std(axis=0).mean() > 0.1  # not one image for all z


@pytest.mark.parametrize("name", ASKED)
def test_generator_draws_what_is_asked_for(name):
    shape, classes, least = ASKED[name]
    images, labels = sample.sample(pretrained.load(name), 100 * len(classes), seed=1)
    assert datasets.check_images(images).shape == (len(labels), *shape)
    judge = features.load(name.removesuffix("_conditional"))
    seen = judge.embed(images).probabilities.argmax(axis=1)
    right = seen == np.take(classes, labels)
    assert min(right[labels == k].mean() for k in np.unique(labels)) >= least


@pytest.mark.parametrize("name", SOUNDS)
def test_generator_speaks(name):
    z = np.random.default_rng(0).normal(size=(64, 64)).astype("float32")
    clips = pretrained.load(name)(z, training=False).numpy()
    assert clips.shape == (64, 8_192, 1)
    health = audio.health(clips)
    assert -26 < health["rms_db"] < -14 and health["peak"] > 0.5
    assert health["silent_share"] == 0 and health["clipped_share"] < 0.001
    assert health["voiced_share"] > 0.15 and health["comb_score"] < 2
    assert audio.log_mel(clips).std(axis=0).mean() > 3  # dB: not one clip for all z


@pytest.mark.parametrize("name", SOUNDS)
def test_generator_says_the_digit_that_is_asked_for(name):
    z = np.random.default_rng(1).normal(size=(200, 64)).astype("float32")
    asked = conditions.NoiseLabels((10,))(z).numpy().argmax(1)
    clips = pretrained.load(name)(z, training=False).numpy()
    heard = features.load(name).embed(clips).probabilities.argmax(1)
    assert np.mean(asked == heard) > 0.9


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="'mnist', 'digits', 'cif.*received 'faces'"):
        pretrained.load("faces")


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "PACKAGE", tmp_path)
    monkeypatch.setattr(runtime, "CLONE", None)
    return tmp_path / "data"


def test_missing_file_is_named(bundle):
    with pytest.raises(FileNotFoundError, match="generator_mnist.keras"):
        pretrained.load("mnist")


def test_loads_the_file_of_that_name(bundle):
    for i, name in enumerate(pretrained.NAMES):
        generator = Sequential([Input((64,)), layers.Dense(i + 1)])
        training.save_generator(bundle / f"generator_{name}.keras", generator)
    found = [pretrained.load(name).output_shape for name in pretrained.NAMES]
    assert found == [(None, n + 1) for n in range(len(pretrained.NAMES))]


def test_damaged_file_is_named(bundle):
    bundle.mkdir()
    (bundle / "generator_digits.keras").write_bytes(b"half")
    with pytest.raises(ValueError, match=r"generator_digits\.keras.*save_generator"):
        pretrained.load("digits")


def test_plain_keras_loads_a_voice_once_ganutils_is_imported():
    path = runtime.bundled("generator_fsdd.keras")
    code = "import ganutils, keras, sys; keras.models.load_model(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, path], check=True, cwd=path.parents[1])
