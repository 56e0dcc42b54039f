"""A generative stochastic network: corrupt, reconstruct, draw, again; and walkback (14.4, 20.12).

A denoising autoencoder knows p(x | x̃). Alternating with the corruption, x̃ ~ C(x̃ | x) and
x ~ p(x | x̃), is a Markov chain; where p(x | x̃) is exact, its stationary distribution is the data's
(Bengio et al. 2013), because the pair (x, x̃) then has one joint distribution seen from both sides.

Corruption alone shows the neighbourhood of the data. The chain may wander farther, to places that
no training pair covers, and stay there. Walkback runs the chain from each example while training,
and asks for the example back from every x̃ on the way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.models.autoencoder import Autoencoder
from tinyae.nn.checks import generator, real_number, table, whole_number
from tinyae.nn.outputs import GaussianOutput


def draw_reconstruction(
    model: Autoencoder, x_tilde: NDArray, scale: float, rng: np.random.Generator
) -> NDArray:
    """Draw x ~ p(x | x̃): for `GaussianOutput` N(r(x̃), scale² I), else the output's own (n, d)."""
    a = model.decoder.forward(model.encoder.forward(x_tilde)[0])[0]
    if isinstance(model.output, GaussianOutput):
        return a + scale * rng.standard_normal(a.shape, dtype=a.dtype)
    return model.output.sample(a, rng)


def gsn_chain(
    model: Autoencoder,
    start: ArrayLike,
    *,
    steps: int,
    scale: float = 0.0,
    rng: np.random.Generator | int,
) -> NDArray:
    """Return where each chain is after so many rounds of x̃ ~ C(x̃ | x), x ~ p(x | x̃), (n, d).

    Parameters
    ----------
    model : with a corruption, trained to denoise it
    start : array (n, d)
    scale : standard deviation of p(x | x̃) for `GaussianOutput`, in the units of x. The criterion
        leaves it free; √(E‖x − r(x̃)‖² / d) is its maximum-likelihood value. Other outputs have none
    """
    if model.corruption is None:
        raise ValueError("a chain needs a model with a corruption, this one has None")
    model.check_packed()
    x = table(start, "start", width=model.d_in, dtype=model.dtype)
    scale, rng = real_number(scale, "scale", low=0.0), generator(rng)
    for _ in range(whole_number(steps, "steps")):
        x_tilde = model.corruption.corrupt(x, rng, progress=1.0)
        x = draw_reconstruction(model, x_tilde, scale, rng)
    return x


class Walkback:
    """Wraps a denoising autoencoder for `fit`: same theta, same grad, another rule.

    `fit(Walkback(model, steps=5), X)` trains `model`. The loss is the mean over the walk's steps of
    the autoencoder's criterion with x̃_t in the place of a fresh corruption; its gradient is taken
    with the walk held fixed, although the walk depends on theta, so it follows no gradient.

    Parameters
    ----------
    model : an Autoencoder with a corruption and no head
    steps : corruptions along the walk; 1 is ordinary denoising
    scale : standard deviation of p(x | x̃) along the walk, see `gsn_chain`
    """

    def __init__(self, model: Autoencoder, steps: int = 5, scale: float = 0.0):
        if not isinstance(model, Autoencoder) or model.corruption is None:
            raise TypeError(f"walkback needs an Autoencoder with a corruption, got {model!r}")
        if model.head is not None:
            raise ValueError("walkback trains no head: give an Autoencoder without one")
        self.model = model
        self.steps = whole_number(steps, "steps")
        self.scale = real_number(scale, "scale", low=0.0)
        self.follows_gradient = False
        self.progress = 1.0

    @property
    def theta(self):
        """The autoencoder's parameters."""
        return self.model.theta

    @property
    def grad(self):
        """The autoencoder's gradient."""
        return self.model.grad

    def check_rows(self, *rows: ArrayLike):
        """Return (x,) ready for use, or say why not."""
        return self.model.check_rows(*rows)

    def loss_and_grad(self, x: ArrayLike, rng: np.random.Generator | int = 0) -> float:
        """Return the mean criterion over the walk and set `grad`, the walk held fixed."""
        (x,), rng = self.model.check_rows(x), generator(rng)
        model = self.model
        model.check_packed()
        model.grad[...] = 0.0
        loss, at = 0.0, x
        for step in range(self.steps):
            x_tilde = model.corruption.corrupt(at, rng, progress=self.progress)
            loss += model.backward(model.forward(x, rng, x_tilde))
            if step + 1 < self.steps:
                at = draw_reconstruction(model, x_tilde, self.scale, rng)
        model.grad /= self.steps
        return float(loss / self.steps)
