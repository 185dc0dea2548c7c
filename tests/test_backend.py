"""What `import ganutils` refuses: another backend of Keras, another Python."""

import os
import subprocess
import sys

import pytest

from ganutils.kit import runtime


@pytest.fixture(autouse=True)
def before_keras(monkeypatch, tmp_path):
    """As in a process that has not imported Keras, with a home of its own."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))


def test_the_variable_is_named_before_keras_is_imported():
    variables = {**os.environ, "KERAS_BACKEND": "torch"}
    code = "import ganutils"
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True
    )
    assert done.stderr.splitlines()[-1].startswith(
        "ValueError: Expected Keras on the backend tensorflow; received 'torch' "
        "(KERAS_BACKEND=torch). Set the environment variable KERAS_BACKEND=tensorflow"
    )


def test_keras_json_is_named_and_the_variable_outranks_it(monkeypatch, tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "jax"}', "utf8")
    with pytest.raises(ValueError, match="received 'jax' .*keras.json"):
        runtime.require_tensorflow()
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    runtime.require_tensorflow()


@pytest.mark.parametrize("text", [None, "{}", "no json", "[]"])
def test_without_a_choice_keras_takes_tensorflow(tmp_path, text):
    if text is not None:
        (tmp_path / "keras.json").write_text(text, "utf8")
    assert runtime._backend()[0] == "tensorflow"


def test_what_keras_runs_by_now_counts(monkeypatch):
    class Imported:
        class config:
            backend = staticmethod(lambda: "openvino")

    monkeypatch.setitem(sys.modules, "keras", Imported)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(ValueError, match="'openvino' .Keras is imported already"):
        runtime.require_tensorflow()


@pytest.mark.parametrize("version", [(3, 9, 18), (3, 14, 0)])
def test_another_python_is_refused(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sys, "version", "X.Y.Z (main)")
    with pytest.raises(RuntimeError, match="3.10 to 3.13; received X.Y.Z .*make lab"):
        runtime.require_python()


def test_a_python_without_tensorflow_is_named(monkeypatch):
    monkeypatch.setattr(runtime.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=f"{sys.executable} has none. .*make lab"):
        runtime.require_python()
