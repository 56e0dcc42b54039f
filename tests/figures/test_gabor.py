"""Gabor functions that were made are found again; what is none is not taken for one."""

import numpy as np
import pytest

from figures.experiments.gabor import direction, gabor_fit

SIDE = 12


def made(cx, cy, s, t, angle, f, a, b):
    """A Gabor function written down pixel by pixel."""
    picture = np.empty((SIDE, SIDE))
    for y in range(SIDE):
        for x in range(SIDE):
            u = (x - cx) * np.cos(angle) + (y - cy) * np.sin(angle)
            v = (y - cy) * np.cos(angle) - (x - cx) * np.sin(angle)
            wave = a * np.cos(2 * np.pi * f * u) + b * np.sin(2 * np.pi * f * u)
            picture[y, x] = np.exp(-(u**2) / (2 * s**2) - v**2 / (2 * t**2)) * wave
    return picture


@pytest.fixture(scope="module")
def known():
    rng = np.random.default_rng(0)
    p = np.stack([rng.uniform(3, 8, 40), rng.uniform(3, 8, 40), rng.uniform(0.9, 2.0, 40),
                  rng.uniform(1.5, 3.0, 40), rng.uniform(0, np.pi, 40), rng.uniform(0.15, 0.3, 40),
                  rng.standard_normal(40), rng.standard_normal(40)], axis=1)  # fmt: skip
    return p, np.stack([made(*row) for row in p])


@pytest.mark.slow
def test_made_functions_are_found(known):
    p, pictures = known
    before = pictures.copy()
    fit = gabor_fit(pictures)
    np.testing.assert_array_equal(pictures, before)
    found = fit.share > 1 - 1e-6
    assert found.mean() > 0.9 and fit.share.min() > 0.9  # a descent may end beside the best
    np.testing.assert_allclose(fit.centre[found], p[found, :2], atol=0.02)
    np.testing.assert_allclose(fit.widths[found], p[found, 2:4], rtol=0.02)
    turned = np.abs((fit.angle - p[:, 4] + np.pi / 2) % np.pi - np.pi / 2)
    assert turned[found].max() < 0.02


@pytest.mark.slow
def test_neither_size_nor_type_nor_sign_matters(known):
    pictures = known[1][:10]
    share = gabor_fit(pictures).share
    np.testing.assert_allclose(gabor_fit(-1000 * pictures).share, share, atol=1e-6)
    np.testing.assert_allclose(gabor_fit(pictures.astype(np.float32)).share, share, atol=1e-5)


@pytest.mark.slow
def test_noise_and_nothing_are_none():
    noise = np.random.default_rng(1).standard_normal((12, SIDE, SIDE))
    assert gabor_fit(noise).share.max() < 0.5
    assert gabor_fit(np.zeros((1, SIDE, SIDE))).share[0] <= 0
    assert gabor_fit(np.ones((1, SIDE, SIDE))).widths.max() > 4  # fits, and is not localised


@pytest.mark.slow
def test_a_spot_has_no_direction(known):
    spot = np.zeros((2, SIDE, SIDE))
    spot[0, 5, 5] = spot[1, 3:5, 6:8] = 1
    assert gabor_fit(spot).share.min() > 0.9  # that is why direction is asked for besides
    np.testing.assert_allclose(direction(spot), 0, atol=1e-12)
    stripes = np.tile(np.sin(np.arange(SIDE)), (SIDE, 1))
    assert direction(np.stack([stripes, stripes.T])).min() > 0.6  # less than 1 by its frame
    assert direction(np.zeros((1, 3, 3)))[0] == 0
