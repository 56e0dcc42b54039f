"""The picture of a tiny network with its numbers: values forwards, adjoints backwards.

Layers are columns. The value of a unit stands in its node, the sum before the unit above it, and
adjoints below it in orange; weights stand on the edges, their adjoints below them. The numbers are
those of one example, except for the adjoints of weights, which are sums over the batch. What a
given step has not computed yet is grey and has a name in place of a number. It is figure 14.1 with
numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import NDArray

from tinyae.checks.numbers import whole_number
from tinyae.drawing.canvas import axes_to_draw
from tinyae.drawing.labels import Label, extent, words
from tinyae.tracing.columns import Column
from tinyae.tracing.placing import Spot, free_spot

MOST_EDGES = 40
ACROSS, DOWN, RADIUS = 3.1, 1.6, 0.42  # between columns, between nodes, of a node, in inches
WIDER = 0.16  # more room between columns for each edge beyond eight
VALUE, SMALL, EDGE, HEAD = 13.5, 12.0, 12.0, 16.0  # points
ADJOINT, LATER, NEW = "#C24A00", "0.72", "#FAEBBE"
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}  # of labels on edges
MARGIN = 0.35
LINE = 0.2  # height of a line of small letters, in inches


class _Reader:
    """What a picture may show: the steps up to `last`, for one example."""

    def __init__(self, trace, last: int, example: int):
        self.trace, self.last, self.example = trace, last, example

    def known(self, name: str) -> bool:
        return self.trace.number(name) <= self.last

    def row(self, name: str) -> NDArray:
        return np.asarray(self.trace[name].value)[self.example]

    def is_new(self, name: str) -> bool:
        return self.trace.number(name) == self.last < len(self.trace) - 1

    def text(self, name: str, index: int) -> tuple[str, bool]:
        """Return a number with its name, or the name alone, and whether it is computed."""
        if not self.known(name):
            return name, False
        return f"{name} = {short(self.row(name)[index])}", True


def short(value: float) -> str:
    """Return a number with three digits and a true minus sign."""
    return f"{float(value):.3g}".replace("-", "−")


def draw(trace, last: int, *, example: int, ax: Axes | None) -> Axes:
    """Draw the columns of a trace as they are after the step with the number `last`.

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
    reader = _Reader(trace, last, example)
    sizes = [len(reader.row(column.value)) for column in columns]
    edges = sum(a * b for (a, b), c in zip(pairwise(sizes), columns[1:], strict=True) if c.weights)
    if edges > MOST_EDGES:
        raise ValueError(
            f"draw shows networks of at most {MOST_EDGES} weights, and this one has {edges}: trace "
            "a smaller model, such as one of sizes (2, 3)"
        )
    most = max((a * b for a, b in pairwise(sizes)), default=1)
    across = ACROSS + WIDER * max(0, most - 8)  # room for the labels of many edges
    at = [[(i * across, ((m - 1) / 2 - k) * DOWN) for k in range(m)] for i, m in enumerate(sizes)]
    lines, labels = [], []
    for column, places in zip(columns, at, strict=True):
        labels += _node_labels(reader, column, places)
    taken = [_spot(label) for label in labels]
    taken += [Spot(*place, 2 * RADIUS, 2 * RADIUS) for places in at for place in places]
    for i, column in enumerate(columns):
        if i and not column.starts:
            lines += _edges(reader, column, at[i - 1], at[i], labels, taken)
    labels += _headings(reader, columns, max(sizes), across)
    x0, x1, y0, y1 = _limits(labels)
    with axes_to_draw(ax, x1 - x0, y1 - y0) as axes:
        width, height = axes.get_window_extent().size / axes.figure.dpi
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


@lru_cache(maxsize=2048)
def _extent(text: str, is_math: bool, points: float) -> tuple[float, float]:
    """Return `extent`; a text is measured once, since the same numbers are drawn at each step."""
    return extent((text, is_math), points)


def _text(x, y, text, points, color="black", up="center", across="center", **more) -> Label:
    return Label(x, y, text, points, formula=words(text), ha=across, va=up, color=color,
                 zorder=4, **more)  # fmt: skip


def _circle(reader: _Reader, column: Column, k: int, place: tuple, scale: float) -> Circle:
    shown = (column.value, column.before, column.adjoint, column.adjoint_before)
    new = any(name and reader.is_new(name) for name in shown)
    known = reader.known(column.value)
    return Circle(
        place, RADIUS, facecolor=NEW if new else "white", edgecolor="black" if known else LATER,
        linewidth=1.5 * scale, zorder=3, gid=f"{column.value}[{k}]",
    )  # fmt: skip


def _node_labels(reader: _Reader, column: Column, places: list) -> Iterator[Label]:
    """Yield the texts in, above and below the nodes of a column."""
    for k, (x, y) in enumerate(places):
        if reader.known(column.value):
            text = short(reader.row(column.value)[k])
            wide, _ = _extent(text, False, VALUE)
            yield _text(x, y, text, VALUE * min(1.0, 1.8 * RADIUS / wide))
        else:
            yield _text(x, y, column.value, VALUE, LATER)
        if column.before:
            text, known = reader.text(column.before, k)
            yield _text(x, y + RADIUS + 0.13, text, SMALL, "0.25" if known else LATER, bbox=BEHIND)
        below = y - RADIUS - 0.13
        for name in (column.adjoint, column.adjoint_before):
            if name:
                text, known = reader.text(name, k)
                yield _text(x, below, text, SMALL, ADJOINT if known else LATER, bbox=BEHIND)
                below -= LINE


def _edges(
    reader: _Reader, column: Column, left: list, right: list, labels: list, taken: list[Spot]
) -> list:
    """Return the lines between two columns; add their labels, and the places of these."""
    known = reader.known(column.value)
    style = {"color": "0.45" if known else "0.87"}
    if not column.weights:  # unit by unit: noise; of a Gaussian code, two units make one
        pairs = [(k, k % len(right)) for k in range(len(left))]
        return [_line(left[j], right[k], style | {"linestyle": "--"}) for j, k in pairs]
    W = np.asarray(reader.trace[column.weights].value)
    W = W.T if column.transposed else W
    adjoint = column.weights_adjoint
    gW = None
    if adjoint and reader.known(adjoint):
        gW = np.asarray(reader.trace[adjoint].value)
    lines: list[tuple] = []
    edges = [(a, b) for a in left for b in right]
    for j, a in enumerate(left):
        for k, b in enumerate(right):
            lines.append(_line(a, b, style | {"gid": f"{column.weights}[{j},{k}]"}))
            texts = [(short(W[j, k]), "black" if known else "0.5")]
            if gW is not None:
                texts.append((short(gW[j, k]), ADJOINT))
            spot = free_spot((a, b), _size([text for text, _ in texts]), taken, edges)
            taken.append(spot)
            for i, (text, color) in enumerate(texts):
                y = spot.y + LINE * ((len(texts) - 1) / 2 - i)
                labels.append(_text(spot.x, y, text, EDGE, color, bbox=BEHIND))
    return lines


def _size(texts: list[str]) -> tuple[float, float]:
    return max(_extent(text, False, EDGE)[0] for text in texts) + 0.06, LINE * len(texts)


def _spot(label: Label) -> Spot:
    """Return the room that a label takes."""
    wide, high = _extent(label.get_text(), label.get_parse_math(), label.points)
    return Spot(*label.get_position(), wide + 0.06, high * 0.8)


def _line(a: tuple, b: tuple, style: dict) -> tuple:
    (x0, y0), (x1, y1) = a, b
    return (x0, x1), (y0, y1), style


def _headings(reader: _Reader, columns: tuple[Column, ...], most: int, across: float) -> Iterator[Label]:
    """Yield the formulas above the columns, the title, and the biases below."""
    top = (most - 1) / 2 * DOWN + RADIUS + 0.72
    for i, column in enumerate(columns):
        step = reader.trace[column.value]
        known = reader.known(column.value)
        text = column.value
        if step.formula not in ("given", "") and len(step.formula) < 20:
            text = f"{column.value} = {step.formula}"
        yield _text(i * across, top, text, SMALL + 0.5, "black" if known else LATER)
    last = reader.trace[reader.last]
    if reader.last == len(reader.trace) - 1:
        title = f"{reader.trace.title.split(',')[0]}: loss {short(reader.trace.loss)}"
        title += f", example {reader.example}"
    else:
        title = f"step {reader.last}: {last.name} = {last.formula}"
        if np.size(last.value) == 1:
            title += f" = {short(np.ravel(last.value)[0])}"
        title = title.replace(" = given", ", given")
    middle = (len(columns) - 1) / 2 * across
    yield _text(middle, top + 0.55, title, HEAD)
    y = -top - 0.1
    for line, color in _biases(reader):
        yield _text(middle, y, line, SMALL, color)
        y -= LINE + 0.03


def _biases(reader: _Reader) -> Iterator[tuple[str, str]]:
    """Yield the lines below the picture: biases, and their adjoints."""
    names = [s.name for s in reader.trace if s.phase == "given" and s.name[0] in "bct"]
    for mark, color in (("", "0.25"), ("g", ADJOINT)):
        known = [f"{mark}{name}" for name in names if f"{mark}{name}" in reader.trace]
        known = [name for name in known if reader.known(name)]
        parts = [
            f"{name} = ({', '.join(short(b) for b in reader.trace[name].value)})" for name in known
        ]
        if parts:
            yield "    ".join(parts), color


def _limits(labels: list[Label]) -> tuple[float, float, float, float]:
    """Return the edges (x0, x1, y0, y1) of all labels and nodes, with a margin."""
    xs, ys = [], []
    for label in labels:
        x, y = label.get_position()
        width, height = _extent(label.get_text(), label.get_parse_math(), label.points)
        xs += [x - width / 2, x + width / 2, x - RADIUS, x + RADIUS]
        ys += [y - height / 2, y + height / 2]
    return min(xs) - MARGIN, max(xs) + MARGIN, min(ys) - MARGIN / 2, max(ys) + MARGIN / 2


