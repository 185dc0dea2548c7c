"""Rerun the chapters from other seeds: does every claim that they prove still hold?

    python tools/check_claims.py                       chapters 1, 10, 12, seeds 1 and 2
    python tools/check_claims.py 02_mlp_gan --seeds 3  one chapter, one seed

A chapter's code runs in a process of its own at the `cpu` scale, with another number in
`SEED = 0`, without exercises, figures and the last cell. Each `exercises.agree` that
does not hold is told, and the exit code is 1. Claims that rest on a script in
benchmarks/ are not measured again: docs/claims.md holds their numbers.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import jupytext

import chapters

CLAIMS = chapters.ROOT / "docs" / "claims.md"
CHEAP = ("01", "10", "12")  # the numbers of the chapters that are run by default
SEED = re.compile(r"^SEED = 0$", re.M)
# Before the chapter's code: a claim that does not hold is told, and the rest is tried.
LISTEN = """
import builtins, ganutils
from ganutils.kit import exercises
def told(*arguments, agree=exercises.agree, **options):
    try:
        agree(*arguments, **options)
    except AssertionError as error:
        print("✗", " ".join(str(error).split()))
exercises.agree, builtins.display = told, lambda *shown, **options: None
"""


class Claim(NamedTuple):
    """A row of docs/claims.md."""

    chapter: str
    sentence: str
    command: str  # a path of the project and its arguments
    numbers: str


def read_claims(path: Path = CLAIMS) -> list[Claim]:
    """Return the rows of the tables, each under its chapter's `## ` title."""
    claims, chapter = [], ""
    for line in path.read_text("utf8").splitlines():
        if line.startswith("## "):
            chapter = line[3:].strip()
        elif line.startswith("| ") and chapter and not line.startswith("| sentence "):
            sentence, command, numbers = re.split(r"(?<!\\)\|", line.strip("| "))
            command = command.strip().strip("`")
            sentence = sentence.strip().replace(r"\|", "|")
            claims.append(Claim(chapter, sentence, command, numbers.strip()))
    return claims


def script(source: Path, seed: int) -> str:
    """Return a chapter's code but exercises and last cell, with another seed.

    Raises:
        ValueError: the line `SEED = 0` does not stand in it exactly once.
    """
    cells = jupytext.read(source).cells
    start, end = chapters.exercise_section(cells)
    kept = [
        cell.source
        for i, cell in enumerate(cells)
        if cell.cell_type == "code"
        and (not start <= i < end or "shared" in chapters.tags(cell))
        and "setup" not in chapters.tags(cell)
        and "save_summary(" not in cell.source
    ]
    code, found = SEED.subn(f"SEED = {seed}", "\n\n".join(kept))
    if found != 1:
        raise ValueError(
            f"Expected one line `SEED = 0` in {source.name}; received {found}."
        )
    return LISTEN + code


def check(source: Path, seed: int) -> bool:
    """Run a chapter from a seed, print what came of its claims; did all hold?"""
    name, start = source.stem, time.monotonic()
    with tempfile.TemporaryDirectory() as runs:
        program = Path(runs, f"{name}.py")
        program.write_text(script(source, seed), "utf8")
        found = [chapters.ROOT, os.environ.get("PYTHONPATH", "")]
        variables = {
            "GANUTILS_SCALE": "cpu",
            "GANUTILS_RUNS_DIR": runs,
            "MPLBACKEND": "Agg",
            "PYTHONIOENCODING": "utf8",
            "PYTHONPATH": os.pathsep.join(map(str, filter(None, found))),
        }
        ran = subprocess.run(
            [sys.executable, program],
            cwd=source.parents[1],
            env=os.environ | variables,
            capture_output=True,
            encoding="utf8",
        )
    lines = ran.stdout.splitlines()
    broken = [line[2:] for line in lines if line.startswith("✗ ")]
    if ran.returncode:
        broken.append((ran.stderr.strip().splitlines() or ["stopped"])[-1])
    held = sum(line.startswith("✓ ") for line in lines)
    minutes = (time.monotonic() - start) / 60
    print(f"{name}, seed {seed}: {held} claims hold ({minutes:.1f} minutes)")
    for message in broken:
        print(f"{name}, seed {seed}: DOES NOT HOLD: {message}")
    sys.stdout.flush()
    return not broken


def main(arguments: "list[str] | None" = None) -> int:
    """Check the chapters; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="*", help="default: the theory chapters")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--folder", type=Path, default=chapters.NOTEBOOKS)
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    cheap = [name for name in chapters.names(folder) if name.startswith(CHEAP)]
    names = chapters.choose(options.chapter or cheap, folder)
    sources = [folder / "src" / f"{name}.py" for name in names]
    try:
        hold = [check(source, seed) for source in sources for seed in options.seeds]
    except ValueError as error:
        print(error)
        return 1
    stored = Counter((claim.chapter, claim.command) for claim in read_claims())
    for (name, command), count in stored.items():
        if name in names and command.startswith("benchmarks/"):
            print(
                f"{name}: {count} claims rest on {command}, not run here; "
                "docs/claims.md and benchmarks/README.md hold its numbers"
            )
    return 0 if all(hold) else 1


if __name__ == "__main__":
    sys.exit(main())
