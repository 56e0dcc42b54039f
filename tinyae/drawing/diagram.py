"""A graph drawn into axes: data as circles, everything else as boxes, and arrows between them.

Dashed outlines: the corrupted x̃, noise (a corruption, or the noise of a code), and distributions
such as p_decoder. Dashed arrows: from x̃ through the encoder up to the code. Everything else is
solid, although the code, r and the costs depend on x̃ too. Dashed lines are orange as well, except
the outlines of distributions.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from tinyae.drawing.canvas import axes_to_draw
from tinyae.drawing.graph import Graph, Node
from tinyae.drawing.labels import POINTS, Label, extent, symbol, words
from tinyae.drawing.layout import Box, places, route

SYMBOL, TEXT, NOTE, PART, TITLE = 19.0, 13.0, 12.5, 14.0, 15.0  # points
RADIUS = 0.32  # least radius of a circle, in inches
PAD = (0.16, 0.11)  # between the text of a box and its outline, in inches
EDGE = 0.12  # around the whole diagram, in inches
CORRUPTED = "#C24A00"
FILLS = {"layer": "#D3E7F5", "noise": "#FBE3D3", "output": "#D8EFE6", "cost": "#FAEBBE"}


def draw(graph: Graph, *, ax: Axes | None = None) -> Axes:
    """Draw a graph into `ax`, or into new axes of the size that it needs, and return the axes."""
    boxes = {node.name: _size(node) for node in graph.nodes}
    at = places(graph, boxes)
    box = {name: (*at[name], boxes[name][0] / 2, boxes[name][1] / 2) for name in at}
    labels = [label for node in graph.nodes for label in _labels(node, box[node.name])]
    brackets = [_bracket(part, column) for part, column in _parts(graph, box)]
    labels += [label for _, label in brackets]
    x0, x1, y0, y1 = _limits(box, labels)
    for text, points in ((graph.note, NOTE), (graph.title, TITLE)):  # upwards
        if text:
            y1 -= EDGE if graph.note and points == TITLE else 0.0
            label = _text(x0 + EDGE, y1 + 0.1, text, words(text), points, "left", "bottom")
            label.set_gid("title" if points == TITLE else "note")
            labels.append(label)
            x0, x1, y0, y1 = _limits(box, labels)
    with axes_to_draw(ax, x1 - x0, y1 - y0) as axes:
        width, height = np.array(axes.get_window_extent().size) / axes.figure.dpi
        scale = min(width / (x1 - x0), height / (y1 - y0)) if ax is not None else 1.0
        axes.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal")
        axes.set_axis_off()
        for node in graph.nodes:
            axes.add_patch(_outline(node, box[node.name], scale))
        for line, _ in brackets:
            x, y = zip(*line, strict=True)
            axes.add_line(Line2D(x, y, color="0.45", linewidth=1.2 * scale))
        edges = graph.edges()
        for a, b in edges:
            if (b, a) not in edges:
                axes.add_patch(_arrow(graph[a], graph[b], box, scale, "-|>"))
            elif edges.index((a, b)) < edges.index((b, a)):
                axes.add_patch(_arrow(graph[a], graph[b], box, scale, "<|-|>"))
        for label in labels:
            axes.add_artist(label)
    return axes


def _size(node: Node) -> tuple[float, float]:
    """Return the width and height of a node in inches."""
    if node.kind == "data":
        width, _ = extent(symbol(node.text), SYMBOL)
        return (2 * max(RADIUS, width / 2 + 0.13),) * 2
    wide, high = zip(*(extent(words(line), TEXT) for line in _lines(node)), strict=True)
    return max(wide) + 2 * PAD[0], sum(high) + 2 * PAD[1]


def _lines(node: Node) -> list[str]:
    """Return the lines in a box: its text, and then its widths and its note."""
    last = ", ".join(word for word in (node.size, node.note) if word)
    return [*node.text.split("\n"), *([last] if last else [])]


def _text(
    x: float,
    y: float,
    text: str,
    formula: tuple[str, bool],
    points: float,
    across: str = "center",
    up: str = "center",
    color: str = "black",
) -> Label:
    lines = "left" if up == "bottom" and across == "left" else "center"  # among each other
    return Label(x, y, text, points, formula=formula, ha=across, va=up, ma=lines, color=color,
                 zorder=4)  # fmt: skip


def _labels(node: Node, box: Box) -> list[Label]:
    """Return what is written on a node, and beside a datum its shape and note."""
    x, y, half_width, half_height = box
    if node.kind != "data":
        text = "\n".join(_lines(node))
        return [_text(x, y, text, words(text), TEXT)]
    found = [_text(x, y, node.text, symbol(node.text), SYMBOL)]
    beside = "\n".join(word for word in (node.size, node.note) if word)
    if beside:
        away = {
            "left": (x - half_width - 0.08, y, "right", "center"),
            "right": (x + half_width + 0.08, y, "left", "center"),
            "top": (x, y + half_height + 0.05, "center", "bottom"),
        }.get(node.place, (x + half_width + 0.08, y, "left", "center"))
        found.append(_text(*away[:2], beside, words(beside), NOTE, *away[2:], color="0.3"))
    return found


def _parts(graph: Graph, box: dict[str, Box]) -> Iterator[tuple[str, list[Box]]]:
    """Yield (part, boxes) for neighbours in a column that belong to one named part."""
    for place in ("left", "right"):
        column = [node for node in graph.nodes if node.place == place]
        for part, nodes in groupby(column, key=lambda node: node.part):
            if part:
                found = [box[node.name] for node in nodes]
                widest = max(half for _, _, half, _ in found)
                yield part, [(x, y, widest, high) for x, y, _, high in found]


def _bracket(part: str, column: list[Box]) -> tuple[list, Label]:
    """Return the line beside a part of a column, and the label beside the line."""
    x, _, half, _ = column[0]
    side = 1 if x > 0 else -1
    x += side * (half + 0.14)
    low = min(y - high for _, y, _, high in column)
    top = max(y + high for _, y, _, high in column)
    name, _, letter = part.rpartition(" ")
    formula = (f"{name}\n${letter}$", True) if name and len(letter) == 1 else words(part)
    across = "left" if side > 0 else "right"
    label = _text(x + side * 0.1, (low + top) / 2, part, formula, PART, across)
    return [(x, low), (x, top)], label


def _limits(box: dict[str, Box], labels: list[Label]) -> tuple[float, float, float, float]:
    """Return the edges (x0, x1, y0, y1) of all boxes and labels, with a margin."""
    found = [(x - w, x + w, y - h, y + h) for x, y, w, h in box.values()]
    for label in labels:
        x, y = label.get_position()
        width, height = extent((label.get_text(), label.get_parse_math()), label.points)
        left = {"left": 0.0, "center": 0.5, "right": 1.0}[label.get_horizontalalignment()] * width
        below = {"bottom": 0.0, "center": 0.5}[label.get_verticalalignment()] * height
        found.append((x - left, x - left + width, y - below, y - below + height))
    lows_x, highs_x, lows_y, highs_y = zip(*found, strict=True)
    return min(lows_x) - EDGE, max(highs_x) + EDGE, min(lows_y) - EDGE, max(highs_y) + EDGE


def _outline(node: Node, box: Box, scale: float) -> Circle | FancyBboxPatch:
    """Return the outline of a node; it is dashed for x̃, noise and distributions."""
    x, y, half_width, half_height = box
    is_noise = node.kind == "noise" or (node.kind == "data" and node.corrupted)
    style: dict[str, Any] = {
        "facecolor": FILLS.get(node.kind, "white"),
        "edgecolor": CORRUPTED if is_noise else "black",
        "linestyle": "--" if is_noise or node.kind == "output" else "-",
        "linewidth": 1.5 * scale,
        "zorder": 3,
        "gid": node.name,
    }
    if node.kind == "data":
        return Circle((x, y), half_width, **style)
    return FancyBboxPatch((x - half_width, y - half_height), 2 * half_width, 2 * half_height,
                          boxstyle="round,pad=0,rounding_size=0.08", **style)  # fmt: skip


def _arrow(a: Node, b: Node, box: dict[str, Box], scale: float, style: str) -> FancyArrowPatch:
    """Return the arrow from one node to another; dashed if it leaves a corrupted node."""
    turn = ""
    if a.place == "left" and b.place == "top":
        turn = "up first"
    elif b.place == "left" and a.place == "top":
        turn = "up first"
    elif b.place == "right" or (a.place == "right" and b.place == "bottom"):
        turn = "across first"
    return FancyArrowPatch(
        path=route(box[a.name], box[b.name], turn), arrowstyle=style, zorder=2,
        mutation_scale=POINTS / 4.5 * scale, linewidth=1.6 * scale,
        gid=f"{a.name} -> {b.name}",
        color=CORRUPTED if a.corrupted else "0.15", linestyle="--" if a.corrupted else "-",
    )  # fmt: skip
