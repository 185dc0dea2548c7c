"""Where data sets come from, and what stands in. No test reaches out of the machine.

Keras's `load_data` is replaced; its `get_file` reads a file:// address.
"""

import os
import socket
import urllib.error
from dataclasses import replace

import keras
import numpy as np
import pytest
from test_catalogue import HASHES, RECORDINGS, digests_of, pack, saved, tiny

from ganutils import datasets
from ganutils.datasets import catalogue, download
from ganutils.kit import runtime

NAMED = ("mnist", "fashion_mnist", "cifar10")


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Give small data sets, empty folders, and downloads that fail the test."""

    def forbidden(*_):
        pytest.fail("a test asked Keras for a download")

    for name in NAMED:
        small = replace(catalogue.RECIPES[name], counts=(20, 10))
        if name == "mnist":
            small = replace(small, digests=digests_of(tiny()))
        monkeypatch.setitem(catalogue.RECIPES, name, small)
        monkeypatch.setattr(getattr(keras.datasets, name), "load_data", forbidden)
    monkeypatch.setattr(catalogue, "manifest", lambda: HASHES)
    monkeypatch.setattr(download, "FSDD", (tmp_path / "fsdd.tar.gz").as_uri())
    for variable, folder in (("GANUTILS_DATA_DIR", "data"), ("KERAS_HOME", "keras")):
        monkeypatch.setenv(variable, str(tmp_path / folder))
        (tmp_path / folder).mkdir()


@pytest.fixture
def offline_file(tmp_path):
    (tmp_path / "data" / "mnist.npz").write_bytes(saved(tiny()))
    return tmp_path / "data" / "mnist.npz"


@pytest.fixture
def offline_folder(tmp_path):
    folder = tmp_path / "data" / "fsdd"
    folder.mkdir()
    for name, content in RECORDINGS.items():
        (folder / name).write_bytes(content)
    return folder


def keras_answers(monkeypatch, answer, name="mnist"):
    def load_data():
        if isinstance(answer, BaseException):
            raise answer
        x, y, x_test, y_test = answer.values()
        return (x, y), (x_test, y_test)

    monkeypatch.setattr(getattr(keras.datasets, name), "load_data", load_data)


def no_network():
    """Return what keras.utils.get_file raises where a name cannot be resolved."""
    error = Exception("URL fetch failure on https://example.org: None -- no such name")
    error.__context__ = urllib.error.URLError(socket.gaierror(-2, "no such name"))
    return error


# The places


def test_offline_folder_comes_first(offline_file):
    data = datasets.load("mnist")
    assert data.source == "mnist: 20 + 10 images, mnist.npz in GANUTILS_DATA_DIR"
    assert data.x_train.shape == (20, 28, 28, 1) and data.y_train.dtype == np.int64
    found = datasets.from_unit_range(data.x_test[..., 0])
    np.testing.assert_array_equal(found, tiny()["x_test"])


def test_offline_folder_may_lie_below_the_home(offline_file, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # Windows
    monkeypatch.setenv("GANUTILS_DATA_DIR", "~/data")
    assert datasets.load("mnist").name == "mnist"


def test_keras_is_asked_where_the_folder_lacks_the_file(monkeypatch):
    keras_answers(monkeypatch, tiny())
    data = datasets.load("mnist")
    assert data.source == "mnist: 20 + 10 images, keras.datasets.mnist"
    assert data.y_test.tolist() == list(range(10))


@pytest.mark.parametrize("folder", ["", "   ", None])
def test_empty_variable_is_no_folder(monkeypatch, folder):
    monkeypatch.setenv("GANUTILS_DATA_DIR", folder or "")
    if folder is None:
        monkeypatch.delenv("GANUTILS_DATA_DIR")
    keras_answers(monkeypatch, tiny())
    assert datasets.load("mnist").source.endswith("keras.datasets.mnist")


@pytest.mark.parametrize("name", catalogue.BUNDLED)
def test_bundled_data_needs_neither_folder_nor_network(name):
    data = datasets.load(name)
    assert data.source.endswith("bundled with the course") and data.name == name


def test_altered_bundled_file_is_refused(monkeypatch, tmp_path):
    with np.load(runtime.bundled("digits.npz"), allow_pickle=False) as archive:
        arrays = dict(archive)
    arrays["x_test"][0, 0, 0] ^= 1
    (tmp_path / "digits.npz").write_bytes(saved(arrays))
    monkeypatch.setattr(runtime, "bundled", lambda name: tmp_path / name)
    with pytest.raises(ValueError, match="`x_test` with sha256.*digits.npz"):
        datasets.load("digits")


def test_recordings_of_the_offline_folder_become_clips(offline_folder):
    data = datasets.load("fsdd")
    assert data.x_train.shape == (4, 8_192, 1) and data.x_test.shape == (8, 8_192, 1)
    assert data.y_train.tolist() == [0, 0, 7, 7] and data.sample_rate == 8_000
    assert data.speakers_train.tolist() == ["a", "b", "a", "b"]
    assert data.source == "fsdd: 4 + 8 clips, fsdd in GANUTILS_DATA_DIR"


def test_archive_is_downloaded_once(tmp_path):
    pack(tmp_path / "fsdd.tar.gz")
    first = datasets.load("fsdd")
    assert first.source == "fsdd: 4 + 8 clips, Free Spoken Digit Dataset v1.0.10"
    (tmp_path / "fsdd.tar.gz").unlink()
    np.testing.assert_array_equal(datasets.load("fsdd").x_test, first.x_test)
    assert os.listdir(tmp_path / "keras" / "datasets") == ["fsdd-v1.0.10.tar.gz"]


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="received 'mnits'.*load_images") as refused:
        datasets.load("mnits")
    known = *catalogue.RECIPES, *catalogue.SPOKEN
    assert all(repr(name) in str(refused.value) for name in known)


def test_a_name_that_keras_lacks_is_told_where_its_file_belongs(alone, monkeypatch):
    recipe = catalogue.RECIPES["mnist"]
    monkeypatch.setitem(catalogue.RECIPES, "shapes", recipe)
    with pytest.raises(download.DataUnavailable, match="no such.*shapes.npz"):
        datasets.load("shapes")


# No network, a broken download, a full disk


@pytest.mark.parametrize(
    "error",
    [
        no_network(),
        TimeoutError("timed out"),
        ConnectionResetError(104, "Connection reset by peer"),
        urllib.error.ContentTooShortError("got 3 of 9 bytes", None),
    ],
)
def test_no_network_says_which_folder_to_fill(monkeypatch, tmp_path, error):
    keras_answers(monkeypatch, error)
    with pytest.raises(download.DataUnavailable) as caught:
        datasets.load("mnist")
    told = [f"GANUTILS_DATA_DIR={tmp_path / 'data'} lacks it", "mnist.npz, which holds"]
    told += [str(tmp_path / "keras" / "datasets"), 'datasets.load("digits")']
    assert all(text in str(caught.value) for text in told)
    assert isinstance(caught.value, OSError)


def test_no_network_says_where_the_recordings_are(tmp_path):
    with pytest.raises(download.DataUnavailable) as caught:
        datasets.load("fsdd")
    told = ["folder with fsdd, which holds recordings/*.wav of", download.FSDD]
    told += [f"GANUTILS_DATA_DIR={tmp_path / 'data'}", "spoken_digits_tts"]
    assert all(text in str(caught.value) for text in told)
    assert os.listdir(tmp_path / "keras" / "datasets") == []  # no leftovers


@pytest.mark.parametrize(
    "folder, said", [("/no/such", "=/no/such is not a folder"), ("", "is not set")]
)
def test_no_network_says_what_is_wrong_with_the_variable(monkeypatch, folder, said):
    monkeypatch.setenv("GANUTILS_DATA_DIR", folder)
    keras_answers(monkeypatch, no_network())
    with pytest.raises(download.DataUnavailable, match=f"GANUTILS_DATA_DIR ?{said}"):
        datasets.load("mnist")


def test_keras_itself_without_a_network(monkeypatch, tmp_path):
    def unresolved(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.undo()  # the real load_data, with an empty cache and no way out
    monkeypatch.setattr(socket, "create_connection", unresolved)
    monkeypatch.setattr(keras.src.backend.config, "_KERAS_DIR", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("GANUTILS_DATA_DIR", "")
    for name in (*NAMED, "fsdd"):
        with pytest.raises(download.DataUnavailable, match="Name or service"):
            datasets.load(name)


def test_socket_timeout_is_set_for_the_download_only(monkeypatch):
    keras_answers(monkeypatch, tiny())
    answer, seen = keras.datasets.mnist.load_data, []

    def load_data():
        seen.append(socket.getdefaulttimeout())
        return answer()

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    datasets.load("mnist")
    assert seen == [download.SECONDS_WITHOUT_ANSWER]
    assert socket.getdefaulttimeout() is None


@pytest.mark.parametrize(
    "error", [ValueError("Incomplete or corrupted file"), EOFError("Incomplete gzip")]
)
def test_damage_that_keras_finds_names_the_cache(monkeypatch, tmp_path, error):
    keras_answers(monkeypatch, error)
    with pytest.raises(ValueError, match="files of mnist.*Incomplete.*delete") as error:
        datasets.load_or_stand_in("mnist")
    assert str(tmp_path / "keras" / "datasets") in str(error.value)


def test_altered_download_is_refused(monkeypatch):
    keras_answers(monkeypatch, tiny(seed=9))
    with pytest.raises(ValueError, match="`x_test` with sha256.*keras.datasets.mnist"):
        datasets.load("mnist")


@pytest.mark.parametrize("content", [b"<html>Log in to this network</html>", b"half"])
def test_half_an_archive_in_the_cache_is_named_and_kept(tmp_path, content):
    cached = tmp_path / "keras" / "datasets" / "fsdd-v1.0.10.tar.gz"
    cached.parent.mkdir()
    cached.write_bytes(content)
    with pytest.raises(ValueError, match="delete it") as caught:
        datasets.load_or_stand_in("fsdd")
    assert str(cached) in str(caught.value) and cached.read_bytes() == content


@pytest.mark.parametrize("code, text", [(28, "No space left"), (30, "Read-only file")])
def test_disk_that_cannot_be_written_is_not_a_missing_network(monkeypatch, code, text):
    keras_answers(monkeypatch, OSError(code, text, "/cache/mnist.npz"))
    with pytest.raises(OSError, match=f"{text}.*KERAS_HOME") as caught:
        datasets.load("mnist")
    assert caught.value.errno == code and caught.value.filename == "/cache/mnist.npz"
    assert not isinstance(caught.value, download.DataUnavailable)


# The stand-in


@pytest.mark.parametrize("name", [*NAMED, "fsdd"])
def test_bundled_digits_stand_in_where_there_is_no_network(monkeypatch, name, capsys):
    if name in NAMED:
        keras_answers(monkeypatch, no_network(), name)
    data = datasets.load_or_stand_in(name)
    bundled = "spoken_digits_tts" if name == "fsdd" else "digits"
    assert (data.name, data.stand_in_for) == (bundled, name)
    assert f"no copy of {name}" in data.source and "\n" not in data.source
    np.testing.assert_array_equal(data.x_test, datasets.load(bundled).x_test)
    assert data.source not in capsys.readouterr().out  # the chapter prints it


@pytest.mark.parametrize("content", [b"half", saved(tiny(seed=5))])
def test_stand_in_never_hides_a_wrong_file(offline_file, content):
    offline_file.write_bytes(content)
    with pytest.raises(ValueError, match="delete it"):
        datasets.load_or_stand_in("mnist")


def test_stand_in_never_hides_a_wrong_recording(offline_folder):
    name = min(RECORDINGS)
    (offline_folder / name).write_bytes(b"half")
    with pytest.raises(ValueError, match=name):
        datasets.load_or_stand_in("fsdd")


def test_what_is_there_is_not_replaced(offline_file, offline_folder):
    for name in ("mnist", "fsdd"):
        data = datasets.load_or_stand_in(name)
        assert (data.name, data.stand_in_for) == (name, None)
