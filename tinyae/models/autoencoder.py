"""The one autoencoder: corruption, encoder, decoder, output distribution and penalties.

Every criterion of the chapter is one expression with slots,

    E over x̃ ~ C(x̃ | x) of  −log p_decoder(x | f(x̃))  +  Ω(h, x),

so there is one class. Nothing in the slots gives 14.1; a penalty on the code is 14.2, one on its
derivative 14.10; corruption is 14.9 and 14.14; they combine freely.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from tinyae.models.builder import dense_layers
from tinyae.models.description import criterion, describe
from tinyae.nn.activations import Elementwise, Sigmoid
from tinyae.nn.checks import generator, table
from tinyae.nn.corruption import Corruption
from tinyae.nn.initializers import Initializer
from tinyae.nn.layers import Layer, leaves
from tinyae.nn.model import Model
from tinyae.nn.outputs import BernoulliOutput, GaussianOutput, Output
from tinyae.nn.penalties import Pass, Penalty
from tinyae.nn.tangents import jacobian


class Autoencoder(Model):
    """x -> x̃ ~ C(x̃ | x) -> h = f(x̃) -> p_decoder(x | h), trained on −log p_decoder(x | h) + Ω.

    Parameters
    ----------
    encoder : the layer f, from x (n, d) to the code h (n, k)
    decoder : the layer from h to the natural parameters of the output (n, d), ending linear; the
        reconstruction is r = g(h) = mean(decoder(h))
    output : p_decoder, `GaussianOutput()` or `BernoulliOutput()`
    corruption : C(x̃ | x), or None for x̃ = x
    penalties : the terms of Ω; a single one may be given without brackets

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
    ):
        widths = _widths(encoder, decoder)
        _check_slots(decoder, output, corruption)
        penalties = (penalties,) if hasattr(penalties, "add") else tuple(penalties)
        for penalty in penalties:
            if isinstance(penalty, type) or not hasattr(penalty, "add"):
                raise TypeError(f"penalties take objects such as L1(0.1), got {penalty!r}")
        super().__init__({"encoder": encoder, "decoder": decoder})
        self.d_in, self.d_code = widths
        self.encoder, self.decoder = encoder, decoder
        self.output, self.corruption, self.penalties = output, corruption, penalties

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
    ) -> Autoencoder:
        """Build a fully connected autoencoder whose decoder mirrors its encoder.

        Parameters
        ----------
        sizes : widths from the input to the code; (784, 256) is shallow, (784, 500, 30) deep
        activation : unit of every hidden layer
        code_activation : unit of the code layer, by default `activation`
        tied : share each encoder weight, transposed, with its mirror image; biases stay free
        init : initializer of every affine layer, by default Glorot's with the gain of the unit
            that follows
        rng : seed or generator for the initial weights
        dtype : float64 or float32, of everything the model computes
        """
        encoder, decoder = dense_layers(
            sizes, activation, code_activation, tied=tied, init=init, rng=rng, dtype=dtype
        )
        return cls(encoder, decoder, output=output, corruption=corruption, penalties=penalties)

    def check_rows(self, *rows: ArrayLike) -> tuple[NDArray]:
        """Return (x,) in the model's dtype, or say why x cannot be used as input and target."""
        if len(rows) != 1:
            raise TypeError(f"an autoencoder trains on one array (n, {self.d_in}), got {len(rows)}")
        (x,) = rows
        x = table(x, "x", width=self.d_in, dtype=self.dtype)
        self.output.check(x)
        return (x,)

    def encode(self, x: ArrayLike) -> NDArray:
        """h = f(x), of shape (n, d_code); no corruption."""
        return self.encoder.forward(table(x, "x", width=self.d_in, dtype=self.dtype))[0]

    def decode(self, h: ArrayLike) -> NDArray:
        """r = g(h), the mean of p_decoder(x | h), of shape (n, d)."""
        h = table(h, "h", width=self.d_code, dtype=self.dtype)
        return self.output.mean.forward(self.decoder.forward(h)[0])[0]

    def reconstruct(self, x: ArrayLike) -> NDArray:
        """r(x) = g(f(x)), of shape (n, d); no corruption."""
        return self.decode(self.encode(x))

    def jacobian(self, x: ArrayLike) -> NDArray:
        """J = ∂h/∂x at each row of x, of shape (n, d_code, d)."""
        return jacobian(self.encoder, table(x, "x", width=self.d_in, dtype=self.dtype))

    def forward(self, x: NDArray, rng: np.random.Generator) -> Pass:
        """Run one batch through corruption, encoder and decoder; all adjoints are zero."""
        x_tilde = x
        if self.corruption is not None:
            x_tilde = self.corruption.corrupt(x, rng, progress=self.progress)
        h, encoder_cache = self.encoder.forward(x_tilde)
        a, decoder_cache = self.decoder.forward(h)
        if a.shape != x.shape:
            raise ValueError(f"the decoder gives shape {a.shape} for x of shape {x.shape}")
        return Pass(self.encoder, self.decoder, x, x_tilde, h, a, encoder_cache, decoder_cache,
                    rng, np.zeros_like(h), np.zeros_like(a))  # fmt: skip

    def criterion(self, p: Pass) -> float:
        """Return cost + Ω of a pass and set its adjoints: ga from the cost, gh from Ω."""
        loss = self.output.cost(p.x, p.a).sum() / len(p.x)
        p.ga += self.output.gradient(p.x, p.a) / len(p.x)
        for penalty in self.penalties:
            loss = loss + penalty.add(p)
        return loss

    def loss_and_grad(self, x: ArrayLike, rng: np.random.Generator | int = 0) -> float:
        """Return the mean over the rows of −log p_decoder(x | f(x̃)) + Ω, and set `grad`.

        ga = ∂cost/∂a / n;  gh = (decoder backwards from ga) + ∂Ω/∂h;  then the encoder from gh.
        Noise is drawn from `rng` in the order corruption, penalties.
        """
        (x,), rng = self.check_rows(x), generator(rng)
        self.check_packed()
        self.grad[...] = 0.0
        p = self.forward(x, rng)
        loss = self.criterion(p)
        gh = self.decoder.backward(p.ga, p.decoder_cache) + p.gh
        self.encoder.backward(gh, p.encoder_cache)
        return loss if np.iscomplexobj(loss) else float(loss)

    def describe(self, x: ArrayLike, rng: np.random.Generator | int = 0) -> str:
        """Return a table of the layers: formula, shapes, parameters, norms on the batch x."""
        return describe(self.copy(), self.check_rows(x)[0], generator(rng))

    def __repr__(self):
        return criterion(self)


def _check_slots(decoder, output, corruption):
    """Raise for a class where an object belongs, a wrong object, or a doubled sigmoid."""
    if isinstance(output, type) or not hasattr(output, "cost"):
        raise TypeError(f"output must be GaussianOutput() or BernoulliOutput(), got {output!r}")
    if isinstance(corruption, type) or not (corruption is None or hasattr(corruption, "corrupt")):
        raise TypeError(
            f"corruption must be None or an object such as GaussianNoise(0.1), got {corruption!r}"
        )
    *_, last = leaves(decoder)
    if isinstance(output, BernoulliOutput) and isinstance(last, Sigmoid):
        raise ValueError(
            "BernoulliOutput applies the sigmoid itself: let the decoder end in a Linear layer"
        )


def _widths(encoder: Layer, decoder: Layer) -> tuple[int, int]:
    """Return (d_in, d_code) after checking that every layer fits onto the one before it."""
    for name, part in (("encoder", encoder), ("decoder", decoder)):
        if not isinstance(part, Layer):
            raise TypeError(f"the {name} must be a layer such as Chain(...), got {part!r}")
    d_in = width = d_code = None
    for part in (encoder, decoder):
        for layer in leaves(part):
            if not hasattr(layer, "d_in"):
                continue  # an activation keeps the width
            if width is not None and layer.d_in != width:
                raise ValueError(f"{layer!r} takes {layer.d_in} features but is given {width}")
            d_in = layer.d_in if d_in is None else d_in
            width = layer.d_out
        d_code = width if d_code is None else d_code
    if width is None or d_code is None:
        raise ValueError("encoder and decoder need at least one Linear layer each")
    if width != d_in:
        raise ValueError(f"the decoder gives {width} numbers for {d_in} features")
    return d_in, d_code
