"""The model with a Laplace code: against sums, and against a search for the maximum."""

import numpy as np
import pytest

from figures.experiments.laplace_code import SCALES, LaplaceCode, by_scale, orthogonal_atoms


def model(rng, k=1):
    return LaplaceCode(orthogonal_atoms(k, 3, 2.0, rng))


def log_joint(m, x, h):
    prior = len(m.V) * np.log(m.lam / 2) - m.lam * np.abs(h).sum(axis=-1)
    gap = ((x - h @ m.V) ** 2).sum(axis=-1) / (2 * m.noise**2)
    return prior - gap - x.shape[-1] * np.log(m.noise * np.sqrt(2 * np.pi))


@pytest.mark.slow
def test_the_likelihood_is_the_integral_over_all_codes(rng):
    m = model(rng, 2)
    x = m.draw(4, rng)
    g = np.linspace(-5, 5, 801)
    h = np.stack(np.meshgrid(g, g), axis=-1).reshape(-1, 2)
    wanted = [np.log(np.exp(log_joint(m, row, h)).sum() * (g[1] - g[0]) ** 2) for row in x]
    np.testing.assert_allclose(m.log_likelihood(x), wanted, atol=1e-3)


def test_no_code_is_better_than_the_point_estimate(rng):
    m = model(rng)
    x = m.draw(20, rng)
    h = np.linspace(-6, 6, 60_001)[:, None]
    best = [log_joint(m, row, h).max() for row in x]
    np.testing.assert_allclose(m.point_estimate(x), best, atol=1e-5)


def test_the_likelihood_falls_by_the_logarithm_of_the_scale(rng):
    V = orthogonal_atoms(1, 3, 2.0, rng)
    point, exact = by_scale(V, LaplaceCode(V).draw(20, rng))
    assert point.shape == exact.shape == (len(SCALES), 20)
    np.testing.assert_allclose(exact[-2] - exact[-1], np.log(10), rtol=0.05)
    assert (np.diff(point, axis=0) >= -1e-12).all()  # rounding differs between versions of BLAS
