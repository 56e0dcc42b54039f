"""Layers of binary units, each drawn given the layer before it: both halves of a Helmholtz machine.

With states s_0, s_1, … of zeros and ones and logits a_l, every unit is a Bernoulli variable:

    log p(s_l | its input) = Σ_i [s_l,i a_l,i − softplus(a_l,i)],     ∂/∂a_l = s_l − σ(a_l)

The second formula is the delta rule: the state minus the prediction. Downwards from a top layer
with constant logits these layers are a sigmoid belief network (Neal 1992).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.enumeration import LARGEST_CODE, binary_codes
from tinyae.criterion.outputs import BernoulliOutput
from tinyae.nn.activations import softplus
from tinyae.nn.layers import Layer
from tinyae.nn.softmax import log_sum_exp
from tinyae.numerics.blocks import BLOCK_BYTES, row_blocks

UNITS = BernoulliOutput()
LARGEST_PAIR = 22  # units of two neighbouring hidden layers whose codes are enumerated


class TopBias(Layer):
    """a = b for every example: the logits of units that have no input. Shapes: a (n, k), b (k,).

    The input x (n, any width) only says how many examples there are.
    """

    formula = "b"

    def __init__(self, k: int, dtype: np.dtype):
        super().__init__()
        self.params = {"b": np.zeros(k, dtype)}
        self.grads = {"b": np.zeros(k, dtype)}

    def forward(self, x: NDArray) -> tuple[NDArray, NDArray]:
        """Return b for each row; the cache is x."""
        return np.broadcast_to(self.params["b"], (len(x), len(self.params["b"]))), x

    def backward(self, gy: NDArray, x: NDArray) -> NDArray:
        """gb = Σ gy over the examples,  gx = 0."""
        self.grads["b"] += gy.sum(axis=0)
        return np.zeros_like(x)

    def jvp(self, v: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
        """Return u = 0; the tape is v."""
        return np.zeros((*v.shape[:-1], len(self.params["b"])), v.dtype), v

    def jvp_backward(self, gu: NDArray, v: NDArray, x: NDArray) -> tuple[NDArray, NDArray]:
        """gx = 0,  gv = 0."""
        return np.zeros_like(x), np.zeros_like(v)

    def __repr__(self) -> str:
        return f"TopBias({len(self.params['b'])})"


def descend(layers: Sequence[Layer], h: NDArray, rng: np.random.Generator) -> list[NDArray]:
    """Draw the output of each layer given that of the one before; h (n, k) is the first input."""
    states = []
    for layer in layers:
        h = UNITS.sample(layer.forward(h)[0], rng)
        states.append(h)
    return states


def add_costs(
    layers: Sequence[Layer],
    inputs: Sequence[NDArray],
    states: Sequence[NDArray],
    weight: NDArray | float,
) -> NDArray:
    """Return −Σ_l log p(s_l | input_l), of shape (n,), in nats, and add gradients into the layers.

    The gradient is that of Σ weight · cost over the examples, with the states held fixed:
    ga_l = weight · (σ(a_l) − s_l). `weight` is one number or one for each example.
    """
    total: Any = 0.0
    weight = np.asarray(weight, states[0].dtype)[..., None]
    for layer, x, s in zip(layers, inputs, states, strict=True):
        a, cache = layer.forward(x)
        total = total + UNITS.nll(s, a)
        layer.backward(weight * UNITS.gradient(s, a), cache)
    return total


def costs(layers: Sequence[Layer], inputs: Sequence[NDArray], states: Sequence[NDArray]) -> NDArray:
    """Return −Σ_l log p(s_l | input_l), of shape (n,), in nats."""
    triples = zip(layers, inputs, states, strict=True)
    return np.sum([UNITS.nll(s, layer.forward(x)[0]) for layer, x, s in triples], axis=0)


def log_marginal(layers: Sequence[Layer], widths: Sequence[int], x: NDArray) -> NDArray:
    """Return log p(x), of shape (n,), in nats, by enumerating the codes of each hidden layer.

    Layers and widths are in the order from the input to the top. From the top down,

        log p(s_l) = log Σ_{s_(l+1)} p(s_l | s_(l+1)) p(s_(l+1))

    for all codes s_l of a layer, and at last for the rows of x. So the codes of two neighbouring
    layers are paired, and never those of all layers.
    """
    codes = np.zeros((1, 1), x.dtype)  # above the top there is one state
    log_p = np.zeros(1, x.dtype)
    for layer, width in zip(reversed(layers[1:]), reversed(widths[1:]), strict=True):
        below = binary_codes(width).astype(x.dtype)
        log_p = _log_mixture(layer, codes, log_p, below)
        codes = below
    return _log_mixture(layers[0], codes, log_p, x)


def check_enumerable(widths: Sequence[int]) -> None:
    """Raise ValueError if `log_marginal` would need too many codes."""
    hidden = list(widths[1:])
    pairs = [below + above for below, above in zip(hidden, hidden[1:], strict=False)]
    if max(hidden) > LARGEST_CODE or max(pairs, default=0) > LARGEST_PAIR:
        raise ValueError(
            f"log p(x) is a sum over the codes of the hidden layers, which may have {LARGEST_CODE} "
            f"units each and {LARGEST_PAIR} in two neighbouring layers; the widths are "
            f"{'-'.join(map(str, widths))}. For more units, elbo(x) is a lower bound, and "
            "importance_weighted(x, samples=...) is a closer one"
        )


def _log_mixture(layer: Layer, codes: NDArray, log_p: NDArray, states: NDArray) -> NDArray:
    """Return log Σ_c p(state | code c) p(c) of each state, in blocks of bounded memory."""
    a, _ = layer.forward(codes)
    constant = log_p - softplus(a).sum(axis=1)
    found = [
        log_sum_exp(states[rows] @ a.T + constant)
        for rows in row_blocks(len(states), len(codes), BLOCK_BYTES, itemsize=a.itemsize)
    ]
    return np.concatenate(found)
