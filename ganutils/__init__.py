"""Shared helpers of the GAN course: nine packages on five floors.

To import it loads TensorFlow, without the report of its C++ code; what cannot work is
refused before that, see `ganutils.kit.backend`.

Example:
    >>> from ganutils import datasets, training
"""

from ganutils.kit import backend

__version__ = "0.1.0"

backend.require_python()
backend.require_tensorflow()
backend.load_tensorflow()
