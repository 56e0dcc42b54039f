"""Semantic hashing: codes that are similar for similar rows, in memory and in files."""

import warnings

import numpy as np
import pytest

from tinyae import NoisySigmoidCode
from tinyae.applications.scaling import KINDS
from tinyae.applications.semantic_hash import SemanticHash
from tinyae.training import WarmUp


def clusters(n=300, d=12, k=6, seed=0):
    """Rows (n, d) around k centres, and the centre of each row."""
    rng = np.random.default_rng(seed)
    y = rng.integers(k, size=n)
    return 3 * rng.normal(size=(k, d))[y] + 0.5 * rng.normal(size=(n, d)), y


X, Y = clusters()
SMALL = {"hidden": (32,), "epochs": 40, "batch_size": 30, "learning_rate": 1e-2}


@pytest.fixture(scope="module")
def coder():
    return SemanticHash(16, **SMALL).fit(X)


def differing(codes):
    """Mean number of bits that differ: between rows of one cluster, and of two."""
    distances = (codes[:, None] != codes).sum(axis=2)
    same = Y[:, None] == Y
    return distances[same & ~np.eye(len(Y), dtype=bool)].mean(), distances[~same].mean()


def test_codes_differ_less_within_a_cluster(coder):
    codes = coder.transform(X)
    assert codes.shape == (300, 16) and codes.dtype == bool
    inside, between = differing(codes)
    assert inside < 1.0 and between > 4.0
    inside, between = differing(np.random.default_rng(0).permutation(codes))
    assert abs(inside - between) < 0.5, "codes of other rows say nothing"


def test_the_noise_makes_the_code_units_binary(coder):
    def distance_from_half(coder):
        model, scaling = coder.encoder_.model, coder.encoder_.scaling
        return np.abs(model.encode(scaling.apply(X)) - 0.5).mean()

    assert distance_from_half(coder) > 0.4
    assert distance_from_half(SemanticHash(16, **SMALL, sigma=0.0).fit(X)) < 0.35


@pytest.mark.slow
def test_the_same_seed_gives_the_same_codes(coder):
    again = SemanticHash(16, **SMALL).fit(X)
    assert np.array_equal(again.transform(X), coder.transform(X))
    other = SemanticHash(16, **SMALL, rng=1).fit(X)
    assert not np.array_equal(other.transform(X), coder.transform(X))


def test_what_is_trained(monkeypatch):
    """Noise that grows to sigma, biases that start at the mean, the seed for all randomness."""
    asked = {}

    def no_steps(model, x, **settings):
        asked.update(settings, model=model, x=x)

    monkeypatch.setattr("tinyae.applications.semantic_hash.fit", no_steps)
    x = (X > 1).astype(float)
    model = SemanticHash(4, sigma=3.0, rng=5, epochs=7, batch_size=9).fit(x).encoder_.model
    assert model is asked["model"] and np.array_equal(asked["x"], x)
    assert model.code == NoisySigmoidCode(WarmUp(3.0, until=1.0))
    p = x.mean(axis=0)
    assert np.allclose(model.decoder.layers[-1].params["b"], np.log(p / (1 - p)), rtol=1e-5)
    assert (asked["rng"], asked["epochs"], asked["batch_size"]) == (5, 7, 9)
    assert asked["core"] == "auto" and model.theta.dtype == np.float32


def test_rows_are_encoded_one_by_one_as_all_together(coder, monkeypatch):
    codes = coder.transform(X)
    monkeypatch.setattr("tinyae.applications.scaling.BLOCK", 7)
    assert np.array_equal(coder.transform(X), codes)
    assert np.array_equal(coder.transform(X[5:6]), codes[5:6])


@pytest.mark.slow
@pytest.mark.parametrize("threshold", ["auto", "median"])
def test_a_row_that_occurs_often_has_one_code(threshold):
    """Most rows are zeros, so the median of a unit is the value of many rows alike."""
    rng = np.random.default_rng(0)
    x = (rng.random((1001, 30)) < 0.02) * rng.poisson(2, (1001, 30))
    coder = SemanticHash(32, hidden=(64,), epochs=10, kind="counts", threshold=threshold).fit(x)
    codes = coder.transform(x)
    assert len(np.unique(codes[x.sum(axis=1) == 0], axis=0)) == 1
    assert np.array_equal(np.concatenate([coder.transform(row[None]) for row in x]), codes)
    sevens = [coder.transform(x[start : start + 7]) for start in range(0, len(x), 7)]
    assert np.array_equal(np.concatenate(sevens), codes)


def test_a_bit_is_on_above_its_threshold():
    x, _ = clusters(200)
    for rule in ("half", "median"):
        coder = SemanticHash(5, **{**SMALL, "epochs": 2}, threshold=rule).fit(x)
        encoder = coder.encoder_
        h = encoder.model.encode(encoder.scaling.apply(x))
        wanted = 0.5 if rule == "half" else np.median(h, axis=0)
        assert np.array_equal(coder.transform(x), h > wanted)
    assert (coder.transform(x).mean(axis=0) == 0.5).all()


@pytest.mark.slow
def test_few_rows_are_trained_on_more_often():
    """The default number of epochs: 20, and at least 2000 steps."""
    x = np.random.default_rng(0).random((250, 2))
    coder = SemanticHash(2, hidden=()).fit(x)
    assert len(coder.history_.loss) == 667  # 3 steps each
    assert len(SemanticHash(2, hidden=(), batch_size=1).fit(x).history_.loss) == 20
    assert len(SemanticHash(2, hidden=(), epochs=3).fit(x).history_.loss) == 3


@pytest.mark.one_in(4)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hidden", [(), (8,), [8, 4]])
def test_every_kind_of_data_and_every_depth(kind, hidden):
    x = np.abs(np.round(X)) if kind in ("counts", "bytes") else X
    x = (X > 0).astype(np.float32) if kind == "unit" else x
    coder = SemanticHash(7, hidden=hidden, epochs=2, kind=kind).fit(x)
    assert coder.encoder_.scaling.kind == kind
    assert coder.encoder_.model.output == coder.encoder_.scaling.output
    assert coder.transform(x).shape == (300, 7)


def test_the_widths_of_a_mirror_are_no_mistake():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SemanticHash(12, hidden=(20,), epochs=1).fit(X)


def test_more_than_64_bits(tmp_path):
    coder = SemanticHash(70, hidden=(8,), epochs=1).fit(X)
    codes = coder.transform(X)
    assert codes.shape == (300, 70)
    assert np.array_equal(SemanticHash.load(coder.save(tmp_path / "x")).transform(X), codes)


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"n_bits": 0}, ValueError, "n_bits must be at least 1"),
        ({"n_bits": 2.5}, TypeError, "n_bits must be a whole number"),
        ({"hidden": 256}, TypeError, "hidden must be widths such as"),
        ({"hidden": "256"}, TypeError, "hidden must be widths such as"),
        ({"hidden": (0,)}, ValueError, "a width in hidden must be at least 1"),
        ({"kind": "text"}, ValueError, "kind must be one of"),
        ({"sigma": -1.0}, ValueError, "sigma must be"),
        ({"threshold": 0.5}, ValueError, "threshold must be one of auto, half, median"),
        ({"batch_size": 0}, ValueError, "batch_size must be"),
        ({"epochs": -1}, ValueError, "epochs must be at least 1"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1"),
        ({"learning_rate": "fast"}, TypeError, "must be a number"),
        ({"learning_rate": 2.0}, ValueError, "learning_rate must be a finite number in"),
        ({"threshold": np.ones(2)}, ValueError, "threshold must be one of"),
        ({"hidden": 0}, TypeError, "hidden must be widths"),
        ({"rng": None}, TypeError, "rng must be a seed"),
    ],
)
def test_a_wrong_setting_is_named_by_fit(settings, error, said):
    coder = SemanticHash(**{"epochs": 1, **settings})
    with pytest.raises(error, match=said):
        coder.fit(X)
    assert not hasattr(coder, "encoder_")


def test_the_convention_of_estimators(coder, tmp_path):
    assert SemanticHash(8).get_params()["n_bits"] == 8
    with pytest.raises(ValueError, match="is not fitted"):
        SemanticHash().transform(X)
    with pytest.raises(ValueError, match="is not fitted"):
        SemanticHash().save(tmp_path / "x.npz")
    with pytest.raises(ValueError, match="two axes"):
        coder.transform(X[0])
    with pytest.raises(ValueError, match="is empty"):
        coder.transform(X[:0])
    with pytest.raises(ValueError, match="two axes"):
        coder.transform(3.0)
    assert "(fitted)" in repr(coder) and "array" not in repr(coder)
    assert "array(" not in repr(coder.encoder_) and len(repr(coder.encoder_)) < 1000
    before = X.copy()
    coder.transform(X)
    assert np.array_equal(X, before)
