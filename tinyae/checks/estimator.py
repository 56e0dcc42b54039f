"""The base classes of what follows scikit-learn's convention, without a dependency on it.

The constructor only stores its settings; `fit(X)` checks them and X, learns, and returns the object
itself; everything that was learned has a name that ends in `_`. What all estimators do before and
after their methods is in `estimator_calls.py`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import length_of
from tinyae.checks.estimator_calls import around
from tinyae.checks.frames import check_container

if TYPE_CHECKING:
    from typing_extensions import Self

MOST_SHOWN = 10  # settings in a repr


class NotFittedError(ValueError, AttributeError):
    """An estimator was used before `fit`."""


class Estimator:
    """Base class of all estimators: settings by name, and a repr of one short line.

    Attributes
    ----------
    n_features_in_ : number of columns of the X that `fit` was given
    feature_names_in_ : names of these columns, an array of strings; only if X was a data frame with
        names. Methods then refuse a frame whose columns have other names or another order
    """

    _least_rows: ClassVar[int] = 1  # that `fit` needs
    n_features_in_: int

    def __init_subclass__(cls, **options: Any) -> None:
        """Add to a subclass's methods what every estimator does: see `estimator_calls.py`."""
        super().__init_subclass__(**options)
        for name, function in list(vars(cls).items()):
            if inspect.isfunction(function):
                setattr(cls, name, around(name, function))

    @classmethod
    def _settings(cls) -> list[str]:
        """Return the names of the constructor's parameters, in their order."""
        parameters = inspect.signature(cls.__init__).parameters.values()
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        return [p.name for p in parameters if p.name != "self" and p.kind not in several]

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """Return the settings by name. `deep` is accepted for scikit-learn and changes nothing."""
        return {name: getattr(self, name) for name in self._settings()}

    def set_params(self, **params: object) -> Self:
        """Change settings by name and return the object. They take effect at the next `fit`.

        Raises
        ------
        ValueError
            If there is no setting of a given name; nothing is changed then.
        """
        known = self._settings()
        unknown = [name for name in params if name not in known]
        if unknown:
            raise ValueError(
                f"{type(self).__name__} has no setting {', '.join(unknown)}; its settings are "
                f"{', '.join(known)}"
            )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn from X (n, d) and return the object itself. `y` is not used."""
        raise NotImplementedError(f"{type(self).__name__}.fit")

    def _is_fitted(self) -> bool:
        """Whether `fit` was called: whether an attribute has a name that ends in `_`."""
        return any(name.endswith("_") and not name.endswith("__") for name in vars(self))

    def check_fitted(self) -> None:
        """Raise NotFittedError, a ValueError, unless `fit` was called.

        If scikit-learn is in use, it is scikit-learn's error of that name.
        """
        if not self._is_fitted():
            kind = getattr(sys.modules.get("sklearn.exceptions"), "NotFittedError", NotFittedError)
            raise kind(f"this {type(self).__name__} is not fitted: call fit(X) first")

    def __sklearn_is_fitted__(self) -> bool:
        return self._is_fitted()

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn asks of an estimator; only scikit-learn calls this."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        transforms = hasattr(self, "transform")
        return Tags(
            estimator_type=self._estimator_type,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]) if transforms else None,
            input_tags=InputTags(),
        )

    @property
    def _estimator_type(self) -> str | None:
        """The kind of estimator, in scikit-learn's words."""
        if hasattr(self, "transform"):
            return "transformer"
        return "density_estimator" if hasattr(self, "score_samples") else None

    def __repr__(self) -> str:
        params = self.get_params()
        if len(params) > MOST_SHOWN:  # then those that differ from the defaults
            known = inspect.signature(type(self)).parameters
            params = {k: v for k, v in params.items() if repr(v) != repr(known[k].default)}
        settings = ", ".join(f"{name}={value!r:.60}" for name, value in params.items())
        fitted = " (fitted)" if self._is_fitted() else ""
        return f"{type(self).__name__}({settings}){fitted}"


class Mapping(Estimator):
    """An estimator that gives every row new columns; a subclass says how many."""

    def _n_outputs(self) -> int:
        """Return the number of columns of the result."""
        raise NotImplementedError(f"{type(self).__name__}._n_outputs")

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> NDArray:
        """Return the names of the result's columns: the class's name in small letters, a number.

        Parameters
        ----------
        input_features : the names of the columns of X, which are only compared with those at `fit`

        Raises
        ------
        ValueError
            If the object is not fitted, or input_features are not the columns at `fit`.
        """
        self.check_fitted()
        if input_features is not None:
            if not length_of(input_features):
                raise TypeError(
                    "input_features must be the names of the columns, or None, got "
                    f"{input_features!r:.60}"
                )
            given, seen = list(input_features), getattr(self, "feature_names_in_", None)
            if seen is not None and given != list(seen):
                raise ValueError(
                    "input_features is not equal to feature_names_in_: give None or these names"
                )
            if seen is None and len(given) != self.n_features_in_:
                raise ValueError(
                    "input_features should have length equal to number of features "
                    f"({self.n_features_in_}), got {len(given)}"
                )
        stem = type(self).__name__.lower()
        return np.array([f"{stem}{i}" for i in range(self._n_outputs())], dtype=object)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what `transform` and `fit_transform` return, and return the object.

        Parameters
        ----------
        transform : "default" for arrays, "pandas" or "polars" for data frames with the names of
            `get_feature_names_out`; None leaves the choice as it is

        Raises
        ------
        ValueError
            If there is no such choice.
        """
        if transform is not None:
            check_container(transform)
            self._sklearn_output_config = {"transform": transform}
        return self


class Transformer(Mapping):
    """An estimator that maps every row of X, of the data it learned from and of further data."""

    def transform(self, X: ArrayLike) -> NDArray:
        """Return what X (m, d) becomes under what was learned."""
        raise NotImplementedError(f"{type(self).__name__}.transform")

    def fit_transform(self, X: ArrayLike, y: object = None) -> NDArray:
        """Learn from X (n, d) and return its transform. `y` is not used."""
        return self.fit(X).transform(X)
