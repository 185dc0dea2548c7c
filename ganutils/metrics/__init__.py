"""Numbers for how close samples are to the data, always beside the real floor.

Here: distances and counts of features or of points, `features` (the networks that turn
samples into features, and what they say), `bench` (tables of many trainings).
Not here: callbacks that measure during a training (`monitoring`).
"""

from ganutils.metrics import bench, features, neighbours
from ganutils.metrics.distances import (
    frechet_distance,
    inception_score,
    kernel_distance,
    mode_coverage,
    reverse_kl,
)
from ganutils.metrics.neighbours import (
    density_coverage,
    nearest_neighbours,
    precision_recall,
)

__all__ = [
    "bench",
    "density_coverage",
    "features",
    "frechet_distance",
    "inception_score",
    "kernel_distance",
    "mode_coverage",
    "nearest_neighbours",
    "neighbours",
    "precision_recall",
    "reverse_kl",
]
