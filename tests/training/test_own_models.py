"""Models of a user's own: what they assign, override or get wrong is followed or named."""

import copy
import pickle

import numpy as np
import pytest

from tinyae import SGD, Autoencoder, BernoulliOutput, fit, gradcheck
from tinyae.nn import Trainable
from tinyae.training import DivergenceError

X = np.random.default_rng(3).normal(size=(30, 4))


class Mean(Trainable):
    """The mean of x, by half the squared error."""

    def __init__(self):
        self.theta, self.grad = np.zeros(4), np.zeros(4)
        self.sizes = []

    def objective(self, x, *, rng):
        self.sizes.append(len(x))
        self.grad += (self.theta - x).mean(axis=0)
        return 0.5 * ((self.theta - x) ** 2).sum(axis=1).mean()


class Views(Mean):
    """The same through views of theta and grad, with a gradient that is seven times too large."""

    def __init__(self):
        super().__init__()
        self.W, self.gW = self.theta.reshape(2, 2), self.grad.reshape(2, 2)

    def objective(self, x, *, rng):
        self.gW += 7.0 * (self.W.ravel() - x).mean(axis=0).reshape(2, 2)
        return 0.5 * ((self.W.ravel() - x) ** 2).sum(axis=1).mean()


def test_views_of_theta_that_a_copy_would_lose_are_named():
    """They would make gradcheck find that every derivative is zero, and pass any gradient."""
    actions = (
        lambda m: gradcheck(m, X), copy.deepcopy, copy.copy, pickle.dumps,
        lambda m: m.astype(np.float32), lambda m: m.copy(),
    )  # fmt: skip
    for action in actions:
        with pytest.raises(TypeError, match=r"Views.W is a view of theta .* make it a property"):
            action(Views())


def test_a_shallow_copy_is_independent():
    model = Mean()
    twin = copy.copy(model)
    twin.theta[...] = 1.0
    assert not model.theta.any() and gradcheck(model, X).max_relative_error < 1e-10


@pytest.mark.parametrize("core", ["layers", "auto"])
def test_a_projection_that_is_assigned_is_followed(core):
    model = Autoencoder.dense((4, 3))
    model.project = lambda: np.clip(model.theta, 0, None, out=model.theta)
    fit(model, X, epochs=2, core=core)
    assert model.theta.min() == 0.0


def test_a_loss_and_grad_that_is_assigned_is_called():
    model, calls = Autoencoder.dense((4, 3)), []
    ours = model.loss_and_grad

    def spy(*rows, rng):
        calls.append(len(rows[0]))
        return ours(*rows, rng=rng)

    model.loss_and_grad = spy
    fit(model, X, epochs=2, batch_size=15)
    assert calls == [15] * 4


def test_validation_asks_a_loss_of_the_model_s_own():
    class Judged(Autoencoder):
        def loss(self, *rows, rng=0):
            return 123.0

    model = Judged(*(Autoencoder.dense((4, 3)).parts[name] for name in ("encoder", "decoder")))
    history = fit(model, X, epochs=2, validation=X[:7])
    assert history.validation == [123.0, 123.0] and history.loss[0] < 100


def test_a_model_that_needs_all_rows_is_validated_on_all_of_them():
    class Whole(Mean):
        takes_batches = False

    model = Whole()
    fit(model, X, epochs=1, batch_size=30, shuffle=False, validation=np.concatenate([X, X]))
    assert model.sizes == [30, 60]


def test_rows_that_change_during_training_are_named_where_they_end_it():
    x = X.copy()

    def spoil(*_):
        x[3, 1] = np.nan

    with pytest.raises(ValueError, match="1 entries that are NaN or infinite, the first row 3"):
        fit(Autoencoder.dense((4, 3)), x, epochs=2, callback=spoil)
    with pytest.raises(DivergenceError, match="learning rate"):
        fit(Mean(), X, epochs=500, optimizer=SGD(5.0))


def test_rows_of_unequal_length_are_named_everywhere():
    class Pairs(Trainable):
        def __init__(self):
            self.theta, self.grad = np.zeros(1), np.zeros(1)

        def objective(self, x, y, *, rng):
            return float((x[:, 0] - y).sum())

    for action in (Pairs().loss, Pairs().loss_and_grad):
        with pytest.raises(ValueError, match=r"equally long, got \[30, 1\] rows"):
            action(X, X[:1, 0])


def test_a_refused_core_draws_nothing():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="core must be"):
        fit(Autoencoder.dense((4, 3)), X, core="nope", validation=0.2, rng=rng)
    assert rng.random() == np.random.default_rng(0).random()


def test_an_output_of_another_family_is_refused_where_its_gradient_is_assumed():
    from tinyae import RBM, Recirculation

    class Other(BernoulliOutput):
        is_canonical = False

    for make in (lambda o: RBM(4, 3, visible=o), lambda o: Recirculation.dense((4, 3), output=o)):
        with pytest.raises(ValueError, match="does not state is_canonical"):
            make(Other())
