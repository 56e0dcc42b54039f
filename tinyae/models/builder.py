"""From a list of widths to the layers of a dense encoder and its mirrored decoder."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from tinyae.nn.activations import Elementwise
from tinyae.nn.arrays import length_of
from tinyae.nn.checks import generator, real_dtype, whole_number
from tinyae.nn.initializers import Glorot, Initializer, chosen
from tinyae.nn.layers import Chain, Layer, Linear, tied

Activation = type[Elementwise] | Elementwise


def dense_layers(
    sizes: Sequence[int],
    activation: Activation,
    code_activation: Activation | None,
    *,
    tied: bool,
    init: Initializer | None,
    rng: np.random.Generator | int,
    dtype: DTypeLike,
) -> tuple[Chain, Chain]:
    """Return encoder and decoder for the widths from the input to the code.

    The encoder is Linear, unit, …, Linear, code unit; the decoder is its mirror image and ends in a
    Linear layer, the natural parameters of the output. The arguments are those of
    `Autoencoder.dense`.

    Warns
    -----
    UserWarning
        If the widths read the same from both ends: the mirror image was probably written out.
    """
    if length_of(sizes) < 2:
        raise ValueError(
            f"sizes must list at least the input's and the code's width, as in (784, 256); "
            f"got {sizes!r}"
        )
    sizes = [whole_number(s, f"sizes[{i}]") for i, s in enumerate(sizes)]
    if half := half_of_mirror(sizes):
        built = "-".join(map(str, [*sizes, *sizes[-2::-1]]))
        warnings.warn(
            f"the decoder is built by itself as the mirror image of sizes, so {tuple(sizes)} makes "
            f"{built}, with a code of {sizes[-1]} numbers; if {'-'.join(map(str, sizes))} is "
            f"meant, write {half}",
            UserWarning,
            stacklevel=3,  # who called `dense`
        )
    if not isinstance(tied, (bool, np.bool_)):
        raise TypeError(f"tied must be True or False, got {tied!r:.60}")
    chosen(init, Glorot())
    dtype = real_dtype(dtype)
    rng = generator(rng, "weights")
    hidden = as_unit(activation, "activation")
    code = hidden if code_activation is None else as_unit(code_activation, "code_activation")
    units = [hidden] * (len(sizes) - 2) + [code]

    up: list[Layer] = []
    for d_in, d_out, unit in zip(sizes, sizes[1:], units, strict=False):
        start = chosen(init, Glorot(unit.gain))
        up += [Linear(d_in, d_out, rng=rng, init=start, dtype=dtype), unit]
    affine = up[::2]

    down: list[Layer] = []
    for mirrored, unit in zip(reversed(affine), [hidden] * (len(sizes) - 2) + [None], strict=True):
        down.append(_mirror(mirrored, unit, tied, init, rng, dtype))
        down += [unit] if unit is not None else []
    return Chain(*up), Chain(*down)


def half_of_mirror(sizes: Sequence[int]) -> tuple[int, ...] | None:
    """Return the first half of three or more widths that read the same from both ends, else None.

    (784, 128, 64, 128, 784) gives (784, 128, 64).
    """
    if len(sizes) < 3 or list(sizes) != list(sizes)[::-1]:
        return None
    return tuple(sizes[: (len(sizes) + 1) // 2])


def two_widths(sizes: Sequence[int], second: str) -> tuple[int, int]:
    """Return sizes = (width of x, `second`) as whole numbers, or say what was written instead."""
    if length_of(sizes) != 2:
        text = f"sizes must be (width of x, {second}), got {sizes!r}"
        if isinstance(sizes, (tuple, list, np.ndarray)) and (half := half_of_mirror(sizes)):
            text += f"; the way back to x is built by itself: write {half}" * (len(half) == 2)
        raise ValueError(text)
    return whole_number(sizes[0], "sizes[0]"), whole_number(sizes[1], "sizes[1]")


def _mirror(layer, unit, share, init, rng, dtype):
    """The decoder's counterpart of an encoder layer: its transpose, or a layer of its own."""
    if share:
        return tied(layer)
    start = chosen(init, Glorot(1.0 if unit is None else unit.gain))
    return Linear(layer.d_out, layer.d_in, rng=rng, init=start, dtype=dtype)


def as_unit(activation: Activation, name: str) -> Elementwise:
    """Return an activation object for a class or an object."""
    if isinstance(activation, type) and issubclass(activation, Elementwise):
        return activation()
    if isinstance(activation, Elementwise):
        return activation
    raise TypeError(
        f"{name} must be Identity, Sigmoid, Tanh, ReLU, Softplus or your own Elementwise, "
        f"got {activation!r}"
    )
