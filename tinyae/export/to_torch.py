"""A model as a module of PyTorch, with the same weights and outputs (figure 14.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinyae.export.parts import parts_of
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model

if TYPE_CHECKING:
    from tinyae.export.torch_network import Network


def to_torch(model: Model | Layer) -> Network:
    """Return a torch.nn.Module with copies of the weights, which computes what the model computes.

    Its methods are `encode(x)`, `decode(h)`, `forward(x)`, which is the reconstruction r(x), and
    `natural(h)`, the natural parameters of the output, such as the logits. If the code is random,
    `sample_code(x, noise)` and `forward(x, noise)` use a sample that is a function of the given
    noise; without noise the mean is used. With a head there are `classify(x)` and `logits(h)`.

    Tied layers share one parameter. The parameters are in the order of `theta`, and keep the dtype.
    Later changes of the model and of the module do not affect each other. The criterion (costs,
    corruption, penalties) is not exported.

    Parameters
    ----------
    model : an `Autoencoder` with any slots, `RBM` (p(h | x) and E[x | h]), `PSD` (its encoder and
        its dictionary), `SoftmaxClassifier` (forward gives p(y | x)), `Recirculation`, or what
        `unfold` or `logistic_pca` returns. It may also be a single layer, such as the chain that
        `stack` returns; its output is that of `encode` and of `forward`. A layer of your own takes
        part if it has a method `to_torch()` that returns its module. A code of your own has such
        a method too if it is to be sampled; its module takes (u, noise)

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    TypeError
        If the model, or a layer in it, cannot be exported. The message names it.

    Examples
    --------
    >>> module = to_torch(model)
    >>> r = module(torch.from_numpy(x))
    """
    parts = parts_of(model)
    try:
        import torch  # noqa: F401 (only whether it is there)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'to_torch needs PyTorch, an optional extra: pip install "tinyae[torch]"'
        ) from error
    from tinyae.export.torch_network import Network

    return Network(parts)
