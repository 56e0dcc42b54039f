"""Figures and axes without pyplot: one style, pictures in notebooks, and files.

pyplot keeps every figure in a global list, and notebooks show the figures of that list. A figure
that is made without pyplot is not in the list and is freed when nobody refers to it, but a notebook
does not show it. `Figure` and `Axes` therefore have a method `_repr_png_`, which IPython calls for
the last value of a cell. Nothing has to be registered and IPython need not be installed.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.axes
import matplotlib.figure

from tinyae.checks.arrays import kind_of
from tinyae.checks.numbers import truth
from tinyae.drawing.alternative_text import alternative_text
from tinyae.files.paths import path_of
from tinyae.files.replacement import replacing

STYLE = Path(__file__).with_name("style.mplstyle")


@contextmanager
def style() -> Iterator[None]:
    """Apply tinyae's style sheet to everything that is drawn inside this context."""
    with matplotlib.rc_context(fname=STYLE):
        yield


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that a notebook shows as a picture if it is the last value of a cell."""

    def _repr_png_(self) -> bytes:
        """Return the picture; IPython calls this method."""
        return _drawn(self, "png", dpi=self.dpi)


class Axes(matplotlib.axes.Axes):
    """Axes whose figure a notebook shows as a picture if they are the last value of a cell."""

    def _repr_png_(self) -> bytes:
        """Return the picture of the whole figure; IPython calls this method."""
        figure = figure_of(self, "_repr_png_")
        return _drawn(figure, "png", dpi=figure.dpi)


@contextmanager
def axes_to_draw(
    ax: matplotlib.axes.Axes | None, width: float, height: float
) -> Iterator[matplotlib.axes.Axes]:
    """Give the axes to draw into: `ax` as they are, or new ones in tinyae's style for None.

    `width` and `height` are those of the new figure, in inches.
    """
    if ax is None:
        with style():
            yield Figure(figsize=(width, height)).add_subplot(axes_class=Axes)
    elif isinstance(ax, matplotlib.axes.Axes):
        yield ax
    else:
        raise TypeError(
            "ax must be one matplotlib Axes, such as figure.add_subplot() returns, or None, got "
            f"{kind_of(ax)}"
        )


def figure_of(
    drawn: matplotlib.figure.Figure | matplotlib.axes.Axes, name: str
) -> matplotlib.figure.Figure:
    """Return the figure itself or the figure of the axes, for the function `name`."""
    figure = drawn.figure if isinstance(drawn, matplotlib.axes.Axes) else drawn
    while isinstance(figure, matplotlib.figure.SubFigure):
        figure = figure.figure
    if not isinstance(figure, matplotlib.figure.Figure):
        raise TypeError(
            f"{name} takes a matplotlib Figure or Axes first, such as filters(model) returns, got "
            f"{kind_of(drawn)}"
        )
    return figure


def show(figure: matplotlib.figure.Figure | matplotlib.axes.Axes) -> None:
    """Show a figure, or the figure of axes, in a notebook; do nothing in a script.

    The last value of a cell is shown without this. `show` is for pictures in the middle of a cell.
    The titles, axes and legends of the figure are its alternative text.
    """
    figure = figure_of(figure, "show")
    if hasattr(ipython_shell(), "kernel"):
        from IPython.display import Image, display

        display(Image(_drawn(figure, "png", dpi=figure.dpi), alt=alternative_text(figure)))


def ipython_shell() -> object | None:
    """Return the shell of a notebook or of a prompt of IPython, or None in other programs."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def save_figure(
    figure: matplotlib.figure.Figure | matplotlib.axes.Axes,
    path: str | os.PathLike,
    *,
    whole: bool = False,
) -> Path:
    """Write a figure, or the figure of axes, to a file and return the file's path.

    The suffix of the path chooses the format. Equal pictures give equal bytes. A folder that does
    not exist is created. The file is replaced as a whole: if the figure cannot be drawn or
    written, an older file stays unchanged, and a replaced file keeps its permissions.

    The empty margins are cut off, unless `whole` is True. Whole pictures of a figure that changes
    have the same size.

    Raises
    ------
    TypeError
        If it is no figure or no path.
    ValueError
        If the path has no suffix, or matplotlib does not know the format.
    OSError
        If the folder cannot be created or written to, or the file is protected against writing.
    """
    figure, whole = figure_of(figure, "save_figure"), truth(whole, "whole")
    path = path_of(path)
    known = figure.canvas.get_supported_filetypes()
    if not path.suffix:
        raise ValueError(f"{path} names no format: end it in .svg or .png")
    if path.suffix[1:].lower() not in known:
        raise ValueError(
            f"{path} ends in {path.suffix}, which is no format of pictures: end it in .svg or "
            f".png, or one of {', '.join('.' + kind for kind in sorted(known))}"
        )
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: name the file in it")
    picture = _drawn(figure, path.suffix[1:].lower(), whole=whole)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise NotADirectoryError(f"{path.parent} cannot be a folder: it leads to a file") from None
    except OSError as error:
        reason = f"the folder {path.parent} cannot be made: {error.strerror}"
        raise type(error)(reason) from error
    with replacing(path) as stream:
        stream.write(picture)
    return path


def _drawn(
    figure: matplotlib.figure.Figure, kind: str, *, whole: bool = False, **options: Any
) -> bytes:
    """Return the bytes of a picture, without the time at which it was drawn."""
    times = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    file = io.BytesIO()
    with style():
        if whole:  # the style cuts the margins off
            matplotlib.rcParams["savefig.bbox"] = "standard"
        figure.savefig(file, format=kind, metadata=times.get(kind), **options)
    return file.getvalue()
