"""Stacked models: each one is trained on the codes of the one below (14.8, and 14.3).

The result is one deep encoder, which can be trained further for another task.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from tinyae.checks.generators import generator
from tinyae.checks.numbers import truth
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.layers import Chain, Layer
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
    """Train the models from the bottom to the top and return copies of their encoders in series.

    Parameters
    ----------
    models : list such as [PSD.dense((784, 400), …), PSD.dense((400, 100), …)]. The input of each
        model is as wide as the code of the one below. The models are trained in place
    X : array (n, d)
    optimizer, epochs, batch_size, verbose : as in `fit`, the same for every model
    rng : seed, from which the seeds of all levels are drawn, or a generator that all levels use

    Returns
    -------
    Chain from x (n, d) to the code of the top model

    Raises
    ------
    ValueError, TypeError
        If a model has no encoder or does not fit onto the one below; nothing is trained then.
    KeyboardInterrupt
        If training was interrupted, because the next model needs the finished codes.
    """
    if not isinstance(models, (list, tuple)) or not models:
        raise TypeError(f"models must be a list of at least one model, got {models!r}")
    if len({id(model) for model in models}) < len(models):
        raise ValueError("a model occurs twice in the stack: give each level its own model")
    if len({model.dtype for model in models if isinstance(model, Model)}) > 1:
        raise ValueError(f"the models must share one dtype, got {[str(m.dtype) for m in models]}")
    for i, model in enumerate(models):
        if not isinstance(model, Model) or "encoder" not in model.parts:
            raise TypeError(f"model {i} has no encoder and cannot be stacked: {model!r}")
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
    return Chain(*(copy.deepcopy(_encoder(model)) for model in models))


def _encoder(model: Model) -> Layer:
    """Return the layer from x to the code: to its mean if the code of an autoencoder is random."""
    return model.mean_encoder if isinstance(model, Autoencoder) else model.parts["encoder"]


def _seeds(rng: np.random.Generator | int, levels: int) -> list[np.random.Generator | int]:
    """Return the `rng` of each level: a different seed for each, or the given generator for all.

    With the same seed, two levels would use the same order of rows and the same noise.
    """
    drawn = generator(rng, "stack")
    if isinstance(rng, np.random.Generator):
        return [drawn] * levels
    return [int(seed) for seed in drawn.integers(2**63, size=levels)]
