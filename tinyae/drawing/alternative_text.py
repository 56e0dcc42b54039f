"""The alternative text of a figure: its titles, axes and legends in words.

Whoever cannot see a picture hears this text from a screen reader. Notebooks keep it with the
picture. It says what is drawn, and not what can be learned from it.
"""

from __future__ import annotations

from collections.abc import Iterable

import matplotlib.axes
import matplotlib.figure
from matplotlib.text import Text


def alternative_text(figure: matplotlib.figure.Figure) -> str:
    """Return one sentence for the whole figure and one for each of its panels."""
    panels = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
    parts = "1 panel" if len(panels) == 1 else f"{len(panels)} panels"
    words = _said(figure.texts)
    sentences = [f"A picture with {parts}{': ' * bool(words)}{words}", *map(_panel, panels)]
    return ". ".join(one.rstrip(".") for one in sentences) + "."


def _panel(axes: matplotlib.axes.Axes) -> str:
    """Return the title of a panel, the labels of its axes, and the entries of its legend."""
    title = " ".join((axes.get_title() or axes.get_title(loc="left")).split())
    legend = axes.get_legend()
    named = [
        f"{name}: {' '.join(text.split())}"
        for name, text in (
            ("horizontally", axes.get_xlabel()),
            ("vertically", axes.get_ylabel()),
            ("legend", _said(legend.get_texts()) if legend is not None else ""),
        )
        if text.strip()
    ]
    return "; ".join([title or "A panel without a title", *named])


def _said(texts: Iterable[Text]) -> str:
    """Return what some texts of a figure say, separated by commas."""
    said = [" ".join(text.get_text().split()) for text in texts]
    return ", ".join(one for one in said if one)
