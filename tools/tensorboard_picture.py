"""Photograph TensorBoard in a browser: data/tensorboard.png, for chapter 11.

    GANUTILS_SCALE=cpu python tools/run_course.py 11_in_practice
    PYTHONPATH=.:tools python tools/tensorboard_picture.py

Needs Chromium. It reads the event files that the chapter's run left in
runs/11_in_practice/tensorboard.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image

import chapters
from ganutils.kit import runtime

TAGS = r"epoch_%5Bdg%5D_loss%7Cfrechet%7Cdigits"
ADDRESS = "http://127.0.0.1:{}/?darkMode=false&forceSVG=true&tagFilter="
ADDRESS += TAGS + "#timeseries"
SIZE, PANEL, COLOURS = (1480, 1030), 252, 48  # the panel of settings is cut off
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def photograph(address: str, path: Path):
    """Save what a browser without a window shows at an address."""
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    width, height = SIZE
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--window-size={width},{height}",
        "--virtual-time-budget=120000",
        f"--screenshot={path}",
    ]
    subprocess.run([browser, *options, address], check=True, capture_output=True)


def main():
    """Start TensorBoard, photograph it, store few colours, stop it."""
    logs, port = runtime.runs_folder("11_in_practice", "tensorboard"), free_port()
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logs)]
    server = subprocess.Popen([*command, "--port", str(port)], env=os.environ)
    try:
        for _ in range(60):
            try:
                urllib.request.urlopen(ADDRESS.format(port).split("?")[0], timeout=2)
                break
            except OSError:
                time.sleep(1)
        with tempfile.TemporaryDirectory() as place:
            photograph(ADDRESS.format(port), Path(place, "page.png"))
            picture = Image.open(Path(place, "page.png")).convert("RGB")
        picture = picture.crop((0, 0, SIZE[0] - PANEL, SIZE[1]))
        picture = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        target = chapters.ROOT / "data" / "tensorboard.png"
        picture.save(target, optimize=True)
        print(f"{target.name}: {target.stat().st_size / 1024:.0f} kB")
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
