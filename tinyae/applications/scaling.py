"""Scaling the columns of data for an autoencoder, and choosing the output distribution for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import truth
from tinyae.checks.tables import table
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import BernoulliOutput, GaussianOutput
from tinyae.numerics.constants import LARGEST
from tinyae.text import fields_in_short

KINDS = ("real", "unit", "bytes", "counts")
BLOCK = 4096  # rows that are scaled and encoded at a time
FARTHEST = 10.0  # standard deviations; numbers farther from the mean are moved to this distance
EDGES = (0.01, 0.99)  # quantiles; most numbers of a column are between them
BEYOND = 2.0  # distances of these quantiles; numbers farther outside them are far from the others
SAMPLE = 100_000  # rows from which the quantiles are taken, about
# The smallest and the largest number of each kind.
RANGES = {
    "auto": (-LARGEST, LARGEST),
    "real": (-LARGEST, LARGEST),
    "unit": (0.0, 1.0),
    "bytes": (0.0, 255.0),
    "counts": (0.0, LARGEST),
}


@dataclass(frozen=True)
class Scaling:
    """How the columns of data of one kind are scaled: y = (t(x) − shift) / scale.

    ======  ==============================  ============================  ===================
    kind    x                               y                             output
    ======  ==============================  ============================  ===================
    real    any real numbers                (x − mean) / deviation        `GaussianOutput`
    unit    numbers in [0, 1]               x                             `BernoulliOutput`
    bytes   whole numbers from 0 to 255     x / 255                       `BernoulliOutput`
    counts  whole numbers of at least 0     log(1 + x), divided by its    `BernoulliOutput`
                                            largest value in the column
    ======  ==============================  ============================  ===================

    Real numbers farther than 10 deviations from the mean are moved to that distance. For mean and
    deviation, numbers that are far from nearly all others in their column are moved, too: by more
    than twice the distance of the 1 % and 99 % quantiles beyond these, unless they are equal.
    So a few wrong numbers have little influence on the others.

    Attributes
    ----------
    kind : one of `KINDS`
    shift, scale : one number for each column (d,), float64
    fill : what takes the place of NaN in each column (d,), the mean of the training rows; None if
        NaN is an error
    """

    kind: str
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    fill: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        check_kind_name(self.kind)
        if self.kind == "auto" or self.shift.shape != self.scale.shape:
            raise ValueError(f"no scaling: {self!r:.200}")
        if not np.isfinite([self.shift, self.scale]).all() or not (self.scale > 0).all():
            raise ValueError("a shift or scale is NaN or infinite, or a scale is not above 0")
        if self.fill is not None and (
            self.fill.shape != self.shift.shape or unusable(self.fill, self.kind).any()
        ):
            raise ValueError(f"fill must hold a number of this kind for each column: {self!r:.200}")

    def __repr__(self) -> str:
        return fields_in_short(self)

    @property
    def output(self) -> Output:
        """The output distribution for data of this kind."""
        return GaussianOutput() if self.kind == "real" else BernoulliOutput()

    def apply(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the scaled rows of X (m, d).

        Raises
        ------
        TypeError, ValueError
            If X is no table of d columns of this kind.
        """
        if self.fill is not None:
            X = self._filled(real_array(X, "X"), self.fill)
        X = table(X, "X", width=len(self.shift), dtype=np.float64)
        check_kind(X, self.kind)
        if self.kind == "counts":
            X = np.log1p(X)
        with np.errstate(over="ignore"):  # a difference beyond float64 is far, too
            X = (X - self.shift) / self.scale
        return (np.clip(X, -FARTHEST, FARTHEST) if self.kind == "real" else X).astype(np.float32)

    def _filled(self, X: NDArray, fill: NDArray) -> NDArray:
        """Return X (m, d) with `fill` in place of NaN; X of another width is returned as it is."""
        fits = X.ndim == 2 and X.shape[1] == len(fill)
        return np.where(np.isnan(X), fill, X) if fits and np.isnan(X).any() else X

    def undo(self, Y: ArrayLike) -> NDArray[np.float64]:
        """Return rows in the units of the data, x = t⁻¹(y scale + shift), for scaled rows (m, d).

        Raises
        ------
        TypeError, ValueError
            If Y is no table of d columns.
        """
        X = table(Y, "Y", width=len(self.shift), dtype=np.float64) * self.scale + self.shift
        return np.expm1(X) if self.kind == "counts" else X


def scaling_of(X: ArrayLike, kind: str = "auto", *, missing: bool = False) -> Scaling:
    """Return the scaling for the columns of X (n, d).

    "auto" takes "bytes" for an array of dtype uint8 with numbers above 1, "unit" if all numbers are
    in [0, 1], and else "real".

    With missing=True, NaN stands for a missing entry. Then shift and scale are those of the other
    entries, and `fill` is set. For counts, the mean is rounded.

    Raises
    ------
    TypeError, ValueError
        If X is no table of numbers of this kind, there is no such kind, or a column of X has only
        missing entries.
    """
    check_kind_name(kind)
    X = real_array(X, "X")
    if truth(missing, "missing"):
        return _scaling_with_gaps(X, kind)
    is_bytes = X.dtype == np.uint8
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    X = table(X, "X", dtype=dtype, squared=dtype == np.float64)  # squares are taken in float64
    if kind == "auto":
        kind = kind_of_range(X.min(), X.max(), is_bytes)
    check_kind(X, kind)
    d = X.shape[1]
    if kind == "real":
        X = without_far_numbers(X)
        mean = X.mean(axis=0, dtype=np.float64)
        squares = sum(((block - mean) ** 2).sum(axis=0) for block in blocks_of(X))
        scale = np.sqrt(squares / len(X))
        constant = X.max(axis=0) == X.min(axis=0)  # where rounding errors are all that varies
        return Scaling(kind, mean, np.where(constant | (scale == 0), 1.0, scale))  # 0: underflow
    if kind == "counts":
        most = np.log1p(X.max(axis=0).astype(np.float64))
        return Scaling(kind, np.zeros(d), np.where(most > 0, most, 1.0))
    return Scaling(kind, np.zeros(d), np.full(d, 255.0 if kind == "bytes" else 1.0))


def _scaling_with_gaps(X: NDArray, kind: str) -> Scaling:
    """Return the scaling of the entries of X (n, d) that are not NaN, one column at a time."""
    if X.ndim != 2 or not X.size:
        return scaling_of(X, kind)  # an error
    gaps = np.isnan(X)
    if gaps.all(axis=0).any():
        column = int(gaps.all(axis=0).argmax())
        raise ValueError(f"column {column} of X has only missing entries; leave it out")
    if kind == "auto":
        low, high = np.fmin.reduce(X, axis=None), np.fmax.reduce(X, axis=None)
        kind = kind_of_range(low, high, X.dtype == np.uint8)
    columns = [X[~gaps[:, j], j, None] for j in range(X.shape[1])]
    parts = [scaling_of(column, kind) for column in columns]
    shift, scale = (
        np.concatenate([getattr(p, name) for p in parts]) for name in ("shift", "scale")
    )
    if kind == "real":  # where far numbers have little influence
        return Scaling(kind, shift, scale, shift)
    fill = np.array([column.mean(dtype=np.float64) for column in columns])
    return Scaling(kind, shift, scale, np.round(fill) if kind == "counts" else fill)


def kind_of_range(low: float, high: float, is_bytes: bool) -> str:
    """Return the kind that "auto" takes for numbers from `low` to `high`, as in `scaling_of`."""
    return "unit" if low >= 0 and high <= 1 else "bytes" if is_bytes else "real"


def without_far_numbers(X: NDArray) -> NDArray:
    """Return X (n, d) with numbers that are far from nearly all others moved, as in `Scaling`."""
    low, high = np.quantile(X[:: max(1, len(X) // SAMPLE)], EDGES, axis=0)
    most = np.where(high > low, BEYOND * (high - low), np.inf)
    low, high = low - most, high + most
    if (X.min(axis=0) >= low).all() and (X.max(axis=0) <= high).all():
        return X
    return np.clip(X, low, high)


def unusable(values: NDArray, kind: str) -> NDArray[np.bool_]:
    """Return which entries are NaN, infinite or no numbers of this kind, "auto" included."""
    low, high = RANGES[kind]
    if values.dtype.kind == "f":  # a bound beyond the dtype would become infinite
        largest = float(np.finfo(values.dtype).max)
        low, high = max(low, -largest), min(high, largest)
    usable = (values >= low) & (values <= high)
    if kind == "counts" and values.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            usable &= values == np.floor(values)
    return ~usable


def check_kind_name(kind: object) -> None:
    """Raise ValueError unless this is "auto" or one of `KINDS`."""
    if not isinstance(kind, str) or kind not in ("auto", *KINDS):
        raise ValueError(f"kind must be one of auto, {', '.join(KINDS)}, got {kind!r:.60}")


def check_kind(X: NDArray, kind: str) -> None:
    """Raise ValueError unless the numbers are of this kind."""
    low, high = X.min(), X.max()
    if kind == "unit" and not (low >= 0 and high <= 1):
        raise ValueError(f"X must be in [0, 1], its numbers are from {low:g} to {high:g}")
    if kind == "bytes" and not (low >= 0 and high <= 255):
        raise ValueError(f"X must be from 0 to 255, its numbers are from {low:g} to {high:g}")
    whole = kind != "counts" or all((block == np.floor(block)).all() for block in blocks_of(X))
    if kind == "counts" and not (low >= 0 and whole):
        raise ValueError("X must hold counts, that is, whole numbers of at least 0")


def blocks_of(X: NDArray) -> Iterator[NDArray]:
    """Yield the rows of X in blocks, and X itself if it has no rows, for an error by its reader."""
    if not X.ndim or not len(X):
        yield X
        return
    for start in range(0, len(X), BLOCK):
        yield X[start : start + BLOCK]
