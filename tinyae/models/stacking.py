"""Models on top of each other, each trained on the codes of the one below (14.8, and 14.3).

What is left of them is one deep encoder, a differentiable start for a network with another aim.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from tinyae.checks.generators import generator
from tinyae.checks.numbers import truth
from tinyae.nn.layers import Chain
from tinyae.nn.model import Model
from tinyae.training.fit import fit
from tinyae.training.optimizers import Adam, Optimizer


def stack(
    models: Sequence[Model],
    X: ArrayLike,
    *,
    optimizer: Optimizer = Adam(1e-3),  # noqa: B008 (a frozen setting, not shared state)
    epochs: int = 10,
    batch_size: int = 100,
    rng: np.random.Generator | int = 0,
    verbose: bool | None = None,
) -> Chain:
    """Train the models from the bottom up and return copies of their encoders in series.

    Parameters
    ----------
    models : such as [PSD.dense((784, 400), …), PSD.dense((400, 100), …)]; each takes as input as
        many numbers as the one below has codes. They are trained in place.
    X : array (n, d)
    optimizer, epochs, batch_size, verbose : as in `fit`, the same for every model
    rng : seed, from which each level has one of its own, or a generator for all of them

    Returns
    -------
    Chain from d to the top model's code

    Raises
    ------
    ValueError, TypeError
        Before anything is trained, if a model has no encoder or does not fit onto the one below.
    KeyboardInterrupt
        When training was interrupted: the models above would be trained on half-learned codes.
    """
    if not isinstance(models, (list, tuple)) or not models:
        raise TypeError(f"models must be a list of at least one model, got {models!r}")
    if len({id(model) for model in models}) < len(models):
        raise ValueError("a model occurs twice in the stack: give each level one of its own")
    if len({model.dtype for model in models if isinstance(model, Model)}) > 1:
        raise ValueError(f"the models must share one dtype, got {[str(m.dtype) for m in models]}")
    for i, model in enumerate(models):
        if not isinstance(model, Model) or "encoder" not in model.parts:
            raise TypeError(f"model {i} has no encoder that could be stacked: {model!r}")
        if i and model.d_in != models[i - 1].d_code:
            raise ValueError(
                f"model {i} takes {model.d_in} features, but the one below gives a code of "
                f"{models[i - 1].d_code}"
            )
    seeds = _seeds(rng, len(models))
    verbose = None if verbose is None else truth(verbose, "verbose")
    for i, model in enumerate(models):
        X = models[i - 1].encode(X) if i else X
        history = fit(model, X, optimizer=optimizer, epochs=epochs, batch_size=batch_size,
                      rng=seeds[i], verbose=verbose)  # fmt: skip
        if history.stopped == "interrupted":
            raise KeyboardInterrupt
    return Chain(*(copy.deepcopy(model.parts["encoder"]) for model in models))


def _seeds(rng: np.random.Generator | int, levels: int) -> list[np.random.Generator | int]:
    """Return what `fit` is given at each level: seeds of their own, so that each goes on by itself.

    Two levels with one seed would see their rows in one order.
    """
    drawn = generator(rng, "stack")
    if isinstance(rng, np.random.Generator):
        return [drawn] * levels
    return [int(seed) for seed in drawn.integers(2**63, size=levels)]
