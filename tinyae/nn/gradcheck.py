"""Gradient check: the analytic gradient is compared with a numerical one, from the loss alone.

The complex step (Squire and Trapp 1998) evaluates the loss at θ + i·h. The imaginary part of the
loss divided by h is the derivative. No difference of close numbers is taken, so there is no
cancellation: h may be 1e-30, and the two gradients must agree to 1e-12. Where the loss is not
analytic, central differences give about 1e-8. A looser check would miss real mistakes: a
contractive gradient without its f″ may have an error of only a few tenths of a percent.

At the kink of a rectifier, or of |h|, the derivative does not exist. Rows of x that lie on a kink
are counted and left out; see `kinks`.
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

MOVE = 1e-3  # size of the random move if all rows lie on a kink; much larger than CENTRAL_STEP
MOVES = 3  # how many such moves are tried


@underflow_to_zero
def gradcheck(
    model: Trainable,
    x: ArrayLike | tuple[ArrayLike, ...],
    rng: int = 0,
    *,
    method: str = "auto",
    entries: int | None = None,
) -> GradientReport:
    """Compare the gradient that `loss_and_grad` computes with derivatives of the loss it returns.

    The model is not changed. The check runs in float64, whatever the model's dtype is. Every
    evaluation starts from the same seed, so that noise and probes are the same each time.

    Rows that lie on a kink are left out: the gradients are compared over the other rows. The report
    counts the rows left out and names the unit. If all rows lie on a kink, the parameters of a copy
    are moved a little at random and the gradient is checked there; the report says so. Your own
    unit or penalty states its kinks as a class attribute, such as `kinks = (0.0,)`. If the
    gradients differ, `gradcheck` also searches for kinks that no unit or penalty states.

    Parameters
    ----------
    model : a Model, or a Trainable of your own
    x : one batch: an array (n, d), or a tuple of equally long arrays
    rng : seed for the noise of the pass
    method : "complex", "central" or "auto". "auto" uses the complex step if it agrees to 1e-4 with
        a central difference along a random direction, that is, if the loss is analytic
    entries : how many entries of each parameter are checked, chosen at random; all by default

    Raises
    ------
    ValueError
        If the model's rule is not the gradient of its loss, or the method is unknown.
    """
    if not isinstance(model, Trainable):
        raise TypeError(
            "gradcheck takes a Model, such as Autoencoder.dense((784, 100)), or an object of your "
            f"own class that is derived from tinyae.nn.Trainable; got {kind_of(model)}"
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
        # After a move, unstated kinks are no longer searched for: a difference that remains after
        # every move is an error of the gradient, since a random move seldom ends on a kink.
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
