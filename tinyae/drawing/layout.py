"""Where the nodes of a graph stand: an arch that rises at the left and descends at the right.

The left column is read upwards and the right column downwards, as figure 14.3 of the chapter is.
The code lies on top of both. Costs of the code hang below it, and the cost of the reconstruction
stands at the bottom, between x and r. No box overlaps another one: each gets the room of its text.
All lengths are inches.
"""

from __future__ import annotations

from tinyae.drawing.graph import Graph, Node

GAP = 0.38  # between boxes, for an arrow
CHANNEL = 0.5  # between a column and what is inside the arch

Size = tuple[float, float]


def places(graph: Graph, sizes: dict[str, Size]) -> dict[str, tuple[float, float]]:
    """Return the centre of every node; `sizes` are the widths and heights of the nodes."""
    left, top, right, inside, bottom = (
        [node for node in graph.nodes if node.place == place]
        for place in ("left", "top", "right", "inside", "bottom")
    )
    rows = _levels(inside)
    tall = [max((sizes[n.name][1] for n in row), default=0.0) for row in (top, *rows, bottom)]
    above = (tall[0] + max(sizes[n.name][1] for n in (*left[-1:], *right[:1])) if left else 0) / 2
    roof = sum(tall) - (tall[0] + tall[-1]) / 2 + GAP * (len(rows) + bool(bottom)) * 1.2
    eaves = max(_height(left, sizes), _height(right, sizes), roof - above - GAP)
    ridge = eaves + above + GAP if top else eaves

    at = _row(top, [0.0] * len(top), ridge, sizes)
    y = ridge - tall[0] / 2
    for row, height in zip(rows, tall[1:], strict=False):
        y -= 1.2 * GAP + height / 2
        at |= _row(row, [_above(node, at, row) for node in row], y, sizes)
        y -= height / 2
    at |= _row(bottom, [0.0] * len(bottom), 0.0, sizes)
    half = max((abs(at[n.name][0]) + sizes[n.name][0] / 2 for n in (*inside, *bottom)), default=0.0)
    side = max((abs(at[n.name][0]) + sizes[n.name][0] / 2 for n in top), default=0.0) + 1.2 * GAP
    wide = max((sizes[n.name][0] for n in (*left, *right)), default=0.0) / 2
    column = max(half + CHANNEL + wide, side, (wide + CHANNEL / 2) if right else 0.0)
    at |= _stack(left, -column, eaves, sizes)
    at |= {name: (x, eaves - y) for name, (x, y) in _stack(right, column, eaves, sizes).items()}
    return at


def _levels(nodes: list[Node]) -> list[list[Node]]:
    """Return the rows below the top: each node is below what it reads, data below their reader."""
    names = {node.name for node in nodes}
    level: dict[str, int] = {}
    for node in nodes:
        level[node.name] = 1 + max((level.get(i, 0) for i in node.inputs if i in names), default=0)
    for node in nodes:
        if not node.inputs:
            readers = [level[other.name] for other in nodes if node.name in other.inputs]
            level[node.name] = 1 + max(readers, default=0)
    deepest = max(level.values(), default=0)
    return [[n for n in nodes if level[n.name] == row] for row in range(1, deepest + 1)]


def _above(node: Node, at: dict, row: list[Node]) -> float:
    """Return the mean x of the placed nodes that this one reads or that read it, else 0."""
    near = [at[name][0] for name in node.inputs if name in at]
    return sum(near) / len(near) if near else max((x for x, _ in at.values()), default=0.0)


def _height(column: list[Node], sizes: dict[str, Size]) -> float:
    """Return the distance from the first centre to the last one of a column."""
    heights = [sizes[node.name][1] for node in column]
    return sum((a + b) / 2 + GAP for a, b in zip(heights, heights[1:], strict=False))


def _stack(column: list[Node], x: float, height: float, sizes: dict[str, Size]) -> dict:
    """Place a column from 0 to `height`; room that is left over is shared by all gaps."""
    spare = (height - _height(column, sizes)) / max(1, len(column) - 1)
    at, y, before = {}, 0.0, None
    for node in column:
        half = sizes[node.name][1] / 2
        y += 0.0 if before is None else before + half + GAP + spare
        at[node.name] = (x, y)
        before = half
    return at


def _row(row: list[Node], wanted: list[float], y: float, sizes: dict[str, Size]) -> dict:
    """Place a row near the wanted x, as far apart as the widths need, around the same mean."""
    order = sorted(range(len(row)), key=lambda i: wanted[i])
    xs: list[float] = []
    for k, i in enumerate(order):
        x = wanted[i]
        if k:
            widths = sizes[row[order[k - 1]].name][0] + sizes[row[i].name][0]
            x = max(x, xs[-1] + widths / 2 + 1.2 * GAP)
        xs.append(x)
    if not row:
        return {}
    shift = (sum(wanted) - sum(xs)) / len(row)
    return {row[i].name: (x + shift, y) for i, x in zip(order, xs, strict=True)}
