"""Gibbs sampling of a restricted Boltzmann machine: h ~ p(h | x) and x ~ p(x | h) in turn.

The units of one side are independent given the other side (equations 14.12 and 14.13), so each half
of a round draws all of them at once. All rows of x are independent chains.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.outputs import BernoulliOutput
from tinyae.models.protocols import Machine


def draw_hidden(rbm: Machine, x: NDArray, rng: np.random.Generator) -> NDArray:
    """Draw h ~ p(h | x), zeros and ones of shape (n, k)."""
    return BernoulliOutput().sample(rbm.parts["hidden"].forward(x)[0], rng)


def draw_visible(rbm: Machine, h: NDArray, rng: np.random.Generator) -> NDArray:
    """Draw x ~ p(x | h), of shape (n, d)."""
    return rbm.visible.sample(rbm.parts["visible"].forward(h)[0], rng)


def rounds(rbm: Machine, x: NDArray, steps: int, rng: np.random.Generator) -> NDArray:
    """Return x (n, d) after `steps` rounds; the input is not changed."""
    if steps == 0:
        return x.copy()
    for _ in range(steps):
        x = draw_visible(rbm, draw_hidden(rbm, x, rng), rng)
    return x
