"""The failure laboratory: twenty bugs of GANs, reproduced, measured, noticed and cured.

>>> (outcome,) = failures.run(["swapped_labels"])
>>> print(outcome.failure.diff)
>>> print(outcome.message)

Each bug is a change of a healthy script (`scripts`): in `games` those of the game
itself, in `steps` those of a step and of what surrounds it. `lab` runs both texts. The
alarms that notice them do not live here but in `monitoring`.
"""

from ganutils.failures import games, steps
from ganutils.failures.lab import CATALOGUE, run, wall
from ganutils.failures.scripts import RING

__all__ = ["CATALOGUE", "RING", "games", "run", "steps", "wall"]
