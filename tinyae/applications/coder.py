"""From rows of data to codes and back: a scaling of the columns and a fitted transformer (14.9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.applications.scaling import Scaling, blocks_of
from tinyae.checks.arrays import real_array
from tinyae.text import fields_in_short


class TwoWay(Protocol):
    """The methods that a `Coder` needs of its transformer."""

    def fit(self, X: ArrayLike, y: object = None) -> TwoWay:
        """Learn from X (n, d)."""
        ...

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the codes (m, k) of X (m, d)."""
        ...

    def inverse_transform(self, X: ArrayLike) -> NDArray:
        """Return the rows (m, d) for codes (m, k)."""
        ...


@dataclass(frozen=True, repr=False)
class Coder:
    """Scaling, transformer and names of the columns, as `python -m tinyae fit` writes them.

    `load` returns such an object for a file of that command. Its methods take and give rows in the
    units of the data.

    Attributes
    ----------
    scaling : of the columns of the data
    transformer : fitted on scaled rows, with `transform` and `inverse_transform`
    columns : names of the columns of the data, or None

    Raises
    ------
    TypeError, ValueError
        If an attribute is something else, or there is not one name for each column.
    """

    scaling: Scaling
    transformer: TwoWay
    columns: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.scaling, Scaling):
            raise TypeError(f"scaling must be a Scaling, got {self.scaling!r:.60}")
        for method in ("fit", "transform", "inverse_transform"):
            made = not isinstance(self.transformer, type)
            if not (made and callable(getattr(self.transformer, method, None))):
                raise TypeError(
                    "transformer must be a fitted object with transform and inverse_transform, "
                    f"such as AutoencoderTransformer().fit(X), got {self.transformer!r:.60}"
                )
        names = self.columns
        if names is not None and not (
            isinstance(names, tuple) and all(isinstance(name, str) for name in names)
        ):
            raise TypeError(f"columns must be a tuple of names or None, got {names!r:.60}")
        if names is not None and len(names) != self.width:
            raise ValueError(f"columns has {len(names)} names for {self.width} columns")

    def __repr__(self) -> str:
        return fields_in_short(self)

    @property
    def width(self) -> int:
        """Number of columns of the data."""
        return len(self.scaling.shift)

    def transform(self, X: ArrayLike) -> NDArray:
        """Return the codes (m, k) of the rows of X (m, d).

        Raises
        ------
        TypeError, ValueError
            If X is no table of d columns of the scaling's kind.
        """
        found = [self.transformer.transform(y) for y in self._scaled(X)]
        return np.concatenate(found)

    def reconstruct(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the rows (m, d) that the codes of the rows of X (m, d) stand for.

        Raises
        ------
        TypeError, ValueError
            If X is no table of d columns of the scaling's kind.
        """
        back = self.transformer.inverse_transform
        found = [self.scaling.undo(back(self.transformer.transform(y))) for y in self._scaled(X)]
        return np.concatenate(found)

    def explained(self, X: ArrayLike) -> float:
        """Return the share of the variance of X (m, d) that the reconstruction keeps.

        It is 1 − Σ‖y − r‖² / Σ‖y − ȳ‖² over the scaled rows y, so each column counts by its scale.
        It is NaN if all rows are equal.
        """
        y = np.concatenate(list(self._scaled(X)))
        r = self.transformer.inverse_transform(self.transformer.transform(y))
        squares = float(((y - y.mean(axis=0, dtype=np.float64)) ** 2).sum())
        missed = float(((y - np.asarray(r, np.float64)) ** 2).sum())
        return 1.0 - missed / squares if squares > 0.0 else float("nan")

    def _scaled(self, X: ArrayLike) -> Iterable[NDArray]:
        return map(self.scaling.apply, blocks_of(real_array(X, "X")))
