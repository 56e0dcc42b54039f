"""The stochastic codes on buffers: a sample z of the code, and its way back (section 14.4).

The reference is `criterion/code.py`, `criterion/gaussian_code.py` and
`criterion/noisy_sigmoid_code.py`. The noise ε of a whole block
is drawn when the block is filled, together with the values of the settings that follow progress.
To add a code, add a class here and a row in `CODES`, the table that `check_supported` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.core.noise import Progress, normals
from tinyae.core.operations import Operation, Term, number, total
from tinyae.core.units import Unit
from tinyae.criterion.code import Code, NoisyCode
from tinyae.criterion.gaussian_code import GaussianCode
from tinyae.criterion.noisy_sigmoid_code import NoisySigmoidCode
from tinyae.training.schedules import at


@dataclass(frozen=True)
class Drawn:
    """The arrays of the code for one batch. The units stand in rows or in columns, see `columns`.

    u, gu : the encoder's units, two for each number of a Gaussian code, and their adjoint
    z, gz : the sample, which the decoder gets, and its adjoint. gz is gu if u has the shape of z
    eps : noise of the batch, of the shape of z
    beta : factor of the KL divergence in this batch, a 0-d array
    spread : array like z, which is kept from the way forward to the way back
    s, t : scratch arrays like z
    ones : a row of ones, as long as rows and columns
    sigmoid : the unit of that name
    columns : whether each example is a column
    """

    u: NDArray
    gu: NDArray
    z: NDArray
    gz: NDArray
    eps: NDArray
    beta: NDArray
    spread: NDArray
    s: NDArray
    t: NDArray
    ones: NDArray
    sigmoid: Unit
    columns: bool


class CodeOperations:
    """One code on buffers. This base class is a model without a code, where z and u are one array.

    Attributes
    ----------
    parts : how many units the encoder has for each number of the code. The first part of u is the
        mean code
    has_mean : whether the mean code is a part of u, so that penalties can read it
    """

    parts = 1
    has_mean = True

    def split(self, u: NDArray, columns: bool) -> list[NDArray]:
        """Return the parts of u, or of its adjoint, as views."""
        return np.split(u, self.parts, axis=-2 if columns else -1)

    def mean(self, d: Drawn) -> tuple[NDArray, NDArray]:
        """Return the mean code and its adjoint, which the penalties use."""
        return self.split(d.u, d.columns)[0], self.split(d.gu, d.columns)[0]

    def fill(self, code: Code, eps: NDArray, betas: NDArray, progress: Progress) -> None:
        """Use the settings of all batches of a block: eps (batches, ., .) and betas (batches,).

        At the start, eps holds ε ~ N(0, I).
        """

    def forward(self, d: Drawn) -> list[Operation]:
        """z <- a sample of the code, as `Code.forward`."""
        return []

    def backward(self, d: Drawn, term: Term) -> list[Operation]:
        """gu <- the adjoint of u by gz and by the KL divergence, which is written to a term.

        This is the sum of `Code.backward` and `Code.cost_gradient`. `term(1)` is a sum over the
        examples.
        """
        return []


class AddedNoise(CodeOperations):
    """`NoisyCode` on buffers. gu = gz, which are one array."""

    def fill(self, code: Any, eps: NDArray, betas: NDArray, progress: Progress) -> None:
        """eps <- σ ε."""
        eps *= np.array([at(code.sigma, p) for p in progress], eps.dtype).reshape(-1, 1, 1)

    def forward(self, d: Drawn) -> list[Operation]:
        """z = h + σ ε."""
        return [partial(np.add, d.u, d.eps, d.z)]


class NoisyUnits(AddedNoise):
    """`NoisySigmoidCode` on buffers. The mean code sigmoid(u) is not computed."""

    has_mean = False

    def forward(self, d: Drawn) -> list[Operation]:
        """z = sigmoid(u + σ ε)."""
        return [*super().forward(d), *d.sigmoid.f(d.z, d.s)]

    def backward(self, d: Drawn, term: Term) -> list[Operation]:
        """gu = gz z (1 − z), in the array that is gz and gu."""
        return [*d.sigmoid.df(d.z, d.s), partial(np.multiply, d.gz, d.s, d.gu)]


class Reparametrized(CodeOperations):
    """`GaussianCode` on buffers."""

    parts = 2

    def fill(self, code: Any, eps: NDArray, betas: NDArray, progress: Progress) -> None:
        """betas <- β of each batch."""
        betas[...] = [at(code.beta, p) for p in progress]

    def forward(self, d: Drawn) -> list[Operation]:
        """z = μ + exp(s/2) ε. `spread` keeps σ ε."""
        mu, log_variance = self.split(d.u, d.columns)
        half = number(0.5, d.u.dtype)
        return [
            partial(np.multiply, log_variance, half, d.spread),
            partial(np.exp, d.spread, d.spread),
            partial(np.multiply, d.spread, d.eps, d.spread),
            partial(np.add, mu, d.spread, d.z),
        ]

    def backward(self, d: Drawn, term: Term) -> list[Operation]:
        """gμ = gz + β μ,  gs = ½ [σ ε gz + β (e^s − 1)].

        The term is β KL = ½ β Σ (μ² + (e^s − 1) − s). No part of it cancels at σ = 1.
        """
        mu, log_variance = self.split(d.u, d.columns)
        gmu, gs = self.split(d.gu, d.columns)
        half, kl = number(0.5, d.u.dtype), term(0.5)
        return [
            partial(np.expm1, log_variance, d.s),
            partial(np.square, mu, d.t),
            partial(np.add, d.t, d.s, d.t),
            partial(np.subtract, d.t, log_variance, d.t),
            *total(d.t, d.ones, kl),
            partial(np.multiply, kl, d.beta, kl),
            partial(np.multiply, mu, d.beta, d.t),
            partial(np.add, d.gz, d.t, gmu),
            partial(np.multiply, d.s, d.beta, d.s),
            partial(np.multiply, d.spread, d.gz, d.t),
            partial(np.add, d.t, d.s, d.t),
            partial(np.multiply, d.t, half, gs),
        ]


CODES: dict[type[Code], CodeOperations] = {
    NoisyCode: AddedNoise(),
    GaussianCode: Reparametrized(),
    NoisySigmoidCode: NoisyUnits(),
}


def operations_of(code: Code | None) -> CodeOperations:
    """Return the code's row, or operations that do nothing for a model without a code."""
    return CodeOperations() if code is None else CODES[type(code)]


def draw(
    code: Code,
    eps: NDArray,
    betas: NDArray,
    rng: np.random.Generator,
    progress: Progress,
    same_draws: bool,
    columns: bool,
    narrow: bool,
) -> None:
    """Fill eps (batches, B, k), or (batches, k, B) in columns, and betas (batches,).

    With `same_draws`, the noise is what `Code.forward` draws, one batch after the other. Otherwise
    it is drawn in the order of columns if the net is narrow, on any number of threads.
    """
    turned = columns if same_draws else narrow and not columns
    count, *lengths = eps.shape
    shape = (count, *(lengths[::-1] if turned else lengths))
    drawn = rng.standard_normal(shape, eps.dtype) if same_draws else normals(shape, rng)
    eps[...] = drawn.transpose(0, 2, 1) if turned else drawn
    CODES[type(code)].fill(code, eps, betas, progress)
