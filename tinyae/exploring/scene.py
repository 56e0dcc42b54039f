"""Everything that is drawn: the view, the charts, the texts and the controls in one figure."""

from __future__ import annotations

from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from tinyae.drawing.canvas import style
from tinyae.exploring.blitting import Blitting
from tinyae.exploring.charts import Charts
from tinyae.exploring.learner import Learner
from tinyae.exploring.line_view import LineView
from tinyae.exploring.panel import Panel
from tinyae.exploring.pictures_view import PicturesView
from tinyae.exploring.plane_view import PlaneView
from tinyae.exploring.settings import Settings

LARGE: dict[Any, Any] = {  # for the last row of a room
    "font.size": 13, "axes.labelsize": 13, "axes.titlesize": 14, "legend.fontsize": 12,
    "xtick.labelsize": 12, "ytick.labelsize": 12, "axes.linewidth": 1.0,
}  # fmt: skip
PATH = "x → r(x) → …"  # in the legend
VIEWS: dict[int, type[LineView] | type[PlaneView] | type[PicturesView]] = {
    1: LineView,
    2: PlaneView,
}  # by the width of a row; wider ones are pictures


class Scene:
    """The figure of an explorer, and what moves in it.

    Parameters
    ----------
    figure : empty, on its canvas
    learner : what is drawn
    controls : whether there is room for a panel

    Attributes
    ----------
    view : of the field, the curve or the pictures
    charts : of the loss and the measure
    panel : the controls; None without them
    title, message : texts above the view and at the bottom
    """

    def __init__(self, figure: Figure, learner: Learner, controls: bool):
        self.figure, self.learner = figure, learner
        self.panel: Panel | None = None
        with style(), rc_context(LARGE):
            ax = figure.add_axes((0.07, 0.175, 0.51, 0.72))
            self.view = VIEWS.get(learner.data.width, PicturesView)(ax, learner)
            self.title = ax.set_title("")
            lows, height = ((0.755, 0.555), 0.175) if controls else ((0.565, 0.175), 0.33)
            loss, measure = (figure.add_axes((0.7, low, 0.265, height)) for low in lows)
            self.charts = Charts(loss, measure, learner)
            handles, labels = ax.get_legend_handles_labels()
            if not controls and PATH in labels:  # nobody can click
                del handles[labels.index(PATH)], labels[labels.index(PATH)]
            if handles:
                figure.legend(handles, labels, loc="lower center", ncols=5, columnspacing=1.0,
                              bbox_to_anchor=(0.325, 0.045), handlelength=1.2)  # fmt: skip
            below = figure.add_axes((0.0, 0.0, 1.0, 0.045))
            below.set_axis_off()
            self.message = below.text(0.012, 0.5, "", va="center", color="0.2")
            if controls:
                self.panel = Panel(figure, learner.settings)
        moving = (*self.view.artists, self.title, *self.charts.artists, self.message)
        self.blitting = Blitting(figure, moving + (self.panel.artists if self.panel else ()))

    def __repr__(self) -> str:
        return f"Scene({self.view!r}, {self.charts!r}, {self.panel!r})"

    def headline(self) -> str:
        """Return the settings, the epoch, the loss and the measure, in two lines."""
        learner = self.learner
        loss = f"{learner.losses[-1]:.4g}" if learner.losses else "–"
        return (
            f"{learner.settings.described()}\nepoch {learner.epochs}, loss {loss}, "
            f"{learner.measured} {learner.measures[-1]:.3f}"
        )

    def redraw(self) -> None:
        """Draw what has changed."""
        self.view.update()
        self.title.set_text(self.headline())
        if self.charts.update():
            self.blitting.redraw_all()
        else:
            self.blitting.redraw()

    def show(self, settings: Settings, before: Settings) -> None:
        """Draw other settings than those before."""
        if settings.sigma != before.sigma:
            self.view.compare()
        if self.panel is not None:
            self.panel.show(settings)
        if settings.kind != before.kind:  # the radio buttons do not belong to what moves
            self.blitting.redraw_all()
        self.redraw()

    def name_play(self, text: str) -> None:
        """Write a text on the button that trains or pauses."""
        if self.panel is not None:
            self.panel.buttons["train"].label.set_text(text)
            self.blitting.redraw_all()
