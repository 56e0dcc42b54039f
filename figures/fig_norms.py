"""Operator norm and Frobenius norm of ∂h/∂x against the strength of contraction (section 14.7)."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tinyae.datasets import strokes
from tinyae.plotting import Figure, style

from .experiments.own_data import split
from .experiments.sensitivity import EPOCHS, UNITS, norms_by_strength
from .kinds import Count, Rows, Widths, rising
from .parameters import claim, has_rows, parametrized
from .slide import Slide, legend, slide

NUMBER = "norms"
NAME = "fig_norms"
TITLE = "operator norm and Frobenius norm of ∂h/∂x against λ (14.7)"
ALT = (
    "Two norms of ∂h/∂x against the strength λ of contraction. The Frobenius norm, which is "
    "penalised, lies above the operator norm everywhere. The operator norm falls from "
    "{operator_weak:.2f} to {operator_strong:.2f}; below the dotted line at 1 the encoder "
    "shortens every small step. At the same time the squared error rises from "
    "{error_weak:.2f} to {error_strong:.2f} times the variance of the data."
)
CHECKED = ("operator_weak", "frobenius_weak", "operator_strong", "error_weak", "error_strong")
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    strengths: Widths = STRENGTHS,
    units: Count = UNITS,
    epochs: Count = EPOCHS,
    X: Rows | None = None,
) -> dict:
    """Train a net for each strength on strokes; measure the norms at fresh ones.

    With rows X (n, d) four fifths are trained on, and the others are fresh.
    """
    rising(strengths, "strengths")
    n = 300 if quick else 1200
    if X is None:
        x, _ = strokes(n + 500, rng=seed, dtype=np.float32)
        x, fresh = x[:n], x[n:]
    else:
        x, fresh = split(X, seed)
    found = norms_by_strength(x, fresh, strengths, seed, points=20, units=units, epochs=epochs)
    operator, frobenius = (np.array([np.mean(one[i]) for one in found]) for i in (0, 1))
    error = np.array([one.error for one in found])
    return {
        "operator_weak": float(operator[0]),
        "frobenius_weak": float(frobenius[0]),
        "operator_strong": float(operator[-1]),
        "error_weak": float(error[0]),
        "error_strong": float(error[-1]),
        "strengths": np.array(strengths),
        "operator": operator,
        "frobenius": frobenius,
        "error": error,
    }


def draw(numbers: dict) -> Figure:
    """Draw both norms; at the right what the reconstruction costs."""
    with style():
        figure = Figure(figsize=(9.4, 3.8))
        left, right = figure.subplots(1, 2)
        show_norms(left, numbers)
        left.set_title("the penalty bounds the operator norm from above")
        left.legend()
        show_error(right, numbers)
        below = "with a norm below 1 the error is above that of the mean picture"
        right.set_title(claim(numbers, below, "error"))
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw both panels as slides."""
    title = "The penalty bounds the operator norm, which decides on contraction"
    other = "operator norm and Frobenius norm of ∂h/∂x against λ"
    with slide(title, ALT.format(**numbers), other) as (norms, axes):
        show_norms(axes, numbers)
        legend(axes, right=False, ncols=3)
    alt = (
        "The squared error over the variance of the data, against the strength of contraction. It "
        "rises above 1, the error of the mean picture, before the operator norm falls below 1."
    )
    title = "With an operator norm below 1 these nets are worse than the mean picture"
    other = "the squared error against λ"
    with slide(title, alt, other) as (error, axes):
        show_error(axes, numbers)
        legend(axes, right=False, ncols=2)
    return norms, error


def show_norms(axes: Axes, numbers: dict) -> None:
    """Draw both norms of ∂h/∂x against the strength."""
    lam = numbers["strengths"]
    axes.semilogx(lam, numbers["frobenius"], "s--", color="C2", label="Frobenius norm")
    axes.semilogx(lam, numbers["operator"], "o-", color="C1", label="operator norm")
    axes.axhline(1.0, color="0.5", linestyle=":", label="1: a contraction below")
    fresh = "fresh rows" if has_rows(numbers) else "fresh strokes"
    axes.set(xlabel="strength λ", ylabel=f"norm of ∂h/∂x at {fresh}")


def show_error(axes: Axes, numbers: dict) -> None:
    """Draw the error against the strength."""
    axes.semilogx(numbers["strengths"], numbers["error"], "o-", color="C0", label="reconstruction")
    mean = "mean row" if has_rows(numbers) else "mean picture"
    axes.axhline(1.0, color="0.5", linestyle=":", label=mean)
    axes.set(xlabel="strength λ", ylabel="squared error over variance", ylim=(0, None))
