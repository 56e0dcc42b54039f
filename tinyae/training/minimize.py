"""Full-batch training with SciPy's minimisers, for small problems that must converge exactly.

Training on mini-batches stops near a minimum. A quasi-Newton method on all data converges up to
rounding errors. Use `fit` for ordinary training, and `minimize` for linear autoencoders, toy
problems and exact comparisons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike, NDArray

from tinyae.checks.numbers import whole_number
from tinyae.checks.streams import stream
from tinyae.nn.trainable import Trainable, evaluate, inherits
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.training.rows import check_model, checked_rows
from tinyae.training.weights import Weights

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

METHODS = (
    "l-bfgs-b", "bfgs", "cg", "newton-cg", "tnc", "slsqp", "trust-constr", "nelder-mead", "powell",
    "cobyla", "cobyqa",
)  # fmt: skip


def minimize(
    model: Trainable,
    X: ArrayLike | tuple[ArrayLike, ...],
    *,
    rng: int = 0,
    method: str = "L-BFGS-B",
    options: dict[str, Any] | None = None,
    weights: ArrayLike | Weights | None = None,
) -> OptimizeResult:
    """Minimise the model's loss on all of X with `scipy.optimize.minimize`, and set theta.

    Parameters
    ----------
    model : a Model, or a Trainable of your own. Use float64: in float32 the line search may stall
    X : array (n, d), or a tuple of equally long arrays. All rows form one batch
    rng : seed. Every evaluation starts from it, so that the noise is the same each time and the
        loss is a function of theta alone
    method, options : passed to SciPy, as in options={"maxiter": 5000, "ftol": 1e-16}
    weights : of the examples (n,) or of their entries (n, d), as in `fit`

    Raises
    ------
    ImportError
        If SciPy, an optional extra, is not installed.
    ValueError
        If the model's rule is not the gradient of its loss, or if the model has a `project` method.
        Such a method keeps theta in a set, and an unconstrained minimiser would leave this set.

    Notes
    -----
    If an exception or an interruption ends the minimisation, theta is restored.
    """
    try:
        from scipy import optimize
    except ImportError:
        raise ImportError(
            'minimize needs SciPy, an optional extra: pip install "tinyae[fullbatch]"'
        ) from None
    check_model(model)
    if not model.follows_gradient:
        raise ValueError(
            f"{type(model).__name__}: its rule is not the gradient of its loss; train it with fit"
        )
    if not inherits(model, Trainable, "project"):
        raise ValueError(f"{type(model).__name__} has a project step: train it with fit")
    rng = whole_number(rng, "rng (a seed: every evaluation starts from it)", least=0)
    if not isinstance(method, str) or method.lower() not in METHODS:
        raise ValueError(f"method must be a minimiser of SciPy's, got {method!r:.60}: {METHODS}")
    if not (options is None or isinstance(options, dict)):
        raise TypeError(f"options must be a dict for SciPy, got {options!r:.60}")
    rows = checked_rows(model, X, "X", weights)
    model.check_packed()

    @underflow_to_zero
    def loss_and_grad(theta: NDArray) -> tuple[float, NDArray]:
        model.theta[...] = theta
        return evaluate(model, rows, stream(rng, "noise")), model.grad.copy()

    before = model.theta.copy()
    model.begin(*rows)
    try:
        result = optimize.minimize(
            loss_and_grad, model.theta.copy(), jac=True, method=method, options=options
        )
    except BaseException:
        model.theta[...] = before
        raise
    model.theta[...] = result.x
    return result
