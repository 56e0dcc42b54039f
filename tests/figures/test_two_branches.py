"""The best densities of two-branched data, by a sum over pairs."""

import numpy as np
import pytest

from figures.experiments import two_branches


def test_the_best_density_with_one_mode():
    """Its cost on drawn pairs, and that of the best density with its mode between the branches."""
    h, x = two_branches.pairs(400_000, np.random.default_rng(0))
    a = np.sqrt(np.maximum(h - two_branches.NOISE, 0.0))
    b = np.sqrt(np.minimum(h + two_branches.NOISE, 1.0))
    p = np.where(x < a, 0.5 / (a + b), 0.5 / (b - a))
    best = two_branches.best_with_one_mode()
    assert -np.log(p).mean() == pytest.approx(best, abs=0.005)
    entropy, gaussian = two_branches.limits()
    assert entropy < best < np.log(2.0 * b).mean() < gaussian


def test_the_conditional_entropy_is_that_of_the_density():
    """p(x | h) is uniform on two intervals of length b − a."""
    h, _ = two_branches.pairs(400_000, np.random.default_rng(1))
    a = np.sqrt(np.maximum(h - two_branches.NOISE, 0.0))
    b = np.sqrt(np.minimum(h + two_branches.NOISE, 1.0))
    assert two_branches.limits()[0] == pytest.approx(np.log(2.0 * (b - a)).mean(), abs=0.005)
