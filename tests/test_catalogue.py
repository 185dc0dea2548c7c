"""What counts as a named data set: each array, each recording, each kind of damage.

Small data sets stand for the large ones; their digests are computed here with hashlib,
the real ones are stated in catalogue.py.
"""

import hashlib
import io
import os
import pickle
import tarfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ganutils import datasets
from ganutils.datasets import catalogue
from ganutils.kit import checks, runtime

BUNDLED = "spoken_digits_tts.npz"
WORDS = [f"{d}_{who}_{i}.wav" for d in (0, 7) for who in "ab" for i in (0, 4, 10)]
INSIDE = "free-spoken-digit-dataset-1.0.10/recordings/"


def tiny(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "x_train": rng.integers(0, 256, (20, 28, 28), np.uint8),
        "y_train": np.arange(20, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (10, 28, 28), np.uint8),
        "y_test": np.arange(10, dtype=np.uint8),
    }


def digests_of(arrays):
    return {k: hashlib.sha256(a.tobytes()).hexdigest() for k, a in arrays.items()}


def saved(arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def recording(seed):
    rng, buffer = np.random.default_rng(seed), io.BytesIO()
    samples = rng.integers(-9_000, 9_000, 2_000 + 10 * seed, np.int16)
    soundfile.write(buffer, samples, 8_000, "PCM_16", format="WAV")
    return buffer.getvalue()


RECORDINGS = {name: recording(i) for i, name in enumerate(WORDS)}
HASHES = {name: hashlib.sha256(c).hexdigest() for name, c in RECORDINGS.items()}


def pack(path, contents=RECORDINGS, extra=()):
    """Write an archive as the project's; `extra` are ready members."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in {INSIDE + n: c for n, c in contents.items()}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in extra:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return path


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """Give the path of a small, whole mnist.npz."""
    arrays = tiny()
    small = replace(
        catalogue.RECIPES["mnist"], counts=(20, 10), digests=digests_of(arrays)
    )
    monkeypatch.setitem(catalogue.RECIPES, "mnist", small)
    (tmp_path / "mnist.npz").write_bytes(saved(arrays))
    return tmp_path / "mnist.npz"


@pytest.fixture
def fsdd(tmp_path, monkeypatch):
    """Give a folder of twelve recordings, which the manifest knows."""
    monkeypatch.setattr(catalogue, "manifest", lambda: HASHES)
    folder = tmp_path / "fsdd"
    folder.mkdir()
    for name, content in RECORDINGS.items():
        (folder / name).write_bytes(content)
    return folder


# Images


def test_arrays_of_a_file_come_back(mnist):
    for found, array in zip(
        catalogue.read_images(mnist, "mnist"), tiny().values(), strict=True
    ):
        np.testing.assert_array_equal(np.squeeze(found), array)


def test_wide_labels_and_a_channel_axis_are_accepted():
    arrays = {k: a[..., None].astype(int) for k, a in tiny().items()}
    arrays |= {k: tiny()[k][..., None] for k in ("x_train", "x_test")}
    small = replace(catalogue.RECIPES["fashion_mnist"], counts=(20, 10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(catalogue.RECIPES, "fashion_mnist", small)
        x, y, *_ = catalogue.read_images(arrays, "fashion_mnist")
    assert x.shape == (20, 28, 28, 1) and y.shape == (20,)
    assert x.dtype == y.dtype == np.uint8


@settings(max_examples=60)
@given(share=st.floats(0, 1, exclude_max=True))
def test_truncated_file_is_named(share, tmp_path_factory):
    content = saved(tiny())
    file = tmp_path_factory.mktemp("cut") / "mnist.npz"
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="delete it, or copy") as caught:
        catalogue.read_images(file, "mnist")
    assert str(file) in str(caught.value)


@settings(max_examples=100)
@given(position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_flipped_bit_is_refused_or_harmless(position, bit, tmp_path_factory):
    arrays, file = tiny(), tmp_path_factory.mktemp("flip") / "mnist.npz"
    content = bytearray(saved(arrays))
    content[int(position * len(content))] ^= 1 << bit
    file.write_bytes(content)
    small = catalogue.Recipe((28, 28, 1), (20, 10), (), digests_of(arrays))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(catalogue.RECIPES, "mnist", small)
        try:  # the bit may be of a date, say, of the archive
            found = catalogue.read_images(file, "mnist")
        except ValueError as error:
            assert "delete it" in str(error)
        else:
            assert np.array_equal(found[0][..., 0], arrays["x_train"])


def test_altered_pixel_is_refused_with_both_hashes(mnist):
    altered = tiny()
    altered["x_train"][7, 14, 14] ^= 1
    mnist.write_bytes(saved(altered))
    with pytest.raises(ValueError, match="delete it, or copy") as caught:
        catalogue.read_images(mnist, "mnist")
    told = [str(mnist), "`x_train`"]
    told += [digests_of(a)["x_train"] for a in (tiny(), altered)]
    assert all(text in str(caught.value) for text in told)


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda a: a.pop("y_test"), r"the arrays \(.*no `y_test`"),
        (
            lambda a: a.update(x_train=a["x_train"][:-1]),
            r"received uint8, shape \(19, 28, 28",
        ),
        (
            lambda a: a.update(x_test=a["x_test"][:, 1:]),
            r"received uint8, shape \(10, 27, 28",
        ),
        (
            lambda a: a.update(x_train=a["x_train"] / 255),
            "uint8, shape.*received float64",
        ),
        (lambda a: a.update(y_test=a["y_test"] / 2), "integers.*received float64"),
        (lambda a: a.update(y_test=a["y_test"] - np.int64(1)), "`y_test` with sha256"),
        (lambda a: a.update(y_test=np.array(["a"] * 10)), "integers"),
        (lambda a: a.update(x_train=np.array([{}], object)), "allow_pickle=False"),
    ],
)
def test_wrong_arrays_are_refused(mnist, change, expected):
    arrays = tiny()
    change(arrays)
    mnist.write_bytes(saved(arrays))
    with pytest.raises(ValueError, match=expected) as caught:
        catalogue.read_images(mnist, "mnist")
    assert str(mnist) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no archive", pickle.dumps([1])])
def test_what_is_no_archive_is_refused(mnist, content):
    mnist.write_bytes(content)
    with pytest.raises(ValueError, match=r"an \.npz archive .* in .*mnist.npz"):
        catalogue.read_images(mnist, "mnist")


def test_without_digests_the_class_counts_are_checked(monkeypatch):
    small = replace(catalogue.RECIPES["fashion_mnist"], counts=(20, 10))
    monkeypatch.setitem(catalogue.RECIPES, "fashion_mnist", small)
    arrays = tiny(seed=1)
    catalogue.read_images(arrays, "fashion_mnist")
    arrays["y_train"] = np.minimum(arrays["y_train"], 8)
    with pytest.raises(ValueError, match="2 labels in `y_train` for each of the cl"):
        catalogue.read_images(arrays, "fashion_mnist")


@pytest.mark.parametrize("name", catalogue.RECIPES)
def test_recipes_are_complete(name):
    recipe = catalogue.RECIPES[name]
    assert len(set(recipe.class_names)) > 1 and len(recipe.counts) == 2
    assert len(recipe.shape) == 3 and recipe.shape[2] in (1, 3)
    assert all(len(h) == 64 and int(h, 16) for h in recipe.digests.values())
    assert set(recipe.digests) in (set(), set(catalogue.KEYS))


# The bundled digits


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


def test_digits_are_images_in_the_unit_range(digits):
    assert digits.x_train.shape == (1438, 28, 28, 1)
    assert digits.x_test.shape == (359, 28, 28, 1)
    for images in (digits.x_train, digits.x_test):
        assert checks.check_images(images) is images and images.dtype == np.float32
        assert images.min() == -1.0 and images.max() == 1.0
    assert digits.stand_in_for is None and "\n" not in digits.source
    assert runtime.bundled("digits.npz").stat().st_size < 600_000


def test_digits_have_every_class_in_both_parts(digits):
    assert digits.class_names == tuple("0123456789")
    for labels, fewest in ((digits.y_train, 139), (digits.y_test, 35)):
        assert labels.dtype == np.int64
        assert np.bincount(labels, minlength=10).min() == fewest


def test_no_test_image_is_a_training_image(digits):
    train = {hashlib.sha256(x.tobytes()).digest() for x in digits.x_train}
    assert not any(hashlib.sha256(x.tobytes()).digest() in train for x in digits.x_test)


def test_digits_look_like_ink_on_paper(digits):
    # As in MNIST: mostly paper, some ink, and more of either than of greys.
    ink = checks.from_unit_range(digits.x_train)
    paper, full = np.mean(ink == 0), np.mean(ink > 250)
    assert 0.5 < paper < 0.8 and 0.05 < full < 0.2
    assert np.mean((ink > 25) & (ink < 230)) < 0.2


def test_nearest_training_digit_has_the_same_label(digits):
    # Scrambled labels give 0.1; the 8×8 originals give 0.983, these 0.978.
    x, y = (a.reshape(len(a), -1) for a in (digits.x_train, digits.x_test))
    distances = (x**2).sum(1) - 2 * y @ x.T
    found = digits.y_train[distances.argmin(1)]
    assert 0.96 < np.mean(found == digits.y_test) <= 1.0


# FSDD


def test_recordings_come_sorted_with_digit_speaker_and_part(fsdd):
    samples, labels, speakers, test = catalogue.read_fsdd(fsdd)
    for found, name in zip(samples, sorted(WORDS), strict=True):
        expected, _ = soundfile.read(io.BytesIO(RECORDINGS[name]), dtype="int16")
        np.testing.assert_array_equal(found, expected)
    assert labels.tolist() == ["0"] * 6 + ["7"] * 6
    assert speakers.tolist() == ["a", "a", "a", "b", "b", "b"] * 2
    assert test.tolist() == [True, False, True] * 4  # recordings 0, 10, 4


def test_archive_holds_the_same_as_the_folder(fsdd, tmp_path):
    link, up = tarfile.TarInfo(INSIDE + "9_c_0.wav"), tarfile.TarInfo("../escaped.wav")
    link.type, link.linkname, up.size = tarfile.SYMTYPE, "/etc/hostname", 3
    path = pack(tmp_path / "a.tar.gz", extra=[link, up])
    folder, archive = (catalogue.read_fsdd(place)[0] for place in (fsdd, path))
    assert all(np.array_equal(*pair) for pair in zip(folder, archive, strict=True))
    assert sorted(os.listdir(tmp_path)) == ["a.tar.gz", "fsdd"]  # nothing is unpacked


def test_other_entries_of_the_folder_are_ignored(fsdd):
    (fsdd / "._0_a_0.wav").write_bytes(b"left by a file manager")
    (fsdd / "README.md").write_text("notes")
    assert len(catalogue.read_fsdd(fsdd)[0]) == 12


def test_damaged_recording_is_named_with_both_hashes(fsdd):
    (fsdd / WORDS[3]).write_bytes(b"half")
    with pytest.raises(ValueError, match="delete it, or copy") as caught:
        catalogue.read_fsdd(fsdd)
    told = [str(fsdd), WORDS[3], HASHES[WORDS[3]], hashlib.sha256(b"half").hexdigest()]
    assert all(text in str(caught.value) for text in told)


def test_missing_and_extra_recordings_are_named_and_counted(fsdd):
    (fsdd / "7_c_0.wav").write_bytes(recording(50))
    with pytest.raises(ValueError, match="`7_c_0.wav` with sha256 none"):
        catalogue.read_fsdd(fsdd)
    for name in WORDS[:4]:
        (fsdd / name).unlink()
    with pytest.raises(ValueError, match=f"{WORDS[0]}.*received none, and 4 more"):
        catalogue.read_fsdd(fsdd)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.98])
def test_half_an_archive_is_named(fsdd, tmp_path, share):
    path = pack(tmp_path / "a.tar.gz")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match="a.tar.gz.*delete it"):
        catalogue.read_fsdd(path)


def test_bundled_manifest():
    manifest = catalogue.manifest()
    parts = np.array([name.removesuffix(".wav").split("_") for name in manifest])
    assert len(manifest) == 3_000 and list(manifest) == sorted(manifest)
    assert all(len(bytes.fromhex(digest)) == 32 for digest in manifest.values())
    digits, speakers, indices = (set(column) for column in parts.T)
    assert digits == set("0123456789") and len(speakers) == 6
    assert indices == {str(i) for i in range(50)}
    assert runtime.bundled("fsdd_manifest.npz").stat().st_size < 130_000


# The bundled spoken digits


@pytest.fixture(scope="module")
def arrays():
    with np.load(runtime.bundled(BUNDLED), allow_pickle=False) as archive:
        return dict(archive)


def test_file_is_small_and_the_described_one(arrays):
    digests = digests_of(catalogue.unpack(arrays))
    text = runtime.bundled("README.md").read_text(encoding="utf-8")
    assert digests == catalogue.SYNTHETIC and len(digests) == 5
    assert all(digest in text for digest in digests.values())
    assert runtime.bundled(BUNDLED).stat().st_size <= 5_000_000


@pytest.mark.parametrize("key", ["lengths", "labels", "manners", "test", "flac"])
def test_altered_array_is_refused(tmp_path, arrays, key):
    altered = arrays | {key: np.roll(arrays[key], 1)}
    np.savez(tmp_path / BUNDLED, **altered)
    with pytest.raises(ValueError, match="delete it, or copy") as caught:
        catalogue.read_synthetic(tmp_path / BUNDLED)
    assert str(tmp_path / BUNDLED) in str(caught.value)
    assert key == "flac" or f"`{key}` with sha256" in str(caught.value)


@pytest.mark.parametrize("key", ["manners", "flac"])
def test_missing_array_is_named(tmp_path, arrays, key):
    np.savez(tmp_path / BUNDLED, **{k: a for k, a in arrays.items() if k != key})
    with pytest.raises(ValueError, match=f"{key}.*{BUNDLED}|{BUNDLED}.*{key}"):
        catalogue.read_synthetic(tmp_path / BUNDLED)


def test_no_manner_of_speaking_is_in_both_parts(arrays):
    train, test = (set(arrays["manners"][arrays["test"] == p]) for p in (False, True))
    assert (len(train), len(test)) == (100, 20) and not train & test


def test_words_last_as_long_as_words(arrays):
    assert 1_500 < arrays["lengths"].min() and arrays["lengths"].max() < 7_500
    assert np.mean(arrays["lengths"] < 6_000) > 0.95
