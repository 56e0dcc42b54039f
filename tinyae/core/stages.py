"""An autoencoder as the vectorized core sees it: affine maps in a row, each with a unit behind it.

What is not of that form, or has a slot the core does not know, is named in an `UnsupportedError`.
"""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import NDArray

from tinyae.core.noise import CORRUPTIONS
from tinyae.core.operations import UNITS
from tinyae.core.steps import OPTIMIZERS
from tinyae.criterion.contraction import Contractive
from tinyae.criterion.outputs import BernoulliOutput, GaussianOutput
from tinyae.criterion.penalties import L1, KLSparsity, WeightDecay
from tinyae.nn.activations import Elementwise, Identity, Sigmoid
from tinyae.nn.layers import Linear
from tinyae.nn.structure import in_series
from tinyae.nn.trainable import UnsupportedError


@dataclass(frozen=True)
class Stage:
    """An affine map, the unit after it, and the earlier stage whose W it shares, if it does."""

    layer: Linear
    unit: Elementwise
    source: int | None


def stages_of(model) -> tuple[list[Stage], int]:
    """Return the stages of encoder and decoder in series, and how many are the encoder's.

    Raises
    ------
    UnsupportedError
        With the name of the first thing that the core does not run.
    """
    stages: list[Stage] = []
    counts = []
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
                stages[-1] = Stage(stages[-1].layer, layer, stages[-1].source)
        counts.append(len(stages))
    sources = [stage.source for stage in stages if stage.source is not None]
    if len(set(sources)) < len(sources):
        raise UnsupportedError("a weight that more than two layers share")
    return stages, counts[0]


def check_supported(model, optimizer) -> None:
    """Raise UnsupportedError with the name of the first thing that the core does not run."""
    stages, encoders = stages_of(model)
    if type(model.output) not in (GaussianOutput, BernoulliOutput):
        raise UnsupportedError(f"the output {model.output!r}")
    if model.corruption is not None and type(model.corruption) not in CORRUPTIONS:
        raise UnsupportedError(f"the corruption {model.corruption!r}")
    if model.code is not None or model.head is not None:
        raise UnsupportedError("a noisy code" if model.code is not None else "a head")
    for penalty in model.penalties:
        if type(penalty) is Contractive and (penalty.probes is not None or encoders > 1):
            raise UnsupportedError("contraction other than the closed form of one layer")
        if type(penalty) is KLSparsity and type(stages[encoders - 1].unit) is not Sigmoid:
            raise UnsupportedError("KLSparsity on a code other than a sigmoid's")
        if type(penalty) not in (L1, KLSparsity, WeightDecay, Contractive):
            raise UnsupportedError(f"the penalty {penalty!r}")
    if type(optimizer) not in OPTIMIZERS:
        raise UnsupportedError(f"the optimizer {optimizer!r}")


def joined(arrays: dict[str, NDArray]) -> NDArray:
    """Return W and b, neighbours in theta (or grad), as one view [W; b] of shape (d_in + 1, d_out).

    With a one appended to x, x W + b is one product, and so are the gradients of both.
    """
    W, b = arrays["W"], arrays["b"]
    start = (W.ctypes.data - W.base.ctypes.data) // W.itemsize
    view = W.base[start : start + W.size + b.size].reshape(len(W) + 1, len(b))
    assert view[-1].ctypes.data == b.ctypes.data
    return view
