"""Whether an encoder and a decoder are conditionals of one joint distribution (14.4, 14.12, 14.13).

Every joint distribution p(x, h) has one conditional p(h | x) and one p(x | h). For an encoder and a
decoder that are given independently of each other, such a joint need not exist. For discrete x and
h this can be decided. By Bayes' rule the two are conditionals of one joint if and only if

    log p_encoder(h | x) − log p_decoder(x | h) = a(x) + b(h)      wherever both are positive

and both are zero for the same pairs (x, h) (Arnold and Press 1989). Then p(x) ∝ exp(−a(x)) and
p(h) ∝ exp(b(h)). What remains after the best a(x) + b(h) is called the interaction. In other words,
the matrix of the ratios must have rank 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import real_number
from tinyae.checks.tables import shaped
from tinyae.numerics.underflow import underflow_to_zero

TOLERANCE = 1e-5  # of the sum of a distribution; that of a float32 softmax is within it
DOUBLE, SINGLE = 1e-9, 1e-4  # nats: rounding errors of tables in float64 and in float32
LEAST = -1e100  # log probabilities below it could overflow in a sum


@dataclass(frozen=True, eq=False)
class Compatibility:
    """Whether two conditionals belong to one joint distribution, and its marginals.

    Attributes
    ----------
    interaction : array (n_x, n_h), in nats: log p_encoder(h | x) − log p_decoder(x | h) less its
        least-squares fit a(x) + b(h). It is 0 where both are zero, +inf where only the decoder is
        zero, and −inf where only the encoder is zero
    compatible : whether no entry of the interaction is beyond the tolerance
    parts : number of connected parts of the pairs (x, h) with positive probability. With more than
        one, the conditionals do not determine how probable the parts are
    p_x, p_h : arrays (n_x,) and (n_h,), the marginals of the joint, if it exists and is unique;
        otherwise None. The joint is p_encoder(h | x) p(x)
    """

    interaction: NDArray
    compatible: bool
    parts: int
    p_x: NDArray | None
    p_h: NDArray | None

    @property
    def largest(self) -> float:
        """The largest absolute interaction, in nats; infinite if the zeros differ."""
        return float(np.abs(self.interaction).max())

    @property
    def unique(self) -> bool:
        """Whether there is a joint distribution, and only one."""
        return self.compatible and self.parts == 1

    def __repr__(self) -> str:
        n_x, n_h = self.interaction.shape
        return (
            f"Compatibility(compatible={self.compatible}, unique={self.unique}, "
            f"largest={self.largest:.4g} nats, n_x={n_x}, n_h={n_h}, parts={self.parts})"
        )


@underflow_to_zero
def compatibility(
    log_encoder: ArrayLike, log_decoder: ArrayLike, *, tol: float | None = None
) -> Compatibility:
    """Test whether p_encoder(h | x) and p_decoder(x | h) are conditionals of one joint (14.4).

    Parameters
    ----------
    log_encoder : array (n_x, n_h), log p_encoder(h | x) in nats; a row for each x. −inf is log 0
    log_decoder : array (n_h, n_x), log p_decoder(x | h) in nats; a row for each h
    tol : the largest absolute interaction, in nats, of conditionals that count as compatible. By
        default 1e-9 for float64 tables, and 1e-4 if one of them is float32

    Returns
    -------
    Compatibility
        The interaction, and the marginals of the joint if it exists and is unique. Every x and
        every h must have positive probability: an h that no x is encoded to makes the zeros differ

    Raises
    ------
    ValueError
        If the shapes do not fit each other, or a row is not the logarithm of a distribution.

    Examples
    --------
    This encoder copies a bit and this decoder inverts it, both with errors. No joint has both as
    its conditionals.

    >>> copy, invert = np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([[0.1, 0.9], [0.9, 0.1]])
    >>> compatibility(np.log(copy), np.log(invert)).compatible
    False
    >>> compatibility(np.log(copy), np.log(copy)).p_x
    array([0.5, 0.5])
    """
    if tol is None:
        tables = (np.asarray(log_encoder), np.asarray(log_decoder))
        tol = SINGLE if any(t.dtype == np.float32 for t in tables) else DOUBLE
    log_encoder, log_decoder = _conditionals(log_encoder, log_decoder)
    tol = real_number(tol, "tol", low=0.0)
    on_encoder, on_decoder = np.isfinite(log_encoder), np.isfinite(log_decoder.T)
    both = on_encoder & on_decoder
    log_ratio = np.where(on_encoder, np.inf, np.where(on_decoder, -np.inf, 0.0))
    log_ratio[both] = log_encoder[both] - log_decoder.T[both]
    a, b, parts = _additive_fit(np.where(both, log_ratio, 0.0), both)
    interaction = np.where(both, log_ratio - a[:, None] - b, log_ratio)
    compatible = bool((np.abs(interaction) <= tol).all())
    if not compatible or parts > 1:
        return Compatibility(interaction, compatible, parts, None, None)
    return Compatibility(interaction, compatible, parts, _normalized(-a), _normalized(b))


@underflow_to_zero
def joint_distance(
    log_encoder: ArrayLike,
    log_decoder: ArrayLike,
    p_x: ArrayLike,
    *,
    p_h: ArrayLike | None = None,
) -> float:
    """Return the total variation between p_encoder(h | x) p(x) and p_decoder(x | h) p(h) (14.4).

    That is ½ Σ |p_encoder(h | x) p(x) − p_decoder(x | h) p(h)| over all x and h. It is 0 if the two
    are one joint distribution, and at most 1.

    Parameters
    ----------
    log_encoder, log_decoder : as in `compatibility`, shapes (n_x, n_h) and (n_h, n_x)
    p_x : array (n_x,), the distribution of x, such as that of the data
    p_h : array (n_h,), the distribution of h, such as the prior of a model. By default it is the
        aggregated posterior Σ_x p(x) p_encoder(h | x). Then the result is the mean over p(h) of the
        total variation between the exact posterior p(x | h) and the decoder

    Raises
    ------
    ValueError
        If the shapes do not fit each other, or one of the arrays holds no distributions.
    """
    log_encoder, log_decoder = _conditionals(log_encoder, log_decoder)
    n_x, n_h = log_encoder.shape
    of_encoder = np.exp(log_encoder) * _distribution(p_x, "p_x", n_x)[:, None]
    p_h = of_encoder.sum(axis=0) if p_h is None else _distribution(p_h, "p_h", n_h)
    return float(0.5 * np.abs(of_encoder - np.exp(log_decoder).T * p_h).sum())


def _additive_fit(values: NDArray, where: NDArray) -> tuple[NDArray, NDArray, int]:
    """Return (a, b, parts): the least-squares fit a_i + b_j of `values`, both (n, m), on `where`.

    The normal equations are r_i a_i + Σ_j S_ij b_j = Σ_j v_ij, and the same for columns with counts
    c_j. With a eliminated, diag(c) − Sᵀ diag(1/r) S remains for b. It is the Laplacian of a graph,
    and the dimension of its null space is the number of connected parts.
    """
    if len(where) < where.shape[1]:  # solve for the shorter side
        b, a, parts = _additive_fit(values.T, where.T)
        return a, b, parts
    S = where.astype(float)
    r, v = S.sum(axis=1), values.sum(axis=1)
    weight = 1.0 / np.maximum(r, 1.0)  # a row without entries has a = 0
    laplacian = np.diag(S.sum(axis=0)) - S.T @ (weight[:, None] * S)
    b, _, rank, _ = np.linalg.lstsq(laplacian, values.sum(axis=0) - S.T @ (weight * v), rcond=None)
    return weight * (v - S @ b), b, int(len(b) - rank + (r == 0).sum())


def _normalized(log_p: NDArray) -> NDArray:
    p = np.exp(log_p - log_p.max())
    return p / p.sum()


def _conditionals(log_encoder: ArrayLike, log_decoder: ArrayLike) -> tuple[NDArray, NDArray]:
    """Return both tables in float64 after checking them."""
    log_encoder = _log_table(log_encoder, "log_encoder")
    log_decoder = _log_table(log_decoder, "log_decoder")
    if log_decoder.shape != log_encoder.shape[::-1]:
        n_x, n_h = log_encoder.shape
        raise ValueError(
            f"log_decoder must have a row for each of the {n_h} values of h and a column for each "
            f"of the {n_x} values of x, as log_encoder of shape {log_encoder.shape} has them the "
            f"other way round; got {log_decoder.shape}"
        )
    return log_encoder, log_decoder


def _log_table(values: ArrayLike, name: str) -> NDArray:
    array = real_array(values, name).astype(np.float64)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name} must be a table with a distribution in each row, got shape "
                         f"{array.shape}")  # fmt: skip
    if np.isnan(array).any():
        raise ValueError(f"{name} has {np.isnan(array).sum()} entries that are NaN")
    if array.max() > TOLERANCE:
        raise ValueError(
            f"{name} must hold logarithms of probabilities, at most 0, got entries up to "
            f"{array.max():.4g}; of a table of probabilities p give np.log(p)"
        )
    if array.min(where=np.isfinite(array), initial=0.0) < LEAST:
        raise ValueError(f"{name} has finite entries below {LEAST:g}; for log 0 give -inf")
    sums = np.exp(array).sum(axis=1)
    worst = np.abs(sums - 1.0).argmax()
    if abs(sums[worst] - 1.0) > TOLERANCE:
        raise ValueError(
            f"each row of {name} must be the logarithm of a distribution, but the probabilities of "
            f"row {worst} have the sum {sums[worst]:.6g}; a row of log_encoder belongs to one x, a "
            "row of log_decoder to one h"
        )
    return array


def _distribution(values: ArrayLike, name: str, n: int) -> NDArray:
    p = shaped(values, name, (n,), squared=True)
    if p.min() < 0 or abs(p.sum() - 1.0) > TOLERANCE:
        raise ValueError(
            f"{name} must be a distribution: entries of at least 0 with the sum 1, got entries "
            f"from {p.min():.4g} to {p.max():.4g} with the sum {p.sum():.6g}"
        )
    return p
