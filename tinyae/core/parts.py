"""A block whose batches are shared out over the threads of a team.

Each thread has a `Block` for its rows of each batch, with its own buffers and its own gradient.
Then each thread has a part of theta. For this part, it adds the gradients of all threads in their
order, and does the optimizer's step. So a step has two phases, between which the threads wait for
each other, and the same number of threads gives the same bits. (A penalty on the mean of the batch
adds a phase.) One thread does the same in `core/block.py`; the results differ by rounding errors.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.core.block import Block
from tinyae.core.filling import copy_code, fill, noise_of
from tinyae.core.operations import Operation, meet
from tinyae.core.plan import Plan, Share
from tinyae.core.stages import Stage
from tinyae.core.steps import PART
from tinyae.numerics.threads import Team

ALIGNED = 1024  # a thread's part of theta begins at a multiple: threads share no line of the cache


class Parts:
    """The blocks of all threads, for `slots` batches of `rows` rows each.

    Attributes
    ----------
    blocks : the block of each thread
    shares : which rows of each batch each thread has
    noise : of whole batches
    begin : what each thread does before the next phase: it fills its block
    phases : for each slot, the phases of its step; a phase has one job for each thread
    """

    def __init__(self, plan: Plan, rows: int, slots: int, team: Team, grads: list[NDArray]):
        self.plan, self.rows, self.slots, self.team = plan, rows, slots, team
        k = min(team.threads, rows)
        self.grads = grads[:k]
        sums: dict[int, NDArray] = {}
        self.shares = [slice(rows * i // k, rows * (i + 1) // k) for i in range(k)]
        self.blocks = [
            Block(_with_gradient(plan, grad), part.stop - part.start, slots,
                  Share(i, k, rows, sums))
            for i, (part, grad) in enumerate(zip(self.shares, self.grads, strict=True))
        ]  # fmt: skip
        self.noise = noise_of(plan, self.blocks[0].buffers, rows, team)
        self.begin: list[Operation] = []
        size = min(PART, len(plan.steps.theta))
        self.scratch = [np.empty(size, plan.dtype) for _ in self.blocks]  # of the optimizer
        self.phases = [[*self._gradients(slot), self._steps(slot)] for slot in range(slots)]

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
        for phases in self.phases[:count]:
            self._run(phases)
            if self.plan.project is not None:
                self.plan.project()
        return self.losses(count)

    def gradient(
        self, x: NDArray, x_tilde: NDArray, rng: np.random.Generator | None, progress: float
    ) -> float:
        """As `Block.gradient`."""
        if self.plan.code is not None:
            assert rng is not None, "a code draws noise"
            self.noise.draw_code(self.plan, slice(0, 1), rng, [progress])
        for block, rows in zip(self.blocks, self.shares, strict=True):
            block.buffers.clean[...] = x[rows]
            block.buffers.noisy[...] = x_tilde[rows]
            copy_code(self.plan, block.buffers, self.noise, rows, 1)
        self._run(self.phases[0][:-1])
        for other in self.grads[1:]:
            np.add(self.grads[0], other, self.grads[0])
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

    def _gradients(self, slot: int) -> list[list[Operation]]:
        """Return the phases that compute the gradients of a slot: one, unless threads must meet."""
        cut = [list(_cut(block.passes[slot])) for block in self.blocks]
        return [[partial(_in_turn, part) for part in phase] for phase in zip(*cut, strict=True)]

    def _steps(self, slot: int) -> list[Operation]:
        """Return the phase of the optimizer's step, in which each thread has a part of theta."""
        steps, k = self.plan.steps, len(self.blocks)
        size = len(steps.theta)
        ends = [min(size, -(-size * i // (k * ALIGNED)) * ALIGNED) for i in range(k)] + [size]
        return [
            partial(_in_turn, steps.operations_of(slot, slice(start, stop), u, self.grads[1:]))
            for start, stop, u in zip(ends, ends[1:], self.scratch, strict=False)
        ]


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


def _with_gradient(plan: Plan, grad: NDArray) -> Plan:
    """Return the plan of a thread. Its layers share theta; their gradients are views of `grad`."""
    if grad is plan.grad:
        return plan
    stages: list[Stage] = []
    for stage in plan.stages:
        layer = copy.copy(stage.layer)
        layer.params = stage.layer.params
        layer.grads = {
            key: _same_view(g, plan.grad, grad)
            for key, g in stage.layer.grads.items()
            if stage.source is None or key != "W"
        }
        if stage.source is not None:
            layer.grads["W"] = stages[stage.source].layer.grads["W"].T
        stages.append(Stage(layer, stage.unit, stage.source))
    return replace(plan, stages=stages, grad=grad)


def _same_view(view: NDArray, vector: NDArray, other: NDArray) -> NDArray:
    """Return a view of `other`, of the same entries and shape as `view`, a view of `vector`."""
    start = (view.ctypes.data - vector.ctypes.data) // vector.itemsize
    return other[start : start + view.size].reshape(view.shape)
