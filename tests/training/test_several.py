"""A list of like models: each ends as alone; what ends one of them; what is refused."""

import warnings

import numpy as np
import pytest

from tinyae import RBM, SGD, Adam, Autoencoder, GaussianNoise, Identity, Linear, Tanh, fit
from tinyae.core.side_by_side import SideBySide
from tinyae.nn import pack
from tinyae.training import Cosine, DivergenceError

D, SEEDS = 6, (5, 6, 7)
X = np.random.default_rng(0).random((103, D))
GIVEN = {"epochs": 4, "batch_size": 20, "optimizer": Adam(Cosine(0.01)), "core": "vectorized"}
TOGETHER = "vectorized: 3 models side by side"


def build(seed, **settings):
    given = {"activation": Tanh, "corruption": GaussianNoise(0.3), **settings}
    return Autoencoder.dense((D, 5), rng=seed, **given)


def models(**settings):
    return [build(seed, **settings) for seed in range(len(SEEDS))]


CALLS = {
    "plain": {},
    "in order": {"shuffle": False},
    "a share held out": {"validation": 0.2},
    "rows held out": {"validation": X[:9]},
    "patience": {"validation": 0.2, "patience": 2, "epochs": 40, "optimizer": Adam(0.05)},
    "layers": {"core": "layers"},
    "auto": {"core": "auto"},
    "threads": {"threads": 1},
    "weights": {"core": "auto", "weights": np.linspace(0.0, 1.0, len(X))},
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", CALLS)
def test_each_model_ends_as_alone(name):
    """Twice in a row: the second call goes on with streams and moving averages."""
    given = {**GIVEN, **CALLS[name]}
    rows = given.pop("X", X)
    together, alone = models(), models()
    for again in (False, True):
        histories = fit(together, rows, rng=list(SEEDS), **given)
        for model, seed, found in zip(alone, SEEDS, histories, strict=True):
            expected = fit(model, rows, rng=seed, **given)
            np.testing.assert_allclose(found.loss, expected.loss, rtol=1e-10)
            np.testing.assert_allclose(found.validation, expected.validation, rtol=1e-10)
            assert found.stopped == expected.stopped and found.best_epoch == expected.best_epoch
            assert found.restored == expected.restored
            np.testing.assert_array_equal(found.dead, expected.dead)
        # After patience, the models have taken different numbers of steps.
        side = name not in ("layers", "threads", "weights") and not (again and name == "patience")
        assert (histories[0].core == TOGETHER) == side, histories[0].core
    for model, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(model.theta, other.theta, rtol=0, atol=1e-10)
        assert model.training.noise.random() == other.training.noise.random()


def test_pairs_of_noisy_and_clean_rows():
    together, alone = models(corruption=None), models(corruption=None)
    histories = fit(together, (X + 0.1, X), rng=list(SEEDS), **GIVEN)
    assert histories[0].core == TOGETHER
    for model, other, seed in zip(together, alone, SEEDS, strict=True):
        fit(other, (X + 0.1, X), rng=seed, **GIVEN)
        np.testing.assert_allclose(model.theta, other.theta, rtol=0, atol=1e-10)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("core", ["vectorized", "layers"])
def test_each_model_may_have_a_table_of_its_own(core):
    tables = [X, X + 1.0, 2.0 * X]
    together, alone = models(), models()
    given = {**GIVEN, "core": core}
    fit(together, tables, rng=list(SEEDS), validation=0.2, **given)
    for model, other, x, seed in zip(together, alone, tables, SEEDS, strict=True):
        fit(other, x, rng=seed, validation=0.2, **given)
        np.testing.assert_allclose(model.theta, other.theta, rtol=0, atol=1e-10)
    with pytest.raises(ValueError, match="a list of 2 tables, but there are 3 models"):
        fit(models(), tables[:2], rng=list(SEEDS), **given)
    with pytest.raises(ValueError, match=r"equally long, got \[103, 103, 102\] rows"):
        fit(models(), [X, X, X[1:]], rng=list(SEEDS), **given)
    with pytest.raises(ValueError, match="entry 1 of X"):
        fit(models(), [X, X[0], X], rng=list(SEEDS), **given)


def test_models_leave_at_different_epochs():
    """The test of patience means something: its models stop at three different epochs."""
    histories = fit(models(), X, rng=list(SEEDS), **{**GIVEN, **CALLS["patience"]})
    assert {h.stopped for h in histories} == {"patience"}
    assert len({len(h.loss) for h in histories}) == 3


def test_generators_are_used_as_they_are():
    together, alone = models(), models()
    fit(together, X, rng=[np.random.default_rng(s) for s in SEEDS], validation=0.2, **GIVEN)
    for model, other, seed in zip(together, alone, SEEDS, strict=True):
        fit(other, X, rng=np.random.default_rng(seed), validation=0.2, **GIVEN)
        np.testing.assert_allclose(model.theta, other.theta, rtol=0, atol=1e-10)


def test_why_models_are_trained_one_after_another_is_said():
    rbms = [RBM(D, 3, rng=seed) for seed in range(2)]
    found = fit(rbms, X, rng=[0, 1], core="vectorized", epochs=1)
    assert found[1].core.startswith("vectorized: one model after another")
    assert "models of class RBM" in found[1].core
    (found,) = fit([build(0)], X, rng=[0], core="vectorized", epochs=1)
    assert "a list of one model" in found.core
    (found, _) = fit(models()[:2], X, rng=[0, 1], core="vectorized", threads=1, epochs=1)
    assert found.core.endswith("because of threads") and found.threads == 1
    given = models()
    fit(given[0], X, core="vectorized", epochs=1)
    (found, *_) = fit(given, X, rng=[0, 1, 2], core="vectorized", epochs=1)
    assert "different numbers of steps" in found.core
    with pytest.raises(ValueError, match="does not support weights of the rows"):
        fit(models(), X, rng=[0, 1, 2], core="vectorized", weights=np.ones(len(X)))


def test_a_callback_ends_one_model_and_is_called_for_each_in_turn():
    calls = []
    given = models()

    def callback(epoch, model, history):
        calls.append((epoch, given.index(model), len(history.loss)))
        return model is given[1] and epoch == 2

    histories = fit(given, X, rng=list(SEEDS), callback=callback, **GIVEN)
    assert [h.stopped for h in histories] == ["epochs", "callback", "epochs"]
    assert [len(h.loss) for h in histories] == [4, 2, 4]
    assert calls == [(e, k, e) for e in (1, 2, 3, 4) for k in range(3) if (e, k) not in
                     ((3, 1), (4, 1))]  # fmt: skip


def test_a_warning_of_a_callback_points_to_the_call_of_fit():
    for given, rng in ((build(0), 0), (models(), [0, 1, 2])):
        with pytest.warns(UserWarning, match="does not end training") as caught:
            fit(given, X, rng=rng, epochs=1, core="vectorized", callback=lambda *_: 3)
        assert caught[0].filename == __file__


@pytest.mark.parametrize("core", ["layers", "vectorized"])
def test_ctrl_c_in_a_callback_ends_all_models(core):
    given = models()

    def callback(epoch, model, history):
        if epoch == 2 and model is given[1]:
            raise KeyboardInterrupt

    histories = fit(given, X, rng=list(SEEDS), callback=callback, **{**GIVEN, "core": core})
    assert [h.stopped for h in histories][1:] == ["interrupted", "interrupted"]
    if core == "vectorized":
        assert [len(h.loss) for h in histories] == [2, 2, 2]
    else:
        assert [len(h.loss) for h in histories] == [4, 2, 0]
        np.testing.assert_array_equal(given[2].theta, build(2).theta)
    again = fit(given, X, rng=list(SEEDS), **{**GIVEN, "core": core})
    assert all(h.stopped == "epochs" for h in again)


def test_ctrl_c_between_two_blocks_keeps_what_every_model_has(monkeypatch):
    given, epoch = models(), SideBySide.epoch

    def interrupted(self, turns):
        found = epoch(self, turns)
        if turns[0].epoch == 3:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(SideBySide, "epoch", interrupted)
    histories = fit(given, X, rng=list(SEEDS), validation=0.2, **GIVEN)
    assert [(h.stopped, len(h.loss)) for h in histories] == [("interrupted", 2)] * 3
    assert all(model.training.memory["t"] == 3 * 5 for model in given)  # 82 rows in batches of 20


def test_an_error_in_a_callback_leaves_all_models_usable():
    given = models()

    def callback(epoch, model, history):
        if model is given[1]:
            raise RuntimeError("of the callback")

    with pytest.raises(RuntimeError, match="of the callback"):
        fit(given, X, rng=list(SEEDS), callback=callback, **GIVEN)
    assert all(model.training.memory["t"] == 6 for model in given)
    assert all(model.progress == 1.0 for model in given)


def test_a_divergence_names_the_model_and_the_others_keep_their_epoch():
    given, alone = models(activation=Identity, corruption=None), None
    given[1].theta[...] *= 1e200
    before, alone = given[1].theta.copy(), given[0].copy()
    with pytest.raises(DivergenceError, match="^model 1 of the list: training diverged in epoch 1"):
        fit(given, X, rng=list(SEEDS), **GIVEN)
    np.testing.assert_array_equal(given[1].theta, before)
    assert given[1].training.memory is None
    fit(alone, X, rng=SEEDS[0], **{**GIVEN, "epochs": 1, "optimizer": Adam(lambda p: 0.01)})
    assert np.abs(given[0].theta - alone.theta).max() < 1e-2
    assert given[0].training.memory["t"] == given[2].training.memory["t"] == 6


def test_a_divergence_names_the_model_also_where_they_are_trained_in_turn():
    given = models(activation=Identity, corruption=None)
    given[1].theta[...] *= 1e200
    later = given[2].theta.copy()
    with pytest.raises(DivergenceError, match="^model 1 of the list: training diverged in epoch 1"):
        fit(given, X, rng=list(SEEDS), **{**GIVEN, "core": "layers"})
    np.testing.assert_array_equal(given[2].theta, later)


def test_the_progress_line_is_that_of_the_first_model_that_still_trains(capsys):
    given = models()

    def end_the_first(epoch, model, history):
        return model is given[0] and epoch == 2

    histories = fit(given, X, rng=list(SEEDS), verbose=True, callback=end_the_first, **GIVEN)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4 and len(histories[0].loss) == 2
    for epoch, k in enumerate((0, 0, 1, 1)):
        expected = f"model {k}: epoch {epoch + 1}/4  loss {histories[k].loss[epoch]:.6g}  "
        assert lines[epoch].startswith(expected)


def test_models_in_turn_are_named_too(capsys):
    fit(models(), X, rng=list(SEEDS), verbose=True, **{**GIVEN, "core": "layers", "epochs": 1})
    lines = capsys.readouterr().err.splitlines()
    assert [line[:20] for line in lines] == [f"model {k}: epoch 1/1  "[:20] for k in range(3)]


def shared_layers():
    below = Linear(D, 3, rng=0)
    found = [Autoencoder(below, Linear(3, D, rng=0))]
    pack(below)
    return [*found, build(0)]


WRONG = {
    "none": (lambda: [], [], ValueError, "the list of models is empty"),
    "no model": (lambda: [build(0), 3], [0, 1], TypeError, "entry 1 of the list of models"),
    "twice": (lambda: [build(0)] * 2, [0, 1], ValueError, "models 0 and 1 of the list share"),
    "width": (lambda: [build(0), Autoencoder.dense((D, 4))], [0, 1], ValueError, "What differs"),
    "dtype": (lambda: [build(0), build(1, dtype=np.float32)], [0, 1], ValueError,
              "dtype: float64 in model 0, float32 in model 1"),
    "noise": (lambda: [build(0), build(1, corruption=None)], [0, 1], ValueError, "corruption"),
    "strength": (lambda: [build(0), build(1, corruption=GaussianNoise(0.1))], [0, 1], ValueError,
                 "0.3 in model 0, 0.1 in model 1"),
    "moved layers": (shared_layers, [0, 1], RuntimeError, "pack"),
    "one seed": (models, 3, TypeError, "rng must be a list of 3 seeds"),
    "two seeds": (models, [0, 1], ValueError, "each of the 3 models, got 2"),
    "a wrong seed": (models, [0, -1, 2], ValueError, "at least 0"),
    "one generator": (lambda: models()[:2], [np.random.default_rng(0)] * 2, ValueError,
                      "entry 1 of rng"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_lists_are_refused_before_anything_changes(name):
    made, rng, error, message = WRONG[name]
    given = made()
    before = [model.theta.copy() for model in given if isinstance(model, Autoencoder)]
    with pytest.raises(error, match=message):
        fit(given, X, rng=rng, core="vectorized")
    for model, theta in zip(given, before, strict=False):
        np.testing.assert_array_equal(model.theta, theta)
        assert model.training is None


def test_other_arguments_are_checked_before_anything_changes(tmp_path):
    given = models()
    for wrong, message in (
        ({"checkpoint": tmp_path / "a"}, "checkpoint holds the training of one model"),
        ({"epochs": 0}, "epochs"),
        ({"validation": 2.0}, "validation"),
        ({"patience": 3}, "patience needs validation"),
        ({"optimizer": SGD}, "optimizer"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            fit(given, X, rng=list(SEEDS), **{**GIVEN, **wrong})
    assert all(model.training is None for model in given)
    assert not list(tmp_path.iterdir())


def test_a_tuple_is_a_list_too_and_x_is_not_changed():
    x = X.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(tuple(models()), x, rng=SEEDS, **GIVEN)
    np.testing.assert_array_equal(x, X)
