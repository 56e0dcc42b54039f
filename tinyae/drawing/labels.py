"""Text of a diagram: symbols as formulas, and letters that keep their size relative to the axes.

A diagram may be drawn into axes of any size. Its boxes are in data units, so its letters must be
too, or they would leave their boxes in small axes. One data unit is one inch of the new figure that
a diagram makes by itself, and the size of a label is stated in points of that figure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from matplotlib import rcParams
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

POINTS = 72  # in an inch
SPACING = 1.35  # from line to line, in heights of the letters
_SYMBOLS = {
    "x̃": r"\tilde{x}", "ψ": r"\psi ", "θ": r"\theta ", "₁": "_1", "₂": "_2", "₃": "_3", "−": "-",
}  # fmt: skip
_FORMULA = re.compile(r"(?:[A-Za-z0-9](?:_[A-Za-z0-9])?|[\u0303ψθ₁₂₃−(), +=|-])+")
_LOWERED = {"_i": "ᵢ", "_j": "ⱼ", "_t": "ₜ", "_x": "ₓ"}
_IN_WORDS = {
    "x̃": r"$\tilde{x}$",
    "p_encoder": r"$p_{\mathrm{encoder}}$",
    "p_decoder": r"$p_{\mathrm{decoder}}$",
}


class Label(Text):
    """A text whose size is in points for axes with one inch per data unit."""

    def __init__(
        self, x: float, y: float, text: str, points: float, formula: tuple[str, bool], **style: Any
    ):
        written, is_math = formula
        super().__init__(x, y, written, fontsize=points, parse_math=is_math,
                         linespacing=SPACING, **style)  # fmt: skip
        self.points, self.plain = points, text

    def _scale(self) -> None:
        if self.axes is not None and self.figure is not None:
            (x0, _), (x1, _) = self.axes.transData.transform([(0.0, 0.0), (1.0, 0.0)])
            # Matplotlib keeps what it measured of a text, but looks it up by the exact size.
            self.set_fontsize(max(0.1, round(self.points * (x1 - x0) / self.figure.dpi, 3)))

    def draw(self, renderer: Any) -> None:
        """Draw the text in the size that suits the axes now."""
        self._scale()
        super().draw(renderer)

    def get_window_extent(self, renderer: Any = None, dpi: float | None = None) -> Bbox:
        """Return the rectangle of the text in pixels, in the size that suits the axes now."""
        self._scale()
        return super().get_window_extent(renderer, dpi)


def symbol(text: str) -> tuple[str, bool]:
    """Return the text of a datum as matplotlib writes it, and whether it is a formula."""
    if not _FORMULA.fullmatch(text):
        return text, False
    for letter, form in _SYMBOLS.items():
        text = text.replace(letter, form)
    return f"${text}$", True


def words(text: str) -> tuple[str, bool]:
    """Return the text of a box, in which x̃ and the names of the distributions are formulas."""
    for name, form in _LOWERED.items():
        text = re.sub(rf"{name}(?![a-z])", form, text)
    if "$" in text or not any(name in text for name in _IN_WORDS):
        return text, False
    for name, form in _IN_WORDS.items():
        text = text.replace(name, form)
    return text, True


def extent(formula: tuple[str, bool], points: float) -> tuple[float, float]:
    """Return the width and height in inches that a text of one or several lines needs."""
    lines = formula[0].split("\n")
    font = FontProperties(size=points)
    fonts = findfont(font), rcParams["mathtext.rm"], rcParams["mathtext.it"]
    width = max(_width(line, font, formula[1], fonts) for line in lines)
    return width / POINTS, len(lines) * points * SPACING / POINTS


@lru_cache(maxsize=1000)
def _width(line: str, font: FontProperties, is_math: bool, fonts: tuple[str, ...]) -> float:
    """Return the width of one line in points; `fonts` tells which fonts the user has chosen."""
    line = line if is_math else line.replace("$", "S")  # a dollar sign begins a formula
    if not line.strip():
        return 0.0
    x = TextPath((0.0, 0.0), line, prop=font).vertices[:, 0]  # control points: a little too wide
    return float(x.max() - x.min())
