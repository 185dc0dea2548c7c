"""Checks for exercises: they say what the reader has and where it errs.

    >>> check("Exercise 1 · the value at D = ½", ..., 1.386)
    Exercise 1 · the value at D = ½: not attempted yet

The answer is never printed. A check never raises, whatever it is given, so that a
chapter runs to its end with every exercise untouched. Solution notebooks run with
GANUTILS_EXERCISES=strict, where a check that is not passed raises an AssertionError.
"""

import copy
import itertools
import numbers
import os
from collections.abc import Callable, Mapping, Sequence, Set

import numpy as np

LONGEST_LIST = 12  # longer arrays are summarised
LONGEST_TEXT = 160
LONGEST_INPUT = 60  # longer ones are left out where a case says what it tries
NEAR = 0.05  # a number this near, relative to the answer, is "a little" off


def check(
    name: str, yours, expected, *, rtol: float | None = None, atol: float = 1e-6
) -> bool | None:
    """Print whether an answer is right; if not, what the reader has, and a lead.

    Args:
        name: such as "Exercise 1 · the value at D = ½".
        yours: a number, string, truth value, array, tensor, shape, or a list, tuple or
            dict of these. `...`, None, and a list of nothing but these: no answer yet,
            and None is returned.
        expected: the right answer, which is not printed. A truth value only equals a
            truth value; letter case and outer blanks of a string do not count; an
            array needs the shape, but a single number may be an array or tensor (1,).
        rtol, atol: tolerances of numbers. By default 1e-3, and 0 where the answer is a
            whole number: the bias counts. What is smaller than `atol` is shown as 0.

    Example:
        >>> check("Exercise 1 · ln 4", 1.5, np.log(4))
        Exercise 1 · ln 4: not yet — you have 1.5, too large
        False
    """
    if _is_nothing(yours):
        return _tell(name, None, "not attempted yet")
    return _tell(name, *_compare(yours, expected, rtol, atol))


def check_function(
    name: str,
    function: Callable,
    cases: Sequence[tuple],
    *,
    rtol: float | None = None,
    atol: float = 1e-6,
) -> bool | None:
    """Call the reader's function; print the first case that it gets wrong, and a lead.

    Args:
        name, rtol, atol: as in `check`, and so is what is returned.
        function: the reader's. One that returns None or `...` in every case, or raises
            NotImplementedError, counts as not attempted. Other errors are shown.
        cases: (arguments, expected) or (arguments, expected, what this case tries);
            arguments are a tuple, or one value. They are copied, so that a function
            that changes them cannot spoil the rest.

    Example:
        >>> cases = [(2.0, 4.0), (-3.0, 9.0, "a number below 0")]
        >>> check_function("Exercise 2 · square", lambda x: x * abs(x), cases)
        Exercise 2 · square: not yet — a number below 0 (-3): you have -9, too small
        False
    """
    cases = [((*case, "") if len(case) == 2 else case) for case in cases]
    inputs = [a if isinstance(a, tuple) else (a,) for a, _, _ in cases]
    answers = [_call(function, arguments) for arguments in inputs]
    if all(map(_is_nothing, answers)):
        return _tell(name, None, "not attempted yet")
    for given, (_, expected, what), answer in zip(inputs, cases, answers, strict=True):
        right, text = _compare(answer, expected, rtol, atol)
        if not right:
            shown = _show(given, atol)
            long = "…" in shown or len(shown) > LONGEST_INPUT
            shown = "" if what and long else shown
            return _tell(name, False, f"{what or 'for'} {shown}".rstrip() + f": {text}")
    return _tell(name, True, "")


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
    words = {True: "correct", False: "not yet — ", None: ""}[right]
    line = f"{name}: {words}{text}"
    print(line)
    strict = os.environ.get("GANUTILS_EXERCISES", "").strip().lower() == "strict"
    if right is not True and strict:
        raise AssertionError(line)
    return right


def _is_nothing(answer):
    """Is it `...` or None, or a list, tuple or dict of these alone?"""
    if type(answer) in (list, tuple, dict) and answer:
        parts = answer.values() if type(answer) is dict else answer
        return all(part is None or part is ... for part in parts)
    return answer is None or answer is ...


def _call(function, arguments):
    """Return what the reader's function returns, or the exception that it raises."""
    if function is None or function is ...:
        return None
    arguments = [_copied(argument) for argument in arguments]
    try:
        return function(*arguments)
    except NotImplementedError:
        return None
    except (Exception, SystemExit) as error:
        return error


def _copied(argument):
    try:
        return copy.deepcopy(argument)
    except Exception:  # a network may refuse
        return argument


def _compare(yours, expected, rtol, atol):
    """Return whether an answer is right, and a text that says where it errs."""
    if isinstance(yours, (Exception, SystemExit)):
        raised = f"{type(yours).__name__}: {_attempt(str, yours)}"
        return False, f"your code raised {_shorten(raised)}"
    try:
        lead = _lead(yours, expected, rtol, atol)
    except Exception:  # what a reader passes may fail wherever it is looked at
        lead = "of another kind than the answer"
    if lead is None:
        return True, ""
    shown = _show(yours, atol)
    if shown == _show(expected, atol) and "…" not in shown:  # a digit not shown
        shown = _show(yours, atol, digits=12)
    return False, f"you have {shown}, {lead}"


def _lead(yours, expected, rtol, atol):
    """Return None where an answer is right, else what differs, but not the answer."""
    if isinstance(expected, str):
        if not isinstance(yours, str):
            return "but a text is expected"
        same = yours.strip().casefold() == expected.strip().casefold()
        return None if same else "which is another text than the answer"
    if isinstance(expected, Mapping):
        return _lead_of_dict(yours, expected, rtol, atol)
    if isinstance(expected, (tuple, list)):
        return _lead_of_list(yours, expected, rtol, atol)
    return _lead_of_array(yours, np.asarray(expected), rtol, atol)


def _lead_of_dict(yours, expected, rtol, atol):
    if not isinstance(yours, Mapping) or set(yours) != set(expected):
        keys = ", ".join(repr(key) for key in expected)
        return f"but a dict with the keys {keys} is expected"
    for key, right in expected.items():
        if lead := _lead(yours[key], right, rtol, atol):
            return f"at {key!r}: {lead}"
    return None


def _lead_of_list(yours, expected, rtol, atol):
    entries = None
    if not isinstance(yours, (str, bytes, Mapping, Set)):  # no order, or no entries
        most = len(expected) + 1  # it may have no end
        entries = _attempt(lambda values: list(itertools.islice(values, most)), yours)
    if entries is None or len(entries) != len(expected):
        return f"but {len(expected)} values are expected"
    for i, (mine, right) in enumerate(zip(entries, expected, strict=True)):
        if lead := _lead(mine, right, rtol, atol):
            return f"at [{i}]: {lead}"
    return None


def _lead_of_array(yours, right, rtol, atol):
    if right.dtype.kind not in "biufc":
        mine = np.asarray(yours)
        same = mine.shape == right.shape and bool(np.all(mine == right))
        return None if same else "which is not the answer"
    truth = right.dtype.kind == "b"
    mine = _attempt(np.asarray, yours)
    if isinstance(yours, numbers.Number) and mine.dtype == object:
        mine = np.asarray(float(yours))  # a fraction, a decimal, a long whole number
    if mine is None:  # ragged, or hostile
        kind = f"an array of shape {right.shape}" if right.ndim else "a number"
        return f"but {kind} is expected"
    if mine.shape == (1,) and right.ndim == 0 and hasattr(yours, "shape"):
        mine = mine[0]
    if mine.shape != right.shape and right.ndim:
        return f"but an array of shape {right.shape} is expected, not {mine.shape}"
    if rtol is None:
        rtol = 0.0 if right.dtype.kind in "iu" else 1e-3
    fitting = "b" if truth else "iufc"
    if mine.shape != right.shape or mine.dtype.kind not in fitting:
        return f"but {'True or False' if truth else 'a number'} is expected"
    with np.errstate(all="ignore"):
        same = mine == right if truth else np.isclose(mine, right, rtol, atol, True)
        if np.all(same):
            return None
        index = tuple(np.argwhere(~np.asarray(same))[0].tolist())
        lead = _size(mine[index], right[index], atol)
    if right.ndim == 0:
        return lead
    place = ", ".join(map(str, index))
    return f"{(~same).sum()} of {same.size} entries differ, at [{place}]: {lead}"


def _size(mine, right, atol):
    """Return in which direction a number, or a truth value, differs from the answer."""
    if right.dtype.kind in "bc" or np.isnan(right):
        return "which is not the answer"
    if np.isnan(mine):
        return "but a number is expected"
    little = "a little " * bool(abs(mine - right) <= NEAR * abs(right) + atol)
    return f"{little}too {'large' if mine > right else 'small'}"


def _attempt(function, value):
    try:
        return function(value)
    except Exception:
        return None


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
    text = " ".join(text.split())  # a message may have several lines
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
