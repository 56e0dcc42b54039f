"""The base class of what fits data without a training loop.

The convention is scikit-learn's, without a dependency on it: the constructor only stores its
settings; `fit(X)` checks them and X, learns, and returns the object itself; everything that was
learned has a name that ends in `_`.
"""

from __future__ import annotations

import inspect

from numpy.typing import ArrayLike, NDArray


class Estimator:
    """Base class of all estimators: settings by name, and a repr of one short line."""

    @classmethod
    def _settings(cls) -> list[str]:
        """Return the names of the constructor's parameters, in their order."""
        parameters = inspect.signature(cls.__init__).parameters.values()
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        return [p.name for p in parameters if p.name != "self" and p.kind not in several]

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """Return the settings by name. `deep` is accepted for scikit-learn and changes nothing."""
        return {name: getattr(self, name) for name in self._settings()}

    def set_params(self, **params: object):
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

    def fit(self, X: ArrayLike, y: object = None):
        """Learn from X (n, d) and return the object itself. `y` is not used."""
        raise NotImplementedError(f"{type(self).__name__}.fit")

    def _is_fitted(self) -> bool:
        """Whether `fit` was called: whether an attribute has a name that ends in `_`."""
        return any(name.endswith("_") and not name.endswith("__") for name in vars(self))

    def check_fitted(self) -> None:
        """Raise ValueError unless `fit` was called."""
        if not self._is_fitted():
            raise ValueError(f"this {type(self).__name__} is not fitted: call fit(X) first")

    def __repr__(self):
        settings = ", ".join(f"{name}={value!r:.60}" for name, value in self.get_params().items())
        fitted = " (fitted)" if self._is_fitted() else ""
        return f"{type(self).__name__}({settings}){fitted}"


class Transformer(Estimator):
    """An estimator that maps every row of X, of the data it learned from and of further data."""

    def transform(self, X: ArrayLike) -> NDArray:
        """Return what X (m, d) becomes under what was learned."""
        raise NotImplementedError(f"{type(self).__name__}.transform")

    def fit_transform(self, X: ArrayLike, y: object = None) -> NDArray:
        """Learn from X (n, d) and return its transform. `y` is not used."""
        return self.fit(X).transform(X)
