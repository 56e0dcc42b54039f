"""Columns of data frames: their number, names and gaps; and frames as results."""

import numpy as np
import pytest

from tinyae.checks.columns import check_names, checked_columns, column_names
from tinyae.checks.estimator import Estimator, Transformer
from tinyae.checks.frames import in_container, wanted_container


class Frame:
    """What is read of a data frame: names of columns, their types, the numbers, and the index."""

    def __init__(self, values, columns):
        self.values, self.columns = np.asarray(values), list(columns)
        self.dtypes = [self.values.dtype] * len(self.columns)

    def __array__(self, dtype=None, copy=None):
        return self.values


class Sum(Transformer):
    """The sum of the columns, times a number."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def fit(self, X, y=None):
        self.scale_ = float(self.factor)
        return self

    def transform(self, X):
        self.check_fitted()
        return self.scale_ * np.asarray(X).sum(axis=1, keepdims=True)

    def _n_outputs(self):
        return 1


X = np.arange(12.0).reshape(4, 3)
FRAME = Frame(X, ["a", "b", "c"])


def test_names():
    assert list(column_names(FRAME)) == ["a", "b", "c"] and column_names(FRAME).dtype == object
    assert column_names(X) is None and column_names(Frame(X, [0, 1, 2])) is None
    assert column_names(Frame(np.empty((4, 0)), [])) is None
    with pytest.raises(TypeError, match="string names, but X has names of the types int, str"):
        column_names(Frame(X, ["a", 1, 2]))


def test_the_number_of_columns():
    assert checked_columns(X, "Sum") == checked_columns(FRAME, "Sum", width=3) == 3
    bad = {
        "Complex data not supported": X * 1j,
        r"two axes .* got shape \(3,\)\. Reshape your data": X[0],
        r"0 sample\(s\) \(shape=\(0, 3\)\)": X[:0],
        r"0 feature\(s\) \(shape=\(4, 0\)\) while a minimum of 1 is required": X[:, :0],
        "X has 2 features, but Sum is expecting 3 features as input": X[:, :2],
    }
    for message, values in bad.items():
        with pytest.raises(ValueError, match=message):
            checked_columns(values, "Sum", width=3)
    with pytest.raises(ValueError, match="X has 3 features, but Sum is expecting 2 features"):
        checked_columns(X, "Sum", width=2)
    with pytest.raises(ValueError, match=r"1 sample \(shape=\(1, 3\)\), but Sum .* at least 2"):
        checked_columns(X[:1], "Sum", least=2)
    assert checked_columns(X[:1], "Sum") == 3
    objects = X.astype(object)
    assert checked_columns(objects, "Sum") == 3
    objects[0, 0] = {}
    with pytest.raises(TypeError, match=r"got \{\} of type dict .* argument must be .* strings"):
        checked_columns(objects, "Sum")


def test_gaps_are_told_with_the_column():
    gaps = X.copy()
    gaps[2, 1] = np.nan
    with pytest.raises(ValueError, match="column 'b' of X has 1 entries .* first in row 2;"):
        checked_columns(Frame(gaps, "abc"), "Sum")
    gaps[[0, 3], 2] = -np.inf
    with pytest.raises(ValueError, match=r"column 'b' .* row 2 \(1 more such columns\)"):
        checked_columns(Frame(gaps, "abc"), "Sum")
    assert checked_columns(gaps, "Sum") == 3  # without names, `fit` says where


def test_names_are_compared():
    abc, cba = np.array(list("abc"), object), np.array(list("cba"), object)
    check_names(None, None, "Sum"), check_names(abc, abc, "Sum")
    with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
        check_names(cba, abc, "Sum")
    many = np.array(list("cdefghij"), object)
    with pytest.raises(ValueError, match=r"unseen at fit time:\n(- .\n){5}- ...\n.*\n- a\n- b\n"):
        check_names(many, abc, "Sum")
    with pytest.warns(UserWarning, match="valid feature names, but Sum was fitted with"):
        check_names(None, abc, "Sum")
    with pytest.warns(UserWarning, match="X has feature names, but Sum was fitted without"):
        check_names(abc, None, "Sum")


def test_every_estimator_knows_its_columns():
    estimator = Sum().fit(FRAME)
    assert estimator.n_features_in_ == 3 and list(estimator.feature_names_in_) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="same order"):
        estimator.transform(Frame(X, "acb"))
    with pytest.raises(ValueError, match="2 features, but Sum is expecting 3"):
        Sum().fit(X).transform(X[:, :2])
    estimator.fit(X)
    assert not hasattr(estimator, "feature_names_in_")
    before = dict(vars(estimator))
    with pytest.raises(ValueError, match="empty"):
        estimator.fit(X[:0])
    with pytest.raises((TypeError, ValueError)):
        estimator.set_params(factor="many").fit(X[:, :1])
    assert vars(estimator.set_params(factor=1.0)) == before


def test_names_of_the_result():
    estimator = Sum().fit(FRAME)
    assert list(estimator.get_feature_names_out()) == ["sum0"]
    assert list(estimator.get_feature_names_out(["a", "b", "c"])) == ["sum0"]
    with pytest.raises(ValueError, match="input_features is not equal to feature_names_in_"):
        estimator.get_feature_names_out(["a", "c", "b"])
    with pytest.raises(ValueError, match=r"number of features \(3\), got 2"):
        Sum().fit(X).get_feature_names_out(["a", "c"])
    with pytest.raises(TypeError, match="input_features must be the names"):
        estimator.get_feature_names_out(3)
    with pytest.raises(ValueError, match="is not fitted"):
        Sum().get_feature_names_out()


def test_the_container_of_the_result():
    pandas = pytest.importorskip("pandas")
    rows = pandas.DataFrame(X, columns=list("abc"), index=list("wxyz"))
    framed = Sum(2.0).set_output(transform="pandas").fit_transform(rows)
    assert list(framed.columns) == ["sum0"] and list(framed.index) == list("wxyz")
    np.testing.assert_array_equal(framed.to_numpy()[:, 0], 2.0 * X.sum(axis=1))
    kept = Sum().set_output(transform="pandas").set_output(transform=None)
    assert wanted_container(kept) == "pandas"
    assert isinstance(kept.set_output(transform="default").fit_transform(rows), np.ndarray)
    with pytest.raises(ValueError, match="transform must be one of default, pandas, polars"):
        Sum().set_output(transform="numpy")
    np.testing.assert_array_equal(in_container(X, "default", np.array(list("abc")), X), X)


def test_kinds_of_estimators():
    class Score(Estimator):
        def score_samples(self, X):
            return np.zeros(len(X))

    kinds = [kind._estimator_type.fget(kind()) for kind in (Sum, Score, Estimator)]
    assert kinds == ["transformer", "density_estimator", None]
