"""A recurrent denoiser: the same layers are applied repeatedly to remove the corruption.

Section 14.5.1.1 mentions recurrent networks as predecessors of denoising autoencoders (Behnke 2001
removes noise and missing pixels from an image step by step). The network is unrolled over T steps
and trained by back-propagation through time. With T = 1 it is the denoising autoencoder of 14.9 and
14.14, except that its hidden layer receives the corrupted input twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import table
from tinyae.criterion.corruption import Corruption, corrupted
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import GaussianOutput
from tinyae.drawing.graph import Graph
from tinyae.models.batch import checked, named
from tinyae.models.fitness import warn_of_faults
from tinyae.models.graphs import recurrent_graph
from tinyae.models.slots import check_slots
from tinyae.nn.activations import Activation, Sigmoid, as_unit
from tinyae.nn.dense import checked_sizes
from tinyae.nn.initializers import Glorot, Initializer, chosen
from tinyae.nn.layers import Chain, Layer, Linear, listed
from tinyae.nn.model import Model
from tinyae.nn.structure import leaves, widths
from tinyae.text import for_stream, in_short


@dataclass
class Unrolled:
    """One batch unrolled over T steps: the results of all steps, and the caches.

    a: natural parameters a_1 … a_T, each (n, d).  y: estimates y_0 = x̃, y_1 … y_T, each (n, d).
    caches: for each step, those of the layers and of the output's mean.
    """

    x: NDArray
    a: list[NDArray]
    y: list[NDArray]
    caches: list[tuple[object, object]]

    def __repr__(self) -> str:
        return f"Unrolled({len(self.a)} steps, x {self.x.shape}, {self.x.dtype})"


class RecurrentDenoiser(Model):
    """y_0 = x̃;  h_t = f(x̃ U + y_{t−1} W + b),  a_t = h_t V + c,  y_t = mean(a_t),  t = 1 … T.

    Every step receives the corrupted input x̃ and the last estimate; U, W, b, V, c are the same at
    every step. U and W are the upper and lower half of one matrix, the weights of [x̃, y_{t−1}]. The
    loss is the weighted mean of the costs of all steps, for Gaussian output

        L = 1/n Σ_examples Σ_t w_t ½‖y_t − x‖²,   Σ_t w_t = 1,

    Its gradient is computed backwards through the steps, starting with gy_T = 0:

        ga_t = w_t ∂cost/∂a_t / n + mean backwards from gy_t,
        gV += h_tᵀ ga_t,  gc += Σ ga_t,  gs_t = f′(s_t) (ga_t Vᵀ)  with s_t what f is applied to,
        gU += x̃ᵀ gs_t,  gW += y_{t−1}ᵀ gs_t,  gb += Σ gs_t,  gy_{t−1} = gs_t Wᵀ.

    The adjoint of an estimate y_t is thus the sum of its own cost and of the costs of later steps.

    Parameters
    ----------
    step : the layer from [x̃, y] (n, 2d) to a (n, d); its last layer is linear. `dense` builds the
        one above
    steps : T, at least 1
    weights : w_1 … w_T ≥ 0, which are divided by their sum; None for equal weights. (0, 0, 1) uses
        only the last of three steps
    output : p(x | a_t); its mean y_t is the input of the next step
    corruption : C(x̃ | x) in training, or None

    Examples
    --------
    >>> model = RecurrentDenoiser.dense((784, 300), steps=4, corruption=MaskingNoise(0.5))
    >>> history = fit(model, X)
    >>> y = model.reconstruct(x_tilde)
    """

    head = None  # its rows have no labels, see `batch`

    def __init__(
        self,
        step: Layer,
        *,
        steps: int = 4,
        weights: Sequence[float] | None = None,
        output: Output = GaussianOutput(),  # noqa: B008 (a frozen setting, not shared state)
        corruption: Corruption | None = None,
    ):
        d_in, d_out = widths(step, "step")
        check_slots(step, step, output, corruption)
        if d_in != 2 * d_out:
            raise ValueError(f"step must map 2d numbers [x~, y] to d; got {d_in} to {d_out}")
        if output.units(d_out) != d_out:
            raise ValueError(
                "a recurrent denoiser needs an output with one natural parameter for each feature, "
                f"got {output!r}, which has {output.units(d_out)} for {d_out} features"
            )
        super().__init__({"step": step})
        self.d_in = d_out
        self.steps = whole_number(steps, "steps")
        self.weights = _shares(weights, self.steps)
        self.output, self.corruption = output, corruption

    @classmethod
    def dense(
        cls,
        sizes: tuple[int, int],
        *,
        activation: Activation = Sigmoid,
        init: Initializer | None = None,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
        steps: int = 4,
        weights: Sequence[float] | None = None,
        output: Output = GaussianOutput(),  # noqa: B008
        corruption: Corruption | None = None,
    ) -> RecurrentDenoiser:
        """Build a network with one hidden layer: sizes = (width of x, units), as in (784, 300).

        `activation`, `init`, `rng` and `dtype` are those of `Autoencoder.dense`.
        """
        d, k = checked_sizes(sizes, "hidden units")
        unit, rng = as_unit(activation, "activation"), generator(rng, "weights")
        first = Linear(2 * d, k, rng=rng, init=chosen(init, Glorot(unit.gain)), dtype=dtype)
        last = Linear(k, d, rng=rng, init=init, dtype=dtype)
        return cls(Chain(first, unit, last), steps=steps, weights=weights, output=output,
                   corruption=corruption)  # fmt: skip

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray, ...]:
        """Return (x,), or pairs (x_noisy, x), ready for use, or say why not."""
        return checked(self, rows)

    def begin(self, *rows: NDArray) -> None:
        """Warn about settings that do not suit these rows; `fit` and `minimize` call this once."""
        warn_of_faults(self, self.parts["step"], named(rows, head=False))

    def forward(
        self, x: NDArray, rng: np.random.Generator, x_tilde: NDArray | None = None
    ) -> Unrolled:
        """Corrupt one batch, or take `x_tilde` instead, and run the T steps."""
        if x_tilde is None:
            x_tilde = corrupted(x, self.corruption, rng, self.progress)
        p = Unrolled(x, [], [x_tilde], [])
        for _ in range(self.steps):
            a, y, caches = self._advance(x_tilde, p.y[-1])
            p.a.append(a)
            p.y.append(y)
            p.caches.append(caches)
        return p

    def _advance(self, x_tilde: NDArray, y: NDArray) -> tuple[NDArray, NDArray, tuple[Any, Any]]:
        """Return a_t, y_t and the caches of one step."""
        a, step_cache = self.parts["step"].forward(np.concatenate([x_tilde, y], axis=1))
        y, mean_cache = self.output.mean.forward(a)
        return a, y, (step_cache, mean_cache)

    def objective(self, *rows: NDArray, rng: np.random.Generator) -> float:
        """Return the steps' weighted cost, the mean over the rows, and add its gradient.

        `rows` is x, or pairs (x_noisy, x); `rng` draws the corruption.
        """
        *noisy, x = rows
        return self.backward(self.forward(x, rng, *noisy))

    def backward(self, p: Unrolled) -> float:
        """Return the loss of a pass and add its gradient into `grad`, from the last step back."""
        loss, gy = 0.0, np.zeros_like(p.a[-1])
        for w, a, (step_cache, mean_cache) in reversed(
            list(zip(self.weights, p.a, p.caches, strict=True))
        ):
            loss = loss + w * self.output.cost(p.x, a).sum() / len(p.x)
            ga = self.output.mean.backward(gy, mean_cache)
            ga = ga + w * self.output.gradient(p.x, a) / len(p.x)
            gy = self.parts["step"].backward(ga, step_cache)[:, self.d_in :]
        return loss

    def iterates(self, x_tilde: ArrayLike, steps: int | None = None) -> NDArray:
        """Return y_0 = x̃, y_1, … y_T, of shape (T + 1, n, d); T is `steps`, if given."""
        self.check_packed()
        x_tilde = table(x_tilde, "x_tilde", width=self.d_in, dtype=self.dtype)
        y = [x_tilde]
        for _ in range(self.steps if steps is None else whole_number(steps, "steps")):
            y.append(self._advance(x_tilde, y[-1])[1])
        return np.stack(y)

    def reconstruct(self, x_tilde: ArrayLike) -> NDArray:
        """Return y_T, of shape (n, d); nothing is corrupted."""
        return self.iterates(x_tilde)[-1]

    def graph(self) -> Graph:
        """Return one step, and the estimate that the next step reads."""
        return recurrent_graph(self)

    def __repr__(self) -> str:
        inside = listed(list(leaves(self.parts["step"])))
        equal = len(set(self.weights)) == 1
        w = f"{self.weights[0]:.3g} each" if equal else in_short(self.weights)
        return for_stream(
            f"{type(self).__name__} of {self.steps} steps, {self.theta.dtype}, {self.theta.size} "
            f"parameters\n  y_0 = x̃ ~ {self.corruption!r},  y_t = mean([x̃, y_(t-1)] -> {inside})\n"
            f"  minimises  Σ_t w_t {self.output.formula},  w = {w}"
        )


def _shares(weights: Sequence[float] | None, steps: int) -> tuple[float, ...]:
    """Return `steps` weights with the sum 1."""
    if weights is None:
        return (1.0 / steps,) * steps
    w = real_array(weights, "weights").astype(np.float64, copy=False)
    if w.shape != (steps,) or not np.isfinite(w).all() or (w < 0).any() or w.sum() <= 0:
        raise ValueError(
            f"weights must be {steps} numbers >= 0, one for each step, and not all zero; "
            f"got {weights!r}"
        )
    return tuple((w / w.sum()).tolist())
