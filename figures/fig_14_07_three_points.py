"""Figure 14.7: a denoising autoencoder on a line with three data, and where it comes to rest.

The reconstruction crosses the diagonal flatly at the data (a contraction) and steeply in between.
The optimum is known: r*(x) = Σ p(x_i | x) x_i, whose slope midway between two data at distance Δ is
Δ² / 4σ².
"""

from __future__ import annotations

import numpy as np

from figures.common import tanh_denoiser, train
from tinyae import Adam, Autoencoder
from tinyae.datasets import three_points
from tinyae.plotting import Figure, style
from tinyae.score import smoothed_score
from tinyae.training import Cosine

NUMBER = "14.7"
NAME = "fig_14_07_three_points"
TITLE = "r(x) on a line: fixed points at and between three data"
TOLERANCES = {
    "fixed_points": 0,
    "worst_fixed_point_error": 0.01,
    "largest_slope_at_data": 0.05,
    "smallest_slope_between": 1.5,
    "optimal_slope_between": 1e-6,
}
DATA = three_points(3)
SIGMA = 0.1
EXPECTED_ZEROS = np.array([-0.5, -0.25, 0.0, 0.25, 0.5])


def learn(seed: int, *, epochs: int = 200) -> tuple[Autoencoder, float]:
    """Train 20 tanh units on the three points, repeated; return the model and the seconds."""
    rng = np.random.default_rng(seed)
    model = tanh_denoiser(1, 20, SIGMA, rng, weight=20, bias=12, dtype=np.float64)
    history = train(model, three_points(30_000), epochs=epochs, batch_size=300, shuffle=False,
                    optimizer=Adam(Cosine(0.01)), rng=rng)  # fmt: skip
    return model, history.seconds


def slope(model: Autoencoder, x: np.ndarray) -> np.ndarray:
    """dr/dx at each x (n,): the decoder's weights times the encoder's Jacobian."""
    return (model.jacobian(x[:, None])[:, :, 0] @ model.decoder.params["W"])[:, 0]


def fixed_points(model: Autoencoder, low: float = -0.8, high: float = 0.8) -> np.ndarray:
    """Return the zeros of r(x) − x in [low, high]: sign changes on a fine grid, then bisection."""
    x = np.linspace(low, high, 20_001)
    gap = model.reconstruct(x[:, None])[:, 0] - x
    at = np.flatnonzero(np.sign(gap[:-1]) != np.sign(gap[1:]))
    left, right, sign = x[at], x[at + 1], np.sign(gap[at])
    for _ in range(50):
        middle = 0.5 * (left + right)
        same = np.sign(model.reconstruct(middle[:, None])[:, 0] - middle) == sign
        left, right = np.where(same, middle, left), np.where(same, right, middle)
    return 0.5 * (left + right)


def measure(model: Autoencoder) -> dict:
    """Return the fixed points, their distance from the five expected ones, and the slopes there."""
    zeros = fixed_points(model)
    found = slope(model, zeros)
    right_count = len(zeros) == len(EXPECTED_ZEROS)
    between = found[1::2]
    return {
        "fixed_points": len(zeros),
        "worst_fixed_point_error":
            float(np.abs(zeros - EXPECTED_ZEROS).max()) if right_count else float("inf"),
        "largest_slope_at_data": float(np.abs(slope(model, DATA[:, 0])).max()),
        "smallest_slope_between": float(between.min(initial=np.inf)),
        "mean_slope_between": float(between.mean()) if len(between) else float("nan"),
        "zeros": zeros,
        "slopes": found,
    }  # fmt: skip


def compute(seed: int = 0, quick: bool = False) -> dict:
    """Train, find the zeros of r(x) − x and the slopes of r; sample r and the optimum r*."""
    model, seconds = learn(seed, epochs=20 if quick else 200)
    x = np.linspace(-0.8, 0.8, 401)[:, None]
    best = x + SIGMA**2 * smoothed_score(DATA, x, SIGMA)
    return {
        **measure(model),
        "optimal_slope_between": 0.5**2 / (4.0 * SIGMA**2),
        "training_seconds": seconds,
        "x": x[:, 0],
        "r": model.reconstruct(x)[:, 0],
        "optimal_r": best[:, 0],
    }


def draw(numbers: dict) -> Figure:
    """Above, r(x) and the diagonal; below, arrows from x to r(x), each as high as it is long."""
    x, r, zeros = (np.asarray(numbers[key]) for key in ("x", "r", "zeros"))
    with style():
        figure = Figure(figsize=(6.2, 7.2))
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        axes.plot(x, x, color="0.55", linestyle="--", label="identity")
        axes.plot(x, numbers["optimal_r"], color="C4", linewidth=4, label="optimum $r^*(x)$")
        axes.plot(x, r, color="C1", label="learned $r(x)$")
        axes.plot(zeros[::2], zeros[::2], "o", color="C0", markersize=7, label="rest, slope < 1")
        axes.plot(zeros[1::2], zeros[1::2], "o", color="C0", markerfacecolor="white",
                  markersize=7, label="rest, slope > 1")  # fmt: skip
        axes.set(ylabel="$r(x)$", xlim=(-0.8, 0.8), ylim=(-0.8, 0.8))
        axes.set_title(
            f"slope at the data ≤ {numbers['largest_slope_at_data']:.3f}, midway "
            f"{numbers['mean_slope_between']:.2f} (optimum {numbers['optimal_slope_between']:.2f})"
        )
        axes.legend(loc="upper left")
        some = slice(2, None, 9)
        start, step = x[some], (r - x)[some]
        below.quiver(start, np.abs(step), step, np.zeros(len(step)), color="C2", angles="xy",
                     scale_units="xy", scale=1.0, width=0.004)  # fmt: skip
        below.plot(start, np.abs(step), ".", color="C2", markersize=4)
        below.plot(DATA[:, 0], np.zeros(3), "x", color="C0", markersize=9, markeredgewidth=2,
                   label="data", clip_on=False)  # fmt: skip
        below.set(xlabel="$x$", ylabel="$|r(x) - x|$", ylim=(0, 0.32))
        below.set_title("arrows from $x$ to $r(x)$: towards the data, away from the midpoints")
        below.legend(loc="upper center")
    return figure
