"""The base of all embeddings, which learn coordinates for the points themselves (14.6)."""

from __future__ import annotations

from numpy.typing import ArrayLike, NDArray

from tinyae.checks.estimator import Mapping


class Embedding(Mapping):
    """An estimator whose `fit(X)` learns `embedding_`, coordinates for the rows of X.

    A subclass stores its settings in the constructor, writes `fit`, and writes `transform` if it
    has a rule for further points.
    """

    _least_rows = 2
    embedding_: NDArray

    def fit_transform(self, X: ArrayLike, y: object = None) -> NDArray:
        """Learn from X (n, d) and return `embedding_` (n, n_components). `y` is not used."""
        return self.fit(X).embedding_

    def _n_outputs(self) -> int:
        return self.embedding_.shape[1]
