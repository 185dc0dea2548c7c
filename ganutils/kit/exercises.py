"""Checks for exercises: they print what was expected beside what the reader has.

    >>> check("Exercise 1 · the value at D = ½", ..., 1.386)
    Exercise 1 · the value at D = ½: not attempted yet

A check never raises, whatever it is given, so that a chapter runs to its end with every
exercise untouched. Solution notebooks run with GANUTILS_EXERCISES=strict, where a check
that is not passed raises an AssertionError.
"""

import copy
import os
from collections.abc import Callable, Sequence

import numpy as np

LONGEST_LIST = 12  # longer arrays are summarised
LONGEST_TEXT = 160


def check(
    name: str, yours, expected, *, rtol: float = 1e-3, atol: float = 1e-6
) -> bool | None:
    """Print whether an answer is right, with both values to 4 significant digits.

    Args:
        name: such as "Exercise 1 · the value at D = ½".
        yours: a number, string, truth value, array, tensor, shape, or a list or tuple
            of these. `...` and None: no answer yet, and None is returned.
        expected: the right answer. A truth value only equals a truth value; letter
            case and outer blanks of a string do not count; an array needs the shape.
        rtol, atol: tolerances of numbers; what is smaller than `atol` is shown as 0.

    Example:
        >>> check("Exercise 1 · ln 4", 1.3863, np.log(4))
        Exercise 1 · ln 4: correct — expected 1.386 / yours 1.386
        True
    """
    if yours is None or yours is ...:
        return _tell(name, None, "not attempted yet")
    return _tell(name, *_compare(yours, expected, rtol, atol))


def check_function(
    name: str,
    function: Callable,
    cases: Sequence[tuple],
    *,
    rtol: float = 1e-3,
    atol: float = 1e-6,
) -> bool | None:
    """Call the reader's function and print the first case that it gets wrong.

    Args:
        name, rtol, atol: as in `check`, and so is what is returned.
        function: the reader's. One that returns None or `...` in every case, or raises
            NotImplementedError, counts as not attempted. Other errors are shown.
        cases: pairs (arguments, expected); arguments are a tuple, or one value. They
            are copied, so that a function that changes them cannot spoil the rest.

    Example:
        >>> check_function("Exercise 2 · σ", lambda s: s, [(0.0, 0.5)])
        Exercise 2 · σ: not yet — for (0): expected 0.5 / yours 0
        False
    """
    cases = [(a if isinstance(a, tuple) else (a,), expected) for a, expected in cases]
    answers = [_call(function, arguments) for arguments, _ in cases]
    if all(answer is None or answer is ... for answer in answers):
        return _tell(name, None, "not attempted yet")
    for (arguments, expected), answer in zip(cases, answers, strict=True):
        right, text = _compare(answer, expected, rtol, atol)
        if not right:
            return _tell(name, False, f"for {_show(arguments, atol)}: {text}")
    return _tell(name, True, f"right for {len(cases)} of {len(cases)} inputs")


def agree(claim: str, value, expected=True, within: float = 1e-9):
    """Stop unless a value is what theory says; print the claim with a tick.

    Args:
        claim: the sentence that is proved, for a reader.
        value: a number, truth value, array or tensor, real or complex.
        expected: what it must be, of a shape that broadcasts against `value`.
        within: the largest |value − expected| that is allowed, anywhere.

    Raises:
        AssertionError: a difference is larger, or not a number.

    Example:
        >>> agree("ln 4 is twice ln 2", np.log(4), 2 * np.log(2))
        ✓ ln 4 is twice ln 2
    """
    found, wanted = (np.asarray(v, "complex128") for v in (value, expected))
    if not np.all(np.abs(found - wanted) <= within):
        raise AssertionError(f"{claim}: {value}, not {expected} (± {within:g})")
    print(f"✓ {claim}" + f" (± {within:g})" * (within > 1e-9))


def _tell(name, right, text):
    words = {True: "correct — ", False: "not yet — ", None: ""}[right]
    line = f"{name}: {words}{text}"
    print(line)
    strict = os.environ.get("GANUTILS_EXERCISES", "").strip().lower() == "strict"
    if right is not True and strict:
        raise AssertionError(line)
    return right


def _call(function, arguments):
    """Return what the reader's function returns, or the exception that it raises."""
    if function is None or function is ...:
        return None
    try:
        return function(*copy.deepcopy(arguments))
    except NotImplementedError:
        return None
    except Exception as error:
        return error


def _compare(yours, expected, rtol, atol):
    """Return whether an answer is right, and a text that shows both."""
    if isinstance(yours, Exception):
        raised = _shorten(f"{type(yours).__name__}: {yours}")
        return False, f"your code raised {raised}"
    try:
        right = _is_right(yours, expected, rtol, atol)
    except Exception:  # what a reader passes may fail wherever it is looked at
        right = False
    texts = _show(expected, atol), _show(yours, atol)
    if not right and texts[0] == texts[1]:  # it is the kind, or a digit not shown
        both = expected, yours
        texts = [f"{_show(v, atol, digits=12)} ({type(v).__name__})" for v in both]
    return right, "expected {} / yours {}".format(*texts)


def _is_right(yours, expected, rtol, atol):
    if isinstance(expected, str):
        return yours.strip().casefold() == expected.strip().casefold()
    if isinstance(expected, (tuple, list)):
        pairs = zip(yours, expected, strict=True)
        return all(_is_right(mine, right, rtol, atol) for mine, right in pairs)
    mine, right = np.asarray(yours), np.asarray(expected)
    if mine.shape != right.shape or (mine.dtype == bool) != (right.dtype == bool):
        return False
    if right.dtype.kind not in "iufc":
        return bool(np.all(mine == right))
    np.testing.assert_allclose(mine, right, rtol, atol)
    return mine.dtype.kind in "iufc"


def _show(value, atol, digits=4):
    try:
        return _shorten(_text(value, atol, digits))
    except Exception:
        return "something that cannot be shown"


def _text(value, atol, digits):
    if isinstance(value, (tuple, list)) and len(value) <= LONGEST_LIST:
        inner = ", ".join(_text(v, atol, digits) for v in value)
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    array = np.asarray(value)
    if array.dtype.kind not in "iufc":
        return str(value) if isinstance(value, np.bool_) else repr(value)
    if array.ndim == 0 and array.dtype.kind in "iu":
        return str(array)
    if array.ndim == 0:
        return f"{0.0 if abs(array) < atol else array:.{digits}g}"
    if array.size <= LONGEST_LIST:
        return f"[{', '.join(_text(a, atol, digits) for a in array)}]"
    ends = f"{array.min():.{digits}g} … {array.max():.{digits}g}"
    return f"{array.dtype} array {array.shape} in {ends}"


def _shorten(text):
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
