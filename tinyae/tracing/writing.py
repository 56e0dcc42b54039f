"""What is written in a picture of a trace: numbers of units, headings, and biases (figure 14.1).

All lengths are inches of a new figure; labels keep their size relative to the axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.drawing.labels import Label, extent, words
from tinyae.tracing.columns import Column
from tinyae.tracing.placing import Spot

ACROSS, DOWN, RADIUS = 3.2, 1.76, 0.46  # between columns, between nodes, of a node, in inches
VALUE, SMALL, EDGE, HEAD = 14.0, 13.2, 13.2, 17.0  # points
ADJOINT, LATER, NEW = "#C24A00", "0.72", "#FAEBBE"
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}  # of labels on edges
MARGIN = 0.35
LINE = 0.24  # height of a line of small letters, in inches


class Reader:
    """What a picture may show: the steps up to `last`, for one example, and so many units."""

    def __init__(self, trace: Any, last: int, example: int, units: int):
        self.trace, self.last, self.example, self.units = trace, last, example, units

    def known(self, name: str) -> bool:
        """Return whether a step has been computed."""
        return self.trace.number(name) <= self.last

    def row(self, name: str) -> NDArray:
        """Return the value of a step for the example."""
        return np.asarray(self.trace[name].value)[self.example]

    def is_new(self, name: str) -> bool:
        """Return whether a step was computed last, in a picture that does not show all steps."""
        return self.trace.number(name) == self.last < len(self.trace) - 1

    def text(self, name: str, index: int) -> tuple[str, bool]:
        """Return a number with its name, or the name alone, and whether it is computed."""
        if not self.known(name):
            return name, False
        return f"{name} = {short(self.row(name)[index])}", True


def short(value: float) -> str:
    """Return a number with three digits and a true minus sign."""
    return f"{float(value):.3g}".replace("-", "−")


@lru_cache(maxsize=2048)
def measured(text: str, is_math: bool, points: float) -> tuple[float, float]:
    """Return `extent`; a text is measured once, since the same numbers are drawn at each step."""
    return extent((text, is_math), points)


def written(
    x: float,
    y: float,
    text: str,
    points: float,
    color: str = "black",
    up: str = "center",
    across: str = "center",
    **more: Any,
) -> Label:
    """Return a label, in which x̃ is a formula."""
    return Label(x, y, text, points, formula=words(text), ha=across, va=up, color=color,
                 zorder=4, **more)  # fmt: skip


def spot_of(label: Label) -> Spot:
    """Return the room that a label takes."""
    wide, high = measured(label.get_text(), label.get_parse_math(), label.points)
    return Spot(*label.get_position(), wide + 0.06, high * 0.8)


def node_labels(reader: Reader, column: Column, places: list) -> Iterator[Label]:
    """Yield the texts in, above and below the nodes of a column."""
    for k, (x, y) in enumerate(places):
        if reader.known(column.value):
            text = short(reader.row(column.value)[k])
            wide, _ = measured(text, False, VALUE)
            yield written(x, y, text, VALUE * min(1.0, 1.9 * RADIUS / wide))
        else:
            yield written(x, y, column.value, VALUE, LATER)
        if column.before:
            text, known = reader.text(column.before, k)
            yield written(
                x, y + RADIUS + 0.16, text, SMALL, "0.25" if known else LATER, bbox=BEHIND
            )
        below = y - RADIUS - 0.16
        for name in (column.adjoint, column.adjoint_before):
            if name:
                text, known = reader.text(name, k)
                yield written(x, below, text, SMALL, ADJOINT if known else LATER, bbox=BEHIND)
                below -= LINE


def headings(
    reader: Reader, columns: tuple[Column, ...], most: int, across: float
) -> Iterator[Label]:
    """Yield the formulas above the columns, the title, and the biases below."""
    top = (most - 1) / 2 * DOWN + RADIUS + 0.64
    for i, column in enumerate(columns):
        step = reader.trace[column.value]
        known = reader.known(column.value)
        text = column.value
        if step.formula not in ("given", "") and len(step.formula) < 20:
            text = f"{column.value} = {step.formula}"
        yield written(i * across, top, text, SMALL + 0.5, "black" if known else LATER)
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
    yield written(middle, top + 0.46, title, HEAD)
    y = -top - 0.16
    for line, color in _biases(reader):
        yield written(middle, y, line, SMALL, color)
        y -= LINE + 0.03


def _biases(reader: Reader) -> Iterator[tuple[str, str]]:
    """Yield the lines below the picture: biases, and their adjoints."""
    names = [s.name for s in reader.trace if s.phase == "given" and s.name[0] in "bct"]
    for mark, color in (("", "0.25"), ("g", ADJOINT)):
        known = [f"{mark}{name}" for name in names if f"{mark}{name}" in reader.trace]
        known = [name for name in known if reader.known(name)]
        parts = [f"{name} = ({_numbers(reader, name)})" for name in known]
        if parts:
            yield "    ".join(parts), color


def _numbers(reader: Reader, name: str) -> str:
    """Return the entries of a bias: those of the units that are drawn."""
    values = [short(b) for b in reader.trace[name].value]
    if len(values) > reader.units:
        values[reader.units - 1 :] = ["…"]
    return ", ".join(values)


def limits(labels: list[Label]) -> tuple[float, float, float, float]:
    """Return the edges (x0, x1, y0, y1) of all labels and nodes, with a margin."""
    xs, ys = [], []
    for label in labels:
        x, y = label.get_position()
        width, height = measured(label.get_text(), label.get_parse_math(), label.points)
        xs += [x - width / 2, x + width / 2, x - RADIUS, x + RADIUS]
        ys += [y - height / 2, y + height / 2]
    return min(xs) - MARGIN, max(xs) + MARGIN, min(ys) - MARGIN / 2, max(ys) + MARGIN / 2
