"""The computational graph of an autoencoder's cost is read from the model object (figure 14.3).

`graph` runs the model's own layers one by one. It notes what each layer is, what it is given and
what it returns. So another model gives another graph, and the loss at its end is the model's own.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from tinyae import Autoencoder, Identity, Linear, WeightDecay
from tinyae.checks.streams import stream
from tinyae.models.description import formulas


def graph(model: Autoencoder, x: np.ndarray, seed: int = 0) -> tuple[list[dict], float]:
    """Return the nodes of one pass over x (n, d), and the loss at the last node.

    A node is a dictionary with five entries. `name` is unique; `kind` is data, noise, encoder,
    decoder or cost; `text` is what is written on the node; `note` is the shape of its value, or the
    value itself for a cost; `inputs` are the names of the nodes that it reads. The loss is the sum
    of what the model's output and penalties return.

    Raises ValueError for a model with a supervised head.
    """
    if model.head is not None:
        raise ValueError("the graph has no place for a supervised head: draw the model without it")
    model = model.copy()
    (x,) = model.check_rows(x)
    p = model.forward(x, stream(seed, "evaluation"))
    nodes: list[dict] = []

    def add(name, kind, text, value, *inputs):
        note = "×".join(map(str, value.shape)) if np.ndim(value) else f"{value:.6g}"
        nodes.append({"name": name, "kind": kind, "text": text, "note": note, "inputs": inputs})
        return name

    at = add("x", "data", "x", x)
    if model.corruption is not None:
        at = add("C", "noise", f"C(x̃ | x)\n{words(model.corruption)}", p.x_tilde, at)
        at = add("x̃", "data", "x̃", p.x_tilde, at)
    y, of = p.x_tilde, at
    layers, mean = formulas(model), model.output.mean
    for i, (part, kind, formula, layer) in enumerate(layers):
        if part == "decoder" and layers[i - 1][0] == "encoder":
            at = of = add("h", "data", "h", y, at)
            if model.code is not None:
                at = add("p(z | h)", "noise", f"p(z | h)\n{words(model.code)}", p.z, at)
                at = of = add("z", "data", "z", p.z, at)
            y = p.z
        if isinstance(layer, Linear):
            formula = of + formula[1:]
        of = "a" if isinstance(layer, Linear) else "y"
        last = i + 1 == len(layers) or layers[i + 1][0] != part
        if not last or (part == "decoder" and not isinstance(mean, Identity)):
            formula = f"{of} = {formula}"  # another box reads it under this name
        y = layer.forward(y)[0]
        at = add(f"{part} {i}", part, f"{kind}\n{formula}", y, at)
    if not isinstance(mean, Identity):
        text = f"{type(mean).__name__}\n{mean.formula}"
        at = add("mean", "decoder", text, mean.forward(y)[0], at)
    at = add("r", "data", "r", mean.forward(y)[0], at)
    loss = model.output.cost(x, y).sum() / len(x)
    add("L", "cost", f"L, mean over {len(x)} examples of\n{model.output.formula}", loss, at, "x")
    if model.penalties:
        terms = "\n".join(f"{q.lam:g} · {q.formula}" for q in model.penalties)
        omega = sum(penalty.add(p) for penalty in model.penalties)
        of_weights = all(isinstance(penalty, WeightDecay) for penalty in model.penalties)
        add("Ω", "cost", f"Ω\n{terms}", omega, *(() if of_weights else ("h",)))
        loss = loss + omega
        add("loss", "cost", "L + Ω", loss, "L", "Ω")
    return nodes, float(loss)


def words(setting: object) -> str:
    """Return the class name of a setting and the values of its fields, one on each line."""
    values = [f"{f.name} = {getattr(setting, f.name)}" for f in dataclasses.fields(setting)]
    return "\n".join([type(setting).__name__, *values])


def read(model: Autoencoder, x: np.ndarray, seed: int = 0) -> dict:
    """Return the graph and its numbers, for any model without a head and a batch x (n, d)."""
    nodes, loss = graph(model, x, seed)
    return {
        "loss": loss,
        "model_loss": model.loss(x, rng=seed),
        "examples": len(x),
        "nodes": len(nodes),
        "edges": sum(len(node["inputs"]) for node in nodes),
        "criterion": repr(model),
        "graph": nodes,
    }
