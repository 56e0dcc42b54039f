"""What the densities and ZCA ask beyond the convention of all estimators."""

import inspect

import numpy as np
import pytest

from tinyae.densities import ManifoldParzen, Pancakes, Parzen, cross_validate
from tinyae.sparse_coding import ZCA

ESTIMATORS = {
    Parzen: {"sigma": 0.5},
    ManifoldParzen: {"sigma": 0.5, "n_neighbors": 6, "n_components": 2},
}
X = np.random.default_rng(4).normal(size=(40, 3)) * [3.0, 2.0, 1.0]
OTHER = np.random.default_rng(5).normal(size=(50, 4)) * [3.0, 2.0, 1.5, 1.0]
density = pytest.mark.parametrize("kind", ESTIMATORS, ids=lambda kind: kind.__name__)


def made(kind):
    return kind(**ESTIMATORS[kind])


def bits(value):
    return value.dtype, value.shape, value.tobytes()


@density
def test_densities_have_the_words_of_scikit_learn(kind):
    assert list(inspect.signature(kind.score_samples).parameters) == ["self", "X"]
    for owner in (kind, Pancakes):
        n, rng = list(inspect.signature(owner.sample).parameters.values())[1:]
        assert n.name == "n" and n.default is n.empty
        assert rng.name == "rng" and rng.default == 0 and rng.kind is rng.KEYWORD_ONLY
    assert not hasattr(kind, "transform")


@density
def test_a_density_is_its_mixture(kind):
    estimator = made(kind).fit(X)
    mixture = estimator.mixture_
    assert type(mixture) is Pancakes
    assert bits(estimator.score_samples(X)) == bits(mixture.score_samples(X))
    assert bits(estimator.sample(9, rng=5)) == bits(mixture.sample(9, rng=5))
    assert bits(estimator.sample(9)) == bits(mixture.sample(9, rng=0))


def test_what_data_and_settings_say_together_is_looked_at_before_anything_is_kept():
    cases = [
        (ManifoldParzen(0.5, n_neighbors=39), X[:10], "each point has 9 others"),
        (ManifoldParzen(0.5, n_neighbors=9, n_components=4), X, "X has 3 dimensions"),
        (ManifoldParzen(1e-9, n_neighbors=5), X, "thin"),
        (Parzen(1e-9), X, "thin"),
        (ZCA(1e-30), X[:, [0, 0]], "does not vary"),
    ]
    for estimator, data, message in cases:
        with pytest.raises(ValueError, match=message):
            estimator.fit(data)
        assert vars(estimator) == estimator.get_params()


def test_leaving_one_out_keeps_nothing():
    estimator = Parzen(0.5)
    estimator.leave_one_out(X)
    assert vars(estimator) == {"sigma": 0.5}
    before = estimator.fit(X).mixture_
    estimator.leave_one_out(OTHER)
    assert estimator.mixture_ is before


def test_cross_validation_leaves_its_candidates_as_they_were():
    fitted = Parzen(0.5).fit(OTHER)
    before = fitted.mixture_
    grid = [Parzen(0.3), fitted, ManifoldParzen(0.5, n_neighbors=4)]
    for folds in (4, len(X)):
        found = cross_validate(grid, X, folds=folds)
        assert found.best in grid and found.candidates == tuple(grid)
    assert vars(grid[0]) == {"sigma": 0.3} and fitted.mixture_ is before
    assert repr(grid[2]) == "ManifoldParzen(sigma=0.5, n_neighbors=4, n_components=1)"
