"""`~` stands for the home folder wherever a path is taken.

Each call reads or writes below a home that the test made. What did not look there finds
nothing, or leaves a folder named ~ behind.
"""

import os
import shutil

import messy_sounds
import numpy as np
import pytest
from PIL import Image

from ganutils import datasets
from ganutils.audio import listening
from ganutils.datasets import messy, sound_folder
from ganutils.kit import files, runtime
from ganutils.metrics import bench, features
from ganutils.monitoring import saving
from ganutils.plotting import images, style

CLIP = np.sin(np.arange(4000.0))[:, None] / 2
PICTURE = np.zeros((1, 28, 28), np.uint8)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Make a home with a picture, a sound and data, and stand elsewhere."""
    home = tmp_path / "home"
    for name in ("home/in", "home/out", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    Image.fromarray(PICTURE[0]).save(home / "in" / "a.png")
    (home / "in" / "a.wav").write_bytes(messy_sounds.encode(CLIP, 8000))
    shutil.copy(runtime.bundled("stability.npz"), home / "in")
    shutil.copy(runtime.bundled("features_mnist.keras"), home / "in")
    np.savez(home / "in" / "variables.npz")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))  # Windows
    monkeypatch.chdir(tmp_path / "elsewhere")
    return home


READ = {
    "images": lambda: datasets.load_images("~/in"),
    "sounds": lambda: sound_folder.load_folder("~/in"),
    "bench": lambda: bench.load("~/in/stability.npz"),
    "features": lambda: features.load("mine", "~/in/features_mnist.keras"),
    "variables": lambda: files.load_variables("~/in/variables.npz", []),
}


@pytest.mark.parametrize("read", READ.values(), ids=READ)
def test_home_is_read(home, read):
    read()


WRITE = {
    "a.npz": lambda: files.save_variables("~/out/a.npz", []),
    "b.npz": lambda: bench.save(bench.Results([], {}), "~/out/b.npz"),
    "c.wav": lambda: listening.save_wav("~/out/c.wav", CLIP),
    "d.gif": lambda: images.animation([style.new_figure(1, 1)[0]], "~/out/d.gif"),
    "torn.png": lambda: messy.write_images("~/out", PICTURE),
    "torn.wav": lambda: messy_sounds.write_sounds("~/out", CLIP.T, 8000),
}


@pytest.mark.parametrize("name", WRITE)
def test_home_is_written(home, name):
    WRITE[name]()
    assert (home / "out" / name).is_file() and os.listdir() == []


KEPT = {
    "checkpoint": lambda path: saving.Checkpoint(path),
    "best": lambda path: saving.Measure(dict, 1, best="f", path=path),
}


@pytest.mark.parametrize("make", KEPT.values(), ids=KEPT)
def test_callback_keeps_a_path_below_the_home(home, make):
    assert make("~/out/a.npz").path == home / "out" / "a.npz"


@pytest.mark.parametrize("path", ["~/a", b"~/a", files.Path("~/a")])
def test_any_kind_of_path_is_expanded(home, path):
    assert files.expand(path) == home / "a"


def test_home_of_nobody_stays_so_that_the_error_names_it():
    with pytest.raises(OSError, match="'~nobody of this name/a.wav'"):
        sound_folder.load_folder("~nobody of this name/a.wav")
