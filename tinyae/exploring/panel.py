"""The sliders, radio buttons and buttons of the explorer."""

from __future__ import annotations

from collections.abc import Callable
from math import log10

from matplotlib.artist import Artist
from matplotlib.backend_bases import Event
from matplotlib.figure import Figure
from matplotlib.widgets import Button, RadioButtons, Slider

from tinyae.exploring.settings import KINDS, LIMITS, Settings

LABELS = {
    "sigma": "noise σ",
    "learning_rate": "learning rate",
    "strength": "penalty λ",
    "units": "hidden units ↺",
    "scale": "initial weights ± ↺",
}
BUTTONS = ("train", "one epoch", "reset")
LEFT, WIDTH = 0.765, 0.145  # of the sliders, as shares of the figure
TOP, STEP = 0.452, 0.044  # height of the highest slider, and distance of the next
ACTIVE, PALE = "#0072B2", "0.75"  # color C1 of the style, and that of a slider without effect


def rounded(position: float, name: str) -> float:
    """Return the value at the position of a slider, which is its logarithm, with two digits."""
    limits = LIMITS[name]
    value = min(max(float(f"{10.0**position:.1e}"), limits.low), limits.high)
    return round(value) if name == "units" else value


class QuietSlider(Slider):
    """A slider that never draws the whole figure: `Blitting` draws what moves."""

    drawon = False


class Panel:
    """The controls at the right of the explorer's figure.

    Parameters
    ----------
    figure : to draw into
    settings : that are shown at first

    Attributes
    ----------
    sliders : by the name of their setting; a position is the base-10 logarithm of a value
    kinds : the radio buttons
    buttons : by their first text
    artists : those that move with the sliders
    """

    def __init__(self, figure: Figure, settings: Settings):
        self.sliders = {
            name: self._slider(figure, i, name, settings) for i, name in enumerate(LABELS)
        }
        figure.text(LEFT + WIDTH + 0.06, TOP - 4.75 * STEP, "↺ starts again with new weights",
                    ha="right", va="center", color="0.35", size="small")  # fmt: skip
        box = figure.add_axes((0.63, 0.072, 0.15, 0.15))
        box.set_axis_off()
        # Radio buttons that store a picture of their own would be wiped out by `Blitting`.
        self.kinds = RadioButtons(box, KINDS, KINDS.index(settings.kind), activecolor=ACTIVE,
                                  useblit=False)  # fmt: skip
        self.kinds.drawon = False  # the scene draws the whole figure after another kind
        self.buttons = dict[str, Button]()
        for i, text in enumerate(BUTTONS):
            place = figure.add_axes((0.79, 0.178 - 0.053 * i, 0.175, 0.045))
            place.spines[:].set_visible(True)
            self.buttons[text] = Button(place, text, color="0.92", hovercolor="0.84")
        self.artists: tuple[Artist, ...] = tuple(
            artist
            for slider in self.sliders.values()
            for artist in (slider.poly, *slider.ax.lines, slider.valtext)
        )
        self._fade(settings)

    def __repr__(self) -> str:
        return f"Panel({', '.join(self.sliders)}; {', '.join(self.buttons)})"

    def connect(
        self, set_value: Callable[[str, object], None], actions: dict[str, Callable[[], None]]
    ) -> None:
        """Say what the controls do.

        Parameters
        ----------
        set_value : called as set_value(name, value) after a slider or a radio button was moved
        actions : functions without arguments, by the name of their button
        """
        for name, slider in self.sliders.items():
            slider.on_changed(self._moved(name, set_value))
        self.kinds.on_clicked(lambda kind: set_value("kind", kind))
        for text, action in actions.items():
            self.buttons[text].on_clicked(_called(action))

    def show(self, settings: Settings) -> None:
        """Move the controls to these settings, without calling anything back."""
        for name, slider in self.sliders.items():
            slider.eventson = False
            slider.set_val(log10(getattr(settings, name)))
            slider.eventson = True
            slider.valtext.set_text(f"{getattr(settings, name):g}")
        if self.kinds.value_selected != settings.kind:
            self.kinds.eventson = False
            self.kinds.set_active(KINDS.index(settings.kind))
            self.kinds.eventson = True
        self._fade(settings)

    def _moved(
        self, name: str, set_value: Callable[[str, object], None]
    ) -> Callable[[float], None]:
        """Return what the slider of this name calls with its new position."""

        def call(position: float) -> None:
            value = rounded(position, name)
            self.sliders[name].valtext.set_text(f"{value:g}")
            set_value(name, value)

        return call

    def _slider(self, figure: Figure, i: int, name: str, settings: Settings) -> Slider:
        limits = LIMITS[name]
        place = figure.add_axes((LEFT, TOP - i * STEP, WIDTH, 0.03))
        slider = QuietSlider(place, LABELS[name], log10(limits.low), log10(limits.high),
                             valinit=log10(getattr(settings, name)), initcolor="none",
                             color=ACTIVE,
                             handle_style={"edgecolor": "0.35", "size": 11})  # fmt: skip
        slider.valtext.set_text(f"{getattr(settings, name):g}")
        return slider

    def _fade(self, settings: Settings) -> None:
        """Draw the sliders pale whose setting has no effect."""
        for name, slider in self.sliders.items():
            used = settings.uses(name)
            slider.poly.set_color(ACTIVE if used else PALE)
            for text in (slider.label, slider.valtext):
                text.set_color("black" if used else PALE)


def _called(action: Callable[[], None]) -> Callable[[Event], None]:
    """Return a function of an event that calls the action."""
    return lambda event: action()
