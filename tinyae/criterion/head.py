"""A supervised task on the code (section 14.2.1): the code is trained for two tasks.

The criterion is reconstruction + Ω + weight · classification loss, and f is trained on both tasks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import real_array
from tinyae.checks.numbers import real_number, settle, whole_number
from tinyae.criterion.outputs import CategoricalOutput
from tinyae.nn.layers import Linear, hollow


@dataclass(frozen=True)
class Classifier:
    """Softmax regression on the code h: weight · −log p(y | h), with p = softmax(h W + b).

    The code may be random; then h is the sample z that the decoder reads. Initially W = 0 and
    b = 0, so that all classes have equal probabilities. No random start is needed, because softmax
    regression is convex.
    """

    classes: int
    weight: float = 1.0
    takes_weights: ClassVar[bool] = True

    def __post_init__(self) -> None:
        settle(self, "classes", whole_number(self.classes, "classes", least=2))
        settle(self, "weight", real_number(self.weight, "weight", low=0.0))

    def layer(self, d_code: int, dtype: DTypeLike) -> Linear:
        """Return the affine layer from the code to the logits, for a model to pack."""
        return hollow(d_code, self.classes, dtype)

    def check(self, y: ArrayLike, n: int) -> NDArray:
        """Return y as n whole numbers in [0, classes), or raise an error."""
        y, n = real_array(y, "labels"), whole_number(n, "n", least=0)
        if y.dtype.kind not in "iu":
            raise TypeError(f"labels must be whole numbers, got an array of dtype {y.dtype}")
        if y.shape != (n,):
            raise ValueError(f"labels must have shape ({n},), one per example, got {y.shape}")
        if n and not (0 <= y.min() and y.max() < self.classes):
            raise ValueError(
                f"labels must lie in 0 to {self.classes - 1}, got {y.min()} to {y.max()}"
            )
        return y

    def loss_and_gradient(
        self, y: NDArray, logits: NDArray, each: NDArray | None = None
    ) -> tuple[float, NDArray]:
        """Return weight · mean of −log p(y | h), and its gradient weight (p − onehot(y)) / n.

        `each` (n, 1) are weights of the examples, or None.
        """
        target = np.zeros(logits.shape, logits.real.dtype)
        target[np.arange(len(y)), y] = 1.0
        output, scale = CategoricalOutput(), float(self.weight) / len(y)
        cost, gradient = output.cost(target, logits), output.gradient(target, logits)
        if each is not None:
            cost, gradient = each[:, 0] * cost, each * gradient
        return scale * cost.sum(), scale * gradient
