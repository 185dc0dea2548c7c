"""A progress line for notebooks: chapter, cell, elapsed, and what probably remains."""

import asyncio
import sys
import time

LINE_EVERY = 15.0  # seconds between lines where the output is a file, not a terminal


class Progress:
    """Print where a run of notebooks stands.

    Args:
        plan: {notebook name: [(cell id, expected seconds), …]} of all code cells that
            will run, in order. Expected seconds come from an earlier run; they are
            rescaled by the pace of this one.
        stream: where to print; a terminal gets one line that is rewritten.
        clock: returns seconds.
    """

    def __init__(self, plan: dict, stream=None, clock=time.monotonic):
        self.plan, self.stream, self.clock = plan, stream or sys.stdout, clock
        self.todo = {name: dict(cells) for name, cells in plan.items()}
        self.start = self.cell_start = self.last_line = clock()
        self.spent = self.expected = 0.0
        self.name, self.cell = "", None
        self.seconds = {name: {} for name in plan}  # measured: {name: {cell: seconds}}

    def begin(self, name: str, cell: str):
        """Note that a code cell starts to run."""
        self.end()
        self.name, self.cell, self.cell_start = name, cell, self.clock()
        self.show(force=cell == self.plan[name][0][0])

    def end(self):
        """Note that the current code cell has ended, if one was running."""
        if self.cell is None:
            return
        seconds = self.clock() - self.cell_start
        self.seconds[self.name][self.cell] = seconds
        self.spent += seconds
        self.expected += self.todo[self.name].pop(self.cell, 0.0)
        self.cell = None

    def leave(self, name: str):
        """Note that a notebook has ended; what it had left will not run."""
        self.end()
        self.todo[name] = {}

    def remaining(self) -> float:
        """Return the seconds that probably remain."""
        # Below 10 s of known work the pace is mostly noise: imports, first traces.
        pace = self.spent / self.expected if self.expected >= 10 else 1.0
        left = pace * sum(sum(cells.values()) for cells in self.todo.values())
        running = self.clock() - self.cell_start if self.cell else 0.0
        planned = self.todo[self.name].get(self.cell, 0.0) if self.cell else 0.0
        return left - min(running, pace * planned)

    def line(self) -> str:
        """Return e.g. "02_mlp_gan · cell 4/31 · 0:12 elapsed · ~5:10 left"."""
        cells = [cell for cell, _ in self.plan[self.name]]
        elapsed = clock_text(self.clock() - self.start)
        return (
            f"{self.name} · cell {cells.index(self.cell) + 1}/{len(cells)} · "
            f"{elapsed} elapsed · ~{clock_text(self.remaining())} left"
        )

    def show(self, force: bool = False):
        """Print the line; into a file only every `LINE_EVERY` seconds or by `force`."""
        if self.cell is None:
            return
        if self.stream.isatty():
            print(f"\r\033[K{self.line()}", end="", file=self.stream, flush=True)
        elif force or self.clock() - self.last_line >= LINE_EVERY:
            print(self.line(), file=self.stream, flush=True)
            self.last_line = self.clock()

    def clear(self):
        """Remove the line from a terminal, so that other text can be printed."""
        if self.stream.isatty():
            print("\r\033[K", end="", file=self.stream, flush=True)

    async def tick(self):
        """Show the line every second until cancelled."""
        while True:
            await asyncio.sleep(1)
            self.show()


def clock_text(seconds: float) -> str:
    """Return seconds as minutes and seconds.

    Example:
        >>> clock_text(72.4)
        '1:12'
    """
    minutes, seconds = divmod(int(max(0.0, seconds)), 60)
    return f"{minutes}:{seconds:02d}"
