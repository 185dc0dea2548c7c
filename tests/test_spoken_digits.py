"""The bundled spoken digits: what they are as clips, and how they are made."""

import hashlib

import numpy as np
import pytest

import make_spoken_digits as tool
from ganutils import datasets
from ganutils.datasets import catalogue, sound_folder
from ganutils.kit import checks, runtime


@pytest.fixture(scope="module")
def data():
    return datasets.load("spoken_digits_tts")


@pytest.fixture(scope="module")
def arrays():
    path = runtime.bundled("spoken_digits_tts.npz")
    with np.load(path, allow_pickle=False) as archive:
        return dict(archive)


def test_clips_are_what_a_gan_takes(data):
    assert data.x_train.shape == (1000, 8192, 1) and data.x_test.shape == (200, 8192, 1)
    for clips in (data.x_train, data.x_test):
        assert checks.check_clips(clips) is clips and clips.dtype == np.float32
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


def test_no_clip_is_there_twice(data):
    clips = np.concatenate([data.x_train, data.x_test])
    assert len({hashlib.sha256(c.tobytes()).digest() for c in clips}) == len(clips)


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
        catalogue.decode(tool.pack(clips)), np.concatenate(clips)
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
    samples = catalogue.decode(arrays["flac"])[: arrays["lengths"][0]] / 32_768
    clip, _ = sound_folder.fit_clip(samples.astype(np.float32), 8_000, 8_000, 8_192)
    part = data.x_test if arrays["test"][0] else data.x_train
    np.testing.assert_array_equal(part[0].ravel(), np.ravel(clip))
