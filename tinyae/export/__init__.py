"""Models in other libraries: as a module of PyTorch, and as an ONNX file.

to_onnx   write the encoder, the decoder or both of a model as an ONNX file
to_torch  a torch.nn.Module with the same weights and outputs

Both are optional extras, `torch` and `onnx`. Nothing is imported before one of them is called. A
layer of your own takes part by a method: `to_torch()` returns its module, and
`to_onnx(graph, x)` adds its operators to the graph and returns the name of its output.

Modules:

to_torch.py       to_torch
to_onnx.py        to_onnx
parts.py          what a model computes, as layers in series
torch_network.py  the module that to_torch returns
torch_layers.py   each layer as a module
torch_modules.py  modules of layers that PyTorch does not have
torch_codes.py    samples of stochastic codes, given the noise
onnx_graph.py     a graph of ONNX operators
onnx_layers.py    each layer as operators
"""

from tinyae.export.to_onnx import to_onnx
from tinyae.export.to_torch import to_torch

__all__ = ["to_onnx", "to_torch"]
