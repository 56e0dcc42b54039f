"""Each layer as a module of PyTorch. This module imports torch."""

from __future__ import annotations

import torch

from tinyae.criterion.mixture_mean import MixtureMean
from tinyae.export import torch_modules as modules
from tinyae.nn.activations import Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.appended_columns import AppendedColumns
from tinyae.nn.columns import FirstColumns
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.residual import Residual
from tinyae.nn.softmax import Softmax
from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.gain import Gain

UNITS = {
    Identity: torch.nn.Identity,
    Sigmoid: torch.nn.Sigmoid,
    Tanh: torch.nn.Tanh,
    ReLU: torch.nn.ReLU,
}
# From this a on, PyTorch returns a for log(1 + exp(a)). Its default, 20, has an error of 2e-9.
SOFTPLUS_IS_LINEAR = 40.0

Made = dict[int, tuple[Layer, torch.nn.Module]]


def module_of(layer: Layer, made: Made) -> torch.nn.Module:
    """Return the module of a layer, with copies of its parameters.

    `made` has the modules of layers by their id, with the layers themselves. A layer that occurs
    twice, or that another one is tied to, has one module.

    Raises
    ------
    TypeError
        If the class of the layer is not known, and it has no method `to_torch`. A subclass of a
        known class may compute something else, so it needs the method too.
    """
    if id(layer) not in made:
        made[id(layer)] = (layer, _new(layer, made))
    return made[id(layer)][1]


def _new(layer: Layer, made: Made) -> torch.nn.Module:
    kind, p = type(layer), layer.params
    if hasattr(layer, "to_torch"):
        return _checked(layer.to_torch(), layer)
    if kind in UNITS:
        return UNITS[kind]()
    if type(layer) is Linear:
        if layer.source is None:
            return modules.linear(p["W"], p["b"])
        return modules.TiedLinear(module_of(layer.source, made), p["b"])
    if type(layer) is Chain:
        return torch.nn.Sequential(*(module_of(part, made) for part in layer.layers))
    if type(layer) is Softplus:
        return torch.nn.Softplus(threshold=SOFTPLUS_IS_LINEAR)
    if type(layer) is Softmax:
        if layer.groups is None:
            return torch.nn.Softmax(dim=-1)
        return modules.GroupedSoftmax(layer.groups)
    if type(layer) is Residual:
        return modules.Residual(module_of(layer.layers[0], made), layer.scale)
    if type(layer) is FirstColumns:
        return modules.FirstColumns(layer.parts)
    if type(layer) is AppendedColumns:
        return modules.AppendedColumns(p["s"])
    if type(layer) is MixtureMean:
        return modules.MixtureMean(layer.components, layer.diagonal)
    if type(layer) is Gain:
        return modules.Gain(p["g"])
    if type(layer) is Dictionary:
        return modules.Dictionary(p["D"])
    raise TypeError(
        f"to_torch knows no module for {layer!r}: give the class {kind.__name__} a method "
        "to_torch(self) that returns a torch.nn.Module with the same parameters and outputs"
    )


def _checked(module: object, layer: Layer) -> torch.nn.Module:
    """Return what the method `to_torch` of a layer gave, if it is a module."""
    if not isinstance(module, torch.nn.Module):
        raise TypeError(
            f"{type(layer).__name__}.to_torch must return a torch.nn.Module, got "
            f"{type(module).__name__}"
        )
    return module
