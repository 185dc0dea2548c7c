"""Results of the bench: written, read back, and set as a table."""

import numpy as np
import pytest

from ganutils import metrics
from ganutils.datasets import points
from ganutils.metrics import bench

ROWS = [
    bench.Result("minimax", "grid", seed, modes, 50.0, 0.5, float("nan"), 2.0, 20.0)
    for seed, modes in enumerate((17, 19))
]
IMAGES = [bench.Result("hinge", "digits", 0, 10, float("nan"), 0.25, 8.0, 5.0, 60.0)]


def test_results_come_back_as_they_were_written(tmp_path):
    clouds = {("grid", "minimax"): np.ones((3, 2), "float16")}
    bench.save(bench.Results(ROWS, clouds), tmp_path / "r.npz")
    again = bench.load(tmp_path / "r.npz")
    np.testing.assert_equal(list(again), ROWS)  # a NaN is equal to a NaN
    np.testing.assert_array_equal(again.clouds["grid", "minimax"], np.ones((3, 2)))


def test_the_error_is_a_kl_over_modes_and_misses():
    row = ROWS[0]._replace(high_quality=75.0, reverse_kl=np.log(2))  # half of the modes
    q = np.array([0.25, 0.375, 0.375])  # missed, and two of four modes
    p = np.array([np.exp(-4.5), *[(1 - np.exp(-4.5)) / 4] * 2])
    assert row.error == pytest.approx(np.sum(q * np.log(q / p)), rel=1e-9)


def test_of_groups_by_recipe_on_one_data_set():
    results = bench.Results([*ROWS, *IMAGES])
    assert results.of("grid") == {"minimax": ROWS}


def test_the_table_gives_mean_spread_and_seeds():
    table = bench.table(bench.Results(ROWS), "grid").splitlines()
    assert table[0].startswith("| recipe | modes | high quality % | reverse KL | error")
    # mean of 17 and 19 is 18, standard deviation √2
    start, error, *rest = table[2].rsplit(" | ", 3)
    assert start == "| minimax | 18.0 ± 1.4 | 50.0 | 0.500"
    assert float(error) == pytest.approx(ROWS[0].error, abs=5e-4)
    assert rest == ["2.0", "2 |"]


def test_the_table_of_images_has_no_column_of_high_quality():
    table = bench.table(bench.Results(IMAGES), "digits")
    assert "high quality" not in table and "error" not in table
    assert "| hinge | 10 | 0.250 | 8 |" in table.replace("10.0", "10")


def test_a_markdown_table_has_headings_a_rule_and_rows():
    text = bench.markdown_table(("a", "b"), [["1", "‖x‖ | y"], ["", "`z`"]])
    assert text.splitlines() == [
        "| a | b |",
        "| --- | --- |",
        "| 1 | ‖x‖ \\| y |",
        "|  | `z` |",
    ]


def test_a_data_set_without_results_is_refused():
    with pytest.raises(ValueError, match=r"among \['grid'\]; received 'ring'"):
        bench.table(bench.Results(ROWS), "ring")


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", recipe=np.array(["a"]))
    with pytest.raises(ValueError, match=r"stability\.py in .*x\.npz.*'cpu_ms'"):
        bench.load(tmp_path / "x.npz")


PARTS = {"grid, equal steps": 12, "grid, equal CPU": 12, "digits, equal steps": 12}
PARTS |= {"cures, raw": 13, "cures, averaged": 13}
PARTS |= {f"{data}, setting {i}": 12 for data in ("grid", "digits") for i in range(4)}


@pytest.mark.parametrize("part", PARTS)
def test_the_bundled_results_hold_every_recipe_in_every_part(part):
    rows = bench.load().of(part)
    assert len(rows) == PARTS[part]
    least = 1 if "setting" in part else 3
    assert all(len({row.seed for row in few}) >= least for few in rows.values())
    assert all(row.cpu_ms > 0 for few in rows.values() for row in few)


def test_the_bundled_clouds_belong_to_the_bundled_numbers():
    results, centres = bench.load(), points.grid_centres()
    for recipe, rows in results.of("grid, equal steps").items():
        cloud = results.clouds["grid, equal steps", recipe].astype("float32")
        share = 100 * metrics.mode_coverage(cloud, centres, std=0.05).high_quality
        assert share == pytest.approx(rows[0].high_quality, abs=8)  # 500 of 2,500


def test_equal_recipes_differ_by_more_than_the_larger_deviation_in_a_fifth():
    ours, theirs = np.random.default_rng(0).normal(size=(2, 100_000, 3))
    spread = np.maximum(ours.std(axis=1, ddof=1), theirs.std(axis=1, ddof=1))
    gap = np.abs(ours.mean(axis=1) - theirs.mean(axis=1))
    assert np.mean(gap > spread) == pytest.approx(0.2, abs=0.03)
