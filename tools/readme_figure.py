"""Draw the README's figure: digits by the bundled generator, not picked by hand.

python tools/readme_figure.py
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import clone  # noqa: E402
from ganutils import plotting, training
from ganutils.training import pretrained


def main():
    """Write docs/digits.png: chapter 3 after 300 s of MNIST on two cores."""
    generator = pretrained.load("mnist")
    z = training.sample_z(60, generator.input_shape[1], seed=(1, 0))
    figure = plotting.image_grid(training.decode(generator, z), columns=15)
    (clone.ROOT / "docs").mkdir(exist_ok=True)
    figure.savefig(clone.ROOT / "docs" / "digits.png")


if __name__ == "__main__":
    main()
