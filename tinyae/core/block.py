"""One block of batches in the vectorized core: its buffers, and the operations of their steps.

With B rows a batch, S batches a block, and L stages y = f(x W + b), the first ones the encoder's:

    buffer        shape (rows)      (columns)        holds
    clean         (S, B, d)         (S, d, B)        clean batches, the targets
    inputs[0]     (S, B, d)         (S, d + 1, B)    x̃, with a row of ones below; clean if no noise
    inputs[i]     (1, B, d_i)       (1, d_i + 1, B)  what stage i reads: y of the stage before
    g[i]          (1, B, d_i+1)     (1, d_i+1, B)    adjoint of y, then of x W + b; the last one
                  or (S, B, d)      or (S, d, B)     keeps a Gaussian's errors a − x of every batch
    pairs[i]      (·, 2B, d_i)                       inputs[i] over g of the stage tied to it, and
                  (1, 2B, d_i+1)                     g[i] over the inputs of that stage
    terms         (S, terms)        (S, terms)       parts of each batch's loss
    gathered      (S, B, d)         (S, B, d)        rows as they come, if clean lies otherwise
    scratch, product                (B · widest,)    what is used up at once

`clean` and `inputs[0]` have a slot for every batch, so that a block can be filled in one go; all
other buffers are used again by each of its steps.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core.noise import spoil
from tinyae.core.operations import FOLDED, Operation, activate, compare, number, through
from tinyae.core.penalties import penalties
from tinyae.core.plan import Plan
from tinyae.core.stages import joined
from tinyae.criterion.outputs import GaussianOutput
from tinyae.nn.activations import Identity, Tanh
from tinyae.nn.layers import Linear


class Block:
    """Buffers and operations for `slots` batches of `rows` rows each.

    Attributes
    ----------
    clean, noisy : views (slots, rows, d) of the targets and of x̃, whichever way they lie
    passes : for each slot the operations up to the gradient, which is then the sum over the rows
    plans : for each slot those, and the optimizer's step
    """

    def __init__(self, plan: Plan, rows: int, slots: int):
        self.plan, self.rows, self.slots = plan, rows, slots
        self.columns, self.dtype = plan.columns, plan.dtype
        stages, widths = plan.stages, plan.widths
        size = -(-rows * max(widths) // FOLDED) * FOLDED
        self.product, *self.scratch = np.ones((3, size), self.dtype)
        self.ones = np.ones(max(rows, *widths, size // FOLDED), self.dtype)
        largest = max(stage.layer.params["W"].size for stage in stages)
        self.beside = np.empty(largest if plan.penalties else 0, self.dtype)
        self._make_buffers(widths)
        corrupted = plan.corruption is not None or plan.pairs
        noisy = self.inputs[0][:, :-1] if self.columns else self.inputs[0]
        clean = np.empty(noisy.shape, self.dtype) if corrupted else noisy
        turned = (0, 2, 1) if self.columns else (0, 1, 2)
        self.clean, self.noisy = clean.transpose(turned), noisy.transpose(turned)
        self.gathered = None
        if not self.clean.flags.c_contiguous or (plan.pairs and not self.noisy.flags.c_contiguous):
            self.gathered = np.empty(self.clean.shape, self.dtype)
        most = 4 + sum(max(2, len(stages)) for _ in plan.penalties)
        self.terms = np.empty((slots, most), self.dtype)
        project = [] if plan.project is None else [plan.project]
        self.passes = [self._pass(slot, clean[slot]) for slot in range(slots)]
        self.plans = [p + plan.steps.operations(i) + project for i, p in enumerate(self.passes)]

    def _make_buffers(self, widths):
        """Inputs and adjoints of the stages, with a leading axis of one or of all slots.

        Of a tied pair those that are multiplied lie together: the gradient is P.T @ Q.
        """
        stages, B = self.plan.stages, self.rows
        gaussian = type(self.plan.output) is GaussianOutput
        self.inputs, self.g = [None] * len(stages), [None] * len(stages)
        self.pairs = {}
        for m, stage in enumerate(stages):
            if stage.source is not None:
                i = stage.source
                P = np.empty((self.slots if i == 0 else 1, 2 * B, widths[i]), self.dtype)
                Q = np.empty((1, 2 * B, widths[i + 1]), self.dtype)
                self.pairs[i] = (P, Q)
                self.inputs[i], self.g[m] = P[:, :B], P[:, B:]
                self.g[i], self.inputs[m] = Q[:, :B], Q[:, B:]
        for i, (width, after) in enumerate(zip(widths, widths[1:], strict=False)):
            count = self.slots if i == 0 else 1
            if self.inputs[i] is None:
                shape = (width + 1, B) if self.columns else (B, width)
                self.inputs[i] = np.ones((count, *shape), self.dtype)
            if self.g[i] is None:
                shape = (after, B) if self.columns else (B, after)
                errors = gaussian and i == len(stages) - 1
                self.g[i] = np.empty((self.slots if errors else 1, *shape), self.dtype)
        self.on = [np.empty(g.shape[1:], bool) for g in self.g]  # for rectifiers
        linear = type(stages[-1].unit) is Identity
        self.y = self.g[-1] if linear else np.empty_like(self.g[-1])
        kept = gaussian and linear and len(self.g[-1]) == self.slots
        self.errors = self.g[-1] if kept else None

    def fill(
        self,
        x: NDArray,
        index,
        rng: np.random.Generator,
        progress: list[float],
        x_noisy: NDArray | None = None,
    ) -> None:
        """Bring rows of x (n, d), a slice or their numbers, and their noise into the slots."""
        count = len(progress)
        clean = self._gather(x, index, self.clean[:count])
        if x_noisy is not None:
            self._gather(x_noisy, index, self.noisy[:count])
        elif self.plan.corruption is not None:
            spoil(self.plan.corruption, clean, self.noisy[:count], rng, progress,
                  self.plan.same_draws)  # fmt: skip

    def _gather(self, x: NDArray, index, out: NDArray) -> NDArray:
        """Bring rows of x into `out` (count, B, d); return them as they came, in C order."""
        gathered = out if out.flags.c_contiguous else self.gathered[: len(out)]
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
        terms = self.terms[:count, : len(self.weights)].astype(np.float64)
        losses = terms @ self.weights + self.constant
        if self.errors is not None:
            # With a slot for each batch's errors one call is enough (.05 instead of .4 µs a step).
            e = self.errors[:count].reshape(count, -1)
            losses += (0.5 / self.rows) * np.matmul(e[:, None], e[:, :, None])[:, 0, 0]
        return losses

    def _pass(self, slot: int, x: NDArray) -> list[Operation]:
        """The operations from a slot's rows to the gradient: forward, output, backward."""
        plan, stages = self.plan, self.plan.stages
        inputs, g = ([_of(slot, b) for b in buffers] for buffers in (self.inputs, self.g))
        # A stage writes what the next one reads, all but the row of ones; the last one has its own.
        outputs = [y[:-1] if self.columns else y for y in inputs[1:]] + [_of(slot, self.y)]
        weights: list[float] = []

        def term(weight: float) -> NDArray:
            weights.append(weight)
            return self.terms[slot, len(weights) - 1, ...]

        found: list[Operation] = []
        for stage, xs, y in zip(stages, inputs, outputs, strict=True):
            found += self._affine(stage.layer, xs, y)
            found += activate(stage.unit, y, self.scratch_like(y, 0))
        compared = compare(
            plan.output, outputs[-1], x, g[-1], self.scratch_like(x, 0), self.product,
            self.ones, None if self.errors is not None else lambda w: term(w / self.rows),
        )  # fmt: skip
        code = plan.encoders - 1
        omega = penalties(self, stages[code], outputs[code], g[code], term)
        found += compared
        for i in reversed(range(len(stages))):
            if i == code:
                found += omega.code
            # Nothing reads y any more, but for half of a tied gradient: tanh squares it in place.
            spent = self.columns and type(stages[i].unit) is Tanh
            t = outputs[i] if spent else self.scratch_like(outputs[i], 0)
            found += through(stages[i].unit, outputs[i], g[i], t, self.on[i])
            found += self._gradient(i, inputs[i], g[i], slot)
            if i > 0:
                found += self._back(stages[i].layer, g[i], g[i - 1])
        found += omega.weights
        if self.rows != plan.batch_size:  # the optimizer reckons with full batches
            scale = number(plan.batch_size / self.rows, self.dtype)
            found.append(partial(np.multiply, plan.grad, scale, plan.grad))
        self.weights, self.constant = np.array(weights), omega.constant
        return found

    def scratch_like(self, y: NDArray, which: int) -> NDArray:
        """One of two pieces of scratch, of y's shape."""
        return self.scratch[which][: y.size].reshape(y.shape)

    def _affine(self, layer: Linear, x: NDArray, y: NDArray) -> list[Operation]:
        """y <- x W + b."""
        if self.columns:
            return [partial(np.dot, joined(layer.params).T, x, y)]
        W, b = layer.params["W"], layer.params["b"]
        return [partial(np.dot, x, W, y), partial(np.add, y, b, y)]

    def _back(self, layer: Linear, g: NDArray, gx: NDArray) -> list[Operation]:
        """gx <- g Wᵀ."""
        W = layer.params["W"]
        return [partial(np.dot, W, g, gx) if self.columns else partial(np.dot, g, W.T, gx)]

    def _gradient(self, i: int, x: NDArray, g: NDArray, slot: int) -> list[Operation]:
        """gW <- xᵀ g and gb <- Σ g; for a tied pair gW <- Pᵀ Q, where the first of them stands."""
        stage, grads = self.plan.stages[i], self.plan.stages[i].layer.grads
        if self.columns:
            return [partial(np.dot, x, g.T, joined(grads))]
        found = [partial(np.dot, self.ones[: self.rows], g, grads["b"])]
        if i in self.pairs:
            P, Q = (_of(slot, half) for half in self.pairs[i])
            found.append(partial(np.dot, P.T, Q, grads["W"]))
        elif stage.source is None:
            found.append(partial(np.dot, x.T, g, grads["W"]))
        return found

    def sum(self, z: NDArray, out: NDArray) -> Operation:
        """out <- Σ z over the rows, for each unit."""
        ones = self.ones[: self.rows]
        return partial(np.dot, z, ones, out) if self.columns else partial(np.dot, ones, z, out)

    def each(self, v: NDArray) -> NDArray:
        """A vector over the units, so that it meets every row."""
        return v[:, None] if self.columns else v

    def beside_of(self, W: NDArray) -> NDArray:
        """Scratch of W's shape."""
        return self.beside[: W.size].reshape(W.shape)


def _of(slot: int, buffer: NDArray) -> NDArray:
    """What a slot sees of a buffer that has one entry for all slots, or one for each."""
    return buffer[slot if len(buffer) > 1 else 0]
