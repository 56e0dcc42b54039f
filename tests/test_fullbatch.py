"""SciPy's minimisers on theta: exact where the answer is known, refused where they cannot be."""

import builtins

import numpy as np
import pytest

from tinyae import Autoencoder, GaussianNoise, Identity, Linear, Model, minimize


class Bowl(Model):
    """½ Σ (θ − 1)² k: a parabola with its minimum at one."""

    def __init__(self):
        super().__init__({"layer": Linear(2, 2, rng=0)})

    def loss_and_grad(self, *rows, rng):
        """A parabola."""
        k = np.arange(1.0, 7.0)
        self.grad[...] = k * (self.theta - 1)
        return float(0.5 * (k * (self.theta - 1) ** 2).sum())


def test_minimum_of_a_parabola():
    pytest.importorskip("scipy")
    model = Bowl()
    result = minimize(model, np.ones((1, 2)), options={"ftol": 1e-16, "gtol": 1e-12})
    np.testing.assert_allclose(model.theta, 1, atol=1e-8)
    assert result.fun < 1e-14


def test_noise_is_the_same_at_every_evaluation(rng):
    pytest.importorskip("scipy")
    x = rng.normal(size=(50, 4))
    losses = []
    for _ in range(2):
        model = Autoencoder.dense((4, 2), activation=Identity, corruption=GaussianNoise(0.3))
        result = minimize(model, x, options={"maxiter": 500, "ftol": 1e-15, "gtol": 1e-9})
        losses.append(result.fun)
        assert model.loss(x) == pytest.approx(result.fun, rel=1e-14)
        assert np.abs(result.jac).max() < 1e-4
    assert losses[0] == losses[1]


def test_options_and_method_are_passed_on(rng):
    pytest.importorskip("scipy")
    x = rng.normal(size=(50, 4))
    model = Autoencoder.dense((4, 2))
    assert minimize(model, x, options={"maxiter": 3}).nit == 3
    assert minimize(model, x, method="CG", options={"maxiter": 2}).nit == 2


def test_refusals(rng, monkeypatch):
    pytest.importorskip("scipy")
    x = rng.normal(size=(5, 4))
    model = Bowl()
    model.follows_gradient = False
    with pytest.raises(ValueError, match="train it with fit"):
        minimize(model, x)
    with pytest.raises(ValueError, match="NaN"):
        minimize(Autoencoder.dense((4, 2)), x * np.nan)
    real = builtins.__import__

    def without_scipy(name, *args, **kwargs):
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_scipy)
    with pytest.raises(ImportError, match=r"tinyae\[fullbatch\]"):
        minimize(Autoencoder.dense((4, 2)), x)
