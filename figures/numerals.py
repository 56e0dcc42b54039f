"""Digits as points of a plane: the numeral of its class stands at the code of each digit."""

from __future__ import annotations

import numpy as np
from matplotlib import rcParams

# The numerals tell the classes apart; the colours only help the eye to find a class.
COLOURS = ("C0", "C1", "C2", "#7F7F7F", "#B87A00", "C5", "C6", "#5A3E99", "#8B1A1A", "#2F4F4F")


def show_numerals(axes, points: np.ndarray, labels: np.ndarray, *, clip: bool = False) -> None:
    """Draw the numeral of each label at its point; points (n, 2), labels (n,) from 0 to 9.

    With `clip`, what lies outside the axes is not drawn, and numerals on the edge are cut.
    """
    for (a, b), label in zip(points, labels, strict=True):
        axes.text(a, b, str(label), color=COLOURS[label], ha="center", va="center",
                  fontsize=0.9 * rcParams["font.size"], clip_on=clip)  # fmt: skip
