"""Entropies, stuck bits and correlations are those of their definitions."""

import numpy as np
import pytest

from tinyae.applications import code_statistics
from tinyae.applications.code_statistics import BLOCK


def test_figures_against_numpy(rng):
    codes = rng.random((500, 6)) < [0.5, 0.1, 0.9, 0.5, 0.3, 0.7]
    codes[:, 3] = codes[:, 0]
    codes[:, 4] = ~codes[:, 0]
    found = code_statistics(codes)
    p = codes.mean(axis=0)
    np.testing.assert_allclose(found.entropy, -p * np.log2(p) - (1 - p) * np.log2(1 - p))
    expected = np.corrcoef(codes.T.astype(float))
    np.testing.assert_allclose(found.correlation, expected, atol=1e-12)
    assert found.correlation[0, 3] == pytest.approx(1) and found.correlation[0, 4] == pytest.approx(
        -1
    )
    pairs = [abs(expected[i, j]) for i in range(6) for j in range(i)]
    assert found.mean_absolute_correlation == pytest.approx(np.mean(pairs))
    assert len(found.stuck) == 0


def test_stuck_bits(rng):
    codes = rng.random((100, 5)) < 0.5
    codes[:, 1], codes[:, 4] = True, False
    found, free = code_statistics(codes), code_statistics(codes[:, [0, 2, 3]])
    np.testing.assert_array_equal(found.stuck, [1, 4])
    assert (found.entropy[[1, 4]] == 0).all() and not np.signbit(found.entropy).any()
    assert not found.correlation[[1, 4]].any() and not found.correlation[:, [1, 4]].any()
    assert found.mean_absolute_correlation == free.mean_absolute_correlation
    assert "2 stuck" in repr(found)


@pytest.mark.parametrize("bits", [1, 2])
def test_no_pair_of_free_bits_is_no_correlation(bits):
    codes = np.ones((4, bits))
    codes[:2, 0] = 0
    found = code_statistics(codes)
    assert found.mean_absolute_correlation == 0.0 and found.entropy[0] == 1.0


def test_blocks_make_no_difference(rng):
    codes = rng.random((BLOCK // 4 + 100, 8)) < 0.4
    twice = np.concatenate([codes, codes])
    one, two = code_statistics(codes), code_statistics(twice)
    np.testing.assert_allclose(one.correlation, two.correlation, atol=1e-14)
    np.testing.assert_allclose(one.entropy, two.entropy, rtol=1e-14)


def test_numbers_that_are_no_bits_are_refused():
    with pytest.raises(ValueError, match="codes must hold bits"):
        code_statistics([[0.2, 0.7]])
