"""How well codes find what is relevant: precision and recall of a search (14.9).

A database of n entries is searched with m queries. Which entries are relevant to a query is given
by labels, by a table, or by a function. Precision is the share of what was found that is relevant.
Recall is the share of what is relevant that was found.

Two searches are measured. A search by rank returns the k entries that are nearest to the query. A
search by radius returns all entries whose binary codes differ from the query's in at most r bits:
this is what a hash table looks up by flipping bits. Real codes are compared by Euclidean distance,
and codes of zeros and ones by Hamming distance. Distances are computed for a block of queries at a
time, so that memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.applications.binary_codes import binary_table
from tinyae.applications.relevance import Relevance, Relevant, checked_relevance
from tinyae.checks.arrays import real_array
from tinyae.checks.tables import table
from tinyae.embeddings.neighbors import nearest_neighbors, shared_dtype
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks
from tinyae.text import fields_in_short


@dataclass(frozen=True)
class WithinRadius:
    """What a search by radius finds, as means over the queries; every array is (len(radius),).

    Attributes
    ----------
    radius : the radii, as they were given
    precision : share of the entries within the radius that are relevant. A query that finds nothing
        counts as precision 0, as in Norouzi and Fleet (2011)
    recall : share of the relevant entries that are within the radius. A query to which no entry is
        relevant counts as 0
    found : number of entries within the radius
    empty : share of the queries that find nothing
    """

    radius: NDArray[np.int64]
    precision: NDArray
    recall: NDArray
    found: NDArray
    empty: NDArray

    __repr__ = fields_in_short


def precision_at_k(
    data: ArrayLike, queries: ArrayLike, relevant: Relevant, k: ArrayLike
) -> NDArray[np.float64]:
    """Return for each k the share of the k nearest entries that is relevant, a mean over queries.

    Parameters
    ----------
    data : array (n, d), the codes of the entries
    queries : array (m, d), the codes of the queries. If both tables hold only zeros and ones, or
        booleans, entries are ranked by Hamming distance, else by Euclidean distance
    relevant : boolean array (m, n), or a function such as `SameLabel(labels, query_labels)`
    k : whole numbers from 1 to n, in any order

    Returns
    -------
    array (len(k),)

    Notes
    -----
    Many entries have the same Hamming distance from a query. Among those at the distance where rank
    k falls, every order counts as equally likely, and the result is the mean over these orders. It
    does not depend on the order of the entries. Equal Euclidean distances are ordered as
    `nearest_neighbors` does.
    """
    return precision_recall_curve(data, queries, relevant, k)[0]


def precision_recall_curve(
    data: ArrayLike, queries: ArrayLike, relevant: Relevant, k: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (precision, recall), each (len(k),), of the k nearest entries, as means over queries.

    The arguments are those of `precision_at_k`. A query to which no entry is relevant has recall 0.
    A curve takes some k from 1 to n, such as 1, 2, 4, 8, …; at k = n the recall is 1.
    """
    data, queries, binary = _tables(data, queries)
    asks = checked_relevance(relevant, len(queries), len(data))
    ranks = _whole_numbers(k, "k", 1, len(data))
    hits = _hits_by_distance if binary else _hits_by_rank
    precision, recall = np.zeros(len(ranks)), np.zeros(len(ranks))
    for found, total in hits(data, queries, asks, ranks):
        precision += (found / ranks).sum(axis=0)
        recall += (found / np.maximum(total, 1)[:, None]).sum(axis=0)
    return precision / len(queries), recall / len(queries)


def within_radius(
    data: ArrayLike, queries: ArrayLike, relevant: Relevant, radius: ArrayLike
) -> WithinRadius:
    """Return precision, recall and number of the entries within each Hamming radius.

    Parameters
    ----------
    data : array (n, bits) of True and False, or of 0 and 1
    queries : array (m, bits), likewise
    relevant : boolean array (m, n), or a function such as `SameLabel(labels, query_labels)`
    radius : whole numbers from 0 to bits, in any order. `np.arange(bits + 1)` gives a whole
        precision-recall curve
    """
    data = binary_table(data, "data").astype(np.bool_)
    queries = binary_table(queries, "queries").astype(np.bool_)
    _check_widths(data, queries)
    asks = checked_relevance(relevant, len(queries), len(data))
    radii = _whole_numbers(radius, "radius", 0, data.shape[1])
    sums = np.zeros((4, len(radii)))
    for counts, hits in _histograms(data, queries, asks):
        total = hits.sum(axis=1)
        found, right = counts.cumsum(axis=1)[:, radii], hits.cumsum(axis=1)[:, radii]
        sums[0] += (right / np.maximum(found, 1)).sum(axis=0)
        sums[1] += (right / np.maximum(total, 1)[:, None]).sum(axis=0)
        sums[2] += found.sum(axis=0)
        sums[3] += (found == 0).sum(axis=0)
    return WithinRadius(radii, *(sums / len(queries)))


def _hits_by_rank(
    data: NDArray, queries: NDArray, asks: Relevance, ranks: NDArray
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield, for a block of queries, how many of the first k are relevant, and of all entries."""
    most = int(ranks.max())
    # Few and large blocks of queries: each search for neighbours begins by preparing the data.
    for rows in row_blocks(len(queries), 4 * most, BLOCK_BYTES):
        nearest = nearest_neighbors(data, most, queries[rows])[0]
        asking = np.arange(rows.start, rows.stop)[:, None]
        hits = asks(asking, nearest).cumsum(axis=1)
        yield hits[:, ranks - 1], _relevant_entries(asks, asking, len(data))


def _relevant_entries(asks: Relevance, asking: NDArray, n: int) -> NDArray:
    """Return how many of n entries are relevant to each query, in blocks of queries."""
    total, entries = np.empty(len(asking), np.int64), np.arange(n)[None]
    for rows in row_blocks(len(asking), n, BLOCK_BYTES):
        total[rows] = asks(asking[rows], entries).sum(axis=1)
    return total


def _hits_by_distance(
    data: NDArray, queries: NDArray, asks: Relevance, ranks: NDArray
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield the same for boolean codes: the mean over all orders of entries at equal distance."""
    for counts, hits in _histograms(data, queries, asks):
        found, right = counts.cumsum(axis=1), hits.cumsum(axis=1)
        expected = np.empty((len(counts), len(ranks)))
        each = np.arange(len(counts))
        for j, k in enumerate(ranks):
            last = (found < k).sum(axis=1)  # the distance at which the k-th entry lies
            nearer = found[each, last] - counts[each, last]
            share = (k - nearer) / counts[each, last]
            expected[:, j] = right[each, last] - (1.0 - share) * hits[each, last]
        yield expected, right[:, -1]


def _histograms(
    data: NDArray, queries: NDArray, asks: Relevance
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield (counts, hits), each (b, bits + 1): entries, and relevant ones, at each distance.

    With codes of ±1 the Hamming distance is (bits − a·b)/2. Float32 holds these products exactly.
    """
    bits = data.shape[1]
    entries = np.where(data, np.float32(0.5), np.float32(-0.5)).T  # half, so that 2 a·b is ±1 a·b
    places = np.arange(len(data))[None]
    for rows in row_blocks(len(queries), 3 * len(data), BLOCK_BYTES):
        signs = np.where(queries[rows], np.float32(1.0), np.float32(-1.0))
        slots = (0.5 * bits - signs @ entries).astype(np.int64)
        slots += (bits + 1) * np.arange(len(slots))[:, None]
        slots *= 2  # each distance has a slot for what is not relevant and one for what is
        slots += asks(np.arange(rows.start, rows.stop)[:, None], places)
        counts = np.bincount(slots.ravel(), minlength=2 * len(slots) * (bits + 1))
        counts = counts.reshape(len(slots), bits + 1, 2)
        yield counts.sum(axis=2), counts[:, :, 1]


def _tables(data: ArrayLike, queries: ArrayLike) -> tuple[NDArray, NDArray, bool]:
    """Return both tables, and whether both hold only zeros and ones; else they are any numbers."""
    found = real_array(data, "data"), real_array(queries, "queries")
    binary = all(array.dtype.kind == "b" or ((array == 0) | (array == 1)).all() for array in found)
    dtype = shared_dtype(*found)
    named = zip(found, ("data", "queries"), strict=True)
    if binary:
        found = tuple(binary_table(array, name).astype(np.bool_) for array, name in named)
    else:
        found = tuple(table(array, name, dtype=dtype) for array, name in named)
    _check_widths(*found)
    return *found, binary


def _check_widths(data: NDArray, queries: NDArray) -> None:
    if data.shape[1] != queries.shape[1]:
        raise ValueError(
            f"data and queries must have codes of equal length, got {data.shape[1]} and "
            f"{queries.shape[1]} columns"
        )


def _whole_numbers(values: ArrayLike, name: str, low: int, high: int) -> NDArray[np.int64]:
    """Return a list of whole numbers in [low, high] as an array (c,)."""
    numbers = real_array(values, name)
    if numbers.ndim != 1 or len(numbers) == 0:
        raise ValueError(f"{name} must be a list of whole numbers, got shape {numbers.shape}")
    if numbers.dtype.kind == "b" or (numbers != np.round(numbers)).any():
        raise TypeError(f"{name} must hold whole numbers, got {numbers.dtype} {numbers[:4]}")
    if numbers.min() < low or numbers.max() > high:
        raise ValueError(
            f"{name} must lie between {low} and {high}, got {numbers.min()} to {numbers.max()}"
        )
    return numbers.astype(np.int64)
