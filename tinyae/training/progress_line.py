"""The progress line of a training on standard error.

Standard error may be missing (in a program without a console), closed, a broken pipe, or an object
that has only `write`. None of these cases may end a training.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from tinyae.training.history import History

COLUMNS = 79  # width of the line if the stream's width is unknown


class ProgressLine:
    """One line that is rewritten on a terminal; otherwise one new line for each epoch.

    `show=None` means that it is shown on a terminal only. After the first error in writing, nothing
    more is written.
    """

    def __init__(self, epochs: int, show: bool | None):
        self.epochs = epochs
        self.stream = sys.stderr
        self.terminal = _is_terminal(self.stream)
        self.show = self.stream is not None and (self.terminal if show is None else show)
        self.start = self.last = time.perf_counter()

    def update(self, history: History, whose: str = "") -> None:
        """Write the progress; on a terminal at most ten times a second.

        `whose` names the model and stands before the rest, such as "model 2: ".
        """
        now = time.perf_counter()
        done = len(history.loss)
        if not self.show or (self.terminal and now - self.last < 0.1 and done < self.epochs):
            return
        self.last = now
        parts = [f"{whose}epoch {done}/{self.epochs}", f"loss {history.loss[-1]:.6g}"]
        if history.validation:
            parts.append(f"validation {history.validation[-1]:.6g}")
        parts.append(f"{now - self.start:.1f} s")
        if self.terminal:
            self._write("\r" + _fitted(parts, _columns(self.stream)))
        else:
            self._write("  ".join(parts) + "\n")

    def close(self) -> None:
        """End the line, so that later output starts on a new one."""
        if self.show and self.terminal:
            self._write("\n")

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            if hasattr(self.stream, "flush"):
                self.stream.flush()
        except Exception:  # no error of the stream may end the training
            self.show = False


def _fitted(parts: list[str], columns: int) -> str:
    """Return as many whole parts as fit: a number that is cut off would be a different number.

    The spaces after them overwrite the rest of the line before. The text is one column narrower
    than the terminal, because a full line would wrap.
    """
    width = columns - 1
    text = parts[0][:width]
    for part in parts[1:]:
        if len(text) + 2 + len(part) > width:
            break
        text += "  " + part
    return text.ljust(min(width, COLUMNS - 1))


def _columns(stream: Any) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or COLUMNS
    except Exception:  # the stream has no file, or it is not a terminal
        return COLUMNS


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except Exception:  # no stream, no such method, or a closed stream
        return False
