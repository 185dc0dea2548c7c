"""Folders of sound files: what is used, what is skipped, and why.

The sound is a word-like burst of two tones between silences. A file that is used must
give the clip that `fit_clip` makes of the burst itself, up to what its format rounds
off; plain 16-bit files must give what libsndfile decodes.
"""

import os
import re
import shutil
import struct
import tracemalloc

import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ganutils import datasets
from ganutils.datasets import (
    folders,
    messy,
    sound_folder,
    sound_headers,
    sound_reading,
)
from ganutils.datasets.messy import encode

RATE, LENGTH = 8000, 8192
LEAD, FRAME = 200, 80  # samples: 25 ms, 10 ms


def burst(rate=RATE, seconds=0.5):
    t = np.arange(round(seconds * rate)) / rate
    tones = np.sin(2 * np.pi * 440 * t) + 0.5 * np.sin(2 * np.pi * 1230 * t)
    ramps = np.clip(np.minimum(t, t[::-1]) / 0.01, 0, 1)
    return np.pad(0.5 * tones * ramps, round(0.1 * rate))


def patched(content, at, new):
    return content[:at] + new + content[at + len(new) :]


WORD = burst()
CLIP, _ = sound_folder.fit_clip(WORD, RATE)
WAV, FLAC, OGG, MP3, W64, RF64 = (
    encode(WORD, RATE, *kind)
    for kind in (
        ("WAV", "PCM_16"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("MP3", "MPEG_LAYER_III"),
        ("W64", "PCM_16"),
        ("RF64", "PCM_16"),
    )
)
RATE_AT, LENGTH_AT, HEADER = 24, 40, 44  # bytes of a plain WAV file


def as_wav(samples, subtype="PCM_16", rate=RATE):
    return encode(samples, rate, "WAV", subtype)


def save(folder, name, content=WAV):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def load_one(folder, content, name="a.wav", **options):
    """Return the clip of a folder's one file, shape (samples,), and the remark."""
    save(folder, name, content)
    loaded = sound_folder.load_folder(folder, **options)
    return loaded.clips[0, :, 0], loaded.report[0].reason


def difference_to_the_word(clip):
    """Return the largest difference to CLIP; the word may begin a frame off.

    Frames are counted from where reading begins, and a lossy format spreads an onset.
    """
    moved = [np.roll(clip.ravel(), i) for i in range(-FRAME, FRAME + 1)]
    return min(np.abs(x - CLIP[:, 0]).max() for x in moved)


def reasons(folder):
    return {e.path: e.reason for e in sound_folder.load_folder(folder).skipped}


# What is used: content, largest difference, beginning of the remark.
USED = {
    "16 bits": (WAV, 1e-3, ""),
    "u8": (as_wav(WORD, "PCM_U8"), 0.03, ""),
    "24 bits": (as_wav(WORD, "PCM_24"), 1e-5, ""),
    "32 bits": (as_wav(WORD, "PCM_32"), 1e-6, ""),
    "float": (as_wav(WORD, "FLOAT"), 1e-6, ""),
    "double": (as_wav(WORD, "DOUBLE"), 1e-6, ""),
    "mu-law": (as_wav(WORD, "ULAW"), 0.04, ""),
    "A-law": (as_wav(WORD, "ALAW"), 0.03, ""),
    "ADPCM": (as_wav(WORD, "MS_ADPCM"), 0.3, ""),
    "extensible": (encode(WORD, RATE, "WAVEX"), 1e-3, ""),
    "RF64": (RF64, 1e-3, ""),
    "W64": (W64, 1e-3, ""),
    "AIFF": (encode(WORD, RATE, "AIFF"), 1e-3, ""),
    "FLAC": (FLAC, 1e-3, ""),
    "Vorbis": (OGG, 0.2, ""),
    "MP3": (MP3, 0.2, ""),
    "44.1 kHz": (as_wav(burst(44_100), rate=44_100), 0.01, ""),
    "length 0": (patched(WAV, LENGTH_AT, bytes(4)), 1e-3, "the header gives no length"),
    "no length": (patched(WAV, LENGTH_AT, b"\xff" * 4), 1e-3, "the header gives no le"),
    "stereo": (as_wav(np.stack([WORD, WORD / 2], 1)), 1e-3, ""),
    "opposite": (as_wav(np.stack([WORD, -WORD], 1), "FLOAT"), 1e-6, "the 2 channels c"),
    "nearly": (as_wav(np.stack([WORD, -0.9 * WORD], 1)), 1e-3, "the 2 channels c"),
    "beyond 1": (as_wav(5 * WORD, "FLOAT"), 1e-6, "peak of 3.7"),
    "quiet": (as_wav(WORD / 50), 0.01, ""),
    "offset": (as_wav(WORD / 2 + 0.4), 0.002, ""),
}


@pytest.mark.parametrize("content, difference, remark", USED.values(), ids=USED)
def test_file_is_used_and_sounds_right(tmp_path, content, difference, remark):
    clip, received = load_one(tmp_path, content)
    assert difference_to_the_word(clip) <= difference
    assert received.startswith(remark) and bool(received) == bool(remark)


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
def test_sixteen_bits_are_what_libsndfile_decodes(tmp_path, channels, endian):
    x = np.random.default_rng(channels).uniform(-0.5, 0.5, (4001, channels))
    path = tmp_path / "a.wav"
    soundfile.write(path, x, RATE, "PCM_16", endian=endian, format="WAV")
    expected = soundfile.read(path, dtype="float32", always_2d=True)[0].mean(axis=1)
    sound = sound_reading.read_start(path, 10.0)
    np.testing.assert_allclose(sound.samples, expected, atol=3e-3 * (channels > 1))
    assert sound.rate == RATE and sound.seconds == 4001 / RATE and not sound.is_part


def _chunk(name, content):
    return name + struct.pack("<I", len(content)) + content


NAN_AT = np.arange(len(WORD)) == 2000
TOO_HIGH = np.sin(2.5 * np.arange(44_100)) * np.hanning(44_100)  # 17.5 kHz
CLICK = np.eye(1, 8000, 4000)[0]
PICTURE = b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(8)
LOOP = WAV[:12] + _chunk(b"LIST", b"") * 200

# What is skipped: content, part of the reason.
SKIPPED = {
    "0 bytes": (b"", "the file has 0 bytes"),
    "1 byte": (b"R", "no sound file .* begins with b'R'"),
    "web page": (b"<!DOCTYPE html><html>" * 99, "no sound file .*<!DOCTYPE html"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\n", "version https"),
    "picture": (PICTURE, "no sound file of a known format"),
    "m4a": (b"\0\0\0 ftypM4A " + bytes(99), "m4a is not read; .* -i in.m4a out.wav"),
    "aac": (b"\xff\xf1\x50\x80" + bytes(99), "ffmpeg -i in.aac out.wav"),
    "wma": (b"0&\xb2u\x8ef\xcf\x11" + bytes(99), "ffmpeg -i in.wma out.wav"),
    "webm": (b"\x1aE\xdf\xa3" + bytes(99), "ffmpeg -i in.webm out.wav"),
    "amr": (b"#!AMR\n" + bytes(99), "ffmpeg -i in.amr out.wav"),
    "other format": (
        encode(WORD, RATE, "AU"),
        "format au is not read; .* ffmpeg -i in.au out.wav",
    ),
    "header only": (WAV[:HEADER], "truncated: 11,200 of 11,200 bytes"),
    "half a header": (WAV[:30], "truncated: it ends inside its header"),
    "header without sound": (WAV[:36], "truncated: it ends before the sound"),
    "0 frames": (as_wav(np.zeros(0)), "header gives 0 bytes"),
    "header only, FLAC": (FLAC[:86], "damaged|truncated"),
    "truncated": (WAV[:-5000], "truncated: 5,000 of 11,200 bytes of sound are missing"),
    "truncated RF64": (RF64[:-600], "truncated: 600 of 11,200 bytes"),
    "truncated W64": (W64[:-600], "truncated: 600 of 11,200 bytes"),
    "truncated AIFF": (encode(WORD, RATE, "AIFF")[:-600], "truncated: 600 of 11,208"),
    "truncated u8": (as_wav(WORD, "PCM_U8")[:-300], "truncated: 300 of 5,600 bytes"),
    "truncated FLAC": (FLAC[: len(FLAC) // 2], "damaged: flac decoder lost sync"),
    "truncated OGG": (OGG[:-9], "truncated: the last page"),
    "truncated MP3": (MP3[: len(MP3) // 2], "truncated: .* bytes are missing"),
    "MP3 cut a little": (MP3[:-10], "truncated or damaged: .* of 5,600 frames"),
    "corrupt FLAC": (patched(FLAC, 3000, bytes(99)), "damaged: flac"),
    "corrupt OGG": (patched(OGG, len(OGG) - 999, bytes(99)), "0 frames|damaged"),
    "corrupt MP3": (patched(MP3, 700, bytes(400)), "truncated or damaged"),
    "rate 0": (patched(WAV, RATE_AT, bytes(4)), "sample rate of 0 Hz"),
    "rate 4 GHz": (patched(WAV, RATE_AT, b"\xff" * 4), "sample rate of 4,294,967,295"),
    "rate 0, AIFF": (
        encode(WORD, RATE, "AIFF").replace(b"\x40\x0b\xfa", bytes(3)),
        " 1 Hz",
    ),
    "9 channels": (as_wav(np.stack([WORD] * 9, 1)), "9 channels"),
    "no format": (WAV[:12] + _chunk(b"data", bytes(999)), "no format in front"),
    "chunks for ever": (LOOP, "no sound among the first 100 chunks"),
    "NaN": (as_wav(np.where(NAN_AT, np.nan, WORD), "FLOAT"), "no numbers"),
    "infinite": (as_wav(np.where(NAN_AT, -np.inf, WORD), "FLOAT"), "no numbers"),
    "huge": (as_wav(1e30 * WORD, "FLOAT"), r"beyond 1e\+15"),
    "silent": (as_wav(np.zeros(8000)), "silent: no peak reaches 0.001"),
    "nearly silent": (as_wav(9e-4 * np.sin(np.arange(8000.0))), "silent"),
    "only an offset": (as_wav(np.full(8000, 0.3)), "silent"),
    "rounding of u8": (
        as_wav(0.01 * np.sin(np.arange(8e3)), "PCM_U8"),
        "silent: .*0156",
    ),
    "opposite silence": (as_wav(np.zeros((8000, 2))), "silent"),
    "click": (as_wav(CLICK), "too short: 0.010 s of sound"),
    "17 samples": (as_wav(WORD[2000:2017]), "too short: 0.002 s"),
    "too high": (
        as_wav(TOO_HIGH, rate=44_100),
        "silent below 4,000 Hz",
    ),
}


@pytest.mark.parametrize("content, reason", SKIPPED.values(), ids=SKIPPED)
def test_file_is_skipped_and_says_why(tmp_path, content, reason):
    save(tmp_path, "a.wav")
    save(tmp_path, "b.wav", content)
    loaded = sound_folder.load_folder(tmp_path)
    np.testing.assert_allclose(loaded.clips, CLIP[None], atol=1e-3)
    assert [e.path for e in loaded.skipped] == ["b.wav"]
    assert re.search(reason, loaded.skipped[0].reason)


def test_flac_without_a_length_is_used_or_reported(tmp_path):
    # 36 bits from byte 21 on hold the number of frames; 0 stands for an open stream.
    save(tmp_path, "a.wav")
    save(tmp_path, "b.flac", patched(FLAC, 21, bytes([FLAC[21] & 0xF0]) + bytes(4)))
    assert "no length" in reasons(tmp_path)["b.flac"]


@pytest.mark.parametrize("kind", ["WAV", "W64", "RF64", "FLAC", "OGG", "MP3"])
@settings(max_examples=30, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_truncated_file_is_skipped_or_told_or_whole(kind, share, tmp_path_factory):
    folder, content = tmp_path_factory.mktemp("cut"), globals()[kind]
    whole, _ = load_one(folder, content)
    try:
        cut, remark = load_one(folder, content[: int(share * len(content))])
    except ValueError as error:
        assert "Skipped: a.wav (" in str(error)
    else:
        assert "more than there are" in remark or np.array_equal(cut, whole)
    shutil.rmtree(folder)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 79), value=st.integers(0, 255), kind=st.sampled_from("WR6"))
def test_damaged_header_never_raises_anything_unexpected(
    at, value, kind, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("damaged")
    content = {"W": WAV, "R": RF64, "6": W64}[kind]
    save(folder, "a.wav")
    save(folder, "b.wav", patched(content, at, bytes([value])))
    loaded = sound_folder.load_folder(folder)
    assert [e.path for e in loaded.report] == ["a.wav", "b.wav"]
    assert np.isfinite(loaded.clips).all() and np.abs(loaded.clips).max() <= 0.951
    shutil.rmtree(folder)


def test_entries_that_are_no_files_are_listed(tmp_path):
    save(tmp_path, "good.wav")
    save(tmp_path, ".hidden.wav")
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    found = reasons(tmp_path)
    assert "cannot be opened: No such file" in found.pop("gone.wav")
    assert "cannot be opened: Too many levels" in found.pop("loop.wav")
    assert found == {
        ".hidden.wav": "hidden",
        "pipe.wav": "neither a file nor a folder",
    }


@pytest.mark.parametrize("content", [WAV, FLAC], ids=["NumPy", "libsndfile"])
@pytest.mark.parametrize("name", [b"a b.wav", "🎤.wav".encode(), b"\xff\xe9.wav"])
def test_any_name_works(tmp_path, name, content):
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(content)
    loaded = sound_folder.load_folder(tmp_path)
    assert loaded.report[0].path == name.decode("utf-8", "backslashreplace")
    np.testing.assert_allclose(loaded.clips, CLIP[None], atol=1e-3)


def test_relative_folder_has_the_same_names(tmp_path, monkeypatch):
    save(tmp_path, "b/2.wav")
    save(tmp_path, "a/1.wav")
    monkeypatch.chdir(tmp_path)
    loaded = sound_folder.load_folder(".")
    assert [e.path for e in loaded.report] == ["a/1.wav", "b/2.wav"]
    assert loaded.name == tmp_path.name and loaded.class_names == ("a", "b")


def test_sub_folders_are_classes_in_order(tmp_path):
    for name in ("two/1.wav", "one/1.wav", "two/0.wav", "none/1.wav"):
        save(tmp_path, name, b"" if name.startswith("none") else WAV)
    loaded = sound_folder.load_folder(tmp_path)
    assert loaded.class_names == ("one", "two") and loaded.labels.tolist() == [0, 1, 1]
    assert [e.path for e in loaded.report if e.action == "used"] == [
        "one/1.wav",
        "two/0.wav",
        "two/1.wav",
    ]
    assert loaded.labels.dtype == np.int64 and loaded.clips.dtype == np.float32
    assert loaded.clips.shape == (3, LENGTH, 1) and loaded.sample_rate == RATE


@pytest.mark.parametrize("content", [{}, {"a.txt": b"no"}, {"a.wav": b"", "b": b"x"}])
def test_no_usable_file_names_the_folder_and_the_reasons(tmp_path, content):
    for name, data in content.items():
        save(tmp_path, name, data)
    with pytest.raises(ValueError, match="at least 1 usable sound files") as caught:
        sound_folder.load_folder(tmp_path)
    assert str(tmp_path) in str(caught.value) and "FLAC" in str(caught.value)
    assert all(f"{name} (" in str(caught.value) for name in content)


@pytest.mark.parametrize("name", ["nothing", "a.wav"])
def test_what_is_no_folder_is_an_error(tmp_path, name):
    save(tmp_path, "a.wav")
    with pytest.raises(OSError, match="to be a folder of sound files"):
        sound_folder.load_folder(tmp_path / name)


@pytest.mark.parametrize("options", [{"sample_rate": 999}, {"clip_length": 599}])
def test_bad_argument_is_named(tmp_path, options):
    save(tmp_path, "a.wav")
    with pytest.raises(ValueError, match=f"`{next(iter(options))}`"):
        sound_folder.load_folder(tmp_path, **options)


# An hour of 8 kHz: 57.6 MB of 16-bit samples, 115 MB as float32.
HOUR = 3600 * RATE


def write_hour(path, start):
    """Write an hour of silence with the word at `start` s; a WAV file is sparse."""
    word = np.round(WORD * 32_767).astype("<i2")
    if path.suffix == ".wav":
        with open(path, "wb") as file:
            file.write(patched(WAV[:HEADER], LENGTH_AT, struct.pack("<I", 2 * HOUR)))
            file.seek(HEADER + 2 * start * RATE)
            file.write(word.tobytes())
            file.truncate(HEADER + 2 * HOUR)
        return
    minute = np.zeros(60 * RATE, np.int16)
    with soundfile.SoundFile(path, "w", RATE, 1, format="FLAC") as file:
        for i in range(60):
            x = minute.copy()
            if i == start // 60:
                x[start % 60 * RATE :][: len(word)] = word
            file.write(x)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
@pytest.mark.parametrize("start, most_seconds", [(0, 19), (600, 619)])
def test_an_hour_is_read_in_blocks_and_only_so_far(
    tmp_path, monkeypatch, name, start, most_seconds
):
    frames, read = [], sound_reading._read_exactly
    monkeypatch.setattr(
        sound_reading,
        "_read_exactly",
        lambda recording, n: frames.append(n) or read(recording, n),
    )
    write_hour(tmp_path / name, start)
    tracemalloc.start()
    loaded = sound_folder.load_folder(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert difference_to_the_word(loaded.clips[0]) < 1e-3
    assert re.fullmatch(r"cut from 3,600 s to 0\.5[01]0 s", loaded.report[0].reason)
    assert max(frames) <= 10 * RATE and sum(frames) <= most_seconds * RATE
    assert peak < 4 * 2**20


@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_silence_after_a_long_start_is_not_a_cut(tmp_path, rate):
    x = np.concatenate([np.zeros(11 * rate), burst(rate)])
    clip, remark = load_one(tmp_path, as_wav(x, rate=rate))
    assert difference_to_the_word(clip) < 0.2 and remark == ""


def test_not_a_number_in_a_quiet_block_of_a_long_file_is_reported(tmp_path):
    x = np.concatenate([np.zeros(11 * RATE), WORD])
    x[5] = np.nan
    with pytest.raises(ValueError, match="no numbers"):
        load_one(tmp_path, as_wav(x, "FLOAT"))


# Batches


@pytest.fixture
def mixed(tmp_path):
    """A folder of words, random lengths and every kind of trouble."""
    data = datasets.load("spoken_digits_tts")
    messy.write_sounds(tmp_path, data.x_test[:9], data.sample_rate)
    (tmp_path / "too_long.flac").unlink()  # read in blocks, which begin elsewhere
    rng = np.random.default_rng(0)
    contents = [w for w, *_ in USED.values()] + [s for s, _ in SKIPPED.values()]
    for n in (1, 50, 399, 400, 401, *rng.integers(400, 20_000, 30)):
        noise = rng.normal(0, 0.3, n) * np.hanning(n) ** rng.integers(9)
        contents.append(as_wav(noise + rng.uniform(-0.4, 0.4)))
    chunk = WAV[:12] + _chunk(b"LIST", b"odd")
    contents += [chunk + b"\0" + WAV[12:], chunk + WAV[12:], WAV + b"trail", WAV[:-1]]
    for i, content in enumerate(contents):
        save(tmp_path, os.fsdecode(b"%d \xff\xf0\x9f\x8e\xa4.wav" % i), content)
    return tmp_path


@pytest.mark.parametrize(
    "module, name, value",
    [
        (sound_reading, "BLOCK", 64),
    ],
    ids=["not in one read"],
)
def test_what_a_file_gives_depends_on_no_other(mixed, monkeypatch, module, name, value):
    expected = sound_folder.load_folder(mixed)
    assert len(expected.clips) > 60 and len(expected.skipped) > 50
    monkeypatch.setattr(module, name, value)
    loaded = sound_folder.load_folder(mixed)
    assert loaded.report == expected.report
    np.testing.assert_array_equal(loaded.clips, expected.clips)


def test_a_folder_gives_what_fit_clip_gives(mixed):
    loaded = sound_folder.load_folder(mixed)
    used = [entry.path for entry in loaded.report if entry.action == "used"]
    paths = {folders._to_text(path.name): path for path in mixed.iterdir()}
    for name, clip in zip(used, loaded.clips, strict=True):
        sound = sound_reading.read_start(paths[name], 10.0)
        alone = sound_folder.fit_clip(sound.samples, sound.rate, silence=sound.silence)
        np.testing.assert_array_equal(clip, alone[0])


# fit_clip


@pytest.mark.parametrize("scale", [0.01, 1.0, 3.0, 32_768.0])
def test_every_clip_is_as_loud(scale):
    clip, remark = sound_folder.fit_clip(scale * WORD, RATE)
    np.testing.assert_allclose(clip, CLIP, atol=1e-5)
    assert np.abs(clip).max() == pytest.approx(0.95)
    assert ("scaled down" in remark) == (scale > 1)


@pytest.mark.parametrize("silence", [0, 1, 400, 4000, 20_000])
def test_sound_begins_25_ms_after_the_start_wherever_it_was(silence):
    samples = np.pad(WORD, (silence, 2 * silence))
    clip, _ = sound_folder.fit_clip(samples, RATE)
    assert (clip[:LEAD] == 0).all() and np.abs(clip[LEAD : LEAD + 2 * FRAME]).max() > 0
    loud = np.flatnonzero(np.abs(clip) > 0.05)
    assert abs(loud[0] - np.flatnonzero(np.abs(CLIP) > 0.05)[0]) <= FRAME
    assert (clip[-2000:] == 0).all()


def test_trimming_agrees_with_librosa():
    noisy = WORD + 0.001 * np.random.default_rng(0).standard_normal(len(WORD))
    noisy = noisy.astype("float32")
    _, (start, stop) = librosa.effects.trim(
        noisy, top_db=40, frame_length=FRAME, hop_length=FRAME
    )
    kept = np.count_nonzero(sound_folder.fit_clip(noisy, RATE)[0])
    assert abs(kept - (stop - start)) <= 2 * FRAME


def test_long_sound_is_cut_with_a_fade():
    tone = 0.5 * np.sin(2 * np.pi * 100 * np.arange(2 * RATE) / RATE)
    clip, remark = sound_folder.fit_clip(tone, RATE)
    assert remark == "cut from 2.000 s to 0.999 s"
    room = LENGTH - LEAD
    np.testing.assert_allclose(
        clip[LEAD:-FRAME, 0], 1.9 * tone[: room - FRAME], atol=1e-3
    )
    fade = 1.9 * tone[room - FRAME : room] * np.linspace(1, 0, FRAME)
    np.testing.assert_allclose(clip[-FRAME:, 0], fade, atol=1e-3)


def test_loudest_part_that_is_cut_off_is_told():
    tone = np.sin(np.arange(2.0 * RATE))
    tone[: 3 * RATE // 2] *= 0.05
    assert "its loudest part was cut off" in sound_folder.fit_clip(tone, RATE)[1]


@pytest.mark.parametrize("rate", [4000, 11_025, 22_050, 44_100, 48_000])
def test_another_rate_keeps_the_pitch(rate):
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    clip, remark = sound_folder.fit_clip(tone, rate)
    spectrum = np.abs(np.fft.rfft(clip[:, 0]))
    assert np.argmax(spectrum) * RATE / LENGTH == pytest.approx(1000, abs=2)
    assert ("nothing above 2,000 Hz" in remark) == (rate == 4000)


def test_clips_of_another_rate_and_length():
    clip, _ = sound_folder.fit_clip(burst(16_000), 16_000, 16_000, 16_384)
    assert clip.shape == (16_384, 1) and (clip[:400] == 0).all()
    assert np.abs(clip[400:720]).max() > 0


@pytest.mark.parametrize(
    "samples, message",
    [
        (np.full(8000, np.nan), "no numbers"),
        (np.zeros(8000), "silent"),
        (np.zeros(0), "too short: 0.000 s"),
        (WORD[:300], "too short: 0.037 s|too short: 0.038 s"),
        (np.ones(8000, np.int16), r"floating type; received \(8000,\), int16"),
        (np.ones((8000, 1)), r"shape \(n,\) .* received \(8000, 1\)"),
    ],
)
def test_samples_that_give_no_clip_are_an_error(samples, message):
    with pytest.raises(ValueError, match=message):
        sound_folder.fit_clip(samples, RATE)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 30_000),
    rate=st.sampled_from([1000, 4000, 7999, 8000, 44_100, 384_000]),
    seed=st.integers(0, 9),
)
def test_any_samples_give_a_clip_of_the_right_shape_or_an_error(n, rate, seed):
    noise = np.random.default_rng(seed).standard_normal(n)
    try:
        clip, _ = sound_folder.fit_clip(noise, rate)
    except ValueError as error:
        assert "too short" in str(error)
        assert n / rate < 0.06 or n < 400
    else:
        assert clip.shape == (LENGTH, 1) and clip.dtype == np.float32
        assert np.abs(clip).max() == pytest.approx(0.95) and (clip[:LEAD] == 0).all()


# Headers


@pytest.mark.parametrize(
    "values", [(999, 1, 1), (384_001, 1, 1), (8000, 0, 1), (8000, 9, 1), (8000, 1, 0)]
)
def test_values_of_a_header_are_checked(values):
    sound_headers.check_values(8000, 8, 1)
    with pytest.raises(ValueError):
        sound_headers.check_values(*values)


def test_id3_tag_in_front_of_an_mp3_is_passed(tmp_path):
    tag = b"ID3\x03\x00\x00\x00\x00\x07\x68" + bytes(1000)  # 7 · 128 + 104 bytes
    whole, _ = load_one(tmp_path, MP3)
    tagged, _ = load_one(tmp_path, tag + MP3)
    np.testing.assert_array_equal(tagged, whole)
    with pytest.raises(ValueError, match="truncated: .* bytes are missing"):
        load_one(tmp_path, tag + MP3[: len(MP3) // 2])
