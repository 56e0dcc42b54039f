"""Base rates: the natural parameters that fit the mean of each feature of the data separately.

For a Boltzmann machine whose weights are zero, they are the best visible biases. Hinton's practical
guide (2010, section 8) starts training with them. With biases of zero, all hidden units would first
learn what is common to all examples, and on data with rare features all would get the same value.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.output import Output


def base_rates(output: Output, x: NDArray) -> NDArray | None:
    """Return the natural parameters (d,), in x's dtype, of the features' means over x (n, d).

    They are log p/(1 − p) for `BernoulliOutput`, the mean for `GaussianOutput`, and log p for
    `CategoricalOutput`. No logarithm is infinite: p is at least 1/(n+1), and for Bernoulli units at
    most n/(n+1), so that n examples give log-odds from −log n to log n. The result is None for an
    output that defines no `link`.
    """
    found = output.link(x.mean(axis=0, dtype=np.float64), 1.0 / (len(x) + 1))
    return None if found is None else found.astype(x.dtype)
