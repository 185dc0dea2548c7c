"""Scripts of tools/ start without PYTHONPATH, from any folder."""

import os
import subprocess
import sys

import pytest

import clone


@pytest.mark.parametrize("name", ["train_features", "train_generators"])
def test_script_starts_without_pythonpath(tmp_path, name):
    script = clone.ROOT / "tools" / f"{name}.py"
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, script, "--help"]
    options = {"cwd": tmp_path, "env": variables, "timeout": 300}
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr[-999:]
    assert "mnist" in done.stdout
