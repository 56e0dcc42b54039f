"""The learned field as σ falls: coarse noise sees one cloud, fine noise sees two arms and a gap.

Each panel is a network of its own, trained and measured at its own σ (section 14.5.1). Between two
parallel lines at distance Δ the field parts as soon as σ < Δ/2. The arms of this spiral are 0.251
apart, but they are bent, and the exact score parts between them below σ ≈ 0.1 only.
"""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D

from figures.fig_14_05_vector_field import RIDGE, learn
from figures.rests import CENTRES, CURVE, distance, grid, ridge
from tinyae.plotting import Figure, style
from tinyae.score import smoothed_score

NUMBER = "sigmas"
NAME = "fig_sigmas"
TITLE = "the learned field around a spiral as σ falls (14.5.1)"
SIGMAS = (0.2, 0.1, 0.07, 0.04)
TOLERANCES = {
    f"{key}_{sigma:g}": tolerance
    for sigma in SIGMAS
    for key, tolerance in (("cosine", 0.02), ("ridge", 0.2), ("exact_ridge", 0.0))
}
ARROW = 0.07  # data units: the longest arrow of a panel


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train and measure one network for each σ; sample each field where its corruptions are."""
    numbers: dict = {}
    for sigma in SIGMAS:
        model, found, seconds = learn(
            seed, sigma=sigma, weight=20, bias=12, epochs=4 if quick else 20
        )
        x = grid(-0.7, 0.7, -0.7, 0.7, 29)
        x = x[distance(x) < max(4.0 * sigma, 0.15)]
        learned = ridge(lambda x, model=model: model.reconstruct(x) - x)
        exact = ridge(lambda x, sigma=sigma: smoothed_score(CENTRES, x, sigma))
        numbers |= {
            f"cosine_{sigma:g}": found["median_cosine"],
            f"mean_cosine_{sigma:g}": found["mean_cosine"],
            f"ridge_{sigma:g}": float(np.isfinite(learned[:, 0]).mean()),
            f"exact_ridge_{sigma:g}": float(np.isfinite(exact[:, 0]).mean()),
            f"training_seconds_{sigma:g}": seconds,
            f"x_{sigma:g}": x,
            f"field_{sigma:g}": model.reconstruct(x) - x,
            f"at_{sigma:g}": learned,
        }
    return numbers


def draw(numbers: dict) -> Figure:
    """Four panels from coarse to fine; the longest arrow is equally long in each."""
    with style():
        figure = Figure(figsize=(10.2, 11.2))
        for axes, sigma in zip(figure.subplots(2, 2).ravel(), SIGMAS, strict=True):
            x, field = (np.asarray(numbers[f"{key}_{sigma:g}"]) for key in ("x", "field"))
            length = np.linalg.norm(field, axis=1, keepdims=True)
            shown = ARROW * field / np.sqrt(length * length.max())  # roots, or weak ones vanish
            axes.plot(*CURVE.T, color="C2", linewidth=3, zorder=1)
            axes.plot(
                *np.asarray(numbers[f"at_{sigma:g}"]).T, ":", color="0.4", linewidth=2.2, zorder=2
            )
            axes.quiver(*x.T, *shown.T, color="C1", angles="xy", scale_units="xy",
                        scale=1.0, width=0.0026, zorder=3)  # fmt: skip
            axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=(-0.75, 0.75),
                     ylim=(-0.75, 0.75))  # fmt: skip
            axes.set_title(
                f"σ = {sigma:g}: median cosine with its own exact score "
                f"{numbers[f'cosine_{sigma:g}']:.4f}\nfield parts between the arms on "
                f"{numbers[f'ridge_{sigma:g}']:.0%} of the ways (exact: "
                f"{numbers[f'exact_ridge_{sigma:g}']:.0%})"
            )
        looks = [("data", {"color": "C2", "linewidth": 3}),
                 ("learned r(x) − x (arrows as long as the root of its length)",
                  {"color": "C1", "linewidth": 3}),
                 ("ridge: arrows part", RIDGE)]  # fmt: skip
        figure.legend([Line2D([], [], **look) for _, look in looks], [name for name, _ in looks],
                      loc="outside lower center", ncols=3)  # fmt: skip
    return figure
