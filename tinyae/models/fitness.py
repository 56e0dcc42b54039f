"""Warnings about settings that are allowed but very probably wrong for the data.

`fit` and `minimize` check once, before the first step. Each warning says what was set, what the
data are, and what to do. Unusual settings that may be intended, such as noise moderately larger or
smaller than the spread of the data, cause no warning.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.corruption import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from tinyae.criterion.outputs import GaussianOutput
from tinyae.models.batch import Batch
from tinyae.nn.layers import Layer
from tinyae.nn.structure import in_series
from tinyae.training.schedules import at
from tinyae.training.weights import Weights

BLOCK = 1 << 16  # entries read at a time, because x may be larger than memory
FAR = 10.0  # times the span or the standard deviation of the data
SLACK = 0.01  # share of the span by which data may exceed the range of a unit


@dataclass(frozen=True)
class Spread:
    """Smallest and largest entry of x, standard deviation, and whether all are whole numbers."""

    low: float
    high: float
    deviation: float
    whole: bool

    @property
    def span(self) -> float:
        """Largest minus smallest entry."""
        return self.high - self.low

    def __str__(self):
        return f"from {self.low:g} to {self.high:g}"


def spread(x: NDArray, weights: Weights | None = None) -> Spread | None:
    """Return the spread of the entries of x (n, d) with weight > 0; None if there are none."""
    low, high, whole, count = np.inf, -np.inf, True, 0
    total = squares = 0.0
    origin = float(x[0, 0])
    step = max(1, BLOCK // x.shape[1])
    for start in range(0, len(x), step):
        block = x[start : start + step]
        if weights is not None:
            part = weights[start : start + step].values
            block = block[part > 0]
        if not block.size:
            continue
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        whole = whole and bool((block == np.rint(block)).all())
        shifted = block.astype(np.float64).ravel() - origin  # reduces cancellation below
        total, squares = total + float(shifted.sum()), squares + float(shifted @ shifted)
        count += block.size
    if not count:
        return None
    variance = max(0.0, squares / count - (total / count) ** 2)
    return Spread(low, high, float(np.sqrt(variance)), whole)


def warn_of_faults(model, decoder: Layer, batch: Batch) -> None:
    """Warn the caller of `fit`; `fit` calls the model's `begin`, and `begin` calls this."""
    for text in faults(model.corruption, model.output, decoder, batch):
        warnings.warn(text, UserWarning, stacklevel=4)


def faults(corruption, output, decoder: Layer, batch: Batch) -> list[str]:
    """Return a text for each of these slots that does not suit the rows; usually none."""
    *_, last = in_series(decoder)
    # A subclass may have another range than its base class, so it must state its own `reach`.
    reach = vars(type(last)).get("reach", (-np.inf, np.inf))
    bounded = isinstance(output, GaussianOutput) and reach != (-np.inf, np.inf)
    known = isinstance(corruption, GaussianNoise | MaskingNoise | SaltAndPepperNoise)
    data = spread(batch.x, batch.weights) if bounded or known else None
    if data is None:
        return []
    found = [_beyond(last, reach, data)] if bounded else []
    if isinstance(corruption, SaltAndPepperNoise):
        found.append(_salt(corruption, data))
    if isinstance(corruption, MaskingNoise):
        found.append(_mask(corruption, data))
    if isinstance(corruption, GaussianNoise):
        found.append(_noise(corruption, data))
    return [text for text in found if text]


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


def _salt(noise: SaltAndPepperNoise, data: Spread) -> str:
    """Check whether salt and pepper are about the extremes of the data."""
    span = data.span
    inside = noise.low > data.low + span / 3 or noise.high < data.high - span / 3
    outside = noise.low < data.low - FAR * span or noise.high > data.high + FAR * span
    if span == 0.0 or not (inside or outside):
        return ""
    return (
        f"{noise!r} replaces entries by {noise.low:g} and {noise.high:g}, but x reaches {data}: "
        f"these are not its extremes. Give SaltAndPepperNoise(fraction, low={data.low:g}, "
        f"high={data.high:g}), or rescale x to [{noise.low:g}, {noise.high:g}]"
    )


def _mask(noise: MaskingNoise, data: Spread) -> str:
    """Check whether the value of masked entries, 0, is far away from all data."""
    distance = max(data.low, -data.high)
    if distance <= FAR * data.span or data.span == 0.0:
        return ""
    return (
        f"{noise!r} sets entries to 0, but x reaches {data}: 0 lies {distance / data.span:.0f} "
        "times its span away from it, so masked entries outweigh all others. Subtract the mean of "
        "x or rescale it to [0, 1]"
    )


def _noise(noise: GaussianNoise, data: Spread) -> str:
    """Check whether noise is far larger than the data, or smaller than steps of whole numbers."""
    sigmas = [at(noise.sigma, progress) for progress in (0.0, 0.5, 1.0)]
    if data.deviation > 0.0 and min(sigmas) > FAR * data.deviation:
        return (
            f"{noise!r} adds noise {min(sigmas) / data.deviation:.0f} times as wide as x, whose "
            f"standard deviation is {data.deviation:.3g}: the noise hides x. sigma is in the "
            "units of x; give a smaller one"
        )
    if data.whole and data.span >= 50 and 0.0 < max(sigmas) <= 0.5:
        return (
            f"{noise!r} adds noise smaller than the distance between neighbouring values of x, "
            f"which are whole numbers {data}. sigma is in the units of x; rescale x to [0, 1], or "
            f"give sigma in those units, such as {0.1 * data.span:.2g}"
        )
    return ""
