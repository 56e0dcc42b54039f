"""Higher-order contraction (CAE+H): a penalty on changes of the Jacobian J = ∂h/∂x.

Contraction (14.18) makes h insensitive to x. This term (Rifai et al. 2011b) makes ∂h/∂x insensitive
to x too, so that the code is locally affine. The tensor of second derivatives would be expensive.
Instead, the Jacobian is compared with the one at a random point near x. As σ → 0,
E ‖J(x) − J(x + ε)‖² / σ² tends to ‖∂J/∂x‖_F².
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from numpy.typing import NDArray

from tinyae.checks.numbers import real_number, settle
from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.penalties import Penalty
from tinyae.nn.activations import Elementwise
from tinyae.nn.jacobian import unit_tangents
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.structure import dense_pair, flatten
from tinyae.training.weights import weighed


@dataclass(frozen=True)
class HigherOrderContractive(Penalty):
    """λ ‖J(x) − J(x + ε)‖_F², ε ~ N(0, σ²I), the mean over the examples.

    It is usually combined with `Contractive`. `sigma` has the unit of x. One ε is drawn for each
    example.
    """

    lam: float
    sigma: float
    formula: ClassVar[str] = "‖J(x) − J(x+ε)‖²"
    takes_weights: ClassVar[bool] = True

    def __post_init__(self) -> None:
        settle(self, "lam", real_number(self.lam, "lam", low=0.0, squared=True))
        settle(
            self, "sigma", real_number(self.sigma, "sigma", low=0.0, open_low=True, squared=True)
        )

    def add(self, p: Pass) -> float:
        """Return λ ‖J(x) − J(x + ε)‖_F² / n and add its gradient into the encoder's layers."""
        noise = float(self.sigma) * p.rng.standard_normal(p.x.shape, dtype=p.x.dtype)
        there = p.x_tilde + noise
        _, cache = p.encoder.forward(there)
        route = closed_form if dense_pair(p.encoder) else by_tangents
        (net, here), (_, near) = (flatten(p.encoder, c) for c in (p.encoder_cache, cache))
        weight = float(self.lam) / len(p.x)
        return route(net, here, near, weight, x=p.x_tilde, z=there, each=p.each)


def closed_form(
    net: Chain,
    here: list,
    there: list,
    weight: float,
    x: NDArray,
    z: NDArray,
    each: NDArray | None = None,
) -> float:
    """weight · Σ_n Σ_j (s_j − s′_j)² ‖W_j‖² for one layer, with slopes s at x and s′ at z.

    With δ = s − s′ and c the weight: gW_j = 2c W_j Σ_n δ_j² + xᵀ ga_j + zᵀ ga′_j, where
    ga_j = 2c δ_j f″(a_j) ‖W_j‖² and ga′_j = −2c δ_j f″(a′_j) ‖W_j‖².
    `each` (n, 1) are weights of the examples, here and below.
    """
    linear, activation = cast(tuple[Linear, Elementwise], net.layers)
    W = linear.params["W"]
    squares = (W * W).sum(axis=0)
    delta = activation.df(*here[1]) - activation.df(*there[1])
    wd = weighed(each, delta)
    energy = (wd * delta).sum(axis=0)
    linear.grads["W"] += 2.0 * weight * W * energy
    linear.backward(2.0 * weight * wd * activation.d2f(*here[1]) * squares, x)
    linear.backward(-2.0 * weight * wd * activation.d2f(*there[1]) * squares, z)
    return weight * (energy * squares).sum()


def by_tangents(
    net: Layer,
    here: object,
    there: object,
    weight: float,
    x: NDArray,
    z: NDArray,
    each: NDArray | None = None,
) -> float:
    """weight · Σ_n ‖J(x) − J(z)‖_F² by the images of the unit vectors at both points, any depth.

    With d_k = u_k(x) − u_k(z), the adjoints of the two images are ±2 weight d_k.
    """
    total = 0.0
    pairs = zip(unit_tangents(net, here, x), unit_tangents(net, there, z), strict=True)
    for (_, u, pull_x), (_, v, pull_z) in pairs:
        d = u - v
        wd = weighed(each, d)
        total = total + (wd * d).sum()
        pull_x(2.0 * weight * wd)
        pull_z(-2.0 * weight * wd)
    return weight * total
