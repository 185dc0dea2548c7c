"""What a sound file says of itself, compared with the bytes that are there.

libsndfile reads half of a truncated file, or nothing of one whose header says nothing,
without a word. So the length is checked before anything is decoded.
"""

import struct
from typing import BinaryIO, NamedTuple

RATES = (1_000, 384_000)  # Hz
# A sound in one of 8 channels is 9 dB quieter in their mean, which can still be told
# from channels that cancel each other.
MOST_CHANNELS = 8
MOST_CHUNKS = 100  # before the sound; a damaged file shall not be walked for ever
MOST_FRAMES = 2**40
UNKNOWN = 0xFFFFFFFF  # what a program writes that cannot go back to the header
# Others write the largest length that they dare to, rounded to whole buffers.
PLACEHOLDERS = (
    range(0x7FFF0000, 0x80000001),
    range(0xFFFF0000, UNKNOWN + 1),
    range(MOST_FRAMES, 2**64),  # in 64 bits
)
TOLERANCE = 20  # 1/20 may be missing: some count the header, or a whole buffer
MOST_FORM = 128  # bytes of a fmt chunk; the longest common one has 50
ODD = b"data", b"fmt ", b"fact", b"LIST", b"SSND"  # chunks after an unpadded one
NO_LENGTH = "the header gives no length: read to the end"
LARGEST_PAGE = 65_307  # bytes of an Ogg page
SERIAL = slice(14, 18)  # of the stream that an Ogg page belongs to
NO_MP3_LENGTH = (
    "the header gives no length: where the bitrate varies, the end may be missing; "
    "ffmpeg -i in.mp3 out.wav reads it all"
)
PCM = 1

# Magic word: what the head of a chunk looks like, where the first one begins, and the
# number of bytes that chunks are padded to.
CONTAINERS = {
    b"RIFF": (struct.Struct("<4sI"), 12, 2),
    b"RF64": (struct.Struct("<4sI"), 12, 2),
    b"RIFX": (struct.Struct(">4sI"), 12, 2),
    b"FORM": (struct.Struct(">4sI"), 12, 2),  # AIFF
    b"riff": (struct.Struct("<4s12xQ"), 40, 8),  # W64: the word begins a GUID
}
FORM = {order: struct.Struct(f"{order}HHIIHH") for order in "<>"}  # of a fmt chunk
FORMS = (b"WAVE", b"AIFF", b"AIFC")  # a RIFF or FORM file may also be a picture


class Head(NamedTuple):
    """What `check` found.

    Attributes:
        remark: on a header that leaves something open or is wrong; may be empty.
        frames: number of frames of plain 16-bit samples, which NumPy reads by itself
            in a fraction of libsndfile's time; 0 where libsndfile has to decode.
        rate: Hz, where `frames` is known.
        channels: number of them, where `frames` is known.
        offset: byte where the samples begin, where `frames` or `header` is known.
        header: what must stand in front of the samples for libsndfile to read them
            all; empty where it can read the file as it is.
    """

    remark: str = ""
    frames: int = 0
    rate: int = 0
    channels: int = 0
    offset: int = 0
    header: bytes = b""


def check(file: BinaryIO, size: int) -> Head:
    """Compare the lengths in a file's header with the file.

    WAV, RF64, W64 and AIFF state the bytes of sound; most MP3 files the bytes of the
    stream; an Ogg stream marks its last page. FLAC states frames only, which can be
    counted when they are decoded.

    WAV files of many recorders state too much, or nothing: they are read to the end,
    with a remark. A file that lacks more than 1/20 of its sound is truncated.

    Args:
        file: opened for reading bytes, at its start. Where it stands afterwards is
            not defined.
        size: of the file, in bytes.

    Raises:
        ValueError: the file is empty or truncated, has no sound, or a rate or a number
            of channels that make no sense.

    Reference:
        Microsoft 1991, Multimedia Programming Interface and Data Specifications 1.0
        (RIFF); EBU Tech 3306 (RF64); Pfeiffer 2003, RFC 3533 (Ogg).
    """
    first = file.read(12)
    word = first[:4]
    if not first:
        raise ValueError("the file has 0 bytes")
    if word == b"riff" or (word in CONTAINERS and first[8:] in FORMS):
        return _check_chunks(file, size, word)
    if word == b"OggS":
        return Head(_check_last_page(file, size))
    if word[:3] == b"ID3" or (word[0] == 0xFF and word[1:2] >= b"\xe0"):
        return Head(_check_mp3(file, size))
    return Head()


def check_values(rate: int, channels: int, frames: int):
    """Refuse values of a header that make no sense.

    Raises:
        ValueError: `rate` (Hz) outside `RATES`, `channels` outside 1 … 8, no `frames`,
            or no known number of them.
    """
    if not RATES[0] <= rate <= RATES[1]:
        raise ValueError(
            f"a sample rate of {rate:,} Hz in the header; "
            f"{RATES[0]:,} to {RATES[1]:,} Hz make sense"
        )
    if not 1 <= channels <= MOST_CHANNELS:
        raise ValueError(f"{channels} channels; 1 to {MOST_CHANNELS} are read")
    if frames <= 0:
        raise ValueError("no sound: the header gives 0 frames")
    if frames > MOST_FRAMES:
        raise ValueError("the header gives no length; convert the file to WAV")


def _check_chunks(file, size, word):
    form, stated, offset, is_odd = _find_sound(file, word)
    length, remark = _compare(file, stated, offset, size, word)
    if length == 0:
        raise ValueError("no sound: the header gives 0 bytes of it")
    if word == b"FORM":
        return Head(remark)
    if form is None:
        raise ValueError("damaged: no format in front of the sound")
    order = ">" if word == b"RIFX" else "<"
    tag, channels, rate, _, align, bits = FORM[order].unpack(form[:16])
    check_values(rate, channels, length)
    if (tag, bits, align, order) == (PCM, 16, 2 * channels, "<"):
        return Head(remark, length // align, rate, channels, offset)
    if is_odd or length != stated:
        return Head(remark, offset=offset, header=_rebuild(form, length, order))
    return Head(remark)


def _compare(file, stated, offset, size, word):
    available = size - offset
    if available < stated and any(stated in values for values in PLACEHOLDERS):
        return available, NO_LENGTH
    if stated == 0 and word != b"FORM" and not _is_chunk(file, offset, size):
        return available, NO_LENGTH
    missing, left = stated - available, available - stated
    if missing > stated // TOLERANCE:
        raise ValueError(
            f"truncated: {missing:,} of {stated:,} bytes of sound are missing"
        )
    if missing > 0:
        more = f"{missing:,} bytes more than there are"
        return available, f"the header counts {more}: read to the end"
    if left <= stated // TOLERANCE or _is_chunk(file, offset + stated, size):
        return stated, ""
    return stated, f"{left:,} bytes after the sound, which the header does not count"


def _is_chunk(file, position, size):
    # In either byte order; padded or not, since the sound's length may be odd.
    file.seek(position)
    raw = file.read(9).removeprefix(b"\0")
    name, length = raw[:4], raw[4:8]
    fits = min(int.from_bytes(length, o) for o in ("little", "big")) <= size - position
    return len(length) == 4 and name.isascii() and name.decode().isprintable() and fits


def _find_sound(file, word):
    head, position, padding = CONTAINERS[word]
    inside = head.size if word == b"riff" else 0  # W64 counts the head of a chunk, too
    form, long_length, is_odd = None, UNKNOWN, False
    for _ in range(MOST_CHUNKS):
        file.seek(position)
        raw = file.read(head.size + MOST_FORM)
        if len(raw) < head.size:
            raise ValueError("truncated: it ends before the sound begins")
        name, length = head.unpack_from(raw)
        position += head.size
        length -= inside
        if name in (b"data", b"SSND"):
            length = long_length if length == UNKNOWN else length
            return form, length, position, is_odd
        if name == b"fmt " and length >= 16:
            form = _content(raw, head)[: length & ~1]
        elif name == b"ds64":  # RF64 keeps the length here, in 64 bits
            (long_length,) = struct.unpack_from("<8xQ", _content(raw, head))
        position += max(length, 0)
        if -length % padding:
            file.seek(position)
            unpadded = file.read(4) in ODD
            is_odd |= unpadded
            position += 0 if unpadded else -length % padding
    raise ValueError(f"damaged: no sound among the first {MOST_CHUNKS} chunks")


def _content(raw, head):
    if len(raw) < head.size + 16:
        raise ValueError("truncated: it ends inside its header")
    return raw[head.size :]


def _rebuild(form, length, order):
    word = b"RIFX" if order == ">" else b"RIFF"
    unknown, *lengths = (
        struct.pack(order + "I", n) for n in (UNKNOWN, len(form), min(length, UNKNOWN))
    )
    return word + unknown + b"WAVEfmt " + lengths[0] + form + b"data" + lengths[1]


def _check_last_page(file, size):
    file.seek(0)
    first = file.read(SERIAL.stop)
    file.seek(max(size - LARGEST_PAGE, 0))
    tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    segments = page[27 : 27 + page[26]] if len(page) > 26 else b""
    is_last = len(page) > 26 and page[5] & 4
    if not is_last or len(page) < 27 + page[26] + sum(segments):
        raise ValueError("truncated: the last page of the stream is missing")
    if page[SERIAL] != first[SERIAL]:
        return "several streams, one after the other: the first one is read"
    return ""


def _check_mp3(file, size):
    file.seek(0)
    start, tag = 0, file.read(10)
    if tag[:3] == b"ID3":  # its length: four times seven bits
        start = 10 + sum(b << 7 * (3 - i) for i, b in enumerate(tag[6:10]))
    file.seek(start)
    first = file.read(4096)
    at = max(first.find(b"Xing"), first.find(b"Info"))
    if at < 0 or len(first) < at + 16:
        return NO_MP3_LENGTH if first[:1] == b"\xff" and b"VBRI" not in first else ""
    flags, *numbers = struct.unpack(">3I", first[at + 4 : at + 16])
    length = numbers[flags & 1]
    missing = length - (size - start)
    if flags & 2 and missing > length // 100:  # encoders count a tag in, or not
        raise ValueError(f"truncated: {missing:,} of {length:,} bytes are missing")
    return ""
