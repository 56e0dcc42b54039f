"""What a model computes, as layers in series: the form from which it is exported.

The parts are those of figure 14.1: an encoder from x to the code h, and a decoder from h to the
natural parameters a of the output, whose mean is the reconstruction r.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinyae.checks.arrays import kind_of
from tinyae.criterion.code import Code
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.classifier import SoftmaxClassifier
from tinyae.nn.activations import Identity
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model
from tinyae.nn.softmax import Softmax
from tinyae.nn.structure import leaves, widths
from tinyae.nn.trainable import inherits
from tinyae.sparse_coding.sparse_coder import SparseCoder

# What a subclass may compute in its own way, which its layers alone would not repeat.
METHODS = {
    Autoencoder: ("encode", "decode", "reconstruct", "mean_encoder", "classify"),
    SoftmaxClassifier: ("classify",),
    SparseCoder: ("encode", "decode", "reconstruct"),
}


@dataclass(frozen=True)
class Parts:
    """x -> u by `encoder`, u -> h by `code_mean`, h -> a by `decoder`, a -> r by `mean`.

    encoder: None for sparse coding, which has none.  code_mean: the identity unless the code is
    random.  decoder, mean: None if there is only an encoder.  code: the distribution of the code,
    or None.  head: the layer from the code to the logits of classes, or None.  d_in, d_code: widths
    of x and h.
    """

    encoder: Layer | None
    code_mean: Layer
    decoder: Layer | None
    mean: Layer | None
    code: Code | None
    head: Layer | None
    d_in: int
    d_code: int
    dtype: np.dtype


def parts_of(model: Model | Layer) -> Parts:
    """Return the parts of a model or of a single layer.

    Raises
    ------
    TypeError
        If it is no model or layer, if it is a complex copy, if it has no encoder and decoder, or if
        its class computes them by methods of its own.
    RuntimeError
        If the parameters are no longer views of theta.
    """
    if isinstance(model, Layer):
        d_in, d_out = widths(model, "layer")
        dtype = next(p.dtype for leaf in leaves(model) for p in leaf.params.values())
        return _real(Parts(model, Identity(), None, None, None, None, d_in, d_out, dtype))
    if not isinstance(model, Model):
        raise TypeError(
            "only a model such as Autoencoder.dense((784, 100)), or a layer such as Chain(...), "
            f"can be exported, got {kind_of(model)}"
            + ("; give its model_" if hasattr(model, "model_") else "")
        )
    model.check_packed()
    for base, methods in METHODS.items():
        if isinstance(model, base) and not inherits(model, base, *methods):
            raise TypeError(
                f"{type(model).__name__} cannot be exported: it has a method of its own among "
                f"{', '.join(methods)}, which its layers do not repeat. Export its layers instead, "
                "as in to_torch(model.encoder)"
            )
    if isinstance(model, SoftmaxClassifier):
        return _real(
            Parts(model.encoder, Identity(), model.parts["head"], Softmax(), None, None,
                  model.d_in, model.d_code, model.theta.dtype)
        )  # fmt: skip
    if isinstance(model, SparseCoder):
        return _real(
            Parts(model.encoder, Identity(), model.parts["dictionary"], Identity(), None, None,
                  model.d_in, model.d_code, model.theta.dtype)
        )  # fmt: skip
    found = _autoencoder(model)
    code_mean = Identity() if found.code is None else found.code.mean
    return _real(
        Parts(found.encoder, code_mean, found.decoder, found.output.mean, found.code,
              found.parts.get("head"), found.d_in, found.d_code, found.theta.dtype)
    )  # fmt: skip


def _autoencoder(model: Model) -> Autoencoder:
    """Return the model, or the autoencoder that its method `unfold` makes of it."""
    if isinstance(model, Autoencoder):
        return model
    unfolded = model.unfold() if hasattr(model, "unfold") else None
    if not isinstance(unfolded, Autoencoder):
        raise TypeError(
            f"{type(model).__name__} cannot be exported, because it has no encoder and decoder, "
            f"and no method unfold() that makes them. Export its layers instead: "
            f"{', '.join(f'model.parts[{name!r}]' for name in model.parts)}"
        )
    return unfolded


def _real(parts: Parts) -> Parts:
    """Return the parts if their dtype is float32 or float64."""
    if parts.dtype.kind != "f":
        raise TypeError(f"a model of dtype {parts.dtype} cannot be exported: give the real one")
    return parts
