"""scikit-learn's own checks of estimators: all of them, for every public estimator.

None is expected to fail, and none is skipped. The checks that `check_estimator` leaves out, of data
frames in and out, are asked for by their names.
"""

import warnings
from functools import partial

import pytest

from tests.every_estimator import EVERY, TRAINED, public_estimators

pytest.importorskip("sklearn", minversion="1.6")
checks = pytest.importorskip("sklearn.utils.estimator_checks")
clone = pytest.importorskip("sklearn.base").clone

# Of data frames and names; `check_estimator` does not run them on estimators of other libraries.
FURTHER = (
    "check_dataframe_column_names_consistency",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
)
NEEDS = {"pandas": "pandas", "polars": "polars", "dataframe": "pandas"}


def named(check) -> str:
    return check.func.__name__ if isinstance(check, partial) else check.__name__


def every_check() -> list:
    """(name of an estimator, check) for all checks that scikit-learn has for it."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that estimators are not derived from scikit-learn's class
        for name, make in EVERY.items():
            for _, check in checks.estimator_checks_generator(make(), legacy=True, mark=None):
                found.append(pytest.param(name, check, id=f"{name}-{named(check)}"))
    return found


def test_every_public_estimator_is_asked(measured):
    assert set(EVERY) == public_estimators()
    measured(f"{len(EVERY)} estimators, {len(every_check())} checks of scikit-learn")


@pytest.mark.parametrize(("name", "check"), every_check())
def test_check(name, check, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # else scikit-learn skips a check
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unscaled columns, and scikit-learn's own
        check(clone(EVERY[name]()))


@pytest.mark.parametrize("check", FURTHER)
@pytest.mark.parametrize("name", EVERY)
def test_data_frames(name, check):
    if not hasattr(EVERY[name](), "set_output") and "names_consistency" not in check:
        return  # it has no table to return
    for word, library in NEEDS.items():
        if word in check:
            pytest.importorskip(library)
    estimator = clone(EVERY[name]())
    if name in TRAINED:
        estimator.set_params(max_epochs=3)  # they ask for the form of tables, not for training
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=UserWarning)
        getattr(checks, check)(name, estimator)


class Deaf:
    """An estimator whose set_output does nothing."""

    def __init__(self, inner):
        self.inner = inner

    def __sklearn_clone__(self):
        return Deaf(clone(self.inner))

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def set_output(self, *, transform=None):
        return self


def test_a_set_output_that_does_nothing_fails():
    pytest.importorskip("pandas")
    deaf = Deaf(EVERY["AutoencoderTransformer"]().set_params(max_epochs=2))
    with warnings.catch_warnings(), pytest.raises(AssertionError):
        warnings.simplefilter("ignore", category=UserWarning)
        checks.check_set_output_transform_pandas("Deaf", deaf)


def test_an_estimator_that_learns_in_its_constructor_fails():
    class Eager(type(EVERY["PCA"]())):
        def __init__(self, n_components=1):
            self.n_components = n_components
            self.mean_ = 0.0

    with pytest.raises(Exception, match="mean_|attributes"):
        checks.check_no_attributes_set_in_init("Eager", Eager())
