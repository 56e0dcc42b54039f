"""Columns that are appended to each row, and the softmax by groups: values and errors."""

import numpy as np
import pytest

from tinyae import Autoencoder, CategoricalOutput, Chain, Linear, Softmax, Tanh
from tinyae.nn import pack
from tinyae.nn.appended_columns import AppendedColumns, hollow_columns
from tinyae.nn.softmax import columns


def test_the_parameters_follow_each_row(rng):
    layer, x = AppendedColumns(3, dtype=np.float32), rng.normal(size=(5, 3)).astype(np.float32)
    layer.params["s"][...] = [1.0, 2.0, 3.0]
    y, _ = layer.forward(x)
    assert y.shape == (5, 6) and y.dtype == np.float32 and (layer.d_in, layer.d_out) == (3, 6)
    np.testing.assert_array_equal(y[:, :3], x)
    np.testing.assert_array_equal(y[:, 3:], np.tile([1.0, 2.0, 3.0], (5, 1)))
    assert repr(layer) == "AppendedColumns(3)"
    with pytest.raises(ValueError, match="d must be at least 1, got 0"):
        AppendedColumns(0)


def test_a_hollow_layer_takes_no_memory_until_it_is_packed():
    layer = hollow_columns(10**12, np.float64)
    assert layer.d_out == 2 * 10**12 and repr(layer) == "AppendedColumns(1000000000000)"
    layer = hollow_columns(3, np.float32)
    theta, grad = pack(layer)
    assert theta.shape == (3,) and theta.dtype == np.float32
    layer.backward(np.ones((2, 6), np.float32), None)
    np.testing.assert_array_equal(grad, [2, 2, 2])
    with pytest.raises(ValueError, match="^d must be at least 1, got 0"):
        hollow_columns(0, np.float64)


def test_it_is_packed_and_copied_with_its_network(rng):
    net = Chain(Linear(4, 3, rng=0), AppendedColumns(3))
    theta, grad = pack(net)
    assert theta.size == 4 * 3 + 3 + 3
    theta[-3:] = 7.0
    np.testing.assert_array_equal(net.layers[1].params["s"], 7.0)
    net.backward(np.ones((2, 6)), net.forward(rng.normal(size=(2, 4)))[1])
    np.testing.assert_array_equal(grad[-3:], 2.0)


def test_each_group_is_a_softmax_of_its_own(rng):
    a = rng.normal(0, 3, (6, 7))
    y, _ = Softmax((3, 4)).forward(a)
    for part in (slice(0, 3), slice(3, 7)):
        np.testing.assert_allclose(y[:, part], Softmax().forward(a[:, part])[0], rtol=1e-14)
    np.testing.assert_allclose(y.sum(axis=1), 2.0)
    one, _ = Softmax([7]).forward(a)
    np.testing.assert_allclose(one, Softmax().forward(a)[0], rtol=1e-14)
    assert repr(Softmax([3, 4])) == "Softmax(groups=(3, 4))" and repr(Softmax()) == "Softmax()"
    far, _ = Softmax((3, 4)).forward(np.repeat([[1e4, -1e4]], [3, 4], axis=1))
    np.testing.assert_allclose(far, [[1 / 3] * 3 + [1 / 4] * 4], rtol=1e-14)


@pytest.mark.parametrize("groups, error, says", [
    (3, TypeError, "groups must be None or a tuple of widths"), ((), ValueError,
     "^groups is empty: give the width of at least one group, or None$"),
    ((3, 0), ValueError, "^a width in groups must be at least 1, got 0"),
    ((3, 1.5), TypeError, "^a width in groups must be a whole number"),
    ("34", TypeError, "groups must be None"),
])  # fmt: skip
def test_groups_that_are_none(groups, error, says):
    with pytest.raises(error, match=says):
        Softmax(groups)


def test_groups_of_another_width_are_refused():
    for width in (6, 8):
        with pytest.raises(ValueError) as told:
            columns((3, 4), width)
        assert str(told.value) == (
            f"groups=(3, 4) are 7 columns, but there are {width}: the widths of the groups must "
            "add up to the number of columns"
        )
        with pytest.raises(ValueError, match=r"\(3, 4\) are 7 columns"):
            Softmax((3, 4)).forward(np.zeros((2, width)))


def test_a_decoder_that_ends_in_a_softmax_by_groups_is_refused_as_any_softmax(rng):
    with pytest.raises(ValueError, match="applies its softmax itself"):
        Autoencoder(Chain(Linear(4, 2, rng=0), Tanh()), Chain(Linear(2, 4, rng=1), Softmax((2, 2))),
                    output=CategoricalOutput(groups=(2, 2)))  # fmt: skip
