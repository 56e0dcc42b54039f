"""Predictive sparse decomposition (14.8, equation 14.19): sparse coding with an encoder.

The encoder learns to infer. Training alternates between two things: inference of the codes h with
the parameters held fixed, and one step of the dictionary and the encoder with h held fixed. Once
the model is trained, the encoder f alone gives the codes. Without an encoder, γ = 0, this is sparse
coding. The criterion itself, and inference with given parameters, are in `sparse_coder.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.callers import warn_caller
from tinyae.checks.generators import generator
from tinyae.checks.numbers import truth
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.activations import Activation, Tanh, as_unit
from tinyae.nn.dense import checked_sizes
from tinyae.nn.initializers import Glorot, Initializer, chosen
from tinyae.nn.layers import Chain, Linear, listed
from tinyae.nn.structure import leaves
from tinyae.numerics.blocks import row_blocks
from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.gain import Gain
from tinyae.sparse_coding.inference import solve
from tinyae.sparse_coding.lasso import Lasso, price_limits
from tinyae.sparse_coding.sparse_code import codes
from tinyae.sparse_coding.sparse_coder import SparseCoder
from tinyae.text import for_stream
from tinyae.training.dead_units import some_rows

BLOCK_BYTES = 8_000_000  # of the products of examples and atoms


class PSD(SparseCoder):
    """Encoder f, dictionary g(h) = h D with unit atoms, and codes h inferred between them.

    Parameters
    ----------
    encoder : the layer f, from d to k; None for sparse coding
    dictionary : `Dictionary(d, k)`
    lam : λ, the price of a code's absolute size
    gamma : γ, the price of its distance from the encoder's prediction; 0 without an encoder
    steps : of inference, for each batch of training
    accelerated : FISTA with restarts, or plain proximal gradient

    Notes
    -----
    `objective` adds the gradient of E at fixed h, for the atoms the part along which their
    norm stays 1. If h were the exact minimiser, this would also be the gradient of min_h E over
    unit atoms, since there ∂E/∂h does not count (the envelope theorem). After a few steps it is
    not, so `follows_gradient` is False. `criterion_and_grad` takes h, and its gradient is exact.

    `fit` calls `project` after every step, which brings the atoms back to unit norm. Where λ is so
    large that every code is zero it warns; `ReseedUnused(X)` as its callback replaces unused atoms.

    Examples
    --------
    >>> model = PSD.dense((144, 196), lam=1.0, gamma=1.0)
    >>> history = fit(model, patches, optimizer=Adam(0.01), batch_size=250)
    >>> h = model.encode(patches)      # f alone
    >>> h = model.infer(patches)       # the minimiser of E, from f(x) on
    """

    follows_gradient = False

    @classmethod
    def dense(
        cls,
        sizes: Sequence[int],
        *,
        lam: float,
        gamma: float,
        activation: Activation = Tanh,
        gain: bool = True,
        init: Initializer | None = None,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
        steps: int = 12,
        accelerated: bool = True,
    ) -> PSD:
        """Build f(x) = diag(g) unit(x W + b) and a dictionary for sizes = (d, k).

        The unit is tanh by default. `Identity` with gain=False is a plain affine encoder, `ReLU`
        predicts no negative codes; for both a gain only repeats what W can do.
        """
        d, k = checked_sizes(sizes, "number of atoms")
        gain = truth(gain, "gain")
        unit, rng = as_unit(activation, "activation"), generator(rng, "weights")
        first = Linear(d, k, rng=rng, init=chosen(init, Glorot(unit.gain)), dtype=dtype)
        rest = [Gain(k, dtype=dtype)] if gain else []
        return cls(Chain(first, unit, *rest), Dictionary(d, k, rng=rng, dtype=dtype), lam=lam,
                   gamma=gamma, steps=steps, accelerated=accelerated)  # fmt: skip

    def begin(self, *rows: NDArray) -> None:
        """Warn if λ makes all codes zero, so that no atom would move; `fit` calls this first."""
        encode = None if self.encoder is None else lambda x: self.predict(x)[0]
        warn_of_zero_codes(rows[0], self.atoms, self.lam, self.gamma, encode)

    def dead_units(self, *rows: NDArray) -> NDArray | None:
        """Which atoms no code uses, of shape (k,), inferred as in training on up to 1000 rows.

        Such an atom has no gradient; `ReseedUnused` replaces it. None if all rows are zero.
        """
        x = some_rows(rows[0])
        if not x.any():
            return None
        return np.asarray(~self.infer(x, steps=self.steps).any(axis=0))

    def criterion_and_grad(self, x: ArrayLike, h: ArrayLike) -> float:
        """Return the mean of E(x, h) over the examples and set `grad` to its gradient at fixed h.

        ∂E/∂D = 2 hᵀ(h D − x),   ∂E/∂f = 2γ (f − h), which goes back through the encoder.
        """
        self.check_packed()
        (x,) = self.check_rows(x)
        h = codes(h, "h", len(x), self.d_code, self.dtype)
        f, cache = self.predict(x)
        self.finite_costs(x, h, f)
        self.grad[...] = 0.0
        loss = self._add_grad(x, h, f, cache)
        return loss if np.iscomplexobj(loss) else float(loss)

    def objective(self, x: NDArray, *, rng: np.random.Generator) -> float:
        """Infer h in `steps` steps from f(x), return the mean of E(x, h), and add its gradient.

        For the atoms `grad` is the part along which their norm stays 1 (`Dictionary.tangential`).
        Nothing random is in it; `rng` is there because every model takes one.
        """
        f, cache = self.predict(x)
        problem = Lasso.of(x, self.atoms, self.lam, self.gamma, f)
        if not problem.finite:  # training diverged: `fit` says so and goes back
            return float("nan")
        h = solve(problem, f, steps=self.steps, accelerated=self.accelerated)
        loss = self._add_grad(x, h, f, cache)
        cast(Dictionary, self.parts["dictionary"]).tangential()
        return loss

    def _add_grad(self, x: NDArray, h: NDArray, f: NDArray, cache: Any) -> float:
        """Return the mean of E(x, h) and add its gradient at fixed h into `grad`."""
        self.parts["dictionary"].backward(2.0 / len(x) * (h @ self.atoms - x), h)
        if self.encoder is not None:
            self.encoder.backward(2.0 * self.gamma / len(x) * (f - h), cache)
        return self.costs(x, h, f).mean()

    def project(self) -> None:
        """Give every atom unit norm again; `fit` does after every step."""
        cast(Dictionary, self.parts["dictionary"]).project()

    def unfold(self) -> Autoencoder:
        """Return an autoencoder with a copy of the encoder and the atoms as its linear decoder.

        Its reconstruction is g(f(x)), as that of the model. The decoder has a bias, which starts at
        zero, and training it further does not keep the norm of the atoms.
        """
        if self.encoder is None:
            raise ValueError("sparse coding has no encoder and cannot be unfolded")
        self.check_packed()
        k, d = self.atoms.shape
        decoder = Linear(k, d, rng=0, init=lambda *_: (self.atoms, np.zeros(d)), dtype=self.dtype)
        return Autoencoder(copy.deepcopy(self.encoder), decoder)

    def __repr__(self) -> str:
        way = "FISTA" if self.accelerated else "proximal gradient"
        head = (
            f"{type(self).__name__} {self.d_in}-{self.d_code}, {self.theta.dtype}, "
            f"{self.theta.size} parameters"
        )
        if self.encoder is None:
            return for_stream(
                f"{head}\n  h by {self.steps} steps of {way} from 0 (sparse coding, no encoder)\n"
                f"  minimises  ‖x − h D‖² + {self.lam:g} ‖h‖₁"
            )
        return for_stream(
            f"{head}\n  f = {listed(list(leaves(self.encoder)))}\n"
            f"  h by {self.steps} steps of {way} from f(x)\n"
            f"  minimises  ‖x − h D‖² + {self.lam:g} ‖h‖₁ + {self.gamma:g} ‖h − f(x)‖²"
        )


def warn_of_zero_codes(
    x: NDArray,
    D: NDArray,
    lam: float,
    gamma: float = 0.0,
    encode: Callable[[NDArray], NDArray] | None = None,
) -> None:
    """Warn the caller of `fit` if λ makes the codes of all rows zero, so that no atom would move.

    The search ends with the first block of rows that has another code, most often the first one.
    """
    found = []
    for rows in row_blocks(len(x), len(D), BLOCK_BYTES):
        part = x[rows]
        found.append(price_limits(part, D, gamma, None if encode is None else encode(part)))
        if not (found[-1] <= lam).all():
            return
    limits = np.concatenate(found)
    if not x.any():
        return
    if limits.any():
        scale = 0.1 * np.median(limits[limits > 0])
        remedy = (
            f"lam = {lam:g} is too large: from {limits.max():.3g} on, twice the largest product of "
            f"an example and an atom, it costs more than any code is worth. Try about {scale:.2g}"
        )
    else:
        remedy = "no atom has a part along any example; are the atoms zeros?"
    warn_caller(f"every code is zero and no atom will move: {remedy}")
