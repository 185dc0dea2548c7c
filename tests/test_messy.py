"""Each kind of trouble is in the folder, and the loader deals with each."""

import numpy as np

from ganutils import datasets
from ganutils.datasets import messy


def test_the_loader_uses_all_but_the_torn_file_and_the_text(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    messy.write_folder(tmp_path, pictures)
    loaded = datasets.load_images(tmp_path, size=(32, 32), channels=3)
    assert {entry.path for entry in loaded.skipped} == {"torn.png", "notes.txt"}
    assert loaded.images.shape == (9, 32, 32, 3)


def test_the_photo_on_its_side_is_turned(tmp_path):
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, :14] = 255  # white above, black below
    messy.write_folder(tmp_path, picture)
    loaded = datasets.load_images(tmp_path, size=(28, 28), channels=1)
    names = [entry.path for entry in loaded.report if entry.action == "used"]
    upright, turned = (
        loaded.images[names.index(n), 2:26, 2:26, 0]
        for n in ("upright_00.png", "rotated.jpg")
    )
    assert upright[:5].mean() > 0.8 > -0.8 > upright[-5:].mean()
    assert turned[:, -5:].mean() > 0.8 > -0.8 > turned[:, :5].mean()
