"""SciPy's minimisers on theta: exact where the answer is known, refused where they cannot be."""

import builtins

import numpy as np
import pytest

from tinyae import Autoencoder, GaussianNoise, Identity, Linear, Model, minimize
from tinyae.checks.streams import stream
from tinyae.nn import Trainable


class Bowl(Model):
    """½ Σ (θ − 1)² k: a parabola with its minimum at one."""

    def __init__(self):
        super().__init__({"layer": Linear(2, 2, rng=0)})

    def objective(self, *rows, rng):
        """A parabola."""
        k = np.arange(1.0, 7.0)
        self.grad += k * (self.theta - 1)
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
        loss = model.loss(x, rng=stream(0, "noise"))  # the noise it was trained on
        assert loss == pytest.approx(result.fun, rel=1e-14)
        assert np.abs(result.jac).max() < 1e-4
    assert losses[0] == losses[1]


def test_options_and_method_are_passed_on(rng):
    pytest.importorskip("scipy")
    x = rng.normal(size=(50, 4))
    model = Autoencoder.dense((4, 2))
    result = minimize(model, x, options={"maxiter": 3})
    assert result.nit == 3
    np.testing.assert_array_equal(model.theta, result.x)
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
    with pytest.raises(TypeError, match="derived from tinyae.nn.Trainable; got int"):
        minimize(3, x)
    with pytest.raises(TypeError, match="complex copy"):
        minimize(Autoencoder.dense((4, 2)).astype(complex), x)
    real = builtins.__import__

    def without_scipy(name, *args, **kwargs):
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_scipy)
    with pytest.raises(ImportError, match=r"tinyae\[fullbatch\]"):
        minimize(Autoencoder.dense((4, 2)), x)


def test_a_projected_model_is_refused(rng):
    class UnitAtoms(Autoencoder):
        def project(self):
            """Keep to the sphere."""

    pytest.importorskip("scipy")
    with pytest.raises(ValueError, match="has a project step"):
        minimize(UnitAtoms.dense((4, 2)), rng.normal(size=(5, 4)))


def test_an_exception_puts_theta_back():
    class Interrupted(Bowl):
        calls = 0

        def objective(self, *rows, rng):
            """Ctrl-C in the third evaluation."""
            self.calls += 1
            if self.calls == 3:
                raise KeyboardInterrupt
            return super().objective(*rows, rng=rng)

    pytest.importorskip("scipy")
    model = Interrupted()
    before = model.theta.copy()
    with pytest.raises(KeyboardInterrupt):
        minimize(model, np.ones((1, 2)))
    np.testing.assert_array_equal(model.theta, before)


def test_theta_grad_and_an_objective_are_enough():
    class Plain(Trainable):
        theta, grad = np.array([3.0, -2.0]), np.zeros(2)

        def objective(self, x, rng):
            """A parabola with its minimum at the mean of the data."""
            e = self.theta - x.mean(axis=0)
            self.grad += e
            return float(0.5 * (e * e).sum())

    pytest.importorskip("scipy")
    model = Plain()
    minimize(model, np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_allclose(model.theta, [2, 3], atol=1e-6)
