"""The parameters of a figure: the keywords of its `compute`, with their kinds and defaults.

    @parametrized
    def compute(seed=0, quick=False, *, sigma: Width = 0.05, epochs: Count = Forms(200, quick=15),
                X: Plane | None = None) -> dict: ...

The annotation of a keyword is one of the kinds below; it says what a value must be. `X` is a user's
data and None stands for the data of the figure. What `compute` returns also holds the values, as
`parameters`, and the text `changed` if some differ from the recorded ones.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from sys import float_info
from typing import Annotated, Any, get_args, get_type_hints

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
    the recorded one times the width of the rows over that of the recorded data.
    """

    whole: bool = False
    low: float = -np.inf
    above: bool = False  # whether `low` itself is excluded
    high: float = np.inf
    several: bool = False
    length: bool = False

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
        width = {None: "any columns", 1: "1 column"}.get(self.columns, f"{self.columns} columns")
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
            shape = f"{x.shape[0]} rows of {x.shape[1]} columns" if x.ndim == 2 else f"{x.shape}"
            raise ValueError(f"{name} must have {self}, got {shape}")
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
Count = Annotated[int, Number(whole=True, low=1)]
Widths = Annotated[tuple[float, ...], Number(low=0.0, above=True, several=True)]
Strengths = Annotated[tuple[float, ...], Number(low=0.0, several=True)]
Line = Annotated[NDArray, Table(1, half_width=LINE)]
Plane = Annotated[NDArray, Table(2, half_width=PLANE)]
Rows = Annotated[NDArray, Table(rows=100, low=0.0, high=1.0)]
Pictures = Annotated[NDArray, Table(rows=100, low=0.0, high=1.0, pictures=True)]
Kind = Number | Table


def parameters(compute: Callable) -> dict[str, tuple[Kind, object]]:
    """Return the kind and the default of each parameter, from the signature of `compute`."""
    hints = get_type_hints(inspect.unwrap(compute), include_extras=True)
    found = {}
    for name, one in inspect.signature(compute).parameters.items():
        kinds = [arg for arg in _all_args(hints.get(name)) if isinstance(arg, Kind)]
        if one.kind is one.KEYWORD_ONLY and kinds:
            found[name] = kinds[0], one.default
    return found


def _all_args(hint: object) -> list[object]:
    """Return all that stands in the brackets of a type, such as Annotated[int, kind] | None."""
    return [inner for arg in get_args(hint) for inner in (arg, *_all_args(arg))]


def parametrized(compute: Callable[..., dict]) -> Callable[..., dict]:
    """Check the parameters of `compute` before it runs, and record them in what it returns.

    The wrapped function raises TypeError for an unknown name, which says what the figure has, and
    ValueError for a value that is not of its kind. The default of the quick form takes the place of
    the other one only if nothing is given.
    """
    known = parameters(compute)

    @wraps(compute)
    def checked(seed: int = 0, quick: bool = False, **given: object) -> dict:
        check_names(known, given)
        own = {
            name: kind.checked(given[name], name)
            for name, (kind, _) in known.items()
            if given.get(name) is not None
        }
        scale, values, changed = _scale(known, own), {}, []
        for name, (kind, default) in known.items():
            if isinstance(default, Forms):
                default = default.quick if quick else int(default)
            follows = isinstance(kind, Number) and kind.length and scale is not None
            values[name] = own.get(name, _scaled(default, scale) if follows else default)
            if name in own if isinstance(kind, Table) else values[name] != default:
                changed.append(name)
        recorded = {name: _recorded(value) for name, value in values.items()}
        numbers = {**compute(seed, quick, **values), "parameters": recorded}
        if changed:
            numbers["changed"] = ", ".join(f"{name} = {text(values[name])}" for name in changed)
        return numbers

    return checked


def _scale(known: Mapping[str, tuple[Kind, object]], own: Mapping[str, object]) -> float | None:
    """Return the width of a user's rows over that of the recorded data; None without such rows."""
    for name, (kind, _) in known.items():
        rows = own.get(name)
        if isinstance(kind, Table) and kind.half_width is not None and rows is not None:
            return float(np.ptp(rows, axis=0).max()) / (2 * kind.half_width)
    return None


def _scaled(default: Any, scale: float | None) -> object:
    """Return a length, or several, times the scale and with two digits."""
    if isinstance(default, tuple):
        return tuple(float(f"{one * scale:.2g}") for one in default)
    return float(f"{default * scale:.2g}")


def check_names(known: Mapping[str, object], given: Mapping[str, object]) -> None:
    """Raise TypeError if a name that is given is no parameter of the figure."""
    for name in given:
        if name not in known:
            raise TypeError(
                f"the figure has no parameter {name!r:.40}; it has "
                f"{', '.join(known) or 'no parameters'}"
            )


def read(compute: Callable, texts: Sequence[str]) -> dict[str, object]:
    """Return the parameters in texts like "sigma=0.1" from the command line.

    Raises ValueError, or TypeError for an unknown name.
    """
    known, values = parameters(compute), {}
    for one in texts:
        name, equals, value = (part.strip() for part in one.partition("="))
        if not equals:
            raise ValueError(f"--set takes NAME=VALUE, such as epochs=50, got {one!r:.60}")
        check_names(known, {name: value})
        if name in values:
            raise ValueError(f"{name} is given twice")
        kind, _ = known[name]
        if isinstance(kind, Table):
            raise ValueError(f"{name} is a table of numbers: give a file of it as --data FILE")
        values[name] = kind.read(value, name)
    return values


def described(compute: Callable) -> list[str]:
    """Return a line for each parameter of a figure: its name, its default and its kind."""
    lines = []
    for name, (kind, default) in parameters(compute).items():
        if isinstance(kind, Table):
            lines.append(f"--data FILE: {kind}")
        else:
            follows = "; with --data, by default in proportion to the rows" * kind.length
            lines.append(f"--set {name}={text(default)}: {kind}{follows}")
    return lines


def claim(numbers: Mapping[str, object], words: str, otherwise: str) -> str:
    """Return a title that states what the recorded parameters show, or another one for others."""
    return otherwise if "changed" in numbers else words


def has_rows(numbers: Mapping[str, object]) -> bool:
    """Whether the numbers of a figure are those of a user's rows X."""
    return numbers["parameters"]["X"] is not None


def text(value: object) -> str:
    """Return a value as it is written after --set, or the shape of a table."""
    if isinstance(value, np.ndarray):
        return f"{value.shape[0]} rows of {value.shape[1]}"
    if isinstance(value, tuple):
        return ",".join(text(v) for v in value)
    if isinstance(value, (int, np.integer)):  # all digits, so that two values have two names
        return repr(value) if isinstance(value, Forms) else str(value)
    return f"{value:.12g}"


def checksum(rows: NDArray) -> str:
    """Return a checksum of a table, 16 hexadecimal digits."""
    return sha256(rows.tobytes()).hexdigest()[:16]


def rising(values: Sequence[float], name: str) -> None:
    """Raise ValueError if the values do not rise."""
    if any(b <= a for a, b in zip(values, values[1:], strict=False)):
        raise ValueError(f"{name} must rise from each value to the next, got {text(tuple(values))}")


def _recorded(value: object) -> object:
    """Return what JSON holds of a value: of a table its shape and a checksum."""
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "sha256": checksum(value)}
    return list(value) if isinstance(value, tuple) else value
