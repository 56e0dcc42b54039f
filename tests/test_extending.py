"""What a new unit, penalty, output, corruption or embedding needs: one short file.

Each is written as its own module here, imported, trained with, checked, and refused by its name
where the vectorized core or a file does not know it.
"""

import importlib.util
import sys

import numpy as np
import pytest

from tests.test_house import code_lines
from tinyae import Adam, Autoencoder, fit, gradcheck, load, save
from tinyae.files.attributes import ATTRIBUTES, LAYER
from tinyae.nn import Trainable
from tinyae.persistence.classes import KNOWN

UNIT = '''
"""The arc tangent: y = arctan(a), between −π/2 and π/2."""

import numpy as np

from tinyae.nn import Elementwise


class Arctan(Elementwise):
    """f(a) = arctan(a)."""

    formula = "arctan(a)"
    reach = (-np.pi / 2, np.pi / 2)

    def f(self, a):
        """Return arctan(a)."""
        return np.arctan(a)

    def df(self, a, y):
        """f′ = 1 / (1 + a²)."""
        return 1.0 / (1.0 + a * a)

    def d2f(self, a, y):
        """f″ = −2a / (1 + a²)²."""
        return -2.0 * a / (1.0 + a * a) ** 2
'''

PENALTY = '''
"""A Gaussian prior on the code."""

from dataclasses import dataclass
from typing import ClassVar

from tinyae.criterion import Penalty


@dataclass(frozen=True)
class Ridge(Penalty):
    """Ω(h) = λ Σ h², the mean over the examples; gh = 2λ h / n."""

    lam: float
    formula: ClassVar[str] = "Σ_i h_i²"

    def add(self, p):
        """Return λ Σ h² / n and add its gradient."""
        p.gh += 2.0 * self.lam / len(p.h) * p.h
        return self.lam / len(p.h) * (p.h * p.h).sum()
'''

OUTPUT = '''
"""Real-valued x with heavier tails than a Gaussian's."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinyae.criterion import Output
from tinyae.nn import Identity, Layer


@dataclass(frozen=True)
class LaplaceOutput(Output):
    """p(x | h) = Π ½ exp(−|x − a|); |e| is written s e with s = sign e."""

    formula: ClassVar[str] = "‖x − r‖₁"
    mean: ClassVar[Layer] = Identity()

    def cost(self, x, a):
        """Return Σ |x − a| of each example."""
        e = x - a
        return (np.sign(e.real) * e).sum(axis=1)

    def gradient(self, x, a):
        """∂cost/∂a = −sign(x − a)."""
        return -np.sign((x - a).real)

    def sample(self, a, rng):
        """Draw x."""
        return rng.laplace(a)
'''

CORRUPTION = '''
"""Noise in proportion to what it spoils."""

from dataclasses import dataclass

from tinyae.criterion import Corruption


@dataclass(frozen=True)
class SpeckleNoise(Corruption):
    """x̃ = x (1 + σ ε) with ε ~ N(0, I)."""

    sigma: float

    def corrupt(self, x, rng, *, progress=1.0):
        """Draw x̃."""
        return x * (1.0 + self.sigma * rng.standard_normal(x.shape, x.dtype))
'''

EMBEDDING = '''
"""Coordinates along random directions."""

import numpy as np

from tinyae.checks.estimator import Transformer


class RandomProjection(Transformer):
    """z = (x − mean) R with Gaussian R: distances are kept on average."""

    def __init__(self, n_components=2, *, rng=0):
        self.n_components, self.rng = n_components, rng

    def fit(self, X, y=None):
        """Draw R for X (n, d)."""
        draw = np.random.default_rng(self.rng).standard_normal
        self.mean_ = X.mean(axis=0)
        self.components_ = draw((X.shape[1], self.n_components)) / self.n_components**0.5
        return self

    def transform(self, X):
        """Return z, of shape (n, n_components)."""
        self.check_fitted()
        return (X - self.mean_) @ self.components_
'''

# Of each kind: its text, its name, an object, and the slot of an autoencoder.
SLOTS = {
    "unit": (UNIT, "Arctan", lambda cls: cls(), "activation"),
    "penalty": (PENALTY, "Ridge", lambda cls: cls(0.1), "penalties"),
    "output": (OUTPUT, "LaplaceOutput", lambda cls: cls(), "output"),
    "corruption": (CORRUPTION, "SpeckleNoise", lambda cls: cls(0.2), "corruption"),
}
X = np.random.default_rng(0).normal(size=(60, 5))


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """A function that writes a text into a file and returns the class of this name in it."""

    def found(text, name):
        path = tmp_path / f"{name.lower()}.py"
        path.write_text(text.lstrip(), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, path.stem, module)  # where dataclasses look for it
        spec.loader.exec_module(module)
        return getattr(module, name)

    return found


def build(slot, it, **others):
    """A small autoencoder with it."""
    return Autoencoder.dense((5, 3), **{slot: it}, **others)


@pytest.mark.one_in(6)
@pytest.mark.parametrize("kind", SLOTS)
def test_one_file_is_all_it_needs(kind, imported, measured, tmp_path):
    text, name, make, slot = SLOTS[kind]
    cls = imported(text, name)
    it = make(cls)
    for others in ({}, {"tied": True}):
        model = build(slot, it, **others)
        report = gradcheck(model, X[:7])
        assert report.method == "complex step" and report.max_relative_error < 1e-12
    history = fit(model, X, epochs=60, batch_size=20, validation=X)
    assert history.validation[-1] < 0.95 * history.validation[0]
    assert getattr(it, "formula", repr(it)).split("(")[0] in repr(model)
    assert model.describe(X) and model.copy().loss(X) == model.loss(X)

    with pytest.raises(ValueError, match=f"the vectorized core does not support.*{name}"):
        fit(model, X, core="vectorized")
    assert name in fit(model, X, epochs=1, core="auto").core
    path = save(model, tmp_path / "model")
    with pytest.raises(ValueError, match=rf"it needs the class {name}, .*classes=\[{name}\]"):
        load(path)
    again = load(path, classes=[cls])
    np.testing.assert_array_equal(again.theta, model.theta)
    assert repr(again) == repr(model) and again.loss(X, rng=3) == model.loss(X, rng=3)
    measured(f"a new {kind}: {code_lines(text)} lines of code, {text.strip().count(chr(10)) + 1} "
             "lines with its docstrings; no other file")  # fmt: skip


@pytest.mark.parametrize("kind", SLOTS)
def test_a_class_that_its_package_offers_is_loaded_without_being_given(
    kind, imported, monkeypatch, tmp_path
):
    text, name, make, slot = SLOTS[kind]
    cls = imported(text, name)
    monkeypatch.setitem(KNOWN, name, cls)
    if kind == "unit":  # it is a layer; the others are dataclasses
        monkeypatch.setitem(ATTRIBUTES, name, LAYER)
    model = build(slot, make(cls))
    fit(model, X, epochs=2)
    again = load(save(model, tmp_path / "model"))
    np.testing.assert_array_equal(again.theta, model.theta)
    assert repr(again) == repr(model) and again.loss(X, rng=3) == model.loss(X, rng=3)


def test_all_four_together(imported):
    found = {slot: make(imported(text, name)) for text, name, make, slot in SLOTS.values()}
    model = Autoencoder.dense((5, 4, 3), **found)
    assert gradcheck(model, X[:7]).max_relative_error < 1e-12


def test_an_embedding(imported, measured, tmp_path):
    cls = imported(EMBEDDING, "RandomProjection")
    embedding = cls(3)
    assert repr(embedding) == "RandomProjection(n_components=3, rng=0)"
    with pytest.raises(ValueError, match=r"not fitted: call fit\(X\) first"):
        embedding.transform(X)
    Z = embedding.fit_transform(X)
    assert Z.shape == (60, 3) and repr(embedding).endswith("(fitted)")
    assert embedding.get_params() == {"n_components": 3, "rng": 0}
    again = load(save(embedding, tmp_path / "embedding"), classes=[cls])
    np.testing.assert_array_equal(again.transform(X), Z)
    with pytest.raises(TypeError, match="derived from tinyae.nn.Trainable; got RandomProjection"):
        fit(embedding, X)
    measured(f"a new embedding: {code_lines(EMBEDDING)} lines of code, "
             f"{EMBEDDING.strip().count(chr(10)) + 1} lines with its docstrings")  # fmt: skip


def test_a_model(tmp_path):
    """One that has no layers: theta, grad and an objective."""

    class Median(Trainable):
        def __init__(self, d):
            self.theta, self.grad = np.zeros(d), np.zeros(d)

        def objective(self, x, *, rng):
            s = np.sign((self.theta - x).real)
            self.grad += s.mean(axis=0)
            return (s * (self.theta - x)).sum() / len(x)

    model = Median(5)
    fit(model, X, optimizer=Adam(0.01), epochs=200)
    assert np.abs(model.theta - np.median(X, axis=0)).max() < 0.05
    assert gradcheck(model, X[:7]).max_relative_error < 1e-12
    with pytest.raises(ValueError, match="does not support models of class Median"):
        fit(model, X, core="vectorized")
    again = load(save(model, tmp_path / "median"), classes=[Median])
    np.testing.assert_array_equal(again.theta, model.theta)
    assert again.loss(X) == model.loss(X)
