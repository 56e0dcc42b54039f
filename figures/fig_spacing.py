"""Where r(x) = x for three data on a line, as the noise grows (section 14.7, figure 14.7).

The optimal r is computed. It crosses the identity at the data, and once between neighbours, only if
σ is well below half of their distance. If the data differ in frequency, the crossing between two of
them lies nearer to the rarer one, so that arrows lead to the farther datum.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes

from tinyae.plotting import Figure, style

from .experiments.three_points import DATA, crossings, optimum, to_the_farther
from .kinds import Count, Forms, Number
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "spacing"
NAME = "fig_spacing"
TITLE = "the points where r(x) = x for three data, against σ (14.7)"
ALT = (
    "The points where the best r(x) equals x, against the noise σ over the distance of "
    "neighbouring data, for three data on a line. For small noise there are five: one at each "
    "datum and one midway between neighbours. As σ grows towards half of the distance they "
    "meet and vanish, until a single one in the middle is left. Data nearer than about 2σ are "
    "not told apart."
)
CHECKED = ("crossings_at_fifth", "crossings_at_half", "wrong_equal", "wrong_unequal")
DISTANCE = 0.5
KINDS = ("equal", "unequal")
Sigma = Annotated[float, Number(low=0.01, high=2.0)]


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    lowest: Sigma = 0.04,
    highest: Sigma = 0.36,
    steps: Count = Forms(81, quick=17),
    times: Count = 8,
) -> dict:
    """Find the crossings of the exact optimum for each σ and both sets of weights.

    σ goes from `lowest` to `highest` in so many steps. In the second set the middle datum is
    `times` as frequent as each other one.
    """
    if lowest >= highest:
        raise ValueError(f"lowest must be below highest, got {lowest:g} and {highest:g}")
    sigmas = np.linspace(lowest, highest, steps)
    numbers: dict = {
        "crossings_at_fifth": len(crossings(lambda x: optimum(x, DISTANCE / 5))),
        "crossings_at_half": len(crossings(lambda x: optimum(x, DISTANCE / 2))),
    }
    numbers["times"] = times
    for name, copies in (("equal", (1, 1, 1)), ("unequal", (1, times, 1))):
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
            "equal": "equal data" + claim(numbers, ": five crossings only for small noise", ""),
            "unequal": frequency(numbers)
            + claim(numbers, ":\nits arrows begin beyond the middle", ""),
        }
        for axes, name in zip(figure.subplots(1, 2, sharey=True), KINDS, strict=True):
            show_crossings(axes, numbers, name)
            axes.set_title(titles[name])
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw both panels as slides."""
    title = "Only small noise keeps a fixed point at each datum"
    other = "the points where r(x) = x, against σ: equal weights"
    with slide(title, ALT, other) as (equal, axes):
        show_crossings(axes, numbers, "equal")
        legend(axes)
    alt = (
        "The same where the datum at 0 is eight times as frequent. The crossings between the data "
        "lie beyond the middles, nearer to the rarer data, and the rarer data lose theirs at a "
        "smaller noise."
    )
    title = "A more frequent datum attracts from beyond the middle"
    other = f"the points where r(x) = x, against σ: {frequency(numbers)}"
    with slide(title, alt, other) as (unequal, axes):
        show_crossings(axes, numbers, "unequal")
        legend(axes)
    return equal, unequal


def frequency(numbers: dict) -> str:
    """Return how frequent the datum at 0 is in the second panel, in words."""
    times = numbers["times"]
    if times == 1:
        return "all data are equally frequent"
    return f"the datum at 0 is {times} times as frequent"


def show_crossings(axes: Axes, numbers: dict, name: str) -> None:
    """Draw the crossings against σ over the distance of the data, for one set of weights."""
    sigma, x = np.asarray(numbers[f"at_{name}"]).T
    for datum in DATA[:, 0]:
        axes.axhline(datum, color="C2", linewidth=1.0)
    for middle in (-0.25, 0.25):
        axes.axhline(middle, color="0.5", linestyle=":", linewidth=1.0)
    axes.plot(sigma / DISTANCE, x, ".", color="C1", markersize=5, label="r(x) = x")
    axes.axvline(0.5, color="0.4", linestyle="--", linewidth=1.0, label="half the distance")
    axes.set(xlabel="σ / distance of neighbouring data", ylabel="x where r(x) = x")
    axes.plot([], [], color="C2", label="data")
    axes.plot([], [], ":", color="0.5", label="middles")
