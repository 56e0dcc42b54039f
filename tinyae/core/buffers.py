"""The arrays of the vectorized core for blocks of one size, allocated once for all steps.

B is the number of rows of a batch and S the number of batches of a block. The stages are maps
y = f(x W + b) from d_i to e_i numbers; the first ones are those of the encoder. The buffers are:

    buffer        shape (rows)      (columns)        holds
    clean         (S, B, d)         (S, d, B)        clean batches, the targets
    inputs[0]     (S, B, d)         (S, d + 1, B)    x̃, with a row of ones below; clean if no noise
    inputs[i]     (1, B, d_i)       (1, d_i + 1, B)  what stage i reads: y of the stage before, or
                                                     the sample z of a stochastic code
    g[i]          (1, B, e_i)       (1, e_i, B)      adjoint of y, then of x W + b; the last one
                  or (S, B, d)      or (S, d, B)     may keep the errors a − x of every batch
    pairs[i]      (·, 2B, d_i)                       inputs[i] above g of the stage tied to it, and
                  (1, 2B, e_i)                       g[i] above the inputs of that stage
    u             (1, B, units)     (1, units, B)    y of the encoder before a stochastic code
    eps           (S, B, k)         (S, k, B)        the noise of this code, of every batch
    gz            (1, B, k)         (1, k, B)        the adjoint of z
    terms         (S, terms)        (S, terms)       parts of each batch's loss
    gathered      (S, B, d)         (S, B, d)        rows in C order, if clean is not in C order
    scratch, product                (B · widest,)    temporary results

`clean`, `inputs[0]` and `eps` have a slot for every batch, so that a block can be filled at once.
The other buffers are used again by each step of the block. If K models are trained side by side,
a second axis of length K follows the first in all of them but `gathered`.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.operations import Operation, product, turned
from tinyae.core.outputs import FOLDED, OUTPUTS
from tinyae.core.plan import Plan, Share
from tinyae.nn.activations import Identity


class Buffers:
    """Buffers for `slots` batches of `rows` rows each, for the model that `plan` describes.

    Attributes
    ----------
    share : what one thread does of each batch, or None if it does all
    batch : number of rows of whole batches
    targets : the clean batches in the layout of the operations. `clean` and `noisy` are views
        (slots, rows, d) of the targets and of x̃ in either layout
    y : output of the last stage
    errors : the errors a − x of every batch if the output keeps them, else None
    on : for each stage, booleans that rectifiers need
    ones : a row of ones
    betas : factor of the KL divergence of a stochastic code in each batch
    spread : the noise of z, of one batch
    """

    def __init__(self, plan: Plan, rows: int, slots: int, share: Share | None = None):
        self.plan, self.rows, self.slots, self.share = plan, rows, slots, share
        self.batch = rows if share is None else share.whole.rows
        self.columns, self.dtype = plan.columns, plan.dtype
        stages, widths = plan.stages, plan.widths
        size = -(-rows * max(widths) // FOLDED) * FOLDED
        self.product = np.ones((*plan.models, size), self.dtype)
        self.scratch = np.empty((2, self.product.size), self.dtype)
        self.ones = np.ones(max(rows, *widths, size // FOLDED), self.dtype)
        largest = max(stage.layer.params["W"].size for stage in stages)
        self.beside = np.empty(largest if plan.penalties else 0, self.dtype)
        if share is None:
            self._make_stages()
            self._make_code()
            self._make_targets()
        else:
            self._view(share.whole, share.rows)
        most = 5 + sum(max(2, len(stages)) for _ in plan.penalties)
        self.terms = np.empty((slots, most, *plan.models), self.dtype)

    def _make_stages(self) -> None:
        """Make inputs and adjoints of the stages, with a first axis of length 1 or `slots`.

        For a tied pair, the arrays that are multiplied are halves of two arrays P and Q: the
        gradient is P.T @ Q.
        """
        stages, B = self.plan.stages, self.rows
        keeps_errors = OUTPUTS[type(self.plan.output)].keeps_errors
        self.inputs: list[Any] = [None] * len(stages)  # every entry is an array at the end
        self.g: list[Any] = [None] * len(stages)
        self.pairs: dict[int, tuple[NDArray, NDArray]] = {}
        for m, stage in enumerate(stages):
            if stage.source is not None:
                i, layer = stage.source, stage.layer
                shape = (*self.plan.models, 2 * B)
                P = np.empty((self.slots if i == 0 else 1, *shape, layer.d_out), self.dtype)
                Q = np.empty((1, *shape, layer.d_in), self.dtype)
                self.pairs[i] = (P, Q)
                self.inputs[i], self.g[m] = P[..., :B, :], P[..., B:, :]
                self.g[i], self.inputs[m] = Q[..., :B, :], Q[..., B:, :]
        for i, stage in enumerate(stages):
            width, after = stage.layer.d_in, stage.layer.d_out
            count, models = self.slots if i == 0 else 1, self.plan.models
            if self.inputs[i] is None:
                shape = (width + 1, B) if self.columns else (B, width)
                self.inputs[i] = np.ones((count, *models, *shape), self.dtype)
            if self.g[i] is None:
                shape = (after, B) if self.columns else (B, after)
                count = self.slots if keeps_errors and i == len(stages) - 1 else 1
                self.g[i] = np.empty((count, *models, *shape), self.dtype)
        self.on = [np.empty(g.shape[1:], bool) for g in self.g]
        linear = type(stages[-1].unit) is Identity
        self.y = self.g[-1] if linear else np.empty_like(self.g[-1])
        kept = keeps_errors and linear and len(self.g[-1]) == self.slots
        self.errors = self.g[-1] if kept else None

    def _make_code(self) -> None:
        """Make the arrays of a stochastic code. Without one, u is z."""
        last, stochastic = self.plan.encoders - 1, self.plan.code is not None
        z, gu = self.inputs[last + 1], self.g[last]
        z = z[..., :-1, :] if self.columns else z
        self.u = np.empty(gu.shape, self.dtype) if stochastic else z
        # If u has the shape of z, one array is the adjoint of both.
        self.gz = gu if gu.shape == z.shape else np.empty(z.shape, self.dtype)
        self.spread = np.empty(z.shape[1:] if stochastic else 0, self.dtype)
        self.eps = np.empty((self.slots, *self.spread.shape), self.dtype)
        self.betas = np.empty(self.slots, self.dtype)

    def _make_targets(self) -> None:
        """Make the clean batches. Without corruption, they are the inputs of the first stage."""
        plan = self.plan
        noisy = self.inputs[0][..., :-1, :] if self.columns else self.inputs[0]
        spoilt = plan.corruption is not None or plan.pairs
        self.targets = np.empty(noisy.shape, self.dtype) if spoilt else noisy
        self.clean, self.noisy = (turned(a) if self.columns else a for a in (self.targets, noisy))
        self.gathered: NDArray | None = None
        together = all(a.flags.c_contiguous for a in (self.clean, self.noisy))
        if plan.models or not together:
            self.gathered = np.empty((self.slots, self.rows, plan.d_in), self.dtype)

    def _view(self, whole: Buffers, rows: slice) -> None:
        """Make all these arrays views of some rows of whole batches, in which examples are rows."""
        assert not self.columns, "the rows of a thread lie side by side"
        self.inputs, self.g = [a[:, rows] for a in whole.inputs], [a[:, rows] for a in whole.g]
        self.on, self.y = [a[rows] for a in whole.on], whole.y[:, rows]
        self.errors = None if whole.errors is None else whole.errors[:, rows]
        self.u, self.gz, self.spread = whole.u[:, rows], whole.gz[:, rows], whole.spread[rows]
        self.eps, self.betas = whole.eps[:, rows], whole.betas
        self.targets, self.clean = whole.targets[:, rows], whole.clean[:, rows]
        self.noisy, self.gathered = whole.noisy[:, rows], None
        if not self.clean.flags.c_contiguous:
            self.gathered = np.empty(self.clean.shape, self.dtype)

    def of_model(self, k: int) -> Buffers:
        """Return these buffers with only model k's part of those that are filled with rows."""
        found = copy.copy(self)
        found.clean, found.noisy = self.clean[:, k], self.noisy[:, k]
        found.eps = self.eps[:, k] if self.plan.code is not None else self.eps
        return found

    def of(self, slot: int, buffer: NDArray) -> NDArray:
        """Return a slot's part of a buffer that has one part for each slot, or one for all."""
        return buffer[slot if len(buffer) > 1 else 0]

    def scratch_like(self, y: NDArray, which: int) -> NDArray:
        """Return one of the two scratch arrays, with y's shape."""
        return self.scratch[which][: y.size].reshape(y.shape)

    def beside_of(self, W: NDArray) -> NDArray:
        """Return a scratch array with W's shape."""
        return self.beside[: W.size].reshape(W.shape)

    def each(self, v: NDArray) -> NDArray:
        """Return a vector over the units in a shape that broadcasts over the rows."""
        return v[..., None] if self.columns else v[..., None, :]

    def units(self, z: NDArray) -> int:
        """Return the number of units of an array of one batch."""
        return z.shape[-2 if self.columns else -1]

    def sum(self, z: NDArray, out: NDArray) -> Operation:
        """out <- Σ z over the rows, for each unit."""
        ones = self.ones[: self.rows]
        return product(z, ones, out) if self.columns else product(ones, z, out)
