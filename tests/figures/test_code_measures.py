"""What is measured on codes agrees with a definition written down another way (section 14.7)."""

import numpy as np
import pytest

from figures.experiments import hypercube, sensitivity
from tinyae import Autoencoder, BernoulliOutput


@pytest.fixture(scope="module")
def model():
    return Autoencoder.dense((9, 20), tied=True, output=BernoulliOutput(), rng=3)


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(4).random((6, 9))


def test_spectra_are_singular_values(model, x):
    s = sensitivity.spectra(model, x)
    assert s.shape == (6, 20) and (np.diff(s) <= 0).all()
    true = np.linalg.svd(model.jacobian(x), compute_uv=False)
    np.testing.assert_allclose(s[:, :9], true, rtol=1e-6)
    np.testing.assert_allclose(s[:, 9:], 0.0, atol=1e-6 * true.max())


def test_norms_by_strength():
    x = np.random.default_rng(6).random((400, 12)).astype(np.float32)
    weak, strong = sensitivity.norms_by_strength(x, x, (0.0, 100.0), seed=1, points=5)
    for norms in (weak, strong):
        assert norms.operator.shape == norms.frobenius.shape == (5,)
        assert (norms.operator <= norms.frobenius).all()
    assert strong.frobenius.mean() < 0.8 * weak.frobenius.mean()


def test_leading_units_by_the_closed_form(model, x):
    h, W = model.encode(x), model.encoder.layers[0].params["W"]
    parts = np.sort((h * (1 - h)) ** 2 * (W**2).sum(axis=0), axis=1)
    share = (parts[:, -2:].sum(axis=1) / parts.sum(axis=1)).mean()
    assert sensitivity.leading_units(model, x) == pytest.approx(share, rel=1e-12)
    assert sensitivity.leading_units(model, x, share=1.0) == pytest.approx(1.0)


def test_responses(x):
    rng = np.random.default_rng(5)
    same = sensitivity.responses(lambda v: v, x, (0.1, 3.0), rng)
    np.testing.assert_allclose(same, 1.0, rtol=1e-12)
    half = sensitivity.responses(lambda v: 0.5 * v, x, (0.1, 3.0), rng)
    np.testing.assert_allclose(half, 0.5, rtol=1e-12)
    bounded = sensitivity.responses(np.tanh, x, (0.01, 30.0), rng)
    assert bounded[1] < 0.2 * bounded[0]


def test_stuck_units_and_their_use(model, x):
    h = np.full((200, 3), 0.9)
    h[:, 0] = np.linspace(0, 1, 200)  # both bits
    h[:2, 1] = 0.1  # the other bit for 1 % of the rows
    h[:3, 2] = 0.1  # and for more than 1 %
    assert hypercube.stuck_units(h).tolist() == [False, True, False]
    used = hypercube.use(model, x)
    J = model.jacobian(x)
    assert used.norm == pytest.approx((J**2).sum(axis=(1, 2)).mean(), rel=1e-12)
    assert 0 <= used.entropy <= 20 and 0 <= used.saturated <= 1
    model = Autoencoder.dense((9, 20), tied=True, output=BernoulliOutput(), rng=3)
    model.encoder.layers[0].params["b"][...] = 50.0  # every unit is saturated, and stuck
    used = hypercube.use(model, x)
    assert (used.saturated, used.stuck, used.entropy, used.free_saturated) == (1.0, 1.0, 0.0, 0.0)
    assert used.norm < 1e-12
