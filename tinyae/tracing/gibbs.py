"""One round of Gibbs sampling, h ~ p(h | x) and x ~ p(x | h), as steps (14.12, 14.13)."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.outputs import BernoulliOutput, GaussianOutput
from tinyae.models.gibbs import draw_hidden, draw_visible
from tinyae.models.rbm import RBM
from tinyae.nn.activations import Elementwise, Sigmoid
from tinyae.tracing.recorder import Recorder
from tinyae.tracing.units import unit_rule


def add_round(
    recorder: Recorder, model: RBM, x: NDArray, read: str, k: int, rng: np.random.Generator
) -> tuple[NDArray, str]:
    """Add one round of Gibbs sampling; return the new state and its name."""
    phase, visible = f"Gibbs round {k}", model.visible
    u, _ = model.parts["hidden"].forward(x)
    more: dict[str, Any] = {"equation": "14.12", "source": draw_hidden}
    rule = f"ik: Σ_j {read}[i,j]·W[j,k] + c[k]"
    recorder.add(phase, f"u{k}", f"{read} W + c", u, rule, **more)
    rule = f"ik: 1/(1 + exp(−u{k}[i,k]))"
    recorder.add(phase, f"p{k}", f"sigmoid(u{k})", Sigmoid().f(u), rule, **more)
    uniform = copy.deepcopy(rng).random(u.shape, dtype=u.dtype)
    recorder.add(phase, f"U{k}", "drawn from [0, 1)", uniform, equation="14.12")
    h = draw_hidden(model, x, rng)
    rule = f"ik: step(p{k}[i,k] − U{k}[i,k])"
    recorder.add(phase, f"h{k}", f"1 where U{k} < p{k}, else 0", h, rule, **more)

    more = {"equation": "14.13", "source": draw_visible}
    a, _ = model.parts["visible"].forward(h)
    rule = f"ij: Σ_k h{k}[i,k]·W[j,k] + b[j]"
    recorder.add(phase, f"a{k}", f"h{k} Wᵀ + b", a, rule, **more)
    mean, rule = visible.mean.forward(a)[0], ""
    if isinstance(visible.mean, Elementwise):
        rule = unit_rule(visible.mean, 0, f"a{k}")
    recorder.add(phase, f"q{k}", f"E[x | h{k}]", mean, rule, reads=[f"a{k}"], **more)
    formula, rule = f"drawn from p(x | h{k})", ""
    if type(visible) is BernoulliOutput:
        uniform = copy.deepcopy(rng).random(a.shape, dtype=a.dtype)
        recorder.add(phase, f"U_v{k}", "drawn from [0, 1)", uniform, equation="14.13")
        formula = f"1 where U_v{k} < q{k}, else 0"
        rule = f"ij: step(q{k}[i,j] − U_v{k}[i,j])"
    elif type(visible) is GaussianOutput:
        noise = copy.deepcopy(rng).standard_normal(a.shape, dtype=a.dtype)
        recorder.add(phase, f"ε{k}", "drawn from N(0, I)", noise, equation="14.13")
        formula, rule = f"q{k} + ε{k}", f"ij: q{k}[i,j] + ε{k}[i,j]"
    x = draw_visible(model, h, rng)
    return x, recorder.add(phase, f"v{k}", formula, x, rule, reads=[f"q{k}"], **more)
