"""The module that `to_torch` returns: encoder, code, decoder, mean and head. It imports torch."""

from __future__ import annotations

from typing import Any

import torch

from tinyae.export.parts import Parts
from tinyae.export.torch_codes import sampler_of
from tinyae.export.torch_layers import Made, module_of
from tinyae.nn.layers import Layer


class Network(torch.nn.Module):
    """x -> u -> h or z -> a -> r, the deterministic part of a model and samples of its code.

    Shapes: x (n, d), u (n, units(k)), h and z (n, k), a (n, units(d)), r (n, d). The parameters are
    in the order of the model's theta. `torch.nn.Linear` holds Wᵀ.

    Attributes
    ----------
    encoder, code_mean, decoder, mean, head : modules; None if the model has no such part
    code_sample : module from (u, noise) to z, or None if the model has no random code
    """

    def __init__(self, parts: Parts):
        super().__init__()
        made: Made = {}

        def module(layer: Layer | None) -> Any:
            return None if layer is None else module_of(layer, made)

        self.encoder, self.code_mean = module(parts.encoder), module(parts.code_mean)
        self.decoder, self.mean = module(parts.decoder), module(parts.mean)
        self.head, self.code_sample = module(parts.head), sampler_of(parts.code)
        self.code = "None" if parts.code is None else repr(parts.code)

    def units(self, x: torch.Tensor) -> torch.Tensor:
        """Return u, from which a random code is drawn; without one it is h."""
        if self.encoder is None:
            raise ValueError("this model is sparse coding and has no encoder: use decode(h)")
        return self.encoder(x)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Return the code h, or its mean if it is random."""
        return self.code_mean(self.units(x))

    def sample_code(self, x: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Return z, a sample of the code, as a function of noise (n, k).

        The noise is standard normal, for a `BernoulliCode` uniform in [0, 1). So
        `z = module.sample_code(x, torch.randn(n, k))`.
        """
        if self.code_sample is None:
            raise ValueError(f"no sample of code={self.code} is known; encode(x) is its mean")
        return self.code_sample(self.units(x), noise)

    def natural(self, h: torch.Tensor) -> torch.Tensor:
        """Return a, the natural parameters of the output, such as logits."""
        if self.decoder is None:
            raise ValueError("a single layer was exported, so there is no decoder")
        return self.decoder(h)

    def decode(self, h: torch.Tensor) -> torch.Tensor:
        """Return r, the mean of the output."""
        return self.mean(self.natural(h))

    def logits(self, h: torch.Tensor) -> torch.Tensor:
        """Return the head's logits of the classes for a code h or z."""
        if self.head is None:
            raise ValueError("this model has no head")
        return self.head(h)

    def classify(self, x: torch.Tensor) -> torch.Tensor:
        """Return p(y | x) by the head, of shape (n, classes)."""
        return torch.softmax(self.logits(self.encode(x)), dim=-1)

    def forward(self, x: torch.Tensor, noise: torch.Tensor | None = None) -> torch.Tensor:
        """Return r(x), by the mean of the code, or by a sample if noise is given.

        For a `SoftmaxClassifier` it is p(y | x), for a single layer its output.
        """
        z = self.encode(x) if noise is None else self.sample_code(x, noise)
        return z if self.decoder is None else self.decode(z)
