"""Where a loss has no derivative: rows of data that lie on a kink of a unit or of a penalty.

A rectifier has a kink at a = 0. A row whose a is 0 there, as behind a layer of which every unit is
off while the biases are still 0, gives a loss with one slope to the left and another to the right.
The gradient in use takes one of them and a difference takes their mean, and neither is wrong. Such
rows say nothing about a gradient, so `gradcheck` finds them here and leaves them out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.arrays import length_of
from tinyae.nn.structure import leaves
from tinyae.nn.trainable import Trainable

WIDE, NARROW = 1e-4, 2e-5  # steps wider than a difference's: what is looked for is a jump
ROUNDING = 1e-13  # of the loss: second differences below it tell nothing


class Watch:
    """Evaluates a model's loss and notes which rows touch a kink between one evaluation and others.

    A unit states its kinks in its inputs, and a penalty in the code, as an attribute `kinks`. A row
    touches a kink if the side on which it lies changes as the parameters move. A unit that rests at
    its kink however they move, as |h| does at the 0 of a rectifier that is off, has a derivative.

    Parameters
    ----------
    model : a copy that nobody else uses: its layers are made to report what they are given
    evaluate : returns the loss of such a model for (model, rows)

    Attributes
    ----------
    touched : for each place with a kink, by name, which rows touched it since `start`
    """

    def __init__(self, model: Trainable, evaluate: Callable[[Trainable, tuple], float]):
        self.model, self.evaluate = model, evaluate
        self.rows: tuple = ()
        self.touched: dict[str, NDArray] = {}
        self._sides: list[tuple[str, NDArray]] = []
        self._base: list[tuple[str, NDArray]] = []
        found = {}
        for part_name, part in model.parts.items():
            for i, leaf in enumerate(leaves(part)):
                found.setdefault(id(leaf), (leaf, []))[1].append(f"{part_name}[{i}]")
        for leaf, places in found.values():  # one unit may stand in several places
            self._listen(leaf, "forward", lambda a: a, f"{', '.join(places)} {leaf!r}")
        for penalty in getattr(model, "penalties", ()):
            self._listen(penalty, "add", lambda p: p.h, f"penalty {type(penalty).__name__}")

    def _listen(self, what: object, method: str, read: Callable, name: str) -> None:
        """Make `what` note its input's sides whenever its method is called."""
        kinks = np.asarray(what.kinks, np.float64)
        if kinks.size == 0:
            return
        usual = getattr(what, method)

        def noted(given):
            values = np.real(read(given))
            self._sides.append((name, np.sign(values[..., None] - kinks).astype(np.int8)))
            return usual(given)

        object.__setattr__(what, method, noted)  # a penalty is frozen; this is a copy of it

    def start(self, rows: tuple) -> float:
        """Return the loss of these rows, to which later evaluations are compared."""
        self.rows, self.touched = rows, {}
        self._sides = []
        loss = self.evaluate(self.model, rows)
        self._base = self._sides
        return loss

    def __call__(self) -> float:
        """Return the loss of the same rows at the parameters as they are now."""
        self._sides = []
        loss = self.evaluate(self.model, self.rows)
        n = common_length(self.rows)
        for (name, now), (_, before) in zip(self._sides, self._base, strict=False):
            if now.shape != before.shape:
                continue
            changed = now != before
            # Where a layer is given something else than one line for each row, any row may be it.
            rows = changed.reshape(n, -1).any(axis=1) if len(now) == n else np.full(n, True)
            if changed.any():
                self.touched[name] = self.touched.get(name, False) | rows
        return loss


def bent(watch: Watch, direction: NDArray) -> NDArray:
    """Return which of the watched rows have a loss that bends along one direction.

    That is for kinks that no layer states. A smooth loss has, along the direction,

        D(h) = L(h) − 2 L(0) + L(−h),   4 D(h/2) − D(h) ~ h⁴,
        S(h) = L(h) − L(−h),            S(h) − 2 S(h/2) ~ h³.

    With a jump of the slope at 0 the first goes down with h only, with a jump of the second
    derivative the second with h². The latter is what a kink makes of ½‖x − r‖² where x = r. So each
    is taken at two steps, and the ratio of the two tells a jump from curvature, however strong.
    """
    rows, n = watch.rows, common_length(watch.rows)
    try:
        alone = [_bends(watch, some(rows, np.array([i]), n), direction) for i in range(n)]
    except ValueError:  # a model may refuse to be trained on one row
        alone = [False]
    # The noise of a batch may put a row on a kink that it does not touch alone: any may be it.
    return np.array(alone) if any(alone) else np.full(n, _bends(watch, rows, direction))


def _bends(watch: Watch, rows: tuple, direction: NDArray) -> bool:
    wide, narrow = (_differences(watch, rows, step * direction) for step in (WIDE, NARROW))
    # A jump gives powers 1 and 2 of the step, a smooth loss 4 and 3: 2.5 lies between them.
    shrink, rounding = (NARROW / WIDE) ** 2.5, ROUNDING * abs(narrow[2])
    return any(abs(narrow[i]) > max(shrink * abs(wide[i]), rounding) for i in (0, 1))


def _differences(watch: Watch, rows: tuple, direction: NDArray) -> tuple[float, float, float]:
    """Return 4 D(½) − D(1), S(1) − 2 S(½), and the loss itself."""
    model, at = watch.model, {}
    theta = model.theta.copy()
    try:
        for t in (-1.0, -0.5, 0.0, 0.5, 1.0):
            model.theta[...] = theta + t * direction
            at[t] = watch.evaluate(model, rows)
    finally:
        model.theta[...] = theta
    bend = 4.0 * (at[0.5] + at[-0.5]) - (at[1.0] + at[-1.0]) - 6.0 * at[0.0]
    twist = at[1.0] - at[-1.0] - 2.0 * (at[0.5] - at[-0.5])
    return float(bend), float(twist), float(at[0.0])


def common_length(rows: tuple) -> int:
    """Return how many rows there are, or 1 where the arrays cannot be split into rows."""
    lengths = {length_of(r) for r in rows}
    n = lengths.pop() if len(lengths) == 1 else 0
    return n or 1


def some(rows: tuple, kept: NDArray, n: int) -> tuple:
    """Return these of the n rows; all of them as they were given."""
    if len(kept) == n:
        return rows
    return tuple(r[kept] if hasattr(r, "ndim") else np.asarray(r)[kept] for r in rows)
