"""What `benchmarks/stability.py` measured, over seeds, and tables in Markdown."""

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ganutils.kit import files, runtime

COLUMNS = {  # of a table: heading and format of an attribute
    "modes": ("modes", ".1f"),
    "high_quality": ("high quality %", ".1f"),
    "reverse_kl": ("reverse KL", ".3f"),
    "error": ("error", ".3f"),
    "frechet": ("Fréchet", ".3g"),
    "cpu_ms": ("CPU ms", ".1f"),
}


class Result(NamedTuple):
    """What one recipe reached from one seed, which gave the weights and every draw."""

    recipe: str
    data: str  # and part of the bench: "grid, equal steps", "cures, averaged"
    seed: int
    modes: int  # found; of digits, classes that have at least 1 % of the samples
    high_quality: float  # percent of samples within 3σ of a mode; NaN for images
    reverse_kl: float  # of the modes' (classes') shares to even ones, in nats
    frechet: float  # distance of an image's features to real ones; NaN for points
    cpu_ms: float  # processor time of a G step and its D steps, compiled
    cpu_s: float  # processor time of the run in seconds, without compiling

    @property
    def error(self) -> float:
        """Return the grid's reverse KL over 26 outcomes: 25 modes and "missed"."""
        m, m_0 = np.clip(1 - self.high_quality / 100, 1e-9, 1 - 1e-9), np.exp(-4.5)
        hits = np.log((1 - m) / (1 - m_0)) + self.reverse_kl
        return float(m * np.log(m / m_0) + (1 - m) * hits)


class Results(list):
    """A list of `Result`, with `clouds`: (data, recipe) → points of seed 0, (n, 2)."""

    def __init__(self, rows=(), clouds=()):
        super().__init__(rows)
        self.clouds = dict(clouds)

    def of(self, data: str) -> dict[str, list[Result]]:
        """Return the results on one data set by recipe, in the order of the bench."""
        names = dict.fromkeys(row.recipe for row in self if row.data == data)
        return {n: [r for r in self if (r.data, r.recipe) == (data, n)] for n in names}


def save(results: Results, path: "str | os.PathLike"):
    """Write results as an .npz of plain arrays, one for each attribute."""
    arrays = {name: [getattr(r, name) for r in results] for name in Result._fields}
    for (data, recipe), points in results.clouds.items():
        arrays[f"cloud|{data}|{recipe}"] = points
    files.write_atomically(path, lambda file: np.savez_compressed(file, **arrays))


def load(path: "str | os.PathLike | None" = None) -> Results:
    """Return the results of the bundled run, or of a file that `save` wrote.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it holds something else.

    Example:
        >>> sorted(load().of("grid, equal steps"))[:2]
        ['WGAN, clipping', 'WGAN-GP']
    """
    path = runtime.bundled("stability.npz") if path is None else files.expand(path)
    with np.load(path, allow_pickle=False) as archive:
        arrays = dict(archive)
    if missing := sorted(set(Result._fields) - set(arrays)):
        raise ValueError(
            f"Expected results of benchmarks/stability.py in {os.fspath(path)!r}; "
            f"received a file without {missing}."
        )
    columns = [arrays.pop(name).tolist() for name in Result._fields]
    clouds = {tuple(key.split("|")[1:]): points for key, points in arrays.items()}
    return Results(map(Result._make, zip(*columns, strict=True)), clouds)


def table(results: Results, data: str) -> str:
    """Return a Markdown table: a row for each recipe, mean ± spread over its seeds.

    `data` is a part of the bench; a ValueError if it has no result.
    """
    if not (found := results.of(data)):
        known = sorted({row.data for row in results})
        raise ValueError(f"Expected `data` among {known}; received {data!r}.")
    every = {a: [getattr(r, a) for r in sum(found.values(), [])] for a in COLUMNS}
    shown = [a for a, column in every.items() if not np.isnan(column).all()]
    lines = []
    for recipe, rows in found.items():
        cells = [_cell([getattr(r, a) for r in rows], COLUMNS[a][1]) for a in shown]
        lines.append([recipe, *cells, str(len(rows))])
    headings = ["recipe", *(COLUMNS[a][0] for a in shown), "seeds"]
    return markdown_table(headings, lines)


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of texts, which may hold Markdown, as a table; a `|` is escaped."""
    rows = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(values, form):
    """Return "mean ± standard deviation"; the mean alone where all agree."""
    mean = format(float(np.mean(values)), form)
    if len(set(values)) == 1:
        return mean
    return f"{mean} ± {format(float(np.std(values, ddof=1)), form)}"
