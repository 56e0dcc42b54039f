"""Bits of code units, by one threshold or one for each unit."""

import numpy as np
import pytest

from tinyae.applications import binary_codes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bits_by_a_threshold(dtype):
    h = np.array([[0.2, 0.5, 0.9], [0.6, 0.1, 0.5]], dtype)
    found = binary_codes(h)
    assert found.dtype == bool
    np.testing.assert_array_equal(found, [[0, 0, 1], [1, 0, 0]])  # ½ itself is no 1
    np.testing.assert_array_equal(binary_codes(h, 0.15), [[1, 1, 1], [1, 0, 1]])
    np.testing.assert_array_equal(binary_codes(h, [0.1, 0.7, 0.7]), [[1, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(binary_codes(h, np.array(0.15)), binary_codes(h, 0.15))


def test_medians_make_every_bit_one_for_half_of_the_rows(rng):
    h = rng.normal(size=(200, 7)) ** 3 + 5.0
    codes = binary_codes(h, np.median(h, axis=0))
    assert (codes.sum(axis=0) == 100).all()


@pytest.mark.parametrize(
    ("h", "threshold", "said"),
    [
        ([[0.5, np.nan]], 0.5, "h has 1 entries that are NaN"),
        ([0.5, 0.7], 0.5, "h must have two axes"),
        ([[0.5, 0.7]], [0.5], r"threshold must have shape \(2,\), got \(1,\)"),
        ([[0.5, 0.7]], [[0.5, 0.5]], "threshold must have shape"),
        ([[0.5, 0.7]], np.nan, "threshold must be a finite number"),
        ([[0.5, 0.7]], [0.5, np.inf], "threshold has 1 entries"),
    ],
)
def test_errors(h, threshold, said):
    with pytest.raises(ValueError, match=said):
        binary_codes(h, threshold)
