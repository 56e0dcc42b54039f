"""A density made of pancakes: many Gaussians, each wide in a few directions and thin in all others.

Pancake i has a centre c_i, orthonormal directions V_i (r, d) with variances v_i, and one variance
s_i for everything that is orthogonal to them (section 14.6, figure 14.9):

    p(x) = 1/n Σ_i N(x; c_i, C_i),      C_i = V_iᵀ diag(v_i) V_i + s_i (I − V_iᵀ V_i).

With g = x − c_i no d × d matrix is needed for the two things that a Gaussian asks of C_i:

    gᵀ C_i⁻¹ g = ‖g‖²/s_i + Σ_j (V_ij · g)² (1/v_ij − 1/s_i)
    log |C_i|  = Σ_j log v_ij + (d − r) log s_i
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.generators import generator
from tinyae.checks.numbers import whole_number
from tinyae.checks.tables import check_finite, table
from tinyae.nn.softmax import log_sum_exp
from tinyae.numerics.axes import oriented
from tinyae.numerics.blocks import row_blocks
from tinyae.numerics.units import check_squares

THINNEST = 1e-7  # side of a pancake over its reach from the middle of all
BLOCK_BYTES = 16_000_000  # of one array (points × pancakes × directions)


@dataclass(frozen=True, eq=False)
class Pancakes:
    """p(x) = 1/n Σ_i N(x; c_i, C_i), each C_i flat; with r = 0 directions they are round.

    Everything is computed in float64. The exponents come from products of matrices, in which
    ‖x − c_i‖² = ‖x‖² − 2 x·c_i + ‖c_i‖² loses digits: near pancake i they are wrong by about
    1e-16 ρ_i²/s_i, with the pancake's reach ρ_i² = ‖c_i − c̄‖² + Σ_j v_ij. That error is 1e-4 nats
    where √s_i is 1e-6 of the reach, and 0.01 nats where it is 1e-7. Thinner pancakes are refused.

    Attributes
    ----------
    centers : array (n, d), c_i, in the units of x
    directions : array (n, r, d), the rows of V_i, which are orthonormal
    variances : array (n, r), v_ij along the directions, in squared units of x
    noise : array (n,), the variance s_i in all other directions, in squared units of x

    Raises
    ------
    ValueError
        If shapes do not fit, a variance is not positive, directions are not orthonormal, or a
        pancake is too thin beside its reach.
    """

    centers: NDArray
    directions: NDArray
    variances: NDArray
    noise: NDArray

    def __post_init__(self) -> None:
        centers = table(self.centers, "centers", dtype=np.float64)
        n, d = centers.shape
        given = (self.directions, self.variances, self.noise)
        names = ("directions", "variances", "noise")
        rest = [real_array(a, name).astype(np.float64, copy=False)
                for a, name in zip(given, names, strict=True)]  # fmt: skip
        directions, variances, noise = rest
        check_finite(directions, "directions", np.float64, squared=True)
        r = directions.shape[1] if directions.ndim == 3 else 0
        shapes = (directions.shape, variances.shape, noise.shape)
        if shapes != ((n, r, d), (n, r), (n,)) or r > d:
            raise ValueError(
                f"{n} centers in {d} dimensions need directions ({n}, r, {d}) with r at most {d}, "
                f"variances ({n}, r) and noise ({n},); got {shapes[0]}, {shapes[1]}, {shapes[2]}"
            )
        for name, values in (("variances", variances), ("noise", noise)):
            if not (np.isfinite(values) & (values >= np.finfo(np.float64).tiny)).all():
                raise ValueError(
                    f"{name} must be positive and finite, got values from "
                    f"{values.min():g} to {values.max():g}"
                )
            check_squares(values, name)
        if not np.allclose(directions @ directions.swapaxes(1, 2), np.eye(r), atol=1e-6):
            raise ValueError(
                "directions must be orthonormal rows; Pancakes.from_factors takes any factors"
            )
        with np.errstate(over="ignore"):  # infinite is too far as well
            gap = ((centers - centers.mean(axis=0)) ** 2).sum(axis=1)
            reach = np.sqrt(gap + variances.sum(axis=1))
        thin = np.sqrt(noise) < THINNEST * reach
        if thin.any():
            i = thin.argmax()
            raise ValueError(
                f"pancake {i} is {np.sqrt(noise[i]):g} thin, but reaches {reach[i]:g} from the "
                f"middle of all: below {THINNEST:g} of that, rounding makes its density wrong; take"
                " a larger sigma (or noise), or leave far points out"
            )
        for name, values in zip(("centers", "directions", "variances", "noise"),
                                (centers.copy(order="K"), *rest), strict=True):  # fmt: skip
            object.__setattr__(self, name, values)

    @classmethod
    def from_factors(cls, centers: NDArray, factors: ArrayLike, noise: ArrayLike) -> Pancakes:
        """Return the pancakes with C_i = A_iᵀ A_i + s_i I, for factors A (n, r, d), noise s (n,).

        By the singular value decomposition A_i = U diag(a) V the directions are the rows of V, with
        variances a² + s_i. More rows than d would span no more than d directions.
        """
        factors = real_array(factors, "factors").astype(np.float64, copy=False)
        noise = real_array(noise, "noise").astype(np.float64, copy=False)
        if factors.ndim != 3 or noise.shape != factors.shape[:1] or factors.shape[2] == 0:
            raise ValueError(
                f"factors must have shape (n, r, d) and noise (n,), got {factors.shape} and "
                f"{noise.shape}"
            )
        check_finite(factors, "factors", np.float64, squared=True)
        _, a, V = np.linalg.svd(factors, full_matrices=False)
        return cls(centers, oriented(V), a**2 + noise[:, None], noise)

    def log_terms(self, X: ArrayLike) -> Iterator[NDArray]:
        """Yield log N(x; c_i, C_i) for blocks of rows of X, each (rows, n), in bounded memory."""
        (n, r, d), s, v = self.directions.shape, self.noise, self.variances
        X = table(X, "X", width=d, dtype=np.float64)
        middle = self.centers.mean(axis=0)  # far from the origin, squares would lose digits
        centers = self.centers - middle
        V = self.directions.reshape(n * r, d)
        along = (self.directions @ centers[:, :, None])[:, :, 0]  # V_ij · c_i
        squares = (centers * centers).sum(axis=1)
        constant = -0.5 * (np.log(v).sum(axis=1) + (d - r) * np.log(s) + d * np.log(2.0 * np.pi))
        for rows in row_blocks(len(X), n * max(1, r), BLOCK_BYTES):
            block = X[rows] - middle
            with np.errstate(over="ignore"):
                size = (block * block).sum(axis=1)
            if not np.isfinite(size).all():
                raise ValueError(
                    f"row {rows.start + np.isinf(size).argmax()} of X is too far from the "
                    "pancakes: squared distances go beyond float64; rescale or leave it out"
                )
            far = size[:, None] - 2.0 * block @ centers.T + squares
            far = np.maximum(far, 0.0) / s
            if r:
                inside = (block @ V.T).reshape(len(block), n, r) - along
                far += (inside * inside * (1.0 / v - 1.0 / s[:, None])).sum(axis=2)
            yield constant - 0.5 * far

    def score_samples(self, X: ArrayLike) -> NDArray:
        """Return log p(x) in nats for each row of X (m, d), of shape (m,)."""
        n = len(self.centers)
        return np.concatenate([log_sum_exp(terms) for terms in self.log_terms(X)]) - np.log(n)

    def sample(self, n: int, *, rng: np.random.Generator | int = 0) -> NDArray:
        """Draw n points, of shape (n, d): a pancake at random, then a point of it.

        With z ~ N(0, I):  x = c + √s z + Vᵀ ((√v − √s) ∘ V z), whose covariance is C.
        """
        n, rng = whole_number(n, "n"), generator(rng, "samples")
        i = rng.integers(len(self.centers), size=n)
        z = rng.standard_normal((n, self.centers.shape[1]))
        V, thin = self.directions[i], np.sqrt(self.noise[i])[:, None]
        along = (np.sqrt(self.variances[i]) - thin) * (V @ z[:, :, None])[:, :, 0]
        return self.centers[i] + thin * z + (along[:, None, :] @ V)[:, 0]

    def __len__(self) -> int:
        return len(self.centers)

    def __repr__(self) -> str:
        n, r, d = self.directions.shape
        return f"Pancakes({n} in {d} dimensions, {r} direction{'' if r == 1 else 's'} each)"
