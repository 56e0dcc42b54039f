"""The steps of a stochastic code: the sample z, its divergence from the prior, and gu (14.4).

u are the encoder's units, from which z is drawn (14.12). The criterion of a code with a prior has a
term β KL(p_encoder(z | x) ‖ p(z)), so that it is the negative evidence lower bound for β = 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.bernoulli_code import BernoulliCode
from tinyae.criterion.code import Code, NoisyCode
from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.gaussian_code import GaussianCode
from tinyae.criterion.noisy_sigmoid_code import NoisySigmoidCode
from tinyae.nn.activations import Identity, Sigmoid
from tinyae.tracing.recorder import Recorder
from tinyae.tracing.units import unit_rule
from tinyae.training.schedules import at
from tinyae.training.weights import weighed

SECTION = "section 14.4"
DRAW: dict[str, Any] = {"equation": "14.12"}


def sample(
    recorder: Recorder, p: Pass, code: Any, rng: np.random.Generator, progress: float, u: str
) -> str:
    """Add the mean code h, if it is not u itself, and the sample z; return the name of h.

    `rng` makes the same draws as the code in the model's own pass.
    """
    more: dict[str, Any] = {"equation": "14.12", "source": type(code).forward}
    shape, dtype = p.z.shape, p.u.dtype
    h = u
    if isinstance(code, GaussianCode):
        mu, s = np.split(p.u, 2, axis=1)
        h = recorder.add("forward", "μ", f"first half of {u}", mu, f"ik: {u}[i,k]", **more)
        recorder.add(
            "forward", "s", f"second half of {u}, log σ²", s, f"ik: {u}[i,k+{shape[1]}]", **more
        )
        recorder.add("forward", "σ_z", "exp(s/2)", np.exp(0.5 * s), "ik: exp(½·s[i,k])", **more)
        noise = rng.standard_normal(shape, dtype)
        recorder.add("forward", "ε_z", "drawn from N(0, I)", noise, equation="14.12")
        recorder.add("forward", "z", "μ + σ_z ε_z", p.z, "ik: μ[i,k] + σ_z[i,k]·ε_z[i,k]", **more)
        return h
    if not isinstance(code.mean, Identity):
        rule = unit_rule(code.mean, 0, u) if isinstance(code.mean, Sigmoid) else ""
        h = recorder.add(
            "forward", "h", f"mean of p(z | {u})", p.h, rule, reads=[u], equation="14.12",
            source=code.mean.forward,
        )  # fmt: skip
    if type(code) in (NoisyCode, NoisySigmoidCode):
        sigma = {"σ_z": at(code.sigma, progress)}
        recorder.add(
            "forward", "ε_z", "drawn from N(0, I)", rng.standard_normal(shape, dtype), **DRAW
        )
    if type(code) is NoisyCode:
        recorder.add(
            "forward", "z", f"{h} + σ_z ε_z", p.z, f"ik: {h}[i,k] + σ_z·ε_z[i,k]",
            constants=sigma, **more,
        )  # fmt: skip
    elif type(code) is NoisySigmoidCode:
        recorder.add(
            "forward", "z", f"sigmoid({u} + σ_z ε_z)", p.z,
            f"ik: sigmoid({u}[i,k] + σ_z·ε_z[i,k])", constants=sigma, **more,
        )  # fmt: skip
    elif type(code) is BernoulliCode:
        uniform = rng.random(shape, dtype)
        recorder.add("forward", "U_z", "drawn from [0, 1)", uniform, **DRAW)
        recorder.add(
            "forward", "z", f"1 where U_z < {h}, else 0", p.z, f"ik: step({h}[i,k] − U_z[i,k])",
            **more,
        )  # fmt: skip
    else:
        recorder.add("forward", "z", f"drawn from p(z | {u})", p.z, reads=[u], **more)
    return h


def divergence(recorder: Recorder, p: Pass, code: Code, progress: float, u: str, h: str) -> NDArray:
    """Add the KL divergence of each example and its part of the loss; return that part."""
    beta, n = at(code.beta, progress), len(p.x)
    kl = code.kl(p.u)
    rule, constants = "", {}
    if isinstance(code, GaussianCode):
        rule = "i: ½·Σ_k (μ[i,k]² + exp(s[i,k]) − s[i,k] − 1)"
    elif type(code) is BernoulliCode:
        constants = {"ω": code.log_odds, "ν": code.log_off}
        rule = f"i: Σ_k ({h}[i,k]·({u}[i,k] − ω) − softplus({u}[i,k]) − ν)"
    recorder.add(
        "loss", "kl", code.formula, kl, rule, reads=[u], constants=constants, equation=SECTION,
        source=type(code).kl,
    )  # fmt: skip
    value = weighed(p.each, code.cost(p.u, progress=progress)[:, None]).sum() / n
    e, constants = weights_of(p, {"β": beta, "n": n})
    recorder.add(
        "loss", "KL", "β Σ_i kl[i] / n", value, f": β/n·Σ_i {e}kl[i]", constants=constants,
        equation=SECTION, source=type(code).cost,
    )  # fmt: skip
    return value


def weights_of(p: Pass, constants: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the factor of an example's weight in a rule, and the constants with the weights."""
    if p.each is None:
        return "", constants
    return "e[i]·", constants | {"e": p.each[:, 0]}
