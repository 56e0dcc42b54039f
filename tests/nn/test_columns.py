"""The layer that keeps the first columns, against a matrix product."""

import numpy as np
import pytest

from tinyae import Chain, Linear
from tinyae.nn import FirstColumns
from tinyae.nn.jacobian import jacobian


def test_it_is_the_product_with_a_slice_of_the_identity(rng):
    layer, P = FirstColumns(3), np.eye(6)[:, :2]
    x, v = rng.standard_normal((4, 6)), rng.standard_normal((5, 4, 6))
    gy, gu = rng.standard_normal((4, 2)), rng.standard_normal((5, 4, 2))
    y, cache = layer.forward(x)
    u, tape = layer.jvp(v, cache)
    np.testing.assert_array_equal(y, x @ P)
    np.testing.assert_array_equal(layer.backward(gy, cache), gy @ P.T)
    np.testing.assert_array_equal(u, v @ P)
    gx, gv = layer.jvp_backward(gu, tape, cache)
    np.testing.assert_array_equal(gx, np.zeros((4, 6)))
    np.testing.assert_array_equal(gv, gu @ P.T)


def test_it_joins_a_chain(rng):
    linear = Linear(3, 4, rng=rng)
    J = jacobian(Chain(linear, FirstColumns(2)), rng.standard_normal((5, 3)))
    np.testing.assert_allclose(J, np.broadcast_to(linear.params["W"][:, :2].T, J.shape), rtol=1e-14)


def test_uneven_parts_are_refused():
    with pytest.raises(ValueError, match="into 2 parts of equal width, got 5 columns"):
        FirstColumns(2).forward(np.ones((3, 5)))
