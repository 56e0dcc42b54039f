"""Stacked models: each one is trained on the codes of the one below (14.3, 14.8).

This is greedy layer-wise training: every level is a shallow model, and no gradient passes from one
level to another. The result is one deep encoder. It can be trained further for another task, and
`unfold` makes a deep autoencoder of the same models.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import truth, whole_number
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.layers import Chain, Layer
from tinyae.nn.model import Model
from tinyae.training.fit import fit
from tinyae.training.optimizers import Adam, Optimizer
from tinyae.training.options import check_core, check_optimizer
from tinyae.training.rows import checked_rows

SOME = 100  # rows whose codes are tried on all levels before any training


def stack(
    models: Sequence[Any],
    X: ArrayLike,
    *,
    optimizer: Optimizer | Sequence[Optimizer] = Adam(1e-3),  # noqa: B008 (a frozen setting)
    epochs: int | Sequence[int] = 10,
    batch_size: int = 100,
    rng: np.random.Generator | int = 0,
    core: str = "layers",
    verbose: bool | None = None,
) -> Chain:
    """Train the models from the bottom to the top and return copies of their encoders in series.

    Each level is trained on what `encode` of the level below returns: its mean codes, without
    corruption and without the noise of a random code. The binary codes of an `RBM` are handed on as
    probabilities.

    Parameters
    ----------
    models : list such as [RBM(784, 400), Autoencoder.dense((400, 100), penalties=…)]. The input of
        each model is as wide as the code of the one below. The models are trained in place.
        Autoencoders (with any slots but a head), `RBM`, `PSD` and `Recirculation` can be mixed
    X : array (n, d)
    optimizer, epochs : as in `fit`, one for every model, or a list with one for each. Contrastive
        divergence often needs `SGD` with momentum where autoencoders need `Adam`
    batch_size, core, verbose : as in `fit`, the same for every model
    rng : seed, from which the seeds of all levels are drawn, or a generator that all levels use

    Returns
    -------
    Chain from x (n, d) to the code of the top model

    Raises
    ------
    ValueError, TypeError
        If a model has no encoder or does not fit onto the one below, or if the codes of the first
        rows are no data for the next model; nothing is trained then.
    KeyboardInterrupt
        If training was interrupted, because the next model needs the finished codes.
    """
    if not isinstance(models, list | tuple) or not models:
        raise TypeError(f"models must be a list of at least one model, got {models!r}")
    if len({id(model) for model in models}) < len(models):
        raise ValueError("a model occurs twice in the stack: give each level its own model")
    if len({model.dtype for model in models if isinstance(model, Model)}) > 1:
        raise ValueError(f"the models must share one dtype, got {[str(m.dtype) for m in models]}")
    for i, model in enumerate(models):
        if not isinstance(model, Model) or not (_has_encoder(model) and hasattr(model, "encode")):
            raise TypeError(f"model {i} has no encoder and cannot be stacked: {model!r}")
        model = cast(Any, model)  # that of a model with an encoder has widths
        if i and model.d_in != models[i - 1].d_code:
            raise ValueError(
                f"model {i} takes {model.d_in} features, but the one below gives a code of "
                f"{models[i - 1].d_code}"
            )
    optimizers = _for_each_level(optimizer, len(models), "optimizer")
    several = [whole_number(e, "epochs") for e in _for_each_level(epochs, len(models), "epochs")]
    for one in optimizers:
        check_optimizer(one)
    check_core(core, None)
    seeds = _seeds(rng, len(models))
    verbose = None if verbose is None else truth(verbose, "verbose")
    (x,) = checked_rows(models[0], X, "X")
    _check_codes(models, x[:SOME])
    for i, model in enumerate(models):
        x = models[i - 1].encode(x) if i else x
        history = fit(model, x, optimizer=optimizers[i], epochs=several[i], batch_size=batch_size,
                      rng=seeds[i], core=core, verbose=verbose)  # fmt: skip
        if history.stopped == "interrupted":
            raise KeyboardInterrupt
    return Chain(*(copy.deepcopy(_encoder(model)) for model in models))


def _has_encoder(model: Any) -> bool:
    """Whether the model has a layer from x to its code, or can be unfolded into one that has."""
    is_sparse_coding = hasattr(model, "encoder") and model.encoder is None
    return "encoder" in model.parts or (hasattr(model, "unfold") and not is_sparse_coding)


def _encoder(model: Any) -> Layer:
    """Return the layer from x to the code: to its mean if the code of an autoencoder is random."""
    if not isinstance(model, Autoencoder) and "encoder" in model.parts:
        return model.parts["encoder"]
    return (model if isinstance(model, Autoencoder) else model.unfold()).mean_encoder


def _for_each_level(given: object, levels: int, name: str) -> list:
    """Return a list with the setting of each level; a single one is for all."""
    if not isinstance(given, list | tuple):
        return [given] * levels
    if len(given) != levels:
        raise ValueError(
            f"{name} must be one for all {levels} models, or a list with one for each, got "
            f"{len(given)}"
        )
    return list(given)


def _check_codes(models: Sequence[Any], x: NDArray) -> None:
    """Raise if the codes of x, before any training, are no data for the model above them.

    A code below 0 is no probability, for example. So a stack that cannot work does not fail after
    the training of its lower levels.
    """
    for i, model in enumerate(models[1:], 1):
        x = models[i - 1].encode(x)
        try:
            model.check_rows(x)
        except (ValueError, TypeError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"model {i} cannot learn the codes of the one below: {error}") from error


def _seeds(rng: np.random.Generator | int, levels: int) -> list[np.random.Generator | int]:
    """Return the `rng` of each level: a different seed for each, or the given generator for all.

    With the same seed, two levels would use the same order of rows and the same noise.
    """
    drawn = generator(rng, "stack")
    if isinstance(rng, np.random.Generator):
        return [drawn] * levels
    return [int(seed) for seed in drawn.integers(2**63, size=levels)]
