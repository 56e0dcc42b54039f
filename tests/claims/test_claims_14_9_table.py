"""Section 14.9: a hash table of binary codes, searched by flipping bits, gives exact results."""

import numpy as np
import pytest

from tinyae import HammingTable
from tinyae.applications import radius_search
from tinyae.applications.chunk_tables import flipped

pytestmark = pytest.mark.claim

N, CENTERS, RADII = 100_000, 2000, (0, 1, 2, 3)
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


def one_flip(table, queries, radius):
    """What is found where at most one bit is flipped."""
    return table.lookup(queries, min(radius, 1))


def without_the_code_itself(table, queries, radius):
    """What is found where bits are flipped, but the query's own code is not looked up."""
    pairs = zip(table.lookup(queries, radius), table.lookup(queries, 0), strict=True)
    return [np.setdiff1d(found, same) for found, same in pairs]


def one_entry_per_code(table, queries, radius):
    """What a dictionary finds that keeps the first entry of each code."""
    _, first = np.unique(table.codes, axis=0, return_index=True)
    return [found[np.isin(found, first)] for found in table.lookup(queries, radius)]


def first_chunk(table, queries, radius):
    """What is found where bits are flipped in the first of several chunks only."""
    chunks = table._search.tables.chunks
    part, most = slice(0, chunks[0].width), flipped(radius, len(chunks))[0]
    codes, found = table.codes[:, part], table.lookup(queries, radius)
    return [
        these[(codes[these] != query[part]).sum(axis=1) <= most]
        for these, query in zip(found, queries, strict=True)
    ]


CONTROLS = {
    "if one bit is flipped at most": one_flip,
    "if the query's own code is not looked up": without_the_code_itself,
    "if the table keeps one entry for each code": one_entry_per_code,
    "if bits are flipped in the first part of the code only": first_chunk,
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
              "entries were removed.",
              on=f"{N} codes of 20, 32 and 64 bits in clusters, with duplicates; 1000 queries at "
                 "each radius from 0 to 3; for the last part a third of the entries was added "
                 "and a tenth removed")  # fmt: skip
    rng = np.random.default_rng(47)
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
            wrong.append(unlike([table.lookup(query, 2) for query in asked[:50]], expected[2][:50]))
            c.show(f"{bits} bits, {way}: queries with a result unlike brute force", wrong,
                   at_most=0)  # fmt: skip
            assert (table._search.tables is not None) == (way == "tables")
        monkeypatch.setattr(radius_search, "CALL", WAYS["tables"])
        table = HammingTable(codes)
        table.lookup(asked, 2)
        for what, control in CONTROLS.items():
            if control is first_chunk and bits == 20:
                continue  # one table of whole codes
            c.show(f"{bits} bits: the same at radius 2, {what}",
                   unlike(control(table, asked, 2), expected[2]), at_least=1)  # fmt: skip
        table = HammingTable(codes[: 2 * N // 3])
        table.lookup(asked, 2)  # which builds the tables
        table.add(codes[2 * N // 3 :])
        away = rng.choice(N, N // 10, replace=False)
        table.remove(away)
        wrong = []
        for radius in RADII:
            kept = [np.setdiff1d(found, away) for found in expected[radius]]
            wrong.append(unlike(table.lookup(asked, radius), kept))
        c.show(f"{bits} bits, entries added and removed: queries with a result unlike brute force",
               wrong, at_most=0)  # fmt: skip
