"""What is wrong with the rows of a file: the first few by their number, and how many there are.

A file with one mistake often has several. All of it is read before the error is raised, so that
the user can mend every line at once.
"""

from __future__ import annotations

import os

SHOWN = 5  # bad rows that a message describes
ADVICE = "correct or remove them in the file"


class BadRows:
    """The rows of a file that cannot be used.

    Parameters
    ----------
    path : the file, for the message
    word : what a row is called: "line" of a text file, "row" of an array

    Attributes
    ----------
    count : how many rows are bad
    """

    def __init__(self, path: str | os.PathLike, word: str):
        self.path, self.word = path, word
        self.count = 0
        self._first: list[str] = []

    def __repr__(self) -> str:
        return f"BadRows({str(self.path)!r:.60}, {self.word!r}, count={self.count})"

    def add(self, number: int, fault: str) -> None:
        """Note that the row of this number has this fault, such as "is empty"."""
        self.count += 1
        if len(self._first) < SHOWN:
            self._first.append(f"{self.word} {number} {fault}")

    def check(self, total: int, advice: str = ADVICE) -> None:
        """Raise ValueError if one of the `total` rows is bad, with advice on what to do."""
        if not self.count:
            return
        more = self.count - len(self._first)
        listed = "; ".join(self._first) + (f"; and {more} more" if more else "")
        noun = self.word if self.count == 1 else f"{self.word}s"
        raise ValueError(f"{self.path} has {self.count} bad {noun} of {total}: {listed}; {advice}")
