"""The parameters of a figure: the keywords of its `compute`, with their kinds and defaults.

    @parametrized
    def compute(seed=0, quick=False, *, sigma: Width = 0.05, epochs: Count = Forms(200, quick=15),
                X: Plane | None = None) -> dict: ...

The annotation of a keyword is one of the kinds of `figures/kinds.py`; it says what a value must be.
`X` is a user's data and None stands for the data of the figure. What `compute` returns also holds
the values, as `parameters`, and the text `changed` if some differ from the recorded ones.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from hashlib import sha256
from typing import Any, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from .experiments.own_data import trained
from .kinds import Forms, Kind, Number, Table, in_words


def parameters(compute: Callable) -> dict[str, tuple[Kind, object]]:
    """Return the kind and the default of each parameter, from the signature of `compute`."""
    hints = get_type_hints(inspect.unwrap(compute), include_extras=True)
    found = {}
    for name, one in inspect.signature(compute).parameters.items():
        kinds = [arg for arg in _all_args(hints.get(name)) if isinstance(arg, Kind)]
        if one.kind is one.KEYWORD_ONLY and kinds:
            found[name] = kinds[0], one.default
    return found


def _all_args(hint: object) -> list[object]:
    """Return all that stands in the brackets of a type, such as Annotated[int, kind] | None."""
    return [inner for arg in get_args(hint) for inner in (arg, *_all_args(arg))]


def parametrized(compute: Callable[..., dict]) -> Callable[..., dict]:
    """Check the parameters of `compute` before it runs, and record them in what it returns.

    The wrapped function raises TypeError for an unknown name, which says what the figure has, and
    ValueError for a value that is not of its kind. The default of the quick form takes the place of
    the other one only if nothing is given.
    """
    known = parameters(compute)

    @wraps(compute)
    def checked(seed: int = 0, quick: bool = False, **given: object) -> dict:
        check_names(known, given)
        own = {
            name: kind.checked(given[name], name)
            for name, (kind, _) in known.items()
            if given.get(name) is not None
        }
        values, changed = {}, []
        for name, (kind, default) in known.items():
            if isinstance(default, Forms):
                default = default.quick if quick else int(default)
            values[name] = own.get(name, _fitting(kind, default, known, own))
            if name in own if isinstance(kind, Table) else values[name] != default:
                changed.append(name)
        recorded = {name: _recorded(value) for name, value in values.items()}
        numbers = {**compute(seed, quick, **values), "parameters": recorded}
        if changed:
            numbers["changed"] = ", ".join(f"{name} = {in_words(values[name])}" for name in changed)
        return numbers

    return checked


def _fitting(
    kind: Kind, default: Any, known: Mapping[str, tuple[Kind, object]], own: Mapping[str, object]
) -> object:
    """Return the default of a parameter, or one that fits a user's rows where it follows them."""
    scale, rows = _scale(known, own), own.get("X")
    if isinstance(kind, Number) and kind.length and scale is not None:
        return _scaled(default, scale)
    if isinstance(kind, Number) and kind.of_rows and rows is not None:
        return min(default, trained(len(rows)))
    return default


def _scale(known: Mapping[str, tuple[Kind, object]], own: Mapping[str, object]) -> float | None:
    """Return the width of a user's rows over that of the recorded data; None without such rows."""
    for name, (kind, _) in known.items():
        rows = own.get(name)
        if isinstance(kind, Table) and kind.half_width is not None and rows is not None:
            return float(np.ptp(rows, axis=0).max()) / (2 * kind.half_width)
    return None


def _scaled(default: Any, scale: float | None) -> object:
    """Return a length, or several, times the scale and with two digits."""
    if isinstance(default, tuple):
        return tuple(float(f"{one * scale:.2g}") for one in default)
    return float(f"{default * scale:.2g}")


def check_names(known: Mapping[str, object], given: Mapping[str, object]) -> None:
    """Raise TypeError if a name that is given is no parameter of the figure."""
    for name in given:
        if name not in known:
            raise TypeError(
                f"the figure has no parameter {name!r:.40}; it has "
                f"{', '.join(known) or 'no parameters'}"
            )


def claim(numbers: Mapping[str, object], words: str, otherwise: str) -> str:
    """Return a title that states what the recorded parameters show, or another one for others."""
    return otherwise if "changed" in numbers else words


def has_rows(numbers: Mapping[str, object]) -> bool:
    """Whether the numbers of a figure are those of a user's rows X."""
    return numbers["parameters"]["X"] is not None


def checksum(rows: NDArray) -> str:
    """Return a checksum of a table, 16 hexadecimal digits."""
    return sha256(rows.tobytes()).hexdigest()[:16]


def _recorded(value: object) -> object:
    """Return what JSON holds of a value: of a table its shape and a checksum."""
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "sha256": checksum(value)}
    return list(value) if isinstance(value, tuple) else value
