"""The restricted Boltzmann machine: encoder and decoder are conditionals of one joint distribution.

Any p(h, x) gives a stochastic encoder p(h | x) and decoder p(x | h): equations 14.12 and 14.13. In
this machine both are exact, and the criteria of autoencoders can be compared with those of a model
with an explicit density (section 14.5.1). With binary h and the energy

    E(x, h) = −x·b − h·c − x W h (+ ½‖x‖² if x is real)

    p(h_j = 1 | x) = σ((x W + c)_j)          p(x | h) = the output's distribution at a = h Wᵀ + b
    p(x) = exp(−F(x)) / Z                    F(x) = −x·b − Σ_j softplus((x W + c)_j) (+ ½‖x‖²)

so the two directions are a `Linear` layer and a layer `tied` to it, as in an autoencoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.generators import generator, only
from tinyae.checks.numbers import real_dtype, whole_number
from tinyae.checks.tables import table
from tinyae.criterion.base_rates import base_rates
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import BernoulliOutput
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.compiled_machine import compiled_machine
from tinyae.models.contrastive import ContrastiveDivergence, Rule
from tinyae.models.free_energy import add_free_energy, checked_weight, finite_free_energy
from tinyae.models.gibbs import draw_hidden, draw_visible, rounds
from tinyae.models.machine_graphs import rbm_graph
from tinyae.models.partition import add_log_partition, log_likelihood, log_partition
from tinyae.models.pseudo_likelihood import pseudo_log_likelihood
from tinyae.nn.activations import Sigmoid
from tinyae.nn.initializers import Initializer, Normal, chosen
from tinyae.nn.layers import Chain, Linear, tied
from tinyae.nn.model import Model
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.training.dead_units import constant_units
from tinyae.training.optimizers import Optimizer
from tinyae.training.tuning import Tuning

if TYPE_CHECKING:
    from tinyae.core.machine import MachineCore


class RBM(Model):
    """p(x, h) = exp(−E(x, h)) / Z over x (d,) and k binary hidden units.

    Parameters
    ----------
    d, k : numbers of visible and hidden units
    visible : p(x | h): `BernoulliOutput()` for binary x (grey values in [0, 1] are taken as
        probabilities), `GaussianOutput()` for real x with unit variance given h,
        `CategoricalOutput()` for one-hot x
    rule : the learning rule, `ContrastiveDivergence(steps)`, `PersistentContrastiveDivergence(
        steps, chains)` or `MaximumLikelihood()`; the first two do not follow a gradient
    init : initializer of W and c, by default W ~ N(0, 0.01²)
    rng : seed or generator for the initial weights
    dtype : float64 or float32
    visible_start : initial visible bias b. "data": the first `fit` of a new machine sets b to the
        base rates of the data (log-odds, means or log-frequencies, see `base_rates`), unless b was
        assigned before. "zero": b is zero

    Attributes
    ----------
    chains : states (m, d) of the chains of persistent contrastive divergence, None before the first
        step

    Examples
    --------
    >>> machine = RBM(784, 100)
    >>> history = fit(machine, X, optimizer=SGD(0.05))
    >>> machine.log_likelihood(X, log_partition=annealed_log_partition(machine).log_partition)
    """

    checkpointed = ("chains",)

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
        visible.check_canonical("the energy of a machine")
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
        cls, X: ArrayLike, k: int, *,
        visible: Output = BernoulliOutput(),  # noqa: B008
        rule: Rule = ContrastiveDivergence(1),  # noqa: B008
        init: Initializer | None = None,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
    ) -> RBM:  # fmt: skip
        """Build a machine for X (n, d) with the visible bias set to the base rates of X.

        The other arguments are those of the class.
        """
        d = table(X, "X", dtype=real_dtype(dtype)).shape[1]
        machine = cls(d, k, visible=visible, rule=rule, init=init, rng=rng, dtype=dtype)
        machine.begin(*machine.check_rows(X))
        return machine

    def begin(self, *rows: NDArray) -> None:
        """Set the visible bias of an untrained machine to the base rates of the data.

        `fit` calls this with all training rows before the first step. A bias that is not zero was
        assigned by the user and is kept.
        """
        b = self.parts["visible"].params["b"]
        if self._starts_at_data and not b.any():
            rates = base_rates(self.visible, rows[0])
            b[...] = 0.0 if rates is None else rates
        self._starts_at_data = False
        if self.chains is not None and not np.isfinite(self.chains).all():
            self.chains = None  # an earlier training diverged

    @property
    def follows_gradient(self) -> bool:  # type: ignore[override]  # computed here, a plain attribute of the base
        """Whether the rule is the gradient of the loss; only `MaximumLikelihood` is."""
        return self.rule.follows_gradient

    @property
    def comparable_loss(self) -> bool:  # type: ignore[override]  # computed here, a plain attribute of the base
        """The loss of a sampled rule does not measure how well the machine fits."""
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
        return Sigmoid().f(self.parts["hidden"].forward(*self.check_rows(x))[0])

    @underflow_to_zero
    def decode(self, h: ArrayLike) -> NDArray:
        """E[x | h], of shape (n, d): the mean of equation 14.13."""
        self.check_packed()
        h = table(h, "h", width=self.d_code, dtype=self.dtype)
        return self.visible.mean.forward(self.parts["visible"].forward(h)[0])[0]

    def sample_hidden(self, x: ArrayLike, *, rng: np.random.Generator | int = 0) -> NDArray:
        """Draw h ~ p(h | x), zeros and ones of shape (n, k)."""
        self.check_packed()
        return draw_hidden(self, self.check_rows(x)[0], generator(rng, "hidden"))

    def sample_visible(self, h: ArrayLike, *, rng: np.random.Generator | int = 0) -> NDArray:
        """Draw x ~ p(x | h), of shape (n, d)."""
        self.check_packed()
        h = table(h, "h", width=self.d_code, dtype=self.dtype)
        return draw_visible(self, h, generator(rng, "visible"))

    def gibbs(self, x: ArrayLike, steps: int, *, rng: np.random.Generator | int = 0) -> NDArray:
        """Return x after `steps` rounds of h ~ p(h | x), x ~ p(x | h); each row is a chain."""
        self.check_packed()
        (x,), rng = self.check_rows(x), generator(rng, "chains")
        return rounds(self, x, whole_number(steps, "steps", least=0), rng)

    def free_energy(self, x: ArrayLike) -> NDArray:
        """F(x) = −log Σ_h exp(−E(x, h)), of shape (n,), in nats; log p(x) = −F(x) − log Z."""
        self.check_packed()
        return finite_free_energy(self, *self.check_rows(x))

    def add_free_energy(self, x: ArrayLike, weight: ArrayLike) -> float:
        """Return Σ weight · F(x) over the rows and add its gradient into `grad`.

        `weight` is one number or one for each row. The derivatives are in module `free_energy`.
        """
        (x,) = self.check_rows(x)
        return add_free_energy(self, x, checked_weight(weight, len(x)))

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
        x : array (n, d); zeros and ones, unless x is real
        log_partition : log Z, such as an estimate by `annealed_log_partition`. By default log Z is
            computed; then the machine must have at most 16 hidden units
        """
        return log_likelihood(self, x, log_partition)

    def pseudo_log_likelihood(self, x: ArrayLike) -> NDArray:
        """Return Σ_i log p(x_i | all other entries of x), of shape (n,), in nats.

        It can be computed for any number of units. It is not a bound of log p(x), and it is close
        to log p(x) only if the visible units depend weakly on each other. The visible units must be
        Bernoulli, and x zeros and ones.
        """
        self.check_packed()
        return pseudo_log_likelihood(self, table(x, "x", width=self.d_in, dtype=self.dtype))

    def dead_units(self, *rows: NDArray) -> NDArray | None:
        """Return which hidden units have the same probability for all rows, of shape (k,)."""
        return constant_units(self.encode, rows[0])

    def score(self, x: ArrayLike) -> NDArray:
        """∇_x log p(x) = b + W σ(x W + c) − x = E[x | h = encode(x)] − x, of shape (n, d).

        This has the form r(x) − x of an autoencoder. The visible units must be Gaussian; with
        others x is discrete and has no score.
        """
        if not self.visible.is_normal:
            raise ValueError(f"a score needs GaussianOutput visible units, got {self.visible!r}")
        (x,) = self.check_rows(x)
        return self.decode(self.encode(x)) - x

    def unfold(self) -> Autoencoder:
        """Return a tied sigmoid autoencoder with copies of W, c and b and the same order of theta.

        Its reconstruction is one mean-field step of the machine, E[x | h = p(h | x)].
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
        return add_free_energy(self, x, 1.0 / len(x)) + self.rule.negative_phase(self, x, rng)

    def vectorized(self, optimizer: Optimizer, batch_size: int, n: int, *,
                   same_draws: bool | None = None, memory: dict | None = None,
                   rows: tuple | None = None, threads: int | str | None = None,
                   tuning: Tuning | None = None) -> MachineCore:  # fmt: skip
        """What `fit` runs with core="vectorized": this machine compiled for n rows in such batches.

        The random numbers are always those of the layers, whatever `same_draws` is. The core takes
        Bernoulli units and sampled rules, and runs on the calling thread alone. `tuning` chooses
        the form of the sigmoid and the size of the optimizer's parts.

        Raises
        ------
        UnsupportedError
            If the core does not support the machine. The message names the reason.
        """
        return compiled_machine(self, RBM, optimizer, batch_size, n, memory, threads, tuning)

    graph = rbm_graph  # x and h read each other through one W

    def __repr__(self) -> str:
        name = type(self.visible).__name__.removesuffix("Output")
        sizes = f"{type(self).__name__} {self.d_in}-{self.d_code}"
        return f"{sizes}, {name} visible units, {self.dtype}, {self.rule!r}"
