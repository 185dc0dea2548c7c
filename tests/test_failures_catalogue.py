"""The catalogue and its parts, without long trainings."""

import pytest
import tensorflow as tf

from ganutils import failures, probing
from ganutils.failures import arrays, games, lab, stacked
from ganutils.losses import Penalty


def test_there_are_twenty_failures_under_their_own_names():
    assert len(failures.CATALOGUE) == 20
    assert all(name == row.name for name, row in failures.CATALOGUE.items())


@pytest.mark.parametrize("name", failures.CATALOGUE)
def test_the_source_of_each_is_short_enough_to_show(name):
    lines = failures.source(name).splitlines()
    assert 3 <= len(lines) <= 60 and max(map(len, lines)) <= 88


def test_an_unknown_name_and_a_bad_number_of_steps_are_refused():
    with pytest.raises(ValueError, match="'nonsense'"):
        failures.run(["nonsense"])
    with pytest.raises(ValueError, match="received 0"):
        failures.run(["extra_axis"], steps=0)


def test_the_table_has_a_row_for_each_result_and_six_columns():
    results = failures.run(["extra_axis", "python_side_effects"])
    lines = failures.table(results).splitlines()
    assert len(lines) == 4 and {line.count("|") for line in lines} == {7}
    assert "| 5 | 4 | `datasets.check_images` |" in lines[2]


def test_a_result_says_what_was_measured_and_noticed():
    text = str(failures.run(["extra_axis"])[0])
    assert "5 with the bug, 4 without" in text
    assert "noticed with the bug: datasets.check_images" in text


@pytest.mark.parametrize("function", [games.normal_epsilon, games.only_real])
def test_penalties_at_wrong_points_are_found_out(function):
    assert probing.penalty_faults(Penalty("gradient_penalty", function, 10.0))


def test_a_bare_root_has_no_derivative_where_the_critic_is_flat():
    weight = tf.Variable([[0.0]])
    with tf.GradientTape() as tape:
        x = tf.ones((4, 1))
        value = games.bare_root(lambda x, training: x @ weight, x, 0 * x, [0, 0])
    assert tf.math.is_nan(tape.gradient(value, weight)).numpy().all()


def test_keras_3_freezes_when_a_step_is_traced_not_when_it_is_compiled():
    moved = stacked.freezing_orders()
    assert moved["freeze, compile"] == moved["compile, freeze"] == 0
    assert moved["compile, one D step, freeze"] > 1e-5


def test_a_traced_step_runs_its_python_once():
    assert arrays.counted_in_python(0, traced=True) == (1, 1)
    assert arrays.counted_in_python(0, traced=False) == (20, 1)


def test_a_mode_needs_one_sample_in_a_hundred():
    points = lab.datasets.ring_centres()[[0] * 199 + [1]]
    assert lab.share_of_modes(points) == 1 / 8


def test_planar_networks_start_alike():
    first, second = (lab.planar().generator.get_weights() for _ in "ab")
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
