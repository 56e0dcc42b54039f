"""One flat vector of parameters and one of gradients; the arrays of the layers are views of them.

With one vector, an optimizer is a few vector operations, a gradient check is one loop, and a saved
model is one array. Assign parameters in place: `layer.params["W"][...] = value`. A replaced array
is no longer a view; `packed` detects this, and training then raises an error.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.layers import Layer, Linear
from tinyae.nn.structure import leaves


def owners(*layers: Layer) -> Iterator[tuple[Layer, str]]:
    """Yield (layer, key) for every array that is stored once, in the order of theta.

    A tied layer owns only its bias. Its source comes before it, even if the source is not one of
    `layers`. A layer that appears twice is yielded once.
    """
    seen: set[int] = set()
    for layer in layers:
        for leaf in leaves(layer):
            yield from _stored(leaf, seen)


def _stored(leaf: Layer, seen: set[int]) -> Iterator[tuple[Layer, str]]:
    """Yield what `owners` yields for one leaf, its source first; nothing if it is in `seen`."""
    # This is not a nested function: a nested function that calls itself is a reference cycle.
    if id(leaf) in seen:
        return
    seen.add(id(leaf))
    source = leaf.source if isinstance(leaf, Linear) else None
    if source is not None:
        yield from _stored(source, seen)
    for key in leaf.params:
        if source is None or key != "W":
            yield leaf, key


def pack(*layers: Layer) -> tuple[NDArray, NDArray]:
    """Move all parameters into one vector theta and all gradients into one vector grad.

    The values do not change. If the layers were packed into another model before (stacking), they
    belong to the new one afterwards. The old model raises an error until it is packed again.

    Returns
    -------
    theta, grad : arrays of shape (number of parameters,)

    Raises
    ------
    ValueError
        If there is no parameter, or the layers do not share one dtype.
    """
    for layer in layers:
        if not isinstance(layer, Layer):
            raise TypeError(f"pack takes layers such as Linear(3, 2), got {layer!r:.60}")
    owned = list(owners(*layers))
    if not owned:
        raise ValueError("these layers have no parameters: there is nothing to train")
    dtypes = {layer.params[key].dtype for layer, key in owned}
    if len(dtypes) > 1:
        names = ", ".join(sorted(map(str, dtypes)))
        raise ValueError(f"all layers of a model must share one dtype, got {names}")
    count = sum(layer.params[key].size for layer, key in owned)
    (dtype,) = dtypes or {np.dtype(np.float64)}
    theta, grad = np.zeros(count, dtype), np.zeros(count, dtype)
    start = 0
    for layer, key in owned:
        shape, stop = layer.params[key].shape, start + layer.params[key].size
        for vector, arrays in ((theta, layer.params), (grad, layer.grads)):
            view = vector[start:stop].reshape(shape)
            held = arrays[key]
            if any(held.strides) or held.flat[0]:  # zeros of a `hollow` layer need no copy
                view[...] = held
            arrays[key] = view
        start = stop
    for layer in layers:
        for leaf in leaves(layer):
            if isinstance(leaf, Linear):
                leaf.share()
    return theta, grad


def packed(theta: NDArray, grad: NDArray, *layers: Layer) -> bool:
    """Whether every parameter and gradient of the layers is still a view of theta and grad."""
    return all(
        all(p.base is theta for p in leaf.params.values())
        and all(g.base is grad for g in leaf.grads.values())
        for layer in layers
        for leaf in leaves(layer)
    )
