"""A line on the terminal that says how many figures are finished, and which are running."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import TracebackType

from tinyae.training.terminal_line import TerminalLine


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
        self._total, self._done = len(self._left), 0
        self._line = TerminalLine(sys.stderr)
        self._shown = min(jobs, self._total) > 1 and self._line.terminal

    def __repr__(self) -> str:
        return f"Status({', '.join(self.parts)!r})"

    @property
    def parts(self) -> list[str]:
        """How many tasks are finished, and which are running: the parts of the line.

        The processes take the tasks in order, so the first of those that are left are running.
        """
        first, *others = self._left[: self._jobs] or ["none"]
        done = f"{self._done} of {self._total} finished"
        return [done, f"running: {first}", *others]

    def __enter__(self) -> Status:
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType
    ) -> None:
        self._line.erase()

    def finished(self, name: str, report: str) -> None:
        """Print the report of a task that is finished, and the line below it."""
        self._done += 1
        self._left = [one for one in self._left if one != name]
        self._line.erase()
        print(report, flush=True)
        self._draw()

    def failed(self, name: str, error: BaseException) -> None:
        """Write which of several tasks failed and its error; no others are started then."""
        self._left = [one for one in self._left if one != name][: self._jobs]
        self._line.erase()
        if self._total > 1:
            self._line.write(f"{name} failed: {error!r}\n")
        self._draw()

    def _draw(self) -> None:
        """Write as much of the line as the terminal is wide enough for."""
        if self._shown and self._left:
            self._line.show(self.parts, ", ")
