"""The free energy of a restricted Boltzmann machine, and its derivatives.

    F(x) = −log Σ_h exp(−E(x, h)) = −x·b − Σ_j softplus((x W + c)_j) (+ ½‖x‖² if x is real)

Up to the constant log Z, F(x) is −log p(x). With u = x W + c,

    ∂F/∂c = −σ(u),   ∂F/∂W = −xᵀ σ(u),   ∂F/∂b = −x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.models.protocols import Machine
from tinyae.nn.activations import Sigmoid, softplus
from tinyae.numerics.underflow import underflow_to_zero


@underflow_to_zero
def free_energy(rbm: Machine, x: NDArray) -> tuple[NDArray, NDArray]:
    """Return F(x), of shape (n,), in nats, and u = x W + c, of shape (n, k)."""
    u, _ = rbm.parts["hidden"].forward(x)
    b = rbm.parts["visible"].params["b"]
    if rbm.visible.is_binary:
        own = -(x @ b)
    else:
        # −x·b + ½‖x‖² is the output's cost at the bias, without the terms that depend on b alone.
        a = np.broadcast_to(b, x.shape)
        own = rbm.visible.cost(x, a) - rbm.visible.cost(np.zeros_like(x), a)
    return own - softplus(u).sum(axis=1), u


def finite_free_energy(rbm: Machine, x: NDArray) -> NDArray:
    """Return F(x), of shape (n,).

    Raises
    ------
    ValueError
        If a free energy is larger than the machine's dtype can hold.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        F, _ = free_energy(rbm, x)
    if not np.isfinite(F).all():
        raise ValueError(f"free energies of x are beyond {rbm.dtype}: rescale x")
    return F


def add_free_energy(rbm: Machine, x: NDArray, weight: NDArray | float) -> float:
    """Return Σ weight · F(x) over the rows and add its gradient into the machine's `grad`."""
    F, u = free_energy(rbm, x)
    weight = np.broadcast_to(np.asarray(weight, F.dtype), F.shape)
    p = Sigmoid().f(u)
    p *= -weight[:, None]  # the adjoint of u; the adjoint of x, another product, is not needed
    grads = rbm.parts["hidden"].grads
    grads["W"] += x.T @ p
    grads["b"] += p.sum(axis=0)
    rbm.parts["visible"].grads["b"] -= weight @ x
    return (weight * F).sum()


def checked_weight(weight: ArrayLike, n: int) -> NDArray:
    """Return the weight of each free energy: one finite number, or one for each of n rows."""
    weight = np.asarray(weight)
    if weight.dtype.kind not in "biuf":
        raise TypeError(f"weight must be one real number or one for each row, got {weight!r}")
    if weight.shape not in ((), (n,)) or not np.isfinite(weight).all():
        raise ValueError(
            f"weight must be one finite number or one for each of {n} rows, got {weight!r}"
        )
    return weight
