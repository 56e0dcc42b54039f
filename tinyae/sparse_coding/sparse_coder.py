"""A dictionary, perhaps an encoder, and the codes that are inferred between them (14.8).

Equation 14.19 asks three things of the code h of an example:

    E(x, h) = ‖x − g(h)‖² + λ‖h‖₁ + γ‖h − f(x)‖²

h is not f(x) but the result of an optimisation that starts there. Here is everything that can be
done with given parameters; how they are learned is in `psd.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import only
from tinyae.checks.numbers import real_number, truth, whole_number
from tinyae.checks.tables import table
from tinyae.drawing.graph import Graph, Node
from tinyae.nn.graph import Numbers, layer_nodes, priced
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model
from tinyae.nn.structure import widths_of
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.sparse_coding.dictionary import Dictionary
from tinyae.sparse_coding.inference import infer
from tinyae.sparse_coding.sparse_code import codes


class SparseCoder(Model):
    """Encoder f, dictionary g(h) = h D with unit atoms, and codes h inferred between them.

    The base of `PSD`, which explains the parameters.
    """

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
            raise TypeError(f"dictionary must be a Dictionary(d, k), got {dictionary!r}")
        self.lam = real_number(lam, "lam", low=0.0, open_low=True)
        self.gamma = real_number(gamma, "gamma", low=0.0)
        self.steps = whole_number(steps, "steps", least=0)
        self.accelerated = truth(accelerated, "accelerated")
        if encoder is None and self.gamma > 0:
            raise ValueError(f"gamma = {gamma} is the price of missing an encoder: give one, or 0")
        if encoder is not None and self.gamma == 0:
            raise ValueError("gamma = 0 never trains the encoder: give gamma > 0, or no encoder")
        if encoder is not None:
            widths_of(encoder, dictionary)
        parts = {} if encoder is None else {"encoder": encoder}
        super().__init__({**parts, "dictionary": dictionary})
        self.d_code, self.d_in = dictionary.d_in, dictionary.d_out

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

        Without `steps`, codes are found in float64 and, in a float32 model, rounded.
        """
        self.check_packed()
        (x,) = self.check_rows(x)
        tol = real_number(tol, "tol", low=0.0, open_low=True)
        steps = None if steps is None else whole_number(steps, "steps", least=0)
        f, _ = self.predict(x)
        start = f if start is None else codes(start, "start", len(x), self.d_code, self.dtype)
        return infer(x, self.atoms, self.lam, start, gamma=self.gamma, f=f, steps=steps, tol=tol,
                     accelerated=self.accelerated)  # fmt: skip

    def predict(self, x: NDArray) -> tuple[NDArray, object]:
        """Return f(x) and the encoder's cache; without an encoder zeros, which γ = 0 disregards."""
        if self.encoder is None:
            return np.zeros((len(x), self.d_code), self.dtype), None
        return self.encoder.forward(x)

    def criterion(self, x: ArrayLike, h: ArrayLike) -> NDArray:
        """E(x, h) for each example, of shape (n,)."""
        self.check_packed()
        (x,) = self.check_rows(x)
        h = codes(h, "h", len(x), self.d_code, self.dtype)
        return self.finite_costs(x, h, self.predict(x)[0])

    def finite_costs(self, x: NDArray, h: NDArray, f: NDArray) -> NDArray:
        """Return `costs`, or raise ValueError where they overflow."""
        with np.errstate(over="ignore", invalid="ignore"):
            E = self.costs(x, h, f)
        if not np.isfinite(E).all():
            raise ValueError(f"squares of x or h are beyond {self.dtype}: rescale them")
        return E

    def costs(self, x: NDArray, h: NDArray, f: NDArray) -> NDArray:
        """E(x, h) (n,), where the prediction f = f(x) is given: equation 14.19."""
        price = self.lam * np.abs(h).sum(axis=1) + self.gamma * ((h - f) ** 2).sum(axis=1)
        return ((x - h @ self.atoms) ** 2).sum(axis=1) + price

    def graph(self) -> Graph:
        """Return x, f(x), the codes h that are inferred from there, g(h) = h D, and E(x, h)."""
        d, k = self.d_in, self.d_code
        D = self.parts["dictionary"]
        nodes, price, start = [Node("x", "data", "x", (), (d,))], priced(self.lam, "‖h‖₁"), "x"
        if self.encoder is not None:
            f = layer_nodes(self.encoder, "encoder f", "x", "x", numbers=Numbers())
            nodes += [*f, Node("f(x)", "data", "f(x)", (f[-1].name,), (k,), "top")]
            price, start = f"{price} + {priced(self.gamma, '‖h − f(x)‖²')}", "f(x)"
        way = "FISTA" if self.accelerated else "proximal gradient"
        found = f"h = argmin E\n{self.steps} steps of {way}"
        r = Node("r", "data", "r", ("D",), (d,), "right")
        return Graph(
            (
                *nodes,
                Node("argmin", "layer", found, (start,), (), "top", source=(self,)),
                Node("h", "data", "h", ("argmin",), (k,), "top"),
                Node("D", "layer", "h D", ("h",), (k, d), "right", "decoder g", source=(D,)),
                r,
                Node("L", "cost", "‖x − r‖²", ("x", "r"), (), "bottom", source=(self,)),
                Node("price", "cost", price, ("h",) if start == "x" else ("f(x)", "h"),
                     (), "inside", source=(self,)),
            ),
        )  # fmt: skip
