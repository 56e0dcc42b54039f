"""The steps of contraction, λ ‖J‖_F² (14.11, 14.18), in its four terms for one layer.

For h = f(x W + b), the squared norm is Σ_k s_k² ‖W_k‖² with the slopes s = f′(a). Its gradient has
an open part, in which W is changed and the slopes are held fixed, and a part through the slopes:
their adjoint gs, the adjoint ga = gs f″(a) of the sums, and the hidden part xᵀ ga. For deeper
encoders the Jacobian is a step, and its gradient is one step for each parameter.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, cast

from numpy.typing import NDArray

from tinyae.criterion.contraction import Contractive, ReconstructionContractive, closed_form
from tinyae.criterion.curvature import HigherOrderContractive
from tinyae.criterion.forward_pass import Pass
from tinyae.criterion.penalties import Penalty
from tinyae.nn.activations import Elementwise
from tinyae.nn.jacobian import jacobian, random_signs
from tinyae.nn.layers import Chain, Linear
from tinyae.nn.structure import dense_pair, flatten
from tinyae.tracing.parameters import ParameterNames
from tinyae.tracing.recorder import GradientParts, Recorder
from tinyae.tracing.units import unit_name, unit_rule
from tinyae.training.weights import weighed

EQUATION = "14.11, 14.18"
MOST_ENTRIES = 1_000_000  # of a Jacobian that is a step


@dataclass(frozen=True)
class ClosedForm:
    """The four terms of the gradient for one layer, and the names of what they read."""

    open: NDArray
    gs: NDArray
    curvature: NDArray
    ga: NDArray
    hidden: NDArray
    unit: str
    curvature_rule: str
    x: str
    W: str
    b: str
    a: str
    h: str
    number: str

    def __repr__(self) -> str:
        return f"ClosedForm({self.W}, {self.unit}({self.a}))"


def is_one(penalty: Penalty) -> bool:
    """Whether a penalty is a contraction of the library."""
    return type(penalty) in (Contractive, ReconstructionContractive, HigherOrderContractive)


def value_rule(
    recorder: Recorder,
    names: ParameterNames,
    p: Pass,
    penalty: Any,
    h: str,
    w: str,
    constants: dict[str, Any],
) -> tuple[ClosedForm | None, str, list[str]]:
    """Add what the value is computed from; return the terms of a closed form, the rule, its inputs.

    Nothing is drawn from the pass's generator; copies of it make the draws that the penalty will.
    """
    x = "x̃" if "x̃" in recorder else "x"
    if type(penalty) is Contractive and penalty.probes is None and dense_pair(p.encoder):
        terms = _terms(recorder, names, p, penalty, h, x)
        return terms, f": λ/n·Σ_ik {w}s{terms.number}[i,k]²·q{terms.number}[k]", []
    net, J, of = p.encoder, "J", h
    if type(penalty) is ReconstructionContractive:
        net, J, of = Chain(p.encoder, p.decoder, p.output.mean), "J_r", "r"
    if type(penalty) is not HigherOrderContractive and penalty.probes is not None:
        v = random_signs(penalty.probes, p.x_tilde, copy.deepcopy(p.rng))
        images = net.jvp(v, net.forward(p.x_tilde)[1])[0]
        v = recorder.add("loss", "v", "drawn from −1 and 1", v, equation=EQUATION)
        u = recorder.add(
            "loss", f"{J}v", f"∂{of}/∂{x} v", images, reads=[v], equation=EQUATION,
            source=type(net).jvp,
        )  # fmt: skip
        constants["K"] = penalty.probes
        return None, f": λ/(n·K)·Σ_mik {w}{u}[m,i,k]²", [u]
    if len(p.x) * p.x.shape[1] * (p.x if J == "J_r" else p.h).shape[1] > MOST_ENTRIES:
        return None, "", [h]
    J = recorder.add(
        "loss", J, f"∂{of}/∂{x}", jacobian(net, p.x_tilde), reads=[x], equation=EQUATION,
        source=jacobian,
    )  # fmt: skip
    if type(penalty) is not HigherOrderContractive:
        return None, f": λ/n·Σ_ikj {w}{J}[i,k,j]²", [J]
    noise = copy.deepcopy(p.rng).standard_normal(p.x.shape, dtype=p.x.dtype)
    there = p.x_tilde + float(penalty.sigma) * noise
    near = recorder.add(
        "loss", "J_near", f"∂{of}/∂x at {x} + σ ε", jacobian(net, there), reads=[x],
        equation="section 14.7", source=jacobian,
    )  # fmt: skip
    return None, f": λ/n·Σ_ikj {w}({J}[i,k,j] − {near}[i,k,j])²", [J, near]


def _terms(
    recorder: Recorder, names: ParameterNames, p: Pass, penalty: Any, h: Any, x: Any
) -> ClosedForm:
    """Add the slopes and squared norms; return the terms, computed as `closed_form` does."""
    net, cache = flatten(p.encoder, p.encoder_cache)
    linear, unit = cast(tuple[Linear, Elementwise], net.layers)
    data, (a, y) = cache
    W, weight = linear.params["W"], float(penalty.lam) / len(p.x)
    k = names.numbers[id(linear)]
    own_a = f"a{k}" if f"a{k}" in recorder else h  # without a unit, h is the sum itself
    s = unit.df(a, y)
    ws = weighed(p.each, s)
    squares = (W * W).sum(axis=0)
    formula = f"{unit_name(unit)}′({own_a})"
    if recorder.named_by(formula) is None:
        recorder.add(
            "loss", f"s{k}", formula, s, unit_rule(unit, 1, own_a, h),
            reads=[own_a, h], equation=EQUATION, source=type(unit).df,
        )  # fmt: skip
    if f"q{k}" not in recorder:
        own_w = names.of(linear, "W")
        recorder.add(
            "loss", f"q{k}", f"Σ_j {own_w}[j]²", squares, f"k: Σ_j {own_w}[j,k]²",
            equation=EQUATION, source=closed_form,
        )  # fmt: skip
    curvature = unit.d2f(a, y)
    ga = 2.0 * weight * ws * curvature * squares
    return ClosedForm(
        open=2.0 * weight * W * (ws * s).sum(axis=0),
        gs=2.0 * weight * ws * squares,
        curvature=curvature,
        ga=ga,
        hidden=data.T @ ga,
        unit=unit_name(unit),
        curvature_rule=unit_rule(unit, 2, own_a, h),
        x=x,
        W=names.of(linear, "W"),
        b=names.of(linear, "b"),
        a=own_a,
        h=h,
        number=k,
    )


def add_terms(
    recorder: Recorder, parts: GradientParts, terms: ClosedForm, constants: dict[str, Any]
) -> None:
    """Add the four terms: open part, gs, ga, hidden part; and that of the bias."""
    k, W, a, x = terms.number, terms.W, terms.a, terms.x
    w = "e[i]·" if "e" in constants else ""
    more: dict[str, Any] = {"equation": EQUATION, "source": closed_form, "constants": constants}
    parts.penalty(
        W, "open", terms.open, f"2 λ/n {W} Σ_i s{k}[i]²",
        f"jk: 2·λ/n·{W}[j,k]·Σ_i {w}s{k}[i,k]²", **more,
    )  # fmt: skip
    gs = recorder.add(
        "backward",
        f"gs{k}",
        f"2 λ/n s{k} q{k}",
        terms.gs,
        f"ik: 2·λ/n·{w}s{k}[i,k]·q{k}[k]",
        **more,
    )
    bend = recorder.add(
        "backward", f"f″{k}", f"{terms.unit}″({a})", terms.curvature, terms.curvature_rule,
        reads=[a, terms.h], equation=EQUATION, source=closed_form,
    )  # fmt: skip
    ga = recorder.add(
        "backward", f"ga{k}_Ω", f"{gs} ⊙ {bend}", terms.ga, f"ik: {gs}[i,k]·{bend}[i,k]", **more
    )
    parts.penalty(W, "hidden", terms.hidden, f"{x}ᵀ {ga}", f"jk: Σ_i {x}[i,j]·{ga}[i,k]", **more)
    parts.penalty(terms.b, "Ω", terms.ga.sum(axis=0), f"Σ_i {ga}[i]", f"k: Σ_i {ga}[i,k]", **more)
