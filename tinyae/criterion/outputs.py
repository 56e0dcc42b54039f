"""The output distributions p_decoder(x | h) and their log-likelihoods.

The decoder ends in a linear layer, which gives natural parameters `a`. The output defines to which
distribution they belong (section 14.4). The reconstruction r = g(h) is the mean of this
distribution, computed by the layer `mean`. The cost is −log p_decoder(x | h) up to a constant, one
number for each example; `fit` averages it. Shapes: x (n, d), a (n, d), costs (n,). The base class
`Output` describes the methods. Outputs with a variance are in `gaussian_outputs`, mixtures are in
`mixture_output`. `core/outputs.py` has some of them on buffers, for the vectorized core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tinyae.checks.generators import given_generator
from tinyae.checks.numbers import real_number
from tinyae.checks.tables import floats
from tinyae.criterion.output import Output
from tinyae.nn.activations import Elementwise, Identity, Sigmoid
from tinyae.nn.softmax import Softmax, checked_groups, columns, log_sum_exp
from tinyae.numerics.constants import LOG_2PI
from tinyae.numerics.underflow import underflow_to_zero


@dataclass(frozen=True)
class GaussianOutput(Output):
    """p(x | h) = N(x; a, I): real-valued x, linear output units, half the squared error."""

    formula: ClassVar[str] = "½‖x − r‖²"
    mean: ClassVar[Elementwise] = Identity()
    mean_is_optimal: ClassVar[bool] = True
    is_canonical: ClassVar[bool] = True
    has_free_scale: ClassVar[bool] = True
    is_normal: ClassVar[bool] = True

    def natural(self, d: int) -> dict[str, tuple[int, ...]]:
        """Return {"mean": (d,)}."""
        return {"mean": (d,)}

    def cost(self, x: NDArray, a: NDArray) -> NDArray:
        """½‖x − a‖² for each example: −log N(x; a, I) without its constant."""
        e = x - a
        return 0.5 * (e * e).sum(axis=1)

    def entry_costs(self, x: NDArray, a: NDArray) -> NDArray:
        """½(x − a)² of each entry, (n, d). `cost` is their sum."""
        e = x - a
        return 0.5 * (e * e)

    def gradient(self, x: NDArray, a: NDArray) -> NDArray:
        """∂cost/∂a = a − x."""
        return a - x

    def sample(self, a: NDArray, rng: np.random.Generator, scale: float = 1.0) -> NDArray:
        """Draw x ~ N(a, scale² I)."""
        a, rng = floats(a, "a"), given_generator(rng)
        scale = real_number(scale, "scale", low=0.0)
        return a + scale * rng.standard_normal(a.shape, dtype=a.dtype)

    def nll(self, x: NDArray, a: NDArray) -> NDArray:
        """−log N(x; a, I) = ½‖x − a‖² + ½ d log 2π, in nats per example."""
        return self.cost(x, a) + 0.5 * x.shape[1] * LOG_2PI

    def link(self, mean: NDArray, least: float) -> NDArray | None:
        """Return the mean itself."""
        return mean

    def elsewhere(self, cost: float, d: int) -> str:
        """Return text with the cost as Keras' mean squared error."""
        return (
            f"its {self.formula} alone: {cost:.6g}; in Keras' convention, mean squared error "
            f"= 2 · {cost:.6g} / {d} = {2.0 * cost / d:.6g}"
        )


@dataclass(frozen=True)
class BernoulliOutput(Output):
    """p(x | h) = Π r^x (1 − r)^(1−x), r = sigmoid(a): targets in [0, 1], sigmoid output units.

    Grey values strictly between 0 and 1 are allowed, as is usual for images. Then the cost is the
    cross-entropy between two Bernoulli variables. Its minimum is at r = x, but is not zero.
    """

    formula: ClassVar[str] = "−Σ [x log r + (1−x) log(1−r)]"
    mean: ClassVar[Elementwise] = Sigmoid()
    mean_is_optimal: ClassVar[bool] = True
    is_canonical: ClassVar[bool] = True
    is_binary: ClassVar[bool] = True

    def natural(self, d: int) -> dict[str, tuple[int, ...]]:
        """Return {"logits": (d,)}."""
        return {"logits": (d,)}

    def check(self, x: NDArray) -> None:
        """Raise ValueError if a target lies outside [0, 1]."""
        low, high = x.min(), x.max()
        if not (low >= 0 and high <= 1):
            hint = "divide bytes by 255" if low >= 0 and high <= 255 else "rescale them"
            raise ValueError(
                f"BernoulliOutput needs targets in [0, 1], got values from {low:g} to {high:g}; "
                f"{hint}, or use GaussianOutput for real-valued data"
            )

    @underflow_to_zero
    def cost(self, x: NDArray, a: NDArray) -> NDArray:
        """Σ softplus(a) − x a for each example."""
        return self.entry_costs(x, a).sum(axis=1)

    def entry_costs(self, x: NDArray, a: NDArray) -> NDArray:
        """softplus(a) − x a of each entry, (n, d). It is computed from the logit to avoid log 0.

        softplus(a) = max(a, 0) + log(1 + exp(−|a|)). First x a is subtracted from the first term,
        then the second term is added, because it may be tiny.
        """
        positive = a.real >= 0
        tail = np.log1p(np.exp(np.where(positive, -a, a)))
        return np.where(positive, a, 0) - x * a + tail

    def gradient(self, x: NDArray, a: NDArray) -> NDArray:
        """∂cost/∂a = sigmoid(a) − x."""
        return self.mean.f(a) - x

    def sample(self, a: NDArray, rng: np.random.Generator) -> NDArray:
        """Draw x, zeros and ones, with p(x = 1) = sigmoid(a)."""
        a, rng = floats(a, "a"), given_generator(rng)
        return (rng.random(a.shape, dtype=a.dtype) < self.mean.f(a)).astype(a.dtype)

    def nll(self, x: NDArray, a: NDArray) -> NDArray:
        """−log p(x | h) in nats per example, for x of zeros and ones: the cost itself."""
        return self.cost(x, a)

    def link(self, mean: NDArray, least: float) -> NDArray | None:
        """Return the log-odds log p/(1 − p)."""
        p = np.clip(mean, least, 1.0 - least)
        return np.log(p) - np.log1p(-p)

    def elsewhere(self, cost: float, d: int) -> str:
        """Return text with the cost as Keras' mean binary cross-entropy."""
        return (
            f"its cross-entropy alone: {cost:.6g}; in Keras' convention, mean binary cross-entropy "
            f"= {cost:.6g} / {d} = {cost / d:.6g}"
        )


@dataclass(frozen=True)
class CategoricalOutput(Output):
    """p(x | h) = Π r_i^x_i, r = softmax(a): each row of x is one of d classes, or a distribution.

    Targets are rows of probabilities, which are one-hot if the class is known. With `groups`, a row
    consists of several categorical variables, which are independent given h: the softmax, the
    constraints on targets and the one-hot vectors that are drawn belong to each group.

    Parameters
    ----------
    groups : widths of the groups, such as (3, 4) for a variable of three classes followed by one of
        four; their sum must be d. None means one group of d classes
    """

    groups: tuple[int, ...] | None = None

    formula: ClassVar[str] = "−Σ x log r"
    mean_is_optimal: ClassVar[bool] = True
    is_canonical: ClassVar[bool] = True
    is_binary: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", checked_groups(self.groups))

    @property
    def mean(self) -> Softmax:  # type: ignore[override]  # computed here, a plain attribute of the base
        """The softmax of each group."""
        return Softmax(self.groups)

    def natural(self, d: int) -> dict[str, tuple[int, ...]]:
        """Return {"logits": (d,)}. Raise ValueError if the widths of the groups do not add to d."""
        columns(self.groups, d)
        return {"logits": (d,)}

    def check(self, x: NDArray) -> None:
        """Raise ValueError unless, in every row, each group is non-negative and sums to one."""
        for part in columns(self.groups, x.shape[1]):
            p = x[:, part]
            if p.min() < 0 or not np.allclose(p.sum(axis=1), 1.0, atol=1e-5):
                where = (
                    "" if self.groups is None else f" in columns {part.start} to {part.stop - 1}"
                )
                raise ValueError(
                    f"CategoricalOutput needs rows of probabilities{where}, non-negative and "
                    f"summing to one; got entries from {p.min():g} and row sums from "
                    f"{p.sum(axis=1).min():g} to {p.sum(axis=1).max():g}; for class labels use "
                    "np.eye(classes)[labels]"
                )

    def cost(self, x: NDArray, a: NDArray) -> NDArray:
        """log Σ exp(a) − Σ x a for each example, summed over groups; from logits to avoid log 0.

        To avoid rounding errors, the largest logit m is subtracted first. The cost of a group is
        then log Σ exp(a − m) − Σ x (a − m) + m (1 − Σ x), where the last term is zero.
        """
        first, *others = columns(self.groups, a.shape[1])
        total = _cross_entropy(x[:, first], a[:, first])
        for part in others:
            total = total + _cross_entropy(x[:, part], a[:, part])
        return total

    def gradient(self, x: NDArray, a: NDArray) -> NDArray:
        """∂cost/∂a = softmax(a) − x."""
        return self.mean.forward(a)[0] - x

    def sample(self, a: NDArray, rng: np.random.Generator) -> NDArray:
        """Draw one-hot groups x with p(x_i = 1) = softmax(a)_i.

        The 1 is at the largest entry of a + g in its group, where g is standard Gumbel noise.
        """
        a, rng = floats(a, "a"), given_generator(rng)
        noisy, x = a + rng.gumbel(size=a.shape), np.zeros_like(a)
        for part in columns(self.groups, a.shape[1]):
            x[np.arange(len(a)), part.start + noisy[:, part].argmax(axis=1)] = 1.0
        return x

    def nll(self, x: NDArray, a: NDArray) -> NDArray:
        """−log p(x | h) in nats per example, for one-hot x: the cost itself."""
        return self.cost(x, a)

    def link(self, mean: NDArray, least: float) -> NDArray | None:
        """Return log p."""
        columns(self.groups, len(mean))
        return np.log(np.maximum(mean, least))

    def elsewhere(self, cost: float, d: int) -> str:
        """Return text with the cost as Keras' mean categorical cross-entropy, for one group."""
        if self.groups is not None:
            return f"its cross-entropy alone, summed over {len(self.groups)} groups: {cost:.6g}"
        return (
            f"its cross-entropy alone: {cost:.6g}, which is also Keras' mean categorical "
            "cross-entropy"
        )

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}()" if self.groups is None else f"{name}(groups={self.groups})"


def _cross_entropy(x: NDArray, a: NDArray) -> NDArray:
    """Return log Σ exp(a) − Σ x a of one group for each example, as `CategoricalOutput.cost`."""
    m = a.real.max(axis=1, keepdims=True)
    rest = m[:, 0] * (1.0 - x.sum(axis=1))
    return log_sum_exp(a - m) - (x * (a - m)).sum(axis=1) + rest
