"""The softmax layer, y_i = exp(a_i) / Σ_j exp(a_j).

It maps the natural parameters of a categorical distribution to its probabilities (section 14.4).
It is not elementwise: each output depends on all inputs. So it defines all four methods itself.
With `groups`, consecutive groups of inputs are normalized separately: one softmax for each group.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.numbers import whole_number
from tinyae.nn.layers import Layer
from tinyae.numerics.underflow import underflow_to_zero


class Softmax(Layer):
    """y = exp(a) / Σ exp(a), row by row. Shapes: a, y (n, d); tangents (K, n, d).

    Parameters
    ----------
    groups : widths of consecutive groups of columns, such as (3, 4). The sum in the formula is then
        over the group of each entry. None means one group of any width
    """

    formula = "exp(a)/Σ exp(a)"
    reach = (0.0, 1.0)
    groups: tuple[int, ...] | None = None

    def __init__(self, groups: Sequence[int] | None = None):
        super().__init__()
        self.groups = checked_groups(groups)

    @underflow_to_zero
    def forward(self, a: NDArray) -> tuple[NDArray, NDArray]:
        """Return y; the cache is y. The largest a is subtracted first, to avoid overflow."""
        e = np.exp(a - self._over_group(np.maximum, a.real))
        y = e / self._over_group(np.add, e)
        return y, y

    def backward(self, gy: NDArray, y: NDArray) -> NDArray:
        """ga_i = y_i (gy_i − Σ_j y_j gy_j): J = diag(y) − y yᵀ is symmetric."""
        return y * (gy - self._over_group(np.add, y * gy))

    def jvp(self, v: NDArray, y: NDArray) -> tuple[NDArray, NDArray]:
        """u_i = y_i (v_i − Σ_j y_j v_j); the tape is v."""
        return self.backward(v, y), v

    def jvp_backward(self, gu: NDArray, v: NDArray, y: NDArray) -> tuple[NDArray, NDArray]:
        """gv = J gu. With m = Σ y v and c = Σ y gu, the adjoint of y is Σ [gu (v − m) − c v]."""
        m = self._over_group(np.add, y * v)
        c = self._over_group(np.add, y * gu)
        gy = (gu * (v - m) - c * v).sum(axis=0)
        return self.backward(gy, y), self.backward(gu, y)

    def _over_group(self, operation: np.ufunc, t: NDArray) -> NDArray:
        """Return the sum or the maximum of t over the group of each entry, in a shape like t."""
        if self.groups is None:
            return operation.reduce(t, axis=-1, keepdims=True)
        columns(self.groups, t.shape[-1])
        starts = np.cumsum((0, *self.groups[:-1]))
        return np.repeat(operation.reduceat(t, starts, axis=-1), self.groups, axis=-1)

    def __repr__(self) -> str:
        return "Softmax()" if self.groups is None else f"Softmax(groups={self.groups})"


def checked_groups(groups: Sequence[int] | None) -> tuple[int, ...] | None:
    """Return the widths of groups as a tuple of ints of at least 1, or None; raise otherwise."""
    if groups is None:
        return None
    if not isinstance(groups, list | tuple):
        raise TypeError(
            f"groups must be None or a tuple of widths such as (3, 4), got {groups!r:.60}"
        )
    if not groups:
        raise ValueError("groups is empty: give the width of at least one group, or None")
    return tuple(whole_number(width, "a width in groups") for width in groups)


def columns(groups: tuple[int, ...] | None, d: int) -> list[slice]:
    """Return the columns of each group of d columns. Raise ValueError if the widths do not fit."""
    if groups is None:
        return [slice(0, d)]
    if sum(groups) != d:
        raise ValueError(
            f"groups={groups} are {sum(groups)} columns, but there are {d}: the widths of the "
            "groups must add up to the number of columns"
        )
    ends = np.cumsum(groups).tolist()
    return [slice(end - width, end) for width, end in zip(groups, ends, strict=True)]


@underflow_to_zero
def log_sum_exp(a: NDArray) -> NDArray:
    """log Σ_j exp(a_j) along the last axis, without overflow."""
    top = a.real.max(axis=-1, keepdims=True)
    return top[..., 0] + np.log(np.exp(a - top).sum(axis=-1))
