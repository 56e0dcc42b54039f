"""Modules of PyTorch for layers that PyTorch does not have. This module imports torch.

The layers of the same names in `tinyae.nn`, `tinyae.criterion` and `tinyae.sparse_coding` have the
formulas. Shapes: x (n, d_in), y (n, d_out).
"""

from __future__ import annotations

import torch
from numpy.typing import NDArray


def parameter(values: NDArray) -> torch.nn.Parameter:
    """Return a parameter with a copy of the values, in their dtype and C order."""
    return torch.nn.Parameter(torch.tensor(values))


def linear(W: NDArray, b: NDArray) -> torch.nn.Linear:
    """Return y = x W + b as torch.nn.Linear, whose weight is Wᵀ (d_out, d_in).

    No initial weights are drawn, so the random state of PyTorch does not change.
    """
    made = torch.nn.utils.skip_init(torch.nn.Linear, *W.shape, dtype=torch.tensor(b).dtype)
    with torch.no_grad():
        made.weight.copy_(torch.tensor(W.T))
        made.bias.copy_(torch.tensor(b))
    return made


class TiedLinear(torch.nn.Module):
    """y = x Wᵀ + c with the W of another layer: the same parameter, which is trained once.

    `source` is a torch.nn.Linear or another TiedLinear.
    """

    def __init__(self, source: torch.nn.Module, bias: NDArray):
        super().__init__()
        self.bias = parameter(bias)
        self.source = source

    @property
    def weight(self) -> torch.Tensor:
        """The transposed weight of the source: a view, no parameter of its own."""
        return self.source.weight.t()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x Wᵀ + c."""
        return torch.nn.functional.linear(x, self.weight, self.bias)


class Residual(torch.nn.Module):
    """y = scale · (net(x) − x)."""

    def __init__(self, net: torch.nn.Module, scale: float):
        super().__init__()
        self.net, self.scale = net, scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return scale · (net(x) − x)."""
        return self.scale * (self.net(x) - x)


class FirstColumns(torch.nn.Module):
    """y = the first d/parts columns of x (n, d)."""

    def __init__(self, parts: int):
        super().__init__()
        self.parts = parts

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the first columns."""
        return x[..., : x.shape[-1] // self.parts]


class AppendedColumns(torch.nn.Module):
    """y = (x, s) with parameters s (d,) that are equal for all rows."""

    def __init__(self, s: NDArray):
        super().__init__()
        self.s = parameter(s)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x and s side by side."""
        return torch.cat([x, self.s.expand(x.shape)], dim=-1)


class GroupedSoftmax(torch.nn.Module):
    """A softmax of each group of consecutive columns, with the widths `groups`."""

    def __init__(self, groups: tuple[int, ...]):
        super().__init__()
        self.groups = groups

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        """Return the softmax of each group, side by side."""
        parts = torch.split(a, self.groups, dim=-1)
        return torch.cat([torch.softmax(part, dim=-1) for part in parts], dim=-1)


class MixtureMean(torch.nn.Module):
    """y = Σ_k π_k μ_k with π = softmax(logits), from the natural parameters of a mixture."""

    def __init__(self, components: int, diagonal: bool):
        super().__init__()
        self.components, self.diagonal = components, diagonal

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        """Return the mean (n, d) of a (n, K (2 + d)), or of (n, K (1 + 2d)) if `diagonal`."""
        K = self.components
        each = a.shape[-1] // K
        d = (each - 1) // 2 if self.diagonal else each - 2
        pi = torch.softmax(a[..., :K], dim=-1)
        mu = a[..., K : K + K * d].reshape(*a.shape[:-1], K, d)
        return (pi[..., None] * mu).sum(dim=-2)


class Gain(torch.nn.Module):
    """y = g ⊙ x with a factor g (d,) for each unit."""

    def __init__(self, g: NDArray):
        super().__init__()
        self.g = parameter(g)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return g ⊙ x."""
        return self.g * x


class Dictionary(torch.nn.Module):
    """x = h D: a sum of atoms, the rows of D (k, d). Training in PyTorch may change their norm."""

    def __init__(self, D: NDArray):
        super().__init__()
        self.D = parameter(D)

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        """Return h D."""
        return h @ self.D
