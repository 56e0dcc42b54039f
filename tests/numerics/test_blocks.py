"""Blocks of rows: they cover all rows once, in order, and keep to their limit of memory."""

from hypothesis import given
from hypothesis import strategies as st

from tinyae.numerics.blocks import row_blocks


@given(st.integers(1, 50), st.integers(1, 9), st.integers(1, 2000), st.sampled_from([4, 8]))
def test_blocks_cover_the_rows_and_keep_to_the_limit(rows, floats, limit, itemsize):
    found = list(row_blocks(rows, floats, limit, itemsize=itemsize))
    assert [i for part in found for i in range(part.start, part.stop)] == list(range(rows))
    sizes = [part.stop - part.start for part in found]
    assert all(size == 1 or size * floats * itemsize <= limit for size in sizes)
    for size in sizes[:-1]:  # no block is smaller than it need be
        assert (size + 1) * floats * itemsize > limit


def test_a_block_of_float64_by_default():
    assert list(row_blocks(5, 10, 160)) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert list(row_blocks(3, 10**9, 1)) == [slice(0, 1), slice(1, 2), slice(2, 3)]
    assert list(row_blocks(0, 3, 100)) == []
