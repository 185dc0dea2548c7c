"""Shared helpers of the GAN course: nine packages on four floors.

To import it loads TensorFlow, without the report of its C++ code, and makes the layers
of this course known to Keras. What cannot work is refused before that.

Example:
    >>> from ganutils import datasets, training
"""

from ganutils.kit import runtime

__version__ = "0.1.0"

runtime.require_python()
runtime.require_tensorflow()
runtime.prepare()

from ganutils import training  # noqa: E402, F401, registers the layers
