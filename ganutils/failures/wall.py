"""Symptom → cause → cure: where to look when a training goes wrong; on one page.

>>> wall.table()                              # for a notebook, with links
>>> wall.page().savefig("runs/symptoms.pdf")  # for the wall
"""

from matplotlib.figure import Figure

from ganutils import markdown
from ganutils.failures.catalogue import CATALOGUE
from ganutils.failures.poster import poster

HEADINGS = "you see", "likely cause", "noticed by", "cure"
# What a reader meets first, by failure, and the heading of chapter 4 that shows it.
SIGNS = {
    "swapped_labels": (
        "both losses fall to 0, samples leave the data",
        "1. Swapped labels",
    ),
    "double_sigmoid": (
        "D's loss never leaves ln 4 … 1.0; no logit is negative",
        "2. A sigmoid too many",
    ),
    "noise_drawn_once": (
        "samples of the training's z are fine, those of fresh z are not",
        "3. Noise drawn once",
    ),
    "wrong_range": (
        "D's loss near 0 within a few steps; grey samples",
        "4. Data and generator of different range",
    ),
    "stacked_not_frozen": ("D changes while G trains; D's verdicts drift to ½", ""),
    "stacked_frozen_for_good": ("D's weights never change; G fools it at once", ""),
    "paired_error": (
        "every sample is the same blur, the mean image",
        "5. Pairing what is not a pair",
    ),
    "no_training_flag": (
        "moving statistics stay at 0 and 1; Dropout does nothing",
        "6. No `training=True`",
    ),
    "joint_batch": ("D's accuracy is perfect in its own step, poor in G's", ""),
    "wrong_size": ("a shape error; or none, and samples of another size", ""),
    "extra_axis": ("an error of Conv2D about five axes", ""),
    "class_for_instance": ("an error about a type; samples that BatchNorm made 0", ""),
    "python_side_effects": ("a line printed once, a list with one entry", ""),
    "partial_batch": ("an error or a new trace at the end of each epoch", ""),
    "wrong_penalty": ("WGAN-GP diverges or ends in NaN", ""),
    "d_far_ahead": (
        "D's loss is 0, samples stand still",
        "7. D far ahead, under the minimax loss",
    ),
    "g_far_ahead": ("all samples alike, and they run from place to place", ""),
    "losses_as_quality": (
        "perfect losses near ln 4 and ln 2, bad samples",
        "8. Losses read as quality",
    ),
    "unfit_clips": ("clicks, clipped sound; an array of objects", ""),
    "thousand_subplots": ("a figure takes minutes and gigabytes", ""),
}
OTHERS = "The other twelve"


def rows() -> list[list[str]]:
    """Return a row for each failure of the catalogue: sign, cause, detector, cure."""
    return [
        [SIGNS[name][0], failure.bug, failure.detector, failure.cure]
        for name, failure in CATALOGUE.items()
    ]


def table() -> str:
    """Return the rows as a Markdown table; each sign links to its cell."""
    lines = []
    for name, (sign, cause, detector, cure) in zip(CATALOGUE, rows(), strict=True):
        anchor = (SIGNS[name][1] or OTHERS).replace(" ", "-").replace("`", "")
        lines.append([f"[{sign}](#{anchor})", cause, f"`{detector}`", cure])
    return markdown.table(HEADINGS, lines)


def page() -> Figure:
    """Return the rows on one A4 page, to be saved as a PDF or PNG."""
    plain = [[text.replace("`", "") for text in row] for row in rows()]
    title = "A GAN that does not train: symptom, cause, cure"
    return poster(plain, HEADINGS, (3.2, 3.7, 2.3, 3.4), title)
