"""All words with at most so many ones, each once."""

import numpy as np
import pytest

from tinyae.applications.bit_flips import ball_size, flips


@pytest.mark.parametrize("bits", [1, 2, 5, 10])
def test_every_word_with_few_ones_once(bits):
    ones = np.array([bin(word).count("1") for word in range(1 << bits)])
    for radius in (*range(bits + 1), bits + 3):
        found = flips(bits, radius)
        np.testing.assert_array_equal(np.sort(found), np.flatnonzero(ones <= radius))
        assert len(found) == ball_size(bits, radius)
        assert (np.diff(ones[found]) >= 0).all(), "the fewest ones first"


def test_no_word_has_less_than_no_ones():
    assert len(flips(5, -1)) == ball_size(5, -1) == 0


def test_what_is_kept_is_not_changed():
    with pytest.raises(ValueError, match="read-only"):
        flips(5, 1)[0] = 3
