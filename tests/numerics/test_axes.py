"""The rules behind the invariances: the order of rows, signs, equal axes, units and distances."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tinyae.numerics import units
from tinyae.numerics.axes import _axes, check_cut, oriented, settled, settled_coordinates
from tinyae.numerics.order import first_largest, row_groups, row_order, row_ranks
from tinyae.numerics.units import (
    check_squares,
    in_units,
    rows_of_size_one,
    squared_distances,
    table_of_pairs,
)

TABLES = st.tuples(st.integers(1, 9), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(-2, 2).map(float))
)


@pytest.mark.slow
@given(TABLES)
def test_rows_are_sorted_as_tuples_are(x):
    rows = [tuple(row) for row in x]
    order = row_order(x)
    assert order.tolist() == sorted(range(len(x)), key=lambda i: rows[i])
    assert row_groups(x).tolist() == [sum(a < row for a in rows) for row in rows]
    assert row_ranks(x)[order].tolist() == list(range(len(x)))


@given(TABLES, st.sampled_from([7.3, -0.1, 1e5]), st.sampled_from([0.1, 3.0, 1e-200]))
def test_rounding_does_not_order_rows(x, shift, scale):
    """A shift and a scale leave the order of the rows as it is, equal entries included."""
    rounded = scale * (0.1 * x + shift)
    np.testing.assert_array_equal(row_groups(rounded), row_groups(x))


def test_rows_that_differ_by_rounding_only_are_still_told_apart(rng):
    x = rng.normal(size=(60, 2)) * np.where(np.arange(60) < 30, 1e-16, 1.0)[:, None]
    order = rng.permutation(60)
    groups = row_groups(x)
    assert sorted(groups) == list(range(60))
    np.testing.assert_array_equal(row_groups(x[order]), groups[order])
    y = np.array([[1.0 + 2.0**-52, 0.0], [1.0, 1.0], [1.0, 0.0], [2.0, 0.0], [1.0, 0.0]])
    np.testing.assert_array_equal(row_groups(y), [2, 3, 0, 4, 0])
    z = np.array([[-1.7e308], [1.7e308], [0.0]])
    np.testing.assert_array_equal(row_groups(z), [0, 2, 1])


def test_the_largest_is_chosen_by_rank_where_rounding_would():
    ranks = np.array([3, 1, 0, 2])
    assert first_largest(np.array([1.0, 1.0 - 1e-15, 0.5, 1.0]), ranks) == 1
    assert first_largest(np.array([1.0, 0.99, 0.5, 0.0]), ranks) == 0
    assert first_largest(np.array([0.0, 0.0, 0.0, 0.0]), ranks) == 2


def test_signs_follow_the_first_of_the_largest(rng):
    V = np.array([[0.1, -0.9, 0.2], [-0.7, 0.7 + 1e-9, 0.1], [0.7, -0.7 - 1e-9, 0.1]])
    np.testing.assert_array_equal(oriented(V), V * [[-1], [-1], [1]])
    stack = rng.normal(size=(20, 3, 6)).astype(np.float32)
    found = oriented(stack)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(oriented(-stack), found)
    np.testing.assert_array_equal(np.abs(found), np.abs(stack))
    assert (found.max(axis=2) == np.abs(stack).max(axis=2)).all()


def random_turn(rng, m):
    return np.linalg.qr(rng.normal(size=(m, m)))[0]


def test_axes_of_equal_values_are_settled(rng):
    V = np.linalg.qr(rng.normal(size=(6, 4)))[0].T
    values = np.array([3.0, 2.0, 2.0, 1.0])
    found = settled(V, values, 1e-9)
    for _ in range(5):
        turned = V.copy()
        turned[1:3] = random_turn(rng, 2) @ turned[1:3]
        turned[[0, 3]] *= rng.choice([-1, 1], (2, 1))
        np.testing.assert_allclose(settled(turned, values, 1e-9), found, atol=1e-12)
    np.testing.assert_allclose(found @ found.T, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(found[1:3].T @ found[1:3], V[1:3].T @ V[1:3], atol=1e-12)
    np.testing.assert_array_equal(found[[0, 3]], oriented(V[[0, 3]]))  # alone: only the sign


def test_axes_of_nearly_parallel_references_are_orthogonal(rng):
    """The second is the first up to 1e-5: subtracting once leaves rounding of 1e-16 / 1e-5."""
    for _ in range(9):
        first = rng.normal(size=(1, 6))
        axes = _axes([np.vstack([first, first + 1e-5 * rng.normal(size=(1, 6))])])
        assert axes.shape == (6, 2)
        np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-15)


def test_coordinates_are_settled_by_the_data_in_any_order(rng):
    x = rng.normal(size=(30, 3))
    Y = np.linalg.qr(rng.normal(size=(30, 3)))[0]
    values = np.array([5.0, 5.0, 1.0])
    found = Y @ settled_coordinates(Y, x, values, 1e-9)
    for _ in range(5):
        R = np.eye(3)
        R[:2, :2], R[2, 2] = random_turn(rng, 2), -1
        order = rng.permutation(30)
        other = Y[order] @ R
        turn = settled_coordinates(other, 4.0 * x[order] - 9.0, values, 1e-9)
        np.testing.assert_allclose(other @ turn, found[order], atol=1e-12)
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)


def test_where_no_column_says_the_sign_the_first_point_does():
    """y = x² of a symmetric x is correlated with no column."""
    x = np.linspace(-1, 1, 9)[:, None]
    y = x**2 - (x**2).mean()
    for sign in (1, -1):
        found = sign * y @ settled_coordinates(sign * y, x, np.ones(1), 1e-9)
        assert found[0, 0] > 0
        # Here 1 and −1 are equally far out: the point that is first by x decides, at −2.
        x2, y2 = np.arange(-2.0, 3.0)[:, None], sign * np.array([[1.0], [-1], [0], [-1], [1]])
        for order in ([0, 1, 2, 3, 4], [1, 3, 4, 2, 0]):
            found = y2[order] @ settled_coordinates(y2[order], x2[order], np.ones(1), 1e-9)
            np.testing.assert_allclose(found[order.index(0)], 1.0)


def test_equal_values_at_the_cut_are_refused():
    values = np.array([3.0, 2.0, 2.0 - 1e-13, 1.0])
    for k in (1, 3, 4):
        check_cut(values, k, 1e-12, "the values", "ask for fewer")
    with pytest.raises(ValueError, match="the values 2 and 3 are equal .* directions: ask for few"):
        check_cut(values, 2, 1e-12, "the values", "ask for fewer")


@pytest.mark.parametrize("size", [1e-300, 1e-9, 1.0, 1e12, 1e300])
def test_units(size, rng):
    x = size * rng.normal(size=(43, 3))
    x[:, 1] = 0.1 * size  # whose mean, summed up, is not 0.1
    mean, c, exponent = in_units(x)
    np.testing.assert_allclose(mean + np.ldexp(c, exponent), x, rtol=1e-14, atol=1e-14 * size)
    np.testing.assert_allclose(c.mean(axis=0), 0, atol=1e-15)
    assert 0.25 < np.abs(c).max() < 2 and (c[:, 1] == 0).all() and mean[1] == 0.1 * size
    kept = in_units(x[::-1])
    np.testing.assert_allclose(kept[1][::-1], c, atol=1e-15)
    assert kept[2] == exponent == in_units(np.insert(x, 0, 1e3, axis=1))[2]
    assert not in_units(x[:1])[1].any()
    M = rows_of_size_one(x)
    assert (np.abs(M).max(axis=1) >= 0.5).all() and (np.abs(M).max(axis=1) < 1).all()


def test_units_take_one_copy(rng):
    """Data are large; tracemalloc sees what NumPy allocates."""
    x = rng.normal(size=(2000, 50))
    tracemalloc.start()
    in_units(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * x.nbytes


def test_distances_do_not_cancel(rng):
    a = 1e-7 * rng.normal(size=(20, 3)) + rng.integers(0, 2, (20, 1))
    b = np.concatenate([a[:5], rng.normal(size=(4, 3))])
    wanted = ((a[:, None] - b) ** 2).sum(axis=2)
    found = squared_distances(a, b)
    np.testing.assert_allclose(found, wanted, rtol=1e-10)
    assert (found[np.arange(5), np.arange(5)] == 0).all()


@pytest.mark.parametrize("rows", [1, 7, 30, 50])
def test_a_table_of_pairs_is_that_of_two_copies(rows, rng, monkeypatch):
    monkeypatch.setattr(units, "CACHE_BYTES", 8 * 30 * rows)
    x = 1e-7 * rng.normal(size=(30, 3)) + rng.integers(0, 2, (30, 1))
    found = table_of_pairs(x, lambda squares: np.sqrt(squares, out=squares))
    np.testing.assert_allclose(found, np.sqrt(squared_distances(x, x.copy())), rtol=1e-9)
    np.testing.assert_array_equal(found, found.T)
    assert not found.diagonal().any()


def test_squares_beyond_float64_are_refused():
    check_squares(np.array([1e-300, 1e300]), "variances")
    for bad in (0.0, 1e-310, np.inf, np.nan):
        with pytest.raises(ValueError, match="variances would be .*: rescale x"):
            check_squares(np.array([1.0, bad]), "variances")
