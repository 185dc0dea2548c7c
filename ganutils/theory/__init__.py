"""Formulas of the theory chapters, in NumPy and SciPy alone.

Here: `divergences` (distances of distributions, transport, the f-GAN family),
`dirac_gan` (a GAN with one parameter on each side), `convolutions` (their sizes, what
they paint, how much they stretch). Not here: networks and their training.
"""

__all__ = ["convolutions", "dirac_gan", "divergences"]
