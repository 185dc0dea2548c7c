"""Every failure shows its symptom, is noticed by its alarm, and is cured in silence.

The bounds of each card stand on both sides of what was measured. `make test` runs those
that need no training; the rest, with the same counts, is marked `full`. Three seeds of
all are in data/failure_lab.json, by benchmarks/failure_lab.py.
"""

import dataclasses
import json
import re

import numpy as np
import pytest
import tensorflow as tf

from ganutils import datasets, failures, monitoring
from ganutils.failures import games, lab, scripts, steps
from ganutils.kit import runtime

QUICK = [name for name, card in failures.CATALOGUE.items() if card.steps <= 40]
LONG = [name for name in failures.CATALOGUE if name not in QUICK]
STORED = json.loads(runtime.bundled("failure_lab.json").read_text("utf8"))


@pytest.fixture(scope="module")
def outcome():
    return lambda name: failures.run([name])[0]  # kept by the lab


each = pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(name, marks=pytest.mark.full) for name in LONG)]
)


def test_there_are_twenty():
    assert len(failures.CATALOGUE) == 20 and len(QUICK) == 12
    assert all(name == card.name for name, card in failures.CATALOGUE.items())


@each
def test_the_bug_shows_is_found_and_is_cured_in_silence(outcome, name):
    seen, (broken, cured) = outcome(name), failures.CATALOGUE[name].bounds
    assert broken[0] <= seen.symptom_with_bug <= broken[1]
    assert cured[0] <= seen.symptom_cured <= cured[1]
    assert seen.noticed and seen.cured.findings == {}
    assert re.search(seen.failure.advice, seen.message, re.S)


@pytest.mark.parametrize("name", failures.CATALOGUE)
def test_no_number_would_pass_for_both(name):
    (low, high), (other_low, other_high) = failures.CATALOGUE[name].bounds
    assert high < other_low or other_high < low


@pytest.mark.parametrize("name", failures.CATALOGUE)
def test_a_diff_has_both_sides_and_is_short_enough_to_show(name):
    lines = failures.CATALOGUE[name].diff.splitlines()
    assert {"+", "-"} <= {line[:1] for line in lines}
    assert len(lines) <= 40 and max(map(len, lines)) <= 89


def test_counts_over_three_seeds():
    rows = [row for seeds in STORED["bugs"].values() for row in seeds.values()]
    missed = [row for row in rows if row["rang"] is None]
    false = [row for row in rows if row["alarms cured"]]
    assert (len(rows), len(missed), len(false)) == (60, 0, 0)
    assert all(row["shows"] and row["advice is right"] for row in rows)


def test_no_alarm_rings_in_a_healthy_run():
    recipes = {name: seeds for name, seeds in STORED["healthy"].items() if seeds}
    assert len(recipes) >= 4 and all(len(seeds) >= 3 for seeds in recipes.values())
    runs = [run for seeds in recipes.values() for run in seeds.values()]
    assert sum(run["share"] >= 0.9 for run in runs) >= 9
    assert not [run for run in runs if run["share"] >= 0.9 and run["alarms"]]


def test_alarms_of_trainings_are_detectors():
    trained = [card for card in failures.CATALOGUE.values() if card.real]
    assert {card.alarm for card in trained} <= {*monitoring.DETECTORS}


def test_an_unknown_name_and_a_bad_number_of_steps_are_refused():
    with pytest.raises(ValueError, match="'nonsense'"):
        failures.run(["nonsense"])
    with pytest.raises(ValueError, match="received 0"):
        failures.run(["extra_axis"], steps=0)


def test_a_change_that_finds_nothing_is_refused():
    with pytest.raises(ValueError, match="'no such line'"):
        scripts.changed(scripts.RING, ("no such line", ""))


def test_a_text_is_run_once_in_a_lab():
    bench, card = lab.Lab(1), failures.CATALOGUE["class_for_instance"]
    assert bench.run(card, card.script) is bench.run(card, card.script)


def test_a_card_of_ones_own_runs_too():
    card = failures.CATALOGUE["extra_axis"]
    (seen,) = failures.run([dataclasses.replace(card, name="mine")])
    assert seen.failure.name == "mine" and seen.noticed and seen.rang == 0


def test_the_wall_has_a_full_row_for_each_failure():
    rows = [line.strip("| ").split(" | ") for line in failures.wall().splitlines()[2:]]
    assert len(rows) == len(failures.CATALOGUE)
    assert all(len(row) == 5 and all(row) for row in rows)


def test_a_mode_needs_half_of_an_even_share():
    few, enough = (datasets.ring_centres()[[0] * (16 - n) + [1] * n] for n in (0, 1))
    assert games.share_of_modes(few) == 1 / 8
    assert games.share_of_modes(enough) == 2 / 8


def test_a_refusal_is_put_into_words_and_a_call_that_works_says_nothing():
    assert steps.refused(tf.zeros, (2,)) == ""
    assert steps.refused(int, "two").startswith("ValueError: invalid literal")


def test_runs_start_alike():
    card = failures.CATALOGUE["partial_batch"]
    first, second = (lab.Lab(1).run(card, card.script).samples for _ in "ab")
    assert np.array_equal(first, second)
