"""How networks are put together: one affine map and its unit, chains inside chains, sizes."""

import numpy as np
import pytest

from tinyae import Chain, Linear, ReLU, Residual, Sigmoid, Softmax, Tanh
from tinyae.nn import Identity
from tinyae.nn.activations import Elementwise, stated_reach
from tinyae.nn.dense import checked_sizes
from tinyae.nn.jacobian import jacobian, random_signs
from tinyae.nn.structure import dense_pair, flatten, in_series


class Masked(Linear):
    """A Linear that may be another map."""


class Skipping(Chain):
    """y = x + chain(x): a chain that does more."""

    def forward(self, x):
        y, cache = super().forward(x)
        return y + x, cache

    def jvp(self, v, cache):
        u, tape = super().jvp(v, cache)
        return u + v, tape


def test_one_affine_map_and_its_unit(rng):
    linear, unit = Linear(3, 2, rng=rng), Sigmoid()
    for net in (Chain(linear, unit), Chain(Chain(linear), Chain(Chain(unit)))):
        assert dense_pair(net) == (linear, unit)
    for other in (
        linear,
        unit,
        Chain(linear),
        Chain(linear, Softmax()),
        Chain(linear, unit, Tanh()),
        Chain(linear, unit, Linear(2, 2, rng=rng), Sigmoid()),
        Chain(unit, linear),
        Chain(Masked(3, 2, rng=rng), unit),
        Skipping(linear, unit),
        Chain(Residual(Linear(3, 3, rng=rng)), unit),
    ):
        assert dense_pair(other) is None


def test_what_a_chain_of_its_own_class_does_is_not_taken_apart(rng):
    """Its Jacobian has the identity of the way past it."""
    inner = Chain(Linear(3, 3, rng=rng), Tanh())
    x = rng.normal(size=(4, 3))
    wanted = jacobian(inner, x) + np.eye(3)
    for net in (Skipping(*inner.layers), Chain(Skipping(*inner.layers))):
        np.testing.assert_allclose(jacobian(net, x), wanted, rtol=1e-12)
        flat, caches = flatten(net, net.forward(x)[1])
        assert len(flat.layers) == len(caches) == 1 and type(flat.layers[0]) is Skipping
    assert [type(layer) for layer in in_series(Chain(Chain(*inner.layers), ReLU()))] == [
        Linear, Tanh, ReLU,
    ]  # fmt: skip


def test_only_a_reach_of_its_own_counts():
    class Twice(Sigmoid):
        """Stretched, and nothing is said of it."""

    class Own(Elementwise):
        reach = (-2.0, 2.0)

    assert stated_reach(Sigmoid()) == (0.0, 1.0) and stated_reach(Own()) == (-2.0, 2.0)
    assert stated_reach(Twice()) is None and stated_reach(Linear(2, 2, rng=0)) is None
    assert stated_reach(Identity()) == (-np.inf, np.inf)


@pytest.mark.parametrize(
    ("sizes", "deep", "says"),
    [
        ((5,), False, r"be \(width of x, hidden units\), as in \(784, 256\), got \(5,\)"),
        ((5, 4, 3), False, r"sizes must be \(width of x, hidden units\), as in"),
        (
            (5, 4, 5),
            False,
            r"^sizes must be \(width of x, hidden units\), as in \(784, 256\), got "
            r"\(5, 4, 5\); the decoder is built automatically: write \(5, 4\)$",
        ),
        ((5,), True, r"\(width of x, any hidden widths, hidden units\), as in"),
        (5, True, "got 5"),
        ("54", False, "got '54'"),
        ((5, 0), False, r"sizes\[1\] must be at least 1"),
        ((5, 2.5), True, r"sizes\[1\] must be a whole number"),
    ],
)
def test_sizes_are_read_in_one_way(sizes, deep, says):
    with pytest.raises((TypeError, ValueError), match=says):
        checked_sizes(sizes, "hidden units", deep=deep)


def test_hidden_widths_are_allowed_on_request_only():
    with pytest.raises(ValueError, match=r"sizes must be \(width of x, code\)"):
        checked_sizes([5, 4, 3], "code")


def test_valid_sizes():
    assert checked_sizes((5, np.int64(4)), "code") == [5, 4]
    assert checked_sizes([5, 4, 3], "code", deep=True) == [5, 4, 3]


def test_random_signs(rng):
    x = np.zeros((200, 3), np.float32)
    v = random_signs(50, x, rng)
    assert v.shape == (50, 200, 3) and v.dtype == np.float32 and set(np.unique(v)) == {-1.0, 1.0}
    flat = v.reshape(-1, 3).astype(float)
    np.testing.assert_allclose(flat.T @ flat / len(flat), np.eye(3), atol=0.05)
