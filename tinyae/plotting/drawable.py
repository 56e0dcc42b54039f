"""Converting the arguments of the plotting functions: arrays, layers, models and histories."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import kind_of, real_array
from tinyae.checks.tables import table
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model
from tinyae.nn.structure import leaves
from tinyae.plotting.pixels import picture_shape, rows_of_pixels
from tinyae.training.history import History


def weights_of(
    W: ArrayLike | Layer | Model, shape: Sequence[int] | None
) -> tuple[NDArray, tuple[int, ...] | None]:
    """Return weights (d, k) and the shape of their pictures, or None if the shape is unknown.

    W is an array, or a layer or model, whose first W is taken. An array (k, h, w) has one picture
    for each unit.
    """
    parts: Any = getattr(W, "parts", None)
    shape = picture_shape(shape)
    known = isinstance(W, Layer) or isinstance(parts, Mapping)  # a Path has parts too
    if known:
        parts = [W] if isinstance(W, Layer) else parts.values()
        found = [leaf.params["W"] for part in parts for leaf in leaves(part) if "W" in leaf.params]
        if not found:
            raise ValueError(f"{type(W).__name__} has no layer with weights W to draw")
        W = found[0]
    elif isinstance(W, str | type | dict) or not hasattr(W, "__len__"):
        raise TypeError(
            "filters draws weights W of shape (d, k), one column per unit, or those of a layer or "
            f"a model, got {kind_of(W)}"
        )
    elif isinstance(W, list | tuple) and any(len(getattr(w, "shape", ())) > 1 for w in W):
        raise TypeError(
            f"W is a {kind_of(W)} of {len(W)} arrays: give one of them, or np.stack(W) if each is "
            "the picture of one unit"
        )
    W = real_array(W, "W")
    if W.ndim > 2 or W.shape == shape:
        rows, shape = rows_of_pixels(W, "W", shape)
        return rows.T, shape
    if W.ndim == 1:
        W = W[:, None]
    W = table(W, "W", dtype=np.float64)
    square = [round(d**0.5) ** 2 == d for d in W.shape]
    if shape is None and square[1] and not square[0] and W.shape[1] > 1:
        raise ValueError(
            f"W of shape {W.shape} has columns of {W.shape[0]} pixels, which is no square picture. "
            "Each column of W is drawn as one unit: if the rows are the units, give W.T; if not, "
            "give shape=(height, width)"
        )
    if shape is None and not known and all(square) and W.shape[1] > W.shape[0] > 1:
        a, b = (round(d**0.5) for d in W.shape)
        raise ValueError(
            f"W of shape {W.shape} may hold {W.shape[1]} units of {a} by {a} pixels or "
            f"{W.shape[0]} of {b} by {b}: give shape=({a}, {a}) for the first, W.T for the second"
        )
    return W, shape


def labelled(R: Any, X: NDArray) -> list[tuple[str, ArrayLike]]:
    """Return (label, array) for each row below the originals X (n, d).

    R is what `reconstructions` takes: an array, a model, or several of them with or without labels.
    """
    if reconstructs(R):
        return [("reconstruction", R.reconstruct(X))]
    if isinstance(R, Mapping):
        R = list(R.items())
    if isinstance(R, tuple) and len(R) == 2 and isinstance(R[0], str):
        R = [R]
    if isinstance(R, list | tuple):
        pairs = [r for r in R if isinstance(r, list | tuple) and r and isinstance(r[0], str)]
        if not len(R):
            raise ValueError("R is empty: there is nothing to draw below the originals")
        if len(pairs) == len(R):
            if all(len(pair) == 2 for pair in pairs):
                return [(label, _of_model(r, X)) for label, r in pairs]
        elif not pairs and _several(R, X):
            names = [f"reconstruction {i + 1}" for i in range(len(R))]
            names = names if len(R) > 1 else ["reconstruction"]
            return [(name, _of_model(r, X)) for name, r in zip(names, R, strict=True)]
        elif not pairs:
            return [("reconstruction", R)]
    elif hasattr(R, "__array__"):
        return [("reconstruction", R)]
    raise TypeError(
        "R must be an array like X, a model that reconstructs them, or (label, array) "
        f'for each row, such as [("label", array)], got {kind_of(R)}'
    )


def _of_model(r: Any, x: NDArray) -> ArrayLike:
    return r.reconstruct(x) if reconstructs(r) else r


def _several(rows: Sequence, x: NDArray) -> bool:
    """Whether each item is a table or model for one row, and not a single picture."""
    if not all(reconstructs(r) or axes_of(r) >= 2 for r in rows):
        return False
    shapes = [() if reconstructs(r) else np.shape(r) for r in rows]
    one_by_one = all(s != x.shape and math.prod(s) == x.shape[1] for s in shapes)
    return not (one_by_one and len(rows) == len(x))


def reconstructs(it: object) -> bool:
    """Whether `it` is an object with a method `reconstruct`, and not a class."""
    return hasattr(it, "reconstruct") and not isinstance(it, type)


def named_histories(histories: Any) -> list[tuple[str, History]]:
    """Return (name, history) of each history; a single history has no name."""
    if isinstance(histories, Mapping):
        histories = list(histories.items())
    if isinstance(histories, list | tuple):
        pairs = [h for h in histories if isinstance(h, tuple) and len(h) == 2]
        if len(pairs) == len(histories):
            named = [(label if isinstance(label, str) else repr(label), h) for label, h in pairs]
        elif len(histories) == 1:
            named = [("", histories[0])]
        else:
            named = [(f"run {i + 1}", history) for i, history in enumerate(histories)]
    else:
        named = [("", histories)]
    for _, history in named:
        if not isinstance(history, History):
            raise TypeError(
                "learning_curves draws what fit returns: a History, a list of them, or "
                f'{{"name": history}}, got {kind_of(history)}'
            )
    return named


def axes_of(x: Any) -> int:
    """Return the number of axes of an array or of nested lists; 0 for ragged lists."""
    try:
        return np.ndim(x)
    except ValueError:
        return 0
