"""Comparison of a model's analytic gradient with the numerical one, over rows without a kink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.streams import stream
from tinyae.nn.gradient_report import ACCURACY, ParameterError
from tinyae.nn.kinks import Watch, bent, common_length, ready, some
from tinyae.nn.numerical import CENTRAL_STEP, central, complex_step, unit
from tinyae.nn.trainable import Trainable, evaluate


@dataclass(frozen=True, repr=False)
class Compared:
    """Result of one comparison: the method, each parameter's error, the entries that differ."""

    method: str
    parameters: tuple[ParameterError, ...]
    differing: NDArray

    @property
    def agrees(self) -> bool:
        """Whether the error of every parameter is within the accuracy of the method."""
        return all(p.relative_error <= ACCURACY[self.method] for p in self.parameters)


@dataclass(frozen=True, repr=False)
class Outcome:
    """Result of the comparison over the rows that touch no kink.

    found : the comparison; None if no row is left
    left_out : which rows touch a kink, of shape (n,)
    places : for each place with a kink, which rows touch it
    """

    found: Compared | None
    left_out: NDArray
    places: dict[str, NDArray]


class Comparison:
    """How a model is checked: `method` and `entries` as in `gradcheck`, `rng` a seed.

    Attributes
    ----------
    real : a copy of the model in float64, whose analytic gradient is checked
    pick : the generator of the random directions and entries
    """

    def __init__(self, model: Trainable, rng: int, method: str, entries: int | None):
        self.model, self.rng, self.method, self.entries = model, rng, method, entries
        self.real = model.astype(np.float64)
        self.watch = Watch(self.real, partial(_loss, rng=rng))
        self.pick = stream(rng, "directions")

    def over_other_rows(self, rows: tuple, *, unstated: bool) -> Outcome:
        """Compare the gradients; leave out rows and compare again until no row touches a kink.

        If `unstated` is true and the gradients differ, kinks that no layer states are searched for.
        """
        n = common_length(rows)
        left_out = np.zeros(n, bool)
        places: dict[str, NDArray] = {}
        while not left_out.all():
            kept = np.flatnonzero(~left_out)
            try:
                found = self.compare(some(rows, kept, n))
            except ValueError:  # a model may refuse a part of its rows
                if len(kept) == n:
                    raise
                left_out[...] = True
                break
            touched = self.watch.touched
            if not touched and unstated and found is not None and found.differing.any():
                touched = self._unstated(found.differing)
            if not touched:
                return Outcome(found, left_out, places)
            for place, mask in touched.items():
                left_out[kept[mask]] = True
                places.setdefault(place, np.zeros(n, bool))[kept[mask]] = True
        return Outcome(None, left_out, places)

    def _unstated(self, differing: NDArray) -> dict[str, NDArray]:
        """Return the rows whose loss has a kink along a direction of the entries that differ."""
        rows_bent = bent(self.watch, differing * self.pick.standard_normal(differing.size))
        return {"a kink that no layer states": rows_bent} if rows_bent.any() else {}

    def compare(self, rows: tuple) -> Compared | None:
        """Compare over these rows. None if some of them touch a kink: see `watch.touched`."""
        real = self.real
        loss = abs(self.watch.start(rows))
        hand = real.grad.copy()
        derivative = central(real, self.watch)
        direction = self.pick.standard_normal(real.theta.size)
        along = derivative(direction)
        if self.watch.touched:
            return None
        method = self.method
        if method == "auto":
            agrees = self._is_analytic(rows, direction, along, loss)
            method = "complex" if agrees else "central"
        if method == "complex":
            derivative = self._complex(rows)
        label = "central differences" if method == "central" else "complex step"
        # The gradient of an array may consist of rounding errors only, such as that of a bias on
        # centred data. Then the error is relative to `reference`, the scale of the whole gradient.
        reference = max(np.abs(hand).max(), 1e-3 * loss)

        found, differing, start = [], np.zeros(hand.size, bool), 0
        for name, p in real.parameters().items():
            chosen = self._chosen(p.size)
            analytic = hand[start + chosen]
            numerical = np.array([derivative(unit(hand.size, start + i)) for i in chosen])
            gap = np.abs(analytic - numerical)
            scale = max(np.abs(numerical).max(), np.abs(analytic).max())
            scale = reference if scale <= 1e-10 * reference else scale
            at = int(gap.argmax())
            found.append(
                ParameterError(
                    name=name,
                    shape=p.shape,
                    checked=len(chosen),
                    relative_error=float(gap[at] / scale) if scale else 0.0,
                    worst=tuple(map(int, np.unravel_index(chosen[at], p.shape))),
                    analytic=float(analytic[at]),
                    numerical=float(numerical[at]),
                )
            )
            differing[start + chosen] = gap > ACCURACY[label] * scale
            start += p.size
        return Compared(label, tuple(found), differing)

    def _chosen(self, size: int) -> NDArray:
        """Return which entries of a parameter of this size are checked."""
        if self.entries is None or self.entries >= size:
            return np.arange(size)
        return np.sort(self.pick.choice(size, self.entries, replace=False))

    def _complex(self, rows: tuple) -> Callable[[NDArray], float]:
        """Return the complex-step derivative at the parameters of `real`."""
        twin = self.model.astype(np.complex128)
        twin.theta[...] = self.real.theta
        return complex_step(twin, partial(_loss, twin, ready(twin, rows), self.rng))

    def _is_analytic(self, rows: tuple, direction: NDArray, along: float, loss: float) -> bool:
        """Whether the complex step agrees with `along`, the central difference in `direction`."""
        try:
            derivative = self._complex(rows)(direction)
        except TypeError:  # some NumPy functions do not accept complex numbers
            return False
        noise = 10.0 * np.finfo(float).eps * loss / CENTRAL_STEP
        return bool(np.isclose(derivative, along, rtol=1e-4, atol=noise))


def _loss(model: Trainable, rows: tuple, rng: int) -> float:
    return evaluate(model, rows, rng=stream(rng, "evaluation"))
