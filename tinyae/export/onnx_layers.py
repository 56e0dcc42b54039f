"""Each layer as ONNX operators.

An operator is used only if onnxruntime has it for float32 and for float64. It has no Softplus for
float64, so this unit is composed of simpler operators.
"""

from __future__ import annotations

from tinyae.criterion.mixture_mean import MixtureMean
from tinyae.export.onnx_graph import Graph
from tinyae.nn.activations import Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.appended_columns import AppendedColumns
from tinyae.nn.columns import FirstColumns
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.residual import Residual
from tinyae.nn.softmax import Softmax, columns
from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.gain import Gain

UNITS = {Sigmoid: "Sigmoid", Tanh: "Tanh", ReLU: "Relu"}


def add_layer(graph: Graph, layer: Layer, x: str, d: int) -> tuple[str, int]:
    """Add a layer whose input x has d columns; return the name and the width of its output.

    Raises
    ------
    TypeError
        If the class of the layer is not known, and it has no method `to_onnx`.
    """
    kind, p = type(layer), layer.params
    if hasattr(layer, "to_onnx"):
        return _checked(layer.to_onnx(graph, x), layer), _width(layer, d)
    if type(layer) is Chain:
        for part in layer.layers:
            x, d = add_layer(graph, part, x, d)
        return x, d
    if type(layer) is Identity:
        return x, d
    if kind in UNITS:
        return graph.add(UNITS[kind], x), d
    if type(layer) is Softplus:
        return _softplus(graph, x), d
    if type(layer) is Linear:
        W, b = graph.constant(p["W"], "W"), graph.constant(p["b"], "b")
        return graph.add("Gemm", x, W, b), layer.d_out
    if type(layer) is Dictionary:
        return graph.add("MatMul", x, graph.constant(p["D"], "D")), layer.d_out
    if type(layer) is Gain:
        return graph.add("Mul", x, graph.constant(p["g"], "g")), d
    if type(layer) is Residual:
        y, _ = add_layer(graph, layer.layers[0], x, d)
        return graph.add("Mul", graph.add("Sub", y, x), graph.constant(layer.scale)), d
    if type(layer) is FirstColumns:
        return graph.columns(x, 0, layer.width(d)), layer.width(d)
    if type(layer) is AppendedColumns:
        s = graph.add("Expand", graph.constant(p["s"], "s"), graph.add("Shape", x))
        return graph.add("Concat", x, s, axis=1), 2 * d
    if type(layer) is Softmax:
        return _softmax(graph, layer, x, d), d
    if type(layer) is MixtureMean:
        return _mixture_mean(graph, layer, x, d)
    raise TypeError(
        f"to_onnx knows no operators for {layer!r}: give the class {kind.__name__} a method "
        "to_onnx(self, graph, x) that adds them with graph.add and returns the name of the output"
    )


def _softplus(graph: Graph, a: str) -> str:
    """log(1 + exp(a)) = max(a, 0) + log(1 + exp(−|a|))."""
    small = graph.add("Exp", graph.add("Neg", graph.add("Abs", a)))
    rest = graph.add("Log", graph.add("Add", small, graph.constant(1.0, "one")))
    return graph.add("Add", graph.add("Relu", a), rest)


def _softmax(graph: Graph, layer: Softmax, a: str, d: int) -> str:
    """The softmax of each group of columns, side by side."""
    if layer.groups is None:
        return graph.add("Softmax", a, axis=1)
    parts = [graph.columns(a, part.start, part.stop) for part in columns(layer.groups, d)]
    return graph.add("Concat", *(graph.add("Softmax", part, axis=1) for part in parts), axis=1)


def _mixture_mean(graph: Graph, layer: MixtureMean, a: str, width: int) -> tuple[str, int]:
    """Σ_k π_k μ_k as a product of π (n, 1, K) and μ (n, K, d)."""
    K = layer.components
    each = width // K
    d = (each - 1) // 2 if layer.diagonal else each - 2
    pi = graph.add("Softmax", graph.columns(a, 0, K), axis=1)
    pi = graph.add("Reshape", pi, graph.constant([0, 1, K], "shape"))
    mu = graph.columns(a, K, K + K * d)
    mu = graph.add("Reshape", mu, graph.constant([0, K, d], "shape"))
    mean = graph.add("MatMul", pi, mu)
    return graph.add("Reshape", mean, graph.constant([0, d], "shape")), d


def _width(layer: Layer, d: int) -> int:
    """Return the width of the output of a layer of one's own; without d_out it is that of x."""
    return getattr(layer, "d_out", d)


def _checked(name: object, layer: Layer) -> str:
    """Return what the method `to_onnx` of a layer gave, if it is a name."""
    if not isinstance(name, str):
        raise TypeError(
            f"{type(layer).__name__}.to_onnx must return the name of its output, as graph.add "
            f"does, got {type(name).__name__}"
        )
    return name
