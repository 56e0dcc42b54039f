"""The graphs of autoencoders and of models that contain or resemble one (figures 14.1 to 14.3).

Each function reads one model's own layers and settings and returns its `Graph`. The method `graph`
of the model calls it. With a corruption the autoencoder's graph is figure 14.3, with a noisy code
figure 14.2, and without its costs figure 14.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tinyae.criterion.output import Output
from tinyae.criterion.penalties import Penalty
from tinyae.drawing.graph import Graph, Node
from tinyae.models.protocols import Slotted
from tinyae.nn.activations import Identity
from tinyae.nn.graph import Numbers, layer_nodes, priced, setting, width_out
from tinyae.nn.layers import Layer


def corrupted(x: str, corruption: object, d: int) -> list[Node]:
    """Return the nodes C and x̃ that corrupt the datum x of width d."""
    text = f"C(x̃ | x)\n{setting(corruption)}"
    C = Node("C", "noise", text, (x,), source=(corruption,))
    return [C, Node("x̃", "data", "x̃", ("C",), (d,), corrupted=True)]


def autoencoder_graph(model: Slotted) -> Graph:
    """Return x, C, x̃, the encoder, h, the noise of the code, the decoder, r, and all costs.

    If the encoder ends in parameters of the distribution of the code, such as mean and log-variance
    of a `GaussianCode`, they are called u and take the place of h. Then the mean code h = mean(u)
    is a node of its own if a penalty reads it.
    """
    numbers, d, k = Numbers(), model.d_in, model.d_code
    nodes = [Node("x", "data", "x", (), (d,))]
    if model.corruption is not None:
        nodes += corrupted("x", model.corruption, d)
    nodes += layer_nodes(
        model.encoder, "encoder f", nodes[-1].name, nodes[-1].name, numbers=numbers,
        corrupted=model.corruption is not None,
    )  # fmt: skip
    h, width = "h", k
    if model.code is not None and not isinstance(model.code.mean, Identity):
        h, width = "u", model.code.units(k)
    nodes.append(Node(h, "data", h, (nodes[-1].name,), (width,), "top"))
    if model.code is not None:
        text = f"p_encoder(z | x)\n{setting(model.code)}"
        nodes.append(Node("p_encoder", "noise", text, (h,), (), "top", source=(model.code,)))
        nodes.append(Node("z", "data", "z", ("p_encoder",), (k,), "top"))
    z = nodes[-1].name
    nodes += layer_nodes(model.decoder, "decoder g", z, z, numbers=numbers, place="right")
    nodes += output_nodes(model.output, nodes[-1].name, d, z, model.code is not None)
    reads = "r" if model.output.units(d) == d else "p_decoder"
    L = f"L = −log p_decoder(x | {z})\n{model.output.formula}"
    nodes.append(Node("L", "cost", L, ("x", reads), (), "bottom", source=(model.output,)))
    return Graph((*nodes, *_costs_of_the_code(model, h, z), *_penalty_of_r(model)))


def output_nodes(output: Output, a: str, d: int, z: str, always: bool) -> list[Node]:
    """Return p_decoder and its mean r; p_decoder is left out if r = a, unless `always`."""
    names = output.natural(d)
    wide = output.units(d) != d
    nodes, text = [], f"p_decoder(x | {z})\n{type(output).__name__.removesuffix('Output')}"
    if wide:
        text += "\n" + ", ".join(f"{name} {'×'.join(map(str, s))}" for name, s in names.items())
    elif not isinstance(output.mean, Identity):
        text += f", mean {mean_of(output, '·')}"
    if always or wide or not isinstance(output.mean, Identity):
        nodes = [Node("p_decoder", "output", text, (a,), (), "right", source=(output,))]
    return [*nodes, Node("r", "data", "r", (nodes[0].name if nodes else a,), (d,), "right")]


def mean_of(output: Output, a: str) -> str:
    """Return the mean of an output for natural parameters a, such as "sigmoid(a)"."""
    is_a = isinstance(output.mean, Identity)
    return a if is_a else f"{type(output.mean).__name__.lower()}({a})"


def _costs_of_the_code(model: Slotted, h: str, z: str) -> list[Node]:
    """Return the divergence of the code from its prior, Ω of h or weights, and the head."""
    nodes, code = [], model.code
    if code is not None and code.has_prior:
        beta = code.beta
        text = f"β · {code.formula}" if callable(beta) else priced(beta, code.formula)
        nodes.append(Node("KL", "cost", text, (h,), (), "inside", source=(code,)))
    penalties = [penalty for penalty in model.penalties if penalty.reads != "r"]
    if penalties:
        reads = ("h",) if any(penalty.reads == "h" for penalty in penalties) else ()
        if reads and h == "u" and code is not None:
            shape, mean = (code.units(model.d_code), model.d_code), code.mean
            nodes.append(Node("h", "layer", "h = mean(u)", (h,), shape, "inside", source=(mean,)))
        nodes.append(Node("Ω", "cost", _sum("Ω", penalties), reads, (), "inside",
                          source=tuple(penalties)))  # fmt: skip
    if model.head is not None:
        layer: Layer = model.parts["head"]
        across: Any = (model.d_code, width_out(layer))
        nodes.append(Node("head", "layer", "head", (z,), across, "inside", source=(layer,)))
        text = priced(getattr(model.head, "weight", 1.0), f"−log p(y | {z})")
        cost = Node("head cost", "cost", text, ("head", "y"), (), "inside", source=(model.head,))
        nodes += [cost, Node("y", "data", "y", (), (), "inside")]
    return nodes


def _penalty_of_r(model: Slotted) -> list[Node]:
    """Return the node of the penalties that read r, below r, or no node.

    If the code is random, these penalties take r of the mean code.
    """
    found = tuple(penalty for penalty in model.penalties if penalty.reads == "r")
    if not found:
        return []
    note = "" if model.code is None else "with r of the mean code"
    return [Node("Ω(r)", "cost", _sum("Ω(r)", found), ("r",), (), "right", "", note, source=found)]


def _sum(name: str, penalties: Sequence[Penalty]) -> str:
    """Return "name = " and the terms of penalties, one in each line."""
    terms = [priced(p.lam, p.formula) if hasattr(p, "lam") else setting(p) for p in penalties]
    return f"{name} = " + "\n+ ".join(terms)


def recurrent_graph(model: Any) -> Graph:
    """Return x̃, the layers of one step, and the estimate y_t that the next step reads again."""
    d, net = model.d_in, model.parts["step"]
    nodes = [Node("x", "data", "x", (), (d,))]
    if model.corruption is not None:
        nodes += corrupted("x", model.corruption, d)
    part = f"{model.steps} steps"
    nodes += layer_nodes(net, part, "·", nodes[-1].name, "y_t", numbers=Numbers(),
                         corrupted=model.corruption is not None)  # fmt: skip
    note = "" if isinstance(model.output.mean, Identity) else mean_of(model.output, "·")
    nodes.append(Node("y_t", "data", "y_t", (nodes[-1].name,), (d,), "top", note=note))
    L = "L = Σ_t w_t · −log p(x | y_t)"
    nodes.append(Node("L", "cost", L, ("x", "y_t"), (), "bottom", source=(model.output,)))
    return Graph(tuple(nodes))


def score_graph(model: Any) -> Graph:
    """Return x, noise if the criterion adds it, the network, the score ψ, and the criterion."""
    sigma = getattr(model.criterion, "sigma", None)
    nodes = [Node("x", "data", "x", (), (model.d_in,))]
    if sigma is not None:
        noise = Node("noise", "noise", f"x̃ = x + {sigma:g} ε", ("x",), source=(model.criterion,))
        nodes += [noise, Node("x̃", "data", "x̃", ("noise",), (model.d_in,), corrupted=True)]
    nodes += layer_nodes(model.net, "network", nodes[-1].name, nodes[-1].name, numbers=Numbers(),
                         corrupted=sigma is not None)  # fmt: skip
    psi = Node("ψ", "data", "ψ(x)" if sigma is None else "ψ(x̃)", (nodes[-1].name,),
               (model.d_in,), "top")  # fmt: skip
    cost = Node("L", "cost", type(model.criterion).__name__, ("x", "ψ"), (), "bottom",
                source=(model.criterion,))  # fmt: skip
    return Graph((*nodes, psi, cost))


def recirculation_graph(model: Any) -> Graph:
    """Return the closed loop of visible and hidden units, without any backward pass."""
    numbers, lam, d = Numbers(), model.regression, model.d_in
    x = Node("x", "data", "x, v₂", ("v₂",), (d,))
    f = layer_nodes(model.parts["encoder"], "encoder f", "·", "x", numbers=numbers)
    again = f"h₃ = {lam:g} h₁ + {1 - lam:g} f(v₂)" if model.regress_hidden else "h₃ = f(v₂)"
    h = Node("h", "data", "h₁, h₃", (f[-1].name,), (model.d_code,), "top", note=again)
    g = layer_nodes(model.parts["decoder"], "decoder g", "h₁", "h", numbers=numbers, place="right")
    ends = output_nodes(model.output, g[-1].name, d, "h₁", False)
    text = f"v₂ = {lam:g} x + {1 - lam:g} r"
    mix = Node("v₂", "layer", text, ("r", "x"), (), "bottom", source=(model,))
    return Graph((x, *f, h, *g, *ends, mix))


def walkback_graph(walk: Any) -> Graph:
    """Return the graph of the autoencoder that a walk trains, with the walk in its notes."""
    steps, scale = walk.steps, "" if walk.scale is None else f", scale {walk.scale:g}"
    times = "1 step" if steps == 1 else f"{steps} steps"
    notes = {"C": f"walk of {times}{scale}", "L": f"mean over {times}"}
    graph = walk.model.graph()
    nodes = tuple(replace(node, note=notes.get(node.name, node.note)) for node in graph.nodes)
    note = "" if steps == 1 else "Each further step corrupts a draw from p_decoder of the last one."
    return Graph(nodes, note=note)
