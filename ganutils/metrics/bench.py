"""Read what `benchmarks/stability.py` measured: recipes beside each other, over seeds.

>>> results = bench.load()
>>> print(bench.table(results, "grid"))
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ganutils.kit import files, runtime, tables
from ganutils.kit.files import write_atomically

# What a table shows: heading, attribute, format.
COLUMNS = (
    ("modes", "modes", ".1f"),
    ("high quality %", "high_quality", ".1f"),
    ("reverse KL", "reverse_kl", ".3f"),
    ("Fréchet", "frechet", ".3g"),
    ("CPU ms", "cpu_ms", ".1f"),
)


@dataclass(frozen=True)
class Result:
    """What one recipe reached from one seed.

    Attributes:
        recipe, data: what was trained, and on what: "ring", "grid" or "digits"; "cures"
            are trained on the grid.
        seed: of the weights and of every draw.
        modes: modes found; of digits, classes that have at least 1 % of the samples.
        high_quality: samples within 3σ of a mode, in percent; NaN for images.
        reverse_kl: of the modes' (classes') shares to even ones, in nats.
        frechet: Fréchet distance to real samples: of the points themselves, or of an
            image's features.
        cpu_ms: processor time of one D step, in milliseconds, with its share of the G
            step, penalties and EMA; compiling is left out.
        cpu_s: processor time of the whole run in seconds, compiling and all.
    """

    recipe: str
    data: str
    seed: int
    modes: int
    high_quality: float
    reverse_kl: float
    frechet: float
    cpu_ms: float
    cpu_s: float


class Results(list):
    """A list of `Result`, with `clouds`: (data, recipe) → points of seed 0, (n, 2)."""

    def __init__(self, rows: Iterable[Result] = (), clouds: dict | None = None):
        super().__init__(rows)
        self.clouds = dict(clouds or {})

    def of(self, data: str) -> dict[str, list[Result]]:
        """Return the results on one data set by recipe, in the order of the bench."""
        found = {}
        for row in self:
            if row.data == data:
                found.setdefault(row.recipe, []).append(row)
        return found


def save(results: Results, path: "str | os.PathLike"):
    """Write results as an .npz of plain arrays, one for each attribute."""
    names = Result.__dataclass_fields__
    arrays = {name: np.array([getattr(r, name) for r in results]) for name in names}
    for (data, recipe), points in results.clouds.items():
        arrays[f"cloud|{data}|{recipe}"] = np.asarray(points, "float16")
    write_atomically(path, lambda file: np.savez_compressed(file, **arrays))


def load(path: "str | os.PathLike | None" = None) -> Results:
    """Return the results of the bundled run, or of a file that `save` wrote.

    Args:
        path: of the file; `data/stability.npz` if None.

    Raises:
        FileNotFoundError: it is not there.
        ValueError: it is no such file.

    Example:
        >>> sorted(load().of("grid"))[:2]
        ['WGAN, clipping', 'WGAN-GP']
    """
    path = runtime.bundled("stability.npz") if path is None else files.expand(path)
    names = Result.__dataclass_fields__
    with np.load(path, allow_pickle=False) as archive:
        if missing := sorted(set(names) - set(archive.files)):
            raise ValueError(
                f"Expected results of benchmarks/stability.py in {os.fspath(path)!r}; "
                f"received a file without {missing}."
            )
        columns = [archive[name].tolist() for name in names]
        keys = [key for key in archive.files if key.startswith("cloud|")]
        clouds = {tuple(key.split("|")[1:]): archive[key] for key in keys}
    return Results([Result(*row) for row in zip(*columns, strict=True)], clouds)


def table(results: Results, data: str) -> str:
    """Return a Markdown table: a row for each recipe, mean ± spread over its seeds.

    Args:
        results: of `load`.
        data: "ring", "grid", "digits" or "cures".

    Raises:
        ValueError: there is no result on that data set.
    """
    found = results.of(data)
    if not found:
        known = sorted({row.data for row in results})
        raise ValueError(f"Expected `data` among {known}; received {data!r}.")
    shown = [c for c in COLUMNS if not _missing(found, c[1])]
    lines = []
    for recipe, rows in found.items():
        cells = [spread([getattr(r, a) for r in rows], form) for _, a, form in shown]
        lines.append([recipe, *cells, str(len(rows))])
    headings = ["recipe", *(heading for heading, *_ in shown), "seeds"]
    return tables.table(headings, lines)


def spread(values: list[float], form: str) -> str:
    """Return "mean ± standard deviation"; the mean alone where all agree.

    Example:
        >>> spread([24, 25, 25], ".1f")
        '24.7 ± 0.6'
    """
    mean = format(float(np.mean(values)), form)
    if len(set(values)) == 1:
        return mean
    return f"{mean} ± {format(float(np.std(values, ddof=1)), form)}"


def _missing(found, attribute):
    rows = [row for rows in found.values() for row in rows]
    return all(np.isnan(getattr(row, attribute)) for row in rows)
