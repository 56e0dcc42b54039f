"""The tuning of the core in `fit`: noted, given back, and refused where it makes no sense."""

import copy
import pickle

import numpy as np
import pytest

from tinyae import Autoencoder, BernoulliOutput, GaussianNoise, fit, score_field
from tinyae.core.adaptation import adapted
from tinyae.training import Tuning

X = np.random.default_rng(0).random((30, 6))


def model():
    return Autoencoder.dense((6, 4), output=BernoulliOutput(), corruption=GaussianNoise(0.1))


def test_a_tuning_is_noted_and_can_be_given_back():
    """The bits of the form that was given, not of the one that this machine takes."""
    first = model()
    history = fit(first, X, core="vectorized", epochs=20, batch_size=7)
    assert history.tuning == adapted(np.float64)
    form = {"exp": "tanh", "tanh": "exp"}[history.tuning.sigmoid]
    other, again, same = model(), model(), model()
    noted = fit(other, X, core="auto", epochs=20, batch_size=7, tuning=Tuning(form, 64)).tuning
    assert noted == Tuning(form, 64) and repr(noted) == (
        f"Tuning(sigmoid={form!r}, part_bytes=64, tanh='tanh')"
    )
    fit(again, X, core="vectorized", epochs=20, batch_size=7, tuning=noted)
    fit(same, X, core="vectorized", epochs=20, batch_size=7, tuning=history.tuning)
    np.testing.assert_array_equal(again.theta, other.theta)
    np.testing.assert_array_equal(same.theta, first.theta)
    assert not np.array_equal(other.theta, first.theta)


def test_threads_are_measured_with_the_tuning_that_is_given(monkeypatch):
    given = []

    def chosen(*args, tuning, **settings):
        given.append(tuning)
        return 2

    monkeypatch.setattr("tinyae.core.choice.fastest_threads", chosen)
    tuning = Tuning("exp", 64)
    history = fit(model(), X, core="vectorized", epochs=1, threads="auto", tuning=tuning)
    assert given == [tuning] and history.threads == 2 and history.tuning == tuning


def test_a_second_call_computes_as_the_first_one(monkeypatch):
    """Also in another process, in which another form may be the faster one."""
    first, once = model(), model()
    chosen = {"core": "vectorized", "batch_size": 7}
    fit(once, X, epochs=4, tuning=Tuning("tanh", 64), **chosen)
    fit(first, X, epochs=2, tuning=Tuning("tanh", 64), **chosen)
    first = pickle.loads(pickle.dumps(first))
    monkeypatch.setattr("tinyae.core.core.adapted", lambda dtype: Tuning("exp", 128))
    for it in (copy.deepcopy(first), first):
        assert fit(it, X, epochs=2, **chosen).tuning == Tuning("tanh", 64)
        np.testing.assert_array_equal(it.theta, once.theta)
    assert fit(first, X, epochs=1, tuning=Tuning("exp", 64), **chosen).tuning.sigmoid == "exp"
    assert fit(model(), X, epochs=1, **chosen).tuning == Tuning("exp", 128)


def test_the_layers_have_none():
    assert fit(model(), X, epochs=1).tuning is None
    with pytest.raises(ValueError, match='tuning is for the vectorized core.*give core="vector'):
        fit(model(), X, tuning=Tuning("exp", 64))


@pytest.mark.parametrize(("given", "error", "says"), [
    (("erf", 64), ValueError, "sigmoid must be .tanh. or .exp., got 'erf'"),
    ((None, 64), ValueError, "sigmoid must be"),
    ((["exp"], 64), ValueError, "sigmoid must be"),
    (("exp", 64, "sinh"), ValueError, "tanh must be .tanh. or .exp., got 'sinh'"),
    (("exp", 63), ValueError, "part_bytes must be at least 64, got 63"),
    (("exp", 1e6), TypeError, "part_bytes must be a whole number"),
])  # fmt: skip
def test_a_tuning_that_does_not_exist_is_refused(given, error, says):
    with pytest.raises(error, match=says):
        Tuning(*given)


def test_another_object_is_refused_before_anything_changes():
    it = model()
    theta = it.theta.copy()
    for wrong in ("exp", {"sigmoid": "exp"}, Tuning):
        with pytest.raises(TypeError, match="tuning must be a Tuning, such as history.tuning"):
            fit(it, X, core="vectorized", tuning=wrong)
        with pytest.raises(TypeError, match="tuning must be a Tuning"):
            score_field(it, X, 0.1, tuning=wrong)
    np.testing.assert_array_equal(it.theta, theta)


def test_a_field_is_the_same_up_to_rounding():
    it, x = model(), np.random.default_rng(1).random((50_000, 6))
    tunings = [Tuning(form, 1 << 14, form) for form in ("tanh", "exp")]
    fields = [score_field(it, x, 0.1, tuning=tuning) for tuning in tunings]
    np.testing.assert_allclose(*fields, rtol=1e-12, atol=1e-12)
    assert not np.array_equal(*fields)
