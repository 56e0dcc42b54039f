"""The form of an autoencoder for the vectorized core: affine maps in series, each with a unit.

For a model that does not have this form, an `UnsupportedError` names the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from tinyae.core.units import UNITS
from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.layers import Linear
from tinyae.nn.structure import in_series
from tinyae.nn.trainable import UnsupportedError


@dataclass(frozen=True)
class Stage:
    """An affine map, the unit after it, and the index of the stage whose W it shares, or None."""

    layer: Linear
    unit: Elementwise
    source: int | None


def stages_of(model: Any) -> tuple[list[Stage], int]:
    """Return the stages of encoder and decoder in series, and the number of the encoder's.

    Raises
    ------
    UnsupportedError
        Naming the first part that the core does not support.
    """
    stages: list[Stage] = []
    counts: list[int] = []
    for part in (model.encoder, model.decoder):
        for layer in in_series(part):
            if type(layer) is Linear:
                known = [stage.layer for stage in stages]
                if any(layer is other for other in known):
                    raise UnsupportedError("a layer that is used twice")
                if layer.source is not None and layer.source.source is not None:
                    raise UnsupportedError("a layer that is tied to a tied one")
                if layer.source is not None and not any(layer.source is o for o in known):
                    raise UnsupportedError("a layer that is tied to one outside the model")
                source = None if layer.source is None else known.index(layer.source)
                stages.append(Stage(layer, Identity(), source))
            elif type(layer) not in UNITS:
                raise UnsupportedError(f"layers of class {type(layer).__name__}")
            elif len(stages) == sum(counts) or type(stages[-1].unit) is not Identity:
                raise UnsupportedError(f"{layer!r} without an affine map before it")
            else:
                stages[-1] = Stage(stages[-1].layer, cast(Elementwise, layer), stages[-1].source)
        counts.append(len(stages))
    units, numbers = stages[counts[0] - 1].layer.d_out, stages[counts[0]].layer.d_in
    if units != (numbers if model.code is None else model.code.units(numbers)):
        raise UnsupportedError(f"an encoder of {units} units before a decoder of {numbers} inputs")
    sources = [stage.source for stage in stages if stage.source is not None]
    if len(set(sources)) < len(sources):
        raise UnsupportedError("a weight that more than two layers share")
    return stages, counts[0]
