"""The course trains with TensorFlow: what `import ganutils` refuses, and its silence.

No refusal is an ImportError: the setup cell of a notebook answers that one by
installing ganutils, which would not help here.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path

PYTHONS = ((3, 10), (3, 13))  # the oldest and the newest that the course runs on
ANOTHER = "In a notebook choose the kernel of .venv, which `make lab` fills and opens."


def require_python():
    """Check which Python runs, and that it has TensorFlow.

    Raises:
        RuntimeError: it is another than the course's, or has none; names it.
    """
    oldest, newest = PYTHONS
    if not oldest <= sys.version_info[:2] <= newest:
        raise RuntimeError(
            f"Expected Python 3.{oldest[1]} to 3.{newest[1]}; received "
            f"{sys.version.split()[0]} ({sys.executable}). {ANOTHER}"
        )
    if importlib.util.find_spec("tensorflow") is None:
        raise RuntimeError(
            f"Expected TensorFlow beside ganutils; {sys.executable} has none. {ANOTHER}"
        )


def require_tensorflow():
    """Check which backend Keras runs, or would run once it is imported.

    Keras reads it once, from `KERAS_BACKEND` or else from `keras.json` in `KERAS_HOME`
    (`~/.keras`). `import ganutils` calls this, before Keras costs seconds.

    Raises:
        ValueError: it is another one than TensorFlow; names where that was set.
    """
    backend, where = _chosen()
    if backend != "tensorflow":
        raise ValueError(
            f"Expected Keras on the backend tensorflow; received {backend!r} ({where})."
            " Set the environment variable KERAS_BACKEND=tensorflow and restart Python;"
            " in a notebook: %env KERAS_BACKEND=tensorflow, before anything imports"
            " keras."
        )


def load_tensorflow():
    """Load TensorFlow without the report of its C++ code.

    The report names every device that TensorFlow looks for, found or not. It goes to
    the process's stderr, past Python's `sys.stderr`. Before 2.21, TensorFlow also
    reports there that it could not fuse a convolution with its LeakyReLU, whenever a
    GAN trains one; it is told not to try (measured: no slower).
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # fatal only
    visible, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import tensorflow as tf

        if tf.__version__ < "2.21":
            tf.config.optimizer.set_experimental_options({"remapping": False})
        tf.config.list_physical_devices("GPU")
    finally:
        os.dup2(visible, 2)
        os.close(visible)
        os.close(nowhere)


def _chosen():
    if "keras" in sys.modules and hasattr(sys.modules["keras"], "config"):
        return sys.modules["keras"].config.backend(), "Keras is imported already"
    if backend := os.environ.get("KERAS_BACKEND"):
        return backend, f"KERAS_BACKEND={backend}"
    home = os.path.expanduser(os.environ.get("KERAS_HOME") or "~/.keras")
    file = Path(home, "keras.json")
    try:
        return json.loads(file.read_text("utf8")).get("backend", "tensorflow"), file
    except (OSError, ValueError, AttributeError):  # Keras, too, passes such a file by
        return "tensorflow", "Keras's default"
