"""Contraction: λ ‖∂h/∂x‖_F², which makes the code insensitive to its input (14.11, 14.18).

There are three methods to compute it. For a single layer h = f(x W + b) there is a closed form. For
any depth, the images of the d_in unit vectors give the exact value. For wide inputs, random probes
give an unbiased estimate. The gradient contains second derivatives in all three. A gradient without
f″ may differ so little that only a check near machine precision detects the mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import real_number, settle, whole_number
from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.penalties import Penalty
from tinyae.nn.activations import Elementwise
from tinyae.nn.jacobian import random_signs, unit_tangents
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.structure import dense_pair, flatten
from tinyae.training.weights import weighed


@dataclass(frozen=True)
class ReconstructionContractive(Penalty):
    """λ ‖∂r/∂x‖_F² for r = g(f(x)), the mean over the examples: contraction of g∘f (section 14.7).

    The net is encoder, decoder and the output's mean in one chain, so it includes the sigmoid of a
    Bernoulli output. If the code is random, r is g of its mean h. Where r(x) is near x, small
    Gaussian noise has the effect of this penalty.
    """

    lam: float
    probes: int | None = None
    formula: ClassVar[str] = "‖∂r/∂x‖²"
    reads: ClassVar[str] = "r"
    takes_weights: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check(self)

    def add(self, p: Pass) -> float:
        """Return λ ‖∂r/∂x‖_F² / n and add its gradient into encoder and decoder."""
        net = Chain(p.encoder, p.decoder, p.output.mean)
        a, decoder_cache = p.a, p.decoder_cache
        if p.z is not p.h:  # a random code
            a, decoder_cache = p.decoder.forward(p.h)
        _, mean_cache = p.output.mean.forward(a)
        return _energy(self, net, [p.encoder_cache, decoder_cache, mean_cache], p)


@dataclass(frozen=True)
class Contractive(Penalty):
    """Ω(h, x) = λ Σ_i ‖∇_x h_i‖² = λ ‖J‖_F², the mean over the examples: equations 14.11 and 14.18.

    J = ∂f/∂x is computed at the encoder's input: at x̃ if there is corruption, else at x (14.11).
    `probes=None` is exact: `closed_form` for an encoder of one layer, `exact` for any other.
    `probes=k` averages over k random directions, see `probed`. The number of directions does not
    depend on d_in.
    """

    lam: float
    probes: int | None = None
    formula: ClassVar[str] = "Σ_i ‖∇_x h_i‖²"
    takes_weights: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check(self)

    def add(self, p: Pass) -> float:
        """Return λ ‖J‖_F² / n and add its gradient into the encoder's layers."""
        return _energy(self, p.encoder, p.encoder_cache, p)


def _check(penalty: Contractive | ReconstructionContractive) -> None:
    settle(penalty, "lam", real_number(penalty.lam, "lam", low=0.0))
    if penalty.probes is not None:
        settle(penalty, "probes", whole_number(penalty.probes, "probes"))


def _energy(penalty: Any, net: Layer, cache: object, p: Pass) -> float:
    """Return λ ‖∂net/∂x‖_F², the mean over the examples, by the method that suits the net."""
    weight = float(penalty.lam) / len(p.x)  # a NumPy scalar would convert float32 to float64
    if penalty.probes is not None:
        k, rng = penalty.probes, p.rng
        return probed(net, cache, weight, p.x_tilde, k=k, rng=rng, each=p.each)
    if dense_pair(net):
        return closed_form(*flatten(net, cache), weight, p.each)
    return exact(net, cache, weight, p.x_tilde, p.each)


def closed_form(net: Chain, cache: list, weight: float, each: NDArray | None = None) -> float:
    """weight · Σ_n ‖J_n‖_F² for h = f(a), a = x W + b, and its gradient into the layer.

    Row j of J is s_j W_jᵀ with the slope s_j = f′(a_j) and W_j the weights into unit j, so

        ‖J‖_F² = Σ_j s_j² ‖W_j‖²          (sigmoid: s_j = h_j (1 − h_j))

    The value depends on W directly and through the slopes (c is the weight):

        gW_j = 2c W_j Σ_n s_j²  +  xᵀ ga_j,    gb_j = Σ_n ga_j,    ga_j = 2c s_j f″(a_j) ‖W_j‖²

    where for the sigmoid f″ = h_j (1 − h_j)(1 − 2 h_j). No Jacobian is computed: the cost is that
    of a backward pass, O(n d k). `each` (n, 1) are weights of the examples, here and below.
    `ClosedForm` in `core/penalties.py` computes the same on buffers.
    """
    linear, activation = cast(tuple[Linear, Elementwise], net.layers)
    x, (a, h) = cache
    W = linear.params["W"]
    s = activation.df(a, h)
    ws = weighed(each, s)
    squares = (W * W).sum(axis=0)
    energy = (ws * s).sum(axis=0)
    linear.grads["W"] += 2.0 * weight * W * energy
    linear.backward(2.0 * weight * ws * activation.d2f(a, h) * squares, x)
    return weight * (energy * squares).sum()


def exact(
    net: Layer, cache: object, weight: float, x: NDArray, each: NDArray | None = None
) -> float:
    """weight · Σ_n ‖J_n‖_F² by the images u_k = J e_k of all unit vectors, for any depth.

    The value is weight · Σ_k ‖u_k‖². So the adjoint of each image is gu_k = 2 weight u_k, and
    `jvp_backward` computes the gradient from it.
    """
    total = 0.0
    for _, u, pull in unit_tangents(net, cache, x):
        wu = weighed(each, u)
        total = total + (wu * u).sum()
        pull(2.0 * weight * wu)
    return weight * total


def probed(
    net: Layer,
    cache: object,
    weight: float,
    x: NDArray,
    k: int,
    rng: np.random.Generator,
    each: NDArray | None = None,
) -> float:
    """An unbiased estimate of weight · Σ_n ‖J_n‖_F² from k Rademacher probes per example.

    E ‖J v‖² = ‖J‖_F² for v with independent entries ±1 (Hutchinson 1990). The gradient is the exact
    gradient of the estimate, so it is unbiased as well:  gu = 2 (weight / k) u.
    """
    v = random_signs(k, x, rng)
    u, tape = net.jvp(v, cache)
    wu = weighed(each, u)
    net.jvp_backward(2.0 * (weight / k) * wu, tape, cache)
    return (weight / k) * (wu * u).sum()
