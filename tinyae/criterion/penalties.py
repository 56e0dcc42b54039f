"""Penalties Ω(h, x), which are added to the reconstruction cost so that the net does not copy x.

A penalty is called once for each pass. `add(p)` returns its value, averaged over the examples of
the batch. It adds its gradient to the adjoints of that pass (`p.gh` for the code) or directly to
the gradients of the layers. It uses the same pass as the reconstruction: with corruption, h = f(x̃).
Sparsity is equations 14.2 and 14.6. Contraction (14.11, 14.18) is in another module,
`criterion/contraction.py`. `core/penalties.py` has some penalties on buffers, for the vectorized
core.
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
    """The base class for the slot `penalties`. A subclass defines `formula` and `add`.

    Attributes
    ----------
    formula : formula of the penalty for the description of a model, without its strength `lam`
    takes_weights : whether it uses the weights `p.each`, or does not depend on the examples
    kinks : values of the code at which the penalty has no derivative, for `gradcheck`
    reads : what it is a function of, for the diagram: "h" (the code or its mean, or derivatives
        of it), "r" (the reconstruction, or derivatives of it) or "weights"
    """

    formula: ClassVar[str] = ""
    reads: ClassVar[str] = "h"
    takes_weights: ClassVar[bool] = False
    kinks: ClassVar[tuple[float, ...]] = ()

    def check_encoder(self, encoder: Layer) -> None:
        """Raise ValueError if the penalty does not suit the encoder. By default it suits all."""

    def add(self, p: Pass) -> float:
        """Return the penalty of this pass and add its gradient to the pass or the layers."""
        raise NotImplementedError(f"{type(self).__name__}.add")


@dataclass(frozen=True)
class L1(Penalty):
    """Ω(h) = λ Σ_i |h_i|, the mean over the examples: equation 14.6, a Laplace prior on the code.

    gh = λ sign(h) / n, with sign(0) = 0: at h = 0 the gradient is zero. The code computes the value
    as λ Σ s·h with s = sign(h). This is equal, and is also correct for the complex step.
    """

    lam: float
    formula: ClassVar[str] = "Σ_i |h_i|"
    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    takes_weights: ClassVar[bool] = True

    def __post_init__(self) -> None:
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

    gh = 2 λ h / (1 + h²) / n. Small activations are moved towards zero, and large ones are changed
    little. So the tails are heavier than with L1 at the same mean |h|. For λ > ½ the penalty is
    −log p(h) up to a constant, where p is a scaled Student's t distribution with 2λ − 1 degrees of
    freedom; see `StudentTPrior`.
    """

    lam: float
    formula: ClassVar[str] = "Σ_i log(1 + h_i²)"
    takes_weights: ClassVar[bool] = True

    def __post_init__(self) -> None:
        settle(self, "lam", real_number(self.lam, "lam", low=0.0))

    def add(self, p: Pass) -> float:
        """Return λ Σ log(1 + h²) / n; gh += 2 λ h / (1 + h²) / n."""
        weight = self.lam / len(p.h)
        p.gh += weighed(p.each, 2.0 * weight * p.h / (1.0 + p.h * p.h))
        return weight * weighed(p.each, np.log1p(p.h * p.h)).sum()


@dataclass(frozen=True)
class KLSparsity(Penalty):
    """λ Σ_j KL(ρ ‖ ρ̂_j): the mean activation of each unit over the **batch** should be ρ.

    ρ̂_j = Σ_n h_nj / n is the mean activation of unit j. It is a property of the batch and not of an
    example, so this penalty is not a mean over examples. If it were applied to each activation
    separately, every h would be near ρ, and such a code is not sparse. With

        KL = ρ log(ρ / ρ̂) + (1 − ρ) log((1 − ρ) / (1 − ρ̂))
        gh_nj = λ/n [(1 − ρ) / (1 − ρ̂_j) − ρ / ρ̂_j]

    The code must lie in [0, 1], such as that of sigmoid units. The penalty is finite even if a unit
    is 0 for a whole batch, because ρ̂ <- ε + (1 − 2ε) ρ̂ with ε = 10⁻⁷ before the logarithms.
    With weights of the examples, ρ̂_j = Σ_n w_n h_nj / Σ_n w_n.
    """

    rho: float
    lam: float
    formula: ClassVar[str] = "Σ_j KL(ρ ‖ mean h_j)"
    takes_weights: ClassVar[bool] = True

    INWARDS: ClassVar[float] = 1e-7

    def __post_init__(self) -> None:
        rho = real_number(self.rho, "rho", low=0.0, high=1.0, open_low=True, open_high=True)
        settle(self, "rho", rho)
        settle(self, "lam", real_number(self.lam, "lam", low=0.0))

    def check_encoder(self, encoder: Layer) -> None:
        """Raise ValueError before training if the last layer is known to leave [0, 1]."""
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
        if n == 0.0:  # all examples of this batch have weight 0
            return 0.0
        mean = self.INWARDS + shrink * weighed(each, p.h).sum(axis=0) / n
        p.gh += weighed(each, self.lam * shrink / n * ((1.0 - rho) / (1.0 - mean) - rho / mean))
        kl = rho * np.log(rho / mean) + (1.0 - rho) * np.log((1.0 - rho) / (1.0 - mean))
        return self.lam * kl.sum()


@dataclass(frozen=True)
class WeightDecay(Penalty):
    """λ Σ W² over all weights, without biases and without a factor ½. A shared W counts once.

    This penalty does not depend on x or h. It is a Gaussian prior on the weights, not on the code.
    gW = 2 λ W, not divided by the number of examples.
    """

    lam: float
    formula: ClassVar[str] = "‖W‖²"
    reads: ClassVar[str] = "weights"
    takes_weights: ClassVar[bool] = True

    def __post_init__(self) -> None:
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
