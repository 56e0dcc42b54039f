"""The structure of a network: its leaves, its layers in series, its widths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tinyae.nn.activations import Elementwise
from tinyae.nn.layers import Chain, Layer, Linear


def widths(layer: Layer, name: str) -> tuple[int, int]:
    """Return (d_in, d_out) of a layer. Raise ValueError if its parts do not fit together."""
    if not isinstance(layer, Layer):
        raise TypeError(f"the {name} must be a layer such as Chain(...), got {layer!r}")
    first: int | None = None
    given: Any = None
    leaf: Any
    for leaf in leaves(layer):
        if hasattr(leaf, "d_in"):
            if given not in (None, leaf.d_in):
                raise ValueError(f"{leaf!r} takes {leaf.d_in} features but is given {given}")
            first = leaf.d_in if first is None else first
            given = leaf.d_out
        elif given is not None and hasattr(leaf, "width"):  # any other unit keeps the width
            given = leaf.width(given)
    if first is None:
        raise ValueError(f"the {name} needs at least one Linear layer, got {layer!r}")
    return first, given


def widths_of(encoder: Layer, decoder: Layer) -> tuple[int, int]:
    """Return (d_in, d_code). Raise ValueError if encoder and decoder do not fit together."""
    d_in, d_code = widths(encoder, "encoder")
    code, d_out = widths(decoder, "decoder")
    if code != d_code:
        raise ValueError(f"the decoder takes {code} features but is given a code of {d_code}")
    if d_out != d_in:
        raise ValueError(f"the decoder gives {d_out} numbers for {d_in} features")
    return d_in, d_code


def dense_pair(net: Layer) -> tuple[Linear, Elementwise] | None:
    """Return (linear, unit) if `net` is exactly one affine map followed by one unit, else None.

    Nested chains count as one chain. A subclass of `Linear` may compute another map, such as a
    masked one, and a subclass of `Chain` may do more. For these the result is None.
    """
    layers = list(in_series(net))
    if len(layers) != 2 or type(layers[0]) is not Linear or not isinstance(layers[1], Elementwise):
        return None
    return layers[0], layers[1]


def leaves(layer: Layer) -> Iterator[Layer]:
    """Yield the layers that contain no other layers, such as `Linear` and units, in order."""
    if hasattr(layer, "layers"):
        for part in layer.layers:
            yield from leaves(part)
    else:
        yield layer


def in_series(layer: Layer) -> Iterator[Layer]:
    """Yield the layers of nested chains in the order in which they are applied to data.

    A layer that contains others in another way, such as a `Residual` or a subclass of `Chain`,
    is yielded as a whole.
    """
    if type(layer) is Chain:
        for part in layer.layers:
            yield from in_series(part)
    else:
        yield layer


def flatten(net: Layer, cache: object) -> tuple[Chain, list]:
    """Return nested chains as one chain, and the list of the caches of its layers."""
    layers, caches = zip(*_pairs(net, cache), strict=True)
    return Chain(*layers), list(caches)


def _pairs(layer: Layer, cache: Any) -> list[tuple[Layer, Any]]:
    """Return every layer of nested chains with its cache, in the order of `in_series`."""
    if type(layer) is not Chain:
        return [(layer, cache)]
    return [pair for part in zip(layer.layers, cache, strict=True) for pair in _pairs(*part)]
