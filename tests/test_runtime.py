"""The scale switch, the banner, bundled files and seeds."""

import json
import os
import re
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganutils.kit import runtime


@pytest.mark.parametrize("name", runtime.SCALES)
def test_the_variable_decides_the_scale(monkeypatch, name):
    monkeypatch.setenv("GANUTILS_SCALE", f" {name.upper()} ")
    assert runtime.scale() == name
    assert runtime.pick(smoke="smoke", cpu="cpu", gpu="gpu") == name


@pytest.mark.parametrize(("gpus", "expected"), [([], "cpu"), (["GPU:0"], "gpu")])
def test_without_the_variable_the_device_decides(monkeypatch, gpus, expected):
    monkeypatch.delenv("GANUTILS_SCALE", raising=False)
    monkeypatch.setattr(runtime, "_gpus", lambda: gpus)
    assert runtime.scale() == expected


def test_an_unknown_scale_is_named(monkeypatch):
    monkeypatch.setenv("GANUTILS_SCALE", "huge")
    with pytest.raises(ValueError, match="GANUTILS_SCALE.*'huge'"):
        runtime.scale()


def test_banner_names_versions_and_scale(monkeypatch):
    monkeypatch.setenv("GANUTILS_SCALE", "smoke")
    assert f"Keras {keras.__version__}" in runtime.banner()
    assert runtime.banner().endswith("scale smoke")


def test_a_missing_bundled_file_is_named():
    with pytest.raises(FileNotFoundError, match="'nothing.npz'"):
        runtime.bundled("nothing.npz")


def test_bundled_finds_the_clone_s_data():
    assert runtime.bundled("README.md").parent.name == "data"


@pytest.fixture
def no_folder(monkeypatch, tmp_path):
    """A clone where no folder can be made, whoever asks: it is a file."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(runtime, "CLONE", tmp_path / "file")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    runtime._temporary.cache_clear()
    return tmp_path / "file"


def test_a_temporary_folder_serves_where_runs_cannot_be_written(no_folder, capsys):
    folders = [runtime.runs_folder("chapter", part) for part in ("a", "b")]
    assert [folder.is_dir() for folder in folders] == [True, True]
    assert folders[0].parent == folders[1].parent
    (line,) = capsys.readouterr().out.splitlines()
    assert f"{no_folder / 'runs'} cannot be written (Not a directory)" in line
    assert "Set GANUTILS_RUNS_DIR" in line


def test_the_variable_names_the_place_of_results(no_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GANUTILS_RUNS_DIR", "~/mine")
    assert runtime.runs_folder("chapter") == tmp_path / "mine" / "chapter"
    monkeypatch.setenv("GANUTILS_RUNS_DIR", str(no_folder))
    with pytest.raises(NotADirectoryError, match="GANUTILS_RUNS_DIR.*file/chapter"):
        runtime.runs_folder("chapter")


def test_a_folder_that_only_reads_is_none_for_results(monkeypatch, tmp_path):
    monkeypatch.setattr(runtime, "CLONE", tmp_path)
    monkeypatch.setattr(
        runtime.os, "access", lambda path, mode: "runs" not in str(path)
    )
    runtime._temporary.cache_clear()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert runtime.runs_folder("x").parent.name.startswith("gan-course-")


def test_runs_folder_is_made_below_the_current_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(runtime, "CLONE", None)
    monkeypatch.chdir(tmp_path)
    assert runtime.runs_folder("chapter", "a") == tmp_path / "runs" / "chapter" / "a"
    assert (tmp_path / "runs" / "chapter" / "a").is_dir()


def test_a_seed_fixes_initial_weights_and_numpy():
    draws = []
    for seed in (3, 3, 4):
        runtime.set_seed(seed)
        kernel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).weights[0]
        draws.append((float(kernel.numpy()[0, 0]), np.random.rand()))
    assert draws[0] == draws[1] != draws[2]


def test_summary_holds_what_make_course_reads(monkeypatch, tmp_path):
    monkeypatch.setattr(runtime, "CLONE", tmp_path)
    monkeypatch.setenv("GANUTILS_SCALE", "smoke")
    runtime.save_summary(
        "00_x", measure="score", value=np.float32(1.5), floor=None, checks={"a": 1}
    )
    path = tmp_path / "runs" / "00_x" / "summary.json"
    assert json.loads(path.read_text()) == {
        "measure": "score",
        "value": 1.5,
        "floor": None,
        "scale": "smoke",
        "checks": {"a": True},
    }


def test_peak_memory_is_what_the_kernel_counts_in_gib():
    status = Path("/proc/self/status")  # Linux; its unit is kB
    known = (
        re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    )
    least = int(known[1]) / 2**20 if known else 0.05
    # A process inherits the peak of the one that started it: so at least.
    assert 0.99 * least <= runtime.peak_memory() < least + 64


@pytest.mark.parametrize(("version", "options"), [("2.20.0", [False]), ("2.21.0", [])])
def test_only_an_old_tensorflow_is_told_not_to_fuse(monkeypatch, version, options):
    told = []
    monkeypatch.setattr(tf, "__version__", version)
    optimizer = tf.config.optimizer
    tell = lambda chosen: told.append(chosen["remapping"])  # noqa: E731
    monkeypatch.setattr(optimizer, "set_experimental_options", tell)
    runtime.prepare()
    assert told == options


def test_what_tensorflow_s_c_code_says_is_not_heard_and_stderr_comes_back(
    monkeypatch, capfd
):
    monkeypatch.setattr(runtime, "_gpus", lambda: os.write(2, b"no GPU\n"))
    runtime.prepare()
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"
