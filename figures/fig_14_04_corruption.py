"""Figure 14.4: one corruption of one training example, and the learned field r(x̃) − x̃.

C(x̃ | x) is Gaussian (equation 14.17), so corruptions at the same distance from x are equally
probable; they form a circle. The network learns to give back x. Its best answer is E[x | x̃], which
lies near the curve of the data, so r(x̃) − x̃ points from x̃ back to the curve. How exactly it does
is measured by `figures/experiments/sine_curve.py`.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from tinyae import Autoencoder
from tinyae.plotting import Figure, style

from .experiments.sine_curve import CURVE, SIGMA, learn, measure
from .kinds import Count, Forms, Number
from .parameters import claim, parametrized
from .slide import Slide, legend, slide

NUMBER = "14.4"
SECTION = "14.5"
NAME = "fig_14_04_corruption"
TITLE = "a corruption, the circle of equally probable ones, and r(x̃) − x̃ around a curve"
ALT = (
    "A wave-like curve on which the data lie, with crosses for some examples. Around the "
    "example x at the top of the wave a dashed circle shows the corruptions that are as "
    "probable as the drawn one, x̃. A blue arrow leads from x̃ back to the curve. Many light "
    "blue arrows, the learned r(x̃) − x̃, lead from both sides to the curve and end on it. "
    "Their median cosine with the way to the nearest point of the curve is "
    "{cosine_to_curve:.2f}: the network has learned where the data lie."
)
CHECKED = ("cosine_to_curve", "score_to_curve", "cosine_to_score")
# Above 0.2 hardly any corruption is as far from the curve as the one that is drawn.
Sigma = Annotated[float, Number(low=0.02, high=0.2)]
CROSSES = 30  # training examples that are drawn
MESSAGE = "A denoiser leads a corrupted point back to the curve of the data"


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    sigma: Sigma = SIGMA,
    units: Count = 100,
    epochs: Count = Forms(40, quick=6),
) -> dict:
    """Train, measure, corrupt one example once, and sample the field on a grid."""
    model, X, seconds = learn(seed, epochs=epochs, sigma=sigma, units=units)
    rng = np.random.default_rng(seed)
    numbers = measure(model, rng, sigma)
    examples = X[np.argsort(X[:, 0])][len(X) // CROSSES // 2 :: len(X) // CROSSES]
    x = examples[np.abs(examples[:, 0] - 0.5).argmin()]  # at a maximum, where the circle has room
    noisy = far_out(model, x, sigma, rng)
    steps = np.round(np.array([14, 9]) * SIGMA / sigma).astype(int)  # 0.1 at the recorded σ
    across, up = np.meshgrid(np.linspace(-1.4, 1.4, 2 * steps[0] + 1),
                             np.linspace(-0.9, 0.9, 2 * steps[1] + 1))  # fmt: skip
    grid = np.stack([across.ravel(), up.ravel()], axis=1)
    away = np.linalg.norm(grid[:, None] - CURVE[None], axis=2).min(axis=1)
    aside = np.linalg.norm(grid - x, axis=1) > 1.35 * np.linalg.norm(noisy - x)
    grid = grid[(away < 3 * sigma) & aside]  # training had hardly any corruption farther out
    return {
        "sigma": sigma,
        **numbers,
        "training_seconds": seconds,
        "examples": examples,
        "example": x,
        "corrupted": noisy,
        "reconstructed": model.reconstruct(noisy[None])[0],
        "spacing": np.array([1.4, 0.9]) / steps,
        "grid": grid,
        "field": model.reconstruct(grid) - grid,
    }


def far_out(
    model: Autoencoder, x: np.ndarray, sigma: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw corruptions of x until one is far enough from x and from the curve to be seen well."""
    while True:
        noisy = model.corruption.corrupt(x[None], rng)[0]
        away = np.linalg.norm(noisy - CURVE, axis=1).min()
        if away > 1.8 * sigma and 2.1 * sigma < np.linalg.norm(noisy - x) < 2.4 * sigma:
            return noisy


def draw(numbers: dict) -> Figure:
    """Draw the curve, examples, one circle with one corruption, and the field."""
    with style():
        figure = Figure(figsize=(9.6, 6.4))
        axes = figure.add_subplot()
        show_field(axes, numbers)
        axes.set_title(
            f"{claim(numbers, MESSAGE, 'The learned r(x̃) − x̃')}\n"
            f"median cosine with the way to the curve {numbers['cosine_to_curve']:.3f}, "
            f"with the exact score {numbers['cosine_to_score']:.4f}"
        )
        figure.legend(loc="outside lower center", ncols=3)
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the same panel as a slide."""
    with slide(MESSAGE, ALT.format(**numbers)) as (figure, axes):
        show_field(axes, numbers)
        legend(axes)
    return (figure,)


def show_field(axes: Axes, numbers: dict) -> None:
    """Draw the curve, examples, one circle with one corruption, and the field.

    All arrows have their full length. Of the grid every second row and column is drawn, so that few
    of them overlap.
    """
    x, noisy, back = (np.asarray(numbers[k]) for k in ("example", "corrupted", "reconstructed"))
    grid, field = np.asarray(numbers["grid"]), np.asarray(numbers["field"])
    seen = (np.round(grid / np.asarray(numbers["spacing"])).astype(int) % 2 == 0).all(axis=1)
    radius = float(np.linalg.norm(noisy - x))
    axes.plot(*CURVE.T, color="C2", linewidth=3, zorder=2, label="where the data lie")
    axes.plot(*np.asarray(numbers["examples"]).T, "x", color="C0", markersize=6,
              markeredgewidth=1.4, zorder=3, label="some examples")  # fmt: skip
    axes.add_patch(Circle(x, radius, fill=False, color="0.35", linewidth=1.5, linestyle="--",
                          zorder=4))  # fmt: skip
    axes.plot([], [], "--", color="0.35", linewidth=1.5, label="as probable as x̃")
    arrows = {"angles": "xy", "scale_units": "xy", "scale": 1, "zorder": 5}
    axes.quiver(*grid[seen].T, *field[seen].T, color="C3", width=0.0034, **arrows)
    axes.quiver(*x, *(noisy - x), color="C0", width=0.006, **arrows)
    axes.quiver(*noisy, *(back - noisy), color="C1", width=0.006, **arrows)
    for color, words in (("C3", "learned r(x̃) − x̃"), ("C0", "the corruption x → x̃"),
                         ("C1", "x̃ → r(x̃)")):  # fmt: skip
        axes.plot([], [], color=color, linewidth=2.5, marker=">", markevery=[], label=words)
    places = (("$x$", x, np.array([-0.3, -1.3])), (r"$\tilde{x}$", noisy, 0.8 * np.sign(noisy - x)))
    for name, point, side in places:
        axes.annotate(name, point, side, textcoords="offset fontsize", fontsize="x-large",
                      ha="center", va="center", zorder=6)  # fmt: skip
    axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=(-1.45, 1.45),
             ylim=(-0.95, max(0.95, x[1] + 1.1 * radius)))  # fmt: skip
