"""The graphs of models with two conditional distributions: the RBM and the Helmholtz machine.

Both have a stochastic encoder and a stochastic decoder, equations 14.12 and 14.13. In the RBM they
share their weights and belong to one joint distribution. In the Helmholtz machine they are two
networks, and a dream of the decoder begins at its prior, not at a code that the encoder gave.
"""

from __future__ import annotations

from typing import Any, cast

from tinyae.drawing.graph import Graph, Node
from tinyae.models.graphs import mean_of
from tinyae.models.protocols import Machine
from tinyae.nn.graph import LOWERED, setting
from tinyae.nn.layers import Linear


def rbm_graph(model: Machine) -> Graph:
    """Return x and h, which read each other through one W, and the criterion of the rule."""
    hidden = cast(Linear, model.parts["hidden"])
    visible = type(model.visible).__name__.removesuffix("Output")
    x = Node("x", "data", "x", ("W",), (model.d_in,), note=f"{visible},\ngiven h")
    text = f"p(h | x): sigmoid(x W + c)\np(x | h): {mean_of(model.visible, 'h Wᵀ + b')}"
    W = Node("W", "layer", text, ("x", "h"), (hidden.d_in, hidden.d_out), note="one W, both ways",
             source=(hidden, model.parts["visible"]))  # fmt: skip
    h = Node("h", "data", "h", ("W",), (model.d_code,), note="Bernoulli,\ngiven x")
    L = f"F(x) + negative phase\n{setting(model.rule)}"
    cost = Node("L", "cost", L, ("x",), (), "bottom", source=(model.rule,))
    return Graph((x, W, h, cost))


def helmholtz_graph(model: Any) -> Graph:
    """Return x and the recognition layers up to h, and apart from them the way of a dream.

    Every layer gives the probabilities of a binary state, which is drawn before the next layer
    reads it. h are the states of all hidden layers. A dream begins at the prior p(s_L) of the top
    layer, and reads nothing of x.
    """
    up, down, last = [], [], "x"
    for i, layer in enumerate(model.recognition):
        text, shape = f"q(s{i + 1} | s{i})".translate(LOWERED), (layer.d_in, layer.d_out)
        up.append(Node(f"recognition {i + 1}", "output", text, (last,), shape, part="recognition q",
                       source=(layer,)))  # fmt: skip
        last = up[-1].name
    depth = len(up)
    states = "s₁" if depth == 1 else f"s₁ to s{depth}".translate(LOWERED)
    h = Node("h", "data", "h", (last,), (sum(model.sizes[1:]),), "top", note=f"states {states}")
    text, last = f"p(s{depth})".translate(LOWERED), "prior"
    down.append(Node("prior", "output", text, (), (model.d_code,), "right", "generation p",
                     source=(model.parts["top"],)))  # fmt: skip
    for i, layer in reversed(list(enumerate(model.generation[:-1]))):
        text, shape = f"p(s{i} | s{i + 1})".translate(LOWERED), (layer.d_in, layer.d_out)
        down.append(Node(f"generation {i + 1}", "output", text, (last,), shape, "right",
                         "generation p", source=(layer,)))  # fmt: skip
        last = down[-1].name
    x = Node("x", "data", "x", (), (model.d_in,))
    dream = Node("dream", "data", "x, h", (last,), (sum(model.sizes),), "right", note="dream")
    text = "wake: log q(h | x) − log p(x, h)\nsleep: −log q(h | x) of the dream"
    cost = Node("L", "cost", text, ("x", "h", "dream"), (), "bottom", source=(model,))
    return Graph((x, *up, h, *down, dream, cost))
