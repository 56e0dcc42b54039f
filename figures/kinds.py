"""The kinds of values that a parameter of a figure may have: numbers in a range, and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from sys import float_info
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from tinyae.numerics.scaled_points import LINE, PLANE

LARGEST = 10**9  # whole number that is accepted


class Forms(int):
    """A whole number that is the default of a figure, and a smaller one for its quick form."""

    def __new__(cls, full: int, *, quick: int) -> Forms:
        """Make the number `full`, with `quick` as an attribute."""
        made = super().__new__(cls, full)
        made.quick = quick
        return made

    def __repr__(self) -> str:
        return f"{int(self)} ({self.quick} with --quick)"


@dataclass(frozen=True)
class Number:
    """A number in a range; several of them, separated by commas, if `several`.

    A `length` is in the units of the data. Where a user's rows are given without it, the default is
    the recorded one times the width of the rows over that of the recorded data. The default of a
    number `of_rows` is then at most the number of rows that are trained on.
    """

    whole: bool = False
    low: float = -np.inf
    above: bool = False  # whether `low` itself is excluded
    high: float = np.inf
    several: bool = False
    length: bool = False
    of_rows: bool = False

    @property
    def highest(self) -> float:
        """The upper end of the range, which whole numbers always have."""
        return min(self.high, LARGEST) if self.whole else self.high

    def __str__(self) -> str:
        noun = "whole number" if self.whole else "number"
        text = f"{noun}s separated by commas, each" if self.several else f"a {noun}"
        text += f" {'above' if self.above else 'of at least'} {self.low:g}"
        return text + (f" and at most {self.highest:.12g}" if self.highest < np.inf else "")

    def fits(self, value: object) -> bool:
        """Whether a single value is such a number."""
        wanted = (int, np.integer) if self.whole else (int, float, np.integer, np.floating)
        if isinstance(value, bool) or not isinstance(value, wanted):
            return False
        # A whole number may be too large for a float, and Python compares it with one exactly.
        n = value if isinstance(value, int) else float(value)
        top = min(self.highest, float_info.max)  # below inf
        return (n > self.low if self.above else n >= self.low) and n <= top

    def checked(self, value: object, name: str) -> object:
        """Return the value as int, float or tuple, or raise ValueError."""
        values = list(value) if self.several and np.ndim(value) == 1 else [value]
        if not values or not all(self.fits(v) for v in values):
            raise ValueError(f"{name} must be {self}, got {value!r:.80}")
        plain = tuple(int(v) if self.whole else float(v) for v in values)
        return plain if self.several else plain[0]

    def read(self, text: str, name: str) -> object:
        """Return the value that a text on the command line stands for, or raise ValueError."""
        try:
            values = [int(t) if self.whole else float(t) for t in text.split(",")]
        except ValueError:
            values = []
        if not values or (len(values) > 1 and not self.several):
            raise ValueError(f"{name} must be {self}, got {text!r:.80}")
        return self.checked(tuple(values) if self.several else values[0], name)


@dataclass(frozen=True)
class Table:
    """Rows of a user's data: how many columns, the fewest rows, and the range of the numbers."""

    columns: int | None = None  # None: any number of them
    rows: int = 2
    low: float = -np.inf
    high: float = np.inf
    pictures: bool = False  # whether a row must be a square picture
    half_width: float | None = None  # of the recorded data, if lengths follow the rows

    def __str__(self) -> str:
        width = "any columns" if self.columns is None else counted(self.columns, "column")
        text = f"at least {self.rows} rows of {'square pictures' if self.pictures else width}"
        return text + (f" from {self.low:g} to {self.high:g}" if self.high < np.inf else "")

    def checked(self, value: object, name: str) -> NDArray:
        """Return a copy of the rows as float64, or raise ValueError."""
        try:
            x = np.array(value, np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must be {self}, got {type(value).__name__}") from None
        wrong = x.ndim != 2 or len(x) < self.rows or self.columns not in (None, x.shape[1])
        if wrong or (self.pictures and round(x.shape[1] ** 0.5) ** 2 != x.shape[1]):
            raise ValueError(
                f"{name} must have {self}, got {in_words(x) if x.ndim == 2 else x.shape}"
            )
        bad = ~np.isfinite(x) | (x < self.low) | (x > self.high)
        if bad.any():
            i, j = np.argwhere(bad)[0]
            raise ValueError(
                f"{name} must have {self}, all finite, got {x[i, j]:g} in row {i + 1}, column "
                f"{j + 1}"
            )
        if (np.ptp(x, axis=0) == 0).all():
            raise ValueError(f"{name} has {len(x)} equal rows: at least two must differ")
        return x


Width = Annotated[float, Number(low=0.0, above=True)]
Fraction = Annotated[float, Number(low=0.0, above=True, high=1.0)]
Strength = Annotated[float, Number(low=0.0)]
Length = Annotated[float, Number(low=0.0, above=True, length=True)]
Lengths = Annotated[tuple[float, ...], Number(low=0.0, above=True, several=True, length=True)]
CountOfRows = Annotated[int, Number(whole=True, low=1, of_rows=True)]
Count = Annotated[int, Number(whole=True, low=1)]
Widths = Annotated[tuple[float, ...], Number(low=0.0, above=True, several=True)]
Strengths = Annotated[tuple[float, ...], Number(low=0.0, several=True)]
Line = Annotated[NDArray, Table(1, half_width=LINE)]
Plane = Annotated[NDArray, Table(2, half_width=PLANE)]
Rows = Annotated[NDArray, Table(rows=100, low=0.0, high=1.0)]
Pictures = Annotated[NDArray, Table(rows=100, low=0.0, high=1.0, pictures=True)]
Kind = Number | Table


def counted(count: int, noun: str) -> str:
    """Return a number and its noun, such as "1 row" or "2 rows"."""
    return f"{count} {noun}{'s' * (count != 1)}"


def in_words(value: object) -> str:
    """Return a value in words for people: several numbers in brackets, and the shape of a table."""
    if isinstance(value, np.ndarray):
        return f"{counted(len(value), 'row')} of {counted(value.shape[1], 'column')}"
    if isinstance(value, tuple) and len(value) > 1:
        return f"({', '.join(text(v) for v in value)})"
    return text(value)


def text(value: object) -> str:
    """Return a value as it is written after --set."""
    if isinstance(value, tuple):
        return ",".join(text(v) for v in value)
    if isinstance(value, (int, np.integer)):  # all digits, so that two values have two names
        return repr(value) if isinstance(value, Forms) else str(value)
    return f"{value:.12g}"


def rising(values: Sequence[float], name: str) -> None:
    """Raise ValueError if the values do not rise."""
    if any(b <= a for a, b in zip(values, values[1:], strict=False)):
        raise ValueError(f"{name} must rise from each value to the next, got {text(tuple(values))}")
