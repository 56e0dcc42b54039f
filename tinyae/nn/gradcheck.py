"""Is the gradient right? Every parameter's derivative, computed a second time from the loss alone.

The complex step (Squire and Trapp 1998) evaluates the loss at θ + i·h: its imaginary part over h is
the derivative, with no difference taken and hence no rounding, so h may be 1e-30 and agreement to
1e-12 can be asked for. Where the loss is not analytic, central differences give about 1e-8. A
looser check would pass real mistakes: a contractive gradient without its f″ can be off by a few
tenths of a percent only.

At the kink of a rectifier, or of |h|, there is no derivative to compare with. Rows of x that lie on
a kink are counted and left out, see `kinks`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import kind_of
from tinyae.checks.numbers import whole_number
from tinyae.checks.streams import stream
from tinyae.nn.gradient_report import ACCURACY, GradientReport, ParameterError
from tinyae.nn.kinks import Watch, bent, common_length, some
from tinyae.nn.numerical import CENTRAL_STEP, central, complex_step, unit
from tinyae.nn.trainable import Trainable
from tinyae.numerics.underflow import underflow_to_zero

MOVE = 1e-3  # how far off a kink on which all rows lie: far beyond a difference's step
MOVES = 3  # tries to get off it


@underflow_to_zero
def gradcheck(
    model: Trainable,
    x: ArrayLike | tuple[ArrayLike, ...],
    rng: int = 0,
    *,
    method: str = "auto",
    entries: int | None = None,
) -> GradientReport:
    """Compare the gradient that `loss_and_grad` leaves with derivatives of the loss it returns.

    The model is not changed. It is checked in float64 whatever its own dtype, and every evaluation
    starts from the same seed, so that noise and probes are the same each time.

    Rows that lie on a kink are left out. The report counts them, names the unit, and compares the
    loss over the other rows. Where all rows lie on a kink, the parameters of a copy are moved a
    little at random and the gradient is checked there; the report says so. A unit or a penalty of
    your own states where its kinks are as `kinks = (0.0,)`. Kinks that nothing states are looked
    for when the gradients differ.

    Parameters
    ----------
    model : a Model, or a Trainable of your own
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
    if not isinstance(model, Trainable):
        raise TypeError(
            "what is checked is a Model, such as Autoencoder.dense((784, 100)), or a class of your "
            f"own that is derived from tinyae.nn.Trainable; got {kind_of(model)}"
        )
    if not model.follows_gradient:
        raise ValueError(
            f"{type(model).__name__} follows a rule that is not the gradient of its loss "
            "(follows_gradient is False), so there is nothing to compare"
        )
    if not isinstance(method, str) or method not in ("auto", "complex", "central"):
        raise ValueError(f'method must be "auto", "complex" or "central", got {method!r}')
    rng = whole_number(rng, "rng (a seed: every evaluation starts from it)", least=0)
    entries = None if entries is None else whole_number(entries, "entries")
    rows = x if isinstance(x, tuple) else (x,)
    real = model.astype(np.float64)
    watch, pick = Watch(real, lambda m, r: _loss(m, r, rng)), stream(rng, "directions")
    theta, n = real.theta.copy(), common_length(rows)

    places: dict[str, NDArray] = {}
    left_out, moved = np.zeros(n, bool), 0.0
    found = _over_other_rows(watch, model, rows, left_out, places, rng, method, entries, pick)
    on_kink = int(left_out.sum())
    kinks = tuple((place, int(mask.sum())) for place, mask in places.items())
    for _ in range(MOVES if found is None else 0):
        moved = MOVE * max(1.0, float(np.sqrt(np.mean(theta * theta))))
        real.theta[...] = theta + moved * pick.standard_normal(theta.size)
        left_out[...] = False
        found = _over_other_rows(watch, model, rows, left_out, None, rng, method, entries, pick)
        # A wrong gradient differs at every place, one beside an unstated kink only by bad luck.
        if found is not None and _agree(*found):
            break
    label, parameters = found or ("no method", ())
    return GradientReport(label, parameters, n - int(left_out.sum()), on_kink, kinks, moved)


def _agree(label: str, parameters: tuple[ParameterError, ...]) -> bool:
    """Whether no parameter differs by more than the method's own accuracy."""
    return all(p.relative_error <= ACCURACY[label] for p in parameters)


def _over_other_rows(watch, model, rows, left_out, places, rng, method, entries, pick):
    """Compare over ever fewer rows until none touches a kink; None if no row is left.

    `left_out` and `places`, which rows touch which kink, are filled in. With places=None kinks that
    nothing states are not looked for: beside a kink, a difference is a mistake.
    """
    while not left_out.all():
        kept = np.flatnonzero(~left_out)
        try:
            found = _compare(
                watch, model, some(rows, kept, len(left_out)), rng, method, entries, pick
            )
        except ValueError:  # a model may refuse to be trained on some of its rows only
            if len(kept) == len(left_out):
                raise
            left_out[...] = True
            break
        touched = watch.touched
        if not touched and places is not None and found[2].any():
            direction = found[2] * pick.standard_normal(found[2].size)
            rows_bent = bent(watch, direction)
            touched = {"a kink that no layer states": rows_bent} if rows_bent.any() else {}
        if not touched:
            return found[:2]
        for place, mask in touched.items():
            left_out[kept[mask]] = True
            if places is not None:
                places.setdefault(place, np.zeros(len(left_out), bool))[kept[mask]] = True
    return None


def _compare(watch, model, rows, rng: int, method: str, entries: int | None, pick):
    """Return the method, the errors by parameter, and which entries of theta differ.

    None as soon as a row touches a kink, which `watch.touched` then tells.
    """
    real = watch.model
    loss = abs(watch.start(rows))
    hand = real.grad.copy()
    derivative = central(real, watch)
    direction = pick.standard_normal(real.theta.size)
    along = derivative(direction)
    if watch.touched:
        return None
    if method == "auto":
        agrees = _analytic(real, model, rows, rng, direction, along, loss)
        method = "complex" if agrees else "central"
    if method == "complex":
        derivative = _complex(real, model, rows, rng)
    label = "central differences" if method == "central" else "complex step"
    # An array whose whole gradient is rounding, as a bias's on centred data, is measured against
    # the size of everything else instead of against its own noise.
    reference = max(np.abs(hand).max(), 1e-3 * loss)

    found, differing, start = [], np.zeros(hand.size, bool), 0
    for name, p in real.parameters().items():
        chosen = np.arange(p.size)
        if entries is not None and entries < p.size:
            chosen = np.sort(pick.choice(p.size, entries, replace=False))
        analytic = hand[start + chosen]
        numerical = np.array([derivative(unit(hand.size, start + i)) for i in chosen])
        gap = np.abs(analytic - numerical)
        scale = max(np.abs(numerical).max(), np.abs(analytic).max())
        scale = reference if scale <= 1e-10 * reference else scale
        at = int(gap.argmax())
        found.append(
            ParameterError(
                name,
                p.shape,
                len(chosen),
                float(gap[at] / scale) if scale else 0.0,
                tuple(map(int, np.unravel_index(chosen[at], p.shape))),
                float(analytic[at]),
                float(numerical[at]),
            )  # fmt: skip
        )
        differing[start + chosen] = gap > ACCURACY[label] * scale
        start += p.size
    return label, tuple(found), differing


def _complex(real, model, rows, rng: int) -> Callable[[NDArray], float]:
    """Return derivatives by the complex step, at the parameters of `real`."""
    twin = model.astype(np.complex128)
    twin.theta[...] = real.theta
    return complex_step(twin, lambda: _loss(twin, rows, rng))


def _analytic(real, model, rows, rng: int, direction, along: float, loss) -> bool:
    """Whether the complex step is to be trusted: along one random direction it must agree."""
    try:
        derivative = _complex(real, model, rows, rng)(direction)
    except TypeError:  # some NumPy functions refuse complex numbers outright
        return False
    noise = 10.0 * np.finfo(float).eps * loss / CENTRAL_STEP
    return bool(np.isclose(derivative, along, rtol=1e-4, atol=noise))


def _loss(model, rows, rng: int):
    return model.loss_and_grad(*rows, rng=stream(rng, "evaluation"))
