"""The four times of recirculation, and its two updates (introduction of chapter 14)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from .experiments.encoder_problem import EPS, course, start
from .slide import Film, slide

NUMBER = "recirculation"
NAME = "film_recirculation"
TITLE = "Recirculation learns from changes of activity, without a backward pass"
ALT = (
    "Four visible and two hidden units; the shade and the number of a unit are its activity. Time "
    "0: one visible unit is on. Time 1: the activity passes up to the hidden units. Time 2: it "
    "passes down, and the visible units change towards the reconstruction. Time 3: it passes up "
    "again, and the hidden units change. Then the weights change, each by the activity of one unit "
    "times the change of the other: first those downwards, then those upwards."
)
EXAMPLE, SWEEPS = 1, 15  # the visible unit that is on, and sweeps of training before
REGRESSION = 0.5  # λ: smaller than in the figure, so that the changes can be seen
FRAMES = (
    "time 0: the visible units are set to x",
    "time 1: up, h₁ = f(x W + b)",
    "time 2: down, v₂ = λ x + (1 − λ) g(h₁ V + c)",
    "time 3: up, h₃ = λ h₁ + (1 − λ) f(v₂ W + b)",
    "ΔV: activity h₁ times the change x − v₂",
    "ΔW: activity v₂ times the change h₁ − h₃",
)
LOW, HIGH, RADIUS = 0.0, 2.0, 0.34  # heights of both rows, radius of a unit
WIDEST = 7.0  # points, the line of the greatest change of a weight


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train a 4-2-4 network for a few sweeps; return the four times and the updates of one row."""
    model = start(4, 2, seed, REGRESSION)
    course(model, EPS, np.array([SWEEPS]))
    p = model.trace(np.eye(4)[[EXAMPLE]])
    return {"visible": np.array([p.x[0], p.v2[0]]), "hidden": np.array([p.h1[0], p.h3[0]]),
            "dV": p.dV, "dW": p.dW}  # fmt: skip


def draw(numbers: dict) -> Film:
    """Draw the units; frame i has the activities and the active arrows of one time."""
    with slide(TITLE, ALT) as (figure, axes):
        _draw_frame(axes, numbers, 0)

    def show(i: int) -> None:
        _draw_frame(axes, numbers, i)

    return Film(figure, len(FRAMES), show, per_second=0.5)


def _draw_frame(axes: Axes, numbers: dict, i: int) -> None:
    """Draw the units and what happens at time i = 0 to 3, or the update 4 or 5."""
    axes.clear()
    axes.set(xlim=(-2.6, 2.9), ylim=(-0.95, 2.9), aspect="equal")
    axes.set_axis_off()
    axes.text(0, 2.68, FRAMES[i], ha="center", va="center")
    visible, hidden = np.asarray(numbers["visible"]), np.asarray(numbers["hidden"])
    low, high = (np.array([[x, y] for x in xs]) for xs, y in
                 (((-1.5, -0.5, 0.5, 1.5), LOW), ((-0.8, 0.8), HIGH)))  # fmt: skip
    change = np.asarray(numbers["dV"]) if i == 4 else np.asarray(numbers["dW"]).T  # (2, 4)
    for k, above in enumerate(high):
        for j, below in enumerate(low):
            size = change[k, j] / np.abs(change).max()
            if i < 4:
                style = {"color": "C1" if i in (1, 3) else "C2" if i == 2 else "0.8",
                         "linewidth": 2.5}  # fmt: skip
            else:
                style = {"color": "C1" if size > 0 else "C2", "linestyle": "-" if size > 0 else ":",
                         "linewidth": 0.8 + WIDEST * abs(size)}  # fmt: skip
            axes.plot(*np.stack([below, above]).T, zorder=1, **style)
    now = 1 if i in (2, 3, 4, 5) else 0
    again = 1 if i in (3, 5) else 0
    for place, value in zip(low, visible[now], strict=True):
        _unit(axes, place, value)
    for place, value in zip(high, hidden[again], strict=True):
        _unit(axes, place, value if i else None)
    axes.text(2.2, LOW, ("x", "v₂")[now], va="center", fontsize="large")
    if i:
        axes.text(2.2, HIGH, ("h₁", "h₃")[again], va="center", fontsize="large")
    if i >= 4:
        axes.text(0, -0.65, "solid: the weight grows, dotted: it falls", ha="center", va="center")
    elif i:
        axes.text(0, -0.65, ("", "W ↑", "V ↓", "W ↑")[i], ha="center", va="center")


def _unit(axes: Axes, place: np.ndarray, value: float | None) -> None:
    """Draw a unit with its activity from 0 to 1 as a shade and a number; None is not known yet."""
    shade = 1.0 if value is None else 1.0 - value
    axes.add_patch(Circle(place, RADIUS, facecolor=str(shade), edgecolor="black", linewidth=2.0,
                          zorder=2))  # fmt: skip
    if value is not None:
        axes.text(*place, f"{value:.2f}", ha="center", va="center", zorder=3,
                  color="white" if shade < 0.5 else "black")  # fmt: skip
