"""The learned field for four strengths of noise (section 14.5.1).

Each panel shows another network, trained and measured at its own σ. At large σ the arms of the
spiral blur into one cloud; at small σ there is a ridge between two arms, where the field changes
from one arm to the other. Between two parallel lines at the distance Δ there is a ridge if σ < Δ/2.
The arms of this spiral are 0.251 apart, but they are curved, and the exact score has a ridge
between them only below σ ≈ 0.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tinyae.numerics.scaled_points import PLANE
from tinyae.plotting import Figure, style, vector_field
from tinyae.score import smoothed_score

from .experiments.own_data import Scaled, grid_around, learn_plane
from .experiments.spiral import CENTRES, CURVE, distance, grid, learn, ridge
from .fig_14_05_vector_field import RIDGE, ROWS, is_line
from .kinds import Count, Forms, Lengths, Plane
from .own_panels import height, thin_out
from .parameters import parametrized
from .slide import Slide, show_looks, slide

NUMBER = "sigmas"
NAME = "fig_sigmas"
TITLE = "the learned field around a spiral as σ falls (14.5.1)"
ALT = (
    "Four fields that networks have learned around a spiral, with noise of falling strength. "
    "At σ = 0.2 the arms blur into one cloud, and the arrows point to its middle. At smaller "
    "σ the arrows point to the nearest arm, and a dotted ridge from which they point away "
    "separates the arms. The noise decides how fine a structure of the data is learned."
)
ALT_OWN = (
    "Fields that networks have learned around points in the plane, one panel for each strength of "
    "the noise. The arrows point to where the smoothed data are denser."
)
SIGMAS = (0.2, 0.1, 0.07, 0.04)
OWN_SLIDES = True
CHECKED = tuple(
    f"{key}_{sigma:g}" for sigma in SIGMAS for key in ("cosine", "ridge", "exact_ridge")
)
ARROW = 0.07  # data units: the longest arrow of a panel


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    sigmas: Lengths = SIGMAS,
    units: Count = 200,
    epochs: Count = Forms(20, quick=4),
    X: Plane | None = None,
) -> dict:
    """Train and measure one network for each σ; sample its field where its corruptions lie.

    With points X (n, 2) in place of the spiral there are no curve and no ridge.
    """
    numbers: dict = {"sigmas": np.array(sigmas)}
    if X is not None:
        return numbers | _of_points(X, sigmas, seed, {"units": units, "epochs": epochs})
    for sigma in sigmas:
        Scaled.of(CURVE, PLANE).sigma(sigma, "the spiral")  # raises an error if it does not fit
    for sigma in sigmas:
        model, found, seconds = learn(
            seed, sigma=sigma, weight=20, bias=12, epochs=epochs, units=units
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


def _of_points(X: np.ndarray, sigmas: Sequence[float], seed: int, options: dict[str, int]) -> dict:
    """Return the numbers for points X (n, 2) of a user, in the units of the points."""
    points, numbers = Scaled.of(X, PLANE), {"points": X}
    for sigma, scaled in [(sigma, points.sigma(sigma)) for sigma in sigmas]:
        model, found, seconds = learn_plane(points, seed, sigma=scaled, weight=20, bias=12,
                                            **options)  # fmt: skip
        z = grid_around(points, max(scaled, 0.05), 29)
        numbers |= {
            f"cosine_{sigma:g}": found["median_cosine"],
            f"mean_cosine_{sigma:g}": found["mean_cosine"],
            f"training_seconds_{sigma:g}": seconds,
            f"x_{sigma:g}": points.back(z),
            f"field_{sigma:g}": points.scale * (model.reconstruct(z) - z),
        }
    return numbers


LOOKS = [
    ("data", {"color": "C2", "linewidth": 3}),
    ("learned r(x) − x\n(root of its length)", {"color": "C1", "marker": ">", "linewidth": 2}),
    ("ridge: arrows point\naway from it", RIDGE),
]


def draw(numbers: dict) -> Figure:
    """Draw one panel for each σ; the longest arrow has the same length in every panel."""
    with style():
        own, sigmas = "points" in numbers, numbers["sigmas"]
        rows = -(-len(sigmas) // 2)
        columns = min(2, len(sigmas))
        seen = np.concatenate([numbers[f"x_{sigma:g}"] for sigma in sigmas])
        up = height(seen) if own else 1.0
        figure = Figure(figsize=(5.1 * columns, (4.8 * up + 0.8) * rows))
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels[len(sigmas) :]:
            axes.remove()
        for axes, sigma in zip(panels, sigmas, strict=False):
            show_field(axes, numbers, sigma)
            arms = "" if own else (
                f": arms separated on {numbers[f'ridge_{sigma:g}']:.0%} of the lines "
                f"(exact: {numbers[f'exact_ridge_{sigma:g}']:.0%})"
            )  # fmt: skip
            axes.set_title(
                f"σ = {sigma:g}{arms}\nmedian cosine with its own "
                f"exact score {numbers[f'cosine_{sigma:g}']:.4f}"
            )
        if own:  # the same part of the plane in every panel
            low, high = (np.array([getattr(axes.dataLim, end) for axes in figure.axes])
                         for end in ("min", "max"))  # fmt: skip
            for axes in figure.axes:
                axes.update_datalim([low.min(axis=0), high.max(axis=0)])
                axes.autoscale_view()
        looks = [(words.replace("\n", " "), look) for words, look in drawn_looks(numbers, sigmas)]
        figure.legend([Line2D([], [], **look) for _, look in looks], [name for name, _ in looks],
                      loc="outside lower center", ncols=3 if columns > 1 else 1)  # fmt: skip
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the fields of the largest and of the smallest σ as slides; one slide if they are one."""
    drawn, own = [], "points" in numbers
    largest, smallest = max(numbers["sigmas"]), min(numbers["sigmas"])
    contents = (
        (largest, "Much noise: the arms blur, and most arrows point to the middle",
         "Almost all arrows point to the middle of the spiral and not to its arms."),
        (smallest, "Little noise: the arrows tell the arms apart",
         "The arrows point to the nearest arm, and a dotted ridge separates the arms."),
    )  # fmt: skip
    for sigma, title, words in contents[: 1 + (smallest < largest)]:
        alt = f"The field of a network trained with noise of σ = {sigma:g} on a spiral. {words}"
        alt = ALT_OWN if own else alt
        with slide(title, alt, f"the learned field at σ = {sigma:g}") as (figure, axes):
            show_field(axes, numbers, sigma)
            show_looks(
                figure,
                [(f"(σ = {sigma:g})", {"linestyle": ""}), *drawn_looks(numbers, [sigma])],
            )
        drawn.append(figure)
    return tuple(drawn)


def drawn_looks(numbers: dict, sigmas: Iterable[float]) -> list[tuple[str, dict]]:
    """Return the texts and looks of what is drawn for these σ; there may be no ridge."""
    if "points" in numbers:
        return [ROWS, LOOKS[1]]
    ridge = any(is_line(numbers[f"at_{sigma:g}"]) for sigma in sigmas)
    return LOOKS if ridge else LOOKS[:2]


def show_field(axes: Axes, numbers: dict, sigma: float) -> None:
    """Draw the curve, the ridge and the field of the network of one σ."""
    x, field = (np.asarray(numbers[f"{key}_{sigma:g}"]) for key in ("x", "field"))
    length = np.linalg.norm(field, axis=1, keepdims=True)
    # Roots keep weak arrows visible. The spiral is 1.2 wide.
    longest = ARROW * (np.ptp(numbers["points"], axis=0).max() / 1.2 if "points" in numbers else 1)
    shown = longest * field / np.sqrt(length * length.max())
    vector_field(x, shown, width=0.0032, ax=axes)
    if "points" in numbers:
        axes.plot(*np.asarray(numbers["points"]).T, ".", color="C2", markersize=2.5, zorder=1)
        thin_out(axes, x)
        return
    axes.plot(*CURVE.T, color="C2", linewidth=3, zorder=1)
    axes.plot(*np.asarray(numbers[f"at_{sigma:g}"]).T, zorder=2, **RIDGE)
    axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=(-0.75, 0.75),
             ylim=(-0.75, 0.75), xticks=(-0.5, 0, 0.5), yticks=(-0.5, 0, 0.5))  # fmt: skip
