"""Checks of a list of models that `fit` trains together: they differ only in their weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tinyae.checks.generators import check_rng
from tinyae.nn.trainable import Trainable
from tinyae.training.differences import differences
from tinyae.training.facts import described
from tinyae.training.rows import Rows, check_model, checked_rows
from tinyae.training.weights import Weights

Source = np.random.Generator | int


def check_models(models: Sequence[Trainable], rng: object) -> Sequence[Source]:
    """Return the sources of randomness of these models: different ones of one description.

    Raises
    ------
    TypeError
        If an entry is no model, or `rng` no list of seeds and generators.
    ValueError
        If there is no model, two of them share memory or differ in more than their weights, or
        there is not one seed or generator for each.
    """
    if not models:
        raise ValueError("the list of models is empty: give at least one")
    for k, model in enumerate(models):
        try:
            check_model(model)
        except TypeError as error:
            raise TypeError(f"entry {k} of the list of models: {error}") from None
        model.check_packed()
        for j, other in enumerate(models[:k]):
            if other is model or np.shares_memory(other.theta, model.theta):
                raise ValueError(
                    f"models {j} and {k} of the list share their parameters: give copies, such as "
                    "model.copy()"
                )
    facts = [_description(model) for model in models]
    for k, fact in enumerate(facts):
        found = list(differences(facts[0], fact, words=("in model 0", f"in model {k}")))
        if found:
            raise ValueError(
                "the models of the list must differ only in their weights; train them with one "
                f"call of fit each. What differs: {'; '.join(found):.300}"
            )
    if not isinstance(rng, list | tuple):
        raise TypeError(
            f"rng must be a list of {len(models)} seeds or generators, one for each model, got "
            f"{rng!r:.60}"
        )
    if len(rng) != len(models):
        raise ValueError(
            f"rng must have one seed or generator for each of the {len(models)} models, got "
            f"{len(rng)}"
        )
    for k, source in enumerate(rng):
        check_rng(source)
        if isinstance(source, np.random.Generator) and any(source is o for o in rng[:k]):
            raise ValueError(
                f"entry {k} of rng is a generator that an earlier model has too: give each its own"
            )
    return rng


def rows_of(models: Sequence[Trainable], X: Any, weights: ArrayLike | Weights | None) -> list[Rows]:
    """Return the checked rows of each model: those of one X for all, or of a list of tables.

    Raises
    ------
    ValueError
        If there is not one table for each model, or if they are not equally long.
    """
    several = isinstance(X, list) and any(isinstance(x, tuple) or np.ndim(x) > 1 for x in X)
    if not several:
        return [checked_rows(models[0], X, "X", weights)] * len(models)
    if len(X) != len(models):
        raise ValueError(f"X is a list of {len(X)} tables, but there are {len(models)} models")
    found = []
    for k, (model, x) in enumerate(zip(models, X, strict=True)):
        try:
            found.append(checked_rows(model, x, "X", weights))
        except (TypeError, ValueError) as error:
            raise type(error)(f"entry {k} of X: {error}") from None
    lengths = [len(rows[0]) for rows in found]
    if len(set(lengths)) > 1:
        raise ValueError(f"the tables of X must be equally long, got {lengths} rows")
    return found


def _description(model: Trainable) -> dict[str, object]:
    """Return what like models have in common, as facts that can be compared."""
    shapes = {name: list(p.shape) for name, p in model.parameters().items()}
    return {"model": described(model), "dtype": str(model.theta.dtype), "parameters": shapes}
