"""Every failure of the laboratory shows its symptom, is noticed, and is cured.

The trainings have the size of the `cpu` scale: shorter ones do not fail. The bounds of
BOUNDS stand on both sides of what was measured, far from each other.
"""

import math

import pytest

from ganutils import failures, monitoring

# name: (lowest, highest) of the symptom with the bug, and without it
BOUNDS = {
    "swapped_labels": ((0, 0.02), (0.35, 0.9)),
    "double_sigmoid": ((0, 0.2), (0.35, 0.9)),
    "noise_drawn_once": ((0.01, 0.2), (0.35, 0.9)),
    "wrong_range": ((0, 0.15), (0.4, 1.4)),
    "stacked_not_frozen": ((1e-5, 1e-2), (0, 0)),
    "stacked_frozen_for_good": ((0, 0), (1e-5, 1e-1)),
    "paired_error": ((0.02, 0.2), (0.35, 0.8)),
    "no_training_flag": ((0, 0), (0.3, 1.5)),
    "joint_batch": ((0.1, 5), (0, 1e-6)),
    "wrong_size": ((14, 14), (28, 28)),
    "extra_axis": ((5, 5), (4, 4)),
    "class_for_instance": ((0, 0), (0.9, 1.1)),
    "python_side_effects": ((1, 1), (20, 20)),
    "partial_batch": ((2.66, 2.67), (1, 1)),
    "wrong_penalty": ((0.6, 0.72), (0, 0)),
    "d_far_ahead": ((0, 0.01), (0.1, 5)),
    "g_far_ahead": ((0, 2), (7, 8)),
    "losses_as_quality": ((0.05, 1), (1e-5, 0.02)),
    "unfit_clips": ((0.05, 0.3), (0, 0)),
    "thousand_subplots": ((1, 600), (0.0005, 0.9)),  # CPU seconds: 11 and 0.2 here
}
each_failure = pytest.mark.parametrize("name", failures.CATALOGUE)


@pytest.fixture(scope="module")
def results():
    return {result.failure.name: result for result in failures.run()}


@each_failure
def test_the_symptom_shows_with_the_bug_only(results, name):
    outcome, (broken, cured) = results[name].outcome, BOUNDS[name]
    assert broken[0] <= outcome.before <= broken[1]
    assert cured[0] <= outcome.after <= cured[1]


@each_failure
def test_its_own_detector_notices_it(results, name):
    assert results[name].noticed


@each_failure
def test_nothing_is_noticed_once_it_is_cured(results, name):
    assert results[name].outcome.findings_after == frozenset()


def test_the_matrix_of_failures_and_detectors_has_a_mark_in_every_row(results, capsys):
    detectors = [*monitoring.DETECTORS, "elsewhere"]
    rows = {name: marks(result, detectors) for name, result in results.items()}
    with capsys.disabled():
        print("\n" + matrix(rows, detectors))
    assert [name for name, row in rows.items() if row.count("x") != 1] == []


@each_failure
def test_no_number_would_pass_for_both(name):
    (low, high), (other_low, other_high) = BOUNDS[name]
    assert high < other_low or other_high < low


def marks(result, detectors):
    """Return a mark for each detector that fired: x its own, o another."""
    own, fired = result.failure.detector, set(result.outcome.findings_before)
    known = {name if name in detectors else "elsewhere" for name in fired}
    own = own if own in detectors else "elsewhere"
    return "".join(("x" if d == own else "o") if d in known else "." for d in detectors)


def matrix(rows, detectors):
    """Return failures × detectors as text, the detectors' names above, downwards."""
    wide, tall = max(map(len, rows)), max(map(len, detectors))
    head = [" ".join(d.rjust(tall)[i] for d in detectors) for i in range(tall)]
    lines = [f"{'':{wide}}  {line}" for line in head]
    return "\n".join([*lines, *(f"{k:{wide}}  {' '.join(v)}" for k, v in rows.items())])


DETAILS = {
    # Both players reach what they want: the losses of a perfect draw, 0 and 0.
    "swapped_labels": lambda d: max(d["d_loss_before"], d["g_loss_before"]) < 0.05,
    # ln(1 + 1/e) + ln 2, where D is as right as a sigmoid allows.
    "double_sigmoid": lambda d: math.isclose(d["lowest_d_loss"], 1.00641, rel_tol=1e-4),
    "noise_drawn_once": lambda d: d["memorised"] > 0.8,
    "paired_error": lambda d: d["distance_to_mean_image"]["before"] < 0.05,
    "losses_as_quality": lambda d: (
        abs(d["d_loss_before"] - d["d_loss_after"]) < 0.1
        and abs(d["g_loss_before"] - d["g_loss_after"]) < 0.1
    ),
    "unfit_clips": lambda d: d["jump_before"] > 1.5 > 0.3 > d["jump_after"],
    "wrong_size": lambda d: d["shape_of_3_against_1"] == (8, 28, 28, 3),
    "stacked_frozen_for_good": lambda d: (
        list(d["moved_by_d_step"].values())[:2] == [0, 0]
    ),
    "thousand_subplots": lambda d: 0.2 < d["kB_a_subplot"] < 20,
}


@pytest.mark.parametrize("name", DETAILS)
def test_the_details_say_more(results, name):
    assert DETAILS[name](results[name].outcome.details)
