"""The Helmholtz machine: a stochastic encoder and a stochastic decoder, trained without a gradient.

Section 14.2 names it among the models that resemble an autoencoder. The decoder is a generative
model p(x, h) of binary layers (Dayan, Hinton, Neal and Zemel 1995). The encoder q(h | x) is a
network of its own, the recognition network, and approximates p(h | x). Wake-sleep (Hinton, Dayan,
Frey and Neal 1995) trains both by the delta rule, and no derivative passes through a drawn state.
`models/belief_net.py` has the layers of both networks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.generators import generator, only
from tinyae.checks.numbers import truth, whole_number
from tinyae.checks.tables import table
from tinyae.models.belief_net import (
    UNITS,
    TopBias,
    add_costs,
    check_enumerable,
    costs,
    descend,
    log_marginal,
)
from tinyae.models.machine_graphs import helmholtz_graph
from tinyae.nn.dense import checked_sizes
from tinyae.nn.initializers import Initializer
from tinyae.nn.layers import Layer, Linear
from tinyae.nn.model import Model
from tinyae.nn.softmax import log_sum_exp
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.training.dead_units import constant_units


class HelmholtzMachine(Model):
    """Binary layers x = s_0, s_1, …, s_L: p(x, h) from the top down, q(h | x) from x upwards.

        p(x, h) = p(s_L) Π_l p(s_l | s_(l+1))      p(s_l,i = 1 | s_(l+1)) = σ((s_(l+1) V_l + c_l)_i)
        q(h | x) = Π_l q(s_(l+1) | s_l)            q(s_(l+1),j = 1 | s_l) = σ((s_l W_l + b_l)_j)

    The top layer has p(s_L,j = 1) = σ(t_j). One call of `objective` for a batch of n examples is

    - **wake**: h ~ q(h | x) for each example. The generative parameters θ follow the gradient of
      log p(x, h): ΔV_l = ε s_(l+1)ᵀ (s_l − prediction) / n, and likewise c and t. The expectation
      of this step is the gradient of E_q[log p(x, h)], and so of the ELBO, in θ.
    - **sleep**: n dreams (x, h) ~ p(x, h). The recognition parameters φ follow the gradient of
      log q(h | x): ΔW_l = ε s_lᵀ (s_(l+1) − prediction) / n, and likewise b. The expectation is the
      gradient of E_p[log q(h | x)], that is of −KL(p(h | x) ‖ q(h | x)) averaged over dreams.

    The ELBO has −KL(q ‖ p) instead, so wake-sleep is not the gradient of one function, and
    `follows_gradient` is False. The loss of `objective` is the wake phase's estimate of the free
    energy E_q[log q(h | x) − log p(x, h)] = −ELBO, in nats per example. It is unbiased, and its
    expectation is at least −log p(x). So epochs can be compared by it, up to its noise; the sleep
    phase does not minimize it.

    Parameters
    ----------
    sizes : widths from the input to the top layer, as in (16, 16, 4); one hidden layer or more
    rng : seed or generator for the initial weights
    dtype : float64 or float32
    init : initializer of all weights, by default `Glorot()`; t is zero

    Examples
    --------
    >>> machine = HelmholtzMachine((16, 16, 4))
    >>> history = fit(machine, bars(4000), optimizer=Adam(Cosine(0.1)), epochs=300, batch_size=200)
    >>> machine.log_likelihood(bars(5))
    >>> dreams = machine.sample(20)
    """

    follows_gradient = False

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
        init: Initializer | None = None,
    ):
        sizes = checked_sizes(sizes, "width of the top layer", deep=True)
        rng = generator(rng, "weights")
        pairs = list(zip(sizes, sizes[1:], strict=False))
        parts: dict[str, Layer] = {}
        for i, (below, above) in enumerate(pairs):
            parts[f"recognition{i}"] = Linear(below, above, rng=rng, dtype=dtype, init=init)
        for i, (below, above) in enumerate(pairs):
            parts[f"generation{i}"] = Linear(above, below, rng=rng, dtype=dtype, init=init)
        dtype = parts["generation0"].params["W"].dtype
        super().__init__({**parts, "top": TopBias(sizes[-1], dtype)})
        self.sizes = tuple(sizes)
        self.d_in, self.d_code = sizes[0], sizes[-1]

    graph = helmholtz_graph  # recognition upwards, generation downwards

    @property
    def recognition(self) -> list[Layer]:
        """The layers of q(h | x), from the input to the top."""
        return [self.parts[f"recognition{i}"] for i in range(len(self.sizes) - 1)]

    @property
    def generation(self) -> list[Layer]:
        """The layers of p(x, h) in the order of the states they predict; the last is the prior."""
        below = [self.parts[f"generation{i}"] for i in range(len(self.sizes) - 1)]
        return [*below, self.parts["top"]]

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray]:
        """Return (x,) ready for use, or say why not. x must consist of zeros and ones."""
        x = table(only(rows, self.d_in), "x", width=self.d_in, dtype=self.dtype)
        UNITS.check_definite(x)
        return (x,)

    @underflow_to_zero
    def encode(self, x: ArrayLike) -> NDArray:
        """Pass probabilities up from x; return those of the top layer, of shape (n, k).

        With one hidden layer they are q(h_j = 1 | x). With more they approximate it, because each
        layer receives probabilities in place of drawn states. `recognize` draws.
        """
        self.check_packed()
        (h,) = self.check_rows(x)
        for layer in self.recognition:
            h = UNITS.mean.f(layer.forward(h)[0])
        return h

    @underflow_to_zero
    def decode(self, h: ArrayLike) -> NDArray:
        """Pass probabilities down from states h (n, k) of the top layer to x, of shape (n, d).

        With one hidden layer they are p(x_i = 1 | h), otherwise an approximation as in `encode`.
        """
        self.check_packed()
        h = table(h, "h", width=self.d_code, dtype=self.dtype)
        for layer in reversed(self.generation[:-1]):
            h = UNITS.mean.f(layer.forward(h)[0])
        return h

    def recognize(self, x: ArrayLike, *, rng: np.random.Generator | int = 0) -> list[NDArray]:
        """Draw h ~ q(h | x): the states (n, width) of the hidden layers, from below to the top."""
        self.check_packed()
        (x,) = self.check_rows(x)
        return descend(self.recognition, x, generator(rng, "hidden"))

    def dream(self, n: int, *, rng: np.random.Generator | int = 0) -> list[NDArray]:
        """Draw n times (x, h) ~ p(x, h): the states (n, width) of all layers, x first."""
        self.check_packed()
        return self._dream(whole_number(n, "n"), generator(rng, "samples"))

    @underflow_to_zero
    def sample(self, n: int, *, rng: np.random.Generator | int = 0, mean: bool = False) -> NDArray:
        """Draw n examples x ~ p(x), zeros and ones of shape (n, d): the first layer of `dream`.

        With `mean=True`, return p(x_i = 1 | s_1) of the same dreams instead.
        """
        mean = truth(mean, "mean")
        x, above, *_ = self.dream(n, rng=rng)
        return UNITS.mean.f(self.generation[0].forward(above)[0]) if mean else x

    def elbo(
        self, x: ArrayLike, *, samples: int = 1, rng: np.random.Generator | int = 0
    ) -> NDArray:
        """Return an estimate of E_q[log p(x, h) − log q(h | x)] for each row, in nats, (n,).

        The ELBO is a lower bound of log p(x). The gap is KL(q(h | x) ‖ p(h | x)). The estimate is
        the mean over `samples` draws of h ~ q(h | x), and is unbiased.
        """
        return self._log_weights(x, samples, rng).mean(axis=0)

    def importance_weighted(
        self, x: ArrayLike, *, samples: int = 100, rng: np.random.Generator | int = 0
    ) -> NDArray:
        """Return an estimate of log p(x) for each row, in nats, of shape (n,).

        It is log 1/K Σ_k p(x, h_k) / q(h_k | x) with K = `samples` draws of h_k ~ q(h | x). Its
        expectation is at most log p(x) and at least the ELBO, and increases with K (Burda, Grosse
        and Salakhutdinov 2016). It uses n · K numbers of memory.
        """
        weights = self._log_weights(x, samples, rng)
        return log_sum_exp(weights.T) - float(np.log(len(weights)))

    @underflow_to_zero
    def log_likelihood(self, x: ArrayLike) -> NDArray:
        """Return log p(x), of shape (n,), in nats, by enumerating the codes of the hidden layers.

        A hidden layer may have 16 units, and two neighbouring ones 22 together.
        """
        self.check_packed()
        check_enumerable(self.sizes)
        (x,) = self.check_rows(x)
        return log_marginal(self.generation, self.sizes, x)

    def dead_units(self, *rows: NDArray) -> NDArray | None:
        """Return which top units have the same probability for all rows, of shape (k,)."""
        return constant_units(self.encode, rows[0])

    def objective(self, x: NDArray, *, rng: np.random.Generator) -> float:
        """Return the mean free energy of the rows for one draw of h; add minus the rule to `grad`.

        Wake: gV_l = s_(l+1)ᵀ (σ(a_l) − s_l) / n with the states of x and h ~ q(h | x).
        Sleep: gW_l = s_lᵀ (σ(u_l) − s_(l+1)) / n with the states of n dreams. Biases likewise.
        """
        awake = [x, *descend(self.recognition, x, rng)]
        energy = self.wake(awake, 1.0 / len(x)) + self._log_q(awake)
        self.sleep(self._dream(len(x), rng), 1.0 / len(x))
        return energy.mean()

    def wake(self, states: list[NDArray], weight: NDArray | float) -> NDArray:
        """Return −log p(x, h) of each row in nats, (n,); add the gradient of Σ weight · it in θ.

        gV_l = s_(l+1)ᵀ (weight · (σ(a_l) − s_l)). `states` are x and the hidden layers, (n, width)
        each, such as x and `recognize(x)`; `weight` is one number or one for each row.
        """
        return add_costs(self.generation, [*states[1:], states[-1]], states, weight)

    def sleep(self, states: list[NDArray], weight: NDArray | float) -> NDArray:
        """Return −log q(h | x) of each row in nats, (n,); add the gradient of Σ weight · it in φ.

        gW_l = s_lᵀ (weight · (σ(u_l) − s_(l+1))). `states` are those of all layers, x first, such
        as `dream(n)`; `weight` is one number or one for each row.
        """
        return add_costs(self.recognition, states[:-1], states[1:], weight)

    def _log_q(self, states: list[NDArray]) -> NDArray:
        return -costs(self.recognition, states[:-1], states[1:])

    def _log_p(self, states: list[NDArray]) -> NDArray:
        return -costs(self.generation, [*states[1:], states[-1]], states)

    def _dream(self, n: int, rng: np.random.Generator) -> list[NDArray]:
        start = np.zeros((n, 1), self.dtype)
        return descend(self.generation[::-1], start, rng)[::-1]

    @underflow_to_zero
    def _log_weights(self, x: ArrayLike, samples: int, rng: np.random.Generator | int) -> NDArray:
        """Return log p(x, h) − log q(h | x) for each of `samples` draws, of shape (samples, n)."""
        self.check_packed()
        samples = whole_number(samples, "samples")
        (x,), rng = self.check_rows(x), generator(rng, "evaluation")
        found = np.empty((samples, len(x)), self.dtype)
        for row in found:
            states = [x, *descend(self.recognition, x, rng)]
            row[...] = self._log_p(states) - self._log_q(states)
        return found

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        return f"{type(self).__name__} {sizes}, {self.dtype}, {self.theta.size} parameters"
