"""Reading the model files of format version 1, which held one autoencoder each.

Their header is a JSON text that names layers and settings of tinyae with their numbers. It may be
wrong or malicious, so the number of parameters that it asks for is compared with the number in the
file before any parameter is allocated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.bernoulli_code import BernoulliCode
from tinyae.criterion.code import NoisyCode
from tinyae.criterion.contraction import Contractive, ReconstructionContractive
from tinyae.criterion.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.criterion.curvature import HigherOrderContractive
from tinyae.criterion.gaussian_code import GaussianCode
from tinyae.criterion.gaussian_outputs import DiagonalGaussianOutput, FixedGaussianOutput
from tinyae.criterion.head import Classifier
from tinyae.criterion.mixture_output import MixtureDensityOutput
from tinyae.criterion.noisy_sigmoid_code import NoisySigmoidCode
from tinyae.criterion.outputs import BernoulliOutput, CategoricalOutput, GaussianOutput
from tinyae.criterion.penalties import L1, KLSparsity, StudentT, WeightDecay
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.activations import Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.appended_columns import hollow_columns
from tinyae.nn.columns import FirstColumns
from tinyae.nn.layers import Chain, Layer, Linear, hollow, tied
from tinyae.nn.parameters import owners
from tinyae.nn.residual import Residual
from tinyae.nn.softmax import Softmax
from tinyae.nn.structure import widths
from tinyae.training.schedules import Cosine, WarmUp

ACTIVATIONS = {c.__name__: c for c in (Identity, Sigmoid, Tanh, ReLU, Softplus, Softmax)}
SETTINGS = {
    c.__name__: c
    for c in (GaussianOutput, BernoulliOutput, CategoricalOutput, FixedGaussianOutput,
              DiagonalGaussianOutput, MixtureDensityOutput, GaussianNoise, MaskingNoise,
              SaltAndPepperNoise, L1, StudentT, KLSparsity, WeightDecay, Contractive,
              ReconstructionContractive, HigherOrderContractive, NoisyCode, GaussianCode,
              BernoulliCode, NoisySigmoidCode, Classifier, Cosine, WarmUp)
}  # fmt: skip


def build(description: dict, arrays: dict[str, NDArray]) -> Autoencoder:
    """Return the autoencoder of a file with this header and these arrays.

    The layers are built without memory (`hollow`) until their number of parameters has been
    compared with that in the file.

    Raises
    ------
    ValueError
        If they do not describe an autoencoder.
    """
    if arrays.keys() != {"theta"}:
        raise ValueError(f"it holds {', '.join(sorted(arrays)) or 'nothing'}, expected theta")
    try:
        model = _hollow_model(description, arrays["theta"])
    except MemoryError:  # the file has the right size, but memory is too small
        raise
    except Exception as error:  # a wrong description can cause any exception
        raise error if type(error) is ValueError else ValueError(repr(error)) from error
    if not np.isfinite(arrays["theta"]).all():
        raise ValueError("it has parameters that are NaN or infinite; they must be finite")
    model.theta[...] = arrays["theta"]
    return model


def _hollow_model(description: dict, theta: NDArray) -> Autoencoder:
    """Return the described model, with all parameters zero."""
    dtype = description["dtype"]
    if dtype not in ("float32", "float64"):
        raise ValueError(f"its dtype is {dtype!r}, expected float32 or float64")
    seen: list[Linear] = []
    encoder = _layer_in(description["encoder"], dtype, seen)
    decoder = _layer_in(description["decoder"], dtype, seen)
    head = _setting_in(description["head"])
    wanted = sum(layer.params[key].size for layer, key in owners(encoder, decoder))
    if head is not None:
        wanted += head.classes * (widths(decoder, "decoder")[0] + 1)
    if theta.dtype != dtype or theta.shape != (wanted,):
        raise ValueError(
            f"it has {theta.shape} parameters {theta.dtype}, expected {wanted} {dtype}"
        )
    return Autoencoder(
        encoder,
        decoder,
        output=_setting_in(description["output"]),
        corruption=_setting_in(description["corruption"]),
        penalties=[_setting_in(p) for p in description["penalties"]],
        code=_setting_in(description.get("code")),  # absent in old files
        head=head,
    )


def _layer_in(described, dtype: str, seen: list[Linear]) -> Layer:
    if isinstance(described, list):
        return Chain(*(_layer_in(part, dtype, seen) for part in described))
    if "residual" in described:
        return Residual(_layer_in(described["residual"], dtype, seen), described["scale"])
    if "appended" in described:
        return hollow_columns(described["appended"], dtype)
    if "first_of" in described:
        return FirstColumns(described["first_of"])
    if "softmax" in described:
        return Softmax(described["softmax"])
    if "activation" in described:
        return ACTIVATIONS[described["activation"]]()
    if "again" in described:
        return seen[described["again"]]
    if described["tied_to"] is not None:
        seen.append(tied(seen[described["tied_to"]]))
    else:
        seen.append(hollow(described["d_in"], described["d_out"], dtype))
    return seen[-1]


def _setting_in(described):
    if isinstance(described, list):
        return tuple(_setting_in(part) for part in described)
    if not isinstance(described, dict):
        return described
    fields = {k: _setting_in(v) for k, v in described.items() if k != "setting"}
    return SETTINGS[described["setting"]](**fields)
