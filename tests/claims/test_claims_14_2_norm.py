"""The norm of the difference in the reconstruction error, squared or not: section 14.2.2."""

import numpy as np
import pytest

from figures.experiments import unsquared_norm as norm
from tinyae import Adam, Chain, Linear, Model, Tanh, fit
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def size(a):
    """Root of the mean squared length of the rows."""
    return np.sqrt((a**2).sum(axis=1).mean())


@pytest.mark.slow
def test_the_unsquared_norm_gives_a_median(claim):
    c = claim("14.8, norm", "14.2.2",
              "The squared norm is what makes r − x a score. With the norm itself, the best "
              "reconstruction of a noisy input is the spatial median of the clean inputs that "
              "may have caused it and not their mean, and (r − x̃)/σ² is not the score.",
              on="Three points of the plane with weights ½, .3, .2 and distances from 2 to 2.8, "
                 "σ = 0.7; 500 noisy points; both minimisers are computed.")  # fmt: skip
    of_mean, of_median, costs, wrong_costs, unchanged = [], [], [], [], []
    for seed in c.seeds(5):
        noisy = norm.draw(500, np.random.default_rng(seed))
        s = norm.score(noisy)
        unchanged.append(norm.expected_norm(noisy, noisy).mean())
        for best, found, cost in (
            (norm.posterior_mean, of_mean, wrong_costs), (norm.posterior_median, of_median, costs),
        ):  # fmt: skip
            r = best(noisy)
            found.append(size((r - noisy) / norm.SIGMA**2 - s) / size(s))
            cost.append(norm.expected_norm(noisy, r).mean())
    what = "squared norm: size of (r − x̃)/σ² − score / size of the score"
    c.show(what, of_mean, at_most=1e-12)
    c.control("the norm without the square", what, of_median)
    what = "norm without the square: size of (r − x̃)/σ² − score / size of the score"
    c.show(what, of_median, at_least=0.2)
    c.control("the squared norm", what, of_mean)
    what = "expected norm of x − r, the median's over the mean's"
    c.show(what, np.divide(costs, wrong_costs), at_most=0.95)
    c.control("the noisy input itself", what, np.divide(unchanged, wrong_costs))


class Denoiser(Model):
    """1-10-1 with tanh units, under ½(x − r)² or under |x − r|, the norm for one dimension."""

    def __init__(self, seed, squared):
        rng = np.random.default_rng([seed, 1])
        super().__init__({"net": Chain(Linear(1, 10, rng=rng), Tanh(), Linear(10, 1, rng=rng))})
        self.squared = squared

    def objective(self, noisy, x, *, rng):
        """Mean cost; ga = (a − x)/n, or sign(a − x)/n without the square."""
        a, cache = self.parts["net"].forward(noisy)
        gap = a - x
        self.parts["net"].backward((gap if self.squared else np.sign(gap)) / len(x), cache)
        return (0.5 * gap**2 if self.squared else np.abs(gap)).mean()


def optimal(noisy, sigma):
    """Mean and median of x given x̃, for x exponential with mean 1, by sums over a grid."""
    x = np.linspace(0, 15, 3001)
    log = -x - (noisy - x) ** 2 / (2 * sigma**2)
    p = np.exp(log - log.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return (p @ x)[:, None], x[(p.cumsum(axis=1) >= 0.5).argmax(axis=1)][:, None]


@pytest.mark.slow
def test_a_net_learns_the_median(claim, full):
    c = claim("14.8, net", "14.2.2",
              "A denoising net that is trained on the unsquared norm comes nearer to the median "
              "of the clean inputs than to their mean. A net trained on the squared norm comes "
              "nearer to the mean. Both come nearer to their optimum than a straight line.",
              on="1-10-1, x exponential with mean 1, σ = 1.5, 50 000 training examples, 1000 "
                 "fresh ones; 5 nets (reduced: 2).")  # fmt: skip
    sigma, ratios = 1.5, {True: [], False: []}
    far, constant, untrained = ({True: [], False: []} for _ in range(3))
    for seed in c.seeds(5 if full else 2):
        rng = np.random.default_rng(seed)
        x, fresh = rng.exponential(size=(50_000, 1)), rng.exponential(size=(1000, 1))
        noisy, fresh = (v + sigma * rng.standard_normal(v.shape) for v in (x, fresh))
        mean, median = optimal(fresh, sigma)
        flat = np.polyval(np.polyfit(noisy[:, 0], x[:, 0], 1), fresh)
        for squared, found in ratios.items():
            best, level = (mean, x.mean()) if squared else (median, np.median(x))
            by_line = size(flat - best)
            model = Denoiser(seed, squared)
            constant[squared].append(size(level - best) / by_line)
            untrained[squared].append(size(model.parts["net"].forward(fresh)[0] - best) / by_line)
            fit(model, (noisy, x), epochs=20, batch_size=500, optimizer=Adam(Cosine(0.01)),
                rng=seed)  # fmt: skip
            r = model.parts["net"].forward(fresh)[0]
            found.append(size(r - median) / size(r - mean))
            far[squared].append(size(r - best) / by_line)
    what = "norm without the square: distance of r to the median / to the mean"
    c.show(what, ratios[False], at_most=0.95)
    c.control("the squared norm", what, ratios[True])
    what = "squared norm: distance of r to the median / to the mean"
    c.show(what, ratios[True], at_least=1.05)
    c.control("the norm without the square", what, ratios[False])
    for squared, name in ((False, "norm without the square"), (True, "squared norm")):
        what = f"{name}: distance of r to its optimum / that of the line of least squares"
        c.show(what, far[squared], at_most=0.6)
        c.control("the best constant", what, constant[squared])
        c.control("untrained", what, untrained[squared])
