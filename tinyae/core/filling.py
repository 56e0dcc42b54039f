"""Filling a block of batches: rows are gathered, then corruption and code draw their noise.

All batches of a block are filled at once. With several threads (`core/parts.py`), the noise of
whole batches is drawn first, and each thread takes its rows of it. So the noise does not depend on
the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.core.buffers import Buffers
from tinyae.core.codes import draw
from tinyae.core.noise import spoil
from tinyae.core.plan import Plan


@dataclass(frozen=True)
class Staged:
    """Whole batches, from which threads take their rows; the names are those of `Buffers`.

    clean, noisy : arrays (slots, B, d). One array is both if there is no corruption
    eps : noise of the code, (slots, B, k), or (slots, k, B) in columns
    betas : factor of the KL divergence of the code in each batch
    gathered : None, because `clean` is in C order
    """

    clean: NDArray
    noisy: NDArray
    eps: NDArray
    betas: NDArray
    gathered: None = None


def staged(plan: Plan, buffers: Buffers, rows: int, slots: int) -> Staged:
    """Return arrays for whole batches of `rows` rows; `buffers` are those of one of the threads."""
    clean = np.empty((slots, rows, plan.d_in), plan.dtype)
    spoilt = plan.corruption is not None or plan.pairs
    noisy = np.empty_like(clean) if spoilt else clean
    width = buffers.eps.shape[1 if plan.columns else 2] if plan.code is not None else 0
    shape = (slots, width, rows) if plan.columns else (slots, rows, width)
    return Staged(clean, noisy, np.empty(shape, plan.dtype), np.empty(slots, plan.dtype))


def fill(
    plan: Plan,
    into: Buffers | Staged,
    x: NDArray,
    index: slice | NDArray,
    rng: np.random.Generator,
    progress: list[float],
    x_noisy: NDArray | None = None,
) -> None:
    """Copy rows of x (n, d) into the slots, with their noise; `index` is a slice or indices."""
    count = len(progress)
    clean = _gather(into, x, index, into.clean[:count])
    if x_noisy is not None:
        _gather(into, x_noisy, index, into.noisy[:count])
    # The layers draw corruption and code of one batch, then those of the next.
    size = 1 if plan.same_draws and plan.code is not None else count
    for part in (slice(i, i + size) for i in range(0, count, size)):
        if x_noisy is None and plan.corruption is not None:
            spoil(plan.corruption, clean[part], into.noisy[part], rng, progress[part],
                  plan.same_draws)  # fmt: skip
        if plan.code is not None:
            draw_code(plan, into, part, rng, progress[part])


def draw_code(
    plan: Plan,
    into: Buffers | Staged,
    part: slice,
    rng: np.random.Generator,
    progress: list[float],
) -> None:
    """Draw the noise of the code for some slots, and set what depends on their progress."""
    assert plan.code is not None, "only called with a code"
    draw(plan.code, into.eps[part], into.betas[part], rng, progress, plan.same_draws, plan.columns)


def take(plan: Plan, into: Buffers, whole: Staged, rows: slice, slots: slice) -> None:
    """Copy some rows of whole batches, and their noise, into the slots of one thread."""
    into.clean[slots] = whole.clean[slots, rows]
    if whole.noisy is not whole.clean:
        into.noisy[slots] = whole.noisy[slots, rows]
    if plan.code is not None:
        into.eps[slots] = whole.eps[slots, :, rows] if plan.columns else whole.eps[slots, rows]
        into.betas[slots] = whole.betas[slots]


def _gather(into: Buffers | Staged, x: NDArray, index: slice | NDArray, out: NDArray) -> NDArray:
    """Copy rows of x into `out` (count, B, d); return these rows as an array in C order."""
    gathered = out
    if not out.flags.c_contiguous:
        assert into.gathered is not None, "made where clean is not in C order"
        gathered = into.gathered[: len(out)]
    rows = gathered.reshape(-1, x.shape[1])
    if isinstance(index, slice) or not x.flags.c_contiguous:
        rows[...] = x[index]  # `take` would first make a contiguous copy of the whole table
    else:
        # "clip" writes directly into `out`; the default mode uses a temporary array.
        np.take(x, index, axis=0, out=rows, mode="clip")
    if gathered is not out:
        out[...] = gathered
    return gathered
