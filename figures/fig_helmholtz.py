"""A Helmholtz machine dreams of bars (section 14.2): before, during and after wake-sleep.

The rows of pictures are drawn from the generative model. The curves are the exact mean of log p(x)
over the distribution of the data. No model exceeds the line at minus the entropy of the data.
"""

from __future__ import annotations

import numpy as np

from figures.experiments.dreamed_bars import (
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
from tinyae import HelmholtzMachine
from tinyae.datasets import bars
from tinyae.plotting import Figure, style, tile

NUMBER = "helmholtz"
NAME = "fig_helmholtz"
TITLE = "a Helmholtz machine dreams of bars; exact log p(x) during wake-sleep (14.2)"
CHECKED = ("entropy", "before", "after", "bars_after", "without_sleep", "shuffled")
CONTROLS = {"machine": None, "without_sleep": WithoutSleep, "shuffled": ShuffledRecognition}
LOOKS = {"machine": ("C2", "o-", "wake-sleep"),
         "without_sleep": ("C1", "s--", "without the sleep phase"),
         "shuffled": ("C0", "^:", "shuffled recognition weights")}  # fmt: skip
SHOWN = 24  # pictures in a panel


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train the machine and both controls; return dreams and the exact log p(x) by step."""
    long, short = (1500, 500) if quick else (6000, 1500)
    numbers: dict = {"entropy": ENTROPY, "data": bars(SHOWN, side=SIDE, rng=seed)}
    new = HelmholtzMachine(SIZES, rng=seed)
    numbers["before"] = log_p(new)
    numbers["dreams_before"] = new.sample(SHOWN, rng=seed)
    for name, control in CONTROLS.items():
        steps = long if name == "machine" else short
        epochs = steps * BATCH // EXAMPLES
        kept = np.unique(np.round(np.geomspace(1, epochs, 7 if quick else 13)).astype(int))
        machine, course = train(seed, steps, control, kept=kept)
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
        for name, (color, line, label) in LOOKS.items():
            steps, course = numbers[f"{name}_steps"], numbers[f"{name}_course"]
            axes.plot(steps, course, line, color=color, ms=5, label=label)
        axes.axhline(-numbers["entropy"], color="0.2", lw=1.2)
        axes.annotate(f"minus the entropy of the data: −{numbers['entropy']:.2f} nats",
                      (0, -numbers["entropy"]), (4, 4), textcoords="offset points")  # fmt: skip
        axes.set_xscale("symlog", linthresh=20, linscale=0.4)
        ticks = [0, 20, 100, 1000, numbers["machine_steps"][-1]]
        axes.set_xticks(ticks, [f"{int(t)}" for t in ticks])
        axes.minorticks_off()
        axes.set(xlabel="steps", ylabel="exact E log p(x) over the data (nats)",
                 ylim=(-12, -2.6), xlim=(0, None))  # fmt: skip
        gap = -numbers["entropy"] - numbers["after"]
        axes.set_title(f"wake-sleep reaches the best possible value up to {gap:.2g} nats;\n"
                       "a recognition network that does not fit prevents it")  # fmt: skip
        axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.55))
    return figure


def show(axes, pictures, title: str) -> None:
    """Draw the pictures side by side; a pixel that is on is black."""
    axes.imshow(tile(1.0 - pictures, 8, blank=0.7, gap=1), vmin=0, vmax=1, cmap="gray")
    axes.set(xticks=[], yticks=[], title=title, ylabel=f"{len(pictures)} pictures")
    for spine in axes.spines.values():
        spine.set_visible(False)
