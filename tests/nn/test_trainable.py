"""The protocol of what is trained: its defaults, and the ritual around `objective`."""

import numpy as np
import pytest

from tinyae import RBM, Autoencoder, GaussianNoise, Linear, Model, fit
from tinyae.models import PersistentContrastiveDivergence, Walkback
from tinyae.nn import Trainable
from tinyae.nn.trainable import UnsupportedError, evaluate, inherits


class Bowl(Trainable):
    """½‖θ − x̄‖² + noise: notes what its objective is given."""

    def __init__(self, dtype=np.float64):
        self.theta, self.grad = np.ones(3, dtype), np.full(3, 7.0, dtype)
        self.given = []

    def objective(self, *rows, rng):
        """Return the loss and add its gradient."""
        self.given.append((rows, rng))
        e = self.theta - rows[0].mean(axis=0)
        self.grad += e
        return 0.5 * (e * e).sum() + 0 * rng.random()


@pytest.fixture
def x():
    return np.random.default_rng(0).random((6, 3))


def test_the_gradient_is_set_and_the_loss_is_a_float(x):
    model = Bowl()
    for _ in range(2):  # what an earlier call left does not count
        loss = model.loss_and_grad(x)
        np.testing.assert_allclose(model.grad, 1.0 - x.mean(axis=0))
        assert type(loss) is float and loss == 0.5 * (model.grad**2).sum()
    single = Bowl(np.float32)
    assert type(single.loss_and_grad(x.astype(np.float32))) is float
    assert np.iscomplexobj(model.astype(complex).loss_and_grad(x))
    assert single.dtype == np.float32 == model.astype(np.float32).theta.dtype
    assert model.astype(complex).dtype == np.float64


def test_a_model_in_another_dtype_shares_nothing():
    """Attributes of one's own, such as chains, are copied too."""
    model = Bowl()
    model.chains, model.training = np.zeros(2), object()
    twin = model.astype(np.float32)
    for array in (twin.theta, twin.grad, twin.chains):
        array += 1.0
    assert (model.theta == 1).all() and (model.grad == 7).all() and (model.chains == 0).all()
    assert twin.training is None is not model.training


def test_a_seed_or_a_generator_may_be_the_last_of_the_rows(x):
    model, rng = Bowl(), np.random.default_rng(3)
    model.loss_and_grad(x, x, rng)
    rows, given = model.given[-1]
    assert len(rows) == 2 and given is rng
    draws = []
    for call in (lambda: model.loss(x, 5), lambda: model.loss(x, rng=5), lambda: model.loss(x)):
        call()
        draws.append(model.given[-1][1].random())
    assert draws[0] == draws[1] != draws[2]
    with pytest.raises(TypeError, match="must be a seed"):
        model.loss_and_grad(x, rng=None)


def test_rows_are_finite_arrays_by_default(x):
    model = Bowl()
    model.loss_and_grad(x.tolist())
    np.testing.assert_array_equal(model.given[-1][0][0], x)
    with pytest.raises(ValueError, match="x has 18 entries that are NaN"):
        model.loss(x * np.nan)
    with pytest.raises(ValueError, match="array 1 of the rows has 18 entries"):
        model.loss(x, x * np.inf)
    assert model.check_rows() == ()


def test_the_loss_alone_leaves_the_gradient(x):
    model = Bowl()
    loss = model.loss(x)
    assert (model.grad == 7.0).all() and loss == model.loss_and_grad(x)

    class Broken(Bowl):
        def objective(self, *rows, rng):
            """Fail halfway."""
            super().objective(*rows, rng=rng)
            raise ZeroDivisionError

    model = Broken()
    with pytest.raises(ZeroDivisionError):
        model.loss(x)
    assert (model.grad == 7.0).all()


def test_the_defaults(x):
    model = Bowl()
    assert model.follows_gradient and model.comparable_loss and model.takes_batches
    assert not model.takes_weights and model.training is None and model.progress == 1.0
    assert model.begin(x) is None and model.project() is None and model.dead_units(x) is None
    assert model.check_packed() is None and model.parts == {}
    assert list(model.parameters()) == ["theta"] and model.parameters()["theta"] is model.theta
    with pytest.raises(UnsupportedError, match="models of class Bowl"):
        model.vectorized(None, 10, 100)
    with pytest.raises(NotImplementedError, match="Trainable.objective"):
        Trainable.objective(Trainable(), x, rng=None)
    twin = model.copy()
    twin.theta[...] = 0.0
    assert (model.theta == 1.0).all()


def test_a_training_asks_for_the_objective_of_checked_rows(x):
    model, rng = Bowl(), np.random.default_rng(0)
    loss = evaluate(model, [x * np.nan], rng)  # nobody looks again
    assert np.isnan(loss) and model.given[-1][1] is rng

    class Own(Bowl):
        def loss_and_grad(self, x, rng):
            """One's own."""
            return 3.0

    assert evaluate(Own(), [x], rng) == 3.0
    assert inherits(model, Trainable, "loss_and_grad", "project")
    assert not inherits(Own(), Trainable, "project", "loss_and_grad")


def test_the_loss_leaves_the_chains_of_a_machine(x):
    machine = RBM(3, 2, rule=PersistentContrastiveDivergence(1, 4))
    b = (x > 0.5).astype(float)
    machine.loss(b)
    assert machine.chains is None
    machine.loss_and_grad(b)
    kept = machine.chains.copy()
    fit(machine, b, epochs=1, batch_size=6, validation=b, optimizer=_Rest())
    moved = machine.chains.copy()
    assert not np.array_equal(moved, kept)
    machine.loss(b, rng=9)
    np.testing.assert_array_equal(machine.chains, moved)


class _Rest:
    """An optimizer that stays where it is."""

    def start(self, theta):
        """Nothing to keep."""
        return {}

    def step(self, theta, grad, state, progress):
        """No step."""


def test_a_wrapper_in_another_dtype_is_of_a_copy(x):
    walk = Walkback(Autoencoder.dense((3, 2), corruption=GaussianNoise(0.1)), 2, 0.5)
    single = walk.astype(np.float32)
    assert single.theta.dtype == np.float32 and walk.theta.dtype == np.float64
    assert single.steps == 2 and single.scale == 0.5
    np.testing.assert_allclose(single.theta, walk.theta, rtol=1e-6)


@pytest.mark.parametrize("core", ["layers", "vectorized"])
def test_a_parameter_that_a_callback_replaced_is_noticed(x, core):
    def replace(epoch, model, history):
        model.encoder.layers[0].params["W"] = np.zeros((3, 2))

    with pytest.raises(RuntimeError, match="no longer views of its theta"):
        fit(Autoencoder.dense((3, 2)), x, core=core, callback=replace)


def test_an_array_of_one_s_own_is_copied_with_the_model(x):
    model = Bowl()
    model.center = np.arange(3.0)
    twin = model.copy()
    assert twin.center is not model.center and np.array_equal(twin.center, model.center)


def test_a_part_that_is_no_layer_is_named():
    with pytest.raises(TypeError, match="^net must be a layer, got ndarray"):
        Model({"first": Linear(2, 1, rng=0), "net": np.ones(3)})
