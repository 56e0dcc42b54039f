"""One block of batches in the vectorized core: it is filled at once, then trained batch by batch.

The list of the operations of a step is made once, together with the block. The operations compute
the same as `Autoencoder.forward`, `criterion` and `backward` in `models/autoencoder.py`, on the
arrays of `core/buffers.py`.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core import linear
from tinyae.core.buffers import Buffers
from tinyae.core.codes import Drawn, draw, operations_of
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
    passes : for each slot, the operations that compute the gradient, as a sum over the rows
    plans : for each slot, the same operations and then those of the optimizer's step
    weights, constant : the loss of a batch is its terms times `weights`, summed, plus `constant`
    """

    def __init__(self, plan: Plan, rows: int, slots: int):
        self.plan, self.rows, self.slots = plan, rows, slots
        self.buffers = Buffers(plan, rows, slots)
        project: list[Operation] = [] if plan.project is None else [plan.project]
        found = [self._pass(slot) for slot in range(slots)]
        _, self.weights, self.constant = found[0]
        self.passes = [operations for operations, _, _ in found]
        self.plans = [p + plan.steps.operations(i) + project for i, p in enumerate(self.passes)]

    def fill(
        self,
        x: NDArray,
        index: slice | NDArray,
        rng: np.random.Generator,
        progress: list[float],
        x_noisy: NDArray | None = None,
    ) -> None:
        """Copy rows of x (n, d) into the slots, with their noise; `index` is a slice or indices."""
        count, buffers, plan = len(progress), self.buffers, self.plan
        clean = self._gather(x, index, buffers.clean[:count])
        if x_noisy is not None:
            self._gather(x_noisy, index, buffers.noisy[:count])
        # The layers draw corruption and code of one batch, then those of the next.
        size = 1 if plan.same_draws and plan.code is not None else count
        for part in (slice(i, i + size) for i in range(0, count, size)):
            if x_noisy is None and plan.corruption is not None:
                spoil(plan.corruption, clean[part], buffers.noisy[part], rng, progress[part],
                      plan.same_draws)  # fmt: skip
            if plan.code is not None:
                self.draw_code(part, rng, progress[part])

    def draw_code(self, part: slice, rng: np.random.Generator, progress: list[float]) -> None:
        """Draw the noise of the code for some slots, and set what depends on their progress."""
        plan, buffers = self.plan, self.buffers
        assert plan.code is not None, "only called with a code"
        draw(plan.code, buffers.eps[part], buffers.betas[part], rng, progress,
             plan.same_draws, plan.columns)  # fmt: skip

    def _gather(self, x: NDArray, index: slice | NDArray, out: NDArray) -> NDArray:
        """Copy rows of x into `out` (count, B, d); return these rows as an array in C order."""
        gathered = out
        if not out.flags.c_contiguous:
            assert self.buffers.gathered is not None, "made where clean is not in C order"
            gathered = self.buffers.gathered[: len(out)]
        rows = gathered.reshape(-1, x.shape[1])
        if isinstance(index, slice) or not x.flags.c_contiguous:
            rows[...] = x[index]  # `take` would first make a contiguous copy of the whole table
        else:
            # "clip" writes directly into `out`; the default mode uses a temporary array.
            np.take(x, index, axis=0, out=rows, mode="clip")
        if gathered is not out:
            out[...] = gathered
        return gathered

    def run(self, count: int) -> NDArray:
        """Do the training steps of the first `count` slots; return their losses."""
        for plan in self.plans[:count]:
            for operation in plan:
                operation()
        return self.losses(count)

    def losses(self, count: int) -> NDArray:
        """Return the losses of the first slots: the weighted terms, plus ½ Σ (a − x)² if kept."""
        terms = self.buffers.terms[:count, : len(self.weights)].astype(np.float64)
        losses = terms @ self.weights + self.constant
        if self.buffers.errors is not None:
            # The errors of all batches are kept, so one call computes the costs of all batches.
            e = self.buffers.errors[:count].reshape(count, -1)
            losses += (0.5 / self.rows) * np.matmul(e[:, None], e[:, :, None])[:, 0, 0]
        return losses

    def _pass(self, slot: int) -> tuple[list[Operation], NDArray, float]:
        """Return the operations of a slot that compute the gradient: forward, criterion, backward.

        Returns
        -------
        operations, weights, constant : the loss is the sum of the slot's terms times `weights`,
            plus `constant`
        """
        plan, buffers, stages = self.plan, self.buffers, self.plan.stages
        inputs, g = ([buffers.of(slot, b) for b in found] for found in (buffers.inputs, buffers.g))
        # The output of a stage is the input of the next, without its row of ones; the last is `y`.
        outputs = [y[:-1] if plan.columns else y for y in inputs[1:]]
        outputs.append(buffers.of(slot, buffers.y))
        weights: list[float] = []
        last, code = plan.encoders - 1, operations_of(plan.code)
        drawn = self._drawn(slot, z=outputs[last])  # z is u itself without a stochastic code
        outputs[last], below = drawn.u, [*g[:last], drawn.gz, *g[last + 1 :]]

        def term(weight: float) -> NDArray:
            weights.append(weight)
            return buffers.terms[slot, len(weights) - 1, ...]

        found: list[Operation] = []
        for i, (stage, x, y) in enumerate(zip(stages, inputs, outputs, strict=True)):
            found += linear.forward(stage.layer, x, y, plan.columns)
            found += UNITS[type(stage.unit)].f(y, buffers.scratch_like(y, 0))
            if i == last:
                found += code.forward(drawn)
        x = buffers.targets[slot]
        found += OUTPUTS[type(plan.output)].cost_and_gradient(
            plan.output, outputs[-1], x, g[-1],
            Scratch(t=buffers.scratch_like(x, 0), product=buffers.product, ones=buffers.ones),
            None if buffers.errors is not None else lambda w: term(w / self.rows),
        )  # fmt: skip
        h, gh = code.mean(drawn)
        omega = CodePass(buffers, stage=stages[last], h=h, g=gh, term=term)
        for penalty in plan.penalties:
            PENALTIES[type(penalty)].add(penalty, omega)
        for i in reversed(range(len(stages))):
            if i == last:
                found += code.backward(drawn, lambda w: term(w / self.rows))
                found += omega.code
            unit = UNITS[type(stages[i].unit)]
            # y is no longer needed and may be overwritten. With tied weights, it is still needed.
            spent = plan.columns and unit.overwrites
            t = outputs[i] if spent else buffers.scratch_like(outputs[i], 0)
            found += unit.backward(outputs[i], g[i], t, buffers.on[i])
            found += self._gradient(i, g[i], inputs[i], slot)
            if i > 0:
                found += linear.backward(stages[i].layer, g[i], below[i - 1], plan.columns)
        found += omega.weights
        if self.rows != plan.batch_size:  # the optimizer expects a sum over a full batch
            scale = number(plan.batch_size / self.rows, plan.dtype)
            found.append(partial(np.multiply, plan.grad, scale, plan.grad))
        return found, np.array(weights), omega.constant

    def _drawn(self, slot: int, z: NDArray) -> Drawn:
        """Return the arrays of the code of a slot."""
        buffers = self.buffers
        return Drawn(
            u=buffers.of(slot, buffers.u),
            gu=buffers.of(slot, buffers.g[self.plan.encoders - 1]),
            z=z,
            gz=buffers.of(slot, buffers.gz),
            eps=buffers.eps[slot],
            beta=buffers.betas[slot, ...],
            spread=buffers.spread,
            s=buffers.scratch_like(z, 0),
            t=buffers.scratch_like(z, 1),
            ones=buffers.ones,
            columns=self.plan.columns,
        )

    def _gradient(self, i: int, g: NDArray, x: NDArray, slot: int) -> list[Operation]:
        """Return the gradient of stage i. A tied pair has one gW <- Pᵀ Q, at its source."""
        stage, ones = self.plan.stages[i], self.buffers.ones[: self.rows]
        bias, *weight = linear.gradient(stage.layer, g, x, ones, self.plan.columns)
        if i in self.buffers.pairs:
            P, Q = (self.buffers.of(slot, half) for half in self.buffers.pairs[i])
            return [bias, partial(np.dot, P.T, Q, stage.layer.grads["W"])]
        return [bias] if stage.source is not None else [bias, *weight]
