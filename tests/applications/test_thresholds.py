"""Thresholds of code units: a rule for each unit, and the gap nearest to its median."""

import numpy as np
import pytest

from tinyae.applications.thresholds import near_median, thresholds


def test_the_rules():
    h = np.array([[0.9, 0.2, 0.9, 0.1], [0.8, 0.3, 0.1, 0.2]] * 10 + [[0.7, 0.4, 0.6, 0.9]])
    middles = [0.85, 0.25, 0.35, 0.15]  # of the gaps beside the medians 0.8, 0.3, 0.6, 0.2
    assert np.array_equal(thresholds(h, "half"), [0.5] * 4)
    assert np.allclose(thresholds(h, "median"), middles)
    # always on, never on, as often on as off, on for one row of 21
    assert np.allclose(thresholds(h, "auto"), [0.85, 0.25, 0.5, 0.15])
    codes = h > thresholds(h, "auto")
    assert (codes.any(axis=0) & ~codes.all(axis=0)).all()
    assert thresholds(h.astype(np.float32), "auto").dtype == np.float32


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([0.1, 0.2, 0.3, 0.4], 0.25),
        ([0.1, 0.2, 0.3], 0.15),  # both gaps are equally near
        ([0.1] + [0.2] * 6 + [0.3] * 2, 0.25),  # the gap above leaves a fair share on
        ([0.1] * 2 + [0.2] * 6 + [0.3], 0.15),
        ([0.3, 0.2, 0.1, 0.4], 0.25),
        ([0.1, 0.2, 0.2 + 1e-6, 0.4], 0.15),  # rounding errors are no gap
        ([0.2, 0.2 + 1e-6, 0.2 + 1e-6, 0.4], 0.3),
        ([1e-9, 2e-9, 3e-9, 4e-9], 2.5e-9),  # a small unit has small gaps
        ([0.5, 0.9, 1.0, 1.0, 1.0], 0.95),
        ([0.7] * 5, 0.5),
        ([0.7], 0.5),
    ],
)
def test_the_gap_nearest_to_the_median(values, wanted):
    before = np.array(values, np.float32)
    given = before.copy()
    assert near_median(given) == pytest.approx(wanted, rel=1e-4)
    assert np.array_equal(given, before)


def test_neighbours_in_the_last_digits_of_float32_are_alike():
    one = np.float32(1)
    below = np.nextafter(one, np.float32(0))
    assert near_median(np.array([0.1, below, one, one], np.float32)) < 0.9
    least = np.float32(1e-45)
    assert near_median(np.array([0, least, 0.5], np.float32)) == pytest.approx(0.25)


def test_many_rows_are_sampled(monkeypatch):
    monkeypatch.setattr("tinyae.applications.thresholds.SAMPLE", 100)
    h = np.random.default_rng(0).random((1000, 3))
    assert np.abs((h > thresholds(h, "median")).mean(axis=0) - 0.5).max() < 0.15
