"""Settings that cannot fit the data are said once, with the remedy; all others are let alone."""

import warnings

import numpy as np
import pytest

from tinyae import (
    SGD,
    Autoencoder,
    BernoulliOutput,
    Chain,
    Classifier,
    Elementwise,
    GaussianNoise,
    Linear,
    MaskingNoise,
    ReLU,
    SaltAndPepperNoise,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    fit,
    minimize,
)
from tinyae.criterion import spread as spread_module
from tinyae.criterion.spread import spread
from tinyae.models import RecurrentDenoiser, Walkback
from tinyae.training import Cosine
from tinyae.training.weights import Weights

RNG = np.random.default_rng(3)
BYTES = RNG.integers(0, 256, (50, 6)).astype(float)
BYTES[0, :2] = 0.0, 255.0
UNIT = RNG.random((50, 6))
NORMAL = RNG.normal(size=(50, 6))
SIGNED = 2.0 * UNIT - 1.0


def noisy(corruption):
    return Autoencoder.dense((6, 4), corruption=corruption)


def ending_in(*units):
    decoder = Chain(Linear(4, 6, rng=2), *units)
    return Autoencoder(Chain(Linear(6, 4, rng=1), Tanh()), decoder)


def step_ending_in(unit):
    return RecurrentDenoiser(Chain(Linear(12, 5, rng=1), Tanh(), Linear(5, 6, rng=2), unit))


UNFIT = {
    "salt 1 on bytes": (lambda: noisy(SaltAndPepperNoise(0.3)), BYTES, "low=0, high=255"),
    "salt 255 on [0, 1]": (lambda: noisy(SaltAndPepperNoise(0.3, 0, 255)), UNIT,
                           "from 0.0.* to 0.9"),
    "pepper 0 on [-1, 1]": (lambda: noisy(SaltAndPepperNoise(0.3)), SIGNED, "not its extremes"),
    "salt on standardised": (lambda: noisy(SaltAndPepperNoise(0.3)), NORMAL, "not its extremes"),
    "sigmoid, 1 2 3": (lambda: ending_in(Sigmoid()), np.tile([1.0, 2.0, 3.0], (5, 2)),
                       r"Sigmoid\(\), which gives numbers from 0 to 1, but x reaches from 1 to 3"),
    "sigmoid, bytes": (lambda: ending_in(Sigmoid()), BYTES, "end in a Linear layer, or rescale x"),
    "sigmoid, constant 2": (lambda: ending_in(Sigmoid()), np.full((5, 6), 2.0), "from 2 to 2"),
    "tanh, standardised": (lambda: ending_in(Tanh()), NORMAL, "from -1 to 1"),
    "ReLU, standardised": (lambda: ending_in(ReLU()), NORMAL, "numbers above 0"),
    "softplus, [-1, 1]": (lambda: ending_in(Softplus()), SIGNED, "numbers above 0"),
    "softmax, bytes": (lambda: ending_in(Softmax()), BYTES, "from 0 to 1"),
    "mask far from 0": (lambda: noisy(MaskingNoise(0.3)), 280.0 + UNIT,
                        "0 from x is 2.. times the span"),
    "mask far below 0": (lambda: noisy(MaskingNoise(0.3)), UNIT - 50.0, "Subtract the mean"),
    "noise 25 on [0, 1]": (lambda: noisy(GaussianNoise(25.0)), UNIT,
                           "times as wide as x.* sigma has the unit of x: give a smaller one$"),
    "noise .3 on bytes": (lambda: noisy(GaussianNoise(0.3)), BYTES, "whole numbers from 0 to 255"),
    "recurrent": (lambda: step_ending_in(Sigmoid()), BYTES, "Sigmoid"),
    "walkback": (lambda: Walkback(noisy(SaltAndPepperNoise(0.3)), scale=0.1), BYTES, "high=255"),
}  # fmt: skip


class Wide(Tanh):
    """2 tanh(a): what a subclass reaches is its own affair."""

    def f(self, a):
        return 2.0 * np.tanh(a)

    def df(self, a, y):
        return 2.0 - y * y / 2.0


class Own(Elementwise):
    """A unit that says nothing of its reach."""

    def f(self, a):
        return np.tanh(a)

    def df(self, a, y):
        return 1.0 - y * y


FIT = {
    "salt 255 on bytes": (lambda: noisy(SaltAndPepperNoise(0.3, 0, 255)), BYTES),
    "salt on [0, 1]": (lambda: noisy(SaltAndPepperNoise(0.3)), UNIT),
    "salt on dark pictures": (lambda: noisy(SaltAndPepperNoise(0.3)), 0.3 * UNIT),
    "salt on constant data": (lambda: noisy(SaltAndPepperNoise(0.3)), np.ones((5, 6))),
    "salt on zeros and ones": (lambda: noisy(SaltAndPepperNoise(0.3)), np.round(UNIT)),
    "salt of two deviations": (lambda: noisy(SaltAndPepperNoise(0.3, -2, 2)), NORMAL),
    "sigmoid, [0, 1]": (lambda: ending_in(Sigmoid()), np.round(UNIT)),
    "sigmoid, rounding": (lambda: ending_in(Sigmoid()), UNIT * (1 + 1e-7) - 1e-9),
    "tanh, [-1, 1]": (lambda: ending_in(Tanh()), SIGNED),
    "ReLU, bytes": (lambda: ending_in(ReLU()), BYTES),
    "softplus, [0, 1]": (lambda: ending_in(Softplus()), UNIT),
    "linear, bytes": (lambda: ending_in(), BYTES),
    "sigmoid below a linear layer": (
        lambda: ending_in(Sigmoid(), Linear(6, 6, rng=3)), NORMAL),
    "a unit of one's own": (lambda: ending_in(Own()), NORMAL),
    "a subclass": (lambda: ending_in(Wide()), 1.9 * SIGNED),
    "mask on [0, 1]": (lambda: noisy(MaskingNoise(0.3)), UNIT),
    "mask on standardised": (lambda: noisy(MaskingNoise(0.3)), NORMAL),
    "mask, 0 not far": (lambda: noisy(MaskingNoise(0.3)), 3.0 + UNIT),
    "noise of twice the data": (lambda: noisy(GaussianNoise(2.0)), NORMAL),
    "little noise": (lambda: noisy(GaussianNoise(1e-3)), NORMAL),
    "no noise": (lambda: noisy(GaussianNoise(0.0)), BYTES),
    "noise that fades": (lambda: noisy(GaussianNoise(Cosine(100.0))), UNIT),
    "noise of 20 on bytes": (lambda: noisy(GaussianNoise(20.0)), BYTES),
    "noise .3 on counts": (lambda: noisy(GaussianNoise(0.3)), np.round(9 * UNIT)),
    "Bernoulli": (lambda: Autoencoder.dense((6, 4), output=BernoulliOutput()), UNIT),
    "recurrent": (lambda: step_ending_in(Sigmoid()), UNIT),
}  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", UNFIT)
def test_what_cannot_fit_is_said_once_with_the_remedy(name):
    build, x, words = UNFIT[name]
    kept = x.copy()
    with pytest.warns(UserWarning, match=words) as said:
        fit(build(), x, optimizer=SGD(0.0), epochs=3)
    assert len(said) == 1
    assert said[0].filename == __file__  # the line of the caller, not of the library
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("name", FIT)
def test_what_fits_is_let_alone(name):
    build, x = FIT[name]
    fit(build(), x, optimizer=SGD(0.0), epochs=1)  # warnings are errors here


def test_minimize_says_it_too():
    pytest.importorskip("scipy")
    with pytest.warns(UserWarning, match="ends in Sigmoid") as said:
        minimize(ending_in(Sigmoid()), NORMAL, options={"maxiter": 2})
    assert len(said) == 1 and said[0].filename == __file__


def test_every_fault_is_said():
    decoder = Chain(Linear(4, 6, rng=2), Sigmoid())
    model = Autoencoder(Linear(6, 4, rng=1), decoder, corruption=SaltAndPepperNoise(0.3))
    with pytest.warns(UserWarning) as said:
        fit(model, BYTES, optimizer=SGD(0.0), epochs=1)
    assert [str(w.message).split()[0] for w in said] == ["the", "SaltAndPepperNoise(fraction=0.3,"]


def test_as_an_error_it_comes_before_anything_is_changed():
    model = ending_in(Sigmoid())
    theta = model.theta.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning):
            fit(model, NORMAL, optimizer=SGD(0.1))
    np.testing.assert_array_equal(model.theta, theta)


def test_only_the_targets_and_what_has_a_weight_are_asked():
    """Not the noisy half of a pair, nor labels, nor what is missing."""
    fit(ending_in(Sigmoid()), (NORMAL, UNIT), epochs=1)
    with pytest.warns(UserWarning, match="ends in Sigmoid"):
        fit(ending_in(Sigmoid()), (UNIT, NORMAL), epochs=1)
    headed = Autoencoder(Linear(6, 4, rng=1), Chain(Linear(4, 6, rng=2), Sigmoid()),
                         head=Classifier(3))  # fmt: skip
    fit(headed, (UNIT, np.arange(50) % 3), epochs=1)
    known = np.ones((50, 6))
    known[3, 2] = 0.0
    x = 5.0 + UNIT
    x[3, 2] = -1.0  # which is filled with 0 and would be below the rest
    found = spread(np.where(known > 0, x, 0.0), Weights(known))
    assert found.low >= 5.0
    whole = np.delete(x.ravel(), 3 * 6 + 2)
    assert found.deviation == pytest.approx(whole.std(), rel=1e-12)
    assert spread(x, Weights(np.zeros(50))) is None


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_spread_block_by_block(dtype, monkeypatch):
    monkeypatch.setattr(spread_module, "BLOCK", 40)
    x = (1000.0 + NORMAL).astype(dtype)
    found = spread(x)
    assert (found.low, found.high) == (x.min(), x.max())
    assert found.deviation == pytest.approx(x.astype(float).std(), rel=1e-9)
    assert not found.whole and spread(BYTES).whole
