"""Where and how a chapter runs: backend, seeds, the scale switch, folders."""

import errno
import functools
import importlib.util
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from ganutils.kit import files

PYTHONS = ((3, 10), (3, 13))  # the oldest and the newest that the course runs on
SCALES = ("smoke", "cpu", "gpu")
PACKAGE = Path(__file__).parents[1]
CLONE = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else None


def require_python():
    """Check which Python runs, and that it has TensorFlow; `import ganutils` calls it.

    A RuntimeError names another Python. It is no ImportError: the setup cell answers
    that one by installing ganutils, which would not help here.
    """
    cure = "In a notebook choose the kernel of .venv, which `make lab` fills and opens."
    oldest, newest = PYTHONS
    if not oldest <= sys.version_info[:2] <= newest:
        raise RuntimeError(
            f"Expected Python 3.{oldest[1]} to 3.{newest[1]}; received "
            f"{sys.version.split()[0]} ({sys.executable}). {cure}"
        )
    if importlib.util.find_spec("tensorflow") is None:
        raise RuntimeError(
            f"Expected TensorFlow beside ganutils; {sys.executable} has none. {cure}"
        )


def require_tensorflow():
    """Check which backend Keras runs, or would run once it is imported.

    Keras reads it once, from `KERAS_BACKEND` or else from `keras.json` in `KERAS_HOME`
    (`~/.keras`). `import ganutils` calls this, before Keras costs seconds; a ValueError
    names where another one than TensorFlow was set.
    """
    backend, where = _backend()
    if backend != "tensorflow":
        raise ValueError(
            f"Expected Keras on the backend tensorflow; received {backend!r} ({where})."
            " Set the environment variable KERAS_BACKEND=tensorflow and restart Python;"
            " in a notebook: %env KERAS_BACKEND=tensorflow, before anything imports"
            " keras."
        )


def prepare():
    """Load TensorFlow without the report of its C++ code; `import ganutils` calls it.

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
        _gpus()
    finally:
        os.dup2(visible, 2)
        os.close(visible)
        os.close(nowhere)


def set_seed(seed: int):
    """Seed Python, NumPy and TensorFlow: networks built after this call start alike.

    Example:
        >>> set_seed(1)
        >>> float(np.random.rand())
        0.417022004702574
    """
    import keras

    keras.utils.set_random_seed(seed)


def scale() -> str:
    """Return the scale of this run: `smoke`, `cpu` or `gpu`.

    The environment variable `GANUTILS_SCALE` decides; without it, `gpu` where
    TensorFlow sees a GPU and `cpu` elsewhere. A ValueError names any other scale.
    """
    chosen = os.environ.get("GANUTILS_SCALE", "").strip().lower()
    if chosen in SCALES:
        return chosen
    if chosen:
        raise ValueError(
            f"Expected GANUTILS_SCALE to be one of {SCALES}; received {chosen!r}."
        )
    return "gpu" if _gpus() else "cpu"


def pick(*, smoke, cpu, gpu):
    """Return the value for the current scale.

    Example:
        >>> steps = pick(smoke=20, cpu=4_000, gpu=20_000)
    """
    return {"smoke": smoke, "cpu": cpu, "gpu": gpu}[scale()]


def banner() -> str:
    """Return one line that says what this run runs on.

    Example:
        >>> banner()
        'TensorFlow 2.21.0 · Keras 3.15.1 · Python 3.11.7 · CPU, 2 cores · scale cpu'
    """
    import keras
    import tensorflow as tf

    device = f"{len(_gpus())} GPU" if _gpus() else f"CPU, {os.cpu_count()} cores"
    return (
        f"TensorFlow {tf.__version__} · Keras {keras.__version__} · "
        f"Python {platform.python_version()} · {device} · scale {scale()}"
    )


def bundled(name: str) -> Path:
    """Return the path of a file of `data/`, such as `digits.npz`.

    Where there is none, a FileNotFoundError says where it was looked for.
    """
    folders = [PACKAGE / "data", *([CLONE / "data"] if CLONE else [])]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    places = " or ".join(map(str, folders))
    raise FileNotFoundError(
        f"No bundled file {name!r} in {places}. Install ganutils again, or restore "
        "the folder data/ of the clone."
    )


def runs_folder(*parts: str) -> Path:
    """Return, and make, a folder for results: `runs/…`.

    `GANUTILS_RUNS_DIR` names the place of `runs/`. Without it, `runs/` stands in the
    clone where the notebooks are used in a clone, else in the current folder (Git
    ignores it). Where that cannot be written, a temporary folder serves for the whole
    process, and one printed sentence says so. A folder of yours that cannot be written
    raises an OSError.

    Example:
        >>> runs_folder("02_mlp_gan").name
        '02_mlp_gan'
    """
    if chosen := os.environ.get("GANUTILS_RUNS_DIR", "").strip():
        try:
            return _writable(files.expand(chosen).joinpath(*parts))
        except OSError as error:
            error.strerror = (
                "Expected GANUTILS_RUNS_DIR to name a folder that can be written; "
                f"received {chosen!r} ({error.strerror})"
            )
            raise
    usual = (CLONE or Path.cwd()) / "runs"
    try:
        return _writable(usual.joinpath(*parts))
    except OSError as error:
        return _writable(_temporary(usual, error.strerror).joinpath(*parts))


def peak_memory() -> float:
    """Return the most memory this process has held, in GiB; NaN on Windows."""
    try:
        import resource
    except ImportError:
        return float("nan")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**30 if sys.platform == "darwin" else 2**20)  # bytes there, kB here


def save_summary(
    chapter: str, *, measure: str, value: float, floor: float | None, checks: dict
):
    """Write what a chapter achieved to `runs/<chapter>/summary.json`.

    `make course` reads it for its last table.

    Args:
        chapter: its name, such as `02_mlp_gan`.
        measure: name of the headline measure.
        value, floor: what the chapter's model and what real data score on it.
        checks: {what must hold for the chapter to have worked: whether it does}.
    """
    summary = {
        "measure": measure,
        "value": float(value),
        "floor": None if floor is None else float(floor),
        "scale": scale(),
        "checks": {name: bool(holds) for name, holds in checks.items()},
    }
    path = runs_folder(chapter) / "summary.json"
    path.write_text(json.dumps(summary, indent=1), encoding="utf8")


def _backend():
    if "keras" in sys.modules and hasattr(sys.modules["keras"], "config"):
        return sys.modules["keras"].config.backend(), "Keras is imported already"
    if backend := os.environ.get("KERAS_BACKEND"):
        return backend, f"KERAS_BACKEND={backend}"
    file = files.expand(os.environ.get("KERAS_HOME") or "~/.keras") / "keras.json"
    try:
        return json.loads(file.read_text("utf8")).get("backend", "tensorflow"), file
    except (OSError, ValueError, AttributeError):  # Keras, too, passes such a file by
        return "tensorflow", "Keras's default"


def _writable(folder):
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(
            errno.EACCES, "Expected a folder that can be written", str(folder)
        )
    return folder


@functools.cache
def _temporary(usual, reason):
    folder = Path(tempfile.mkdtemp(prefix="gan-course-"))
    print(
        f"Results go to {folder}, which does not last: {usual} cannot be written "
        f"({reason}). Set GANUTILS_RUNS_DIR to a folder that can."
    )
    return folder


def _gpus():
    import tensorflow as tf

    return tf.config.list_physical_devices("GPU")
