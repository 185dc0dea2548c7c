"""The progress line, with a clock that the test sets."""

import io

import pytest

from progress import Progress, clock_text

PLAN = {"01_a": [("x", 10.0), ("y", 30.0)], "02_b": [("z", 20.0)]}


@pytest.fixture
def run():
    class Clock:
        now = 0.0

    return Clock, Progress(PLAN, stream=io.StringIO(), clock=lambda: Clock.now)


def test_first_line_expects_what_was_measured_before(run):
    _, progress = run
    progress.begin("01_a", "x")
    assert progress.line() == "01_a · cell 1/2 · 0:00 elapsed · ~1:00 left"


def test_remaining_time_follows_the_pace_of_this_machine(run):
    clock, progress = run
    progress.begin("01_a", "x")
    clock.now = 20.0  # twice as slow as expected
    progress.begin("01_a", "y")
    assert progress.remaining() == pytest.approx(2 * 50)
    clock.now = 50.0  # half of y's 60 s have passed
    assert progress.remaining() == pytest.approx(2 * 50 - 30)


def test_failed_notebook_leaves_nothing_to_wait_for(run):
    clock, progress = run
    progress.begin("01_a", "x")
    clock.now = 10.0
    progress.leave("01_a")
    assert progress.remaining() == pytest.approx(20.0)
    assert progress.seconds == {"01_a": {"x": 10.0}, "02_b": {}}


def test_file_gets_a_line_a_notebook_and_one_every_15_s(run):
    clock, progress = run
    progress.begin("01_a", "x")
    for clock.now in (5.0, 14.0, 16.0, 20.0):
        progress.show()
    progress.begin("02_b", "z")
    lines = progress.stream.getvalue().splitlines()
    assert [line.split(" elapsed")[0] for line in lines] == [
        "01_a · cell 1/2 · 0:00",
        "01_a · cell 1/2 · 0:16",
        "02_b · cell 1/1 · 0:20",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (72.4, "1:12"), (-3, "0:00")]
)
def test_clock_text(seconds, text):
    assert clock_text(seconds) == text
