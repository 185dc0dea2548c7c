"""Checks lead without telling, and survive whatever a reader passes."""

import fractions
import itertools
import sys

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ganutils.kit.exercises import agree, check, check_function


class MuteError(Exception):
    def __str__(self):
        raise RuntimeError("do not ask me")


class Hostile:
    """Raises wherever Python looks at it."""

    def _raise(self, *_):
        raise RuntimeError("do not look at me")

    __repr__ = __str__ = __eq__ = __len__ = __bool__ = __iter__ = __array__ = _raise
    __format__ = __getitem__ = __float__ = _raise
    __hash__ = None

    def call(self):
        raise MuteError


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
    (np.array([0.5]), 0.5),
    (tf.constant([0.5]), 0.5),
    (np.array([True]), True),
    (np.array([[1, 2]]), [(1, 2)]),
    ({"a": tf.constant(1.0)}, {"a": 1.0 + 1e-9}),
    (iter([1, 2]), (1, 2)),
    (fractions.Fraction(1, 2), 0.5),
    (10**30, 1e30),
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
    (itertools.count(1), (1, 2)),
    ({1, 2}, (1, 2)),
    ({1: "x", 2: "y"}, (1, 2)),
    ("ab", ("a", "b")),
    ((1, ...), (1, 2)),
    ([0.5], 0.5),
    ([[0.5]], 0.5),
    (tf.constant([[0.5]]), 0.5),
    (0.5, np.array([0.5])),
    (["0.5"], np.array([0.5])),
    ({"a": 1.1, "b": 2.0}, {"a": 1.0, "b": 2.0}),
    ([("a", 1.0), ("b", 2.0)], {"a": 1.0, "b": 2.0}),
    ({"a": 1.0}, {"a": 1.0, "b": 2.0}),
    ([[1], [1, 2]], np.ones((2, 2))),
    (float("nan"), 1.0),
    (object(), 1.0),
    (True, 1.0),
    (fractions.Fraction(1, 3), 0.5),
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
    assert capsys.readouterr().out == "Exercise 1 · x: correct\n"


@pytest.mark.parametrize("yours, expected", WRONG)
def test_wrong_answers(yours, expected, capsys):
    assert check("Exercise 1 · x", yours, expected) is False
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Exercise 1 · x: not yet — you have ")


@pytest.mark.parametrize("nothing", [None, ..., (..., ...), [None], {"A": ...}])
def test_no_answer_is_neither_right_nor_wrong(nothing, capsys):
    assert check("Exercise 1 · x", nothing, 1.0) is None
    assert capsys.readouterr().out == "Exercise 1 · x: not attempted yet\n"


@pytest.mark.parametrize(
    "yours, expected, shown",
    [
        (1.2345678, np.float64(2), "you have 1.235, too small"),
        (1.38631, 1.38629, "you have 1.38631, a little too large"),
        (-1, 1.5, "you have -1, too small"),
        (float("nan"), 1.5, "you have nan, but a number is expected"),
        (True, 1, "you have True, but a number is expected"),
        (1, True, "you have 1, but True or False is expected"),
        (True, False, "you have True, which is not the answer"),
        ("3", 3, "you have '3', but a number is expected"),
        (3, "hinge", "you have 3, but a text is expected"),
        ("hing", "hinge", "you have 'hing', which is another text than the answer"),
        ([1, 2, 3], (1, 2, 4), "you have [1, 2, 3], at [2]: too small"),
        ([1, 2], (1, 2, 4), "you have [1, 2], but 3 values are expected"),
        (7, (1, 2), "you have 7, but 2 values are expected"),
        ([1e-12, 2 / 3], [1.0, 2.0], "you have [0, 0.6667], at [0]: too small"),
        (
            np.eye(2),
            np.array([[1.0, -0.1], [0.0, 2.0]]),
            "you have [[1, 0], [0, 1]], 2 of 4 entries differ, at [0, 1]: too large",
        ),
        (
            [1, 2, 3],
            np.array([[1, 2, 3]]),
            "you have [1, 2, 3], but an array of shape (1, 3) is expected, not (3,)",
        ),
        (
            {"a": 2.0},
            {"a": 1.0},
            "at 'a': too large",
        ),
        ({"A": 1}, {"a": 1}, "but a dict with the keys 'a' is expected"),
        (
            np.ones((20, 2)),
            1.0,
            "you have float64 array (20, 2) in 1 … 1, but a number is expected",
        ),
        (
            Hostile(),
            1.0,
            "you have something that cannot be shown, but a number is expected",
        ),
        (
            [[1], [1, 2]],
            np.ones((2, 2)),
            "you have [[1], [1, 2]], but an array of shape (2, 2) is expected",
        ),
    ],
)
def test_a_lead_says_where_an_answer_errs_and_not_the_answer(
    yours, expected, shown, capsys
):
    assert check("x", yours, expected, rtol=1e-9) is False
    assert capsys.readouterr().out.strip().endswith(shown)


def test_tolerances_are_the_readers_friend():
    assert check("x", 1000.5, 1000.0) is True
    assert check("x", [1000.5, 1], (1000, 1)) is False
    assert check("x", 1000.5, 1000, rtol=1e-3) is True
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
    assert capsys.readouterr().out == "Exercise 2 · sum: correct\n"


def test_the_first_differing_case_is_shown(capsys):
    cases = [(0.0, 0.0), (2.0, 4.0), (3.0, 9.0)]
    assert check_function("square", lambda x: 2 * x, cases) is False
    assert capsys.readouterr().out == (
        "square: not yet — for (3): you have 6, too small\n"
    )


def test_a_case_may_say_what_it_tries(capsys):
    cases = [(2.0, 4.0, "twice"), (-2.0, 4.0, "below 0")]
    assert check_function("square", lambda x: 2 * x, cases) is False
    assert capsys.readouterr().out == (
        "square: not yet — below 0 (-2): you have -4, too small\n"
    )
    check_function("sum", np.sum, [(np.ones(99), 99.5, "many ones")], rtol=1e-9)
    assert "— many ones: you have 99, a little too small" in capsys.readouterr().out


@pytest.mark.parametrize(
    "function, shown",
    [
        (lambda x: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda: 1, "TypeError"),
        ("not a function", "TypeError: 'str' object is not callable"),
        (sys.exit, "SystemExit: 1.0"),
        (Hostile.call, "MuteError: "),
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
    assert "for (2): you have None, but a number is expected" in capsys.readouterr().out


def test_a_function_may_not_spoil_the_cases():
    values = np.array([3.0, 1.0])
    cases = [(values, None), (values, np.array([1.0, 3.0]))]
    check_function("sort", lambda x: x.sort(), cases)
    assert values.tolist() == [3.0, 1.0]


def test_a_function_may_change_its_copies_and_use_what_cannot_be_copied():
    class Single(Hostile):
        def __deepcopy__(self, memo):
            raise TypeError("there is but one of me")

    def in_place(x, single):
        x.sort()
        return x[0]

    case = ((np.array([3.0, 1.0]), Single()), 1.0)
    assert check_function("least", in_place, [case, case]) is True


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
