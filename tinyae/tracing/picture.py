"""The picture of a tiny network with its numbers: values forwards, adjoints backwards.

Layers are columns. The value of a unit stands in its node, the sum before the unit above it, and
adjoints below it in orange; weights stand on the edges, their adjoints below them. The numbers are
those of one example, except for the adjoints of weights, which are sums over the batch. What a
given step has not computed yet is grey and has a name in place of a number. It is figure 14.1 with
numbers. Of a column with many units the first ones are drawn, so that the letters stay large.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from tinyae.checks.numbers import whole_number
from tinyae.drawing.canvas import axes_to_draw
from tinyae.tracing.columns import Column
from tinyae.tracing.placing import Spot, free_spot
from tinyae.tracing.writing import (
    ACROSS,
    ADJOINT,
    BEHIND,
    DOWN,
    EDGE,
    LATER,
    LINE,
    NEW,
    RADIUS,
    VALUE,
    Reader,
    headings,
    limits,
    measured,
    node_labels,
    short,
    spot_of,
    written,
)

MOST_EDGES = 40
MOST_UNITS = 3  # of a column, unless more are asked for
WIDER = 0.16  # more room between columns for each edge beyond eight


def draw(trace: Any, last: int, *, example: int, units: int, ax: Axes | None) -> Axes:
    """Draw the columns of a trace as they are after the step with the number `last`.

    Of a column with more than `units` units, the first `units` − 1 are drawn.

    Raises
    ------
    ValueError
        If there are no columns, too many edges, or no such example.
    """
    columns = trace.columns
    if not columns:
        raise ValueError(
            "draw shows dense layers as columns of units, and this model has other layers, or "
            "none that can be drawn; print(trace) shows its steps"
        )
    example = whole_number(example, "example", least=0)
    rows = len(trace[columns[0].value].value)
    if example >= rows:
        raise ValueError(f"example is one of the {rows} rows of the batch, 0 to {rows - 1}, "
                         f"got {example}")  # fmt: skip
    units = whole_number(units, "units", least=2)
    reader = Reader(trace, last, example, units)
    sizes = [len(reader.row(column.value)) for column in columns]
    slots = [min(m, units) for m in sizes]
    drawn = [m if m <= units else units - 1 for m in sizes]
    edges = sum(a * b for (a, b), c in zip(pairwise(drawn), columns[1:], strict=True) if c.weights)
    if edges > MOST_EDGES:
        raise ValueError(
            f"draw shows at most {MOST_EDGES} weights, and these are {edges}: give fewer units, "
            f"such as units={MOST_UNITS}"
        )
    most = max((a * b for a, b in pairwise(drawn)), default=1)
    across = ACROSS + WIDER * max(0, most - 8)  # room for the labels of many edges
    at = [[(i * across, ((slots[i] - 1) / 2 - k) * DOWN) for k in range(m)]
          for i, m in enumerate(drawn)]  # fmt: skip
    # Room is kept for what comes later, so that nothing moves from one step to the next.
    full = Reader(trace, len(trace) - 1, example, units)
    later = [label for pair in zip(columns, at, strict=True) for label in node_labels(full, *pair)]
    taken = [spot_of(label) for label in later]
    lines: list[Any] = []
    labels: list[Any] = []
    for column, places in zip(columns, at, strict=True):
        labels += node_labels(reader, column, places)
    taken += [Spot(*place, 2 * RADIUS, 2 * RADIUS) for places in at for place in places]
    for i, column in enumerate(columns):
        if i and not column.starts:
            lines += _edges(reader, column, at[i - 1], at[i], labels, taken, sizes[i])
    for i, (m, shown) in enumerate(zip(sizes, drawn, strict=True)):
        if shown < m:
            y = ((slots[i] - 1) / 2 - shown) * DOWN
            labels.append(written(i * across, y, f"… {m - shown} more", VALUE, "0.25"))
    labels += headings(reader, columns, max(slots), across)
    later += headings(full, columns, max(slots), across)
    x0, x1, y0, y1 = limits([*labels, *later])
    with axes_to_draw(ax, x1 - x0, y1 - y0) as axes:
        width, height = np.array(axes.get_window_extent().size) / axes.figure.dpi
        scale = min(width / (x1 - x0), height / (y1 - y0)) if ax is not None else 1.0
        axes.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal")
        axes.set_axis_off()
        for xs, ys, style in lines:
            axes.add_line(Line2D(xs, ys, linewidth=1.1 * scale, zorder=1, **style))
        for column, places in zip(columns, at, strict=True):
            for k, place in enumerate(places):
                axes.add_patch(_circle(reader, column, k, place, scale))
        for label in labels:
            axes.add_artist(label)
    return axes


def _circle(reader: Reader, column: Column, k: int, place: tuple, scale: float) -> Circle:
    shown = (column.value, column.before, column.adjoint, column.adjoint_before)
    new = any(name and reader.is_new(name) for name in shown)
    known = reader.known(column.value)
    return Circle(
        place, RADIUS, facecolor=NEW if new else "white", edgecolor="black" if known else LATER,
        linewidth=1.5 * scale, zorder=3, gid=f"{column.value}[{k}]",
    )  # fmt: skip


def _edges(
    reader: Reader,
    column: Column,
    left: list,
    right: list,
    labels: list,
    taken: list[Spot],
    size: int,
) -> list:
    """Return the lines between two columns; add their labels, and the places of these.

    `size` is the number of units of the right column, also of those that are not drawn.
    """
    known = reader.known(column.value)
    style = {"color": "0.45" if known else "0.87"}
    if not column.weights:  # unit by unit: noise; of a Gaussian code, two units make one
        pairs = [(k, k % size) for k in range(len(left)) if k % size < len(right)]
        return [_line(left[j], right[k], style | {"linestyle": "--"}) for j, k in pairs]
    W = np.asarray(reader.trace[column.weights].value)
    W = W.T if column.transposed else W
    adjoint = column.weights_adjoint
    gW = np.asarray(reader.trace[adjoint].value) if adjoint else None
    lines: list[tuple] = []
    edges = [(a, b) for a in left for b in right]
    for j, a in enumerate(left):
        for k, b in enumerate(right):
            lines.append(_line(a, b, style | {"gid": f"{column.weights}[{j},{k}]"}))
            texts = [(short(W[j, k]), "black" if known else "0.5")]
            if gW is not None:
                texts.append((short(gW[j, k]), ADJOINT))
            spot = free_spot((a, b), _size([text for text, _ in texts]), taken, edges)
            if gW is not None and not reader.known(adjoint):
                del texts[1]
            taken.append(spot)
            for i, (text, color) in enumerate(texts):
                y = spot.y + LINE * ((gW is not None) / 2 - i)
                labels.append(written(spot.x, y, text, EDGE, color, bbox=BEHIND))
    return lines


def _size(texts: list[str]) -> tuple[float, float]:
    return max(measured(text, False, EDGE)[0] for text in texts) + 0.06, LINE * len(texts)


def _line(a: tuple, b: tuple, style: dict) -> tuple:
    (x0, y0), (x1, y1) = a, b
    return (x0, x1), (y0, y1), style
