"""Figure 14.5: the vector field r(x) − x that a denoising autoencoder learns around a spiral.

The field is measured against the exact score of the spiral smoothed by the training noise, and so
are its zeros. The exact density has three stationary points only: a maximum on the curve's inner
end, a saddle between the arms, a minimum inside. Along the curve, and along the ridge where the
arrows part between two arms, its score almost vanishes, and there the small error of a learned
field makes many more: maxima and saddles on the curve, saddles and minima on the ridge. A second
network, alike but for narrow initial weights, shows why the first layer starts wide: tanh units
that all bend in the same place cannot tell neighbouring arms apart.
"""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D

from figures.common import cosine, tanh_denoiser, train
from figures.rests import CENTRES, CURVE, between, distance, exact_rests, grid, rests, ridge
from tinyae import Adam, Autoencoder, score_field
from tinyae.datasets import spiral
from tinyae.plotting import Figure, style
from tinyae.score import smoothed_score
from tinyae.training import Cosine

NUMBER = "14.5"
NAME = "fig_14_05_vector_field"
TITLE = "the field r(x) − x around a spiral, against the exact score"
TOLERANCES = {
    "median_cosine": 0.004,
    "mean_cosine": 0.03,
    "slope": 0.03,
    "narrow_mean_cosine": 0.35,
    "exact_maxima": 0,
    "exact_saddles": 0,
    "exact_minima": 0,
    "share_of_ridge_found": 0.05,
}
CLOSE_UP = (-0.17, 0.23, 0.18, 0.58)  # left, right, bottom, top: two arms and the gap between
SHRINK = 2.0  # arrows are drawn at half their length, or they would overlap


def denoiser(sigma: float, rng: np.random.Generator, *, weight: float, bias: float) -> Autoencoder:
    """2-200-2, tanh code, linear output; the first layer starts at U(−weight, weight)."""
    return tanh_denoiser(2, 200, sigma, rng, weight=weight, bias=bias)


def agreement(model: Autoencoder, sigma: float, rng: np.random.Generator) -> dict[str, float]:
    """Compare the learned score with the exact one at 2000 fresh noisy points.

    The slope is that of the least-squares line of r(x) − x on σ² · score, through the origin.
    """
    x = spiral(2000, noise=sigma, rng=rng)
    learned, exact = score_field(model, x, sigma), smoothed_score(CENTRES, x, sigma)
    angles = cosine(learned, exact)
    return {
        "median_cosine": float(np.median(angles)),
        "mean_cosine": float(angles.mean()),
        "slope": float((learned * exact).sum() / (exact * exact).sum()),
    }


def learn(seed: int, *, sigma: float, weight: float, bias: float, epochs: int):
    """Train one denoiser; return it, its agreement with the score, and the seconds it took."""
    rng = np.random.default_rng(seed)
    model = denoiser(sigma, rng, weight=weight, bias=bias)
    X = spiral(51_200, rng=rng)
    history = train(model, X, epochs=epochs, batch_size=256, optimizer=Adam(Cosine(0.015)), rng=rng)
    return model, agreement(model, sigma, rng), history.seconds


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train the wide and the narrow network and measure both; sample the fields on grids."""
    sigma, epochs = 0.05, 15 if quick else 200
    model, numbers, seconds = learn(seed, sigma=sigma, weight=20, bias=12, epochs=epochs)
    narrow, narrow_numbers, _ = learn(seed, sigma=sigma, weight=2, bias=2, epochs=epochs)
    whole, close = grid(-0.66, 0.66, -0.66, 0.66, 27), grid(*CLOSE_UP, 14)
    whole = whole[distance(whole) < 4 * sigma]  # farther out there was hardly any corruption
    found, exact = rests(model), exact_rests(sigma)
    learned_ridge = ridge(lambda x: model.reconstruct(x) - x)
    exact_ridge = ridge(lambda x: smoothed_score(CENTRES, x, sigma))
    apart = np.linalg.norm(learned_ridge - exact_ridge, axis=1)
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
        "median_ridge_error": float(np.nanmedian(apart)),
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
    """Four panels: the learned field, the exact score, a close-up of both, the narrow start."""
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
            f"at rest: {numbers['maxima']} maxima, {numbers['saddles']} saddles, "
            f"{numbers['minima']} minima"
        )
        exact.set_title(
            f"exact σ² · score of the spiral smoothed by σ = {numbers['sigma']:g}\n"
            "along curve and ridge it almost vanishes, but\n"
            f"at rest: {numbers['exact_maxima']} maximum, {numbers['exact_saddles']} saddle, "
            f"{numbers['exact_minima']} minimum"
        )
        close.set_title(
            "close-up, both: between two arms the arrows part\n"
            f"slope of r(x) − x on σ² · score: {numbers['slope']:.3f}"
        )
        narrow.set_title(
            "the same net, weights from U(−2, 2)\ncosine with the score: median "
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
    """One legend for all panels, from lines that are drawn nowhere."""
    looks = [("data", {"color": "C2", "linewidth": 3}),
             ("learned r(x) − x, half length", {"color": "C1", "linewidth": 3}),
             ("exact σ² · score, half length", {"color": "C4", "linewidth": 3}),
             ("ridge: arrows part", RIDGE)]  # fmt: skip
    looks += [(f"r(x) = x, {kind}", {"marker": marker, "color": "black", "markerfacecolor": face,
                                     "linestyle": ""})
              for kind, (marker, face) in MARKERS.items()]  # fmt: skip
    figure.legend([Line2D([], [], **look) for _, look in looks], [name for name, _ in looks],
                  loc="outside lower center", ncols=4)  # fmt: skip


def arrows(axes, x, field, color, width=0.0028):
    """Draw arrows at 1/SHRINK of their length."""
    axes.quiver(*np.asarray(x).T, *np.asarray(field).T, color=color, angles="xy", scale_units="xy",
                scale=SHRINK, width=width, zorder=3)  # fmt: skip
