"""Generative stochastic networks: sampling by a denoising autoencoder, and walkback (14.4, 20.12).

A denoising autoencoder models p(x | x̃). Drawing x̃ ~ C(x̃ | x) and x ~ p(x | x̃) in turn is a Markov
chain. If p(x | x̃) is exact, the stationary distribution of the chain is that of the data (Bengio et
al. 2013), because C(x̃ | x) and p(x | x̃) are then the conditionals of one joint distribution.

The training pairs cover only the neighbourhood of the data. The chain may leave it and then stay in
regions without training pairs. Walkback training runs the chain from each example, and trains the
model to reconstruct the example from every x̃ of the chain.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.generators import generator, only
from tinyae.checks.numbers import real_number, whole_number
from tinyae.checks.tables import table
from tinyae.criterion.corruption import Corruption
from tinyae.criterion.forward_pass import Pass
from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.models.batch import named
from tinyae.models.fitness import warn_of_faults
from tinyae.models.graphs import walkback_graph
from tinyae.nn.trainable import Trainable


def checked_scale(model: Autoencoder, scale: float | None) -> float | None:
    """Return the scale of p(x | x̃), a standard deviation for Gaussian outputs.

    Only an output whose scale is free needs one; for the others the result is None.
    """
    free = model.output.has_free_scale
    if free and scale is None:
        raise ValueError(
            f"with {type(model.output).__name__} give scale, the width of the distribution of x "
            "given x~: for a Gaussian the standard deviation, at best sqrt(E||x - r(x~)||^2 / d); "
            "with 0 x is the mean r(x~)"
        )
    if not free and scale is not None:
        raise ValueError(f"{model.output!r} has no scale: leave scale out")
    return real_number(scale, "scale", low=0.0) if free else None


def draw_reconstruction(model: Autoencoder, p: Pass, scale: float | None) -> NDArray:
    """Draw x ~ p(x | x̃) of a pass, of shape (n, d); for `GaussianOutput` that is N(r, scale² I)."""
    return model.output.sample(p.a, p.rng, *(() if scale is None else (scale,)))


def gsn_chain(
    model: Autoencoder,
    starts: ArrayLike,
    *,
    steps: int,
    scale: float | None = None,
    rng: np.random.Generator | int = 0,
) -> NDArray:
    """Return the state of each chain after `steps` rounds of x̃ ~ C(x̃ | x), x ~ p(x | x̃), (n, d).

    Parameters
    ----------
    model : an autoencoder with a corruption that it was trained to remove. If its code is noisy,
        the noise is drawn in every round
    starts : array (n, d), where the n chains begin
    steps : number of rounds
    scale : standard deviation of p(x | x̃) for `GaussianOutput`, in the units of x. Training does
        not determine it; its maximum-likelihood value is √(E‖x − r(x̃)‖² / d). Other outputs have
        none
    rng : seed or generator

    Raises
    ------
    ValueError
        If the model has no corruption, or `scale` does not suit its output.
    FloatingPointError
        If a chain reaches infinite values.
    """
    check_autoencoder(model, "gsn_chain")
    if model.corruption is None:
        raise ValueError("a chain needs a model with a corruption, this one has None")
    model.check_packed()
    x = table(starts, "starts", width=model.d_in, dtype=model.dtype)
    scale, rng = checked_scale(model, scale), generator(rng, "chains")
    for step in range(whole_number(steps, "steps")):
        x = draw_reconstruction(model, model.forward(x, rng), scale)
        if not np.isfinite(x).all():
            raise FloatingPointError(
                f"a chain reached infinite values after {step + 1} steps: far from its data, "
                "this model's r(x) moves farther away"
            )
    return x


class Walkback(Trainable):
    """A denoising autoencoder with walkback training: same theta and grad, another loss.

    `fit(Walkback(model, steps=5), X)` trains `model`. The loss is the mean over the steps of the
    walk of the autoencoder's criterion, with x̃_t in place of a fresh corruption. The walk depends
    on theta but is held fixed in the derivative, so `grad` is not the gradient of the loss.

    Parameters
    ----------
    model : an Autoencoder with a corruption and no head
    steps : number of corruptions in the walk; 1 is ordinary denoising
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
    def theta(self) -> NDArray:  # type: ignore[override]  # computed here, a plain attribute of the base
        """The autoencoder's parameters."""
        return self.model.theta

    @property
    def grad(self) -> NDArray:  # type: ignore[override]  # computed here, a plain attribute of the base
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
        """Warn about settings that do not suit these rows; `fit` and `minimize` call this once."""
        warn_of_faults(self.model, self.model.decoder, named(rows, head=False))

    def check_packed(self) -> None:
        """Raise RuntimeError if the layers' arrays are no longer views of theta."""
        self.model.check_packed()

    def astype(self, dtype: DTypeLike) -> Walkback:
        """Return a wrapper of a copy of the autoencoder that has this dtype."""
        return type(self)(self.model.astype(dtype), self.steps, self.scale)

    def objective(self, x: NDArray, *, rng: np.random.Generator) -> float:
        """Return the mean criterion over the walk and its gradient, with the walk held fixed."""
        model = self.model
        loss, at = 0.0, x
        for step in range(self.steps):
            corruption = cast(Corruption, model.corruption)  # checked by the constructor
            x_tilde = corruption.corrupt(at, rng, progress=model.progress)
            p = model.forward(x, rng, x_tilde)
            loss += model.backward(p)
            if step + 1 < self.steps:
                at = draw_reconstruction(model, p, self.scale)
        model.grad /= self.steps
        return loss / self.steps

    graph = walkback_graph  # the autoencoder's, with the steps of the walk

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name} of {self.steps} steps, scale {self.scale}, on {self.model!r}"
