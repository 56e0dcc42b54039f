"""A restricted Boltzmann machine: an encoder and a decoder that belong to one joint distribution.

Any p(h, x) gives a stochastic encoder p(h | x) and decoder p(x | h): equations 14.12 and 14.13. The
machine is where both are exact, and where an autoencoder's criteria meet those of a model with an
explicit density (section 14.5.1). With binary h and the energy

    E(x, h) = −x·b − h·c − x W h (+ ½‖x‖² if x is real)

    p(h_j = 1 | x) = σ((x W + c)_j)          p(x | h) = the output's distribution at a = h Wᵀ + b
    p(x) = exp(−F(x)) / Z                    F(x) = −x·b − Σ_j softplus((x W + c)_j) (+ ½‖x‖²)

so the two directions are a `Linear` layer and its `tied` counterpart: an autoencoder's parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.generators import generator, only
from tinyae.checks.numbers import real_dtype, real_number, whole_number
from tinyae.checks.tables import table
from tinyae.criterion.base_rates import base_rates
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import BernoulliOutput
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.contrastive import ContrastiveDivergence, Rule
from tinyae.models.partition import add_log_partition, log_partition
from tinyae.models.pseudo_likelihood import pseudo_log_likelihood
from tinyae.nn.activations import Sigmoid, softplus
from tinyae.nn.initializers import Initializer, Normal, chosen
from tinyae.nn.layers import Chain, Linear, tied
from tinyae.nn.model import Model
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.training.dead_units import constant_units


class RBM(Model):
    """p(x, h) = exp(−E(x, h)) / Z over x (d,) and k binary hidden units.

    Parameters
    ----------
    d, k : numbers of visible and hidden units
    visible : p(x | h): `BernoulliOutput()` for binary x (grey values in [0, 1] are taken as
        probabilities), `GaussianOutput()` for real x with unit variance given h,
        `CategoricalOutput()` for one-hot x
    rule : how it learns, `ContrastiveDivergence(steps)`, `PersistentContrastiveDivergence(steps,
        chains)` or `MaximumLikelihood()`; the first two follow no gradient
    init : initializer of W and c, by default W ~ N(0, 0.01²)
    rng : seed or generator for the initial weights
    visible_start : where the visible bias b starts. "data": the first `fit` of the new machine sets
        it to the data's base rates (log-odds, means or log-frequencies: `base_rates`), unless b was
        assigned before. "zero": it stays at zero

    Attributes
    ----------
    chains : the particles (m, d) of persistent contrastive divergence, None before the first step

    Examples
    --------
    >>> machine = RBM(784, 100)
    >>> history = fit(machine, X, optimizer=SGD(0.05))
    >>> machine.log_likelihood(X, log_partition=annealed_log_partition(machine).log_partition)
    """

    def __init__(
        self,
        d: int,
        k: int,
        *,
        visible: Output = BernoulliOutput(),  # noqa: B008 (a frozen setting, not shared state)
        rule: Rule = ContrastiveDivergence(1),  # noqa: B008
        init: Initializer | None = None,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
        visible_start: str = "data",
    ):
        if not isinstance(visible, Output):
            raise TypeError(f"visible must be an output such as BernoulliOutput(), got {visible}")
        if isinstance(rule, type) or not hasattr(rule, "negative_phase"):
            raise TypeError(f"rule must be an object such as ContrastiveDivergence(1), got {rule}")
        if not isinstance(visible_start, str) or visible_start not in ("data", "zero"):
            raise ValueError(f'visible_start must be "data" or "zero", got {visible_start!r:.60}')
        d, k = whole_number(d, "d"), whole_number(k, "k")
        hidden = Linear(d, k, rng=rng, init=chosen(init, Normal(0.01)), dtype=dtype)
        super().__init__({"hidden": hidden, "visible": tied(hidden)})
        self.d_in, self.d_code = hidden.d_in, hidden.d_out
        self.visible, self.rule = visible, rule
        self.chains: NDArray | None = None
        self._starts_at_data = visible_start == "data"

    @classmethod
    def from_data(
        cls,
        X: ArrayLike,
        k: int,
        *,
        visible: Output = BernoulliOutput(),  # noqa: B008
        rule: Rule = ContrastiveDivergence(1),  # noqa: B008
        init: Initializer | None = None,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
    ) -> RBM:
        """Build a machine for X (n, d) whose visible bias is at the base rates of X already."""
        d = table(X, "X", dtype=real_dtype(dtype)).shape[1]
        machine = cls(d, k, visible=visible, rule=rule, init=init, rng=rng, dtype=dtype)
        machine.begin(*machine.check_rows(X))
        return machine

    def begin(self, *rows: NDArray) -> None:
        """Put the visible bias of a machine that was never trained at the data's base rates.

        `fit` calls this with all training rows before the first step. A bias that is no longer
        zero was assigned, and stays.
        """
        b = self.parts["visible"].params["b"]
        if self._starts_at_data and not b.any():
            rates = base_rates(self.visible, rows[0])
            b[...] = 0.0 if rates is None else rates
        self._starts_at_data = False
        if self.chains is not None and not np.isfinite(self.chains).all():
            self.chains = None  # an earlier training diverged

    @property
    def follows_gradient(self) -> bool:
        """Whether the rule is the gradient of the loss: only the exact one is."""
        return self.rule.follows_gradient

    @property
    def comparable_loss(self) -> bool:
        """A sampled rule's loss is a gap that says nothing of how well the machine fits."""
        return self.rule.follows_gradient

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray]:
        """Return (x,) ready for use, or say why not."""
        x = table(only(rows, self.d_in), "x", width=self.d_in, dtype=self.dtype)
        self.visible.check(x)
        return (x,)

    @underflow_to_zero
    def encode(self, x: ArrayLike) -> NDArray:
        """p(h_j = 1 | x), of shape (n, k): equation 14.12."""
        self.check_packed()
        (x,) = self.check_rows(x)
        return Sigmoid().f(self.parts["hidden"].forward(x)[0])

    @underflow_to_zero
    def decode(self, h: ArrayLike) -> NDArray:
        """E[x | h], of shape (n, d): the mean of equation 14.13."""
        self.check_packed()
        h = table(h, "h", width=self.d_code, dtype=self.dtype)
        return self.visible.mean.forward(self.parts["visible"].forward(h)[0])[0]

    def sample_hidden(self, x: ArrayLike, rng: np.random.Generator | int) -> NDArray:
        """Draw h ~ p(h | x), zeros and ones of shape (n, k)."""
        self.check_packed()
        return self._sample_hidden(self.check_rows(x)[0], generator(rng, "hidden"))

    def sample_visible(self, h: ArrayLike, rng: np.random.Generator | int) -> NDArray:
        """Draw x ~ p(x | h), of shape (n, d)."""
        self.check_packed()
        h = table(h, "h", width=self.d_code, dtype=self.dtype)
        return self._sample_visible(h, generator(rng, "visible"))

    def _sample_hidden(self, x, rng):
        return BernoulliOutput().sample(self.parts["hidden"].forward(x)[0], rng)

    def _sample_visible(self, h, rng):
        return self.visible.sample(self.parts["visible"].forward(h)[0], rng)

    def gibbs(self, x: ArrayLike, steps: int, rng: np.random.Generator | int) -> NDArray:
        """Return x after so many rounds of h ~ p(h | x), x ~ p(x | h), all chains side by side."""
        self.check_packed()
        x, rng = self.check_rows(x)[0].copy(), generator(rng, "chains")
        return self._gibbs(x, whole_number(steps, "steps", least=0), rng)

    def _gibbs(self, x, steps, rng):
        for _ in range(steps):
            x = self._sample_visible(self._sample_hidden(x, rng), rng)
        return x

    def free_energy(self, x: ArrayLike) -> NDArray:
        """F(x) = −log Σ_h exp(−E(x, h)), of shape (n,), in nats; log p(x) = −F(x) − log Z."""
        self.check_packed()
        with np.errstate(over="ignore", invalid="ignore"):
            F, _ = self._free_energy(*self.check_rows(x))
        if not np.isfinite(F).all():
            raise ValueError(f"free energies of x are beyond {self.dtype}: rescale x")
        return F

    @underflow_to_zero
    def _free_energy(self, x):
        """F(x), and the hidden units' input that it was computed from."""
        u, _ = self.parts["hidden"].forward(x)
        a = np.broadcast_to(self.parts["visible"].params["b"], x.shape)
        # −x·b (+ ½‖x‖²) is the output's cost at the bias, without what depends on the bias only.
        own = self.visible.cost(x, a) - self.visible.cost(np.zeros_like(x), a)
        return own - softplus(u).sum(axis=1), u

    def add_free_energy(self, x: ArrayLike, weight: ArrayLike) -> float:
        """Return Σ weight · F(x) over the rows and add its gradient into `grad`.

        ∂F/∂c = −σ(u),   ∂F/∂W = −xᵀ σ(u),   ∂F/∂b = −x,   where u = x W + c.
        """
        (x,) = self.check_rows(x)
        weight = np.asarray(weight)
        if weight.dtype.kind not in "biuf":
            raise TypeError(f"weight must be one real number or one for each row, got {weight!r}")
        if weight.shape not in ((), (len(x),)) or not np.isfinite(weight).all():
            raise ValueError(
                f"weight must be one finite number or one for each of {len(x)} rows, got {weight!r}"
            )
        return self._add_free_energy(x, weight)

    def _add_free_energy(self, x, weight):
        F, u = self._free_energy(x)
        weight = np.broadcast_to(np.asarray(weight, F.dtype), F.shape)
        self.parts["hidden"].backward(-weight[:, None] * Sigmoid().f(u), x)
        self.parts["visible"].grads["b"] -= weight @ x
        return (weight * F).sum()

    @underflow_to_zero
    def add_log_partition(self) -> float:
        """Return log Z and add its gradient into `grad`; at most 16 hidden units."""
        return add_log_partition(self)

    def log_partition(self) -> float:
        """log Z in nats, by enumerating the hidden codes; at most 16 hidden units."""
        self.check_packed()
        log_Z = log_partition(self)
        return log_Z if np.iscomplexobj(log_Z) else float(log_Z)

    def log_likelihood(self, x: ArrayLike, *, log_partition: float | None = None) -> NDArray:
        """log p(x) = −F(x) − log Z, of shape (n,), in nats.

        Parameters
        ----------
        x : array (n, d); of definite values, zeros and ones, unless x is real
        log_partition : log Z, as `annealed_log_partition` estimates it; by default it is computed,
            for which the machine may have 16 hidden units at most
        """
        x = table(x, "x", width=self.d_in, dtype=self.dtype)
        self.visible.check_definite(x)
        if log_partition is None:
            log_partition = self.log_partition()
        elif hasattr(log_partition, "log_partition"):
            raise TypeError("log_partition is a number: give estimate.log_partition")
        else:
            log_partition = real_number(log_partition, "log_partition")
        return -self.free_energy(x) - log_partition

    def pseudo_log_likelihood(self, x: ArrayLike) -> NDArray:
        """Σ_i log p(x_i | all other entries of x), of shape (n,), in nats; for any number of units.

        The sum goes over all visible units. It is no bound of log p(x), and near it only where the
        units depend weakly on each other. Needs Bernoulli visible units and x of zeros and ones.
        """
        self.check_packed()
        return pseudo_log_likelihood(self, table(x, "x", width=self.d_in, dtype=self.dtype))

    def dead_units(self, *rows: NDArray) -> NDArray | None:
        """Which hidden units have one probability for all rows, of shape (k,); see `dead_units`."""
        return constant_units(self.encode, rows[0])

    def score(self, x: ArrayLike) -> NDArray:
        """∇_x log p(x) = b + W σ(x W + c) − x = E[x | h = encode(x)] − x, of shape (n, d).

        An autoencoder's r(x) − x. Needs Gaussian visible units; others have no density to derive.
        """
        if not self.visible.is_normal:
            raise ValueError(f"a score needs GaussianOutput visible units, got {self.visible!r}")
        (x,) = self.check_rows(x)
        return self.decode(self.encode(x)) - x

    def unfold(self) -> Autoencoder:
        """Return a tied sigmoid autoencoder with copies of W, c and b, in the same order of theta.

        Its reconstruction is what one mean-field step of the machine gives.
        """
        self.check_packed()
        twin = self.copy()
        encoder = Chain(twin.parts["hidden"], Sigmoid())
        return Autoencoder(encoder, twin.parts["visible"], output=self.visible)

    def objective(self, x: NDArray, *, rng: np.random.Generator) -> float:
        """Return mean F(x) + the rule's negative phase, and add their gradients into `grad`.

        The data pull their free energy down, ∂/∂θ mean F(x); the rule pushes up what the model
        believes, ∂ log Z / ∂θ = −E_p[∂F/∂θ], exactly or by samples. `MaximumLikelihood` returns
        the mean of −log p(x); the others the gap mean F(x) − mean F(x⁻) to their samples x⁻, whose
        gradient with x⁻ held fixed is the step.
        """
        return self._add_free_energy(x, 1.0 / len(x)) + self.rule.negative_phase(self, x, rng)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Put back at the end what a call of `objective` changes: `grad` and `chains`."""
        chains = self.chains
        with super().unchanged():
            try:
                yield
            finally:
                self.chains = chains

    def __repr__(self):
        name = type(self.visible).__name__.removesuffix("Output")
        return f"RBM {self.d_in}-{self.d_code}, {name} visible units, {self.dtype}, {self.rule!r}"
