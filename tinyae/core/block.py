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
from tinyae.core.codes import Drawn, operations_of
from tinyae.core.filling import Noise, fill
from tinyae.core.operations import Operation, flat, number, product, series, turned
from tinyae.core.outputs import OUTPUTS, Scratch
from tinyae.core.penalties import PENALTIES, CodePass
from tinyae.core.plan import Plan, Share
from tinyae.nn.activations import Sigmoid


class Block:
    """Buffers and operations for `slots` batches of `rows` rows each.

    If several threads share a batch, each has a block for its rows, and `Parts` puts the blocks
    together.

    Attributes
    ----------
    batch : number of rows of the batches; more than `rows` if this is the block of one thread
    passes : for the first two slots, the operations that compute the gradient, as a sum over the
        rows. Those of one thread are there for all slots; they end with the adjoints, and leave the
        gradients of parameters to `Parts`
    added : for the same slots, what penalties add to gradients of W, see `CodePass`
    plans : for each slot, the operations of its pass and then those of the optimizer's step; none
        for the block of one thread
    weights, constant : the loss of a batch is its terms times `weights`, summed, plus `constant`
    """

    def __init__(self, plan: Plan, rows: int, slots: int, share: Share | None = None):
        self.plan, self.rows, self.slots = plan, rows, slots
        self.buffers = Buffers(plan, rows, slots, share)
        self.batch = self.buffers.batch
        self.noise = Noise(self.buffers.eps, self.buffers.betas)
        project: list[Operation] = [] if plan.project is None else [plan.project]
        # The operations of all slots are derived from those of two, but not for one thread's rows.
        found = [self._pass(slot) for slot in range(slots if share else min(slots, 2))]
        _, weights, first = found[0]
        self.weights = weights.reshape(-1, *(1 for _ in plan.models))
        self.constant, self.added = first.constant, [omega.weights for _, _, omega in found]
        self.passes = [operations for operations, _, _ in found]
        alone = self.passes if share is None else []
        self.plans = [p + plan.steps.operations(i) + project for i, p in enumerate(alone)]
        if len(self.plans) == 2:
            self.plans = series(self.plans[0], self.plans[1], slots)

    def fill(
        self,
        x: NDArray,
        index: slice | NDArray,
        rng: np.random.Generator,
        progress: list[float],
        x_noisy: NDArray | None = None,
    ) -> None:
        """Copy rows of x (n, d) into the slots, with their noise; `index` is a slice or indices."""
        plan, noise = self.plan, self.noise
        noise.draw(plan, self.rows, rng, progress, x_noisy is None)
        fill(plan, self.buffers, x, index, noise, slice(None), progress, x_noisy)
        noise.corruption = []  # its memory is free for the step

    def gradient(
        self, x: NDArray, x_tilde: NDArray, rng: np.random.Generator | None, progress: float
    ) -> float:
        """Return the loss for x and a given x̃, and set the gradient to a sum over a full batch."""
        self.buffers.clean[...] = x
        self.buffers.noisy[...] = x_tilde
        if self.plan.code is not None:
            assert rng is not None, "a code draws noise"
            self.noise.draw_code(self.plan, slice(0, 1), rng, [progress])
        for operation in self.passes[0]:
            operation()
        return float(self.losses(1)[0])

    def run(self, count: int) -> NDArray:
        """Do the training steps of the first `count` slots; return their losses."""
        for plan in self.plans[:count]:
            for operation in plan:
                operation()
        return self.losses(count)

    def losses(self, count: int) -> NDArray:
        """Return the losses of the first slots: the weighted terms, plus ½ Σ (a − x)² if kept."""
        terms = self.buffers.terms[:count, : len(self.weights)].astype(np.float64)
        losses = (terms * self.weights).sum(axis=1) + self.constant
        if self.buffers.errors is not None:
            # The errors of all batches are kept, so one call computes the costs of all batches.
            e = flat(self.buffers.errors[:count])
            squares = np.matmul(e[..., None, :], e[..., None])[..., 0, 0]
            losses += (0.5 / self.batch) * squares
        return losses

    def _pass(self, slot: int) -> tuple[list[Operation], NDArray, CodePass]:
        """Return the operations of a slot that compute the gradient: forward, criterion, backward.

        Returns
        -------
        operations, weights, omega : the loss is the sum of the slot's terms times `weights`, plus
            the constant of omega, which has what the penalties have added
        """
        plan, buffers, stages = self.plan, self.buffers, self.plan.stages
        inputs, g = ([buffers.of(slot, b) for b in found] for found in (buffers.inputs, buffers.g))
        # The output of a stage is the input of the next, without its row of ones; the last is `y`.
        outputs = [y[..., :-1, :] if plan.columns else y for y in inputs[1:]]
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
            found += plan.units[type(stage.unit)].f(y, buffers.scratch_like(y, 0))
            if i == last:
                found += code.forward(drawn)
        x = buffers.targets[slot]
        found += OUTPUTS[type(plan.output)].cost_and_gradient(
            plan.output, outputs[-1], x, g[-1],
            Scratch(t=buffers.scratch_like(x, 0), sigmoid=plan.units[Sigmoid],
                    product=buffers.product, ones=buffers.ones),
            None if buffers.errors is not None else lambda w: term(w / self.batch),
        )  # fmt: skip
        h, gh = code.mean(drawn)
        omega = CodePass(buffers, stage=stages[last], h=h, g=gh, term=term)
        for penalty in plan.penalties:
            PENALTIES[type(penalty)].add(penalty, omega)
        for i in reversed(range(len(stages))):
            if i == last:
                found += code.backward(drawn, lambda w: term(w / self.batch))
                found += omega.code
            unit = plan.units[type(stages[i].unit)]
            # y is no longer needed and may be overwritten. With tied weights, it is still needed.
            spent = plan.columns and unit.overwrites
            t = outputs[i] if spent else buffers.scratch_like(outputs[i], 0)
            found += unit.backward(outputs[i], g[i], t, buffers.on[i])
            if buffers.share is None:
                found += self._gradient(i, g[i], inputs[i], slot)
            if i > 0:
                found += linear.backward(stages[i].layer, g[i], below[i - 1], plan.columns)
        if buffers.share is not None:
            return found, np.array(weights), omega
        for _, of_rows in omega.weights:
            found += of_rows(slice(None))
        if self.batch != plan.batch_size:  # the optimizer expects a sum over a full batch
            scale = number(plan.batch_size / self.batch, plan.dtype)
            found.append(partial(np.multiply, plan.grad, scale, plan.grad))
        return found, np.array(weights), omega

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
            sigmoid=self.plan.units[Sigmoid],
            columns=self.plan.columns,
        )

    def _gradient(self, i: int, g: NDArray, x: NDArray, slot: int) -> list[Operation]:
        """Return the gradient of stage i. A tied pair has one gW <- Pᵀ Q, at its source."""
        stage, ones = self.plan.stages[i], self.buffers.ones[: self.rows]
        bias, *weight = linear.gradient(stage.layer, g, x, ones, self.plan.columns)
        if i in self.buffers.pairs:
            P, Q = (self.buffers.of(slot, half) for half in self.buffers.pairs[i])
            return [bias, product(turned(P), Q, stage.layer.grads["W"])]
        return [bias] if stage.source is not None else [bias, *weight]
