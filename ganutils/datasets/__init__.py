"""Data as arrays in [-1, 1]: named data sets, folders of your own, points in 2-D.

Here: `load` and `load_or_stand_in` by name, `load_images` and `load_sounds` from a
folder, rings and grids of points, `messy` folders to practise on.
Not here: features and measures (`metrics`), what a clip sounds like (`audio`).
"""

from ganutils.datasets import messy
from ganutils.datasets.catalogue import DataSet
from ganutils.datasets.download import load, load_or_stand_in
from ganutils.datasets.image_folder import load_folder as load_images
from ganutils.datasets.points import grid, grid_centres, ring, ring_centres
from ganutils.datasets.sound_folder import load_folder as load_sounds
from ganutils.kit.checks import check_images, from_unit_range, to_unit_range

__all__ = [
    "DataSet",
    "check_images",
    "from_unit_range",
    "grid",
    "grid_centres",
    "load",
    "load_images",
    "load_or_stand_in",
    "load_sounds",
    "messy",
    "ring",
    "ring_centres",
    "to_unit_range",
]
