"""Tables of chunks find every code within the radius, however the bits are split."""

import numpy as np
import pytest

from tests.brute_hamming import BITS, draw_codes, hamming
from tinyae.applications import chunk_tables
from tinyae.applications.chunk_tables import (
    WIDEST,
    ChunkTables,
    chunk_count,
    flipped,
    split,
)
from tinyae.applications.packed_codes import pack

ALL = 10**9


def found(tables, queries, radius, most=ALL):
    """The set of pairs that tables find, with their distances."""
    *triples, left_out = tables.pairs_within(pack(queries), radius, most)
    assert not len(left_out)
    return set(zip(*(part.tolist() for part in triples), strict=True))


def expected(queries, codes, radius):
    distances = hamming(queries, codes)
    rows, indices = np.nonzero(distances <= radius)
    triples = (rows, indices, distances[rows, indices])
    return set(zip(*(part.tolist() for part in triples), strict=True))


@pytest.mark.one_in(18)
@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("chunks", [1, 2, 3, 5])
def test_every_split_finds_all_pairs(bits, chunks, rng):
    if chunks > bits or bits > 16 * chunks:
        chunks = -(-bits // 16)
    codes, queries = draw_codes(rng, 300, bits)
    tables = ChunkTables(pack(codes), bits, chunks, None)
    for radius in range(min(bits, 5) + 1):
        assert found(tables, queries, radius) == expected(queries, codes, radius)


@pytest.mark.parametrize("bits", BITS)
def test_the_bits_are_split_without_gaps(bits):
    for chunks in range(1, min(bits, 9) + 1):
        parts = split(bits, chunks)
        covered = [bit for part in parts for bit in range(part.start, part.start + part.width)]
        assert covered == list(range(bits)) and len(parts) == chunks
        addresses = [
            address for part in parts for address in (part.first, part.first + (1 << part.width))
        ]
        assert addresses[0] == 0 and addresses[1:-1:2] == addresses[2::2]
        widths = [part.width for part in parts]
        assert max(widths) - min(widths) <= 1


@pytest.mark.parametrize("chunks", [1, 2, 3, 5])
def test_flips_in_chunks_are_as_few_as_the_pigeonhole_allows(chunks):
    """Differences in every chunk, one more than is flipped there, are more than the radius."""
    for radius in range(12):
        each = flipped(radius, chunks)
        assert sum(number + 1 for number in each) == radius + 1
        assert max(each) - min(each) <= 1


def test_a_chunk_across_two_words(rng):
    codes = rng.random((50, 130)) < 0.5
    for start, width in ((0, 20), (50, 20), (60, 10), (64, 5), (120, 10), (44, 20)):
        value = chunk_tables.Chunk(start, width, 0).of(pack(codes))
        np.testing.assert_array_equal(
            value, codes[:, start : start + width] @ (1 << np.arange(width))
        )


def test_small_blocks_and_left_out_queries(rng, monkeypatch):
    codes, queries = draw_codes(rng, 400, 20)
    codes[:, :10] = queries[:12, :10] = False  # stuck bits: many candidates
    tables = ChunkTables(pack(codes), 20, 2, None)
    wanted = expected(queries, codes, 3)
    monkeypatch.setattr(chunk_tables, "BLOCK", 50)
    assert found(tables, queries, 3) == wanted
    *triples, left_out = tables.pairs_within(pack(queries), 3, 100)
    assert len(left_out) and not set(triples[0]) & set(left_out)
    assert {triple for triple in wanted if triple[0] not in left_out} == set(
        zip(*triples, strict=True)
    )


def test_codes_that_are_not_kept_are_not_found(rng):
    codes, queries = draw_codes(rng, 300, 20)
    kept = np.flatnonzero(rng.random(300) < 0.3)
    tables = ChunkTables(pack(codes), 20, 2, kept)
    assert tables.count == 300
    assert found(tables, queries, 3) == {p for p in expected(queries, codes, 3) if p[1] in kept}
    assert not found(ChunkTables(pack(codes), 20, 2, kept[:0]), queries, 20)


def test_addresses_are_as_wide_as_the_codes_are_many():
    assert chunk_count(100_000, 20) == 1 and chunk_count(10**6, 32) == 2
    assert chunk_count(10**6, 64) == 3 and chunk_count(10, 130) == 7
    assert all(split(bits, chunk_count(10**9, bits))[0].width <= WIDEST for bits in range(1, 300))


def test_bytes_are_those_of_the_arrays(rng):
    codes, _ = draw_codes(rng, 300, 20)
    tables = ChunkTables(pack(codes), 20, 2, None)
    arrays = [it for it in vars(tables).values() if isinstance(it, np.ndarray)]
    assert tables.nbytes == sum(it.nbytes for it in arrays) > 600 * 4
