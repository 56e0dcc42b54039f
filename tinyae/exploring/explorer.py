"""An autoencoder that learns while one looks, and whose settings can be changed meanwhile.

`Explorer` is the object behind the window: what is learned (`learner.py`), how it is drawn
(`scene.py`), and what the controls do (`panel.py`). It needs no window itself.
"""

from __future__ import annotations

import numpy as np
from matplotlib.backend_bases import CloseEvent, MouseEvent
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import truth
from tinyae.exploring.data import data_of
from tinyae.exploring.learner import Learner
from tinyae.exploring.panel import LABELS
from tinyae.exploring.scene import Scene
from tinyae.exploring.window import new_figure, new_window, show_window
from tinyae.training.history import DivergenceError

PAUSE = 15  # milliseconds between two frames, for the events of the window


class Explorer:
    """A figure in which an autoencoder is trained, one epoch for each frame.

    Another σ, learning rate, λ or kind goes on with the same weights. Other units or initial
    weights start again; the line at the bottom says so.

    The learning rate stays as it is until its slider is moved. A schedule such as
    `tinyae.training.Cosine` would need to know how many epochs will come, and here one may always
    go on. A smaller rate, chosen when the loss falls no more, does what the end of a schedule
    does: it averages the noise of the batches out.

    Parameters
    ----------
    data : "spiral", "three-points", "curve", "digits", or a table of your own (n, d). One column is
        shown as the curve r(x), two as a field, more as the field of their first two principal
        components
    kind : "denoising", "contractive", "sparse" or "plain"
    sigma, units, learning_rate, strength, scale : σ of the noise, hidden units, rate of Adam, λ of
        the penalty, and the initial weights U(−scale, scale) of the first layer. See
        `tinyae.exploring.settings.Settings`; None takes what suits the data
    seed : of weights, data and noise
    window : whether to draw into a window, which `show` opens
    controls : whether sliders and buttons are drawn. A picture for a talk needs none
    name : of a table of your own, in texts

    Attributes
    ----------
    learner : the model, its losses and measures
    figure, scene : everything is drawn into the figure, by the scene
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
        self.scene = Scene(self.figure, self.learner, controls)
        self.panel = self.scene.panel
        if self.panel is not None:
            buttons = {"train": self.toggle, "one epoch": self.step, "reset": self.reset}
            self.panel.connect(self.set, buttons)
        self._timer = self.figure.canvas.new_timer(interval=PAUSE)
        self._timer.add_callback(self.frame)
        self.figure.canvas.mpl_connect("button_press_event", self._clicked)
        self.figure.canvas.mpl_connect("close_event", self._closed)
        self.say(found.note or (self.scene.view.hint if controls else ""))
        self.redraw()

    def __repr__(self) -> str:
        headline = self.scene.headline().replace("\n", ", ")
        return f"Explorer({self.learner.data.name!r}, {headline})"

    def show(self, block: bool | None = None) -> Explorer:
        """Open the window, or show it in a notebook after `%matplotlib widget`; return itself.

        Parameters
        ----------
        block : whether to wait until the window is closed, or until Ctrl-C. None waits in a
            script, and not in a notebook or at a prompt of IPython

        Raises
        ------
        ValueError
            If the explorer was made without a window.
        """
        block = None if block is None else truth(block, "block")
        if self.figure.canvas.manager is None:
            raise ValueError("this explorer has no window: make it as Explorer(..., window=True)")
        # Whoever keeps the figure keeps the controls, which matplotlib only refers to weakly.
        self.figure.explorer = self  # type: ignore[attr-defined]
        show_window(self.figure, block)
        return self

    def play(self) -> None:
        """Train an epoch with every frame from now on."""
        self.running = True
        self.scene.name_play("pause")
        self._timer.start()
        self.say(self.scene.view.hint)

    def pause(self) -> None:
        """Stop training."""
        self.running = False
        self._timer.stop()
        self.scene.name_play("train")

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
            self.scene.blitting.redraw()  # the slider itself has moved a little
            return
        started_again = self.learner.change(settings)
        shown = value if isinstance(value, str) else f"{value:g}"
        what = f"{LABELS.get(name, name).rstrip(' ↺')} = {shown}"
        if started_again:
            self.say(f"{what} needs new weights: training starts again at epoch 0")
        elif not settings.uses(name):
            self.say(f"{what} has no effect on a {settings.kind} autoencoder")
        elif name == "sigma" and settings.corruption is None:
            self.say(f"{what}: what is compared changes; this training has no noise")
        else:
            self.say(f"{what} from epoch {self.learner.epochs + 1} on: the same weights go on")
        self.scene.show(settings, before)

    def follow(self, x: ArrayLike | None) -> None:
        """Show the path x → r(x) → r(r(x)) → … of one row x (d,); None shows none."""
        self.scene.view.start = None if x is None else self._row(x)
        self.redraw()

    def say(self, message: str) -> None:
        """Write a message into the line at the bottom; `redraw` shows it."""
        self.message = message
        self.scene.message.set_text(message)

    def redraw(self) -> None:
        """Draw what has changed."""
        self.scene.redraw()

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
        if event.inaxes is not self.scene.view.ax or getattr(toolbar, "mode", None):
            return
        assert event.xdata is not None and event.ydata is not None, "inside of axes"
        self.follow(None if event.button != 1 else self.scene.view.point(event.xdata, event.ydata))

    def _closed(self, event: CloseEvent) -> None:
        self.running = False
        self._timer.stop()
