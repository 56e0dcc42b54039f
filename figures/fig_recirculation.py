"""Recirculation on the 4-2-4 problem: codes, symmetry of the weights, and the gradient's direction.

Hinton and McClelland's rule (introduction of chapter 14) sends no error backwards. Where V = Wᵀ,
its update of the encoder has the gradient's direction in the limit λ → 1. When W and V are
initialized independently, training itself makes W and Vᵀ similar, and then the update becomes
similar to the gradient. At the end of training, when the error is near zero, the two directions
differ again.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae import BernoulliOutput, GaussianOutput
from tinyae.plotting import Figure, style

from .experiments.encoder_problem import EPS, KEPT, alike, cosine, course, start, updates
from .kinds import Count, Forms
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "recirculation"
NAME = "fig_recirculation"
TITLE = "recirculation: 4-2-4 solved, symmetry, the gradient as λ → 1 (introduction)"
ALT = (
    "The cosine of W and Vᵀ for {nets} networks 4-2-4 during training, with their median. It "
    "starts between −1 and 1, around 0, and rises to a median of {median_symmetry_after:.2f}. "
    "At the same time the share of networks that solve the problem rises to {solved} of "
    "{nets}. The rule never copies weights from one layer to the other, but it makes them "
    "similar, and its update becomes similar to the gradient (a cosine of up to "
    "{greatest_median_cosine:.2f})."
)
CHECKED = (
    "solved",
    "median_symmetry_after",
    "greatest_median_cosine",
    "linear_cosine_at_0.75",
    "sigmoid_cosine_at_0.75",
)
LAMBDAS = (0.0, 0.5, 0.75, 0.9, 0.95, 0.99)


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    nets: Count = Forms(20, quick=5),
) -> dict:
    """Train 4-2-4 networks with untied weights; compare updates of networks with V = Wᵀ."""
    sweeps = KEPT[KEPT <= 300] if quick else KEPT
    runs = [course(start(4, 2, s), EPS, sweeps) for s in range(seed, seed + nets)]
    numbers: dict = {"sweeps": np.concatenate([[0], sweeps]), "codes": runs[0]["codes"]}
    for key in ("symmetry", "cosine", "solved"):
        numbers[key] = np.array([run[key] for run in runs])
    for name, output in (("linear", GaussianOutput()), ("sigmoid", BernoulliOutput())):
        table = []
        for lam in LAMBDAS:
            pairs = [updates(*alike(output, lam, True, s)) for s in range(seed, seed + 20)]
            table.append([cosine(dW, down) for dW, _, down, _ in pairs])
        numbers[f"{name}_cosines"] = np.array(table)
        numbers[f"{name}_cosine_at_0.75"] = float(np.mean(table[LAMBDAS.index(0.75)]))
    numbers["nets"] = len(runs)
    numbers["solved"] = numbers["solved"].astype(int)
    numbers["solved_by"] = numbers["solved"].sum(axis=0)
    numbers["solved"] = int(numbers["solved_by"][-1])
    numbers["median_symmetry_after"] = float(np.median(numbers["symmetry"], axis=0)[-1])
    numbers["greatest_median_cosine"] = float(np.median(numbers["cosine"], axis=0).max())
    numbers["median_cosine_after"] = float(np.median(numbers["cosine"], axis=0)[-1])
    return numbers


def draw(numbers: dict) -> Figure:
    """Draw codes of one network; W against Vᵀ; ΔW against −∂W by sweep and, for V = Wᵀ, by λ."""
    with style():
        figure = Figure(figsize=(10.0, 8.0))
        (square, like), (toward, tied) = figure.subplots(2, 2)
        show_codes(square, numbers)
        square.set_title("4-2-4, λ = .75: codes of one network, ◦ to •")
        show_course(like, numbers, "symmetry", "cosine of W and Vᵀ")
        show_course(toward, numbers, "cosine", "cosine of ΔW and −∂W")
        for axes in (like, toward):
            axes.legend(loc="lower right")
        like.set_title(claim(numbers, "training makes W and Vᵀ similar", "W and Vᵀ in training"))
        toward.set_title(
            claim(numbers,
                  "the update becomes similar to the gradient\nand differs again at the end",
                  "the update and the gradient in training")
        )  # fmt: skip
        show_limit(tied, numbers)
        tied.set_title("where V = Wᵀ: the gradient's direction as λ → 1\n"
                       "(mean and range of 20 networks 8-3-8)")  # fmt: skip
        tied.legend(loc="lower right")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the codes, the similarity of the weights, and the limit λ → 1 as slides."""
    title = "Recirculation gives each of the four examples a code of its own"
    alt = (
        "Paths of four codes in the square of the two hidden units. They start together in the "
        "middle and end far apart, so that two units tell the four examples apart."
    )
    other = "recirculation: the codes of four examples"
    with slide(title, alt, other) as (codes, axes):
        show_codes(axes, numbers)
    title = "Recirculation makes W and Vᵀ similar, although nothing copies them"
    other = "recirculation: the cosine of W and Vᵀ"
    with slide(title, ALT.format(**numbers), other) as (like, axes):
        show_course(axes, numbers, "symmetry", "cosine of W and Vᵀ")
        legend(axes, right=False, ncols=3)
    title = "Where V = Wᵀ, the update has the gradient's direction as λ → 1"
    alt = (
        "The cosine of the update of recirculation and of the negative gradient, against λ, as "
        "mean and range of twenty networks. It rises with λ and is close to 1 from λ = 0.9, for "
        "linear and for sigmoid visible units."
    )
    other = "recirculation with V = Wᵀ: the cosine of its update and the gradient's"
    with slide(title, alt, other) as (tied, axes):
        show_limit(axes, numbers)
        legend(axes, right=False, ncols=2)
    return codes, like, tied


def show_codes(axes: Axes, numbers: dict) -> None:
    """Draw the paths of the four codes of one network, from their start to their end."""
    codes = np.asarray(numbers["codes"])
    for i, (color, marker) in enumerate(zip(("C0", "C1", "C2", "C3"), "osD^", strict=True)):
        h = codes[:, i]
        axes.plot(*h.T, "-", color=color, linewidth=1.2)
        axes.plot(*h[0], marker, color=color, markerfacecolor="white", markersize=7)
        axes.plot(*h[-1], marker, color=color, markersize=8)
        word = "".join("1" if j == i else "0" for j in range(4))
        right = h[-1, 0] < 0.5  # the text is on the side where there is room
        axes.annotate(f"x = {word}", h[-1], (0.7 if right else -0.7, 0), ha="left" if right else
                      "right", va="center", textcoords="offset fontsize")  # fmt: skip
    axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), aspect="equal", xlabel="hidden unit $h_1$",
             ylabel="hidden unit $h_2$")  # fmt: skip


def show_course(axes: Axes, numbers: dict, key: str, label: str) -> None:
    """Draw one cosine of all networks by sweep, their median, and how many solve the problem."""
    sweeps, nets, lines = numbers["sweeps"], numbers["nets"], np.asarray(numbers[key])
    axes.plot(sweeps, lines.T, color="C3", linewidth=0.7, alpha=0.7)
    axes.plot([], [], color="C3", linewidth=0.7, label=f"{nets} network{'s' * (nets > 1)}")
    axes.plot(sweeps, np.median(lines, axis=0), color="C1", linewidth=2.6, label="median")
    axes.set_xscale("symlog", linthresh=1, linscale=0.4)
    axes.set_xticks([0, 1, 10, 100, 1000], ["0", "1", "10", "100", "1000"])
    axes.minorticks_off()
    axes.set(xlabel="sweeps through the four examples", ylabel=label, ylim=(-1.05, 1.05),
             xlim=(0, sweeps[-1]))  # fmt: skip
    axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    axes.plot(sweeps, np.asarray(numbers["solved_by"]) / nets, ":", color="0.3",
              label="share that solve it")  # fmt: skip


def show_limit(axes: Axes, numbers: dict) -> None:
    """Draw the cosine of update and gradient for V = Wᵀ against λ: mean and range."""
    change = 1.0 - np.array(LAMBDAS)
    for name, color, look in (("sigmoid", "C1", "s-"), ("linear", "C2", "o--")):
        table = np.asarray(numbers[f"{name}_cosines"])
        axes.fill_between(change, table.min(axis=1), table.max(axis=1), color=color, alpha=0.2,
                          linewidth=0)  # fmt: skip
        axes.plot(change, table.mean(axis=1), look, color=color, label=f"{name} visible units")
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.set_xticks(change, [f"{lam:g}" for lam in LAMBDAS])
    axes.minorticks_off()
    axes.set(xlabel="λ", ylabel="cosine of ΔW and −∂W", ylim=(None, 1.05))
