"""A folder with every kind of trouble that a reader's own images bring."""

from pathlib import Path

import numpy as np
from PIL import Image

from ganutils.kit import files

ORIENTATION = 0x0112  # EXIF tag; 6: the camera was held upright


def write_images(folder: Path, pictures: np.ndarray):
    """Write pictures of mixed sizes, and the last one as every kind of trouble.

    A palette, transparency, 16 bits, CMYK, a photo on its side, an animation, a torn
    file and a text. `load_images` uses all but the last two.

    Args:
        folder: an existing folder.
        pictures: (n, height, width), uint8; n ≥ 1.
    """
    folder = files.expand(folder)
    for i, pixels in enumerate(pictures):
        picture = Image.fromarray(pixels).resize((40 + 4 * i, 60)).convert("RGB")
        picture.save(folder / f"upright_{i:02}.png")
    for name in ("P.png", "RGBA.png", "CMYK.jpg"):
        picture.convert(name.split(".")[0]).save(folder / name)
    Image.fromarray(257 * pixels.astype("uint16")).save(folder / "16_bit.png")
    on_its_side = Image.Exif()
    on_its_side[ORIENTATION] = 6
    picture.save(folder / "rotated.jpg", exif=on_its_side)
    frames = [picture.rotate(9)]
    picture.save(folder / "animated.gif", save_all=True, append_images=frames)
    whole = (folder / "upright_00.png").read_bytes()
    (folder / "torn.png").write_bytes(whole[:40])
    (folder / "notes.txt").write_text("no image", encoding="utf-8")
