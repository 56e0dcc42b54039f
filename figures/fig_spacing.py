"""Where r(x) = x for three data on a line, as the noise grows (section 14.7, figure 14.7).

The optimal r is computed. It crosses the identity at the data, and once between neighbours, only if
σ is well below half of their distance. If the data differ in frequency, the crossing between two of
them lies nearer to the rarer one, so that arrows lead to the farther datum.
"""

from __future__ import annotations

import numpy as np

from figures.experiments.three_points import DATA, crossings, optimum, to_the_farther
from tinyae.plotting import Figure, style

NUMBER = "spacing"
NAME = "fig_spacing"
TITLE = "the points where r(x) = x for three data, against σ (14.7)"
CHECKED = ("crossings_at_fifth", "crossings_at_half", "wrong_equal", "wrong_unequal")
DISTANCE = 0.5
WEIGHTS = {"equal": (1, 1, 1), "unequal": (1, 8, 1)}


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Find the crossings of the exact optimum for each σ and both sets of weights."""
    sigmas = np.linspace(0.04, 0.36, 17 if quick else 81)
    numbers: dict = {
        "crossings_at_fifth": len(crossings(lambda x: optimum(x, DISTANCE / 5))),
        "crossings_at_half": len(crossings(lambda x: optimum(x, DISTANCE / 2))),
    }
    for name, copies in WEIGHTS.items():
        found = [(s, x) for s in sigmas
                 for x in crossings(lambda x, s=s, c=copies: optimum(x, s, c))]  # fmt: skip
        numbers[f"at_{name}"] = np.array(found)
        numbers[f"wrong_{name}"] = to_the_farther(lambda x, c=copies: optimum(x, 0.1, c))
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw the crossings against σ over the distance of the data, for both sets of weights."""
    with style():
        figure = Figure(figsize=(9.4, 3.9))
        titles = {
            "equal": "equal data: five crossings only for small noise",
            "unequal": "the datum at 0 is 8 times as frequent:\nits arrows begin beyond the middle",
        }
        for axes, name in zip(figure.subplots(1, 2, sharey=True), WEIGHTS, strict=True):
            sigma, x = np.asarray(numbers[f"at_{name}"]).T
            for datum in DATA[:, 0]:
                axes.axhline(datum, color="C2", linewidth=1.0)
            for middle in (-0.25, 0.25):
                axes.axhline(middle, color="0.6", linestyle=":", linewidth=1.0)
            axes.plot(sigma / DISTANCE, x, ".", color="C1", markersize=5)
            axes.axvline(0.5, color="0.4", linestyle="--", linewidth=1.0)
            axes.set(xlabel="σ / distance of neighbouring data", ylabel="x where r(x) = x",
                     title=titles[name])  # fmt: skip
            axes.plot([], [], color="C2", label="data")
            axes.plot([], [], ":", color="0.6", label="middles")
        axes.legend(loc="lower right")
    return figure
