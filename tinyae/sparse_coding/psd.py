"""Predictive sparse decomposition: sparse coding whose encoder learns to infer (section 14.8).

Equation 14.19 asks three things of the code h of an example:

    E(x, h) = ‖x − g(h)‖² + λ‖h‖₁ + γ‖h − f(x)‖²

h is not f(x) but the result of an optimisation that starts there. Training takes turns: minimise
over h, then one step of the dictionary and the encoder with h held fixed. Once it is trained, f
alone gives the codes. Without an encoder, γ = 0, this is sparse coding.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.generators import generator, only
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import table
from tinyae.nn.activations import Activation, Tanh, as_unit
from tinyae.nn.dense import checked_sizes
from tinyae.nn.initializers import Glorot, Initializer, chosen
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.model import Model
from tinyae.nn.structure import leaves, widths_of
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.gain import Gain
from tinyae.sparse_coding.lasso import Lasso, infer, solve
from tinyae.sparse_coding.sparse_code import codes, warn_of_zero_codes
from tinyae.text import for_stream
from tinyae.training.dead_units import some_rows


class PSD(Model):
    """Encoder f, dictionary g(h) = h D with unit atoms, and codes h inferred between them.

    Parameters
    ----------
    encoder : the layer f, from d to k; None for sparse coding
    dictionary : `Dictionary(k, d)`
    lam : λ, the price of a code's absolute size
    gamma : γ, the price of its distance from the encoder's prediction; 0 without an encoder
    steps : of inference, for each batch of training
    accelerated : FISTA with restarts, or plain proximal gradient

    Notes
    -----
    `objective` adds the gradient of E at fixed h, for the atoms the part along which their
    norm stays 1. Were h the exact minimiser, that would be the gradient of min_h E over unit atoms
    too, since there ∂E/∂h does not count (the envelope theorem). After a few steps it is not, so
    `follows_gradient` is False; with h given, `criterion_and_grad` is exact and can be checked.

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

    def __init__(
        self,
        encoder: Layer | None,
        dictionary: Dictionary,
        *,
        lam: float,
        gamma: float,
        steps: int = 12,
        accelerated: bool = True,
    ):
        if not isinstance(dictionary, Dictionary):
            raise TypeError(f"dictionary must be a Dictionary(k, d), got {dictionary!r}")
        self.lam = real_number(lam, "lam", low=0.0, open_low=True)
        self.gamma = real_number(gamma, "gamma", low=0.0)
        self.steps = whole_number(steps, "steps", least=0)
        if not isinstance(accelerated, (bool, np.bool_)):
            raise TypeError(f"accelerated must be True or False, got {accelerated!r}")
        self.accelerated = bool(accelerated)
        if encoder is None and self.gamma > 0:
            raise ValueError(f"gamma = {gamma} is the price of missing an encoder: give one, or 0")
        if encoder is not None and self.gamma == 0:
            raise ValueError("gamma = 0 never trains the encoder: give gamma > 0, or no encoder")
        if encoder is not None:
            widths_of(encoder, dictionary)
        parts = {} if encoder is None else {"encoder": encoder}
        super().__init__({**parts, "dictionary": dictionary})
        self.d_code, self.d_in = dictionary.d_in, dictionary.d_out

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
        if not isinstance(gain, (bool, np.bool_)):
            raise TypeError(f"gain must be True or False, got {gain!r}")
        unit, rng = as_unit(activation, "activation"), generator(rng, "weights")
        first = Linear(d, k, rng=rng, init=chosen(init, Glorot(unit.gain)), dtype=dtype)
        rest = [Gain(k, dtype=dtype)] if gain else []
        return cls(Chain(first, unit, *rest), Dictionary(k, d, rng=rng, dtype=dtype), lam=lam,
                   gamma=gamma, steps=steps, accelerated=accelerated)  # fmt: skip

    @property
    def encoder(self) -> Layer | None:
        """f, or None for sparse coding."""
        return self.parts.get("encoder")

    @property
    def atoms(self) -> NDArray:
        """D, of shape (k, d): a view."""
        return self.parts["dictionary"].params["D"]

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray]:
        """Return (x,), ready for use, or say why not."""
        x = table(only(rows, self.d_in), "x", width=self.d_in, dtype=self.dtype, squared=True)
        return (x,)

    def begin(self, *rows: NDArray) -> None:
        """Warn if λ makes all codes zero, so that no atom would move; `fit` calls this first."""
        encode = None if self.encoder is None else lambda x: self._predict(x)[0]
        warn_of_zero_codes(rows[0], self.atoms, self.lam, self.gamma, encode)

    def dead_units(self, *rows: NDArray) -> NDArray | None:
        """Which atoms no code uses, of shape (k,), inferred as in training on up to 1000 rows.

        Such an atom has no gradient; `ReseedUnused` replaces it. None if all rows are zero.
        """
        x = some_rows(rows[0])
        return ~self.infer(x, steps=self.steps).any(axis=0) if x.any() else None

    @underflow_to_zero
    def encode(self, x: ArrayLike) -> NDArray:
        """f(x), of shape (n, k): the code of a deployed model, without any optimisation."""
        if self.encoder is None:
            raise ValueError("sparse coding has no encoder: its codes are infer(x)")
        self.check_packed()
        return self.encoder.forward(self.check_rows(x)[0])[0]

    @underflow_to_zero
    def decode(self, h: ArrayLike) -> NDArray:
        """g(h) = h D, of shape (n, d)."""
        self.check_packed()
        return table(h, "h", width=self.d_code, dtype=self.dtype) @ self.atoms

    def reconstruct(self, x: ArrayLike) -> NDArray:
        """g(f(x)), of shape (n, d)."""
        return self.decode(self.encode(x))

    def infer(
        self,
        x: ArrayLike,
        *,
        start: ArrayLike | None = None,
        steps: int | None = None,
        tol: float = 1e-8,
    ) -> NDArray:
        """Return codes (n, k) that minimise E(x, ·).

        Parameters
        ----------
        x : array (n, d)
        start : array (n, k), where the search begins; by default f(x), without an encoder zeros
        steps : so many steps, solved or not; by default as many as it takes
        tol : a code is solved when its duality gap is at most tol · E(x, 0). Only without `steps`.

        Raises
        ------
        ValueError
            For shapes that do not fit, or squares that overflow.
        RuntimeError
            If a code is not solved after 10 000 steps.

        To a tolerance codes are found in float64 and, in a float32 model, rounded.
        """
        self.check_packed()
        (x,) = self.check_rows(x)
        tol = real_number(tol, "tol", low=0.0, open_low=True)
        steps = None if steps is None else whole_number(steps, "steps", least=0)
        f, _ = self._predict(x)
        start = f if start is None else codes(start, "start", len(x), self.d_code, self.dtype)
        return infer(x, self.atoms, self.lam, start, gamma=self.gamma, f=f, steps=steps, tol=tol,
                     accelerated=self.accelerated)  # fmt: skip

    def _predict(self, x):
        """f(x) and the encoder's cache; without an encoder zeros, at which γ = 0 does not look."""
        if self.encoder is None:
            return np.zeros((len(x), self.d_code), self.dtype), None
        return self.encoder.forward(x)

    def criterion(self, x: ArrayLike, h: ArrayLike) -> NDArray:
        """E(x, h) for each example, of shape (n,)."""
        self.check_packed()
        (x,) = self.check_rows(x)
        h = codes(h, "h", len(x), self.d_code, self.dtype)
        return self._checked_criterion(x, h, self._predict(x)[0])

    def _checked_criterion(self, x, h, f):
        with np.errstate(over="ignore", invalid="ignore"):
            E = self._criterion(x, h, f)
        if not np.isfinite(E).all():
            raise ValueError(f"squares of x or h are beyond {self.dtype}: rescale them")
        return E

    def _criterion(self, x, h, f):
        price = self.lam * np.abs(h).sum(axis=1) + self.gamma * ((h - f) ** 2).sum(axis=1)
        return ((x - h @ self.atoms) ** 2).sum(axis=1) + price

    def criterion_and_grad(self, x: ArrayLike, h: ArrayLike) -> float:
        """Return the mean of E(x, h) over the examples and set `grad` to its gradient at fixed h.

        ∂E/∂D = 2 hᵀ(h D − x),   ∂E/∂f = 2γ (f − h), which goes back through the encoder.
        """
        self.check_packed()
        (x,) = self.check_rows(x)
        h = codes(h, "h", len(x), self.d_code, self.dtype)
        f, cache = self._predict(x)
        self._checked_criterion(x, h, f)
        self.grad[...] = 0.0
        loss = self._add_grad(x, h, f, cache)
        return loss if np.iscomplexobj(loss) else float(loss)

    def objective(self, x: NDArray, *, rng: np.random.Generator) -> float:
        """Infer h in `steps` steps from f(x), return the mean of E(x, h), and add its gradient.

        For the atoms `grad` is the part along which their norm stays 1 (`Dictionary.tangential`).
        Nothing random is in it; `rng` is there because every model takes one.
        """
        f, cache = self._predict(x)
        problem = Lasso.of(x, self.atoms, self.lam, self.gamma, f)
        if not problem.finite:  # training diverged: `fit` says so and goes back
            return float("nan")
        h = solve(problem, f, steps=self.steps, accelerated=self.accelerated)
        loss = self._add_grad(x, h, f, cache)
        self.parts["dictionary"].tangential()
        return loss

    def _add_grad(self, x, h, f, cache):
        """Return the mean of E(x, h) and add its gradient at fixed h into `grad`."""
        self.parts["dictionary"].backward(2.0 / len(x) * (h @ self.atoms - x), h)
        if self.encoder is not None:
            self.encoder.backward(2.0 * self.gamma / len(x) * (f - h), cache)
        return self._criterion(x, h, f).mean()

    def project(self) -> None:
        """Give every atom unit norm again; `fit` does after every step."""
        self.parts["dictionary"].project()

    def __repr__(self):
        way = "FISTA" if self.accelerated else "proximal gradient"
        if self.encoder is None:
            return for_stream(
                f"sparse coding {self.d_in}-{self.d_code}, {self.theta.dtype}, by {self.steps} "
                f"steps of {way} from 0\n  minimises  ‖x − h D‖² + {self.lam:g} ‖h‖₁"
            )
        inside = ", ".join(map(repr, leaves(self.encoder)))
        return for_stream(
            f"PSD {self.d_in}-{self.d_code}, {self.theta.dtype}, {self.theta.size} parameters\n"
            f"  f = {inside}\n  h by {self.steps} steps of {way} from f(x)\n"
            f"  minimises  ‖x − h D‖² + {self.lam:g} ‖h‖₁ + {self.gamma:g} ‖h − f(x)‖²"
        )
