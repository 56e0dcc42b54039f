"""Codes keep their numbers, and a few codes are added to many without copying them."""

import tracemalloc

import numpy as np

from tests.brute_hamming import draw_codes
from tinyae.applications.code_store import CodeStore
from tinyae.applications.packed_codes import pack


def test_numbers_of_added_and_removed_codes(rng):
    packed = pack(draw_codes(rng, 100, 20)[0])
    store = CodeStore(packed[:, :40].copy(), 20)
    np.testing.assert_array_equal(store.append(packed[:, 40:45]), np.arange(40, 45))
    store.remove(np.array([3, 41]))
    store.remove(np.array([0]))
    np.testing.assert_array_equal(store.append(packed[:, 45:]), np.arange(45, 100))
    np.testing.assert_array_equal(store.packed, packed)
    np.testing.assert_array_equal(store.removed, [0, 3, 41])
    np.testing.assert_array_equal(store.numbers, np.setdiff1d(np.arange(100), [0, 3, 41]))
    assert len(store) == 97 and store.count == 100
    asked = np.array([-1, 0, 1, 41, 42, 99, 100])
    np.testing.assert_array_equal(store.missing(asked), [1, 1, 0, 1, 0, 0, 1])


def test_a_few_codes_are_added_without_a_copy_of_all(rng):
    packed = pack(draw_codes(rng, 1000, 20)[0])
    store, rooms = CodeStore(packed.copy(), 20), set()
    for _ in range(1000):
        store.append(packed[:, :1])
        rooms.add(store._room.ctypes.data)
    assert len(rooms) < 10
    assert store.nbytes == store._room.nbytes < 1.2 * 2000 * 4


def test_read_only_codes_are_not_written_to(rng):
    packed = pack(draw_codes(rng, 100, 20)[0])
    before = packed.copy()
    packed.flags.writeable = False
    store = CodeStore(packed[:, :50], 20)
    for _ in range(3):
        store.append(packed[:, :1] ^ 1)
    np.testing.assert_array_equal(packed, before)
    assert store.count == 53


def test_a_removal_costs_the_same_however_many_came_before():
    store = CodeStore(np.zeros((1, 100_000), np.uint8), 8)
    store.remove(np.arange(50_000))
    tracemalloc.start()
    for number in range(50_000, 50_010):
        assert not store.missing(np.array([number])).any()
        store.remove(np.array([number]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000, "nothing as long as the list of those removed"
    assert len(store) == 49_990
    np.testing.assert_array_equal(store.removed, np.arange(50_010))


def test_codes_added_after_a_removal_are_there(rng):
    packed = pack(draw_codes(rng, 100, 20)[0])
    store = CodeStore(packed[:, :40].copy(), 20, np.array([7, 39]))
    assert len(store) == 38 and store.nbytes == 40 * 4 + 40
    for start in range(40, 100, 5):  # with and without a new array
        store.append(packed[:, start : start + 5])
        assert not store.missing(np.arange(40, start + 5)).any()
    store.remove(np.array([41, 41]))
    assert len(store) == 97
    np.testing.assert_array_equal(store.removed, [7, 39, 41])
    np.testing.assert_array_equal(store.gone, np.isin(np.arange(100), [7, 39, 41]))
