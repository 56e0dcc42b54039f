"""Minimal loss hashing: binary codes trained for the Hamming distances of pairs (14.9).

Norouzi and Fleet (2011). The code is h = 1 where x W + b > 0. For a pair of examples that is
similar or not, the loss is a hinge on the Hamming distance m of their codes:

    ℓ(m) = max(0, m − ρ + 1)        similar:    within the radius ρ − 1 there is no loss
    ℓ(m) = λ max(0, ρ − m + 1)      dissimilar: beyond the radius ρ there is none

It is constant almost everywhere in W. So an upper bound is minimised instead. With u = x W + b,

    bound = max over g₁, g₂ of [ ℓ(‖g₁ − g₂‖) + g₁·u₁ + g₂·u₂ ] − h₁·u₁ − h₂·u₂

where g₁, g₂ are any bits. For g = h the bracket is ℓ of the codes plus h₁·u₁ + h₂·u₂, so the bound
is at least the loss. To find the maximum is called loss-augmented inference.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import shaped, table
from tinyae.nn.initializers import Normal
from tinyae.nn.layers import Linear
from tinyae.nn.model import Model


def loss_augmented_codes(
    u1: ArrayLike, u2: ArrayLike, losses: ArrayLike
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return bits (g₁, g₂), each (n, bits), that maximise ℓ(‖g₁ − g₂‖) + g₁·u₁ + g₂·u₂.

    Parameters
    ----------
    u1, u2 : arrays (n, bits), the scores of the two examples of each pair
    losses : array (n, bits + 1), the loss of each pair at the Hamming distances 0, 1, …, bits

    Notes
    -----
    The maximum is exact, although there are 4^bits choices. If bit k agrees, it adds at most
    max(0, u₁ + u₂), and if it differs, max(u₁, u₂). For a given distance m it is best to let those
    m bits differ whose gain is largest. So the gains are sorted once, and then the bits + 1
    distances are compared.
    """
    u1 = table(u1, "u1", dtype=np.float64)
    u2 = shaped(u2, "u2", u1.shape)
    return _best_codes(u1, u2, shaped(losses, "losses", (len(u1), u1.shape[1] + 1)))


def _best_codes(
    u1: NDArray, u2: NDArray, losses: NDArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the bits of `loss_augmented_codes` for arrays that were checked."""
    gain = np.maximum(u1, u2) - np.maximum(0.0, u1 + u2)
    order = np.argsort(-gain, axis=1, kind="stable")
    total = losses.copy()
    total[:, 1:] += np.take_along_axis(gain, order, axis=1).cumsum(axis=1)
    distance = total.argmax(axis=1)
    differs = np.empty(gain.shape, np.bool_)
    first = np.arange(gain.shape[1]) < distance[:, None]
    np.put_along_axis(differs, order, first, axis=1)
    agreed = u1 + u2 > 0.0
    return np.where(differs, u1 > u2, agreed), np.where(differs, u1 <= u2, agreed)


class MinimalLossHashing(Model):
    """Bits x W + b > 0, trained on pairs: `fit(model, (x1, x2, similar))`.

    Parameters
    ----------
    d : width of x
    bits : length of the code
    radius : ρ of the loss, at least 1: similar pairs should differ in fewer than ρ bits, and
        dissimilar ones in more than ρ
    lam : λ, how much the loss of a dissimilar pair counts beside that of a similar one
    norm : length at which each column of W is held after every step. The codes do not depend on it,
        but the bound does: the longer the columns, the more a score counts against a loss of 1. In
        the paper this constant multiplies the loss instead. The scale of x matters here: center x
        and divide it by its root mean square length, so that scores are of size 1
    rng : seed or generator for the initial hyperplanes, random directions through the origin

    Notes
    -----
    `objective` returns the bound, and its gradient for the maximising g is

        gW = Σ [x₁ᵀ (g₁ − h₁) + x₂ᵀ (g₂ − h₂)] / n,   gb = Σ [g₁ − h₁ + g₂ − h₂] / n

    A step against it is the update of the paper, which resembles that of a perceptron: the scores
    of the present codes rise, and those of the codes with a high loss fall. The bound is piecewise
    linear, so this is its gradient wherever g and h are unique.
    """

    def __init__(
        self,
        d: int,
        bits: int,
        *,
        radius: int = 2,
        lam: float = 0.5,
        norm: float = 1.0,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
    ):
        d, self.bits = whole_number(d, "d"), whole_number(bits, "bits")
        self.radius = whole_number(radius, "radius")
        if self.radius > self.bits:
            raise ValueError(f"radius must be at most bits = {self.bits}, got {radius}")
        self.lam = real_number(lam, "lam", low=0.0)
        self.norm = real_number(norm, "norm", low=0.0, open_low=True, squared=True)
        hyperplanes = Linear(d, self.bits, rng=rng, init=Normal(1.0), dtype=dtype)
        super().__init__({"hyperplanes": hyperplanes})
        self.project()

    @property
    def hyperplanes(self) -> Linear:
        """The layer u = x W + b."""
        return cast(Linear, self.parts["hyperplanes"])

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray, NDArray, NDArray[np.bool_]]:
        """Return (x1, x2, similar), ready for use, or say why not."""
        if len(rows) != 3:
            raise TypeError(
                f"this model trains on three arrays (x1, x2, similar), got {len(rows)}; "
                "similar_pairs draws such pairs from labels"
            )
        d, dtype = self.hyperplanes.d_in, self.dtype
        x1 = table(rows[0], "x1", width=d, dtype=dtype, squared=True)
        x2 = table(rows[1], "x2", width=d, dtype=dtype, squared=True)
        similar = shaped(rows[2], "similar", (None,))
        if not len(x1) == len(x2) == len(similar):
            raise ValueError(
                "x1, x2 and similar must be equally long, got "
                f"{len(x1)}, {len(x2)} and {len(similar)}"
            )
        return x1, x2, _truths(similar)

    def transform(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Return the codes of x (n, d), booleans of shape (n, bits)."""
        self.check_packed()
        x = table(x, "x", width=self.hyperplanes.d_in, dtype=self.dtype)
        return self.hyperplanes.forward(x)[0] > 0.0

    def hinge(self, distances: ArrayLike, similar: ArrayLike) -> NDArray:
        """Return the loss ℓ of pairs at Hamming distances (n,); `similar` (n,) says which are."""
        m = shaped(distances, "distances", (None,))
        return self._hinge(m, _truths(shaped(similar, "similar", (len(m),))))

    def _hinge(self, m: NDArray, similar: NDArray) -> NDArray:
        near = np.maximum(0.0, m - self.radius + 1.0)
        far = self.lam * np.maximum(0.0, self.radius - m + 1.0)
        return np.where(similar, near, far)

    def pair_loss(self, x1: ArrayLike, x2: ArrayLike, similar: ArrayLike) -> float:
        """Return the mean of ℓ over the pairs, for the codes themselves. It is at most `loss`."""
        x1, x2, similar = self.check_rows(x1, x2, similar)
        distances = (self.transform(x1) != self.transform(x2)).sum(axis=1)
        return float(self._hinge(distances, similar).mean())

    def objective(
        self, x1: NDArray, x2: NDArray, similar: NDArray[np.bool_], *, rng: np.random.Generator
    ) -> float:
        """Return the mean bound over the pairs, and add its gradient (see Notes) to `grad`.

        Nothing is drawn: `rng` is there because every model takes one.
        """
        (u1, cache1), (u2, cache2) = (self.hyperplanes.forward(x) for x in (x1, x2))
        losses = self._hinge(np.arange(self.bits + 1), similar[:, None]).astype(self.dtype)
        g1, g2 = _best_codes(u1.real, u2.real, losses)
        e1 = (g1.astype(self.dtype) - (u1.real > 0.0)) / len(u1)
        e2 = (g2.astype(self.dtype) - (u2.real > 0.0)) / len(u1)
        self.hyperplanes.backward(e1, cache1)
        self.hyperplanes.backward(e2, cache2)
        worst = np.take_along_axis(losses, (g1 != g2).sum(axis=1)[:, None], axis=1).mean()
        return worst + (e1 * u1).sum() + (e2 * u2).sum()

    def project(self) -> None:
        """Scale each column of W to the length `norm`, and its b with it: the codes stay equal."""
        W, b = self.hyperplanes.params["W"], self.hyperplanes.params["b"]
        lengths = np.sqrt((W * W).sum(axis=0))
        scale = self.norm / np.where(lengths.real > 0.0, lengths, self.norm)  # 1 for a zero column
        W *= scale
        b *= scale

    def __repr__(self) -> str:
        return (
            f"MinimalLossHashing {self.hyperplanes.d_in}-{self.bits}, radius {self.radius}, "
            f"λ {self.lam:g}, {self.theta.dtype}, {self.theta.size} parameters"
        )


def _truths(similar: NDArray) -> NDArray[np.bool_]:
    """Return numbers that are all 0 or 1 as booleans."""
    wrong = (similar != 0.0) & (similar != 1.0)
    if wrong.any():
        raise ValueError(
            "similar must hold True and False, or 1 and 0, for each pair, got "
            f"{similar[wrong][0]:g} at {np.flatnonzero(wrong)[0]}"
        )
    return similar.astype(np.bool_)
