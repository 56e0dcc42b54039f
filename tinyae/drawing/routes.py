"""The lines of the arrows between nodes: straight where possible, else with one rounded corner."""

from __future__ import annotations

from math import hypot

from matplotlib.path import Path

CORNER = 0.22  # radius of a corner, in inches
NEAR = 0.03  # offset in inches up to which two nodes are aligned
INSET = 0.14  # distance in inches of an arrow from the corner of a box

Box = tuple[float, float, float, float]  # x and y of the centre, half width, half height


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
