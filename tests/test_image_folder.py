"""Folders of image files: what is used, what is skipped, and why.

Expected pixels are constants painted into tiny files, so every value is known: grey g
becomes g / 127.5 − 1, a 16-bit v becomes round(v / 257).
"""

import os
import shutil
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ganutils import datasets
from ganutils.kit import checks

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (28, 28), dtype=np.uint8)


def save(path, array, mode=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(array))
    (image if mode is None else image.convert(mode)).save(path, **options)
    return path


def grey_of(folder, **options):
    """Return the one image of a folder as bytes, shape (28, 28, channels)."""
    loaded = datasets.load_images(folder, **options)
    assert len(loaded.images) == 1, loaded.report
    return checks.from_unit_range(loaded.images[0])


def reasons(folder):
    return {e.path: e.reason for e in datasets.load_images(folder).skipped}


def flat(value, shape=(28, 28), dtype=np.uint8):
    return np.full(shape, value, dtype)


def test_grey_image_of_the_right_size_keeps_its_pixels(tmp_path):
    save(tmp_path / "a.png", NOISE)
    np.testing.assert_array_equal(grey_of(tmp_path)[..., 0], NOISE)


def test_every_entry_of_a_mixed_folder_is_accounted_for(tmp_path):
    whole = save(tmp_path / "good.png", NOISE).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / ".DS_Store").write_bytes(whole)
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    os.mkfifo(tmp_path / "pipe.png")
    found = reasons(tmp_path)
    assert len(datasets.load_images(tmp_path).images) == 1
    assert "truncated" in found["cut.png"] and found[".DS_Store"] == "hidden"
    assert "not an image" in found["notes.txt"] and "not an image" in found["empty.jpg"]
    assert "cannot be opened" in found["gone.png"] and "neither" in found["pipe.png"]


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tif", "webp", "ppm"])
@settings(max_examples=40, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_truncated_file_is_skipped_or_has_all_its_pixels(
    suffix, share, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("cut")
    whole = save(folder / f"a.{suffix}", np.stack([NOISE, NOISE.T, NOISE[::-1]], -1))
    expected, content = grey_of(folder, channels=3), whole.read_bytes()
    whole.write_bytes(content[: int(share * len(content))])
    try:
        found = grey_of(folder, channels=3)
    except ValueError as error:
        assert "received 0. Skipped: a." in str(error)
    else:
        assert np.array_equal(found, expected)
    shutil.rmtree(folder)


def test_transparent_pixels_become_white(tmp_path):
    rgba = np.dstack([flat(200)] * 3 + [flat(0)])
    rgba[:, 14:, 3] = 255
    save(tmp_path / "a.png", rgba)
    assert grey_of(tmp_path)[0, [0, 27], 0].tolist() == [255, 200]


def test_half_transparent_pixels_are_mixed(tmp_path):
    save(tmp_path / "a.png", np.dstack([flat(0)] * 3 + [flat(51)]))  # 51 / 255 = 0.2
    assert abs(int(grey_of(tmp_path)[5, 5, 0]) - 204) <= 1  # 0.8 · 255


def test_palette_with_a_transparent_colour(tmp_path):
    palette = Image.fromarray(flat(0)).convert("P")
    palette.putpalette([10, 20, 30] * 256)
    palette.save(tmp_path / "a.png", transparency=0)
    assert (grey_of(tmp_path) == 255).all()


def test_palette_gives_its_colours(tmp_path):
    palette = Image.fromarray(flat(7)).convert("P")
    palette.putpalette([10, 20, 30] * 256)
    palette.save(tmp_path / "a.gif")
    assert grey_of(tmp_path, channels=3)[3, 3].tolist() == [10, 20, 30]


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("value, expected", [(65535, 255), (257, 1), (12850, 50)])
def test_sixteen_bit_grey_is_scaled_not_cut(tmp_path, suffix, value, expected):
    save(tmp_path / f"a.{suffix}", flat(value, dtype=np.uint16))
    assert (grey_of(tmp_path) == expected).all()


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_pixels_of_unknown_range_are_reported(tmp_path, dtype):
    save(tmp_path / "a.png", NOISE)
    save(tmp_path / "b.tif", flat(1, dtype=dtype))
    assert "no known range" in reasons(tmp_path)["b.tif"]


def tiff(values, bits, white_is_zero=False):
    """Return a grey TIFF file of 28×28 values, which Pillow writes in 16 bits only."""
    data = values.astype("<u2").tobytes()
    if bits == 12:  # two values in three bytes
        data = bytes.fromhex("".join(f"{v:03x}" for v in values.ravel()))
    tags = {256: 28, 257: 28, 258: bits, 259: 1, 262: 0 if white_is_zero else 1}
    tags |= {273: 8 + 2 + 9 * 12 + 4, 277: 1, 278: 28, 279: len(data)}
    entries = [struct.pack("<HHII", tag, 4, 1, n) for tag, n in tags.items()]
    return b"II*\0\x08\0\0\0\x09\0" + b"".join(entries) + bytes(4) + data


@pytest.mark.parametrize(
    "bits, value, white_is_zero, expected",
    [(12, 4095, False, 255), (12, 803, False, 50), (12, 0, False, 0)]
    + [(16, 12850, False, 50), (16, 12850, True, 205), (16, 65535, True, 0)],
)
def test_twelve_bits_and_inverted_grey(tmp_path, bits, value, white_is_zero, expected):
    content = tiff(flat(value, dtype=np.uint16), bits, white_is_zero)
    (tmp_path / "a.tif").write_bytes(content)
    assert (grey_of(tmp_path) == expected).all()


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("value, is_dark", [(4095, True), (4096, False), (0, False)])
def test_twelve_bits_in_sixteen_are_told(tmp_path, suffix, value, is_dark):
    save(tmp_path / f"a.{suffix}", flat(value, dtype=np.uint16))
    remark = datasets.load_images(tmp_path).report[0].reason
    assert remark.startswith("dark: 16-bit grey") == is_dark and bool(remark) == is_dark


def test_transparent_value_of_sixteen_bit_grey_becomes_white(tmp_path):
    values = np.hstack([flat(1000, (28, 14), np.uint16), flat(12850, (28, 14), "u2")])
    content = save(tmp_path / "a.png", values).read_bytes()
    body = b"tRNS" + struct.pack(">H", 1000)  # chunks: length, content, checksum
    key = struct.pack(">I", 2) + body + struct.pack(">I", zlib.crc32(body))
    (tmp_path / "a.png").write_bytes(content[:33] + key + content[33:])
    assert grey_of(tmp_path)[0, [0, 27], 0].tolist() == [255, 50]


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk_of_a_photo_becomes_colour(tmp_path, suffix):
    cmyk = Image.merge("CMYK", [Image.new("L", (28, 28), v) for v in (0, 255, 255, 0)])
    cmyk.save(tmp_path / f"a.{suffix}")
    found = grey_of(tmp_path, channels=3)[9, 9]
    np.testing.assert_allclose(found, [255, 0, 0], atol=3)  # JPEG rounds


def test_cmyk_becomes_colour(tmp_path):
    save(tmp_path / "a.tif", np.dstack([flat(255), flat(0), flat(0)]), "CMYK")
    assert grey_of(tmp_path, channels=3)[4, 4].tolist() == [255, 0, 0]


def test_colour_becomes_grey_by_luma(tmp_path):
    save(tmp_path / "a.png", np.dstack([flat(100), flat(200), flat(50)]))
    assert (grey_of(tmp_path) == 153).all()  # 0.299·100 + 0.587·200 + 0.114·50


TURNS = [np.array, np.fliplr, lambda x: x[::-1, ::-1], np.flipud, np.transpose]
TURNS += [np.rot90, lambda x: np.fliplr(np.rot90(x)), lambda x: np.rot90(x, -1)]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_turned_photo_is_set_upright(tmp_path, suffix, orientation):
    upright = np.kron([[240, 120], [0, 60]], np.ones((14, 14))).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossy = {} if suffix in ("png", "tif") else {"quality": 95}
    stored = np.ascontiguousarray(TURNS[orientation - 1](upright))
    save(tmp_path / f"a.{suffix}", stored, exif=exif, **lossy)
    corners = grey_of(tmp_path)[3::21, 3::21, 0]
    np.testing.assert_allclose(corners, upright[3::21, 3::21], atol=5)  # lossy formats


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif", "mpo"])
def test_first_frame_of_several_is_used_and_said(tmp_path, suffix):
    second = Image.fromarray(flat(9))
    save(
        tmp_path / f"a.{suffix}",
        flat(200),
        "RGB",
        save_all=True,
        append_images=[second],
    )
    folder = datasets.load_images(tmp_path)
    assert np.abs(checks.from_unit_range(folder.images).astype(int) - 200).max() <= 1
    assert folder.report[0].reason == "the first of several frames"


def test_middle_is_kept_when_cropping(tmp_path):
    wide = np.concatenate([flat(0), flat(90), flat(255)], axis=1)
    save(tmp_path / "a.png", wide)
    assert (grey_of(tmp_path) == 90).all()


def test_size_is_height_then_width(tmp_path):
    save(tmp_path / "a.png", np.hstack([flat(0, (40, 30)), flat(90, (40, 30))]))
    folder = datasets.load_images(tmp_path, size=(16, 24), channels=3)
    assert folder.images.shape == (1, 16, 24, 3) and folder.images.dtype == np.float32
    found = checks.from_unit_range(folder.images[0])
    assert (found[:, :8] == 0).all() and (found[:, 16:] == 90).all()


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_sixteen_bit_netpbm_and_both_byte_orders(tmp_path, dtype):
    values = flat(12850, dtype=dtype)
    if dtype == ">u2":
        (tmp_path / "a.pgm").write_bytes(b"P5 28 28 65535\n" + values.tobytes())
    else:
        save(tmp_path / "a.tif", values)
    assert (grey_of(tmp_path) == 50).all()


@pytest.mark.parametrize("limit", [700, 300])  # Pillow warns above 1, raises above 2
def test_too_many_pixels_are_reported(tmp_path, monkeypatch, limit):
    save(tmp_path / "big.png", NOISE)
    save(tmp_path / "small.png", flat(1, (8, 8)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    assert "DecompressionBomb" in reasons(tmp_path)["big.png"]


def test_file_that_would_start_a_program_is_not_opened(tmp_path):
    save(tmp_path / "a.png", NOISE)
    save(tmp_path / "b.eps", NOISE)
    assert "not an image of a known format" in reasons(tmp_path)["b.eps"]


@pytest.mark.parametrize("brand", [b"heic", b"avif"])
def test_photo_of_a_phone_that_is_not_read_says_what_to_do(tmp_path, brand):
    save(tmp_path / "a.png", NOISE)
    (tmp_path / "b.jpg").write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(99))
    assert "export it as JPEG or PNG" in reasons(tmp_path)["b.jpg"]


@pytest.mark.parametrize(
    "content", [{}, {"a.txt": b"no"}, {"a.txt": b"", "b.png": b"x"}]
)
def test_no_usable_image_names_the_folder_and_the_reasons(tmp_path, content):
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(
        ValueError, match="at least 1 usable image files .*PNG, JPEG"
    ) as caught:
        datasets.load_images(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert all(name in str(caught.value) for name in content)


@pytest.mark.parametrize("name", ["nothing", "a.png"])
def test_what_is_no_folder_is_an_error(tmp_path, name):
    save(tmp_path / "a.png", NOISE)
    with pytest.raises(OSError, match="to be a folder of image files"):
        datasets.load_images(tmp_path / name)


@pytest.mark.parametrize(
    "options",
    [{"size": (0, 28)}, {"size": (28,)}, {"channels": 4}],
)
def test_bad_argument_is_named(tmp_path, options):
    with pytest.raises(ValueError, match=f"`{next(iter(options))}`"):
        datasets.load_images(tmp_path, **options)
