"""Cross-validation: which settings give points that they have not seen the highest density?

A width chosen on the points that a density was made of is always too small: windows of width zero
make their own points infinitely likely. So each point is scored by a density fitted without it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.numerics.order import row_order


class Candidate(Protocol):
    """What `cross_validate` compares: a density with its settings, such as `Parzen(0.1)`."""

    def fit(self, X: ArrayLike) -> Candidate:
        """Fit the density to X (n, d) and return the object itself."""
        ...

    def score_samples(self, X: ArrayLike) -> NDArray:
        """log p(x) in nats for each row of X (m, d), of shape (m,)."""
        ...


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What `cross_validate` found.

    Attributes
    ----------
    best : the candidate of the highest score; `best.fit(X)` gives its density
    candidates : all of them, in the order in which they came
    scores : array (candidates,), mean log density of held-out points, in nats, over all points
    """

    best: Candidate
    candidates: tuple[Candidate, ...]
    scores: NDArray

    def __repr__(self) -> str:
        return f"CrossValidation(best={self.best!r}, {self.scores.max():.4f} nats held out)"


def cross_validate(
    candidates: Sequence[Candidate],
    X: ArrayLike,
    *,
    folds: int = 5,
    rng: np.random.Generator | int = 0,
) -> CrossValidation:
    """Choose among candidates by the log density they give to points that were left out.

    Each point is held out once, in one of `folds` parts of (almost) equal size drawn at random; all
    candidates see the same parts. The parts are drawn from the rows in lexicographic order, so that
    the order of the rows of X does not matter. With folds = n one point is left out at a time; a
    candidate with a `leave_one_out(X)` of its own then needs one call instead of n fits. Of
    candidates with equal scores the first wins, so list the one you prefer first.

    Copies of the candidates are fitted. The candidates themselves stay as they were.

    Parameters
    ----------
    candidates : such as [Parzen(s) for s in np.geomspace(0.01, 1, 20)]
    X : array (n, d)
    folds : from 2 to n

    Raises
    ------
    ValueError
        If there are no candidates, folds is out of range, or a score is NaN.
    """
    X = table(X, "X", dtype=np.float64)
    if not isinstance(candidates, Iterable):
        raise TypeError(f"candidates are a list such as [Parzen(0.1)], got {candidates!r:.60}")
    candidates, n = tuple(candidates), len(X)
    if not candidates:
        raise ValueError("there are no candidates to choose from")
    for one in candidates:
        if isinstance(one, type) or not hasattr(one, "fit"):
            raise TypeError(f"candidates are densities such as Parzen(0.1), got {one!r:.60}")
    folds = whole_number(folds, "folds", least=2)
    if folds > n:
        raise ValueError(f"{n} points cannot be parted into {folds} folds")
    parts = np.array_split(row_order(X)[generator(rng, "folds").permutation(n)], folds)
    scores = np.array([_score(one, X, parts) for one in candidates])
    if np.isnan(scores).any():
        raise ValueError(f"{candidates[int(np.isnan(scores).argmax())]!r} gave NaN as log density")
    return CrossValidation(candidates[int(scores.argmax())], candidates, scores)


def _score(candidate: Candidate, X: NDArray, parts: list[NDArray]) -> float:
    """Mean over all points of the log density that a fit without their part gives them."""
    candidate = copy.deepcopy(candidate)
    if len(parts) == len(X) and hasattr(candidate, "leave_one_out"):
        return float(candidate.leave_one_out(X).mean())
    total = 0.0
    for part in parts:
        others = np.delete(X, part, axis=0)
        total += candidate.fit(others).score_samples(X[part]).sum()
    return float(total / len(X))
