"""What `import ganutils` refuses, and that TensorFlow's C++ code is not heard."""

import os
import subprocess
import sys

import pytest
import tensorflow as tf

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


@pytest.mark.parametrize("version", [(3, 9, 18), (3, 14, 0)])
def test_another_python_is_refused(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sys, "version", "X.Y.Z (main)")
    with pytest.raises(RuntimeError, match="3.10 to 3.13; received X.Y.Z .*make lab"):
        backend.require_python()


def test_a_python_without_tensorflow_is_named(monkeypatch):
    monkeypatch.setattr(backend.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=f"{sys.executable} has none. .*make lab"):
        backend.require_python()


@pytest.mark.parametrize(("version", "options"), [("2.20.0", [False]), ("2.21.0", [])])
def test_only_an_old_tensorflow_is_told_not_to_fuse(monkeypatch, version, options):
    told = []
    monkeypatch.setattr(tf, "__version__", version)
    optimizer = tf.config.optimizer
    tell = lambda chosen: told.append(chosen["remapping"])  # noqa: E731
    monkeypatch.setattr(optimizer, "set_experimental_options", tell)
    backend.load_tensorflow()
    assert told == options


def test_what_tensorflow_s_c_code_says_is_not_heard_and_stderr_comes_back(
    monkeypatch, capfd
):
    say = lambda kind: os.write(2, b"no GPU\n")  # noqa: E731
    monkeypatch.setattr(tf.config, "list_physical_devices", say)
    backend.load_tensorflow()
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"
