"""Estimators inside scikit-learn's programs: pipelines, searches, cross-validation, data frames."""

import pickle
import warnings

import numpy as np
import pytest

from tests.every_estimator import EVERY, TRAINED
from tinyae.estimators import AutoencoderTransformer, PSDTransformer

pytest.importorskip("sklearn", minversion="1.6")
pytest.importorskip("pandas")

import pandas as pd
import sklearn
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

DATA = np.random.default_rng(0)
NAMES = ["height", "weight", "age", "income"]
CLASSES = DATA.integers(2, size=120)
FRAME = pd.DataFrame(
    DATA.normal(size=(120, 4)) + 2.0 * CLASSES[:, None] * np.array([1.0, -1.0, 0.0, 1.0]),
    columns=NAMES,
    index=[f"person {i}" for i in range(120)],
)
SCALED = FRAME / FRAME.std()
every = pytest.mark.parametrize("name", EVERY)
transforming = [n for n in EVERY if hasattr(EVERY[n](), "transform")]


def made(name):
    estimator = EVERY[name]()
    return estimator.set_params(max_epochs=2) if name in TRAINED else estimator


@pytest.mark.parametrize("name", TRAINED)
def test_a_pipeline_with_a_classifier(name):
    steps = StandardScaler(), made(name), LogisticRegression()
    steps[1].set_params(max_epochs=60, batch_size=10)
    pipeline = make_pipeline(*steps).fit(FRAME, CLASSES)
    accuracy = pipeline.score(FRAME, CLASSES)
    assert accuracy > 0.8
    copied = clone(pipeline).fit(FRAME, CLASSES)
    np.testing.assert_array_equal(copied.predict(FRAME), pipeline.predict(FRAME))
    again = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(again.predict_proba(FRAME), pipeline.predict_proba(FRAME))
    row_by_row = [pipeline.predict(FRAME.iloc[[i]])[0] for i in range(20)]
    np.testing.assert_array_equal(row_by_row, pipeline.predict(FRAME)[:20])


def test_a_grid_over_the_slots():
    """Settings are plain values, so that a search can write them into its table."""
    autoencoder = AutoencoderTransformer(4, max_epochs=3)
    pipeline = make_pipeline(StandardScaler(), autoencoder, LogisticRegression())
    grid = {
        "autoencodertransformer__n_components": [1, 3],
        "autoencodertransformer__corruption": [None, "gaussian"],
        "autoencodertransformer__penalty": [None, "contractive"],
    }
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(FRAME, CLASSES)
    assert len(search.cv_results_["params"]) == 8 and search.best_score_ > 0.5
    columns = pd.DataFrame(search.cv_results_)["param_autoencodertransformer__penalty"]
    assert set(columns.dropna()) == {"contractive"}
    again = GridSearchCV(pipeline, grid, cv=3).fit(FRAME, CLASSES)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], again.cv_results_["mean_test_score"]
    )


def test_a_grid_by_the_estimator_s_own_score():
    """More code units reconstruct held-out rows better."""
    estimator = AutoencoderTransformer(code_activation="identity", learning_rate=0.02)
    search = GridSearchCV(estimator, {"n_components": [1, 2, 4]}, cv=3).fit(SCALED)
    scores = search.cv_results_["mean_test_score"]
    assert search.best_params_ == {"n_components": 4} and (np.diff(scores) > 0).all()
    assert cross_val_score(PSDTransformer(max_epochs=2), SCALED, cv=3).shape == (3,)


def test_columns_by_name():
    columns = ColumnTransformer(
        [("codes", made("AutoencoderTransformer"), NAMES[:3])], remainder="passthrough"
    )
    names = columns.fit(FRAME).get_feature_names_out()
    assert names[0] == "codes__autoencodertransformer0" and names[-1] == "remainder__income"
    wrong = FRAME.rename(columns={"age": "years"})
    with pytest.raises(ValueError, match="age"):
        columns.transform(wrong)


@pytest.mark.parametrize("name", transforming)
def test_frames_out(name):
    """Index of the rows and names of the columns; also where scikit-learn asks all for frames."""
    plain = made(name).fit(SCALED)
    codes = plain.transform(SCALED)
    assert isinstance(codes, np.ndarray)
    framed = made(name).set_output(transform="pandas").fit(SCALED).transform(SCALED)
    np.testing.assert_array_equal(framed.to_numpy(), codes)
    assert list(framed.columns) == list(plain.get_feature_names_out())
    assert list(framed.index) == list(SCALED.index)
    with sklearn.config_context(transform_output="pandas"):
        everywhere = made(name).fit(SCALED).transform(SCALED)
    pd.testing.assert_frame_equal(everywhere, framed)
    assert isinstance(made(name).set_output(transform="pandas").fit_transform(SCALED), pd.DataFrame)
    back = made(name).set_output(transform="pandas").set_output(transform="default")
    assert isinstance(back.fit_transform(SCALED), np.ndarray)
    with pytest.raises(ValueError, match="transform must be one of default, pandas, polars"):
        made(name).set_output(transform="arrow")
    kept = clone(made(name).set_output(transform="pandas")).fit_transform(SCALED)
    assert isinstance(kept, pd.DataFrame)


@pytest.mark.parametrize("name", transforming)
def test_polars_out(name):
    pl = pytest.importorskip("polars")
    table = pl.DataFrame({column: SCALED[column].to_numpy() for column in NAMES})
    estimator = made(name).set_output(transform="polars").fit(table)
    assert list(estimator.feature_names_in_) == NAMES
    codes = estimator.transform(table)
    assert isinstance(codes, pl.DataFrame)
    arrays = made(name).fit(SCALED.to_numpy()).transform(SCALED.to_numpy())
    np.testing.assert_allclose(codes.to_numpy(), arrays, atol=1e-9)
    with pytest.raises(ValueError, match="same order as they were in fit"):
        estimator.transform(table[NAMES[::-1]])


@every
def test_columns_are_compared_by_name(name):
    estimator = made(name).fit(SCALED)
    assert estimator.n_features_in_ == 4 and list(estimator.feature_names_in_) == NAMES
    use = next((getattr(estimator, m) for m in ("transform", "score_samples")
                if hasattr(estimator, m)), None)  # fmt: skip
    if use is None:
        return  # nothing of it takes further rows
    with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
        use(SCALED[NAMES[::-1]])
    with pytest.raises(ValueError, match="unseen at fit time:\n- years\n.*now missing:\n- age"):
        use(SCALED.rename(columns={"age": "years"}))
    with pytest.raises(ValueError, match="missing:\n- income"):
        use(SCALED[NAMES[:3]])
    with pytest.raises(ValueError, match="unseen at fit time:\n- more"):
        use(SCALED.assign(more=1.0))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        use(SCALED.to_numpy())
    nameless = made(name).fit(SCALED.to_numpy())
    assert not hasattr(nameless, "feature_names_in_")
    method = "transform" if hasattr(nameless, "transform") else "score_samples"
    with pytest.warns(UserWarning, match="fitted without feature names"):
        getattr(nameless, method)(SCALED)


@pytest.mark.parametrize("name", TRAINED)
def test_training_goes_on_with_the_same_columns(name):
    estimator = made(name).partial_fit(SCALED)
    with pytest.raises(ValueError, match="same order"):
        estimator.partial_fit(SCALED[NAMES[::-1]])
    with pytest.raises(ValueError, match="same order"):
        estimator.set_params(warm_start=True).fit(SCALED[NAMES[::-1]])
    assert estimator.n_iter_ == 1
    single = made(name).fit(SCALED.astype(np.float32))
    assert single.model_.dtype == np.float32


@every
def test_missing_values_are_told_with_the_column(name):
    gaps = SCALED.copy()
    gaps.iloc[7, 2] = gaps.iloc[9, 2] = np.nan
    with pytest.raises(ValueError, match="column 'age' of X has 2 entries .* first in row 7"):
        made(name).fit(gaps)
    gaps.iloc[3, 1] = np.inf
    with pytest.raises(ValueError, match=r"column 'weight' .* row 3 \(1 more such columns\)"):
        made(name).fit(gaps)


@every
def test_columns_of_another_type_are_told(name):
    with pytest.raises(TypeError, match="column 'city' .* encode it as numbers"):
        made(name).fit(SCALED.assign(city="x"))
    with pytest.raises(TypeError, match="string names, but X has names of the types int, str"):
        made(name).fit(SCALED.rename(columns={"age": 3}))
    numbered = SCALED.set_axis(range(4), axis=1)
    assert not hasattr(made(name).fit(numbered), "feature_names_in_")


@every
def test_the_error_of_an_unfitted_object_is_scikit_learn_s(name):
    estimator = made(name)
    with pytest.raises(NotFittedError, match="is not fitted: call fit"):
        estimator.check_fitted()


def test_a_setting_that_is_not_there():
    pipeline = make_pipeline(made("AutoencoderTransformer"))
    with pytest.raises(ValueError, match="has no setting layers; its settings are n_components"):
        pipeline.set_params(autoencodertransformer__layers=3)


def test_an_unscaled_column_is_told_by_name():
    frame = FRAME.assign(income=1e5 * FRAME["income"])
    with pytest.warns(UserWarning, match="that of column 'income' is"):
        made("AutoencoderTransformer").fit(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_pipeline(StandardScaler(), made("AutoencoderTransformer")).fit(frame)


def test_it_is_shown_in_a_notebook():
    pipeline = make_pipeline(StandardScaler(), AutoencoderTransformer(3, corruption="masking"))
    assert "AutoencoderTransformer" in pipeline._repr_html_()
    assert "AutoencoderTransformer(n_components=3, corruption='masking')" in repr(pipeline)
