"""Penalties Ω(h, x) on buffers: the operations that each penalty adds to a pass.

The reference is `criterion/penalties.py` (14.2, 14.6) and `criterion/contraction.py` (14.11 and
14.18). Here the gradients are multiplied by the number of rows n, because in the core a gradient is
the sum over the rows. To add a penalty, add a class here and a row in `PENALTIES`, the table that
`check_supported` reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.buffers import Buffers
from tinyae.core.operations import Operation, Term, flat, inner, meet, number, product, total
from tinyae.core.stages import Stage
from tinyae.criterion.contraction import Contractive
from tinyae.criterion.penalties import L1, KLSparsity, Penalty, WeightDecay
from tinyae.nn.activations import Sigmoid
from tinyae.nn.trainable import UnsupportedError

OfRows = Callable[[slice], list[Operation]]


@dataclass
class CodePass:
    """What penalties read of a step, and what they add. With the layers, `Pass` has this role.

    buffers : the buffers of the block
    stage : the last stage of the encoder
    h, g : the code, and its adjoint. It is the output of this stage, or the first of its units if
        the code is stochastic and has more units than numbers
    term : term(w) is a 0-d array that is added to the loss with the weight w
    code : operations that add to the adjoint of the code
    weights : for each term of the gradient of a W, its stage and a function of a slice. It returns
        the operations that add these rows of the term, after the gradient of the cost
    constant : number that is added to the loss
    asked : how many sums were asked for
    """

    buffers: Buffers
    stage: Stage
    h: NDArray
    g: NDArray
    term: Term
    code: list[Operation] = field(default_factory=list)
    weights: list[tuple[Stage, OfRows]] = field(default_factory=list)
    constant: float = 0.0
    asked: int = 0

    @property
    def once(self) -> float:
        """Weight of a term that does not depend on the rows: 0 for all threads but the first."""
        return 1.0 if self.buffers.share is None or self.buffers.share.index == 0 else 0.0

    def summed(self, out: NDArray) -> tuple[NDArray, list[Operation]]:
        """Return where the thread writes a sum over its rows, and operations for out <- all sums.

        The operations may run when all threads have written theirs, which they add in the order of
        the threads. If there is one thread, it writes into `out` itself.
        """
        share = self.buffers.share
        if share is None:
            return out, []
        self.asked += 1
        new = np.empty((share.threads, len(out)), out.dtype)
        sums = share.sums.setdefault(self.asked, new)
        return sums[share.index], [partial(np.add.reduce, sums, 0, None, out)]


class PenaltyOperations:
    """One penalty on buffers."""

    def check(self, penalty: Penalty, encoder: list[Stage]) -> None:
        """Raise UnsupportedError for settings and encoders that are not supported."""

    def add(self, penalty: Penalty, p: CodePass) -> None:
        """Add the operations, terms and constant of the penalty to the pass, as `Penalty.add`."""
        raise NotImplementedError(f"{type(self).__name__}.add")


class AbsoluteValues(PenaltyOperations):
    """`L1` on buffers."""

    def add(self, penalty: Any, p: CodePass) -> None:
        """g += λ sign(h)."""
        buffers, h, g, lam = p.buffers, p.h, p.g, penalty.lam
        t = buffers.scratch_like(h, 0)
        p.code += [
            partial(np.abs, h, t),
            *total(t, buffers.ones, p.term(lam / buffers.batch)),
            partial(np.sign, h, t),
            partial(np.multiply, t, number(lam, h.dtype), t),
            partial(np.add, g, t, g),
        ]


class MeanActivity(PenaltyOperations):
    """`KLSparsity` on buffers, for a code of sigmoids."""

    def check(self, penalty: Any, encoder: list[Stage]) -> None:
        """Raise UnsupportedError for other units."""
        if type(encoder[-1].unit) is not Sigmoid:
            raise UnsupportedError("KLSparsity on a code other than a sigmoid's")

    def add(self, penalty: Any, p: CodePass) -> None:
        """g += λ (1 − 2ε) [(1 − ρ)/(1 − ρ̂) − ρ/ρ̂],  ρ̂ = ε + (1 − 2ε) Σ h / n."""
        buffers, h, g, lam, rho = p.buffers, p.h, p.g, penalty.lam, penalty.rho
        off, shrink = 1.0 - rho, 1.0 - 2.0 * penalty.INWARDS
        on_rate, off_rate, u, v = np.empty((4, *h.shape[:-2], buffers.units(h)), h.dtype)
        ones = np.ones(buffers.units(h), h.dtype)
        one, inwards, share, pull, push = (
            number(value, h.dtype)
            for value in (1.0, penalty.INWARDS, shrink / buffers.batch, -lam * shrink * rho,
                          lam * shrink * off)
        )  # fmt: skip
        own, add_up = p.summed(on_rate)
        p.code += [
            buffers.sum(h, own),
            *([meet, *add_up] if add_up else []),
            partial(np.multiply, on_rate, share, on_rate),
            partial(np.add, on_rate, inwards, on_rate),
            partial(np.subtract, one, on_rate, off_rate),
            partial(np.maximum, off_rate, inwards, out=off_rate),  # it may be 0 in float32
            partial(np.log, on_rate, u),
            product(u, ones, p.term(-lam * rho * p.once)),
            partial(np.log, off_rate, u),
            product(u, ones, p.term(-lam * off * p.once)),
            partial(np.divide, pull, on_rate, u),
            partial(np.divide, push, off_rate, v),
            partial(np.add, u, v, v),
            partial(np.add, g, buffers.each(v), g),
        ]
        p.constant += p.once * lam * len(ones) * float(rho * np.log(rho) + off * np.log(off))


class ClosedForm(PenaltyOperations):
    """`Contractive` on buffers, for an encoder of one layer: `contraction.closed_form`."""

    def check(self, penalty: Any, encoder: list[Stage]) -> None:
        """Raise UnsupportedError for probes and for deeper encoders."""
        if penalty.probes is not None or len(encoder) > 1:
            raise UnsupportedError("contraction other than the closed form of one layer")

    def add(self, penalty: Any, p: CodePass) -> None:
        """Add λ Σ_j s_j² ‖W_j‖².

        g += 2λ f″ ‖W_j‖². The unit's backward pass then multiplies this by s_j = f′.
        gW_j += 2λ W_j Σ s_j².

        The sum is over the units of h. The log-variances of a Gaussian code are none of them.
        """
        buffers, h, g, unit = p.buffers, p.h, p.g, p.buffers.plan.units[type(p.stage.unit)]
        units = slice(buffers.units(h))
        W, gW = (a["W"][..., units] for a in (p.stage.layer.params, p.stage.layer.grads))
        work = buffers.beside_of(W)
        s, t = buffers.scratch_like(h, 0), buffers.scratch_like(h, 1)
        squares, energy = np.empty((2, *h.shape[:-2], W.shape[-1]), h.dtype)
        own, add_up = p.summed(energy)
        double = number(2.0 * penalty.lam, h.dtype)
        p.code += [
            partial(np.square, W, work),
            product(buffers.ones[: W.shape[-2]], work, squares),
            *unit.df(h, s),
            partial(np.square, s, t),
            buffers.sum(t, own),
            inner(own, squares, p.term(penalty.lam / buffers.batch)),
            *unit.d2f(h, s, t),
            partial(np.multiply, squares, double, squares),
            partial(np.multiply, t, buffers.each(squares), t),
            partial(np.add, g, t, g),
        ]

        def of_rows(rows: slice) -> list[Operation]:
            part, gpart = W[..., rows, :], gW[..., rows, :]
            work = buffers.beside_of(part)
            return [
                *add_up,
                partial(np.multiply, energy, double, energy),
                partial(np.multiply, part, energy[..., None, :], work),
                partial(np.add, gpart, work, gpart),
            ]

        p.weights.append((p.stage, of_rows))


class SquaredWeights(PenaltyOperations):
    """`WeightDecay` on buffers."""

    def add(self, penalty: Any, p: CodePass) -> None:
        """gW += 2λ n W for every W. A shared W counts once."""
        buffers = p.buffers
        double = number(2.0 * penalty.lam * buffers.batch, buffers.dtype)
        for stage in buffers.plan.stages:
            if stage.source is None:
                of_rows = partial(self._of_rows, buffers, stage, double, p.term(penalty.lam))
                p.weights.append((stage, of_rows))

    def _of_rows(
        self, buffers: Buffers, stage: Stage, double: NDArray, term: NDArray, rows: slice
    ) -> list[Operation]:
        """Add the rows' part of the penalty and of its gradient."""
        W, gW = (a["W"][..., rows, :] for a in (stage.layer.params, stage.layer.grads))
        work = buffers.beside_of(W)
        return [
            inner(flat(W), flat(W), term),
            partial(np.multiply, W, double, work),
            partial(np.add, gW, work, gW),
        ]


PENALTIES: dict[type[Penalty], PenaltyOperations] = {
    L1: AbsoluteValues(),
    KLSparsity: MeanActivity(),
    Contractive: ClosedForm(),
    WeightDecay: SquaredWeights(),
}
