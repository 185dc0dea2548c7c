"""Every exercise's check accepts right answers, refuses wrong ones, and tells neither.

The answers stand in `tests/answers/NN_name.py`; CONTRIBUTING.md says how to write them.
"""

import ast
import collections
import contextlib
import functools
import io
import os
import runpy
import time
from pathlib import Path

import jupytext
import numpy as np
import pytest

import chapters
from ganutils.kit import exercises

ANSWERS = Path(__file__).parent / "answers"
LEAST_RIGHT, LEAST_WRONG = 3, 5
MOST_SECONDS = 90  # of the processor, for a chapter; 4 to 20 were measured
SECONDS = collections.Counter()  # of each chapter's tests
Verdict = collections.namedtuple("Verdict", "right yours expected arguments")


class Recorder:
    """Stands in for `exercises` in a chapter: passes on, and writes down."""

    agree = staticmethod(exercises.agree)

    def __init__(self):
        self.verdicts = []

    def check(self, name, yours, expected, **options):
        right = exercises.check(name, yours, expected, **options)
        self.verdicts.append(Verdict(right, [yours], [expected], [name]))
        return right

    def check_function(self, name, function, cases, **options):
        given = []

        def watched(*arguments):
            given.append(function(*arguments))
            return given[-1]

        shown = [case[0] if isinstance(case[0], tuple) else case[:1] for case in cases]
        shown += [case[2] for case in cases if len(case) == 3]
        asked = watched if callable(function) else function
        right = exercises.check_function(name, asked, cases, **options)
        expected = [case[1] for case in cases]
        self.verdicts.append(Verdict(right, given, expected, [name, *shown]))
        return right


Run = collections.namedtuple("Run", "verdicts printed")


@functools.cache
def answers_of(name):
    """Return the chapter's answers by exercise; a chapter without a file has none."""
    path = ANSWERS / f"{name}.py"
    return runpy.run_path(str(path))["ANSWERS"] if path.exists() else {}


@functools.cache
def exercises_of(name):
    """Return the chapter's exercises by name: {"Exercise 1": [cell, …]}."""
    source = chapters.NOTEBOOKS / "src" / f"{name}.py"
    cells = jupytext.read(source).cells
    start, end = chapters.exercise_section(cells)
    groups = chapters.split_exercises(source.name, cells[start:end])[1:]
    return {g[0].source.splitlines()[0].lstrip("# ").split(":")[0]: g for g in groups}


@functools.cache
def shared_names(name):
    """Return what the chapter's imports and `shared` cells define."""
    with quiet():
        return chapters.shared_code(name)


def run(name, exercise, answer=None):
    """Run an exercise's cells with this answer in the stub's place.

    Args:
        answer: code; None: the stub itself.
    """
    recorder = Recorder()
    namespace = {
        key: value.copy() if isinstance(value, np.ndarray) else value
        for key, value in shared_names(name).items()
    } | {"exercises": recorder}
    printed = io.StringIO()
    for cell in exercises_of(name)[exercise]:
        tags = chapters.tags(cell)
        if cell.cell_type != "code" or tags & {"shared", "solution", "hint"}:
            continue
        code = answer if "stub" in tags and answer is not None else cell.source
        output = printed if "check" in tags else io.StringIO()
        with quiet(output):
            where = f"{name}.py, {exercise}, {'stub' if 'stub' in tags else 'check'}"
            try:
                exec(compile(code, where, "exec"), namespace)
            except Exception as error:
                if os.environ.get("GANUTILS_EXERCISES") == "strict":
                    raise
                raise RuntimeError(f"{where} raised after:\n{answer}") from error
    return Run(recorder.verdicts, printed.getvalue())


def tried(name, exercise, kind):
    """Run each right or wrong answer; yield it and what came of it."""
    for answer in answers_of(name).get(exercise, {}).get(kind, []):
        yield answer, run(name, exercise, answer)


@contextlib.contextmanager
def quiet(output=None):
    output = output or io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        yield


def solution(name, exercise):
    """Return the code of an exercise's solution."""
    cells = [c for c in exercises_of(name)[exercise] if "solution" in chapters.tags(c)]
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def told(verdict, printed):
    """Return the expected values that a wrong answer's text holds.

    What the reader passed, what the check passed to the reader's function, and the
    error that this raised may be printed; a truth value is known with its opposite.
    """
    printed = printed.split("your code raised")[0]
    for known in (*verdict.arguments, *verdict.yours):
        texts = [exercises._show(known, 1e-6, digits) for digits in (4, 12)]
        for text in (known if isinstance(known, str) else "", *texts):
            printed = printed.replace(text, "·") if text else printed
    texts = [
        exercises._show(expected, 1e-6, digits)
        for expected in verdict.expected
        if not isinstance(expected, (bool, np.bool_))
        for digits in (3, 4, 6)
    ]
    return [text for text in texts if text in printed]


def literals(code):
    """Return the calls of `check` whose expected answer is a constant expression.

    What judges a number that the check computed from the answer may be constant.
    """
    for call in ast.walk(ast.parse(code)):
        if getattr(getattr(call, "func", None), "attr", "") != "check":
            continue
        passed = dict(zip(("name", "yours", "expected"), call.args, strict=False))
        passed |= {keyword.arg: keyword.value for keyword in call.keywords}
        yours, expected = passed["yours"], passed["expected"]
        computed = any(isinstance(node, ast.Call) for node in ast.walk(yours))
        names = {n.id for n in ast.walk(expected) if isinstance(n, ast.Name)}
        if not computed and names <= {"np"} and "True" != ast.unparse(expected):
            yield ast.unparse(call)


EXERCISES = [(name, e) for name in chapters.names() for e in exercises_of(name)]
every_exercise = pytest.mark.parametrize("name, exercise", EXERCISES)


@pytest.fixture(autouse=True)
def _at_smoke(monkeypatch, request):
    monkeypatch.setenv("GANUTILS_SCALE", "smoke")
    started = time.process_time()
    yield
    name = getattr(request.node, "callspec", None)
    name = name.params.get("name", "") if name else ""
    SECONDS[name] += time.process_time() - started


@pytest.mark.parametrize("name", chapters.names())
def test_every_exercise_has_answers(name):
    listed = answers_of(name)
    assert exercises_of(name), f"{name}: no cell begins with ## Exercises"
    assert listed, f"{name}: no tests/answers/{name}.py, or no exercise in it"
    assert set(listed) == set(exercises_of(name)), f"tests/answers/{name}.py"
    for exercise, answers in listed.items():
        for kind, least in (("right", LEAST_RIGHT), ("wrong", LEAST_WRONG)):
            several = len(set(answers[kind])) >= least
            assert several, f"{name}, {exercise}: fewer than {least} {kind} answers"


@every_exercise
def test_a_stub_is_not_attempted(name, exercise):
    result = run(name, exercise)
    assert result.verdicts, "the check asks for nothing"
    assert {verdict.right for verdict in result.verdicts} == {None}, result.printed
    assert "not attempted yet" in result.printed


@every_exercise
def test_the_solution_passes_where_checks_are_strict(name, exercise, monkeypatch):
    monkeypatch.setenv("GANUTILS_EXERCISES", "strict")
    result = run(name, exercise, solution(name, exercise))
    assert result.verdicts and all(v.right is True for v in result.verdicts)


@every_exercise
def test_the_check_gives_no_answer_as_a_literal(name, exercise):
    for cell in exercises_of(name)[exercise]:
        if "check" in chapters.tags(cell):
            assert list(literals(cell.source)) == [], cell.source


@every_exercise
def test_right_answers_are_accepted(name, exercise):
    for answer, result in tried(name, exercise, "right"):
        accepted = all(verdict.right is True for verdict in result.verdicts)
        assert accepted, f"refused:\n{answer}\n{result.printed}"


@every_exercise
def test_wrong_answers_are_refused_without_telling(name, exercise):
    for answer, result in tried(name, exercise, "wrong"):
        refused = any(verdict.right is False for verdict in result.verdicts)
        assert refused, f"accepted, or not attempted:\n{answer}\n{result.printed}"
        wrong = [verdict for verdict in result.verdicts if verdict.right is False]
        lines = [line for line in result.printed.splitlines() if "not yet" in line]
        for verdict, line in zip(wrong, lines, strict=True):
            assert told(verdict, line) == [], f"{line}\n{answer}"


@every_exercise
def test_a_wrong_answer_stops_a_strict_run(name, exercise, monkeypatch):
    monkeypatch.setenv("GANUTILS_EXERCISES", "strict")
    with pytest.raises(AssertionError, match="not yet"):
        next(tried(name, exercise, "wrong"))


def test_the_answers_are_quick():
    lines = [f"{name or 'all':20} {s:5.1f} s" for name, s in sorted(SECONDS.items())]
    print(*lines, sep=os.linesep)
    assert max(SECONDS.values()) <= MOST_SECONDS
