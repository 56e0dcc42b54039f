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

import numpy as np
from numpy.typing import ArrayLike

from tinyae.checks.arrays import kind_of
from tinyae.checks.numbers import whole_number
from tinyae.nn.comparison import Compared, Comparison
from tinyae.nn.gradient_report import GradientReport
from tinyae.nn.kinks import common_length
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
    check = Comparison(model, rng, method, entries)
    theta, n, moved = check.real.theta.copy(), common_length(rows), 0.0

    outcome = check.over_other_rows(rows, unstated=True)
    on_kink = int(outcome.left_out.sum())
    kinks = tuple((place, int(mask.sum())) for place, mask in outcome.places.items())
    for _ in range(MOVES if outcome.found is None else 0):
        moved = MOVE * max(1.0, float(np.sqrt(np.mean(theta * theta))))
        check.real.theta[...] = theta + moved * check.pick.standard_normal(theta.size)
        # Beside a kink, a difference is a mistake: nobody looks for kinks that nothing states. A
        # wrong gradient differs at every place, one beside such a kink only by bad luck.
        outcome = check.over_other_rows(rows, unstated=False)
        if outcome.found is not None and outcome.found.agrees:
            break
    found = outcome.found or Compared("no method", (), np.zeros(0, bool))
    return GradientReport(
        method=found.method,
        parameters=found.parameters,
        rows_checked=n - int(outcome.left_out.sum()),
        rows_on_kink=on_kink,
        kinks=kinks,
        moved=moved,
    )
