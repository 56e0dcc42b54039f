"""Score matching: a network ψ(x) is fitted to ∇ log p(x), equation 14.15, from samples of p.

The aim is to minimise ½ E‖ψ(x) − ∇ log p(x)‖², where p is unknown. Three criteria equal it up to a
constant and need only samples of p (section 14.5.1):

    Hyvärinen (2005)       E[½‖ψ(x)‖² + tr ∂ψ/∂x]
    sliced (Song 2019)     E[½‖ψ(x)‖² + vᵀ (∂ψ/∂x) v] for random v with E v vᵀ = I
    denoising (Vincent 2011)   E ½‖ψ(x̃) − (x − x̃)/σ²‖², x̃ = x + σ ε: the score of the smoothed p

The first two follow from integration by parts, the last because (x − x̃)/σ² is the score of
p(x̃ | x).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import only
from tinyae.checks.numbers import real_number, settle, whole_number
from tinyae.checks.tables import table
from tinyae.drawing.graph import Graph
from tinyae.models.graphs import score_graph
from tinyae.nn.jacobian import random_signs, unit_tangents
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model
from tinyae.nn.structure import widths


class Criterion(Protocol):
    """What `ScoreModel` takes as `criterion`."""

    def add(self, net: Layer, x: NDArray, rng: np.random.Generator) -> float:
        """Return the criterion, a mean over the rows of x, and add its gradient to the layers."""
        ...


@dataclass(frozen=True)
class ScoreMatching:
    """½‖ψ‖² + tr ∂ψ/∂x with the exact trace, Σ_k (J e_k)_k, from d tangents e_k.

    The adjoint gψ = ψ/n goes through the ordinary backward pass, and gu_k = e_k/n through
    `jvp_backward`.
    """

    def add(self, net: Layer, x: NDArray, rng: np.random.Generator) -> float:
        """Return the mean criterion and add its gradient."""
        psi, cache = net.forward(x)
        n = len(x)
        loss = 0.5 * (psi * psi).sum() / n
        net.backward(psi / n, cache)
        for columns, u, pull in unit_tangents(net, cache, x):
            gu = np.zeros_like(u)
            k = np.arange(len(u))
            loss = loss + u[k, :, k + columns.start].sum() / n
            gu[k, :, k + columns.start] = 1.0 / n
            pull(gu)
        return loss


@dataclass(frozen=True)
class SlicedScoreMatching:
    """½‖ψ‖² + mean of vᵀ (∂ψ/∂x) v over `probes` vectors v of random signs for each example.

    Its expectation over v is the exact criterion. Its cost does not grow with d. The adjoint is
    gu = v / (n · probes).
    """

    probes: int = 1

    def __post_init__(self) -> None:
        settle(self, "probes", whole_number(self.probes, "probes"))

    def add(self, net: Layer, x: NDArray, rng: np.random.Generator) -> float:
        """Return the estimate and add its gradient."""
        psi, cache = net.forward(x)
        n = len(x)
        net.backward(psi / n, cache)
        v = random_signs(self.probes, x, rng)
        u, tape = net.jvp(v, cache)
        net.jvp_backward(v / (n * self.probes), tape, cache)
        return 0.5 * (psi * psi).sum() / n + (v * u).sum() / (n * self.probes)


@dataclass(frozen=True)
class DenoisingScoreMatching:
    """½‖ψ(x̃) − (x − x̃)/σ²‖² with x̃ = x + σ ε, the noise of equation 14.17.

    No second derivatives are needed. For ψ(x̃) = (r(x̃) − x̃)/σ² the criterion is ‖r(x̃) − x‖²/(2σ⁴),
    the denoising criterion (14.16) in other units.
    """

    sigma: float

    def __post_init__(self) -> None:
        settle(
            self, "sigma", real_number(self.sigma, "sigma", low=0.0, open_low=True, squared=True)
        )

    def add(self, net: Layer, x: NDArray, rng: np.random.Generator) -> float:
        """Return the mean criterion at fresh noise and add its gradient."""
        noise = rng.standard_normal(x.shape, dtype=x.dtype)
        sigma = float(self.sigma)
        psi, cache = net.forward(x + sigma * noise)
        e = psi + noise / sigma
        net.backward(e / len(x), cache)
        return 0.5 * (e * e).sum() / len(x)


class ScoreModel(Model):
    """A network ψ: (n, d) -> (n, d) that is trained to be the score of the data.

    Parameters
    ----------
    net : a layer with as many outputs as inputs. `Linear(d, d)` suits Gaussian data;
        `Residual(Chain(encoder, decoder), 1 / sigma**2)` is the score of an autoencoder
    criterion : `ScoreMatching()`, `SlicedScoreMatching(probes)` or `DenoisingScoreMatching(sigma)`

    Examples
    --------
    >>> model = ScoreModel(Linear(3, 3, rng=0))
    >>> history = fit(model, X)
    >>> precision = -model.net.params["W"]
    """

    def __init__(self, net: Layer, criterion: Criterion = ScoreMatching()):  # noqa: B008
        if isinstance(criterion, type) or not hasattr(criterion, "add"):
            raise TypeError(f"criterion must be such as ScoreMatching(), got {criterion!r}")
        self.d_in, d_out = widths(net, "net")
        if d_out != self.d_in:
            raise ValueError(
                f"a score has as many entries as x, but the net takes {self.d_in} numbers and "
                f"gives {d_out}"
            )
        super().__init__({"net": net})
        self.criterion = criterion

    @property
    def net(self) -> Layer:
        """The layer ψ."""
        return self.parts["net"]

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray]:
        """Return (x,) ready for use, or say why not."""
        return (table(only(rows, self.d_in), "x", width=self.d_in, dtype=self.dtype, squared=True),)

    def score(self, x: ArrayLike) -> NDArray:
        """ψ(x), of shape (n, d)."""
        self.check_packed()
        return self.net.forward(*self.check_rows(x))[0]

    def objective(self, x: NDArray, *, rng: np.random.Generator) -> float:
        """Return the criterion, a mean over the rows, and add its gradient into `grad`."""
        return self.criterion.add(self.net, x, rng)

    def graph(self) -> Graph:
        """Return x, the network, its score and the criterion."""
        return score_graph(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.net!r}, {self.criterion!r})"
