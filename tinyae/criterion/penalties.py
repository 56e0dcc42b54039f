"""Ω(h, x): what is added to the reconstruction cost to keep an autoencoder from copying.

A penalty is asked once per pass: `add(p)` returns its value, averaged over the examples of the
batch, and adds its gradient to the adjoints of that pass (`p.gh` for the code) or straight into the
gradients of the layers. It reads the pass that reconstructs: with corruption, h = f(x̃).
Sparsity is equations 14.2 and 14.6; contraction (14.11, 14.18) has a module of its own.
`core/penalties.py` has some of them on buffers, for the vectorized core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tinyae.checks.numbers import real_number, settle
from tinyae.criterion.forward_pass import Pass
from tinyae.nn.activations import stated_reach
from tinyae.nn.layers import Layer, Linear
from tinyae.nn.parameters import owners
from tinyae.nn.structure import in_series
from tinyae.training.weights import weighed


class Penalty:
    """What the slot `penalties` of an autoencoder takes: a subclass gives `formula` and `add`.

    Attributes
    ----------
    formula : the penalty as a model's description writes it, without its strength `lam`
    takes_weights : whether it counts the examples as `p.each` says, or is no sum over examples
    kinks : values of the code at which the penalty has no derivative, for `gradcheck`
    """

    formula: ClassVar[str] = ""
    takes_weights: ClassVar[bool] = False
    kinks: ClassVar[tuple[float, ...]] = ()

    def check_encoder(self, encoder: Layer) -> None:
        """Raise ValueError for an encoder whose code the penalty cannot take; by default none."""

    def add(self, p: Pass) -> float:
        """Return the penalty of this pass and add its gradient to the pass and the layers."""
        raise NotImplementedError(f"{type(self).__name__}.add")


@dataclass(frozen=True)
class L1(Penalty):
    """Ω(h) = λ Σ_i |h_i|, the mean over the examples: equation 14.6, a Laplace prior on the code.

    gh = λ sign(h) / n, with sign(0) = 0: at zero the penalty pulls neither way. Written
    with s = sign(h) as λ Σ s·h, which has the same value and lets the complex step through.
    """

    lam: float
    formula: ClassVar[str] = "Σ_i |h_i|"
    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    takes_weights: ClassVar[bool] = True

    def __post_init__(self):
        settle(self, "lam", real_number(self.lam, "lam", low=0.0))

    def add(self, p: Pass) -> float:
        """Return λ Σ |h| / n; gh += λ sign(h) / n."""
        weight = self.lam / len(p.h)
        s = np.sign(p.h.real)
        s = weighed(p.each, s)
        p.gh += weight * s
        return weight * (s * p.h).sum()


@dataclass(frozen=True)
class StudentT(Penalty):
    """Ω(h) = λ Σ_i log(1 + h_i²), the mean over the examples: a Student-t prior on the code.

    gh = 2 λ h / (1 + h²) / n. Small activations are pulled to zero, large ones hardly held back:
    heavier tails than L1 at the same mean |h|. For λ > ½ it is −log p(h) up to a constant, where
    p is Student's t with 2λ − 1 degrees of freedom, see `StudentTPrior`.
    """

    lam: float
    formula: ClassVar[str] = "Σ_i log(1 + h_i²)"
    takes_weights: ClassVar[bool] = True

    def __post_init__(self):
        settle(self, "lam", real_number(self.lam, "lam", low=0.0))

    def add(self, p: Pass) -> float:
        """Return λ Σ log(1 + h²) / n; gh += 2 λ h / (1 + h²) / n."""
        weight = self.lam / len(p.h)
        p.gh += weighed(p.each, 2.0 * weight * p.h / (1.0 + p.h * p.h))
        return weight * weighed(p.each, np.log1p(p.h * p.h)).sum()


@dataclass(frozen=True)
class KLSparsity(Penalty):
    """λ Σ_j KL(ρ ‖ ρ̂_j): every unit is to be active at the rate ρ, on average over the **batch**.

    ρ̂_j = Σ_n h_nj / n is the mean activation of unit j, a property of the batch and not of an
    example, so this penalty is not a mean over examples. Applied to each activation by itself it
    would push every h towards ρ, which is not sparse at all. With

        KL = ρ log(ρ / ρ̂) + (1 − ρ) log((1 − ρ) / (1 − ρ̂))
        gh_nj = λ/n [(1 − ρ) / (1 − ρ̂_j) − ρ / ρ̂_j]

    The code must lie in [0, 1], as a sigmoid's does. A unit that is off for a whole batch keeps a
    finite penalty, because ρ̂ is drawn inwards by one part in 10⁷: ρ̂ <- ε + (1 − 2ε) ρ̂.
    With weights of the examples ρ̂_j = Σ_n w_n h_nj / Σ_n w_n.
    """

    rho: float
    lam: float
    formula: ClassVar[str] = "Σ_j KL(ρ ‖ mean h_j)"
    takes_weights: ClassVar[bool] = True

    INWARDS: ClassVar[float] = 1e-7

    def __post_init__(self):
        rho = real_number(self.rho, "rho", low=0.0, high=1.0, open_low=True, open_high=True)
        settle(self, "rho", rho)
        settle(self, "lam", real_number(self.lam, "lam", low=0.0))

    def check_encoder(self, encoder: Layer) -> None:
        """Raise ValueError for a code that is known to leave [0, 1], before any training."""
        *_, last = in_series(encoder)
        low, high = stated_reach(last) or (0.0, 1.0)
        if isinstance(last, Linear) or low < 0.0 or high > 1.0:
            raise ValueError(
                f"KLSparsity needs a code in [0, 1], such as Sigmoid()'s, not {last!r}'s"
            )

    def add(self, p: Pass) -> float:
        """Return λ Σ_j KL(ρ ‖ ρ̂_j) of the batch; gh as above."""
        if p.h.real.min() < 0 or p.h.real.max() > 1:
            raise ValueError(
                f"KLSparsity needs a code in [0, 1], such as a sigmoid's; this one reaches from "
                f"{p.h.real.min():.3g} to {p.h.real.max():.3g}"
            )
        rho, shrink = self.rho, 1.0 - 2.0 * self.INWARDS
        each = p.each
        n = len(p.h) if each is None else float(each.sum())
        if n == 0.0:  # no example of this batch counts
            return 0.0
        mean = self.INWARDS + shrink * weighed(each, p.h).sum(axis=0) / n
        p.gh += weighed(each, self.lam * shrink / n * ((1.0 - rho) / (1.0 - mean) - rho / mean))
        kl = rho * np.log(rho / mean) + (1.0 - rho) * np.log((1.0 - rho) / (1.0 - mean))
        return self.lam * kl.sum()


@dataclass(frozen=True)
class WeightDecay(Penalty):
    """λ Σ W² over all weights, without biases and without the ½; a shared W counts once.

    The one penalty that knows nothing of x or h: a Gaussian prior on the weights, not on the code.
    gW = 2 λ W, not divided by the number of examples.
    """

    lam: float
    formula: ClassVar[str] = "‖W‖²"
    takes_weights: ClassVar[bool] = True

    def __post_init__(self):
        settle(self, "lam", real_number(self.lam, "lam", low=0.0))

    def add(self, p: Pass) -> float:
        """Return λ Σ W²; gW += 2 λ W."""
        total = 0.0
        for layer, key in owners(p.encoder, p.decoder):
            if isinstance(layer, Linear) and key == "W":
                W = layer.params["W"]
                layer.grads["W"] += 2.0 * self.lam * W
                total = total + (W * W).sum()
        return self.lam * total
