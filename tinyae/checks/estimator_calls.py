"""What every estimator does before and after its own methods: columns in, tables out.

`Estimator` puts these functions around the methods of its subclasses, as scikit-learn does for its
own. So an estimator's `fit` only has to learn, and its `transform` only has to compute an array:

- before `fit`, X is checked to be a table; after it, the number and the names of the columns are
  stored as `n_features_in_` and `feature_names_in_`
- before the methods that use what was learned, X must have these columns
- after `transform` and `fit_transform`, the array is put into the container that was asked for
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from numpy.typing import ArrayLike

from tinyae.checks.columns import check_names, checked_columns, column_names
from tinyae.checks.frames import in_container, wanted_container


def around(name: str, function: Callable) -> Callable:
    """Return a method of an estimator with what is done before and after a method of that name."""
    if name == "fit":
        return _learning(function, anew=True)
    if name == "partial_fit":
        return _learning(function, anew=False)
    if name == "fit_transform":
        return _framing(function)
    if name == "transform":
        return _framing(_using(function))
    if name in ("score", "score_samples", "reconstruct"):
        return _using(function)
    return function


def _learning(function: Callable, *, anew: bool) -> Callable:
    """Return `function(self, X, ...)` that stores the columns once it has learned from X."""

    @wraps(function)
    def learn(self: Any, X: ArrayLike, *rest: object, **named: object) -> Any:
        go_on = not anew and hasattr(self, "n_features_in_")
        if go_on:
            check_columns(self, X)
        width = checked_columns(X, type(self).__name__, least=self._least_rows)
        names, before = column_names(X), vars(self).get("feature_names_in_")
        result = function(self, X, *rest, **named)
        if not go_on:
            self.n_features_in_ = width
            if names is not None:
                self.feature_names_in_ = names
            elif before is not None and vars(self).get("feature_names_in_") is before:
                del self.feature_names_in_  # of an earlier fit
        return result

    return learn


def _using(function: Callable) -> Callable:
    """Return `function(self, X, ...)` that refuses other columns than those at `fit`."""

    @wraps(function)
    def use(self: Any, X: ArrayLike, *rest: object, **named: object) -> Any:
        if hasattr(self, "n_features_in_"):
            check_columns(self, X)
        return function(self, X, *rest, **named)

    return use


def _framing(function: Callable) -> Callable:
    """Return `function(self, X, ...)` that gives its array the container that was asked for."""

    @wraps(function)
    def give(self: Any, X: ArrayLike, *rest: object, **named: object) -> Any:
        values = function(self, X, *rest, **named)
        kind = wanted_container(self)
        if kind == "default":
            return values
        return in_container(values, kind, self.get_feature_names_out(), X)

    return give


def check_columns(estimator: Any, X: ArrayLike) -> None:
    """Raise unless X has the columns that the estimator was fitted on."""
    who = type(estimator).__name__
    check_names(column_names(X), getattr(estimator, "feature_names_in_", None), who)
    checked_columns(X, who, width=estimator.n_features_in_)
