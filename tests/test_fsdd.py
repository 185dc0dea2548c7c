"""FSDD's recordings: each place, each kind of damage, and the archive.

Twelve small recordings stand for the 3,000; the archive is read from a file:// address.
"""

import hashlib
import io
import os
import tarfile

import numpy as np
import pytest
import soundfile

from ganutils.datasets import download, fsdd, spoken_digits
from ganutils.kit import runtime

NAMES = [f"{d}_{who}_{i}.wav" for d in (0, 7) for who in "ab" for i in (0, 4, 10)]
INSIDE = "free-spoken-digit-dataset-1.0.10/recordings/"


def recording(seed, amplitude=9_000):
    rng, buffer = np.random.default_rng(seed), io.BytesIO()
    samples = rng.integers(-amplitude, amplitude, 2_000 + 10 * seed, np.int16)
    soundfile.write(buffer, samples, 8_000, "PCM_16", format="WAV")
    return buffer.getvalue()


CONTENTS = {name: recording(i) for i, name in enumerate(NAMES)}
DIGESTS = {name: hashlib.sha256(c).digest() for name, c in CONTENTS.items()}


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Give a small manifest, empty folders, and an address without an archive."""
    monkeypatch.setattr(fsdd, "manifest", lambda: DIGESTS)
    monkeypatch.setattr(fsdd, "URL", (tmp_path / "fsdd.tar.gz").as_uri())
    monkeypatch.setenv("GANUTILS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras").mkdir()


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "keras" / "datasets" / "free-spoken-digit-dataset-v1.0.10"


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "data" / "fsdd")


def fill(folder):
    folder.mkdir(parents=True)
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    return folder


def archive(tmp_path, contents=CONTENTS, extra=()):
    """Write the archive that URL names; `extra` are ready members."""
    with tarfile.open(tmp_path / "fsdd.tar.gz", "w:gz") as tar:
        for name, content in {INSIDE + n: c for n, c in contents.items()}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in extra:
            tar.addfile(member, io.BytesIO(b"x" * member.size))


def check(recordings):
    assert list(recordings) == sorted(NAMES)
    for name, samples in recordings.items():
        expected, _ = soundfile.read(io.BytesIO(CONTENTS[name]), dtype="int16")
        np.testing.assert_array_equal(samples, expected)
        assert samples.dtype == np.int16


# Verified recordings, from each place


def test_offline_folder_comes_first(folder, tmp_path):
    archive(tmp_path, {})
    recordings, source = fsdd.fetch()
    assert source == "fsdd in GANUTILS_DATA_DIR"
    check(recordings)


def test_archive_fills_the_cache_once(tmp_path, cache):
    archive(tmp_path)
    recordings, source = fsdd.fetch()
    assert source == "Free Spoken Digit Dataset v1.0.10"
    check(recordings)
    assert sorted(os.listdir(cache)) == sorted(NAMES)
    assert os.listdir(cache.parent) == [cache.name]  # no leftovers
    (tmp_path / "fsdd.tar.gz").unlink()
    check(fsdd.fetch()[0])


def test_empty_folder_leads_on(tmp_path, monkeypatch):
    (tmp_path / "data" / "fsdd").mkdir(parents=True)
    archive(tmp_path)
    check(fsdd.fetch()[0])
    monkeypatch.setenv("GANUTILS_DATA_DIR", "")
    check(fsdd.fetch()[0])


def test_other_entries_of_the_folder_are_ignored(folder):
    (folder / "._0_a_0.wav").write_bytes(b"left by a file manager")
    (folder / "README.md").write_text("notes")
    check(fsdd.fetch()[0])


def test_only_wanted_members_are_unpacked(tmp_path, cache):
    link, up = tarfile.TarInfo(INSIDE + "9_c_0.wav"), tarfile.TarInfo("../escaped.wav")
    link.type, link.linkname, up.size = tarfile.SYMTYPE, "/etc/hostname", 3
    archive(tmp_path, extra=[link, up, tarfile.TarInfo("/etc/evil.wav")])
    check(fsdd.fetch()[0])
    assert sorted(os.listdir(cache)) == sorted(NAMES)
    assert not list(tmp_path.rglob("escaped.wav"))


# Recordings that are there but wrong


def test_damaged_recording_is_named_with_both_hashes(folder):
    damaged = recording(99)
    (folder / NAMES[3]).write_bytes(damaged)
    with pytest.raises(ValueError, match="copy the recordings again") as caught:
        fsdd.fetch()
    message = str(caught.value)
    assert str(folder) in message and NAMES[3] in message
    assert DIGESTS[NAMES[3]].hex() in message
    assert hashlib.sha256(damaged).hexdigest() in message


def test_missing_recording_is_named(folder):
    (folder / NAMES[5]).unlink()
    expected = f"{NAMES[5]} with sha256 {DIGESTS[NAMES[5]].hex()}; received no such"
    with pytest.raises(ValueError, match=expected):
        fsdd.fetch()


def test_extra_recording_is_named(folder):
    (folder / "7_c_0.wav").write_bytes(recording(50))
    with pytest.raises(ValueError, match="7_c_0.wav with no such file; received sha"):
        fsdd.fetch()


def test_several_wrong_recordings_are_counted(folder):
    for name in NAMES[:4]:
        (folder / name).write_bytes(b"")
    with pytest.raises(ValueError, match="and 3 more differ"):
        fsdd.fetch()


def test_damaged_cache_is_named_and_kept(tmp_path, cache):
    fill(cache)
    archive(tmp_path)
    (cache / NAMES[0]).write_bytes(b"half")
    with pytest.raises(ValueError, match="delete the folder") as caught:
        fsdd.fetch()
    assert str(cache) in str(caught.value)
    assert (cache / NAMES[0]).read_bytes() == b"half"


# The archive


def test_altered_archive_leaves_nothing_behind(tmp_path, cache):
    archive(tmp_path, CONTENTS | {NAMES[2]: recording(77)})
    with pytest.raises(ValueError, match=f"fsdd.tar.gz gave something.*{NAMES[2]}"):
        fsdd.fetch()
    assert os.listdir(cache.parent) == []


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.98])
def test_half_downloaded_archive(tmp_path, cache, share):
    archive(tmp_path)
    whole = (tmp_path / "fsdd.tar.gz").read_bytes()
    (tmp_path / "fsdd.tar.gz").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match="damaged.*try again|gave something else"):
        fsdd.fetch()
    assert os.listdir(cache.parent) == []


def test_something_else_than_an_archive(tmp_path):
    (tmp_path / "fsdd.tar.gz").write_text("<html>Log in to this network</html>")
    with pytest.raises(ValueError, match="a .tar.gz archive; reading it gave"):
        fsdd.fetch()


def test_no_network_says_which_folder_to_fill(tmp_path):
    with pytest.raises(download.DataUnavailable) as caught:
        fsdd.fetch()
    message = str(caught.value)
    assert f"GANUTILS_DATA_DIR={tmp_path / 'data'}" in message
    assert "sub-folder fsdd" in message and "spoken_digits_tts" in message
    assert isinstance(caught.value, OSError)


def test_interrupted_download_is_a_missing_network(tmp_path, cache, monkeypatch):
    def hangs(*_, timeout):
        assert timeout == download.SECONDS_WITHOUT_ANSWER
        raise TimeoutError("The read operation timed out")

    monkeypatch.setattr(fsdd.urllib.request, "urlopen", hangs)
    with pytest.raises(download.DataUnavailable, match="timed out"):
        fsdd.fetch()
    assert os.listdir(cache.parent) == []


def test_full_disk_is_not_a_missing_network(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    archive(tmp_path)
    monkeypatch.setattr(fsdd.shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space left.*KERAS_HOME") as caught:
        fsdd.fetch()
    assert not isinstance(caught.value, download.DataUnavailable)


def test_another_process_that_was_faster(tmp_path, cache, monkeypatch):
    archive(tmp_path)
    unpack = fsdd._unpack

    def slowly(*arguments):
        unpack(*arguments)
        fill(cache)

    monkeypatch.setattr(fsdd, "_unpack", slowly)
    check(fsdd.fetch()[0])


# The names of the real recordings


def test_bundled_manifest(monkeypatch):
    monkeypatch.undo()
    manifest = fsdd.manifest()
    parts = np.array([name.removesuffix(".wav").split("_") for name in manifest])
    assert len(manifest) == 3_000 and list(manifest) == sorted(manifest)
    assert {len(digest) for digest in manifest.values()} == {32}
    digits, speakers, indices = (set(column) for column in parts.T)
    assert digits == set("0123456789") and len(speakers) == 6
    assert indices == {str(i) for i in range(50)}
    assert runtime.bundled("fsdd_manifest.npz").stat().st_size < 130_000


# As a data set


def test_first_five_of_each_are_the_test_part(folder):
    data = spoken_digits.load("fsdd", clip_length=4_096)
    assert data.x_train.shape == (4, 4_096, 1) and data.x_test.shape == (8, 4_096, 1)
    assert data.y_train.tolist() == [0, 0, 7, 7]
    assert data.speakers_train.tolist() == ["a", "b", "a", "b"]
    assert data.speakers_test.tolist() == ["a", "a", "b", "b"] * 2
    assert data.source == "fsdd: 4 + 8 clips, fsdd in GANUTILS_DATA_DIR"


def test_bundled_digits_stand_in_where_there_is_no_network(capsys):
    data = spoken_digits.load_or_stand_in("fsdd", clip_length=4_096)
    assert (data.name, data.stand_in_for) == ("spoken_digits_tts", "fsdd")
    assert "no copy of fsdd" in data.source and "\n" not in data.source
    assert data.x_train.shape[1:] == (4_096, 1)
    assert capsys.readouterr().out == ""


def test_stand_in_never_hides_a_wrong_file(folder):
    (folder / NAMES[0]).write_bytes(b"half")
    with pytest.raises(ValueError, match=NAMES[0]):
        spoken_digits.load_or_stand_in("fsdd")


def test_what_is_there_is_not_replaced(folder):
    data = spoken_digits.load_or_stand_in("fsdd", clip_length=4_096)
    assert (data.name, data.stand_in_for) == ("fsdd", None)
