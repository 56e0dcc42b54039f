"""A model as an ONNX file, which other programs and languages run without Python (figure 14.1)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tinyae.export.onnx_graph import Graph
from tinyae.export.onnx_layers import add_layer
from tinyae.export.parts import Parts, parts_of
from tinyae.files.paths import path_of
from tinyae.nn.layers import Chain, Layer
from tinyae.nn.model import Model

PARTS = ("encoder", "decoder", "both")


def to_onnx(model: Model | Layer, path: str | os.PathLike, *, part: str = "both") -> Path:
    """Write the encoder, the decoder or both as an ONNX file, and return its path.

    The file has the weights in the dtype of the model, and the operators of the mean path: without
    corruption, and with the mean of a random code. The number of rows n is open. Weights of tied
    layers are stored twice.

    Parameters
    ----------
    model : as for `to_torch`. A layer of your own takes part if it has a method
        `to_onnx(graph, x)`: it gets the name of its input, adds operators with
        `graph.add("Tanh", x)` and arrays with `graph.constant(values)`, and returns the name of its
        output. If its output has another width than its input, it also has `d_in` and `d_out`
    path : name of the file, such as "model.onnx". The file is written completely or not at all
    part : "encoder" is x (n, d) -> h (n, k), "decoder" is h -> r (n, d), and "both" is x -> r and
        h. A single layer is x -> h, with "both" and with "encoder". For a `SoftmaxClassifier` r is
        p(y | x)

    Raises
    ------
    ModuleNotFoundError
        If the package onnx is not installed.
    TypeError, ValueError
        If the model or a layer in it cannot be exported, or it has no such part.

    Examples
    --------
    >>> to_onnx(model, "model.onnx", part="encoder")
    >>> session = onnxruntime.InferenceSession("model.onnx")
    >>> (h,) = session.run(None, {"x": x})
    """
    if not isinstance(part, str) or part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}, got {part!r:.60}")
    target = path_of(path)
    parts = parts_of(model)
    try:
        import onnx  # noqa: F401 (only whether it is there)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'to_onnx needs the package onnx, an optional extra: pip install "tinyae[onnx]"'
        ) from error
    data = _model(parts, part).SerializeToString()
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        unfinished.write_bytes(data)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def _model(parts: Parts, part: str) -> Any:
    """Return the checked ONNX model of a part."""
    graph = Graph(parts.dtype)
    outputs: dict[str, int] = {}
    if part == "decoder":
        inputs = {"h": parts.d_code}
    else:
        if parts.encoder is None:
            raise ValueError('this model is sparse coding and has no encoder: give part="decoder"')
        inputs = {"x": parts.d_in}
        encoder = Chain(parts.encoder, parts.code_mean)
        outputs["h"] = _add(graph, encoder, "x", parts.d_in, "h")
    if part != "encoder" and parts.decoder is not None and parts.mean is not None:
        decoder = Chain(parts.decoder, parts.mean)
        outputs = {"r": _add(graph, decoder, "h", parts.d_code, "r"), **outputs}
    elif part == "decoder":
        raise ValueError('a single layer has no decoder: give part="encoder"')
    return graph.model(inputs, outputs)


def _add(graph: Graph, layer: Layer, x: str, d: int, name: str) -> int:
    """Add a layer whose output has this name, and return the width of the output."""
    y, width = add_layer(graph, layer, x, d)
    graph.add("Identity", y, output=name)
    return width
