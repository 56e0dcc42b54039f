"""A whole figure: 14.7, a denoising autoencoder on a line with three data (task 26)."""

from __future__ import annotations

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong
from tutorials.assignments.tasks.reference import linear, unit, unit_class

POINTS = "figures/experiments/three_points.py"
FIGURE = "figures/fig_14_07_three_points.py"
SIGMA = 0.1


def line(variant):
    """Return W, b, V, c of a net from one number to one, and places x."""
    k = variant.sizes[2]
    rng = variant.rng("line")
    W, b, V, c = (rng.normal(size=shape) for shape in ((1, k), (k,), (k, 1), (1,)))
    return W, b, V, c, np.sort(rng.uniform(-0.8, 0.8, 7))


def output_at(variant, x):
    """Return r at each x."""
    W, b, V, c, _ = line(variant)
    return (unit(variant.unit, x[:, None] @ W + b) @ V + c)[:, 0]


def got_slope(variant):
    from figures.experiments.three_points import slope
    from tinyae import Autoencoder, Chain

    W, b, V, c, x = line(variant)
    encoder = Chain(linear(W, b), unit_class(variant.unit)())
    return (slope(Autoencoder(encoder, linear(V, c)), x),)


def want_slope(variant):
    x, step = line(variant)[4], 1e-5
    return ((output_at(variant, x + step) - output_at(variant, x - step)) / (2 * step),)


def roots(variant):
    """Return three places in [-0.7, 0.7] that are apart."""
    return np.sort(variant.rng("roots").uniform(0.0, 0.3, 3) + np.array([-0.7, -0.2, 0.4]))


def got_crossings(variant):
    from figures.experiments.three_points import crossings

    at = roots(variant)

    def r(x):
        return x + (x - at[0]) * (x - at[1]) * (x - at[2])

    return crossings(r), crossings(r, 0.0, 0.8), crossings(np.negative)


def want_crossings(variant):
    at = roots(variant)
    return at, at[at > 0.0], np.zeros(1)


def best(x, copies):
    """Return the best reconstruction at each x by the three weights."""
    points = np.array([-0.5, 0.0, 0.5])
    weights = copies * np.exp(-((x[:, None] - points) ** 2) / (2 * SIGMA**2))
    return (weights * points).sum(axis=1) / weights.sum(axis=1)


def got_optimum(variant):
    from figures.experiments.three_points import optimum

    x = line(variant)[4]
    with np.errstate(under="ignore"):
        return optimum(x, SIGMA), optimum(x, SIGMA, (1, 3, 2))


def want_optimum(variant):
    x = line(variant)[4]
    return best(x, np.ones(3)), best(x, np.array([1.0, 3.0, 2.0]))


NEAR = np.array([-0.55, -0.5, -0.45, -0.05, 0.0, 0.05, 0.45, 0.5, 0.55])  # near the data


def got_training(variant):
    from figures.experiments.three_points import learn

    with np.errstate(under="ignore"):
        model, _ = learn(variant.seed, epochs=20)
        r = model.reconstruct(NEAR[:, None])[:, 0]
    return r, np.array(getattr(model.corruption, "sigma", 0.0))


def want_training(variant):
    return best(NEAR, np.ones(3)), np.array(SIGMA)


def got_figure(variant):
    from figures.fig_14_07_three_points import compute

    with np.errstate(under="ignore"):
        found = compute(variant.seed, quick=True)
    if found["fixed_points"] != 5:
        return np.array(found["fixed_points"]), np.zeros(5), np.zeros(2), np.zeros(1), np.zeros(1)
    bounds = [found["largest_slope_at_data"] < 0.3, 3.0 < found["smallest_slope_between"] < 7.0]
    return (
        np.array(found["fixed_points"]),
        np.asarray(found["zeros"]),
        np.array(bounds, float),
        np.array([found["optimal_slope_between"]]),
        np.asarray(found["optimal_r"]),
    )


def want_figure(variant):
    x = np.linspace(-0.8, 0.8, 401)
    return (np.array(5), np.linspace(-0.5, 0.5, 5), np.ones(2), np.array([0.0625 / SIGMA**2]),
            best(x, np.ones(3)))  # fmt: skip


TASK_26 = Task(
    id="26", title="A whole figure: 14.7", minutes=90, tutorial="07",
    needs=("01", "02", "03", "06", "15", "16"),
    symbols=(
        Symbol(POINTS, "learn",
               "Train the denoiser on the three points; return it and the seconds of training.\n\n"
               "The statement has the settings. `copies` says how often each of the points occurs "
               "in a cycle of the data."),
        Symbol(POINTS, "optimum",
               "Return the best reconstruction at each x (n,), of shape (n,), for the points "
               "`DATA` with weights in proportion to `copies`."),
        Symbol(POINTS, "slope",
               "Return the derivative of the reconstruction at each x (n,), of shape (n,). The "
               "model has one input, one hidden layer and a linear output."),
        Symbol(POINTS, "crossings",
               "Return the places in [low, high] where r(x) = x, in rising order, to all digits. r "
               "maps (m,) to (m,). Find changes of sign of r(x) − x on a grid of 20 001 points, "
               "then halve each interval 50 times. A place that lies on the grid is found once."),
        Symbol(FIGURE, "compute",
               "Return the numbers of the figure: those of `measure`, \"optimal_slope_between\", "
               "\"training_seconds\", the places \"x\", and \"r\" and \"optimal_r\" there.\n\n"
               "x are 401 places from -0.8 to 0.8. Train 200 epochs, or 20 if `quick`."),
    ),
    docstrings=(
        Symbol(FIGURE, "",
               "Figure 14.7: a denoising autoencoder on a line with three data, and its fixed "
               "points."),
        Symbol(POINTS, "",
               "A denoising autoencoder is trained on three points of a line (section 14.7)."),
    ),
    statement="26.md",
    level="advanced",
    checks=(
        Check("slope", 1.5, got_slope, want_slope, tolerance=1e-7,
              property="the slope agrees with the difference quotient of the reconstruction",
              case="one hidden unit"),
        Check("crossings", 1.5, got_crossings, want_crossings,
              property="places where r(x) = x, each once", case="r(x) = -x: one place, 0"),
        Check("optimum", 1.5, got_optimum, want_optimum, hidden=True,
              property="the mean of the three points with weights that fall with the distance",
              case="x = 0.25, midway between two points"),
        Check("training", 3.5, got_training, want_training, hidden=True, tolerance=0.06,
              property="near the data, the trained reconstruction is close to the optimum",
              case="20 epochs of training"),
        Check("figure", 2, got_figure, want_figure, tolerance=0.03,
              property="five fixed points, flat at the data and steep between them",
              case="20 epochs of training"),
    ),
    wrong=(
        Wrong("the encoder's slope only",
              "The slope is that of the code: multiply by the weights of the decoder.",
              {"slope": "return model.jacobian(x[:, None])[:, :, 0].sum(axis=1)"}),
        Wrong("slope minus one", "The slope is that of r(x) - x: it is asked for r.",
              {"slope": 'return (model.jacobian(x[:, None])[:, :, 0] @ '
               'model.decoder.params["W"])[:, 0] - 1.0'}),
        Wrong("zeros of r", "The zeros of r are found: r(x) = x is asked.",
              {"crossings": ("gap = r(x) - x", "gap = r(x)")}),
        Wrong("places of the grid", "The places are those of the grid: halve the intervals.",
              {"crossings": ("range(50)", "range(0)")}),
        Wrong("a zero on the grid counted twice",
              "A zero that lies on the grid is found twice: count a change from negative to not "
              "negative.",
              {"crossings": "x = np.linspace(low, high, 20_001)\ngap = r(x) - x\n"
               "at = np.flatnonzero(np.sign(gap[:-1]) != np.sign(gap[1:]))\n"
               "left, right = x[at], x[at + 1]\nbelow = gap[at] < 0\n"
               "for _ in range(50):\n    middle = 0.5 * (left + right)\n"
               "    same = (r(middle) - middle < 0) == below\n"
               "    left, right = np.where(same, middle, left), np.where(same, right, middle)\n"
               "return 0.5 * (left + right)"}),
        Wrong("copies ignored", "`copies` are ignored: a point that occurs twice counts twice.",
              {"optimum": ("np.array(copies, float)", "np.ones(3)")}),
        Wrong("twice the noise", "The noise of the training is not sigma.",
              {"learn": ("tanh_denoiser(1, units, sigma,",
                         "tanh_denoiser(1, units, 2.0 * sigma,")}),
        Wrong("no noise in the training",
              "The net is trained without noise: then it learns to copy, and every point is fixed.",
              {"learn": ("tanh_denoiser(1, units, sigma,",
                         "tanh_denoiser(1, units, 0.0 * sigma,")}),
        Wrong("one of the points is missing", "One of the points is not among the rows.",
              {"learn": ("np.repeat(data, copies, axis=0)",
                         "np.repeat(data[:2], copies[:2], axis=0)")}),
        Wrong("the score for the optimum",
              "The optimum lacks x: it is x plus the variance times the score.",
              {"compute": ("best = x + sigma**2", "best = sigma**2")}),
        Wrong("sigma for the variance", "The optimum is x plus the variance times the score.",
              {"compute": ("x + sigma**2 *", "x + sigma *")}),
    ),
)  # fmt: skip


TASKS = (TASK_26,)
