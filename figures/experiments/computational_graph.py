"""The values of the nodes of an autoencoder's graph, computed from the nodes alone (figure 14.3).

A node of `model.graph()` holds the layers or settings that it stands for. They are run here in the
order of the nodes, each on the values of the nodes that it reads. So the sum of the costs at the
end equals the model's loss only if the graph is that of the model.
"""

from __future__ import annotations

import numpy as np

from tinyae import Autoencoder
from tinyae.checks.streams import stream
from tinyae.drawing import Graph


def values(model: Autoencoder, x: np.ndarray, seed: int = 0) -> dict[str, np.ndarray | float]:
    """Return the value of every node for a batch x (n, d), by the name of the node.

    Data and layers have arrays with n rows, costs have the mean over the rows. Noise is drawn as
    `model.loss(x, rng=seed)` draws it. Raises ValueError for a model with a supervised head, whose
    cost reads labels.
    """
    if model.head is not None:
        raise ValueError("the cost of a supervised head reads labels: leave the head out")
    model = model.copy()
    (x,) = model.check_rows(x)
    p = model.forward(x, stream(seed, "evaluation"))
    graph, found = model.graph(), {}
    end = "p_decoder" if any(node.name == "p_decoder" for node in graph.nodes) else "r"
    for node in graph.nodes:
        y = found[node.inputs[0]] if node.inputs else x
        if node.name in ("C", "p_encoder"):
            y = p.x_tilde if node.name == "C" else p.z
        elif node.kind == "layer":
            for layer in node.source:
                y, _ = layer.forward(y)
        elif node.kind == "output":
            y, _ = node.source[0].mean.forward(y)
        elif node.name == "L":
            natural = found[graph[end].inputs[0]]
            y = float(node.source[0].cost(x, natural).mean())
        elif node.name == "KL":
            y = float(node.source[0].cost(y, progress=model.progress).mean())
        elif node.name == "Ω":
            y = float(sum(penalty.add(p) for penalty in node.source))
        found[node.name] = y
    return found


def counts(model: Autoencoder, graph: Graph) -> dict[str, int]:
    """Return the numbers of nodes and arrows of a model's graph, and the widths of x and code."""
    return {
        "nodes": len(graph.nodes),
        "edges": len(graph.edges()),
        "d": model.d_in,
        "k": model.d_code,
    }
