"""Named data sets as `ImageData`, and batches that are read as they are needed."""

import hashlib

import numpy as np
import pytest

from ganutils import datasets
from ganutils.datasets import catalogue

BYTES = np.arange(10 * 4 * 4, dtype=np.uint8).reshape(10, 4, 4, 1)


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


def first_pixels(stream, steps):
    """Return the images of each batch by their first byte, which counts 0, 16, …"""
    return [
        datasets.from_unit_range(batch.numpy()[:, 0, 0, 0]) // 16
        for batch in stream.take(steps)
    ]


def test_digits_are_images_in_the_unit_range(digits):
    assert digits.x_train.shape == (1438, 28, 28, 1)
    assert digits.x_test.shape == (359, 28, 28, 1)
    for images in (digits.x_train, digits.x_test):
        assert datasets.check_images(images) is images and images.dtype == np.float32
        assert images.min() == -1.0 and images.max() == 1.0
    assert digits.stand_in_for is None and "\n" not in digits.source


def test_digits_have_every_class_in_both_parts(digits):
    assert digits.class_names == tuple("0123456789")
    for labels, fewest in ((digits.y_train, 139), (digits.y_test, 35)):
        assert labels.dtype == np.int64
        assert np.bincount(labels, minlength=10).min() == fewest


def test_no_test_image_is_a_training_image(digits):
    train = {hashlib.sha256(x.tobytes()).digest() for x in digits.x_train}
    assert not any(hashlib.sha256(x.tobytes()).digest() in train for x in digits.x_test)


def test_digits_look_like_ink_on_paper(digits):
    # As in MNIST: mostly paper, some ink, and more of either than of greys.
    ink = datasets.from_unit_range(digits.x_train)
    paper, full = np.mean(ink == 0), np.mean(ink > 250)
    assert 0.5 < paper < 0.8 and 0.05 < full < 0.2
    assert np.mean((ink > 25) & (ink < 230)) < 0.2


def test_nearest_training_digit_has_the_same_label(digits):
    # Scrambled labels give 0.1; the 8×8 originals give 0.983, these 0.978.
    x, y = (a.reshape(len(a), -1) for a in (digits.x_train, digits.x_test))
    distances = (x**2).sum(1) - 2 * y @ x.T
    found = digits.y_train[distances.argmin(1)]
    assert 0.96 < np.mean(found == digits.y_test) <= 1.0


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="'mnist'.*received 'mnits'.*load_folder"):
        datasets.load("mnits")


@pytest.mark.parametrize("name", sorted(catalogue.RECIPES))
def test_recipes_are_complete(name):
    recipe = catalogue.RECIPES[name]
    assert len(recipe.class_names) == 10 and len(recipe.counts) == 2
    hashes = [*recipe.digests.values(), *filter(None, recipe.cached.values())]
    assert all(len(h) == 64 and int(h, 16) for h in hashes)
    assert set(recipe.digests) in (set(), set(catalogue.KEYS))


def test_batches_have_the_stated_shape_and_range():
    batch = next(iter(datasets.batches(BYTES, batch_size=4, seed=0)))
    assert batch.shape == (4, 4, 4, 1) and batch.dtype == "float32"
    assert -1.0 <= float(batch.numpy().min()) < float(batch.numpy().max()) <= 1.0


def test_a_pass_shows_every_image_once_but_the_rest():
    passes = first_pixels(datasets.batches(BYTES, batch_size=3, seed=0), 6)
    for one in (passes[:3], passes[3:]):
        shown = np.concatenate(one)
        assert len(shown) == 9 and len(set(shown.tolist())) == 9


def test_passes_differ_and_repeat_from_the_seed():
    first = np.concatenate(first_pixels(datasets.batches(BYTES, 5, seed=1), 4))
    again = np.concatenate(first_pixels(datasets.batches(BYTES, 5, seed=1), 4))
    other = np.concatenate(first_pixels(datasets.batches(BYTES, 5, seed=2), 4))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert not np.array_equal(first[:10], first[10:])


def test_skipping_resumes_the_stream():
    stream = datasets.batches(BYTES, 3, seed=1)
    whole, rest = first_pixels(stream, 7), first_pixels(stream.skip(4), 3)
    np.testing.assert_array_equal(whole[4:], rest)


def test_batches_read_from_a_file_on_disk(tmp_path):
    np.save(tmp_path / "images.npy", BYTES)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    from_disk = first_pixels(datasets.batches(mapped, 4, seed=3), 3)
    np.testing.assert_array_equal(
        from_disk, first_pixels(datasets.batches(BYTES, 4, seed=3), 3)
    )


def test_float_images_pass_through():
    images = datasets.to_unit_range(BYTES)
    floats = first_pixels(datasets.batches(images, 4, seed=3), 2)
    np.testing.assert_array_equal(
        floats, first_pixels(datasets.batches(BYTES, 4, seed=3), 2)
    )


@pytest.mark.parametrize("batch_size", [0, 11])
def test_batch_size_fits_the_images(batch_size):
    with pytest.raises(ValueError, match="`batch_size` from 1 to 10"):
        datasets.batches(BYTES, batch_size, seed=0)


def test_batches_check_the_shape():
    with pytest.raises(ValueError, match=r"images\[\.\.\., np.newaxis\]"):
        datasets.batches(BYTES[..., 0], 2, seed=0)
