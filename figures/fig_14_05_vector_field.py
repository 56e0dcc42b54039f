"""Figure 14.5: the vector field r(x) − x that a denoising autoencoder learns around a spiral.

The field and its zeros are compared with the exact score of the spiral smoothed by the training
noise. The exact density has only three stationary points: a maximum at the inner end of the curve,
a saddle between the arms, and a minimum inside. But its score is almost zero along the curve and
along the ridge between two arms, where the field changes from one arm to the other. There a small
error of the learned field makes many more zeros: maxima and saddles on the curve, saddles and
minima on the ridge.

A second network has the same size and smaller initial weights. It shows why the weights of the
first layer must start large: if all tanh units are steep in the same place, the network cannot
distinguish neighbouring arms.
"""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D

from figures.experiments.spiral import (
    CENTRES,
    CURVE,
    between,
    distance,
    exact_fixed_points,
    grid,
    learn,
    learned_fixed_points,
    ridge,
)
from tinyae.plotting import Figure, style
from tinyae.score import smoothed_score

NUMBER = "14.5"
NAME = "fig_14_05_vector_field"
TITLE = "the field r(x) − x around a spiral, against the exact score"
CHECKED = (
    "median_cosine",
    "mean_cosine",
    "slope",
    "narrow_mean_cosine",
    "exact_maxima",
    "exact_saddles",
    "exact_minima",
    "share_of_ridge_found",
)
CLOSE_UP = (-0.17, 0.23, 0.18, 0.58)  # left, right, bottom, top: two arms and the gap between
SHRINK = 2.0  # arrows are drawn at half their length, so that none overlap


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train a network from large and one from small weights; measure both; sample the fields."""
    sigma, epochs = 0.05, 15 if quick else 200
    model, numbers, seconds = learn(seed, sigma=sigma, weight=20, bias=12, epochs=epochs)
    narrow, narrow_numbers, _ = learn(seed, sigma=sigma, weight=2, bias=2, epochs=epochs)
    whole, close = grid(-0.66, 0.66, -0.66, 0.66, 27), grid(*CLOSE_UP, 14)
    whole = whole[distance(whole) < 4 * sigma]  # training had hardly any corruption farther out
    found, exact = learned_fixed_points(model), exact_fixed_points(sigma)
    learned_ridge = ridge(lambda x: model.reconstruct(x) - x)
    exact_ridge = ridge(lambda x: smoothed_score(CENTRES, x, sigma))
    apart = np.linalg.norm(learned_ridge - exact_ridge, axis=1)
    found_ridge = bool(np.isfinite(apart).any())
    return {
        "sigma": sigma,
        **numbers,
        **{f"narrow_{key}": value for key, value in narrow_numbers.items()},
        "maxima": len(found.of("maximum")),
        "saddles": len(found.of("saddle")),
        "minima": len(found.of("minimum")),
        "rests_between_arms": int(between(found).sum()),
        "exact_maxima": len(exact.of("maximum")),
        "exact_saddles": len(exact.of("saddle")),
        "exact_minima": len(exact.of("minimum")),
        "share_of_ridge_found": float(np.isfinite(apart).mean()),
        "median_ridge_error": float(np.median(apart[np.isfinite(apart)]))
        if found_ridge
        else np.inf,
        "training_seconds": seconds,
        "whole": whole,
        "whole_field": model.reconstruct(whole) - whole,
        "whole_exact": sigma**2 * smoothed_score(CENTRES, whole, sigma),
        "narrow_field": narrow.reconstruct(whole) - whole,
        "close": close,
        "close_field": model.reconstruct(close) - close,
        "close_exact": sigma**2 * smoothed_score(CENTRES, close, sigma),
        "rests": found.x,
        "kinds": found.kinds.tolist(),
        "exact_rests": exact.x,
        "exact_kinds": exact.kinds.tolist(),
        "ridge": learned_ridge,
        "exact_ridge": exact_ridge,
    }


def draw(numbers: dict) -> Figure:
    """Draw the learned field, the exact score, both in a close-up, and the second field."""
    with style():
        figure = Figure(figsize=(10.6, 11.4))
        (whole, exact), (close, narrow) = figure.subplots(2, 2)
        for axes, field, color in ((whole, "whole_field", "C1"), (exact, "whole_exact", "C4"),
                                   (narrow, "narrow_field", "C1")):  # fmt: skip
            axes.plot(*CURVE.T, color="C2", linewidth=2.5, zorder=1)
            arrows(axes, numbers["whole"], numbers[field], color)
        for axes, prefix in ((whole, ""), (exact, "exact_"), (close, "")):
            axes.plot(
                *np.asarray(numbers[f"{prefix}ridge"]).T, ":", color="0.4", linewidth=2.2, zorder=2
            )
            mark(axes, numbers[f"{prefix}rests"], numbers[f"{prefix}kinds"])
        close.plot(*CURVE.T, color="C2", linewidth=4, zorder=1)
        arrows(close, numbers["close"], numbers["close_exact"], "C4", 0.011)
        arrows(close, numbers["close"], numbers["close_field"], "C1", 0.004)
        whole.set_title(
            f"learned r(x) − x, weights from U(−20, 20)\ncosine with the score: median "
            f"{numbers['median_cosine']:.3f}, mean {numbers['mean_cosine']:.2f}\n"
            f"zeros: {numbers['maxima']} maxima, {numbers['saddles']} saddles, "
            f"{numbers['minima']} minima"
        )
        exact.set_title(
            f"exact σ² · score of the spiral smoothed by σ = {numbers['sigma']:g}\n"
            "almost 0 along the curve and the ridge, but its zeros are\n"
            f"{numbers['exact_maxima']} maximum, {numbers['exact_saddles']} saddle, "
            f"{numbers['exact_minima']} minimum"
        )
        close.set_title(
            "close-up of both: the ridge between two arms\n"
            f"slope of r(x) − x on σ² · score: {numbers['slope']:.3f}"
        )
        narrow.set_title(
            "the same network, weights from U(−2, 2)\ncosine with the score: median "
            f"{numbers['narrow_median_cosine']:.3f}, mean {numbers['narrow_mean_cosine']:.2f}"
        )
        left, right, bottom, top = CLOSE_UP
        close.set(xlim=(left, right), ylim=(bottom, top))
        for axes in (whole, exact, close, narrow):
            axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
        legend(figure)
    return figure


RIDGE = {"color": "0.4", "linestyle": ":", "linewidth": 2.2}
MARKERS = {"maximum": ("o", "black"), "saddle": ("D", "white"), "minimum": ("v", "C6")}


def mark(axes, x, kinds) -> None:
    """Mark fixed points by their kind."""
    x, kinds = np.asarray(x), np.asarray(kinds)
    for kind, (marker, face) in MARKERS.items():
        axes.plot(*x[kinds == kind].T, marker, color="black", markerfacecolor=face, markersize=6.5,
                  zorder=4)  # fmt: skip


def legend(figure: Figure) -> None:
    """Draw one legend for all panels, from lines that are in none of them."""
    looks = [("data", {"color": "C2", "linewidth": 3}),
             ("learned r(x) − x, half length", {"color": "C1", "linewidth": 3}),
             ("exact σ² · score, half length", {"color": "C4", "linewidth": 3}),
             ("ridge: arrows point away from it", RIDGE)]  # fmt: skip
    looks += [(f"r(x) = x, {kind}", {"marker": marker, "color": "black", "markerfacecolor": face,
                                     "linestyle": ""})
              for kind, (marker, face) in MARKERS.items()]  # fmt: skip
    figure.legend([Line2D([], [], **look) for _, look in looks], [name for name, _ in looks],
                  loc="outside lower center", ncols=4)  # fmt: skip


def arrows(axes, x, field, color, width=0.0028):
    """Draw arrows at 1/SHRINK of their length."""
    axes.quiver(*np.asarray(x).T, *np.asarray(field).T, color=color, angles="xy", scale_units="xy",
                scale=SHRINK, width=width, zorder=3)  # fmt: skip
