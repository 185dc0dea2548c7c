"""Give the course another address: in the notebooks and texts; executes nothing.

    python tools/address.py https://github.com/somebody/gan-course

pyproject.toml holds the address. The setup cells install from there, the README names
it, a Colab badge contains it (it stays where the new address is not GitHub's: Colab
opens no other). No output changes.
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat

import chapters

NAMES = r"(/[\w.~-]+)+"
ADDRESS = re.compile(rf"(https?|ssh)://([\w-]+@)?[\w.-]+(:\d+)?{NAMES}|file://{NAMES}")
TEXTS = ("*.toml", "*.md", "*.cff", "docs/*.md", "data/*.md", "notebooks/src/*.py")


def change(root: Path, new: str) -> list[Path]:
    """Replace the address in a clone.

    Args:
        root: the clone's folder.
        new: address that `git clone` takes, without a tag.

    Returns:
        The files that changed.

    Raises:
        ValueError: `new` is no address; nothing is written then.
    """
    if not ADDRESS.fullmatch(new.rstrip("/")):
        raise ValueError(
            "Expected an address such as https://github.com/somebody/gan-course; "
            f"received {new!r}."
        )
    old = chapters.repository(root / "pyproject.toml")
    pairs = list(zip(_forms(old), _forms(new.rstrip("/")), strict=False))
    texts = [path for pattern in TEXTS for path in sorted(root.glob(pattern))]
    notebooks = sorted((root / "notebooks").rglob("*.ipynb"))
    changed = [path for path in notebooks if _change_notebook(path, pairs)]
    return changed + [path for path in texts if _change_text(path, pairs)]


def _forms(address):
    """Return the address as Git takes it, and as a Colab badge does (GitHub's only)."""
    path = address.partition("://github.com/")[2].removesuffix(".git")
    return [address, *([f"colab.research.google.com/github/{path}"] if path else [])]


def _replaced(text, pairs):
    for old, new in pairs:
        text = re.sub(re.escape(old) + r"(?![\w-])", new, text)
    return text


def _change_text(path, pairs):
    before = path.read_text("utf8")
    after = _replaced(before, pairs)
    if after != before:
        path.write_text(after, "utf8")
    return after != before


def _change_notebook(path, pairs):
    notebook = nbformat.read(path, as_version=4)
    before = [cell.source for cell in notebook.cells]
    after = [_replaced(source, pairs) for source in before]
    for cell, source in zip(notebook.cells, after, strict=True):
        cell.source = source
    for cell, name in zip(notebook.cells, chapters.ids(notebook.cells), strict=True):
        cell.id = name
    if after != before:
        nbformat.write(notebook, path)
    return after != before


def main(arguments: "list[str] | None" = None) -> int:
    """Change the address; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="https://github.com/somebody/gan-course")
    parser.add_argument("--root", type=Path, default=chapters.ROOT, help="the clone")
    options = parser.parse_args(arguments)
    try:
        changed = change(options.root.resolve(), options.url)
    except ValueError as error:
        print(error)
        return 1
    print(*(f"changed {path.name}" for path in changed), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
