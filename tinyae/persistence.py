"""Save a model in one file and load it again: plain arrays and a description, no code.

The file is an .npz with two entries: `header`, a JSON text that says how the model is built, and
`theta`, all of its parameters. A checksum over both guards against a damaged or altered file, and
writing goes through a temporary file, so that a file is either the old one or the new one, whole.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import secrets
import zipfile
from pathlib import Path

import numpy as np

from tinyae.models.autoencoder import Autoencoder
from tinyae.models.classifier import Classifier
from tinyae.nn.activations import Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.codes import NoisyCode
from tinyae.nn.contraction import Contractive, ReconstructionContractive
from tinyae.nn.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.nn.curvature import HigherOrderContractive
from tinyae.nn.layers import Chain, Layer, Linear, tied
from tinyae.nn.outputs import BernoulliOutput, CategoricalOutput, GaussianOutput
from tinyae.nn.penalties import L1, KLSparsity, StudentT, WeightDecay
from tinyae.nn.residual import Residual
from tinyae.nn.settings import Cosine
from tinyae.nn.softmax import Softmax

VERSION = 1
ACTIVATIONS = {c.__name__: c for c in (Identity, Sigmoid, Tanh, ReLU, Softplus, Softmax)}
SETTINGS = {
    c.__name__: c
    for c in (GaussianOutput, BernoulliOutput, CategoricalOutput, GaussianNoise, MaskingNoise,
              SaltAndPepperNoise, L1, StudentT, KLSparsity, WeightDecay, Contractive,
              ReconstructionContractive, HigherOrderContractive, NoisyCode, Classifier, Cosine)
}  # fmt: skip


def save(model: Autoencoder, path: str | os.PathLike) -> Path:
    """Write the model to `path` (".npz" is appended if missing) and return that path.

    Raises
    ------
    TypeError
        If the model has a layer or setting of your own, or a setting that is a bare function: a
        file holds no code. Such a model can be pickled instead.
    """
    if type(model) is not Autoencoder:
        raise TypeError(
            f"save writes an Autoencoder, got {type(model).__name__}; other models can be pickled"
        )
    if model.theta.dtype.kind != "f":
        raise TypeError("save got a complex copy of a model, which only gradcheck has a use for")
    model.check_packed()
    path = _with_suffix(path)
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
    digest = _digest(header, model.theta)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(temporary, "xb") as stream:
            np.savez(stream, header=np.array(header), theta=model.theta, digest=np.array(digest))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def load(path: str | os.PathLike) -> Autoencoder:
    """Return the model that `save` wrote to `path` (".npz" is appended if missing).

    Raises
    ------
    ValueError
        If the file is not one of ours, was cut short or altered, or is of a newer version.
    """
    path = _with_suffix(path)
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            header, theta, digest = str(file["header"]), file["theta"], str(file["digest"])
    except (ValueError, KeyError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not a whole tinyae model file: {error}") from error
    if _digest(header, theta) != digest:
        raise ValueError(f"{path} was altered after it was saved: its checksum does not match")
    try:
        description = json.loads(header)
        version = description["version"]
        model = _build(description) if version == VERSION else None
    except (KeyError, TypeError, IndexError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{path} does not describe a model: {error!r}") from error
    if model is None:
        raise ValueError(f"{path} has format version {version}; this tinyae reads {VERSION}")
    wanted = (model.theta.shape, model.theta.dtype)
    if (theta.shape, theta.dtype) != wanted or not np.isfinite(theta).all():
        raise ValueError(
            f"{path} has parameters {theta.shape} {theta.dtype}, expected {wanted}, finite"
        )
    model.theta[...] = theta
    return model


def _build(description: dict) -> Autoencoder:
    seen: list[Linear] = []
    return Autoencoder(
        _layer_in(description["encoder"], description["dtype"], seen),
        _layer_in(description["decoder"], description["dtype"], seen),
        output=_setting_in(description["output"]),
        corruption=_setting_in(description["corruption"]),
        penalties=[_setting_in(p) for p in description["penalties"]],
        code=_setting_in(description.get("code")),  # files written before there was one
        head=_setting_in(description["head"]),
    )


def _with_suffix(path: str | os.PathLike) -> Path:
    path = Path(path)
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")


def _digest(header: str, theta: np.ndarray) -> str:
    return hashlib.sha256(header.encode() + theta.tobytes()).hexdigest()


def _layer_out(layer: Layer, seen: dict[int, int]):
    """Describe a layer; `seen` numbers the Linear ones, so that a tied one can name its source."""
    if isinstance(layer, Chain):
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
    if ACTIVATIONS.get(type(layer).__name__) is type(layer):
        return {"activation": type(layer).__name__}
    raise TypeError(f"save knows the layers of tinyae only, not {type(layer).__name__}")


def _layer_in(described, dtype: str, seen: list[Linear]) -> Layer:
    if isinstance(described, list):
        return Chain(*(_layer_in(part, dtype, seen) for part in described))
    if "residual" in described:
        return Residual(_layer_in(described["residual"], dtype, seen), described["scale"])
    if "activation" in described:
        return ACTIVATIONS[described["activation"]]()
    if "again" in described:
        return seen[described["again"]]
    if described["tied_to"] is not None:
        seen.append(tied(seen[described["tied_to"]]))
    else:
        seen.append(Linear(described["d_in"], described["d_out"], rng=0, dtype=dtype))
    return seen[-1]


def _setting_out(setting):
    """Describe a frozen setting, field by field; numbers, text and None stand for themselves."""
    if isinstance(setting, np.generic):
        setting = setting.item()
    if setting is None or isinstance(setting, (bool, int, float, str)):
        return setting
    if SETTINGS.get(type(setting).__name__) is not type(setting):
        raise TypeError(f"save knows the settings of tinyae only, not {setting!r}")
    fields = {f.name: _setting_out(getattr(setting, f.name)) for f in dataclasses.fields(setting)}
    return {"setting": type(setting).__name__, **fields}


def _setting_in(described):
    if not isinstance(described, dict):
        return described
    fields = {k: _setting_in(v) for k, v in described.items() if k != "setting"}
    return SETTINGS[described["setting"]](**fields)
