"""Filling a block of batches: noise is drawn, rows are gathered, and x̃ is computed from both.

All batches of a block are filled at once. With several threads (`core/parts.py`), the noise of
whole batches is drawn first, and each thread uses its rows of it. So the noise does not depend on
the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tinyae.core.buffers import Buffers
from tinyae.core.codes import draw
from tinyae.core.noise import CORRUPTIONS, Draws
from tinyae.core.plan import Plan
from tinyae.numerics.threads import Team


@dataclass
class Noise:
    """The noise of whole batches.

    eps, betas : those of the buffers of whole batches
    team : threads that help to draw, or None
    corruption : random numbers of the corruption (batches, B, d), each with the slots they are for
    """

    eps: NDArray
    betas: NDArray
    team: Team | None = None
    corruption: list[tuple[slice, NDArray]] = field(default_factory=list)

    def draw(
        self, plan: Plan, rows: int, rng: np.random.Generator, progress: list[float], spoilt: bool
    ) -> None:
        """Draw the noise of batches of `rows` rows; of the corruption only if x is `spoilt`."""
        self.corruption, count = [], len(progress)
        # The layers draw corruption and code of one batch, then those of the next.
        size = 1 if plan.same_draws and plan.code is not None else count
        for part in (slice(i, i + size) for i in range(0, count, size)):
            now = progress[part]
            if spoilt and plan.corruption is not None:
                wanted = Draws((len(now), rows, plan.d_in), plan.dtype, plan.same_draws, self.team)
                operations = CORRUPTIONS[type(plan.corruption)]
                u = operations.draw(plan.corruption, wanted, rng, now)
                self.corruption.append((part, u))
            self.draw_code(plan, part, rng, now)

    def draw_code(
        self, plan: Plan, part: slice, rng: np.random.Generator, progress: list[float]
    ) -> None:
        """Draw the noise of the code for some slots, and set what depends on their progress."""
        if plan.code is not None:
            draw(plan.code, self.eps[part], self.betas[part], rng, progress,
                 plan.same_draws, plan.columns, plan.narrow)  # fmt: skip


def fill(
    plan: Plan,
    buffers: Buffers,
    x: NDArray,
    index: slice | NDArray,
    noise: Noise,
    rows: slice,
    progress: list[float],
    x_noisy: NDArray | None,
) -> None:
    """Copy rows of x (n, d) into the slots, and compute x̃.

    Parameters
    ----------
    index : a slice of x, or indices of the rows
    noise : of whole batches
    rows : which rows of a whole batch those of these buffers are
    progress : of each batch
    x_noisy : x̃ (n, d) if it is given, else None
    """
    count = len(progress)
    clean = _gather(buffers, x, index, buffers.clean[:count])
    if x_noisy is not None:
        _gather(buffers, x_noisy, index, buffers.noisy[:count])
    for part, u in noise.corruption:
        CORRUPTIONS[type(plan.corruption)].apply(  # type: ignore[index]  # it has drawn u
            plan.corruption, clean[part], u[:, rows], buffers.noisy[part], progress[part]
        )


def copy_rows(x: NDArray, index: slice | NDArray, out: NDArray) -> None:
    """Copy rows of x (n, d) into `out`, which is in C order."""
    if isinstance(index, slice) or not x.flags.c_contiguous:
        out[...] = x[index]  # `take` would first make a contiguous copy of the whole table
    else:
        # "clip" writes directly into `out`; the default mode uses a temporary array.
        np.take(x, index, axis=0, out=out, mode="clip")


def _gather(buffers: Buffers, x: NDArray, index: slice | NDArray, out: NDArray) -> NDArray:
    """Copy rows of x into `out` (count, B, d); return these rows as an array in C order."""
    gathered = out
    if not out.flags.c_contiguous:
        assert buffers.gathered is not None, "made where clean is not in C order"
        gathered = buffers.gathered[: len(out)]
    copy_rows(x, index, gathered.reshape(-1, x.shape[1]))
    if gathered is not out:
        out[...] = gathered
    return gathered
