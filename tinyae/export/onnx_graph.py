"""A graph of ONNX operators that is built one operator after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

OPSET = 17  # version of the operators; onnxruntime has had it since 1.12 (2022)
IR_VERSION = 8  # version of the file format that belongs to it


class Graph:
    """Operators and constants of one dtype. Names of values are texts.

    A layer of your own is given this object: `layer.to_onnx(graph, x)` gets the name of its input
    and returns the name of its output, made by `graph.add` and `graph.constant`.
    """

    def __init__(self, dtype: np.dtype):
        import onnx

        self.onnx, self.dtype = onnx, np.dtype(dtype)
        self.nodes: list = []
        self.constants: dict[str, NDArray] = {}
        self.widths: dict[str, int] = {}

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: object) -> str:
        """Add one operator, such as "Tanh", to the graph and return the name of its output."""
        name = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operator, inputs, [name], **attributes))
        return name

    def constant(self, values: ArrayLike, name: str = "c") -> str:
        """Add an array to the graph and return its name. Floats get the dtype of the graph."""
        array = np.asarray(values)
        array = array.astype(self.dtype) if array.dtype.kind == "f" else array.astype(np.int64)
        found = f"{name}_{len(self.constants)}"
        self.constants[found] = np.array(array, order="C")
        return found

    def columns(self, x: str, start: int, stop: int) -> str:
        """Return the columns start, …, stop − 1 of x (n, d)."""
        ends = (self.constant([value], name) for value, name in
                ((start, "start"), (stop, "stop"), (1, "axis")))  # fmt: skip
        return self.add("Slice", x, *ends)

    def model(self, inputs: dict[str, int], outputs: dict[str, int]) -> Any:
        """Return the checked model. Inputs and outputs are (n, width), by name, with any n."""
        helper, kinds = self.onnx.helper, self.onnx.TensorProto
        kind = kinds.FLOAT if self.dtype == np.float32 else kinds.DOUBLE

        def tables(widths: dict[str, int]) -> list:
            return [helper.make_tensor_value_info(name, kind, ["n", d])
                    for name, d in widths.items()]  # fmt: skip

        arrays = [self.onnx.numpy_helper.from_array(a, name) for name, a in self.constants.items()]
        graph = helper.make_graph(self.nodes, "tinyae", tables(inputs), tables(outputs), arrays)
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION,
                                  producer_name="tinyae")  # fmt: skip
        self.onnx.checker.check_model(model, full_check=True)
        return model
