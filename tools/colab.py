"""Run the course as Colab does: its packages, its IPython, its way to install.

    python tools/colab.py --python python3.13

Builds an environment with the versions of tools/colab.txt, installs the last commit by
the setup cell as a notebook that stands alone does, and runs every notebook at the
`smoke` scale. Fails where a package of the host changed its version (that breaks
Colab's running kernel), a notebook fails, or a figure does not show. An environment
takes about 2.5 GB of a temporary folder.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbclient.exceptions import CellExecutionError, DeadKernelError

import chapters
import execute
import notebook_rules
from progress import Progress
from run_course import what_failed

HOST = chapters.ROOT / "tools" / "colab.txt"


def changes(before: dict[str, str], after: dict[str, str]) -> tuple[list, list]:
    """Return what an installation did to the packages that were there.

    Args:
        before: {package: version}.
        after: likewise.

    Returns:
        What is new, ["name 1.0", …], and what was replaced or removed,
        ["name 1.0 → 2.0", "other 1.0 → none", …].
    """
    added = [f"{name} {after[name]}" for name in sorted(after.keys() - before.keys())]
    replaced = [
        f"{name} {version} → {after.get(name, 'none')}"
        for name, version in sorted(before.items())
        if after.get(name) != version
    ]
    return added, replaced


def make_host(folder: Path, python: str) -> Path:
    """Make an environment with Colab's versions; return its Python."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    host = folder / "bin" / "python"
    subprocess.run([host, "-m", "pip", "install", "-q", "-r", HOST], check=True)
    return host


def packages(python: Path) -> dict[str, str]:
    """Return {package: version} of an environment."""
    command = [python, "-m", "pip", "list", "--format=json"]
    listed = json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL))
    return {package["name"]: package["version"] for package in listed}


def tagged_copy(folder: Path) -> str:
    """Clone the last commit, tagged as a release is; return the address to install."""
    tag = chapters.tagged_address().rpartition("@")[2]
    clone = ["git", "clone", "-q", f"file://{chapters.ROOT}", folder]
    subprocess.run(clone, check=True)
    subprocess.run(["git", "-C", folder, "tag", "-f", tag], check=True)
    return f"file://{folder}@{tag}"


def install(host: Path, folder: Path, address: str) -> bool:
    """Run the setup cell in an empty folder; print what it installed.

    Returns:
        Whether it succeeded and left every package of the host as it was.
    """
    folder.mkdir()
    before = packages(host)
    cell = chapters.setup_source(address)
    subprocess.run([host, "-m", "IPython", "--no-term-title", "-c", cell], cwd=folder)
    added, replaced = changes(before, packages(host))
    print(f"{len(before)} packages of the host: {_listed(before)}")
    print(f"added: {', '.join(added) or 'none'}")
    print(f"replaced: {', '.join(replaced) or 'none'}", flush=True)
    return not replaced and any(name.startswith("ganutils ") for name in added)


def run(host: Path, folder: Path, address: str) -> int:
    """Run every notebook at `smoke`; print what is wrong; return how many faults."""
    count = 0
    for name in chapters.names():
        source = chapters.NOTEBOOKS / "src" / f"{name}.py"
        for path, notebook in chapters.notebooks(source, address).items():
            start = time.monotonic()
            found = _run_one(path, notebook, host, folder)
            seconds = time.monotonic() - start
            print(f"{path.stem}: {seconds:.0f} s, {len(found)} problems")
            print(*found, sep="\n", flush=True)
            count += len(found)
    return count


def _run_one(path, notebook, host, folder):
    variables = {"GANUTILS_SCALE": "smoke"}
    if path.parent.name == "solutions":
        variables["GANUTILS_EXERCISES"] = "strict"
    progress = Progress(execute.plan({path.stem: notebook}, {}))
    options = {"folder": folder, "environment": variables, "python": host}
    try:
        execute.execute(notebook, path.stem, progress=progress, **options)
    except (CellExecutionError, DeadKernelError) as error:
        return [what_failed(notebook, error)]
    rules = (notebook_rules.figures_shown, notebook_rules.quiet)
    return [line for rule in rules for line in rule(notebook)]


def _listed(versions):
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def main(arguments: "list[str] | None" = None) -> int:
    """Build the host, install, run; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="the host's Python")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        host = make_host(root / "host", options.python)
        address = tagged_copy(root / "repository")
        if not install(host, root / "alone", address):
            return 1
        return 1 if run(host, root / "alone", address) else 0


if __name__ == "__main__":
    sys.exit(main())
