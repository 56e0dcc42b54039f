"""Operator norm and Frobenius norm of ∂h/∂x against the strength of contraction (section 14.7)."""

from __future__ import annotations

import numpy as np

from figures.experiments.sensitivity import norms_by_strength
from tinyae.datasets import strokes
from tinyae.plotting import Figure, style

NUMBER = "norms"
NAME = "fig_norms"
TITLE = "operator norm and Frobenius norm of ∂h/∂x against λ (14.7)"
CHECKED = ("operator_weak", "frobenius_weak", "operator_strong", "error_weak", "error_strong")
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train a net for each strength on strokes; measure the norms at fresh ones."""
    n = 300 if quick else 1200
    x, _ = strokes(n + 500, rng=seed, dtype=np.float32)
    found = norms_by_strength(x[:n], x[n:], STRENGTHS, seed, points=20)
    operator, frobenius = (np.array([np.mean(one[i]) for one in found]) for i in (0, 1))
    error = np.array([one.error for one in found])
    return {
        "operator_weak": float(operator[0]),
        "frobenius_weak": float(frobenius[0]),
        "operator_strong": float(operator[-1]),
        "error_weak": float(error[0]),
        "error_strong": float(error[-1]),
        "strengths": np.array(STRENGTHS),
        "operator": operator,
        "frobenius": frobenius,
        "error": error,
    }


def draw(numbers: dict) -> Figure:
    """Draw both norms; at the right what the reconstruction costs."""
    with style():
        figure = Figure(figsize=(9.4, 3.8))
        left, right = figure.subplots(1, 2)
        lam = numbers["strengths"]
        left.semilogx(lam, numbers["frobenius"], "s--", color="C2", label="Frobenius norm")
        left.semilogx(lam, numbers["operator"], "o-", color="C1", label="operator norm")
        left.axhline(1.0, color="0.5", linestyle=":", label="1: a contraction below")
        left.set(xlabel="strength λ", ylabel="norm of ∂h/∂x at fresh strokes",
                 title="the penalty bounds the operator norm from above")  # fmt: skip
        left.legend()
        right.semilogx(lam, numbers["error"], "o-", color="C0")
        right.axhline(1.0, color="0.5", linestyle=":")
        right.set(xlabel="strength λ", ylabel="squared error over variance", ylim=(0, None),
                  title="an encoder that contracts everywhere reconstructs little")  # fmt: skip
    return figure
