"""The base class of the output distributions p_decoder(x | h): their methods and properties.

A new output is a subclass of `Output`. Other code reads the class attributes below and does not
test for a particular class. There is one exception, the table of the vectorized core
(`core/outputs.py`), to which a new output may be added.
"""

from __future__ import annotations

from math import prod
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tinyae.nn.layers import Layer


class Output:
    """The distribution of x given natural parameters a.

    Shapes: x (n, d), a (n, units(d)), which is (n, d) by default, costs (n,). A subclass defines
    `formula`, `mean`, `cost` and `gradient`. It also defines `sample` if x is to be drawn, and
    `nll` if a likelihood is needed. The boolean attributes are False by default.

    Attributes
    ----------
    formula : formula of the cost for the description of a model
    mean : the layer from a to the mean r, the reconstruction
    mean_is_optimal : whether the expected cost is minimal for r = E[x | x̃]
    has_free_scale : whether the criterion does not determine the scale of the distribution. Then
        `sample` takes the scale as its third argument
    is_canonical : whether ∂cost/∂a = mean(a) − x, as in an exponential family whose natural
        parameters are a
    is_normal : whether p(x | a) = N(x; a, I)
    is_binary : whether the values of x are zeros and ones, and log p(x | a) = x·a − A(a) for them.
        Grey values between 0 and 1 are treated as probabilities
    """

    formula: ClassVar[str]
    mean: ClassVar[Layer]
    mean_is_optimal: ClassVar[bool] = False
    has_free_scale: ClassVar[bool] = False
    is_canonical: ClassVar[bool] = False
    is_normal: ClassVar[bool] = False
    is_binary: ClassVar[bool] = False

    def natural(self, d: int) -> dict[str, tuple[int, ...]]:
        """Return the names of the natural parameters and their shapes for one example x of (d,).

        A row of `a` contains them in this order. By default there is one number for each feature.
        """
        return {"a": (d,)}

    def units(self, d: int) -> int:
        """Return how many natural parameters belong to d features: the width of `a`."""
        return sum(prod(shape) for shape in self.natural(d).values())

    def end(self, d: int, dtype: DTypeLike) -> Layer | None:
        """Return the layer with which a dense decoder ends after its last Linear layer, or None.

        Such a layer has parameters that do not depend on the code. The Linear layer before it has
        `end.d_in` outputs instead of units(d).
        """
        return None

    def check(self, x: NDArray) -> None:
        """Raise ValueError if x cannot be a target of this output; by default, accept all x."""

    def check_definite(self, x: NDArray) -> None:
        """Raise ValueError unless every row of x is a possible value of the distribution.

        log p(x) is defined for such values only. Training also accepts grey values, which it treats
        as probabilities.
        """
        self.check(x)
        if self.is_binary and not ((x == 0) | (x == 1)).all():
            raise ValueError(
                f"log p(x) of a {type(self).__name__} needs x of zeros and ones, got values "
                "between; round them, or draw zeros and ones with these probabilities"
            )

    def check_canonical(self, what: str) -> None:
        """Raise ValueError unless ∂cost/∂a = mean(a) − x, which `what` needs."""
        if not self.is_canonical:
            raise ValueError(
                f"{what} needs an output for which the gradient of the cost is mean(a) - x; "
                f"{self!r} does not state is_canonical"
            )

    def cost(self, x: NDArray, a: NDArray) -> NDArray:
        """Return −log p(x | a) of each example, up to a constant that does not depend on a."""
        raise NotImplementedError(f"{type(self).__name__}.cost")

    def gradient(self, x: NDArray, a: NDArray) -> NDArray:
        """Return ∂cost/∂a, of the shape of a."""
        raise NotImplementedError(f"{type(self).__name__}.gradient")

    def sample(self, a: NDArray, rng: np.random.Generator) -> NDArray:
        """Draw x ~ p(x | a), of shape (n, d)."""
        raise NotImplementedError(f"{type(self).__name__}.sample")

    def nll(self, x: NDArray, a: NDArray) -> NDArray:
        """Return −log p(x | a) of each example in nats, with all constants."""
        raise NotImplementedError(f"{type(self).__name__}.nll")

    def link(self, mean: NDArray, least: float) -> NDArray | None:
        """Return natural parameters (d,) whose mean is `mean` (d,); None if this is not defined.

        Probabilities are clipped to a distance of at least `least` from 0 and 1, so that the result
        is finite.
        """
        return None

    def elsewhere(self, cost: float, d: int) -> str:
        """Return text with the value that other libraries print for this mean cost, or "".

        Keras and PyTorch take the mean over all entries of the batch. Here the cost of an example
        is the sum over its d entries.
        """
        return ""
