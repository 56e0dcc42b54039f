"""The vectorized core: a training step as a list of operations on buffers that are made once.

It is the mathematics of `Autoencoder.loss_and_grad` (14.1, 14.2, 14.9 to 14.11, 14.18) and of the
optimizers, number for number, for chains of dense layers; what changes is only where the numbers
lie and how often NumPy is called. With B rows a batch, S batches a block, and L stages y = f(x W +
b), of which the first ones are the encoder:

    buffer        shape (rows)      (columns)        holds
    x             (S, B, d)         (S, d, B)        clean batches, the targets
    inputs[0]     (S, B, d)         (S, d + 1, B)    x̃, with a row of ones below; x itself if clean
    inputs[l]     (B, d_l)          (d_l + 1, B)     what stage l reads: y of the stage before
    g[l]          (B, d_(l+1))      (d_(l+1), B)     adjoint of y, then of x W + b
    terms         (S, terms)        (S, terms)       parts of each batch's loss
    theta, grad, m, v, u            (parameters,)    the model's own two, the optimizer's three

What pays, and why (tutorial 13 takes these steps one by one; µs of a float32 step of 2-64-2 with
100 rows on one core, where the five products take 4, the layers 68 and this core 16):

- Fewer calls. NumPy takes a quarter of a µs for each call before it computes anything; the layers
  need about a hundred a step, the core 21, and their arguments are bound once.
- Columns. With an example in each column, W and b lie in theta as one matrix, and a row of ones
  under x̃ makes x W + b, and the gradients of both, one product each: a fifth of the step. Wide
  inputs keep their rows, since turning a batch around would cost more than it saves.
- A block is gathered, shuffled and spoilt with noise in one go, and a batch is a view of it (5 µs).
- 1/B, the rate and Adam's corrections are one scalar of the step (`fast_steps`), and the loss is a
  few dot products at which nobody looks before the block is done (`inplace`).
- No temporaries. That is the smallest gain here (a twentieth), and the largest where arrays outgrow
  the cache: a step of 784-256-784 with 128 rows takes 2.3 ms instead of 4.6.
- A tied W's gradient x̃ᵀ g + gᵀ h is one product [x̃; g]ᵀ [g; h] of arrays that lie one below the
  other, not two and a sum.
- `np.dot` with `out` asks less of NumPy than `np.matmul` does (.4 instead of .8 µs for small ones).
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.models.core_penalties import penalties
from tinyae.models.stages import check_supported, stages_of
from tinyae.nn.activations import Identity, Tanh
from tinyae.nn.fast_noise import spoil
from tinyae.nn.fast_steps import Steps
from tinyae.nn.inplace import Operation, activate, compare, number, through
from tinyae.nn.layers import Linear
from tinyae.nn.parameters import joined

BLOCK_BYTES = 1 << 18  # of clean rows: with noise and targets a block still fits a core's cache
SLOTS = 128  # batches a block at most
NARROW, COLUMNS = 32, 400  # inputs, and units of the widest layer, up to which columns pay


class Core:
    """An autoencoder, compiled for an optimizer and a batch size: `epoch` is what `fit` calls.

    Parameters
    ----------
    model : an Autoencoder; its theta is what is trained, its grad is where the gradient lies
    optimizer : SGD or Adam
    batch_size, n : rows of a batch and of the data
    same_draws : draw noise as the layers do from the same generator. By default in float64 only,
        see `fast_noise`

    Raises
    ------
    ValueError
        If the core does not run such a model; the message says what it is in it.
    """

    def __init__(
        self, model, optimizer, batch_size: int, n: int, *, same_draws: bool | None = None
    ):
        check_supported(model, optimizer)
        model.check_packed()
        self.model, self.batch_size = model, min(batch_size, n)
        self.stages, self.encoders = stages_of(model)
        self.beside = None  # made for penalties that need it
        self.same_draws = model.dtype == np.float64 if same_draws is None else same_draws
        widths = [model.d_in] + [stage.layer.d_out for stage in self.stages]
        self.columns = (
            all(stage.source is None for stage in self.stages)
            and model.d_in <= NARROW
            and max(widths) <= COLUMNS
        )
        bytes_of_a_batch = self.batch_size * model.d_in * model.dtype.itemsize
        slots = max(1, min(SLOTS, n // self.batch_size, BLOCK_BYTES // bytes_of_a_batch))
        self.steps = Steps(optimizer, model.theta, model.grad, self.batch_size, slots)
        self.block = Block(self, self.batch_size, slots)
        rest = n % self.batch_size
        self.last = Block(self, rest, 1) if rest else None

    def epoch(self, rows, epoch: int, epochs: int, rng: np.random.Generator, shuffle: bool):
        """One pass over the rows: the mean batch loss, weighted by length, and the batches taken.

        Ends with the first block in which a loss is not finite, and returns that loss.
        """
        self.model.check_packed()
        (x,) = rows
        n, size = len(x), self.batch_size
        order = rng.permutation(n) if shuffle else None
        full, batches = n // size, -(-n // size)
        losses = np.empty(batches)
        i = 0
        while i < batches:
            block = self.block if i < full else self.last
            count = min(block.slots, full - i) if i < full else 1
            part = slice(i * size, min((i + count) * size, n))
            progress = [(epoch - 1 + j / batches) / epochs for j in range(i, i + count)]
            block.fill(x, part if order is None else order[part], rng, progress)
            self.steps.prepare(progress)
            losses[i : i + count] = block.run(count)
            wrong = np.flatnonzero(~np.isfinite(losses[i : i + count]))
            if len(wrong):
                return float(losses[i + wrong[0]]), i + int(wrong[0]) + 1
            i += count
        self.model.grad *= self.model.dtype.type(1.0 / size)
        self.model.progress = epoch / epochs
        total = losses[:full].sum() * size + losses[full:].sum() * (n - full * size)
        return (float(total) / n if np.isfinite(self.model.theta).all() else np.nan), batches

    def loss_and_grad(self, x: NDArray, x_tilde: NDArray | None = None) -> float:
        """What `Autoencoder.loss_and_grad` returns and sets, for these rows and their noise."""
        block = Block(self, len(x), 1)
        block.fill(x, slice(0, len(x)), np.random.default_rng(0), [1.0])
        if x_tilde is not None:
            block.noisy[...] = x_tilde
        for operation in block.passes[0]:
            operation()
        self.model.grad *= self.model.dtype.type(1.0 / self.batch_size)
        return float(block.losses(1)[0])


class Block:
    """Buffers and operations for `slots` batches of `rows` rows each.

    Attributes
    ----------
    clean, noisy : views (slots, rows, d) of the targets and of x̃, whichever way they lie
    passes : for each slot the operations up to the gradient, which is then the sum over the rows
    plans : for each slot those, and the optimizer's step
    """

    def __init__(self, core: Core, rows: int, slots: int):
        self.core, self.rows, self.slots = core, rows, slots
        self.columns, self.dtype = core.columns, core.model.dtype
        widths = [core.model.d_in] + [stage.layer.d_out for stage in core.stages]
        self.ones = np.ones(max(rows, *widths), self.dtype)
        self.scratch = [np.empty(rows * max(widths), self.dtype) for _ in range(2)]
        self._make_buffers(widths)
        noisy = self.inputs[0][:, : widths[0]] if self.columns else self.inputs[0]
        corrupted = core.model.corruption is not None
        clean = np.empty(noisy.shape, self.dtype) if corrupted else noisy
        turned = (0, 2, 1) if self.columns else (0, 1, 2)
        self.clean, self.noisy = clean.transpose(turned), noisy.transpose(turned)
        self.gathered = None
        if not self.clean.flags.c_contiguous:
            self.gathered = np.empty(self.clean.shape, self.dtype)
        most = 4 + sum(max(2, len(core.stages)) for _ in core.model.penalties)
        self.terms = np.empty((slots, most), self.dtype)
        self.passes = [self._pass(slot, clean[slot]) for slot in range(slots)]
        self.plans = [p + core.steps.operations(slot) for slot, p in enumerate(self.passes)]

    def _make_buffers(self, widths):
        """Inputs and adjoints of the stages, with a leading axis of one or of all slots.

        Of a tied pair those that are multiplied lie together: the gradient is P.T @ Q.
        """
        stages, B = self.core.stages, self.rows
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
                self.g[i] = np.empty((1, after, B) if self.columns else (1, B, after), self.dtype)

    def fill(self, x: NDArray, index, rng: np.random.Generator, progress: list[float]) -> None:
        """Bring rows of x (n, d), a slice or their numbers, and their noise into the slots."""
        count = len(progress)
        clean = (self.clean if self.gathered is None else self.gathered)[:count]
        rows = clean.reshape(-1, x.shape[1])
        if isinstance(index, slice):
            rows[...] = x[index]
        else:
            # "clip" writes straight into `out`; the default checks first and copies afterwards.
            np.take(x, index, axis=0, out=rows, mode="clip")
        if self.gathered is not None:
            self.clean[:count] = clean
        if self.core.model.corruption is not None:
            spoil(self.core.model.corruption, clean, self.noisy[:count], rng, progress,
                  self.core.same_draws)  # fmt: skip

    def run(self, count: int) -> NDArray:
        """Take the steps of the first `count` slots; return their losses."""
        for plan in self.plans[:count]:
            for operation in plan:
                operation()
        return self.losses(count)

    def losses(self, count: int) -> NDArray:
        """The losses of the first slots: their terms, weighted."""
        terms = self.terms[:count, : len(self.weights)].astype(np.float64)
        return terms @ self.weights + self.constant

    def _pass(self, slot: int, x: NDArray) -> list[Operation]:
        """The operations from a slot's rows to the gradient: forward, output, backward."""
        core, stages = self.core, self.core.stages
        inputs, g = (
            [buffer[slot if len(buffer) > 1 else 0] for buffer in buffers]
            for buffers in (self.inputs, self.g)
        )
        # A stage writes what the next one reads (all but the row of ones), the last one its g.
        outputs = [
            y[: len(gy)] if self.columns else y for y, gy in zip(inputs[1:], g, strict=False)
        ]
        in_place = type(stages[-1].unit) is Identity
        outputs.append(g[-1] if in_place else np.empty_like(g[-1]))
        weights: list[float] = []

        def term(weight: float) -> NDArray:
            weights.append(weight)
            return self.terms[slot, len(weights) - 1, ...]

        found: list[Operation] = []
        for stage, xs, y in zip(stages, inputs, outputs, strict=True):
            found += self._affine(stage.layer, xs, y)
            found += activate(stage.unit, y, self.scratch_like(y, 0))
        compared, constant = compare(
            core.model.output, outputs[-1], x, g[-1], lambda weight: term(weight / self.rows)
        )
        found += compared
        code = core.encoders - 1
        omega = penalties(self, stages[code], outputs[code], g[code], term)
        for i in reversed(range(len(stages))):
            if i == code:
                found += omega.code
            # Nothing reads y any more, but for half of a tied gradient: tanh squares it in place.
            spent = self.columns and type(stages[i].unit) is Tanh
            t = outputs[i] if spent else self.scratch_like(outputs[i], 0)
            found += through(stages[i].unit, outputs[i], g[i], t)
            found += self._gradient(i, inputs[i], g[i], slot)
            if i > 0:
                found += self._back(stages[i].layer, g[i], g[i - 1])
        found += omega.weights
        if self.rows != core.batch_size:  # the optimizer reckons with full batches
            scale = number(core.batch_size / self.rows, self.dtype)
            found.append(partial(np.multiply, core.model.grad, scale, core.model.grad))
        self.weights, self.constant = np.array(weights), constant / self.rows + omega.constant
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
        stage, grads = self.core.stages[i], self.core.stages[i].layer.grads
        if self.columns:
            return [partial(np.dot, x, g.T, joined(grads))]
        found = [partial(np.dot, self.ones[: self.rows], g, grads["b"])]
        if i in self.pairs:
            P, (Q,) = self.pairs[i]
            found.append(partial(np.dot, P[slot if len(P) > 1 else 0].T, Q, grads["W"]))
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

    def beside(self, W: NDArray) -> NDArray:
        """Scratch of W's shape."""
        if self.core.beside is None:
            widest = max(stage.layer.params["W"].size for stage in self.core.stages)
            self.core.beside = np.empty(widest, self.dtype)
        return self.core.beside[: W.size].reshape(W.shape)
