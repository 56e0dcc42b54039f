"""A line on the terminal that says how many figures are finished, and which are running."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from types import TracebackType


class Status:
    """The line, inside a `with` statement; there is none in a pipe or in a file.

    One figure at a time has none either, because its training writes a line of its own.

    Parameters
    ----------
    names : of the tasks, in the order in which they are started
    jobs : how many run at the same time
    """

    def __init__(self, names: Iterable[str], jobs: int):
        self._left, self._jobs = list(names), jobs
        self._total, self._length = len(self._left), 0
        several = min(jobs, self._total) > 1
        self._shown = several and sys.stderr is not None and sys.stderr.isatty()

    def __repr__(self) -> str:
        return f"Status({self.text!r})"

    @property
    def text(self) -> str:
        """How many tasks are finished, and which are running.

        The processes take the tasks in order, so the first of those that are left are running.
        """
        running = ", ".join(self._left[: self._jobs])
        return f"{self._total - len(self._left)} of {self._total} finished, running: {running}"

    def __enter__(self) -> Status:
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType
    ) -> None:
        self._erase()

    def finished(self, name: str, report: str) -> None:
        """Print the report of a task that is finished, and the line below it."""
        self._left.remove(name)
        self._erase()
        print(report, flush=True)
        self._draw()

    def _draw(self) -> None:
        """Write the line, cut to the width of the terminal."""
        if self._shown and self._left:
            line = self.text[: shutil.get_terminal_size().columns - 1]
            self._length = len(line)
            print(f"\r{line}", end="", file=sys.stderr, flush=True)

    def _erase(self) -> None:
        """Remove the line."""
        if self._length:
            print(f"\r{' ' * self._length}\r", end="", file=sys.stderr, flush=True)
            self._length = 0
