"""The loop: same seed same bits, every row once, early stopping, interruption, divergence."""

import io

import numpy as np
import pytest

from tinyae import SGD, Adam, Autoencoder, GaussianNoise, Identity, Linear, Model, fit
from tinyae.nn import Trainable
from tinyae.training import Cosine, DivergenceError, History


class Recorder(Model):
    """Notes which rows it is given; its loss is the mean of a column, its gradient zero."""

    def __init__(self):
        super().__init__({"layer": Linear(1, 1, rng=0)})
        self.batches, self.steps = [], []

    def objective(self, *rows, rng):
        self.batches.append(tuple(r.copy() for r in rows))
        self.steps.append(self.progress)
        return float(np.mean(rows[0]))


@pytest.fixture
def x():
    return np.random.default_rng(0).random((23, 5))


def test_every_row_once_an_epoch_and_last_batch_shorter():
    model, x = Recorder(), np.arange(23.0)[:, None]
    history = fit(model, x, epochs=2, batch_size=10)
    assert [len(b[0]) for b in model.batches] == [10, 10, 3] * 2
    first, second = (np.concatenate([b[0] for b in model.batches[i : i + 3]]) for i in (0, 3))
    assert sorted(first.ravel()) == sorted(second.ravel()) == list(range(23))
    assert not np.array_equal(first, second) and not np.array_equal(first.ravel(), np.arange(23))
    assert history.loss == [pytest.approx(11.0)] * 2  # weighted by length
    np.testing.assert_allclose(model.steps, np.arange(6) / 6)
    assert model.progress == 1.0


def test_without_shuffling_rows_come_in_order():
    model, x = Recorder(), np.arange(23.0)[:, None]
    fit(model, x, epochs=1, batch_size=10, shuffle=False)
    np.testing.assert_array_equal(np.concatenate([b[0] for b in model.batches]), x)


def test_rows_that_belong_together_stay_together():
    model, x = Recorder(), np.arange(23.0)[:, None]
    fit(model, (x, 10 * x, np.arange(23)), epochs=1, batch_size=7)
    for a, b, c in model.batches:
        np.testing.assert_array_equal(10 * a, b)
        np.testing.assert_array_equal(a[:, 0], c)


def test_same_seed_same_bits(x):
    def run(seed):
        model = Autoencoder.dense((5, 4), rng=1, corruption=GaussianNoise(0.1))
        return fit(model, x, rng=seed, epochs=3, batch_size=10), model.theta

    (a, ta), (b, tb), (c, tc) = run(3), run(3), run(4)
    assert a.loss == b.loss and np.array_equal(ta, tb)
    assert a.loss != c.loss and not np.array_equal(ta, tc)


def test_x_is_not_modified(x):
    before = x.copy()
    x.flags.writeable = False
    fit(Autoencoder.dense((5, 4), corruption=GaussianNoise(0.1)), x, epochs=2, validation=0.2)
    np.testing.assert_array_equal(x, before)


def test_sgd_by_hand(rng):
    theta, m = np.array([1.0, -2.0]), np.zeros(2)
    by_hand, optimizer = theta.copy(), SGD(0.1, momentum=0.9)
    state = optimizer.start(theta)
    for _ in range(5):
        grad = rng.normal(size=2)
        kept = grad.copy()
        optimizer.step(theta, grad, state, 0.0)
        m = 0.9 * m + grad
        by_hand -= 0.1 * m
        np.testing.assert_array_equal(grad, kept)
    np.testing.assert_allclose(theta, by_hand, rtol=1e-14)


def test_adam_by_hand(rng):
    theta = np.array([1.0, -2.0])
    by_hand, m, v = theta.copy(), np.zeros(2), np.zeros(2)
    optimizer = Adam(0.1, beta1=0.8, beta2=0.95, epsilon=1e-3)
    state = optimizer.start(theta)
    for t in range(1, 6):
        grad = rng.normal(size=2)
        kept = grad.copy()
        optimizer.step(theta, grad, state, 0.0)
        m = 0.8 * m + 0.2 * grad
        v = 0.95 * v + 0.05 * grad**2
        by_hand -= 0.1 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.95**t)) + 1e-3)
        np.testing.assert_array_equal(grad, kept)
    np.testing.assert_allclose(theta, by_hand, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adam_leaves_nothing_below_the_smallest_normal_number(dtype):
    """Such numbers slow every product down; what is merely small stays."""
    tiny = np.finfo(dtype).tiny
    theta = np.array([0.5 * tiny, -0.5 * tiny, 1e-12, 1.0], dtype)
    optimizer = Adam(0.0)
    state = optimizer.start(theta)
    state["m"][0] = 1.0
    grad = np.zeros(4, dtype)
    for _ in range(1000):
        optimizer.step(theta, grad, state, 0.0)
    np.testing.assert_array_equal(theta, np.array([0.0, 0.0, 1e-12, 1.0], dtype))
    assert not ((state["m"] != 0) & (np.abs(state["m"]) < tiny)).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimizer", [SGD(1e-3, momentum=0.99), Adam(1e-3)], ids=["SGD", "Adam"])
def test_nothing_dies_out_below_the_smallest_normal_number(optimizer, dtype):
    """A unit that died: gradients of zero, and numbers that fade until they slow every product."""
    tiny = np.finfo(dtype).tiny
    theta = np.array([0.5 * tiny, -0.5 * tiny, 1e-12, 1.0], dtype)
    state = optimizer.start(theta)
    for key in ("m", "v"):
        if key in state:
            state[key][...] = [0.5 * tiny, 0.5 * tiny, 0.0, 0.0]
    for step in range(100):
        optimizer.step(theta, np.zeros_like(theta), state, step / 100)
    for array in (theta, *(state[key] for key in ("m", "v") if key in state)):
        assert not ((array != 0) & (np.abs(array) < tiny)).any()
    assert theta[3] == 1.0 and theta[2] == dtype(1e-12)


def test_adam_leaves_ordinary_negative_numbers():
    theta = np.array([-1.0, -1e-12, 1.0])
    optimizer = Adam(0.0)
    state = optimizer.start(theta)
    for _ in range(100):
        optimizer.step(theta, np.array([-1.0, -1.0, 1.0]), state, 0.0)
    np.testing.assert_array_equal(theta, [-1.0, -1e-12, 1.0])
    assert (state["m"] * theta > 0.0).all()


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_a_learning_rate_that_falls_with_progress(optimizer):
    for progress, factor in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
        theta, fixed = np.zeros(3), np.zeros(3)
        for target, setting in ((theta, Cosine(0.2)), (fixed, 0.2)):
            o = optimizer(setting)
            o.step(target, np.ones(3), o.start(target), progress)
        np.testing.assert_allclose(theta, factor * fixed, atol=1e-16)


def test_training_learns(x):
    model = Autoencoder.dense((5, 5), activation=Identity, rng=0)
    history = fit(model, x, epochs=600, optimizer=Adam(Cosine(0.02)), batch_size=23)
    assert history.loss[-1] < 1e-3 * history.loss[0]
    assert "600 epochs" in str(history) and history.stopped == "epochs"


def test_validation_share_is_held_out():
    model, x = Recorder(), np.arange(100.0)[:, None]
    seen = []
    history = fit(model, x, epochs=2, batch_size=80, validation=0.2,
                  callback=lambda *_: seen.append(len(model.batches)))  # fmt: skip
    trained, held = model.batches[0][0].ravel(), model.batches[1][0].ravel()
    assert len(trained) == 80 and len(held) == 20
    assert sorted(np.concatenate([trained, held])) == list(range(100))
    assert 20 < held.mean() < 80 and held.max() > 50 > held.min()  # drawn, not the last or first
    assert history.validation == [pytest.approx(held.mean())] * 2 and history.best_epoch == 1


def test_validation_uses_the_same_noise_each_epoch(x):
    model = Autoencoder.dense((5, 4), corruption=GaussianNoise(1.0))
    history = fit(model, x, epochs=3, validation=x, optimizer=SGD(0.0))
    assert len(set(history.validation)) == 1 and len(set(history.loss)) > 1


def test_validation_loss_is_weighted_by_batch_length():
    x = np.arange(23.0)[:, None]
    history = fit(Recorder(), np.ones((5, 1)), epochs=1, batch_size=10, validation=x)
    assert history.validation == [pytest.approx(11.0)]


def test_history_in_words():
    history = History([3.0, 2.0, 1.0], [5.0, 4.0, 4.5], 2.0, "patience", 2)
    assert str(history) == (
        "3 epochs in 2.0 s, ended by patience; loss 3 -> 1, validation 5 -> 4.5 "
        "(the best, 4 in epoch 2, was not kept)"
    )
    history.restored, history.dead = True, np.array([True, False, False])
    assert str(history) == (
        "3 epochs in 2.0 s, ended by patience; the model is that of epoch 2, the best: "
        "loss 3 -> 2, validation 5 -> 4; 1 of 3 units are dead (constant output)"
    )
    assert str(History(stopped="interrupted")) == "no epoch was finished (interrupted)"


def test_early_stopping_returns_to_the_best(x):
    """A learning rate that first helps and then wrecks: the best parameters come back."""
    model = Autoencoder.dense((5, 4), rng=0)
    best = {}

    def remember(epoch, model, history):
        best[epoch] = model.theta.copy()

    rate = lambda progress: 0.05 if progress < 0.3 else 2.0  # noqa: E731
    history = fit(model, x, epochs=50, optimizer=SGD(rate), validation=x, patience=4,
                  callback=remember)  # fmt: skip
    assert history.stopped == "patience"
    assert len(history.loss) == history.best_epoch + 4
    assert history.validation[history.best_epoch - 1] == min(history.validation)
    np.testing.assert_array_equal(model.theta, best[history.best_epoch])


def test_callback_ends_training(x):
    calls = []

    def stop(epoch, model, history):
        calls.append(epoch)
        return epoch == 3

    history = fit(Autoencoder.dense((5, 4)), x, epochs=10, callback=stop)
    assert calls == [1, 2, 3] and history.stopped == "callback" and len(history.loss) == 3


@pytest.mark.parametrize("answer", [0.5, 1, 0, "yes", np.float64(2.0)])
def test_a_callback_that_returns_something_else_goes_on_with_a_warning(x, answer):
    with pytest.warns(UserWarning, match="return True to end it") as said:
        history = fit(Autoencoder.dense((5, 4)), x, epochs=3, callback=lambda *_: answer)
    assert len(history.loss) == 3 and history.stopped == "epochs" and len(said) == 1


def test_a_number_that_comes_late_is_warned_of_too(x):
    with pytest.warns(UserWarning, match="returned 1, which does not end") as said:
        history = fit(Autoencoder.dense((5, 4)), x, epochs=5,
                      callback=lambda epoch, *_: 1 if epoch >= 3 else None)  # fmt: skip
    assert len(history.loss) == 5 and len(said) == 1


@pytest.mark.parametrize("answer", [None, False, np.False_])
def test_a_callback_that_returns_nothing_goes_on(x, answer):
    history = fit(Autoencoder.dense((5, 4)), x, epochs=3, callback=lambda *_: answer)
    assert len(history.loss) == 3


def test_a_callback_may_return_numpys_true(x):
    assert len(fit(Autoencoder.dense((5, 4)), x, callback=lambda *_: np.True_).loss) == 1


def test_divergence_with_patience_names_the_best_epoch_and_goes_back_to_it(x):
    """The learning rate helps, then wrecks a little, then wrecks everything."""
    rate = lambda p: 0.05 if p < 0.3 else 2.0 if p < 0.6 else 1e30  # noqa: E731
    model, kept = Autoencoder.dense((5, 4), activation=Identity, rng=0), []
    with pytest.raises(DivergenceError) as caught:
        fit(model, 0.3 * x, epochs=10, optimizer=SGD(rate), validation=x, patience=9,
            callback=lambda *_: kept.append(model.theta.copy()))  # fmt: skip
    best = caught.value.history.best_epoch
    assert best < len(kept)  # or going back to the start of the epoch would be the same
    assert f"set back to epoch {best}, the best on the validation rows" in str(caught.value)
    np.testing.assert_array_equal(model.theta, kept[best - 1])


def test_the_last_line_of_the_history_is_the_model_in_hand(x):
    rate = lambda p: 0.05 if p < 0.3 else 2.0  # noqa: E731
    for patience in (None, 50):
        model = Autoencoder.dense((5, 4), rng=0)
        history = fit(model, x, epochs=10, optimizer=SGD(rate), validation=x, patience=patience)
        told = str(history).split("validation ")[1].split(" -> ")[1].split()[0]
        assert float(told) == pytest.approx(model.loss(x), rel=1e-5)
        assert history.restored == (patience is not None) == ("was not kept" not in str(history))


def test_interruption_keeps_what_was_learned(x):
    model = Autoencoder.dense((5, 4), rng=0)
    reference = model.copy()
    fit(reference, x, epochs=3, rng=0)

    def interrupt(epoch, model, history):
        if epoch == 3:
            raise KeyboardInterrupt

    history = fit(model, x, epochs=10, rng=0, callback=interrupt)
    assert history.stopped == "interrupted" and len(history.loss) == 3
    np.testing.assert_array_equal(model.theta, reference.theta)


def test_interruption_with_patience_goes_back_to_the_best(x):
    model, kept = Autoencoder.dense((5, 4), rng=0), {}

    def watch(epoch, model, history):
        kept[epoch] = model.theta.copy()
        if len(history.validation) > history.best_epoch + 1:
            raise KeyboardInterrupt

    rate = lambda progress: 0.05 if progress < 0.3 else 2.0  # noqa: E731
    history = fit(
        model, x, epochs=50, optimizer=SGD(rate), validation=x, patience=9, callback=watch
    )
    assert history.stopped == "interrupted"
    np.testing.assert_array_equal(model.theta, kept[history.best_epoch])


def test_validation_under_a_noise_schedule_can_be_compared(x):
    model = Autoencoder.dense((5, 4), corruption=GaussianNoise(lambda p: 2.0 - p))
    history = fit(model, x, epochs=4, optimizer=SGD(0.0), validation=x)
    assert len(set(history.validation)) == 1 and model.progress == 1.0


class Bowl(Trainable):
    """½‖θ − x̄‖²: all that a model of one's own has to give."""

    def __init__(self):
        self.theta, self.grad = np.ones(5), np.zeros(5)

    def objective(self, x, *, rng):
        """Return it and add its gradient."""
        e = self.theta - x.mean(axis=0)
        self.grad += e
        return 0.5 * (e * e).sum()


def test_a_model_of_ones_own_gives_theta_grad_and_an_objective(x):
    model = Bowl()
    history = fit(model, x, epochs=200, optimizer=SGD(0.1), validation=x)
    np.testing.assert_allclose(model.theta, x.mean(axis=0), atol=1e-2)
    assert len(history.validation) == 200
    with pytest.raises(ValueError, match="x has 115 entries that are NaN"):
        fit(model, x * np.nan)
    with pytest.raises(ValueError, match="array 1 of the rows has 115 entries that are NaN"):
        fit(model, (x, x * np.nan))
    with pytest.raises(ValueError, match="does not support models of class Bowl"):
        fit(model, x, core="vectorized")


def test_what_only_looks_like_a_model_is_told_its_base_class(x):
    class Likeness:
        theta, grad = np.ones(5), np.zeros(5)

        def loss_and_grad(self, x, rng):
            raise AssertionError

    with pytest.raises(TypeError, match="derived from tinyae.nn.Trainable; got Likeness"):
        fit(Likeness(), x)


def test_a_model_that_gives_loss_and_grad_itself_is_trained_by_it(x):
    """It is asked for its own method at every step and at every validation."""

    class Own(Autoencoder):
        calls = 0

        def loss_and_grad(self, *rows, rng=0):
            """Count, and do as always."""
            self.calls += 1
            return super().loss_and_grad(*rows, rng=rng)

    class Alone(Model):
        """No `objective` at all."""

        def loss_and_grad(self, x, rng):
            self.grad[...] = self.theta - x.mean()
            return 0.5 * float((self.grad**2).sum())

    own, plain = Own.dense((5, 4)), Autoencoder.dense((5, 4))
    for model in (own, plain):
        history = fit(model, x, epochs=3, batch_size=10, validation=x[:4])
    np.testing.assert_array_equal(own.theta, plain.theta)
    assert own.calls == 3 * (3 + 1) and len(history.validation) == 3
    alone = Alone({"layer": Linear(1, 1, rng=0)})
    fit(alone, x, epochs=200, optimizer=SGD(0.1), batch_size=23)
    np.testing.assert_allclose(alone.theta, x.mean(), atol=1e-6)
    assert alone.loss(x) < 1e-12


def test_divergence_names_epoch_and_cause_and_goes_back(x):
    model = Autoencoder.dense((5, 4), activation=Identity, rng=0)
    starts = [model.theta.copy()]
    with pytest.raises(DivergenceError, match=r"epoch \d+, batch \d+: .*SGD\(") as caught:
        fit(model, 10 * x, epochs=1000, batch_size=10, optimizer=SGD(10.0),
            callback=lambda epoch, model, history: starts.append(model.theta.copy()))  # fmt: skip
    assert np.isfinite(model.theta).all()
    np.testing.assert_array_equal(model.theta, starts[-1])
    history = caught.value.history
    assert history.stopped == "diverged" and len(history.loss) == len(starts) - 1


def test_divergence_in_the_last_step_is_noticed(x):
    class Last(Recorder):
        def objective(self, *rows, rng):
            self.grad[...] = np.inf
            return 1.0

    model = Last()
    before = model.theta.copy()
    with pytest.raises(DivergenceError, match="a step made parameters infinite or NaN"):
        fit(model, x, epochs=1, batch_size=100, optimizer=SGD(0.1))
    np.testing.assert_array_equal(model.theta, before)


def test_divergence_on_validation_is_noticed():
    class Held(Recorder):
        def objective(self, x, rng):
            return np.inf if len(x) == 7 else 1.0

    with pytest.raises(DivergenceError, match="the loss overflowed"):
        fit(Held(), np.ones((20, 1)), epochs=1, batch_size=20, validation=np.ones((7, 1)))


class Terminal(io.StringIO):
    """A stand-in for a terminal."""

    def isatty(self):
        """Say so."""
        return True


@pytest.mark.parametrize(
    ("terminal", "verbose", "lines"),
    [(False, None, 0), (False, True, 3), (False, False, 0), (True, None, 1), (True, False, 0)],
)
def test_progress_line(x, monkeypatch, terminal, verbose, lines):
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    fit(Autoencoder.dense((5, 4)), x, epochs=3, verbose=verbose, validation=0.2)
    text = stream.getvalue()
    assert text.count("\n") == lines
    assert ("epoch 3/3  loss" in text) == (lines > 0)
    assert ("\r" in text) == (terminal and verbose is None)


def test_project_is_called_after_each_step():
    class Projected(Recorder):
        count = 0

        def project(self):
            self.count += 1

    model = Projected()
    fit(model, np.ones((30, 1)), epochs=2, batch_size=10)
    assert model.count == 6


def test_a_callback_s_odd_answer_is_warned_of_once(x):
    with pytest.warns(UserWarning, match="returned 0, which does not end training") as caught:
        history = fit(Bowl(), x, epochs=3, callback=lambda *_: 0)
    assert len(caught) == 1 and len(history.loss) == 3
    assert caught[0].filename == __file__
