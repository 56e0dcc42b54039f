"""The checker is checked: it catches wrong gradients, refuses what has none, changes nothing."""

import numpy as np
import pytest

from tinyae import (
    L1,
    Autoencoder,
    Chain,
    Contractive,
    GaussianNoise,
    Identity,
    Linear,
    MaskingNoise,
    Model,
    Sigmoid,
    Tanh,
    gradcheck,
)


class NoCurvature(Tanh):
    """A tanh whose f″ was forgotten: harmless until a derivative is differentiated."""

    def d2f(self, a, y):
        """Wrong."""
        return np.zeros_like(a)


class NoBiasGradient(Linear):
    """A Linear that forgets gb."""

    def backward(self, gy, x):
        """Wrong."""
        self.grads["W"] += x.T @ gy
        return gy @ self.params["W"].T


class RealOnly(Tanh):
    """A tanh that drops the imaginary part, as many NumPy functions do."""

    def f(self, a):
        """Right for real a only."""
        return np.tanh(a.real) + 0 * a


class RefusesComplex(Tanh):
    """A tanh that raises on complex numbers, as others do."""

    def f(self, a):
        """Right for real a only."""
        return np.tanh(a) + 0 * np.fmod(a, 1.0)


def autoencoder(unit, penalties=(), linear=Linear):
    rng = np.random.default_rng(0)
    return Autoencoder(
        Chain(linear(5, 4, rng=rng), unit()), Linear(4, 5, rng=rng), penalties=penalties
    )


@pytest.fixture
def x():
    return np.random.default_rng(1).random((6, 5))


def test_catches_a_missing_second_derivative(x):
    assert gradcheck(autoencoder(NoCurvature), x).max_relative_error < 1e-12
    report = gradcheck(autoencoder(NoCurvature, Contractive(0.1)), x)
    assert report.max_relative_error > 1e-5


def test_catches_and_names_a_missing_bias_gradient(x):
    report = gradcheck(autoencoder(Tanh, linear=NoBiasGradient), x)
    errors = {p.name: p.relative_error for p in report.parameters}
    assert errors["encoder[0].b"] == pytest.approx(1.0)
    assert errors["encoder[0].W"] < 1e-12
    marked = [line.split()[0] for line in str(report).splitlines() if line.endswith("differs")]
    assert marked == ["encoder[0].b"] and "largest relative error 1.0e+00" in str(report)


def test_a_nan_gradient_is_an_error_not_a_pass(x):
    class Nan(Tanh):
        def df(self, a, y):
            return np.full_like(a, np.nan)

    assert not gradcheck(autoencoder(Nan), x).max_relative_error <= 1


@pytest.mark.parametrize("unit", [RealOnly, RefusesComplex])
def test_falls_back_to_central_differences(unit, x):
    report = gradcheck(autoencoder(unit), x)
    assert report.method == "central differences"
    assert report.max_relative_error < 1e-7
    assert gradcheck(autoencoder(Tanh), x).method == "complex step"


def test_both_methods_agree(x):
    model = autoencoder(Tanh, [L1(0.1), Contractive(0.2)])
    for method, bound in (("complex", 1e-12), ("central", 1e-7)):
        assert gradcheck(model, x, method=method).max_relative_error < bound


def test_rounding_is_not_a_mistake(x):
    """Arrays whose gradient is zero but for rounding agree: centred data, dead units."""
    y = x - x.mean(axis=0)
    linear = Autoencoder.dense((5, 3), activation=Identity)
    assert gradcheck(linear, y).max_relative_error < 1e-12
    stuck = Autoencoder.dense((5, 3))
    assert gradcheck(stuck, 1e5 * x).max_relative_error < 1e-12
    linear.theta[...] = 0.0
    report = gradcheck(linear, y)
    assert report.method == "complex step" and report.max_relative_error < 1e-12


def test_same_noise_at_every_evaluation(x):
    for noise in (GaussianNoise(0.5), MaskingNoise(0.5)):
        model = autoencoder(Tanh)
        model = Autoencoder(model.encoder, model.decoder, corruption=noise)
        assert gradcheck(model, x, rng=7).max_relative_error < 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_changes_nothing(x, dtype):
    model = Autoencoder.dense((5, 4), dtype=dtype, penalties=Contractive(0.2))
    model.grad[...] = 3.0
    theta, before = model.theta.copy(), x.copy()
    assert gradcheck(model, x).max_relative_error < 1e-12
    np.testing.assert_array_equal(model.theta, theta)
    np.testing.assert_array_equal(x, before)
    assert (model.grad == 3.0).all() and model.theta.dtype == dtype


def test_entries_are_sampled(x):
    report = gradcheck(autoencoder(Sigmoid), x, entries=3)
    assert [p.checked for p in report.parameters] == [3, 3, 3, 3]

    class OneWrongEntry(Linear):
        def backward(self, gy, x):
            gx = super().backward(gy, x)
            self.grads["W"][-1, -1] += 1.0
            return gx

    model = autoencoder(Tanh, linear=OneWrongEntry)
    found = [gradcheck(model, x, seed, entries=3).max_relative_error > 0.1 for seed in range(60)]
    assert 3 <= sum(found) <= 20  # 3 of 20 entries: about one seed in seven


def test_any_model_of_the_protocol(x):
    class Bowl:
        """½‖θ − x̄‖², no Model, no astype."""

        def __init__(self):
            self.theta, self.grad = np.ones(5), np.zeros(5)

        def loss_and_grad(self, x, rng):
            self.grad[...] = self.theta - x.mean(axis=0)
            return 0.5 * (self.grad**2).sum()

    report = gradcheck(Bowl(), x)
    assert report.method == "central differences" and report.max_relative_error < 1e-7


def test_refuses_a_rule_that_follows_no_gradient(x, rng):
    class Rule(Model):
        follows_gradient = False

    with pytest.raises(ValueError, match="not the gradient of its loss"):
        gradcheck(Rule({"layer": Linear(5, 2, rng=rng)}), x)
