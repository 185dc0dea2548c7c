"""The course trains with TensorFlow: say so before Keras starts another backend."""

import json
import os
import sys
from pathlib import Path


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
