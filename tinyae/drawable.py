"""What is drawn, from what a reader may give: an array, a layer, a model, one or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.nn.arrays import kind_of, real_array
from tinyae.nn.checks import table
from tinyae.nn.history import History
from tinyae.nn.layers import Layer, leaves
from tinyae.nn.model import Model
from tinyae.pictures import one_or_more


def weights_of(W: ArrayLike | Layer | Model, shape: Sequence[int] | None) -> NDArray:
    """Return weights (d, k): the array itself, or the first W of a layer or of a model's layers."""
    parts = getattr(W, "parts", None)
    if isinstance(W, Layer) or isinstance(parts, Mapping):  # paths have parts too
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
    W = real_array(W, "W")
    if W.ndim == 1:
        W = W[:, None]
    W = table(W, "W", dtype=np.float64)
    square = [round(d**0.5) ** 2 == d for d in W.shape]
    if shape is None and square[1] and not square[0] and W.shape[1] > 1:
        raise ValueError(
            f"W of shape {W.shape} has columns of {W.shape[0]} pixels, which is no square picture. "
            "One column for each unit is drawn: if the rows are the units, give W.T; if not, "
            "give shape=(height, width)"
        )
    return W


def labelled(rows: object, originals: ArrayLike) -> list[tuple[str, ArrayLike]]:
    """Return (label, array) for each row, from what a reader might give."""
    if reconstructs(rows):
        x = one_or_more(originals, "originals")
        return [("reconstruction", rows.reconstruct(x))]
    if isinstance(rows, Mapping):
        rows = list(rows.items())
    if isinstance(rows, tuple) and len(rows) == 2 and isinstance(rows[0], str):
        rows = [rows]
    if isinstance(rows, list | tuple):
        pairs = [r for r in rows if isinstance(r, list | tuple) and r and isinstance(r[0], str)]
        if not len(rows):
            raise ValueError("rows is empty: there is nothing to draw below the originals")
        if len(pairs) == len(rows):
            if all(len(pair) == 2 for pair in pairs):
                return [(label, _of_model(r, originals)) for label, r in pairs]
        elif not pairs and axes_of(rows[0]) == 2:
            names = [f"reconstruction {i + 1}" for i in range(len(rows))]
            return list(zip(names if len(rows) > 1 else ["reconstruction"], rows, strict=True))
        elif not pairs:
            return [("reconstruction", rows)]
    elif hasattr(rows, "__array__"):
        rows = real_array(rows, "rows")
        if rows.ndim == 3:  # several tables in one array
            return labelled(list(rows), originals)
        return [("reconstruction", rows)]
    raise TypeError(
        "rows must be an array like originals, a model that reconstructs them, or (label, array) "
        f'for each row, such as [("label", R)], got {kind_of(rows)}'
    )


def _of_model(r, originals) -> ArrayLike:
    return r.reconstruct(one_or_more(originals, "originals")) if reconstructs(r) else r


def reconstructs(it: object) -> bool:
    """Whether this is a model that reconstructs; a class of such models is none."""
    return hasattr(it, "reconstruct") and not isinstance(it, type)


def named_histories(histories: object) -> dict[str, History]:
    """Return the histories by name; one alone has no name."""
    if isinstance(histories, History):
        return {"": histories}
    if isinstance(histories, list | tuple):
        pairs = [h for h in histories if isinstance(h, tuple) and len(h) == 2]
        if len(pairs) == len(histories):
            named = {label if isinstance(label, str) else repr(label): h for label, h in pairs}
        elif len(histories) == 1:
            named = {"": histories[0]}
        else:
            named = {f"run {i + 1}": history for i, history in enumerate(histories)}
    else:
        named = dict(histories) if isinstance(histories, Mapping) else {"": histories}
    for history in named.values():
        if not isinstance(history, History):
            raise TypeError(
                "learning_curves draws what fit returns: a History, a list of them, or "
                f'{{"name": history}}, got {kind_of(history)}'
            )
    return named


def axes_of(x: object) -> int:
    """Return how many axes an array or nested lists have; 0 where the lists are ragged."""
    try:
        return np.ndim(x)
    except ValueError:
        return 0
