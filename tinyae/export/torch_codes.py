"""Samples of stochastic codes in PyTorch, as functions of the units u and of given noise (14.4).

This module imports torch. The noise is an argument, so that the result is reproducible and can be
compared. A strength that is a function of progress has its final value. Shapes: u (n, units(k)),
noise and z (n, k).
"""

from __future__ import annotations

import torch

from tinyae.criterion.bernoulli_code import BernoulliCode
from tinyae.criterion.code import Code, NoisyCode
from tinyae.criterion.gaussian_code import GaussianCode
from tinyae.criterion.noisy_sigmoid_code import NoisySigmoidCode
from tinyae.training.schedules import at


class NoisySample(torch.nn.Module):
    """z = u + σ ε with standard normal noise ε."""

    def __init__(self, sigma: float):
        super().__init__()
        self.sigma = sigma

    def forward(self, u: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Return u + σ ε."""
        return u + self.sigma * noise


class NoisySigmoidSample(torch.nn.Module):
    """z = sigmoid(u + σ ε) with standard normal noise ε."""

    def __init__(self, sigma: float):
        super().__init__()
        self.sigma = sigma

    def forward(self, u: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Return sigmoid(u + σ ε)."""
        return torch.sigmoid(u + self.sigma * noise)


class GaussianSample(torch.nn.Module):
    """z = μ + exp(s/2) ε with u = [μ, s] and standard normal noise ε."""

    def forward(self, u: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Return μ + exp(s/2) ε."""
        mu, s = u.chunk(2, dim=-1)
        return mu + torch.exp(0.5 * s) * noise


class BernoulliSample(torch.nn.Module):
    """z = 1 where noise < sigmoid(u), else 0, with noise that is uniform in [0, 1).

    With `straight_through`, autograd's derivative is the straight-through estimate: that of
    p = sigmoid(u). Otherwise z is a constant for autograd.
    """

    def __init__(self, straight_through: bool):
        super().__init__()
        self.straight_through = straight_through

    def forward(self, u: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Return zeros and ones."""
        p = torch.sigmoid(u)
        z = (noise < p).to(p.dtype)
        return z + (p - p.detach()) if self.straight_through else z


def sampler_of(code: Code | None) -> torch.nn.Module | None:
    """Return the module z = sample(u, noise) of a code; None if the code is not known, or None.

    A code of your own is known if it has a method `to_torch` that returns such a module.
    """
    if code is None:
        return None
    if hasattr(code, "to_torch"):
        return code.to_torch()
    if type(code) is NoisyCode:
        return NoisySample(float(at(code.sigma, 1.0)))
    if type(code) is NoisySigmoidCode:
        return NoisySigmoidSample(float(at(code.sigma, 1.0)))
    if type(code) is GaussianCode:
        return GaussianSample()
    if type(code) is BernoulliCode:
        return BernoulliSample(code.straight_through)
    return None
