"""Figure 14.4: one corruption of one training example, and the learned field r(x̃) − x̃.

C(x̃ | x) is Gaussian, so corruptions at the same distance from x are equally probable; they form a
circle. The network learns to give back x. Its best answer is E[x | x̃], which lies near the curve
of the data, so r(x̃) − x̃ points from x̃ back to the curve. How exactly it does is measured by
`figures/experiments/sine_curve.py`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Circle

from figures.experiments.sine_curve import CURVE, SIGMA, learn, measure
from tinyae import Autoencoder
from tinyae.plotting import Figure, style

NUMBER = "14.4"
NAME = "fig_14_04_corruption"
TITLE = "a corruption, the circle of equally probable ones, and r(x̃) − x̃ around a curve"
CHECKED = ("cosine_to_curve", "score_to_curve", "cosine_to_score")
CROSSES = 30  # training examples that are drawn
SHRINK = 3.0  # arrows of the field are drawn at a third of their length, so that none overlap


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train, measure, corrupt one example once, and sample the field on a grid."""
    model, X, seconds = learn(seed, epochs=6 if quick else 40)
    rng = np.random.default_rng(seed)
    numbers = measure(model, rng)
    examples = X[np.argsort(X[:, 0])][len(X) // CROSSES // 2 :: len(X) // CROSSES]
    x = examples[np.abs(examples[:, 0] - 0.5).argmin()]  # at a maximum, where the circle has room
    noisy = far_out(model, x, rng)
    across, up = np.meshgrid(np.linspace(-1.4, 1.4, 29), np.linspace(-0.9, 0.9, 19))
    grid = np.stack([across.ravel(), up.ravel()], axis=1)
    away = np.linalg.norm(grid[:, None] - CURVE[None], axis=2).min(axis=1)
    aside = np.linalg.norm(grid - x, axis=1) > 1.35 * np.linalg.norm(noisy - x)
    grid = grid[(away < 3 * SIGMA) & aside]  # training had hardly any corruption farther out
    return {
        "sigma": SIGMA,
        **numbers,
        "training_seconds": seconds,
        "examples": examples,
        "example": x,
        "corrupted": noisy,
        "reconstructed": model.reconstruct(noisy[None])[0],
        "grid": grid,
        "field": model.reconstruct(grid) - grid,
    }


def far_out(model: Autoencoder, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw corruptions of x until one is far enough from x and from the curve to be seen well."""
    while True:
        noisy = model.corruption.corrupt(x[None], rng)[0]
        away = np.linalg.norm(noisy - CURVE, axis=1).min()
        if away > 1.8 * SIGMA and 2.1 * SIGMA < np.linalg.norm(noisy - x) < 2.4 * SIGMA:
            return noisy


def draw(numbers: dict) -> Figure:
    """Draw the curve, examples, one circle with one corruption, and the field."""
    x, noisy, back = (np.asarray(numbers[k]) for k in ("example", "corrupted", "reconstructed"))
    radius = float(np.linalg.norm(noisy - x))
    with style():
        figure = Figure(figsize=(9.6, 6.4))
        axes = figure.add_subplot()
        axes.plot(*CURVE.T, color="C2", linewidth=4, zorder=2, label="where the data lie")
        axes.plot(*np.asarray(numbers["examples"]).T, "x", color="C0", markersize=8,
                  markeredgewidth=1.8, zorder=3, label="some of the training examples")  # fmt: skip
        axes.add_patch(Circle(x, radius, fill=False, color="0.35", linewidth=2, linestyle="--",
                              zorder=4))  # fmt: skip
        axes.plot(
            [], [], "--", color="0.35", linewidth=2, label="corruptions of x as probable as x̃"
        )
        arrows = {"color": "C1", "angles": "xy", "scale_units": "xy", "zorder": 5}
        axes.quiver(*np.asarray(numbers["grid"]).T, *np.asarray(numbers["field"]).T, scale=SHRINK,
                    label="learned r(x̃) − x̃, a third of its length", width=0.0024,
                    **arrows)  # fmt: skip
        axes.quiver(*x, *(noisy - x), scale=1, width=0.005, label="the corruption x → x̃",
                    **{**arrows, "color": "0.35"})  # fmt: skip
        axes.quiver(*noisy, *(back - noisy), scale=1, width=0.005, label="x̃ → r(x̃), full length",
                    **{**arrows, "color": "C4"})  # fmt: skip
        out = np.sign(noisy - x)
        for name, point, side in (("$x$", x, -out), (r"$\tilde{x}$", noisy, out)):
            axes.annotate(name, point, 13 * side, textcoords="offset points", fontsize=16,
                          ha="center", va="center", zorder=6)  # fmt: skip
        axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=(-1.45, 1.45),
                 ylim=(-0.95, 0.95))  # fmt: skip
        axes.set_title(
            f"median cosine of r(x̃) − x̃ with the way to the nearest point of the curve: "
            f"{numbers['cosine_to_curve']:.3f} (the exact score's: "
            f"{numbers['score_to_curve']:.3f}),\nwith the exact score itself: "
            f"{numbers['cosine_to_score']:.4f}; σ = {numbers['sigma']:g}"
        )
        figure.legend(loc="outside lower center", ncols=3)
    return figure
