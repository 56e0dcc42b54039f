"""Figure 14.3: the computational graph of a denoising autoencoder's cost, read from a model object.

x is spoilt by C, encoded by f, decoded by g, and the result is compared with the clean x (14.9).
`graph` runs the model's own layers one by one and notes what each is, what it is given and what
comes out: another model gives another picture, and the loss at the end is the model's own.
"""

from __future__ import annotations

import dataclasses
import textwrap

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from tinyae import Autoencoder, BernoulliOutput, Identity, Linear, MaskingNoise, WeightDecay
from tinyae.checks.streams import stream
from tinyae.datasets import strokes
from tinyae.models.description import formulas
from tinyae.plotting import Figure, style

NUMBER = "14.3"
NAME = "fig_14_03_graph"
TITLE = "the computational graph of a denoising autoencoder's cost, read from the model"
TOLERANCES = {"loss": 1e-4, "model_loss": 1e-4, "nodes": 0, "edges": 0}
ACROSS, UP = 1.62, 1.32  # inches from node to node
BOX = (1.32, 0.82)  # width and height in inches
MATHS = {"x": "$x$", "x̃": r"$\tilde{x}$", "h": "$h$", "z": "$z$", "r": "$r$"}
FILLS = {"noise": "#f2f2f2", "encoder": "#cfe6f5", "decoder": "#cfe6f5", "cost": "#fbe3b0"}


def graph(model: Autoencoder, x: np.ndarray, seed: int = 0) -> tuple[list[dict], float]:
    """Return the nodes of one pass over x, each with its inputs, and the loss at the last one.

    A node is {name, kind, text, note, inputs}: `kind` is data, noise, encoder, decoder or cost, and
    `note` the shape of what the node gives, or the value of a cost. The loss is put together from
    what the model's own layers, output and penalties return.
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
    """Name a frozen setting and the values of its fields, a line each."""
    values = [f"{f.name} = {getattr(setting, f.name)}" for f in dataclasses.fields(setting)]
    return "\n".join([type(setting).__name__, *values])


def places(nodes: list[dict]) -> dict[str, tuple[float, float]]:
    """Return where each node stands, in inches: out above, back below, so that L is under x."""
    names = [node["name"] for node in nodes]
    turn, end = names.index("h"), names.index("L")
    middle = names.index("z") + 1 if "z" in names else turn + 1
    out, code, back = names[:turn], names[turn:middle], names[middle : end + 1]
    width = max(len(out), len(back)) * ACROSS
    found = {"Ω": (width - 1.4 * ACROSS, UP), "loss": (-ACROSS, UP)}
    for row, height in ((out, 2 * UP), (back[::-1], 0.0)):
        for i, name in enumerate(row):
            found[name] = (i / max(1, len(row) - 1) * (width - ACROSS), height)
    for i, name in enumerate(code):
        found[name] = (width, UP if len(code) == 1 else (2 - i) * UP)
    return {name: found[name] for name in names}


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Build the denoising autoencoder that README opens with and read its graph on ten pictures."""
    x, _ = strokes(10, rng=seed)
    model = Autoencoder.dense((784, 128), tied=True, output=BernoulliOutput(), rng=seed,
                              corruption=MaskingNoise(0.25))  # fmt: skip
    return read(model, x, seed)


def read(model: Autoencoder, x: np.ndarray, seed: int = 0) -> dict:
    """Return the graph and its numbers for any model and batch."""
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


def draw(numbers: dict) -> Figure:
    """Circles are data, boxes what the model does, dashed where it is random."""
    nodes = numbers["graph"]
    at = places(nodes)
    left, right = min(x for x, _ in at.values()), max(x for x, _ in at.values())
    with style():
        figure = Figure(figsize=(right - left + 2.3, 2 * UP + 3.0))
        axes = figure.add_subplot()
        for part, name in (("encoder", "encoder $f$"), ("decoder", "decoder $g$")):
            _area(axes, [at[node["name"]] for node in nodes if node["kind"] == part], name)
        patches = {node["name"]: _node(axes, node, at[node["name"]], right) for node in nodes}
        for node in nodes:
            for name in node["inputs"]:
                end = node["name"]
                axes.add_patch(FancyArrowPatch(
                    at[name], at[end], patchA=patches[name], patchB=patches[end], zorder=2,
                    arrowstyle="-|>", mutation_scale=13, linewidth=1.3, color="0.15"))  # fmt: skip
        axes.set(xlim=(left - 0.8, right + 1.1), ylim=(-0.8, 2 * UP + 0.8), aspect="equal")
        axes.set_axis_off()
        axes.set_title(
            f"{numbers['criterion']}\none pass over {numbers['examples']} examples: the graph ends "
            f"in a loss of {numbers['loss']:.6g}, model.loss(x) gives {numbers['model_loss']:.6g}",
            loc="left",
        )
    return figure


def _area(axes, inside, name):
    """Shade the layers that belong to f, or to g."""
    low, high = np.min(inside, axis=0) - (0.76, 0.66), np.max(inside, axis=0) + (0.76, 0.66)
    shape = "round,pad=0,rounding_size=0.15"
    axes.add_patch(FancyBboxPatch(low, *(high - low), boxstyle=shape, facecolor="0.96",
                                  edgecolor="0.6", linestyle=":", zorder=0))  # fmt: skip
    axes.text(low[0] + 0.1, high[1] - 0.05, name, va="top")


def _node(axes, node, place, right):
    """Draw one node with its words; return its outline. Shapes stand where no arrow passes."""
    x, y = place
    note = {"color": "0.25", "fontsize": 8.5, "zorder": 4}
    if node["kind"] == "data":
        patch = Circle(place, 0.29, facecolor="white", edgecolor="black", linewidth=1.3, zorder=3)
        axes.text(x, y, MATHS[node["text"]], ha="center", va="center", fontsize=14, zorder=4)
        if x == right:
            axes.text(x + 0.35, y, node["note"], ha="left", va="center", **note)
        else:
            axes.text(x, y + 0.32, node["note"], ha="center", va="bottom", **note)
    else:
        text, width, height = node["text"], *BOX
        lines = [part for line in text.split("\n") for part in textwrap.wrap(line, 18)]
        if node["kind"] == "cost":
            lines.append(f"= {node['note']}")
        patch = FancyBboxPatch((x - width / 2, y - height / 2), width, height, zorder=3,
                               boxstyle="round,pad=0,rounding_size=0.08", edgecolor="black",
                               facecolor=FILLS[node["kind"]], linewidth=1.3,
                               linestyle="--" if node["kind"] == "noise" else "-")  # fmt: skip
        axes.text(x, y, "\n".join(lines), ha="center", va="center", fontsize=8, zorder=4)
        if x == right:
            axes.text(x + width / 2 + 0.05, y, node["note"], ha="left", va="center", **note)
        elif node["kind"] != "cost":
            axes.text(x, y - height / 2 - 0.03, node["note"], ha="center", va="top", **note)
    axes.add_patch(patch)
    return patch
