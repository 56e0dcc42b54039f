"""The exhaustive search: exact in any blocks, and ties by number."""

import threading

import numpy as np
import pytest

from tests.brute_hamming import BITS, draw_codes, hamming, nearest
from tinyae import HammingTable
from tinyae.applications import exhaustive
from tinyae.applications.packed_codes import pack


@pytest.mark.one_in(54)
@pytest.mark.parametrize("block", [1, 7, 64, 1 << 15])
@pytest.mark.parametrize("bits", BITS)
def test_pairs_within(bits, block, rng, monkeypatch):
    monkeypatch.setattr(exhaustive, "BLOCK", block)
    codes, queries = draw_codes(rng, 100, bits)
    for radius in {0, 1, bits // 2, bits}:
        rows, indices, distances = exhaustive.pairs_within(pack(codes), pack(queries), bits, radius)
        np.testing.assert_array_equal(distances, hamming(queries, codes)[rows, indices])
        pairs = np.array([rows, indices]).T
        np.testing.assert_array_equal(pairs[np.lexsort(pairs.T[::-1])],
                                      np.argwhere(hamming(queries, codes) <= radius))  # fmt: skip


@pytest.mark.one_in(18)
@pytest.mark.parametrize("first", [1, 16, 1 << 10])
@pytest.mark.parametrize("bits", [*BITS, 255, 300])
def test_nearest(bits, first, rng, monkeypatch):
    monkeypatch.setattr(exhaustive, "FIRST", first)
    monkeypatch.setattr(exhaustive, "ROWS", 10)
    monkeypatch.setattr(exhaustive, "BLOCK", 64)
    codes, queries = draw_codes(rng, 300, bits)
    for k in (1, 2, 7, 8, 9, 150, 300):  # on both sides of BLOCK / SORTED
        found = exhaustive.nearest(pack(codes), pack(queries), bits, k, None)
        for one, other in zip(found, nearest(queries, codes, k), strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == np.intp


@pytest.mark.parametrize("threads", [1, 2, 3, 50])
@pytest.mark.parametrize("k", [1, 150])
def test_queries_are_shared_out_over_threads(k, threads, rng, monkeypatch):
    """More threads than queries too. All threads search: each does at least one block."""
    monkeypatch.setattr(exhaustive, "ROWS", 2)
    searching, distances = set(), exhaustive.distances

    def noting(*arguments):
        searching.add(threading.current_thread())
        return distances(*arguments)

    monkeypatch.setattr(exhaustive, "distances", noting)
    codes, queries = draw_codes(rng, 300, 20)
    queries = queries[:7]
    table = HammingTable(codes)
    found = table.nearest(queries, k, threads=threads)
    for one, other in zip(found, nearest(queries, codes, k), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(searching) == min(threads, 7)
    assert [len(part) for part in table.nearest(queries[0], k, threads=threads)] == [k] * 2
    assert table.nearest(queries[:0], k, threads=threads)[0].shape == (0, k)
    with pytest.raises(ValueError, match="threads"):
        table.nearest(queries, k, threads=0)


@pytest.mark.parametrize("k", [1, 5, 40, 60])
def test_removed_codes_are_not_found_even_where_no_other_is_near(k, rng, monkeypatch):
    monkeypatch.setattr(exhaustive, "FIRST", 16)
    monkeypatch.setattr(exhaustive, "BLOCK", 64)
    codes, queries = draw_codes(rng, 300, 20)
    removed = np.concatenate([np.arange(100), np.arange(110, 250)])  # the first blocks are empty
    kept = np.setdiff1d(np.arange(300), removed)
    gone = np.isin(np.arange(300), removed)
    found = exhaustive.nearest(pack(codes), pack(queries), 20, k, gone)
    for one, other in zip(found, nearest(queries, codes[kept], k, kept), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_queries_have_no_results(rng):
    codes = pack(rng.random((100, 20)) < 0.5)
    assert [len(part) for part in exhaustive.pairs_within(codes, codes[:, :0], 20, 20)] == [0] * 3
    assert [part.shape for part in exhaustive.nearest(codes, codes[:, :0], 20, 7, None)] == [
        (0, 7)
    ] * 2
