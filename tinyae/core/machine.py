"""A Boltzmann machine's training on buffers: CD-k and PCD in fewer products (14.5.1, 20.2).

The reference is `RBM.objective` with its rules and `models/gibbs.py`. With the same generator the
random numbers are the same, and probabilities and gradients are the same up to rounding. What is
saved:

- Contrastive divergence starts its chains at x, whose p(h | x) the data phase needs as well.
- The chains x⁻ and the data x are stored one below the other. So are −p(h | x) and p(h | x⁻), and
  the gradient [x⁻; x]ᵀ [p⁻; −p] of W is one product. The persistent chains are read together with
  the data too.
- The visible part of the loss is b times the gradient of b.
- The buffers of the products are allocated once.
- The sigmoid is computed in the form that is fastest on this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.adaptation import adapted
from tinyae.core.compiled import Compiled
from tinyae.core.filling import copy_rows
from tinyae.core.operations import number
from tinyae.core.steps import OPTIMIZERS, Steps
from tinyae.core.units import units_of
from tinyae.nn.activations import Sigmoid
from tinyae.nn.trainable import UnsupportedError
from tinyae.numerics.threads import Team
from tinyae.training.optimizers import SGD, Adam
from tinyae.training.place import Place
from tinyae.training.tuning import Tuning


class MachineCore(Compiled):
    """A machine with Bernoulli units, compiled for an optimizer and a batch size.

    Parameters
    ----------
    model : an `RBM`. Its theta is trained, its grad holds the gradient, and `chains` the states
    optimizer : SGD or Adam
    batch_size, n : number of rows of a batch and of the data
    steps : rounds of Gibbs sampling in each training step
    chains : number m of persistent chains, or None for chains that start at the data
    memory : the optimizer's state from an earlier training that this one continues, or None
    threads : 1 holds BLAS to one thread; None leaves BLAS as it is
    tuning : how to compute, see `core/adaptation.py`; None is what suits this machine

    Raises
    ------
    UnsupportedError
        If the optimizer is neither, or if there are more threads than one.
    """

    def __init__(self, model: Any, optimizer: SGD | Adam, batch_size: int, n: int, *, steps: int,
                 chains: int | None = None, memory: dict | None = None,
                 threads: int | None = None, tuning: Tuning | None = None):  # fmt: skip
        if type(optimizer) not in OPTIMIZERS:
            raise UnsupportedError(f"the optimizer {optimizer!r}")
        if threads not in (None, 1):
            raise UnsupportedError(f"a Boltzmann machine on {threads} threads")
        size = min(batch_size, n)
        m = size if chains is None else chains
        self.tuning = adapted(model.dtype) if tuning is None else tuning
        self.unit = units_of(self.tuning)[Sigmoid]
        steps_of_theta = Steps(optimizer, model.theta, model.grad, size, 1, self.tuning.part_bytes,
                               memory)  # fmt: skip
        super().__init__(model, steps_of_theta, ("theta", "visible", "rule"))
        self.batch_size, self.rounds, self.chains = batch_size, steps, chains
        self.team = None if threads is None else Team(threads)
        self.threads = threads
        self.operations = self.steps.operations(0)
        d, k, dtype = model.d_in, model.d_code, model.dtype
        self.x, self.p = np.empty((m + size, d), dtype), np.empty((m + size, k), dtype)
        self.a, self.h = np.empty((m, d), dtype), np.empty((m, k), dtype)
        self.u = np.empty(max(m * d, (m + size) * k), dtype)
        self.signs = np.empty(m + size, dtype)

    def epoch(
        self,
        rows: tuple[NDArray, ...],
        epoch: int,
        epochs: int,
        order: np.random.Generator | None,
        noise: np.random.Generator,
        place: Place | None = None,
        pause: Callable[[], None] | None = None,
    ) -> tuple[float, int]:
        """Train on all rows once; return the mean loss and the number of batches.

        As `LayerSteps.epoch` in `training/epochs.py`.

        Raises
        ------
        RuntimeError
            If theta, the units or the rule of the machine were replaced since it was compiled.
        """
        self.check_unchanged()
        with nullcontext() if self.team is None else self.team:
            size, (x,) = self.batch_size, rows
            batches = -(-len(x) // size)
            place = Place() if place is None else place
            index = place.order_of_rows(order, len(x))
            self._begin_chains()
            try:
                for i in range(len(place.losses), batches):
                    part = slice(i * size, min((i + 1) * size, len(x)))
                    progress = (epoch - 1 + i / batches) / epochs
                    loss = self._gradient(x, part if index is None else index[part], noise)
                    if not np.isfinite(loss):
                        return loss, i + 1
                    self.steps.prepare([progress])
                    for operation in self.operations:
                        operation()
                    place.losses.append(loss)
                    if pause is not None:
                        self._keep_chains()
                        pause()
            finally:  # also after Ctrl-C, which keeps theta as it is
                self._keep_chains()
            return self.end_epoch(place.mean_loss(size, len(x)), epoch / epochs), batches

    def _begin_chains(self) -> None:
        """Copy the machine's chains into the buffer, if there are any of the right number."""
        states = self.model.chains
        self.begun = self.chains is not None and states is not None and len(states) == self.chains
        if self.begun:
            self.x[: self.chains] = states

    def _keep_chains(self) -> None:
        """Copy the chains of the buffer into the machine."""
        if self.chains is not None and self.begun:
            self.model.chains = self.x[: self.chains].copy()

    def _gradient(self, data: NDArray, index: Any, rng: np.random.Generator) -> float:
        """Set grad to that of the batch's mean loss, times the rows of a full batch; return it."""
        W, c = (self.model.parts["hidden"].params[key] for key in "Wb")
        b = self.model.parts["visible"].params["b"]
        n = index.stop - index.start if isinstance(index, slice) else len(index)
        m = n if self.chains is None else self.chains
        x, p, h = self.x[: m + n], self.p[: m + n], self.h[:m]
        copy_rows(data, index, x[m:])
        if self.chains is None:
            hidden(x[m:], W, c, p[m:])
            positive, drawn = self._softplus(p[m:]), p[m:]
            self._sigmoid(p[m:])
        else:
            if not self.begun:
                x[:m] = rng.choice(x[m:], m)
                self.begun = True
            hidden(x, W, c, p)
            positive, drawn = self._softplus(p[m:]), p[:m]
            self._sigmoid(p)
        for i in range(self.rounds):
            if i > 0:
                self._sigmoid(p[:m])
            self._draw(drawn, rng, h)
            a = np.dot(h, W.T, out=self.a[:m])
            a += b
            self._draw(self._sigmoid(a), rng, x[:m])
            hidden(x[:m], W, c, p[:m])
            drawn = p[:m]
        loss = self._softplus(p[:m]) / m - positive / n
        self._sigmoid(p[:m])
        size, signs = self.steps.rows, self.signs[: m + n]
        signs[:m], signs[m:] = size / m, -size / n
        p *= signs[:, None]
        grads, grad_b = self.model.parts["hidden"].grads, self.model.parts["visible"].grads["b"]
        np.dot(x.T, p, out=grads["W"])
        np.sum(p, axis=0, out=grads["b"])
        np.dot(signs, x, out=grad_b)
        return float(loss + grad_b @ b / size)

    def _draw(self, p: NDArray, rng: np.random.Generator, out: NDArray) -> None:
        """out <- 1 with probability p, else 0."""
        u = self.u[: p.size].reshape(p.shape)
        rng.random(out=u, dtype=u.dtype)
        np.less(u, p, out=out)

    def _sigmoid(self, a: NDArray) -> NDArray:
        """a <- σ(a); return it."""
        for operation in self.unit.f(a, self.u[: a.size].reshape(a.shape)):
            operation()
        return a

    def _softplus(self, u: NDArray) -> float:
        """Σ log(1 + exp(u)) = Σ ½(u + |u|) + log(1 + exp(−|u|)).

        NumPy's `log` is many times faster than `log1p` in float32, and as accurate in a sum.
        """
        t = self.u[: u.size].reshape(u.shape)
        np.abs(u, out=t)
        total = 0.5 * (u.sum() + t.sum())
        np.negative(t, out=t)
        np.exp(t, out=t)
        t += number(1.0, t.dtype)
        np.log(t, out=t)
        return float(total + t.sum())


def hidden(x: NDArray, W: NDArray, c: NDArray, out: NDArray) -> None:
    """out <- x W + c."""
    np.dot(x, W, out=out)
    out += c
