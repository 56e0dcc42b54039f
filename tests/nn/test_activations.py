"""Every activation's f, f′ and f″ against the complex step, and at the ends of its range."""

import numpy as np
import pytest

from tinyae import Identity, ReLU, Sigmoid, Softplus, Tanh
from tinyae.nn.activations import as_unit

ALL = [Identity(), Sigmoid(), Tanh(), ReLU(), Softplus()]
STEP = 1e-30


@pytest.mark.parametrize("unit", ALL, ids=repr)
def test_first_derivative(unit, rng):
    a = rng.normal(0, 3, 500)
    by_number = np.imag(unit.f(a + 1j * STEP)) / STEP
    np.testing.assert_allclose(unit.df(a, unit.f(a)), by_number, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("unit", ALL, ids=repr)
def test_second_derivative(unit, rng):
    a = rng.normal(0, 3, 500)
    z = a + 1j * STEP
    by_number = np.imag(unit.df(z, unit.f(z))) / STEP
    np.testing.assert_allclose(unit.d2f(a, unit.f(a)), by_number, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(
    ("unit", "f"),
    [
        (Identity(), lambda a: a),
        (Sigmoid(), lambda a: 1 / (1 + np.exp(-a))),
        (Tanh(), lambda a: (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))),
        (ReLU(), lambda a: np.maximum(a, 0)),
        (Softplus(), lambda a: np.log(1 + np.exp(a))),
    ],
    ids=lambda it: repr(it) if hasattr(it, "df") else "",
)
def test_values(unit, f, rng):
    a = rng.normal(0, 3, 500)
    np.testing.assert_allclose(unit.f(a), f(a), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("unit", ALL, ids=repr)
def test_extremes_and_dtype(unit, dtype):
    a = np.array([-1e4, -100.0, 0.0, 100.0, 1e4], dtype)
    y = unit.f(a)
    for values in (y, unit.df(a, y), unit.d2f(a, y)):
        assert values.dtype == dtype
        assert np.isfinite(values).all()
    slopes = unit.df(a, y)
    assert slopes[-1] == (0 if isinstance(unit, Sigmoid | Tanh) else 1)
    assert slopes[0] == (1 if isinstance(unit, Identity) else 0)


def test_relu_at_its_kink_has_slope_zero():
    a = np.zeros(1)
    assert ReLU().df(a, ReLU().f(a)) == 0 and ReLU().f(a) == 0


def test_softplus_at_zero_is_smooth():
    z = np.array([0.0 + 1j * STEP])
    assert np.imag(Softplus().f(z))[0] / STEP == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize("unit", [Identity(), Sigmoid(), Tanh(), ReLU()], ids=repr)
def test_antiderivative(unit):
    a, step = np.linspace(-3.0, 3.0, 24), 1e-5
    slope = (unit.antiderivative(a + step) - unit.antiderivative(a - step)) / (2 * step)
    np.testing.assert_allclose(slope, unit.f(a), atol=1e-9)
    assert np.isfinite(unit.antiderivative(np.array([-800.0, 800.0]))).all()
    assert Softplus().antiderivative(a) is None


def test_antiderivatives_are_the_functions_that_are_named():
    """Their constant counts too: a potential is compared between models."""
    a = np.linspace(-3.0, 3.0, 25)
    np.testing.assert_allclose(Identity().antiderivative(a), a**2 / 2)
    np.testing.assert_allclose(Sigmoid().antiderivative(a), np.log(1.0 + np.exp(a)))
    np.testing.assert_allclose(Tanh().antiderivative(a), np.log(np.cosh(a)), atol=1e-15)
    np.testing.assert_allclose(ReLU().antiderivative(a), np.where(a > 0, a**2 / 2, 0.0))


def test_the_complex_step_at_the_kink_of_a_relu_gives_the_slope_that_is_defined():
    assert ReLU().f(np.array([1j * STEP]))[0] == 0.0


def test_what_is_no_unit_is_refused_by_name():
    for wrong in ("tanh", np.tanh, dict):
        with pytest.raises(TypeError) as told:
            as_unit(wrong, "activation")
        assert str(told.value) == (
            "activation must be Identity, Sigmoid, Tanh, ReLU, Softplus or your own Elementwise, "
            f"got {wrong!r}"
        )
    assert isinstance(as_unit(Tanh, "activation"), Tanh)
    unit = Sigmoid()
    assert as_unit(unit, "activation") is unit
