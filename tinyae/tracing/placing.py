"""Places for labels on crossing edges: apart from each other, and off the other edges."""

from __future__ import annotations

from math import hypot
from typing import NamedTuple

Point = tuple[float, float]
Edge = tuple[Point, Point]

ALONG = [0.2 + 0.02 * i for i in range(31)]  # from 0.2 to 0.8 of an edge
APART = 0.06  # gap between labels that is enough, in inches
OFF = 0.22  # distance from other edges that is enough, in inches
FIRST = 0.33  # the preferred place on an edge


class Spot(NamedTuple):
    """Centre, width and height of a label, in inches."""

    x: float
    y: float
    width: float
    height: float

    def gap(self, other: Spot) -> float:
        """Return the gap between two boxes along the axis where it is larger; < 0 if they meet."""
        across = abs(self.x - other.x) - (self.width + other.width) / 2
        up = abs(self.y - other.y) - (self.height + other.height) / 2
        return max(across, up)


def free_spot(edge: Edge, size: tuple[float, float], taken: list[Spot], edges: list[Edge]) -> Spot:
    """Return a place on an edge for a label of this size.

    First it keeps apart from the places that are taken, then off the other edges, and then it is
    near a third of its edge.
    """
    (ax, ay), (bx, by) = edge
    near = [other for other in taken if ax - other.width < other.x < bx + other.width]

    def rank(item: tuple[float, Spot]) -> tuple[float, float, float]:
        t, spot = item
        gap = min((spot.gap(other) for other in near), default=APART)
        off = min(
            (_distance((spot.x, spot.y), other) for other in edges if other != edge), default=OFF
        )
        return min(gap, APART), min(off, OFF), -abs(t - FIRST)

    spots = [(t, Spot(ax + t * (bx - ax), ay + t * (by - ay), *size)) for t in ALONG]
    return max(spots, key=rank)[1]


def _distance(point: Point, edge: Edge) -> float:
    """Return the distance of a point from a line segment."""
    (ax, ay), (bx, by) = edge
    dx, dy = bx - ax, by - ay
    t = ((point[0] - ax) * dx + (point[1] - ay) * dy) / max(dx * dx + dy * dy, 1e-12)
    t = min(1.0, max(0.0, t))
    return hypot(point[0] - ax - t * dx, point[1] - ay - t * dy)
