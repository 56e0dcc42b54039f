"""Pictures of bars: only whole rows or whole columns, with the probabilities that are stated."""

import numpy as np
import pytest

from tinyae.datasets import bars, bars_distribution


def is_bars(picture):
    """Whether all rows, or all columns, are constant."""
    return (picture == picture[:, :1]).all() or (picture == picture[:1]).all()


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("side", "on"), [(1, 0.5), (2, 0.3), (3, 0.5), (4, 0.25)])
def test_the_distribution_is_that_of_the_pictures(side, on):
    pictures, p = bars_distribution(side, on=on)
    assert len(pictures) == len(np.unique(pictures, axis=0)) == max(2, 2 * 2**side - 2)
    assert p.sum() == pytest.approx(1.0, abs=1e-12)
    assert all(is_bars(x.reshape(side, side)) for x in pictures)
    n = 40_000
    x = bars(n, side=side, on=on)
    assert x.shape == (n, side * side) and x.dtype == float
    counts = (x[:, None] == pictures[None]).all(axis=2).sum(axis=0)
    assert counts.sum() == n, "no other picture is drawn"
    assert (np.abs(counts - n * p) < 5 * np.sqrt(n * p * (1 - p))).all()


def test_probabilities_of_single_pictures():
    pictures, p = bars_distribution(3, on=0.25)
    found = {tuple(x.astype(int)): q for x, q in zip(pictures, p, strict=True)}
    assert found[(0,) * 9] == pytest.approx(0.75**3)
    assert found[(1,) * 9] == pytest.approx(0.25**3)
    assert found[(1, 1, 1, 0, 0, 0, 0, 0, 0)] == pytest.approx(0.5 * 0.25 * 0.75**2)
    assert found[(1, 0, 1) * 3] == pytest.approx(0.5 * 0.25**2 * 0.75)
    entropy = -(bars_distribution()[1] * np.log(bars_distribution()[1])).sum()
    assert entropy == pytest.approx(np.log(32) - np.log(2) / 8)


def test_a_seed_gives_the_same_pictures():
    np.testing.assert_array_equal(bars(20, rng=3), bars(20, rng=3))
    assert not np.array_equal(bars(20, rng=3), bars(20, rng=4))


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match="side must be at most 16"):
        bars_distribution(17)
    for on in (0.0, 1.0):
        with pytest.raises(ValueError, match="^on must"):
            bars(4, on=on)
