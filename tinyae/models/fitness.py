"""Warnings about settings that are allowed but very probably wrong for the data.

`fit` and `minimize` check once, before the first step. Each warning says what was set, what the
data are, and what to do. Unusual settings that may be intended, such as noise moderately larger or
smaller than the spread of the data, cause no warning.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinyae.checks.callers import warn_caller
from tinyae.criterion.code import Code
from tinyae.criterion.corruption import Corruption
from tinyae.criterion.output import Output
from tinyae.criterion.spread import Spread, spread
from tinyae.models.batch import Batch
from tinyae.nn.activations import Identity, stated_reach
from tinyae.nn.layers import Layer
from tinyae.nn.structure import in_series
from tinyae.nn.trainable import inherits
from tinyae.training.schedules import at

LEAST_GAIN = 0.1  # nats
SLACK = 0.01  # share of the span by which data may exceed the range of a unit


def warn_of_faults(model: Any, decoder: Layer, batch: Batch) -> None:
    """Warn the caller of `fit`; `fit` calls the model's `begin`, and `begin` calls this."""
    code = getattr(model, "code", None)
    for text in faults(model.corruption, model.output, decoder, batch, code):
        warn_caller(text)


def faults(
    corruption: Corruption | None,
    output: Output,
    decoder: Layer,
    batch: Batch,
    code: Code | None = None,
) -> list[str]:
    """Return a text for each of these slots that does not suit the rows; usually none."""
    *_, last = in_series(decoder)
    reach = stated_reach(last)
    bounded = isinstance(output.mean, Identity) and reach not in (None, (-np.inf, np.inf))
    judges = corruption is not None and not inherits(corruption, Corruption, "fault")
    generative = output.is_normal and code is not None and at(code.beta, 1.0) > 0.0
    data = spread(batch.x, batch.weights) if bounded or judges or generative else None
    if data is None:
        return []
    found = [_beyond(last, reach, data)] if bounded and reach is not None else []
    found += [corruption.fault(data)] if judges and corruption is not None else []
    if generative and code is not None:
        found.append(_too_small(data, batch.x.shape[1], code, output))
    return [text for text in found if text]


def _too_small(data: Spread, d: int, code: Code, output: Output) -> str:
    """Check whether a code can reduce the cost of x (n, d) by at least a tenth of a nat.

    With variance 1, the reconstruction can gain at most half the variance of x, summed over the
    features.
    """
    gain = 0.5 * d * data.deviation**2
    if gain >= LEAST_GAIN:
        return ""
    return (
        f"{output!r} has the variance 1, so a code can reduce the cost of this x by at most "
        f"{gain:.2g} nats per example, and {code!r} will probably not be used at all. Standardize "
        "x, or use an output whose variance is learned: DiagonalGaussianOutput(per_feature=True)"
    )


def _beyond(last: Layer, reach: tuple[float, float], data: Spread) -> str:
    """Check whether x lies in the range of a decoder that ends in a bounded unit."""
    slack = SLACK * data.span + 1e-6
    if reach[0] - slack <= data.low and data.high <= reach[1] + slack:
        return ""
    bounds = f"from {reach[0]:g} to {reach[1]:g}" if np.isfinite(reach[1]) else "above 0"
    return (
        f"the decoder ends in {last!r}, which gives numbers {bounds}, but x reaches {data}: other "
        "numbers cannot be reconstructed. Let the decoder end in a Linear layer, or rescale x"
    )
