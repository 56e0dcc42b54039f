"""The factor between the denoising field and the score, made exact (section 14.5.1).

Figure 14.4 calls it an average root mean square reconstruction error. It is σ², because
r*(x̃) − x̃ = σ² ∇log p_σ(x̃).
"""

import numpy as np
import pytest

from figures.experiments.networks import tanh_denoiser
from figures.experiments.score_factor import CURVES, rms, sphere, sphere_score
from tinyae import Adam, fit
from tinyae.datasets import curve
from tinyae.score import (
    mixture_log_density,
    mixture_score,
    optimal_reconstruction,
    smoothed_log_density,
    smoothed_score,
)
from tinyae.training import Cosine

pytestmark = pytest.mark.claim


def sphere_nodes(order):
    """Nodes and weights that integrate over the unit sphere: Gauss in height, evenly around."""
    height, weight = np.polynomial.legendre.leggauss(order)
    angle = np.pi * np.arange(2 * order) / order
    height, angle = (g.ravel() for g in np.meshgrid(height, angle, indexing="ij"))
    across = np.sqrt(1.0 - height**2)
    nodes = np.stack([across * np.cos(angle), across * np.sin(angle), height], axis=1)
    return nodes, np.repeat(weight, 2 * order)


def score_by_differences(x, points, sigma):
    """∇log p_σ of a point set from its log density alone, by central differences."""
    steps = 1e-4 * sigma * np.eye(x.shape[1])
    up, down = (
        [smoothed_log_density(points, x + sign * s, sigma) for s in steps] for sign in (1, -1)
    )
    return (np.array(up) - np.array(down)).T / (2e-4 * sigma)


def factors(c, what, sigmas, found, k, growth_off=0.05, share_off=0.07):
    """Show ‖r − x̃‖ / ‖score‖ against the two errors of r where σ is small.

    `found` holds (‖r − x̃‖, ‖score‖, root mean square error), root mean squares, for each of `sigmas`,
    rising: (σ, 3), or (σ, seeds, 3). A factor that were a root mean square error would stay in one
    proportion to it at every σ; one that is σ² grows σ times as fast, in whatever unit lengths are
    measured. And the mean square error tends to kσ² on data of k dimensions, where squares are
    summed over the coordinates; their mean over d coordinates tends to kσ²/d.
    """
    found = np.array(found).reshape(len(sigmas), -1, 3)
    step, score, error = found.transpose(2, 0, 1)  # (σ, seeds) each
    factor = step / score
    growth = (factor / error) / (factor / error)[0] / (np.array(sigmas) / sigmas[0])[:, None]
    named = (
        f"{what}: ‖r − x̃‖ / ‖score‖ over the root mean square error, from the smallest σ to the "
        "next: its growth over that of σ"
    )
    c.show(named, growth[1], at_least=1 - growth_off, at_most=1 + growth_off)
    if len(sigmas) > 2:
        c.quote(f"{what}: the same up to the largest σ, {sigmas[-1]:g}", growth[-1])
    named = (
        f"{what}: k times ‖r − x̃‖ / ‖score‖ over the mean square error, at the smallest σ (k = {k})"
    )
    share = k * (factor / error**2)[0]
    c.show(named, share, at_least=1 - share_off, at_most=1 + share_off)
    c.quote(f"{what}: the same without k, for each σ", (factor / error**2).ravel())


@pytest.mark.parametrize("name", ["one Gaussian", "three Gaussians"])
def test_the_factor_on_a_line(name, claim):
    c = claim("Erratum 1", "14.5.1",
              f"On a line ({name}), the step r*(x̃) − x̃ of the optimal denoiser is σ² times the "
              "score of the smoothed density, for every σ. Its mean square error is dσ² − σ⁴ "
              "E‖score‖². The factor σ² is not the root mean square error.",
              "integrals over a grid; squares are summed over the coordinates")  # fmt: skip
    means, variances, shares = {
        "one Gaussian": ([[0.3]], [[[0.64]]], [1.0]),
        "three Gaussians": ([[-1.5], [0.0], [0.8]], [[[0.2]], [[0.1]], [[0.4]]], [0.3, 0.3, 0.4]),
    }[name]
    means, variances, shares = np.array(means), np.array(variances), np.array(shares)
    # The trapezoid rule is exact to rounding, except for x̃ at the ends, where x is cut off.
    grid = np.linspace(-9.0, 9.0, 1201)[:, None]
    inner = np.abs(grid[:, 0]) < 7.0
    density = np.exp(mixture_log_density(grid, means, variances, shares))
    sigmas = np.array([0.05, 0.1, 0.3])
    found, gaps, identities, rough, wrong = [], [], [], [], []
    for sigma in sigmas:
        best = optimal_reconstruction(grid, grid, sigma, density)  # an integral over x
        wider = variances + sigma**2
        score = mixture_score(grid, means, wider, shares)  # a formula
        joint = density[:, None] * np.exp(-((grid - grid.T) ** 2) / (2 * sigma**2))  # (x, x̃)
        joint /= joint.sum()
        corrupted = joint.sum(axis=0)
        squared = (joint * (best.T - grid) ** 2).sum()
        energy = corrupted @ score[:, 0] ** 2
        step = corrupted @ (best - grid)[:, 0] ** 2
        for factor, to in ((sigma**2, gaps), (np.sqrt(squared), wrong)):
            to.append(np.abs(best - grid - factor * score)[inner].max() / np.sqrt(step))
        identities.append(squared / (sigma**2 - sigma**4 * energy) - 1)
        rough.append(squared / sigma**2 - 1)
        found.append(np.sqrt([step, energy, squared]))
    what = f"{name}: largest |r* − x̃ − σ² score| over its root mean square"
    c.show(what, gaps, at_most=1e-9)
    c.control("the root mean square error in place of σ²", what, wrong)
    what = f"{name}: |E‖r* − x‖² / (dσ² − σ⁴E‖score‖²) − 1|"
    c.show(what, np.abs(identities), at_most=1e-9)
    c.control("dσ² alone", what, np.abs(rough))
    factors(c, name, sigmas, found, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", CURVES)
def test_the_factor_on_a_curve_in_the_plane(name, claim, full):
    c = claim("Erratum 1", "14.5.1",
              f"The same holds on a curve in the plane ({name}). As σ decreases, the ratio of "
              "the mean square error to σ² tends to 1, if the squares are summed over the "
              "coordinates; their mean tends to half of it, and its root to no multiple of σ².",
              "4000 corrupted points of a curve, of which 3000 points are given")  # fmt: skip
    points, n = CURVES[name], 4000 if full else 500  # the score by differences takes its time
    sigmas, found, gaps, scores = (0.01, 0.03, 0.1), [], [], []
    wrong, rough = [], []
    for seed, sigma in zip(c.seeds(len(sigmas)), sigmas, strict=True):
        rng = np.random.default_rng(seed)
        x = points[rng.integers(len(points), size=4000)]
        corrupted = x + sigma * rng.standard_normal(x.shape)
        step = optimal_reconstruction(points, corrupted, sigma) - corrupted
        score = score_by_differences(corrupted[:n], points, sigma)
        error = step + corrupted - x
        gaps.append(np.abs(step[:n] - sigma**2 * score).max() / rms(step))
        wrong.append(np.abs(step[:n] - rms(error) * score).max() / rms(step))
        scores.append(deviation(error, step, sigma))
        rough.append(deviation(error, 0.0 * step, sigma))
        found.append((rms(step[:n]), rms(score), rms(error)))
    show_identities(c, name, gaps, wrong, scores, rough, 1e-6)
    factors(c, name, sigmas, found, 1)


def show_identities(c, name, gaps, wrong, scores, rough, at_most):
    """Show r* − x̃ = σ² score and the size of the error, each with its imposter."""
    what = f"{name}: largest |r* − x̃ − σ² score| over its root mean square"
    c.show(what, gaps, at_most=at_most)
    c.control("the root mean square error in place of σ²", what, wrong)
    what = f"{name}: |E‖r* − x‖² − (dσ² − σ⁴E‖score‖²)| in standard errors"
    c.show(what, scores, at_most=3)
    c.control("dσ² alone", what, rough)


def deviation(error, step, sigma):
    """|mean of ‖r* − x‖² − dσ² + ‖r* − x̃‖²| in standard errors of that mean."""
    gap = (error**2).sum(axis=1) - error.shape[1] * sigma**2 + (step**2).sum(axis=1)
    return abs(gap.mean()) / (gap.std() / np.sqrt(len(gap)))


def test_the_factor_on_a_sphere(claim, full):
    c = claim("Erratum 1", "14.5.1",
              "On a sphere, a manifold of two dimensions, the factor is still σ², but the mean "
              "square error tends to 2σ². The mean square error, summed over the coordinates, "
              "equals the factor only for manifolds of one dimension.",
              "100 000 corrupted points of the unit sphere; the optimum by Gauss quadrature")  # fmt: skip
    sigmas, n = (0.05, 0.1, 0.2), 1000 if full else 150
    found, gaps, scores, wrong, rough = [], [], [], [], []
    for seed, sigma in zip(c.seeds(len(sigmas)), sigmas, strict=True):
        rng = np.random.default_rng(seed)
        nodes, weights = sphere_nodes(round(6 / sigma))
        x = sphere(100_000, rng)
        corrupted = x + sigma * rng.standard_normal(x.shape)
        exact = sphere_score(corrupted, sigma)
        best = optimal_reconstruction(nodes, corrupted[:n], sigma, weights)  # a sum over the nodes
        step = best - corrupted[:n]
        error = corrupted + sigma**2 * exact - x
        gaps.append(np.abs(step - sigma**2 * exact[:n]).max() / rms(step))
        wrong.append(np.abs(step - rms(error) * exact[:n]).max() / rms(step))
        scores.append(deviation(error, sigma**2 * exact, sigma))
        rough.append(deviation(error, 0.0 * exact, sigma))
        found.append((rms(step), rms(exact[:n]), rms(error)))
    show_identities(c, "sphere", gaps, wrong, scores, rough, 1e-9)
    factors(c, "sphere", sigmas, found, 2, share_off=0.025)


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2])
def test_the_factor_of_a_trained_net(k, claim, full):
    where = {1: "a wave in the plane", 2: "a sphere"}[k]
    c = claim("Erratum 1", "14.5.1",
              f"For a trained denoiser on {where} the factor is also σ², not the root mean "
              "square error.")  # fmt: skip
    sigmas, found = (0.1, 0.2), []
    seeds = c.seeds(3 if full else 1)
    for sigma in sigmas:
        for seed in seeds:
            rng = np.random.default_rng(seed)
            x, fresh = (curve(n, rng=rng) if k == 1 else sphere(n, rng) for n in (25_000, 2000))
            model = tanh_denoiser(x.shape[1], 64, sigma, rng, weight=4, bias=2, dtype=np.float64)
            fit(
                model,
                x,
                epochs=30,
                batch_size=250,
                optimizer=Adam(Cosine(0.01)),
                rng=rng,
                core="auto",
            )
            corrupted = fresh + sigma * rng.standard_normal(fresh.shape)
            r = model.reconstruct(corrupted)
            exact = (
                smoothed_score(CURVES["wave"], corrupted, sigma)
                if k == 1
                else sphere_score(corrupted, sigma)
            )
            found.append((rms(r - corrupted), rms(exact), rms(r - fresh)))
    found = np.array(found).reshape(len(sigmas), -1, 3)
    squares = np.array(sigmas)[:, None] ** 2
    what = f"net on {where}: ‖r − x̃‖ / ‖score‖ over σ², minus 1"
    c.show(what, np.abs(found[..., 0] / found[..., 1] / squares - 1).ravel(), at_most=0.1)
    c.control("the root mean square error", what, np.abs(found[..., 2] / squares - 1).ravel())
    factors(c, f"net on {where}", sigmas, found, k, growth_off=0.1, share_off=0.15)
