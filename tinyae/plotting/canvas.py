"""Where pictures are drawn: figures that notebooks show, one style for all, and files.

A figure that is made without pyplot belongs to no window and is forgotten when nobody holds it. A
notebook does not know how to show one, unless it brings its picture along, as `Figure` does.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import matplotlib.figure

from tinyae.checks.arrays import kind_of
from tinyae.persistence.replacement import replacing

STYLE = Path(__file__).with_name("style.mplstyle")


@contextmanager
def style() -> Iterator[None]:
    """Make pictures drawn inside this context follow the one style sheet."""
    with matplotlib.rc_context(fname=STYLE):
        yield


class Figure(matplotlib.figure.Figure):
    """A matplotlib figure that a notebook shows as a picture when it is a cell's last value."""

    def _repr_png_(self) -> bytes:
        """Return the picture; IPython asks for it by this name."""
        return _drawn(self, "png", dpi=self.dpi)


def show(figure: matplotlib.figure.Figure) -> None:
    """Show a figure in a notebook, in the middle of a cell too; a script may call it in vain."""
    _check_figure(figure, "show")
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if hasattr(shell, "kernel"):
        from IPython.display import Image, display

        display(Image(data=_drawn(figure, "png", dpi=figure.dpi)))


def save_figure(figure: matplotlib.figure.Figure, path: str | os.PathLike) -> Path:
    """Write the figure in the format of the path's suffix; equal pictures give equal bytes.

    A folder that does not exist is made. The file appears when it is complete: one that was there
    before stays as it is if the figure cannot be drawn or written, and keeps its permissions if it
    is replaced.

    Raises
    ------
    ValueError
        If the path has no suffix, or one that is no format of pictures.
    OSError
        If the folder cannot be made or written to, or the file is protected against writing.
    """
    _check_figure(figure, "save_figure")
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"save_figure writes to a path such as 'out/a.png', got {path!r}")
    path = Path(path)
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
    picture = _drawn(figure, path.suffix[1:].lower())
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


def _drawn(figure: matplotlib.figure.Figure, kind: str, **options) -> bytes:
    """Return the bytes of a picture, without the time at which it was drawn."""
    times = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    file = io.BytesIO()
    with style():
        figure.savefig(file, format=kind, metadata=times.get(kind), **options)
    return file.getvalue()


def _check_figure(figure: object, name: str) -> None:
    if not isinstance(figure, matplotlib.figure.Figure):
        raise TypeError(
            f"{name} takes a figure first, such as filters(model) returns, got {kind_of(figure)}"
        )
