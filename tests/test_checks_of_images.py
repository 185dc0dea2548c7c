"""Range and shape of images. By hand: b / 127.5 − 1 takes 0, 51, 255 to −1, −0.6, 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganutils.kit import checks

GOOD = np.zeros((3, 28, 28, 1), np.float32)


def test_bytes_map_to_the_unit_range():
    found = checks.to_unit_range(np.array([[0, 51, 255]], np.uint8))
    np.testing.assert_allclose(found, [[-1.0, -0.6, 1.0]], atol=1e-6)
    assert found.dtype == np.float32 and found.shape == (1, 3)


def test_every_byte_survives_the_round_trip():
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(
        checks.from_unit_range(checks.to_unit_range(every)), every
    )


def test_bytes_are_rounded_not_cut():
    just_below = np.float32(99.6 / 127.5 - 1)
    assert checks.from_unit_range(np.array([just_below]))[0] == 100


@given(st.floats(-1, 1, width=32))
def test_round_trip_of_any_float_is_within_half_a_byte(value):
    value = np.array([value], np.float32)
    back = checks.to_unit_range(checks.from_unit_range(value))
    assert abs(float(back[0]) - float(value[0])) <= 0.5 / 127.5 + 1e-6


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_to_unit_range_takes_bytes_only(dtype):
    with pytest.raises(ValueError, match=f"uint8 .* received {dtype}"):
        checks.to_unit_range(np.ones((2, 2), dtype))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_good_images_come_back_as_they_are(dtype, channels):
    images = np.full((2, 8, 9, channels), -1.0, dtype)
    assert checks.check_images(images) is images


@pytest.mark.parametrize(
    "images, advice",
    [
        (np.zeros((5, 32, 32, 3, 1), "float32"), r"real\[\.\.\., 0\]"),
        (np.zeros((5, 28, 28), "float32"), r"real\[\.\.\., np.newaxis\]"),
        (np.zeros((28, 28, 1), "float32"), r"real\[np.newaxis\]"),
        (np.zeros((5, 3, 32, 32), "float32"), r"np.moveaxis\(real, 1, -1\)"),
        (np.zeros((5, 32, 32, 4), "float32"), r"real\[\.\.\., :3\]"),
        (np.zeros((5, 784), "float32"), "load_images"),
    ],
)
def test_wrong_shape_says_how_to_mend_it(images, advice):
    with pytest.raises(ValueError, match=advice) as caught:
        checks.check_images(images, name="real")
    assert str(images.shape) in str(caught.value)


@pytest.mark.parametrize(
    "images, mended",
    [
        (np.zeros((5, 32, 32, 3, 1), "float32"), lambda x: x[..., 0]),
        (np.zeros((5, 28, 28), "float32"), lambda x: x[..., np.newaxis]),
        (np.zeros((28, 28, 1), "float32"), lambda x: x[np.newaxis]),
        (np.zeros((5, 3, 32, 32), "float32"), lambda x: np.moveaxis(x, 1, -1)),
        (np.zeros((5, 32, 32, 4), "float32"), lambda x: x[..., :3]),
    ],
)
def test_the_advice_mends_it(images, mended):
    assert checks.check_images(mended(images)).ndim == 4


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_counted(value):
    images = GOOD.copy()
    images[0, 0, :2] = value
    with pytest.raises(
        ValueError, match="finite `images`; received 2 values .* of 2,352"
    ):
        checks.check_images(images)


@pytest.mark.parametrize("low, high", [(0.0, 255.0), (-1.2, 0.0), (-1.0, 1.01)])
def test_range_is_echoed(low, high):
    images = GOOD.copy()
    images[0, 0, 0], images[1, 0, 0] = low, high
    with pytest.raises(ValueError, match=r"in \[-1, 1\]; received min=.*to_unit_range"):
        checks.check_images(images)
    with pytest.raises(ValueError, match="min=.*max="):
        checks.from_unit_range(images)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "bool", "complex64", "object"])
def test_images_are_floats(dtype):
    with pytest.raises(ValueError, match=f"as float in .* received {dtype}"):
        checks.check_images(GOOD.astype(dtype))


def test_no_images():
    message = r"at least 1 `images`; received shape \(0, 28, 28, 1\)"
    with pytest.raises(ValueError, match=message):
        checks.check_images(GOOD[:0])
    assert checks.from_unit_range(GOOD[:0]).shape == (0, 28, 28, 1)
