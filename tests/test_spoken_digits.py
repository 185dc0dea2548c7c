"""The bundled spoken digits: what they are, how they are checked, how they are made."""

import hashlib

import numpy as np
import pytest

import make_spoken_digits as tool
from ganutils import datasets
from ganutils.datasets import sound_folder, spoken_digits
from ganutils.kit import runtime


@pytest.fixture(scope="module")
def data():
    return spoken_digits.load("spoken_digits_tts")


@pytest.fixture(scope="module")
def arrays():
    with np.load(runtime.bundled(spoken_digits.BUNDLED), allow_pickle=False) as archive:
        return dict(archive)


def test_clips_are_what_a_gan_takes(data):
    assert data.x_train.shape == (1000, 8192, 1) and data.x_test.shape == (200, 8192, 1)
    for clips in (data.x_train, data.x_test):
        assert spoken_digits.check_clips(clips) is clips and clips.dtype == np.float32
    assert (data.sample_rate, data.stand_in_for) == (8_000, None)
    assert data.source.startswith("spoken_digits_tts: 1,000 + 200 clips")


def test_every_digit_is_equally_often_in_both_parts(data):
    assert data.class_names == tuple("0123456789")
    for labels, count in ((data.y_train, 100), (data.y_test, 20)):
        assert labels.dtype == np.int64
        assert np.bincount(labels).tolist() == [count] * 10


def test_every_clip_is_loud_and_ends_in_silence(data):
    loudest = np.abs(data.x_train).max(axis=(1, 2))
    np.testing.assert_allclose(loudest, 0.95, atol=1e-3)
    assert not data.x_train[:, 8_000:].any()  # no word is cut


def test_words_start_where_fit_clip_puts_them(data):
    starts = (np.abs(data.x_train[..., 0]) > 0.05).argmax(axis=1)
    assert 150 <= np.median(starts) <= 800 and not data.x_train[:, :100].any()


def test_speakers_are_the_same_ten_in_both_parts(data):
    assert set(data.speakers_train) == set(data.speakers_test) == set(tool.VOICES)
    assert data.speakers_train.shape == data.y_train.shape
    voices, counts = np.unique(data.speakers_test, return_counts=True)
    assert counts.tolist() == [20] * 10


def test_no_manner_of_speaking_is_in_both_parts(arrays):
    train, test = (set(arrays["manners"][arrays["test"] == p]) for p in (False, True))
    assert (len(train), len(test)) == (100, 20) and not train & test


def test_no_clip_is_there_twice(data):
    clips = np.concatenate([data.x_train, data.x_test])
    assert len({hashlib.sha256(c.tobytes()).digest() for c in clips}) == len(clips)


def test_words_last_as_long_as_words(arrays):
    assert 1_500 < arrays["lengths"].min() and arrays["lengths"].max() < 7_500
    assert np.mean(arrays["lengths"] < 6_000) > 0.95


def test_file_is_small_and_the_described_one(arrays):
    digests = spoken_digits.digests_of(arrays)
    text = runtime.bundled("README.md").read_text(encoding="utf-8")
    assert digests == spoken_digits.DIGESTS and len(digests) == 5
    assert all(digest in text for digest in digests.values())
    assert runtime.bundled(spoken_digits.BUNDLED).stat().st_size <= 5_000_000


@pytest.mark.parametrize("key", ["lengths", "labels", "manners", "test", "flac"])
def test_altered_file_is_refused(monkeypatch, tmp_path, arrays, key):
    altered = {k: a.copy() for k, a in arrays.items()}
    altered[key] = np.roll(altered[key], 1)
    np.savez(tmp_path / spoken_digits.BUNDLED, **altered)
    monkeypatch.setattr(runtime, "bundled", lambda name: tmp_path / name)
    with pytest.raises(ValueError, match="delete it, or copy") as caught:
        spoken_digits.load("spoken_digits_tts")
    assert str(tmp_path / spoken_digits.BUNDLED) in str(caught.value)
    assert key == "flac" or f"`{key}` with sha256" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_what_is_no_archive_is_refused(monkeypatch, tmp_path, content):
    (tmp_path / spoken_digits.BUNDLED).write_bytes(content)
    monkeypatch.setattr(runtime, "bundled", lambda name: tmp_path / name)
    with pytest.raises(ValueError, match="spoken_digits_tts.npz to be the bundled"):
        spoken_digits.load("spoken_digits_tts")


def test_missing_array_is_named(monkeypatch, tmp_path, arrays):
    rest = {k: a for k, a in arrays.items() if k != "manners"}
    np.savez(tmp_path / spoken_digits.BUNDLED, **rest)
    monkeypatch.setattr(runtime, "bundled", lambda name: tmp_path / name)
    with pytest.raises(ValueError, match="`manners` with sha256.*sha256 None"):
        spoken_digits.load("spoken_digits_tts")


def test_clip_length_cuts_or_pads(data):
    short = spoken_digits.load("spoken_digits_tts", clip_length=2_048)
    assert short.x_test.shape == (200, 2_048, 1)
    # A cut clip is as loud as a whole one: the same where the peak is in both.
    early = np.abs(data.x_test[..., 0]).argmax(axis=1) < 1_800
    start = slice(0, 1_800)
    assert 20 < early.sum() < 200
    np.testing.assert_array_equal(short.x_test[early, start], data.x_test[early, start])


def test_datasets_load_the_names_of_sound(data):
    same = datasets.load("spoken_digits_tts")
    np.testing.assert_array_equal(same.x_test, data.x_test)
    again = datasets.load_or_stand_in("spoken_digits_tts")
    assert (again.name, again.stand_in_for) == ("spoken_digits_tts", None)


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="'fsdd', 'spoken_digits_tts'.*'sc09'"):
        spoken_digits.load("sc09")
    with pytest.raises(ValueError, match="'fsdd'.*'spoken_digits_tts'.*'fsd'"):
        datasets.load("fsd")


# tools/make_spoken_digits.py


def test_manners_are_split_within_each_voice():
    manners, test = tool.manners()
    assert len(manners) == len(set(manners)) == 120 and test.sum() == 20
    for voice in tool.VOICES:
        assert sum(t for m, t in zip(manners, test, strict=True) if m[0] == voice) == 2
    np.testing.assert_array_equal(test, tool.manners()[1])


def test_finished_speech_is_trimmed_resampled_and_loud():
    tone = 3_000 * np.sin(2 * np.pi * 500 * np.arange(22_050) / 22_050)
    speech = np.concatenate([np.zeros(5_000), tone, np.zeros(9_000)]).astype(np.int16)
    clip = tool.finish(speech)
    assert clip.dtype == np.int16 and abs(len(clip) - 8_000) < 60
    assert np.abs(clip).max() == pytest.approx(0.95 * 32_767, abs=16)
    assert not (clip % 16).any()
    spectrum = np.abs(np.fft.rfft(clip[:8_000]))
    assert spectrum.argmax() == 500  # Hz, over one second


def test_of_two_that_agree_the_one_for_training_stays():
    rng = np.random.default_rng(0)
    a, b, c = ([rng.integers(0, 9, 50) for _ in range(10)] for _ in range(3))
    half_a = [*a[:5], *c[5:]]
    test = np.array([True, False, False, False])
    assert tool.without_repeats([half_a, a, b, b], test).tolist() == [1, 2]
    assert tool.without_repeats([a, b, c], test[:3]).tolist() == [0, 1, 2]


def test_packed_clips_come_back():
    clips = [np.arange(-600, 600, 3, dtype=np.int16) * 16 for _ in range(3)]
    np.testing.assert_array_equal(
        spoken_digits._decode(tool.pack(clips)), np.concatenate(clips)
    )


def test_espeak_that_is_missing_or_refuses(monkeypatch, tmp_path):
    manner = tool.Manner("en+m1", 50, 150)
    monkeypatch.setattr(tool, "PROGRAM", "false")
    with pytest.raises(OSError, match="false -v en.m1 -p 50 -s 150 .* failed"):
        tool.speak("one", manner, tmp_path)
    monkeypatch.setattr(tool, "PROGRAM", "no-such-program")
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        tool.speak("one", manner, tmp_path)


def test_manifest_of_checksums(tmp_path):
    lines = [f"{'ab' * 32}  1_x_0.wav", f"{'01' * 32} *0_x_0.wav"]
    (tmp_path / "fsdd.sha256").write_text("\n".join(lines) + "\n")
    out = tmp_path / "manifest.npz"
    tool.main([str(out), "--manifest", str(tmp_path / "fsdd.sha256")])
    with np.load(out, allow_pickle=False) as archive:
        assert archive["names"].tolist() == [b"0_x_0.wav", b"1_x_0.wav"]
        assert archive["digests"].tolist() == [[0x01] * 32, [0xAB] * 32]


def test_digits_are_loaded_as_fit_clip_leaves_them(arrays, data):
    samples = spoken_digits._decode(arrays["flac"])[: arrays["lengths"][0]] / 32_768
    clip, _ = sound_folder.fit_clip(samples.astype(np.float32), 8_000, 8_000, 8_192)
    part = data.x_test if arrays["test"][0] else data.x_train
    np.testing.assert_array_equal(part[0].ravel(), np.ravel(clip))
