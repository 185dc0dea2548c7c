"""Run a notebook from a clean kernel of this very Python, with a progress line."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import traitlets
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from chapters import NOTEBOOKS
from progress import Progress

SECONDS = NOTEBOOKS / "seconds.json"  # how long each cell took when it was built
KERNEL_VARIABLES = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "GANUTILS_EXERCISES": "",
}


class ThisPython(AsyncKernelManager):
    """Starts the Python that runs this script, whatever kernels a user installed."""

    python = sys.executable

    @traitlets.default("kernel_spec_manager")
    def _only_this_python(self):
        return KernelSpecManager(parent=self, kernel_dirs=[])

    def format_kernel_cmd(self, extra_arguments=None):
        """Return the kernel's command line, which begins with `python`."""
        return [self.python, *super().format_kernel_cmd(extra_arguments)[1:]]


def execute(
    notebook: NotebookNode,
    name: str,
    *,
    folder: Path = NOTEBOOKS,
    progress: Progress,
    environment: "dict[str, str] | None" = None,
    python: "str | os.PathLike" = sys.executable,
):
    """Fill in the notebook's outputs, in place.

    Args:
        notebook: its old outputs are dropped.
        name: by which `progress` knows it.
        folder: working directory of the kernel.
        progress: told of every cell.
        environment: variables set for the kernel beside this process's own.
        python: what runs the kernel; it needs ipykernel.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised; the notebook holds the
            outputs until then.
        nbclient.exceptions.DeadKernelError: the kernel died.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None

    def begin(cell, cell_index):
        if cell.cell_type == "code":
            progress.begin(name, cell.id)

    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        kernel_manager_class=type("Kernel", (ThisPython,), {"python": str(python)}),
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--log-level=40"],  # hides advice on how to reach kernels
        coalesce_streams=True,
        on_cell_start=begin,
        on_cell_executed=lambda **_: progress.end(),
    )
    variables = os.environ | KERNEL_VARIABLES | (environment or {})
    try:
        asyncio.run(_execute(client, progress, variables))
    finally:
        progress.leave(name)
        progress.clear()


async def _execute(client, progress, environment):
    ticker = asyncio.create_task(progress.tick())
    run = asyncio.create_task(client.async_execute(env=environment))
    interrupted = asyncio.Event()

    def interrupt():
        interrupted.set()
        run.cancel()

    # nbclient reports Ctrl-C as a dead kernel: the next notebook would then start.
    loop = asyncio.get_running_loop()
    client.on_notebook_start = lambda **_: loop.add_signal_handler(
        signal.SIGINT, interrupt
    )
    try:
        await run
    except (asyncio.CancelledError, DeadKernelError):
        if interrupted.is_set():
            raise KeyboardInterrupt from None
        raise
    finally:
        ticker.cancel()


def plan(runs: dict[str, NotebookNode], seconds: dict[str, float]) -> dict:
    """Return what `Progress` needs: the code cells of each run and expected seconds."""
    return {
        name: [
            (cell.id, seconds.get(cell.id, 0.2))
            for cell in notebook.cells
            if cell.cell_type == "code"
        ]
        for name, notebook in runs.items()
    }


def load_seconds(path: Path = SECONDS) -> dict[str, float]:
    """Return {cell id: seconds} of the slower cells, empty before the first build."""
    if not path.is_file():
        return {}
    chapters = json.loads(path.read_text("utf8"))
    return {cell: s for cells in chapters.values() for cell, s in cells.items()}


def save_seconds(name: str, measured: dict[str, float], path: Path = SECONDS):
    """Keep the seconds of one notebook's cells that took at least 2 s.

    A figure that is still right within a factor of 1.5 stays as it was, so that a
    rebuild without a change leaves the file alone.
    """
    chapters = json.loads(path.read_text("utf8")) if path.is_file() else {}
    old, new = chapters.get(name, {}), {}
    for cell, seconds in measured.items():
        if cell in old and old[cell] / 1.5 <= seconds <= old[cell] * 1.5:
            new[cell] = old[cell]
        elif seconds >= 2:
            new[cell] = round(seconds)
    chapters[name] = new
    path.write_text(json.dumps(chapters, indent=1, sort_keys=True) + "\n", "utf8")
