"""Checking the slots of an autoencoder, once, before its parameters are packed."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyae.criterion.code import Code
from tinyae.criterion.corruption import Corruption
from tinyae.criterion.output import Output
from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.layers import Layer
from tinyae.nn.softmax import Softmax
from tinyae.nn.structure import in_series, widths


def check_slots(
    encoder: Any,
    decoder: Any,
    output: object,
    corruption: object,
    code: object = None,
    head: object = None,
) -> None:
    """Raise for a class where an object belongs, a wrong object, or a mean applied twice."""
    if not isinstance(output, Output):
        raise TypeError(
            "output must be GaussianOutput(), BernoulliOutput(), CategoricalOutput() or an Output "
            f"of your own, got {output!r}"
        )
    if not (corruption is None or isinstance(corruption, Corruption)):
        raise TypeError(
            "corruption must be None, an object such as GaussianNoise(0.1) or a Corruption of your "
            f"own, got {corruption!r}"
        )
    if not (code is None or isinstance(code, Code)):
        raise TypeError(
            "code must be None, an object such as GaussianCode() or a Code of your own, "
            f"got {code!r}"
        )
    if isinstance(head, type) or not (head is None or hasattr(head, "loss_and_gradient")):
        raise TypeError(f"head must be None or Classifier(n), got {head!r}")
    if head is not None and code is not None and code.needs_costs:
        raise ValueError(
            f"{code!r} estimates its gradient from the reconstruction costs alone, so it cannot "
            "train a head: use BernoulliCode(straight_through=True), or head=None"
        )
    if code is not None and code.linear and _bent(last := _last(encoder)):
        raise ValueError(
            f"the units of a {type(code).__name__} may be any real numbers: let the encoder end in "
            f"a Linear layer, not in {last!r}"
        )
    last = _last(decoder)
    if _bent(last) and not isinstance(output.mean, Identity):
        what = "takes any real numbers as its parameters"
        if isinstance(output.mean, Elementwise | Softmax):
            what = f"applies its {type(output.mean).__name__.lower()} itself"
        raise ValueError(
            f"{output!r} {what}: let the decoder end in a Linear layer, not in {last!r}"
        )


def checked_widths(
    encoder: Layer, decoder: Layer, output: Output, code: Code | None
) -> tuple[int, int]:
    """Return (d_in, d_code). Raise ValueError if the layers and the slots do not fit together."""
    d_in, units = widths(encoder, "encoder")
    d_code, d_out = widths(decoder, "decoder")
    wanted = d_code if code is None else code.units(d_code)
    if units != wanted and code is None:
        raise ValueError(f"the decoder takes {d_code} features but is given a code of {units}")
    if units != wanted:
        raise ValueError(
            f"a {type(code).__name__} of {d_code} numbers, which the decoder takes, needs an "
            f"encoder that gives {wanted}, got {units}"
        )
    if d_out != output.units(d_in):
        raise ValueError(
            f"the decoder gives {d_out} numbers for {d_in} features, but {output!r} needs "
            f"{output.units(d_in)}: {output.natural(d_in)}"
        )
    end = output.end(d_in, np.float64)
    if end is not None and type(_last(decoder)) is not type(end):
        raise ValueError(
            f"{output!r} needs a decoder that ends in {end!r}, which holds parameters that are "
            f"equal for all examples, got {_last(decoder)!r}"
        )
    return d_in, d_code


def _last(layer: Layer) -> Layer:
    """Return the layer that is applied last."""
    *_, last = in_series(layer)
    return last


def _bent(layer: Layer) -> bool:
    """Whether a layer is a unit other than the identity."""
    return isinstance(layer, Elementwise | Softmax) and not isinstance(layer, Identity)
