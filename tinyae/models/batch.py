"""The rows of an autoencoder: x alone, or together with x_noisy, labels and weights.

    rows                        without a head      with a head
    x                           (x,)                (x, labels)
    pairs of noisy and clean    (x_noisy, x)        (x_noisy, x, labels)

The noisy rows of a pair replace a corruption drawn by the model: the encoder reads them, and the
target is the clean x. `Weights` may follow as the last of the rows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.tables import table
from tinyae.nn.trainable import defined_together
from tinyae.text import in_short
from tinyae.training.weights import Weights


class Batch(NamedTuple):
    """The rows by name; None for what was not given."""

    x: NDArray
    x_noisy: NDArray | None = None
    labels: NDArray | None = None
    weights: Weights | None = None

    def __repr__(self) -> str:
        given = {name: rows for name, rows in self._asdict().items() if rows is not None}
        return f"Batch({', '.join(f'{name}={in_short(rows)}' for name, rows in given.items())})"


def named(rows: tuple, head: bool) -> Batch:
    """Return the rows by name. Their number was checked by `checked`."""
    rows, weights = without_weights(rows)
    rows, labels = (rows[:-1], rows[-1]) if head else (rows, None)
    *noisy, x = rows
    return Batch(x, noisy[0] if noisy else None, labels, weights)


def without_weights(rows: tuple) -> tuple[tuple, Weights | None]:
    """Return the rows before the weights, and the weights or None."""
    rows = tuple(rows)
    return (rows[:-1], rows[-1]) if rows and isinstance(rows[-1], Weights) else (rows, None)


def checked(model: Any, rows: tuple) -> tuple:
    """Return the rows of an autoencoder in the given order after checking them.

    Entries of x with weight 0 are not checked; they are replaced by 0.
    """
    head = model.head is not None
    before, weights = without_weights(rows)
    if len(before) not in (1 + head, 2 + head) or any(isinstance(r, Weights) for r in before):
        raise TypeError(_wanted(model, head, before))
    x, noisy, labels, _ = named(before, head)
    x = real_array(x, "x")
    if noisy is not None:
        noisy = _noisy(model, noisy, x)
    if weights is not None:
        if not model.takes_weights:
            raise TypeError(
                f"{type(model).__name__} takes no weights: its learning rule would ignore them"
            )
        check_weights(model, weights, x)
        x, weights = weights.filled(x), weights.astype(model.dtype)
    x = table(x, "x", width=model.d_in, dtype=model.dtype, squared=True)
    counted = slice(None) if weights is None else weights.examples[:, 0] > 0
    if x[counted].size:
        model.output.check(x[counted])
    if noisy is not None and len(noisy) != len(x):
        raise ValueError(f"x_noisy and x must be equally long, got {len(noisy)} and {len(x)} rows")
    if head:
        labels = model.head.check(labels, len(x))
    return tuple(r for r in (noisy, x, labels, weights) if r is not None)


def _noisy(model: Any, noisy: ArrayLike, x: NDArray) -> NDArray:
    """Return x_noisy after checking it and that the model can take pairs."""
    if x.ndim == 1:
        raise TypeError(
            "the second of the arrays is the clean x of pairs (x_noisy, x), but has shape "
            f"{x.shape}; labels need head=Classifier(n), weights go in as Weights(w)"
        )
    if model.corruption is not None:
        raise ValueError(
            f"in pairs (x_noisy, x) the noise is given, but this model also draws its own, "
            f"{model.corruption!r}: build it with corruption=None, or train on x alone"
        )
    return table(noisy, "x_noisy", width=model.d_in, dtype=model.dtype, squared=True)


def _wanted(model: Any, head: bool, rows: tuple) -> str:
    """Return a message that says which rows were expected."""
    x = f"x of shape (n, {model.d_in})"
    if any(isinstance(r, Weights) for r in rows):
        return "weights must be given once, as the last of the rows"
    wanted = f"{x}, or pairs (x_noisy, x)"
    if head:
        wanted = f"{x} and labels, or (x_noisy, x, labels)"
    return f"this {type(model).__name__} trains on {wanted}, got {len(rows)} arrays"


def check_weights(model: Any, weights: Weights, x: NDArray) -> None:
    """Raise if the weights do not fit x, or if a slot of the autoencoder cannot use weights."""
    weights.check(x)
    if weights.ndim == 2 and not defined_together(type(model.output), "cost", "entry_costs"):
        raise ValueError(
            f"{model.output!r} has one cost for a whole example, not one for each entry: give "
            "weights of shape (n,)"
        )
    for slot in (*model.penalties, *([] if model.head is None else [model.head])):
        if not getattr(slot, "takes_weights", False):
            raise TypeError(
                f"{slot!r} does not say that it takes weights (takes_weights = True): its part of "
                "the loss would count every example once"
            )
