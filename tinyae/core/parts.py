"""A block whose batches are shared out over the threads of a team.

A step has two phases, between which the threads wait for each other. In the first, each thread has
some rows of the batch. It computes forward pass, criterion and adjoints for them, by a `Block` of
its own, whose buffers are views of those of the whole batch. In the second, each thread has some
rows of every W. It computes their gradient from the whole batch, and does the optimizer's step for
them. So no gradient has to be added to another, and the same number of threads gives the same bits.
(A penalty on the mean of the batch adds a phase.) One thread does the same in `core/block.py`; the
results differ by rounding errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core import linear
from tinyae.core.block import Block
from tinyae.core.buffers import Buffers
from tinyae.core.filling import Noise, fill
from tinyae.core.operations import Operation, meet, number
from tinyae.core.plan import Plan, Share
from tinyae.numerics.threads import Team, shares


class Parts:
    """The blocks of all threads, for `slots` batches of `rows` rows each.

    Attributes
    ----------
    whole : the buffers of whole batches
    shares : which rows of each batch each thread has
    blocks : the block of each thread
    noise : of whole batches
    begin : what each thread does before the next phase: it fills its block
    adjoints, steps : for each slot, the phases of both kinds; a phase has one job for each thread
    """

    def __init__(self, plan: Plan, rows: int, slots: int, team: Team):
        self.plan, self.rows, self.slots, self.team = plan, rows, slots, team
        self.whole = Buffers(plan, rows, slots)
        self.noise = Noise(self.whole.eps, self.whole.betas, team)
        self.shares = shares(rows, min(team.threads, rows))
        sums: dict[int, NDArray] = {}
        self.blocks = [
            Block(plan, part.stop - part.start, slots,
                  Share(i, len(self.shares), part, self.whole, sums))
            for i, part in enumerate(self.shares)
        ]  # fmt: skip
        self.begin: list[Operation] = []
        self.scratch = [np.empty_like(plan.steps.u) for _ in self.blocks]  # of the optimizer
        self.adjoints = [self._adjoints(slot) for slot in range(slots)]
        self.steps = [self._steps(slot, move=True) for slot in range(slots)]

    def fill(
        self,
        x: NDArray,
        index: slice | NDArray,
        rng: np.random.Generator,
        progress: list[float],
        x_noisy: NDArray | None = None,
    ) -> None:
        """As `Block.fill`. Each thread copies its own rows, when the first step begins."""
        self.noise.draw(self.plan, self.rows, rng, progress, x_noisy is None)
        if isinstance(index, slice):
            index = np.arange(index.start, index.stop)
        own = index.reshape(len(progress), self.rows)
        self.begin = [
            partial(fill, self.plan, block.buffers, x, own[:, rows].reshape(-1), self.noise, rows,
                    progress, x_noisy)
            for block, rows in zip(self.blocks, self.shares, strict=True)
        ]  # fmt: skip

    def run(self, count: int) -> NDArray:
        """Do the training steps of the first `count` slots; return their losses."""
        for adjoints, step in zip(self.adjoints[:count], self.steps, strict=False):
            self._run([*adjoints, step])
            if self.plan.project is not None:
                self.plan.project()
        return self.losses(count)

    def gradient(
        self, x: NDArray, x_tilde: NDArray, rng: np.random.Generator | None, progress: float
    ) -> float:
        """As `Block.gradient`."""
        self.whole.clean[...] = x
        self.whole.noisy[...] = x_tilde
        if self.plan.code is not None:
            assert rng is not None, "a code draws noise"
            self.noise.draw_code(self.plan, slice(0, 1), rng, [progress])
        self._run([*self.adjoints[0], self._steps(0, move=False)])
        return float(self.losses(1)[0])

    def losses(self, count: int) -> NDArray:
        """Return the losses of the first slots, summed over the threads in their order."""
        return np.add.reduce([block.losses(count) for block in self.blocks])

    def _run(self, phases: list[list[Operation]]) -> None:
        """Run phases on the threads. In the first one, each thread fills its block before."""
        first, *others = phases
        begin, self.begin = self.begin, []
        if begin:
            first = [partial(_in_turn, list(pair)) for pair in zip(begin, first, strict=True)]
        self.team.run(first)
        self.noise.corruption = []  # used now, so that its memory is free
        for jobs in others:
            self.team.run(jobs)

    def _adjoints(self, slot: int) -> list[list[Operation]]:
        """Return the phases that compute the adjoints of a slot: one, unless threads must meet."""
        cut = [list(_cut(block.passes[slot])) for block in self.blocks]
        return [[partial(_in_turn, part) for part in phase] for phase in zip(*cut, strict=True)]

    def _steps(self, slot: int, move: bool) -> list[Operation]:
        """Return the phase of the gradients, and of the optimizer's step if theta is to move."""
        return [
            partial(_in_turn, [
                operation
                for entries, gradient in self._gradients(i, slot)
                for operation in [*gradient, *(self._step(i, slot, entries) if move else [])]
            ])
            for i in range(len(self.blocks))
        ]  # fmt: skip

    def _step(self, thread: int, slot: int, entries: slice) -> list[Operation]:
        """Return the optimizer's step for some entries of theta."""
        return self.plan.steps.operations_of(slot, entries, self.scratch[thread])

    def _gradients(self, thread: int, slot: int) -> Iterator[tuple[slice, list[Operation]]]:
        """Yield the entries of theta that a thread has, with the operations for their gradient."""
        plan, whole, k = self.plan, self.whole, len(self.blocks)
        added = self.blocks[thread].added[slot]
        scale = number(plan.batch_size / self.rows, plan.dtype)  # for a sum over a full batch
        for i, stage in enumerate(plan.stages):
            x, g = (whole.of(slot, found[i]) for found in (whole.inputs, whole.g))
            layer, units = stage.layer, shares(stage.layer.d_out, k)[thread]
            found: list[Operation] = [
                partial(np.dot, whole.ones[: self.rows], g[:, units], layer.grads["b"][units])
            ]
            parts = [(layer.grads["b"][units], found)]
            if stage.source is None:
                rows = shares(layer.d_in, k)[thread]
                if i in whole.pairs:  # of a tied pair
                    x, g = (whole.of(slot, half) for half in whole.pairs[i])
                found = linear.gradient_of_rows(layer, g, x, rows)
                found += [o for other, of_rows in added if other is stage for o in of_rows(rows)]
                parts.append((layer.grads["W"][rows], found))
            for gradient, found in parts:
                if self.rows != plan.batch_size:
                    found.append(partial(np.multiply, gradient, scale, gradient))
                start = (gradient.ctypes.data - plan.grad.ctypes.data) // gradient.itemsize
                yield slice(start, start + gradient.size), found


def _in_turn(operations: list[Operation]) -> None:
    """Do one operation after the other."""
    for operation in operations:
        operation()


def _cut(operations: list[Operation]) -> Iterator[list[Operation]]:
    """Yield the operations in lists, cut where threads wait for each other."""
    part: list[Operation] = []
    for operation in operations:
        if operation is meet:
            yield part
            part = []
        else:
            part.append(operation)
    yield part
