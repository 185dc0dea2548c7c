"""Each kind of trouble is in the folder, and the loader deals with each."""

import messy_sounds
import numpy as np
import pytest
import soundfile

from ganutils import datasets
from ganutils.datasets import messy

RATE = 8000
T = np.arange(RATE // 2) / RATE
WORDS = np.stack([np.sin(2 * np.pi * f * T) * np.hanning(len(T)) for f in (440, 700)])


def test_the_loader_uses_all_but_the_torn_file_and_the_text(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    messy.write_images(tmp_path, pictures)
    loaded = datasets.load_images(tmp_path, size=(32, 32), channels=3)
    assert {entry.path for entry in loaded.skipped} == {"torn.png", "notes.txt"}
    assert loaded.images.shape == (9, 32, 32, 3)


def test_the_photo_on_its_side_is_turned(tmp_path):
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, :14] = 255  # white above, black below
    messy.write_images(tmp_path, picture)
    loaded = datasets.load_images(tmp_path, size=(28, 28), channels=1)
    names = [entry.path for entry in loaded.report if entry.action == "used"]
    upright, turned = (
        loaded.images[names.index(n), 2:26, 2:26, 0]
        for n in ("upright_00.png", "rotated.jpg")
    )
    assert upright[:5].mean() > 0.8 > -0.8 > upright[-5:].mean()
    assert turned[:, -5:].mean() > 0.8 > -0.8 > turned[:, :5].mean()


@pytest.fixture
def written(tmp_path):
    expected = messy_sounds.write_sounds(tmp_path, 0.8 * WORDS[..., None], RATE)
    return tmp_path, expected, datasets.load_sounds(tmp_path)


def test_the_loader_does_what_is_expected_of_every_sound(written):
    folder, expected, loaded = written
    assert {entry.path: entry.action for entry in loaded.report} == expected
    assert {path.name for path in folder.iterdir()} == set(expected)
    assert set(expected.values()) == {"used", "skipped"} and len(expected) > 30
    assert all(entry.reason for entry in loaded.skipped)


def test_what_is_used_sounds_like_the_word(written):
    _, _, loaded = written
    names = [entry.path for entry in loaded.report if entry.action == "used"]
    word = np.fft.rfft(loaded.clips[names.index("word_00.wav"), :, 0])
    for name, clip in zip(names, loaded.clips[..., 0], strict=True):
        likeness = np.fft.irfft(np.fft.rfft(clip) * word.conj()) / (clip @ clip)
        other = name == "word_01.wav"
        assert (np.abs(likeness).max() > 0.9) != other, name


def test_the_folder_is_small(written):
    assert sum(path.stat().st_size for path in written[0].iterdir()) < 2**20


def test_one_clip_without_a_channel_axis_is_enough(tmp_path):
    expected = messy_sounds.write_sounds(tmp_path, WORDS[:1], RATE)
    assert "word_00.wav" in expected and "word_01.wav" not in expected


def test_encode_writes_what_was_asked_for(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(messy_sounds.encode(WORDS[0], 11_025, "FLAC", "PCM_24"))
    info = soundfile.info(path)
    assert (info.format, info.subtype, info.samplerate) == ("FLAC", "PCM_24", 11_025)
    assert info.frames == len(WORDS[0])
