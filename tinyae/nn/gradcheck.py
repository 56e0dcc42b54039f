"""Is the gradient right? Every parameter's derivative, computed a second time from the loss alone.

The complex step (Squire and Trapp 1998) evaluates the loss at θ + i·h: its imaginary part over h is
the derivative, with no difference taken and hence no rounding, so h may be 1e-30 and agreement to
1e-12 can be asked for. Where the loss is not analytic, central differences give about 1e-8. A
looser check would pass real mistakes: a contractive gradient without its f″ can be off by a few
tenths of a percent only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.nn.checks import whole_number
from tinyae.nn.model import Model

COMPLEX_STEP = 1e-30
CENTRAL_STEP = 6e-6  # about the cube root of the rounding unit: truncation and rounding balance


@dataclass(frozen=True)
class ParameterError:
    """Agreement for one parameter array. `worst` indexes its entry of largest disagreement."""

    name: str
    shape: tuple[int, ...]
    checked: int
    relative_error: float
    worst: tuple[int, ...]
    by_hand: float
    by_number: float


@dataclass(frozen=True)
class GradientReport:
    """What `gradcheck` found, parameter by parameter; printed, it is a table.

    Parameters that disagree by more than the method's own accuracy are marked with an arrow.
    """

    method: str
    parameters: tuple[ParameterError, ...]

    @property
    def max_relative_error(self) -> float:
        """Largest |by hand − by number| over the largest entry of that parameter's gradient."""
        return float(np.max([p.relative_error for p in self.parameters]))  # NaN stays NaN

    def __str__(self):
        head = f"{'parameter':<16}{'shape':<14}{'checked':>8}{'rel. error':>12}  worst entry"
        lines = [f"gradient check by {self.method}", head]
        for p in self.parameters:
            agrees = p.relative_error <= (1e-12 if self.method == "complex step" else 1e-7)
            lines.append(
                f"{p.name:<16}{p.shape!s:<14}{p.checked:>8}{p.relative_error:>12.1e}  "
                f"{list(p.worst)}: by hand {p.by_hand:+.9g}, by number {p.by_number:+.9g}"
                + ("" if agrees else "  <- differs")
            )
        return "\n".join([*lines, f"largest relative error {self.max_relative_error:.1e}"])


def gradcheck(
    model: Model,
    x: ArrayLike | tuple[ArrayLike, ...],
    rng: int = 0,
    *,
    method: str = "auto",
    entries: int | None = None,
) -> GradientReport:
    """Compare the gradient that `loss_and_grad` leaves with derivatives of the loss it returns.

    The model is not changed. It is checked in float64 whatever its own dtype, and every evaluation
    starts from the same seed, so that noise and probes are the same each time.

    Parameters
    ----------
    model : follows the model protocol
    x : one batch, an array (n, d) or a tuple of rows
    rng : seed for the noise of the pass
    method : "complex", "central", or "auto": the complex step wherever it agrees with a central
        difference along a random direction to 1e-4, that is, wherever the loss is analytic
    entries : check so many randomly chosen entries of each parameter; by default all of them

    Raises
    ------
    ValueError
        If the model's rule is not the gradient of its loss, or the method is unknown.
    """
    if not all(hasattr(model, name) for name in ("theta", "grad", "loss_and_grad")):
        raise TypeError(f"what is checked has theta, grad and loss_and_grad; got {model!r:.60}")
    if not getattr(model, "follows_gradient", True):
        raise ValueError(
            f"{type(model).__name__} follows a rule that is not the gradient of its loss "
            "(follows_gradient is False), so there is nothing to compare"
        )
    if not isinstance(method, str) or method not in ("auto", "complex", "central"):
        raise ValueError(f'method must be "auto", "complex" or "central", got {method!r}')
    rng = whole_number(rng, "rng (a seed: every evaluation starts from it)", least=0)
    if entries is not None:
        whole_number(entries, "entries")
    rows = x if isinstance(x, tuple) else (x,)
    real = model.astype(np.float64) if hasattr(model, "astype") else copy.deepcopy(model)
    loss = abs(_loss(real, rows, rng))
    by_hand = real.grad.copy()
    if method == "complex" and not hasattr(model, "astype"):
        raise ValueError(f'{type(model).__name__} has no astype: use method="central"')

    pick = np.random.default_rng(rng)
    derivative = _central(real, rows, rng)
    if method == "auto":
        method = "complex" if _analytic(model, rows, rng, derivative, pick, loss) else "central"
    if method == "complex":
        derivative = _complex(model.astype(np.complex128), rows, rng)
    # An array whose whole gradient is rounding, as a bias's on centred data, is measured against
    # the size of everything else instead of against its own noise.
    reference = max(np.abs(by_hand).max(), 1e-3 * loss)
    label = "central differences" if method == "central" else "complex step"

    parameters = real.parameters() if hasattr(real, "parameters") else {"theta": real.theta}
    found, start = [], 0
    for name, p in parameters.items():
        chosen = np.arange(p.size)
        if entries is not None and entries < p.size:
            chosen = np.sort(pick.choice(p.size, whole_number(entries, "entries"), replace=False))
        hand = by_hand[start + chosen]
        number = np.array([derivative(_unit(by_hand.size, start + i)) for i in chosen])
        gap = np.abs(hand - number)
        scale = max(np.abs(number).max(), np.abs(hand).max())
        scale = reference if scale <= 1e-10 * reference else scale
        at = int(gap.argmax())
        found.append(
            ParameterError(
                name,
                p.shape,
                len(chosen),
                float(gap[at] / scale) if scale else 0.0,
                tuple(map(int, np.unravel_index(chosen[at], p.shape))),
                float(hand[at]),
                float(number[at]),
            )  # fmt: skip
        )
        start += p.size
    return GradientReport(label, tuple(found))


def _analytic(model, rows, rng: int, central, pick: np.random.Generator, loss) -> bool:
    """Whether the complex step is to be trusted: along one random direction it must agree."""
    if not hasattr(model, "astype"):
        return False
    direction = pick.standard_normal(model.theta.size)
    try:
        derivative = _complex(model.astype(np.complex128), rows, rng)(direction)
    except TypeError:  # some NumPy functions refuse complex numbers outright
        return False
    noise = 10.0 * np.finfo(float).eps * loss / CENTRAL_STEP
    return bool(np.isclose(derivative, central(direction), rtol=1e-4, atol=noise))


def _unit(size: int, i: int) -> NDArray:
    e = np.zeros(size)
    e[i] = 1.0
    return e


def _loss(model, rows, rng: int):
    return model.loss_and_grad(*rows, rng=np.random.default_rng(rng))


def _complex(model, rows, rng: int) -> Callable[[NDArray], float]:
    """d ↦ Im loss(θ + i h d) / h."""
    theta = model.theta.copy()

    def derivative(d):
        model.theta[...] = theta + 1j * COMPLEX_STEP * d
        return float(np.imag(_loss(model, rows, rng)) / COMPLEX_STEP)

    return derivative


def _central(model, rows, rng: int) -> Callable[[NDArray], float]:
    """d ↦ [loss(θ + h d) − loss(θ − h d)] / 2h."""
    theta = model.theta.copy()

    def derivative(d):
        model.theta[...] = theta + CENTRAL_STEP * d
        above = _loss(model, rows, rng)
        model.theta[...] = theta - CENTRAL_STEP * d
        below = _loss(model, rows, rng)
        return float((above - below) / (2.0 * CENTRAL_STEP))

    return derivative
