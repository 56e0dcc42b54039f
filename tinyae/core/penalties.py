"""Ω(h, x) in the vectorized core: what each penalty adds to a pass, as lists of operations.

The gradients are those of `penalties` (14.2, 14.6) and of `contraction.closed_form` (14.11, 14.18).
They stand multiplied by the number of rows n, because in the core a gradient is the sum over them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core.operations import Operation, curvature, number, slope, total
from tinyae.core.stages import Stage
from tinyae.criterion.contraction import Contractive
from tinyae.criterion.penalties import L1, KLSparsity

Term = Callable[[float], NDArray]  # of a weight: a 0-d array that counts so much in the loss


@dataclass
class Added:
    """What Ω adds: to the adjoint of the code, later to gradients of W, and to the loss."""

    code: list[Operation] = field(default_factory=list)
    weights: list[Operation] = field(default_factory=list)
    constant: float = 0.0


def penalties(block, stage: Stage, h: NDArray, g: NDArray, term: Term) -> Added:
    """All penalties of the model, for the code h of the last encoder stage and its adjoint g."""
    added = Added()
    for penalty in block.plan.penalties:
        if type(penalty) is L1:
            _l1(added, block, penalty.lam, h, g, term)
        elif type(penalty) is KLSparsity:
            _kl(added, block, penalty, h, g, term)
        elif type(penalty) is Contractive:
            _contraction(added, block, penalty.lam, stage, h, g, term)
        else:
            _decay(added, block, penalty.lam, term)
    return added


def _l1(added: Added, block, lam: float, h: NDArray, g: NDArray, term: Term) -> None:
    """g += λ sign(h)."""
    t = block.scratch_like(h, 0)
    added.code += [
        partial(np.abs, h, t),
        *total(t, block.ones, term(lam / block.rows)),
        partial(np.sign, h, t),
        partial(np.multiply, t, number(lam, h.dtype), t),
        partial(np.add, g, t, g),
    ]


def _kl(added: Added, block, penalty: KLSparsity, h: NDArray, g: NDArray, term: Term) -> None:
    """g += λ (1 − 2ε) [(1 − ρ)/(1 − ρ̂) − ρ/ρ̂],  ρ̂ = ε + (1 − 2ε) Σ h / n."""
    lam, on = penalty.lam, penalty.rho
    off, shrink = 1.0 - on, 1.0 - 2.0 * penalty.INWARDS
    p, q, u, v = np.empty((4, h.size // block.rows), h.dtype)
    ones = np.ones_like(p)
    one, inwards, share, pull, push = (
        number(value, h.dtype)
        for value in (1.0, penalty.INWARDS, shrink / block.rows, -lam * shrink * on,
                      lam * shrink * off)
    )  # fmt: skip
    added.code += [
        block.sum(h, p),
        partial(np.multiply, p, share, p),
        partial(np.add, p, inwards, p),
        partial(np.subtract, one, p, q),
        partial(np.maximum, q, inwards, out=q),  # in float32 the difference may be 0
        partial(np.log, p, u),
        partial(np.dot, u, ones, term(-lam * on)),
        partial(np.log, q, u),
        partial(np.dot, u, ones, term(-lam * off)),
        partial(np.divide, pull, p, u),
        partial(np.divide, push, q, v),
        partial(np.add, u, v, v),
        partial(np.add, g, block.each(v), g),
    ]
    added.constant += lam * len(p) * float(on * np.log(on) + off * np.log(off))


def _contraction(
    added: Added, block, lam: float, stage: Stage, h: NDArray, g: NDArray, term: Term
) -> None:
    """The closed form λ Σ_j s_j² ‖W_j‖².

    g += 2λ f″ ‖W_j‖², which the unit's backward pass then multiplies by s_j = f′, and
    gW_j += 2λ W_j Σ s_j².
    """
    W, gW = stage.layer.params["W"], stage.layer.grads["W"]
    work = block.beside_of(W)
    s, t = block.scratch_like(h, 0), block.scratch_like(h, 1)
    squares, energy = np.empty((2, W.shape[1]), h.dtype)
    double = number(2.0 * lam, h.dtype)
    added.code += [
        partial(np.square, W, work),
        partial(np.dot, block.ones[: len(W)], work, squares),
        *slope(stage.unit, h, s),
        partial(np.square, s, t),
        block.sum(t, energy),
        partial(np.dot, energy, squares, term(lam / block.rows)),
        *curvature(stage.unit, h, s, t),
        partial(np.multiply, squares, double, squares),
        partial(np.multiply, t, block.each(squares), t),
        partial(np.add, g, t, g),
    ]
    added.weights += [
        partial(np.multiply, energy, double, energy),
        partial(np.multiply, W, energy, work),
        partial(np.add, gW, work, gW),
    ]


def _decay(added: Added, block, lam: float, term: Term) -> None:
    """gW += 2λ n W for every W that is stored."""
    double = number(2.0 * lam * block.rows, block.dtype)
    for stage in block.plan.stages:
        if stage.source is None:
            W, gW = stage.layer.params["W"], stage.layer.grads["W"]
            flat, work = W.reshape(-1), block.beside_of(W)
            added.weights += [
                partial(np.dot, flat, flat, term(lam)),
                partial(np.multiply, W, double, work),
                partial(np.add, gW, work, gW),
            ]
