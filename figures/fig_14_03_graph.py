"""Figure 14.3: the computational graph of a denoising autoencoder's cost, read from a model object.

C corrupts x, f encodes the result, g decodes the code, and the reconstruction is compared with the
clean x (equation 14.9). The graph is read from the model's own layers, so another model gives
another picture.
"""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from figures.experiments.computational_graph import read
from tinyae import Autoencoder, BernoulliOutput, MaskingNoise
from tinyae.datasets import strokes
from tinyae.plotting import Figure, style

NUMBER = "14.3"
NAME = "fig_14_03_graph"
TITLE = "the computational graph of a denoising autoencoder's cost, read from the model"
TOLERANCES = {"loss": 1e-4, "model_loss": 1e-4, "nodes": 0, "edges": 0}
ACROSS, UP = 1.62, 1.32  # inches from node to node
BOX = (1.32, 0.82)  # width and height in inches
MATHS = {"x": "$x$", "x̃": r"$\tilde{x}$", "h": "$h$", "z": "$z$", "r": "$r$"}
FILLS = {"noise": "#f2f2f2", "encoder": "#cfe6f5", "decoder": "#cfe6f5", "cost": "#fbe3b0"}


def places(nodes: list[dict]) -> dict[str, tuple[float, float]]:
    """Return the position of each node in inches.

    The encoder's nodes are in the upper row and the decoder's in the lower row, so that L is below
    x.
    """
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
    """Build a denoising autoencoder as README does first; read its graph on ten pictures."""
    x, _ = strokes(10, rng=seed)
    model = Autoencoder.dense((784, 128), tied=True, output=BernoulliOutput(), rng=seed,
                              corruption=MaskingNoise(0.25))  # fmt: skip
    return read(model, x, seed)


def draw(numbers: dict) -> Figure:
    """Draw data as circles and operations as boxes; the outline of a random operation is dashed."""
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
    """Shade the area of the layers that belong to f, or to g."""
    low, high = np.min(inside, axis=0) - (0.76, 0.66), np.max(inside, axis=0) + (0.76, 0.66)
    shape = "round,pad=0,rounding_size=0.15"
    axes.add_patch(FancyBboxPatch(low, *(high - low), boxstyle=shape, facecolor="0.96",
                                  edgecolor="0.6", linestyle=":", zorder=0))  # fmt: skip
    axes.text(low[0] + 0.1, high[1] - 0.05, name, va="top")


def _node(axes, node, place, right):
    """Draw one node with its text; return its outline.

    The shape of its value is written at a side of the node where no arrow passes.
    """
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
