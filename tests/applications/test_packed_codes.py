"""Codes in words: what is packed comes back, and distances are numbers of unequal bits."""

import numpy as np
import pytest

from tests.brute_hamming import BITS, draw_codes, hamming
from tinyae.applications import packed_codes
from tinyae.applications.packed_codes import (
    distance_dtype,
    distances,
    pack,
    scratch_for,
    unpack,
    word_dtype,
    words_for,
)

SIZES = {1: (1, 1), 8: (1, 1), 9: (1, 2), 32: (1, 4), 33: (1, 8), 64: (1, 8), 65: (2, 8),
         130: (3, 8)}  # fmt: skip


@pytest.mark.parametrize("bits", SIZES)
def test_the_smallest_words_that_hold_a_code(bits):
    assert (words_for(bits), word_dtype(bits).itemsize) == SIZES[bits]


@pytest.mark.parametrize("bits", BITS)
def test_packing_and_back(bits, rng, monkeypatch):
    codes, _ = draw_codes(rng, 200, bits)
    packed = pack(codes)
    assert packed.shape == (words_for(bits), 200) and packed.flags.c_contiguous
    np.testing.assert_array_equal(unpack(packed, bits), codes)
    numbers = [int("".join("01"[bit] for bit in code[::-1]), 2) for code in codes.astype(int)]
    whole = [sum(int(word) << 64 * i for i, word in enumerate(one)) for one in packed.T]
    assert whole == numbers, "bit j is bit j mod 64 of word j // 64, and the rest is zero"
    monkeypatch.setattr(packed_codes, "PACKED", 3 * bits)  # blocks of three codes
    np.testing.assert_array_equal(pack(codes), packed)
    np.testing.assert_array_equal(unpack(packed, bits), codes)
    for same in (codes.astype(np.float32), codes.astype(np.int64), codes[::-1].copy()[::-1]):
        np.testing.assert_array_equal(pack(same), packed)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("bits", [*BITS, 254, 255, 256, 300])
def test_distances(bits, own, rng, monkeypatch):
    if not own:  # as with a NumPy that does not count ones
        monkeypatch.setattr(packed_codes, "count_ones", packed_codes._by_bytes)
    codes, queries = draw_codes(rng, 200, bits)
    queries[0] = ~codes[0]  # the largest distance
    a, b = pack(codes)[:, None, :], pack(queries)[:, :, None]
    out, scratch = scratch_for((24, 200), a, bits)
    for _ in range(2):  # old contents do not matter
        np.testing.assert_array_equal(distances(a, b, out, scratch), hamming(queries, codes))
    assert out[0, 0] == bits and out.dtype == distance_dtype(bits)
    assert np.iinfo(out.dtype).max > bits
