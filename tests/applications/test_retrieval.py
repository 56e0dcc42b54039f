"""Precision and recall against loops over queries and entries."""

from itertools import permutations

import numpy as np
import pytest

from tinyae.applications import (
    SameLabel,
    precision_at_k,
    precision_recall_curve,
    retrieval,
    within_radius,
)

N, M, D = 40, 7, 5


@pytest.fixture
def tables(rng):
    """Entries, queries, and which entries are relevant; the first query has none."""
    relevant = rng.random((M, N)) < 0.3
    relevant[0] = False
    return rng.standard_normal((N, D)), rng.standard_normal((M, D)), relevant


def by_loops(data, queries, relevant, k):
    """Precision and recall at k of each query, by sorting."""
    precision, recall = [], []
    for query, right in zip(queries, relevant, strict=True):
        order = np.argsort(((data - query) ** 2).sum(axis=1))
        hits = right[order[:k]].sum()
        precision.append(hits / k)
        recall.append(hits / right.sum() if right.any() else 0.0)
    return np.mean(precision), np.mean(recall)


def test_real_codes_are_ranked_by_euclidean_distance(tables):
    ranks = [5, 1, 40, 13]  # in any order
    precision, recall = precision_recall_curve(*tables, ranks)
    wanted = np.array([by_loops(*tables, k) for k in ranks])
    np.testing.assert_allclose(precision, wanted[:, 0], rtol=1e-14)
    np.testing.assert_allclose(recall, wanted[:, 1], rtol=1e-14)
    np.testing.assert_array_equal(precision_at_k(*tables, ranks), precision)
    np.testing.assert_allclose(precision_recall_curve(*tables, [5, 1])[1], recall[:2], rtol=1e-14)
    assert recall[2] == pytest.approx((M - 1) / M), "all entries but for the query without any"
    assert by_loops(tables[0], tables[1][::-1], tables[2], 5)[0] != pytest.approx(precision[0])


def test_equal_hamming_distances_count_as_the_mean_over_their_orders(rng):
    """Five entries at distances 0, 1, 1, 1, 2: all 120 orders, those that respect the distances."""
    data = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], bool)
    query, relevant = np.zeros((1, 3), bool), np.array([[False, True, False, True, True]])
    distances = data.sum(axis=1)
    orders = [list(p) for p in permutations(range(5)) if (np.diff(distances[list(p)]) >= 0).all()]
    assert len(orders) == 6
    for k in range(1, 6):
        wanted = np.mean([relevant[0, order[:k]].mean() for order in orders])
        assert precision_at_k(data, query, relevant, [k])[0] == pytest.approx(wanted, abs=1e-14)
    order = [3, 1, 4, 0, 2]
    np.testing.assert_array_equal(
        precision_at_k(data[order], query, relevant[:, order], [1, 2, 3]),
        precision_at_k(data, query, relevant, [1, 2, 3]),
    )


@pytest.mark.parametrize("bits", [3, 8, 33])
def test_within_radius_by_loops(bits, rng):
    data, queries = rng.random((N, bits)) < 0.3, rng.random((M, bits)) < 0.3
    queries[1] = True  # far from all
    relevant = rng.random((M, N)) < 0.2
    relevant[2] = False
    radii = [2, 0, bits]
    result = within_radius(data, queries, relevant, radii)
    distances = (data[None] != queries[:, None]).sum(axis=2)
    for i, radius in enumerate(radii):
        near = distances <= radius
        hits = (near & relevant).sum(axis=1)
        each = [h / f if f else 0.0 for h, f in zip(hits, near.sum(axis=1), strict=True)]
        share = [h / t if t else 0.0 for h, t in zip(hits, relevant.sum(axis=1), strict=True)]
        assert result.precision[i] == pytest.approx(np.mean(each), abs=1e-14)
        assert result.recall[i] == pytest.approx(np.mean(share), abs=1e-14)
        assert result.found[i] == pytest.approx(near.sum(axis=1).mean(), abs=1e-12)
        assert result.empty[i] == pytest.approx((near.sum(axis=1) == 0).mean(), abs=1e-14)
    assert result.empty[2] == 0 and result.found[2] == N
    assert bits == 3 or result.empty[1] > 0
    numbers = within_radius(data.astype(np.uint8), queries.astype(float), relevant, radii)
    np.testing.assert_array_equal(numbers.precision, result.precision)


def test_blocks_do_not_matter(tables, monkeypatch):
    bits = [table > 0 for table in tables[:2]]
    whole = precision_recall_curve(*tables, [3, 9]), precision_at_k(*bits, tables[2], [3, 9])
    monkeypatch.setattr(retrieval, "BLOCK_BYTES", 2 * 8 * 3 * N)  # two queries at a time
    parts = precision_recall_curve(*tables, [3, 9]), precision_at_k(*bits, tables[2], [3, 9])
    np.testing.assert_allclose(parts[0], whole[0], rtol=1e-14)
    np.testing.assert_allclose(parts[1], whole[1], rtol=1e-14)


def test_labels_a_table_and_a_function_say_the_same(tables, rng):
    data, queries, _ = tables
    labels, query_labels = rng.integers(3, size=N), rng.integers(3, size=M)
    same = query_labels[:, None] == labels
    ways = (SameLabel(labels, query_labels), same, lambda q, e: same[q, e],
            SameLabel(labels.astype(str), query_labels.astype(str)))  # fmt: skip
    for a, b in ((data, queries), (data > 0, queries > 0)):
        found = [precision_recall_curve(a, b, way, [1, 4]) for way in ways]
        for other in found[1:]:
            np.testing.assert_array_equal(other, found[0])


def test_nothing_is_changed(tables):
    before = [table.copy() for table in tables]
    precision_at_k(*tables, [1, 5])
    within_radius(tables[0] > 0, tables[1] > 0, tables[2], [1])
    for table, copy in zip(tables, before, strict=True):
        np.testing.assert_array_equal(table, copy)


@pytest.mark.parametrize(
    "error, says, change",
    [
        (ValueError, "equal length", {"queries": np.zeros((M, D + 1))}),
        (ValueError, "between 1 and 40", {"k": [41]}),
        (ValueError, "between 1 and 40", {"k": [0]}),
        (TypeError, "whole numbers", {"k": [1.5]}),
        (ValueError, "list of whole numbers", {"k": 3}),
        (ValueError, "list of whole numbers", {"k": []}),
        (ValueError, "a row for each of 7 queries", {"relevant": np.ones((N, M), bool)}),
        (TypeError, "True and False", {"relevant": np.ones((M, N))}),
        (ValueError, "6 query_labels", {"relevant": SameLabel(np.ones(N), np.ones(M - 1))}),
        (TypeError, "an object such as", {"relevant": SameLabel}),
        (ValueError, "in shape", {"relevant": lambda q, e: np.ones(3, bool)}),
        (ValueError, "got float64", {"relevant": lambda q, e: np.ones(np.broadcast(q, e).shape)}),
    ],
)
def test_what_is_refused(tables, error, says, change):
    arguments = dict(zip(("data", "queries", "relevant"), tables, strict=True), k=[1, 2])
    with pytest.raises(error, match=says):
        precision_recall_curve(**{**arguments, **change})


def test_what_within_radius_refuses(tables):
    bits = tables[0] > 0, tables[1] > 0
    with pytest.raises(ValueError, match="must hold bits"):
        within_radius(*tables, [1])
    with pytest.raises(ValueError, match="between 0 and 5"):
        within_radius(*bits, tables[2], [6])
    with pytest.raises(ValueError, match="equal length"):
        within_radius(bits[0], bits[1][:, 1:], tables[2], [1])


def test_zeros_and_ones_of_any_type_are_bits():
    """All entries are equally near, so the order of the rows must not matter."""
    relevant = np.arange(30)[None] < 3
    for dtype in (bool, int, np.uint8, np.float32):
        codes, query = np.ones((30, 4), dtype), np.ones((1, 4), bool)
        found = precision_at_k(codes, query, relevant, [1, 2, 30])
        np.testing.assert_allclose(found, 0.1, rtol=1e-12)


def test_texts_are_labels_too():
    same = SameLabel(np.array(["cat", "dog"]), np.array(["dog"]))
    assert same(np.array([[0]]), np.array([[0, 1]])).tolist() == [[False, True]]
    with pytest.raises(TypeError, match="both be texts or both be numbers"):
        SameLabel(np.array(["cat", "dog"]), [1.0])


def test_labels_that_are_refused():
    with pytest.raises(ValueError, match=r"labels\[1\] is nan"):
        SameLabel([0.0, np.nan], [1.0])
    with pytest.raises(ValueError, match="a label for each row"):
        SameLabel([[0.0, 1.0]], [1.0])
