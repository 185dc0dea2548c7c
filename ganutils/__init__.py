"""Shared helpers of the GAN course: one purpose a module, imported by name.

Example:
    >>> from ganutils import losses, training
"""

from ganutils.kit.backend import require_tensorflow

__version__ = "0.1.0"

require_tensorflow()
