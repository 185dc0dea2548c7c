"""Where data sets come from and what is refused. No test reaches out of the machine.

The fixtures stand for MNIST and its like with ten small images; their digests are
computed here with hashlib, the real ones are stated in recipes.py.
"""

import gzip
import hashlib
import io
import os
import pickle
import socket
import urllib.error
from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganutils import datasets
from ganutils.datasets import catalogue, download
from ganutils.kit import runtime


def tiny(shape=(28, 28), train=20, test=10, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "x_train": rng.integers(0, 256, (train, *shape), np.uint8),
        "y_train": np.arange(train, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (test, *shape), np.uint8),
        "y_test": np.arange(test, dtype=np.uint8) % 10,
    }


def digests_of(arrays):
    return {k: hashlib.sha256(a.tobytes()).hexdigest() for k, a in arrays.items()}


def saved(arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Give small recipes, empty folders, and a downloader that fails the test."""

    def forbidden(*_):
        pytest.fail("a test asked Keras for a download")

    arrays = tiny()
    for name in ("mnist", "fashion_mnist", "cifar10"):
        colour = name == "cifar10"
        small = replace(catalogue.RECIPES[name], counts=(20, 10))
        if name == "mnist":
            small = replace(small, digests=digests_of(arrays))
        monkeypatch.setitem(catalogue.RECIPES, name, small)
        assert len(small.shape) == (3 if colour else 2)
        monkeypatch.setattr(getattr(keras.datasets, name), "load_data", forbidden)
    monkeypatch.setenv("GANUTILS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "data").mkdir()
    (tmp_path / "keras" / "datasets").mkdir(parents=True)
    return arrays


@pytest.fixture
def offline_file(tmp_path, alone):
    file = tmp_path / "data" / "mnist.npz"
    file.write_bytes(saved(alone))
    return file


def keras_answers(monkeypatch, answer, name="mnist"):
    def load_data():
        if isinstance(answer, BaseException):
            raise answer
        a = answer
        return (a["x_train"], a["y_train"]), (a["x_test"], a["y_test"])

    monkeypatch.setattr(getattr(keras.datasets, name), "load_data", load_data)


def no_network():
    """Return what keras.utils.get_file raises where a name cannot be resolved."""
    error = Exception("URL fetch failure on https://example.org: None -- no such name")
    error.__context__ = urllib.error.URLError(socket.gaierror(-2, "no such name"))
    return error


# Verified data, from each place


def test_offline_folder_comes_first(offline_file, alone):
    arrays, source = download.fetch("mnist")
    assert source == "mnist.npz in GANUTILS_DATA_DIR"
    for key in catalogue.KEYS:
        np.testing.assert_array_equal(arrays[key], alone[key])


def test_keras_is_asked_where_the_folder_lacks_the_file(monkeypatch, alone):
    keras_answers(monkeypatch, alone)
    arrays, source = download.fetch("mnist")
    assert source == "keras.datasets.mnist"
    np.testing.assert_array_equal(arrays["x_test"], alone["x_test"])


@pytest.mark.parametrize("folder", ["", "   ", None])
def test_empty_variable_is_no_folder(monkeypatch, alone, folder):
    if folder is None:
        monkeypatch.delenv("GANUTILS_DATA_DIR")
    else:
        monkeypatch.setenv("GANUTILS_DATA_DIR", folder)
    keras_answers(monkeypatch, alone)
    assert download.fetch("mnist")[1] == "keras.datasets.mnist"


def test_bundled_digits_need_neither_folder_nor_network():
    arrays, source = download.fetch("digits")
    assert source == "bundled with the course"
    assert digests_of(arrays) == catalogue.RECIPES["digits"].digests
    assert arrays["x_train"].shape == (1438, 28, 28)
    assert runtime.bundled("digits.npz").stat().st_size < 600_000


def test_wide_labels_and_a_channel_axis_are_accepted(offline_file, alone):
    wide = {k: a.astype(np.int64) if k[0] == "y" else a for k, a in alone.items()}
    wide["x_train"], wide["y_test"] = (
        alone["x_train"][..., None],
        alone["y_test"][:, None],
    )
    offline_file.write_bytes(saved(wide))
    arrays, _ = download.fetch("mnist")
    assert arrays["x_train"].shape == (20, 28, 28) and arrays["y_test"].shape == (10,)


def test_keep_copy_writes_what_fetch_reads(monkeypatch, tmp_path, alone):
    keras_answers(monkeypatch, alone)
    path = download.keep_copy("mnist", tmp_path / "data")
    arrays, source = download.fetch("mnist")
    assert path == tmp_path / "data" / "mnist.npz" and "GANUTILS" in source
    np.testing.assert_array_equal(arrays["x_train"], alone["x_train"])


def test_keep_copy_on_a_full_disk_keeps_the_old_file(monkeypatch, offline_file):
    before = offline_file.read_bytes()

    def full(file, **_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space left .*Free some space"):
        download.keep_copy("mnist", offline_file.parent)
    assert offline_file.read_bytes() == before
    assert os.listdir(offline_file.parent) == ["mnist.npz"]


# A file that is there but wrong


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_truncated_file_is_named(share, tmp_path_factory):
    content = saved(tiny())
    file = tmp_path_factory.mktemp("cut") / "mnist.npz"
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="delete it, or copy") as caught:
        download._read_npz(file)
    assert str(file) in str(caught.value)


@settings(max_examples=100, deadline=None)
@given(position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_flipped_bit_is_refused_or_harmless(position, bit, tmp_path_factory):
    arrays, file = tiny(), tmp_path_factory.mktemp("flip") / "mnist.npz"
    content = bytearray(saved(arrays))
    content[int(position * len(content))] ^= 1 << bit
    file.write_bytes(content)
    try:
        found = catalogue.verify(download._read_npz(file), "mnist", "here")
    except ValueError as error:
        assert "delete it" in str(error)
    else:  # a date, say, of the archive
        assert all(np.array_equal(found[k], arrays[k]) for k in catalogue.KEYS)


def test_altered_pixel_is_refused_with_both_hashes(offline_file, alone):
    altered = {k: a.copy() for k, a in alone.items()}
    altered["x_train"][7, 14, 14] ^= 1
    offline_file.write_bytes(saved(altered))
    with pytest.raises(ValueError, match="delete it, or copy it again") as caught:
        download.fetch("mnist")
    message = str(caught.value)
    assert str(offline_file) in message and "`x_train`" in message
    assert digests_of(alone)["x_train"] in message
    assert digests_of(altered)["x_train"] in message


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda a: a.pop("y_test"), r"the arrays \("),
        (lambda a: a.update(x_train=a["x_train"][:-1]), r"shape \(20, 28, 28\)"),
        (
            lambda a: a.update(x_test=a["x_test"][:, :-1]),
            r"received shape \(10, 27, 28",
        ),
        (lambda a: a.update(x_train=a["x_train"] / 255), "uint8; received float64"),
        (lambda a: a.update(y_test=a["y_test"] / 2), "whole numbers; received float64"),
        (lambda a: a.update(y_test=a["y_test"] - np.int64(1)), "min=-1, max=8"),
        (lambda a: a.update(y_test=np.array(["a"] * 10)), "whole numbers"),
        (lambda a: a.update(x_train=np.array([{}], object)), "allow_pickle=False"),
    ],
)
def test_wrong_arrays_are_refused(offline_file, alone, change, expected):
    arrays = dict(alone)
    change(arrays)
    offline_file.write_bytes(saved(arrays))
    with pytest.raises(ValueError, match=expected) as caught:
        download.fetch("mnist")
    assert str(offline_file) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no archive", pickle.dumps([1])])
def test_what_is_no_archive_is_refused(offline_file, content):
    offline_file.write_bytes(content)
    with pytest.raises(ValueError, match=r"mnist.npz to be an \.npz archive"):
        download.fetch("mnist")


def test_without_digests_the_class_counts_are_checked(monkeypatch, tmp_path):
    arrays = tiny(seed=1)
    file = tmp_path / "data" / "fashion_mnist.npz"
    file.write_bytes(saved(arrays))
    assert download.fetch("fashion_mnist")[1].startswith("fashion_mnist.npz")
    arrays["y_train"] = np.where(arrays["y_train"] == 9, 8, arrays["y_train"])
    file.write_bytes(saved(arrays))
    with pytest.raises(
        ValueError, match="2 labels in `y_train` for each of the classes"
    ):
        download.fetch("fashion_mnist")


def test_altered_bundled_file_is_refused(monkeypatch, tmp_path):
    arrays = dict(np.load(runtime.bundled("digits.npz")))
    arrays["x_test"][0, 0, 0] ^= 1
    (tmp_path / "digits.npz").write_bytes(saved(arrays))
    monkeypatch.setattr(runtime, "bundled", lambda name: tmp_path / name)
    with pytest.raises(ValueError, match="digits.npz: `x_test` with sha256"):
        download.fetch("digits")


# The CIFAR-10 folder of pickles


def python2_pickle(data, labels):
    """Return a batch as Python 2 wrote it: byte strings (U, T) and numpy.core."""
    size = len(data).to_bytes(4, "little")
    rows = (len(data) // 3072).to_bytes(4, "little")
    numbers = b"".join(b"K" + bytes([label]) for label in labels)
    return (
        b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
        b"K\x00\x85U\x01btR(K\x01J" + rows + b"M\x00\x0c\x86cnumpy\ndtype\n(U\x02u1K"
        b"\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + size
        + data
        + b"tbU\x06labels]("
        + numbers
        + b"eu."
    )


@pytest.fixture
def batches(tmp_path):
    """Write the six files of the original; red is the row, green 100 + the batch."""
    folder = tmp_path / "data" / "cifar-10-batches-py"
    folder.mkdir()
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    for i, name in enumerate(names):
        rows = [row for row in range(32) for _ in range(32)]
        image = bytes([*rows, *[100 + i] * 1024, *[200] * 1024])
        labels = list(range(10)) * 1000
        (folder / name).write_bytes(python2_pickle(image * 10_000, labels))
    return folder


def test_cifar_batches_are_read_with_channels_last(batches, monkeypatch):
    full = replace(catalogue.RECIPES["cifar10"], counts=(50_000, 10_000))
    monkeypatch.setitem(catalogue.RECIPES, "cifar10", full)
    arrays, source = download.fetch("cifar10")
    assert source == "cifar-10-batches-py in GANUTILS_DATA_DIR"
    assert arrays["x_train"].shape == (50_000, 32, 32, 3)
    assert arrays["x_train"][10_000, 5, 6].tolist() == [5, 101, 200]
    assert np.bincount(arrays["y_test"]).tolist() == [1000] * 10


class Evil:
    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_pickle_that_runs_code_is_refused(batches, tmp_path):
    made = tmp_path / "made by the pickle"
    (batches / "data_batch_3").write_bytes(pickle.dumps({b"data": Evil(str(made))}, 3))
    with pytest.raises(ValueError, match="data_batch_3 .* it asks for posix.mkdir"):
        download.fetch("cifar10")
    assert not made.exists()


@pytest.mark.parametrize("size", [0, 100, 5_000, -1])
def test_truncated_batch_is_named(batches, size):
    batch = batches / "data_batch_2"
    batch.write_bytes(batch.read_bytes()[:size])
    with pytest.raises(ValueError, match="data_batch_2 .*delete it"):
        download.fetch("cifar10")


def test_missing_batch_is_named(batches):
    (batches / "test_batch").unlink()
    with pytest.raises(ValueError, match="test_batch .*No such file"):
        download.fetch("cifar10")


# Keras: no network, a broken cache, a full disk


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
        download.fetch("mnist")
    message = str(caught.value)
    assert f"GANUTILS_DATA_DIR={tmp_path / 'data'} lacks it" in message
    assert "mnist.npz" in message and 'datasets.load("digits")' in message
    assert isinstance(caught.value, OSError)


@pytest.mark.parametrize(
    "folder, said", [("/no/such", "=/no/such is not a folder"), ("", "is not set")]
)
def test_no_network_says_what_is_wrong_with_the_variable(monkeypatch, folder, said):
    monkeypatch.setenv("GANUTILS_DATA_DIR", folder)
    keras_answers(monkeypatch, no_network())
    with pytest.raises(download.DataUnavailable, match=f"GANUTILS_DATA_DIR ?{said}"):
        download.fetch("mnist")


def test_keras_itself_without_a_network(monkeypatch, tmp_path):
    def unresolved(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.undo()  # the real load_data, with an empty cache and no way out
    monkeypatch.setattr(socket, "create_connection", unresolved)
    monkeypatch.setattr(keras.src.backend.config, "_KERAS_DIR", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("GANUTILS_DATA_DIR", "")
    for name in ("mnist", "fashion_mnist", "cifar10"):
        with pytest.raises(download.DataUnavailable, match="Name or service"):
            download.fetch(name)


def test_socket_timeout_is_set_for_the_download_only(monkeypatch, alone):
    seen = []
    keras_answers(monkeypatch, alone)
    answer = keras.datasets.mnist.load_data

    def load_data():
        seen.append(socket.getdefaulttimeout())
        return answer()

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    download.fetch("mnist")
    assert seen == [download.SECONDS_WITHOUT_ANSWER]
    assert socket.getdefaulttimeout() is None


def test_half_downloaded_file_in_the_cache_is_named(tmp_path):
    cached = tmp_path / "keras" / "datasets" / "mnist.npz"
    cached.write_bytes(b"half")
    with pytest.raises(ValueError, match="delete it") as caught:
        download.fetch("mnist")
    message = str(caught.value)
    assert str(cached) in message and hashlib.sha256(b"half").hexdigest() in message
    assert catalogue.RECIPES["mnist"].cached["mnist.npz"] in message
    assert cached.read_bytes() == b"half"


def test_half_downloaded_gzip_file_in_the_cache_is_named(tmp_path):
    file = "fashion-mnist/t10k-images-idx3-ubyte.gz"
    cached = tmp_path / "keras" / "datasets" / file
    cached.parent.mkdir()
    cached.write_bytes(gzip.compress(bytes(1000))[:-4])
    with pytest.raises(ValueError, match="complete gzip file.*delete it") as caught:
        download.fetch("fashion_mnist")
    assert str(cached) in str(caught.value)


def test_damage_that_keras_finds_names_the_cache(monkeypatch, tmp_path):
    keras_answers(monkeypatch, ValueError("Incomplete or corrupted file detected."))
    with pytest.raises(ValueError, match="delete mnist.npz there") as caught:
        download.fetch("mnist")
    assert str(tmp_path / "keras" / "datasets") in str(caught.value)


def test_altered_download_is_refused(monkeypatch, alone):
    keras_answers(monkeypatch, tiny(seed=9))
    with pytest.raises(ValueError, match="keras/datasets: `x_train` with sha256"):
        download.fetch("mnist")


@pytest.mark.parametrize("code, text", [(28, "No space left"), (30, "Read-only file")])
def test_disk_that_cannot_be_written_is_not_a_missing_network(monkeypatch, code, text):
    keras_answers(monkeypatch, OSError(code, text, "/cache/mnist.npz"))
    with pytest.raises(OSError, match=f"{text}.*KERAS_HOME") as caught:
        download.fetch("mnist")
    assert caught.value.errno == code and caught.value.filename == "/cache/mnist.npz"
    assert not isinstance(caught.value, download.DataUnavailable)


# The stand-in


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_digits_stand_in_where_there_is_no_network(monkeypatch, name, capsys):
    keras_answers(monkeypatch, no_network(), name)
    data = datasets.load_or_stand_in(name)
    assert (data.name, data.stand_in_for) == ("digits", name)
    assert f"no copy of {name}" in data.source and "\n" not in data.source
    assert data.x_train.shape == (1438, 28, 28, 1)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"half", saved(tiny(seed=5))])
def test_stand_in_never_hides_a_wrong_file(monkeypatch, offline_file, content):
    keras_answers(monkeypatch, no_network())
    offline_file.write_bytes(content)
    with pytest.raises(ValueError, match="delete it"):
        datasets.load_or_stand_in("mnist")


def test_stand_in_never_hides_a_broken_cache(monkeypatch, tmp_path):
    keras_answers(monkeypatch, no_network())
    (tmp_path / "keras" / "datasets" / "mnist.npz").write_bytes(b"half")
    with pytest.raises(ValueError, match="delete it"):
        datasets.load_or_stand_in("mnist")


def test_what_is_there_is_not_replaced(offline_file):
    data = datasets.load_or_stand_in("mnist")
    assert (data.name, data.stand_in_for) == ("mnist", None)
