"""Documents as counts of words: a file of plain text with one document in each line.

The vocabulary consists of the words that occur in most documents, except those that occur in more
than half of them, which tell documents apart too little. It is stored beside the codes, so that
queries are counted in the same way.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyae.commands.array_rows import rows_in_block
from tinyae.commands.lines import numbered_lines

WORD = re.compile(r"[^\W\d_]{2,}(?:'[^\W\d_]+)?")  # two letters or more, as in "don't"
MOST_COUNTED = 1_000_000  # different words; beyond them, words seen only once are forgotten


def words_of(document: str) -> list[str]:
    """Return the words of a document in lower case, without numbers and punctuation."""
    return WORD.findall(document.lower())


def vocabulary(path: str | os.PathLike, most: int) -> list[str]:
    """Return at most `most` words for the documents in a file, in the order of the alphabet.

    They are the words in the largest number of documents, at least two and at most half of them.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If there is no such word.
    """
    found: Counter[str] = Counter()
    total = 0
    for _, document in numbered_lines(path):
        total += 1
        found.update(set(words_of(document)))
        if len(found) > MOST_COUNTED:
            found = Counter({word: n for word, n in found.items() if n > 1})
    usual = [(-n, word) for word, n in found.items() if 2 <= n <= total / 2]
    if not usual:
        raise ValueError(
            f"{path} has {total} documents and no word that occurs in two of them and in at most "
            "half of them; a file of documents has one document in each line"
        )
    return sorted(word for _, word in sorted(usual)[:most])


class DocumentRows:
    """Counts of the words of a vocabulary in each document of a file.

    A document without any of the words is a row of zeros. Empty lines at the end are ignored.

    Parameters
    ----------
    path : the file, in UTF-8, one document in each line
    words : the vocabulary

    Attributes
    ----------
    width : how many words there are
    without : the numbers, from 0, of the documents without any of the words, in what was read by
        the last `blocks`
    """

    def __init__(self, path: str | os.PathLike, words: Sequence[str]):
        self.path, self.words = Path(path), tuple(words)
        self.width, self.without = len(self.words), list[int]()
        self._column = {word: i for i, word in enumerate(self.words)}

    def __repr__(self) -> str:
        return f"DocumentRows({str(self.path)!r:.60}, {self.width} words)"

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield the counts from the first document to the last in blocks (m, width).

        Raises
        ------
        ValueError
            If there is no document.
        """
        self.without, rows, most = [], [], rows_in_block(self.width)
        number = -1
        for number, document in enumerate(line for _, line in numbered_lines(self.path)):
            columns = [self._column[w] for w in words_of(document) if w in self._column]
            if not columns:
                self.without.append(number)
            rows.append(columns)
            if len(rows) == most:
                yield self._counted(rows)
                rows = []
        if rows:
            yield self._counted(rows)
        if number < 0:
            raise ValueError(f"{self.path} is empty")

    def _counted(self, rows: list[list[int]]) -> NDArray[np.float32]:
        cells = [i * self.width + column for i, row in enumerate(rows) for column in row]
        counts = np.bincount(np.array(cells, np.int64), minlength=len(rows) * self.width)
        return counts.reshape(len(rows), self.width).astype(np.float32)
