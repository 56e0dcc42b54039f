"""How training shows where it stands: one plain line on standard error, wherever that leads.

Standard error may be missing (a program without a console), closed, a broken pipe, or an object of
somebody's own that has only `write`. None of this may end a training.
"""

from __future__ import annotations

import os
import sys
import time

from tinyae.training.history import History

COLUMNS = 79  # where the stream does not know its width


class ProgressLine:
    """One line: rewritten on a terminal, one an epoch in a pipe.

    `show=None` means: on a terminal only. After the first error in writing nothing more is shown.
    """

    def __init__(self, epochs: int, show: bool | None):
        self.epochs = epochs
        self.stream = sys.stderr
        self.terminal = _is_terminal(self.stream)
        self.show = self.stream is not None and (self.terminal if show is None else show)
        self.start = self.last = time.perf_counter()

    def update(self, history: History) -> None:
        """Say where training stands, at most ten times a second on a terminal."""
        now = time.perf_counter()
        done = len(history.loss)
        if not self.show or (self.terminal and now - self.last < 0.1 and done < self.epochs):
            return
        self.last = now
        parts = [f"epoch {done}/{self.epochs}", f"loss {history.loss[-1]:.6g}"]
        if history.validation:
            parts.append(f"validation {history.validation[-1]:.6g}")
        parts.append(f"{now - self.start:.1f} s")
        if self.terminal:
            self._write("\r" + _fitted(parts, _columns(self.stream)))
        else:
            self._write("  ".join(parts) + "\n")

    def close(self) -> None:
        """Leave the line standing."""
        if self.show and self.terminal:
            self._write("\n")

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            if hasattr(self.stream, "flush"):
                self.stream.flush()
        except Exception:  # whatever the stream is, it matters less than the training
            self.show = False


def _fitted(parts: list[str], columns: int) -> str:
    """Return as many parts as fit, whole: half a number would be another one.

    The blanks after them clear what stood there. A line as wide as the terminal would wrap.
    """
    width = columns - 1
    text = parts[0][:width]
    for part in parts[1:]:
        if len(text) + 2 + len(part) > width:
            break
        text += "  " + part
    return text.ljust(min(width, COLUMNS - 1))


def _columns(stream: object) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or COLUMNS
    except Exception:  # no file behind it, or none that is a terminal
        return COLUMNS


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream.isatty())
    except Exception:  # no stream, no such method, or a closed stream
        return False
