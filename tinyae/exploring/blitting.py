"""Drawing again only what changes: the moving artists over a stored picture of the rest.

A figure takes about a tenth of a second to draw as a whole. Its axes, labels and buttons stay as
they are, so a picture of them is stored whenever the figure is drawn, and the moving artists are
drawn over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from matplotlib.artist import Artist
from matplotlib.backend_bases import DrawEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tinyae.exploring.window import of_closed_page


class Blitting:
    """The moving artists of a figure.

    Parameters
    ----------
    figure : on its canvas
    artists : those that move, in the order in which they are drawn; each belongs to axes
    """

    def __init__(self, figure: Figure, artists: Iterable[Artist]):
        self.figure, self.artists = figure, tuple(artists)
        self._background: Any = None
        for artist in self.artists:
            artist.set_animated(True)
        self._connection = figure.canvas.mpl_connect("draw_event", self._drawn)

    def __repr__(self) -> str:
        return f"Blitting({len(self.artists)} artists, possible={self.possible})"

    @property
    def possible(self) -> bool:
        """Whether the canvas can; those in a browser can, although they do not say so."""
        return isinstance(self.figure.canvas, FigureCanvasAgg)

    def redraw(self) -> None:
        """Draw the moving artists as they are now."""
        if self._background is None or not self.possible:
            self.figure.canvas.draw_idle()
            return
        canvas: Any = self.figure.canvas  # those of the Agg family have the three methods
        canvas.restore_region(self._background)
        self._draw_artists()
        try:
            canvas.blit(self.figure.bbox)
        except Exception as error:  # would end the timer, and with it the training
            if not of_closed_page(error):
                raise

    def redraw_all(self) -> None:
        """Draw the whole figure, when the canvas finds the time: something else has changed."""
        self._background = None
        self.figure.canvas.draw_idle()

    def _drawn(self, event: DrawEvent) -> None:
        """Store the picture of everything else, and draw the moving artists over it."""
        canvas: Any = self.figure.canvas
        if canvas.is_saving():  # then they were drawn with the rest
            return
        if self.possible:
            self._background = canvas.copy_from_bbox(self.figure.bbox)
        self._draw_artists()

    def _draw_artists(self) -> None:
        for artist in self.artists:
            if artist.axes is not None and artist.axes.get_visible():
                artist.axes.draw_artist(artist)
