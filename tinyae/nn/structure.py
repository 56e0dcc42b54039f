"""How a network is put together: its leaves, its layers in series, its widths."""

from __future__ import annotations

from collections.abc import Iterator

from tinyae.nn.activations import Elementwise
from tinyae.nn.layers import Chain, Layer, Linear


def widths(layer: Layer, name: str) -> tuple[int, int]:
    """Return (d_in, d_out) of a layer after checking that its parts fit onto each other."""
    if not isinstance(layer, Layer):
        raise TypeError(f"the {name} must be a layer such as Chain(...), got {layer!r}")
    affine = [leaf for leaf in leaves(layer) if hasattr(leaf, "d_in")]  # a unit keeps the width
    if not affine:
        raise ValueError(f"the {name} needs at least one Linear layer, got {layer!r}")
    for below, above in zip(affine, affine[1:], strict=False):
        if above.d_in != below.d_out:
            raise ValueError(f"{above!r} takes {above.d_in} features but is given {below.d_out}")
    return affine[0].d_in, affine[-1].d_out


def widths_of(encoder: Layer, decoder: Layer) -> tuple[int, int]:
    """Return (d_in, d_code) after checking that encoder and decoder fit together."""
    d_in, d_code = widths(encoder, "encoder")
    code, d_out = widths(decoder, "decoder")
    if code != d_code:
        raise ValueError(f"the decoder takes {code} features but is given a code of {d_code}")
    if d_out != d_in:
        raise ValueError(f"the decoder gives {d_out} numbers for {d_in} features")
    return d_in, d_code


def dense_pair(net: Layer) -> tuple[Linear, Elementwise] | None:
    """Return (linear, unit) if `net` is exactly one affine map followed by one unit, else None.

    Chains inside chains count as one. A subclass of `Linear` may be another map, a masked one for
    instance, and a chain of a class of its own may do more: the answer for these is None.
    """
    layers = list(in_series(net))
    if len(layers) != 2 or type(layers[0]) is not Linear or not isinstance(layers[1], Elementwise):
        return None
    return layers[0], layers[1]


def leaves(layer: Layer) -> Iterator[Layer]:
    """Yield the layers that hold parameters of their own or none, inside whatever holds them."""
    if hasattr(layer, "layers"):
        for part in layer.layers:
            yield from leaves(part)
    else:
        yield layer


def in_series(layer: Layer) -> Iterator[Layer]:
    """Yield the layers of nested chains in the order in which data meets them.

    A layer that holds others in another way, such as a `Residual` or a chain of a class of its own,
    is one of them.
    """
    if type(layer) is Chain:
        for part in layer.layers:
            yield from in_series(part)
    else:
        yield layer


def flatten(net: Layer, cache: object) -> tuple[Chain, list]:
    """Return chains inside chains as one chain, and the list of the caches of its layers."""
    layers, caches = zip(*_pairs(net, cache), strict=True)
    return Chain(*layers), list(caches)


def _pairs(layer: Layer, cache: object) -> list[tuple[Layer, object]]:
    """Every layer of nested chains with its cache, as `in_series` yields them."""
    if type(layer) is not Chain:
        return [(layer, cache)]
    return [pair for part in zip(layer.layers, cache, strict=True) for pair in _pairs(*part)]
