"""Bits of code units, by one threshold or one for each unit."""

import numpy as np
import pytest

from tinyae.applications import binary_codes
from tinyae.applications.binary_codes import BLOCK, binary_table


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bits_by_a_threshold(dtype):
    h = np.array([[0.2, 0.5, 0.9], [0.6, 0.1, 0.5]], dtype)
    found = binary_codes(h)
    assert found.dtype == bool
    np.testing.assert_array_equal(found, [[0, 0, 1], [1, 0, 0]])  # ½ itself is no 1
    np.testing.assert_array_equal(binary_codes(h, 0.15), [[1, 1, 1], [1, 0, 1]])
    np.testing.assert_array_equal(binary_codes(h, [0.1, 0.7, 0.7]), [[1, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(binary_codes(h, np.array(0.15)), binary_codes(h, 0.15))


@pytest.mark.slow
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


def test_a_table_of_bits_is_returned_as_it_is(rng):
    for codes in (rng.random((6, 3)) < 0.5, np.eye(3), np.eye(3, dtype=np.uint8)):
        assert binary_table(codes, "codes", width=3) is codes


def test_what_is_no_table_of_bits_is_refused():
    far = np.zeros((BLOCK // 8 + 5, 8), np.int8)  # more than a block
    far[-2, 6] = 2
    for codes, said in (
        (far, f"got 2 in row {len(far) - 2}, column 6"),
        (np.array([[0.0, 0.3]]), "got 0.3 in row 0, column 1; binary_codes"),
        (np.array([[0, 1], [-1, 0]]), "got -1 in row 1, column 0"),
        (np.zeros((2, 3)), "codes has codes of 3 bits, but the table has codes of 2 bits"),
        (np.zeros((0, 2)), "codes is empty"),
        (np.zeros(2), "two axes"),
    ):
        with pytest.raises(ValueError, match=said):
            binary_table(codes, "codes", width=None if said.startswith("got") else 2)
