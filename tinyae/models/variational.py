"""The autoencoder as a latent-variable model p(z) p(x | z): samples and bounds on log p(x).

If the code has a prior, decoder and prior define p(x) = ∫ p(z) p(x | z) dz, and the encoder
approximates p(z | x) (sections 14.2 and 14.4, equations 14.12 and 14.13). Two lower bounds on
log p(x) are estimated with samples z ~ q(z | x) of the encoder:

    ELBO = E_q log p(x | z) − KL(q(z | x) ‖ p(z))                    (Kingma and Welling 2014)
    log 1/K Σ_k p(z_k) p(x | z_k) / q(z_k | x)                       (Burda et al. 2016)

The expected value of the second increases with K and tends to log p(x).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.generators import generator
from tinyae.checks.numbers import truth, whole_number
from tinyae.checks.tables import table
from tinyae.criterion.code import Code
from tinyae.models.protocols import Slotted
from tinyae.nn.softmax import log_sum_exp


def sample(model: Slotted, n: int, rng: np.random.Generator | int, mean: bool) -> NDArray:
    """Draw n examples x ~ p(x), or their means given z. See `Autoencoder.sample`."""
    code = check_prior(model, "sample")
    n, mean, rng = whole_number(n, "n"), truth(mean, "mean"), generator(rng, "samples")
    a, _ = model.decoder.forward(code.sample_prior(n, model.d_code, rng, model.dtype))
    return model.output.mean.forward(a)[0] if mean else model.output.sample(a, rng)


def elbo(model: Slotted, x: ArrayLike, samples: int, rng: np.random.Generator | int) -> NDArray:
    """Return an estimate of the ELBO of each example. See `Autoencoder.elbo`."""
    x, u, samples, rng = _ready(model, x, samples, rng, "elbo")
    code, total = check_prior(model, "elbo"), np.zeros(len(x), model.dtype)
    with np.errstate(over="ignore", invalid="ignore"):  # found below
        for _ in range(samples):
            z, _ = code.forward(u, rng)
            total -= model.output.nll(x, model.decoder.forward(z)[0])
        return _finite(total / samples - code.kl(u), "elbo")


def importance_weighted(
    model: Slotted, x: ArrayLike, samples: int, rng: np.random.Generator | int
) -> NDArray:
    """Return an estimate of log p(x). See `Autoencoder.importance_weighted`."""
    x, u, samples, rng = _ready(model, x, samples, rng, "importance_weighted")
    code, logs = check_prior(model, "importance_weighted"), np.empty((len(x), samples), model.dtype)
    with np.errstate(over="ignore", invalid="ignore"):  # found below
        for k in range(samples):
            z, _ = code.forward(u, rng)
            joint = code.log_prior(z) - model.output.nll(x, model.decoder.forward(z)[0])
            logs[:, k] = joint - code.log_density(z, u)
        found = log_sum_exp(logs) - float(np.log(samples))
    return _finite(found, "importance_weighted")


def _finite(found: NDArray, name: str) -> NDArray:
    """Return the estimates (n,) of the method `name`; raise ValueError if one is not finite."""
    bad = np.flatnonzero(~np.isfinite(found))
    if len(bad):
        raise ValueError(
            f"{name} cannot be computed for {len(bad)} rows of x, the first row {bad[0]}: the "
            f"variance or the cost of its code goes beyond {found.dtype}. Such a row is far from "
            "the training rows: scale x as they were scaled"
        )
    return found


def check_prior(model: Slotted, name: str) -> Code:
    """Return the model's code if it has a prior, which the method `name` needs.

    Raises
    ------
    ValueError
        If the model has no such code.
    """
    model.check_packed()
    if model.code is None or not model.code.has_prior:
        raise ValueError(
            f"{name} needs a code with a prior p(z), such as code=GaussianCode(); this model has "
            f"code={model.code!r}"
        )
    return model.code


def _ready(
    model: Slotted, x: ArrayLike, samples: int, rng: np.random.Generator | int, name: str
) -> tuple[NDArray, NDArray, int, np.random.Generator]:
    """Return the checked arguments, and the encoder's units for x without corruption."""
    check_prior(model, name)
    x = table(x, "x", width=model.d_in, dtype=model.dtype, squared=True)
    model.output.check_definite(x)
    samples = whole_number(samples, "samples")
    return x, model.encoder.forward(x)[0], samples, generator(rng, "evaluation")
