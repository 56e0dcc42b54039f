"""Unfolding: models that were trained on top of each other become one deep autoencoder (14.3).

Hinton and Salakhutdinov (2006) train a stack from the bottom to the top and then unfold it. The
encoders are put in series, and after them the decoders in reverse order. With two levels,

    f(x) = f_2(f_1(x)),     g(h) = g_1(g_2(h)),

where g_i includes the mean of the output of level i. The result starts with the learned weights and
is trained further as one network, which is called fine-tuning.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from tinyae.checks.arrays import kind_of
from tinyae.criterion.code import Code
from tinyae.criterion.corruption import Corruption
from tinyae.criterion.output import Output
from tinyae.criterion.penalties import Penalty
from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.activations import Identity
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.model import Model
from tinyae.nn.structure import in_series, leaves, widths
from tinyae.nn.trainable import inherits


def unfold(
    models: Sequence[Model],
    *,
    output: Output | None = None,
    corruption: Corruption | None = None,
    penalties: Sequence[Penalty] | Penalty = (),
    code: Code | None = None,
) -> Autoencoder:
    """Return one deep autoencoder with copies of the layers of all models.

    Its `reconstruct` is the composition of the models: encode with the models from the bottom to
    the top, then decode from the top to the bottom. The models do not change if it is trained.

    Parameters
    ----------
    models : list from the bottom to the top, such as [RBM(784, 400), Autoencoder.dense((400, 30))].
        Each model is an `Autoencoder`, or has a method `unfold` that returns one, as `RBM`, `PSD`
        and `Recirculation` have. The input of each model is as wide as the code of the one below
    output : p_decoder(x | h) of the result, by default the output of the bottom model. Its mean
        must be the one with which the bottom decoder ends, or the identity. So a bottom model with
        `BernoulliOutput()` may be fine-tuned with the squared error of `GaussianOutput()`
    corruption, penalties : slots of the result
    code : code slot of the result. If the mean of the code is no identity, the top encoder must end
        with this mean, which the code then applies itself

    Returns
    -------
    Autoencoder whose parameters are its own. Weights that a model ties are two separate copies in
    it, as in the paper. For such models the reconstruction equals the composition up to rounding,
    for others exactly.

    Raises
    ------
    TypeError
        If `models` is no list of models that can be unfolded.
    ValueError
        If a model does not fit onto the one below, if the dtypes differ, if a model encodes or
        decodes with methods of its own class, or if `output` or `code` does not fit.

    Notes
    -----
    A level with a random code contributes its mean encoder. Corruption, penalties, code and head of
    the levels are not kept: they were part of the training of one level. Parameters for the
    variance of an inner output or code are kept, but have no effect any more and no gradient.
    """
    levels = checked_levels(models)
    pairs = [copy.deepcopy((level.mean_encoder, level.decoder)) for level in levels]
    encoder = [layer for first, _ in pairs for layer in in_series(first)]
    decoder: list[Layer] = []
    for level, (_, last) in zip(reversed(levels), reversed(pairs), strict=True):
        decoder += [*in_series(last), *_unless_identity(level.output.mean)]
    output = levels[0].output if output is None else output
    if isinstance(output, Output):
        decoder = _without_mean(decoder, output.mean, f"the output {output!r}", "decoder")
    if isinstance(code, Code):
        encoder = _without_mean(encoder, code.mean, f"the code {code!r}", "encoder")
    for layer in [*encoder, *decoder]:
        _untie(layer)
    return Autoencoder(Chain(*encoder), Chain(*decoder), output=output, corruption=corruption,
                       penalties=penalties, code=code)  # fmt: skip


def checked_levels(models: Sequence[Model]) -> list[Autoencoder]:
    """Return each model as an Autoencoder, the bottom first; raise as `unfold` does."""
    if not isinstance(models, list | tuple) or not models:
        raise TypeError(f"models must be a list of at least one model, got {models!r:.60}")
    levels = [_as_autoencoder(model, f"model {i}") for i, model in enumerate(models)]
    if len({level.dtype for level in levels}) > 1:
        names = [str(level.dtype) for level in levels]
        raise ValueError(f"the models must share one dtype, got {names}")
    for i, level in enumerate(levels):
        if i and level.d_in != levels[i - 1].d_code:
            raise ValueError(
                f"model {i} takes {level.d_in} features, but the one below gives a code of "
                f"{levels[i - 1].d_code}"
            )
        mean = level.output.mean
        if not isinstance(mean, Layer) or widths(Chain(level.decoder, mean), "")[1] != level.d_in:
            raise ValueError(
                f"model {i} cannot be unfolded: the mean of {level.output!r} is no layer that "
                f"gives {level.d_in} numbers; train it with GaussianOutput() or BernoulliOutput()"
            )
    return levels


def _as_autoencoder(model: Model, name: str) -> Autoencoder:
    """Return the model if it is an Autoencoder, else what its method `unfold` returns."""
    found = model
    if isinstance(model, Model) and not isinstance(model, Autoencoder) and hasattr(model, "unfold"):
        found = model.unfold()
    if not isinstance(found, Autoencoder):
        raise TypeError(
            f"{name} cannot be unfolded: it must be an Autoencoder, or have a method unfold() that "
            f"returns one, as RBM and PSD have; got {kind_of(model)}"
        )
    if not inherits(found, Autoencoder, "encode", "decode", "reconstruct", "mean_encoder"):
        raise ValueError(
            f"{name} cannot be unfolded: {type(found).__name__} has its own encode, decode, "
            "reconstruct or mean_encoder, which the layers alone do not repeat"
        )
    found.check_packed()
    return found


def _unless_identity(mean: Layer) -> list[Layer]:
    """Return a copy of the layer in a list, or an empty list for the identity."""
    return [] if isinstance(mean, Identity) else [copy.deepcopy(mean)]


def _without_mean(layers: list[Layer], mean: Layer, what: str, name: str) -> list[Layer]:
    """Return the layers without the last one, which must be the mean that the slot applies."""
    if isinstance(mean, Identity):
        return layers
    last = layers[-1]
    if type(last) is not type(mean) or vars(last) != vars(mean):
        raise ValueError(
            f"{what} applies {mean!r} itself, but the {name} of the models ends in {last!r}: give "
            f"one whose mean is {last!r}, or whose mean is the identity"
        )
    return layers[:-1]


def _untie(layer: Layer) -> None:
    """Give every tied Linear layer its own copy of the weights."""
    for leaf in leaves(layer):
        if isinstance(leaf, Linear) and leaf.source is not None:
            leaf.source = None
            # W comes before b, as in every Linear layer: the vectorized core relies on this order.
            leaf.params = {key: leaf.params[key].copy() for key in ("W", "b")}
            leaf.grads = {key: np.zeros_like(p) for key, p in leaf.params.items()}
