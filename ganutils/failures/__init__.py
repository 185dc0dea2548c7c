"""The failure laboratory: twenty bugs of GANs, reproduced, measured, noticed and cured.

>>> results = failures.run(["swapped_labels"], steps=600)
>>> print(failures.table(results))
>>> print(failures.source("swapped_labels"))

Each bug is one function under a `@failure(...)` that says what it is: in `games` those
of the game itself, on a ring of points; in `samples` those of images and clips; in
`steps` those of what a step does with a batch. What they share stands in `lab`. The
detectors that notice them do not live here but in `monitoring`.
"""

from ganutils.failures import games, samples, steps
from ganutils.failures.lab import CATALOGUE, run, source, table, wall

__all__ = ["CATALOGUE", "games", "run", "samples", "source", "steps", "table", "wall"]
