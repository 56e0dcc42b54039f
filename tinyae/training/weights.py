"""Weights: how much each example, or each entry, counts in the loss; weight 0 means missing.

Weights are the last of the rows, so that they are batched, shuffled and split like the data.
With n examples in a batch, the loss is still a mean over the examples,

    1/n Σ_i w_i [cost_i + Ω_i + head_i]        w of shape (n,)
    1/n Σ_i [Σ_j w_ij cost_ij + e_i (Ω_i + head_i)]        w of shape (n, d)

where Ω_i includes the KL divergence of a code with a prior, and e_i is 1 if any entry of example i
has a positive weight, and 0 if none has: an example without known entries contributes nothing. The
loss is divided by n, not by the sum of the weights: an example of weight 2 counts like two equal
examples, but n does not change. Weights with mean 1 keep the scale of the loss.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import theta_dtype
from tinyae.checks.tables import check_finite, table


class Weights:
    """Weights of the examples, shape (n,), or of their entries, shape (n, d). None is negative.

    `fit(model, X, weights=w)` makes such an object. You can also give one as the last of the rows,
    as in `model.loss(x, Weights(w))`, `gradcheck(model, (x, Weights(w)))` or
    `validation=(X, Weights(w))`.
    """

    def __init__(self, values: ArrayLike):
        values = real_array(values, "weights")
        if values.ndim not in (1, 2):
            raise ValueError(
                "weights must have shape (n,), one for each example, or (n, d), one for each "
                f"entry; got shape {values.shape}"
            )
        # A vector is checked as a table with one column.
        rows = values if values.ndim == 2 else values[:, None]
        rows = table(rows, "weights", dtype=np.float64, squared=True)
        if (rows < 0).any():
            raise ValueError(f"weights must not be negative, got {rows.min():g}; 0 leaves out")
        self.values: NDArray = rows if values.ndim == 2 else rows[:, 0]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: Any) -> Weights:
        part = Weights.__new__(Weights)
        part.values = self.values[index]
        return part

    @property
    def ndim(self) -> int:
        """The number of dimensions: 1 for weights of examples, 2 for weights of entries."""
        return self.values.ndim

    def __repr__(self) -> str:
        if not self.values.size:
            return f"Weights of shape {self.values.shape}"
        low, high, zero = self.values.min(), self.values.max(), (self.values == 0).sum()
        return f"Weights of shape {self.values.shape}, from {low:g} to {high:g}, {zero} of them 0"

    def astype(self, dtype: DTypeLike) -> Weights:
        """Return the weights in another dtype; ValueError if one would become 0 or infinite."""
        dtype = theta_dtype(dtype)
        if dtype.kind == "f":
            check_finite(self.values, "weights", dtype)
        part = self[:]
        part.values = self.values.astype(dtype, copy=False)
        if ((part.values == 0) & (self.values > 0)).any():
            raise ValueError(f"weights have entries that are 0 in {dtype}: rescale them")
        return part

    def check(self, x: NDArray) -> None:
        """Raise ValueError unless there is a weight for each row, or each entry, of x (n, d)."""
        wanted = np.shape(x)[: self.ndim]
        if self.values.shape != wanted:
            raise ValueError(
                f"weights of shape {self.values.shape} do not fit x of shape {np.shape(x)}: give "
                "(n,), one for each example, or (n, d), one for each entry"
            )

    def filled(self, x: NDArray) -> NDArray:
        """Return x with 0 in place of the entries of weight 0, even if they are NaN."""
        known = self.values > 0
        if known.all():
            return x
        return np.where(known if self.ndim == 2 else known[:, None], x, 0)

    @property
    def examples(self) -> NDArray:
        """The weight of each example's Ω and head, of shape (n, 1)."""
        if self.ndim == 1:
            return self.values[:, None]
        return (self.values > 0).any(axis=1, keepdims=True).astype(self.values.dtype)

    def cost(self, output: Any, x: NDArray, a: NDArray) -> tuple[NDArray, NDArray]:
        """Return w · cost of each example (n,) and its gradient, of the shape of a.

        If there are several natural parameters for each entry, such as its mean and log-variance,
        a has d columns for each of them.
        """
        gradient = output.gradient(x, a)
        if self.ndim == 1:
            return self.values * output.cost(x, a), self.examples * gradient
        each = np.tile(self.values, gradient.shape[1] // x.shape[1])
        return (self.values * output.entry_costs(x, a)).sum(axis=1), each * gradient


def weighed(each: NDArray | None, values: NDArray) -> NDArray:
    """Return the values times the weights of their examples. `each=None` means no weights."""
    return values if each is None else each * values
