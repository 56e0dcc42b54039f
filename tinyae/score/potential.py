"""When is r(x) − x the gradient of something? The potential of an autoencoder (section 14.5.1).

A field is a gradient exactly where its Jacobian is symmetric. With one hidden layer and linear
output, r(x) = φ(x W + b) V + c, that Jacobian is Σ_j φ′_j W_j V_jᵀ, symmetric when every V_j is a
multiple a_j of W_j. Tied weights (a = 1) are one such family, not the only one. Then

    F(x) = x·c − ½‖x‖² + Σ_j a_j Φ((x W + b)_j),   Φ′ = φ,   has  ∇F = r(x) − x

(Kamyshanska and Memisevic 2015; for the sigmoid Φ is the softplus, and −F the free energy of an
`RBM` with Gaussian visible units). After denoising at noise σ, log p = F/σ² + const. Where no such
F is known, the field can still be integrated along a line.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import table, values_of
from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.nn.activations import Elementwise
from tinyae.nn.jacobian import jacobian
from tinyae.nn.layers import Chain, Linear
from tinyae.nn.structure import dense_pair, in_series
from tinyae.nn.trainable import defined_together

PROPORTIONAL = 1e-10  # relative departure of V_j from a_j W_j that rounding may cause


def potential(model: Autoencoder, x: ArrayLike) -> NDArray:
    """Return F(x) with ∇F = r(x) − x, of shape (n,), up to a constant.

    Parameters
    ----------
    model : one hidden layer of identity, sigmoid, tanh or rectified units and a linear output
        (`GaussianOutput`), with tied weights or a decoder V = diag(a) Wᵀ
    x : array (n, d)

    Raises
    ------
    ValueError
        For any other model: its r − x may be no gradient, or its F has no short form.
    """
    check_autoencoder(model, "potential")
    model.check_packed()
    x = table(x, "x", width=model.d_in, dtype=model.dtype, squared=True)
    layers = [*in_series(model.mean_encoder), *in_series(model.decoder)]
    pair = dense_pair(Chain(*layers[:2]))
    if pair is None or list(map(type, layers[2:])) != [Linear] or not model.output.is_normal:
        raise ValueError(
            "a potential is known for one hidden layer and GaussianOutput, this model is\n"
            f"{model!r}\nuse line_integral for others"
        )
    (encoder, unit), decoder = pair, layers[2]
    a = proportions(encoder.params["W"], decoder.params["W"])
    u = encoder.forward(x)[0]
    own = x @ decoder.params["b"] - 0.5 * (x * x).sum(axis=1)
    return own + antiderivative(unit, u) @ a


def proportions(W: NDArray, V: NDArray) -> NDArray:
    """Return a (k,) with V = diag(a) Wᵀ for W (d, k) and V (k, d), or say that there is none."""
    squares = (W * W).sum(axis=0)
    a = (V * W.T).sum(axis=1) / np.where(squares > 0, squares, 1.0)
    gap = np.abs(V - a[:, None] * W.T).max()
    tolerance = PROPORTIONAL if W.dtype == np.float64 else 1e-4
    if gap > tolerance * max(np.abs(V).max(), np.finfo(W.dtype).tiny):
        raise ValueError(
            "r(x) - x has a potential only where each row of the decoder's W is a multiple of the "
            f"encoder's column; here they differ by up to {gap:.3g}. Build with tied=True"
        )
    return a


def antiderivative(unit: Elementwise, u: NDArray) -> NDArray:
    """Return Φ(u) with Φ′ = the unit's f, or raise ValueError where no short form is known."""
    known = defined_together(type(unit), "f", "antiderivative")
    value = unit.antiderivative(u) if known else None
    if value is None:
        raise ValueError(
            "the potential is written for Identity, Sigmoid, Tanh and ReLU units, not for "
            f"{unit!r}; use line_integral"
        )
    return value


def asymmetry(model: Autoencoder, x: ArrayLike) -> NDArray:
    """‖A − Aᵀ‖_F / (2 ‖A‖_F) of A = ∂r/∂x at each row: 0 for a gradient, 1 for a pure rotation."""
    check_autoencoder(model, "asymmetry")
    model.check_packed()
    x = table(x, "x", width=model.d_in, dtype=model.dtype, squared=True)
    A = jacobian(Chain(model.mean_encoder, model.decoder, model.output.mean), x)
    skew = np.linalg.norm(A - A.swapaxes(1, 2), axis=(1, 2))
    size = np.linalg.norm(A, axis=(1, 2))
    return skew / np.where(size > 0, 2.0 * size, 1.0)


def line_integral(
    field: Callable[[NDArray], NDArray], start: ArrayLike, stop: ArrayLike, *, nodes: int = 8
) -> NDArray:
    """∫ field · dx along the straight line from each row of `start` to that of `stop`, shape (n,).

    Where the field is the score of p, this is log p(stop) − log p(start). Where the field is no
    gradient, the integral depends on the path; its sum around a loop measures how much.

    Parameters
    ----------
    field : from points (m, d) to vectors (m, d)
    start, stop : arrays (n, d)
    nodes : Gauss–Legendre points on the line; the field is called once, with m = n · nodes points
    """
    start = table(start, "start", dtype=np.float64, squared=True)
    stop = table(stop, "stop", width=start.shape[1], dtype=np.float64, squared=True)
    if len(start) != len(stop):
        raise ValueError(f"start has {len(start)} rows and stop {len(stop)}; give equally many")
    t, weights = np.polynomial.legendre.leggauss(whole_number(nodes, "nodes"))
    step = stop - start
    points = (start[None] + 0.5 * (t[:, None, None] + 1.0) * step[None]).reshape(-1, start.shape[1])
    vectors = values_of(field, points, points.shape, "field").reshape(len(t), *step.shape)
    return 0.5 * weights @ (vectors * step).sum(axis=2)


def circulation(
    field: Callable[[NDArray], NDArray], x: ArrayLike, side: float, *, nodes: int = 8
) -> NDArray:
    """∮ field · dx around a square of the first two coordinates with its lower corner at each x.

    By Stokes it is about side² (∂field₂/∂x₁ − ∂field₁/∂x₂), zero for a gradient. Shape (n,).
    """
    x = table(x, "x", dtype=np.float64, squared=True)
    side = real_number(side, "side", low=0.0, open_low=True, squared=True)
    if x.shape[1] < 2:
        raise ValueError("a loop needs at least two coordinates, x has one")
    e1, e2 = side * np.eye(x.shape[1])[:2]
    corners = [x, x + e1, x + e1 + e2, x + e2, x]
    sides = zip(corners, corners[1:], strict=False)
    return np.sum([line_integral(field, a, b, nodes=nodes) for a, b in sides], axis=0)
