"""Draw the README's figure: digits by chapter 2's generator, not picked by hand.

python tools/readme_figure.py     (after `make course`, which writes the generator)
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ganutils import checkpoint, plotting, training  # noqa: E402


def main():
    """Write docs/digits.png from runs/02_mlp_gan/generator.keras."""
    generator = checkpoint.load_generator(ROOT / "runs/02_mlp_gan/generator.keras")
    z = training.sample_z(60, generator.input_shape[1], seed=(1, 0))
    figure = plotting.image_grid(training.decode(generator, z), columns=15)
    (ROOT / "docs").mkdir(exist_ok=True)
    figure.savefig(ROOT / "docs" / "digits.png")


if __name__ == "__main__":
    main()
