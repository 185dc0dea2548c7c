"""Functions that return a matplotlib `Figure`, ready for a notebook.

Here: images and GIFs, points, curves, sound, the theory chapters' drawings
(`diagrams`), one style. Not here: anything that trains or measures.
"""

from ganutils.plotting import diagrams
from ganutils.plotting.curves import bars, loss_curves, measure_curve
from ganutils.plotting.images import animation, image_grid, network_plan, strip
from ganutils.plotting.scatter import clouds, scatter_field
from ganutils.plotting.sound import contact_sheet
from ganutils.plotting.style import COLOURS, new_figure

__all__ = [
    "COLOURS",
    "animation",
    "bars",
    "clouds",
    "contact_sheet",
    "image_grid",
    "loss_curves",
    "measure_curve",
    "network_plan",
    "new_figure",
    "scatter_field",
    "strip",
    "diagrams",
]
