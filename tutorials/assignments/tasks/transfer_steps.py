"""Transfer tasks: an optimizer, and other noise, whose best denoiser gives no score (T5 and T6)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import math

import numpy as np

from tutorials.assignments.task import Check, Task, Wrong

# --- T5 ---------------------------------------------------------------------------------------

RULES = (
    {"rule": "m ← μ m + g,   θ ← θ − η (g + μ m)", "name": "Nesterov's momentum", "share": "1.0",
     "move": "grad + self.momentum * m"},
    {"rule": "m ← μ m + (1 − μ) g,   θ ← θ − η (0.3 g + 0.7 m)",
     "name": "momentum mixed with the gradient", "share": "(1.0 - self.momentum)",
     "move": "0.3 * grad + 0.7 * m"},
    {"rule": "m ← μ m + (1 − μ) g,   θ ← θ − η m / (1 + |m|)",
     "name": "momentum with bounded steps", "share": "(1.0 - self.momentum)",
     "move": "m / (1.0 + np.abs(m))"},
)  # fmt: skip


def rule(variant):
    """Return the words of a variant: the rule, and code for it."""
    return dict(RULES[variant.seed % len(RULES)])


def descent(variant):
    """Return a start (d,) and four gradients (4, d)."""
    d = variant.sizes[1]
    rng = variant.rng("steps")
    return rng.normal(size=d), rng.normal(size=(4, d))


def by_hand(variant, theta, grads, rate, mu):
    """Return theta after steps of the rule, one number at a time."""
    which, found = variant.seed % len(RULES), []
    for i, value in enumerate(theta):
        m = 0.0
        for g in grads[:, i]:
            m = mu * m + (g if which == 0 else (1 - mu) * g)
            move = (g + mu * m, 0.3 * g + 0.7 * m, m / (1 + abs(m)))[which]
            value -= rate * move
        found.append(value)
    return np.array(found)


def walked(theta, grads, rate=0.1, mu=0.8):
    """Return theta after the steps of the submission's optimizer."""
    from transfer.t5_nesterov import Momentum

    optimizer = Momentum(rate, mu)
    state = optimizer.start(theta)
    for g in grads:
        optimizer.step(theta, g, state, 0.0)
    return theta


def got_one(variant):
    theta, grads = descent(variant)
    return (walked(theta, grads[:1]),)


def want_one(variant):
    theta, grads = descent(variant)
    return (by_hand(variant, theta, grads[:1], 0.1, 0.8),)


def got_two(variant):
    theta, grads = descent(variant)
    return (walked(theta, grads[:2]),)


def want_two(variant):
    theta, grads = descent(variant)
    return (by_hand(variant, theta, grads[:2], 0.1, 0.8),)


def got_pair(variant):
    from transfer.t5_nesterov import Momentum

    theta, grads = descent(variant)
    other, before = theta[::-1].copy(), grads.copy()
    optimizer = Momentum(0.2, 0.5)
    states = optimizer.start(theta), optimizer.start(other)
    for g in grads:
        optimizer.step(theta, g, states[0], 0.0)
        optimizer.step(other, g[::-1], states[1], 0.0)
    small = walked(np.ones(3, np.float32), np.ones((2, 3), np.float32))
    return theta, other, np.array([(grads == before).all(), small.dtype == np.float32])


def want_pair(variant):
    theta, grads = descent(variant)
    moved = by_hand(variant, theta, grads, 0.2, 0.5)
    return moved, moved[::-1], np.array([True, True])


class Bowl:
    """Half the squared distance from a point: a loss with one minimum."""

    centre = np.array([1.0, -2.0, 0.5])


def got_bowl(variant):
    theta = np.zeros(3)
    from transfer.t5_nesterov import Momentum

    optimizer = Momentum(0.1, 0.7)
    state, found = optimizer.start(theta), []
    for _ in range(400):
        optimizer.step(theta, theta - Bowl.centre, state, 0.0)
        found.append(theta.copy())
    return found[4], theta


def want_bowl(variant):
    theta, which, m = np.zeros(3), variant.seed % len(RULES), np.zeros(3)
    for _ in range(5):
        g = theta - Bowl.centre
        m = 0.7 * m + (g if which == 0 else 0.3 * g)
        theta = theta - 0.1 * (g + 0.7 * m, 0.3 * g + 0.7 * m, m / (1 + abs(m)))[which]
    return theta, Bowl.centre


T5 = Task(
    id="T5", title="A momentum of your own", minutes=35, tutorial="15", needs=(), symbols=(),
    statement="T5.md", transfer=True, file="transfer/t5_nesterov.py",
    stub='''"""Task T5: an optimizer that the library does not have, {{name}}."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Momentum:
    """{{rule}}, with the gradient g, the rate η and the momentum μ; m starts at 0."""

    learning_rate: float = 0.1
    momentum: float = 0.9

    def start(self, theta):
        """Return the state before the first step, a dict of arrays."""
        raise NotImplementedError("task T5: write Momentum.start")

    def step(self, theta, grad, state, progress):
        """Change theta and the state in place; grad is only read. `progress` is not used."""
        raise NotImplementedError("task T5: write Momentum.step")
''',
    solution='''"""{{name}}."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Momentum:
    learning_rate: float = 0.1
    momentum: float = 0.9

    def start(self, theta):
        return {"m": np.zeros_like(theta)}

    def step(self, theta, grad, state, progress):
        m = state["m"]
        m *= self.momentum
        m += {{share}} * grad
        theta -= self.learning_rate * ({{move}})
''',
    words=rule,
    checks=(
        Check("first step", 1, got_one, want_one, property="the step from m = 0",
              case="one parameter, one step"),
        Check("second step", 1.5, got_two, want_two, property="m remembers the first gradient",
              case="one parameter, two steps"),
        Check("two models", 1.5, got_pair, want_pair, hidden=True,
              property="two models trained with one object do not disturb each other; dtypes are "
              "kept, and the gradient is only read", case="two models, two steps each"),
        Check("down to the minimum", 1, got_bowl, want_bowl, hidden=True, tolerance=1e-4,
              property="on a quadratic loss the steps are known, and lead to the minimum",
              case="a loss of one parameter"),
    ),
    wrong=(
        Wrong("without momentum", "The momentum is not used: m must remember earlier gradients.",
              {"transfer/t5_nesterov.py": ("m *= self.momentum", "m *= 0.0")}),
        Wrong("ordinary momentum",
              "The step is that of ordinary momentum: either it is along m alone, or m is updated "
              "after theta. First m, then the step of your rule.",
              {"transfer/t5_nesterov.py": ("({{move}})", "m")}),
        Wrong("uphill", "The step goes uphill: subtract it.",
              {"transfer/t5_nesterov.py": ("theta -=", "theta +=")}),
        Wrong("a new theta", "theta does not change for the caller: write `theta -= ...`.",
              {"transfer/t5_nesterov.py": ("theta -= self.learning_rate *",
                                           "theta = theta - self.learning_rate *")}),
        Wrong("one memory for all models",
              "All models share one m: `start` makes the state, so make a new array there.",
              {"transfer/t5_nesterov.py": (
                  'return {"m": np.zeros_like(theta)}',
                  'Momentum.shared = getattr(Momentum, "shared", None)\n        '
                  "if Momentum.shared is None or Momentum.shared.shape != theta.shape:\n"
                  "            Momentum.shared = np.zeros_like(theta)\n        "
                  'return {"m": Momentum.shared}')}),
        Wrong("learning rate inside m", "The learning rate is multiplied twice.",
              {"transfer/t5_nesterov.py": ("{{share}} * grad", "self.learning_rate * {{share}} * "
                                           "grad")}),
    ),
)  # fmt: skip


# --- T6 ---------------------------------------------------------------------------------------


NOISES = (
    {"noise": "Laplace", "density": "exp(−|e|/scale) / (2 scale)", "spread": "2 scale²",
     "hint": "The derivative of |e| is sign(e).", "draw": "rng.laplace(0.0, self.scale, x.shape)",
     "log": "-np.abs(e) / scale", "pull": "np.sign(e) / scale", "variance": "(2.0 * scale**2)"},
    {"noise": "logistic", "density": "s(e/scale) s(−e/scale) / scale, s the sigmoid",
     "spread": "π² scale² / 3", "hint": "Write log s(u) with the softplus.",
     "draw": "rng.logistic(0.0, self.scale, x.shape)",
     "log": "-np.abs(e) / scale - 2.0 * np.log1p(np.exp(-np.abs(e) / scale))",
     "pull": "np.tanh(e / (2.0 * scale)) / scale", "variance": "(np.pi**2 * scale**2 / 3.0)"},
)  # fmt: skip


def noise(variant):
    """Return the words of a variant: the density of the noise, and code for it."""
    return dict(NOISES[variant.seed % len(NOISES)])


def density_of(variant, e, scale):
    """Return the density of the noise at e."""
    if noise(variant)["noise"] == "Laplace":
        return math.exp(-abs(e) / scale) / (2 * scale)
    return 1.0 / (4.0 * scale * math.cosh(e / (2.0 * scale)) ** 2)


def variance_of(variant, scale):
    """Return the variance of the noise."""
    return 2 * scale**2 if variant.seed % len(NOISES) == 0 else math.pi**2 * scale**2 / 3


def line(variant):
    """Return points (N, d), places x (n, d) and the scale of the noise."""
    n, _, k = variant.sizes
    rng = variant.rng("laplace")
    return rng.normal(size=(k + 1, 2)), rng.normal(size=(n, 2)), float(rng.uniform(0.4, 0.8))


def density(variant, points, x, scale):
    """Return the density of the noisy points at one place, and the densities point by point."""
    each = [math.prod(density_of(variant, u - v, scale) for u, v in zip(x, p, strict=True)) for p in points]  # fmt: skip
    return sum(each) / len(each), each


def means(variant, points, x, scale):
    """Return the mean of the clean point given each place."""
    found = []
    for place in x:
        _, each = density(variant, points, place, scale)
        found.append(sum(e * p for e, p in zip(each, points, strict=True)) / sum(each))
    return np.array(found)


def slopes(variant, points, x, scale):
    """Return the gradient of the log-density at each place by central differences."""
    found, step = np.zeros_like(x), 1e-6
    for i, j in np.ndindex(x.shape):
        sides = []
        for sign in (1, -1):
            moved = x[i].copy()
            moved[j] += sign * step
            sides.append(math.log(density(variant, points, moved, scale)[0]))
        found[i, j] = (sides[0] - sides[1]) / (2 * step)
    return found


def got_noise(variant):
    from transfer.t6_noise import OtherNoise

    x, scale = np.full((300, 400), 0.5), line(variant)[2]
    e = OtherNoise(scale).corrupt(x, variant.rng("draws")) - x
    squares = (e * e).mean()
    sizes = np.array([e.mean(), np.abs(e).mean() / scale, squares / scale**2])
    return sizes, np.array((e**4).mean() / squares**2)


def want_noise(variant):
    if noise(variant)["noise"] == "Laplace":
        return np.array([0.0, 1.0, 2.0]), np.array(6.0)
    return np.array([0.0, 2 * math.log(2.0), math.pi**2 / 3]), np.array(4.2)


def got_laplace_best(variant):
    from transfer.t6_noise import best_reconstruction

    return (best_reconstruction(*line(variant)),)


def want_laplace_best(variant):
    return (means(variant, *line(variant)),)


def got_laplace_score(variant):
    from transfer.t6_noise import score

    return (score(*line(variant)),)


def want_laplace_score(variant):
    return (slopes(variant, *line(variant)),)


def got_gap(variant):
    from transfer.t6_noise import gap

    points, x, scale = line(variant)
    return gap(points, x, scale), gap(points[:1], x, scale)


def want_gap(variant):
    points, x, scale = line(variant)
    return tuple((means(variant, p, x, scale) - x) / variance_of(variant, scale)
        - slopes(variant, p, x, scale)
                 for p in (points, points[:1]))  # fmt: skip


def got_remote(variant):
    from transfer.t6_noise import OtherNoise, best_reconstruction, score

    points, _, scale = line(variant)
    x = np.array([[900.0, 0.0], [-900.0, 0.0]])
    with np.errstate(under="ignore"):
        found = best_reconstruction(points, x, scale), score(points, x, scale)[:, 0]
    clean, rng = np.zeros((50, 3)), variant.rng("two calls")
    made = OtherNoise(scale)
    first, second = made.corrupt(clean, rng), made.corrupt(clean, rng)
    return *found, clean, np.array([(first == second).any(), first.shape == clean.shape])


def want_remote(variant):
    points, _, scale = line(variant)
    shift = 20.0 + np.abs(points).max()  # beyond all points the weights no longer change
    x = np.array([[shift, 0.0], [-shift, 0.0]])
    best = means(variant, points, x, scale)
    return best, np.array([-1.0, 1.0]) / scale, np.zeros((50, 3)), np.array([False, True])


T6 = Task(
    id="T6", title="Other noise, and the score it does not give", minutes=60, tutorial="07",
    needs=(), symbols=(), statement="T6.md", transfer=True, file="transfer/t6_noise.py",
    stub='''"""Task T6: {{noise}} noise, its best denoiser, and the score that it does not give."""

from dataclasses import dataclass

import numpy as np

from tinyae.criterion import Corruption


@dataclass(frozen=True)
class OtherNoise(Corruption):
    """Independent noise with the density {{density}}, in every entry."""

    scale: float

    def corrupt(self, x, rng, *, progress=1.0):
        """Return x with noise, a new array; draw from `rng`."""
        raise NotImplementedError("task T6: write OtherNoise.corrupt")


def best_reconstruction(points, x, scale):
    """Return the mean of the clean point given its noisy version x (n, d); shape (n, d).

    The clean point is one of `points` (N, d), which are equally likely.
    """
    raise NotImplementedError("task T6: write best_reconstruction")


def score(points, x, scale):
    """Return the gradient of the log-density of the noisy points at x, of shape (n, d)."""
    raise NotImplementedError("task T6: write score")


def gap(points, x, scale):
    """Return (best_reconstruction − x) / variance of the noise, minus the score, (n, d)."""
    raise NotImplementedError("task T6: write gap")
''',
    solution='''"""{{noise}} noise, its best denoiser, and the score that it does not give."""

from dataclasses import dataclass

import numpy as np

from tinyae.criterion import Corruption


@dataclass(frozen=True)
class OtherNoise(Corruption):
    scale: float

    def corrupt(self, x, rng, *, progress=1.0):
        return x + {{draw}}


def shares(points, x, scale):
    e = x[:, None] - points[None]
    logs = ({{log}}).sum(axis=2)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def best_reconstruction(points, x, scale):
    return shares(points, x, scale) @ points


def score(points, x, scale):
    e = points[None] - x[:, None]
    pulls = {{pull}}
    return (shares(points, x, scale)[:, :, None] * pulls).sum(axis=1)


def gap(points, x, scale):
    return (best_reconstruction(points, x, scale) - x) / {{variance}} - score(points, x, scale)
''',
    words=noise,
    checks=(
        Check("noise", 1, got_noise, want_noise, tolerance=0.06,
              property="mean, mean size, variance and tails of the noise",
              case="many draws for x = 0"),
        Check("best denoiser", 1.5, got_laplace_best, want_laplace_best,
              property="a mean of the points with the weights that belong to the noise",
              case="two points on a line"),
        Check("score", 1, got_laplace_score, want_laplace_score, tolerance=1e-6,
              property="the score agrees with the difference quotient of the log-density",
              case="one point"),
        Check("gap", 2, got_gap, want_gap, hidden=True, tolerance=1e-6,
              property="the best denoiser of this noise does not give the score",
              case="one point"),
        Check("far away", 1.5, got_remote, want_remote, hidden=True, tolerance=1e-6,
              property="far from all points there is no 0/0; noise is fresh and x is only read",
              case="x = 900"),
    ),
    wrong=(
        Wrong("Gaussian noise", "The noise is normal: yours has heavier tails.",
              {"transfer/t6_noise.py": ("{{draw}}",
                                          "2**0.5 * self.scale * rng.standard_normal(x.shape)")}),
        Wrong("scale taken for the deviation",
              "The noise is too small by the root of 2: the scale is not the standard deviation, "
              "and the generator takes the scale.",
              {"transfer/t6_noise.py": ("{{draw}}", "({{draw}}) / 2**0.5")}),
        Wrong("Gaussian weights", "The weights fall with the square of the distance: they fall "
              "with its size.",
              {"transfer/t6_noise.py": ("({{log}}).sum(axis=2)", "-(e * e).sum(axis=2) / 2.0 / scale**2")}),
        Wrong("distance in the plane",
              "The weights fall with the Euclidean distance: the noise of the entries is "
              "independent, so add the sizes of the differences.",
              {"transfer/t6_noise.py": (
                  "({{log}}).sum(axis=2)", "-np.sqrt((e * e).sum(axis=2)) / scale")}),
        Wrong("sign of the score", "The score has the wrong sign: it points to the points.",
              {"transfer/t6_noise.py": ("pulls = {{pull}}", "pulls = -({{pull}})")}),
        Wrong("score of Gaussian noise",
              "The score is that of Gaussian noise: its pull does not grow with the distance here.",
              {"transfer/t6_noise.py": ("pulls = {{pull}}", "pulls = e / scale**2 / 2.0")}),
        Wrong("variance of the noise",
              "The gap is divided by the squared scale: the variance of the noise is larger.",
              {"transfer/t6_noise.py": ("/ {{variance}}", "/ scale**2")}),
        Wrong("weights that all become 0",
              "Far away every weight is 0, and 0/0 is left: subtract the largest logarithm first.",
              {"transfer/t6_noise.py": ("np.exp(logs - logs.max(axis=1, keepdims=True))",
                                          "np.exp(logs)")}),
    ),
)  # fmt: skip


TASKS = (T5, T6)
