"""The best reconstructions under the norm and under its square: no other point is better."""

import numpy as np

from figures.experiments import unsquared_norm as norm


def cost(noisy, r, power):
    gaps = np.linalg.norm(r[:, None] - norm.POINTS, axis=2) ** power
    return (norm.posterior(noisy) * gaps).sum(axis=1)


def test_no_point_near_by_is_better(rng):
    noisy = norm.draw(50, rng)
    for best, power in ((norm.posterior_mean(noisy), 2), (norm.posterior_median(noisy), 1)):
        for size in (0.3, 0.01):
            other = best + size * rng.standard_normal(best.shape)
            assert (cost(noisy, best, power) <= cost(noisy, other, power) + 1e-6).all()
    np.testing.assert_allclose(norm.expected_norm(noisy, best), cost(noisy, best, 1))


def test_the_score_is_the_gradient_of_the_density(rng):
    noisy, eps = norm.draw(10, rng), 1e-6

    def log_density(x):
        gaps = ((x[:, None] - norm.POINTS) ** 2).sum(axis=2)
        return np.log((norm.WEIGHTS * np.exp(-gaps / (2 * norm.SIGMA**2))).sum(axis=1))

    wanted = [(log_density(noisy + eps * e) - log_density(noisy - eps * e)) / (2 * eps)
              for e in np.eye(2)]  # fmt: skip
    np.testing.assert_allclose(norm.score(noisy), np.transpose(wanted), atol=1e-7)
