"""Draw the README's figure: digits by the bundled generator, not picked by hand.

python tools/readme_figure.py
"""

import chapters
from ganutils import plotting, training
from ganutils.training import pretrained


def main():
    """Write docs/digits.png: chapter 3 after 300 s of MNIST on two cores."""
    generator = pretrained.load("mnist")
    z = training.sample_z(60, generator.input_shape[1], seed=(1, 0))
    figure = plotting.image_grid(training.decode(generator, z), columns=15)
    (chapters.ROOT / "docs").mkdir(exist_ok=True)
    figure.savefig(chapters.ROOT / "docs" / "digits.png")


if __name__ == "__main__":
    main()
