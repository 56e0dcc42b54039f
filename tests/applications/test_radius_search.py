"""Tables are built when they are worth it, and every way gives the same pairs."""

import numpy as np
import pytest

from tests.brute_hamming import draw_codes, hamming
from tinyae.applications import radius_search
from tinyae.applications.chunk_tables import ChunkTables
from tinyae.applications.code_store import CodeStore
from tinyae.applications.packed_codes import pack
from tinyae.applications.radius_search import RadiusSearch


def expected(queries, codes, radius):
    """Rows, indices and distances (pairs, 3)."""
    distances = hamming(queries, codes)
    pairs = np.argwhere(distances <= radius)
    return np.column_stack([pairs, distances[tuple(pairs.T)]])


def pairs(search, store, queries, radius):
    return np.array(search.pairs(store, pack(queries), radius)).T


@pytest.fixture
def cheap(monkeypatch):
    """Calls cost nothing, so that tables pay for few codes too."""
    monkeypatch.setattr(radius_search, "CALL", 0.0)
    monkeypatch.setattr(radius_search, "SCAN", 20.0)


def test_tables_are_built_once_searches_would_have_saved_their_cost(rng, cheap):
    codes, queries = draw_codes(rng, 2000, 24)
    store, search = CodeStore(pack(codes), 24), RadiusSearch()
    built = []
    for _ in range(20):
        np.testing.assert_array_equal(pairs(search, store, queries[:1], 1),
                                      expected(queries[:1], codes, 1))  # fmt: skip
        built.append(search.tables is not None)
    assert not built[0] and built[-1] and built == sorted(built)
    assert search.nbytes == search.tables.nbytes > 0


def test_a_single_search_in_many_codes_does_not_build_tables(rng):
    codes = rng.random((20_000, 32)) < 0.5
    store, search = CodeStore(pack(codes), 32), RadiusSearch()
    search.pairs(store, pack(codes[:1]), 2)
    assert search.tables is None and search.nbytes == 0


def test_added_codes_are_searched_before_and_after_they_join_the_tables(rng, cheap):
    codes, queries = draw_codes(rng, 2000, 24)
    store, search = CodeStore(pack(codes[:1000]), 24), RadiusSearch()
    pairs(search, store, np.repeat(queries, 40, axis=0), 1)
    first = search.tables
    assert first.count == 1000
    for stop in range(1050, 2001, 50):
        store.append(pack(codes[stop - 50 : stop]))
        np.testing.assert_array_equal(pairs(search, store, queries, 1),
                                      expected(queries, codes[:stop], 1))  # fmt: skip
        if stop == 1050:
            assert search.tables is first, "a few new codes are no reason to build them again"
    assert search.tables is not first


def test_removed_codes_are_left_out_before_and_after_building(rng, cheap):
    codes, queries = draw_codes(rng, 2000, 24)
    store, search = CodeStore(pack(codes), 24), RadiusSearch()
    wanted = expected(queries, codes, 2)
    pairs(search, store, np.repeat(queries, 40, axis=0), 2)
    assert search.tables is not None
    for part in np.split(rng.permutation(2000)[:600], 3):
        store.remove(part)
        wanted = wanted[~np.isin(wanted[:, 1], part)]
        np.testing.assert_array_equal(pairs(search, store, queries, 2), wanted)
    again = RadiusSearch()
    pairs(again, store, np.repeat(queries, 40, axis=0), 2)
    assert again.nbytes < search.nbytes
    np.testing.assert_array_equal(pairs(again, store, queries, 2), wanted)


def test_stuck_bits_lead_to_a_scan_and_not_to_wrong_pairs(rng, monkeypatch):
    monkeypatch.setattr(radius_search, "CALL", 0.0)
    monkeypatch.setattr(radius_search, "BUILD", 0.0)
    codes = np.zeros((3000, 32), bool)
    codes[:, ::8] = rng.random((3000, 4)) < 0.5
    store, search = CodeStore(pack(codes), 32), RadiusSearch()
    for _ in range(3):
        np.testing.assert_array_equal(pairs(search, store, codes[:40], 1),
                                      expected(codes[:40], codes, 1))  # fmt: skip
    assert search.tables is not None
    most = int(3000 * radius_search.SCAN / radius_search.CANDIDATE)
    assert len(search.tables.pairs_within(pack(codes[:40]), 1, most)[3]) == 40


def test_a_large_radius_is_searched_exhaustively(rng, cheap):
    codes, queries = draw_codes(rng, 1000, 64)
    queries[0] = ~codes[5]  # the largest distance
    store, search = CodeStore(pack(codes), 64), RadiusSearch()
    pairs(search, store, np.repeat(queries, 40, axis=0), 0)
    assert search.tables is not None
    assert not search._use_tables(store, 24, 32)
    for radius in (32, 64):
        np.testing.assert_array_equal(pairs(search, store, queries, radius),
                                      expected(queries, codes, radius))  # fmt: skip


@pytest.mark.one_in(2)
@pytest.mark.parametrize("stuck", [0, 24, pytest.param(31, marks=pytest.mark.slow)])
def test_tables_in_vain_take_no_longer_than_the_scans(stuck, rng, monkeypatch):
    """In the units of the estimates, whatever the bits depend on, while codes are added."""
    monkeypatch.setattr(radius_search, "CALL", 0.0)
    built = []

    def counted(packed, bits, chunks, kept):
        built.append(radius_search.BUILD * chunks * packed.shape[1])
        return ChunkTables(packed, bits, chunks, kept)

    monkeypatch.setattr(radius_search, "ChunkTables", counted)
    codes = (rng.random((4000, 32)) < 0.5) & (np.arange(32) >= stuck)
    store, search = CodeStore(pack(codes[:2000]), 32), RadiusSearch()
    scans = 0.0
    for stop in range(2020, 4001, 20):
        asked = codes[rng.integers(2000, size=100)]
        search.pairs(store, pack(asked), 1)
        scans += radius_search.SCAN * len(asked) * store.count
        assert sum(built) <= scans
        store.append(pack(codes[stop - 20 : stop]))
    assert len(built) > 2
