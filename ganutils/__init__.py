"""Shared helpers of the GAN course: one purpose a module, imported by name.

Example:
    >>> from ganutils import losses, training
"""

__version__ = "0.1.0"
