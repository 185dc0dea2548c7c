"""Headers of sound files, put together byte by byte, against the bytes that follow.

No decoder takes part. Of plain WAV files, `check` must find where the samples are; of
all others, whether they are whole. Damage to files that an encoder made is tested in
test_sound_files.py.
"""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganutils.datasets import sound_headers

RATE, PCM, FLOAT, EXTENSIBLE = 8000, 1, 3, 0xFFFE
UNKNOWN = sound_headers.UNKNOWN
SOUND = bytes(range(24))  # 12 frames of one channel
NO_LENGTH = "the header gives no length: read to the end"
# Heads of W64's chunks: the name, 12 bytes that make it a GUID, the length.
RIFF64, WAVE64, FORMAT64, DATA64 = (
    name + bytes(12) for name in (b"riff", b"wave", b"fmt ", b"data")
)


def chunk(name, content, length=None, order="<"):
    """Return a chunk, padded to an even length; `length` overrules the true one."""
    stated = len(content) if length is None else length
    padding = bytes(len(content) % 2)
    return name + struct.pack(order + "I", stated) + content + padding


NOTE = chunk(b"JUNK", b"")


def form(channels=1, rate=RATE, bits=16, tag=PCM, align=None, order="<"):
    align = channels * bits // 8 if align is None else align
    values = tag, channels, rate, rate * align, align, bits
    return chunk(b"fmt ", struct.pack(order + "HHIIHH", *values), order=order)


def riff(*chunks, word=b"RIFF", kind=b"WAVE"):
    return word + bytes(4) + kind + b"".join(chunks)


def data(content=SOUND, length=None, order="<"):
    """Return the chunk of the sound, without padding: it ends the file."""
    return chunk(b"data", content, length, order)[: 8 + len(content)]


def w64(content, length=None):
    values = struct.pack("<HHIIHH", PCM, 1, RATE, 2 * RATE, 2, 16)
    length = len(content) + 24 if length is None else length  # the head counts, too
    return (
        RIFF64 + bytes(8) + WAVE64
        + FORMAT64 + struct.pack("<Q", 24 + 16) + values
        + DATA64 + struct.pack("<Q", length) + content
    )  # fmt: skip


def rf64(length, stated=UNKNOWN):
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 0, length, 0, 0))
    return riff(ds64, form(), data(length=stated), word=b"RF64")


def aiff(sound, length=None):
    common = chunk(b"COMM", bytes(18), order=">")
    stated = len(sound) if length is None else length
    tail = b"SSND" + struct.pack(">I", stated) + sound
    return riff(common, tail, word=b"FORM", kind=b"AIFF")


def page(flags=4, segments=(7,), content=bytes(7)):
    """Return an Ogg page; flag 4 marks the last one of a stream."""
    head = b"OggS\0" + bytes([flags]) + bytes(20)
    return head + bytes([len(segments), *segments]) + content


def mp3(stated, flags=3, name=b"Xing", frames=9, length=1000):
    """Return an MP3 stream of `length` bytes that says it has `stated`."""
    numbers = [n for bit, n in ((1, frames), (2, stated)) if flags & bit]
    xing = name + struct.pack(f">{1 + len(numbers)}I", flags, *numbers)
    return (b"\xff\xfb\x90\x00" + bytes(17) + xing).ljust(length, b"\xff")


def check(content):
    return sound_headers.check(io.BytesIO(content), len(content))


# Plain 16-bit files, which NumPy reads by itself


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_plain_file_tells_where_its_samples_are(channels):
    content = riff(form(channels), data(SOUND * 2))
    expected = sound_headers.Head("", 24 // channels, RATE, channels, 44)
    assert check(content) == expected
    assert content[expected.offset :] == SOUND * 2


@pytest.mark.parametrize("note", [b"", b"a", b"ab", b"abc", bytes(70_000)])
def test_chunks_in_front_of_the_sound_are_passed(note):
    content = riff(chunk(b"LIST", note), form(), chunk(b"fact", note), data())
    head = check(content)
    assert content[head.offset :] == SOUND and head.frames == 12


def test_what_follows_the_sound_is_left_alone():
    head = check(riff(form(), data(), chunk(b"LIST", b"made by nobody")))
    assert (head.frames, head.remark) == (12, "")


@pytest.mark.parametrize("length, frames", [(23, 11), (2, 1), (24, 12)])
def test_half_a_sample_at_the_end_is_no_frame(length, frames):
    assert check(riff(form(), data(SOUND[:length]))).frames == frames


def test_long_form_of_plain_samples_is_plain():
    long_form = form()[8:] + struct.pack("<H", 0)
    head = check(riff(chunk(b"fmt ", long_form), data()))
    assert (head.frames, head.offset) == (12, 46)


@pytest.mark.parametrize(
    "stated, remark",
    [(24, ""), (25, "the header counts 1 bytes more than there are: read to the end")]
    + [(n, NO_LENGTH) for n in (0, 0x7FFF0000, 0x80000000, 0xFFFF0000, UNKNOWN)],
)
def test_sound_without_a_right_length_goes_on_to_the_end(stated, remark):
    assert check(riff(form(), data(length=stated)))[:2] == (remark, 12)


@pytest.mark.parametrize(
    "after, remark",
    [(b"", ""), (chunk(b"LIST", bytes(30)), ""), (b"\0" + chunk(b"id3 ", SOUND), "")]
    + [(bytes(30), "30 bytes after the sound, which the header does not count")]
    + [
        (b"LIST\xff\xff\xff\xff", "8 bytes after the sound, which the header does not ")
    ],
)
def test_what_follows_the_sound_is_a_chunk_or_told(after, remark):
    head = check(riff(form(), data(), after))
    assert head.remark.startswith(remark) and bool(head.remark) == bool(remark)
    assert head.frames == 12


@pytest.mark.parametrize("note", [b"a", b"abc"])
def test_chunk_of_odd_length_may_lack_its_padding(note):
    content = riff(chunk(b"LIST", note)[:-1], form(), chunk(b"fact", note)[:-1], data())
    head = check(content)
    assert content[head.offset :] == SOUND and (head.remark, head.frames) == ("", 12)


@pytest.mark.parametrize(
    "changed",
    [{"tag": FLOAT, "bits": 32}, {"tag": EXTENSIBLE}, {"bits": 24}, {"align": 4}]
    + [{"bits": 12, "align": 2}, {"align": 0}],
)
def test_samples_that_are_not_plain_are_left_to_the_decoder(changed):
    assert check(riff(form(**changed), data())) == sound_headers.Head()


def test_big_endian_samples_are_left_to_the_decoder():
    parts = form(order=">"), data(order=">")
    assert check(riff(*parts, word=b"RIFX")) == sound_headers.Head()


def test_single_byte_of_sound_is_left_to_the_decoder():
    assert check(riff(form(), data(b"a"))).frames == 0


# Other containers


@pytest.mark.parametrize("length", [0, 2**64 - 1])
def test_long_container_without_a_length_goes_on_to_the_end(length):
    assert check(rf64(length))[:2] == (NO_LENGTH, 12)


@pytest.mark.parametrize(
    "content, frames, offset",
    [(rf64(24), 12, 80), (rf64(9, stated=24), 12, 80), (w64(SOUND), 12, 104)],
)
def test_long_containers_tell_where_their_samples_are(content, frames, offset):
    head = check(content)
    assert (head.remark, head.frames, head.offset) == ("", frames, offset)


@pytest.mark.parametrize("length, remark", [(None, ""), (UNKNOWN, NO_LENGTH)])
def test_aiff_is_left_to_the_decoder(length, remark):
    assert check(aiff(bytes(8) + SOUND, length)) == sound_headers.Head(remark)


@pytest.mark.parametrize(
    "content",
    [
        b"RIFF\0\0\0\0AVI " + bytes(9),
        b"fLaC",
        b"M",
        b"\xff",
        b"\xff\x00" + mp3(9999)[2:],
    ],
)
def test_what_is_no_known_header_is_left_to_the_decoder(content):
    assert check(content) == sound_headers.Head()


# What cannot be right

WRONG = {
    "empty": (b"", "the file has 0 bytes"),
    "two bytes short": (riff(form(), data(length=26)), "truncated: 2 of 26 bytes"),
    "much too short": (riff(form(), data(length=9999)), "9,975 of 9,999 bytes"),
    "short RF64": (rf64(26), "truncated: 2 of 26 bytes"),
    "short W64": (w64(SOUND, 50), "truncated: 2 of 26 bytes"),
    "short AIFF": (aiff(SOUND, 26), "truncated: 2 of 26 bytes"),
    "no sound": (riff(form(), data(b"")), "no sound: the header gives 0 bytes"),
    "no sound, then a chunk": (riff(form(), data(b""), NOTE), "gives 0 bytes"),
    "twice the length": (riff(form(), data(length=48)), "24 of 48 bytes of sound"),
    "no sound, 2^31": (riff(form(), data(b"", 2**31)), "gives 0 bytes"),
    "no sound, no length": (riff(form(), data(b"", UNKNOWN)), "gives 0 bytes"),
    "no sound, W64": (w64(b""), "gives 0 bytes"),
    "W64 shorter than its head": (w64(SOUND, 23), "gives 0 frames"),
    "no sound, AIFF": (aiff(b""), "gives 0 bytes"),
    "12 bytes": (riff(), "it ends before the sound begins"),
    "7 bytes of a chunk": (riff(data()[:7]), "it ends before the sound begins"),
    "note beyond the end": (riff(form(), chunk(b"LIST", b"", 99)), "it ends before"),
    "half a form": (riff(form()[:20]), "it ends inside its header"),
    "half a ds64": (riff(chunk(b"ds64", bytes(15))[:-1]), "inside its header"),
    "sound before its form": (riff(data(), form()), "no format in front"),
    "a form too small": (riff(chunk(b"fmt ", bytes(14)), data()), "no format in"),
    "too many chunks": (riff(*[NOTE] * 98, form(), NOTE, data()), "first 100"),
    "rate 0": (riff(form(rate=0), data()), "a sample rate of 0 Hz"),
    "0 channels": (riff(form(channels=0), data()), "0 channels"),
    "9 channels": (riff(form(channels=9), data()), "9 channels; 1 to 8"),
    "Ogg, no last page": (page(flags=3), "last page"),
    "Ogg, a byte short": (page()[:-1], "last page"),
    "Ogg, half a head": (page() + page()[:20], "last page"),
    "Ogg, half a table": (page(segments=[1] * 9, content=b"")[:30], "last page"),
    "MP3 half": (mp3(2000), "truncated: 1,000 of 2,000 bytes are missing"),
    "MP3, no frames": (mp3(2000, flags=2), "1,000 of 2,000 bytes"),
    "MP3, Info": (mp3(2000, name=b"Info"), "1,000 of 2,000 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("content, reason", WRONG.values(), ids=WRONG)
def test_header_that_cannot_be_right_says_why(content, reason):
    with pytest.raises(ValueError, match=reason):
        check(content)


@pytest.mark.parametrize("cut", range(2, 25))
def test_missing_bytes_beyond_a_twentieth_are_counted(cut):
    with pytest.raises(ValueError, match=f"truncated: {cut} of 24 bytes"):
        check(riff(form(), data())[:-cut])


@settings(deadline=None)
@given(at=st.integers(0, 47), value=st.integers(0, 255), cut=st.integers(0, 47))
def test_damaged_header_is_refused_or_points_into_the_file(at, value, cut):
    content = bytearray(riff(form(), data(SOUND[:4])))
    content[at] = value
    content = bytes(content[: len(content) - cut])
    try:
        head = check(content)
    except ValueError:
        return
    end = head.offset + 2 * head.channels * head.frames
    assert 0 <= head.offset <= end <= len(content)


def test_chunks_just_few_enough_are_walked():
    assert check(riff(*[NOTE] * 98, form(), data())).frames == 12


# Ogg and MP3


@pytest.mark.parametrize(
    "content",
    [page(), page(flags=0) + page(), page(flags=6), page(segments=[], content=b"")]
    + [page() + b"tag", page(flags=0, segments=[255] * 255, content=bytes(65_025)) * 2
    + page(segments=[255] * 255, content=bytes(65_025))],
)  # fmt: skip
def test_ogg_stream_with_its_last_page_is_whole(content):
    assert check(content) == sound_headers.Head()


@pytest.mark.parametrize(
    "content",
    [mp3(1000), mp3(1010), mp3(900), mp3(2000, flags=1), mp3(9999, name=b"VBRI")]
    + [b"ID3", b"ID3" + bytes(7) + b"fLaC"],
)
def test_mp3_that_may_be_whole_is_left_to_the_decoder(content):
    assert check(content) == sound_headers.Head()


@pytest.mark.parametrize(
    "content",
    [mp3(9999, name=b"Nope"), mp3(9999)[:30], b"\xff\xfb\x90" + mp3(9999)[21:33]],
)
def test_mp3_without_a_length_is_told(content):
    assert check(content).remark.startswith("the header gives no length: where the bit")


def test_streams_of_ogg_that_follow_each_other_are_told():
    other = page()[:14] + b"\1" + page()[15:]
    assert check(page() + other).remark.startswith("several streams")


def test_tag_in_front_of_an_mp3_does_not_count():
    tag = b"ID3\x03\0\0\0\0\x02\x2c" + b"x" * 300  # 2 · 128 + 44 bytes
    assert check(tag + mp3(1000)) == sound_headers.Head()
    with pytest.raises(ValueError, match="truncated: 300 of 1,300 bytes"):
        check(tag + mp3(1300))


# check_values


@pytest.mark.parametrize(
    "values",
    [(1000, 1, 1), (384_000, 8, 1), (8000, 2, sound_headers.MOST_FRAMES)],
)
def test_smallest_and_largest_values_are_taken(values):
    assert sound_headers.check_values(*values) is None


@pytest.mark.parametrize(
    "values, reason",
    [
        ((999, 1, 1), "a sample rate of 999 Hz in the header; 1,000 to 384,000 Hz"),
        ((384_001, 1, 1), "a sample rate of 384,001 Hz"),
        ((-8000, 1, 1), "a sample rate of -8,000 Hz"),
        ((8000, 0, 1), "0 channels; 1 to 8 are read"),
        ((8000, 9, 1), "9 channels"),
        ((8000, 1, 0), "no sound: the header gives 0 frames"),
        ((8000, 1, -1), "no sound"),
        ((8000, 1, 2**40 + 1), "gives no length; convert the file to WAV"),
    ],
)
def test_value_that_makes_no_sense_is_told(values, reason):
    with pytest.raises(ValueError, match=reason):
        sound_headers.check_values(*values)
