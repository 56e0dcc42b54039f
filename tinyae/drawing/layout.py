"""Where the nodes of a graph stand, and the lines of the arrows between them.

The left column is read upwards and the right column downwards, as figure 14.3 of the chapter is.
The code lies above both. Costs of the code hang below it, between the columns. The cost of the
reconstruction stands at the bottom, between x and r. No box overlaps another one: each gets the
room of its text. An arrow is straight where possible, else it has one rounded corner. All lengths
are inches.
"""

from __future__ import annotations

from math import hypot

from matplotlib.path import Path

from tinyae.drawing.graph import Graph, Node

GAP = 0.38  # between boxes, for an arrow
CHANNEL = 0.5  # between a column and what stands between the columns
CORNER = 0.22  # radius of the corner of an arrow
NEAR = 0.03  # offset up to which two nodes are aligned
INSET = 0.14  # distance of an arrow from the corner of a box

Size = tuple[float, float]  # width and height
Box = tuple[float, float, float, float]  # x and y of the centre, half width, half height


def places(graph: Graph, sizes: dict[str, Size]) -> dict[str, tuple[float, float]]:
    """Return the centre of every node; `sizes` are the widths and heights of the nodes.

    The lowest nodes of both columns and the bottom row are at y = 0. Room that is left over is
    shared by the gaps of a column, except below a node of the right column that the bottom row
    reads: that arrow passes below everything that stands between the columns.
    """
    left, top, right, inside, bottom = (
        [node for node in graph.nodes if node.place == place]
        for place in ("left", "top", "right", "inside", "bottom")
    )
    rows = _levels(inside)
    tall = [max((sizes[n.name][1] for n in row), default=0.0) for row in (top, *rows, bottom)]
    upper, lower = _split(right, bottom)
    y_lower = _height(lower, sizes)  # of the first node that the bottom row reads
    below = max(tall[-1] / 2 + 1.2 * GAP * bool(bottom), y_lower + GAP if y_lower and rows else 0.0)
    needed = tall[0] / 2 + sum(tall[1:-1]) + 1.2 * GAP * len(rows) + below
    above = (tall[0] + max(sizes[n.name][1] for n in (*left[-1:], *right[:1])) if left else 0) / 2
    y_columns = max(_height(left, sizes), _height(right, sizes), needed - above - GAP)
    y_top = y_columns + above + GAP if top else y_columns

    at = _row(top, [0.0] * len(top), y_top, sizes)
    y = y_top - tall[0] / 2
    for row, height in zip(rows, tall[1:], strict=False):
        y -= 1.2 * GAP + height / 2
        at |= _row(row, [_above(node, at) for node in row], y, sizes)
        y -= height / 2
    at |= _row(bottom, [0.0] * len(bottom), 0.0, sizes)
    half = max((abs(at[n.name][0]) + sizes[n.name][0] / 2 for n in (*inside, *bottom)), default=0.0)
    side = max((abs(at[n.name][0]) + sizes[n.name][0] / 2 for n in top), default=0.0) + 1.2 * GAP
    wide = max((sizes[n.name][0] for n in (*left, *right)), default=0.0) / 2
    column = max(half + CHANNEL + wide, side, (wide + CHANNEL / 2) if right else 0.0)
    at |= _stack(left, -column, 0.0, y_columns, sizes)
    at |= _stack(upper[::-1], column, y_lower, y_columns, sizes)
    return at | _stack(lower[::-1], column, 0.0, y_lower, sizes)


def _split(right: list[Node], bottom: list[Node]) -> tuple[list[Node], list[Node]]:
    """Return the right column as far as the first node that the bottom row reads, and from there.

    That node ends the one list and begins the other one.
    """
    read = {name for node in bottom for name in node.inputs}
    first = next((i for i, node in enumerate(right) if node.name in read), len(right) - 1)
    return right[: first + 1], right[max(first, 0) :]


def _levels(nodes: list[Node]) -> list[list[Node]]:
    """Return the rows below the top: each node is below what it reads, data beside their reader."""
    names = {node.name for node in nodes}
    level: dict[str, int] = {}
    for node in nodes:
        level[node.name] = 1 + max((level.get(i, 0) for i in node.inputs if i in names), default=0)
    for node in nodes:
        if node.kind == "data" and not node.inputs:
            readers = [level[other.name] for other in nodes if node.name in other.inputs]
            level[node.name] = max(readers, default=1)
    deepest = max(level.values(), default=0)
    return [[n for n in nodes if level[n.name] == row] for row in range(1, deepest + 1)]


def _above(node: Node, at: dict) -> float:
    """Return the mean x of the placed nodes that this one reads, else the x of the last one."""
    near = [at[name][0] for name in node.inputs if name in at]
    return sum(near) / len(near) if near else max((x for x, _ in at.values()), default=0.0)


def _height(column: list[Node], sizes: dict[str, Size]) -> float:
    """Return the distance from the first centre to the last one of a column."""
    heights = [sizes[node.name][1] for node in column]
    return sum((a + b) / 2 + GAP for a, b in zip(heights, heights[1:], strict=False))


def _stack(column: list[Node], x: float, low: float, high: float, sizes: dict) -> dict:
    """Place a column upwards from `low` to `high`; all gaps share the room that is left over."""
    spare = (high - low - _height(column, sizes)) / max(1, len(column) - 1)
    at, y, before = {}, low, None
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


def route(start: Box, end: Box, turn: str) -> Path:
    """Return the line from the border of one box to the border of another one.

    `turn` is "up first", "across first", or "" for a straight line that need not be level.
    """
    (xa, ya, wa, ha), (xb, yb, wb, hb) = start, end
    dx, dy = xb - xa, yb - ya
    if abs(dy) < NEAR:
        side = 1 if dx > 0 else -1
        return Path([(xa + side * wa, ya), (xb - side * wb, ya)])
    side = 1 if dy > 0 else -1
    reach = max(0.0, wb - INSET)
    if abs(dx) <= (NEAR if turn else max(NEAR, reach)):
        return Path([(xa, ya + side * ha), (xa, yb - side * hb)])
    if turn == "up first":
        return _elbow((xa, ya + side * ha), (xa, yb), (xb - (wb if dx > 0 else -wb), yb))
    if turn == "across first":
        return _elbow((xa + (wa if dx > 0 else -wa), ya), (xb, ya), (xb, yb - side * hb))
    x = xb - reach if dx > 0 else xb + reach
    length = hypot(x - xa, dy)
    return Path([(xa + wa * (x - xa) / length, ya + ha * dy / length), (x, yb - side * hb)])


def _elbow(start: tuple, corner: tuple, end: tuple) -> Path:
    """Return the line over a rounded corner."""

    def toward(point: tuple) -> tuple:
        dx, dy = point[0] - corner[0], point[1] - corner[1]
        share = min(1.0, CORNER / max(hypot(dx, dy), 1e-9))
        return corner[0] + share * dx, corner[1] + share * dy

    codes = [Path.MOVETO, Path.LINETO, Path.CURVE3, Path.CURVE3, Path.LINETO]
    return Path([start, toward(start), corner, toward(end), end], codes)
