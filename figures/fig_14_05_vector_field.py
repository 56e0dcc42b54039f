"""Figure 14.5: the vector field r(x) − x that a denoising autoencoder learns around a spiral.

The field and its zeros are compared with the exact score (equation 14.15) of the spiral smoothed by
the training noise. The exact density has only three stationary points: a maximum at the inner end
of the curve, a saddle between the arms, and a minimum inside. But its score is almost zero along
the curve and along the ridge between two arms, where the field changes from one arm to the other.
There a small error of the learned field makes many more zeros: maxima and saddles on the curve,
saddles and minima on the ridge.

A second network has the same size and smaller initial weights. It shows why the weights of the
first layer must start large: if all tanh units are steep in the same place, the network cannot
distinguish neighbouring arms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from tinyae.numerics.scaled_points import PLANE
from tinyae.plotting import Figure, style, vector_field
from tinyae.score import smoothed_score

from .experiments.own_data import Scaled, grid_around, learn_plane, zeros
from .experiments.spiral import (
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
from .kinds import Count, Forms, Length, Plane
from .own_panels import height, thin_out
from .parameters import claim, has_rows, parametrized
from .slide import Slide, show_looks, slide

NUMBER = "14.5"
NAME = "fig_14_05_vector_field"
TITLE = "the field r(x) − x around a spiral, against the exact score"
ALT = (
    "A spiral on which the data lie. At the points of a grid around it, arrows show the "
    "learned r(x) − x. They point from both sides to the nearest arm of the spiral and are "
    "short on it. Between two neighbouring arms runs a dotted ridge from which the arrows "
    "point away to both sides. The median cosine with the exact score of the smoothed spiral "
    "is {median_cosine:.3f}: a denoising autoencoder learns the score of the data."
)
ALT_OWN = (
    "Points in the plane, and at the points of a grid around them arrows that show the learned "
    "r(x) − x. The median cosine with the exact score of the smoothed data is {median_cosine:.3f}, "
    "and {narrow_median_cosine:.3f} for the same network from small initial weights."
)
SECTION = "14.5.1"
OWN_SLIDES = True
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
# Steps of the grid: the length at which arrows begin to overlap. Those of the close-up are wider.
REACH = {"whole": 2.0, "close": 1.0}


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    sigma: Length = 0.05,
    units: Count = 200,
    epochs: Count = Forms(200, quick=15),
    X: Plane | None = None,
) -> dict:
    """Train a network from large and one from small weights; measure both; sample the fields.

    With points X (n, 2) in place of the spiral there are no curve, ridge and close-up.
    """
    if X is not None:
        return _of_points(X, seed, sigma, {"units": units, "epochs": epochs})
    Scaled.of(CURVE, PLANE).sigma(sigma, "the spiral")  # raises an error if it does not fit
    options = {"sigma": sigma, "epochs": epochs, "units": units}
    model, numbers, seconds = learn(seed, weight=20, bias=12, **options)
    narrow, narrow_numbers, _ = learn(seed, weight=2, bias=2, **options)
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


def _of_points(X: np.ndarray, seed: int, sigma: float, options: dict[str, int]) -> dict:
    """Return the numbers for points X (n, 2) of a user, in the units of the points."""
    points = Scaled.of(X, PLANE)
    scaled = points.sigma(sigma)
    model, found, seconds = learn_plane(points, seed, sigma=scaled, weight=20, bias=12, **options)
    narrow, narrow_found, _ = learn_plane(points, seed, sigma=scaled, weight=2, bias=2, **options)
    z = grid_around(points, scaled, 27)
    learned, exact = zeros(points, model, scaled, z)
    counts = {f"{prefix}{kind.replace('mum', 'ma').replace('saddle', 'saddles')}": len(of.of(kind))
              for prefix, of in (("", learned), ("exact_", exact)) for kind in MARKERS}  # fmt: skip
    return {
        "sigma": sigma,
        **found,
        **{f"narrow_{key}": value for key, value in narrow_found.items()},
        **counts,
        "training_seconds": seconds,
        "points": X,
        "whole": points.back(z),
        "whole_field": points.scale * (model.reconstruct(z) - z),
        "whole_exact": points.scale * scaled**2 * smoothed_score(points.z, z, scaled),
        "narrow_field": points.scale * (narrow.reconstruct(z) - z),
        "rests": points.back(learned.x),
        "kinds": learned.kinds.tolist(),
        "exact_rests": points.back(exact.x),
        "exact_kinds": exact.kinds.tolist(),
    }


def draw(numbers: dict) -> Figure:
    """Draw the learned field, the exact score, both in a close-up, and the second field."""
    if "points" in numbers:
        return draw_own(numbers)
    with style():
        figure = Figure(figsize=(10.6, 11.4))
        (whole, exact), (close, narrow) = figure.subplots(2, 2)
        show_field(whole, numbers, "whole_field", "C1", "ridge")
        show_field(exact, numbers, "whole_exact", "C4", "exact_ridge")
        show_field(narrow, numbers, "narrow_field", "C1")
        mark(exact, numbers["exact_rests"], numbers["exact_kinds"])
        show_close_up(close, numbers)
        here = inside(numbers["rests"], CLOSE_UP)
        rests, kinds = np.asarray(numbers["rests"])[here], np.asarray(numbers["kinds"])[here]
        mark(close, rests, kinds)
        whole.set_title(
            f"{claim(numbers, 'learned: the arrows point to the curve', 'learned r(x) − x')}\n"
            f"median cosine with the score {numbers['median_cosine']:.3f}, mean "
            f"{numbers['mean_cosine']:.2f}"
        )
        exact.set_title(
            f"exact: the score of the spiral smoothed by σ = {numbers['sigma']:g}, times σ²\n"
            f"zero at {counted(numbers, 'exact_')}"
        )
        ripples = numbers["maxima"] + numbers["saddles"] + numbers["minima"]
        close.set_title(
            "close-up: "
            + claim(numbers, "both turn at the ridge between two arms", "both fields")
            + "\n"
            + claim(numbers, "zeros made by ripples along curve and ridge: ", "learned zeros: ")
            + f"{len(rests)} here, {ripples} in all"
        )  # fmt: skip
        missed = claim(numbers, " misses the inner arm", "")
        narrow.set_title(
            f"the same network from small weights{missed}\n"
            f"median cosine with the score {numbers['narrow_median_cosine']:.3f}, mean "
            f"{numbers['narrow_mean_cosine']:.2f}"
        )
        ridges = numbers["ridge"], numbers["exact_ridge"]
        drawn = looks(numbers, "whole", "close")
        explain(figure, drawn if any(map(is_line, ridges)) else drawn[:3],
                {*kinds, *numbers["exact_kinds"]})  # fmt: skip
    return figure


def draw_own(numbers: dict) -> Figure:
    """Draw the learned field, the exact score, and the second field, around a user's points."""
    with style():
        figure = Figure(figsize=(14.4, 4.2 * height(numbers["whole"]) + 1.6))
        learned, exact, narrow = figure.subplots(1, 3, sharex=True, sharey=True)
        show_field(learned, numbers, "whole_field", "C1")
        show_field(exact, numbers, "whole_exact", "C4")
        show_field(narrow, numbers, "narrow_field", "C1")
        mark(learned, numbers["rests"], numbers["kinds"])
        mark(exact, numbers["exact_rests"], numbers["exact_kinds"])
        cosines = "median cosine with the score {:.3f}, mean {:.2f}"
        learned.set_title(
            f"learned: zero at {counted(numbers, '')}\n"
            + cosines.format(numbers["median_cosine"], numbers["mean_cosine"])
        )
        exact.set_title(
            f"exact: the score of the data smoothed by σ = {numbers['sigma']:g}, times σ²\n"
            f"zero at {counted(numbers, 'exact_')}"
        )
        narrow.set_title(
            "the same network from small weights\n"
            + cosines.format(numbers["narrow_median_cosine"], numbers["narrow_mean_cosine"])
        )
        explain(figure, [ROWS, *looks(numbers)[1:3]],
                {*numbers["kinds"], *numbers["exact_kinds"]})  # fmt: skip
    return figure


def counted(numbers: dict, prefix: str) -> str:
    """Return how many zeros of each kind there are, in words."""
    words = []
    for kinds, kind in (("maxima", "maximum"), ("saddles", "saddle"), ("minima", "minimum")):
        count = numbers[f"{prefix}{kinds}"]
        words.append(f"{count} {kind if count == 1 else kinds}")
    return ", ".join(words)


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the learned field as a slide, and a close-up of two arms as another one."""
    title = "The learned arrows point to where the data lie"
    own = has_rows(numbers)
    other = "the learned field r(x) − x"
    with slide(title, (ALT_OWN if own else ALT).format(**numbers), other) as (first, axes):
        show_field(axes, numbers, "whole_field", "C1", "" if own else "ridge")
        curve, learned, _, ridge = looks(numbers)
        ridges = [] if own or not is_line(numbers["ridge"]) else [ridge]
        show_looks(first, [ROWS if own else curve, learned, *ridges])
    if own:
        return (first,)
    alt = (
        "A close-up of two arms of the spiral and the gap between them. Narrow arrows of the "
        "learned field lie on the wide arrows of the exact score: both point to the nearer arm. "
        "Along a dotted ridge half-way between the arms both change from one arm to the other."
    )
    title = "Half-way between two arms the arrows turn from one arm to the other"
    other = "a close-up of the learned r(x) − x and the exact σ² · score"
    with slide(title, alt, other) as (second, axes):
        show_close_up(axes, numbers)
        here = np.where(inside(numbers["ridge"], CLOSE_UP)[:, None], numbers["ridge"], np.nan)
        drawn = looks(numbers, "close")
        show_looks(second, drawn if is_line(here) else drawn[:3])
    return first, second


RIDGE = {"color": "0.4", "linestyle": ":", "linewidth": 2.2}
ROWS = ("data", {"color": "C2", "marker": ".", "linestyle": ""})
MARKERS = {"maximum": ("o", "black"), "saddle": ("D", "white"), "minimum": ("v", "C6")}


FIELDS = {  # at the points of each grid
    "whole": ("whole_field", "whole_exact", "narrow_field"),
    "close": ("close_field", "close_exact"),
}


def inside(x: ArrayLike, box: tuple[float, float, float, float]) -> NDArray:
    """Whether each of the points x (n, 2) is in a box (left, right, bottom, top): (n,)."""
    left, right, bottom, top = box
    a, b = np.reshape(x, (-1, 2)).T
    return (left <= a) & (a <= right) & (bottom <= b) & (b <= top)


def is_line(x: ArrayLike) -> bool:
    """Whether anything of a line is seen whose missing points are NaN: two neighbours, x (n, 2)."""
    there = np.isfinite(np.asarray(x)).all(axis=1)
    return bool((there[1:] & there[:-1]).any())


def shrink(numbers: dict, at: str = "whole") -> int:
    """Return by what the lengths of arrows at the points of a grid are divided.

    It is 2, or more where they would overlap.
    """
    fields = (numbers[name] for name in FIELDS[at])
    long = max(float(np.median(np.linalg.norm(field, axis=1))) for field in fields)
    across = np.sort(np.asarray(numbers[at])[:, 0])
    step, factor = float(np.diff(across).max()), 2
    while long > factor * REACH[at] * step:
        factor *= 2
    return factor


def looks(numbers: dict, *grids: str) -> list[tuple[str, dict]]:
    """Return the texts and looks of the legend of one grid, by default the whole, or of both."""
    factor, *others = (shrink(numbers, at) for at in grids or ("whole",))
    long = "half length" if factor == 2 else f"1/{factor} of the length"
    long += "".join(f", close-up 1/{other}" for other in others if other != factor)
    return [
        ("data", {"color": "C2", "linewidth": 3}),
        (f"learned r(x) − x,\n{long}", {"color": "C1", "linewidth": 2, "marker": ">"}),
        (f"exact σ² · score,\n{long}", {"color": "C4", "linewidth": 3, "marker": ">"}),
        ("ridge: arrows point\naway from it", RIDGE),
    ]


def show_field(axes: Axes, numbers: dict, field: str, color: str, ridge: str = "") -> None:
    """Draw the curve, one field on the whole grid, and the ridge with this name."""
    if "points" in numbers:
        axes.plot(*np.asarray(numbers["points"]).T, ".", color="C2", markersize=2.5, zorder=1)
        thin_out(axes, numbers["whole"])
    else:
        axes.plot(*CURVE.T, color="C2", linewidth=2.5, zorder=1)
    arrows(axes, numbers, "whole", field, color)
    if ridge:
        axes.plot(*np.asarray(numbers[ridge]).T, zorder=2, **RIDGE)
    axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")


def show_close_up(axes: Axes, numbers: dict) -> None:
    """Draw two arms, the learned field on the exact one, and the learned ridge."""
    axes.plot(*CURVE.T, color="C2", linewidth=4, zorder=1)
    axes.plot(*np.asarray(numbers["ridge"]).T, zorder=2, **RIDGE)
    arrows(axes, numbers, "close", "close_exact", "C4", 0.011)
    arrows(axes, numbers, "close", "close_field", "C1", 0.004)
    left, right, bottom, top = CLOSE_UP
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")


def mark(axes: Axes, x, kinds) -> None:
    """Mark fixed points by their kind."""
    x, kinds = np.asarray(x), np.asarray(kinds)
    for kind, (marker, face) in MARKERS.items():
        axes.plot(*x[kinds == kind].T, marker, color="black", markerfacecolor=face, markersize=6.5,
                  zorder=4)  # fmt: skip


def explain(figure: Figure, looks: Sequence[tuple[str, dict]], kinds: set[str]) -> None:
    """Draw one legend for all panels: these lines, and the marks of these kinds of fixed points."""
    looks = [(words.replace("\n", " "), look) for words, look in looks]
    looks += [(f"r(x) = x, {kind}", {"marker": marker, "color": "black", "markerfacecolor": face,
                                     "linestyle": ""})
              for kind, (marker, face) in MARKERS.items() if kind in kinds]  # fmt: skip
    figure.legend([Line2D([], [], **look) for _, look in looks], [name for name, _ in looks],
                  loc="outside lower center", ncols=4)  # fmt: skip


def arrows(
    axes: Axes, numbers: dict, at: str, field: str, color: str, width: float = 0.0034
) -> None:
    """Draw the arrows of a field at the points of a grid, all shortened alike."""
    vector_field(numbers[at], numbers[field], stretch=1 / shrink(numbers, at), color=color,
                 width=width, ax=axes)  # fmt: skip
