"""Section 14.9: a hash table of binary codes, searched by flipping bits, gives exact results."""

import numpy as np
import pytest

from tinyae import HammingTable
from tinyae.applications import chunk_tables, radius_search
from tinyae.applications.bit_flips import flips
from tinyae.applications.chunk_tables import ChunkTables, flipped

pytestmark = pytest.mark.claim

N, CENTERS, RADII = 100_000, 2000, (0, 1, 2, 3)
# The radius at which mistakes are planted. At 32 and 64 bits, bits are flipped in several tables.
PLANTED_AT = {20: 3, 32: 3, 64: 5}
# The cost of a call that uses the tables decides which way a search takes.
WAYS = {"tables": -1e12, "exhaustive search": np.inf}


def clustered(bits, queries, rng):
    """Codes (N, bits) and queries: copies of centres in which each bit differs with 5 %.

    The last 1000 codes occur before, and the first queries are such codes. One query in four is
    drawn without regard to the codes.
    """
    centers = rng.random((CENTERS, bits)) < 0.5
    codes = np.repeat(centers, N // CENTERS, axis=0) ^ (rng.random((N, bits)) < 0.05)
    codes = codes[rng.permutation(N)]
    codes[-1000:] = codes[:1000]
    asked = centers[rng.integers(CENTERS, size=queries)] ^ (rng.random((queries, bits)) < 0.05)
    asked[: queries // 4] = codes[: queries // 4]
    asked[-(queries // 4) :] = rng.random((queries // 4, bits)) < 0.5
    return codes, asked


def one_flip_fewer(patch):
    """Bits are flipped as for a radius that is smaller by one."""
    patch.setattr(chunk_tables, "flipped", lambda radius, chunks: flipped(radius - 1, chunks))


def without_the_code_itself(patch):
    """Bits are flipped, but the query's own code is not looked up."""
    patch.setattr(chunk_tables, "flips", lambda bits, radius: flips(bits, radius)[1:])


def one_entry_per_address(patch):
    """An address gives its first entry only, as a dictionary without lists does."""
    buckets = ChunkTables._buckets

    def shortened(tables, queries, each):
        first, sizes = buckets(tables, queries, each)
        return first, np.minimum(sizes, 1)

    patch.setattr(ChunkTables, "_buckets", shortened)


def first_part_only(patch):
    """The first of several tables is looked up only."""

    def shortened(radius, chunks):
        return [*flipped(radius, chunks)[:1], *[-1] * (chunks - 1)]

    patch.setattr(chunk_tables, "flipped", shortened)


# Mistakes in the search itself, by what is said of them.
CONTROLS = {
    "one bit too few is flipped": one_flip_fewer,
    "the query's own code is not looked up": without_the_code_itself,
    "an address gives one entry": one_entry_per_address,
    "only the first part of the code is looked up": first_part_only,
}


def unlike(found, expected):
    """How many queries have a result unlike what is expected."""
    return sum(not np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_the_table_equals_brute_force(claim, full, monkeypatch):
    queries = 1000 if full else 60
    c = claim("S47", "14.9",
              "Looking up a code, and the codes made from it by flipping bits, finds exactly the "
              "entries that a comparison with all codes finds within the radius. So do tables of "
              "parts of longer codes, and tables to which entries were added and from which "
              "entries were removed. Mistakes planted in the search give other results.",
              on=f"{N} codes of 20, 32 and 64 bits in clusters, with duplicates; 1000 queries at "
                 "each radius from 0 to 3; for the last part a third of the entries was added "
                 "and a tenth removed")  # fmt: skip
    rng = np.random.default_rng(c.seeds(1)[0])
    for bits in (20, 32, 64):
        codes, asked = clustered(bits, queries, rng)
        distances = [(codes != query).sum(axis=1, dtype=np.uint8) for query in asked]
        expected = {r: [np.flatnonzero(row <= r) for row in distances] for r in RADII}
        some = [sum(len(found) > 0 for found in expected[r]) / queries for r in RADII]
        c.quote(f"{bits} bits: share of the queries with results, radius 0 to 3", some)
        for way, cost in WAYS.items():
            monkeypatch.setattr(radius_search, "CALL", cost)
            table = HammingTable(codes)
            wrong = [unlike(table.lookup(asked, r), expected[r]) for r in RADII]
            what = f"{bits} bits, {way}: share of the queries with a result unlike brute force"
            c.show(what, np.divide(wrong, queries), at_most=0)
            c.control("a radius that is smaller by one", what,
                      unlike(table.lookup(asked, 2), expected[3]) / queries)  # fmt: skip
            found = [table.lookup(query, 2) for query in asked[:50]]
            c.show(f"{bits} bits, {way}: the same for 50 queries one by one, radius 2",
                   unlike(found, expected[2][:50]), at_most=0)  # fmt: skip
            assert (table._search.tables is not None) == (way == "tables")
        monkeypatch.setattr(radius_search, "CALL", WAYS["tables"])
        table = HammingTable(codes)
        table.lookup(asked, 2)
        radius = PLANTED_AT[bits]
        right = [np.flatnonzero(row <= radius) for row in distances]
        what = f"{bits} bits: the same share at radius {radius}, where mistakes are planted"
        c.show(what, unlike(table.lookup(asked, radius), right) / queries, at_most=0)
        for mistake, plant in CONTROLS.items():
            if plant is first_part_only and bits == 20:
                continue  # one table of whole codes
            with monkeypatch.context() as patch:
                plant(patch)
                wrong = unlike(table.lookup(asked, radius), right) / queries
            c.control(mistake, what, wrong)
        table = HammingTable(codes[: 2 * N // 3])
        table.lookup(asked, 2)  # which builds the tables
        table.add(codes[2 * N // 3 :])
        away = rng.choice(N, N // 10, replace=False)
        table.remove(away)
        wrong = []
        for radius in RADII:
            kept = [np.setdiff1d(found, away) for found in expected[radius]]
            wrong.append(unlike(table.lookup(asked, radius), kept))
        what = f"{bits} bits, entries added and removed: the same share"
        c.show(what, np.divide(wrong, queries), at_most=0)
        c.control("the removed entries are still found", what,
                  unlike(table.lookup(asked, 3), expected[3]) / queries)  # fmt: skip
