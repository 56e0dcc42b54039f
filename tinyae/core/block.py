"""One block of batches in the vectorized core: filled in one go, then stepped through.

The operations of a step are strung together once, when the block is made. They are those of
`Autoencoder.forward`, `criterion` and `backward` in `models/autoencoder.py`, on the arrays of
`core/buffers.py`.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core import linear
from tinyae.core.buffers import Buffers
from tinyae.core.noise import spoil
from tinyae.core.operations import Operation, number
from tinyae.core.outputs import OUTPUTS, Scratch
from tinyae.core.penalties import PENALTIES, CodePass
from tinyae.core.plan import Plan
from tinyae.core.units import UNITS


class Block:
    """Buffers and operations for `slots` batches of `rows` rows each.

    Attributes
    ----------
    passes : for each slot the operations up to the gradient, which is then the sum over the rows
    plans : for each slot those, and the optimizer's step
    weights : how much each term of a batch counts in its loss, to which `constant` is added
    """

    def __init__(self, plan: Plan, rows: int, slots: int):
        self.plan, self.rows, self.slots = plan, rows, slots
        self.buffers = Buffers(plan, rows, slots)
        project = [] if plan.project is None else [plan.project]
        found = [self._pass(slot) for slot in range(slots)]
        _, self.weights, self.constant = found[0]
        self.passes = [operations for operations, _, _ in found]
        self.plans = [p + plan.steps.operations(i) + project for i, p in enumerate(self.passes)]

    def fill(
        self,
        x: NDArray,
        index,
        rng: np.random.Generator,
        progress: list[float],
        x_noisy: NDArray | None = None,
    ) -> None:
        """Bring rows of x (n, d), a slice or their numbers, and their noise into the slots."""
        count, buffers = len(progress), self.buffers
        clean = self._gather(x, index, buffers.clean[:count])
        if x_noisy is not None:
            self._gather(x_noisy, index, buffers.noisy[:count])
        elif self.plan.corruption is not None:
            spoil(self.plan.corruption, clean, buffers.noisy[:count], rng, progress,
                  self.plan.same_draws)  # fmt: skip

    def _gather(self, x: NDArray, index, out: NDArray) -> NDArray:
        """Bring rows of x into `out` (count, B, d); return them as they came, in C order."""
        gathered = out if out.flags.c_contiguous else self.buffers.gathered[: len(out)]
        rows = gathered.reshape(-1, x.shape[1])
        if isinstance(index, slice) or not x.flags.c_contiguous:
            rows[...] = x[index]  # `take` would first make a contiguous copy of the whole table
        else:
            # "clip" writes straight into `out`; the default checks first and copies afterwards.
            np.take(x, index, axis=0, out=rows, mode="clip")
        if gathered is not out:
            out[...] = gathered
        return gathered

    def run(self, count: int) -> NDArray:
        """Take the steps of the first `count` slots; return their losses."""
        for plan in self.plans[:count]:
            for operation in plan:
                operation()
        return self.losses(count)

    def losses(self, count: int) -> NDArray:
        """The losses of the first slots: their terms, weighted, and for a Gaussian ½ Σ (a − x)²."""
        terms = self.buffers.terms[:count, : len(self.weights)].astype(np.float64)
        losses = terms @ self.weights + self.constant
        if self.buffers.errors is not None:
            # With a slot for each batch's errors one call is enough (.05 instead of .4 µs a step).
            e = self.buffers.errors[:count].reshape(count, -1)
            losses += (0.5 / self.rows) * np.matmul(e[:, None], e[:, :, None])[:, 0, 0]
        return losses

    def _pass(self, slot: int) -> tuple[list[Operation], NDArray, float]:
        """The operations from a slot's rows to the gradient: forward, criterion, backward.

        Returns
        -------
        operations, weights, constant : the loss is the sum of the slot's terms, times their
            weights, and of the constant
        """
        plan, buffers, stages = self.plan, self.buffers, self.plan.stages
        inputs, g = ([buffers.of(slot, b) for b in found] for found in (buffers.inputs, buffers.g))
        # A stage writes what the next one reads, all but the row of ones; the last one has its own.
        outputs = [y[:-1] if plan.columns else y for y in inputs[1:]]
        outputs.append(buffers.of(slot, buffers.y))
        weights: list[float] = []

        def term(weight: float) -> NDArray:
            weights.append(weight)
            return buffers.terms[slot, len(weights) - 1, ...]

        found: list[Operation] = []
        for stage, x, y in zip(stages, inputs, outputs, strict=True):
            found += linear.forward(stage.layer, x, y, plan.columns)
            found += UNITS[type(stage.unit)].f(y, buffers.scratch_like(y, 0))
        x = buffers.targets[slot]
        found += OUTPUTS[type(plan.output)].cost_and_gradient(
            outputs[-1], x, g[-1],
            Scratch(t=buffers.scratch_like(x, 0), product=buffers.product, ones=buffers.ones),
            None if buffers.errors is not None else lambda w: term(w / self.rows),
        )  # fmt: skip
        last = plan.encoders - 1
        omega = CodePass(buffers, stage=stages[last], h=outputs[last], g=g[last], term=term)
        for penalty in plan.penalties:
            PENALTIES[type(penalty)].add(penalty, omega)
        for i in reversed(range(len(stages))):
            if i == last:
                found += omega.code
            unit = UNITS[type(stages[i].unit)]
            # Nothing reads y any more, but for half of a tied gradient.
            spent = plan.columns and unit.overwrites
            t = outputs[i] if spent else buffers.scratch_like(outputs[i], 0)
            found += unit.backward(outputs[i], g[i], t, buffers.on[i])
            found += self._gradient(i, g[i], inputs[i], slot)
            if i > 0:
                found += linear.backward(stages[i].layer, g[i], g[i - 1], plan.columns)
        found += omega.weights
        if self.rows != plan.batch_size:  # the optimizer reckons with full batches
            scale = number(plan.batch_size / self.rows, plan.dtype)
            found.append(partial(np.multiply, plan.grad, scale, plan.grad))
        return found, np.array(weights), omega.constant

    def _gradient(self, i: int, g: NDArray, x: NDArray, slot: int) -> list[Operation]:
        """The gradient of stage i; for a tied pair gW <- Pᵀ Q, where the first of them stands."""
        stage, ones = self.plan.stages[i], self.buffers.ones[: self.rows]
        bias, *weight = linear.gradient(stage.layer, g, x, ones, self.plan.columns)
        if i in self.buffers.pairs:
            P, Q = (self.buffers.of(slot, half) for half in self.buffers.pairs[i])
            return [bias, partial(np.dot, P.T, Q, stage.layer.grads["W"])]
        return [bias] if stage.source is not None else [bias, *weight]
