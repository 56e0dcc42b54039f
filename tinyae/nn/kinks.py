"""Search for rows of data at which the loss has no derivative, because they lie on a kink.

A rectifier has a kink at a = 0. If a = 0 for some row, the loss of that row has different slopes
to the left and to the right. This happens, for example, if all units of the layer before are off
and the biases are still 0. The analytic gradient uses one of the two slopes, and a central
difference gives their mean. Neither is wrong, so such rows cannot test a gradient. `gradcheck`
finds them with this module and leaves them out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.arrays import length_of
from tinyae.nn.layers import Layer
from tinyae.nn.structure import leaves
from tinyae.nn.trainable import Trainable

WIDE, NARROW = 1e-4, 2e-5  # larger than CENTRAL_STEP, because jumps of the slope are searched for
ROUNDING = 1e-13  # relative to the loss: smaller second differences are rounding errors


class Watch:
    """Evaluates a model's loss and records which rows touch a kink when the parameters change.

    The attribute `kinks` of a unit holds values of its inputs; that of a penalty holds values of
    the code. A row touches a kink if its side of the kink changes when the parameters change. A
    value that stays on the kink for all such changes has a derivative. An example is |h| where h
    is the output 0 of a rectifier that is off.

    Parameters
    ----------
    model : a copy that is used for nothing else, because its layers are changed to record inputs
    evaluate : function of (model, rows) that returns the loss of rows that were checked

    Attributes
    ----------
    touched : for each unit or penalty, by name, which rows touched its kink since `start`
    """

    def __init__(self, model: Trainable, evaluate: Callable[[Trainable, tuple], float]):
        self.model, self.evaluate = model, evaluate
        self.rows: tuple = ()
        self._checked: tuple = ()
        self.touched: dict[str, NDArray] = {}
        self._sides: list[tuple[str, NDArray]] = []
        self._base: list[tuple[str, NDArray]] = []
        found: dict[int, tuple[Layer, list[str]]] = {}
        for part_name, part in model.parts.items():
            for i, leaf in enumerate(leaves(part)):
                found.setdefault(id(leaf), (leaf, []))[1].append(f"{part_name}[{i}]")
        for leaf, places in found.values():  # one unit may be used in several places
            self._listen(leaf, "forward", lambda a: a, f"{', '.join(places)} {leaf!r}")
        for penalty in getattr(model, "penalties", ()):
            self._listen(penalty, "add", lambda p: p.h, f"penalty {type(penalty).__name__}")

    def _listen(self, what: Any, method: str, read: Callable, name: str) -> None:
        """Make `what` record on which side of its kinks the input lies, at every call."""
        kinks = np.asarray(what.kinks, np.float64)
        if kinks.size == 0:
            return
        usual = getattr(what, method)

        def noted(given: Any) -> Any:
            values = np.real(read(given))
            self._sides.append((name, np.sign(values[..., None] - kinks).astype(np.int8)))
            return usual(given)

        object.__setattr__(what, method, noted)  # a penalty is frozen; this is a copy of it

    def start(self, rows: tuple) -> float:
        """Return the loss of these rows. Later evaluations are compared with this one."""
        self.rows, self.touched = rows, {}
        self._checked = ready(self.model, rows)
        self._sides = []
        loss = self.evaluate(self.model, self._checked)
        self._base = self._sides
        return loss

    def __call__(self) -> float:
        """Return the loss of the same rows at the current parameters."""
        self._sides = []
        loss = self.evaluate(self.model, self._checked)
        n = common_length(self.rows)
        for (name, now), (_, before) in zip(self._sides, self._base, strict=False):
            if now.shape != before.shape:
                continue
            changed = now != before
            # If the input does not have one line for each row, every row counts as touching.
            rows = changed.reshape(n, -1).any(axis=1) if len(now) == n else np.full(n, True)
            if changed.any():
                self.touched[name] = self.touched.get(name, False) | rows
        return loss


def bent(watch: Watch, direction: NDArray) -> NDArray:
    """Return which of the watched rows have a loss with a kink along one direction.

    This finds kinks that no layer states. Along the direction, a smooth loss has

        D(h) = L(h) − 2 L(0) + L(−h),   4 D(h/2) − D(h) ~ h⁴,
        S(h) = L(h) − L(−h),            S(h) − 2 S(h/2) ~ h³.

    If the slope jumps at 0, the first is proportional to h only. If the second derivative jumps,
    the second is proportional to h². The second case occurs for ½‖x − r‖² if r has a kink where
    x = r. So each quantity is computed at two steps, and the ratio of the two values distinguishes
    a jump from any smooth curvature.
    """
    rows, n = watch.rows, common_length(watch.rows)
    try:
        alone = [_bends(watch, some(rows, np.array([i]), n), direction) for i in range(n)]
    except ValueError:  # a model may refuse to be trained on one row
        alone = [False]
    # A row may touch a kink only with the noise of the whole batch. Then every row counts.
    return np.array(alone) if any(alone) else np.full(n, _bends(watch, rows, direction))


def _bends(watch: Watch, rows: tuple, direction: NDArray) -> bool:
    wide, narrow = (_differences(watch, rows, step * direction) for step in (WIDE, NARROW))
    # A jump gives powers 1 and 2 of the step, a smooth loss 4 and 3: 2.5 lies between them.
    shrink, rounding = (NARROW / WIDE) ** 2.5, ROUNDING * abs(narrow[2])
    return any(abs(narrow[i]) > max(shrink * abs(wide[i]), rounding) for i in (0, 1))


def _differences(watch: Watch, rows: tuple, direction: NDArray) -> tuple[float, float, float]:
    """Return 4 D(½) − D(1), S(1) − 2 S(½), and the loss itself."""
    model, at = watch.model, {}
    theta, rows = model.theta.copy(), ready(model, rows)
    try:
        for t in (-1.0, -0.5, 0.0, 0.5, 1.0):
            model.theta[...] = theta + t * direction
            at[t] = watch.evaluate(model, rows)
    finally:
        model.theta[...] = theta
    bend = 4.0 * (at[0.5] + at[-0.5]) - (at[1.0] + at[-1.0]) - 6.0 * at[0.0]
    twist = at[1.0] - at[-1.0] - 2.0 * (at[0.5] - at[-0.5])
    return float(bend), float(twist), float(at[0.0])


def ready(model: Trainable, rows: tuple) -> tuple:
    """Return the rows as `evaluate` needs them. They and the model are checked once, not each time.

    Raises what `check_rows` and `check_packed` of the model raise.
    """
    rows = model.check_rows(*rows)
    model.check_packed()
    return rows


def common_length(rows: tuple) -> int:
    """Return the number of rows, or 1 if the arrays cannot be split into rows."""
    lengths = {length_of(r) for r in rows}
    n = lengths.pop() if len(lengths) == 1 else 0
    return n or 1


def some(rows: tuple, kept: NDArray, n: int) -> tuple:
    """Return the rows with the indices `kept`. If all n are kept, return `rows` unchanged."""
    if len(kept) == n:
        return rows
    return tuple(r[kept] if hasattr(r, "ndim") else np.asarray(r)[kept] for r in rows)
