"""One line on a terminal that is written again and again.

The stream, such as standard error, may be missing (in a program without a console), closed, a
broken pipe, or an object that has only `write`. None of these cases may end the work that the line
tells of.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

COLUMNS = 79  # width of the line if the stream's width is unknown


class TerminalLine:
    """A line on a stream. After the first error in writing, nothing more is written.

    Parameters
    ----------
    stream : to which the line is written, or None

    Attributes
    ----------
    terminal : whether the stream is a terminal
    works : whether there is a stream, and no error has come from it
    """

    def __init__(self, stream: Any):
        self.stream = stream
        self.terminal = _is_terminal(stream)
        self.works = stream is not None
        self._length = 0

    def __repr__(self) -> str:
        return f"TerminalLine(terminal={self.terminal}, works={self.works})"

    def show(self, parts: Sequence[str], between: str = "  ") -> None:
        """Write as many whole parts as fit over the text that the line held before.

        A number or a name that is cut off would be a different one. The text is one column narrower
        than the terminal, because a full line would wrap.
        """
        width = _columns(self.stream) - 1
        text = parts[0][:width]
        for part in parts[1:]:
            if len(text) + len(between) + len(part) > width:
                break
            text += between + part
        self.write("\r" + text.ljust(min(self._length, width)))
        self._length = len(text)

    def erase(self) -> None:
        """Remove the line, so that other output can take its place."""
        if self._length:
            self.show([""])
            self.write("\r")

    def write(self, text: str) -> None:
        """Write a text as it is."""
        if not self.works:
            return
        try:
            self.stream.write(text)
            if hasattr(self.stream, "flush"):
                self.stream.flush()
        except Exception:  # no error of the stream may end the work
            self.works = False


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
