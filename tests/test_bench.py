"""Results of the bench: written, read back, and set as a table."""

import numpy as np
import pytest

from ganutils import metrics
from ganutils.datasets import points
from ganutils.metrics import bench

ROWS = [
    bench.Result("minimax", "grid", seed, modes, 50.0, 0.5, 1.25, 2.0, 20.0)
    for seed, modes in enumerate((17, 19))
]
IMAGES = [bench.Result("hinge", "digits", 0, 10, float("nan"), 0.25, 8.0, 5.0, 60.0)]


def test_results_come_back_as_they_were_written(tmp_path):
    clouds = {("grid", "minimax"): np.ones((3, 2))}
    bench.save(bench.Results(ROWS, clouds), tmp_path / "r.npz")
    again = bench.load(tmp_path / "r.npz")
    assert list(again) == ROWS
    np.testing.assert_array_equal(again.clouds["grid", "minimax"], np.ones((3, 2)))


def test_of_groups_by_recipe_on_one_data_set():
    results = bench.Results([*ROWS, *IMAGES])
    assert results.of("grid") == {"minimax": ROWS}


def test_the_table_gives_mean_spread_and_seeds():
    table = bench.table(bench.Results(ROWS), "grid").splitlines()
    assert table[0].startswith("| recipe | modes | high quality % | reverse KL |")
    # mean of 17 and 19 is 18, standard deviation √2
    assert table[2] == "| minimax | 18.0 ± 1.4 | 50.0 | 0.500 | 1.25 | 2.0 | 2 |"


def test_the_table_of_images_has_no_column_of_high_quality():
    table = bench.table(bench.Results(IMAGES), "digits")
    assert "high quality" not in table and "| hinge | 10.0 | 0.250 | 8 |" in table


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


def test_the_bundled_results_hold_every_recipe_on_every_data_set():
    results = bench.load()
    for data, recipes in (("ring", 12), ("grid", 12), ("digits", 12), ("cures", 13)):
        assert len(results.of(data)) == recipes
    assert all(0 < row.cpu_ms < 1e3 * row.cpu_s for row in results)
    assert all(np.isfinite(row.frechet) for row in results)


def test_the_bundled_clouds_belong_to_the_bundled_numbers():
    results, centres = bench.load(), points.grid_centres()
    for recipe, rows in results.of("grid").items():
        cloud = results.clouds["grid", recipe].astype("float32")
        share = 100 * metrics.mode_coverage(cloud, centres, std=0.05).high_quality
        assert share == pytest.approx(rows[0].high_quality, abs=8)  # 500 of 2,500
