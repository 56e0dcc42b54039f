"""The graph of a classifier: the encoder of an autoencoder, with a class in place of x at its end.

`SoftmaxClassifier.graph` calls it. The layers and the corruption are drawn as in an autoencoder
(figure 14.3), and the decoder's column holds the affine layer to the logits.
"""

from __future__ import annotations

from tinyae.drawing.graph import Graph, Node
from tinyae.models.graphs import corrupted
from tinyae.models.protocols import Encoding
from tinyae.nn.activations import Identity
from tinyae.nn.graph import Numbers, layer_nodes, priced, setting


def classifier_graph(model: Encoding) -> Graph:
    """Return x, C, x̃, the encoder, h, the affine layer, p(y | h), y, and the costs.

    Without an encoder, h is x or x̃ itself, and the node h says so.
    """
    numbers, noisy = Numbers(), model.corruption is not None
    bare = isinstance(model.encoder, Identity)
    nodes = [Node("x", "data", "x", (), (model.d_in,))]
    if noisy:
        nodes += corrupted("x", model.corruption, model.d_in)
    last = nodes[-1].name
    if not bare:
        nodes += layer_nodes(
            model.encoder, "encoder f", last, last, numbers=numbers, corrupted=noisy
        )
    note = f"h = {last}" if bare else ""
    nodes.append(Node("h", "data", "h", (nodes[-1].name,), (model.d_code,), "top", note=note))
    nodes += layer_nodes(model.parts["head"], "head", "h", "h", numbers=numbers, place="right")
    text = "p(y | h)\nsoftmax(·)"
    p = Node("p", "output", text, (nodes[-1].name,), (), "right", source=(model.output,))
    y = Node("y", "data", "y", (), (), "right")
    L = "L = −log p(y | h)"
    cost = Node("L", "cost", L, ("p", "y"), (), "bottom", source=(model.head,))
    return Graph((*nodes, p, y, cost, *_penalties(model)))


def _penalties(model: Encoding) -> list[Node]:
    """Return the node of Ω, or no node. It reads h, unless all penalties read weights only."""
    if not model.penalties:
        return []
    terms = [priced(p.lam, p.formula) if hasattr(p, "lam") else setting(p) for p in model.penalties]
    reads = ("h",) if any(penalty.reads == "h" for penalty in model.penalties) else ()
    return [Node("Ω", "cost", "Ω = " + "\n+ ".join(terms), reads, (), "inside",
                 source=model.penalties)]  # fmt: skip
