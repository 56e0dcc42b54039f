"""What the trained transformers promise: settings, seeds, early stopping, parts of the data, names.

scikit-learn is not needed here.
"""

import os
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from tests.every_estimator import EVERY, TRAINED
from tinyae import fit, load, save
from tinyae.criterion import (
    L1,
    BernoulliOutput,
    CategoricalOutput,
    Contractive,
    GaussianNoise,
    GaussianOutput,
    KLSparsity,
    MaskingNoise,
    ReconstructionContractive,
    SaltAndPepperNoise,
    StudentT,
    WeightDecay,
)
from tinyae.criterion.base_rates import base_rates
from tinyae.estimators import (
    AutoencoderTransformer,
    PSDTransformer,
    RBMTransformer,
    RecirculationTransformer,
    SemanticHashTransformer,
    VAETransformer,
)
from tinyae.estimators.slots import optimizer_of, output_of
from tinyae.estimators.stopping import Stalled
from tinyae.nn.structure import leaves
from tinyae.training import DivergenceError, History

DATA = np.random.default_rng(0)
X = DATA.normal(size=(90, 6)) @ DATA.normal(size=(6, 6))  # columns that depend on each other
X /= X.std(axis=0)
STOPPING = [name for name in TRAINED if name != "RBMTransformer"]
every = pytest.mark.parametrize("name", TRAINED)


def made(name, **settings):
    small = {"n_components": 3, "max_epochs": 4, "batch_size": 16}
    return EVERY[name]().set_params(**{**small, **settings})


def same_bits(a, b):
    assert a.model_.theta.tobytes() == b.model_.theta.tobytes()
    np.testing.assert_array_equal(a.transform(X), b.transform(X))


# --- the model and its training -----------------------------------------------------------------


@pytest.mark.one_in(6)
@every
def test_training_is_that_of_the_library(name):
    """The same bits as `fit` on the model that `_build` gives; another seed gives others."""
    estimator = made(name).fit(X)
    model = made(name)._build(X, 0)
    rule = optimizer_of(estimator.optimizer, estimator.learning_rate, 0.0)
    history = fit(model, X, optimizer=rule, epochs=4, batch_size=16, rng=0, verbose=False,
                  core=getattr(estimator, "core", "layers"))  # fmt: skip
    assert model.theta.tobytes() == estimator.model_.theta.tobytes()
    np.testing.assert_array_equal(estimator.loss_curve_, history.loss)
    assert estimator.n_iter_ == 4 and estimator.seed_ == 0
    other = made(name, random_state=1).fit(X)
    assert other.model_.theta.tobytes() != estimator.model_.theta.tobytes()


@pytest.mark.one_in(6)
@every
def test_shapes_and_dtypes(name):
    for dtype in (np.float64, np.float32):
        estimator = made(name).fit(X.astype(dtype))
        codes = estimator.transform(X.astype(dtype))
        assert codes.shape == (90, 3)
        assert codes.dtype == (bool if "Hash" in name else dtype)
        back = estimator.inverse_transform(codes)
        assert back.shape == X.shape and back.dtype == dtype
    assert made(name, dtype="float32").fit(X).model_.dtype == np.float32
    assert made(name, dtype=np.float32).fit(X).built_["dtype"] == "float32"
    names = estimator.get_feature_names_out()
    assert list(names) == [f"{name.lower()}{i}" for i in range(3)]


@pytest.mark.one_in(2)
@every
def test_all_that_is_learned_is_plain(name):
    """Arrays, numbers, strings, containers of these, and models: so that a file can hold it."""

    def plain(value):
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(item) for key, item in value.items())
        if isinstance(value, (tuple, list)):
            return all(map(plain, value))
        return value is None or isinstance(value, (np.ndarray, int, float, str))

    estimator = made(name, dtype=np.float64).fit(X)
    learned = {k: v for k, v in vars(estimator).items() if k.endswith("_")}
    assert plain({k: v for k, v in learned.items() if k != "model_"})


@pytest.mark.one_in(6)
@every
def test_score_is_higher_after_training(name):
    untrained = made(name, learning_rate=0.0).fit(X)
    trained = made(name, max_epochs=60).fit(X)
    assert isinstance(trained.score(X), float)
    assert trained.score(X) > untrained.score(X)


@pytest.mark.slow
def test_score_is_minus_the_cost():
    estimator = made("AutoencoderTransformer").fit(X)
    back = estimator.inverse_transform(estimator.transform(X))
    assert estimator.score(X) == pytest.approx(-0.5 * ((X - back) ** 2).sum(axis=1).mean())
    psd = made("PSDTransformer", codes="inferred").fit(X)
    back = psd.inverse_transform(psd.transform(X))
    assert psd.score(X) == pytest.approx(-((X - back) ** 2).sum(axis=1).mean())
    encoder = made("PSDTransformer").fit(X)
    assert not np.allclose(encoder.transform(X), psd.transform(X))
    assert (psd.transform(X) == 0).any() and not (encoder.transform(X) == 0).any()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", STOPPING)
def test_early_stopping_keeps_the_best_weights(name):
    settings = {"early_stopping": True, "validation_fraction": 0.3, "patience": 2, "tol": None}
    rate = {"SemanticHashTransformer": 0.3, "PSDTransformer": 0.5}.get(name, 0.2)
    estimator = made(name, learning_rate=rate, **settings).set_params(max_epochs=80, batch_size=8)
    estimator.fit(X)
    best = int(np.argmin(estimator.validation_curve_)) + 1
    assert estimator.best_epoch_ == best < estimator.n_iter_ < 80
    # The weights are those after that epoch, and not those of the last one.
    fewer = made(name, learning_rate=rate, **settings)
    fewer.set_params(max_epochs=best, batch_size=8, patience=80).fit(X)
    if name != "SemanticHashTransformer":  # its noise grows with the share of the epochs
        assert fewer.model_.theta.tobytes() == estimator.model_.theta.tobytes()
    longer = made(name, learning_rate=rate).set_params(max_epochs=estimator.n_iter_, batch_size=8)
    assert longer.fit(X).model_.theta.tobytes() != estimator.model_.theta.tobytes()


@pytest.mark.slow
def test_training_ends_when_the_loss_no_longer_falls():
    settings = {"learning_rate": 0.05, "max_epochs": 400, "patience": 5}
    short = AutoencoderTransformer(2, tol=0.05, **settings).fit(X)
    assert 5 < short.n_iter_ < 400
    before, last = short.loss_curve_[:-5].min(), short.loss_curve_[-5:].min()
    assert last > 0.95 * before
    longer = AutoencoderTransformer(2, tol=1e-3, **settings).fit(X)
    assert longer.n_iter_ > short.n_iter_
    assert AutoencoderTransformer(2, tol=None, **settings).fit(X).n_iter_ == 400


def test_held_out_rows_are_not_trained_on():
    whole = AutoencoderTransformer(2, max_epochs=1, batch_size=1000)
    held = AutoencoderTransformer(2, max_epochs=1, batch_size=1000, early_stopping=True)
    assert whole.fit(X).loss_curve_[0] != held.fit(X).loss_curve_[0]
    assert held.validation_curve_.shape == (1,) and whole.validation_curve_.size == 0


def test_the_share_by_which_the_loss_must_fall():
    def ends(losses, **held):
        return Stalled(0.01, 2)(len(losses), None, History(loss=losses, **held))

    assert not ends([100.0, 100.0])  # after three epochs at the earliest
    assert ends([100.0, 99.5, 99.2]) and not ends([100.0, 99.5, 98.5])
    assert ends([-100.0, -100.5, -100.9]) and not ends([-100.0, -100.5, -101.5])
    assert ends([3.0, 2.0, 1.0], validation=[1.0, 1.0, 1.0])


def test_momentum_is_that_of_gradient_descent():
    curves = [made("AutoencoderTransformer", optimizer="sgd", momentum=m).fit(X).loss_curve_
              for m in (0.0, 0.9)]  # fmt: skip
    assert not np.array_equal(*curves)


def test_a_machine_has_no_early_stopping():
    assert not {"early_stopping", "patience", "tol"} & set(RBMTransformer().get_params())


# --- seeds ----------------------------------------------------------------------------------------


@pytest.mark.one_in(12)
@every
def test_sources_of_randomness(name):
    kinds = (3, np.int64(3), np.random.RandomState(3), np.random.default_rng(3))
    fitted = [made(name, random_state=kind).fit(X) for kind in kinds]
    same_bits(fitted[0], fitted[1])
    for i, again in ((2, np.random.RandomState(3)), (3, np.random.default_rng(3))):
        same_bits(fitted[i], made(name, random_state=again).fit(X))
        assert fitted[i].seed_ != 3
    moved = made(name, random_state=kinds[2]).fit(X)  # the generator went on
    assert moved.seed_ != fitted[2].seed_
    fresh = [made(name, random_state=None).fit(X).seed_ for _ in range(2)]
    assert fresh[0] != fresh[1]
    with pytest.raises(TypeError, match="random_state must be a seed"):
        made(name, random_state="0").fit(X)
    with pytest.raises(TypeError, match="random_state must be a seed"):
        made(name, random_state=True).fit(X)
    with pytest.raises(ValueError, match="random_state as a seed must be at least 0"):
        made(name, random_state=-1).fit(X)


# --- parts of the data, and training that goes on -------------------------------------------------

SHARDS = np.array_split(X, 3)


@pytest.mark.one_in(6)
@every
def test_parts_give_the_same_bits_wherever_they_are_learned(name):
    serial = made(name)
    for shard in SHARDS:
        assert serial.partial_fit(shard) is serial
    carried = made(name)
    for shard in SHARDS:
        carried = pickle.loads(pickle.dumps(carried.partial_fit(shard)))
    same_bits(serial, carried)
    assert serial.n_iter_ == 3 and serial.n_features_in_ == 6
    other = made(name)
    for shard in SHARDS[::-1]:
        other.partial_fit(shard)
    assert other.model_.theta.tobytes() != serial.model_.theta.tobytes()


@pytest.mark.slow
def test_parts_give_the_same_bits_in_other_processes(tmp_path):
    """Each part after the first, which chooses how to compute, is learned in its own process."""
    program = textwrap.dedent("""
        import pickle, sys
        import numpy as np
        path, shard = sys.argv[1:]
        with open(path, "rb") as file:
            estimator = pickle.load(file)
        estimator.partial_fit(np.load(shard))
        with open(path, "wb") as file:
            pickle.dump(estimator, file)
        assert "sklearn" not in sys.modules
    """)
    corrupted = {"corruption": "gaussian", "noise": 0.3}
    path = tmp_path / "estimator.pickle"
    serial = made("AutoencoderTransformer", **corrupted).partial_fit(SHARDS[0])
    path.write_bytes(pickle.dumps(serial))
    for i, shard in enumerate(SHARDS[1:]):
        np.save(tmp_path / f"{i}.npy", shard)
        serial.partial_fit(shard)
        subprocess.run(
            [sys.executable, "-c", program, path, tmp_path / f"{i}.npy"], check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    same_bits(serial, pickle.loads(path.read_bytes()))


@pytest.mark.one_in(6)
@every
def test_a_warm_start_goes_on(name):
    settings = {"warm_start": True}
    if name != "RBMTransformer":
        settings["tol"] = None
    warm = made(name, **settings).fit(X)
    first = warm.model_.theta.copy()
    warm.fit(X)
    assert warm.n_iter_ == 8 and len(warm.loss_curve_) == 8
    whole = made(name, **{**settings, "warm_start": False}).set_params(max_epochs=8).fit(X)
    if name != "SemanticHashTransformer":  # its noise grows in every call
        same_bits(warm, whole)
    cold = made(name, **{**settings, "warm_start": False}).fit(X).fit(X)
    assert cold.n_iter_ == 4 and cold.model_.theta.tobytes() == first.tobytes()
    with pytest.raises(ValueError, match="n_components is 2, but the model .* built with 3"):
        warm.set_params(n_components=2).fit(X)
    with pytest.raises(ValueError, match="n_components is 2, but the model .* built with 3"):
        warm.partial_fit(X)
    warm.set_params(n_components=3, learning_rate=1e-4).partial_fit(X)
    assert warm.n_iter_ == 9


@every
def test_another_width_is_refused_where_training_goes_on(name):
    estimator = made(name).partial_fit(X)
    with pytest.raises(ValueError, match="5 features, but .* expecting 6"):
        estimator.partial_fit(X[:, :5])
    with pytest.raises(ValueError, match="5 features, but .* expecting 6"):
        estimator.set_params(warm_start=True).fit(X[:, :5])


def test_a_fit_that_fails_leaves_the_object_as_it_was():
    estimator = made("AutoencoderTransformer").fit(X)
    before, theta = dict(vars(estimator)), estimator.model_.theta.copy()
    for bad in (X[0], np.full_like(X, np.nan), "text", None, X[:0], X * 1j):
        with pytest.raises((TypeError, ValueError)):
            estimator.fit(bad)
    wrong = {
        "n_components": 0, "hidden": 3, "activation": "ReLU", "code_activation": "none",
        "output": "binary", "tied": 1, "corruption": "noise", "noise": -1.0, "penalty": "l2",
        "strength": -1.0, "sparsity": 1.0, "probes": 0, "weight_decay": -1.0, "optimizer": "lbfgs",
        "learning_rate": "fast", "momentum": 1.0, "batch_size": 0, "max_epochs": 0,
        "early_stopping": 1, "validation_fraction": 1.0, "patience": 0, "tol": -1.0,
        "warm_start": None, "random_state": 1.5, "core": "gpu", "dtype": "float16", "verbose": 2,
    }  # fmt: skip
    assert set(wrong) == set(estimator.get_params())
    other_ends = {"validation_fraction": 0.0, "sparsity": 0.0, "momentum": -0.1, "tol": np.nan}
    for name, value in [*wrong.items(), *other_ends.items()]:
        kept = getattr(estimator, name)
        with pytest.raises((TypeError, ValueError), match=name):
            estimator.set_params(**{name: value}).fit(X)
        estimator.set_params(**{name: kept})
    with pytest.raises(DivergenceError):
        estimator.set_params(optimizer="sgd", learning_rate=1e9, activation="identity").fit(X)
    estimator.set_params(optimizer="adam", learning_rate=1e-3, activation="sigmoid")
    assert vars(estimator).keys() == before.keys()
    assert all(vars(estimator)[name] is before[name] for name in before if name.endswith("_"))
    np.testing.assert_array_equal(estimator.model_.theta, theta)


def test_an_interruption_is_told(monkeypatch):
    def interrupt(self, epoch, model, history):
        if epoch == 2:
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr(Stalled, "__call__", interrupt)
    estimator = made("AutoencoderTransformer")
    with pytest.warns(UserWarning, match="interrupted after 2 epochs"):
        estimator.fit(X)
    assert estimator.n_iter_ == 2 and estimator.transform(X).shape == (90, 3)


# --- slots ----------------------------------------------------------------------------------------

ONES = (X > 0).astype(float)
SLOTS = {
    "gaussian": ({}, lambda m: isinstance(m.output, GaussianOutput) and m.corruption is None),
    "bernoulli": ({"output": "bernoulli"}, lambda m: isinstance(m.output, BernoulliOutput)),
    "variances": (
        {"output": "diagonal_gaussian"},
        lambda m: m.output.per_feature,
    ),
    "noise": (
        {"corruption": "gaussian", "noise": 0.2},
        lambda m: m.corruption == GaussianNoise(0.2),
    ),
    "masking": (
        {"corruption": "masking", "noise": 0.2},
        lambda m: m.corruption == MaskingNoise(0.2),
    ),
    "salt": (
        {"corruption": "salt_and_pepper", "noise": 0.2},
        lambda m: m.corruption == SaltAndPepperNoise(0.2, float(X.min()), float(X.max())),
    ),
    "salt of bits": (
        {"corruption": "salt_and_pepper", "noise": 0.2, "output": "bernoulli"},
        lambda m: m.corruption == SaltAndPepperNoise(0.2, 0.0, 1.0),
    ),
    "contractive": (
        {"penalty": "contractive", "strength": 0.3},
        lambda m: m.penalties == (Contractive(0.3),),
    ),
    "probes": (
        {"penalty": "contractive", "strength": 0.3, "probes": 2},
        lambda m: m.penalties == (Contractive(0.3, probes=2),),
    ),
    "reconstruction": (
        {"penalty": "reconstruction_contractive", "strength": 0.3},
        lambda m: m.penalties == (ReconstructionContractive(0.3),),
    ),
    "l1": ({"penalty": "l1", "strength": 0.3}, lambda m: m.penalties == (L1(0.3),)),
    "student": (
        {"penalty": "student_t", "strength": 0.3},
        lambda m: m.penalties == (StudentT(0.3),),
    ),
    "kl": (
        {"penalty": "kl", "strength": 0.3, "sparsity": 0.1},
        lambda m: m.penalties == (KLSparsity(0.1, 0.3),),
    ),
    "decay": ({"weight_decay": 0.1}, lambda m: m.penalties == (WeightDecay(0.1),)),
    "both": (
        {"penalty": "l1", "weight_decay": 0.1},
        lambda m: m.penalties == (L1(0.1), WeightDecay(0.1)),
    ),
    "deep": ({"hidden": (5, 4)}, lambda m: "6-5-4-3" in repr(m)),
    "a list": ({"hidden": [5]}, lambda m: "6-5-3" in repr(m)),
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("case", SLOTS)
def test_slots_by_plain_values(case):
    settings, right = SLOTS[case]
    rows = ONES if settings.get("output") == "bernoulli" else X
    estimator = made("AutoencoderTransformer", **settings).fit(rows)
    assert right(estimator.model_), estimator.model_
    plain = made("AutoencoderTransformer", output=settings.get("output", "gaussian")).fit(rows)
    if case not in ("gaussian", "bernoulli", "variances"):
        assert not np.array_equal(estimator.loss_curve_, plain.loss_curve_)


def test_slots_of_the_others():
    tied = made("AutoencoderTransformer", tied=True).fit(X).model_
    assert tied.theta.size < made("AutoencoderTransformer").fit(X).model_.theta.size
    units = made("AutoencoderTransformer", activation="relu", code_activation="identity").fit(X)
    assert (units.transform(X) < 0).any()
    classes = np.eye(6)[DATA.integers(6, size=50)]
    categorical = made("AutoencoderTransformer", output="categorical").fit(classes)
    assert isinstance(categorical.model_.output, CategoricalOutput)
    machine = RBMTransformer(2, rule="ml", output="bernoulli", max_epochs=2).fit(ONES)
    assert machine.model_.follows_gradient
    chains = RBMTransformer(2, rule="pcd", chains=7, steps=2, max_epochs=2).fit(X)
    assert chains.model_.chains.shape == (7, 6) and chains.model_.rule.steps == 2
    assert VAETransformer(beta=0.5, max_epochs=1).fit(X).model_.code.beta == 0.5
    with pytest.raises(ValueError, match='output must be "bernoulli", "categorical", "gaussian"'):
        RBMTransformer(output="diagonal_gaussian").fit(X)
    with pytest.raises(ValueError, match="sparsity_penalty"):
        PSDTransformer(sparsity_penalty=0.0).fit(X)
    bits = SemanticHashTransformer(4, hidden=(8,), threshold="median", max_epochs=2).fit(X)
    assert bits.model_.code.sigma(1.0) == 10.0 and bits.model_.code.sigma(0.0) == 0.0
    circulating = RecirculationTransformer(2, regression=0.25, regress_hidden=False, max_epochs=1)
    circulating.fit(X)
    assert circulating.model_.regression == 0.25 and not circulating.model_.regress_hidden
    share = bits.transform(X).mean(axis=0)
    assert (np.abs(share - 0.5) < 0.2).all()


def test_bits_keep_neighbours_near():
    """Two clusters: bits differ between them more than within them."""
    centres = np.repeat(np.array([[2.0, 2.0, 2.0], [-2.0, -2.0, -2.0]]), 60, axis=0)
    rows = centres + 0.1 * np.random.default_rng(1).normal(size=centres.shape)
    hashing = SemanticHashTransformer(6, hidden=(16,), max_epochs=60, batch_size=20, tol=None)
    bits = hashing.fit_transform(rows)
    within = (bits[:60] != bits[0]).mean()
    between = (bits[60:] != bits[0]).mean()
    assert within < 0.1 < 0.4 < between


# --- data that do not suit ----------------------------------------------------------------------


def test_unscaled_columns_get_a_hint():
    unscaled = X * np.array([1.0, 1.0, 5e4, 1.0, 1.0, 1.0])
    with pytest.warns(
        UserWarning, match="that of column 2 .* that of column [^2] .* standardize"
    ) as caught:
        made("AutoencoderTransformer").fit(unscaled)
    assert len([w for w in caught if "standardize" in str(w.message)]) == 1
    with pytest.warns(UserWarning, match="of the size of .* standardize"):
        made("AutoencoderTransformer").fit(1e-5 * X)
    made("AutoencoderTransformer").fit(X * np.array([1.0, 1.0, 500.0, 1.0, 1.0, 0.0]))  # no warning


def test_values_outside_of_the_output_are_refused():
    with pytest.raises(ValueError, match=r"BernoulliOutput|\[0, 1\]"):
        made("AutoencoderTransformer", output="bernoulli").fit(X)


@every
def test_sparse_tables_are_refused(name):
    sparse = pytest.importorskip("scipy.sparse")
    for make in (sparse.csr_array, sparse.csr_matrix):
        with pytest.raises(TypeError, match=r"sparse .*a dense array is needed: x.toarray\(\)"):
            made(name).fit(make(X))
        with pytest.raises(TypeError, match="sparse"):
            made(name).fit(X).transform(make(X))


@pytest.mark.slow
def test_nothing_of_scikit_learn_is_imported():
    program = textwrap.dedent("""
        import sys
        import numpy as np
        from tinyae.estimators import AutoencoderTransformer
        estimator = AutoencoderTransformer(2, max_epochs=2)
        try:
            estimator.transform(np.ones((2, 2)))
        except ValueError as error:
            assert "is not fitted: call fit(X) first" in str(error)
        estimator.set_output(transform="default").fit_transform(np.eye(5))
        estimator.get_feature_names_out()
        for library in ("sklearn", "pandas", "polars", "scipy"):
            assert library not in sys.modules, library
    """)
    subprocess.run(
        [sys.executable, "-c", program], check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


def test_a_training_that_diverges_is_as_if_it_had_not_been():
    """Not only the parameters: the next part also meets the same random numbers."""
    settings = {"activation": "identity", "optimizer": "sgd", "learning_rate": 1e-3}
    estimator = made("AutoencoderTransformer", corruption="gaussian", **settings).partial_fit(X)
    twin = pickle.loads(pickle.dumps(estimator))
    with pytest.raises(DivergenceError):
        estimator.set_params(learning_rate=1e9).partial_fit(X)
    with pytest.raises(DivergenceError):
        estimator.set_params(warm_start=True).fit(X)
    assert estimator.n_iter_ == 1
    same_bits(estimator.set_params(learning_rate=1e-3).partial_fit(X), twin.partial_fit(X))


class Short(AutoencoderTransformer):
    """An estimator of one's own with two settings, which doubles the codes."""

    def __init__(self, n_components=2, factor=2.0):
        super().__init__(n_components, max_epochs=2, warm_start=True)
        self.factor = factor

    def transform(self, X):
        """Return the codes times the factor."""
        return self.factor * super().transform(X)


class ShortPSD(PSDTransformer):
    """The other class whose settings `transform` uses."""

    def __init__(self, n_components=2):
        super().__init__(n_components, codes="inferred", max_epochs=2)


def test_a_subclass_may_have_fewer_settings(tmp_path):
    X = np.random.default_rng(0).normal(size=(30, 4))
    base = AutoencoderTransformer(2, max_epochs=2, warm_start=True).fit(X)
    mine = Short().fit(X)
    np.testing.assert_array_equal(mine.transform(X), 2.0 * base.transform(X))
    loaded = load(save(mine, tmp_path / "mine"), classes=[Short])
    np.testing.assert_array_equal(loaded.transform(X), mine.transform(X))
    np.testing.assert_array_equal(mine.fit(X).transform(X), 2.0 * base.fit(X).transform(X))
    mine.activation = "tanh"  # set by its constructor, and still a setting of the model
    with pytest.raises(ValueError, match="activation is 'tanh', but the model"):
        mine.partial_fit(X)
    given = PSDTransformer(2, codes="inferred", max_epochs=2).fit_transform(X)
    np.testing.assert_array_equal(ShortPSD().fit_transform(X), given)


def test_warnings_name_the_line_of_the_caller():
    class Frame(np.ndarray):
        """An array with names of columns, as data frames have them."""

        columns, dtypes = list("abcd"), None

    X = np.random.default_rng(0).normal(size=(30, 4))
    model = AutoencoderTransformer(2, max_epochs=1).fit(X)
    named, unscaled = X.view(Frame), X * [1.0, 1.0, 1.0, 1e5]
    for call in (
        lambda: model.transform(named),
        lambda: model.score(named),
        lambda: model.partial_fit(named),
        lambda: AutoencoderTransformer(2, max_epochs=1).fit(unscaled),
        lambda: AutoencoderTransformer(2, max_epochs=1).partial_fit(unscaled),
        lambda: AutoencoderTransformer(2, max_epochs=1).fit_transform(unscaled),
    ):
        with pytest.warns(UserWarning, match="feature names|standard deviations") as said:
            call()
        assert {it.filename for it in said} == {__file__}


@pytest.mark.parametrize("output", ["gaussian", "bernoulli", "categorical", "diagonal_gaussian"])
def test_a_hash_begins_with_the_base_rates_of_its_output(output):
    """Where they are defined: an output with a learned variance ends in a layer without biases."""
    rows = np.eye(6)[DATA.integers(6, size=30)]
    coder = SemanticHashTransformer(4, output=output, max_epochs=1).fit(rows)
    assert set(np.unique(coder.transform(rows))) <= {0.0, 1.0}
    last = list(leaves(coder._build(rows, 0).decoder))[-1]
    rates = base_rates(output_of(output), rows)
    assert ("b" in last.params) is (rates is not None) is (output != "diagonal_gaussian")
    if rates is not None:
        np.testing.assert_array_equal(last.params["b"], rates)
