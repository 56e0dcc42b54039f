"""The values of the nodes of an autoencoder's graph, computed along its arrows (figure 14.3).

A node of `model.graph()` holds the layers or settings that it stands for. They are run here in the
order of the nodes, each on the values of the nodes that it reads. So the sum of the costs at the
end equals the model's loss only if the graph is that of the model. Draws and penalties cannot be
run alone: they are taken from a pass of the model, after a check that the nodes which they read
have the values that they have in the pass.
"""

from __future__ import annotations

import numpy as np

from tinyae import Autoencoder
from tinyae.checks.streams import stream
from tinyae.criterion.forward_pass import Pass
from tinyae.drawing import Graph, Node


def values(
    model: Autoencoder, x: np.ndarray, seed: int = 0, graph: Graph | None = None
) -> dict[str, np.ndarray | float]:
    """Return the value of every node for a batch x (n, d), by the name of the node.

    Data and layers have arrays with n rows, costs have the mean over the rows. Noise is drawn as
    `model.loss(x, rng=seed)` draws it. `graph` is by default the model's own. Raises ValueError for
    a model with a supervised head, whose cost reads labels, and for a draw or a cost that does not
    read what it needs.
    """
    if model.head is not None:
        raise ValueError("the cost of a supervised head reads labels: leave the head out")
    model = model.copy()
    (x,) = model.check_rows(x)
    p = model.forward(x, stream(seed, "evaluation"))
    graph, found = model.graph() if graph is None else graph, {}
    for node in graph.nodes:
        if not set(node.inputs) <= set(found):
            raise ValueError(f"{node.name} reads {node.inputs}, of which one has no value yet")
        y = [found[name] for name in node.inputs]
        if node.name == "x":
            _check(node, y, [])
            found["x"] = x
        elif node.kind == "noise":
            is_C = node.name == "C"
            _check(node, y, [p.x if is_C else p.u])
            found[node.name] = p.x_tilde if is_C else p.z
        elif node.name == "L":
            if len(y) != 2:
                raise ValueError(f"L reads x and the output, got {node.inputs}")
            natural = found[_layer_before(graph, node.inputs[1])]
            found["L"] = float(node.source[0].cost(y[0], natural).mean())
        elif node.kind == "cost" and node.name != "KL":
            _check(node, y, _needed(node, p))
            found[node.name] = float(sum(penalty.add(p) for penalty in node.source))
        elif len(y) != 1:
            raise ValueError(f"{node.name} reads one node, got {node.inputs}")
        elif node.name == "KL":
            found["KL"] = float(node.source[0].cost(y[0], progress=model.progress).mean())
        else:
            found[node.name] = _run(node, y[0])
    return found


def _run(node: Node, y: np.ndarray) -> np.ndarray:
    """Return what the layers of a node make of y; of a distribution the mean; data is y itself."""
    layers = [node.source[0].mean] if node.kind == "output" else node.source
    for layer in layers:
        y, _ = layer.forward(y)
    return y


def _layer_before(graph: Graph, name: str) -> str:
    """Return the name of the layer whose natural parameters r or p_decoder are made of."""
    while graph[name].kind in ("data", "output") and graph[name].inputs:
        name = graph[name].inputs[0]
    return name


def _needed(node: Node, p: Pass) -> list[np.ndarray]:
    """Return the values of a pass that the penalties of a node are functions of.

    For r this is the r of the pass. If the code is random, the penalty computes an r of its own
    from the mean code, which has no node.
    """
    reads = {penalty.reads for penalty in node.source}
    return [value for name, value in (("h", p.h), ("r", p.output.mean.forward(p.a)[0]))
            if name in reads]  # fmt: skip


def _check(node: Node, got: list[np.ndarray], needed: list[np.ndarray]) -> None:
    """Raise ValueError unless the values that a node reads are exactly the ones that it needs."""
    if len(got) != len(needed) or not all(map(np.array_equal, got, needed)):
        raise ValueError(f"{node.name} does not read what it is computed from, got {node.inputs}")


def counts(model: Autoencoder, graph: Graph) -> dict[str, int]:
    """Return the numbers of nodes and arrows of a model's graph, and the widths of x and code."""
    return {
        "nodes": len(graph.nodes),
        "edges": len(graph.edges()),
        "d": model.d_in,
        "k": model.d_code,
    }
