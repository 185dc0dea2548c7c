"""Six folders of sounds go through the command of chapter 5, or say what is wrong."""

import keras
import numpy as np
import pytest
import soundfile

import own_sounds
from ganutils import datasets


@pytest.fixture(autouse=True)
def untraced(monkeypatch):  # two steps are done before one is traced
    train = own_sounds.train

    def train_eagerly(gan, *arguments):
        gan.run_eagerly, gan.steps_per_execution = True, 1
        train(gan, *arguments)

    monkeypatch.setattr(own_sounds, "train", train_eagerly)


@pytest.fixture(scope="module")
def words():
    return datasets.load("spoken_digits_tts").x_train[..., 0]


def run(folder, out, capsys, *options):
    own_sounds.main([str(folder), "--steps", "2", "--out", str(out), *options])
    return capsys.readouterr().out


def hit(rng, hertz, rate=44_100):
    time = np.arange(rate // 3) / rate
    noise = rng.normal(size=len(time)) * np.exp(-time / 0.02)
    return 0.4 * np.sin(2 * np.pi * hertz * time) * np.exp(-time / 0.1) + 0.2 * noise


def test_a_talk_of_90_seconds(words, tmp_path, capsys):
    talk = np.concatenate([np.pad(word, (0, 3_000)) for word in words[:64]])
    (tmp_path / "in").mkdir()
    soundfile.write(tmp_path / "in" / "talk.wav", talk[: 90 * 8_000], 8_000)
    printed = run(tmp_path / "in", tmp_path / "out", capsys)
    assert "1 of 1 files used, 6" in printed and "cut at pauses" in printed
    assert "no classifier knows them" in printed and "generated" in printed
    generator = keras.models.load_model(tmp_path / "out" / "generator.keras")
    assert generator(np.zeros((2, 64))).shape == (2, 8_192, 1)
    sound, rate = soundfile.read(tmp_path / "out" / "class_0" / "generated_2.wav")
    assert (len(sound), rate) == (8_192, 8_000) and sound.any()


def test_drums_in_class_folders(tmp_path, capsys):
    rng = np.random.default_rng(0)
    for name, hertz in (("kick", 60), ("Trömmel 🥁", 180)):
        (tmp_path / "in" / name).mkdir(parents=True)
        for i in range(9):
            both = np.stack([hit(rng, hertz + i)] * 2, axis=1)
            path = tmp_path / "in" / name / f"{i}.wav"
            soundfile.write(path, both, 44_100, subtype="PCM_24")
    options = "--kind", "hits", "--seconds", "0.2"
    printed = run(tmp_path / "in", tmp_path / "out", capsys, *options)
    assert "clips per class: Trömmel 🥁 9, kick 9" in printed
    assert "18 clips are few" in printed
    page = (tmp_path / "out" / "listen.html").read_text("utf8")
    assert "<h2>Trömmel 🥁</h2>" in page and page.count("<audio") == 20
    assert soundfile.info(tmp_path / "out/class_1/generated_9.wav").samplerate == 44_100


def test_formats_and_capitals(words, tmp_path, capsys):
    for i, ending in enumerate(("AIFF", "flac", "OGG", "mp3", "WAV")):
        sound = soundfile.SoundFile(
            tmp_path / f"{i}.{ending}", "w", 16_000, 1, format=ending.upper()
        )
        with sound:
            sound.write(np.repeat(words[i], 2))
    printed = run(tmp_path, tmp_path / "out", capsys)
    assert "5 of 5 files used, 5 clips" in printed


def test_nested_folders(words, tmp_path, capsys):
    for i in range(12):
        folder = tmp_path / "in" / f"ann{i % 2}" / f"day{i // 6}"
        folder.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / f"{i}.wav", words[i], 8_000)
    printed = run(tmp_path / "in", tmp_path / "out", capsys)
    assert "12 of 12 files used" in printed
    assert "ann0/day0 3, ann0/day1 3, ann1/day0 3, ann1/day1 3" in printed


def test_three_files_train_with_a_warning(words, tmp_path, capsys):
    for i in range(3):
        soundfile.write(tmp_path / f"{i}.wav", words[i], 8_000)
    printed = run(tmp_path, tmp_path / "out", capsys)
    assert "3 clips are few: expect copies of them" in printed
    assert (tmp_path / "out" / "class_0" / "generated_2.wav").is_file()


def test_ctrl_c_writes_what_was_learnt(words, tmp_path, capsys, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(own_sounds, "train", interrupted)
    for i in range(3):
        soundfile.write(tmp_path / f"{i}.wav", words[i], 8_000)
    assert "stopped at step 0" in run(tmp_path, tmp_path / "out", capsys)
    assert (tmp_path / "out" / "generator.keras").is_file()


def test_silence_is_named(tmp_path, capsys):
    soundfile.write(tmp_path / "nothing.wav", np.zeros(9_000), 8_000)
    with pytest.raises(ValueError, match="nothing.wav .silent"):
        run(tmp_path, tmp_path / "out", capsys)


def test_hits_are_not_taken_for_speech(tmp_path, capsys):
    rng = np.random.default_rng(0)
    for i in range(4):
        clip = rng.normal(size=4_000) * np.exp(-np.arange(4_000) / 300)
        soundfile.write(tmp_path / f"{i}.wav", 0.1 * clip, 8_000)
    with pytest.raises(ValueError, match="pitch.*--kind hits"):
        run(tmp_path, tmp_path / "out", capsys)


def test_lengths_are_those_that_the_networks_draw():
    sizes = own_sounds.KINDS.values()
    found = [own_sounds.clip_length(k["rate"], k["seconds"], k["hop"]) for k in sizes]
    assert found == [8_192, 32_768, 65_536]
    assert own_sounds.clip_length(8_000, 0.001, 128) == 1_024


def test_the_gap_of_a_set_to_itself_is_zero_and_in_db():
    x = np.random.default_rng(0).uniform(-1, 1, (30, 4_096, 1))
    assert own_sounds.gaps(x, x, 8_000) == (0, 0)
    mean, spread = own_sounds.gaps(0.1 * x, x, 8_000)
    assert abs(mean - 20) < 0.1 and spread < 0.1
