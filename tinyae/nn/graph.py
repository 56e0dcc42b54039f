"""The nodes of layers, and the graph of a model of which only the parts are known.

An affine layer and the unit after it are one node, such as "sigmoid(x W₁ + b₁)". A layer of a class
of its own has its class name. Models with a richer structure define their own `graph` and use the
functions of this module for their layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any

from numpy.typing import NDArray

from tinyae.drawing.graph import Graph, Node
from tinyae.nn.activations import Elementwise, Identity
from tinyae.nn.layers import Layer, Linear
from tinyae.nn.residual import Residual
from tinyae.nn.softmax import Softmax
from tinyae.nn.structure import in_series, leaves
from tinyae.text import in_short

MOST = 5  # layers of one part that are drawn; in a longer part the middle ones share one node
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Numbers:
    """The numbers of the weights of a model, W₁, W₂ and so on, by the layer that holds them."""

    def __init__(self) -> None:
        self.found: dict[int, int] = {}

    def formula(self, layer: Linear, variable: str) -> str:
        """Return "x W₁ + b₁", or "h W₁ᵀ + b₂" for a layer that is tied to a numbered one."""
        own = self.found.setdefault(id(layer), len(self.found) + 1)
        source = self.found.get(id(layer.source)) if layer.source is not None else None
        weights = f"W{own}" if source is None else f"W{source}ᵀ"
        return f"{variable} {weights} + b{own}".translate(LOWERED)


def layer_nodes(
    net: Layer, part: str, variable: str, *inputs: str, numbers: Numbers, place: str = "left",
    corrupted: bool = False,
) -> list[Node]:  # fmt: skip
    """Return one node for each affine layer of a network with its unit; each reads the one before.

    The first node reads `inputs` and writes its input as `variable`. `numbers` are those of the
    whole model, so that a tied layer names its source.
    """
    found: list[Node] = []
    for text, shape, note, layers in _boxes(net, variable, numbers):
        name = f"{part} {len(found) + 1}"
        found.append(Node(name, "layer", text, inputs, shape, place, part, note, corrupted, layers))
        inputs = (name,)
    return _shortened(found)


def width_in(net: Layer) -> int | None:
    """Return the width of the input of a network, or None if none of its layers states it."""
    return next((leaf.d_in for leaf in leaves(net) if hasattr(leaf, "d_in")), None)


def width_out(net: Layer) -> int | None:
    """Return the width of the output of a network, or None if none of its layers states it."""
    return next((leaf.d_out for leaf in [*leaves(net)][::-1] if hasattr(leaf, "d_out")), None)


def priced(factor: float, formula: str) -> str:
    """Return "0.1 · formula", or the formula alone if the factor is 1."""
    return formula if factor == 1.0 else f"{factor:g} · {formula}"


def setting(value: object) -> str:
    """Return a setting in one line with what is not its default, such as "MaskingNoise(0.25)"."""
    if not is_dataclass(value):
        return in_short(value)
    shown = [f for f in fields(value) if f.repr]
    shown = [f for f in shown if f.default is MISSING or getattr(value, f.name) != f.default]
    words = [f"{f.name}={_value(getattr(value, f.name))}" for f in shown]
    if len(shown) == 1 and shown[0] is fields(value)[0]:
        words = [_value(getattr(value, shown[0].name))]
    return f"{type(value).__name__}({', '.join(words)})"


def _value(value: object) -> str:
    """Return a value of a setting; of a function of progress the name."""
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    return f"{value:g}" if isinstance(value, float) else in_short(value)


def default_graph(parts: dict[str, Layer], theta: NDArray) -> Graph:
    """Return the layers of each part, in the order of `parts`; without parts the parameters.

    Arrows join only the layers within one part. How `objective` connects the parts, x and the loss
    is not known, so nothing else is drawn. A model that knows it overrides `graph`.
    """
    numbers, nodes = Numbers(), []
    for part, net in parts.items():
        nodes += layer_nodes(net, part, "·", numbers=numbers, place="right")
    if not nodes:
        nodes = [Node("theta", "layer", "θ", (), (), "right", note=f"{theta.size} numbers",
                      source=(theta,))]  # fmt: skip
    return Graph(tuple(nodes), note="(arrows: override graph())")


def _boxes(net: Layer, variable: str, numbers: Numbers) -> Iterator[tuple]:
    """Yield (text, widths, note, layers) of each node of a network."""
    layers = list(in_series(net))
    width = width_in(net)
    while layers:
        group = [layers.pop(0)]
        first, d_in = group[0], width
        note, text = "", _name(first)
        if type(first) is Linear:
            text, note = numbers.formula(first, variable), "tied" if first.source else ""
        elif _is_unit(first):
            text = f"{text}({variable})"
        if isinstance(first, Linear) and layers and _is_unit(layers[0]):
            group.append(layers.pop(0))
            if not isinstance(group[1], Identity):
                text = f"{_name(group[1])}({text})"
        width = width_out(first) if width_out(first) is not None else width
        yield text, () if width is None else (d_in, width), note, tuple(group)
        variable = "·"


def _is_unit(layer: Layer) -> bool:
    return isinstance(layer, Elementwise | Softmax)


def _name(layer: Layer) -> str:
    """Return what is written for a layer that is not affine."""
    name = type(layer).__name__
    if _is_unit(layer):
        return "ReLU" if name == "ReLU" else name.lower()
    if isinstance(layer, Residual):
        inside: list[Any] = [leaf for leaf in leaves(layer) if hasattr(leaf, "d_in")]
        widths = [str(width) for leaf in inside for width in (leaf.d_in, leaf.d_out)]
        net = "-".join(widths[:1] + widths[1::2]) or in_short(layer.layers[0])
        return f"{layer.scale:g} · (net(·) − ·)\nnet {net}"
    return name


def _shortened(nodes: list[Node]) -> list[Node]:
    """Return at most `MOST` nodes, an odd number: the middle ones of a longer list become one."""
    if len(nodes) <= MOST:
        return nodes
    middle = nodes[MOST // 2 : -(MOST // 2)]
    shape = (*middle[0].shape[:1], *middle[-1].shape[-1:])
    source = tuple(layer for node in middle for layer in node.source)
    text = f"… {len(middle)} more layers …"
    one = replace(middle[0], text=text, shape=shape, note="", source=source)
    first, *rest = nodes[-(MOST // 2) :]
    return [*nodes[: MOST // 2], one, replace(first, inputs=(one.name,)), *rest]
