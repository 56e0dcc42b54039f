"""What `minimize` sees to itself, with a stand-in for SciPy, so that this holds without it too."""

import sys
import types

import numpy as np
import pytest

from tinyae import RBM, Autoencoder, GaussianNoise, Linear, Model, minimize
from tinyae.checks.streams import stream


class Bowl(Model):
    """½ ‖θ − 1‖²."""

    def __init__(self):
        super().__init__({"layer": Linear(1, 1, rng=0)})

    def objective(self, *rows, rng):
        """Return the parabola; the gradient is θ − 1."""
        self.grad += self.theta - 1.0
        return float(0.5 * (self.grad**2).sum())


@pytest.fixture
def stand_in(monkeypatch):
    """A function that makes its argument what `scipy.optimize.minimize` does."""
    scipy, optimize = types.ModuleType("scipy"), types.ModuleType("scipy.optimize")
    scipy.optimize = optimize
    monkeypatch.setitem(sys.modules, "scipy", scipy)
    monkeypatch.setitem(sys.modules, "scipy.optimize", optimize)

    def use(minimizer):
        optimize.minimize = minimizer

    return use


def test_theta_ends_at_the_minimiser_not_at_the_last_try(stand_in):
    def two_tries(loss, start, **_):
        loss(np.ones(2))
        loss(np.full(2, 7.0))
        return types.SimpleNamespace(x=np.ones(2))

    stand_in(two_tries)
    model = Bowl()
    result = minimize(model, np.ones((1, 1)))
    np.testing.assert_array_equal(model.theta, [1.0, 1.0])
    np.testing.assert_array_equal(result.x, [1.0, 1.0])


def test_every_evaluation_has_the_same_noise_and_a_gradient_of_its_own(stand_in, rng):
    answers = []

    def evaluate(loss, start, **_):
        answers.extend(loss(theta) for theta in (start, start + 1.0, start))
        return types.SimpleNamespace(x=start)

    stand_in(evaluate)
    model = Autoencoder.dense((4, 2), corruption=GaussianNoise(0.3), rng=rng)
    start, x = model.theta.copy(), rng.random((6, 4))
    minimize(model, x, rng=5)
    (first, grad), (other, other_grad), (again, grad_again) = answers
    assert first == again != other and first == model.loss(x, rng=stream(5, "noise"))
    np.testing.assert_array_equal(grad, grad_again)
    assert not np.array_equal(grad, other_grad)
    np.testing.assert_array_equal(model.theta, start)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_on_the_way_puts_theta_back(stand_in, error):
    def fails(loss, start, **_):
        loss(start + 3.0)
        raise error

    stand_in(fails)
    model = Bowl()
    before = model.theta.copy()
    with pytest.raises(error):
        minimize(model, np.ones((1, 1)))
    np.testing.assert_array_equal(model.theta, before)


def test_method_and_options_are_handed_on(stand_in):
    given = {}

    def note(loss, start, **rest):
        given.update(rest)
        return types.SimpleNamespace(x=start)

    stand_in(note)
    minimize(Bowl(), np.ones((1, 1)), method="CG", options={"maxiter": 2})
    assert given == {"jac": True, "method": "CG", "options": {"maxiter": 2}}
    with pytest.raises(TypeError, match=r"options must be a dict for SciPy, got \[\('maxiter', 2"):
        minimize(Bowl(), np.ones((1, 1)), options=[("maxiter", 2)])


def test_what_cannot_be_minimised_is_refused_before_it_starts(stand_in):
    class Projected(Bowl):
        def project(self):
            """Stay where it is."""

    def never(*_, **__):
        raise AssertionError("the minimiser was called")

    stand_in(never)
    x = np.ones((1, 1))
    for model, error, says in (
        (3, TypeError, "got int"),
        (Bowl().astype(complex), TypeError, "complex copy"),
        (Projected(), ValueError, "has a project step"),
        (RBM(1, 1), ValueError, "not the gradient of its loss"),
    ):
        with pytest.raises(error, match=says):
            minimize(model, x)
