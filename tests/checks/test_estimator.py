"""The base of estimators: settings, what was learned, and the line that they print."""

import numpy as np
import pytest

from tinyae.checks.estimator import Estimator, Transformer


class Scale(Transformer):
    """The smallest estimator: X over its largest entry."""

    def __init__(self, power=1, *, rng=0):
        self.power, self.rng = power, rng

    def fit(self, X, y=None):
        self.largest_ = np.max(X)
        return self

    def transform(self, X):
        self.check_fitted()
        return (np.asarray(X) / self.largest_) ** self.power

    def _n_outputs(self):
        return self.n_features_in_


def test_settings_are_read_and_changed_by_name():
    scale = Scale(2, rng=5)
    assert scale.get_params() == {"power": 2, "rng": 5}
    assert scale.set_params(power=3) is scale and scale.power == 3
    with pytest.raises(ValueError, match="no setting powr; its settings are power, rng"):
        scale.set_params(power=1, powr=4)
    assert scale.power == 3  # nothing was changed


def test_an_object_that_learned_nothing_says_so():
    with pytest.raises(ValueError, match=r"this Scale is not fitted: call fit\(X\) first"):
        Scale().transform([1.0])
    assert Scale().fit_transform([[1.0, 2.0]]).tolist() == [[0.5, 1.0]]


def test_one_short_line():
    assert repr(Scale()) == "Scale(power=1, rng=0)"
    assert repr(Scale().fit([[1.0]])) == "Scale(power=1, rng=0) (fitted)"
    assert len(repr(Scale("x" * 500))) < 100


def test_only_what_transforms_has_the_words_for_it():
    assert not hasattr(Estimator(), "transform") and not hasattr(Estimator(), "fit_transform")
    with pytest.raises(NotImplementedError, match="Transformer.transform"):
        Transformer().transform([1.0])


def test_an_estimator_without_a_constructor_has_no_settings():
    class Mean(Transformer):
        pass

    assert repr(Mean()) == "Mean()" and Mean().get_params() == {}
    with pytest.raises(ValueError, match="has no setting args"):
        Mean().set_params(args=1)
