"""A Helmholtz machine dreams of bars (section 14.2): before, during and after wake-sleep.

The rows of pictures are drawn from the generative model. The curves are the exact mean of log p(x)
over the distribution of the data. No model exceeds the line at minus the entropy of the data.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes

from tinyae import HelmholtzMachine
from tinyae.datasets import bars
from tinyae.plotting import Figure, style, tile

from .experiments.dreamed_bars import (
    BATCH,
    ENTROPY,
    EXAMPLES,
    SIDE,
    SIZES,
    ShuffledRecognition,
    WithoutSleep,
    is_bars,
    log_p,
    train,
)
from .kinds import Forms, Number
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "helmholtz"
NAME = "fig_helmholtz"
TITLE = "a Helmholtz machine dreams of bars; exact log p(x) during wake-sleep (14.2)"
ALT = (
    "The exact mean of log p(x) over the data, against the number of training steps. With "
    "wake-sleep it rises from {before:.1f} to {after:.2f} nats, close to the horizontal line "
    "at −{entropy:.2f}, which no model can exceed. Without the sleep phase it reaches "
    "{without_sleep:.2f}, and with shuffled recognition weights {shuffled:.2f}. Both phases "
    "are needed. Of the trained machine's dreams {bars_after:.0%} are pictures of bars, as "
    "the data are."
)
CHECKED = ("entropy", "before", "after", "bars_after", "without_sleep", "shuffled")
CONTROLS = {"machine": None, "without_sleep": WithoutSleep, "shuffled": ShuffledRecognition}
LOOKS = {"machine": ("C2", "o-", "wake-sleep"),
         "without_sleep": ("C1", "s--", "without the sleep phase"),
         "shuffled": ("C0", "^:", "shuffled recognition weights")}  # fmt: skip
SHOWN = 24  # pictures in a panel

Steps = Annotated[int, Number(whole=True, low=500)]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    steps: Steps = Forms(6000, quick=1500),
    control_steps: Steps = Forms(1500, quick=500),
) -> dict:
    """Train the machine and both controls; return dreams and the exact log p(x) by step."""
    numbers: dict = {"entropy": ENTROPY, "data": bars(SHOWN, side=SIDE, rng=seed)}
    new = HelmholtzMachine(SIZES, rng=seed)
    numbers["before"] = log_p(new)
    numbers["dreams_before"] = new.sample(SHOWN, rng=seed)
    for name, control in CONTROLS.items():
        taken = steps if name == "machine" else control_steps
        epochs = taken * BATCH // EXAMPLES
        kept = np.unique(np.round(np.geomspace(1, epochs, 7 if quick else 13)).astype(int))
        machine, course = train(seed, taken, control, kept=kept)
        numbers[f"{name}_steps"] = np.concatenate([[0], kept * EXAMPLES // BATCH])
        numbers[f"{name}_course"] = course
        if name == "machine":
            numbers["after"] = float(course[-1])
            numbers["dreams_after"] = machine.sample(SHOWN, rng=seed)
            numbers["bars_after"] = float(is_bars(machine.sample(4000, rng=seed)).mean())
        else:
            numbers[name] = float(course[-1])
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw data and dreams as pictures on the left, and the courses of log p(x) on the right."""
    with style():
        figure = Figure(figsize=(10.4, 5.6))
        left, right = figure.subfigures(1, 2, width_ratios=(1, 1.45))
        titles = {"data": "data", "dreams_before": "dreams before training",
                  "dreams_after": "dreams after it: "
                                  f"{numbers['bars_after']:.0%} are bars"}  # fmt: skip
        for axes, (key, title) in zip(left.subplots(3, 1), titles.items(), strict=True):
            pictures = np.asarray(numbers[key]).reshape(-1, SIDE, SIDE)
            show(axes, pictures, title)
        axes = right.subplots()
        show_courses(axes, numbers)
        gap = -numbers["entropy"] - numbers["after"]
        axes.set_title(
            claim(numbers, f"wake-sleep reaches the best possible value up to {gap:.2g} nats;\n"
                  "a recognition network that does not fit prevents it",
                  f"wake-sleep ends {gap:.2g} nats below the best possible value")
        )  # fmt: skip
        axes.legend()
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw data and dreams in rows, and the courses of log p(x), as slides."""
    names = {"data": "data", "dreams_before": "dreams\nbefore training",
             "dreams_after": "dreams\nafter training"}  # fmt: skip
    alt = (
        "Three rows of black and white pictures. The data are pictures of bars. The dreams of the "
        "untrained machine are random dots. Those of the trained machine are bars."
    )
    title = "A trained Helmholtz machine dreams of what it has seen"
    other = "data and dreams of a Helmholtz machine"
    with slide(title, alt, other) as (dreams, axes):
        rows = np.concatenate([np.asarray(numbers[key])[:8] for key in names])
        show(axes, rows.reshape(-1, SIDE, SIDE), "")
        axes.set_yticks([(i + 0.5) * (SIDE + 1) - 0.5 for i in range(3)], list(names.values()))
        axes.set(ylabel=" ", xlabel="eight pictures of each kind")
        axes.tick_params(length=0)
    title = "Wake-sleep comes close to the best possible model; the controls do not"
    other = "exact log p(x) during wake-sleep"
    with slide(title, ALT.format(**numbers), other) as (courses, axes):
        show_courses(axes, numbers)
        axes.set_ylabel("mean log p(x) (nats)")
        legend(axes, right=False, ncols=2)
    return dreams, courses


def show_courses(axes: Axes, numbers: dict) -> None:
    """Draw the exact mean of log p(x) by step, for the machine and both controls."""
    for name, (color, line, label) in LOOKS.items():
        steps, course = numbers[f"{name}_steps"], numbers[f"{name}_course"]
        axes.plot(steps, course, line, color=color, ms=5, label=label)
    axes.axhline(-numbers["entropy"], color="0.2", lw=1.2)
    axes.annotate(f"best possible: −{numbers['entropy']:.2f} nats, minus the entropy",
                  (0, -numbers["entropy"]), (4, 4), textcoords="offset points")  # fmt: skip
    axes.set_xscale("symlog", linthresh=20, linscale=0.4)
    ticks = [0, 20, 100, 1000, numbers["machine_steps"][-1]]
    axes.set_xticks(ticks, [f"{int(t)}" for t in ticks])
    axes.minorticks_off()
    axes.set(xlabel="steps", ylabel="exact E log p(x) over the data (nats)",
             ylim=(-12, -2.6), xlim=(0, None))  # fmt: skip


def show(axes, pictures, title: str) -> None:
    """Draw the pictures side by side; a pixel that is on is black."""
    axes.imshow(tile(1.0 - pictures, 8, blank=0.7, gap=1), vmin=0, vmax=1, cmap="gray")
    axes.set(xticks=[], yticks=[], title=title, ylabel=f"{len(pictures)} pictures")
    for spine in axes.spines.values():
        spine.set_visible(False)
