"""Like models as one model: every parameter array has a leading axis with one entry for each.

`core/side_by_side.py` compiles such a stack like a single model. The rows of its theta are the
parameters of the models, one below the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.layers import Linear
from tinyae.nn.structure import leaves
from tinyae.nn.trainable import Trainable, UnsupportedError, inherits


def stacked(models: Sequence[Any]) -> Any:
    """Return a copy of the first model that stands for all of them.

    Its theta (K P,) has the parameters of K models, with P numbers each. In its layers, W has the
    shape (K, d_in, d_out) and b the shape (K, d_out). Only the vectorized core can use such layers.

    Raises
    ------
    UnsupportedError
        If the models project their parameters after each step.
    """
    first = models[0]
    if not inherits(first, Trainable, "project"):
        raise UnsupportedError(f"models of class {type(first).__name__} with their own project")
    stack = first.astype(first.dtype)  # a copy without the state of its training
    stack.theta = np.concatenate([model.theta for model in models])
    stack.grad = np.zeros_like(stack.theta)
    pairs = [
        (own, given)
        for name, part in stack.parts.items()
        for own, given in zip(leaves(part), leaves(first.parts[name]), strict=True)
    ]
    for own, given in pairs:
        own.params = _views(stack.theta, first.theta, given.params, len(models))
        own.grads = _views(stack.grad, first.grad, given.grads, len(models))
    for own, _ in pairs:
        if isinstance(own, Linear) and own.source is not None:
            own.params["W"] = own.source.params["W"].swapaxes(-1, -2)
            own.grads["W"] = own.source.grads["W"].swapaxes(-1, -2)
    return stack


def _views(
    vector: NDArray, of_first: NDArray, arrays: dict[str, NDArray], count: int
) -> dict[str, NDArray]:
    """Return the views of `vector` that correspond to these views of the first model's vector."""
    each, found = vector.reshape(count, -1), {}
    for key, array in arrays.items():
        start = (array.ctypes.data - of_first.ctypes.data) // array.itemsize
        found[key] = each[:, start : start + array.size].reshape(count, *array.shape)
    return found
