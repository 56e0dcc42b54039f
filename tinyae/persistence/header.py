"""Describing a model by a JSON text, and building a model from such a text.

The text names layers and settings of tinyae with their numbers; it contains no code. A text from a
file may be wrong or malicious, so the number of parameters that it asks for is compared with the
number in the file before any parameter is allocated.
"""

from __future__ import annotations

import dataclasses
import json

import numpy as np

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
from tinyae.nn.appended_columns import AppendedColumns, hollow_columns
from tinyae.nn.columns import FirstColumns
from tinyae.nn.layers import Chain, Layer, Linear, hollow, tied
from tinyae.nn.parameters import owners
from tinyae.nn.residual import Residual
from tinyae.nn.softmax import Softmax
from tinyae.nn.structure import widths
from tinyae.training.schedules import Cosine, WarmUp

VERSION = 1
LONGEST_HEADER = 1 << 20  # characters; a layer needs about 50
ACTIVATIONS = {c.__name__: c for c in (Identity, Sigmoid, Tanh, ReLU, Softplus, Softmax)}
SETTINGS = {
    c.__name__: c
    for c in (GaussianOutput, BernoulliOutput, CategoricalOutput, FixedGaussianOutput,
              DiagonalGaussianOutput, MixtureDensityOutput, GaussianNoise, MaskingNoise,
              SaltAndPepperNoise, L1, StudentT, KLSparsity, WeightDecay, Contractive,
              ReconstructionContractive, HigherOrderContractive, NoisyCode, GaussianCode,
              BernoulliCode, NoisySigmoidCode, Classifier, Cosine, WarmUp)
}  # fmt: skip


def describe(model: Autoencoder) -> str:
    """Return the text that describes the model, without its parameters.

    Raises
    ------
    TypeError
        If the model has a layer or setting that is not one of tinyae's.
    ValueError
        If the text would be too long for `build` to read.
    """
    seen: dict[int, int] = {}
    description = {
        "version": VERSION,
        "dtype": str(model.theta.dtype),
        "encoder": _layer_out(model.encoder, seen),
        "decoder": _layer_out(model.decoder, seen),
        "output": _setting_out(model.output),
        "corruption": _setting_out(model.corruption),
        "penalties": [_setting_out(p) for p in model.penalties],
        "code": _setting_out(model.code),
        "head": _setting_out(model.head),
    }
    header = json.dumps(description)
    if len(header) > LONGEST_HEADER:
        raise ValueError(
            f"this model has too many layers for a file: their description has {len(header)} "
            f"characters, at most {LONGEST_HEADER} are allowed; pickle the model instead"
        )
    return header


def build(header: str, stored: str, count: int) -> Autoencoder:
    """Return the described model with all parameters zero; the caller fills them in.

    The caller has `count` parameters of the dtype `stored`, such as "<f8". The layers are built
    without memory (`hollow`) until their number of parameters has been compared with `count`.

    Raises
    ------
    Exception
        Of any kind, if the text does not describe a model.
    ValueError
        If the text has another version, or asks for other parameters.
    """
    description = json.loads(header)
    if description["version"] != VERSION:
        raise ValueError(
            f"it has format version {description['version']}; this tinyae reads {VERSION}"
        )
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
    if (stored, count) != (np.dtype(dtype).newbyteorder("<").str, wanted):
        raise ValueError(f"it has {count} parameters of type {stored}, expected {wanted} {dtype}")
    return Autoencoder(
        encoder,
        decoder,
        output=_setting_in(description["output"]),
        corruption=_setting_in(description["corruption"]),
        penalties=[_setting_in(p) for p in description["penalties"]],
        code=_setting_in(description.get("code")),  # absent in old files
        head=head,
    )


def _layer_out(layer: Layer, seen: dict[int, int]):
    """Describe a layer. `seen` numbers the Linear layers; a tied layer names its source by it."""
    if type(layer) is Chain:
        return [_layer_out(part, seen) for part in layer.layers]
    if type(layer) is Residual:
        return {"residual": _layer_out(layer.layers[0], seen), "scale": layer.scale}
    if type(layer) is Linear:
        if id(layer) in seen:
            return {"again": seen[id(layer)]}
        if layer.source is not None and id(layer.source) not in seen:
            raise TypeError("a layer tied to a layer outside the model cannot be saved")
        source = None if layer.source is None else seen[id(layer.source)]
        seen[id(layer)] = len(seen)
        return {"d_in": layer.d_in, "d_out": layer.d_out, "tied_to": source}
    if type(layer) is AppendedColumns:
        return {"appended": layer.d_in}
    if type(layer) is FirstColumns:
        return {"first_of": layer.parts}
    if type(layer) is Softmax and layer.groups is not None:
        return {"softmax": list(layer.groups)}
    if ACTIVATIONS.get(type(layer).__name__) is type(layer):
        return {"activation": type(layer).__name__}
    name = type(layer).__name__
    raise TypeError(f"save can write layers of tinyae.nn only, not {name}: pickle the model")


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


def _setting_out(setting):
    """Describe a frozen setting field by field; numbers, strings and None are not changed.

    A tuple, such as the groups of a `CategoricalOutput`, becomes a list.
    """
    if isinstance(setting, np.generic):
        setting = setting.item()
    if setting is None or isinstance(setting, (bool, int, float, str)):
        return setting
    if isinstance(setting, tuple):
        return [_setting_out(part) for part in setting]
    if SETTINGS.get(type(setting).__name__) is not type(setting):
        raise TypeError(f"save can write the settings of tinyae only, not {setting!r}")
    fields = {f.name: _setting_out(getattr(setting, f.name)) for f in dataclasses.fields(setting)}
    return {"setting": type(setting).__name__, **fields}


def _setting_in(described):
    if isinstance(described, list):
        return tuple(_setting_in(part) for part in described)
    if not isinstance(described, dict):
        return described
    fields = {k: _setting_in(v) for k, v in described.items() if k != "setting"}
    return SETTINGS[described["setting"]](**fields)
