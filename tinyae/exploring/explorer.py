"""An autoencoder that learns while one looks, and whose settings can be changed meanwhile.

`Explorer` is the object behind the window: what is learned (`learner.py`), how it is drawn (the
views and the charts), and the controls (`panel.py`). It needs no window itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backend_bases import CloseEvent, MouseEvent
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import truth
from tinyae.drawing.canvas import style
from tinyae.exploring.blitting import Blitting
from tinyae.exploring.charts import Charts
from tinyae.exploring.data import data_of
from tinyae.exploring.learner import Learner
from tinyae.exploring.line_view import LineView
from tinyae.exploring.panel import LABELS, Panel
from tinyae.exploring.pictures_view import PicturesView
from tinyae.exploring.plane_view import PlaneView
from tinyae.exploring.window import new_figure, new_window, show_window
from tinyae.training.history import DivergenceError

PAUSE = 15  # milliseconds between two frames, for the events of the window
LARGE: dict[Any, Any] = {  # for the last row of a room
    "font.size": 13, "axes.labelsize": 13, "axes.titlesize": 14, "legend.fontsize": 12,
    "xtick.labelsize": 12, "ytick.labelsize": 12, "axes.linewidth": 1.0,
}  # fmt: skip
VIEWS: dict[int, type[LineView] | type[PlaneView] | type[PicturesView]] = {
    1: LineView,
    2: PlaneView,
}  # by the width of a row; wider ones are pictures


class Explorer:
    """A figure in which an autoencoder is trained, one epoch for each frame.

    Another σ, learning rate, λ or kind goes on with the same weights. Other units or initial
    weights start again; the line at the bottom says so.

    Parameters
    ----------
    data : "spiral", "three-points", "curve", "digits", or a table of your own (n, d). One column is
        shown as the curve r(x), two as a field, more as the field of their first two principal
        components
    kind, sigma, units, learning_rate, strength, scale : settings at the beginning, see `Settings`;
        None takes those that suit the data
    seed : of weights, data and noise
    window : whether to draw into a window, which `explore` shows
    controls : whether sliders and buttons are drawn. A picture for a talk needs none
    name : of a table of your own, in texts

    Attributes
    ----------
    learner : the model, its losses and measures
    figure : everything is drawn into it
    panel : the controls; None without them
    running : whether training goes on with every frame
    message : the line at the bottom

    Raises
    ------
    ValueError, TypeError
        If there are no such data, or a setting cannot be used.
    OSError
        If no window can be opened here.
    """

    def __init__(
        self,
        data: str | ArrayLike = "spiral",
        *,
        kind: str | None = None,
        sigma: float | None = None,
        units: int | None = None,
        learning_rate: float | None = None,
        strength: float | None = None,
        scale: float | None = None,
        seed: int = 0,
        window: bool = False,
        controls: bool = True,
        name: str = "table",
    ):
        controls, window = truth(controls, "controls"), truth(window, "window")
        found = data_of(data, seed, name)
        settings = found.start.changed(
            {"kind": kind, "sigma": sigma, "units": units, "learning_rate": learning_rate,
             "strength": strength, "scale": scale}
        )  # fmt: skip
        self.learner = Learner(found, settings, int(seed))
        self.running = False
        self.figure = new_window("tinyae explore") if window else new_figure()
        with style(), rc_context(LARGE):
            self._draw(controls)
        self._blitting = Blitting(self.figure, self._artists)
        self._timer = self.figure.canvas.new_timer(interval=PAUSE)
        self._timer.add_callback(self.frame)
        self.figure.canvas.mpl_connect("button_press_event", self._clicked)
        self.figure.canvas.mpl_connect("close_event", self._closed)
        self.say(found.note or self._view.hint)
        self.redraw()

    def __repr__(self) -> str:
        headline = self._headline().replace("\n", ", ")
        return f"Explorer({self.learner.data.name!r}, {headline})"

    def play(self) -> None:
        """Train an epoch with every frame from now on."""
        self.running = True
        self._name_play("pause")
        self._timer.start()
        self.say(self._view.hint)

    def pause(self) -> None:
        """Stop training."""
        self.running = False
        self._timer.stop()
        self._name_play("train")

    def toggle(self) -> None:
        """Train or pause: the first button."""
        if self.running:
            self.pause()
            self.redraw()
        else:
            self.play()

    def frame(self) -> None:
        """Train one epoch and draw what has changed; the timer calls this while `running`."""
        if self.running:
            self.step()

    def step(self) -> None:
        """Train one epoch and draw it: the second button."""
        try:
            if not self.learner.train():
                self.pause()
                self.say("interrupted: training is paused")
        except DivergenceError:
            self.pause()
            self.say("the loss became infinite, so this epoch was undone: lower the learning rate")
        self.redraw()

    def reset(self) -> None:
        """Start again with the weights of the beginning: the third button."""
        self.learner.reset()
        self.say("new weights: training starts again at epoch 0")
        self.redraw()

    def set(self, name: str, value: object) -> None:
        """Change one setting, as its slider does.

        Raises
        ------
        ValueError, TypeError
            If there is no such setting, or the value cannot be used. Nothing is changed then.
        """
        before = self.learner.settings
        settings = before.changed({name: value})
        if settings == before:
            self._blitting.redraw()  # the slider itself has moved a little
            return
        started_again = self.learner.change(settings)
        shown = value if isinstance(value, str) else f"{value:g}"
        what = f"{LABELS.get(name, name).rstrip(' ↺')} = {shown}"
        if started_again:
            self.say(f"{what} needs new weights: training starts again at epoch 0")
        else:
            self.say(f"{what} from epoch {self.learner.epochs + 1} on: the same weights go on")
        if settings.sigma != before.sigma:
            self._view.compare()
        if self.panel is not None:
            self.panel.show(settings)
        if settings.kind != before.kind:  # the radio buttons and the pale slider do not move
            self._blitting.redraw_all()
        self.redraw()

    def follow(self, x: ArrayLike | None) -> None:
        """Show the path x → r(x) → r(r(x)) → … of one row x (d,); None shows none."""
        self._view.start = None if x is None else self._row(x)
        self.redraw()

    def say(self, message: str) -> None:
        """Write a message into the line at the bottom; `redraw` shows it."""
        self.message = message
        self._message.set_text(message)

    def redraw(self) -> None:
        """Draw what has changed."""
        self._view.update()
        self._title.set_text(self._headline())
        if self._charts.update():
            self._blitting.redraw_all()
        else:
            self._blitting.redraw()

    def _draw(self, controls: bool) -> None:
        """Make the axes, the view, the charts and the controls."""
        figure, learner = self.figure, self.learner
        ax = figure.add_axes((0.07, 0.175, 0.51, 0.72))
        self._view = VIEWS.get(learner.data.width, PicturesView)(ax, learner)
        self._title = ax.set_title("")
        heights = ((0.755, 0.175), (0.555, 0.175)) if controls else ((0.565, 0.33), (0.175, 0.33))
        loss, measure = (figure.add_axes((0.7, low, 0.265, height)) for low, height in heights)
        self._charts = Charts(loss, measure, learner)
        handles, labels = ax.get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="lower center", ncols=5, columnspacing=1.0,
                          bbox_to_anchor=(0.325, 0.045), handlelength=1.2)  # fmt: skip
        below = figure.add_axes((0.0, 0.0, 1.0, 0.045))
        below.set_axis_off()
        self._message = below.text(0.012, 0.5, "", va="center", color="0.2")
        self.panel = None
        artists = [*self._view.artists, self._title, *self._charts.artists, self._message]
        if controls:
            actions = {"train": self.toggle, "one epoch": self.step, "reset": self.reset}
            self.panel = Panel(figure, learner.settings, self.set, actions)
            artists += self.panel.artists
        self._artists = artists

    def _headline(self) -> str:
        """Return the settings, the epoch, the loss and the measure."""
        learner = self.learner
        loss = f"{learner.losses[-1]:.4g}" if learner.losses else "–"
        return (
            f"{learner.settings.described()}\nepoch {learner.epochs}, loss {loss}, "
            f"{learner.measured} {learner.measures[-1]:.3f}"
        )

    def _name_play(self, text: str) -> None:
        if self.panel is not None:
            self.panel.name_button("train", text)
            self._blitting.redraw_all()

    def _row(self, x: ArrayLike) -> NDArray:
        """Return x as one row (d,)."""
        row = np.asarray(x, dtype=float)
        if row.shape != (self.learner.data.width,) or not np.isfinite(row).all():
            raise ValueError(
                f"x must be {self.learner.data.width} finite numbers, got {row.tolist()!r:.60}"
            )
        return row

    def _clicked(self, event: MouseEvent) -> None:
        """Follow the point that was clicked; the right button removes the path."""
        toolbar = getattr(self.figure.canvas, "toolbar", None)
        if event.inaxes is not self._view.ax or getattr(toolbar, "mode", None):
            return
        assert event.xdata is not None and event.ydata is not None, "inside of axes"
        self.follow(None if event.button != 1 else self._view.point(event.xdata, event.ydata))

    def _closed(self, event: CloseEvent) -> None:
        self.running = False
        self._timer.stop()


def explore(
    data: str | ArrayLike = "spiral",
    *,
    kind: str | None = None,
    sigma: float | None = None,
    units: int | None = None,
    learning_rate: float | None = None,
    strength: float | None = None,
    scale: float | None = None,
    seed: int = 0,
    name: str = "table",
    block: bool | None = None,
) -> Explorer:
    """Open an `Explorer` in a window, or in a notebook after `%matplotlib widget`; return it.

    Parameters
    ----------
    data, kind, sigma, units, learning_rate, strength, scale, seed, name : as `Explorer` takes them
    block : whether to wait until the window is closed, or until Ctrl-C. None waits in a script, and
        not in a notebook or at a prompt of IPython

    Raises
    ------
    OSError
        If no window can be opened here.
    ValueError, TypeError
        If there are no such data, or a setting cannot be used.
    """
    block = None if block is None else truth(block, "block")
    found = Explorer(data, kind=kind, sigma=sigma, units=units, learning_rate=learning_rate,
                     strength=strength, scale=scale, seed=seed, name=name,
                     window=True)  # fmt: skip
    # Whoever keeps the figure keeps the controls, which matplotlib itself only refers to weakly.
    found.figure.explorer = found  # type: ignore[attr-defined]
    show_window(found.figure, block)
    return found
