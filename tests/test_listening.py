"""What is played and written is the clip: same gain for all, bit for bit."""

import io

import numpy as np
import pytest
import soundfile

from ganutils.audio import listening

CLIP = np.random.default_rng(0).uniform(-0.5, 0.5, (8000, 1)).astype("float32")
SINE = np.sin(2 * np.pi * 100 * np.arange(8000) / 8000)


def heard(player):
    return soundfile.read(io.BytesIO(player.data))


@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_a_quiet_clip_is_played_quietly(gain):
    samples, rate = heard(listening.play(gain * CLIP))
    assert rate == 8000 and samples.shape == (8000,)
    np.testing.assert_allclose(samples, gain * CLIP[:, 0], atol=0.5 / 32768 + 1e-9)


def test_a_second_adds_little_to_a_notebook():
    assert len(listening.play(CLIP)._repr_html_()) < 22_500


def test_label_level_and_length_are_printed(capsys):
    listening.play(0.1 * SINE[:4000], label="step 2,000")
    text = "step 2,000: peak -20.0 dBFS, RMS -23.0 dBFS, 0.50 s\n"
    assert capsys.readouterr().out == text


@pytest.mark.parametrize(
    "clip, text",
    [
        (SINE, "peak 0.0 dBFS, RMS -3.0 dBFS"),
        (np.full(9, -0.5), "peak -6.0 dBFS, RMS -6.0 dBFS"),
        (np.zeros((1, 9, 1)), "silence"),
    ],
)
def test_level_is_relative_to_full_scale(clip, text):
    assert listening.level(clip) == text


def test_every_value_of_sixteen_bits_survives_a_file(tmp_path):
    values = np.arange(-32768, 32768).astype("int16")
    path = listening.save_wav(tmp_path / "a.wav", values / 32768.0, 16_000)
    found, rate = soundfile.read(path, dtype="int16")
    assert rate == 16_000 and soundfile.info(path).subtype == "PCM_16"
    np.testing.assert_array_equal(found, values)


def test_full_scale_neither_wraps_nor_clicks(tmp_path):
    path = listening.save_wav(tmp_path / "a.wav", np.array([1.0, -1.0, 0.0]))
    assert soundfile.read(path, dtype="int16")[0].tolist() == [32767, -32768, 0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1.2])
def test_a_bad_clip_leaves_the_older_file(tmp_path, bad):
    path = listening.save_wav(tmp_path / "a.wav", CLIP)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="`clip`"):
        listening.save_wav(path, np.array([0.0, bad]))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((CLIP, 0), "`sample_rate`.*received 0"),
        ((CLIP[None].repeat(2, axis=0),), r"received \(2, 8000, 1\)"),
        ((np.full(9, 1.01),), "max=1.01"),
        ((np.array([np.nan]),), "NaN"),
    ],
)
def test_bad_arguments_are_named(tmp_path, arguments, message):
    for call in (listening.play, lambda *a: listening.save_wav(tmp_path / "a.wav", *a)):
        with pytest.raises(ValueError, match=message):
            call(*arguments)


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match="clip.mp3"):
        listening.save_wav(tmp_path / "clip.mp3", CLIP)


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Cannot write"):
        listening.save_wav(tmp_path / "file" / "a.wav", CLIP)
