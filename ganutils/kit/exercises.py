"""Checks for exercises: they print what was expected beside what the reader has.

    >>> check("Exercise 1 · the value at D = ½", todo, 1.386)
    Exercise 1 · the value at D = ½: not attempted yet

A check never raises, whatever it is given, so that a chapter runs to its end with every
exercise untouched. Solution notebooks run with GANUTILS_EXERCISES=strict, where a check
that is not passed raises an AssertionError.
"""

import copy
import os
import traceback
from collections.abc import Callable, Mapping, Sequence

import numpy as np

todo = ...  # what stands where the reader's answer will

LONGEST_LIST = 12  # longer arrays are summarised
LONGEST_TEXT = 160

_results: dict[str, bool | None] = {}


def check(
    name: str, yours, expected, *, rtol: float = 1e-3, atol: float = 1e-6, hint=None
) -> bool | None:
    """Print whether an answer is right, with both values to 4 significant digits.

    Args:
        name: such as "Exercise 1 · the value at D = ½".
        yours: the reader's answer: a number, string, truth value, array, tensor,
            shape, dtype, or a list, tuple or dict of these. `...` and None: no answer.
        expected: the right answer. A truth value only equals a truth value; letter
            case and outer blanks of a string do not count; an array needs the shape.
        rtol: relative tolerance of numbers.
        atol: absolute tolerance of numbers; smaller numbers are shown as 0.
        hint: a sentence for a wrong answer.

    Returns:
        True, False, or None where there is no answer yet.

    Raises:
        AssertionError: not right, and GANUTILS_EXERCISES is "strict".

    Example:
        >>> check("Exercise 1 · ln 4", 1.3863, np.log(4))
        Exercise 1 · ln 4: correct — expected 1.386 / yours 1.386
        True
    """
    if yours is None or yours is ...:
        return _tell(name, None, "not attempted yet")
    right = _guarded(_same, yours, expected, rtol, atol, otherwise=False)
    texts = _texts(expected, yours, atol, must_differ=not right)
    return _tell(name, right, "expected {} / yours {}".format(*texts), hint)


def check_function(
    name: str,
    function: Callable,
    cases: Sequence[tuple],
    *,
    rtol: float = 1e-3,
    atol: float = 1e-6,
    hint=None,
) -> bool | None:
    """Call the reader's function and print the first case that it gets wrong.

    Args:
        name: as in `check`.
        function: the reader's. One that returns None or `...` in every case, or raises
            NotImplementedError, counts as not attempted. An exception of the reader's
            code is caught and its last line shown.
        cases: pairs (arguments, expected); arguments are a tuple, or one value. They
            are copied, so that a function that changes them cannot spoil the rest.
        rtol: as in `check`.
        atol: as in `check`.
        hint: as in `check`.

    Returns:
        True, False, or None where there is no answer yet.

    Raises:
        AssertionError: not right, and GANUTILS_EXERCISES is "strict".

    Example:
        >>> check_function("Exercise 2 · σ", lambda s: s, [(0.0, 0.5)])
        Exercise 2 · σ: not yet — for (0): expected 0.5 / yours 0
        False
    """
    answers = []
    for arguments, expected in cases:
        arguments = arguments if isinstance(arguments, tuple) else (arguments,)
        yours, problem = _call(function, arguments)
        if problem == "not attempted":
            answers.append(None)
            continue
        right = problem is None and _guarded(
            _same, yours, expected, rtol, atol, otherwise=False
        )
        if not right and (problem or not (yours is None or yours is ...)):
            texts = _texts(expected, yours, atol, must_differ=True)
            shown = problem or "expected {} / yours {}".format(*texts)
            return _tell(name, False, f"for {_show(arguments, 4, atol)}: {shown}", hint)
        answers.append(yours)
    if all(answer is None or answer is ... for answer in answers):
        return _tell(name, None, "not attempted yet")
    if any(answer is None or answer is ... for answer in answers):
        return _tell(name, False, "it returns nothing for some arguments", hint)
    return _tell(name, True, f"right for {len(cases)} of {len(cases)} inputs")


def report() -> dict[str, bool | None]:
    """Print how many checks are passed, and return the last result of each by name.

    Raises:
        AssertionError: not all are passed, and GANUTILS_EXERCISES is "strict".
    """
    passed = sum(result is True for result in _results.values())
    print(f"{passed} of {len(_results)} checks passed")
    if not all_passed() and _is_strict():
        raise AssertionError(f"Only {passed} of {len(_results)} checks passed.")
    return dict(_results)


def all_passed() -> bool:
    """Tell whether there were checks and the last result of each was right."""
    return bool(_results) and all(result is True for result in _results.values())


def _tell(name, result, text, hint=None):
    _results[str(name)] = result
    words = {True: "correct — ", False: "not yet — ", None: ""}[result]
    line = f"{name}: {words}{text}"
    print(line)
    if result is False and hint:
        print(f"  Hint: {hint}")
    if result is not True and _is_strict():
        raise AssertionError(line)
    return result


def _is_strict():
    return os.environ.get("GANUTILS_EXERCISES", "").strip().lower() == "strict"


def _guarded(function, *arguments, otherwise):
    # What a reader passes may fail in __eq__, __len__, __array__ or __repr__.
    try:
        return function(*arguments)
    except (Exception, SystemExit):
        return otherwise


def _call(function, arguments):
    """Return (the reader's answer, None) or (None, what went wrong)."""
    if function is None or function is ...:
        return None, "not attempted"
    try:
        return function(*copy.deepcopy(arguments)), None
    except NotImplementedError:
        return None, "not attempted"
    except (Exception, SystemExit) as error:
        lines = _guarded(
            traceback.format_exception_only, type(error), error, otherwise=["unknown"]
        )
        return None, f"your code raised {_shorten(lines[-1].strip())}"


def _same(yours, expected, rtol, atol):
    if isinstance(expected, (bool, np.bool_)):
        return isinstance(yours, (bool, np.bool_)) and bool(yours) == bool(expected)
    if isinstance(expected, str):
        return isinstance(yours, str) and _plain(yours) == _plain(expected)
    if isinstance(expected, (np.dtype, type)):
        return np.dtype(getattr(yours, "as_numpy_dtype", yours)) == np.dtype(expected)
    if isinstance(expected, Mapping):
        return set(yours) == set(expected) and all(
            _same(yours[key], expected[key], rtol, atol) for key in expected
        )
    if isinstance(expected, (tuple, list)):
        return len(yours) == len(expected) and all(
            _same(mine, right, rtol, atol)
            for mine, right in zip(yours, expected, strict=True)
        )
    mine, right = np.asarray(yours), np.asarray(expected)
    if right.dtype.kind not in "iufc":
        return bool(np.all(mine == right)) and mine.shape == right.shape
    if mine.dtype.kind not in "iufc" or mine.shape != right.shape:
        return False
    return bool(np.allclose(mine, right, rtol=rtol, atol=atol, equal_nan=True))


def _plain(text):
    return text.strip().casefold()


def _texts(expected, yours, atol, must_differ):
    for digits in (4, 8, 17):
        texts = [
            _guarded(
                _show, value, digits, atol, otherwise="something that cannot be shown"
            )
            for value in (expected, yours)
        ]
        if not must_differ or texts[0] != texts[1]:
            return texts
    kinds = [type(value).__name__ for value in (expected, yours)]
    return [f"{text} ({kind})" for text, kind in zip(texts, kinds, strict=True)]


def _show(value, digits, atol):
    if isinstance(value, (str, bool, np.bool_, type(None), type(...), type)):
        return _shorten(str(value) if isinstance(value, np.bool_) else repr(value))
    if isinstance(value, Mapping):
        inner = [f"{k!r}: {_show(v, digits, atol)}" for k, v in value.items()]
        return _shorten("{" + ", ".join(inner) + "}")
    if isinstance(value, (tuple, list)) and len(value) <= LONGEST_LIST:
        inner = ", ".join(_show(v, digits, atol) for v in value)
        return _shorten(f"({inner})" if isinstance(value, tuple) else f"[{inner}]")
    array = _guarded(np.asarray, value, otherwise=np.array(None))
    if array.dtype.kind not in "iufc":
        return _shorten(repr(value))
    return _show_array(array, digits, atol)


def _show_array(array, digits, atol):
    if array.dtype.kind in "iu" and array.ndim == 0:
        return str(array)
    if array.ndim == 0:
        number = array.item()
        return f"{0.0 if abs(number) < atol else number:.{digits}g}"
    if array.size <= LONGEST_LIST:
        return f"[{', '.join(_show_array(a, digits, atol) for a in array)}]"
    ends = f"{array.min():.{digits}g} … {array.max():.{digits}g}"
    return f"{array.dtype} array {array.shape} in {ends}"


def _shorten(text):
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
