"""Single numbers at a door: whole numbers, rates, finite values."""

import numpy as np
import pytest

from ganutils.kit import checks


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3)])
def test_a_whole_number_comes_back_as_an_int(value):
    assert checks.check_whole("n", value, 3) == 3
    assert type(checks.check_whole("n", value, 1)) is int


@pytest.mark.parametrize("value", [2, 3.0, "3", True, None, np.nan])
def test_what_is_no_whole_number_is_named(value):
    message = f"`n` to be a whole number ≥ 3; received {value!r}"
    with pytest.raises(ValueError, match=message):
        checks.check_whole("n", value, 3)


@pytest.mark.parametrize("rate", [0, 999, 384_001, 8000.5, np.nan])
def test_a_rate_that_is_none_is_named(rate):
    with pytest.raises(ValueError, match=f"`rate`.*received {rate}"):
        checks.check_rate(rate, "rate")
    assert checks.check_rate(8000.0) == 8000


def test_values_that_are_not_finite_are_counted():
    values = np.array([[0.0, np.nan], [np.inf, 1.0]])
    with pytest.raises(ValueError, match="finite `x`; received 2 pixels .* of 4"):
        checks.check_finite(values, "x", "pixels")
    assert checks.check_finite(values[:, :0], "x").shape == (2, 0)
