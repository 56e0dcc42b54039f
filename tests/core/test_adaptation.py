"""How the core is adapted to a machine: two forms of a unit, and parts that fit in the cache."""

import time
from threading import Thread

import numpy as np
import pytest

from tinyae import Autoencoder, BernoulliOutput, GaussianNoise, NoisySigmoidCode, Tanh, fit
from tinyae.core import adaptation, units
from tinyae.core.adaptation import adapted, chosen, fastest, part_bytes
from tinyae.core.core import Core
from tinyae.core.reconstruction import residuals
from tinyae.nn import Sigmoid
from tinyae.numerics.caches import Caches
from tinyae.training import Adam, Tuning

FORMS = ("tanh", "exp")
FAR = 1e5  # numbers whose exponential overflows in both precisions
WIDE = np.longdouble if np.finfo(np.longdouble).eps < 1e-18 else np.float64


def run(operations):
    for operation in operations:
        operation()


def arguments(dtype):
    """Numbers over the whole range, in both directions, with the limits of exp and infinities."""
    largest = np.log(np.finfo(dtype).max)
    steps = np.concatenate([
        np.geomspace(1e-30, 2.0 * largest, 4001), np.linspace(0.0, 1.5 * largest, 4001),
        largest * np.linspace(0.999, 1.001, 101), [FAR, np.finfo(dtype).max, np.inf],
    ])  # fmt: skip
    return np.concatenate([-steps, steps]).astype(dtype)


def computed(unit, a):
    """f(a), f′(a) and f″(a), where only overflow and underflow may happen without an error."""
    y, (t, s, c) = a.copy(), np.empty((3, len(a)), a.dtype)
    with np.errstate(all="raise", over="ignore", under="ignore"):
        run([*unit.f(y, t), *unit.df(y, s), *unit.d2f(y, s, c)])
    return y, s, c


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", FORMS)
def test_a_sigmoid_and_its_derivatives_are_exact_over_the_whole_range(form, dtype):
    """To four units in the last place of 1; with exp, to four units of the number itself."""
    a, eps = arguments(dtype), float(np.finfo(dtype).eps)
    y, s, c = computed(units.FORMS[Sigmoid][form], a)
    with np.errstate(over="ignore", under="ignore"):
        e = np.exp(-np.abs(a.astype(WIDE)))
        wanted = np.where(a >= 0, 1.0, e) / (1.0 + e)
        slope = e / (1.0 + e) ** 2
        curvature = slope * (1.0 - 2.0 * wanted)
    for found, exact in ((y, wanted), (s, slope), (c, curvature)):
        assert np.abs(found - exact).max() <= 4.0 * eps
    if form == "exp":
        normal = wanted >= np.finfo(dtype).tiny
        assert (np.abs(y - wanted)[normal] <= 4.0 * eps * wanted[normal]).all()
    assert y[np.isneginf(a)] == 0.0 and y[np.isposinf(a)] == 1.0
    assert s[np.isinf(a)].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", FORMS)
def test_tanh_and_its_derivatives_are_exact_over_the_whole_range(form, dtype):
    """The value is exact to two units in the last place of 1, f′ to four and f″ to eight.

    With NumPy's tanh, the value itself is exact to four units of the number.
    """
    a, eps = arguments(dtype), float(np.finfo(dtype).eps)
    y, s, c = computed(units.FORMS[Tanh][form], a)
    with np.errstate(over="ignore", under="ignore"):
        wanted = np.tanh(a.astype(WIDE))
        slope = np.cosh(a.astype(WIDE)) ** -2.0
    for found, exact, most in ((y, wanted, 2), (s, slope, 4), (c, -2.0 * wanted * slope, 8)):
        assert np.abs(found - exact).max() <= most * eps
    if form == "tanh":
        normal = np.abs(wanted) >= np.finfo(dtype).tiny
        assert (np.abs(y - wanted)[normal] <= 4.0 * eps * np.abs(wanted[normal])).all()
    assert y[np.isinf(a)].tolist() == [-1.0, 1.0] and s[np.isinf(a)].tolist() == [0.0, 0.0]


def test_a_short_array_takes_one_call_of_tanh():
    forms = units.FORMS[Tanh]
    for n, calls in ((units.SHORT - 1, 1), (units.SHORT, 5)):
        assert len(forms["exp"].f(np.zeros(n), np.zeros(n))) == calls
        assert len(forms["tanh"].f(np.zeros(n), np.zeros(n))) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("unit", "middle"), [(Sigmoid, 0.5), (Tanh, 0.0)])
def test_nan_stays_nan(form, unit, middle, monkeypatch):
    monkeypatch.setattr(units, "SHORT", 1)
    y = np.array([np.nan, 0.0])
    run(units.FORMS[unit][form].f(y, np.empty(2)))
    assert np.isnan(y[0]) and y[1] == middle


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("unit", [Tanh, None])
def test_no_call_of_the_core_warns_of_a_sigmoid_that_is_far_from_zero(form, unit):
    """Also if NumPy raises an error at every overflow."""
    options = {} if unit is None else {"activation": unit}
    model = Autoencoder.dense((3, 4), output=BernoulliOutput(), dtype=np.float32, **options)
    model.theta[...] *= 1000.0
    x, tuning = (
        np.random.default_rng(0).random((40_000, 3), np.float32),
        Tuning(form, 1 << 12, form),
    )
    wanted = (model.reconstruct(x) - x) / 0.5
    with np.errstate(all="raise"):
        np.testing.assert_allclose(residuals(model, x, 0.5, tuning=tuning), wanted, atol=1e-5)
        model.theta[...] /= 100.0
        core = Core(model, Adam(), 50, 50, tuning=tuning)
        assert np.isfinite(core.loss_and_grad(x[:50] * 100.0, x[:50]))
        fit(model, x[:50], core="vectorized", epochs=1, tuning=tuning)


@pytest.mark.parametrize("unit", [Sigmoid, Tanh])
@pytest.mark.parametrize("share", [False, True])
def test_the_forms_give_the_same_training_up_to_rounding(share, unit, rng):
    """In the units, in the output, and in the code; the bits differ."""
    x, found = rng.random((200, 6)), {}
    for form in FORMS:
        model = Autoencoder.dense(
            (6, 4), tied=share, output=BernoulliOutput(), corruption=GaussianNoise(0.1),
            activation=unit, code=NoisySigmoidCode(1.0) if unit is Sigmoid else None,
        )  # fmt: skip
        tuning = Tuning(form if unit is Sigmoid else "tanh", 1 << 17, form)
        history = fit(model, x, core="vectorized", epochs=5, batch_size=150, tuning=tuning)
        assert history.tuning == tuning
        found[form] = model.theta
    np.testing.assert_allclose(found["exp"], found["tanh"], rtol=1e-10, atol=1e-12)
    assert not np.array_equal(found["exp"], found["tanh"])


def test_exp_is_taken_if_it_is_clearly_faster():
    assert chosen({"tanh": 1.0, "exp": 0.8}) == "exp"
    assert chosen({"tanh": 1.0, "exp": 0.95}) == chosen({"tanh": 1.0, "exp": 2.0}) == "tanh"


@pytest.fixture
def anew():
    """Nothing is measured before the test, and nothing it measured is left."""
    fastest.cache_clear()
    yield
    fastest.cache_clear()


def test_it_is_measured_once_for_a_precision(anew, monkeypatch):
    """The hyperbolic tangent of float32 is not measured: it is always NumPy's."""
    measured, quick = [], [(Sigmoid, np.float32), (Tanh, np.float32), (Tanh, np.float64)]

    def seconds(unit, dtype):
        measured.append((unit, dtype))
        return {"tanh": 2.0, "exp": 1.0 if (unit, dtype) in quick else 3.0}

    monkeypatch.setattr(adaptation, "seconds", seconds)
    monkeypatch.setattr(adaptation, "caches", lambda: Caches(1 << 15, 1 << 19, 1 << 25))
    for _ in range(2):
        assert adapted(np.float32) == Tuning("exp", 1 << 17, "tanh")
        assert adapted(np.dtype(np.float64)) == Tuning("tanh", 1 << 17, "exp")
    assert measured == [(Sigmoid, np.float32), (Sigmoid, np.float64), (Tanh, np.float64)]
    assert part_bytes() == 1 << 17


def test_two_threads_do_not_measure_at_the_same_time(anew, monkeypatch):
    """Otherwise two trainings of one process could find different forms."""
    forms, found = iter(["exp", "tanh"]), []

    def seconds(unit, dtype):
        form = next(forms)
        time.sleep(0.05)
        return {"tanh": 2.0, "exp": 1.0 if form == "exp" else 3.0}

    monkeypatch.setattr(adaptation, "seconds", seconds)
    threads = [Thread(target=lambda: found.append(adapted(np.float32))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [tuning.sigmoid for tuning in found] == ["exp", "exp"]


@pytest.mark.slow
def test_small_activations_keep_their_digits(rng):
    """tanh(a) is about a here, which 1 − 2/(1 + exp(2a)) would lose in float32."""
    model = Autoencoder.dense((2, 64), activation=Tanh, dtype=np.float32, rng=0)
    encoder, decoder = (part.layers[0].params for part in (model.encoder, model.decoder))
    encoder["W"] *= 1e-3
    decoder["W"] *= 1e3
    x = rng.random((50_000, 2)).astype(np.float32)
    wanted = model.astype(np.float64).reconstruct(x) - x
    for form in FORMS:
        r = residuals(model, x, 1.0, tuning=Tuning(form, 1 << 17))
        np.testing.assert_allclose(r, wanted, atol=1e-5)


@pytest.mark.parametrize("unit", units.FORMS)
def test_the_time_is_that_of_each_form(unit, monkeypatch):
    """The least of all rounds, each on the numbers of the first."""
    clock = iter(range(0, 10_000))
    monkeypatch.setattr(adaptation.time, "perf_counter", lambda: next(clock) ** 2)
    found = adaptation.seconds(unit, np.dtype(np.float32))
    assert found == {"tanh": 1, "exp": 5}  # 1² − 0², and 3² − 2²
    monkeypatch.undo()
    found = adaptation.seconds(unit, np.dtype(np.float64))
    assert tuple(found) == FORMS and all(0.0 < s < 1.0 for s in found.values())
