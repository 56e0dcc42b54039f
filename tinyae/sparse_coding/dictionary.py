"""A linear decoder without a bias whose rows are atoms of unit norm: g(h) = h D (13.4, 14.8).

Sparse coding needs atoms of a fixed norm. Otherwise codes can shrink while atoms grow, and the
price λ‖h‖₁ of a code loses its meaning.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.nn.layers import Layer


class Dictionary(Layer):
    """x = h D, a sum of k atoms in d dimensions; they start on the unit sphere, at random.

    Shapes: h (n, k), x (n, d), D (k, d); tangents v (K, n, k), u (K, n, d). As a layer its input is
    the code: `d_in` is k and `d_out` is d.

    Parameters
    ----------
    d : width of x, and so of an atom
    k : number of atoms
    rng : seed or generator of the initial atoms
    dtype : float32 or float64
    """

    def __init__(
        self, d: int, k: int, *, rng: np.random.Generator | int = 0, dtype: DTypeLike = np.float64
    ):
        super().__init__()
        d, k, dtype = whole_number(d, "d"), whole_number(k, "k"), real_dtype(dtype)
        self.params = {"D": generator(rng, "dictionary").standard_normal((k, d)).astype(dtype)}
        self.grads = {"D": np.zeros_like(self.params["D"])}
        self.project()

    @property
    def d_in(self) -> int:
        """Number k of atoms."""
        return self.params["D"].shape[0]

    @property
    def d_out(self) -> int:
        """Width d of an atom."""
        return self.params["D"].shape[1]

    def project(self) -> None:
        """Give every atom unit norm again, in place; an atom of zeros, without direction, stays."""
        D = self.params["D"]
        # First by a power of two, which is exact: squares of tiny or huge atoms would be 0 or ∞.
        D[...] = np.ldexp(D, -np.frexp(np.abs(D).max(axis=1, keepdims=True))[1])
        norm = np.linalg.norm(D, axis=1, keepdims=True)
        D /= np.where(norm > 0, norm, 1)

    def tangential(self) -> None:
        """Remove from the gradient, in place, the part that would only change the atoms' norm.

        gDⱼ <- gDⱼ − (gDⱼ·Dⱼ) Dⱼ. At the best unit atoms that part is not zero, since
        longer atoms would make codes cheaper. After a step along the gradient `project` undoes its
        effect, but not after a step that scales every entry by itself, as Adam's do: training would
        then end beside the optimum.
        """
        D, g = self.params["D"], self.grads["D"]
        g -= (g * D).sum(axis=1, keepdims=True) * D

    def forward(self, h: NDArray) -> tuple[NDArray, NDArray]:
        """Return x = h D; the cache is h."""
        return h @ self.params["D"], h

    def backward(self, gx: NDArray, h: NDArray) -> NDArray:
        """gD = hᵀ gx,  gh = gx Dᵀ."""
        self.grads["D"] += h.T @ gx
        return gx @ self.params["D"].T

    def jvp(self, v: NDArray, h: NDArray) -> tuple[NDArray, NDArray]:
        """Return u = v D; the tape is v."""
        return v @ self.params["D"], v

    def jvp_backward(self, gu: NDArray, v: NDArray, h: NDArray) -> tuple[NDArray, NDArray]:
        """gD = Σ vᵀ gu over the tangents,  gv = gu Dᵀ,  gh = 0."""
        self.grads["D"] += v.reshape(-1, self.d_in).T @ gu.reshape(-1, self.d_out)
        return np.zeros_like(h), gu @ self.params["D"].T

    def __repr__(self) -> str:
        return f"Dictionary({self.d_out}, {self.d_in})"
