"""The score: the best denoiser of a set of points, and Langevin's walk (tasks 15 and 19)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import math

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong

SCORE = "tinyae/score/score.py"
SAMPLING = "tinyae/score/sampling.py"
SIGMA = 0.7


# --- 15 ---------------------------------------------------------------------------------------


def cloud(variant):
    """Return points (N, d), places x (n, d) and weights (N,)."""
    n, d, k = variant.sizes
    rng = variant.rng("points and places")
    return rng.normal(size=(k + 2, d)), rng.normal(size=(n, d)), rng.uniform(0.2, 3.0, k + 2)


def best(points, x, weights):
    """Return the mean of the points given each place, by loops."""
    found = []
    for place in x:
        shares = [
            w * math.exp(-sum((u - v) ** 2 for u, v in zip(place, p, strict=True)) / 2 / SIGMA**2)
            for w, p in zip(weights, points, strict=True)
        ]
        found.append(sum(s * p for s, p in zip(shares, points, strict=True)) / sum(shares))
    return np.array(found)


def log_density(points, x, weights):
    """Return log Σ w N(x; point, σ²I) up to a constant, at one place."""
    squares = ((x - points) ** 2).sum(axis=1)
    return math.log((weights * np.exp(-squares / 2 / SIGMA**2)).sum())


def got_best(variant):
    from tinyae.score import optimal_reconstruction

    points, x, _ = cloud(variant)
    return (optimal_reconstruction(points, x, SIGMA),)


def want_best(variant):
    points, x, _ = cloud(variant)
    return (best(points, x, np.ones(len(points))),)


def got_score(variant):
    from tinyae.score import smoothed_score

    points, x, _ = cloud(variant)
    return (smoothed_score(points, x, SIGMA),)


def slopes(points, x, weights):
    """Return the gradient of the log-density at each place, by central differences."""
    found, step = np.zeros_like(x), 1e-5
    for i, j in np.ndindex(x.shape):
        e = np.zeros(x.shape[1])
        e[j] = step
        above, below = (log_density(points, x[i] + s * e, weights) for s in (1, -1))
        found[i, j] = (above - below) / (2 * step)
    return found


def want_score(variant):
    points, x, _ = cloud(variant)
    return (slopes(points, x, np.ones(len(points))),)


def got_weighted(variant):
    from tinyae.score import optimal_reconstruction, smoothed_score

    points, x, weights = cloud(variant)
    scores = smoothed_score(points, x, SIGMA, weights)
    return optimal_reconstruction(points, x, SIGMA, weights=weights), scores


def want_weighted(variant):
    points, x, weights = cloud(variant)
    return best(points, x, weights), slopes(points, x, weights)


def got_distant(variant):
    from tinyae.score import optimal_reconstruction

    points, _, _ = cloud(variant)
    x = np.zeros((2, points.shape[1]))
    x[:, 0] = 300.0, -300.0
    with np.errstate(under="ignore"):
        return optimal_reconstruction(points, x, SIGMA), optimal_reconstruction(points, x, 1e6)


def want_distant(variant):
    points, _, _ = cloud(variant)
    order = points[:, 0].argsort()
    return points[order[[-1, 0]]], np.array([points.mean(axis=0)] * 2)


LOOP = """found = []
for block, logs, points in smoothed_blocks(points, x, sigma, weights):
    {}
return np.concatenate(found)
"""

TASK_15 = Task(
    id="15", title="The best denoiser, and its score", minutes=40, tutorial="07", needs=("06",),
    symbols=(
        Symbol(SCORE, "optimal_reconstruction",
               "Return the mean of the clean point given its noisy version x, of shape (n, d).\n\n"
               "The clean point is one of `points` (N, d), with probabilities in proportion to "
               "`weights` (N,), equal ones by default. The noise is Gaussian with the standard "
               "deviation `sigma`. The generator `smoothed_blocks(points, x, sigma, weights)` "
               "yields (block, logs, points): some rows of x, the logarithms (rows, N) of weight "
               "times normal density up to a constant of the row, and the points. The result must "
               "be right far from all points, too."),
        Symbol(SCORE, "smoothed_score",
               "Return the score of the points blurred by the noise, at x, of shape (n, d): the "
               "gradient of the log-density. The arguments are those of `optimal_reconstruction`, "
               "which you may call."),
    ),
    docstrings=(
        Symbol(SCORE, "",
               "The score: as a denoising autoencoder learns it, and exactly where p is known "
               "(14.5)."),
        Symbol(SCORE, "score_field",
               "Return the score that a trained denoising autoencoder has learned, (n, d)."),
    ),
    statement="15.md",
    checks=(
        Check("best denoiser", 1.5, got_best, want_best,
              property="a mean of the points with weights that fall with the distance",
              case="two points on a line, x between them"),
        Check("score", 1.5, got_score, want_score, tolerance=1e-7,
              property="the score is the gradient of the log-density of the blurred points",
              case="one point: the score points to it"),
        Check("weights", 1.5, got_weighted, want_weighted, hidden=True, tolerance=1e-7,
              property="a point of weight 2 counts like two equal points",
              case="two points of the weights 1 and 2"),
        Check("far away", 1.5, got_distant, want_distant, hidden=True,  tolerance=1e-4,
              property="far away the nearest point wins; with wide noise all points are equal",
              case="x = 300"),
    ),
    wrong=(
        Wrong("the nearest point",
              "The nearest point is returned: the best guess is a mean over all points.",
              {"optimal_reconstruction": LOOP.format("found.append(points[logs.argmax(axis=1)])")}),
        Wrong("weights that all become 0",
              "Far from all points every weight is 0, and 0/0 is left: subtract the largest "
              "logarithm of the row first.",
              {"optimal_reconstruction": LOOP.format(
                  "w = np.exp(logs)\n    "
                  "found.append(w @ points / w.sum(axis=1, keepdims=True))")}),
        Wrong("the plain mean",
              "All points have the same weight: the weight falls with the distance.",
              {"optimal_reconstruction": LOOP.format(
                  "found.append(np.tile(points.mean(axis=0), (len(block), 1)))")}),
        Wrong("weights that do not sum to one",
              "The weights of a row do not sum to one: divide by their sum.",
              {"optimal_reconstruction": LOOP.format("found.append(np.exp(logs) @ points)")}),
        Wrong("logarithms as weights",
              "The logarithms are used as weights: take their exponential.",
              {"optimal_reconstruction": LOOP.format(
                  "found.append((logs / logs.sum(axis=1, keepdims=True)) @ points)")}),
        Wrong("the weights of the points ignored",
              "`weights` are ignored: a point of weight 2 counts like two points.",
              {"optimal_reconstruction": "weights = None\n" + LOOP.format(
                  "found.append(np.exp(logs - log_sum_exp(logs)[:, None]) @ points)")}),
        Wrong("divided by sigma",
              "The score is divided by sigma: the factor is its square.",
              {"smoothed_score": "return (optimal_reconstruction(points, x, sigma, weights) - "
               "np.asarray(x)) / sigma"}),
        Wrong("multiplied by the variance",
              "The score is multiplied by the variance: the difference r - x is the score times "
              "the variance, so divide.",
              {"smoothed_score": "return (optimal_reconstruction(points, x, sigma, weights) - "
               "np.asarray(x)) * sigma**2"}),
        Wrong("sign of the score",
              "The score has the wrong sign: it points from x to where the density is larger.",
              {"smoothed_score": ("optimum - real_array(x, \"x\")", "real_array(x, \"x\") - optimum")}),
        Wrong("the mean itself", "The score is the best guess itself: x must be subtracted.",
              {"smoothed_score": ("optimum - real_array(x, \"x\")", "optimum")}),
        Wrong("weights not passed on", "`weights` are not passed on to the score.",
              {"smoothed_score": ("sigma, weights)", "sigma)")}),
    ),
)  # fmt: skip


# --- 19 ---------------------------------------------------------------------------------------


CHAINS = 20_000


def step_size(variant):
    """Return the step size of the walk."""
    return float(variant.rng("step size").uniform(0.15, 0.3))


def _attracted(x):
    return -x


def _constant(x):
    return np.ones_like(x)


def _flat(x):
    return np.zeros_like(x)


def walk(variant, field, start, steps, **options):
    """Return the ends of many chains in the plane that start at one place."""
    from tinyae.score import langevin

    starts = np.full((CHAINS, 2), start)
    options = {"step_size": step_size(variant), "rng": variant.rng("walk"), **options}
    return langevin(field, starts, steps=steps, **options)


def got_one_step(variant):
    x = walk(variant, _constant, 1.0, 1)
    return x.mean(axis=0), x.std(axis=0)


def want_one_step(variant):
    eta = step_size(variant)
    return np.full(2, 1.0 + eta), np.full(2, math.sqrt(2.0 * eta))


def got_rest(variant):
    x = walk(variant, _attracted, 3.0, 40)
    return x.mean(axis=0), x.var(axis=0)


def want_rest(variant):
    eta = step_size(variant)
    return np.full(2, 3.0 * (1 - eta) ** 40), np.full(2, 1.0 / (1.0 - eta / 2.0))


def got_few_steps(variant):
    x = walk(variant, _attracted, 3.0, 3)
    return x.mean(axis=0), x.var(axis=0)


def want_few_steps(variant):
    keep = 1.0 - step_size(variant)
    noise = 2.0 * step_size(variant) * (1 + keep**2 + keep**4)
    return np.full(2, 3.0 * keep**3), np.full(2, noise)


def got_apart(variant):
    x = walk(variant, _flat, 0.0, 2)
    eta = step_size(variant)
    halves = np.corrcoef(x[: CHAINS // 2, 0], x[CHAINS // 2 :, 0])[0, 1]
    return x.var(axis=0) / eta, np.array([np.corrcoef(x.T)[0, 1], halves])


def want_apart(variant):
    return np.full(2, 4.0), np.zeros(2)


def got_repeated(variant):
    from tinyae.score import langevin

    starts = np.full((50, 2), 2.0)
    one, same, other = (
        langevin(_attracted, starts, step_size=0.1, steps=2, rng=variant.rng(name))
        for name in ("first", "first", "second")
    )
    return starts, np.array([(one == same).all(), (one == other).any()])


def want_repeated(variant):
    return np.full((50, 2), 2.0), np.array([True, False])


WALK = """x, step_size, steps, rng = _checked(starts, step_size, steps, rng)
for _ in range(steps):
    noise = rng.standard_normal(x.shape)
    x = {}
return x
"""

TASK_19 = Task(
    plain={"langevin": WALK.format(
        "x + step_size * score(x) + np.sqrt(2 * step_size) * noise")},
    id="19", title="Langevin's walk", minutes=30, tutorial="08", needs=(),
    symbols=(
        Symbol(SAMPLING, "langevin",
               "Return where each of n independent chains is after so many steps, of shape "
               "(n, d).\n\n"
               "`score` maps points (n, d) to the gradient of the log-density (n, d). `starts` "
               "(n, d) is only read. Begin with `x, step_size, steps, rng = _checked(starts, "
               "step_size, steps, rng)`, and draw the noise from that `rng`."),
    ),
    docstrings=(
        Symbol(SAMPLING, "",
               "From a score to samples: Langevin dynamics, with and without a test of each step "
               "(14.5.1, 20.11)."),
    ),
    statement="19.md",
    checks=(
        Check("one step", 1.5, got_one_step, want_one_step, tolerance=0.025,
              property="mean and standard deviation after one step along a constant score",
              case="one chain, one step"),
        Check("at rest", 1.5, got_rest, want_rest, tolerance=0.06,
              property="on a normal density the chains come to rest with the known variance",
              case="the density N(0, 1)"),
        Check("three steps", 0.75, got_few_steps, want_few_steps, hidden=True, tolerance=0.05,
              property="the score is asked at every step, where the chain is then",
              case="the density N(0, 1), three steps"),
        Check("independent noise", 0.75, got_apart, want_apart, hidden=True, tolerance=0.05,
              property="the noise is fresh for every step, every chain and every coordinate",
              case="two chains, two steps without a score"),
        Check("repeatable", 0.5, got_repeated, want_repeated, hidden=True, tolerance=0,
              property="equal generators give equal walks; the starts are only read",
              case="two walks"),
    ),
    wrong=(
        Wrong("root of the step",
              "The noise is too small by the root of 2: the variance at rest is half of what it "
              "should be.",
              {"langevin": WALK.format("x + step_size * score(x) + np.sqrt(step_size) * noise")}),
        Wrong("noise in proportion to the step",
              "The noise is in proportion to the step size: it must grow with its root, or the "
              "chains hardly move.",
              {"langevin": WALK.format("x + step_size * (score(x) + noise)")}),
        Wrong("downhill",
              "The chains walk towards low density: the score points uphill, so add it.",
              {"langevin": WALK.format("x - step_size * score(x) + np.sqrt(2 * step_size) * noise")}),
        Wrong("half the drift",
              "The drift is half of what it should be: step size and noise belong to two different "
              "conventions.",
              {"langevin": WALK.format(
                  "x + 0.5 * step_size * score(x) + np.sqrt(2 * step_size) * noise")}),
        Wrong("one draw for all chains",
              "All chains get the same noise: draw an array of the shape of x.",
              {"langevin": WALK.format(
                  "x + step_size * score(x) + np.sqrt(2 * step_size) * noise[:1]")}),
        Wrong("one draw for all coordinates",
              "All coordinates of a chain get the same noise: draw an array of the shape of x.",
              {"langevin": WALK.format(
                  "x + step_size * score(x) + np.sqrt(2 * step_size) * noise[:, :1]")}),
        Wrong("score of the start",
              "The score is asked at the start only: ask it where the chain is now.",
              {"langevin": "x, step_size, steps, rng = _checked(starts, step_size, steps, rng)\n"
               "pull = score(x)\nfor _ in range(steps):\n"
               "    x = x + step_size * pull + np.sqrt(2 * step_size) * "
               "rng.standard_normal(x.shape)\nreturn x"}),
        Wrong("the same noise at every step",
              "The noise is drawn once: draw it again at every step.",
              {"langevin": "x, step_size, steps, rng = _checked(starts, step_size, steps, rng)\n"
               "noise = rng.standard_normal(x.shape)\nfor _ in range(steps):\n"
               "    x = x + step_size * score(x) + np.sqrt(2 * step_size) * noise\nreturn x"}),
        Wrong("no noise", "There is no noise: this climbs to a maximum of the density.",
              {"langevin": WALK.format("x + step_size * score(x)")}),
    ),
)  # fmt: skip


TASKS = (TASK_15, TASK_19)
