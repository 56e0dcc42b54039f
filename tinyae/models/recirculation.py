"""Recirculation: an autoencoder that learns from how activity changes on its way round a loop.

The introduction of chapter 14 sets this rule (Hinton and McClelland 1988) beside back-propagation:
x goes to the hidden units, from there back to the visible ones, and to the hidden units once more.
Every weight compares what one unit sent with how the other one changed, so nothing is ever sent
backwards: no transpose of a weight, no derivative of a unit. It is a rule, not a gradient; the
docstring of the class says when the two agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.checks.generators import only
from tinyae.checks.numbers import real_number
from tinyae.checks.tables import table
from tinyae.criterion.output import Output
from tinyae.criterion.outputs import GaussianOutput
from tinyae.models.autoencoder import Autoencoder
from tinyae.models.dense import dense_layers
from tinyae.models.slots import check_slots
from tinyae.nn.activations import Activation, Elementwise, Identity, Sigmoid
from tinyae.nn.dense import checked_sizes
from tinyae.nn.initializers import Initializer
from tinyae.nn.layers import Chain, Layer, Linear
from tinyae.nn.model import Model
from tinyae.nn.structure import dense_pair, widths_of
from tinyae.text import for_stream


@dataclass(frozen=True)
class FourSteps:
    """One batch of n examples, once round the loop, and the update it asks for (before ε).

    time 0: x (n, d).  time 1: a1 = x W + b, h1 = f(a1), (n, k).
    time 2: a2 = h1 V + c, r = g(a2), v2, (n, d).  time 3: a3 = v2 W + b, h3, (n, k).
    Updates, means over the examples: dW (d, k), db (k,), dV (k, d), dc (d,).
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


class Recirculation(Model):
    """x -> h₁ -> v₂ -> h₃; each layer learns to bring back what was there two steps before.

        h₁ = f(x W + b)                       ΔV = ε h₁ᵀ (x − v₂),   Δc = ε Σ (x − v₂)
        v₂ = λ x  + (1−λ) g(h₁ V + c)
        h₃ = λ h₁ + (1−λ) f(v₂ W + b)         ΔW = ε v₂ᵀ (h₁ − h₃),  Δb = ε Σ (h₁ − h₃)

    in rows, sums over the examples divided by their number; g is the mean of the output. `grad` is
    minus these with ε = 1, so that `fit(model, X, optimizer=SGD(ε))` is the published rule: example
    by example with batch_size=1. With momentum or Adam it is another rule.

    The number that `objective` returns is the output's cost of x against r = g(h₁ V + c), what
    an `Autoencoder` of the same layers returns. It can be compared between epochs, but `grad` is
    not its gradient. With ∂ the derivative of that cost, δ = x − r and η = 1 − λ:

    - **Decoder**, exactly, at any λ: x − v₂ = η δ, so ΔV = η h₁ᵀ δ, the delta rule times η. That is
      η (−∂V) for linear visible units with ½‖x − r‖² and for sigmoid ones with the cross-entropy
      (∂cost/∂a₂ = −δ); for sigmoid units with squared error it would lack a factor r (1 − r).
    - **Encoder**: v₂ = x − η δ, so h₁ − f(v₂ W + b) = η f′(a₁) (δ W) − ½ η² f″(a₁) (δ W)² + …, and

          ΔW = η^m xᵀ [f′(a₁) (δ W)] + terms smaller by a factor of order η,

      where m = 2, or 1 without λ h₁ in h₃. The gradient has −∂W = xᵀ [f′(a₁) (δ Vᵀ)]: it sends
      the error back through V, the rule forwards through W. So with W = Vᵀ (tied) ΔW → η^m (−∂W)
      as λ → 1, off by a share of order η, through f″ and through v₂ in the place of x.
    - **Untied**, from weights drawn apart, the cosine of W and Vᵀ is near 0, and so is that of the
      updates. Learning brings both near 1, without weight decay, for example on the 4-2-4 problem
      from U(−½, ½) with λ = .75 and SGD(20) in some sixty sweeps. The second falls again as the
      error vanishes: the rule rests where the code comes back, f(v₂ W + b) = h₁, the gradient where
      x comes back best. With linear units every W is at rest once V is its least-squares decoder;
      tied, PCA is found.

    With tied weights ΔW and ΔVᵀ add up in the one matrix. The decoder's is the larger by 1/η where
    the hidden units regress, so the sum follows the gradient's direction only without λ h₁ in h₃.

    Parameters
    ----------
    encoder : a Linear layer, or one and a unit, from x (n, d) to the code h (n, k)
    decoder : a Linear layer from the code to the natural parameters a₂ (n, d)
    output : `GaussianOutput()` for linear visible units, `BernoulliOutput()` for sigmoid ones (or
        `CategoricalOutput()`, a softmax, whose ∂cost/∂a₂ is −δ too)
    lam : λ in [0, 1), how much of its old state a unit keeps when it is updated; the smaller 1 − λ,
        the nearer to the gradient and the shorter the step
    regress_hidden : whether hidden units keep λ of theirs too; False is h₃ = f(v₂ W + b)

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
        lam: float = 0.75,
        regress_hidden: bool = True,
    ):
        self.d_in, self.d_code = widths_of(encoder, decoder)
        check_slots(decoder, output, None, None, None)
        if _pair(encoder) is None:
            raise ValueError(f"the encoder must be Linear or Chain(Linear, unit), got {encoder!r}")
        if not isinstance(decoder, Linear):
            raise ValueError(
                f"the decoder must be one Linear layer, got {decoder!r}; the visible units' own "
                "function is the mean of the output"
            )
        self.lam = real_number(lam, "lam", low=0.0, high=1.0, open_high=True)
        if not isinstance(regress_hidden, bool | np.bool_):
            raise TypeError(f"regress_hidden must be True or False, got {regress_hidden!r}")
        self.regress_hidden, self.output = bool(regress_hidden), output
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
        lam: float = 0.75,
        regress_hidden: bool = True,
    ) -> Recirculation:
        """Build the net for sizes = (width of x, width of the code), as in (4, 2).

        The other arguments are those of `Autoencoder.dense` and of the class.
        """
        encoder, decoder = dense_layers(
            checked_sizes(sizes, "width of the code"), activation, None, tied=tied, init=init,
            rng=rng, dtype=dtype,
        )  # fmt: skip
        return cls(encoder, decoder.layers[0], output=output, lam=lam,
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
        """r = g(h₁ V + c), of shape (n, d): what v₂ would be at λ = 0."""
        return self.decode(self.encode(x))

    def trace(self, x: ArrayLike) -> FourSteps:
        """Return every quantity of the four time steps for a batch x (n, d), and the updates."""
        self.check_packed()
        return self._circulate(*self.check_rows(x))

    def _circulate(self, x):
        """Once round the loop."""
        linear, f = _pair(self.encoder)
        lam, n = self.lam, len(x)
        a1 = linear.forward(x)[0]
        h1 = f.forward(a1)[0]
        a2 = self.parts["decoder"].forward(h1)[0]
        r = self.output.mean.forward(a2)[0]
        v2 = lam * x + (1.0 - lam) * r
        a3 = linear.forward(v2)[0]
        again = f.forward(a3)[0]
        kept = lam if self.regress_hidden else 0.0
        h3 = kept * h1 + (1.0 - kept) * again
        # What one unit sent, times how the other changed: nothing else reaches a weight. The
        # changes x - v2 and h1 - h3 are written so that no digit is lost where lam is near 1.
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
            layer.grads["W"] -= dW  # into the same memory from both layers, where W is tied
            layer.grads["b"] -= db
        return self.output.cost(x, p.a2).mean()

    def unfold(self) -> Autoencoder:
        """Return the autoencoder of the same net, with copies of the layers in the order of theta.

        Its loss is the same number, its `grad` that number's gradient by back-propagation.
        """
        self.check_packed()
        twin = self.copy()
        return Autoencoder(twin.parts["encoder"], twin.parts["decoder"], output=self.output)

    def __repr__(self):
        f = type(_pair(self.encoder)[1]).__name__.lower()
        g = type(self.output.mean).__name__.lower()
        tied = self.parts["decoder"].source is not None
        V, keep, change = "Wᵀ" if tied else "V", f"{self.lam:g}", f"{1.0 - self.lam:g}"
        h3 = f"{keep} h1 + {change} " if self.regress_hidden else ""
        return for_stream(
            f"Recirculation {self.d_in}-{self.d_code}-{self.d_in}{', tied' * tied}, "
            f"{self.theta.dtype}, {self.theta.size} parameters\n"
            f"  h1 = {f}(x W + b)\n"
            f"  v2 = {keep} x + {change} {g}(h1 {V} + c)\n"
            f"  h3 = {h3}{f}(v2 W + b)\n"
            f"  steps  Δ{V} = ε h1ᵀ (x − v2),  ΔW = ε v2ᵀ (h1 − h3), and the biases alike\n"
            f"  reports  {self.output.formula}"
        )


def _pair(encoder: Layer) -> tuple[Linear, Elementwise] | None:
    """Return the affine map and the unit of an encoder; a map without a unit has the identity."""
    return dense_pair(encoder) or dense_pair(Chain(encoder, Identity()))
