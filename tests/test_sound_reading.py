"""The beginning of one sound file: what is read of it, how it is mixed, what it says.

Files hold 16-bit numbers k, so that samples must be k / 32,768 exactly. Plain WAV goes
through NumPy, FLAC through libsndfile: both must do the same. Which damaged files are
refused is tested in test_sound_files.py.
"""

import math
import os
import struct

import numpy as np
import pytest

from ganutils.datasets import sound_reading
from ganutils.datasets.messy import encode

RATE, BLOCK = 8000, sound_reading.BLOCK
KINDS = {"NumPy": ("WAV", "PCM_16"), "libsndfile": ("FLAC", "PCM_16")}
each_way = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def numbers(*shape, seed=0):
    """Return samples that 16 bits hold exactly, in [-0.5, 0.5]."""
    k = np.random.default_rng(seed).integers(-16_384, 16_385, shape)
    return (k / 32_768).astype("float32")


def read(folder, samples, kind=KINDS["NumPy"], seconds=10.0, rate=RATE):
    path = folder / "a.sound"
    path.write_bytes(encode(samples, rate, *kind))
    return sound_reading.read_start(path, seconds)


# The whole of a short file


@each_way
@pytest.mark.parametrize("n", [1, 2, 999, BLOCK // 2 - 22, BLOCK // 2 - 21, BLOCK])
def test_short_file_is_read_whole(tmp_path, kind, n):
    x = numbers(n)
    sound = read(tmp_path, x, kind)
    np.testing.assert_array_equal(sound.samples, x)
    assert sound.samples.dtype == np.float32 and sound.samples.shape == (n,)
    assert sound[1:] == (RATE, n / RATE, False, sound_reading.SILENCE, "")


@each_way
def test_loudest_and_quietest_numbers_keep_their_values(tmp_path, kind):
    x = np.array([-1, -1 / 32_768, 0, 1 / 32_768, 32_767 / 32_768])
    np.testing.assert_array_equal(read(tmp_path, x, kind).samples, x)


@each_way
def test_path_may_be_bytes_that_are_no_text(tmp_path, kind):
    path = os.path.join(os.fsencode(tmp_path), b"\xff \xe9")
    with open(path, "wb") as file:
        file.write(encode(numbers(99), RATE, *kind))
    for name in (path, os.fsdecode(path)):
        assert len(sound_reading.read_start(name, 10.0).samples) == 99


@pytest.mark.parametrize("kind", [("WAV", "PCM_U8"), ("AIFF", "PCM_S8")])
def test_eight_bits_are_silent_below_two_steps(tmp_path, kind):
    assert read(tmp_path, numbers(999), kind).silence == 2 / 128


# The beginning of a long one


@each_way
@pytest.mark.parametrize("extra, is_part", [(0, False), (1, True)])
def test_file_longer_than_the_seconds_is_read_in_part(tmp_path, kind, extra, is_part):
    x = numbers(10 * RATE + extra)
    sound = read(tmp_path, x, kind)
    np.testing.assert_array_equal(sound.samples, x[: 10 * RATE])
    assert sound.is_part is is_part and sound.seconds == len(x) / RATE


@each_way
@pytest.mark.parametrize("silent, first", [(BLOCK - 1, 0), (BLOCK, BLOCK)])
def test_silent_blocks_of_a_long_file_are_passed_over(tmp_path, kind, silent, first):
    x = np.concatenate([np.zeros(silent, "float32"), numbers(3 * BLOCK)])
    sound = read(tmp_path, x, kind)
    np.testing.assert_array_equal(sound.samples, x[first:][: 10 * RATE])
    assert sound.is_part


@each_way
def test_silence_of_a_file_that_is_no_longer_stays(tmp_path, kind):
    x = np.concatenate([np.zeros(9 * RATE, "float32"), numbers(RATE)])
    np.testing.assert_array_equal(read(tmp_path, x, kind).samples, x)


@each_way
def test_rest_after_silence_may_be_shorter_than_the_seconds(tmp_path, kind):
    x = np.concatenate([np.zeros(2 * BLOCK, "float32"), numbers(BLOCK + 999)])
    sound = read(tmp_path, x, kind)
    np.testing.assert_array_equal(sound.samples, x[2 * BLOCK :])
    assert not sound.is_part and sound.seconds == len(x) / RATE


@each_way
def test_offset_of_a_long_file_is_silence(tmp_path, kind):
    with pytest.raises(ValueError, match="silent: no peak reaches 0.001 of full scale"):
        read(tmp_path, np.full(2 * BLOCK, 0.25), kind)


@each_way
def test_at_least_a_second_or_a_block_is_read(tmp_path, kind):
    x = numbers(3 * BLOCK)
    for rate, n in ((RATE, BLOCK), (96_000, 96_000)):
        sound = read(tmp_path, x, kind, seconds=1e-3, rate=rate)
        np.testing.assert_array_equal(sound.samples, x[:n])
        assert sound.is_part


@each_way
def test_infinite_seconds_read_any_file_whole(tmp_path, kind):
    x = numbers(11 * RATE)
    sound = read(tmp_path, x, kind, seconds=math.inf)
    np.testing.assert_array_equal(sound.samples, x)
    assert not sound.is_part


@pytest.mark.parametrize("seconds", [0, -1.0, math.nan])
def test_seconds_that_are_none_are_named(tmp_path, seconds):
    with pytest.raises(ValueError, match=f"`seconds` > 0; received {seconds}"):
        read(tmp_path, numbers(99), seconds=seconds)


# Several channels


@each_way
@pytest.mark.parametrize("channels", [2, 8])
def test_channels_become_their_mean_without_offsets(tmp_path, kind, channels):
    x = numbers(999, channels) / 2 + np.linspace(0, 0.25, channels)
    x = np.round(x * 32_768) / 32_768
    sound = read(tmp_path, x, kind)
    expected = (x - x.mean(axis=0)).mean(axis=1)
    np.testing.assert_allclose(sound.samples, expected, atol=1e-6)
    assert sound.remark == "" and sound.samples.dtype == np.float32


@each_way
@pytest.mark.parametrize("loud", [0, 1])
def test_of_channels_that_cancel_the_loudest_one_is_used(tmp_path, kind, loud):
    x = np.stack([numbers(999), -numbers(999)], axis=1) * [0.5, 0.5]
    x[:, loud] *= 1.5
    sound = read(tmp_path, np.round(x * 32_768) / 32_768, kind)
    np.testing.assert_allclose(
        sound.samples, x[:, loud] - x[:, loud].mean(), atol=2**-15
    )
    assert sound.remark == "the 2 channels cancel each other: the loudest one is used"


# One sound in one of n channels: their mean has 1/n of the power of a channel's mean.
@pytest.mark.parametrize("channels", [2, 8])
def test_sound_in_one_channel_cancels_nothing(tmp_path, channels):
    x = np.zeros((999, channels))
    x[:, -1] = numbers(999)
    sound = read(tmp_path, x)
    expected = (x[:, -1] - x[:, -1].mean()) / channels
    np.testing.assert_allclose(sound.samples, expected, atol=1e-6)
    assert sound.remark == ""


# With channels x and -a x the mean has (1-a)²/4 of x's power, a channel (1+a²)/2: 12 dB
# apart where (1-a)² · 10^1.2 = 2 (1+a²), that is at a = 0.588.
@pytest.mark.parametrize("a, cancels", [(0.58, False), (0.60, True)])
def test_twelve_decibels_tell_channels_that_cancel(tmp_path, a, cancels):
    x = numbers(9999)
    remark = read(tmp_path, np.stack([x, -a * x], axis=1)).remark
    assert remark.startswith("the 2 channels cancel") == cancels


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_remarks_on_header_and_channels_stand_together(tmp_path, subtype):
    x = numbers(999)
    head, sound = encode(np.stack([x, -x], 1), RATE, "WAV", subtype).split(b"data")
    no_length = b"data" + b"\xff" * 4 + sound[4:]
    (tmp_path / "a.wav").write_bytes(head + no_length)
    sound = sound_reading.read_start(tmp_path / "a.wav", 10.0)
    assert sound.remark.startswith("the header gives no length: read to the end; the 2")
    assert len(sound.samples) == 999


# What recorders write

KINDS_OF_WAV = [("WAV", f"PCM_{bits}") for bits in ("U8", "16", "24", "32")]
KINDS_OF_WAV += [("WAV", "FLOAT"), ("WAV", "ULAW"), ("WAVEX", "PCM_24")]
by_recorders = pytest.mark.parametrize("kind", KINDS_OF_WAV, ids="-".join)


def damaged(folder, kind, n, damage):
    """Return what is read of a WAV file before and after a damage to its bytes."""
    expected, path = read(folder, numbers(n), kind), folder / "a.sound"
    content = path.read_bytes()
    path.write_bytes(damage(content, content.index(b"data")))
    return expected, sound_reading.read_start(path, 10.0)


@by_recorders
@pytest.mark.parametrize("n", [998, BLOCK])
@pytest.mark.parametrize("stated", [0, 2**32 - 1, 2**31, 0x7FFFF000, "+44", "+16"])
def test_wrong_length_is_read_to_the_end_and_told(tmp_path, kind, n, stated):
    def damage(content, at):
        right = len(content) - at - 8
        wrong = right + int(stated) if isinstance(stated, str) else stated
        return content[: at + 4] + struct.pack("<I", wrong) + content[at + 8 :]

    expected, sound = damaged(tmp_path, kind, n, damage)
    np.testing.assert_array_equal(sound.samples, expected.samples)
    assert sound.remark.endswith("read to the end")


@by_recorders
@pytest.mark.parametrize("note", [b"INFO!", b"INFO!\0", b"even"])
def test_chunk_in_front_of_the_sound_may_lack_its_padding(tmp_path, kind, note):
    chunk = b"LIST" + struct.pack("<I", len(note.rstrip(b"\0"))) + note
    expected, sound = damaged(
        tmp_path, kind, 998, lambda x, at: x[:12] + chunk + x[12:at] + chunk + x[at:]
    )
    np.testing.assert_array_equal(sound.samples, expected.samples)
    assert sound.remark == ""


# What is no sound


def test_missing_file_and_folder_are_errors_that_name_them(tmp_path):
    for path in (tmp_path / "gone.wav", tmp_path):
        with pytest.raises(OSError) as caught:
            sound_reading.read_start(path, 10.0)
        assert caught.value.filename == str(path) and caught.value.strerror


@pytest.mark.parametrize("length", [4, 99, BLOCK, 2 * BLOCK])
def test_foreign_file_is_told_by_its_first_bytes(tmp_path, length):
    (tmp_path / "a").write_bytes(b"%PDF" + b"x" * (length - 4))
    first = repr((b"%PDF" + b"x" * 12)[:length])
    with pytest.raises(ValueError) as caught:
        sound_reading.read_start(tmp_path / "a", 10.0)
    expected = f"no sound file of a known format: it begins with {first}"
    assert str(caught.value) == expected


@pytest.mark.parametrize("seconds", [10.0, 1.0])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_told(tmp_path, seconds, value):
    x = numbers(2 * BLOCK)
    x[5] = value
    with pytest.raises(ValueError, match=r"no numbers \(NaN or infinite\)"):
        read(tmp_path, x, ("WAV", "FLOAT"), seconds)


def test_file_that_shrinks_while_it_is_read_is_truncated(tmp_path, monkeypatch):
    path, check = tmp_path / "a.wav", sound_reading.sound_headers.check
    path.write_bytes(encode(numbers(2 * BLOCK), RATE))

    def shrink(file, size):
        head = check(file, size)
        os.truncate(path, 2 * BLOCK)
        return head

    monkeypatch.setattr(sound_reading.sound_headers, "check", shrink)
    with pytest.raises(ValueError, match="truncated or damaged: 65,558 of 131,072 fr"):
        sound_reading.read_start(path, 60.0)


@pytest.mark.filterwarnings("error")
@each_way
def test_no_file_stays_open(tmp_path, kind):
    before = len(os.listdir("/proc/self/fd"))
    for n in (99, 2 * BLOCK):
        read(tmp_path, numbers(n), kind)
    assert len(os.listdir("/proc/self/fd")) == before
