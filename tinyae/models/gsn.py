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
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.generators import generator, only
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import table
from tinyae.criterion.forward_pass import Pass
from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.models.batch import named
from tinyae.models.fitness import warn_of_faults
from tinyae.nn.trainable import Trainable


def checked_scale(model: Autoencoder, scale: float | None) -> float | None:
    """Return the scale of p(x | x̃), which an output needs whose scale is free, as Gaussian ones.

    None for the others, which have none.
    """
    free = model.output.has_free_scale
    if free and scale is None:
        raise ValueError(
            f"with {type(model.output).__name__} give scale, the width of the distribution of x "
            "given x~: for a Gaussian the standard deviation, at best sqrt(E||x - r(x~)||^2 / d); "
            "0 follows the mean"
        )
    if not free and scale is not None:
        raise ValueError(f"{model.output!r} has no scale: its mean says all; leave scale out")
    return real_number(scale, "scale", low=0.0) if free else None


def draw_reconstruction(model: Autoencoder, p: Pass, scale: float | None) -> NDArray:
    """Draw x ~ p(x | x̃) of a pass, of shape (n, d); for `GaussianOutput` that is N(r, scale² I)."""
    return model.output.sample(p.a, p.rng, *(() if scale is None else (scale,)))


def gsn_chain(
    model: Autoencoder,
    start: ArrayLike,
    *,
    steps: int,
    scale: float | None = None,
    rng: np.random.Generator | int,
) -> NDArray:
    """Return where each chain is after so many rounds of x̃ ~ C(x̃ | x), x ~ p(x | x̃), (n, d).

    Parameters
    ----------
    model : with a corruption, trained to denoise it; a noisy code is drawn anew in every round
    start : array (n, d)
    scale : standard deviation of p(x | x̃) for `GaussianOutput`, in the units of x. The criterion
        leaves it free; √(E‖x − r(x̃)‖² / d) is its maximum-likelihood value. Other outputs have none
    """
    check_autoencoder(model, "gsn_chain")
    if model.corruption is None:
        raise ValueError("a chain needs a model with a corruption, this one has None")
    model.check_packed()
    x = table(start, "start", width=model.d_in, dtype=model.dtype)
    scale, rng = checked_scale(model, scale), generator(rng, "chains")
    for step in range(whole_number(steps, "steps")):
        x = draw_reconstruction(model, model.forward(x, rng), scale)
        if not np.isfinite(x).all():
            raise FloatingPointError(
                f"a chain left the finite numbers after {step + 1} steps: far from its data this "
                "model's r(x) leads farther away"
            )
    return x


class Walkback(Trainable):
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

    follows_gradient = False

    def __init__(self, model: Autoencoder, steps: int = 5, scale: float | None = None):
        if not isinstance(model, Autoencoder) or model.corruption is None:
            raise TypeError(f"walkback needs an Autoencoder with a corruption, got {model!r}")
        if model.head is not None:
            raise ValueError("walkback trains no head: give an Autoencoder without one")
        self.model = model
        self.steps = whole_number(steps, "steps")
        self.scale = checked_scale(model, scale)

    @property
    def theta(self) -> NDArray:
        """The autoencoder's parameters."""
        return self.model.theta

    @property
    def grad(self) -> NDArray:
        """The autoencoder's gradient."""
        return self.model.grad

    @property
    def progress(self) -> float:
        """The autoencoder's progress, on which its schedules depend."""
        return self.model.progress

    @progress.setter
    def progress(self, value: float) -> None:
        self.model.progress = value

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray, ...]:
        """Return (x,) ready for use, or say why not. The walk's x̃ are its own: no pairs."""
        return self.model.check_rows(only(rows, self.model.d_in))

    def begin(self, *rows: NDArray) -> None:
        """Warn about settings that cannot fit these rows; called by `fit` and `minimize` once."""
        warn_of_faults(self.model, self.model.decoder, named(rows, head=False))

    def check_packed(self) -> None:
        """Raise RuntimeError if the autoencoder's layers no longer look into its theta."""
        self.model.check_packed()

    def astype(self, dtype: DTypeLike) -> Walkback:
        """Return a wrapper of a copy of the autoencoder that has this dtype."""
        return Walkback(self.model.astype(dtype), self.steps, self.scale)

    def objective(self, x: NDArray, *, rng: np.random.Generator) -> float:
        """Return the mean criterion over the walk and its gradient, with the walk held fixed."""
        model = self.model
        loss, at = 0.0, x
        for step in range(self.steps):
            x_tilde = model.corruption.corrupt(at, rng, progress=model.progress)
            p = model.forward(x, rng, x_tilde)
            loss += model.backward(p)
            if step + 1 < self.steps:
                at = draw_reconstruction(model, p, self.scale)
        model.grad /= self.steps
        return loss / self.steps

    def __repr__(self):
        return f"Walkback of {self.steps} steps, scale {self.scale}, on {self.model!r}"
