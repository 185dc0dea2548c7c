"""Another backend of Keras is refused at the door, whatever names it."""

import os
import subprocess
import sys

import pytest

from ganutils.kit import backend


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
        backend.require_tensorflow()
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    backend.require_tensorflow()


@pytest.mark.parametrize("text", [None, "{}", "no json", "[]"])
def test_without_a_choice_keras_takes_tensorflow(tmp_path, text):
    if text is not None:
        (tmp_path / "keras.json").write_text(text, "utf8")
    assert backend._chosen()[0] == "tensorflow"


def test_what_keras_runs_by_now_counts(monkeypatch):
    class Imported:
        class config:
            backend = staticmethod(lambda: "openvino")

    monkeypatch.setitem(sys.modules, "keras", Imported)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(ValueError, match="'openvino' .Keras is imported already"):
        backend.require_tensorflow()
