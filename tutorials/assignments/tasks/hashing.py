"""Lookup in a Hamming ball, for semantic hashing (task 25)."""

# ruff: noqa: E501 (hints and wrong solutions stand as they are read)

from __future__ import annotations

import itertools
import math

import numpy as np

from tutorials.assignments.task import Check, Symbol, Task, Wrong

FLIPS = "tinyae/applications/bit_flips.py"
SEARCH = "tinyae/applications/exhaustive.py"
BALLS = ((1, 0), (4, 2), (6, 1), (8, 3), (3, 7), (5, 5))


def codes(variant, bits=9, n=60, m=4):
    """Return codes (n, bits) and queries (m, bits), of which some are equal to codes."""
    rng = variant.rng(f"codes {bits}")
    found = rng.random((n, bits)) < 0.5
    found[-1] = found[0]
    queries = rng.random((m, bits)) < 0.5
    queries[0] = found[0]
    return found, queries


def got_sizes(variant):
    from tinyae.applications.bit_flips import ball_size

    return (np.array([ball_size(bits, radius) for bits, radius in BALLS]),)


def want_sizes(variant):
    return (np.array([sum(math.comb(bits, ones) for ones in range(min(radius, bits) + 1))
                      for bits, radius in BALLS]),)  # fmt: skip


def got_words(variant):
    from tinyae.applications.bit_flips import flips

    return tuple(np.sort(flips(bits, radius)) for bits, radius in BALLS)


def want_words(variant):
    found = []
    for bits, radius in BALLS:
        words = [sum(1 << bit for bit in some) for ones in range(min(radius, bits) + 1)
                 for some in itertools.combinations(range(bits), ones)]  # fmt: skip
        found.append(np.sort(words))
    return tuple(found)


def looked_up(variant, bits, radii):
    """Return for each radius how many entries each query finds, and the entries in one array."""
    from tinyae.applications import HammingTable

    entries, queries = codes(variant, bits)
    table = HammingTable(entries)
    found = []
    for radius in radii:
        lists = table.lookup(queries, radius)
        found += [np.array([len(one) for one in lists]), np.concatenate(lists)]
    return tuple(found)


def compared(variant, bits, radii):
    """Return the same by comparing bit by bit."""
    entries, queries = codes(variant, bits)
    found = []
    for radius in radii:
        lists = [[i for i, entry in enumerate(entries)
                  if sum(a != b for a, b in zip(entry, query, strict=True)) <= radius]
                 for query in queries]  # fmt: skip
        found += [np.array([len(one) for one in lists]), np.array(sum(lists, []), int)]
    return tuple(found)


def got_lookup(variant):
    return looked_up(variant, 9, (2,))


def want_lookup(variant):
    return compared(variant, 9, (2,))


def got_edges(variant):
    return looked_up(variant, 9, (0, 1, 9))


def want_edges(variant):
    return compared(variant, 9, (0, 1, 9))


def got_long(variant):
    return looked_up(variant, 70, (28, 34))


def want_long(variant):
    return compared(variant, 70, (28, 34))


def got_distances(variant):
    from tinyae.applications import HammingTable

    entries, queries = codes(variant)
    table = HammingTable(entries)
    none = len(table.lookup_pairs(queries[:0], 3)[0])
    return *table.lookup_distances(queries, 3), np.array(none)


def want_distances(variant):
    entries, queries = codes(variant)
    apart = (queries[:, None] != entries[None]).sum(axis=2)
    rows, indices = np.nonzero(apart <= 3)
    return rows, indices, apart[rows, indices], np.array(0)


def got_order(variant):
    from tinyae.applications.bit_flips import ball_size, flips

    ones = np.array([bin(word).count("1") for word in flips(8, 3)])
    return np.diff(ones) >= 0, np.array([len(flips(6, -1)), ball_size(6, -1), ball_size(0, 2)])


def want_order(variant):
    return np.ones(92, bool), np.array([0, 0, 1])


LOOP = """from tinyae.applications.packed_codes import unpack
rows, indices, apart = [], [], []
for row in range(queries.shape[1]):
    ones = unpack(packed ^ queries[:, row : row + 1], bits).sum(axis=1)
    near = np.flatnonzero(ones <= radius)
    rows += [row] * len(near)
    indices += near.tolist()
    apart += ones[near].tolist()
return np.array(rows, np.intp), np.array(indices, np.intp), np.array(apart, np.intp)
"""

TASK_25 = Task(
    id="25", title="Lookup in a Hamming ball", minutes=45, tutorial="17", needs=(),
    symbols=(
        Symbol(FLIPS, "ball_size",
               "Return how many words of so many bits have at most `radius` ones. It is 0 for a "
               "negative radius; a radius above `bits` is as good as `bits`."),
        Symbol(FLIPS, "flips",
               "Return all words of so many bits with at most `radius` ones, each once, as an array "
               "of the dtype np.intp: first the word 0, then those with one 1, and so on. It is "
               "empty for a negative radius."),
        Symbol(SEARCH, "pairs_within",
               "Return (rows, indices, distances), each (pairs,), of all pairs of a query and a "
               "code within the radius.\n\n"
               "`packed` (words, n) are the codes and `queries` (words, m) the queries, packed "
               "into unsigned words: bit j of a code is a bit of word j // 64. `rows` are numbers "
               "of queries, `indices` numbers of codes, in any order. The distance is the number "
               "of bits that differ. `unpack(packed, bits)` of `tinyae.applications.packed_codes` "
               "returns the bits as booleans (n, bits)."),
    ),
    docstrings=(
        Symbol(FLIPS, "", "All words that differ from a given word in at most so many bits (14.9)."),
    ),
    statement="25.md",
    checks=(
        Check("size of a ball", 1, got_sizes, want_sizes,
              property="the number of words with at most r ones", case="3 bits, radius 1: 4 words"),
        Check("words of a ball", 1, got_words, want_words,
              property="every word with at most r ones, once", case="3 bits, radius 1"),
        Check("lookup", 1, got_lookup, want_lookup,
              property="the entries within distance 2, as bit by bit comparison finds them",
              case="one query and two codes"),
        Check("smallest and largest radius", 1, got_edges, want_edges, hidden=True,
              property="radius 0 finds equal codes, also twice; radius `bits` finds all",
              case="radius 0"),
        Check("long codes", 1, got_long, want_long, hidden=True,
              property="codes of two words are compared as a whole", case="70 bits"),
        Check("distances", 0.5, got_distances, want_distances, hidden=True,
              property="the distance of every pair; no queries find no pairs", case="one query and one code"),
        Check("order of the words", 0.5, got_order, want_order, hidden=True,
              property="words with fewer ones come first; a negative radius gives none",
              case="2 bits, radius 2"),
    ),
    wrong=(
        Wrong("exactly so many ones",
              "Only the words with exactly `radius` ones are counted: sum over all numbers up to it.",
              {"ball_size": "return comb(bits, radius) if radius >= 0 else 0"}),
        Wrong("the word 0 not counted", "The query itself, the word 0, is not counted.",
              {"ball_size": ("for ones in range(", "for ones in range(1, ")}),
        Wrong("arrangements for choices",
              "The order of the flipped bits is counted: flipping bits 1 and 2 is the same as 2 "
              "and 1.",
              {"ball_size": "from math import perm\n"
               "return sum(perm(bits, ones) for ones in range(min(radius, bits) + 1))"}),
        Wrong("the word 0 left out", "The word 0 is left out: the query's own code is in the ball.",
              {"flips": ("np.zeros(1 if radius >= 0 else 0, np.intp)", "np.zeros(1, np.intp)[:0]")
               }),
        Wrong("words several times",
              "Some words occur several times: make each word in one way only.",
              {"flips": ("last[last < (1 << bit)] | (1 << bit)", "last[(last >> bit) & 1 == 0] | "
                         "(1 << bit)")}),
        Wrong("one flip fewer", "The words with `radius` ones are missing.",
              {"flips": ("range(min(radius, bits))", "range(min(radius - 1, bits))")}),
        Wrong("one bit only", "Each word has one 1 at most: the bits must be combined.",
              {"flips": "return np.array([0] + [1 << bit for bit in range(bits)], np.intp)"}),
        Wrong("nearer than the radius", "Codes at the radius are left out: use <=.",
              {"pairs_within": LOOP.replace("ones <= radius", "ones < radius")}),
        Wrong("ones in common",
              "The ones in common are counted: the distance counts the bits that differ.",
              {"pairs_within": LOOP.replace("packed ^ queries", "packed & queries")}),
        Wrong("the first word only",
              "Only the first word of a code is compared: a code of 70 bits has two.",
              {"pairs_within": LOOP.replace(
                  "unpack(packed ^ queries[:, row : row + 1], bits)",
                  "unpack(packed[:1] ^ queries[:1, row : row + 1], min(bits, 64))")}),
        Wrong("numbers of the codes as rows", "Rows and indices are exchanged.",
              {"pairs_within": LOOP.replace("return np.array(rows, np.intp), np.array(indices, "
                                            "np.intp)", "return np.array(indices, np.intp), "
                                            "np.array(rows, np.intp)")}),
        Wrong("the nearest code only", "Each query finds one code: return all within the radius.",
              {"pairs_within": LOOP.replace("ones <= radius)", "ones <= radius)[:1]")}),
    ),
)  # fmt: skip


TASKS = (TASK_25,)
