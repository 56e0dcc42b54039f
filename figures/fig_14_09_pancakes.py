"""Figure 14.9: a curve covered by pancakes (flat Gaussians), and the density that they make.

There are a hundred points near the spiral. A round window must be wide enough to close the gaps
between the points, and then it also covers places off the curve. A flat window can be long along
the curve and thin across it. Manifold Parzen windows take the direction from a few neighbours, so
noise changes it. A network that learns the direction as a function of the place uses all the
points. Cross-validation chooses the widths and the number of neighbours of the first two kinds; the
settings of the network are those that it chooses most often for a hundred points.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.lines import Line2D

from tinyae.densities import Pancakes, cross_validate
from tinyae.numerics.scaled_points import PLANE
from tinyae.plotting import Figure, style
from tinyae.plotting import ellipses as draw_ellipses

from .experiments import windows
from .experiments.own_data import Scaled, split
from .experiments.spiral import CURVE, grid
from .kinds import Forms, Number, Table
from .parameters import claim, parametrized
from .slide import Slide, show_looks, slide

NUMBER = "14.9"
SECTION = "14.6"
NAME = "fig_14_09_pancakes"
TITLE = "pancakes that tile a curve: round, manifold and non-local Parzen windows"
ALT = (
    "Mean log density of fresh points under three kinds of windows on a hundred points near a "
    "spiral. Round windows reach {round:.2f}, flat windows whose directions come from a few "
    "neighbours {flat:.2f}, and flat windows whose directions come from one network "
    "{nonlocal:.2f}; the true density reaches {true:.2f}. Flat windows that lie along the "
    "curve tile it; round ones leave gaps on it and cover places off it."
)
ALT_OWN = (
    "Three kinds of windows on points in the plane, and the density that each makes: round ones, "
    "flat windows whose directions come from a few neighbours, and flat windows whose directions "
    "come from one network. The mean log densities of fresh points are {round:.2f}, {flat:.2f} and "
    "{nonlocal:.2f}."
)
CHECKED = ("true", "round", "flat", "nonlocal", "angle_flat", "angle_nonlocal")
KINDS = {
    "round": "Parzen windows",
    "flat": "manifold Parzen windows",
    "nonlocal": "non-local manifold Parzen windows",
}
WORDS = {
    "round": "σ = {sigma_round:.3f} in all directions",
    "flat": "{neighbors_flat} neighbours, {angle_flat:.1f}° off the curve (median)",
    "nonlocal": "one network, {angle_nonlocal:.1f}° off the curve (median)",
}
LOOKS = [
    ("points", {"marker": ".", "linestyle": "", "color": "C2"}),
    ("the curve", {"color": "C4", "linewidth": 2.5}),
    ("a window, one standard deviation", {"color": "C1"}),
]
POINTS, FEWEST = 100, 50  # of the spiral; different ones of a user's points
Points = Annotated[int, Number(whole=True, low=40, high=2000)]
Noise = Annotated[float, Number(low=0.002, high=0.1)]
Steps = Annotated[int, Number(whole=True, low=10)]
OwnPoints = Annotated[np.ndarray, Table(2, rows=FEWEST)]
WHOLE = (-0.7, 0.7, -0.75, 0.65)  # left, right, bottom, top
CLOSE_UP = (-0.56, -0.1, 0.08, 0.54)
LEVELS = (0.03, 0.1, 0.3, 1, 3, 10, 30)  # of the density, per unit of area


@parametrized
def compute(
    seed: int = 0,
    quick: bool = False,
    *,
    points: Points = POINTS,
    noise: Noise = windows.NOISE,
    steps: Steps = Forms(1500, quick=200),
    X: OwnPoints | None = None,
) -> dict:
    """Choose the settings, fit the windows, and measure their density at 2000 fresh points.

    `steps` are those of the network. With points X (n, 2) in place of the spiral, four fifths make
    the windows, the others are fresh, and the true density is not known. Then `points` and `noise`,
    which are those of the spiral, cannot be given.
    """
    if X is not None and (points != POINTS or noise != windows.NOISE):
        raise ValueError("points and noise are those of the spiral: leave them out if X is given")
    if X is not None and len(np.unique(X, axis=0)) < FEWEST:
        raise ValueError(
            f"X must have at least {FEWEST} different points, got {len(np.unique(X, axis=0))}"
        )
    rng = np.random.default_rng(seed)
    scaled = None if X is None else Scaled.of(X, PLANE)
    if scaled is None:
        x, fresh = windows.points(points, rng, noise), windows.points(2000, rng, noise)
    else:
        x, fresh = (part.astype(float) for part in split(scaled.z, seed))
    best_round = cross_validate(windows.ROUND, x, rng=seed).best
    flat_ones = [one for one in windows.FLAT if one.n_neighbors == 3] if quick else windows.FLAT
    best_flat = cross_validate(flat_ones, x, rng=seed).best
    non_local = windows.NonLocal(4, 0.005, steps=steps)
    chosen = {"round": best_round, "flat": best_flat, "nonlocal": non_local}
    mixtures = {name: density.fit(x).mixture_ for name, density in chosen.items()}
    count = 60 if quick else 280
    if scaled is not None:
        return _of_points(scaled, x, fresh, mixtures, count) | {
            "sigma_round": scaled.scale * best_round.sigma,
            "neighbors_flat": best_flat.n_neighbors,
        }
    numbers = {
        "true": float(windows.true_log_density(fresh, noise).mean()),
        **{name: float(p.score_samples(fresh).mean()) for name, p in mixtures.items()},
        "angle_flat": float(np.median(windows.angles(mixtures["flat"], x))),
        "angle_nonlocal": float(np.median(windows.angles(mixtures["nonlocal"], x))),
        "sigma_round": best_round.sigma,
        "sigma_flat": best_flat.sigma,
        "neighbors_flat": best_flat.n_neighbors,
        "points": x,
        "side": count,
    }
    for name, p in mixtures.items():
        numbers[f"density_{name}"] = np.exp(p.score_samples(grid(*WHOLE, count)))
        numbers[f"ellipses_{name}"] = ellipses(p)
    return numbers


def _of_points(
    scaled: Scaled,
    x: np.ndarray,
    fresh: np.ndarray,
    mixtures: dict[str, Pancakes],
    count: int,
) -> dict:
    """Return the numbers for a user's points, in their units.

    A density over points that are `scale` times as far apart is lower by the factor 1/scale².
    """
    area = scaled.scale**2
    (left, bottom), (right, top) = scaled.z.min(axis=0) - 0.08, scaled.z.max(axis=0) + 0.08
    numbers: dict = {
        name: float(p.score_samples(fresh).mean() - np.log(area)) for name, p in mixtures.items()
    }
    corners = scaled.back(np.array([[left, bottom], [right, top]]))
    numbers |= {"points": scaled.back(x), "own": corners, "side": count}
    for name, p in mixtures.items():
        density = np.exp(p.score_samples(grid(left, right, bottom, top, count))) / area
        shapes = ellipses(p)
        shapes[:, :2], shapes[:, 2:4] = scaled.back(shapes[:, :2]), scaled.scale * shapes[:, 2:4]
        numbers |= {f"density_{name}": density, f"ellipses_{name}": shapes}
    return numbers


def ellipses(p: Pancakes) -> np.ndarray:
    """Return (x, y, long half axis, short half axis, degrees) of each pancake: (n, 5).

    The half axes are one standard deviation long.
    """
    thin = np.sqrt(p.noise)
    if p.directions.shape[1] == 0:
        return np.column_stack([p.centers, thin, thin, np.zeros(len(p))])
    turn = np.degrees(np.arctan2(p.directions[:, 0, 1], p.directions[:, 0, 0]))
    return np.column_stack([p.centers, np.sqrt(p.variances[:, 0]), thin, turn])


def draw(numbers: dict) -> Figure:
    """Draw a close-up of the windows of each kind; below each, the density that they make."""
    if "own" in numbers:
        return draw_own(numbers)
    left, right, bottom, top = CLOSE_UP
    with style():
        figure = Figure(figsize=(11.4, 8.2))
        above, below = figure.subplots(2, 3)
        for close, axes, (name, title) in zip(above, below, KINDS.items(), strict=True):
            show_windows(close, numbers, name)
            close.set(xlim=(left, right), ylim=(bottom, top), xticks=(-0.5, -0.3, -0.1))
            shown = show_density(axes, numbers, name)
            axes.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom],
                      color="0.4", linewidth=0.8)  # fmt: skip
            axes.set_title(f"log density of fresh points {two_digits(numbers[name])} nats")
            close.set_title(title + "\n" + WORDS[name].format(**numbers))
        bar = figure.colorbar(shown, cax=below[2].inset_axes([1.04, 0.0, 0.05, 1.0]), format="%g")
        bar.set_label("density")
        tile = "Flat windows along the curve tile it with fewer gaps than round ones; the true"
        figure.suptitle(f"{claim(numbers, tile, 'The true')} density has the mean logarithm "
                        f"{two_digits(numbers['true'])}")  # fmt: skip
        figure.legend([Line2D([], [], **look) for _, look in LOOKS], [name for name, _ in LOOKS],
                      loc="outside lower center", ncols=3)  # fmt: skip
    return figure


def draw_own(numbers: dict) -> Figure:
    """Draw the windows of each kind on a user's points; below each, the density."""
    (left, bottom), (right, top) = np.asarray(numbers["own"])
    words = {
        "round": f"σ = {numbers['sigma_round']:.3g} in all directions",
        "flat": f"{numbers['neighbors_flat']} neighbours",
        "nonlocal": "one network",
    }
    with style():
        height = min(max((top - bottom) / (right - left), 0.4), 2.5)
        figure = Figure(figsize=(11.4, 2 * (3.1 * height + 0.9)))
        above, below = figure.subplots(2, 3)
        for close, axes, (name, title) in zip(above, below, KINDS.items(), strict=True):
            show_windows(close, numbers, name)
            close.set(xlim=(left, right), ylim=(bottom, top))
            show_density(axes, numbers, name)
            axes.set_title(f"log density of fresh points {two_digits(numbers[name])} nats")
            close.set_title(f"{title}\n{words[name]}")
        figure.legend([Line2D([], [], **LOOKS[i][1]) for i in (0, 2)],
                      [LOOKS[i][0] for i in (0, 2)], loc="outside lower center",
                      ncols=2)  # fmt: skip
    return figure


def slides(numbers: dict) -> tuple[Slide, ...]:
    """Draw the round windows, the flat ones, and how well each kind fits, as slides."""
    drawn = []
    for name, title, words in (
        ("round", "Round Gaussians leave gaps and spread off the curve",
         "Each point is the centre of a circle. Between the points the circles leave gaps, and "
         "they reach far to both sides of the curve."),
        ("nonlocal", "Flat Gaussians tile the curve: long along it, thin across it",
         "Each point is the centre of a flat ellipse that lies along the curve. Together the "
         "ellipses cover the curve and little else."),
    ):  # fmt: skip
        alt = f"A hundred points near a spiral. {words}"
        with slide(title, alt, KINDS[name]) as (figure, axes):
            show_windows(axes, numbers, name)
            axes.set(xlim=WHOLE[:2], ylim=WHOLE[2:])
            show_looks(figure, [(words.replace(", ", ",\n"), look) for words, look in LOOKS])
        drawn.append(figure)
    title = "Windows along the curve give fresh points a higher density"
    other = "mean log density of fresh points under three kinds of windows"
    with slide(title, ALT.format(**numbers), other) as (figure, axes):
        names = {**{name: title for name, title in KINDS.items()}, "true": "true density"}
        values = [numbers[name] for name in names]
        margin = 0.12 * (max(0, *values) - min(0, *values))  # for the numbers at the outer ends
        axes.barh([name.replace(" Parzen", "\nParzen") for name in names.values()], values,
                  color=["C3", "C3", "C1", "0.5"])  # fmt: skip
        for i, value in enumerate(values):
            axes.annotate(two_digits(value), (value, i), (4 if value >= 0 else -4, 0), va="center",
                          ha="left" if value >= 0 else "right",
                          textcoords="offset points")  # fmt: skip
        axes.invert_yaxis()
        axes.set(xlabel="mean log density of 2000 fresh points (nats)", ylabel="windows",
                 xlim=(min(0, *values) - margin * (min(values) < 0),
                       max(0, *values) + margin * (max(values) > 0)))  # fmt: skip
    return (*drawn, figure)


def two_digits(value: float) -> str:
    """Return a number with two digits after the point, and a minus sign in place of a hyphen."""
    return f"{value:.2f}".replace("-", "−")


def show_windows(axes: Axes, numbers: dict, name: str) -> None:
    """Draw the curve, the points, and an ellipse of one standard deviation around each point."""
    if "own" not in numbers:
        axes.plot(*CURVE.T, color="C4", linewidth=2.5, zorder=1)
    *centers, long, thin, turn = np.asarray(numbers[f"ellipses_{name}"]).T
    turn = np.radians(turn)
    a, b = np.stack([np.cos(turn), np.sin(turn)]), np.stack([-np.sin(turn), np.cos(turn)])
    S = (long**2 * a)[:, None] * a + (thin**2 * b)[:, None] * b  # (2, 2, n)
    draw_ellipses(np.transpose(centers), np.moveaxis(S, 2, 0), ax=axes)
    size = 2 if "own" in numbers else 6  # a close-up has few points, and a whole picture many
    axes.plot(*np.asarray(numbers["points"]).T, ".", color="C2", markersize=size)
    axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")


def show_density(axes: Axes, numbers: dict, name: str) -> ContourSet:
    """Draw the density and the points."""
    side = numbers["side"]
    density, box, levels = np.asarray(numbers[f"density_{name}"]), WHOLE, np.array(LEVELS)
    if "own" in numbers:  # the same levels in the units of the points
        (left, bottom), (right, top) = np.asarray(numbers["own"])
        box = left, right, bottom, top
        levels = levels * ((WHOLE[1] - WHOLE[0]) / max(right - left, top - bottom)) ** 2
    axis_1, axis_2 = np.linspace(*box[:2], side), np.linspace(*box[2:], side)
    density = density.reshape(side, side)
    shown = axes.contourf(axis_1, axis_2, density, levels, cmap="Blues", extend="max", norm="log")
    axes.plot(*np.asarray(numbers["points"]).T, ".", color="C2", markersize=3)
    if "own" in numbers:
        axes.set(aspect="equal", xlim=box[:2], ylim=box[2:], xlabel="$x_1$", ylabel="$x_2$")
        return shown
    axes.set(aspect="equal", xlim=WHOLE[:2], ylim=WHOLE[2:], xlabel="$x_1$", ylabel="$x_2$",
             xticks=(-0.5, 0, 0.5), yticks=(-0.5, 0, 0.5))  # fmt: skip
    return shown
