"""A slide: one panel of 16:9 with its message as the title, and text for the last row of a room.

The smallest text must be at least 1/40 of the height of a slide (`SMALLEST`). The text here is
1/27 of it and the title 1/21. Lines and markers are drawn `THICKER` than in an ordinary figure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.ticker import AutoLocator, MaxNLocator
from matplotlib.transforms import Bbox

from tinyae.plotting import Figure, style

WIDTH, HEIGHT = 12.8, 7.2  # inches
SMALLEST = 1 / 40  # of the height, the least size of a text
LONGEST = 90  # characters of a title
THICKER = 1.6
LARGE = {
    "font.size": 19,
    "axes.titlesize": 19,
    "axes.labelsize": 19,
    "legend.fontsize": 19,
    "figure.titlesize": 25,
    "axes.linewidth": 1.3,
    "legend.handlelength": 1.6,
    "legend.labelspacing": 0.7,
}


class Slide(Figure):
    """A figure of 16:9 with a title and a description for those who cannot see it.

    `other` is the title with parameters other than the recorded ones: it says what is drawn, and
    claims nothing. A figure with one slide needs none, as its own title takes that place.
    """

    def __init__(self, title: str, alt: str, other: str = ""):
        if len(title) > LONGEST:
            raise ValueError(
                f"the title of a slide has at most {LONGEST} characters, got {len(title)}: {title}"
            )
        super().__init__(figsize=(WIDTH, HEIGHT))
        self.title, self.alt, self.other = title, alt, other
        self.get_layout_engine().set(w_pad=0.15, h_pad=0.12)
        self._write(title)

    def retitle(self, title: str, below: str) -> None:
        """Write another title with a capital, and a line of smaller text at the lower edge."""
        self.title = capital(title)
        self.text(0.015, 0.015, textwrap.shorten(below, 110, placeholder=" …"), fontsize=14,
                  color="0.35", va="bottom")  # fmt: skip
        self.get_layout_engine().set(rect=(0, 0.05, 1, 0.95))
        with slide_style():
            self._write(self.title)
            self.draw_without_rendering()
        for one in self.legends:
            if one.get_window_extent().y0 < 0.05 * self.bbox.height:  # it would cover the line
                one.borderaxespad = 0.055 * HEIGHT * 72 / LARGE["legend.fontsize"]

    def _write(self, title: str) -> None:
        """Write the title in one line, or in two if it is too long for one."""
        text = self.suptitle(title, x=0.015, ha="left", linespacing=1.15)
        if text.get_window_extent().width > 0.97 * self.bbox.width:
            # Two lines of similar length, so that the second does not hold a single word.
            text.set_text("\n".join(textwrap.wrap(title, len(title) // 2 + 8)))

    def savefig(self, fname, **options):
        """Write the whole slide: the style of figures would cut its margins off."""
        whole = Bbox.from_bounds(0, 0, *self.get_size_inches())
        super().savefig(fname, **{**options, "bbox_inches": whole})


@dataclass(frozen=True)
class Film:
    """A slide that moves: `show(i)` draws frame i of `frames`."""

    figure: Slide
    frames: int
    show: Callable[[int], None]
    per_second: float = 8.0


@contextmanager
def slide_style() -> Iterator[None]:
    """Apply the style of figures with the large text of slides inside this context."""
    with style(), matplotlib.rc_context(LARGE):
        yield


@contextmanager
def slide(title: str, alt: str, other: str = "") -> Iterator[tuple[Slide, Axes]]:
    """Give a new slide and its panel, to be drawn into in the style of slides (see `Slide`).

    Raises ValueError if the title is longer than `LONGEST` characters.
    """
    with slide_style():
        figure = Slide(title, alt, other)
        axes = figure.add_subplot()
        yield figure, axes
        axes.set_title("")  # the message of the slide stands in its place
        for axis in (axes.xaxis, axes.yaxis):  # large numbers need room
            if isinstance(axis.get_major_locator(), AutoLocator):
                axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        _thicken(figure)


def capital(title: str) -> str:
    """Return a title that begins with a capital; a formula such as r(x) there stays as it is."""
    return title if title[1:2] == "(" else title[0].upper() + title[1:]


def legend(axes: Axes, *, right: bool = True, title: str | None = None, ncols: int = 1) -> None:
    """Draw the legend of a panel at its right or below it, where it covers no data."""
    handles, labels = axes.get_legend_handles_labels()
    if axes.get_legend() is not None:
        axes.get_legend().remove()
    where = "outside right center" if right else "outside lower center"
    axes.figure.legend(handles, labels, loc=where, title=title, ncols=ncols)


def show_looks(figure: Slide, looks: Sequence[tuple[str, dict]]) -> None:
    """Draw a legend at the right of a slide, from the texts and looks of lines."""
    lines = [Line2D([], [], **look) for _, look in looks]
    figure.legend(lines, [words for words, _ in looks], loc="outside right center")


def _thicken(figure: Slide) -> None:
    """Make lines, markers and arrows larger, as the text is larger than in an ordinary figure."""
    for line in figure.findobj(Line2D):
        line.set_linewidth(THICKER * line.get_linewidth())
        line.set_markersize(THICKER * line.get_markersize())
        line.set_markeredgewidth(THICKER * line.get_markeredgewidth())
    for patch in figure.findobj(Patch):
        patch.set_linewidth(THICKER * patch.get_linewidth())
        if isinstance(patch, FancyArrowPatch):
            patch.set_mutation_scale(THICKER * patch.get_mutation_scale())
    for lines in figure.findobj(LineCollection):
        lines.set_linewidth([THICKER * width for width in lines.get_linewidth()])
    for points in figure.findobj(PathCollection):
        points.set_sizes(THICKER**2 * points.get_sizes())
