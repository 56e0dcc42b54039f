"""The zeros of r(x) − x, where a reconstruction equals its input, and of which kind each is.

For a denoising autoencoder r(x) − x is σ² times the score of the smoothed data (14.15 to 14.17), so
its zeros are the stationary points of that density: maxima on the data, and also minima and saddles
between them, where r(x) = x although there are no data (figures 14.5 and 14.7). Damped Newton steps
find them from many starts at once. Shapes: x (n, d), field (n, d), its Jacobian (n, d, d).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import table
from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.nn.jacobian import jacobian
from tinyae.nn.layers import Chain
from tinyae.numerics.axes import oriented

KINDS = ("maximum", "saddle", "minimum", "degenerate")
FLAT = 1e-6  # below this part of the Jacobian's largest eigenvalue, rounding decides the sign
HALVINGS = 12  # how often a step may be halved before its start is given up

Function = Callable[[NDArray], NDArray]


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """The zeros of a field, each found once, in lexicographic order.

    Attributes
    ----------
    x : array (m, d), where they are
    eigenvalues, directions : arrays (m, d) and (m, d, d), of the symmetric part of the field's
        Jacobian: ascending values, and the unit vectors that belong to them as columns, the largest
        entry of each positive. Where the field is the gradient of a log density, its Jacobian is
        symmetric and these belong to the Hessian. For other fields vᵀJv still says whether the
        field points back (below zero) or away along v
    asymmetry : array (m,), ‖J − Jᵀ‖_F / (2 ‖J‖_F) of the field's Jacobian: zero for a gradient, one
        for a pure rotation
    n_starts, n_converged : from how many points the search started, and how many of them arrived
    """

    x: NDArray
    eigenvalues: NDArray
    directions: NDArray
    asymmetry: NDArray
    n_starts: int
    n_converged: int

    @property
    def kinds(self) -> NDArray:
        """For each zero "maximum" (all eigenvalues negative), "minimum" (all positive), "saddle".

        "degenerate" where an eigenvalue is zero up to rounding: zeros then form a line or a plane,
        as for a linear autoencoder, of which a search returns scattered points.
        """
        size = np.abs(self.eigenvalues)
        flat = (size <= FLAT * size.max(axis=1, keepdims=True)).any(axis=1)
        negative = (self.eigenvalues < 0).all(axis=1)
        positive = (self.eigenvalues > 0).all(axis=1)
        names = np.full(len(self.x), "saddle", dtype="U10")
        names[negative], names[positive], names[flat] = "maximum", "minimum", "degenerate"
        return names

    def of(self, kind: str) -> NDArray:
        """Return the zeros of one kind, of shape (count, d)."""
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
        return self.x[self.kinds == kind]

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.of(k))} {k}" for k in KINDS if len(self.of(k)))
        return (
            f"FixedPoints({counts or 'none'}; {self.n_converged} of {self.n_starts} starts arrived)"
        )


def fixed_points(
    model: Autoencoder,
    starts: ArrayLike,
    *,
    steps: int = 100,
    tol: float = 1e-8,
    merge: float = 1e-4,
) -> FixedPoints:
    """Return the zeros of r(x) − x of a model, without corruption or noise in its code.

    ∂r/∂x is the exact Jacobian of encoder, decoder and the output's mean in one chain. A float32
    model is searched with a float64 copy of its parameters. The other arguments are those of
    `find_zeros`.
    """
    check_autoencoder(model, "fixed_points (find_zeros takes a field of your own)")
    twin = model.astype(np.float64)
    net = Chain(twin.mean_encoder, twin.decoder, twin.output.mean)
    starts = table(starts, "starts", width=model.d_in, dtype=np.float64, squared=True)
    unit = np.eye(model.d_in)
    return find_zeros(lambda x: net.forward(x)[0] - x, lambda x: jacobian(net, x) - unit, starts,
                      steps=steps, tol=tol, merge=merge)  # fmt: skip


def find_zeros(
    field: Function,
    jacobian: Function,
    starts: ArrayLike,
    *,
    steps: int = 100,
    tol: float = 1e-8,
    merge: float = 1e-4,
) -> FixedPoints:
    """Return the zeros of a vector field that Newton steps reach from the starts.

    A step is δ = −J⁻¹F, by the pseudo-inverse, so that a singular J gives the shortest step. It is
    halved until ‖F‖ falls. Starts from which ‖F‖ never falls (at a local minimum of ‖F‖ that is no
    zero) are dropped, and so are those that have not arrived after `steps`.

    Parameters
    ----------
    field : x (n, d) -> F (n, d), such as `lambda x: smoothed_score(points, x, sigma)`
    jacobian : x (n, d) -> J (n, d, d), J[:, i, j] = ∂F_i/∂x_j, such as `smoothed_hessian` of these
    starts : array (n, d); a zero that no start leads to is not found
    steps : Newton steps at most
    tol : a start has arrived when both ‖δ‖ and ‖F‖/‖J‖ are at most this, in the units of x
    merge : zeros nearer than this to another one, in the units of x, are the same
    """
    for name, function in (("field", field), ("jacobian", jacobian)):
        if not callable(function):
            raise TypeError(f"{name} must be a function of x (n, d), got {function!r}")
    x = table(starts, "starts", dtype=np.float64, squared=True).copy()
    steps = whole_number(steps, "steps")
    tol = real_number(tol, "tol", low=0.0, open_low=True)
    merge = real_number(merge, "merge", low=0.0)
    _check_shapes(field(x[:1]), jacobian(x[:1]), x.shape[1])

    arrived = np.zeros(len(x), bool)
    moving = np.arange(len(x))
    F = _finite(field(x), "field")
    for _ in range(steps + 1):
        J = _finite(jacobian(x[moving]), "jacobian")
        step = -(np.linalg.pinv(J) @ F[moving, :, None])[:, :, 0]
        size = np.linalg.norm(F[moving], axis=1)
        short = np.linalg.norm(step, axis=1) <= tol
        done = short & (size <= tol * np.linalg.norm(J, axis=(1, 2)))
        arrived[moving[done]] = True
        moving, step, size = moving[~done], step[~done], size[~done]
        moving = moving[_advance(field, x, F, moving, step, size)]
        if not len(moving):
            break
    return _classify(_distinct(x[arrived], merge), jacobian, len(x), int(arrived.sum()))


def _advance(
    field: Callable[[NDArray], NDArray],
    x: NDArray,
    F: NDArray,
    moving: NDArray,
    step: NDArray,
    size: NDArray,
) -> NDArray:
    """Take the longest of the steps δ, δ/2, δ/4, … that lowers ‖F‖; return which rows moved."""
    waiting = np.arange(len(moving))
    moved = np.zeros(len(moving), bool)
    share = 1.0
    for _ in range(HALVINGS):
        if not len(waiting):
            break
        trial = x[moving[waiting]] + share * step[waiting]
        value = field(trial)
        falls = np.linalg.norm(value, axis=1) < (1.0 - 1e-4 * share) * size[waiting]
        rows = waiting[falls]
        x[moving[rows]], F[moving[rows]], moved[rows] = trial[falls], value[falls], True
        waiting, share = waiting[~falls], 0.5 * share
    return moved


def _distinct(x: NDArray, merge: float) -> NDArray:
    """Return one of each group of rows that lie within `merge`, in lexicographic order."""
    kept: list[NDArray] = []
    for row in x[np.lexsort(x.T[::-1])]:
        if not kept or np.linalg.norm(np.stack(kept) - row, axis=1).min() > merge:
            kept.append(row)
    return np.stack(kept) if kept else x[:0]


def _classify(
    x: NDArray, jacobian: Callable[[NDArray], NDArray], starts: int, converged: int
) -> FixedPoints:
    """Return the zeros with the eigenvalues that say what they are."""
    n, d = x.shape
    J = jacobian(x) if n else np.empty((0, d, d))
    transposed = J.swapaxes(1, 2)
    values, vectors = np.linalg.eigh(0.5 * (J + transposed))
    size = 2.0 * np.linalg.norm(J, axis=(1, 2))
    asymmetry = np.linalg.norm(J - transposed, axis=(1, 2)) / np.where(size > 0, size, 1.0)
    vectors = oriented(vectors.swapaxes(1, 2)).swapaxes(1, 2)
    return FixedPoints(x, values, vectors, asymmetry, starts, converged)


def _check_shapes(F: NDArray, J: NDArray, d: int) -> None:
    """Raise ValueError unless field and Jacobian of one point have the shapes of this space."""
    for name, value, wanted in (("field", F, (1, d)), ("jacobian", J, (1, d, d))):
        if np.shape(value) != wanted:
            raise ValueError(
                f"{name} must return shape {wanted} for one point of {d} numbers, "
                f"got {np.shape(value)}"
            )


def _finite(value: ArrayLike, name: str) -> NDArray:
    """Return the value as a new float64 array, or say that it cannot be searched."""
    value = np.array(value, np.float64)
    bad = len(value) - np.isfinite(value).reshape(len(value), -1).all(axis=1).sum()
    if bad:
        raise ValueError(
            f"{name} is NaN or infinite at {bad} of {len(value)} points: start nearer to its domain"
        )
    return value
