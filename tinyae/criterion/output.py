"""What every output distribution p_decoder(x | h) gives, and the facts that it states about itself.

A new output is a subclass of `Output` in a file of its own. Whoever needs to know something about
an output reads a fact here; nobody asks for its class, except the table of the vectorized core
(`core/outputs.py`) and the table of files (`persistence/header.py`), where a row may be added.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tinyae.nn.layers import Layer


class Output:
    """The distribution of x given natural parameters a. Shapes: x and a (n, d), costs (n,).

    A subclass gives `formula`, `mean`, `cost` and `gradient`; `sample` where something is drawn,
    and `nll` where a likelihood is asked for. The facts are False unless the subclass states them.

    Attributes
    ----------
    formula : the cost as a model's description writes it
    mean : the layer from a to the mean r, the reconstruction
    mean_is_optimal : whether the expected cost is least where r = E[x | x̃]
    has_free_scale : whether the criterion leaves the width of the distribution free; `sample` then
        takes it as a third argument
    is_canonical : whether ∂cost/∂a = mean(a) − x, as in an exponential family whose natural
        parameters are a
    is_normal : whether p(x | a) = N(x; a, I)
    is_binary : whether the values of x are zeros and ones, and log p(x | a) = x·a − A(a) for them;
        grey values between them are taken as probabilities
    """

    formula: ClassVar[str]
    mean: ClassVar[Layer]
    mean_is_optimal: ClassVar[bool] = False
    has_free_scale: ClassVar[bool] = False
    is_canonical: ClassVar[bool] = False
    is_normal: ClassVar[bool] = False
    is_binary: ClassVar[bool] = False

    def check(self, x: NDArray) -> None:
        """Raise ValueError for targets that this output cannot have; by default none."""

    def check_definite(self, x: NDArray) -> None:
        """Raise ValueError unless every row of x is a value of the distribution.

        A probability that is summed or enumerated needs definite values. Grey levels, which
        training takes as probabilities, have none.
        """
        self.check(x)
        if self.is_binary and not ((x == 0) | (x == 1)).all():
            raise ValueError(
                f"log p(x) of a {type(self).__name__} needs x of zeros and ones, got values "
                "between; round them, or draw them with the grey values as probabilities"
            )

    def cost(self, x: NDArray, a: NDArray) -> NDArray:
        """Return −log p(x | a) of each example, up to a constant that does not depend on a."""
        raise NotImplementedError(f"{type(self).__name__}.cost")

    def gradient(self, x: NDArray, a: NDArray) -> NDArray:
        """Return ∂cost/∂a, of shape (n, d)."""
        raise NotImplementedError(f"{type(self).__name__}.gradient")

    def sample(self, a: NDArray, rng: np.random.Generator) -> NDArray:
        """Draw x ~ p(x | a), of shape (n, d)."""
        raise NotImplementedError(f"{type(self).__name__}.sample")

    def nll(self, x: NDArray, a: NDArray) -> NDArray:
        """Return −log p(x | a) of each example in nats, with all constants."""
        raise NotImplementedError(f"{type(self).__name__}.nll")

    def link(self, mean: NDArray, least: float) -> NDArray | None:
        """Return natural parameters (d,) whose mean is `mean` (d,); None where none are known.

        Probabilities are kept at a distance `least` from 0 and 1, so that a is finite.
        """
        return None

    def elsewhere(self, cost: float, d: int) -> str:
        """Return what other libraries print for this mean cost of rows of d numbers, or nothing.

        Keras and PyTorch take the mean over all entries; here it is a sum over each example's.
        """
        return ""
