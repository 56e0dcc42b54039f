"""Recirculation: a learning rule for autoencoders that needs no backward pass.

The introduction of chapter 14 names this rule (Hinton and McClelland 1988) as an alternative to
back-propagation. The activity passes from the visible units to the hidden units, back to the
visible units, and to the hidden units again. Each weight changes by the product of the activity of
one unit and the change of the activity of the other. Neither transposed weights nor derivatives of
units are used. The rule is not a gradient; the docstring of the class says when the two agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.generators import only
from tinyae.checks.numbers import real_number, truth
from tinyae.checks.tables import table
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import GaussianOutput
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.dense import dense_layers
from tinyae.models.graphs import recirculation_graph
from tinyae.models.slots import check_slots
from tinyae.nn.activations import Activation, Identity, Sigmoid
from tinyae.nn.dense import checked_sizes
from tinyae.nn.initializers import Initializer
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.model import Model
from tinyae.nn.structure import dense_pair, widths_of
from tinyae.text import fields_in_short, for_stream


@dataclass(frozen=True)
class FourSteps:
    """The four time steps for a batch of n examples, and the updates for ε = 1.

    time 0: x (n, d).  time 1: a1 = x W + b, h1 = f(a1), (n, k).
    time 2: a2 = h1 V + c, r = g(a2), v2, (n, d).  time 3: a3 = v2 W + b, h3, (n, k).
    Updates, as means over the examples: dW (d, k), db (k,), dV (k, d), dc (d,).
    """

    x: NDArray
    a1: NDArray
    h1: NDArray
    a2: NDArray
    r: NDArray
    v2: NDArray
    a3: NDArray
    h3: NDArray
    dW: NDArray  # noqa: N815 (the book's letter)
    db: NDArray
    dV: NDArray  # noqa: N815
    dc: NDArray

    __repr__ = fields_in_short


class Recirculation(Model):
    """x -> h₁ -> v₂ -> h₃; each layer learns to reproduce the activity of two time steps before.

        h₁ = f(x W + b)                       ΔV = ε h₁ᵀ (x − v₂),   Δc = ε Σ (x − v₂)
        v₂ = λ x  + (1−λ) g(h₁ V + c)
        h₃ = λ h₁ + (1−λ) f(v₂ W + b)         ΔW = ε v₂ᵀ (h₁ − h₃),  Δb = ε Σ (h₁ − h₃)

    Rows are examples, and the sums over the examples are divided by their number; g is the mean of
    the output. `grad` is minus these updates with ε = 1, so `fit(model, X, optimizer=SGD(ε),
    batch_size=1)` is the published rule. With momentum or Adam it is another rule.

    `objective` returns the output's cost of x and r = g(h₁ V + c), which is also the loss of an
    `Autoencoder` with the same layers. It can be compared between epochs, but `grad` is not its
    gradient. Let ∂ denote the derivative of that cost, δ = x − r and η = 1 − λ:

    - **Decoder**: x − v₂ = η δ, so ΔV = η h₁ᵀ δ exactly, for any λ: the delta rule times η. This is
      η (−∂V) for linear visible units with ½‖x − r‖² and for sigmoid ones with the cross-entropy
      (∂cost/∂a₂ = −δ). For sigmoid units with squared error a factor r (1 − r) is missing.
    - **Encoder**: v₂ = x − η δ, so h₁ − f(v₂ W + b) = η f′(a₁) (δ W) − ½ η² f″(a₁) (δ W)² + …, and

          ΔW = η^m xᵀ [f′(a₁) (δ W)] + terms smaller by a factor of order η,

      where m = 2, or 1 without λ h₁ in h₃. The gradient is −∂W = xᵀ [f′(a₁) (δ Vᵀ)]: it contains
      Vᵀ where the rule contains W. With W = Vᵀ (tied weights), ΔW → η^m (−∂W) as λ → 1. The
      relative error is of order η; it comes from f″ and from v₂ in place of x.
    - **Untied weights**: independent initial weights W and Vᵀ have a cosine near 0, and so have
      rule and gradient. During learning both cosines approach 1, without weight decay. The second
      falls again when the error becomes small, because the fixed points differ: the rule is at rest
      if the code is reproduced, f(v₂ W + b) = h₁, and the gradient if the error of x is minimal.
      With linear units the rule is at rest for every W whose least-squares decoder is V. With tied
      weights it finds PCA.

    With tied weights, ΔW and ΔVᵀ are added in the same matrix. With λ h₁ in h₃ the decoder's update
    is larger by a factor 1/η, so the sum has the direction of the gradient only without λ h₁.

    Parameters
    ----------
    encoder : Linear or Chain(Linear, unit), from x (n, d) to the code h (n, k)
    decoder : a Linear layer from the code to the natural parameters a₂ (n, d)
    output : `GaussianOutput()` for linear visible units, `BernoulliOutput()` for sigmoid ones, or
        `CategoricalOutput()` for a softmax; ∂cost/∂a₂ is −δ for all of them
    regression : the regression coefficient λ in [0, 1): the share of its old state that a unit
        keeps when it is updated. With λ near 1 the rule is close to the gradient, and its steps
        are short
    regress_hidden : whether hidden units keep a share λ of their state too; False is
        h₃ = f(v₂ W + b)

    Examples
    --------
    >>> model = Recirculation.dense((4, 2), output=BernoulliOutput())
    >>> history = fit(model, np.eye(4), optimizer=SGD(5.0), epochs=1000)
    >>> p = model.trace(np.eye(4))
    """

    follows_gradient = False

    def __init__(
        self,
        encoder: Layer,
        decoder: Linear,
        *,
        output: Output = GaussianOutput(),  # noqa: B008 (a frozen setting, not shared state)
        regression: float = 0.75,
        regress_hidden: bool = True,
    ):
        self.d_in, self.d_code = widths_of(encoder, decoder)
        check_slots(encoder, decoder, output, None)
        if _pair(encoder) is None:
            raise ValueError(f"the encoder must be Linear or Chain(Linear, unit), got {encoder!r}")
        if not isinstance(decoder, Linear):
            raise ValueError(
                f"the decoder must be one Linear layer, got {decoder!r}; the function of the "
                "visible units is the mean of the output"
            )
        output.check_canonical("recirculation, which moves the visible units by x - r,")
        self.regression = real_number(regression, "regression", low=0.0, high=1.0, open_high=True)
        self.regress_hidden, self.output = truth(regress_hidden, "regress_hidden"), output
        super().__init__({"encoder": encoder, "decoder": decoder})

    @classmethod
    def dense(
        cls,
        sizes: tuple[int, int],
        *,
        activation: Activation = Sigmoid,
        output: Output = GaussianOutput(),  # noqa: B008
        tied: bool = False,
        init: Initializer | None = None,
        rng: np.random.Generator | int = 0,
        dtype: DTypeLike = np.float64,
        regression: float = 0.75,
        regress_hidden: bool = True,
    ) -> Recirculation:
        """Build the network for sizes = (width of x, width of the code), as in (4, 2).

        The other arguments are those of `Autoencoder.dense` and of the class.
        """
        encoder, decoder = dense_layers(
            checked_sizes(sizes, "width of the code"), activation, None, tied=tied, init=init,
            rng=rng, dtype=dtype,
        )  # fmt: skip
        return cls(encoder, cast(Linear, decoder.layers[0]), output=output, regression=regression,
                   regress_hidden=regress_hidden)  # fmt: skip

    @property
    def encoder(self) -> Layer:
        """The layer f."""
        return self.parts["encoder"]

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray]:
        """Return (x,), ready for use, or say why not."""
        x = table(only(rows, self.d_in), "x", width=self.d_in, dtype=self.dtype, squared=True)
        self.output.check(x)
        return (x,)

    def encode(self, x: ArrayLike) -> NDArray:
        """h₁ = f(x W + b), of shape (n, k)."""
        self.check_packed()
        x = table(x, "x", width=self.d_in, dtype=self.dtype, squared=True)
        return self.parts["encoder"].forward(x)[0]

    def decode(self, h: ArrayLike) -> NDArray:
        """r = g(h V + c), of shape (n, d)."""
        self.check_packed()
        h = table(h, "h", width=self.d_code, dtype=self.dtype)
        return self.output.mean.forward(self.parts["decoder"].forward(h)[0])[0]

    def reconstruct(self, x: ArrayLike) -> NDArray:
        """r = g(h₁ V + c), of shape (n, d)."""
        return self.decode(self.encode(x))

    def trace(self, x: ArrayLike) -> FourSteps:
        """Return all quantities of the four time steps for a batch x (n, d), and the updates."""
        self.check_packed()
        return self._circulate(*self.check_rows(x))

    def _circulate(self, x: NDArray) -> FourSteps:
        """Compute the four time steps."""
        linear, f = _pair(self.encoder)
        lam, n = self.regression, len(x)
        a1 = linear.forward(x)[0]
        h1 = f.forward(a1)[0]
        a2 = self.parts["decoder"].forward(h1)[0]
        r = self.output.mean.forward(a2)[0]
        v2 = lam * x + (1.0 - lam) * r
        a3 = linear.forward(v2)[0]
        again = f.forward(a3)[0]
        kept = lam if self.regress_hidden else 0.0
        h3 = kept * h1 + (1.0 - kept) * again
        # Each update is the activity of one unit times the change of the other. The changes
        # x - v2 and h1 - h3 are written without cancellation for lam near 1.
        e, s = (1.0 - lam) / n * (x - r), (1.0 - kept) / n * (h1 - again)
        return FourSteps(
            x=x, a1=a1, h1=h1, a2=a2, r=r, v2=v2, a3=a3, h3=h3,
            dW=v2.T @ s, db=s.sum(axis=0), dV=h1.T @ e, dc=e.sum(axis=0),
        )  # fmt: skip

    def objective(self, x: NDArray, *, rng: np.random.Generator) -> float:
        """Return the output's mean cost of x against r, and subtract the rule's update from `grad`.

        gW = −dW, gb = −db, gV = −dV, gc = −dc of `FourSteps`; where W is tied, gW = −(dW + dVᵀ).
        Nothing is drawn: `rng` is there because every model takes one.
        """
        p = self._circulate(x)
        (linear, _), decoder = _pair(self.encoder), self.parts["decoder"]
        for layer, dW, db in ((linear, p.dW, p.db), (decoder, p.dV, p.dc)):
            layer.grads["W"] -= dW  # tied layers add into the same memory
            layer.grads["b"] -= db
        return self.output.cost(x, p.a2).mean()

    def unfold(self) -> Autoencoder:
        """Return an autoencoder with copies of the layers and the same order of theta.

        It has the same loss, and its `grad` is the gradient of this loss, by back-propagation.
        """
        self.check_packed()
        twin = self.copy()
        return Autoencoder(twin.parts["encoder"], twin.parts["decoder"], output=self.output)

    graph = recirculation_graph  # the closed loop of visible and hidden units

    def __repr__(self) -> str:
        f = type(_pair(self.encoder)[1]).__name__.lower()
        g = type(self.output.mean).__name__.lower()
        tied = cast(Linear, self.parts["decoder"]).source is not None
        V, keep, change = (
            "Wᵀ" if tied else "V",
            f"{self.regression:g}",
            f"{1.0 - self.regression:g}",
        )
        h3 = f"{keep} h1 + {change} " if self.regress_hidden else ""
        return for_stream(
            f"{type(self).__name__} {self.d_in}-{self.d_code}-{self.d_in}{', tied' * tied}, "
            f"{self.theta.dtype}, {self.theta.size} parameters\n"
            f"  h1 = {f}(x W + b)\n"
            f"  v2 = {keep} x + {change} {g}(h1 {V} + c)\n"
            f"  h3 = {h3}{f}(v2 W + b)\n"
            f"  steps  Δ{V} = ε h1ᵀ (x − v2),  ΔW = ε v2ᵀ (h1 − h3), biases likewise\n"
            f"  reports  {self.output.formula}"
        )


def _pair(encoder: Layer) -> Any:
    """Return the affine map and the unit of an encoder, which is the identity if there is none.

    None for any other encoder; the constructor refuses these.
    """
    return dense_pair(encoder) or dense_pair(Chain(encoder, Identity()))
