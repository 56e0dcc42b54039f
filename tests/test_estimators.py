"""The convention that all estimators share: settings in the constructor, learning in `fit`.

To add a package, name it in PACKAGES and give each of its estimators a line in ESTIMATORS.
"""

import copy
import inspect
import pickle
from importlib.util import find_spec

import numpy as np
import pytest

import tinyae.densities
import tinyae.embeddings
import tinyae.sparse_coding
from tinyae.checks.estimator import Estimator
from tinyae.densities import ManifoldParzen, Pancakes, Parzen
from tinyae.embeddings import (
    PCA,
    SNE,
    TSNE,
    Charting,
    GaussianKernel,
    HessianEigenmaps,
    Isomap,
    KernelPCA,
    LaplacianEigenmaps,
    LocallyLinear,
    MaximumVarianceUnfolding,
    NeighborGraph,
    TangentAlignment,
    TangentPlanes,
)
from tinyae.sparse_coding import ZCA

PACKAGES = (tinyae.embeddings, tinyae.densities, tinyae.sparse_coding)
# Each estimator with settings that suit 40 points in three dimensions.
ESTIMATORS = {
    PCA: {"n_components": 3},  # so that X is a code as well
    KernelPCA: {"kernel": GaussianKernel(2.0)},
    NeighborGraph: {"n_neighbors": 7},
    TangentPlanes: {"n_neighbors": 7},
    Isomap: {"n_neighbors": 9},
    LocallyLinear: {"n_neighbors": 9, "ridge": 0.01},
    LaplacianEigenmaps: {"n_neighbors": 9, "width": 1.5},
    TangentAlignment: {"n_neighbors": 9},
    HessianEigenmaps: {"n_neighbors": 9},
    Charting: {"n_neighbors": 9, "charts": 6},
    MaximumVarianceUnfolding: {"n_neighbors": 9, "rounds": 1, "steps": 5},
    SNE: {"perplexity": 8.0, "steps": 5, "rng": 3},
    TSNE: {"perplexity": 8.0, "steps": 5, "rng": 3},
    Parzen: {"sigma": 0.5},
    ManifoldParzen: {"sigma": 0.5, "n_neighbors": 6, "n_components": 2},
    ZCA: {"epsilon": 0.2},
}
NEED_SCIPY = {MaximumVarianceUnfolding}  # an optional extra
X = np.random.default_rng(4).normal(size=(40, 3)) * [3.0, 2.0, 1.0]
OTHER = np.random.default_rng(5).normal(size=(50, 4)) * [3.0, 2.0, 1.5, 1.0]
ARGUMENTS = {"X": X, "source": 0, "n": 3}  # of methods, by the parameter's name

every = pytest.mark.parametrize("kind", ESTIMATORS, ids=lambda kind: kind.__name__)


def made(kind):
    if kind in NEED_SCIPY and not find_spec("scipy"):
        pytest.skip("needs SciPy")
    return kind(**ESTIMATORS[kind])


def settings_of(kind):
    return list(inspect.signature(kind).parameters.values())


def own_methods(kind):
    """The names of public methods that use what was learned."""
    others = ("_", "fit", "leave_one_out", "set_output")
    names = [name for name in dir(kind) if not name.startswith(others)]
    return [
        name
        for name in names
        if inspect.isfunction(getattr(kind, name))
        and getattr(kind, name) is not getattr(Estimator, name, None)
    ]


def call(estimator, method):
    function = getattr(estimator, method)
    needed = [p for p in inspect.signature(function).parameters if p in ARGUMENTS]
    return function(**{name: ARGUMENTS[name] for name in needed})


def bits(value):
    """All that was learned as bytes, in nested estimators and models too."""
    if isinstance(value, Estimator):
        return {name: bits(part) for name, part in vars(value).items() if name.endswith("_")}
    if isinstance(value, (list, tuple)):
        return [bits(part) for part in value]
    if isinstance(value, Pancakes):
        return {name: bits(part) for name, part in vars(value).items()}
    if hasattr(value, "theta"):
        return bits(value.theta)
    if isinstance(value, np.ndarray) and value.dtype == object:  # names
        return value.tolist()
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    return value


def test_every_estimator_is_asked():
    found = {
        thing
        for package in PACKAGES
        for thing in map(vars(package).get, package.__all__)
        if inspect.isclass(thing) and issubclass(thing, Estimator)
    }
    assert found == set(ESTIMATORS)


@every
def test_the_constructor_stores_its_arguments_and_does_nothing_else(kind):
    given = {parameter.name: object() for parameter in settings_of(kind)}
    estimator = kind(**given)
    assert vars(estimator) == given  # an object equals itself only
    assert list(estimator.get_params()) == list(given)


@every
def test_the_words_are_those_of_the_convention(kind):
    names = [parameter.name for parameter in settings_of(kind)]
    assert not {"k", "neighbors", "X", "x", "data", "seed"} & set(names)
    for parameter in settings_of(kind)[1:]:
        assert parameter.kind is parameter.KEYWORD_ONLY
    assert list(inspect.signature(kind.fit).parameters) == ["self", "X", "y"]
    if hasattr(kind, "transform"):
        assert list(inspect.signature(kind.transform).parameters) == ["self", "X"]


@pytest.mark.one_in(4)
@every
def test_fit_returns_the_object_and_learned_names_end_in_an_underscore(kind):
    estimator = made(kind)
    before = estimator.get_params()
    assert estimator.fit(X, y=object()) is estimator
    learned = set(vars(estimator)) - set(before)
    assert learned and all(name.endswith("_") for name in learned)
    assert estimator.get_params() == before
    returned = inspect.signature(kind.fit).return_annotation
    assert returned in {cls.__name__ for cls in kind.__mro__} - {"Estimator", "object"}


@pytest.mark.one_in(4)
@every
def test_a_second_fit_starts_afresh(kind):
    again, fresh = made(kind).fit(OTHER).fit(X), made(kind).fit(X)
    assert bits(again) == bits(fresh)
    assert bits(fresh) != bits(made(kind).fit(OTHER))


@pytest.mark.one_in(4)
@every
def test_a_fit_that_fails_leaves_the_object_as_it_was(kind):
    estimator = made(kind).fit(X)
    before, learned = dict(vars(estimator)), copy.deepcopy(bits(estimator))
    for bad in (np.full_like(X, np.nan), X[:0], X[0], "text", None):
        with pytest.raises((TypeError, ValueError)):
            estimator.fit(bad)
    for parameter in settings_of(kind):
        kept = getattr(estimator, parameter.name)
        estimator.set_params(**{parameter.name: object()})
        with pytest.raises((TypeError, ValueError), match=parameter.name):
            estimator.fit(OTHER)
        estimator.set_params(**{parameter.name: kept})
    assert vars(estimator).keys() == before.keys()
    assert all(vars(estimator)[name] is before[name] for name in before)
    assert bits(estimator) == learned


@every
def test_an_object_that_was_not_fitted_says_what_to_do(kind):
    for method in own_methods(kind):
        with pytest.raises(ValueError, match=rf"this {kind.__name__} is not fitted: call fit\(X\)"):
            call(made(kind), method)


@every
def test_settings_go_out_and_come_back(kind):
    estimator = made(kind)
    given = estimator.get_params()
    assert {name: given[name] for name in ESTIMATORS[kind]} == ESTIMATORS[kind]
    assert kind(**given).get_params() == given
    fresh = {parameter.name: object() for parameter in settings_of(kind)}
    assert estimator.set_params(**fresh) is estimator and estimator.get_params() == fresh
    with pytest.raises(ValueError, match="has no setting neighbours"):
        estimator.set_params(neighbours=3)


@every
def test_scikit_learn_can_copy_it(kind):
    clone = pytest.importorskip("sklearn.base").clone
    estimator = made(kind).fit(X)
    copied = clone(estimator)
    assert type(copied) is kind and vars(copied).keys() == estimator.get_params().keys()
    assert repr(copied) == repr(made(kind))


@pytest.mark.one_in(4)
@every
def test_one_short_line(kind):
    estimator = made(kind)
    line = repr(estimator)
    assert line.startswith(f"{kind.__name__}(") and line.endswith(")")
    assert all(f"{name}=" in line for name in estimator.get_params())
    assert repr(estimator.fit(X)) == f"{line} (fitted)"
    assert len(f"{line} (fitted)") <= 100 and "\n" not in line


@pytest.mark.one_in(4)
@every
def test_the_input_is_not_modified(kind):
    given = X.copy()
    given.flags.writeable = False
    estimator = made(kind).fit(given)
    for method in own_methods(kind):
        call(estimator, method)
    for order in (np.asfortranarray(X), X.astype(np.float32)):
        before = order.copy()
        made(kind).fit(order)
        np.testing.assert_array_equal(order, before)


@pytest.mark.one_in(4)
@every
def test_settings_count_from_the_next_fit_on(kind):
    estimator = made(kind).fit(X)
    before = {method: bits(call(estimator, method)) for method in own_methods(kind)}
    estimator.set_params(**{parameter.name: object() for parameter in settings_of(kind)})
    for method, result in before.items():
        assert bits(call(estimator, method)) == result


@pytest.mark.one_in(4)
@every
def test_fit_transform_is_fit_and_then_its_result(kind):
    fitted = made(kind).fit(X)
    if hasattr(fitted, "embedding_"):
        wanted = fitted.embedding_
        assert wanted.shape == (40, fitted.n_components)
    elif hasattr(fitted, "transform"):
        wanted = fitted.transform(X)
    else:  # it has no coordinates
        assert not hasattr(fitted, "fit_transform")
        return
    assert bits(made(kind).fit_transform(X, y=object())) == bits(wanted)


@every
def test_it_can_be_copied_and_pickled(kind):
    estimator = made(kind).fit(X)
    for twin in (copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator))):
        assert repr(twin) == repr(estimator) and bits(twin) == bits(estimator)


@every
def test_data_that_change_after_the_fit_change_nothing(kind):
    given = X.copy()
    estimator = made(kind).fit(given)
    learned = copy.deepcopy(bits(estimator))
    given += 5.0
    assert bits(estimator) == learned
