"""log p(x) of an autoencoder with a binary code: exactly, and at a single code (14.3, 14.4)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinyae.checks.tables import shaped, table
from tinyae.criterion.enumeration import binary_codes
from tinyae.models.autoencoder import Autoencoder, check_autoencoder
from tinyae.nn.softmax import log_sum_exp


def log_likelihood(model: Autoencoder, x: ArrayLike, on: ArrayLike) -> NDArray:
    """Return log p(x) = log Σ_h p(h) p(x | h) over all binary codes, equation 14.3.

    Parameters
    ----------
    model : an autoencoder with at most 16 code units; its decoder and output give p(x | h)
    x : array (n, d)
    on : array (k,), p(h_i = 1) of the factorial prior on the code, between 0 and 1

    Returns
    -------
    array (n,), in nats
    """
    x = _checked(model, x)
    codes = binary_codes(model.d_code)
    prior, (a, _) = _log_prior(codes, on), model.decoder.forward(codes)
    return np.array([
        log_sum_exp(prior - model.output.nll(np.broadcast_to(row, a.shape), a)) for row in x
    ])  # fmt: skip


def point_estimate(model: Autoencoder, x: ArrayLike, on: ArrayLike) -> NDArray:
    """Return log p(h*) + log p(x | h*), with h* = f(x) rounded to 0 or 1: equation 14.4.

    This is the logarithm of one term of the sum in `log_likelihood`, so it is never greater. The
    arguments are those of `log_likelihood`; the code must lie in [0, 1], as that of a sigmoid does.

    Returns
    -------
    array (n,), in nats
    """
    x = _checked(model, x)
    h = model.encode(x)
    if h.min() < 0 or h.max() > 1:
        raise ValueError(
            "only a code in [0, 1], such as that of a sigmoid, can be rounded; this code is in "
            f"[{h.min():.3g}, {h.max():.3g}]"
        )
    h = (h >= 0.5).astype(float)
    a, _ = model.decoder.forward(h)
    return _log_prior(h, on) - model.output.nll(x, a)


def _log_prior(h: NDArray, on: ArrayLike) -> NDArray:
    on = shaped(on, "on", (h.shape[1],))
    if not ((on > 0) & (on < 1)).all():
        raise ValueError(f"on must be {h.shape[1]} probabilities inside (0, 1), got {on!r}")
    return (h * np.log(on) + (1.0 - h) * np.log1p(-on)).sum(axis=1)


def _checked(model: Any, x: ArrayLike) -> NDArray:
    """Return x after checking its width, and that its values are possible values of the output."""
    check_autoencoder(model, "a likelihood")
    model.check_packed()
    x = table(x, "x", width=model.d_in, dtype=np.float64, squared=True)
    model.output.check_definite(x)
    return x
