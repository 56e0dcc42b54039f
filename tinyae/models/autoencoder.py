"""The autoencoder: corruption, encoder, code, decoder, output distribution, penalties and head.

All criteria of the chapter are special cases of one expression,

    E over x̃ ~ C(x̃ | x) of  −log p_decoder(x | f(x̃))  +  Ω(h, x),

so there is one class with a slot for each term. With empty slots it is equation 14.1, which is also
14.8. A penalty on the code is equation 14.2, a penalty on its derivative equation 14.10. Corruption
gives equations 14.9 and 14.14. The slots can be combined freely.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.arrays import kind_of
from tinyae.checks.generators import generator
from tinyae.checks.tables import table
from tinyae.criterion.code import Code, mean_encoder
from tinyae.criterion.corruption import Corruption, corrupted
from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.head import Classifier
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import GaussianOutput
from tinyae.criterion.penalties import Penalty
from tinyae.drawing.graph import Graph
from tinyae.models import variational
from tinyae.models.batch import checked, named, without_weights
from tinyae.models.dense import dense_layers
from tinyae.models.description import criterion, describe
from tinyae.models.fitness import warn_of_faults
from tinyae.models.graphs import autoencoder_graph
from tinyae.models.slots import check_slots, checked_widths
from tinyae.nn.activations import Elementwise, Sigmoid
from tinyae.nn.initializers import Initializer
from tinyae.nn.jacobian import jacobian
from tinyae.nn.layers import Layer
from tinyae.nn.model import Model
from tinyae.nn.softmax import Softmax
from tinyae.nn.structure import leaves
from tinyae.nn.trainable import UnsupportedError, inherits
from tinyae.numerics.underflow import underflow_to_zero
from tinyae.text import for_stream
from tinyae.training.dead_units import constant_units
from tinyae.training.optimizers import SGD, Adam, Optimizer
from tinyae.training.tuning import Tuning
from tinyae.training.weights import weighed

if TYPE_CHECKING:
    from tinyae.core.core import Core
    from tinyae.core.side_by_side import SideBySide

# What the vectorized core takes the place of, and what uses the weights of the rows.
OURS = ("loss_and_grad", "objective", "criterion", "backward")


class Autoencoder(Model):
    """x -> x̃ ~ C(x̃ | x) -> h = f(x̃) -> p_decoder(x | h), trained on −log p_decoder(x | h) + Ω.

    Parameters
    ----------
    encoder : the layer f, from x (n, d) to the code h (n, k). With a code in its slot, the layer
        from x to the units of the code (n, code.units(k))
    decoder : the layer from h to the natural parameters of the output (n, output.units(d)); the
        reconstruction is r = g(h) = mean(decoder(h)). Its last layer is linear, with
        `GaussianOutput` it may be any unit
    output : p_decoder, such as `GaussianOutput()` or `BernoulliOutput()`
    corruption : C(x̃ | x), or None for x̃ = x
    penalties : the terms of Ω; a single one may be given without brackets
    code : p_encoder(h | x), such as `NoisyCode(sigma)`, or None for h = f(x̃). `GaussianCode()`
        makes the model a variational autoencoder
    head : `Classifier(n, weight)` adds a supervised task on the code; rows are then (x, labels)

    The rows may also be pairs (x_noisy, x), or (x_noisy, x, labels); then x̃ = x_noisy, and
    corruption must be None. `fit(..., weights=w)` weights the examples or entries, see `Weights`.

    Examples
    --------
    >>> model = Autoencoder.dense((784, 256), corruption=MaskingNoise(0.25))
    >>> history = fit(model, X)
    >>> h = model.encode(X)
    """

    def __init__(
        self,
        encoder: Layer,
        decoder: Layer,
        *,
        output: Output = GaussianOutput(),  # noqa: B008 (a frozen setting, not shared state)
        corruption: Corruption | None = None,
        penalties: Sequence[Penalty] | Penalty = (),
        code: Code | None = None,
        head: Classifier | None = None,
    ):
        check_slots(encoder, decoder, output, corruption, code, head)
        widths = checked_widths(encoder, decoder, output, code)
        if not isinstance(penalties, list | tuple):  # a single one, which needs no brackets
            penalties = (penalties,)
        penalties = tuple(penalties)
        to_mean = mean_encoder(encoder, code)
        for penalty in penalties:
            if not isinstance(penalty, Penalty):
                raise TypeError(
                    "penalties take objects such as L1(0.1) or a Penalty of your own, "
                    f"got {penalty!r}"
                )
            penalty.check_encoder(to_mean)
        parts: dict[str, Layer] = {"encoder": encoder, "decoder": decoder}
        if head is not None:
            first = next(leaf for leaf in leaves(encoder) if leaf.params)
            parts["head"] = head.layer(widths[1], first.params["b"].dtype)
        super().__init__(parts)
        self.d_in, self.d_code = widths
        self.output, self.corruption = output, corruption
        self.penalties: tuple[Penalty, ...] = penalties
        self.code, self.head = code, head

    @classmethod
    def dense(
        cls,
        sizes: Sequence[int],
        *,
        activation: type[Elementwise] | Elementwise = Sigmoid,
        code_activation: type[Elementwise] | Elementwise | None = None,
        output: Output = GaussianOutput(),  # noqa: B008
        tied: bool = False,
        init: Initializer | None = None,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
        corruption: Corruption | None = None,
        penalties: Sequence[Penalty] | Penalty = (),
        code: Code | None = None,
        head: Classifier | None = None,
    ) -> Autoencoder:
        """Build a fully connected autoencoder whose decoder mirrors its encoder.

        Parameters
        ----------
        sizes : widths from the input to the code; (784, 256) is shallow, (784, 500, 30) deep
        activation : unit of every hidden layer, such as `Sigmoid` or `ReLU`
        code_activation : unit of the code layer, by default `activation`; none before a code whose
            units are any real numbers, such as `GaussianCode()`
        output : p_decoder(x | h), such as `GaussianOutput()` or `BernoulliOutput()`
        tied : whether each decoder weight is the transpose of the encoder weight that it mirrors;
            biases are not tied
        init : initializer of every Linear layer, by default `Glorot` with the gain of the unit
            that follows
        rng : seed or generator for the initial weights
        dtype : float64 or float32, of everything the model computes
        corruption : C(x̃ | x), such as `GaussianNoise(0.3)`, or None for x̃ = x
        penalties : the terms of Ω, such as `[L1(0.1)]`; a single one may be given without brackets
        code : p_encoder(h | x), such as `GaussianCode()`, or None for h = f(x̃)
        head : `Classifier(n)` for a supervised task on the code, or None

        Raises
        ------
        ValueError, TypeError
            If sizes are no widths, or an argument does not fit its slot.
        """
        encoder, decoder = dense_layers(
            sizes, activation, code_activation, code=code, tied=tied, init=init,
            rng=rng, dtype=dtype, output=output,
        )  # fmt: skip
        return cls(encoder, decoder, output=output, corruption=corruption, penalties=penalties,
                   code=code, head=head)  # fmt: skip

    @property
    def encoder(self) -> Layer:
        """The layer f, or the layer to the units of the code if there is a code.

        To exchange a layer, build a new Autoencoder.
        """
        return self.parts["encoder"]

    @property
    def mean_encoder(self) -> Layer:
        """The layer from x to the code h, or to its mean if the code is stochastic."""
        return mean_encoder(self.encoder, self.code)

    @property
    def decoder(self) -> Layer:
        """The layer from the code to the natural parameters of the output."""
        return self.parts["decoder"]

    @property
    def _needs_costs(self) -> bool:
        return self.code is not None and self.code.needs_costs

    @property
    def smallest_batch(self) -> int:  # type: ignore[override]  # computed here, a plain attribute of the base
        """2 if the code needs the costs of other examples as a baseline, else 1."""
        return 2 if self._needs_costs else 1

    @property
    def follows_gradient(self) -> bool:  # type: ignore[override]  # computed here, a plain attribute of the base
        """Whether the gradient is that of the returned loss, not an estimate for its mean."""
        return self.code is None or self.code.follows_gradient

    @property
    def takes_weights(self) -> bool:  # type: ignore[override]  # computed here, a plain attribute of the base
        """Whether `Weights` may be the last of the rows. Subclasses with another loss take none."""
        return inherits(self, Autoencoder, *OURS)

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray, ...]:
        """Return the rows ready for use, or say why not; `batch` has their forms."""
        return checked(self, rows)

    def begin(self, *rows: NDArray) -> None:
        """Warn about settings that do not suit these rows; `fit` and `minimize` call this once."""
        warn_of_faults(self, self.decoder, named(rows, self.head is not None))

    def dead_units(self, *rows: NDArray) -> NDArray[np.bool_] | None:
        """Return which units of the code have the same value for all rows, of shape (k,).

        None for a subclass with its own `encode`, whose result may be no array (n, k).
        """
        if not inherits(self, Autoencoder, "encode"):
            return None
        return constant_units(lambda x: self.mean_encoder.forward(x)[0], rows[0])

    @underflow_to_zero
    def encode(self, x: ArrayLike) -> NDArray:
        """h = f(x), or the mean of p_encoder(h | x), of shape (n, d_code); no corruption."""
        self.check_packed()
        return self.mean_encoder.forward(table(x, "x", width=self.d_in, dtype=self.dtype))[0]

    @underflow_to_zero
    def decode(self, h: ArrayLike) -> NDArray:
        """r = g(h), the mean of p_decoder(x | h), of shape (n, d)."""
        self.check_packed()
        h = table(h, "h", width=self.d_code, dtype=self.dtype)
        return self.output.mean.forward(self.decoder.forward(h)[0])[0]

    def reconstruct(self, x: ArrayLike) -> NDArray:
        """r(x) = g(f(x)), of shape (n, d); no corruption."""
        return self.decode(self.encode(x))

    @underflow_to_zero
    def jacobian(self, x: ArrayLike) -> NDArray:
        """J = ∂h/∂x at each row of x, of shape (n, d_code, d)."""
        self.check_packed()
        return jacobian(self.mean_encoder, table(x, "x", width=self.d_in, dtype=self.dtype))

    def forward(self, x: NDArray, rng: np.random.Generator, x_tilde: NDArray | None = None) -> Pass:
        """Run one batch through corruption, encoder, code and decoder; all adjoints are zero.

        If `x_tilde` is given, it is used and no corruption is drawn.
        """
        if x_tilde is None:
            x_tilde = corrupted(x, self.corruption, rng, self.progress)
        encoder = self.mean_encoder
        u, unit_cache = self.encoder.forward(x_tilde)
        h, mean_cache, z, code_cache = u, None, u, None
        if self.code is not None and encoder is not self.encoder:
            h, mean_cache = self.code.mean.forward(u)
        if self.code is not None:
            z, code_cache = self.code.forward(u, rng, progress=self.progress)
        a, decoder_cache = self.decoder.forward(z)
        if a.shape != (len(x), self.output.units(x.shape[1])):
            raise ValueError(f"the decoder gives shape {a.shape} for x of shape {x.shape}")
        return Pass(
            encoder=encoder,
            decoder=self.decoder,
            output=self.output,
            x=x,
            x_tilde=x_tilde,
            u=u,
            h=h,
            z=z,
            a=a,
            encoder_cache=unit_cache if encoder is self.encoder else [unit_cache, mean_cache],
            unit_cache=unit_cache,
            mean_cache=mean_cache,
            code_cache=code_cache,
            decoder_cache=decoder_cache,
            rng=rng,
            gh=np.zeros_like(h),
            ga=np.zeros_like(a),
        )

    def criterion(self, p: Pass) -> float:
        """Return cost + KL of the code + Ω of a pass and set its adjoints: ga, gu and gh.

        Equations 14.1, 14.2, 14.8 and 14.10; with corruption equations 14.9 and 14.14.
        """
        if p.weights is None:
            cost, gradient = self.output.cost(p.x, p.a), self.output.gradient(p.x, p.a)
        else:
            cost, gradient = p.weights.cost(self.output, p.x, p.a)
        loss = cost.sum() / len(p.x)
        p.ga += gradient / len(p.x)
        p.costs = cost / len(p.x)
        if self.code is not None and self.code.has_prior:
            kl = self.code.cost(p.u, progress=self.progress)
            loss = loss + weighed(p.each, kl[:, None]).sum() / len(p.x)
            gradient = self.code.cost_gradient(p.u, progress=self.progress)
            p.gu = weighed(p.each, gradient) / len(p.x)
        before = p.ga.copy() if self._needs_costs else None
        for penalty in self.penalties:
            loss = loss + penalty.add(p)
        if before is not None and (p.ga != before).any():
            raise ValueError(
                f"{self.code!r} estimates its gradient from the reconstruction costs alone, so the "
                f"penalties must not add to the adjoint ga: {self.penalties!r}"
            )
        return loss

    def objective(self, *rows: NDArray, rng: np.random.Generator) -> float:
        """Return the mean over the rows of −log p_decoder(x | f(x̃)) + Ω, and add its gradient.

        `rows` is x, or x and labels if there is a head; pairs are x_noisy before x, and `Weights`
        come last (module `batch`). Noise is drawn in the order corruption, code, penalties.
        `Block` in `core/block.py` does the same on buffers.
        """
        batch = named(rows, self.head is not None)
        p = self.forward(batch.x, rng, batch.x_noisy)
        p.weights = batch.weights
        return self.backward(p, batch.labels)

    def backward(self, p: Pass, labels: NDArray | None = None) -> float:
        """Return the criterion of a pass and add its gradient into `grad`.

        With n examples:

            ga = ∂cost/∂a / n
            gz = decoder.backward(ga) (+ head.backward(glogits))
            gh = gz + ∂Ω/∂h,   followed by encoder.backward(gh).

        With a code, the encoder's backward pass starts with the result of `code_backward`.
        """
        loss = self.criterion(p)
        gz = self.decoder.backward(p.ga, p.decoder_cache)
        if labels is not None and self.head is not None:
            logits, head_cache = self.parts["head"].forward(p.z)
            # A user's head without weights gets no such argument, see `check_weights`.
            each = () if p.each is None else (p.each,)
            supervised, glogits = self.head.loss_and_gradient(labels, logits, *each)
            loss = loss + supervised
            gz = gz + self.parts["head"].backward(glogits, head_cache)
        self.encoder.backward(self.code_backward(p, gz), p.unit_cache)
        return loss

    def code_backward(self, p: Pass, gz: NDArray) -> NDArray:
        """Return gu, the adjoint of the encoder's output, from gz, that of the decoder's input.

        gu = code.backward(gz) + mean.backward(∂Ω/∂h) + ∂(cost of the code)/∂u
        """
        if self.code is None:
            return gz + p.gh
        assert p.costs is not None, "`criterion` has set them"
        gu = self.code.backward(gz, p.code_cache, p.costs, p.each)
        gu = gu + (p.gh if p.h is p.u else self.code.mean.backward(p.gh, p.mean_cache))
        return gu if p.gu is None else gu + p.gu

    def vectorized(
        self,
        optimizer: Optimizer,
        batch_size: int,
        n: int,
        *,
        same_draws: bool | None = None,
        memory: dict | None = None,
        rows: tuple | None = None,
        threads: int | str | None = None,
        tuning: Tuning | None = None,
    ) -> Core:
        """What `fit` runs with core="vectorized": this model compiled for n rows in such batches.

        `memory` is the optimizer's, of an earlier training that this one continues. `rows` are
        those it will be handed, of which it asks what they are; None is x alone. `threads` and
        `tuning` are those of `fit`.

        Raises
        ------
        UnsupportedError
            If the core does not support the model. The message names the reason.
        """
        # Imported here, so that `import tinyae` does not load the core.
        from tinyae.core.choice import fastest_threads
        from tinyae.core.core import Core

        pairs = self._compiled_pairs(rows)
        known = cast(SGD | Adam, optimizer)  # `Core` refuses other optimizers by name
        if isinstance(threads, str):  # "auto"
            threads = fastest_threads(self, known, batch_size, n, same_draws=same_draws,
                                      pairs=pairs, tuning=tuning)  # fmt: skip
        return Core(self, known, batch_size, n, same_draws=same_draws, memory=memory, pairs=pairs,
                    threads=threads, tuning=tuning)  # fmt: skip

    def side_by_side(
        self,
        others: Sequence[Autoencoder],
        optimizer: Optimizer,
        batch_size: int,
        n: int,
        *,
        same_draws: bool | None = None,
        memories: Sequence[dict | None] | None = None,
        rows: tuple | None = None,
        tuning: Tuning | None = None,
    ) -> SideBySide:
        """What `fit` runs for a list of like models with the vectorized core, as `vectorized`.

        `memories` are the states of the optimizer of all these models from an earlier training.

        Raises
        ------
        UnsupportedError
            If the core does not support the models, or not side by side. The message names the
            reason.
        """
        from tinyae.core.side_by_side import SideBySide  # here, as in `vectorized`

        known = cast(SGD | Adam, optimizer)  # `Core` refuses other optimizers by name
        return SideBySide([self, *others], known, batch_size, n, same_draws=same_draws,
                          memories=memories, pairs=self._compiled_pairs(rows),
                          tuning=tuning)  # fmt: skip

    def _compiled_pairs(self, rows: tuple | None) -> bool:
        """Return whether the rows are (x_noisy, x); raise UnsupportedError if the core cannot."""
        for method in (*OURS, "check_rows", "forward"):
            if not inherits(self, Autoencoder, method):
                raise UnsupportedError(
                    f"models of class {type(self).__name__} with their own {method}"
                )
        if rows is not None and without_weights(rows)[1] is not None:
            raise UnsupportedError("weights of the rows")
        return rows is not None and self.head is None and len(rows) == 2

    def classify(self, x: ArrayLike) -> NDArray:
        """p(y | h = f(x)) for each class, of shape (n, classes); needs a head."""
        if self.head is None:
            raise ValueError("this autoencoder has no head; give head=Classifier(n) to build one")
        return Softmax().forward(self.parts["head"].forward(self.encode(x))[0])[0]

    @underflow_to_zero
    def sample(self, n: int, *, rng: np.random.Generator | int = 0, mean: bool = False) -> NDArray:
        """Draw n examples x ~ p(x | z), z ~ p(z), of shape (n, d); needs a code with a prior.

        With `mean=True`, return the means of p(x | z) for n codes z ~ p(z) instead, which are
        usual for pictures.
        """
        return variational.sample(self, n, rng, mean)

    @underflow_to_zero
    def elbo(
        self, x: ArrayLike, *, samples: int = 1, rng: np.random.Generator | int = 0
    ) -> NDArray:
        """Return an estimate of E_q log p(x | z) − KL(q(z | x) ‖ p(z)) for each row, in nats, (n,).

        The ELBO is a lower bound on log p(x). The estimate is unbiased; `samples` is the number of
        codes z ~ q(z | x) for each row. There is no corruption, and the factor β of the training
        criterion is 1. The code must have a prior, as `GaussianCode` has.

        Raises
        ------
        ValueError
            If the code has no prior, if x contains grey values but the output is binary, or if a
            row is so far from the training rows that its code's variance is beyond the dtype.
        """
        return variational.elbo(self, x, samples, rng)

    @underflow_to_zero
    def importance_weighted(
        self, x: ArrayLike, *, samples: int = 100, rng: np.random.Generator | int = 0
    ) -> NDArray:
        """Return an estimate of log p(x) for each row, in nats, of shape (n,).

        The estimate is log 1/K Σ_k p(z_k) p(x | z_k) / q(z_k | x) for K = `samples` codes from
        the encoder. Its expected value is at most log p(x), at least the ELBO, and increases with
        K. It uses n · K numbers of memory. The errors raised are those of `elbo`.
        """
        return variational.importance_weighted(self, x, samples, rng)

    @underflow_to_zero
    def describe(self, x: ArrayLike, *, rng: np.random.Generator | int = 0) -> str:
        """Return a table of the layers: formula, shapes, parameters, norms on the batch x."""
        x = table(x, "x", width=self.d_in, dtype=self.dtype, squared=True)
        self.output.check(x)
        return describe(self.copy(), x, generator(rng, "evaluation"))

    def graph(self) -> Graph:
        """Return the nodes from x to r, with the noise and the costs: figures 14.1 to 14.3."""
        return autoencoder_graph(self)

    def __repr__(self) -> str:
        return for_stream(criterion(self))


def check_autoencoder(model: object, name: str) -> None:
    """Raise TypeError unless `model` is an Autoencoder, as the function `name` needs it."""
    if not isinstance(model, Autoencoder):
        raise TypeError(f"{name} takes an Autoencoder, got {kind_of(model)}")
