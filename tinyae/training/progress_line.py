"""The progress line of a training on standard error."""

from __future__ import annotations

import sys
import time

from tinyae.training.history import History
from tinyae.training.terminal_line import TerminalLine


class ProgressLine:
    """One line that is rewritten on a terminal; otherwise one new line for each epoch.

    `show=None` means that it is shown on a terminal only.
    """

    def __init__(self, epochs: int, show: bool | None):
        self.epochs = epochs
        self.line = TerminalLine(sys.stderr)
        self.show = self.line.terminal if show is None else show
        self.start = self.last = time.perf_counter()

    def update(self, history: History, whose: str = "") -> None:
        """Write the progress; on a terminal at most ten times a second.

        `whose` names the model and stands before the rest, such as "model 2: ".
        """
        now = time.perf_counter()
        done = len(history.loss)
        if not self.show or (self.line.terminal and now - self.last < 0.1 and done < self.epochs):
            return
        self.last = now
        parts = [f"{whose}epoch {done}/{self.epochs}", f"loss {history.loss[-1]:.6g}"]
        if history.validation:
            parts.append(f"validation {history.validation[-1]:.6g}")
        parts.append(f"{now - self.start:.1f} s")
        if self.line.terminal:
            self.line.show(parts)
        else:
            self.line.write("  ".join(parts) + "\n")

    def close(self) -> None:
        """End the line, so that later output starts on a new one."""
        if self.show and self.line.terminal:
            self.line.write("\n")
