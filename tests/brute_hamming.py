"""The plain comparison of every query with every code, which tables of codes must equal."""

import numpy as np

BITS = (1, 7, 8, 20, 32, 33, 64, 65, 130)


def draw_codes(rng, n, bits, m=24):
    """Codes (n, bits) with duplicates, and queries (m, bits): some near a code, some anywhere."""
    codes = rng.random((n, bits)) < 0.5
    codes[n // 2 : n // 2 + n // 10] = codes[: n // 10]
    codes[n // 10 : n // 5] ^= rng.random((n // 5 - n // 10, bits)) < 1.5 / bits
    near = codes[rng.integers(n, size=m - m // 4)] ^ (rng.random((m - m // 4, bits)) < 1.5 / bits)
    return codes, np.concatenate([near, rng.random((m // 4, bits)) < 0.5])


def hamming(queries, codes):
    """Distances (m, n), by counting unequal entries."""
    return (queries[:, None] != codes).sum(axis=2)


def within(queries, codes, radius, numbers=None):
    """A list of the numbers of the codes within the radius, for each query."""
    numbers = np.arange(len(codes)) if numbers is None else numbers
    return [numbers[row <= radius] for row in hamming(queries, codes)]


def nearest(queries, codes, k, numbers=None):
    """(indices, distances), both (m, k); equal distances by number."""
    numbers = np.arange(len(codes)) if numbers is None else numbers
    found = hamming(queries, codes)
    order = np.argsort(found, axis=1, kind="stable")[:, :k]
    return numbers[order], np.take_along_axis(found, order, axis=1)


def same_lists(found, expected):
    """Assert that two lists of index arrays are equal."""
    assert isinstance(found, list) and len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == np.intp
