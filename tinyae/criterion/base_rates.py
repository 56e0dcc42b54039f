"""Base rates: natural parameters of the distribution that fits each feature of the data by itself.

A machine without weights has no better visible bias. Hinton's practical guide (2010, section 8)
starts training there: from a bias of zero, all hidden units would first learn what is common to all
examples, and on data with rare features every one of them would be driven to one value.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.output import Output


def base_rates(output: Output, x: NDArray) -> NDArray | None:
    """Return the natural parameters (d,), in x's dtype, of the features' means over x (n, d).

    They are log p/(1 − p) for `BernoulliOutput`, the mean for `GaussianOutput`, and log p for
    `CategoricalOutput`. No logarithm is infinite: p is at least 1/(n+1), and for Bernoulli units at
    most n/(n+1), so that n examples give log-odds from −log n to log n. None for an output that
    states no `link`.
    """
    found = output.link(x.mean(axis=0, dtype=np.float64), 1.0 / (len(x) + 1))
    return None if found is None else found.astype(x.dtype)
