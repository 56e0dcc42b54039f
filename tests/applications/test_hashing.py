"""HammingTable equals brute force, whatever is added, removed, saved and loaded."""

import copy
import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.brute_hamming import BITS, draw_codes, hamming, nearest, same_lists, within
from tinyae import HammingTable
from tinyae.applications import radius_search


@pytest.fixture(params=["as it decides", "tables", "scan"])
def way(request, monkeypatch):
    """Every search by tables, or none, or as the costs say."""
    if request.param == "tables":
        monkeypatch.setattr(radius_search, "CALL", -1e9)
        monkeypatch.setattr(radius_search, "BUILD", 0.0)
    elif request.param == "scan":
        monkeypatch.setattr(radius_search, "CALL", np.inf)
    return request.param


@pytest.mark.one_in(36)
@pytest.mark.parametrize("bits", BITS)
def test_lookup_and_nearest_equal_brute_force(bits, way, rng):
    codes, queries = draw_codes(rng, 500, bits)
    table = HammingTable(codes)
    for radius in [r for r in range(4) if r <= bits] + [bits]:
        asked = queries if radius < 4 else queries[:2]
        wanted = within(asked, codes, radius)
        same_lists(table.lookup(asked, radius), wanted)
        same_lists([table.lookup(query, radius) for query in asked], wanted)
        rows, indices = table.lookup_pairs(asked, radius)
        np.testing.assert_array_equal(
            rows, np.repeat(np.arange(len(asked)), list(map(len, wanted)))
        )
        np.testing.assert_array_equal(indices, np.concatenate(wanted))
        triples = table.lookup_distances(asked, radius)
        apart = hamming(asked, codes)[rows, indices]
        np.testing.assert_array_equal(triples, [rows, indices, apart])
        assert way == "as it decides" or (table._search.tables is not None) == (way == "tables")
    for k in (1, 10, 500):
        found, wanted = table.nearest(queries, k), nearest(queries, codes, k)
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(one, other)
        alone = table.nearest(queries[3], k)
        assert alone[0].shape == alone[1].shape == (k,)
        np.testing.assert_array_equal(alone, [part[3] for part in wanted])


@pytest.mark.one_in(12)
@pytest.mark.parametrize("bits", [7, 130])
def test_the_same_after_adding_removing_saving_and_loading(bits, way, rng, tmp_path):
    codes, queries = draw_codes(rng, 600, bits)
    table, numbers = HammingTable(codes[:300]), np.arange(300)

    def check(table):
        assert len(table) == len(numbers) and table.bits == bits
        np.testing.assert_array_equal(table.indices, numbers)
        np.testing.assert_array_equal(table.codes, codes[numbers])
        for radius in range(3):
            same_lists(table.lookup(queries, radius),
                       within(queries, codes[numbers], radius, numbers))  # fmt: skip
        for one, other in zip(table.nearest(queries, 10),
                              nearest(queries, codes[numbers], 10, numbers),
                              strict=True):  # fmt: skip
            np.testing.assert_array_equal(one, other)

    for start in range(300, 600, 100):
        check(table)
        new = table.add(codes[start : start + 100])
        np.testing.assert_array_equal(new, np.arange(start, start + 100))
        numbers = np.concatenate([numbers, new])
        check(table)
        gone = rng.choice(numbers, 60, replace=False)
        table.remove(gone)
        numbers = np.setdiff1d(numbers, gone)
        check(table)
        table.save(tmp_path / "t")
        for mmap in (False, True):
            check(HammingTable.load(tmp_path / "t", mmap=mmap))
        table = HammingTable.load(tmp_path / "t", mmap=start == 400)


def bit_rows(n, bits):
    return st.lists(st.integers(0, (1 << bits) - 1), min_size=n, max_size=40)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(data=st.data(), bits=st.sampled_from([1, 3, 9, 40, 70]))
def test_properties(data, bits):
    """Symmetric, growing with the radius, everything at the largest, and the nearest agree."""

    def rows(least):
        drawn = data.draw(bit_rows(least, bits))
        return np.array([[number >> bit & 1 for bit in range(bits)] for number in drawn], bool)

    codes, queries = rows(1), rows(1)
    radius = data.draw(st.integers(0, bits))
    found = HammingTable(codes).lookup(queries, radius)
    back = HammingTable(queries).lookup(codes, radius)
    assert {(i, j) for i, js in enumerate(found) for j in js.tolist()} == {
        (i, j) for j, found in enumerate(back) for i in found.tolist()
    }
    table = HammingTable(codes)
    larger = table.lookup(queries, min(bits, radius + 1))
    assert all(set(a) <= set(b) for a, b in zip(found, larger, strict=True))
    assert all(len(all_of_them) == len(codes) for all_of_them in table.lookup(queries, bits))
    indices, distances = table.nearest(queries, len(codes))
    same_lists([np.sort(i[d <= radius]) for i, d in zip(indices, distances, strict=True)], found)
    flipped = HammingTable(~codes).lookup(~queries, radius)
    same_lists(flipped, found)


def test_single_queries_and_batches_have_their_forms(rng):
    codes, queries = draw_codes(rng, 100, 20)
    table = HammingTable(codes)
    assert isinstance(table.lookup(queries[0], 2), np.ndarray)
    assert isinstance(table.lookup(queries[:1], 2), list)
    assert table.nearest(queries[:1], 3)[0].shape == (1, 3)


def test_lists_numbers_and_booleans_are_the_same_codes(rng):
    codes, queries = draw_codes(rng, 100, 9)
    wanted = within(queries, codes, 2)
    for kind in (np.uint8, np.int64, np.float32, float):
        same_lists(HammingTable(codes.astype(kind)).lookup(queries.astype(kind), 2), wanted)
    same_lists(HammingTable(codes.tolist()).lookup(queries.tolist(), 2), wanted)


def test_the_table_does_not_share_memory_with_what_it_was_given(rng):
    codes, queries = draw_codes(rng, 100, 8)
    given, wanted = codes.copy(), within(queries, codes, 2)
    table = HammingTable(given)
    given[:] = False
    same_lists(table.lookup(queries, 2), wanted)
    found = table.lookup(queries, 2)
    for one in found:
        one[:] = 7  # results are the caller's
    table.codes[:] = False
    same_lists(table.lookup(queries, 2), wanted)


def test_indexing_gives_codes(rng):
    codes, _ = draw_codes(rng, 50, 12)
    table = HammingTable(codes)
    np.testing.assert_array_equal(table[7], codes[7])
    np.testing.assert_array_equal(table[[3, 3, 9]], codes[[3, 3, 9]])
    table.remove(7)
    for wrong, said in ((7, "entry 7 was removed"), (50, "there is no entry 50"), (-1, "0 to 49")):
        with pytest.raises(IndexError, match=said):
            table[wrong]
    with pytest.raises(TypeError, match="flatnonzero"):
        table[codes[:, 0]]


@pytest.mark.slow
def test_all_codes_in_turn_need_no_memory_for_all_codes(rng):
    codes = rng.random((200_000, 32)) < 0.5
    table = HammingTable(codes)
    table.remove([0, 7, 199_999])
    np.testing.assert_array_equal(list(table), np.delete(codes, [0, 7, 199_999], axis=0))
    tracemalloc.start()
    first = next(iter(table))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(first, codes[1])
    assert peak < 3e6 < codes.nbytes


def test_a_code_is_in_the_table_if_an_entry_has_it(way, rng):
    codes, _ = draw_codes(rng, 300, 40)
    table = HammingTable(codes)
    assert codes[3] in table and codes[3].astype(int).tolist() in table
    assert (codes[3] ^ (np.arange(40) == 39)) not in table  # one bit differs
    table.remove(table.lookup(codes[3], 0))
    assert codes[3] not in table
    for wrong, said in ((codes[:2], "one code"), (codes[3, :9], "codes of 9 bits")):
        with pytest.raises(ValueError, match=said):
            wrong in table  # noqa: B015


def test_no_entries_are_found_added_and_removed(way, rng):
    codes, queries = draw_codes(rng, 300, 40)
    table, none = HammingTable(codes), absent_code(codes)
    for _ in range(2):
        found = table.lookup(none, 0)
        assert found.shape == (0,) and table[found].shape == (0, 40)
        table.remove(found)
        table.remove([])
        assert table.add(codes[:0]).shape == (0,) and len(table) == 300
        assert table.lookup(codes[:0], 2) == []
        assert [part.shape for part in table.lookup_pairs(codes[:0], 2)] == [(0,), (0,)]
        assert list(map(len, table.lookup_distances(none[None], 0))) == [0, 0, 0]
        assert [part.shape for part in table.nearest(codes[:0], 3)] == [(0, 3), (0, 3)]
        same_lists(table.lookup(queries, 2), within(queries, codes, 2))  # builds tables


def absent_code(codes):
    """A code that none of these is."""
    numbers = set(map(bytes, codes))
    return next(row for row in np.eye(codes.shape[1], dtype=bool) if bytes(row) not in numbers)


def test_everything_can_be_removed(rng):
    codes, queries = draw_codes(rng, 30, 12)
    table = HammingTable(codes)
    table.remove(np.arange(30))
    assert len(table) == 0 and table.codes.shape == (0, 12)
    assert all(len(found) == 0 for found in table.lookup(queries, 12))
    with pytest.raises(ValueError, match="k = 1 is more than the 0 entries"):
        table.nearest(queries, 1)
    np.testing.assert_array_equal(table.add(codes[:2]), [30, 31])
    np.testing.assert_array_equal(
        table.lookup(codes[0], 0), [30, 31] if (codes[0] == codes[1]).all() else [30]
    )


def test_copies_are_independent(rng):
    codes, queries = draw_codes(rng, 100, 20)
    table = HammingTable(codes)
    for twin in (copy.deepcopy(table), pickle.loads(pickle.dumps(table))):
        twin.add(~codes)
        twin.remove(np.arange(50))
        assert len(table) == 100 and len(twin) == 150
        same_lists(table.lookup(queries, 2), within(queries, codes, 2))


def test_bytes_count_codes_and_tables(monkeypatch, rng):
    codes, queries = draw_codes(rng, 1000, 32)
    table = HammingTable(codes)
    assert table.nbytes == 4000 and "4000 bytes" in repr(table)
    monkeypatch.setattr(radius_search, "BUILD", 0.0)
    monkeypatch.setattr(radius_search, "CALL", 0.0)
    table.lookup(queries, 1)
    assert table.nbytes == 4000 + table._search.tables.nbytes > 16_000


TABLE = HammingTable(np.eye(5, dtype=bool))
WRONG = {
    "no bits": (ValueError, "codes must hold bits.* got 0.3 in row 1, column 2; binary_codes",
                lambda: HammingTable([[0, 1, 1], [1, 1, 0.3]])),
    "NaN": (ValueError, "codes must hold bits", lambda: HammingTable([[0, np.nan]])),
    "minus one": (ValueError, "got -1 in row 0", lambda: HammingTable(np.array([[-1, 1]]))),
    "text": (TypeError, "codes must hold real numbers", lambda: HammingTable([["a", "b"]])),
    "no codes": (ValueError, "codes is empty", lambda: HammingTable(np.empty((0, 8), bool))),
    "no width": (ValueError, "codes is empty", lambda: HammingTable(np.empty((8, 0), bool))),
    "one axis": (ValueError, r"two axes .* code\[None, :\]", lambda: HammingTable([0, 1])),
    "three axes": (ValueError, "two axes", lambda: HammingTable(np.zeros((2, 2, 2), bool))),
    "another width": (ValueError, "codes of 4 bits, but the table has codes of 5 bits",
                      lambda: TABLE.add(np.zeros((2, 4), bool))),
    "query's width": (ValueError, "query has codes of 4 bits", lambda: TABLE.lookup([0] * 4, 1)),
    "query's axes": (ValueError, r"one code \(5,\)", lambda: TABLE.lookup([[[0] * 5]], 1)),
    "query's bits": (ValueError, "query must hold bits", lambda: TABLE.nearest([0.5] * 5, 1)),
    "no queries of another width": (ValueError, "query has codes of 4 bits",
                                    lambda: TABLE.lookup(np.empty((0, 4), bool), 1)),
    "an empty query": (ValueError, "query has codes of 0 bits", lambda: TABLE.lookup([], 1)),
    "an empty mask": (TypeError, "flatnonzero", lambda: TABLE.remove(np.empty(0, bool))),
    "no numbers of two axes": (ValueError, "indices must be",
                               lambda: TABLE.remove(np.empty((0, 2), int))),
    "pairs of one": (ValueError, "queries must have two axes",
                     lambda: TABLE.lookup_pairs([0] * 5, 1)),
    "negative radius": (ValueError, "radius must be at least 0", lambda: TABLE.lookup([0] * 5, -1)),
    "large radius": (ValueError, "radius must be at most the 5 bits",
                     lambda: TABLE.lookup([0] * 5, 6)),
    "half a radius": (TypeError, "radius must be a whole", lambda: TABLE.lookup([0] * 5, 1.5)),
    "no k": (ValueError, "k must be at least 1", lambda: TABLE.nearest([0] * 5, 0)),
    "large k": (ValueError, "k = 6 is more than the 5 entries", lambda: TABLE.nearest([0] * 5, 6)),
    "remove what is not there": (ValueError, "there is no entry 5; .* 0 to 4",
                                 lambda: TABLE.remove([0, 5])),
    "remove halves": (ValueError, "whole numbers, got 0.5", lambda: TABLE.remove([0, 0.5])),
    "remove NaN": (ValueError, "whole numbers, got nan", lambda: TABLE.remove([np.nan])),
    "remove a mask": (TypeError, "flatnonzero", lambda: TABLE.remove([True, False])),
    "map maybe": (TypeError, "mmap must be True or False",
                  lambda: HammingTable.load("t", mmap=None)),
    "verify maybe": (TypeError, "verify must be", lambda: HammingTable.load("t", verify=1)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_errors_say_what_came_and_change_nothing(name):
    error, said, call = WRONG[name]
    with pytest.raises(error, match=said):
        call()
    assert len(TABLE) == 5
    np.testing.assert_array_equal(TABLE.codes, np.eye(5, dtype=bool))


def test_an_entry_is_removed_once(rng):
    table = HammingTable(np.eye(5, dtype=bool))
    table.remove([1, 1])
    assert len(table) == 4
    with pytest.raises(ValueError, match="entry 1 was removed"):
        table.remove([0, 1])
    assert len(table) == 4, "nothing was removed"


@pytest.mark.one_in(12)
@pytest.mark.parametrize("bits", [20, 64])
def test_memory_goes_with_the_results_and_not_with_the_searches(bits, way, rng, measured):
    codes = rng.random((20_000, bits)) < 0.5
    queries = codes[:2000] ^ (rng.random((2000, bits)) < 1 / bits)
    table = HammingTable(codes)
    table.lookup(queries, 1)  # builds tables
    tracemalloc.start()
    results = sum(found.nbytes for found in table.lookup(queries, 2))
    peak = tracemalloc.get_traced_memory()[1]
    table.nearest(queries[:100], 10)
    tracemalloc.stop()
    measured(f"memory of 2000 lookups in 20000 codes, {bits} bits, {way}: {peak / 1e6:.1f} MB")
    assert peak < 8e6 + 8 * results
