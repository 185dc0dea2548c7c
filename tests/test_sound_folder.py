"""Folders of sound files: what is used, what is skipped, and why.

The sound is a word-like burst of two tones between silences. A file that is used must
give the clip that `fit_clip` makes of the burst itself, up to what its format rounds
off. At 1,000 Hz clips are small enough to write down: a frame has 10 samples, the
silence in front 25, the fade 10, the shortest sound 50.
"""

import os
import re
import struct
import tracemalloc

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from messy_sounds import encode

from ganutils.datasets import sound_folder
from ganutils.datasets.sound_folder import fit_clip, load_folder

RATE, LENGTH, FRAME = 8000, 8192, 80


def burst(rate=RATE, seconds=0.5):
    t = np.arange(round(seconds * rate)) / rate
    tones = np.sin(2 * np.pi * 440 * t) + 0.5 * np.sin(2 * np.pi * 1230 * t)
    ramps = np.clip(np.minimum(t, t[::-1]) / 0.01, 0, 1)
    return np.pad(0.5 * tones * ramps, round(0.1 * rate))


def patched(content, at, new):
    return content[:at] + new + content[at + len(new) :]


def as_wav(samples, subtype="PCM_16", rate=RATE):
    return encode(samples, rate, "WAV", subtype)


WORD = burst()
CLIP, _ = fit_clip(WORD, RATE)
WAV, WAVEX, RF64, W64, AIFF, FLAC = (
    encode(WORD, RATE, kind) for kind in ("WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC")
)
OGG, OPUS = (encode(WORD, RATE, "OGG", kind) for kind in ("VORBIS", "OPUS"))
MP3 = encode(WORD, RATE, "MP3", "MPEG_LAYER_III")
RATE_AT, LENGTH_AT, HEADER = 24, 40, 44  # bytes of a plain WAV file


def save(folder, name, content=WAV):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def load_one(folder, content):
    save(folder, "a.wav", content)
    loaded = load_folder(folder)
    return loaded.clips[0, :, 0], loaded.report[0].reason


def difference_to_the_word(clip):
    """Return the largest difference to CLIP; frames may begin elsewhere."""
    moved = [np.roll(clip.ravel(), i) for i in range(-FRAME, FRAME + 1)]
    return min(np.abs(x - CLIP[:, 0]).max() for x in moved)


# What is used: content, largest difference, beginning of the remark.
INFO = b"LIST\x22\0\0\0INFO" + bytes(30)
PLAIN_MP3 = encode(WORD, RATE, "MP3", "MPEG_LAYER_III").replace(b"Xing", b"Nope")
LATER = ((20 * RATE, 0), (0, 0))
STEREO = np.stack([WORD, WORD / 2], 1)
USED = {
    "16 bits": (WAV, 1e-3, ""),
    "u8": (as_wav(WORD, "PCM_U8"), 0.03, ""),
    "24 bits": (as_wav(WORD, "PCM_24"), 1e-5, ""),
    "float": (as_wav(WORD, "FLOAT"), 1e-6, ""),
    "mu-law": (as_wav(WORD, "ULAW"), 0.04, ""),
    "ADPCM": (as_wav(WORD, "MS_ADPCM"), 0.3, ""),
    "extensible": (WAVEX, 1e-3, ""),
    "RF64": (RF64, 1e-3, ""),
    "W64": (W64, 1e-3, ""),
    "AIFF": (AIFF, 1e-3, ""),
    "FLAC": (FLAC, 1e-3, ""),
    "Vorbis": (OGG, 0.2, ""),
    "Opus": (OPUS, 0.3, ""),
    "MP3": (MP3, 0.2, ""),
    "MP3 with a tag": (b"ID3\3\0\0\0\0\7\x68" + bytes(1000) + MP3, 0.2, ""),
    "MP3 without a length": (PLAIN_MP3, 1, "the header gives no length: the end"),
    "MP3 by VBRI": (PLAIN_MP3.replace(b"Nope", b"VBRI"), 1, ""),
    "notes around": (WAV[:12] + INFO + WAV[12:] + INFO, 1e-3, ""),
    "44.1 kHz": (as_wav(burst(44_100), rate=44_100), 0.01, ""),
    "stereo": (as_wav(STEREO), 1e-3, ""),
    "stereo with offsets": (as_wav(STEREO / 2 + [0.1, 0.3]), 2e-3, ""),
    "one of 8": (as_wav(np.eye(8)[3] * WORD[:, None], "FLOAT"), 1e-6, ""),
    "opposite": (as_wav(np.stack([WORD, -WORD], 1), "FLOAT"), 1e-6, "the 2 channels c"),
    "nearly": (as_wav(np.stack([0.2 - 0.7 * WORD, WORD], 1)), 1e-3, "the 2 channels c"),
    "beyond 1": (as_wav(5 * WORD, "FLOAT"), 1e-6, "peak of 3.7"),
    "quiet": (as_wav(WORD / 50), 0.01, ""),
    "offset": (as_wav(WORD / 2 + 0.4), 0.002, ""),
    "silence first": (as_wav(np.pad(WORD, (20 * RATE, 0))), 1e-3, ""),
    "noughts first": (as_wav(np.pad(STEREO / 2, LATER) + [0.1, 0.3]), 2e-3, ""),
}


@pytest.mark.parametrize("content, difference, remark", USED.values(), ids=USED)
def test_file_is_used_and_sounds_right(tmp_path, content, difference, remark):
    clip, received = load_one(tmp_path, content)
    assert difference_to_the_word(clip) <= difference
    assert received.startswith(remark) and bool(received) == bool(remark)


# What recorders write that cannot know the length yet, or never went back to tell it.
LENGTHS = [0, 2**32 - 1, 2**31, 2**31 - 1, 0x7FFFF000, 0xFFFFFFDB, "+44", "+16"]


@pytest.mark.parametrize("kind", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW"])
@pytest.mark.parametrize("stated", LENGTHS)
def test_wrong_length_is_read_to_the_end_and_told(tmp_path, kind, stated):
    content = as_wav(WORD, kind)
    whole, _ = load_one(tmp_path, content)
    at = content.index(b"data") + 4
    right = len(content) - at - 4
    wrong = right + int(stated) if isinstance(stated, str) else stated
    clip, remark = load_one(tmp_path, patched(content, at, struct.pack("<I", wrong)))
    np.testing.assert_array_equal(clip, whole)
    told = f"{stated[1:]} bytes more" if isinstance(stated, str) else "gives no length"
    assert told in remark and remark.endswith("read to the end")


NAN_AT = np.arange(len(WORD)) == 2000
QUIET_NAN = np.pad(np.where(NAN_AT, np.nan, 0), (0, 20 * RATE))
TOO_HIGH = np.sin(2.5 * np.arange(44_100)) * np.hanning(44_100)  # 17.5 kHz
PICTURE = b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(8)
EMPTY = patched(patched(WAV[:HEADER], LENGTH_AT, bytes(4)), 4, b"\x24\0\0\0")
ODD = WAV[:12] + b"LIST\3\0\0\0odd" + WAV[12:]
OPEN_FLAC = patched(FLAC, 21, bytes([FLAC[21] & 0xF0]) + bytes(4))  # 36 bits of length
LONG = np.concatenate([WORD, np.random.default_rng(0).normal(0, 0.1, 4 * RATE)])
NO_LAST_PAGE = encode(LONG, RATE, "OGG", "VORBIS").rpartition(b"OggS")[0]

# What is skipped: content, part of the reason.
SKIPPED = {
    "0 bytes": (b"", "known format: it begins with b''"),
    "web page": (b"<!DOCTYPE html><html>" * 99, "no sound file .*<!DOCTYPE html"),
    "picture": (PICTURE, "cannot be decoded: Format not recognised"),
    "m4a": (b"\0\0\0 ftypM4A " + bytes(99), "^M4A is .* ffmpeg -i FILE out.wav$"),
    "mp4": (b"\0\0\0 ftypisom" + bytes(99), "^MP4 is .* ffmpeg -i FILE out.wav$"),
    "3gp": (b"\0\0\0 ftyp3gp4" + bytes(99), "^3GP is .* ffmpeg -i FILE out.wav$"),
    "webm": (b"\x1aE\xdf\xa3" + bytes(99), "^WebM is .* ffmpeg -i FILE out.wav$"),
    "aac": (b"\xff\xf1\x50\x80" + bytes(99), "^AAC is .* ffmpeg -i FILE out.wav$"),
    "other format": (encode(WORD, RATE, "AU"), "begins with b'.snd.* convert it"),
    "header only": (WAV[:HEADER], "truncated: 0 of 11,200 bytes are there"),
    "0 frames": (EMPTY, "no sound, or no length"),
    "0 frames, a note": (EMPTY + INFO * 999, "no sound, or no length"),
    "no padding": (ODD, "cannot be decoded: .*convert it"),
    "no format": (WAV[:12] + WAV[36:], "cannot be decoded"),
    "truncated": (WAV[:-5000], "truncated: 6,200 of 11,200 bytes are there"),
    "truncated RF64": (RF64[:-600], "truncated: 10,696 of 11,296"),
    "truncated W64": (W64[:-600], "truncated: 10,704 of 11,304"),
    "truncated AIFF": (AIFF[:-600], "truncated: 10,608 of 11,208"),
    "truncated FLAC": (FLAC[: len(FLAC) // 2], "flac decoder lost sync.*convert"),
    "truncated OGG": (OGG[:-9], "truncated: the last page"),
    "OGG without its last page": (NO_LAST_PAGE, "truncated: the last page"),
    "truncated MP3": (MP3[: len(MP3) // 2], "truncated: .* bytes are there"),
    "MP3 cut a little": (MP3[:-10], "damaged: .* of 5,600 frames are missing"),
    "FLAC without a length": (OPEN_FLAC, "no length in the header. .*convert it"),
    "corrupt FLAC": (patched(FLAC, 3000, bytes(99)), "cannot be decoded: .*flac"),
    "corrupt MP3": (patched(MP3, 700, bytes(400)), "damaged: .* of 5,600 frames"),
    "rate 0": (patched(WAV, RATE_AT, bytes(4)), "cannot be decoded"),
    "rate 1, AIFF": (AIFF.replace(b"\x40\x0b\xfa", bytes(3)), "`rate` .* received 1"),
    "9 channels": (as_wav(np.stack([WORD] * 9, 1)), "`channels` ≤ 8; received 9"),
    "NaN": (as_wav(np.where(NAN_AT, np.nan, WORD), "FLOAT"), "no numbers"),
    "NaN in silence": (as_wav(QUIET_NAN, "FLOAT"), "no numbers"),
    "infinite": (as_wav(np.where(NAN_AT, -np.inf, WORD), "FLOAT"), "no numbers"),
    "huge": (as_wav(1e30 * WORD, "FLOAT"), r"beyond 1e15"),
    "silent": (as_wav(np.zeros(8000)), "silent: no peak reaches 0.001"),
    "nearly silent": (as_wav(9e-4 * np.sin(np.arange(8e3))), "silent: no peak"),
    "rounding of u8": (as_wav(WORD / 70, "PCM_U8"), "silent: no peak reaches 0.0156"),
    "silent channels": (as_wav(np.full((8000, 2), [0.1, 0.3])), "silent"),
    "20 s of silence": (as_wav(np.zeros(20 * RATE)), "silent"),
    "click": (as_wav(np.eye(1, 8000, 4000)[0]), "too short: 0.010 s of sound"),
    "too high": (as_wav(TOO_HIGH, rate=44_100), "silent: no peak .* below 4,000 Hz"),
}


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # the infinite one
@pytest.mark.parametrize("content, reason", SKIPPED.values(), ids=SKIPPED)
def test_file_is_skipped_and_says_why(tmp_path, content, reason):
    save(tmp_path, "a.wav")
    save(tmp_path, "b.wav", content)
    loaded = load_folder(tmp_path)
    np.testing.assert_allclose(loaded.clips, CLIP[None], atol=1e-3)
    assert [e.path for e in loaded.skipped] == ["b.wav"]
    assert re.search(reason, loaded.skipped[0].reason)


CUT = {"WAV": WAV, "W64": W64, "RF64": RF64, "AIFF": AIFF, "FLAC": FLAC, "MP3": MP3}
CUT |= {kind: encode(LONG, RATE, "OGG", kind) for kind in ("VORBIS", "OPUS")}


@pytest.mark.parametrize("kind", CUT)
@settings(max_examples=30, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_truncated_file_is_skipped_or_told_or_whole(kind, share, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cut")
    whole, _ = load_one(folder, CUT[kind])
    try:
        cut, remark = load_one(folder, CUT[kind][: int(share * len(CUT[kind]))])
    except ValueError as error:
        assert "Skipped: a.wav (" in str(error)
    else:
        assert "more than there are" in remark or np.array_equal(cut, whole)


def test_truncated_file_is_told_behind_any_number_of_notes(tmp_path):
    content = WAV[:12] + INFO * 200 + WAV[12:-9000]  # libsndfile's log is full by then
    riff = struct.pack("<I", len(content) - 8 + 9000)
    with pytest.raises(ValueError, match="truncated: .* bytes are there"):
        load_one(tmp_path, patched(content, 4, riff))


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 79), value=st.integers(0, 255), kind=st.sampled_from("WR6"))
def test_damaged_header_never_raises_anything_unexpected(
    at, value, kind, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("damaged")
    content = {"W": WAV, "R": RF64, "6": W64}[kind]
    save(folder, "a.wav")
    save(folder, "b.wav", patched(content, at, bytes([value])))
    loaded = load_folder(folder)
    assert [e.path for e in loaded.report] == ["a.wav", "b.wav"]
    assert np.isfinite(loaded.clips).all() and np.abs(loaded.clips).max() <= 0.951


# Folders


@pytest.mark.parametrize("content", [WAV, FLAC], ids=["WAV", "FLAC"])
@pytest.mark.parametrize("name", [b"a b.wav", "🎤.wav".encode(), b"\xff\xe9.wav"])
def test_any_name_works(tmp_path, name, content):
    with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
        file.write(content)
    np.testing.assert_allclose(load_folder(tmp_path).clips, CLIP[None], atol=1e-3)


def test_sub_folders_are_classes_in_order(tmp_path, monkeypatch):
    for name in ("two/1.wav", "one/1.wav", "two/0.wav", "none/1.wav"):
        save(tmp_path, name, b"" if name.startswith("none") else WAV)
    monkeypatch.chdir(tmp_path)
    loaded = load_folder(".")
    assert loaded.class_names == ("one", "two") and loaded.labels.tolist() == [0, 1, 1]
    used = [e.path for e in loaded.report if e.action == "used"]
    assert used == ["one/1.wav", "two/0.wav", "two/1.wav"]
    assert loaded.labels.dtype == np.int64 and loaded.clips.dtype == np.float32
    assert loaded.clips.shape == (3, LENGTH, 1) and loaded.sample_rate == RATE
    assert loaded.name == tmp_path.name


@pytest.mark.parametrize("content", [{}, {"a.txt": b"no"}, {"a.wav": b"", "b": b"x"}])
def test_no_usable_file_names_the_folder_and_the_reasons(tmp_path, content):
    for name, data in content.items():
        save(tmp_path, name, data)
    with pytest.raises(ValueError, match="at least 1 usable sound files") as caught:
        load_folder(tmp_path)
    assert str(tmp_path) in str(caught.value) and "FLAC" in str(caught.value)
    assert all(f"{name} (" in str(caught.value) for name in content)


def test_what_is_no_folder_is_an_error(tmp_path):
    with pytest.raises(OSError, match="to be a folder of sound files"):
        load_folder(tmp_path / "nothing")


@pytest.mark.parametrize("options", [{"sample_rate": 999}, {"clip_length": 599}])
def test_bad_argument_is_named(tmp_path, options):
    save(tmp_path, "a.wav")
    with pytest.raises(ValueError, match=f"`{next(iter(options))}`"):
        load_folder(tmp_path, **options)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
@pytest.mark.parametrize("start", [0, 600])
def test_an_hour_is_read_block_by_block_and_only_so_far(
    tmp_path, monkeypatch, name, start
):
    monkeypatch.setattr(sound_folder, "READ_SECONDS", 25)
    minute = np.zeros((60 * RATE, 2))
    with soundfile.SoundFile(tmp_path / name, "w", RATE, 2, "PCM_16") as file:
        for i in range(60):
            word = np.pad(STEREO, ((0, len(minute) - len(STEREO)), (0, 0)))
            file.write(word if i == start // 60 else minute)
    tracemalloc.start()
    loaded = load_folder(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert difference_to_the_word(loaded.clips[0]) < 1e-3 and len(loaded.clips) == 1
    assert loaded.report[0].reason == "25 s of 3,600 s are read"
    assert peak < 8 * 2**20  # an hour has 460 MB


def test_of_a_file_for_a_long_clip_more_is_read(tmp_path):
    save(tmp_path, "a.wav", as_wav(burst(seconds=12)))
    assert load_folder(tmp_path, clip_length=13 * RATE).report[0].reason == ""


# Long files


def talk(seconds, hiss=-45):
    """Return a recording of harmonics that rise and fall, and its number of words."""
    rng = np.random.default_rng(0)
    parts, length, words = [], 0, 0
    while length < seconds * RATE:
        t = np.arange(round(rng.uniform(0.3, 0.9) * RATE)) / RATE
        harmonics = np.sin(2 * np.pi * rng.uniform(90, 250) * np.outer(range(1, 9), t))
        word = rng.uniform(0.1, 0.25) * harmonics.sum(axis=0) * np.hanning(len(t))
        parts += [word, np.zeros(round(rng.uniform(0.3, 1) * RATE))]
        length, words = length + len(parts[-2]) + len(parts[-1]), words + 1
    x = np.concatenate(parts)
    x = 0.9 * x / np.abs(x).max()
    return x + 10 ** (hiss / 20) * rng.standard_normal(len(x)), words


def loop(seconds):
    t = np.arange(round(seconds * RATE)) / RATE
    return 0.5 * np.sin(2 * np.pi * 300 * t) * (1 + 0.5 * np.sin(2 * np.pi * 2 * t))


@pytest.mark.parametrize("hiss", [-200, -60, -45, -35])
def test_a_talk_is_cut_into_its_words(tmp_path, hiss):
    x, words = talk(90, hiss)
    save(tmp_path, "talk.wav", as_wav(0.8 * x))
    loaded = load_folder(tmp_path)
    assert len(loaded.clips) == pytest.approx(words, rel=0.1)
    assert np.abs(loaded.clips).max(axis=(1, 2)) == pytest.approx(0.95)
    power = np.square(loaded.clips[..., 0])
    assert power[:, :2400].sum(axis=1).min() > 10  # a word is in front of each
    assert loaded.sources == ("talk.wav",) * len(loaded.clips)
    told = rf"{len(loaded.clips)} clips, cut at pauses \([45]\d s in all\)"
    assert re.fullmatch(told, loaded.report[0].reason)


def test_a_loop_without_pauses_is_cut_into_equal_pieces_with_short_fades(tmp_path):
    save(tmp_path, "loop.wav", as_wav(loop(20)))
    loaded = load_folder(tmp_path)
    assert loaded.report[0].reason == "20 clips of equal length: no pauses found"
    assert loaded.clips.shape == (20, LENGTH, 1) and not loaded.clips[:, :200].any()
    steps = np.abs(np.diff(loaded.clips[..., 0], axis=1)).max(axis=1)
    assert steps.max() < 0.3  # a tone of 300 Hz moves by 0.22 a sample, a click by 1
    assert np.abs(loaded.clips[:-1, -1]).max() < 1e-3


@pytest.mark.parametrize("length, count", [(2.1, 2), (3.4, 3), (3.6, 4)])
def test_a_rest_of_half_a_clip_is_kept(tmp_path, length, count):
    room = LENGTH / RATE - 0.025
    save(tmp_path, "a.wav", as_wav(loop(length * room)))
    assert len(load_folder(tmp_path).clips) == count


@pytest.mark.parametrize(
    "seconds, gap, count", [(0.3, 0.1, 4), (0.3, 0.25, 8), (0.6, 0.1, 8)]
)
def test_syllables_are_joined_up_to_a_clip(tmp_path, seconds, gap, count):
    syllable, closure = loop(seconds), np.zeros(round(gap * RATE))
    word = np.concatenate([syllable, closure, syllable, np.zeros(RATE)])
    save(tmp_path, "a.wav", as_wav(np.tile(word, 4)))
    assert len(load_folder(tmp_path).clips) == count


@pytest.mark.parametrize("seconds", [1.1, 2.04])
def test_a_sound_of_up_to_two_clips_is_one(tmp_path, seconds):
    x = np.pad(loop(seconds), 4000).astype(np.float32)
    save(tmp_path, "a.wav", as_wav(x, "FLOAT"))
    loaded, (clip, remark) = load_folder(tmp_path), fit_clip(x, RATE)
    np.testing.assert_allclose(loaded.clips, clip[np.newaxis], atol=1e-5)
    assert loaded.report[0].reason == remark and "to 0.999 s" in remark


def test_what_is_lost_of_a_long_file_is_told(tmp_path):
    phrase = np.pad(loop(1.4), (0, RATE))
    save(tmp_path, "a.wav", as_wav(np.tile(phrase, 4)))
    assert load_folder(tmp_path).report[0].reason == (
        "4 clips, cut at pauses (3 s in all), and every 1.00 s where there are none; "
        "1.6 s of short rests are dropped"
    )


def test_clicks_are_no_clips(tmp_path):
    click = np.pad(0.5 * burst(seconds=0.01)[800:-800], 5000)
    save(tmp_path, "a.wav", as_wav(np.concatenate([click, WORD, *[click] * 3])))
    loaded = load_folder(tmp_path)
    assert len(loaded.clips) == 1 and difference_to_the_word(loaded.clips[0]) < 1e-2
    save(tmp_path, "a.wav", as_wav(np.tile(click, 4)))
    with pytest.raises(ValueError, match=r"a.wav \(too short: no 0.05 s of sound betw"):
        load_folder(tmp_path)


def test_channels_that_cancel_only_later_are_found(tmp_path):
    both = np.concatenate([np.zeros((RATE, 2)) + 0.002, np.zeros((12 * RATE, 2))])
    both[::2] *= -1  # faint, in phase, in the first block
    x, _ = talk(20, -90)
    both = np.concatenate([both, np.stack([x, -x], axis=1)])
    save(tmp_path, "a.wav", as_wav(both))
    (entry,) = load_folder(tmp_path).report
    assert "the 2 channels cancel each other: the loudest one is used" in entry.reason


# Folders that readers bring


def test_drums_in_class_folders(tmp_path):
    names = {"kick": 3, "snare": 2, "becken_é🥁": 4}
    t = np.arange(30_000) / 44_100
    for pitch, (name, count) in enumerate(names.items(), 1):
        for i in range(count):
            hit = np.exp(-8 * t) * np.sin(2 * np.pi * 90 * pitch * (1 + i / 50) * t)
            wav = as_wav(np.stack([hit, hit / 3], 1), "PCM_24", 44_100)
            save(tmp_path, f"{name}/hit {i}.WAV", wav)
    loaded = load_folder(tmp_path, sample_rate=44_100, clip_length=32_768)
    assert loaded.class_names == tuple(sorted(names)) and not loaded.skipped
    assert np.bincount(loaded.labels).tolist() == [4, 3, 2]
    assert loaded.clips.shape == (9, 32_768, 1)
    assert loaded.summary == (
        "9 of 9 files used, 9 clips\nclips per class: becken_é🥁 4, kick 3, snare 2"
    )


def test_formats_and_capital_endings(tmp_path):
    for name, content in {"a.AIFF": AIFF, "b.Flac": FLAC, "c.OGG": OGG}.items():
        save(tmp_path, name, content)
    save(tmp_path, "d.MP3", MP3)
    save(tmp_path, "e.M4A", b"\0\0\0 ftypM4A " + bytes(99))
    loaded = load_folder(tmp_path)
    assert loaded.sources == ("a.AIFF", "b.Flac", "c.OGG", "d.MP3")
    assert all(difference_to_the_word(clip) < 0.2 for clip in loaded.clips)
    assert "e.M4A: M4A is a format that is not read here" in loaded.summary


def test_nested_folders_are_classes_of_their_path(tmp_path):
    save(tmp_path, "ann/monday/1.wav", as_wav(loop(5)))
    save(tmp_path, "ann/friday/1.wav")
    save(tmp_path, "bob/monday/1.wav")
    loaded = load_folder(tmp_path)
    assert loaded.class_names == ("ann/friday", "ann/monday", "bob/monday")
    assert loaded.labels.tolist() == [0, *[1] * 5, 2]
    assert loaded.sources[1] == "ann/monday/1.wav"
    assert "1 cut into 5 clips:\n  ann/monday/1.wav: 5 clips of" in loaded.summary


def test_three_files_are_enough(tmp_path):
    for name in "abc":
        save(tmp_path, f"{name}.wav")
    assert load_folder(tmp_path).clips.shape == (3, LENGTH, 1)


def test_a_folder_of_silence_says_so(tmp_path):
    for name in "ab":
        save(tmp_path, f"{name}.wav", as_wav(np.zeros(RATE)))
    with pytest.raises(
        ValueError, match=r"received 0. Skipped: a.wav \(silent: no peak"
    ):
        load_folder(tmp_path)


# fit_clip at 1,000 Hz

ROOM, FADE = 175, 10
SQUARE = np.tile([1.0, -1.0], 50)  # 100 samples without an offset


def fit(samples):
    clip, remark = fit_clip(samples, 1000, 1000, 200)
    assert clip.shape == (200, 1) and clip.dtype == np.float32
    return clip[:, 0], remark


def placed(sound):
    return np.pad(sound, (25, ROOM - len(sound)))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("gain", [0.01, 0.5, 1.0])
def test_sound_stands_after_the_silence_with_a_fixed_peak(kind, gain):
    samples = (gain * SQUARE).astype(kind)
    samples.flags.writeable = False
    clip, remark = fit(samples)
    np.testing.assert_allclose(clip, placed(0.95 * SQUARE), rtol=1e-3)
    assert remark == ""


@pytest.mark.parametrize("offset", [-0.5, 0.5])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_offset_is_taken_off_however_long_the_sound(kind, offset):
    samples = np.tile(SQUARE, 2000) / 4 + offset  # their sum is beyond float16
    clip, remark = fit(samples.astype(kind))
    np.testing.assert_allclose(np.abs(clip[25:-FADE]), 0.95, rtol=1e-3)
    assert remark == "cut from 200.000 s to 0.175 s"


@pytest.mark.parametrize("before, after", [(0, 0), (10, 0), (0, 990), (500, 37)])
def test_silence_at_both_ends_is_cut_off_and_pauses_stay(before, after):
    pause = np.concatenate([SQUARE[:50], np.zeros(40), SQUARE[:50]])
    clip, _ = fit(np.pad(pause, (before, after)))
    np.testing.assert_allclose(clip, placed(0.95 * pause), rtol=1e-5)


# Frames whose energy is 40 dB lower, amplitudes below 1/100, are silence.
@pytest.mark.parametrize("level, length", [(0.009, 100), (0.011, 110)])
def test_forty_decibels_tell_silence(level, length):
    clip, _ = fit(np.concatenate([SQUARE, level * SQUARE[:10], np.zeros(50)]))
    assert np.count_nonzero(clip) == length


def test_only_what_does_not_fit_is_cut_and_ends_in_a_straight_fade():
    clip, remark = fit(np.tile(SQUARE, 2)[:170])
    assert remark == "" and np.abs(clip[194]) == pytest.approx(0.95)
    clip, remark = fit(np.tile(SQUARE, 2)[:180])
    heights = np.concatenate([np.ones(ROOM - FADE), np.linspace(1, 0, FADE)])
    np.testing.assert_allclose(np.abs(clip[25:]), 0.95 * heights, atol=1e-6)
    assert remark == "cut from 0.180 s to 0.175 s"


def test_remarks_stand_in_the_order_of_the_work():
    _, remark = fit_clip(np.tile(-3 * SQUARE, 3), 1000, 2000, 400)
    assert remark == (
        "peak of 3, scaled down; recorded at 1,000 Hz: nothing above 500 Hz; "
        "cut from 0.300 s to 0.175 s"
    )


@pytest.mark.parametrize("rate", [4000, 11_025, 22_050, 44_100, 48_000])
def test_another_rate_keeps_the_pitch(rate):
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    clip, remark = fit_clip(tone, rate)
    spectrum = np.abs(np.fft.rfft(clip[:, 0]))
    assert np.argmax(spectrum) * RATE / LENGTH == pytest.approx(1000, abs=2)
    assert ("nothing above 2,000 Hz" in remark) == (rate == 4000)


@pytest.mark.parametrize(
    "samples, reason",
    [
        (np.zeros(0), "silent"),
        (SQUARE[:49], "too short: 0.049 s"),
        (np.pad(SQUARE[:40], 50), "too short: 0.040 s"),
        (np.full(100, 0.7), "silent: no peak of 0.001"),
        (np.where(np.arange(100) == 7, np.nan, SQUARE), "no numbers, or beyond 1e15"),
        (1.1e15 * SQUARE, "beyond 1e15"),
        (np.ones(100, int), r"Expected floats, shape \(n,\); received int64 \(100,\)"),
        (np.ones((100, 1)), r"received float64 \(100, 1\)"),
        (1.0, r"received float64 \(\)"),
    ],
)
def test_samples_that_give_no_clip_say_why(samples, reason):
    with pytest.raises(ValueError, match=reason):
        fit(samples)


@pytest.mark.parametrize("rate", [0, -8000, 999, 384_001, float("nan")])
@pytest.mark.parametrize("name", ["rate", "sample_rate"])
def test_rate_that_makes_no_sense_is_named(name, rate):
    rates = {"rate": 1000, "sample_rate": 1000} | {name: rate}
    with pytest.raises(ValueError, match=f"`{name}` as .* to 384,000; received {rate}"):
        fit_clip(SQUARE, clip_length=200, **rates)


@pytest.mark.parametrize("rate, least", [(1000, 75), (8000, 600), (384_000, 28_800)])
def test_clip_must_have_room_for_the_shortest_sound(rate, least):
    sound = np.tile([1.0, -1.0], rate // 40)
    assert np.abs(fit_clip(sound, rate, rate, least)[0]).max() == pytest.approx(0.95)
    with pytest.raises(ValueError, match=f"`clip_length` .* received {least - 1}"):
        fit_clip(sound, rate, rate, least - 1)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 30_000),
    rate=st.sampled_from([1000, 4000, 7999, 8000, 44_100, 384_000]),
    scale=st.floats(1e-2, 1e13),
    offset=st.floats(-1, 1),
)
def test_any_samples_give_a_clip_of_the_right_shape_or_an_error(n, rate, scale, offset):
    noise = np.random.default_rng(n).standard_normal(n)
    try:
        clip, _ = fit_clip(scale * (noise + offset), rate)
    except ValueError as error:
        assert re.match("too short|silent", str(error)) and (n / rate < 0.06 or n < 400)
    else:
        assert clip.shape == (LENGTH, 1) and clip.dtype == np.float32
        assert np.abs(clip).max() == pytest.approx(0.95) and (clip[:200] == 0).all()
