"""The rows that a model is trained on: their check, their split, and the loss over them.

`fit` and `minimize` both use these functions, so that they accept the same models and data.
"""

from __future__ import annotations

from numbers import Real
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.arrays import kind_of, real_array
from tinyae.checks.generators import generator
from tinyae.checks.numbers import real_number
from tinyae.nn.trainable import Trainable, evaluate, inherits
from tinyae.training.weights import Weights

Rows = tuple[NDArray, ...]


def check_model(model: Trainable) -> None:
    """Raise TypeError unless the model is a Trainable with real parameters."""
    if not isinstance(model, Trainable):
        raise TypeError(
            "the model must be a Model, such as Autoencoder.dense((784, 100)), or an object of "
            "your own class that is derived from tinyae.nn.Trainable; got "
            f"{kind_of(model)}. The model comes first, as in fit(model, X)"
        )
    if model.theta.dtype.kind == "c":
        raise TypeError("the model is a complex copy, which only gradcheck uses: give the real one")


def checked_rows(
    model: Trainable, X: ArrayLike | tuple, name: str, weights: ArrayLike | Weights | None = None
) -> Rows:
    """Return X as a tuple of equally long arrays that the model accepts; weights are the last.

    Raises
    ------
    TypeError
        If there are weights and the model does not support weights.
    """
    if isinstance(X, list) and len(X) > 1 and any(getattr(row, "ndim", 0) > 1 for row in X):
        raise TypeError(
            f"{name} is a list of {len(X)} arrays; arrays whose rows belong together are given in "
            "round brackets, as in fit(model, (X, y))"
        )
    given = X if isinstance(X, tuple) else (X,)
    if weights is not None:
        given = (*given, weights if isinstance(weights, Weights) else Weights(weights))
    if any(isinstance(r, Weights) for r in given) and not model.takes_weights:
        raise TypeError(f"{type(model).__name__} takes no weights: its rule would ignore them")
    if any(isinstance(r, Weights) and not r.values.any() for r in given):
        raise ValueError("all weights are 0: nothing is left to learn from")
    names = [name] if len(given) == 1 else [f"array {i} of {name}" for i in range(len(given))]
    rows = tuple(
        r if isinstance(r, Weights) else real_array(r, one)
        for r, one in zip(given, names, strict=True)
    )
    for r, one in zip(rows, names, strict=True):
        if r.ndim == 0:
            raise ValueError(f"{one} must be an array with a row for each example, got {r}")
    if not rows or any(len(r) == 0 for r in rows):
        raise ValueError(f"{name} is empty: give at least one example")
    lengths = [len(r) for r in rows]
    if len(set(lengths)) > 1:
        raise ValueError(f"the arrays of {name} must be equally long, got {lengths} rows")
    return model.check_rows(*cast(Rows, rows))


def split(
    model: Trainable, rows: Rows, validation: Any, rng: np.random.Generator | int
) -> tuple[Rows, Rows | None]:
    """Return the rows to train on and those held out (None without validation).

    With a seed, every call holds out the same rows, so that no later call trains on them.
    """
    if validation is None:
        return rows, None
    if isinstance(validation, Real):
        share = real_number(validation, "validation as a share", low=0.0, high=1.0, open_low=True)
        n = len(rows[0])
        held = round(share * n)
        if not 0 < held < n:
            raise ValueError(
                f"a share of {share:g} of {n} rows gives {n - held} to train on and {held} held "
                "out; both must be at least one"
            )
        order = generator(rng, "split").permutation(n)
        parts = tuple(tuple(r[index] for r in rows) for index in (order[held:], order[:held]))
        for part in parts:
            if isinstance(part[-1], Weights) and not part[-1].values.any():
                raise ValueError(
                    f"a share of {share:g} leaves a part in which all weights are 0: give another "
                    "share or seed, or separate validation rows"
                )
        return parts[0], parts[1]
    try:
        return rows, checked_rows(model, validation, "validation")
    except (TypeError, ValueError) as error:  # add the name: the message may call the array x
        raise type(error)(f"validation: {error}") from None


def mean_loss(model: Trainable, rows: Rows, batch_size: int, seed: int) -> float:
    """Return the model's loss over all rows, batch by batch, with the same noise at every call.

    The rows were checked before. The model does not change.
    """
    rng, total, progress = generator(seed, "evaluation"), 0.0, model.progress
    model.progress = 1.0  # a schedule's final noise, so that epochs can be compared
    size = batch_size if model.takes_batches else len(rows[0])
    for start in range(0, len(rows[0]), size):
        batch = [r[start : start + size] for r in rows]
        if inherits(model, Trainable, "loss"):
            with model.unchanged():
                loss = evaluate(model, batch, rng)
        else:  # the loss of a subclass
            loss = model.loss(*batch, rng=rng)
        total += loss * len(batch[0])
    model.progress = progress
    return total / len(rows[0])
