"""Values by name, taken apart into arrays and what JSON can hold, and put together again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def parted(
    values: Mapping[str, object], group: str, arrays: dict[str, NDArray]
) -> dict[str, object]:
    """Add the arrays among the values to `arrays`, under GROUP.NAME; return all others by name."""
    rest: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            arrays[f"{group}.{name}"] = value
            rest[name] = "array"
        elif value is None or isinstance(value, bool | int | float):
            rest[name] = value
        elif isinstance(value, np.bool_ | np.integer | np.floating):
            arrays[f"{group}.{name}"] = np.asarray(value)
            rest[name] = "number"
        else:
            raise TypeError(
                f"checkpoint: the {group} of this training holds {name}, a "
                f"{type(value).__name__}; only arrays, numbers and None can be kept"
            )
    return rest


def joined(rest: Mapping[str, object], group: str, arrays: Mapping[str, NDArray]) -> dict:
    """Return the values that `parted` took apart."""
    found = dict(rest)
    for name, kind in rest.items():
        if kind == "array":
            found[name] = arrays[f"{group}.{name}"]
        elif kind == "number":
            found[name] = arrays[f"{group}.{name}"][()]
    return found
