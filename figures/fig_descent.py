"""Ten steps of inference: proximal steps against plain subgradient steps (section 14.8)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae import sparse_code
from tinyae.plotting import Figure, style
from tinyae.sparse_coding.lasso import Lasso

from .experiments.ten_steps import RATES, SCHEDULES, proximal, subgradient
from .kinds import Count, Forms, Width
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "descent"
NAME = "fig_descent"
TITLE = "ten steps of inference, proximal and along a subgradient (14.8)"
ALT = (
    "The distance of the energy from its minimum after each of ten steps, on a logarithmic "
    "axis. With proximal steps it falls along a straight line to {proximal_after_ten:.1g}, "
    "and {zeros_proximal:.0%} of the code are exactly zero, as at the minimum "
    "({zeros_minimum:.0%}). Steps along a subgradient stay above, at "
    "{subgradient_after_ten:.1g}, or {best_after_ten:.1g} for the best of many lengths, and "
    "no entry is exactly zero."
)
CHECKED = (
    "proximal_after_ten",
    "subgradient_after_ten",
    "best_after_ten",
    "zeros_proximal",
    "zeros_subgradient",
)
LAM, GAMMA, ATOMS, D = 0.5, 1.0, 60, 30


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    examples: Count = Forms(200, quick=50),
    lam: Width = LAM,
    gamma: Width = GAMMA,
) -> dict:
    """Descend from a noisy prediction f of the code; compare with the minimum of 14.19 in h."""
    rng = np.random.default_rng(seed)
    atoms = rng.standard_normal((ATOMS, D))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    n = examples
    code = rng.standard_normal((n, ATOMS)) * (rng.random((n, ATOMS)) < 0.1)
    x = code @ atoms + 0.05 * rng.standard_normal((n, D))
    f = code + 0.1 * rng.standard_normal(code.shape)  # what an encoder would predict
    problem = Lasso.of(x, atoms, lam, gamma, f)
    # ‖x − h D‖² + γ‖h − f‖² is one squared error with the atoms beside √γ times the identity.
    wide = np.hstack([atoms, gamma**0.5 * np.eye(ATOMS)])
    best = sparse_code(np.hstack([x, gamma**0.5 * f]), wide, lam)

    def cost(h):
        return problem.cost(h, h @ problem.A).sum()

    ways: dict = {}
    ways["proximal"], L = proximal(problem, f)
    ways["subgradient"] = subgradient(problem, f, L)
    lengths = [(rate, schedule) for rate in RATES for schedule in SCHEDULES.values()]
    ways["best"] = min((subgradient(problem, f, L, *length) for length in lengths),
                       key=lambda codes: cost(codes[-1]))  # fmt: skip
    numbers: dict = {}
    for name, codes in ways.items():
        numbers[name] = np.array([cost(h) / cost(best) - 1 for h in codes])
        numbers[f"{name}_after_ten"] = float(numbers[name][-1])
        numbers[f"zeros_{name}"] = float((codes[-1] == 0).mean())
    numbers["zeros_minimum"] = float((best == 0).mean())
    return numbers


LOOKS = {
    "subgradient": ("C2", "s--", "subgradient, length 1/2L"),
    "best": ("C4", "^:", "subgradient, best of 21 lengths"),
    "proximal": ("C1", "o-", "proximal"),
}


def draw(numbers: dict) -> Figure:
    """Draw the distance from the minimum after each step."""
    with style():
        figure = Figure(figsize=(5.8, 3.9))
        axes = figure.subplots()
        show_steps(axes, numbers)
        axes.set_title(
            claim(numbers, "Plain subgradient steps stay above, without a zero",
                  "Three ways of inference from the predicted code")
        )  # fmt: skip
        axes.legend(title=f"at the minimum {numbers['zeros_minimum']:.0%} are zero")
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same panel as a slide."""
    title = "Ten proximal steps give most of the zeros of the code; subgradient steps give none"
    with slide(title, ALT.format(**numbers)) as (figure, axes):
        show_steps(axes, numbers)
        axes.set_ylabel("distance from minimum")
        legend(axes, right=False)
    return (figure,)


def show_steps(axes: Axes, numbers: dict) -> None:
    """Draw the relative distance from the minimum against the steps."""
    for name, (color, look, words) in LOOKS.items():
        values = np.maximum(np.asarray(numbers[name]), 1e-12)
        axes.semilogy(values, look, color=color,
                      label=f"{words}: {numbers[f'zeros_{name}']:.0%} exact zeros")  # fmt: skip
    axes.set(xlabel="steps from the predicted code", ylabel="relative distance from the minimum")
