"""Cross-validation: which settings give points that they have not seen the highest density?

A width chosen on the points that a density was made of is always too small: windows of width zero
make their own points infinitely likely. So each point is scored by a density fitted without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.numerics.order import row_order


class Density(Protocol):
    """What the `fit` of a candidate returns."""

    def log_density(self, x: ArrayLike) -> NDArray:
        """log p(x) in nats, of shape (m,)."""
        ...


class Candidate(Protocol):
    """What `cross_validate` compares: settings that turn a table of points into a density."""

    def fit(self, x: ArrayLike) -> Density:
        """Return the density fitted to x (n, d)."""
        ...


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What `cross_validate` found: the best candidate, and the score of each in its order.

    scores (candidates,): mean log density of held-out points, in nats, over all points.
    """

    best: Candidate
    candidates: tuple[Candidate, ...]
    scores: NDArray

    def __repr__(self):
        return f"CrossValidation(best={self.best!r}, {self.scores.max():.4f} nats held out)"


def cross_validate(
    candidates: Sequence[Candidate],
    x: ArrayLike,
    *,
    folds: int = 5,
    rng: np.random.Generator | int = 0,
) -> CrossValidation:
    """Choose among candidates by the log density they give to points that were left out.

    Each point is held out once, in one of `folds` parts of (almost) equal size drawn at random; all
    candidates see the same parts. The parts are drawn from the rows in lexicographic order, so that
    the order in which they stand does not matter. With folds = n one point is left out at a time; a
    candidate with a `leave_one_out(x)` of its own then needs one fit instead of n. Of candidates
    with equal scores the first wins, so list the one you would rather have first.

    Parameters
    ----------
    candidates : such as [Parzen(s) for s in np.geomspace(0.01, 1, 20)]
    x : array (n, d)
    folds : from 2 to n

    Raises
    ------
    ValueError
        If there are no candidates, folds is out of range, or a score is NaN.
    """
    x = table(x, "x", dtype=np.float64)
    if not isinstance(candidates, Iterable):
        raise TypeError(f"candidates are a list such as [Parzen(0.1)], got {candidates!r:.60}")
    candidates, n = tuple(candidates), len(x)
    if not candidates:
        raise ValueError("there are no candidates to choose from")
    for one in candidates:
        if isinstance(one, type) or not hasattr(one, "fit"):
            raise TypeError(f"candidates are settings such as Parzen(0.1), got {one!r}")
    folds = whole_number(folds, "folds", least=2)
    if folds > n:
        raise ValueError(f"{n} points cannot be parted into {folds} folds")
    parts = np.array_split(row_order(x)[generator(rng, "folds").permutation(n)], folds)
    scores = np.array([_score(one, x, parts) for one in candidates])
    if np.isnan(scores).any():
        raise ValueError(f"{candidates[int(np.isnan(scores).argmax())]!r} gave NaN as log density")
    return CrossValidation(candidates[int(scores.argmax())], candidates, scores)


def _score(candidate: Candidate, x: NDArray, parts: list[NDArray]) -> float:
    """Mean over all points of the log density that a fit without their part gives them."""
    if len(parts) == len(x) and hasattr(candidate, "leave_one_out"):
        return float(candidate.leave_one_out(x).mean())
    total = 0.0
    for part in parts:
        others = np.delete(x, part, axis=0)
        total += candidate.fit(others).log_density(x[part]).sum()
    return float(total / len(x))
