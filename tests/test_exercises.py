"""Checks print what a reader needs and survive whatever a reader passes."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ganutils.kit.exercises import agree, check, check_function


class Hostile:
    """Raises wherever Python looks at it."""

    def _raise(self, *_):
        raise RuntimeError("do not look at me")

    __repr__ = __str__ = __eq__ = __len__ = __bool__ = __iter__ = __array__ = _raise
    __format__ = __getitem__ = __float__ = _raise
    __hash__ = None


RIGHT = [
    (1.3863, np.log(4)),
    (tf.constant(1.3863), np.log(4)),
    (3, 3),
    (3.0, 3),
    (np.int64(3), 3),
    (True, True),
    (np.bool_(False), False),
    (" Minimax", "minimax"),
    ((28, 28, 1), (28, 28, 1)),
    (tf.TensorShape((None, 28, 28, 1)), (None, 28, 28, 1)),
    ([28, 28], (28, 28)),
    (tf.zeros((2, 3)), np.zeros((2, 3))),
    (["a", 1, True], ("A ", 1.0, True)),
    ((np.zeros(2), 1), (np.zeros(2), 1)),
    (tf.float32, np.dtype("float32")),
    ({"a": 1.0, "b": 2}, {"b": 2, "a": 1.0}),
    (float("nan"), float("nan")),
    (1e-9, 0.0),
    ({1, 2}, {2, 1}),
]
WRONG = [
    (1.39, np.log(4)),
    (np.zeros((3,)), np.zeros((3, 1))),
    (np.zeros((3, 3)), 0.0),
    (1, True),
    (True, 1),
    ("hinge", "minimax"),
    (3, "3"),
    ("3", 3),
    ((28, 28), (28, 28, 1)),
    ((28, "28"), (28, 28)),
    (7, (7,)),
    (np.float64, np.dtype("float32")),
    ("no type", np.dtype("float32")),
    (("a", "1"), ("a", 1)),
    ((1, 3), (True, 3)),
    ((1, 2, 3), (1, 2)),
    ({"a": 1.0}, {"a": 1.0, "b": 2.0}),
    ([[1], [1, 2]], np.ones((2, 2))),
    (float("nan"), 1.0),
    (object(), 1.0),
    (lambda x: x, 1.0),
    (Hostile(), 1.0),
    (Hostile(), "text"),
    (Hostile(), (1, 2)),
    (Hostile(), {"a": 1}),
    (1.0, Hostile()),
]


@pytest.mark.parametrize("yours, expected", RIGHT)
def test_right_answers(yours, expected, capsys):
    assert check("Exercise 1 · x", yours, expected) is True
    assert capsys.readouterr().out.startswith("Exercise 1 · x: correct — expected ")


@pytest.mark.parametrize("yours, expected", WRONG)
def test_wrong_answers(yours, expected, capsys):
    assert check("Exercise 1 · x", yours, expected) is False
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Exercise 1 · x: not yet — expected ")
    assert " / yours " in line


@pytest.mark.parametrize("nothing", [None, ...])
def test_no_answer_is_neither_right_nor_wrong(nothing, capsys):
    assert check("Exercise 1 · x", nothing, 1.0) is None
    assert capsys.readouterr().out == "Exercise 1 · x: not attempted yet\n"


@pytest.mark.parametrize(
    "yours, expected, shown",
    [
        (1.2345678, np.float64(2), "expected 2 / yours 1.235"),
        (1.38631, 1.38629, "expected 1.38629 (float) / yours 1.38631 (float)"),
        (1, 1.5, "expected 1.5 / yours 1"),
        (True, 1, "expected 1 / yours True"),
        ([1e-12, 2 / 3], [1.0, 2.0], "expected [1, 2] / yours [0, 0.6667]"),
        ("3", 3, "expected 3 / yours '3'"),
        (np.ones((20, 2)), 1.0, "yours float64 array (20, 2) in 1 … 1"),
        (Hostile(), 1.0, "yours something that cannot be shown"),
    ],
)
def test_values_are_shown_to_four_digits_or_as_they_differ(
    yours, expected, shown, capsys
):
    assert check("x", yours, expected, rtol=1e-9) is False
    assert capsys.readouterr().out.strip().endswith(shown)


def test_equal_texts_of_different_kinds_say_the_kinds(capsys):
    check("x", np.float32(1.0), True)
    check("y", [1, 2, 3], np.array([[1, 2, 3]]))
    out = capsys.readouterr().out
    assert "expected True / yours 1" in out and "expected [[1, 2, 3]]" in out


def test_tolerances_are_the_readers_friend():
    assert check("x", 1.04, 1.0, rtol=0.05) is True
    assert check("x", 1.06, 1.0, rtol=0.05) is False
    assert check("x", 0.01, 0.0, atol=0.02) is True


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_no_answer_raises(yours):
    for expected in (
        1.0,
        "text",
        True,
        (1, 2),
        np.zeros(3),
        np.dtype("int8"),
        {"a": 1},
    ):
        assert check("x", yours, expected) in (True, False, None)


def test_a_function_is_right_for_all_inputs(capsys):
    cases = [((2.0, 3.0), 5.0), ((0.0, 0.0), 0.0)]
    assert check_function("Exercise 2 · sum", lambda a, b: a + b, cases) is True
    assert capsys.readouterr().out.endswith("correct — right for 2 of 2 inputs\n")


def test_the_first_differing_case_is_shown(capsys):
    cases = [(0.0, 0.0), (2.0, 4.0), (3.0, 9.0)]
    assert check_function("square", lambda x: 2 * x, cases) is False
    assert capsys.readouterr().out == (
        "square: not yet — for (3): expected 9 / yours 6\n"
    )


@pytest.mark.parametrize(
    "function, shown",
    [
        (lambda x: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda: 1, "TypeError"),
        ("not a function", "TypeError: 'str' object is not callable"),
    ],
)
def test_what_the_readers_code_raises_is_shown(function, shown, capsys):
    assert check_function("x", function, [(1.0, 1.0)]) is False
    assert f"your code raised {shown}" in capsys.readouterr().out


def raises_not_implemented(x):
    raise NotImplementedError


@pytest.mark.parametrize("stub", [None, ..., lambda x: None, raises_not_implemented])
def test_a_stub_is_not_attempted(stub, capsys):
    assert check_function("x", stub, [(1.0, 1.0), (2.0, 2.0)]) is None
    assert capsys.readouterr().out == "x: not attempted yet\n"


def test_a_function_that_answers_sometimes_is_wrong(capsys):
    sometimes = {1.0: 1.0}.get
    assert check_function("x", sometimes, [(1.0, 1.0), (2.0, 2.0)]) is False
    assert "for (2): expected 2 / yours None" in capsys.readouterr().out


def test_a_function_may_not_spoil_the_cases():
    values = np.array([3.0, 1.0])
    cases = [(values, None), (values, np.array([1.0, 3.0]))]
    check_function("sort", lambda x: x.sort(), cases)
    assert values.tolist() == [3.0, 1.0]


def test_strict_mode_raises_with_the_name(monkeypatch):
    monkeypatch.setenv("GANUTILS_EXERCISES", "strict")
    assert check("Exercise 1 · x", 1.0, 1.0) is True
    for yours in (2.0, ..., Hostile()):
        with pytest.raises(AssertionError, match="Exercise 1 · x"):
            check("Exercise 1 · x", yours, 1.0)
    with pytest.raises(AssertionError, match="Exercise 2 · f"):
        check_function("Exercise 2 · f", lambda x: 1 / 0, [(1.0, 1.0)])


def test_agree_prints_a_claim_that_holds(capsys):
    agree("one is one", tf.constant(1.0), 1)
    agree("i² is −1", 1j**2, -1.0, within=1e-3)
    assert capsys.readouterr().out == "✓ one is one\n✓ i² is −1 (± 0.001)\n"


@pytest.mark.parametrize("value", [1.1, float("nan"), [1.0, 2.0], False])
def test_agree_stops_at_a_claim_that_does_not_hold(value):
    with pytest.raises(AssertionError, match="one is one"):
        agree("one is one", value, 1.0, within=0.01)
