"""The layers of a fully connected encoder and of its mirrored decoder, from a list of widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike

from tinyae.checks.callers import warn_caller
from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, truth
from tinyae.criterion.code import Code
from tinyae.criterion.output import Output
from tinyae.nn.activations import Activation, Elementwise, as_unit
from tinyae.nn.dense import checked_sizes, half_of_mirror
from tinyae.nn.initializers import Glorot, Initializer, chosen
from tinyae.nn.layers import Chain, Layer, Linear, tied


def dense_layers(
    sizes: Sequence[int],
    activation: Activation,
    code_activation: Activation | None,
    *,
    code: Code | None = None,
    tied: bool,
    init: Initializer | None,
    rng: np.random.Generator | int,
    dtype: DTypeLike,
    output: Output | None = None,
) -> tuple[Chain, Chain]:
    """Return encoder and decoder for the widths from the input to the code.

    The encoder is Linear, unit, …, Linear, code unit; the decoder is its mirror image and ends in a
    Linear layer, which gives the natural parameters of the output. There are `output.units(d)` of
    them for d features, or d without an output. If the output has an `end`, this layer follows and
    gives the rest of them. The arguments are those of `Autoencoder.dense`.

    Raises
    ------
    ValueError
        If tied weights are wanted, but the last layer of the decoder has another width than x.

    Warns
    -----
    UserWarning
        If the widths are symmetric, because the decoder's widths were probably listed too.
    """
    sizes = checked_sizes(sizes, "width of the code", deep=True)
    if half := half_of_mirror(sizes):
        built = "-".join(map(str, [*sizes, *sizes[-2::-1]]))
        warn_caller(
            "the decoder is built automatically as the mirror image of the encoder, so "
            f"{tuple(sizes)} makes {built}, with a code of {sizes[-1]} numbers; if "
            f"{'-'.join(map(str, sizes))} is meant, write {half}"
        )
    tied = truth(tied, "tied")
    chosen(init, Glorot())
    dtype = real_dtype(dtype)
    width, end = _end(sizes[0], output, dtype)
    if tied and width != sizes[0]:
        raise ValueError(
            f"tied=True is not possible with {output!r}: it has {width} natural parameters for "
            f"{sizes[0]} features, so the decoder's last weights are no transpose of the encoder's "
            "first; use tied=False"
        )
    rng = generator(rng, "weights")
    hidden = as_unit(activation, "activation")
    linear = isinstance(code, Code) and code.linear
    last = None if linear else hidden
    if code_activation is not None:
        last = as_unit(code_activation, "code_activation")
    units = [hidden] * (len(sizes) - 2) + [last]
    given = [*sizes[:-1], code.units(sizes[-1]) if isinstance(code, Code) else sizes[-1]]
    if tied and given != sizes:
        raise ValueError(
            f"tied=True needs layers of mirrored widths, but {code!r} has {given[-1]} units for a "
            f"code of {sizes[-1]} numbers: use tied=False"
        )

    up: list[Layer] = []
    for d_in, d_out, unit in zip(given, given[1:], units, strict=False):
        start = chosen(init, Glorot(1.0 if unit is None else unit.gain))
        up += [Linear(d_in, d_out, rng=rng, init=start, dtype=dtype)]
        up += [unit] if unit is not None else []
    affine = cast(list[Linear], up[::2])

    down: list[Layer] = []
    for mirrored, unit in zip(reversed(affine), [hidden] * (len(sizes) - 2) + [None], strict=True):
        d_in = sizes[-1] if mirrored is affine[-1] else mirrored.d_out
        d_out = width if mirrored is affine[0] else mirrored.d_in
        down.append(_mirror(mirrored, d_in, d_out, unit, tied, init, rng, dtype))
        down += [unit] if unit is not None else []
    return Chain(*up), Chain(*down, *([] if end is None else [end]))


def _end(d: int, output: Output | None, dtype: np.dtype) -> tuple[int, Layer | None]:
    """Return the width of the decoder's last Linear layer, and the layer after it or None."""
    if not isinstance(output, Output):  # None, or what `check_slots` refuses
        return d, None
    end: Any = output.end(d, dtype)
    return (output.units(d) if end is None else end.d_in), end


def _mirror(
    layer: Linear,
    d_in: int,
    d_out: int,
    unit: Elementwise | None,
    share: bool,
    init: Initializer | None,
    rng: np.random.Generator,
    dtype: DTypeLike,
) -> Linear:
    """Return the decoder layer for an encoder layer: tied to it, or with widths of its own."""
    if share:
        return tied(layer)
    start = chosen(init, Glorot(1.0 if unit is None else unit.gain))
    return Linear(d_in, d_out, rng=rng, init=start, dtype=dtype)
