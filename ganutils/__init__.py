"""Shared helpers of the GAN course: nine packages on five floors.

Example:
    >>> from ganutils import datasets, training
"""

from ganutils.kit.backend import require_tensorflow

__version__ = "0.1.0"

require_tensorflow()
