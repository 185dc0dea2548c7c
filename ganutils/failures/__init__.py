"""The failure laboratory: common bugs of GANs, reproduced, measured, noticed and cured.

>>> results = failures.run(["swapped_labels"], steps=600)
>>> print(failures.table(results))
>>> print(failures.source("swapped_labels"))

Each failure is a few lines in `games` (loss, noise, balance),
`images`, `batches`, `stacked` or `arrays`; what
they share stands in `lab`.
"""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass

from ganutils import markdown
from ganutils.failures import games, wall
from ganutils.failures.catalogue import CATALOGUE
from ganutils.failures.lab import Failure, Outcome

__all__ = [
    "CATALOGUE",
    "Failure",
    "Outcome",
    "Result",
    "games",
    "get",
    "run",
    "source",
    "table",
    "wall",
]

STEPS = 600  # of the longest trainings: enough for every symptom to show


@dataclass(frozen=True)
class Result:
    """A failure and what came of reproducing it."""

    failure: Failure
    outcome: Outcome

    @property
    def noticed(self) -> bool:
        """Tell whether the failure's own detector fired with the bug."""
        return self.failure.detector in self.outcome.findings_before

    @property
    def message(self) -> str:
        """What the failure's own detector said in words; empty where it is no alarm."""
        run = self.outcome.broken
        return "" if run is None else run.messages.get(self.failure.detector, "")

    def __str__(self):
        outcome, fired = self.outcome, ", ".join(sorted(self.outcome.findings_before))
        silence = ", ".join(sorted(outcome.findings_after)) or "nothing"
        return (
            f"{self.failure.symptom}: {outcome.before:.3g} with the bug, "
            f"{outcome.after:.3g} without\n"
            f"noticed with the bug: {fired or 'nothing'}\n"
            f"noticed without it: {silence}"
        )


def run(names: Iterable[str] | None = None, steps: int = STEPS) -> list[Result]:
    """Reproduce failures, each with the bug and without.

    Args:
        names: keys of `CATALOGUE`; all of them, in its order, if None.
        steps: of the longest trainings; fewer show that everything runs, and nothing
            else.

    Raises:
        ValueError: an unknown name, or `steps` < 1.

    Example:
        >>> [result.noticed for result in run(["extra_axis"])]
        [True]
    """
    chosen = [get(name) for name in (CATALOGUE if names is None else names)]
    if steps < 1:
        raise ValueError(f"Expected `steps` ≥ 1; received {steps!r}.")
    return [Result(failure, failure.reproduce(steps)) for failure in chosen]


def get(name: str) -> Failure:
    """Return the failure of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in CATALOGUE:
        raise ValueError(
            f"Expected a failure among {list(CATALOGUE)}; received {name!r}."
        )
    return CATALOGUE[name]


def source(name: str) -> str:
    """Return the code that holds the bug.

    Args:
        name: key of `CATALOGUE`.
    """
    return "\n\n".join(inspect.getsource(part).rstrip() for part in get(name).code)


def table(results: Iterable[Result]) -> str:
    """Return a markdown table: bug, symptom, before, after, detector, cure."""
    lines = []
    for result in results:
        failure, outcome = result.failure, result.outcome
        numbers = f"{outcome.before:.3g}", f"{outcome.after:.3g}"
        by = f"`{failure.detector}`" + ("" if result.noticed else " (not yet)")
        lines.append([failure.bug, failure.symptom, *numbers, by, failure.cure])
    headings = "bug", "symptom", "with", "without", "noticed by", "cure"
    return markdown.table(headings, lines)
