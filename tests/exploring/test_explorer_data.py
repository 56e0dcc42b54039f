"""What the explorer trains on: built-in data, and tables that are scaled to their extent."""

import numpy as np
import pytest

from tinyae.exploring.data import FRESH, MOST_CENTERS, MOST_ROWS, NAMES, ROWS, data_of
from tinyae.exploring.settings import Settings


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", NAMES)
def test_the_seed_draws_the_built_in_data(name):
    data, again, other = data_of(name, 0), data_of(name, 0), data_of(name, 1)
    for field in ("X", "fresh", "noise"):
        np.testing.assert_array_equal(getattr(data, field), getattr(again, field))
    assert not np.array_equal(data.noise, other.noise)
    assert data.width == {"three-points": 1, "digits": 784}.get(name, 2)
    assert (data.centers is None) == (name == "digits")
    if name != "three-points":  # no row is one that was trained on
        assert not (data.X[:, None, :5] == data.fresh[None, :20, :5].astype(data.X.dtype)).all(
            axis=2).any() or name == "digits"  # fmt: skip


def test_points_of_a_table_are_scaled_to_the_extent_of_the_spiral():
    X = np.random.default_rng(0).normal(size=(200, 2)) * [30.0, 10.0] + 500.0
    kept = X.copy()
    data = data_of(X, 0, "points.csv")
    np.testing.assert_array_equal(X, kept)
    points = data.centers
    assert np.ptp(points[:, 0]) == pytest.approx(1.2)
    np.testing.assert_allclose((points.max(axis=0) + points.min(axis=0)) / 2, 0.0, atol=1e-12)
    unit = np.ptp(X[:, 0]) / 1.2  # one scale for both axes
    np.testing.assert_allclose(points * unit + (X.max(axis=0) + X.min(axis=0)) / 2, X)
    assert f"is {unit:.3g} in the units of the file" in data.note and "200 rows" in data.note
    assert abs(len(data.X) - ROWS) <= 100 and len(data.X) % 200 == 0  # whole copies
    assert len(np.unique(data.X, axis=0)) == 200 and data.X.dtype == np.float32
    assert data.fresh.shape == data.noise.shape == (FRESH, 2)


def test_one_column_is_a_line_and_many_are_two_principal_components():
    rng = np.random.default_rng(0)
    line = data_of(rng.random((50, 1)), 0)
    assert line.width == 1 and np.ptp(line.centers) == pytest.approx(1.0)
    code = rng.normal(size=(300, 2)) * [3.0, 1.0]
    X = code @ rng.normal(size=(2, 6)) * [1, 10, 100, 1, 1, 1] + 7.0
    X[:, 5] = 2.0  # constant
    plane = data_of(X, 0, "wide.csv")
    assert plane.width == 2 and "6 columns" in plane.note
    assert sum(int(label.split("(")[1].split()[0]) for label in plane.labels) in (99, 100, 101)
    Z = (X - X.mean(axis=0))[:, :5]
    Z /= Z.std(axis=0)
    u, s, _ = np.linalg.svd(Z, full_matrices=False)
    scores = plane.centers - plane.centers.mean(axis=0)
    for i in range(2):
        assert abs(np.corrcoef(scores[:, i], u[:, i])[0, 1]) == pytest.approx(1.0)
    assert np.ptp(scores[:, 1]) / np.ptp(scores[:, 0]) == pytest.approx(
        np.ptp(s[1] * u[:, 1]) / np.ptp(s[0] * u[:, 0]))  # fmt: skip


def test_a_long_table_is_drawn_from_and_the_note_says_so():
    X = np.random.default_rng(0).random((MOST_ROWS + 500, 2))
    data = data_of(X, 0)
    assert len(data.X) == MOST_ROWS and len(data.centers) == MOST_CENTERS
    assert f"{MOST_ROWS} rows drawn" in data.note and f"{MOST_CENTERS} of them" in data.note


@pytest.mark.parametrize(("bad", "words"), [
    ("circle", "spiral, three-points, curve, digits"),
    (np.ones((5, 2)), "two different rows"),
    (np.ones((1, 2)), "two different rows"),
    (np.array([[0.0, np.nan], [1.0, 2.0]]), "not finite|NaN"),
    (np.ones(4), "two axes"),
])  # fmt: skip
def test_what_cannot_be_learned_is_refused(bad, words):
    with pytest.raises(ValueError, match=words):
        data_of(bad, 0)


GOOD = Settings("sparse", sigma=0.1, units=20, learning_rate=0.01, strength=0.1, scale=1.0)


@pytest.mark.parametrize(("given", "error", "words"), [
    ({"kind": "deep"}, ValueError, "denoising, contractive, sparse, plain"),
    ({"sigma": 0.0}, ValueError, r"sigma .*\[0.02, 1\], got 0.0"),
    ({"units": 2.5}, TypeError, "units must be a whole number"),
    ({"units": 401}, ValueError, r"units .*\[2, 400\], got 401"),
    ({"scale": np.nan}, ValueError, "scale"),
    ({"learning_rate": "fast"}, TypeError, "learning_rate must be a number"),
    ({"rate": 0.1}, ValueError, "'rate' is no setting"),
])  # fmt: skip
def test_a_setting_that_cannot_be_used_is_refused(given, error, words):
    with pytest.raises(error, match=words):
        GOOD.changed(given)


def test_settings_that_are_not_given_stay():
    other = GOOD.changed({"sigma": 0.2, "units": None})
    assert other.sigma == 0.2 and other.units == 20
    assert not other.needs_new_weights(GOOD) and GOOD.changed({"units": 3}).needs_new_weights(GOOD)
    assert GOOD.changed({"scale": 2}).needs_new_weights(GOOD)
    assert GOOD.uses("strength") and not GOOD.changed({"kind": "plain"}).uses("strength")
    assert GOOD.changed({"kind": "denoising"}).uses("sigma")


def test_each_kind_fills_its_slots():
    slots = {}
    for kind in ("denoising", "contractive", "sparse", "plain"):
        settings = GOOD.changed({"kind": kind})
        slots[kind] = repr(settings.corruption), repr(settings.penalties)
    assert slots == {
        "denoising": ("GaussianNoise(sigma=0.1)", "()"),
        "contractive": ("None", "(Contractive(lam=0.1, probes=None),)"),
        "sparse": ("None", "(L1(lam=0.1),)"),
        "plain": ("None", "()"),
    }
