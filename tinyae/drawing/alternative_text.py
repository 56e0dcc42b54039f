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
    words = _said(_texts(figure.texts))
    sentences = [f"A picture with {parts}{': ' * bool(words)}{words}", *map(_panel, panels)]
    return ". ".join(one.rstrip(".") for one in sentences) + "."


def _panel(axes: matplotlib.axes.Axes) -> str:
    """Return the title of a panel, the labels of its axes, and the entries of its legend."""
    title = axes.get_title() or axes.get_title(loc="left")
    legend = axes.get_legend()
    named = [
        f"{name}: {words}"
        for name, texts in (
            ("horizontally", [axes.get_xlabel()]),
            ("vertically", [axes.get_ylabel()]),
            ("legend", _texts(legend.get_texts()) if legend is not None else []),
        )
        if (words := _said(texts))
    ]
    return "; ".join([_said([title]) or "A panel without a title", *named])


def _texts(artists: Iterable[Text]) -> list[str]:
    """Return what is written in parts of a figure."""
    return [artist.get_text() for artist in artists]


def _said(texts: Iterable[str]) -> str:
    """Return texts separated by commas, without line breaks and without the marks of formulas."""
    said = [" ".join(text.replace("$", "").split()) for text in texts]
    return ", ".join(one for one in said if one)
