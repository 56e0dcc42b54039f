"""Tables that estimators return: plain arrays, or data frames of pandas or polars.

scikit-learn's `set_output(transform="pandas")` asks an estimator for data frames, and
`sklearn.set_config(transform_output="pandas")` asks all of them. Neither library is imported unless
it is asked for.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

CONTAINERS = ("default", "pandas", "polars")


def check_container(kind: object) -> None:
    """Raise ValueError unless `kind` names a container of tables."""
    if not isinstance(kind, str) or kind not in CONTAINERS:
        raise ValueError(f"transform must be one of {', '.join(CONTAINERS)}, got {kind!r:.60}")


def wanted_container(estimator: object) -> str:
    """Return what `set_output` of this estimator asked for, else scikit-learn's global setting."""
    config = getattr(estimator, "_sklearn_output_config", {})
    if "transform" in config:
        return config["transform"]
    library = sys.modules.get("sklearn")  # who has not imported it has not changed its settings
    return library.get_config().get("transform_output", "default") if library else "default"


def in_container(values: object, kind: str, names: NDArray, X: object) -> object:
    """Return the array `values` (n, k) as a table of this kind.

    Parameters
    ----------
    values : array (n, k); anything else is returned as it is
    kind : of `CONTAINERS`
    names : names (k,) of the columns
    X : the input that `values` was computed from. A pandas table gets its index

    Raises
    ------
    ImportError
        If the library is not installed.
    """
    check_container(kind)
    if kind == "default" or not isinstance(values, np.ndarray):
        return values
    if kind == "pandas":
        import pandas

        index = X.index if isinstance(X, pandas.DataFrame) else None
        return pandas.DataFrame(values, index=index, columns=names, copy=False)
    import polars

    return polars.DataFrame(values, schema=list(names), orient="row")
