"""The steps of the penalties Ω: their values, and what they add to the adjoints (14.2, 14.6).

Each penalty is called once, on a pass with empty adjoints and gradients, so that what it adds can
be told from the rest. Contraction has a module of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.penalties import L1, KLSparsity, Penalty, StudentT, WeightDecay
from tinyae.nn.layers import Layer, Linear
from tinyae.nn.model import Model
from tinyae.nn.parameters import owners
from tinyae.tracing import contraction
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import GradientParts, Recorder

SPARSE = "section 14.2.1"


@dataclass(frozen=True)
class Added:
    """What one penalty added: to the adjoints of h and a, and to the parameters, by name."""

    penalty: Penalty
    mark: str
    gh: NDArray
    ga: NDArray
    grads: dict[str, NDArray]
    constants: dict[str, Any]
    terms: contraction.ClosedForm | None

    def __repr__(self) -> str:
        return f"Added({self.penalty!r}, {self.mark}, to {', '.join(self.grads) or 'h'})"


def value(
    recorder: Recorder,
    names: ParameterNames,
    model: Model,
    p: Pass,
    penalty: Penalty,
    h: str,
    mark: str,
) -> Added:
    """Add the value Ω of a penalty; return what it adds to the gradients."""
    each = p.each
    constants: dict[str, Any] = {"n": len(p.x)} | ({} if each is None else {"e": each[:, 0]})
    w = "" if each is None else "e[i]·"
    constants |= {"λ": penalty.lam} if hasattr(penalty, "lam") else {}
    model.grad[...] = 0.0
    own = replace(p, gh=np.zeros_like(p.h), ga=np.zeros_like(p.a))
    terms, rule, reads, equation = None, "", [h], SPARSE
    if contraction.is_one(penalty):
        terms, rule, reads = contraction.value_rule(recorder, names, p, penalty, h, w, constants)
        equation = "14.11, 14.18"
    omega = penalty.add(own)
    if type(penalty) is L1:
        rule, equation = f": λ/n·Σ_ik {w}abs({h}[i,k])", "14.6"
    elif type(penalty) is StudentT:
        rule = f": λ/n·Σ_ik {w}log(1 + {h}[i,k]²)"
    elif type(penalty) is KLSparsity:
        rule = _mean_activations(recorder, p, penalty, h, w, constants)
    elif type(penalty) is WeightDecay:
        weights = [names.of(*pair) for pair in _weights(p)]
        rule = ": " + " + ".join(f"λ·Σ_jk {W}[j,k]²" for W in weights)
        equation, reads = "section 7.1.1", weights
    strength = "λ " if "λ" in constants else ""
    averaged = contraction.is_one(penalty) or type(penalty) in (L1, StudentT)
    mean = ", mean over the rows" if averaged else ""
    recorder.add(
        "loss", mark, f"{strength}{penalty.formula}{mean}", omega, rule, reads=reads,
        equation=equation, source=type(penalty).add, constants=constants,
    )  # fmt: skip
    grads = {
        names.of(layer, key): layer.grads[key].copy()
        for layer, key in owners(*model.parts.values())
        if layer.grads[key].any()
    }
    return Added(penalty, mark, own.gh, own.ga, grads, constants, terms)


def _mean_activations(
    recorder: Recorder, p: Pass, penalty: Any, h: Any, w: Any, constants: Any
) -> str:
    """Add ρ̂, the mean activation of each unit, and return the rule of KL(ρ ‖ ρ̂)."""
    n = len(p.h) if p.each is None else float(p.each.sum())
    constants |= {"ρ": penalty.rho, "δ": penalty.INWARDS, "N": n}
    weighed = p.h if p.each is None else p.each * p.h
    mean = penalty.INWARDS + (1.0 - 2.0 * penalty.INWARDS) * weighed.sum(axis=0) / max(n, 1e-300)
    recorder.add(
        "loss", "ρ̂", f"mean of {h} over the batch, moved inwards by δ", mean,
        f"k: δ + (1 − 2·δ)/N·Σ_i {w}{h}[i,k]", equation=SPARSE, constants=constants,
        source=KLSparsity.add,
    )  # fmt: skip
    return ": λ·Σ_k (ρ·log(ρ/ρ̂[k]) + (1 − ρ)·log((1 − ρ)/(1 − ρ̂[k])))"


def _weights(p: Pass) -> list[tuple[Layer, str]]:
    """Return the Linear layers whose W a weight decay counts."""
    return [
        (layer, key)
        for layer, key in owners(p.encoder, p.decoder)
        if isinstance(layer, Linear) and key == "W"
    ]


def adjoints(
    recorder: Recorder, parts: GradientParts, added: Added, h: str, a: str
) -> tuple[str, str]:
    """Add what a penalty adds to the gradients; return its parts of gh and ga by name, or ""."""
    penalty, mark, constants = added.penalty, added.mark, added.constants
    w = "e[i]·" if "e" in constants else ""
    more: dict[str, Any] = {"source": type(penalty).add, "equation": SPARSE, "constants": constants}
    if added.terms is not None:
        contraction.add_terms(recorder, parts, added.terms, constants)
        return "", ""
    gh = ga = ""
    if added.gh.any() or type(penalty) in (L1, StudentT, KLSparsity):
        formula, rule = f"∂{mark}/∂{h}", ""
        if type(penalty) is L1:
            formula, rule = f"λ sign({h})/n", f"ik: λ/n·{w}sign({h}[i,k])"
        elif type(penalty) is StudentT:
            formula = f"2 λ {h}/(1 + {h}²)/n"
            rule = f"ik: 2·λ/n·{w}{h}[i,k]/(1 + {h}[i,k]²)"
        elif type(penalty) is KLSparsity:
            formula = "λ/n ((1 − ρ)/(1 − ρ̂) − ρ/ρ̂)"
            rule = f"ik: {w}λ·(1 − 2·δ)/N·((1 − ρ)/(1 − ρ̂[k]) − ρ/ρ̂[k])"
        gh = recorder.add("backward", f"g{h}_{mark}", formula, added.gh, rule, reads=[h], **more)
    if added.ga.any():
        ga = recorder.add("backward", f"g{a}_{mark}", f"∂{mark}/∂{a}", added.ga, reads=[a], **more)
    for name, value in added.grads.items():
        formula, rule = f"∂{mark}/∂{name}", ""
        if type(penalty) is WeightDecay:
            formula, rule = f"2 λ {name}", f"jk: 2·λ·{name}[j,k]"
        parts.penalty(name, mark, value, formula, rule, reads=[name], **more)
    return gh, ga
