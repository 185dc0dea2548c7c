"""Every failure of the laboratory shows its symptom, is noticed, and is cured.

The trainings have the size of the `cpu` scale: shorter ones do not fail. The bounds in
each failure's decorator stand on both sides of what was measured, far from each other.
"""

import re

import numpy as np
import pytest
import tensorflow as tf

import chapters
from ganutils import datasets, failures, monitoring
from ganutils.failures import games, lab, samples, steps

each_failure = pytest.mark.parametrize("name", failures.CATALOGUE)


@pytest.fixture(scope="module")
def outcomes():
    return {outcome.failure.name: outcome for outcome in failures.run()}


@each_failure
def test_the_symptom_shows_with_the_bug_only(outcomes, name):
    outcome, (broken, cured) = outcomes[name], failures.CATALOGUE[name].bounds
    assert broken[0] <= outcome.before <= broken[1]
    assert cured[0] <= outcome.after <= cured[1]


@each_failure
def test_no_number_would_pass_for_both(name):
    (low, high), (other_low, other_high) = failures.CATALOGUE[name].bounds
    assert high < other_low or other_high < low


@each_failure
def test_its_own_detector_notices_it(outcomes, name):
    assert outcomes[name].noticed


@each_failure
def test_nothing_is_noticed_once_it_is_cured(outcomes, name):
    assert outcomes[name].findings_after == frozenset()


@each_failure
def test_the_source_of_each_is_short_enough_to_show(name):
    lines = failures.source(name).splitlines()
    assert re.match("(def|class) ", lines[0])
    assert 3 <= len(lines) <= 60 and max(map(len, lines)) <= 88


def test_the_matrix_of_failures_and_detectors_has_a_mark_in_every_row(outcomes, capsys):
    detectors = [*monitoring.DETECTORS, "elsewhere"]
    rows = {name: marks(outcome, detectors) for name, outcome in outcomes.items()}
    with capsys.disabled():
        print("\n" + matrix(rows, detectors))
    assert [name for name, row in rows.items() if row.count("x") != 1] == []


def marks(outcome, detectors):
    """Return a mark for each detector that fired: x its own, o another."""
    own, fired = outcome.failure.detector, set(outcome.findings_before)
    known = {name if name in detectors else "elsewhere" for name in fired}
    own = own if own in detectors else "elsewhere"
    return "".join(("x" if d == own else "o") if d in known else "." for d in detectors)


def matrix(rows, detectors):
    """Return failures × detectors as text, the detectors' names above, downwards."""
    wide, tall = max(map(len, rows)), max(map(len, detectors))
    head = [" ".join(d.rjust(tall)[i] for d in detectors) for i in range(tall)]
    lines = [f"{'':{wide}}  {line}" for line in head]
    return "\n".join([*lines, *(f"{k:{wide}}  {' '.join(v)}" for k, v in rows.items())])


def test_under_swapped_labels_both_players_reach_what_they_want(outcomes):
    run = outcomes["swapped_labels"].broken
    assert run.last("d_loss") < 0.05 and run.last("g_loss") < 0.05


def test_under_a_double_sigmoid_the_loss_of_d_stays_above_its_bound(outcomes):
    lowest = min(row["d_loss"] for row in outcomes["double_sigmoid"].broken.rows)
    assert lowest > np.log(1 + np.exp(-1)) + np.log(2)  # 1.00641, if D is always right


def test_noise_drawn_once_is_memorised(outcomes):
    assert games.memorised(outcomes["noise_drawn_once"].broken) > 0.8


def test_under_a_paired_error_samples_are_the_mean_image(outcomes):
    gap = outcomes["paired_error"].broken.samples - samples.digits().mean(axis=0)
    assert np.abs(gap.mean(axis=0)).mean() < 0.05


@pytest.mark.parametrize("player", ["d_loss", "g_loss"])
def test_losses_of_good_and_bad_samples_are_alike(outcomes, player):
    outcome = outcomes["losses_as_quality"]
    assert abs(outcome.broken.last(player) - outcome.cured.last(player)) < 0.1


def test_failures_stand_under_their_own_names():
    assert failures.CATALOGUE
    assert all(name == row.name for name, row in failures.CATALOGUE.items())


def test_an_unknown_name_and_a_bad_number_of_steps_are_refused():
    with pytest.raises(ValueError, match="'nonsense'"):
        failures.run(["nonsense"])
    with pytest.raises(ValueError, match="received 0"):
        failures.run(["extra_axis"], steps=0)


def test_a_healthy_run_is_trained_once_in_a_lab():
    bench, trained = lab.Lab(1), []

    def setup(lab, **bug):
        trained.append(bug)
        return len(trained)

    assert [bench.both(setup, rate=i) for i in (1, 2)] == [(2, 1), (3, 1)]
    assert trained == [{}, {"rate": 1}, {"rate": 2}]


def test_the_table_has_a_row_for_each_outcome_and_six_columns():
    lines = failures.table(failures.run(["extra_axis", "python_side_effects"]))
    lines = lines.splitlines()
    assert len(lines) == 4 and {line.count("|") for line in lines} == {7}
    assert "| 5 | 4 | `datasets.check_images` |" in lines[2]


def test_an_outcome_says_what_was_measured_and_noticed():
    text = str(failures.run(["extra_axis"])[0])
    assert "axes of a batch, expected: 4: 5 with the bug, 4 without" in text
    assert "noticed with the bug: datasets.check_images" in text


def test_the_wall_has_a_full_row_for_each_failure():
    rows = [line.strip("| ").split(" | ") for line in failures.wall().splitlines()[2:]]
    assert len(rows) == len(failures.CATALOGUE)
    assert all(len(row) == 4 and all(row) for row in rows)


def test_every_link_of_the_wall_leads_to_a_heading_of_the_chapter():
    source = (chapters.NOTEBOOKS / "src" / "04_stable_training.py").read_text("utf-8")
    headings = re.findall(r"^# #+ (.*)$", source, re.M)
    anchors = {re.sub("`", "", text.strip()).replace(" ", "-") for text in headings}
    links = re.findall(r"\]\(#([^)]*)\)", failures.wall())
    assert len(links) == len(failures.CATALOGUE) and set(links) <= anchors


def test_keras_3_freezes_when_a_step_is_traced_not_when_it_is_compiled():
    moved = steps.freezing_orders()
    assert moved["freeze, compile"] == moved["compile, freeze"] == 0
    assert moved["compile, one D step, freeze"] > 1e-5


def test_a_mode_needs_one_sample_in_a_hundred():
    points = datasets.ring_centres()[[0] * 199 + [1]]
    assert games.share_of_modes(points) == 1 / 8


def test_networks_start_alike():
    pair = [lab.make_gan(games.players, (1e-3, 1e-3)) for _ in "ab"]
    first, second = (gan.generator.get_weights() for gan in pair)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_a_refusal_is_put_into_words_and_a_call_that_works_says_nothing():
    assert samples.refusal(tf.zeros, (2,)) == ""
    assert samples.refusal(int, "two").startswith("ValueError: invalid literal")
