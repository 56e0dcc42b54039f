"""Recirculation is trained on one-hot examples, and its updates are compared with the gradient.

Hinton and McClelland's rule (introduction of chapter 14) sends no error backwards. In the encoder
problem d-k-d the d examples are one-hot and must pass through k units. Measured in the course of
training are the cosine of W and Vᵀ, the cosine of the encoder's update ΔW and the negative gradient
−∂W of back-propagation, the codes, and whether the problem is solved. A second set-up has V = Wᵀ
and random data, and compares one update with the gradient.
"""

from __future__ import annotations

import numpy as np

from tinyae import SGD, Autoencoder, BernoulliOutput, Recirculation
from tinyae.criterion.outputs import Output
from tinyae.nn import Normal, Uniform

from .networks import train

EPS = 20.0  # the rate for the mean over the four examples, which is a rate of 5 for each of them
KEPT = np.unique(np.geomspace(1, 1000, 60).round().astype(int))  # sweeps after which it is measured


def cosine(u: np.ndarray, v: np.ndarray) -> float:
    """Return the cosine of the angle between two matrices of one shape, taken as vectors."""
    return float((u * v).sum() / np.linalg.norm(u) / np.linalg.norm(v))


def weights(model: Recirculation | Autoencoder) -> tuple[dict, dict, dict, dict]:
    """Return parameters and gradients of the encoder's affine layer, then of the decoder's."""
    encoder, decoder = model.parts["encoder"].layers[0], model.parts["decoder"]
    return encoder.params, encoder.grads, decoder.params, decoder.grads


def alike(output: Output, lam: float, regress: bool, seed: int) -> tuple[Recirculation, np.ndarray]:
    """Return an 8-3-8 net with V = Wᵀ and one example of shape (1, 8), uniform in [0, 1].

    The weights are drawn from N(0, ½²), the biases from N(0, 0.1²). `regress` says whether the
    hidden units keep λ of their first state (`regress_hidden`).
    """
    rng = np.random.default_rng(seed)
    model = Recirculation.dense((8, 3), output=output, regression=lam,
                                regress_hidden=regress, rng=rng, init=Normal(0.5))  # fmt: skip
    encoder, _, decoder, _ = weights(model)
    decoder["W"][...] = encoder["W"].T
    encoder["b"][...], decoder["b"][...] = rng.normal(0, 0.1, 3), rng.normal(0, 0.1, 8)
    return model, rng.random((1, 8))


def updates(model: Recirculation, x: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return ΔW and ΔV of the rule, and −∂W and −∂V of back-propagation, for the rows of x.

    Each is the share of one layer, also where the weights are tied.
    """
    p, twin = model.trace(x), model.unfold()
    twin.loss_and_grad(x)
    _, encoder, _, decoder = weights(twin)
    return p.dW, p.dV, -encoder["W"], -decoder["W"]


def start(d: int, k: int, seed: int, lam: float = 0.75, regress: bool = True) -> Recirculation:
    """Return an untied d-k-d net with sigmoid visible units and weights drawn from U(−½, ½)."""
    return Recirculation.dense((d, k), output=BernoulliOutput(), regression=lam,
                               regress_hidden=regress, init=Uniform(0.5), rng=seed)  # fmt: skip


def solved(model: Recirculation | Autoencoder, x: np.ndarray) -> bool:
    """Return whether every output is within 0.4 of its target, for the rows of x."""
    return bool(np.abs(model.reconstruct(x) - x).max() < 0.4)


def course(
    model: Recirculation, eps: float, sweeps: np.ndarray, decay: float = 0.0
) -> dict[str, np.ndarray]:
    """Train on the d one-hot examples as one batch, and measure in the course of training.

    The net is measured before the first sweep and after each of `sweeps`, a rising array of whole
    numbers, m times in all. `eps` is the rate, `decay` the share of every weight that a sweep takes
    away.

    Returns `symmetry` (m,), the cosine of W and Vᵀ; `cosine` (m,), that of ΔW and −∂W; `codes`
    (m, d, k), the codes of the examples; `solved` (m,).
    """
    x, twin = np.eye(model.d_in), model.unfold()
    (encoder, _, decoder, _), (_, gradient, _, _) = weights(model), weights(twin)
    found: dict[str, list] = {"symmetry": [], "cosine": [], "codes": [], "solved": []}

    def look():
        twin.theta[...] = model.theta
        twin.loss_and_grad(x)
        p = model.trace(x)
        found["symmetry"].append(cosine(encoder["W"], decoder["W"].T))
        found["cosine"].append(cosine(p.dW, -gradient["W"]))
        found["codes"].append(p.h1)
        found["solved"].append(solved(model, x))

    def after(sweep, *_):
        encoder["W"][...] *= 1.0 - decay
        decoder["W"][...] *= 1.0 - decay
        if sweep in wanted:
            look()

    wanted = set(sweeps.tolist())
    look()
    train(model, x, optimizer=SGD(eps), epochs=int(sweeps[-1]), batch_size=len(x), shuffle=False,
          callback=after)  # fmt: skip
    return {key: np.array(values) for key, values in found.items()}
