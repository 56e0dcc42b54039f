"""Layers, units, settings, models and estimators of one's own: saved by name, loaded if given."""

import copy
import io
from dataclasses import InitVar, dataclass, field
from functools import cached_property

import numpy as np
import pytest

from tests.damaged_files import content
from tinyae import Autoencoder, Chain, Elementwise, Linear, Sigmoid, Tanh, fit, load, save, stack
from tinyae.checks.estimator import Transformer
from tinyae.criterion import Corruption, Penalty
from tinyae.estimators import AutoencoderTransformer
from tinyae.models import RecurrentDenoiser
from tinyae.nn import Layer, Model, Trainable
from tinyae.persistence.classes import KNOWN
from tinyae.training import Cosine

X = np.random.default_rng(0).normal(size=(20, 5))


class Leaky(Elementwise):
    """A unit with a setting."""

    def __init__(self, slope=0.1):
        super().__init__()
        self.slope = slope

    def f(self, a):
        return np.where(a.real > 0, a, self.slope * a)

    def df(self, a, y):
        return np.where(a.real > 0, 1.0, self.slope)

    def d2f(self, a, y):
        return np.zeros_like(a)


class Scaled(Linear):
    """A layer with parameters, and another forward pass."""

    factor = 1.0

    def forward(self, x):
        y, cache = super().forward(x)
        return self.factor * y, cache


class Doubled(Chain):
    """A chain that computes something else than a chain."""

    def forward(self, x):
        y, cache = super().forward(x)
        return 2.0 * y, cache


@dataclass(frozen=True)
class Ridge(Penalty):
    """A penalty with two settings, of which one is checked."""

    lam: float
    powers: tuple[int, ...] = (2,)

    def __post_init__(self):
        if self.lam < 0:
            raise ValueError(f"lam must be at least 0, got {self.lam}")

    def add(self, p):
        p.gh += self.lam * p.h / len(p.x)
        return 0.5 * self.lam * (p.h**2).sum() / len(p.x)


@dataclass
class Counting(Penalty):
    """A penalty that keeps more than its constructor takes."""

    lam: float
    power: InitVar[int] = 2
    calls: int = field(default=0, init=False)

    def __post_init__(self, power):
        self.halved = self.lam / power

    def add(self, p):
        self.calls += 1
        return 0.0


class Slotted:
    """Keeps something that is no attribute in its dict."""

    __slots__ = ("held",)


class Half(Slotted):
    """Keeps something in both."""


class Speckle(Corruption):
    """A corruption that is no dataclass and keeps arrays and a schedule."""

    def __init__(self, scale, factor):
        self.scale, self.factor = np.asarray(scale), factor

    def corrupt(self, x, rng, *, progress=1.0):
        noise = rng.standard_normal(x.shape).astype(x.dtype)
        return x + self.scale * self.factor(progress) * noise


class Twice(Autoencoder):
    """A model with another loss."""

    def objective(self, *rows, rng):
        loss = super().objective(*rows, rng=rng)
        self.grad *= 2.0
        return 2.0 * loss


class Median(Trainable):
    """A model without layers, whose parameters are views of theta."""

    def __init__(self, d):
        self.theta, self.grad = np.arange(1.0, d + 1), np.zeros(d)
        self.count = 0

    def objective(self, x, *, rng):
        self.count += 1
        self.grad += np.sign(self.theta - x).mean(axis=0)
        return np.abs(self.theta - x).sum() / len(x)


class Pair(Model):
    """A model of layers, with a model inside."""

    def __init__(self, net, inner):
        super().__init__({"net": net})
        self.inner = inner

    def objective(self, x, *, rng):
        y, cache = self.parts["net"].forward(x)
        self.parts["net"].backward(y / len(x), cache)
        return 0.5 * (y**2).sum() / len(x)


class AutoencoderCodes(Transformer):
    """An estimator that holds a model, and all that such estimators learn."""

    def __init__(self, n_components=2, *, activation=Tanh, hidden=(4,), dtype=np.float32,
                 rng=0, schedule=None, unit=None):  # fmt: skip
        self.n_components = n_components
        self.activation = activation
        self.hidden = hidden
        self.dtype = dtype
        self.rng = rng
        self.schedule = schedule
        self.unit = unit

    def fit(self, X, y=None):
        self.model_ = Autoencoder.dense(
            (X.shape[1], *self.hidden, self.n_components), activation=self.activation,
            dtype=self.dtype)  # fmt: skip
        self.history_ = fit(self.model_, X, epochs=2, rng=3)
        self.n_features_in_ = X.shape[1]
        self.names_ = np.array([f"täglich {i}" for i in range(X.shape[1])], object)
        self.classes_ = np.array(["a", "bcd"])
        self.loss_ = np.float32(self.history_.loss[-1])
        self.best_loss_ = np.inf
        self.parts_ = {"first": [X[:2], {1: None}], "levels": (np.int64(3), True, "text")}
        self.mean_ = X.mean(axis=0)
        self.again_ = self.model_
        self.views_ = self.mean_[1:3]
        self.columns_ = np.asfortranarray(X[:3])
        self.none_ = np.empty((0, 3), np.int8)
        return self

    def transform(self, X):
        self.check_fitted()
        return self.model_.encode(X)


def dense(**slots):
    model = Autoencoder.dense((5, 3), **slots)
    fit(model, X, epochs=2)
    return model


def made_of_own_layers():
    first = Scaled(5, 3, rng=1)
    first.factor = 0.5
    return Autoencoder(Chain(first, Leaky(0.3)), Doubled(Linear(3, 5, rng=2)))


MODELS = {
    "a unit": (lambda: dense(activation=Leaky(0.3)), [Leaky]),
    "a layer and a chain": (made_of_own_layers, [Scaled, Leaky, Doubled]),
    "a penalty": (lambda: dense(penalties=Ridge(0.1, (2, 3))), [Ridge]),
    "a corruption": (lambda: dense(corruption=Speckle(np.ones(5), Cosine(0.3))), [Speckle]),
    "a model": (lambda: Twice.dense((5, 3)), [Twice]),
    "a model of one vector": (lambda: Median(5), [Median]),
    "a model in a model": (lambda: Pair(Linear(5, 5, rng=1), Median(2)), [Pair, Median]),
    "a chain of units": (lambda: stack([dense(activation=Leaky(0.2))], X, epochs=1), [Leaky]),
    "a step": (lambda: RecurrentDenoiser(Chain(Linear(10, 5, rng=1), Leaky())), [Leaky]),
    "an estimator": (lambda: AutoencoderCodes().fit(X), [AutoencoderCodes]),
    "an estimator, new": (
        lambda: AutoencoderCodes(activation=Leaky, schedule=Cosine(0.1), unit=Leaky(0.4),
                                 rng=np.random.default_rng(3), dtype=np.dtype("f8")),
        [AutoencoderCodes, Leaky]),
}  # fmt: skip


@pytest.fixture(params=MODELS)
def own(request):
    make, classes = MODELS[request.param]
    return make(), classes


def test_the_same_back_if_the_classes_are_given(own, tmp_path):
    model, classes = own
    path = save(model, tmp_path / "m")
    twin = load(path, classes=[*classes, Speckle])
    assert type(twin) is type(model) and content(twin) == content(model)
    if isinstance(model, Trainable):
        assert twin.loss_and_grad(X[:7, :len(model.theta)], rng=3) == model.loss_and_grad(
            X[:7, :len(model.theta)], rng=3)  # fmt: skip
        np.testing.assert_array_equal(twin.grad, model.grad)
        model.training = None
        for it in (model, twin):
            fit(it, X, epochs=1, rng=4)
        np.testing.assert_array_equal(twin.theta, model.theta)
        copied = copy.deepcopy(twin)
        np.testing.assert_array_equal(copied.theta, twin.theta)
    elif hasattr(model, "forward"):
        np.testing.assert_array_equal(twin.forward(X)[0], model.forward(X)[0])


def test_a_class_that_is_not_given_is_named(own, tmp_path):
    model, classes = own
    path = save(model, tmp_path / "m")
    for missing in classes:
        given = [cls for cls in classes if cls is not missing]
        name = missing.__name__
        message = rf"m.npz cannot be loaded: it needs the class {name}, .*classes=\[{name}\]"
        with pytest.raises(ValueError, match=message):
            load(path, classes=given)


def test_all_that_an_estimator_learns(tmp_path):
    model = AutoencoderCodes().fit(X)
    twin = load(save(model, tmp_path / "m"), classes={AutoencoderCodes})
    np.testing.assert_array_equal(twin.transform(X), model.transform(X))
    assert repr(twin) == repr(model) and twin.get_params() == model.get_params()
    assert twin.again_ is twin.model_ and twin.views_.base is twin.mean_
    assert twin.names_.dtype == object and twin.classes_.dtype == "U3"
    assert twin.activation is Tanh and twin.dtype is np.float32
    assert type(twin.parts_["levels"][0]) is np.int64 and twin.parts_["first"][1] == {1: None}
    twin.fit(X)
    np.testing.assert_array_equal(twin.transform(X), model.transform(X))
    new = AutoencoderCodes(rng=np.random.default_rng(3))
    twin = load(save(new, tmp_path / "n"), classes=[AutoencoderCodes])
    assert twin.rng.random() == new.rng.random()


def test_arrays_that_share_memory_in_other_ways(tmp_path):
    """Overlapping, of another dtype, of another step: each with its own numbers."""
    numbers = np.arange(1.0, 11.0)
    model = AutoencoderCodes()
    model.first_, model.second_ = numbers[:6], numbers[4:]
    model.bits_ = numbers[:3].view(np.int64)
    model.steps_, model.back_ = numbers[::2], numbers[::-1]
    model.table_ = numbers[:6].reshape(2, 3)
    model.turned_ = model.table_.T
    model.held_ = {"a_b": np.zeros(3), "a": {"b": np.ones(3)}}  # whose names in a file are alike
    model.header, model.digest = np.ones(1), np.zeros(1)  # names of entries of every file
    twin = load(save(model, tmp_path / "m"), classes=[AutoencoderCodes])
    assert content(twin) == content(model)
    assert np.shares_memory(twin.turned_, twin.first_)
    assert not np.shares_memory(twin.bits_, twin.first_)


@pytest.mark.parametrize("kind", ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_generators_go_on_where_they_were(kind, tmp_path):
    model = AutoencoderCodes(rng=np.random.Generator(getattr(np.random, kind)(5)))
    model.rng.integers(0, 9, 3)
    twin = load(save(model, tmp_path / "m"), classes=[AutoencoderCodes])
    assert twin.rng.normal(size=9).tobytes() == model.rng.normal(size=9).tobytes()
    bits = getattr(np.random, kind)(6)
    model = AutoencoderCodes(rng=np.random.RandomState(bits))  # as scikit-learn's programs have
    model.rng.normal(size=3)  # one more is kept for the next call
    twin = load(save(model, tmp_path / "m"), classes=[AutoencoderCodes])
    assert type(twin.rng) is np.random.RandomState
    assert twin.rng.normal(size=9).tobytes() == model.rng.normal(size=9).tobytes()


def test_a_class_of_the_same_name_is_not_taken_for_tinyae_s(tmp_path):
    class Impostor(Sigmoid):
        """A unit that is called like another one."""

        def f(self, a):
            return np.zeros_like(a)

    Impostor.__name__ = "Sigmoid"
    model = Autoencoder.dense((5, 3), activation=Impostor())
    path = save(model, tmp_path / "m")
    with pytest.raises(ValueError, match="it needs the class Sigmoid, which is not one of tinyae"):
        load(path)
    twin = load(path, classes=[Impostor])
    assert type(twin.encoder.layers[1]) is Impostor and not twin.encode(X).any()
    ours = load(save(Autoencoder.dense((5, 3)), tmp_path / "o"), classes=[Impostor])
    assert type(ours.encoder.layers[1]) is Sigmoid


def test_what_classes_takes(tmp_path):
    path = save(dense(activation=Leaky()), tmp_path / "m")
    other = type("Leaky", (Elementwise,), {})
    for wrong, error, message in (
        (Leaky, TypeError, r"classes must be a list of classes such as \[MyUnit\], got <class"),
        ([Leaky()], TypeError, "classes must hold classes such as MyUnit, got Leaky"),
        ("Leaky", TypeError, "classes must hold classes"),
        (None, TypeError, "classes must be a list"),
        ([Leaky, other], ValueError, "two of the classes have the name Leaky"),
    ):
        with pytest.raises(error, match=message):
            load(path, classes=wrong)
    load(path, classes=(Leaky, Leaky))


def test_settings_are_checked_by_their_constructor(tmp_path):
    penalty = Ridge(0.1)
    object.__setattr__(penalty, "lam", -1.0)
    path = save(Autoencoder.dense((5, 3), penalties=penalty), tmp_path / "m")
    with pytest.raises(ValueError, match="m.npz does not describe a model: .*lam must be at least"):
        load(path, classes=[Ridge])


def test_a_dataclass_comes_back_with_all_it_keeps(tmp_path):
    model = Autoencoder.dense((5, 3), penalties=Counting(1.0, 8))
    model.loss(X)
    assert vars(model.penalties[0]) == {"lam": 1.0, "calls": 1, "halved": 0.125}
    twin = load(save(model, tmp_path / "m"), classes=[Counting])
    assert vars(twin.penalties[0]) == vars(model.penalties[0])


def test_two_classes_of_one_name_are_not_saved_together(tmp_path):
    other = type("Leaky", (Leaky,), {"f": lambda self, a: a})
    model = Autoencoder.dense((5, 4, 3), activation=Leaky(), code_activation=other())
    with pytest.raises(TypeError, match="two classes with the name Leaky"):
        save(model, tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_what_is_not_made_of_attributes_is_refused(tmp_path):
    class Cached(Median):
        """Holds things that no file can hold."""

        @cached_property
        def squares(self):
            return self.theta**2

    cases = {
        "a stream": io.BytesIO(),
        "a set": {1, 2},
        "bytes": b"abc",
        "a path": tmp_path,
        "a range": range(3),
        "an array with a mask": np.ma.masked_array([1.0], [True]),
        "records": np.zeros(2, "f8,i4"),
        "a complex number": 1j,
        "complex numbers": np.ones(2, complex),
        "long": np.longdouble(1),
        "dates": np.array(["2020-01-01"], "M8[D]"),
        "objects": np.array([{}, None]),
        "wide texts": np.array(["a" * 5000] * 5000),
        "a function": len,
        "a method": X.sum,
        "a ufunc": np.exp,
        "a module": np,
        "a key": {(1, 2): 3},
        "an exception": ValueError("a"),
        "slots": Half(),
    }
    for name, value in cases.items():
        model = Cached(5)
        model.held = {"here": [value]}
        with pytest.raises(TypeError, match=r"save cannot write held(\.here\.0)?\b"):
            save(model, tmp_path / "m")
            pytest.fail(name)
    assert not list(tmp_path.iterdir())
    model = Cached(5)
    model.squares  # noqa: B018
    twin = load(save(model, tmp_path / "m"), classes=[Cached])
    np.testing.assert_array_equal(twin.squares, model.squares)


def test_a_class_that_a_package_offers_needs_no_more_than_that(tmp_path, monkeypatch):
    model = AutoencoderCodes().fit(X)
    monkeypatch.setitem(KNOWN, "AutoencoderCodes", AutoencoderCodes)
    path = save(model, tmp_path / "m")
    np.testing.assert_array_equal(load(path).transform(X), model.transform(X))
    monkeypatch.delitem(KNOWN, "AutoencoderCodes")
    with pytest.raises(ValueError, match="this version of tinyae has no such class"):
        load(path, classes=[AutoencoderCodes])


def test_layers_alone(tmp_path):
    layer = Scaled(3, 2, rng=1)
    twin = load(save(layer, tmp_path / "m"), classes=[Scaled])
    np.testing.assert_array_equal(twin.forward(X[:, :3])[0], layer.forward(X[:, :3])[0])
    assert isinstance(twin, Layer) and not twin.grads["W"].any()


def test_what_load_would_refuse_is_not_saved(tmp_path):
    layered, fitted = Autoencoder.dense((5, 3)), AutoencoderTransformer(2, max_epochs=1).fit(X)
    path = save(layered, tmp_path / "m.npz")
    before = path.read_bytes()
    layered.decoder.layers[0].note = fitted.note = "of Monday"
    for name, model in (("decoder.layers.0", layered), ("this object", fitted)):
        with pytest.raises(TypeError, match=f"cannot write (parts.)?{name}: .*the unknown note"):
            save(model, path)
    assert path.read_bytes() == before
    del layered.decoder.layers[0].note, fitted.note
    load(save(layered, path)), load(save(fitted, path))


def test_an_attribute_in_the_place_of_a_method_is_not_set(tmp_path):
    """A file could else make a model do something else than its class says."""
    model = AutoencoderCodes().fit(X)
    model.transform = 3.0
    path = save(model, tmp_path / "m")
    with pytest.raises(ValueError, match="AutoencoderCodes.transform is not an attribute that var"):
        load(path, classes=[AutoencoderCodes])


def test_a_text_of_numpy_becomes_one_of_python(tmp_path):
    model = AutoencoderCodes(rng=0).fit(X)
    model.held_ = np.array(["a", "b"])[1]
    assert type(model.held_) is np.str_
    held = load(save(model, tmp_path / "m"), classes=[AutoencoderCodes]).held_
    assert held == "b" and type(held) is str


def test_a_generator_of_another_kind_is_refused(tmp_path):
    class Bits(np.random.PCG64):
        """Bits of one's own."""

    Bits.state = property(lambda self: {"bit_generator": "Bits"})
    with pytest.raises(TypeError, match="a generator of kind Bits, whose state a file cannot hold"):
        save(AutoencoderCodes(rng=np.random.Generator(Bits(0))), tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_gradients_of_other_names_than_the_parameters_are_kept(tmp_path):
    """Gradients that belong to parameters are zeros in a file; others are what they are."""
    layer = Scaled(3, 2, rng=1)
    layer.grads["extra"] = np.array([1.0, 2.0])
    layer.grads["W"][...] = 5.0
    twin = load(save(layer, tmp_path / "m"), classes=[Scaled])
    np.testing.assert_array_equal(twin.grads["extra"], [1.0, 2.0])
    del layer.grads["extra"]
    assert not load(save(layer, tmp_path / "m"), classes=[Scaled]).grads["W"].any()


def test_gradients_in_one_memory_are_so_after_loading(tmp_path):
    layer = Scaled(3, 2, rng=1)
    layer.params["V"], layer.grads["V"] = np.ones((3, 2)), layer.grads["W"]
    twin = load(save(layer, tmp_path / "m"), classes=[Scaled])
    assert np.shares_memory(twin.grads["V"], twin.grads["W"])
    assert not np.shares_memory(twin.params["V"], twin.params["W"])
